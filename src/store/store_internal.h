/* What the files of store/ share: the open store, its statements, its column registry and buffers.
 */
#ifndef GR_STORE_STORE_INTERNAL_H
#define GR_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "kernels/kernels.h"
#include "store/encoding.h"
#include "store/scan.h"
#include "store/store.h"

/* "GPUR" in the file's header; the version grows with every change of the tables or encodings. */
enum { STORE_APPLICATION_ID = 0x47505552, STORE_VERSION = 1 };

/* Every statement of the store by name; its text is in statement.c. Prepared when first used. */
enum store_statement {
    SQL_META_GET,
    SQL_META_SET,
    SQL_META_DELETE,
    SQL_COLUMN_ADD,
    SQL_DICTIONARY_FIND,
    SQL_DICTIONARY_ADD,
    SQL_DICTIONARY_TEXT,
    SQL_DICTIONARY_LAST,
    SQL_DICTIONARY_RANGE,
    SQL_DELIVERY_ADD,
    SQL_DELIVERY_FINISH,
    SQL_DELIVERY_END,
    SQL_DELIVERY_LIST,
    SQL_MONEY_DELETE,
    SQL_MONEY_ADD,
    SQL_MONEY_LIST,
    SQL_FILE_ADD,
    SQL_FILE_SET,
    SQL_FILE_LIST,
    SQL_FILE_FIND,
    SQL_REJECT_ADD,
    SQL_REJECT_LIST,
    SQL_REJECT_COUNT,
    SQL_SEGMENT_ADD,
    SQL_SEGMENT_LIST,
    SQL_SEGMENT_LIST_BILLING,
    SQL_SEGMENT_OF,
    SQL_SEGMENT_DELETE,
    SQL_CHUNK_ADD,
    SQL_CHUNK_COLUMNS,
    SQL_CHUNK_DELETE,
    SQL_PRESUM_ADD,
    SQL_PRESUM_DELETE,
    SQL_MOMENTS,
    SQL_CHECK,
    SQL_PRICE_DELETE,
    SQL_PRICE_ADD,
    SQL_PRICE_LIST,
    SQL_BUDGET_DELETE,
    SQL_BUDGET_ADD,
    SQL_BUDGET_LIST,
    SQL_STATEMENT_COUNT
};
extern const char *const store_sql[SQL_STATEMENT_COUNT];

struct store_column {
    int64_t id;       /* in the file; 0: no chunk of it was ever written */
    const char *name; /* static or of store->names */
    enum column_kind kind;
    uint32_t codes; /* text: highest code given out; valid when codes_known */
    bool codes_known;
    /* Local code of a load's dictionary -> global code, 0 not yet known (append). */
    const struct dict *local;
    uint32_t *global_of_local;
    uint32_t global_capacity;
    /* Texts fetched by store_text(), open addressing by code. */
    struct text_entry *texts;
    uint32_t text_count;
    uint32_t text_mask;
};

struct text_entry {
    uint32_t code;
    struct str text;
};

struct store_dataset {
    struct store_column *columns;
    size_t count;
    size_t capacity;
};

struct append_buffer; /* append.c */

struct store {
    sqlite3 *db;
    sqlite3_blob *chunk_blob; /* reopened from chunk to chunk */
    sqlite3_blob *presum_blob;
    char *path;
    enum store_mode mode;
    int lock_fd;
    bool in_transaction;
    unsigned scans;        /* open ones */
    bool scan_transaction; /* the scans hold a transaction of their own */
    bool changed;          /* a delivery changed since begin */
    int64_t snapshot;      /* as of begin */
    struct arena names;    /* column names */
    struct arena texts;    /* of store_text() */
    struct store_dataset datasets[DATASET_COUNT];
    sqlite3_stmt *statements[SQL_STATEMENT_COUNT];
    const struct kernels *kernels;
    struct encoder *encoder;
    struct append_buffer *buffers; /* open deliveries, newest first */
    size_t buffered_bytes;
};

/* Columns 1 and 2 of the file, of every dataset. */
enum { COLUMN_ID_LINE = 1, COLUMN_ID_FILE = 2, COLUMN_ID_MAX = 4095 };

/* Key of a chunk, pre-sum: segment and column in one number, so that a segment's chunks lie
 * together. */
static inline int64_t chunk_id(int64_t segment, int64_t column_id)
{
    return segment << 12 | column_id;
}

/* statement.c: the statement, reset and without bindings. */
enum gr_status store_prepare(struct store *store, enum store_statement which, sqlite3_stmt **out,
                             struct gr_err *err) GR_MUST_CHECK;
