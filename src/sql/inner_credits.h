/* Credits that a bill takes off within its rows (x_CreditAmount, Google Cloud): who leaves out the
 * charge category Credit means these too. Private to sql/; called by rollup_table.c.
 */
#ifndef GR_SQL_INNER_CREDITS_H
#define GR_SQL_INNER_CREDITS_H

#include "model/rollup.h"

/* True when the request leaves credits out and sums a cost that has them taken off: billed or
 * effective. */
bool inner_credits_left_out(const struct rollup_request *request);

/* True when a row of the cells has credits within it. */
bool inner_credits_are_there(const struct rollup_result *result, size_t credits);

/* Takes the sums in slot `credits` out of those costs. GR_EDATA: out of range. */
enum gr_status inner_credits_take_out(const struct rollup_request *request, size_t credits,
                                      struct rollup_result *result,
                                      struct gr_err *err) GR_MUST_CHECK;

#endif
