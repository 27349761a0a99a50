/* What the files of store/ share: the open store, its statements, its column registry and buffers.
 */
#ifndef GR_STORE_STORE_INTERNAL_H
#define GR_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "kernels/kernels.h"
#include "store/pack.h"
#include "store/scan.h"
#include "store/store.h"

/* "GPUR" in the file's header; the version grows with every change of the tables or encodings. */
enum { STORE_APPLICATION_ID = 0x47505552, STORE_VERSION = 3 };

/* Every statement of the store by name; its text is in statement.c. Prepared when first used. */
enum store_statement {
    SQL_META_GET,
    SQL_META_SET,
    SQL_META_DELETE,
    SQL_COLUMN_ADD,
    SQL_FILE_BYTES,
    SQL_TEXT_BLOCK_ADD,
    SQL_TEXT_BLOCK_AT,
    SQL_TEXT_RUN_LIST,
    SQL_TEXT_RUN_ADD,
    SQL_TEXT_RUN_DELETE,
    SQL_TEXT_HASH_ADD,
    SQL_TEXT_HASH_AT,
    SQL_TEXT_HASH_NEXT,
    SQL_TEXT_HASH_RANGE,
    SQL_TEXT_HASH_DELETE,
    SQL_DELIVERY_ADD,
    SQL_DELIVERY_FINISH,
    SQL_DELIVERY_END,
    SQL_DELIVERY_GET,
    SQL_DELIVERY_OF,
    SQL_DELIVERY_LIST,
    SQL_MONEY_DELETE,
    SQL_MONEY_ADD,
    SQL_MONEY_LIST,
    SQL_FILE_ADD,
    SQL_FILE_SET,
    SQL_FILE_LIST,
    SQL_SET_ADD,
    SQL_SET_DELETE,
    SQL_FILE_FIND,
    SQL_REJECT_ADD,
    SQL_REJECT_LIST,
    SQL_REJECT_COUNT,
    SQL_SEGMENT_PUT,
    SQL_SEGMENT_GET,
    SQL_SEGMENT_ALL,
    SQL_SEGMENT_LIST,
    SQL_SEGMENT_LIST_OF,
    SQL_SEGMENT_DELETE,
    SQL_PART_ADD,
    SQL_PART_LIST,
    SQL_PART_SEGMENTS,
    SQL_PART_DELETE,
    SQL_PART_CLEAR,
    SQL_PART_STRAY,
    SQL_CHUNK_ADD,
    SQL_CHUNK_NULLS,
    SQL_CHUNK_DELETE,
    SQL_PRESUM_ADD,
    SQL_PRESUM_DELETE,
    SQL_MOMENTS,
    SQL_CHECK,
    SQL_CHECK_BYTES,
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
    bool codes_of_local; /* every code was given out for a text of `local` */
    /* Of the load that appends: its dictionary, how many of its codes have one of the store, and
     * which. */
    const struct dict *local;
    uint32_t learned;
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

/* Where a reader of texts stands (text_block.c). */
struct text_cursor {
    int64_t column; /* id; 0: nowhere */
    uint8_t *block;
    size_t block_length;
    size_t block_capacity;
    size_t at;     /* in the block: behind the text */
    uint32_t next; /* code behind the text */
    int64_t end;   /* code behind the block */
    char *text;
    size_t length;
    size_t capacity;
};

struct store_dataset {
    struct store_column *columns;
    size_t count;
    size_t capacity;
};

/* Ids (> 0) numbered from 0 in the order in which they came (id_set.c). */
struct id_set {
    int64_t *ids; /* by number */
    uint32_t count;
    uint32_t *places; /* open addressing */
    uint32_t capacity;
};

void id_set_deinit(struct id_set *set);
uint32_t id_set_add(struct id_set *set, int64_t id); /* its number; added when new */
bool id_set_has(const struct id_set *set, int64_t id, uint32_t *number);

struct append;   /* append.c: buffers of the open transaction */
struct flight;   /* flight.c: the segment that is being packed */
struct measures; /* measure.c */

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
    struct text_cursor text_cursor;
    struct store_dataset datasets[DATASET_COUNT];
    struct tag_keys *tag_keys[DATASET_COUNT]; /* NULL: none */
    sqlite3_stmt *statements[SQL_STATEMENT_COUNT];
    const struct kernels *kernels;
    struct flight *flight; /* NULL: nothing was packed */
    unsigned jobs;
    struct append *append;     /* NULL: nothing was appended */
    struct measures *measures; /* of what this transaction wrote; NULL: nothing was measured */
    struct id_set dirty;       /* segments with rows whose part is gone: work for compaction */
};

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
/* Packed bytes and, behind them, the hash by which store_check() knows them again. */
void store_bind_bytes(sqlite3_stmt *statement, int at, const uint8_t *bytes, size_t length);
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

