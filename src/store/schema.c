/* The tables of the store, and whether a file is one of ours. */
#include "store/store_internal.h"

/* Datasets are kept by name, so that the file does not depend on the order of an enum. Amounts in
 * plain tables are decimal text; amounts of rows are in chunks (encoding.h). */
static const char schema_sql[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE delivery(id INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL,"
    " source TEXT NOT NULL, period TEXT NOT NULL, format TEXT NOT NULL, status TEXT NOT NULL,"
    " snapshot INTEGER NOT NULL, snapshot_end INTEGER NOT NULL DEFAULT 0, ingested INTEGER,"
    " rows INTEGER NOT NULL DEFAULT 0, stored INTEGER NOT NULL DEFAULT 0,"
    " rejected INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,"
    " first_moment INTEGER, last_moment INTEGER);"
    "CREATE INDEX delivery_source ON delivery(source, period);"
    "CREATE TABLE delivery_money(delivery INTEGER NOT NULL, currency TEXT NOT NULL,"
    " column TEXT NOT NULL, rows INTEGER NOT NULL, sum TEXT NOT NULL,"
    " PRIMARY KEY(delivery, currency, column)) WITHOUT ROWID;"
    "CREATE TABLE file(id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL,"
    " path TEXT NOT NULL, sha256 TEXT NOT NULL, format TEXT NOT NULL, version TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, rows INTEGER NOT NULL, stored INTEGER NOT NULL,"
    " rejected INTEGER NOT NULL, skipped INTEGER NOT NULL);"
    /* The manifest and the assembly, execution or run that a file is a part of. */
    "CREATE TABLE file_set(file INTEGER PRIMARY KEY, manifest TEXT NOT NULL, set_id TEXT NOT NULL);"
    "CREATE INDEX file_sha256 ON file(sha256);"
    "CREATE INDEX file_delivery ON file(delivery);"
    "CREATE TABLE reject(id INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, file INTEGER NOT NULL,"
    " path TEXT, line INTEGER NOT NULL, byte_offset INTEGER NOT NULL, column TEXT, value TEXT,"
    " reason TEXT NOT NULL, raw TEXT);"
    "CREATE INDEX reject_delivery ON reject(delivery);"
    "CREATE TABLE column_name(id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, name TEXT NOT NULL,"
    " kind INTEGER NOT NULL, UNIQUE(dataset, name));"
    "INSERT INTO column_name VALUES(1, '', '#line', 2), (2, '', '#file', 0),"
    " (3, '', '#delivery', 0);"
    /* text_block.c and text_hash.c say what these hold */
    "CREATE TABLE text_block(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, hash INTEGER NOT NULL,"
    " bytes BLOB NOT NULL);"
    "CREATE TABLE text_hash(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE text_run(column INTEGER NOT NULL, run INTEGER NOT NULL, entries INTEGER NOT NULL,"
    " PRIMARY KEY(column, run)) WITHOUT ROWID;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " dataset TEXT NOT NULL, rows INTEGER NOT NULL, min_moment INTEGER, max_moment INTEGER,"
    " moment_nulls INTEGER NOT NULL, min_billing INTEGER, max_billing INTEGER,"
    " billing_nulls INTEGER NOT NULL);"
    /* Whose rows a segment holds, and how many. */
    "CREATE TABLE part(segment INTEGER NOT NULL, delivery INTEGER NOT NULL, rows INTEGER NOT NULL,"
    " PRIMARY KEY(segment, delivery)) WITHOUT ROWID;"
    "CREATE INDEX part_delivery ON part(delivery, segment);"
    /* id = segment << 12 | column, in chunk and presum; hash is that of the bytes, for check.c */
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY, nulls INTEGER NOT NULL, min INTEGER, max INTEGER,"
    " hash INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE presum(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE price(id INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL,"
    " class TEXT NOT NULL, service_tier TEXT NOT NULL, region TEXT NOT NULL,"
    " above_tokens TEXT NOT NULL, unit_price TEXT NOT NULL, per TEXT NOT NULL,"
    " currency TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL,"
    " book TEXT NOT NULL, imported INTEGER);"
    "CREATE INDEX price_book ON price(book);"
    "CREATE TABLE budget(name TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(name, field)) WITHOUT ROWID;";

static enum gr_status read_number(struct store *store, const char *sql, int64_t *number,
                                  struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return store_fail(store, err, "opening");
    int code = sqlite3_step(statement);
    *number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    enum gr_status status = GR_OK;
    if (code != SQLITE_ROW)
        status = store_fail(store, err, "opening");
    sqlite3_finalize(statement);
    return status;
}

static enum gr_status make_schema(struct store *store, struct gr_err *err)
{
    enum gr_status status = store_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = store_exec(store, schema_sql, err);
    if (!status) {
        char pragmas[80];
        sqlite3_snprintf(sizeof(pragmas), pragmas,
                         "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
                         STORE_APPLICATION_ID, STORE_VERSION);
        status = store_exec(store, pragmas, err);
    }
    if (status)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum gr_status schema_open(struct store *store, struct gr_err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    GR_TRY(read_number(store, "PRAGMA application_id", &application, err));
    GR_TRY(read_number(store, "PRAGMA user_version", &version, err));
    GR_TRY(read_number(store, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (application == 0 && version == 0 && tables == 0 && store->mode == STORE_WRITE)
        return make_schema(store, err);
    if (application == 0 && version == 0 && tables == 0)
        return gr_fail(err, GR_ESTORE,
                       "store %s: holds nothing; the run that made it did not get that far: ingest "
                       "again",
                       store->path);
    if (application != STORE_APPLICATION_ID)
        return gr_fail(err, GR_ESTORE, "store %s: this is not a gpureport store", store->path);
    if (version > STORE_VERSION)
        return gr_fail(
            err, GR_ESTORE,
            "store %s: written by a newer gpureport (its version is %lld, this one reads "
            "up to %d)",
            store->path, (long long)version, STORE_VERSION);
    if (version < STORE_VERSION)
        return gr_fail(err, GR_ESTORE,
                       "store %s: written by an older gpureport (its version is %lld, this one "
                       "reads %d): ingest its files again into a new store",
                       store->path, (long long)version, STORE_VERSION);
    return GR_OK;
}
