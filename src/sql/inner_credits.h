/* Credits that a bill takes off within its rows (x_CreditAmount, Google Cloud): who leaves out the
 * charge category Credit means these too. Private to sql/; called by rollup_table.c.
 */
#ifndef GR_SQL_INNER_CREDITS_H
#define GR_SQL_INNER_CREDITS_H

#include "model/rollup.h"

/* The measure to sum beside `cost` (a column) when the request leaves credits out; -1: none. */
int inner_credits_measure(const struct rollup_request *request, int cost);

/* Takes the sums in slot `credits` out of those in slot `cost`. GR_EDATA: out of range. */
enum gr_status inner_credits_take_out(struct rollup_result *result, size_t cost, size_t credits,
                                      struct gr_err *err) GR_MUST_CHECK;

#endif
