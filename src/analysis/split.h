/* An amount split by weights into parts that add up to it, to the last digit.
 *
 * Called by the allocation of shared costs. Pure arithmetic: must not know rules, groups or names;
 * the caller orders the parts, and the order breaks ties.
 */
#ifndef GR_ANALYSIS_SPLIT_H
#define GR_ANALYSIS_SPLIT_H

#include "base/arena.h"
#include "base/decimal.h"

enum { SPLIT_DECIMALS_MIN = 10 };

/* Weights as whole numbers in one scale; those below 0 count as 0. */
struct split_weights {
    u128 *values;
    size_t count;
    u128 total; /* 0: nothing can be split by them */
};

/* GR_EDATA: their sum is beyond 128 bits. Memory: arena. */
enum gr_status split_weights_read(struct arena *arena, const struct decimal *weights, size_t count,
                                  struct split_weights *out, struct gr_err *err) GR_MUST_CHECK;

/* parts[i] = whole * weight i / total at the decimals of `whole`, but at least SPLIT_DECIMALS_MIN:
 * cut, and what is missing is given, a unit each, to the largest remainders, the first of equal
 * ones first. All parts have the same scale. weights->total > 0. */
enum gr_status split_amount(struct arena *arena, struct decimal whole,
                            const struct split_weights *weights, struct decimal *parts,
                            struct gr_err *err) GR_MUST_CHECK;

/* Splits the cells that `whole` is the sum of. Both margins hold: the parts of a cell add up to the
 * cell, and those of a weight to its part of the whole (`parts` of split_amount). A part differs
 * from its exact share by a few units of the last decimal. out: cell_count rows of weights->count.
 */
enum gr_status split_cells(struct arena *arena, const struct decimal *cells, size_t cell_count,
                           const struct split_weights *weights, const struct decimal *parts,
                           struct decimal *out, struct gr_err *err) GR_MUST_CHECK;

#endif
