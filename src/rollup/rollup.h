/* Rollups: exact sums of measures by dimensions over a range, from the store's segments.
 *
 * The request and the result are model/rollup.h. sql/ and report/ call rollup_run(). The answer
 * depends neither on the number of threads nor on the SIMD level. Must not know SQL, reports or the
 * CLI.
 */
#ifndef GR_ROLLUP_ROLLUP_H
#define GR_ROLLUP_ROLLUP_H

#include "base/arena.h"
#include "base/pool.h"
#include "kernels/kernels.h"
#include "model/rollup.h"
#include "store/store.h"

/* Answers `request`. pool NULL: on the caller's thread; kernels: kernels_select("auto"). Memory of
 * *result is the arena's. GR_EUSAGE: unknown dimension or filter ("no dimension named teem; did you
 * mean team? there are: ..."), measure that is no decimal column, too many; GR_EDATA: a sum beyond
 * 128 bits, naming the column; GR_ESTORE: damaged store. */
enum gr_status rollup_run(struct store *store, struct pool *pool, const struct kernels *kernels,
                          const struct rollup_request *request, struct arena *arena,
                          struct rollup_result *result, struct gr_err *err) GR_MUST_CHECK;

/* GR_EUSAGE with the sentence above when the dataset has no such dimension. */
enum gr_status rollup_check_dimension(enum dataset dataset, struct str name,
                                      struct gr_err *err) GR_MUST_CHECK;
/* The same with a store (NULL: without), which knows whether there is a column for column:NAME. */
enum gr_status rollup_check_dimension_of(const struct store *store, enum dataset dataset,
                                         struct str name, struct gr_err *err) GR_MUST_CHECK;

/* Is it an exclusion (!=) of kinds of charges, on a dataset without such? It leaves all rows. */
bool rollup_filter_is_void(enum dataset dataset, const struct rollup_filter *filter);

#endif
