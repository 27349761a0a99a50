/* Rate cards (see rate_card.h). */
#include "ingest/mapping/rate_card.h"

#include <stdlib.h>

#include "ingest/table.h"

enum { PRICE_CELLS = 5 };
static const char *const price_names[PRICE_CELLS] = {"unit_price", "per", "currency", "valid_from",
                                                     "valid_to"};

static const char *read_day(struct str text, struct day open, struct day *out)
{
    *out = open;
    if (text.len == 0)
        return NULL;
    return day_read(text, out) ? NULL : "valid_from and valid_to are days YYYY-MM-DD";
}

static const char *read_price(const struct str *cells, struct rate *out)
{
    out->per = decimal_from_int(1);
    if (decimal_read(cells[0], &out->unit_price) != DECIMAL_READ_OK)
        return "unit_price is not a decimal amount";
    if (cells[1].len > 0 &&
        (decimal_read(cells[1], &out->per) != DECIMAL_READ_OK || decimal_sign(out->per) <= 0))
        return "per is not a positive number";
    if (cells[2].len == 0)
        return "currency is absent";
    out->currency = cells[2];
    const char *reason = read_day(cells[3], (struct day){INT32_MIN}, &out->first);
    if (!reason)
        reason = read_day(cells[4], (struct day){INT32_MAX}, &out->last);
    if (!reason && out->last.since_1970 < out->first.since_1970)
        reason = "valid_to lies before valid_from";
    return reason;
}

const char *rate_from_cells(const struct rate_card *card, const struct str *cells, size_t count,
                            struct rate *out)
{
    if (count != card->key_count + PRICE_CELLS)
        return "wanted the keys, then unit_price, per, currency, valid_from, valid_to";
    *out = (struct rate){0};
    for (size_t i = 0; i < card->key_count; i++)
        out->keys[i] = cells[i].ptr ? cells[i] : STR("");
    return read_price(cells + card->key_count, out);
}

/* ---- a card of a file ---- */

static int price_number(struct str name)
{
    for (int i = 0; i < PRICE_CELLS; i++)
        if (str_equal_nocase(name, str_from(price_names[i])))
            return i;
    return -1;
}

static enum gr_status read_card_header(const struct ingest_table *table, struct rate_card *card,
                                       int *order, struct gr_err *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        int price = price_number(table->header[i]);
        if (price >= 0) {
            order[RATE_KEYS_MAX + price] = (int)i;
            continue;
        }
        if (card->key_count == RATE_KEYS_MAX)
            return gr_fail(err, GR_EDATA, "%s: more than %d key columns", table->name,
                           RATE_KEYS_MAX);
        order[card->key_count] = (int)i;
        card->key_names[card->key_count++] =
            str_equal_nocase(table->header[i], STR("sku")) ? STR("SkuId") : table->header[i];
    }
    if (card->key_count == 0 || order[RATE_KEYS_MAX] < 0 || order[RATE_KEYS_MAX + 2] < 0)
        return gr_fail(err, GR_EDATA,
                       "%s: a rate card has key columns (SkuId, ...), unit_price and currency",
                       table->name);
    return GR_OK;
}

