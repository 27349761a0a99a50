/* Loading: from paths to committed deliveries. One call, one transaction, a ledger row a delivery.
 *
 * A delivery is what one call brings for one (dataset, source, billing period). load_run() reads
 * all files, routes rows to deliveries, prices LLM usage, lets each delivery meet what the store
 * holds (new, replaced, unchanged, refused), checks the accounting and commits. Called by the
 * ingest and run commands. Must not know formats or the command line.
 */
#ifndef GR_LOAD_LOAD_H
#define GR_LOAD_LOAD_H

#include "base/arena.h"
#include "ingest/ingest.h"
#include "store/store.h"

enum load_status { LOAD_NEW, LOAD_REPLACED, LOAD_UNCHANGED, LOAD_REFUSED };
const char *load_status_name(enum load_status status); /* "new", "replaced", ... */

/* How many rejected rows a delivery may have: a share of its rows (0.1 % is 1000 ppm) or a count.
 */
struct load_tolerance {
    bool is_count;
    uint64_t rows;              /* when is_count */
    uint64_t parts_per_million; /* else */
};

struct load_plan {
    const char *const *paths;
    size_t path_count;
    const char *source; /* NULL: provider/account of the rows */
    bool allow_shrink;
    struct load_tolerance tolerance;
    struct ingest_options ingest;
    int64_t ingested; /* moment for the ledger; MOMENT_NONE */
    /* Progress and remarks ("skipped notes.txt: not a file of ours"); may be NULL. */
    void (*remark)(void *context, const char *text);
    void (*progress)(void *context, uint64_t rows, size_t file, size_t files);
    void *context;
};

/* One delivery of the outcome. Memory: the arena of load_run. */
struct load_delivery {
    struct store_delivery delivery;
    struct store_file *files;
    size_t file_count;
    uint64_t *without_cost; /* by file: stored rows whose BilledCost is absent */
    enum load_status status;
    struct str reason;    /* of a refusal */
    struct str *warnings; /* what was stored all the same: charges that the call brought twice */
    size_t warning_count;
    const struct store_delivery *replaced; /* as they were */
    size_t replaced_count;
};

/* A file that brought nothing: a companion in a folder, or the bytes of another file of the call.
 */
struct load_skipped {
    struct str path, reason;
};

struct load_outcome {
    struct load_delivery *deliveries;
    size_t delivery_count;
    size_t refused;
    struct load_skipped *skipped; /* files that were passed over */
    size_t skipped_count;
    struct store_reject *rejects; /* of refused deliveries too, up to LOAD_REJECTS_KEPT a file */
    size_t reject_count;
};

enum { LOAD_REJECTS_KEPT = 1000 };

/* Store must be open for writing. GR_OK also when deliveries were refused: the caller looks at
 * outcome->refused. Any other status: the store is as it was. */
enum gr_status load_run(struct store *store, struct arena *arena, const struct load_plan *plan,
                        struct load_outcome *outcome, struct gr_err *err) GR_MUST_CHECK;

/* The warnings of a delivery of the ledger, as they were given when it came. Memory: arena. */
enum gr_status load_warnings(struct store *store, struct arena *arena, int64_t delivery,
                             struct str **lines, size_t *count, struct gr_err *err) GR_MUST_CHECK;

/* "AWS" -> "aws", "Microsoft" -> "azure", "Voltage Park" -> "voltage-park"; for names of sources.
 */
struct str load_provider_slug(struct arena *arena, struct str provider);

/* The source of a bill's rows as deliveries name it: "aws/123456789012", the slug alone without an
 * account. Memory: arena. */
struct str load_bill_source(struct arena *arena, struct str provider, struct str account);

#endif
