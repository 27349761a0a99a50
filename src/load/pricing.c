/* Price book and pricing of AI batches: see pricing.h for the rule. Called by load.c and prices.c.
 */
#include "load/pricing.h"

#include <stdlib.h>
#include <string.h>

#include "load/json_units.h"

/* Token classes of the contract, with the columns of their count and their cost. */
static const struct token_class {
    const char *name;
    int tokens, cost;
    bool prompt; /* counts towards above_tokens */
} token_classes[] = {
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
enum { TOKEN_CLASSES = sizeof token_classes / sizeof *token_classes };

struct price {
    struct str provider, model, class_name, tier, region, currency;
    int64_t above_tokens;   /* -1: none */
    struct decimal unit;    /* for one token or unit: unit_price / per, exact */
    struct day first, last; /* inclusive */
    size_t place;           /* in the list of the store: equal lines keep their order */
};

struct price_book {
    struct price *prices; /* by model */
    size_t count;
};

/* What a row is, as far as prices care. */
struct price_question {
    struct str provider, model, tier, region, currency;
    struct day day;
    int64_t prompt_tokens; /* -1: a bucket of requests, where no tier can be known */
};

static enum gr_status price_day(struct str text, const char *field, struct day none,
                                struct day *out, struct gr_err *err)
{
    *out = none;
    if (text.len && !day_read(text, out))
        return gr_fail(err, GR_EDATA, "%s: \"%.*s\" is not a date; wanted YYYY-MM-DD", field,
                       STR_ARG(text));
    return GR_OK;
}

/* per is a power of ten, so the price of one is a shift of the decimal point. */
static enum gr_status price_unit(const struct store_price *line, struct decimal *out,
                                 struct gr_err *err)
{
    static const struct {
        const char *text;
        uint8_t shift;
    } blocks[] = {
        {"1",       0},
        {"1000",    3},
        {"1000000", 6}
    };
    if (decimal_parse(line->unit_price, out, err))
        return gr_wrap(err, "unit_price");
    if (out->units < 0)
        return gr_fail(err, GR_EDATA, "unit_price: \"%.*s\" is negative",
                       STR_ARG(line->unit_price));
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (str_is(line->per, blocks[i].text)) {
            out->scale = (uint8_t)(out->scale + blocks[i].shift);
            *out = decimal_normal(*out);
            if (out->scale > DECIMAL_CELL_SCALE_MAX)
                return gr_fail(err, GR_EDATA, "unit_price: \"%.*s\" per %.*s has too many decimals",
                               STR_ARG(line->unit_price), STR_ARG(line->per));
            return GR_OK;
        }
    return gr_fail(err, GR_EDATA, "per: \"%.*s\" is not 1, 1000 or 1000000", STR_ARG(line->per));
}

static enum gr_status price_above(struct str text, int64_t *out, struct gr_err *err)
{
    struct decimal value;
    *out = -1;
    if (!text.len)
        return GR_OK;
    if (decimal_read(text, &value) != DECIMAL_READ_OK || value.scale || value.units < 0)
        return gr_fail(err, GR_EDATA, "above_tokens: \"%.*s\" is not a whole number",
                       STR_ARG(text));
    *out = (int64_t)value.units;
    return GR_OK;
}

static enum gr_status price_read(const struct store_price *line, struct price *out,
                                 struct gr_err *err)
{
    *out = (struct price){.provider = line->provider,
                          .model = line->model,
                          .class_name = line->price_class,
                          .tier = line->service_tier,
                          .region = line->region,
                          .currency = line->currency};
    if (!line->model.len || !line->price_class.len || !line->currency.len)
        return gr_fail(err, GR_EDATA, "model, class and currency must not be empty");
    GR_TRY(price_unit(line, &out->unit, err));
    GR_TRY(price_above(line->above_tokens, &out->above_tokens, err));
    GR_TRY(price_day(line->valid_from, "valid_from", (struct day){INT32_MIN}, &out->first, err));
    GR_TRY(price_day(line->valid_to, "valid_to", (struct day){INT32_MAX}, &out->last, err));
    if (out->last.since_1970 < out->first.since_1970)
        return gr_fail(err, GR_EDATA, "valid_to \"%.*s\" lies before valid_from \"%.*s\"",
                       STR_ARG(line->valid_to), STR_ARG(line->valid_from));
    return GR_OK;
}

enum gr_status price_check(const struct store_price *line, struct gr_err *err)
{
    struct price price;
    return price_read(line, &price, err);
}

static int compare_by_model(const void *a, const void *b)
{
    const struct price *left = a, *right = b;
    int order = str_compare(left->model, right->model);
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

enum gr_status price_book_open(struct store *store, struct arena *arena, struct price_book **out,
                               struct gr_err *err)
{
    struct store_price_list list;
    GR_TRY(store_prices_list(store, arena, STR_NONE, &list, err));
    struct price_book *book = gr_alloc_zeroed(1, sizeof *book);
    book->prices = gr_alloc_zeroed(list.count + 1, sizeof *book->prices);
    for (size_t i = 0; i < list.count; i++) {
        enum gr_status status = price_read(&list.items[i], &book->prices[i], err);
        if (status) {
            price_book_close(book);
            return gr_wrap(err, "price of %.*s", STR_ARG(list.items[i].model));
        }
        book->prices[i].place = i;
    }
    book->count = list.count;
    qsort(book->prices, book->count, sizeof *book->prices, compare_by_model);
    *out = book;
    return GR_OK;
}

void price_book_close(struct price_book *book)
{
    if (book)
        free(book->prices);
    free(book);
}

/* -1: does not hold; else the larger the more specific. An empty field of a line holds for any. */
static int price_rank(const struct price *price, const struct price_question *q,
                      struct str class_name)
{
    if (!str_equal(price->class_name, class_name) || q->day.since_1970 < price->first.since_1970 ||
        q->day.since_1970 > price->last.since_1970)
        return -1;
    if (price->above_tokens >= 0 && q->prompt_tokens <= price->above_tokens)
        return -1;
    if (q->currency.len && !str_equal(price->currency, q->currency))
        return -1;
    const struct str pairs[][2] = {
        {price->provider, q->provider},
        {price->tier,     q->tier    },
        {price->region,   q->region  }
    };
    int rank = 0;
    for (size_t i = 0; i < 3; i++) {
        if (pairs[i][0].len && !str_equal(pairs[i][0], pairs[i][1]))
            return -1;
        rank = rank * 2 + (pairs[i][0].len > 0);
    }
    return rank;
}

static const struct price *price_find(const struct price_book *book, const struct price_question *q,
                                      struct str class_name)
{
    size_t low = 0, high = book->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(book->prices[middle].model, q->model) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct price *best = NULL;
    int best_rank = -1;
    for (size_t i = low; i < book->count && str_equal(book->prices[i].model, q->model); i++) {
        const struct price *price = &book->prices[i];
        int rank = price_rank(price, q, class_name);
        if (rank < 0 || rank < best_rank)
            continue;
        bool better = rank > best_rank || price->above_tokens > best->above_tokens ||
                      (price->above_tokens == best->above_tokens &&
                       price->first.since_1970 > best->first.since_1970);
        if (better) {
            best = price;
            best_rank = rank;
        }
    }
    return best;
}

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

static enum gr_status price_class(struct row_price *r, const struct token_class *class,
                                  struct gr_err *err)
{
    struct decimal tokens, cost;
    if (!batch_decimal(r->batch, (size_t) class->tokens, r->row, &tokens) ||
        decimal_is_zero(tokens))
        return GR_OK;
    const struct price *price = price_find(r->book, &r->q, str_from(class->name));
    if (!price && class->tokens == AI_Reasoning)
        price = price_find(r->book, &r->q, STR("output"));
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

static enum gr_status write_costs(struct row_price *r, struct gr_err *err)
{
    (void)err;
    struct batch *batch = r->batch;
    struct decimal billed;
    bool has_billed = batch_decimal(batch, AI_BilledCost, r->row, &billed);
    bool computed = r->any_priced || !r->any_unpriced;
    if (computed)
        batch_set_decimal(batch, AI_ComputedCost, r->row, decimal_normal(r->computed));
    if (has_billed)
        batch_set_decimal(batch, AI_Cost, r->row, billed);
    else if (computed)
        batch_set_decimal(batch, AI_Cost, r->row, decimal_normal(r->computed));
    if (r->any_units)
        batch_set_decimal(batch, AI_UnitsCost, r->row, decimal_normal(r->units_cost));
    if (!has_billed && !decimal_is_zero(r->unpriced_tokens))
        batch_set_decimal(batch, AI_UnpricedTokens, r->row, r->unpriced_tokens);
    batch_set_text(batch, AI_Pricing, r->row, str_from(pricing_word(r, has_billed)));
    batch_set_text(batch, AI_Currency, r->row, r->q.currency.len ? r->q.currency : STR_NONE);
    return GR_OK;
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
    return write_costs(&r, err);
}

enum gr_status price_batch(struct price_book *book, struct batch *batch, struct gr_err *err)
{
    for (uint32_t row = 0; row < batch->rows; row++)
        if (price_row(book, batch, row, err))
            return gr_wrap(err, "line %llu: pricing", (unsigned long long)batch->lines[row]);
    return GR_OK;
}