enum gr_status rate_card_read(struct arena *arena, const char *path, struct rate_card *out,
                              struct gr_err *err)
{
    struct ingest_table table;
    int order[RATE_KEYS_MAX + PRICE_CELLS];
    for (int i = 0; i < RATE_KEYS_MAX + PRICE_CELLS; i++)
        order[i] = -1;
    GR_TRY(ingest_table_read(arena, path, &table, err));
    *out = (struct rate_card){.name = table.name};
    GR_TRY(read_card_header(&table, out, order, err));
    if (table.row_count > RATES_MAX)
        return gr_fail(err, GR_EDATA, "%s: more than %d rates", path, RATES_MAX);
    out->rates = arena_alloc_zeroed(arena, table.row_count + 1, sizeof *out->rates);
    for (size_t row = 0; row < table.row_count; row++) {
        struct str cells[RATE_KEYS_MAX + PRICE_CELLS];
        for (size_t i = 0; i < out->key_count; i++)
            cells[i] = ingest_table_cell(&table, row, order[i]);
        for (size_t i = 0; i < PRICE_CELLS; i++)
            cells[out->key_count + i] = ingest_table_cell(&table, row, order[RATE_KEYS_MAX + i]);
        struct rate *rate = &out->rates[out->count++];
        const char *reason = rate_from_cells(out, cells, out->key_count + PRICE_CELLS, rate);
        if (reason)
            return gr_fail(err, GR_EDATA, "%s: line %llu: %s", path,
                           (unsigned long long)ingest_table_line(&table, row), reason);
        rate->line = ingest_table_line(&table, row);
    }
    return rate_card_finish(out, GR_EDATA, err);
}

/* ---- any card ---- */

static int compare_rates(const void *a, const void *b)
{
    const struct rate *x = a, *y = b;
    for (size_t i = 0; i < RATE_KEYS_MAX; i++) {
        int order = str_compare(x->keys[i], y->keys[i]);
        if (order)
            return order;
    }
    if (x->first.since_1970 != y->first.since_1970)
        return x->first.since_1970 < y->first.since_1970 ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static bool same_keys(const struct rate *a, const struct rate *b)
{
    for (size_t i = 0; i < RATE_KEYS_MAX; i++)
        if (!str_equal(a->keys[i], b->keys[i]))
            return false;
    return true;
}

enum gr_status rate_card_finish(struct rate_card *card, enum gr_status status, struct gr_err *err)
{
    if (card->count > 0)
        qsort(card->rates, card->count, sizeof *card->rates, compare_rates);
    card->currency = card->count > 0 ? card->rates[0].currency : STR_NONE;
    for (size_t i = 1; i < card->count; i++) {
        const struct rate *before = &card->rates[i - 1], *rate = &card->rates[i];
        if (same_keys(before, rate) && before->last.since_1970 >= rate->first.since_1970)
            return gr_fail(err, status, "%s: lines %llu and %llu are valid on the same day",
                           card->name, (unsigned long long)before->line,
                           (unsigned long long)rate->line);
        if (!str_equal(rate->currency, card->currency))
            card->currency = STR_NONE;
    }
    return GR_OK;
}

/* First rate whose first key is not before `key`. */
static size_t lower_bound(const struct rate_card *card, struct str key)
{
    size_t low = 0, high = card->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(card->rates[middle].keys[0], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A bit a key that is equal, the first one the highest; -1: it does not fit. */
static int fitness(const struct rate_card *card, const struct rate *rate, const struct str *keys,
                   struct day day)
{
    int bits = 0;
    if (day.since_1970 < rate->first.since_1970 || day.since_1970 > rate->last.since_1970)
        return -1;
    for (size_t i = 0; i < card->key_count; i++) {
        bool any = rate->keys[i].len == 0;
        if (!any && !str_equal(rate->keys[i], keys[i]))
            return -1;
        bits = bits << 1 | !any;
    }
    return bits;
}

const struct rate *rate_card_find(const struct rate_card *card, const struct str *keys,
                                  struct day day)
{
    const struct rate *best = NULL;
    int best_bits = -1;
    const struct str firsts[] = {keys[0], STR("")};
    for (int pass = 0; pass < 2 && !best; pass++) {
        if (pass == 0 && firsts[0].len == 0)
            continue;
        for (size_t i = lower_bound(card, firsts[pass]);
             i < card->count && str_equal(card->rates[i].keys[0], firsts[pass]); i++) {
            int bits = fitness(card, &card->rates[i], keys, day);
            if (bits > best_bits) {
                best_bits = bits;
                best = &card->rates[i];
            }
        }
    }
    return best;
}
