/* The store: one SQLite file that holds every delivery as packed column segments, and the ledger.
 *
 * load/ writes through it, rollup/, sql/ and report/ read through it. Call order of a write:
 *
 *   store_open(WRITE), store_begin
 *     store_delivery_new, store_file_put, store_append*, store_reject_add*, store_file_put (counts)
 *     store_delivery_finish, store_delivery_remove (what it replaces)
 *   store_commit or store_rollback, store_close
 *
 * Deliveries are what the ledger counts, replaces and drops. Segments are how rows lie on the disk:
 * one may hold rows of many deliveries of one call (a bill of 400 accounts is 400 deliveries and a
 * handful of segments). Each row knows its delivery, file and line.
 *
 * A store belongs to one thread. It must not know formats, reports or prices' meaning; it reads no
 * clock. Texts that functions return live in the arena that was passed, unless said otherwise.
 */
#ifndef GR_STORE_STORE_H
#define GR_STORE_STORE_H

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"
#include "model/batch.h"

struct sqlite3;
struct store;

enum store_mode {
    STORE_READ, /* read-only: creates nothing, takes no lock file, works in a read-only folder */
    STORE_WRITE /* makes the file where there is none; one writer at a time */
};

/* Opens the file. GR_ESTORE: missing (READ), another program's file, written by a newer or
 * an older version, damaged; GR_EBUSY: another run writes. A journal that a killed writer left is
 * rolled back. */
enum gr_status store_open(const char *path, enum store_mode mode, struct store **out,
                          struct gr_err *err) GR_MUST_CHECK;
void store_close(struct store *store); /* rolls back what is open; NULL is fine */
/* Threads that writing may use, 1 when never called: with more, segments are packed beside the
 * caller. The file is the same for every number. Not within a transaction. */
void store_set_jobs(struct store *store, unsigned jobs);

/* The connection, for sql/ only. Owned by the store. */
struct sqlite3 *store_sqlite(struct store *store);
const char *store_path(const struct store *store);

/* WRITE: starts the one transaction of an ingest. READ: holds one state for many reads (a writer
 * waits for it, so keep it short). Not nested. */
enum gr_status store_begin(struct store *store, struct gr_err *err) GR_MUST_CHECK;
/* WRITE: when a delivery was finished, rewritten, removed or dropped, the snapshot grows by one,
 * and segments lose the rows that are gone. */
enum gr_status store_commit(struct store *store, struct gr_err *err) GR_MUST_CHECK;
void store_rollback(struct store *store); /* fine when nothing is open */

/* Number of the store's state: grows with every commit that changes deliveries; 0 is an empty
 * store. Inside a write transaction it is the number that the commit will make. */
enum gr_status store_snapshot(struct store *store, int64_t *snapshot,
                              struct gr_err *err) GR_MUST_CHECK;

/* ---- columns ---- */

/* Columns of a dataset are numbered as in a batch: the fixed ones of model/columns.h, then the
 * extra text columns in the order in which this store met them. */
size_t store_column_count(const struct store *store, enum dataset dataset);
struct str store_column_name(const struct store *store, enum dataset dataset, int column);
enum column_kind store_column_kind(const struct store *store, enum dataset dataset, int column);
int store_column_find(const struct store *store, enum dataset dataset, struct str name); /* -1 */

/* ---- ledger ---- */

enum delivery_status { DELIVERY_LIVE, DELIVERY_SUPERSEDED, DELIVERY_DROPPED };
const char *delivery_status_name(enum delivery_status status); /* "live", "superseded", "dropped" */

/* The DECIMAL columns whose sums the ledger keeps per currency. COST: billed, effective, list,
 * contracted; AI: Cost, BilledCost, ComputedCost; INSTANCE: HourlyCost; INVOICE: BilledCost;
 * COMMITMENT: ContractCommitmentCost; else none. Returns how
 * many. */
enum { STORE_MONEY_MAX = 4 };
size_t store_money_columns(enum dataset dataset, int columns[STORE_MONEY_MAX]);

struct store_money {
    struct str currency; /* "" where the row has none */
    int64_t rows;
    struct decimal sums[STORE_MONEY_MAX]; /* in the order of store_money_columns; normal form */
};

struct store_delivery {
    int64_t id;
    enum dataset dataset;
    struct str source; /* "aws/123456789012" */
    struct str period; /* "2026-10" */
    struct str format; /* of the first file */
    enum delivery_status status;
    int64_t snapshot;     /* the state in which it came, or was rewritten last */
    int64_t snapshot_end; /* the state in which it went; 0 while it is live */
    int64_t ingested;     /* moment given by the caller; MOMENT_NONE unknown */
    uint64_t rows;        /* = stored + rejected + skipped */
    uint64_t stored;
    uint64_t rejected;
    uint64_t skipped;
    int64_t first_moment; /* MOMENT_NONE when no row has one */
    int64_t last_moment;
    struct day first_day; /* UTC days of the two moments; 0 when there are none */
    struct day last_day;
    struct store_money *money; /* by currency, sorted */
    size_t money_count;
};

