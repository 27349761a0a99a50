/* The SQL of the store, each statement prepared once, and the way its errors become ours. */
#include "store/store_internal.h"

#define DELIVERY_COLUMNS                                                                           \
    "id, dataset, source, period, format, status, snapshot, snapshot_end, ingested, rows, stored," \
    " rejected, skipped, first_moment, last_moment"
#define SEGMENT_COLUMNS                                                                            \
    "s.id, s.rows, s.moment_nulls, s.min_moment, s.max_moment, s.billing_nulls, s.min_billing,"    \
    " s.max_billing"
#define FILE_COLUMNS                                                                               \
    "id, delivery, path, sha256, format, version, bytes, rows, stored, rejected, skipped,"         \
    " manifest, set_id"
#define FILE_FROM " FROM file LEFT JOIN file_set ON file_set.file = file.id"
#define REJECT_WHERE                                                                               \
    " FROM reject LEFT JOIN file ON file.id = reject.file WHERE (?1 = 0 OR reject.delivery = ?1)"  \
    " AND (?2 IS NULL OR substr(coalesce(reject.path, file.path), -length(?2))"                    \
    " = ?2)"
#define PRICE_COLUMNS                                                                              \
    "provider, model, class, service_tier, region, above_tokens, unit_price, per, currency,"       \
    " valid_from, valid_to, book, imported"

