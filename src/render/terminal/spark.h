/* The series of each group of an ad-hoc report as a small drawing beside its row.
 *
 * Called by the terminal renderer, for terminals only: a pipe gets no drawings.
 */
#ifndef GR_RENDER_TERMINAL_SPARK_H
#define GR_RENDER_TERMINAL_SPARK_H

#include "model/report_doc.h"

/* `groups` with one more, optional column "trend", drawn from the document's "time_series" table: a
 * block a point (points are summed so that there are at most 31), from zero to the row's own
 * highest value. `groups` itself when the document has no series for it. Memory is the arena's. */
const struct report_table *spark_add_trend(struct arena *arena, const struct report_doc *doc,
                                           const struct report_table *groups);

#endif
