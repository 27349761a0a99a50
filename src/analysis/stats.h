/* Small order statistics on doubles, shared by the functions of analysis/.
 *
 * The arrays named `scratch` are sorted in place; nothing is allocated. Values must be finite.
 */
#ifndef GR_ANALYSIS_STATS_H
#define GR_ANALYSIS_STATS_H

#include <stddef.h>

/* Ascending, in place. */
void stats_sort(double *scratch, size_t count);
/* The middle value, or the mean of the two middle ones; 0 for no values. */
double stats_median(double *scratch, size_t count);
double stats_mean(const double *values, size_t count); /* 0 for no values */

/* The bound that a next error stays below with probability `level` (0..1), from `count` errors:
 * split-conformal rank level * (count + 1), interpolated; where the rank lies beyond the largest
 * error, the largest is stretched by 15 % for each missing rank. Never below 0; 0 for no errors. */
double stats_conformal_bound(double *scratch, size_t count, double level);

/* P(Z > z) of the standard normal distribution. */
double stats_normal_tail(double z);

#endif
