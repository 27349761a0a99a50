/* The largest cells of a rollup and the sum of the others, of sums that are known only behind the
 * rollup: converted ones, those without credits. As rollup_request.top says it, which ranks what
 * the store holds. Private to sql/; called by convert.c and rollup_table.c.
 */
#ifndef GR_SQL_CUT_H
#define GR_SQL_CUT_H

#include "model/rollup.h"

/* Of each currency the request->top largest by request->top_measure stay, equal ones in the order
 * of the cells; the rest is one other cell behind all. GR_EDATA: a sum is out of range. */
enum gr_status cut_cells(const struct rollup_request *request, struct arena *arena,
                         struct rollup_result *result, struct gr_err *err) GR_MUST_CHECK;

/* Adds the sums and counts of `from` to those of `to`. GR_EDATA: out of range. */
enum gr_status cell_add(const struct rollup_request *request, struct rollup_cell *to,
                        const struct rollup_cell *from, struct gr_err *err) GR_MUST_CHECK;

#endif
