/* The small plain tables: prices, budgets, key/value. */
#include "store/store_internal.h"
#include "store/store_tables.h"

#include <string.h>

static struct str or_empty(struct str text)
{
    return text.ptr ? text : STR("");
}

struct price_work {
    struct str book;
    const struct store_price *prices;
    size_t count;
};

static enum gr_status add_price(struct store *store, struct str book,
                                const struct store_price *price, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    const struct str texts[] = {price->provider,     price->model,    price->price_class,
                                price->service_tier, price->region,   price->above_tokens,
                                price->unit_price,   price->per,      price->currency,
                                price->valid_from,   price->valid_to, book};
    int count = sizeof(texts) / sizeof(texts[0]);
    GR_TRY(store_prepare(store, SQL_PRICE_ADD, &add, err));
    for (int i = 0; i < count; i++)
        store_bind_text(add, i + 1, or_empty(texts[i]));
    if (price->imported != MOMENT_NONE)
        sqlite3_bind_int64(add, count + 1, price->imported);
    return store_run(store, add, err);
}

static enum gr_status replace_prices(struct store *store, void *context, struct gr_err *err)
{
    const struct price_work *work = context;
    sqlite3_stmt *statement = NULL;
    GR_TRY(store_prepare(store, SQL_PRICE_DELETE, &statement, err));
    store_bind_text(statement, 1, or_empty(work->book));
    GR_TRY(store_run(store, statement, err));
    for (size_t i = 0; i < work->count; i++)
        GR_TRY(add_price(store, work->book, &work->prices[i], err));
    return GR_OK;
}

enum gr_status store_prices_replace(struct store *store, struct str book,
                                    const struct store_price *prices, size_t count,
                                    struct gr_err *err)
{
    struct price_work work = {book, prices, count};
    return store_in_transaction(store, replace_prices, &work, err);
}

static void read_price(struct arena *arena, sqlite3_stmt *row, struct store_price *out)
{
    struct str *const texts[] = {&out->provider,     &out->model,    &out->price_class,
                                 &out->service_tier, &out->region,   &out->above_tokens,
                                 &out->unit_price,   &out->per,      &out->currency,
                                 &out->valid_from,   &out->valid_to, &out->book};
    int count = sizeof(texts) / sizeof(texts[0]);
    for (int i = 0; i < count; i++)
        *texts[i] = store_column_text(arena, row, i);
    out->imported = sqlite3_column_type(row, count) == SQLITE_NULL
                        ? MOMENT_NONE
                        : sqlite3_column_int64(row, count);
}

enum gr_status store_prices_list(struct store *store, struct arena *arena, struct str book,
                                 struct store_price_list *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_price_list){0};
    GR_TRY(store_prepare(store, SQL_PRICE_LIST, &list, err));
    store_bind_text(list, 1, book);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        if (out->count == capacity) {
            struct store_price *old = out->items;
            capacity = capacity ? capacity * 2 : 64;
            out->items = arena_alloc(arena, capacity * sizeof(*out->items));
            if (old)
                memcpy(out->items, old, out->count * sizeof(*old));
        }
        read_price(arena, list, &out->items[out->count++]);
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

struct budget_work {
    const struct store_budget_field *fields;
    size_t count;
};

static enum gr_status replace_budgets(struct store *store, void *context, struct gr_err *err)
{
    const struct budget_work *work = context;
    sqlite3_stmt *statement = NULL;
    GR_TRY(store_prepare(store, SQL_BUDGET_DELETE, &statement, err));
    GR_TRY(store_run(store, statement, err));
    for (size_t i = 0; i < work->count; i++) {
        GR_TRY(store_prepare(store, SQL_BUDGET_ADD, &statement, err));
        store_bind_text(statement, 1, or_empty(work->fields[i].name));
        store_bind_text(statement, 2, or_empty(work->fields[i].field));
        store_bind_text(statement, 3, or_empty(work->fields[i].value));
        GR_TRY(store_run(store, statement, err));
    }
    return GR_OK;
}

enum gr_status store_budgets_replace(struct store *store, const struct store_budget_field *fields,
                                     size_t count, struct gr_err *err)
{
    struct budget_work work = {fields, count};
    return store_in_transaction(store, replace_budgets, &work, err);
}

enum gr_status store_budgets_list(struct store *store, struct arena *arena,
                                  struct store_budget_fields *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_budget_fields){0};
    GR_TRY(store_prepare(store, SQL_BUDGET_LIST, &list, err));
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        if (out->count == capacity) {
            struct store_budget_field *old = out->items;
            capacity = capacity ? capacity * 2 : 32;
            out->items = arena_alloc(arena, capacity * sizeof(*out->items));
            if (old)
                memcpy(out->items, old, out->count * sizeof(*old));
        }
        out->items[out->count++] = (struct store_budget_field){store_column_text(arena, list, 0),
                                                               store_column_text(arena, list, 1),
                                                               store_column_text(arena, list, 2)};
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

enum gr_status store_meta_get(struct store *store, struct arena *arena, struct str key,
                              struct str *value, struct gr_err *err)
{
    sqlite3_stmt *get = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_META_GET, &get, err));
    store_bind_text(get, 1, key);
    GR_TRY(store_step(store, get, &row, err));
    *value = row ? store_column_text(arena, get, 0) : STR_NONE;
    sqlite3_reset(get);
    return GR_OK;
}

struct meta_work {
    struct str key;
    struct str value;
};

static enum gr_status set_meta(struct store *store, void *context, struct gr_err *err)
{
    const struct meta_work *work = context;
    sqlite3_stmt *set = NULL;
    GR_TRY(store_prepare(store, work->value.ptr ? SQL_META_SET : SQL_META_DELETE, &set, err));
    store_bind_text(set, 1, work->key);
    if (work->value.ptr)
        store_bind_text(set, 2, work->value);
    return store_run(store, set, err);
}

enum gr_status store_meta_set(struct store *store, struct str key, struct str value,
                              struct gr_err *err)
{
    struct meta_work work = {key, value};
    return store_in_transaction(store, set_meta, &work, err);
}
