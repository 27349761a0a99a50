/* Prices the rows of AI batches: see pricing.h for the rule. Called by load.c and reprice.c.
 *
 * Most rows ask the same of the book: same model, day, tier and classes. These plain rows (whole
 * counts, no counted units) share an answer, looked up by the codes of the batch; every other row
 * asks for each class by itself.
 */
#include "load/pricing_internal.h"

#include <stdlib.h>
#include <string.h>

#include "load/json_units.h"

/* Token classes of the contract, with the columns of their count and their cost. */
static const struct token_class {
    const char *name;
    int tokens, cost;
    bool prompt; /* counts towards above_tokens */
} token_classes[TOKEN_CLASSES] = {
    {"input",            AI_Input,          AI_InputCost,          true },
    {"cache_read",       AI_CacheRead,      AI_CacheReadCost,      true },
    {"cache_write_5m",   AI_CacheWrite5m,   AI_CacheWrite5mCost,   true },
    {"cache_write_1h",   AI_CacheWrite1h,   AI_CacheWrite1hCost,   true },
    {"output",           AI_Output,         AI_OutputCost,         false},
    {"reasoning",        AI_Reasoning,      AI_ReasoningCost,      false},
    {"input_audio",      AI_InputAudio,     AI_InputAudioCost,     true },
    {"cache_read_audio", AI_CacheReadAudio, AI_CacheReadAudioCost, true },
    {"output_audio",     AI_OutputAudio,    AI_OutputAudioCost,    false},
    {"input_image",      AI_InputImage,     AI_InputImageCost,     true },
    {"output_image",     AI_OutputImage,    AI_OutputImageCost,    false},
    {"input_video",      AI_InputVideo,     AI_InputVideoCost,     true },
};
/* Running sums of one row. */
struct row_price {
    struct price_book *book;
    struct price_question q;
    struct batch *batch;
    uint32_t row;
    struct decimal computed, unpriced_tokens, units_cost;
    bool any_priced, any_unpriced, any_units;
};

static enum gr_status add_priced(struct row_price *r, const struct price *price,
                                 struct decimal quantity, struct decimal *cost, struct gr_err *err)
{
    GR_TRY(decimal_mul(quantity, price->unit, cost, err));
    *cost = decimal_normal(*cost);
    GR_TRY(decimal_add(r->computed, *cost, &r->computed, err));
    r->any_priced = true;
    if (!r->q.currency.len)
        r->q.currency = price->currency;
    return GR_OK;
}

static const struct price *price_for_class(const struct price_book *book,
                                           const struct price_question *q,
                                           const struct token_class *class)
{
    const struct price *price = price_find(book, q, str_from(class->name));
    if (!price && class->tokens == AI_Reasoning)
        price = price_find(book, q, STR("output"));
    return price;
}

static enum gr_status price_class(struct row_price *r, const struct token_class *class,
                                  struct gr_err *err)
{
    struct decimal tokens, cost;
    if (!batch_decimal(r->batch, (size_t) class->tokens, r->row, &tokens) ||
        decimal_is_zero(tokens))
        return GR_OK;
    const struct price *price = price_for_class(r->book, &r->q, class);
    if (!price) {
        r->any_unpriced = true;
        return decimal_add(r->unpriced_tokens, tokens, &r->unpriced_tokens, err);
    }
    GR_TRY(add_priced(r, price, tokens, &cost, err));
    batch_set_decimal(r->batch, (size_t) class->cost, r->row, cost);
    return GR_OK;
}

static enum gr_status price_counted_unit(void *context, struct str name, struct decimal quantity,
                                         struct gr_err *err)
{
    struct row_price *r = context;
    struct decimal cost;
    if (decimal_is_zero(quantity))
        return GR_OK;
    const struct price *price = price_find(r->book, &r->q, name);
    if (!price) {
        r->any_unpriced = true;
        return GR_OK;
    }
    GR_TRY(add_priced(r, price, quantity, &cost, err));
    r->any_units = true;
    return decimal_add(r->units_cost, cost, &r->units_cost, err);
}

/* Tokens of the prompt, cache classes included; -1 for a bucket of several requests (field: llm
 * 0.3). */
