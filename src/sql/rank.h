/* The order in which reports show the cells of a rollup. Private to sql/; called by rollup_table.c.
 */
#ifndef GR_SQL_RANK_H
#define GR_SQL_RANK_H

#include "model/rollup.h"

/* By time where a dimension is one, then the largest first sum; the cells of the rest last. Memory:
 * arena. */
void rank_cells(const struct rollup_request *request, struct arena *arena,
                struct rollup_result *result);

#endif
