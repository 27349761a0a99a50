/* Global dictionaries: text <-> code, one numbering for each column of a dataset, from 1.
 *
 * A dictionary is never loaded whole for writing: a load's local codes are mapped once each, by
 * hash.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

static int64_t entry_id(const struct store_column *column, uint32_t code)
{
    return column->id << 32 | code;
}

static int64_t entry_hash(const struct store_column *column, struct str text)
{
    return (int64_t)(hash_bytes(text.ptr, text.len) ^
                     (uint64_t)column->id * UINT64_C(0x9E3779B97F4A7C15));
}

static enum gr_status know_codes(struct store *store, struct store_column *column,
                                 struct gr_err *err)
{
    if (column->codes_known)
        return GR_OK;
    sqlite3_stmt *last = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_DICTIONARY_LAST, &last, err));
    sqlite3_bind_int64(last, 1, entry_id(column, 0));
    sqlite3_bind_int64(last, 2, (column->id + 1) << 32);
    GR_TRY(store_step(store, last, &row, err));
    column->codes = row ? (uint32_t)sqlite3_column_int64(last, 0) : 0;
    column->codes_of_local = !column->codes;
    column->codes_known = store->mode == STORE_WRITE && store->in_transaction;
    sqlite3_reset(last);
    return GR_OK;
}

static enum gr_status find_code(struct store *store, struct store_column *column, int64_t hash,
                                struct str text, uint32_t *code, struct gr_err *err)
{
    sqlite3_stmt *find = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_DICTIONARY_FIND, &find, err));
    sqlite3_bind_int64(find, 1, hash);
    sqlite3_bind_int64(find, 2, column->id);
    store_bind_text(find, 3, text);
    GR_TRY(store_step(store, find, &row, err));
    *code = row ? (uint32_t)sqlite3_column_int64(find, 0) : 0;
    sqlite3_reset(find);
    return GR_OK;
}

static enum gr_status add_code(struct store *store, struct store_column *column, int64_t hash,
                               struct str text, uint32_t *code, struct gr_err *err)
{
    if (column->codes == UINT32_MAX)
        return gr_fail(err, GR_EDATA, "column %s: more than 4 billion different values",
                       column->name);
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_DICTIONARY_ADD, &add, err));
    sqlite3_bind_int64(add, 1, entry_id(column, column->codes + 1));
    sqlite3_bind_int64(add, 2, hash);
    store_bind_text(add, 3, text);
    GR_TRY(store_run(store, add, err));
    *code = ++column->codes;
    return GR_OK;
}

/* A dictionary of another load may lie where an older one lay: then the cache is void. */
void dictionary_cache_ready(struct store_column *column, const struct dict *dict)
{
    uint32_t need = dict->count + 1;
    if (column->local != dict) {
        free(column->global_of_local);
        column->global_of_local = NULL;
        column->global_capacity = 0;
        column->codes_of_local = false;
        column->local = dict;
    }
    if (need <= column->global_capacity)
        return;
    uint32_t capacity = column->global_capacity ? column->global_capacity : 64;
    while (capacity < need)
        capacity = capacity > UINT32_MAX / 2 ? need : capacity * 2;
    column->global_of_local =
        gr_realloc(column->global_of_local, capacity * sizeof(*column->global_of_local));
    memset(column->global_of_local + column->global_capacity, 0,
           (capacity - column->global_capacity) * sizeof(*column->global_of_local));
    column->global_capacity = capacity;
}

void dictionary_caches_drop(struct store *store)
{
    for (int d = 0; d < DATASET_COUNT; d++)
        for (size_t i = 0; i < store->datasets[d].count; i++) {
            struct store_column *column = &store->datasets[d].columns[i];
            free(column->global_of_local);
            column->global_of_local = NULL;
            column->global_capacity = 0;
            column->local = NULL;
            column->codes_known = false;
        }
}

