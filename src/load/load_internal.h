/* Private to load/: the state of one load_run(). */
#ifndef GR_LOAD_LOAD_INTERNAL_H
#define GR_LOAD_LOAD_INTERNAL_H

#include "ingest/code_memo.h"
#include "load/charges.h"
#include "load/load.h"
#include "load/pricing.h"

/* Set of days as ranges in a growing array; small because deliveries are months. */
struct day_set {
    struct day *days; /* sorted, distinct */
    size_t count;
    size_t capacity;
};

void day_set_add(struct day_set *set, struct day day);
bool day_set_covers(const struct day_set *set, const struct day_set *part, struct day *missing);
struct str day_set_text(struct arena *arena, const struct day_set *set);
bool day_set_read(struct str text, struct day_set *out);
void day_set_deinit(struct day_set *set);

/* What this call brings for one (dataset, source, period, format). */
struct pending {
    struct str source, period;
    const char *format;
    struct load_delivery out;
    struct store_money *sums; /* from the batches, by currency */
    size_t sum_count;
    struct day_set days;
    int64_t first_moment, last_moment;
    int64_t recent_moment; /* of the last row that was looked at */
    uint64_t file_rows;    /* of its files as wholes, whoever got them */
    uint64_t own_rejects;  /* refused rows that are known to be its own */
    size_t file_index;     /* + 1 of the file whose store_file is the last in out.files */
};

/* A row's delivery is decided by these codes; equal codes need no second look. */
struct route {
    enum dataset dataset;
    uint32_t provider, account;
    struct day month;
    uint32_t pending; /* + 1; 0: free place */
};

/* Open addressing; a power of two of places, at most half of them used. */
struct route_table {
    struct route *places;
    size_t count, capacity;
};

/* Of the file at hand; notes.c. */
struct load_notes {
    uint64_t rows;         /* of the dataset cost */
    uint64_t without_cost; /* of them: BilledCost is absent */
    uint64_t broken_tags;  /* of them: Tags are no JSON object */
    struct code_memo tags; /* by code of Tags: whether they are */
    bool opened;
};

struct load {
    struct store *store;
    struct arena *arena;
    const struct load_plan *plan;
    struct batch_texts *texts;
    struct price_book *book;
    struct pending *pendings;
    size_t pending_count, pending_capacity;
    bool mixed_formats;         /* not all of them are of one format */
    struct dict pending_names;  /* code - 1 is the number of the pending */
    struct route_table routes;  /* of the file at hand */
    const struct route *last;   /* of the last row; NULL: none */
    struct store_place *places; /* BATCH_ROWS: of the rows of the batch at hand */
    uint32_t *pending_of_row;   /* the same: number of the pending */
    i128 *batch_sums;           /* by pending: of a column and currency of the batch at hand */
    uint32_t *batch_rows;       /* by pending: rows of that currency */
    size_t batch_capacity;
    struct ingest_file_facts facts;
    struct str path;              /* of the file at hand */
    const struct ingest_set *set; /* the same: the manifest that names it */
    size_t file_index;            /* of the file at hand */
    size_t file_count;
    struct store_reject *rejects;
    uint32_t *reject_owners; /* of each: its code in owner_names, 0 not known */
    size_t reject_count, reject_capacity;
    size_t first_reject;     /* of the file at hand */
    struct dict owner_names; /* whose rows of the file at hand were refused */
    uint64_t *owner_rejects; /* by code: how many */
    size_t owner_capacity;
    size_t first_pending; /* + 1: first delivery that the file at hand fed */
    struct load_notes notes;
    uint64_t rows_seen;
    struct charge_sample sample; /* of the files that no manifest names */
    struct load_outcome *outcome;
};

/* route.c: sends the rows of a batch to their deliveries. */
void load_routes_clear(struct load *load); /* at the start of a file: its format names sources */
enum gr_status load_route_batch(struct load *load, struct batch *batch,
                                struct gr_err *err) GR_MUST_CHECK;

/* notes.c: what the rows of a file lack. begin, then take for every batch that is routed, then say;
 * close at the end of the load. */
void load_notes_begin(struct load_notes *notes);
void load_notes_take(struct load *load, const struct batch *batch);
void load_notes_say(const struct load *load);
void load_notes_close(struct load_notes *notes);
void load_remark(const struct load *load, struct str text); /* load.c: to the user, if he listens */

/* tally.c: adds a batch whose rows are routed to the sums of its deliveries. */
enum gr_status load_tally_batch(struct load *load, const struct batch *batch,
                                struct gr_err *err) GR_MUST_CHECK;

/* views.c: the view of costs at the end of a file's version ("ea amortized"); STR_NONE: none. */
struct str load_view_of(struct str version);
/* Why `p` may not stand beside or in place of the live deliveries of its source and
 * period, or its files beside each other; STR_NONE: nothing against it. */
enum gr_status load_view_conflict(struct load *load, const struct pending *p,
                                  const struct store_delivery_list *live, struct str *reason,
                                  struct gr_err *err) GR_MUST_CHECK;

/* rejects.c: refused rows, and what a file brought when it is read. */
void load_rejects_begin(struct load *load); /* at the start of a file */
void load_rejects_close(struct load *load);
enum gr_status load_take_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err) GR_MUST_CHECK;
void load_close_file(struct load *load);
/* GR_EDATA when every row of the file was refused: no delivery holds it. */
enum gr_status load_check_rejects(const struct load *load, struct gr_err *err) GR_MUST_CHECK;
enum gr_status load_write_rejects(struct load *load, struct gr_err *err) GR_MUST_CHECK;

/* settle.c: lets every pending delivery meet the store; nothing is committed. */
enum gr_status load_settle(struct load *load, struct gr_err *err) GR_MUST_CHECK;
/* edition.c: the file of an old snapshot whose charges neither p's files nor their names bring
 * again; absent when p is a later edition of all of it. */
enum gr_status load_find_lost_file(struct load *load, const struct pending *p,
                                   const struct store_delivery *old, struct str *path,
                                   struct gr_err *err) GR_MUST_CHECK;
/* repeats.c: warns of files whose charges come again in another file of the call, or twice in
 * themselves. After load_settle(). */
enum gr_status load_find_repeats(struct load *load, struct gr_err *err) GR_MUST_CHECK;
/* Sums changed by other means than a load: the next one adds all of them up. */
enum gr_status load_forget_bound(struct store *store, struct gr_err *err) GR_MUST_CHECK;

#endif
