/* The price book: see pricing.h for the rule. pricing_rows.c asks it. */
#include "load/pricing_internal.h"

#include <stdlib.h>
#include <string.h>

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

static int compare_whole(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void collect_thresholds(struct price_book *book)
{
    book->thresholds = gr_alloc_zeroed(book->count + 1, sizeof *book->thresholds);
    for (size_t i = 0; i < book->count; i++)
        if (book->prices[i].above_tokens >= 0)
            book->thresholds[book->threshold_count++] = book->prices[i].above_tokens;
    qsort(book->thresholds, book->threshold_count, sizeof *book->thresholds, compare_whole);
    size_t kept = 0;
    for (size_t i = 0; i < book->threshold_count; i++)
        if (kept == 0 || book->thresholds[kept - 1] != book->thresholds[i])
            book->thresholds[kept++] = book->thresholds[i];
    book->threshold_count = kept;
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
    collect_thresholds(book);
    *out = book;
    return GR_OK;
}

void price_book_close(struct price_book *book)
{
    if (!book)
        return;
    free(book->prices);
    free(book->thresholds);
    free(book->answers);
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

const struct price *price_find(const struct price_book *book, const struct price_question *q,
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
