/* The registry of columns: numbers as in a batch, ids as in the file, names, kinds. */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

static struct store_column *add_column(struct store_dataset *set, const char *name,
                                       enum column_kind kind)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 64;
        set->columns = gr_realloc(set->columns, set->capacity * sizeof(*set->columns));
    }
    struct store_column *column = &set->columns[set->count++];
    *column = (struct store_column){.name = name, .kind = kind};
    return column;
}

static int find_column(const struct store_dataset *set, struct str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_is(name, set->columns[i].name))
            return (int)i;
    return -1;
}

static enum gr_status load_named(struct store *store, sqlite3_stmt *list, struct gr_err *err)
{
    enum dataset dataset;
    struct str name = store_column_text(&store->names, list, 2);
    int64_t id = sqlite3_column_int64(list, 0);
    int kind = sqlite3_column_int(list, 3);
    struct str dataset_text = store_column_text(&store->names, list, 1);
    if (!dataset_read(dataset_text, &dataset)) {
        /* A tag key; or #line, #file and #delivery, or a dataset of a later time. */
        tag_key_load(store, dataset_text, name, id);
        return GR_OK;
    }
    if (id < 1 || id > COLUMN_ID_MAX || kind < 0 || kind > COLUMN_MOMENT || !name.ptr)
        return gr_fail(err, GR_ESTORE, "store %s: damaged column table", store->path);
    struct store_dataset *set = &store->datasets[dataset];
    int at = find_column(set, name);
    struct store_column *column =
        at >= 0 ? &set->columns[at] : add_column(set, name.ptr, (enum column_kind)kind);
    if (column->kind != (enum column_kind)kind)
        return gr_fail(err, GR_ESTORE, "store %s: column %s has another kind than expected",
                       store->path, column->name);
    column->id = id;
    return GR_OK;
}

enum gr_status columns_load(struct store *store, struct gr_err *err)
{
    for (int d = 0; d < DATASET_COUNT; d++) {
        size_t count = 0;
        const struct column_def *defs = dataset_columns((enum dataset)d, &count);
        for (size_t i = 0; i < count; i++)
            add_column(&store->datasets[d], defs[i].name, defs[i].kind);
    }
    sqlite3_stmt *list = NULL;
    if (sqlite3_prepare_v2(store->db, "SELECT id, dataset, name, kind FROM column_name ORDER BY id",
                           -1, &list, NULL) != SQLITE_OK)
        return store_fail(store, err, "reading its columns");
    enum gr_status status = GR_OK;
    int code;
    while (!status && (code = sqlite3_step(list)) == SQLITE_ROW)
        status = load_named(store, list, err);
    if (!status && code != SQLITE_DONE)
        status = store_fail(store, err, "reading its columns");
    sqlite3_finalize(list);
    return status;
}

void columns_free(struct store *store)
{
    dictionary_caches_drop(store);
    tag_keys_free(store);
    for (int d = 0; d < DATASET_COUNT; d++) {
        for (size_t i = 0; i < store->datasets[d].count; i++)
            free(store->datasets[d].columns[i].texts);
        free(store->datasets[d].columns);
        store->datasets[d] = (struct store_dataset){0};
    }
}

enum gr_status column_need_id(struct store *store, enum dataset dataset, int column,
                              struct gr_err *err)
{
    struct store_column *entry = &store->datasets[dataset].columns[column];
    if (entry->id)
        return GR_OK;
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_COLUMN_ADD, &add, err));
    store_bind_text(add, 1, str_from(dataset_name(dataset)));
    store_bind_text(add, 2, str_from(entry->name));
    sqlite3_bind_int(add, 3, (int)entry->kind);
    GR_TRY(store_run(store, add, err));
    int64_t id = sqlite3_last_insert_rowid(store->db);
    if (id > COLUMN_ID_MAX)
        return gr_fail(err, GR_EDATA, "column %s: a store holds at most %d columns", entry->name,
                       COLUMN_ID_MAX);
    entry->id = id;
    return GR_OK;
}

enum gr_status column_for_append(struct store *store, enum dataset dataset, struct str name,
                                 enum column_kind kind, int *column, struct gr_err *err)
{
    struct store_dataset *set = &store->datasets[dataset];
    *column = find_column(set, name);
    if (*column < 0) {
        add_column(set, arena_str(&store->names, name).ptr, kind);
        *column = (int)set->count - 1;
    }
    if (set->columns[*column].kind != kind)
        return gr_fail(err, GR_EDATA, "column %.*s: not of the kind that the store holds",
                       STR_ARG(name));
    return column_need_id(store, dataset, *column, err);
}

int64_t column_id(const struct store *store, enum dataset dataset, int column)
{
    if (column == STORE_COLUMN_LINE)
        return COLUMN_ID_LINE;
    if (column == STORE_COLUMN_FILE)
        return COLUMN_ID_FILE;
    if (column == STORE_COLUMN_DELIVERY)
        return COLUMN_ID_DELIVERY;
    if (column < 0 || (size_t)column >= store->datasets[dataset].count)
        return 0;
    return store->datasets[dataset].columns[column].id;
}

size_t store_column_count(const struct store *store, enum dataset dataset)
{
    return store->datasets[dataset].count;
}

struct str store_column_name(const struct store *store, enum dataset dataset, int column)
{
    return column >= 0                   ? str_from(store->datasets[dataset].columns[column].name)
           : column == STORE_COLUMN_LINE ? STR("#line")
           : column == STORE_COLUMN_FILE ? STR("#file")
           : column == STORE_COLUMN_DELIVERY ? STR("#delivery")
                                             : STR("none");
}

enum column_kind store_column_kind(const struct store *store, enum dataset dataset, int column)
{
    if (column < 0)
        return column == STORE_COLUMN_LINE ? COLUMN_MOMENT : COLUMN_TEXT;
    return store->datasets[dataset].columns[column].kind;
}

int store_column_find(const struct store *store, enum dataset dataset, struct str name)
{
    return find_column(&store->datasets[dataset], name);
}
