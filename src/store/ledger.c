/* The ledger of deliveries: starting, finishing, taking out; files and rejects. Reading it is in
 * ledger_list.c, the sums are made in measure.c.
 */
#include <stdio.h>

#include "store/store_internal.h"
#include "store/store_tables.h"

const char *delivery_status_name(enum delivery_status status)
{
    static const char *const names[] = {"live", "superseded", "dropped"};
    return names[status];
}

static const struct {
    int columns[STORE_MONEY_MAX];
    size_t count;
} money_of[DATASET_COUNT] = {
    [DATASET_COST] = {{COST_BilledCost, COST_EffectiveCost, COST_ListCost, COST_ContractedCost}, 4},
    [DATASET_AI] = {{AI_Cost, AI_BilledCost, AI_ComputedCost},                                 3},
    [DATASET_INSTANCE] = {{INSTANCE_HourlyCost},                                                     1},
    [DATASET_INVOICE] = {{INVOICE_BilledCost},                                                      1},
    [DATASET_COMMITMENT] = {{COMMITMENT_ContractCommitmentCost},                                       1},
};

size_t store_money_columns(enum dataset dataset, int columns[STORE_MONEY_MAX])
{
    for (size_t i = 0; i < money_of[dataset].count; i++)
        columns[i] = money_of[dataset].columns[i];
    return money_of[dataset].count;
}

static struct str or_empty(struct str text)
{
    return text.ptr ? text : STR("");
}

static void bind_moment(sqlite3_stmt *statement, int at, int64_t moment)
{
    if (moment != MOMENT_NONE)
        sqlite3_bind_int64(statement, at, moment);
}

enum gr_status store_delivery_new(struct store *store, const struct store_delivery *delivery,
                                  int64_t *id, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_must_write(store, err));
    GR_TRY(store_prepare(store, SQL_DELIVERY_ADD, &add, err));
    store_bind_text(add, 1, str_from(dataset_name(delivery->dataset)));
    store_bind_text(add, 2, or_empty(delivery->source));
    store_bind_text(add, 3, or_empty(delivery->period));
    store_bind_text(add, 4, or_empty(delivery->format));
    sqlite3_bind_int64(add, 5, store->snapshot + 1);
    bind_moment(add, 6, delivery->ingested);
    GR_TRY(store_run(store, add, err));
    *id = sqlite3_last_insert_rowid(store->db);
    store->changed = true;
    return GR_OK;
}

static enum gr_status put_set(struct store *store, const struct store_file *file,
                              struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    if (!file->manifest.ptr)
        return GR_OK;
    GR_TRY(store_prepare(store, SQL_SET_ADD, &add, err));
    sqlite3_bind_int64(add, 1, file->id);
    store_bind_text(add, 2, file->manifest);
    store_bind_text(add, 3, or_empty(file->set_id));
    return store_run(store, add, err);
}

enum gr_status store_file_put(struct store *store, struct store_file *file, struct gr_err *err)
{
    sqlite3_stmt *put = NULL;
    GR_TRY(store_must_write(store, err));
    GR_TRY(store_prepare(store, file->id ? SQL_FILE_SET : SQL_FILE_ADD, &put, err));
    if (file->id)
        sqlite3_bind_int64(put, 1, file->id);
    sqlite3_bind_int64(put, 2, file->delivery);
    store_bind_text(put, 3, or_empty(file->path));
    store_bind_text(put, 4, or_empty(file->sha256));
    store_bind_text(put, 5, or_empty(file->format));
    store_bind_text(put, 6, or_empty(file->version));
    sqlite3_bind_int64(put, 7, (int64_t)file->bytes);
    sqlite3_bind_int64(put, 8, (int64_t)file->rows);
    sqlite3_bind_int64(put, 9, (int64_t)file->stored);
    sqlite3_bind_int64(put, 10, (int64_t)file->rejected);
    sqlite3_bind_int64(put, 11, (int64_t)file->skipped);
    GR_TRY(store_run(store, put, err));
    if (file->id)
        return GR_OK;
    file->id = sqlite3_last_insert_rowid(store->db);
    return put_set(store, file, err);
}