/* *row is true when there is a row. Without a row the statement is reset. */
enum gr_status store_step(struct store *store, sqlite3_stmt *statement, bool *row,
                          struct gr_err *err) GR_MUST_CHECK;
/* For statements that give no rows. */
enum gr_status store_run(struct store *store, sqlite3_stmt *statement,
                         struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_exec(struct store *store, const char *sql, struct gr_err *err) GR_MUST_CHECK;
/* GR_ESTORE (or GR_EBUSY) from SQLite's last error. */
enum gr_status store_fail(struct store *store, struct gr_err *err, const char *doing);
/* Absent stays NULL. The text must live until the step. */
void store_bind_text(sqlite3_stmt *statement, int at, struct str text);
struct str store_column_text(struct arena *arena, sqlite3_stmt *statement, int at);
enum gr_status store_must_write(struct store *store, struct gr_err *err) GR_MUST_CHECK;
/* For the small tables: runs `work` in the open transaction or in one of its own. */
enum gr_status store_in_transaction(struct store *store,
                                    enum gr_status (*work)(struct store *store, void *context,
                                                           struct gr_err *err),
                                    void *context, struct gr_err *err) GR_MUST_CHECK;

/* connection.c: an open blob holds a read lock, so scans close theirs when they end. */
void store_blobs_close(struct store *store);

/* schema.c */
enum gr_status schema_open(struct store *store, struct gr_err *err) GR_MUST_CHECK;

/* column.c */
enum gr_status columns_load(struct store *store, struct gr_err *err) GR_MUST_CHECK;
void columns_free(struct store *store);
/* The column of a batch by name, made when new (with an id). */
enum gr_status column_for_append(struct store *store, enum dataset dataset, struct str name,
                                 enum column_kind kind, int *column,
                                 struct gr_err *err) GR_MUST_CHECK;
/* Gives the column an id in the file when it has none. */
enum gr_status column_need_id(struct store *store, enum dataset dataset, int column,
                              struct gr_err *err) GR_MUST_CHECK;
/* Id in the file of a column number of scan.h; 0 when the store never saw it. */
int64_t column_id(const struct store *store, enum dataset dataset, int column);

/* dictionary.c: the global code of a local one; 0 for 0. */
enum gr_status dictionary_code(struct store *store, struct store_column *column,
                               const struct dict *dict, uint32_t local, uint32_t *code,
                               struct gr_err *err) GR_MUST_CHECK;
/* Makes the cache of `column` ready for the codes of `dict`. */
void dictionary_cache_ready(struct store_column *column, const struct dict *dict);
void dictionary_caches_drop(struct store *store);

/* append.c */
void append_buffers_free(struct store *store);
/* Drops what is buffered for a delivery. */
void append_discard(struct store *store, int64_t delivery);
enum gr_status append_flush(struct store *store, int64_t delivery,
                            struct gr_err *err) GR_MUST_CHECK;

/* The rows of a segment as append.c collected them; columns are NULL where all rows are absent. */
struct segment_column {
    uint32_t *codes;
    int64_t *units; /* or moments */
    uint8_t *scales;
    struct decimal *wide;
    uint32_t wide_count;
    uint32_t wide_capacity;
    uint32_t rows; /* filled; the rest is absent */
    uint32_t capacity;
};

struct segment_rows {
    enum dataset dataset;
    int64_t delivery;
    uint32_t rows;
    struct segment_column *columns; /* by column number */
    size_t column_count;
    struct segment_column lines; /* units */
    struct segment_column files;
};

/* segment.c: packs and writes one segment. */
enum gr_status segment_write(struct store *store, const struct segment_rows *rows,
                             struct gr_err *err) GR_MUST_CHECK;
enum gr_status segments_delete(struct store *store, int64_t delivery,
                               struct gr_err *err) GR_MUST_CHECK;

/* presum.c: pre-sums of a segment while its columns are encoded. */
struct presum_builder;
struct presum_builder *presum_open(enum dataset dataset, uint32_t rows);
void presum_close(struct presum_builder *builder);
/* Called for each encoded column; keeps what it needs. */
void presum_take(struct presum_builder *builder, int column, const struct encoder *encoder,
                 const struct chunk_facts *facts, uint8_t scale);
enum gr_status presum_write(struct store *store, struct presum_builder *builder, int64_t segment,
                            struct gr_err *err) GR_MUST_CHECK;

/* ledger.c: sums of the live segments of a delivery, computed from the chunks. */
enum gr_status delivery_measure(struct store *store, struct arena *arena,
                                struct store_delivery *delivery, struct gr_err *err) GR_MUST_CHECK;

#endif