struct store_file {
    int64_t id; /* 0: not yet in the ledger */
    int64_t delivery;
    struct str path;
    struct str sha256;
    struct str format;
    struct str version;
    uint64_t bytes;
    uint64_t rows; /* of this delivery = stored + rejected + skipped */
    uint64_t stored;
    uint64_t rejected;
    uint64_t skipped;
    struct str manifest; /* path of the manifest that names it; absent */
    struct str set_id;   /* of the assembly, execution or run that it is a part of; absent */
};

/* Where a row came from. */
struct store_place {
    int64_t delivery;
    int64_t file; /* store_file.id, 0 unknown */
};

struct store_reject {
    int64_t delivery; /* 0 when the file belongs to none (all of it was refused) */
    int64_t file;
    struct str path; /* of the file; filled when listed */
    uint64_t line;
    uint64_t byte_offset;
    struct str column; /* absent: the row as a whole */
    struct str value;
    struct str reason;
    struct str raw;
};

/* Starts a delivery from its dataset, source, period, format and ingested. *id is the new one.
 * Only inside a write transaction, as all functions below that write. */
enum gr_status store_delivery_new(struct store *store, const struct store_delivery *delivery,
                                  int64_t *id, struct gr_err *err) GR_MUST_CHECK;
/* id 0: adds the file and sets file->id; else overwrites its row. */
enum gr_status store_file_put(struct store *store, struct store_file *file,
                              struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_reject_add(struct store *store, const struct store_reject *reject,
                                struct gr_err *err) GR_MUST_CHECK;

/* Puts `count` rows of the batch into the delivery: the rows whose numbers stand in `rows`, or the
 * first `count` of the batch when rows is NULL. Rows are buffered and packed into segments of up to
 * BATCH_ROWS rows; deliveries of one transaction that have the dataset and the period in common
 * share segments, in the order of the appends. The batch's texts must live until its delivery is
 * finished, or store_texts_settle(). GR_EDATA: overflow, wrong dataset; GR_ESTORE: disk. */
enum gr_status store_append(struct store *store, int64_t delivery, const struct batch *batch,
                            const uint32_t *rows, uint32_t count, int64_t file,
                            struct gr_err *err) GR_MUST_CHECK;
/* All rows that were appended take codes of the store: the dictionaries of their batches may be
 * emptied or closed. */
enum gr_status store_texts_settle(struct store *store, struct gr_err *err) GR_MUST_CHECK;
/* The same for all rows of a batch at once, each with a place of its own (one a row), so that a
 * file whose rows belong to many deliveries keeps its order. */
enum gr_status store_append_places(struct store *store, const struct batch *batch,
                                   const struct store_place *places,
                                   struct gr_err *err) GR_MUST_CHECK;

/* Packs what is buffered of a delivery, so that its rows can be read before it is finished. */
enum gr_status store_delivery_flush(struct store *store, int64_t id,
                                    struct gr_err *err) GR_MUST_CHECK;
/* Packs what is buffered, reads the delivery's segments back and fills stored, moments, days and
 * money of *delivery from them (memory: arena). In: id, rejected, skipped; rows becomes their sum.
 * Writes the ledger row. Cheapest when all deliveries of a transaction are appended before the
 * first one is finished: then segments are shared and each is read back once. */
enum gr_status store_delivery_finish(struct store *store, struct arena *arena,
                                     struct store_delivery *delivery,
                                     struct gr_err *err) GR_MUST_CHECK;
/* Takes a live delivery out: its rows go, its ledger row stays with `status` (superseded or
 * dropped) and its figures; rejects stay. GR_EUSAGE when it is not live. Rows that share segments
 * with other deliveries are taken out of them by store_commit, all at once. */
enum gr_status store_delivery_remove(struct store *store, int64_t id, enum delivery_status status,
                                     struct gr_err *err) GR_MUST_CHECK;
/* Undoes a delivery of this transaction as if it had never been started: ledger row, files,
 * stored and buffered rows go. For what turned out to be refused or unchanged; the rest of the
 * transaction stays. */
enum gr_status store_delivery_discard(struct store *store, int64_t id,
                                      struct gr_err *err) GR_MUST_CHECK;
/* For repricing: deletes the rows of a live delivery but keeps it live, so that the caller can
 * append its rows again (read before with store_read_batch) and finish it again. */
enum gr_status store_delivery_clear(struct store *store, int64_t id,
                                    struct gr_err *err) GR_MUST_CHECK;

/* One by id; GR_EUSAGE "no delivery 7" when there is none. */
/* The state in which it came, whatever rewrote it since (that of `snapshot` in stores that an older
 * program rewrote). */
enum gr_status store_delivery_came(struct store *store, struct arena *arena,
                                   const struct store_delivery *delivery, int64_t *out,
                                   struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_delivery_get(struct store *store, struct arena *arena, int64_t id,
                                  struct store_delivery *out, struct gr_err *err) GR_MUST_CHECK;

struct store_delivery_list {
    struct store_delivery *items; /* by id */
    size_t count;
};
struct store_file_list {
    struct store_file *items; /* by id */
    size_t count;
};
struct store_reject_list {
    struct store_reject *items; /* by delivery, file, line */
    size_t count;
    uint64_t total; /* how many there are, also beyond `limit` */
};

/* All deliveries, also superseded and dropped ones. */
enum gr_status store_delivery_list(struct store *store, struct arena *arena,
                                   struct store_delivery_list *out,
                                   struct gr_err *err) GR_MUST_CHECK;
/* Live ones. dataset DATASET_COUNT, source STR_NONE, period STR_NONE: any. */
enum gr_status store_delivery_find(struct store *store, struct arena *arena, enum dataset dataset,
                                   struct str source, struct str period,
                                   struct store_delivery_list *out,
                                   struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_file_list(struct store *store, struct arena *arena, int64_t delivery,
                               struct store_file_list *out, struct gr_err *err) GR_MUST_CHECK;
/* Files with that content in live deliveries. */
enum gr_status store_file_find(struct store *store, struct arena *arena, struct str sha256,
                               struct store_file_list *out, struct gr_err *err) GR_MUST_CHECK;
/* delivery 0: of all; path STR_NONE: of all files, else a file whose path ends with it; limit 0:
 * all. */
enum gr_status store_reject_list(struct store *store, struct arena *arena, int64_t delivery,
                                 struct str path, uint64_t limit, struct store_reject_list *out,
                                 struct gr_err *err) GR_MUST_CHECK;

/* First and last moment of the live rows of a dataset; MOMENT_NONE twice when there are none. The
 * newest charge day of the store is day_of_moment(last) of DATASET_COST. */
enum gr_status store_moments(struct store *store, enum dataset dataset, int64_t *first_moment,
                             int64_t *last_moment, struct gr_err *err) GR_MUST_CHECK;

/* Integrity of the file and of the accounting: SQLite's own check, packed bytes have
 * the hashes that were written with them, every chunk decodes, the parts
 * of a segment are its rows and belong to live deliveries, rows = stored + rejected + skipped, sums
 * of the ledger = sums of the segments. One sentence a finding; none: sound. */
struct store_findings {
    struct str *items;
    size_t count;
};
enum gr_status store_check(struct store *store, struct arena *arena, struct store_findings *out,
                           struct gr_err *err) GR_MUST_CHECK;

/* ---- reading rows (small scans: metrics, instances, alerts, ai, export, explain) ---- */

struct store_rows_options {
    enum dataset dataset;
    const int *columns; /* numbers as above */
    size_t column_count;
    int64_t first_moment; /* half-open range over the dataset's moment column; MOMENT_NONE: open */
    int64_t end_moment;
    bool by_billing;  /* COST: the range is over BillingPeriodStart */
    int64_t delivery; /* 0: all live deliveries */
};

struct store_rows;

/* Rows come in the order of segments and of the rows in them: that is the order in which they were
 * appended. Segments follow each other by the first delivery that they hold. */
enum gr_status store_rows_open(struct store *store, const struct store_rows_options *options,
                               struct store_rows **out, struct gr_err *err) GR_MUST_CHECK;
void store_rows_close(struct store_rows *rows); /* NULL is fine */
/* *more false: behind the last row. */
enum gr_status store_rows_next(struct store_rows *rows, bool *more,
                               struct gr_err *err) GR_MUST_CHECK;
/* Cells of the current row by position in options->columns. Texts are valid until close. */
struct str store_rows_text(const struct store_rows *rows, size_t at);
bool store_rows_decimal(const struct store_rows *rows, size_t at, struct decimal *out);
int64_t store_rows_moment(const struct store_rows *rows, size_t at);
/* Where the current row came from. */
int64_t store_rows_delivery(const struct store_rows *rows);
int64_t store_rows_file(const struct store_rows *rows); /* store_file.id, 0 unknown */
uint64_t store_rows_line(const struct store_rows *rows);

/* How many rows of a delivery's segments have no value, by column. */
struct store_nulls {
    uint64_t rows;
    uint64_t *nulls; /* one a column, of store_column_count() */
    bool shared;     /* rows of other deliveries of the same call are among them */
};
enum gr_status store_delivery_nulls(struct store *store, struct arena *arena, enum dataset dataset,
                                    int64_t delivery, struct store_nulls *out,
                                    struct gr_err *err) GR_MUST_CHECK;

/* Ids of the segments that hold rows of a delivery, in order. */
enum gr_status store_delivery_segments(struct store *store, struct arena *arena, int64_t delivery,
                                       int64_t **ids, size_t *count,
                                       struct gr_err *err) GR_MUST_CHECK;
/* Decodes the delivery's rows of a segment into an empty batch of its dataset, all columns, with
 * lines. files: one file id a row (BATCH_ROWS places) or NULL. */
enum gr_status store_read_batch(struct store *store, int64_t segment, int64_t delivery,
                                struct batch *batch, int64_t *files,
                                struct gr_err *err) GR_MUST_CHECK;

#endif