enum gr_status store_reject_add(struct store *store, const struct store_reject *reject,
                                struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_must_write(store, err));
    GR_TRY(store_prepare(store, SQL_REJECT_ADD, &add, err));
    sqlite3_bind_int64(add, 1, reject->delivery);
    sqlite3_bind_int64(add, 2, reject->file);
    store_bind_text(add, 3, reject->path);
    sqlite3_bind_int64(add, 4, (int64_t)reject->line);
    sqlite3_bind_int64(add, 5, (int64_t)reject->byte_offset);
    store_bind_text(add, 6, reject->column);
    store_bind_text(add, 7, reject->value);
    store_bind_text(add, 8, or_empty(reject->reason));
    store_bind_text(add, 9, reject->raw);
    return store_run(store, add, err);
}

static enum gr_status write_money(struct store *store, const struct store_delivery *delivery,
                                  struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    int columns[STORE_MONEY_MAX];
    size_t count = store_money_columns(delivery->dataset, columns);
    struct strbuf text;
    GR_TRY(store_prepare(store, SQL_MONEY_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, delivery->id);
    GR_TRY(store_run(store, statement, err));
    strbuf_init(&text, STRBUF_CEILING);
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < delivery->money_count * count && !status; i++) {
        const struct store_money *money = &delivery->money[i / count];
        int column = columns[i % count];
        strbuf_clear(&text);
        decimal_format(money->sums[i % count], 0, &text);
        status = store_prepare(store, SQL_MONEY_ADD, &statement, err);
        if (status)
            break;
        sqlite3_bind_int64(statement, 1, delivery->id);
        store_bind_text(statement, 2, money->currency);
        store_bind_text(statement, 3, store_column_name(store, delivery->dataset, column));
        sqlite3_bind_int64(statement, 4, money->rows);
        store_bind_text(statement, 5, strbuf_str(&text));
        status = store_run(store, statement, err);
    }
    strbuf_deinit(&text);
    return status;
}

static enum gr_status measure(struct store *store, struct arena *arena,
                              struct store_delivery *delivery, struct gr_err *err)
{
    if (!store->measures)
        store->measures = measures_open(store);
    GR_TRY(measures_add_delivery(store->measures, delivery->id, err));
    return measures_take(store->measures, arena, delivery, err);
}

enum gr_status store_delivery_flush(struct store *store, int64_t id, struct gr_err *err)
{
    GR_TRY(store_must_write(store, err));
    return append_flush(store, id, err);
}

static struct str came_key(struct arena *arena, int64_t delivery)
{
    return arena_printf(arena, "delivery-came:%lld", (long long)delivery);
}

enum gr_status store_delivery_came(struct store *store, struct arena *arena,
                                   const struct store_delivery *delivery, int64_t *out,
                                   struct gr_err *err)
{
    struct str text;
    struct decimal number;
    GR_TRY(store_meta_get(store, arena, came_key(arena, delivery->id), &text, err));
    bool known = text.len && decimal_read(text, &number) == DECIMAL_READ_OK && number.scale == 0;
    *out = known ? (int64_t)number.units : delivery->snapshot;
    return GR_OK;
}

/* A delivery that was committed before is rewritten: the ledger line says only when last. */
static enum gr_status keep_came(struct store *store, struct arena *arena,
                                const struct store_delivery *entry, struct gr_err *err)
{
    struct str came;
    if (entry->snapshot == store->snapshot + 1)
        return GR_OK;
    GR_TRY(store_meta_get(store, arena, came_key(arena, entry->id), &came, err));
    if (came.len)
        return GR_OK;
    came = arena_printf(arena, "%lld", (long long)entry->snapshot);
    return store_meta_set(store, came_key(arena, entry->id), came, err);
}

