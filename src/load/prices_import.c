/* `gpureport prices import`: the contract's price CSV into the store, then all usage priced anew.
 * Called by the prices command. */
#include <string.h>

#include "ingest/table.h"
#include "load/load_internal.h"
#include "load/reprice.h"

static const char *const wanted[] = {"provider", "model",        "class",      "service_tier",
                                     "region",   "above_tokens", "unit_price", "per",
                                     "currency", "valid_from",   "valid_to"};
enum { FIELDS = sizeof wanted / sizeof *wanted };

static struct str *field_of(struct store_price *price, size_t field)
{
    struct str *const fields[FIELDS] = {&price->provider,     &price->model,   &price->price_class,
                                        &price->service_tier, &price->region,  &price->above_tokens,
                                        &price->unit_price,   &price->per,     &price->currency,
                                        &price->valid_from,   &price->valid_to};
    return fields[field];
}

/* Columns that a book may leave out. */
static bool field_optional(size_t field)
{
    static const char *const optional[] = {"provider",     "service_tier", "region",
                                           "above_tokens", "valid_from",   "valid_to"};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (strcmp(wanted[field], optional[i]) == 0)
            return true;
    return false;
}

static enum gr_status find_columns(const struct ingest_table *table, const char *path,
                                   int columns[FIELDS], struct gr_err *err)
{
    for (size_t i = 0; i < FIELDS; i++) {
        columns[i] = ingest_table_column(table, wanted[i]);
        if (columns[i] < 0 && !field_optional(i))
            return gr_fail(err, GR_EDATA,
                           "%s line 1: no column %s; wanted provider,model,class,"
                           "service_tier,region,above_tokens,unit_price,per,"
                           "currency,valid_from,valid_to",
                           path, wanted[i]);
    }
    return GR_OK;
}

static enum gr_status read_prices(struct arena *arena, const char *path, const char *book,
                                  const char *valid_from, int64_t imported,
                                  struct store_price **out, size_t *count, struct gr_err *err)
{
    struct ingest_table table;
    int columns[FIELDS] = {0};
    GR_TRY(ingest_table_read(arena, path, &table, err));
    GR_TRY(find_columns(&table, path, columns, err));
    struct store_price *prices = arena_alloc_zeroed(arena, table.row_count + 1, sizeof *prices);
    for (size_t row = 0; row < table.row_count; row++) {
        struct store_price *price = &prices[row];
        for (size_t i = 0; i < FIELDS; i++)
            *field_of(price, i) =
                columns[i] < 0 ? STR("") : str_trim(ingest_table_cell(&table, row, columns[i]));
        if (!price->valid_from.len && valid_from)
            price->valid_from = str_from(valid_from);
        price->book = str_from(book);
        price->imported = imported;
        if (price_check(price, err))
            return gr_wrap(err, "%s line %llu", path,
                           (unsigned long long)ingest_table_line(&table, row));
    }
    *out = prices;
    *count = table.row_count;
    return GR_OK;
}

enum gr_status prices_import(struct store *store, struct arena *arena, const char *path,
                             const char *book, const char *valid_from, int64_t imported,
                             struct price_import *out, struct gr_err *err)
{
    struct store_price *prices = NULL;
    struct batch_texts *texts = NULL;
    *out = (struct price_import){0};
    GR_TRY(read_prices(arena, path, book, valid_from, imported, &prices, &out->prices, err));
    GR_TRY(store_begin(store, err));
    enum gr_status status = store_prices_replace(store, str_from(book), prices, out->prices, err);
    if (!status)
        status = reprice_all(store, arena, out, &texts, err);
    if (!status)
        status = load_forget_bound(store, err);
    if (!status)
        status = store_commit(store, err);
    if (status)
        store_rollback(store);
    if (texts)
        batch_texts_close(texts);
    return status;
}