static enum gr_status prompt_tokens(const struct batch *batch, uint32_t row, int64_t *out,
                                    struct gr_err *err)
{
    struct decimal requests, tokens, sum = DECIMAL_ZERO;
    *out = -1;
    if (batch_decimal(batch, AI_Requests, row, &requests) &&
        decimal_compare(requests, decimal_from_int(1)) > 0)
        return GR_OK;
    for (size_t i = 0; i < TOKEN_CLASSES; i++)
        if (token_classes[i].prompt &&
            batch_decimal(batch, (size_t)token_classes[i].tokens, row, &tokens))
            GR_TRY(decimal_add(sum, tokens, &sum, err));
    *out = (int64_t)decimal_round(sum, 0).units;
    return GR_OK;
}

static const char *pricing_word(const struct row_price *r, bool billed)
{
    if (billed)
        return "billed";
    if (!r->any_unpriced)
        return "priced";
    return r->any_priced ? "partial" : "unpriced";
}

/* Forgets what an earlier pricing left in the row. */
static void clear_costs(struct batch *batch, uint32_t row)
{
    for (int column = AI_InputCost; column <= AI_UnpricedTokens; column++)
        if (batch->columns[column].scales)
            batch->columns[column].scales[row] = DECIMAL_CELL_NULL;
}

/* The sums of the row. */
static void put_costs(const struct row_price *r, bool billed)
{
    struct batch *batch = r->batch;
    struct decimal cost = decimal_normal(r->computed);
    bool computed = r->any_priced || !r->any_unpriced;
    if (computed)
        batch_set_decimal(batch, AI_ComputedCost, r->row, cost);
    if (billed)
        (void)batch_decimal(batch, AI_BilledCost, r->row, &cost);
    if (billed || computed)
        batch_set_decimal(batch, AI_Cost, r->row, cost);
    if (r->any_units)
        batch_set_decimal(batch, AI_UnitsCost, r->row, decimal_normal(r->units_cost));
    if (!billed && !decimal_is_zero(r->unpriced_tokens))
        batch_set_decimal(batch, AI_UnpricedTokens, r->row, r->unpriced_tokens);
}

static enum gr_status price_row(struct price_book *book, struct batch *batch, uint32_t row,
                                struct gr_err *err)
{
    struct row_price r = {.book = book, .batch = batch, .row = row};
    struct decimal billed;
    /* Without a billed cost the currency is that of the prices, perhaps of an earlier book. */
    bool own_currency = batch_decimal(batch, AI_BilledCost, row, &billed);
    int64_t moment = batch_moment(batch, AI_Timestamp, row);
    r.q = (struct price_question){
        .provider = batch_text(batch, AI_Provider, row),
        .model = batch_text(batch, AI_Model, row),
        .tier = batch_text(batch, AI_ServiceTier, row),
        .region = batch_text(batch, AI_Region, row),
        .currency = own_currency ? batch_text(batch, AI_Currency, row) : STR_NONE,
        .day = day_of_moment(moment == MOMENT_NONE ? 0 : moment),
    };
    clear_costs(batch, row);
    GR_TRY(prompt_tokens(batch, row, &r.q.prompt_tokens, err));
    for (size_t i = 0; i < TOKEN_CLASSES; i++)
        GR_TRY(price_class(&r, &token_classes[i], err));
    struct str units = batch_text(batch, AI_Units, row);
    if (units.len)
        GR_TRY(json_units_each(units, price_counted_unit, &r, err));
    put_costs(&r, own_currency);
    batch_set_text(batch, AI_Pricing, row, str_from(pricing_word(&r, own_currency)));
    batch_set_text(batch, AI_Currency, row, r.q.currency.len ? r.q.currency : STR_NONE);
    return GR_OK;
}

/* ---- plain rows ---- */

enum { ANSWERS = 1024, WORDS = 4 };

