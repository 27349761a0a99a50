/* Opening, locking and transactions of the store's file. */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A writer waits this long for readers to finish, and they for it. */
enum { BUSY_WAIT_MS = 30000 };

static enum gr_status lock_for_writing(struct store *store, struct gr_err *err)
{
    struct strbuf name;
    strbuf_init(&name, STRBUF_CEILING);
    strbuf_printf(&name, "%s-lock", store->path);
    store->lock_fd = open(strbuf_cstr(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    strbuf_deinit(&name);
    if (store->lock_fd < 0)
        return gr_fail(err, GR_ESTORE, "store %s: cannot make its lock file: %s", store->path,
                       strerror(errno));
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB))
        return gr_fail(err, GR_EBUSY, "store %s: another run is writing to it", store->path);
    return GR_OK;
}

/* Bills are private: the file is made by us with mode 0600, SQLite's journals take it over. */
static enum gr_status make_file(struct store *store, bool *made, struct gr_err *err)
{
    int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *made = fd >= 0;
    if (fd < 0)
        fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return gr_fail(err, GR_ESTORE, "store %s: %s", store->path, strerror(errno));
    close(fd);
    return GR_OK;
}

static enum gr_status need_file(struct store *store, struct gr_err *err)
{
    int fd = open(store->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gr_fail(err, GR_ESTORE, "store %s: %s", store->path, strerror(errno));
    close(fd);
    return GR_OK;
}

static enum gr_status connect(struct store *store, int flags, struct gr_err *err)
{
    /* No counts of memory, which cost a lock an allocation. Too late, it is refused, which is fine.
     */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int code = sqlite3_open_v2(store->path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return store_fail(store, err, "opening");
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_WAIT_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    GR_TRY(store_exec(store, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;", err));
    /* A report maps the file. A writer, who looks at all that it wrote before it commits, does not:
     * its memory would be the file's size. */
    if (store->mode != STORE_READ)
        return GR_OK;
    return store_exec(store, "PRAGMA mmap_size=1099511627776;", err);
}

static bool journal_must_be_rolled_back(struct store *store)
{
    int code = sqlite3_exec(store->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    return code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY;
}

/* A writer was killed and left its journal: open once with the right to write, so that SQLite
 * undoes the half transaction, then go on reading. */
static enum gr_status roll_back_journal(struct store *store, struct gr_err *err)
{
    sqlite3_close(store->db);
    store->db = NULL;
    GR_TRY(connect(store, SQLITE_OPEN_READWRITE, err));
    int code = sqlite3_exec(store->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        gr_fail(err, GR_ESTORE,
                "store %s: an interrupted run left a journal that must be rolled back, but the "
                "store cannot be written: %s",
                store->path, sqlite3_errmsg(store->db));
        return err->status;
    }
    sqlite3_close(store->db);
    store->db = NULL;
    return connect(store, SQLITE_OPEN_READONLY, err);
}

static enum gr_status open_for_reading(struct store *store, struct gr_err *err)
{
    GR_TRY(need_file(store, err));
    GR_TRY(connect(store, SQLITE_OPEN_READONLY, err));
    if (journal_must_be_rolled_back(store))
        GR_TRY(roll_back_journal(store, err));
    GR_TRY(schema_open(store, err));
    return columns_load(store, err);
}

/* A file that was made and could not be set up holds nothing, and nobody else writes while the lock
 * is held: it goes, so that the next run does not find half a store. */
static void unmake_file(struct store *store)
{
    sqlite3_close(store->db);
    store->db = NULL;
    struct strbuf journal;
    strbuf_init(&journal, STRBUF_CEILING);
    strbuf_printf(&journal, "%s-journal", store->path);
    unlink(store->path);
    unlink(strbuf_cstr(&journal));
    strbuf_deinit(&journal);
}

static enum gr_status set_up(struct store *store, struct gr_err *err)
{
    GR_TRY(connect(store, SQLITE_OPEN_READWRITE, err));
    /* What a transaction adds beyond the cache is written before it commits, so that memory stays
     * bounded; readers wait from then on. A quarter of a million rows of a bill fit. */
    GR_TRY(store_exec(store, "PRAGMA page_size=16384; PRAGMA cache_size=-8192;", err));
    GR_TRY(schema_open(store, err));
    GR_TRY(store_exec(store, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;", err));
    return columns_load(store, err);
}

static enum gr_status open_for_writing(struct store *store, struct gr_err *err)
{
    bool made;
    GR_TRY(lock_for_writing(store, err));
    GR_TRY(make_file(store, &made, err));
    enum gr_status status = set_up(store, err);
    if (status && made)
        unmake_file(store);
    return status;
}

enum gr_status store_open(const char *path, enum store_mode mode, struct store **out,
                          struct gr_err *err)
{
    struct store *store = gr_alloc_zeroed(1, sizeof(*store));
    size_t length = strlen(path) + 1;
    store->path = gr_alloc(length);
    memcpy(store->path, path, length);
    store->mode = mode;
    store->lock_fd = -1;
    store->jobs = 1;
    store->kernels = kernels_select("auto");
    enum gr_status status =
        mode == STORE_READ ? open_for_reading(store, err) : open_for_writing(store, err);
    if (status) {
        store_close(store);
        return status;
    }
    *out = store;
    return GR_OK;
}

/* What is kept in memory about an open transaction. */
static void transaction_forget(struct store *store)
{
    flight_close(store);
    append_free(store);
    measures_close(store->measures);
    store->measures = NULL;
    id_set_deinit(&store->dirty);
    store->in_transaction = false;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_rollback(store);
    transaction_forget(store);
    store_blobs_close(store);
    for (int i = 0; i < SQL_STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    columns_free(store);
    arena_deinit(&store->names);
    arena_deinit(&store->texts);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->path);
    free(store);
}

void store_set_jobs(struct store *store, unsigned jobs)
{
    if (jobs != store->jobs && !store->in_transaction)
        store->jobs = jobs;
}

struct sqlite3 *store_sqlite(struct store *store)
{
    return store->db;
}

const char *store_path(const struct store *store)
{
    return store->path;
}

static enum gr_status read_snapshot(struct store *store, int64_t *snapshot, struct gr_err *err)
{
    sqlite3_stmt *get = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_META_GET, &get, err));
    store_bind_text(get, 1, STR("snapshot"));
    GR_TRY(store_step(store, get, &row, err));
    *snapshot = row ? sqlite3_column_int64(get, 0) : 0;
    sqlite3_reset(get);
    return GR_OK;
}

enum gr_status store_begin(struct store *store, struct gr_err *err)
{
    if (store->in_transaction || store->scan_transaction)
        return gr_fail(err, GR_ESTORE, "store %s: a transaction is already open", store->path);
    GR_TRY(store_exec(store, store->mode == STORE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", err));
    store->in_transaction = true;
    store->changed = false;
    enum gr_status status = read_snapshot(store, &store->snapshot, err);
    if (status)
        store_rollback(store);
    return status;
}

static enum gr_status write_snapshot(struct store *store, struct gr_err *err)
{
    sqlite3_stmt *set = NULL;
    GR_TRY(store_prepare(store, SQL_META_SET, &set, err));
    store_bind_text(set, 1, STR("snapshot"));
    sqlite3_bind_int64(set, 2, store->snapshot + 1);
    return store_run(store, set, err);
}

void store_blobs_close(struct store *store)
{
    sqlite3_blob_close(store->chunk_blob);
    sqlite3_blob_close(store->presum_blob);
    store->chunk_blob = NULL;
    store->presum_blob = NULL;
}

/* Statements that still stand on a row would keep the transaction open. */
static void reset_statements(struct store *store)
{
    for (int i = 0; i < SQL_STATEMENT_COUNT; i++)
        sqlite3_reset(store->statements[i]);
    store_blobs_close(store);
}

enum gr_status store_commit(struct store *store, struct gr_err *err)
{
    if (!store->in_transaction)
        return gr_fail(err, GR_ESTORE, "store %s: no transaction is open", store->path);
    if (append_unfinished(store))
        return gr_fail(err, GR_ESTORE, "store %s: a delivery was not finished", store->path);
    GR_TRY(compact(store, err));
    if (store->changed)
        GR_TRY(write_snapshot(store, err));
    reset_statements(store);
    GR_TRY(store_exec(store, "COMMIT", err));
    transaction_forget(store);
    dictionary_caches_drop(store);
    return GR_OK;
}

void store_rollback(struct store *store)
{
    if (!store->in_transaction)
        return;
    reset_statements(store);
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    transaction_forget(store);
    if (store->mode == STORE_READ)
        return;
    /* Columns and codes that the transaction gave out are gone; read them again. */
    struct gr_err ignored = {0};
    columns_free(store);
    if (columns_load(store, &ignored))
        columns_free(store);
}

enum gr_status store_snapshot(struct store *store, int64_t *snapshot, struct gr_err *err)
{
    if (store->in_transaction && store->mode == STORE_WRITE) {
        *snapshot = store->snapshot + (store->changed ? 1 : 0);
        return GR_OK;
    }
    return read_snapshot(store, snapshot, err);
}
