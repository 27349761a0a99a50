/* Rollups in one currency: a rollup for each month of the range, its sums times the month's rate,
 * the months added up. Works on groups, never on rows.
 *
 * The month is the one that the range is over: of the charge, or of the billing period. Called by
 * rollup_table.c in place of rollup_run().
 */
#ifndef GR_SQL_CONVERT_H
#define GR_SQL_CONVERT_H

#include "model/conversion.h"
#include "rollup/rollup.h"

/* True for datasets whose rows carry amounts with a currency. */
bool convert_applies(enum dataset dataset);

/* As rollup_run(); every currency but "" (rows without any amount) becomes the target. GR_EDATA:
 * a rate is missing, an amount has no currency, a product or sum is beyond 128 bits. */
enum gr_status convert_run(const struct conversion *conversion, struct store *store,
                           struct pool *pool, const struct kernels *kernels,
                           const struct rollup_request *request, struct arena *arena,
                           struct rollup_result *result, struct gr_err *err) GR_MUST_CHECK;

#endif