/* text_block.c: the highest code of a column; 0 when it has none. */
enum gr_status text_block_last(struct store *store, const struct store_column *column,
                               uint32_t *code, struct gr_err *err) GR_MUST_CHECK;
/* Adds texts with the codes first, first + 1, ... */
enum gr_status text_blocks_add(struct store *store, const struct store_column *column,
                               uint32_t first, const struct str *texts, uint32_t count,
                               struct gr_err *err) GR_MUST_CHECK;
/* The text of a code; it is valid until the cursor moves. Quick when codes ascend. */
enum gr_status text_cursor_seek(struct store *store, const struct store_column *column,
                                struct text_cursor *cursor, uint32_t code, struct str *text,
                                struct gr_err *err) GR_MUST_CHECK;
/* The next text of the block that is in the cursor; false when its bytes are damaged or at an end.
 */
bool text_cursor_next(struct text_cursor *cursor);
void text_cursor_deinit(struct text_cursor *cursor);

/* text_hash.c: entries and queries are hash << 32 | code (of the store, of the load), by hash. */
struct text_candidates {
    uint64_t *items; /* code of the store << 32 | code of the load; the caller frees */
    size_t count;
    size_t capacity;
};

/* A part of a run, read. */
struct text_part {
    uint64_t *entries; /* the caller frees */
    size_t count;
    size_t capacity;
    size_t at;
    uint64_t end; /* first hash of the next part */
};

/* False when the bytes are no part, or its hashes do not ascend. */
bool text_part_read(const uint8_t *bytes, size_t length, struct text_part *part);
void sort_by_hash(uint64_t *entries, uint64_t *spare, size_t count);
enum gr_status text_hashes_add(struct store *store, const struct store_column *column,
                               const uint64_t *entries, size_t count,
                               struct gr_err *err) GR_MUST_CHECK;
enum gr_status text_hashes_find(struct store *store, const struct store_column *column,
                                const uint64_t *queries, size_t count, struct text_candidates *out,
                                struct gr_err *err) GR_MUST_CHECK;

/* dictionary.c: all codes of column->local get one of the store, in column->global_of_local. */
enum gr_status dictionary_learn(struct store *store, struct store_column *column,
                                struct gr_err *err) GR_MUST_CHECK;
void dictionary_forget_local(struct store_column *column);
void dictionary_caches_drop(struct store *store);

/* append.c */
void append_free(struct store *store);
/* Drops what is buffered for a delivery; it takes no more rows in this transaction. */
void append_discard(struct store *store, int64_t delivery);
/* Packs and writes the buffer that holds rows of the delivery, with what others have in it. */
enum gr_status append_flush(struct store *store, int64_t delivery,
                            struct gr_err *err) GR_MUST_CHECK;
/* All rows of the delivery are packed: the transaction may be committed. */
void append_finished(struct store *store, int64_t delivery);
/* Has any delivery rows, buffered or packed, that were not finished? */
bool append_unfinished(const struct store *store);

/* flight.c: takes full rows (whose texts have codes of the store), which are empty after it, to be
 * packed and written. flight_land() writes what was taken: after it the tables are whole. */
enum gr_status flight_start(struct store *store, struct segment_rows *rows,
                            struct gr_err *err) GR_MUST_CHECK;
enum gr_status flight_land(struct store *store, struct gr_err *err) GR_MUST_CHECK;
void flight_close(struct store *store); /* what is in flight is lost */
/* Packs and writes one segment with its parts in one go; id as in segment_put(). */
enum gr_status segment_write(struct store *store, struct segment_rows *rows, int64_t id,
                             struct gr_err *err) GR_MUST_CHECK;