enum gr_status dictionary_code(struct store *store, struct store_column *column,
                               const struct dict *dict, uint32_t local, uint32_t *code,
                               struct gr_err *err)
{
    *code = column->global_of_local[local];
    if (local == DICT_CODE_NONE || *code)
        return GR_OK;
    struct str text = dict_text(dict, local);
    GR_TRY(know_codes(store, column, err));
    int64_t hash = entry_hash(column, text);
    if (!column->codes_of_local) /* else `dict` would know it */
        GR_TRY(find_code(store, column, hash, text, code, err));
    if (!*code)
        GR_TRY(add_code(store, column, hash, text, code, err));
    column->global_of_local[local] = *code;
    return GR_OK;
}

/* ---- reading ---- */

static struct text_entry *text_slot(struct store_column *column, uint32_t code)
{
    uint32_t at = code * UINT32_C(2654435769) & column->text_mask;
    while (column->texts[at].code && column->texts[at].code != code)
        at = (at + 1) & column->text_mask;
    return &column->texts[at];
}

static void grow_texts(struct store_column *column)
{
    if (column->texts && column->text_count < column->text_mask / 2)
        return;
    struct text_entry *old = column->texts;
    uint32_t old_slots = old ? column->text_mask + 1 : 0;
    uint32_t slots = old ? old_slots * 2 : 64;
    column->texts = gr_alloc_zeroed(slots, sizeof(*column->texts));
    column->text_mask = slots - 1;
    for (uint32_t i = 0; i < old_slots; i++)
        if (old[i].code)
            *text_slot(column, old[i].code) = old[i];
    free(old);
}

enum gr_status store_text(struct store *store, enum dataset dataset, int column, uint32_t code,
                          struct str *out, struct gr_err *err)
{
    struct store_column *entry = &store->datasets[dataset].columns[column];
    *out = STR_NONE;
    if (code == 0)
        return GR_OK;
    grow_texts(entry);
    struct text_entry *slot = text_slot(entry, code);
    if (!slot->code) {
        sqlite3_stmt *get = NULL;
        bool row = false;
        GR_TRY(store_prepare(store, SQL_DICTIONARY_TEXT, &get, err));
        sqlite3_bind_int64(get, 1, entry_id(entry, code));
        GR_TRY(store_step(store, get, &row, err));
        if (!row)
            return gr_fail(err, GR_ESTORE, "store %s: column %s has no text with code %u",
                           store->path, entry->name, code);
        slot->text = store_column_text(&store->texts, get, 0);
        slot->code = code;
        entry->text_count++;
        sqlite3_reset(get);
    }
    *out = slot->text;
    return GR_OK;
}

enum gr_status store_text_find(struct store *store, enum dataset dataset, int column,
                               struct str text, uint32_t *code, struct gr_err *err)
{
    struct store_column *entry = &store->datasets[dataset].columns[column];
    *code = 0;
    if (!entry->id)
        return GR_OK;
    return find_code(store, entry, entry_hash(entry, text), text, code, err);
}

enum gr_status store_text_count(struct store *store, enum dataset dataset, int column,
                                uint32_t *count, struct gr_err *err)
{
    struct store_column *entry = &store->datasets[dataset].columns[column];
    *count = 0;
    if (!entry->id)
        return GR_OK;
    GR_TRY(know_codes(store, entry, err));
    *count = entry->codes;
    return GR_OK;
}

enum gr_status store_text_each(struct store *store, enum dataset dataset, int column,
                               uint32_t first, uint32_t last,
                               enum gr_status (*each)(void *context, uint32_t code, struct str text,
                                                      struct gr_err *err),
                               void *context, struct gr_err *err)
{
    const struct store_column *entry = &store->datasets[dataset].columns[column];
    sqlite3_stmt *list = NULL;
    bool row = true;
    GR_TRY(store_prepare(store, SQL_DICTIONARY_RANGE, &list, err));
    sqlite3_bind_int64(list, 1, entry_id(entry, first));
    sqlite3_bind_int64(list, 2, entry_id(entry, last));
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        const char *text = (const char *)sqlite3_column_text(list, 1);
        struct str view = {text ? text : "", (size_t)sqlite3_column_bytes(list, 1)};
        status = each(context, (uint32_t)sqlite3_column_int64(list, 0), view, err);
        if (!status)
            status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}
