/* Makes a series of daily spend fit for fitting: what is regular, without what is not.
 *
 * Called by forecast.c (anomaly detection wants the same). Order: trim, completeness cut, weekday
 * pattern, calendar charges, outliers, level shift, gaps. Knows no forecasting method.
 */
#ifndef GR_ANALYSIS_FORECAST_CLEAN_H
#define GR_ANALYSIS_FORECAST_CLEAN_H

#include <stdbool.h>

#include "analysis/forecast.h"
#include "base/arena.h"
#include "model/series.h"

enum {
    CLEAN_KEY_LAST_DAY =
        32, /* charges[]: 1..31 the day of the month, 32 the last day of each month */
    CLEAN_KEYS = 33
};

struct clean_series {
    struct day first;
    size_t count;     /* days from the first to the last used one, gaps included */
    size_t days_used; /* of them with data */
    bool last_day_dropped;
    const double
        *observed;       /* calendar charges taken off, levelled, rare events capped; NaN in gaps */
    const double *plain; /* for fitting: as observed, outliers replaced, gaps filled */
    const double *adjusted; /* plain without its weekday pattern */
    bool multiplicative;    /* the pattern is factors (mean 1), else amounts (mean 0) */
    double weekday[8];      /* by ISO weekday 1..7 */
    double charges[CLEAN_KEYS];
    unsigned charge_days;
    size_t outlier_days;
    double
        burst_per_day; /* expected load of recurring bursts, on every day; 0 when there are none */
    double carry;      /* size of the excursion that the series ends in */
    bool shifted;
    struct day shift_day;
    bool ever_negative;
    double newest_max; /* largest value of the last 90 days, before cleaning */
    double newest_min;
};

/* False when no complete day with data is left; then only last_day_dropped is set. */
bool clean_series_make(struct arena *arena, const struct series *series,
                       enum forecast_last_day last_day, struct clean_series *out);

/* A weekday-adjusted value as it is on that day. */
double clean_with_weekday(const struct clean_series *clean, struct day day, double adjusted);
/* The calendar charge of that day, 0 when there is none. */
double clean_charge_on(const struct clean_series *clean, struct day day);
/* What is left `step` + 1 days behind the series of the excursion that it ends in. */
double clean_excursion_ahead(const struct clean_series *clean, size_t step);

#endif
