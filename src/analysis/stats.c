/* Small order statistics on doubles. Called from analysis/ only; knows nothing of days or money. */
#include "analysis/stats.h"

#include <math.h>

/* Shellsort with Ciura's gaps: for tens or hundreds of values faster than qsort(), whose
 * comparisons are calls. */
void stats_sort(double *scratch, size_t count)
{
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        size_t gap = gaps[g];
        for (size_t i = gap; i < count; i++) {
            double value = scratch[i];
            size_t k = i;
            for (; k >= gap && scratch[k - gap] > value; k -= gap)
                scratch[k] = scratch[k - gap];
            scratch[k] = value;
        }
    }
}

double stats_median(double *scratch, size_t count)
{
    if (count == 0)
        return 0;
    stats_sort(scratch, count);
    size_t half = count / 2;
    return count % 2 ? scratch[half] : 0.5 * scratch[half - 1] + 0.5 * scratch[half];
}

double stats_mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] / (double)count;
    return sum;
}

double stats_conformal_bound(double *scratch, size_t count, double level)
{
    if (count == 0)
        return 0;
    stats_sort(scratch, count);
    double rank = level * ((double)count + 1) - 1;
    double last = (double)(count - 1);
    if (rank >= last)
        return fmax(0, scratch[count - 1] * (1 + 0.15 * (rank - last)));
    if (rank <= 0)
        return fmax(0, scratch[0]);
    size_t below = (size_t)rank;
    double share = rank - (double)below;
    return fmax(0, scratch[below] + share * (scratch[below + 1] - scratch[below]));
}

double stats_normal_tail(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}
