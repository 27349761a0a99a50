/* A series of days, for analysis. Doubles: estimates start where the exact figures end. */
#ifndef GR_MODEL_SERIES_H
#define GR_MODEL_SERIES_H

#include "base/day.h"

struct series {
    struct day first;
    size_t count;
    const double *values; /* values[i] is day first + i; NaN where the day has no data */
};

#endif