/* What is the same for all rows of a batch. */
struct pricing {
    struct price_book *book;
    struct batch *batch;
    int token_columns[TOKEN_CLASSES]; /* classes whose column is there */
    size_t token_column_count;
    uint8_t *stale[AI_COLUMN_COUNT]; /* scales of columns that an earlier pricing filled */
    size_t stale_count;
    uint32_t words[WORDS]; /* codes of Pricing, made when first needed */
};

/* A row of whole counts. */
struct plain_row {
    int64_t tokens[TOKEN_CLASSES];
    int64_t prompt_tokens;
    uint32_t classes;
};

static void begin_batch(struct pricing *pricing, struct price_book *book, struct batch *batch)
{
    *pricing = (struct pricing){.book = book, .batch = batch};
    for (int i = 0; i < TOKEN_CLASSES; i++)
        if (batch->columns[token_classes[i].tokens].scales)
            pricing->token_columns[pricing->token_column_count++] = i;
    for (int column = AI_InputCost; column <= AI_UnpricedTokens; column++)
        if (batch->columns[column].scales)
            pricing->stale[pricing->stale_count++] = batch->columns[column].scales;
    if (!book->answers)
        book->answers = gr_alloc_zeroed(ANSWERS, sizeof *book->answers);
    book->batches++;
}

/* A cell that is absent (0) or a whole number; false when it is something else. */
static bool read_whole(const struct batch *batch, size_t column, uint32_t row, int64_t *out)
{
    const struct batch_column *cells = &batch->columns[column];
    *out = 0;
    if (!cells->scales || cells->scales[row] == DECIMAL_CELL_NULL)
        return true;
    *out = cells->units[row];
    return cells->scales[row] == 0 && *out >= 0;
}

static bool read_plain_row(const struct pricing *pricing, uint32_t row, struct plain_row *out)
{
    const struct batch *batch = pricing->batch;
    const uint32_t *units = batch->columns[AI_Units].codes;
    int64_t requests;
    *out = (struct plain_row){0};
    if ((units && units[row]) || !read_whole(batch, AI_Requests, row, &requests))
        return false;
    for (size_t i = 0; i < pricing->token_column_count; i++) {
        int class = pricing->token_columns[i];
        int64_t *tokens = &out->tokens[class];
        if (!read_whole(batch, (size_t)token_classes[class].tokens, row, tokens) ||
            *tokens >= INT64_MAX / TOKEN_CLASSES)
            return false;
        out->classes |= (uint32_t)(*tokens > 0) << class;
        out->prompt_tokens += token_classes[class].prompt ? *tokens : 0;
    }
    if (requests > 1)
        out->prompt_tokens = -1;
    return true;
}

static uint32_t code_of(const struct batch *batch, size_t column, uint32_t row)
{
    const uint32_t *codes = batch->columns[column].codes;
    return codes ? codes[row] : 0;
}

static bool has_billed_cost(const struct batch *batch, uint32_t row)
{
    const uint8_t *scales = batch->columns[AI_BilledCost].scales;
    return scales && scales[row] != DECIMAL_CELL_NULL;
}

static struct answer_key key_of(const struct pricing *pricing, uint32_t row,
                                const struct plain_row *plain)
{
    const struct batch *batch = pricing->batch;
    const struct price_book *book = pricing->book;
    int64_t moment = batch_moment(batch, AI_Timestamp, row);
    struct answer_key key = {
        .provider = code_of(batch, AI_Provider, row),
        .model = code_of(batch, AI_Model, row),
        .tier = code_of(batch, AI_ServiceTier, row),
        .region = code_of(batch, AI_Region, row),
        .currency = has_billed_cost(batch, row) ? code_of(batch, AI_Currency, row) : 0,
        .day = day_of_moment(moment == MOMENT_NONE ? 0 : moment),
        .classes = plain->classes,
    };
    while (key.step < book->threshold_count && plain->prompt_tokens > book->thresholds[key.step])
        key.step++;
    return key;
}