/* segment.c: writes a segment. id 0: a new one; else it takes the place of what segment_delete()
 * took away. */
enum gr_status segment_put(struct store *store, const struct packed_segment *packed, int64_t id,
                           struct gr_err *err) GR_MUST_CHECK;
/* What pack_segment() must know of the columns of a dataset. Memory: arena. */
enum gr_status segment_columns(struct store *store, enum dataset dataset, struct arena *arena,
                               struct pack_column **out, struct gr_err *err) GR_MUST_CHECK;
enum gr_status segment_delete(struct store *store, int64_t segment,
                              struct gr_err *err) GR_MUST_CHECK;
/* Rows in `kept` (ascending) move to the front, the others go. */
void segment_rows_keep(struct segment_rows *rows, const uint32_t *kept, uint32_t count);
void segment_column_put_wide(struct segment_column *column, uint32_t row, struct decimal value);
void segment_column_free(struct segment_column *column);
void segment_rows_free(struct segment_rows *rows); /* its columns and their array */

/* The deliveries of a segment, ascending: those in its rows whose rows count. Memory: arena. */
struct segment_parts {
    struct segment_part *items;
    size_t count;
    uint64_t rows; /* of all; less than the segment's while compaction has to come */
};

enum gr_status segment_parts_list(struct store *store, struct arena *arena, int64_t segment,
                                  struct segment_parts *out, struct gr_err *err) GR_MUST_CHECK;
/* The dataset and rows of a segment; GR_ESTORE when there is none or it is damaged. */
enum gr_status segment_get(struct store *store, int64_t segment, enum dataset *dataset,
                           uint32_t *rows, struct gr_err *err) GR_MUST_CHECK;

/* compact.c. parts_delete: the delivery's rows no longer count; its segments become dirty.
 * compact: takes the dead rows out of all dirty segments, each once. */
enum gr_status parts_delete(struct store *store, int64_t delivery,
                            struct gr_err *err) GR_MUST_CHECK;
enum gr_status compact(struct store *store, struct gr_err *err) GR_MUST_CHECK;

/* rows.c: a column of a segment (as in scan.h), decoded and of its kind. */
enum gr_status segment_column_load(struct store *store, struct arena *scratch, enum dataset dataset,
                                   int64_t segment, uint32_t rows, int column,
                                   struct column_data *data, struct gr_err *err) GR_MUST_CHECK;

/* measure.c: what deliveries hold (rows, moments, sums by currency), computed from the chunks. A
 * segment is read once and counts for all deliveries whose parts it has. */
struct measures *measures_open(struct store *store);
void measures_close(struct measures *measures); /* NULL is fine */
/* Reads a segment unless it was read before. GR_ESTORE: damaged, or its rows are not its parts. */
enum gr_status measures_add_segment(struct measures *measures, int64_t segment,
                                    struct gr_err *err) GR_MUST_CHECK;
/* Reads the segments of a delivery that were not read. */
enum gr_status measures_add_delivery(struct measures *measures, int64_t delivery,
                                     struct gr_err *err) GR_MUST_CHECK;
/* The rows of a delivery that were read so far no longer count. */
void measures_forget(struct measures *measures, int64_t delivery);
/* Fills stored, moments, days and money of *delivery (memory: arena) by its id and dataset. */
enum gr_status measures_take(const struct measures *measures, struct arena *arena,
                             struct store_delivery *delivery, struct gr_err *err) GR_MUST_CHECK;
bool money_equal(const struct store_delivery *a, const struct store_delivery *b);

/* tag_presum.c: pre-sums of the common tag keys, beside a segment that was put. */
enum gr_status tag_presums_put(struct store *store, const struct packed_segment *packed,
                               int64_t segment, struct gr_err *err) GR_MUST_CHECK;
/* A row of the column table that is no column of a dataset: takes it when it is a tag key. */
void tag_key_load(struct store *store, struct str dataset_mark, struct str name, int64_t id);
int64_t tag_key_column(const struct store *store, enum dataset dataset, struct str name); /* 0 */
void tag_keys_free(struct store *store);

#endif