enum gr_status store_delivery_finish(struct store *store, struct arena *arena,
                                     struct store_delivery *delivery, struct gr_err *err)
{
    sqlite3_stmt *finish = NULL;
    struct store_delivery entry;
    GR_TRY(store_must_write(store, err));
    GR_TRY(append_flush(store, delivery->id, err));
    GR_TRY(store_delivery_get(store, arena, delivery->id, &entry, err));
    entry.rejected = delivery->rejected;
    entry.skipped = delivery->skipped;
    GR_TRY(measure(store, arena, &entry, err));
    entry.rows = entry.stored + entry.rejected + entry.skipped;
    GR_TRY(keep_came(store, arena, &entry, err));
    entry.snapshot = store->snapshot + 1;
    GR_TRY(write_money(store, &entry, err));
    GR_TRY(store_prepare(store, SQL_DELIVERY_FINISH, &finish, err));
    sqlite3_bind_int64(finish, 1, entry.id);
    sqlite3_bind_int64(finish, 2, (int64_t)entry.rows);
    sqlite3_bind_int64(finish, 3, (int64_t)entry.stored);
    sqlite3_bind_int64(finish, 4, (int64_t)entry.rejected);
    sqlite3_bind_int64(finish, 5, (int64_t)entry.skipped);
    bind_moment(finish, 6, entry.first_moment);
    bind_moment(finish, 7, entry.last_moment);
    sqlite3_bind_int64(finish, 8, entry.snapshot);
    GR_TRY(store_run(store, finish, err));
    append_finished(store, entry.id);
    store->changed = true;
    *delivery = entry;
    return GR_OK;
}

enum gr_status store_delivery_remove(struct store *store, int64_t id, enum delivery_status status,
                                     struct gr_err *err)
{
    sqlite3_stmt *end = NULL;
    GR_TRY(store_must_write(store, err));
    GR_TRY(store_prepare(store, SQL_DELIVERY_END, &end, err));
    sqlite3_bind_int64(end, 1, id);
    store_bind_text(end, 2, str_from(delivery_status_name(status)));
    sqlite3_bind_int64(end, 3, store->snapshot + 1);
    GR_TRY(store_run(store, end, err));
    if (sqlite3_changes(store->db) != 1)
        return gr_fail(err, GR_EUSAGE, "delivery %lld is not live", (long long)id);
    store->changed = true;
    append_discard(store, id);
    return parts_delete(store, id, err);
}

enum gr_status store_delivery_discard(struct store *store, int64_t id, struct gr_err *err)
{
    static const char *const deletions[] = {
        "DELETE FROM file WHERE delivery = ", "DELETE FROM delivery_money WHERE delivery = ",
        "DELETE FROM delivery WHERE id = "};
    GR_TRY(store_must_write(store, err));
    append_discard(store, id);
    GR_TRY(parts_delete(store, id, err));
    sqlite3_stmt *sets = NULL;
    GR_TRY(store_prepare(store, SQL_SET_DELETE, &sets, err));
    sqlite3_bind_int64(sets, 1, id);
    GR_TRY(store_run(store, sets, err));
    for (size_t i = 0; i < sizeof deletions / sizeof *deletions; i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "%s%lld", deletions[i], (long long)id);
        GR_TRY(store_exec(store, sql, err));
    }
    return GR_OK;
}

enum gr_status store_delivery_clear(struct store *store, int64_t id, struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct store_delivery entry;
    GR_TRY(store_must_write(store, err));
    enum gr_status status = store_delivery_get(store, &arena, id, &entry, err);
    if (!status && entry.status != DELIVERY_LIVE)
        status = gr_fail(err, GR_EUSAGE, "delivery %lld is not live", (long long)id);
    if (!status)
        status = append_flush(store, id, err);
    if (!status)
        status = parts_delete(store, id, err);
    arena_deinit(&arena);
    store->changed = true;
    return status;
}
