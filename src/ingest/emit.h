/* Rows on their way out of a reader: open batches, counts, rejects.
 *
 * Private to ingest; every format writes through it, so that rows = delivered + rejected + skipped
 * holds by construction. Order of calls: emit_init, then per record emit_row .. emit_done, or
 * emit_reject, or emit_skip; at the end emit_flush (on success) and emit_deinit (always).
 */
#ifndef GR_INGEST_EMIT_H
#define GR_INGEST_EMIT_H

#include "ingest/ingest.h"

enum {
    EMIT_EXTRA_COLUMNS_MAX = 1024, /* columns of a dataset beyond the fixed ones */
    EMIT_BATCH_ROWS = 8192,        /* of a batch: 57 columns of them stay in the cache */
    EMIT_VALUE_MAX = 200,          /* bytes of a rejected cell that are handed on */
    EMIT_RAW_MAX = 4096,           /* bytes of a rejected row */
};

struct emit {
    const struct ingest_sink *sink;
    struct batch_texts *texts;
    struct ingest_file_facts *facts;
    struct batch *batches[DATASET_COUNT];
    struct ingest_reject undone; /* dataset, provider and account of the row undone last */
};

void emit_init(struct emit *emit, const struct ingest_sink *sink, struct batch_texts *texts,
               struct ingest_file_facts *facts);
void emit_deinit(struct emit *emit);

/* The open batch of a dataset; the next row to fill is batch->rows, all of its cells are absent. */
struct batch *emit_row(struct emit *emit, enum dataset dataset);
/* That row is complete. A full batch goes to the sink; its status comes back. */
enum gr_status emit_done(struct emit *emit, enum dataset dataset, uint64_t line,
                         struct gr_err *err) GR_MUST_CHECK;
/* That row is not to be: makes its cells absent again. Whose it was is told with the next reject.
 */
void emit_undo(struct emit *emit, enum dataset dataset);

/* Counts and hands on a rejected row; cuts value and raw. */
enum gr_status emit_reject(struct emit *emit, struct ingest_reject reject,
                           struct gr_err *err) GR_MUST_CHECK;
void emit_skip(struct emit *emit, uint64_t count);

/* Number of the text column of that name, made when new; a name that a fixed column with numbers
 * has gets x_ before it. False when there are EMIT_EXTRA_COLUMNS_MAX already. */
bool emit_extra(struct batch *batch, struct str name, size_t *column);

/* Hands on what is left in the batches. */
enum gr_status emit_flush(struct emit *emit, struct gr_err *err) GR_MUST_CHECK;

#endif