const char *const store_sql[SQL_STATEMENT_COUNT] = {
    [SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [SQL_META_SET] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
    [SQL_META_DELETE] = "DELETE FROM meta WHERE key = ?1",
    [SQL_COLUMN_ADD] = "INSERT INTO column_name(dataset, name, kind) VALUES(?1, ?2, ?3)",
    [SQL_FILE_BYTES] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    [SQL_TEXT_BLOCK_ADD] = "INSERT INTO text_block(id, count, bytes, hash) VALUES(?1, ?2, ?3, ?4)",
    [SQL_TEXT_BLOCK_AT] = "SELECT id, count, bytes FROM text_block WHERE id BETWEEN ?1 AND ?2"
                          " ORDER BY id DESC LIMIT 1",
    [SQL_TEXT_RUN_LIST] = "SELECT run, entries FROM text_run WHERE column = ?1 ORDER BY run",
    [SQL_TEXT_RUN_ADD] = "INSERT INTO text_run(column, run, entries) VALUES(?1, ?2, ?3)",
    [SQL_TEXT_RUN_DELETE] = "DELETE FROM text_run WHERE column = ?1 AND run = ?2",
    [SQL_TEXT_HASH_ADD] = "INSERT INTO text_hash(id, bytes, hash) VALUES(?1, ?2, ?3)",
    [SQL_TEXT_HASH_AT] = "SELECT bytes FROM text_hash WHERE id BETWEEN ?1 AND ?2"
                         " ORDER BY id DESC LIMIT 1",
    [SQL_TEXT_HASH_NEXT] = "SELECT id FROM text_hash WHERE id > ?1 AND id <= ?2"
                           " ORDER BY id LIMIT 1",
    [SQL_TEXT_HASH_RANGE] = "SELECT id, bytes FROM text_hash WHERE id BETWEEN ?1 AND ?2"
                            " ORDER BY id",
    [SQL_TEXT_HASH_DELETE] = "DELETE FROM text_hash WHERE id BETWEEN ?1 AND ?2",
    [SQL_DELIVERY_ADD] = "INSERT INTO delivery(dataset, source, period, format, status, snapshot,"
                         " ingested) VALUES(?1, ?2, ?3, ?4, 'live', ?5, ?6)",
    [SQL_DELIVERY_FINISH] =
        "UPDATE delivery SET rows = ?2, stored = ?3, rejected = ?4, skipped = ?5,"
        " first_moment = ?6, last_moment = ?7, snapshot = ?8 WHERE id = ?1",
    [SQL_DELIVERY_END] = "UPDATE delivery SET status = ?2, snapshot_end = ?3"
                         " WHERE id = ?1 AND status = 'live'",
    [SQL_DELIVERY_GET] = "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE id = ?1",
    [SQL_DELIVERY_OF] =
        "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE source = ?3 AND period = ?4"
        " AND (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR dataset = ?2)"
        " ORDER BY id",
    [SQL_DELIVERY_LIST] =
        "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE"
        " (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR dataset = ?2)"
        " AND (?3 IS NULL OR source = ?3) AND (?4 IS NULL OR period = ?4) ORDER BY id",
    [SQL_MONEY_DELETE] = "DELETE FROM delivery_money WHERE delivery = ?1",
    [SQL_MONEY_ADD] = "INSERT INTO delivery_money(delivery, currency, column, rows, sum)"
                      " VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_MONEY_LIST] = "SELECT currency, column, rows, sum FROM delivery_money"
                       " WHERE delivery = ?1 ORDER BY currency, column",
    [SQL_FILE_ADD] =
        "INSERT INTO file(delivery, path, sha256, format, version, bytes, rows, stored,"
        " rejected, skipped) VALUES(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [SQL_FILE_SET] =
        "UPDATE file SET delivery = ?2, path = ?3, sha256 = ?4, format = ?5, version = ?6,"
        " bytes = ?7, rows = ?8, stored = ?9, rejected = ?10, skipped = ?11 WHERE id = ?1",
    [SQL_SET_ADD] = "INSERT INTO file_set(file, manifest, set_id) VALUES(?1, ?2, ?3)",
    [SQL_SET_DELETE] =
        "DELETE FROM file_set WHERE file IN (SELECT id FROM file WHERE delivery = ?1)",
    [SQL_FILE_LIST] = "SELECT " FILE_COLUMNS FILE_FROM " WHERE delivery = ?1 ORDER BY id",
    [SQL_FILE_FIND] =
        "SELECT " FILE_COLUMNS FILE_FROM " WHERE sha256 = ?1 AND EXISTS (SELECT 1 FROM"
        " delivery WHERE delivery.id = file.delivery AND status = 'live') ORDER BY id",
    [SQL_REJECT_ADD] = "INSERT INTO reject(delivery, file, path, line, byte_offset, column, value,"
                       " reason, raw) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SQL_REJECT_LIST] =
        "SELECT reject.delivery, reject.file, coalesce(reject.path, file.path), line,"
        " byte_offset, column, value, reason, raw" REJECT_WHERE
        " ORDER BY reject.delivery, reject.file, line, reject.id LIMIT ?3",
    [SQL_REJECT_COUNT] = "SELECT count(*)" REJECT_WHERE,
    [SQL_SEGMENT_PUT] =
        "INSERT INTO segment(id, dataset, rows, min_moment, max_moment, moment_nulls,"
        " min_billing, max_billing, billing_nulls) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SQL_SEGMENT_GET] = "SELECT dataset, rows FROM segment WHERE id = ?1",
    [SQL_SEGMENT_ALL] = "SELECT id FROM segment ORDER BY id",
    [SQL_SEGMENT_LIST] = "SELECT " SEGMENT_COLUMNS " FROM segment s WHERE s.dataset = ?1 ORDER BY"
                         " (SELECT min(p.delivery) FROM part p WHERE p.segment = s.id), s.id",
    [SQL_SEGMENT_LIST_OF] =
        "SELECT " SEGMENT_COLUMNS " FROM part p JOIN segment s ON s.id = p.segment"
        " WHERE s.dataset = ?1 AND p.delivery = ?2 ORDER BY s.id",
    [SQL_SEGMENT_DELETE] = "DELETE FROM segment WHERE id = ?1",
    [SQL_PART_ADD] = "INSERT INTO part(segment, delivery, rows) VALUES(?1, ?2, ?3)",
    [SQL_PART_LIST] = "SELECT delivery, rows FROM part WHERE segment = ?1 ORDER BY delivery",
    [SQL_PART_SEGMENTS] = "SELECT segment FROM part WHERE delivery = ?1 ORDER BY segment",
    [SQL_PART_DELETE] = "DELETE FROM part WHERE delivery = ?1",
    [SQL_PART_CLEAR] = "DELETE FROM part WHERE segment = ?1",
    [SQL_PART_STRAY] =
        "SELECT segment, delivery FROM part WHERE NOT EXISTS (SELECT 1 FROM delivery d"
        " WHERE d.id = part.delivery AND d.status = 'live') OR NOT EXISTS (SELECT 1 FROM segment s"
        " WHERE s.id = part.segment) ORDER BY segment, delivery",
    [SQL_CHUNK_ADD] =
        "INSERT INTO chunk(id, nulls, min, max, bytes, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_CHUNK_NULLS] = "SELECT id, nulls FROM chunk WHERE id BETWEEN ?1 AND ?2",
    [SQL_CHUNK_DELETE] = "DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2",
    [SQL_PRESUM_ADD] = "INSERT INTO presum(id, bytes, hash) VALUES(?1, ?2, ?3)",
    [SQL_PRESUM_DELETE] = "DELETE FROM presum WHERE id BETWEEN ?1 AND ?2",
    [SQL_MOMENTS] = "SELECT min(min_moment), max(max_moment) FROM segment WHERE dataset = ?1",
    [SQL_CHECK] = "PRAGMA integrity_check(20)",
    [SQL_CHECK_BYTES] = "SELECT 'chunk', id, hash, bytes FROM chunk UNION ALL"
                        " SELECT 'presum', id, hash, bytes FROM presum UNION ALL"
                        " SELECT 'text_block', id, hash, bytes FROM text_block UNION ALL"
                        " SELECT 'text_hash', id, hash, bytes FROM text_hash",
    [SQL_PRICE_DELETE] = "DELETE FROM price WHERE book = ?1",
    [SQL_PRICE_ADD] = "INSERT INTO price(" PRICE_COLUMNS
                      ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [SQL_PRICE_LIST] =
        "SELECT " PRICE_COLUMNS
        " FROM price WHERE ?1 IS NULL OR book = ?1 ORDER BY provider, model,"
        " class, service_tier, region, CAST(above_tokens AS INTEGER), valid_from, id",
    [SQL_BUDGET_DELETE] = "DELETE FROM budget",
    [SQL_BUDGET_ADD] = "INSERT OR REPLACE INTO budget(name, field, value) VALUES(?1, ?2, ?3)",
    [SQL_BUDGET_LIST] = "SELECT name, field, value FROM budget ORDER BY name, field",
};

enum gr_status store_fail(struct store *store, struct gr_err *err, const char *doing)
{
    int code = store->db ? sqlite3_errcode(store->db) & 0xFF : SQLITE_NOMEM;
    const char *text = store->db ? sqlite3_errmsg(store->db) : "out of memory";
    if (code == SQLITE_NOTADB)
        return gr_fail(err, GR_ESTORE, "store %s: this is not a gpureport store", store->path);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return gr_fail(err, GR_EBUSY, "store %s: another run holds it (%s)", store->path, doing);
    return gr_fail(err, GR_ESTORE, "store %s: %s: %s", store->path, doing, text);
}

enum gr_status store_exec(struct store *store, const char *sql, struct gr_err *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(store, err, sql);
    return GR_OK;
}

enum gr_status store_prepare(struct store *store, enum store_statement which, sqlite3_stmt **out,
                             struct gr_err *err)
{
    sqlite3_stmt **statement = &store->statements[which];
    if (!*statement && sqlite3_prepare_v3(store->db, store_sql[which], -1,
                                          SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
        return store_fail(store, err, "preparing a statement");
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    *out = *statement;
    return GR_OK;
}

enum gr_status store_step(struct store *store, sqlite3_stmt *statement, bool *row,
                          struct gr_err *err)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return GR_OK;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement);
        return GR_OK;
    }
    store_fail(store, err, store->mode == STORE_WRITE ? "writing" : "reading");
    sqlite3_reset(statement);
    return err->status;
}

