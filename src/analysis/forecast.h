/* Daily spend forecast with intervals, per day and for the total of any range of days.
 *
 * Called by report/ and by burn.c. Pure: the same series and options give the same bytes; nothing
 * reads a clock or a file, and no non-finite number leaves. It knows nothing of budgets or
 * currencies.
 *
 * How: cut an incomplete last day; take charges that come on one day of the month apart; replace
 * one-day outliers and level old history to the newest level, for fitting only; forecast with
 * several textbook members, weighted by 1 / (backtest error)^3; add the calendar charges back on
 * their dates; take the intervals from the errors of forecasts made at earlier days (split
 * conformal), for totals from errors of the total. Below 28 complete days a plain mean, below 14
 * marked `indicative`.
 */
#ifndef GR_ANALYSIS_FORECAST_H
#define GR_ANALYSIS_FORECAST_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/series.h"

enum {
    FORECAST_HORIZON_DAYS_MAX = 1100, /* 3 years: more is cut */
    FORECAST_DAYS_INDICATIVE = 14,    /* fewer complete days: run-rate, marked indicative */
    FORECAST_DAYS_WEEKLY = 28,        /* from here on weekday models */
    FORECAST_DAYS_FULL = 90           /* from here on trend members too */
};

/* mean, and the bounds that hold the truth in 80 and 95 of 100 cases. */
struct forecast_band {
    double mean;
    double lo80;
    double hi80;
    double lo95;
    double hi95;
};

enum forecast_last_day {
    FORECAST_LAST_DAY_DETECT,   /* dropped when far below its weekday */
    FORECAST_LAST_DAY_COMPLETE, /* the caller knows that it is settled */
    FORECAST_LAST_DAY_OPEN      /* the caller knows that it is not: always dropped */
};

struct forecast_options {
    size_t horizon_days; /* days wanted behind the last day of the series */
    enum forecast_last_day last_day;
};

/* Memory is the arena's. `days` starts behind the last day that was used, so when an incomplete day
 * or days without data stand at the end of the series they are forecast too and count >
 * horizon_days. */
struct forecast_result {
    bool available;
    const char *reason; /* why not available, static text; NULL when available */
    bool indicative;    /* history is short: show the word beside every figure */
    bool last_day_dropped;
    bool level_shift;     /* history before shift_day was levelled */
    struct day shift_day; /* first day of the newest level */
    unsigned charge_days; /* days of the month with a charge of their own */
    size_t outlier_days;  /* days replaced for fitting */
    size_t days_used;     /* complete days with data */
    struct str method;    /* one sentence in words */
    struct day first;     /* of days[0] */
    size_t count;
    const struct forecast_band *days;
    /* For forecast_total(): errors[origin * error_days + h], actual minus forecast made h + 1 days
     * before; NaN where there is none. */
    size_t origin_count;
    size_t error_days;
    const double *errors;
    double widen;       /* finite-sample factor on every width */
    double floor_value; /* no bound below this (0 for a series that was never negative) */
    bool has_floor;
};

/* series: values NaN where a day has no data (not a zero). The result is `available` unless there
 * is no complete day. Never fails. */
void forecast_run(struct arena *arena, const struct series *series,
                  const struct forecast_options *options, struct forecast_result *out);

/* The total over `range`, cut to the days of the forecast; its bounds come from the errors of
 * totals, not from the sum of daily bounds. An empty range gives all zeros. `scratch` is taken from
 * the arena. */
struct forecast_band forecast_total(struct arena *arena, const struct forecast_result *forecast,
                                    struct date_range range);

/* Probability (0..1) that a figure described by `band` comes out above `limit`. 0, 0.5 or 1 for a
 * band without width. */
double forecast_probability_above(const struct forecast_band *band, double limit);

#endif