static void find_answer(const struct pricing *pricing, const struct answer_key *key,
                        const struct plain_row *plain, struct answer *answer)
{
    const struct batch_column *columns = pricing->batch->columns;
    struct price_question q = {
        .provider = dict_text(columns[AI_Provider].texts, key->provider),
        .model = dict_text(columns[AI_Model].texts, key->model),
        .tier = dict_text(columns[AI_ServiceTier].texts, key->tier),
        .region = dict_text(columns[AI_Region].texts, key->region),
        .currency = dict_text(columns[AI_Currency].texts, key->currency),
        .day = key->day,
        .prompt_tokens = plain->prompt_tokens,
    };
    *answer = (struct answer){.key = *key, .batch = pricing->book->batches};
    for (size_t i = 0; i < TOKEN_CLASSES; i++) {
        if (!(key->classes >> i & 1))
            continue;
        answer->prices[i] = price_for_class(pricing->book, &q, &token_classes[i]);
        if (answer->prices[i] && !q.currency.len)
            q.currency = answer->prices[i]->currency;
    }
    answer->currency = q.currency.len ? dict_intern(columns[AI_Currency].texts, q.currency) : 0;
}

/* The answer for a row, found once for all rows of the batch that ask the same. */
static const struct answer *answer_for(const struct pricing *pricing, uint32_t row,
                                       const struct plain_row *plain)
{
    static const struct answer nothing; /* what an empty book says */
    if (pricing->book->count == 0 && !has_billed_cost(pricing->batch, row))
        return &nothing;
    struct answer_key key = key_of(pricing, row, plain);
    struct answer *answer =
        &pricing->book->answers[hash_bytes(&key, sizeof key) >> 32 & (ANSWERS - 1)];
    if (answer->batch != pricing->book->batches || memcmp(&answer->key, &key, sizeof key) != 0)
        find_answer(pricing, &key, plain, answer);
    return answer;
}

static void put_word(struct pricing *pricing, uint32_t row, const struct row_price *r, bool billed)
{
    size_t which = billed ? 0 : !r->any_unpriced ? 1 : r->any_priced ? 2 : 3;
    uint32_t *code = &pricing->words[which];
    if (!*code)
        *code = dict_intern(pricing->batch->columns[AI_Pricing].texts,
                            str_from(pricing_word(r, billed)));
    batch_set_code(pricing->batch, AI_Pricing, row, *code);
}

static enum gr_status price_plain_row(struct pricing *pricing, uint32_t row,
                                      const struct plain_row *plain, struct gr_err *err)
{
    struct batch *batch = pricing->batch;
    struct row_price r = {.book = pricing->book, .batch = batch, .row = row};
    const struct answer *answer = answer_for(pricing, row, plain);
    bool billed = has_billed_cost(batch, row);
    int64_t unpriced = 0;
    for (uint32_t left = plain->classes; left; left &= left - 1) {
        int class = __builtin_ctz(left);
        struct decimal cost;
        if (!answer->prices[class]) {
            r.any_unpriced = true;
            unpriced += plain->tokens[class];
            continue;
        }
        GR_TRY(add_priced(&r, answer->prices[class], decimal_from_int(plain->tokens[class]), &cost,
                          err));
        batch_set_decimal(batch, (size_t)token_classes[class].cost, row, cost);
    }
    r.unpriced_tokens = decimal_from_int(unpriced);
    put_costs(&r, billed);
    put_word(pricing, row, &r, billed);
    if (answer->currency || batch->columns[AI_Currency].codes)
        batch_set_code(batch, AI_Currency, row, answer->currency);
    return GR_OK;
}

static enum gr_status price_one(struct pricing *pricing, uint32_t row, struct gr_err *err)
{
    struct plain_row plain;
    if (!read_plain_row(pricing, row, &plain))
        return price_row(pricing->book, pricing->batch, row, err);
    for (size_t i = 0; i < pricing->stale_count; i++)
        pricing->stale[i][row] = DECIMAL_CELL_NULL;
    return price_plain_row(pricing, row, &plain, err);
}

enum gr_status price_batch(struct price_book *book, struct batch *batch, struct gr_err *err)
{
    struct pricing pricing;
    begin_batch(&pricing, book, batch);
    for (uint32_t row = 0; row < batch->rows; row++)
        if (price_one(&pricing, row, err))
            return gr_wrap(err, "line %llu: pricing", (unsigned long long)batch->lines[row]);
    return GR_OK;
}