enum gr_status store_run(struct store *store, sqlite3_stmt *statement, struct gr_err *err)
{
    bool row = false;
    GR_TRY(store_step(store, statement, &row, err));
    sqlite3_reset(statement);
    return GR_OK;
}

void store_bind_text(sqlite3_stmt *statement, int at, struct str text)
{
    sqlite3_bind_text64(statement, at, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void store_bind_bytes(sqlite3_stmt *statement, int at, const uint8_t *bytes, size_t length)
{
    sqlite3_bind_blob64(statement, at, bytes, length, SQLITE_STATIC);
    sqlite3_bind_int64(statement, at + 1, (int64_t)hash_bytes(bytes, length));
}

struct str store_column_text(struct arena *arena, sqlite3_stmt *statement, int at)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    if (!text)
        return STR_NONE;
    return arena_str(arena, (struct str){text, (size_t)sqlite3_column_bytes(statement, at)});
}

enum gr_status store_must_write(struct store *store, struct gr_err *err)
{
    if (store->mode != STORE_WRITE || !store->in_transaction)
        return gr_fail(err, GR_ESTORE, "store %s: not open for writing", store->path);
    return GR_OK;
}

enum gr_status store_in_transaction(struct store *store,
                                    enum gr_status (*work)(struct store *store, void *context,
                                                           struct gr_err *err),
                                    void *context, struct gr_err *err)
{
    if (store->in_transaction) {
        GR_TRY(store_must_write(store, err));
        return work(store, context, err);
    }
    if (store->mode != STORE_WRITE)
        return gr_fail(err, GR_ESTORE, "store %s: not open for writing", store->path);
    GR_TRY(store_begin(store, err));
    enum gr_status status = work(store, context, err);
    if (!status)
        status = store_commit(store, err);
    if (status)
        store_rollback(store);
    return status;
}
