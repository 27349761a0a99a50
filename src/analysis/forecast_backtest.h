/* Forecasts of the past: every member from many earlier days, for weights and for honest intervals.
 *
 * Called by forecast.c. Parameters are fitted once on the whole series (fixed-parameter rolling
 * origins); each forecast then reads only the days before its origin.
 */
#ifndef GR_ANALYSIS_FORECAST_BACKTEST_H
#define GR_ANALYSIS_FORECAST_BACKTEST_H

#include "analysis/forecast_clean.h"
#include "analysis/forecast_members.h"
#include "base/arena.h"

enum {
    BACKTEST_ORIGINS_MAX = 150,
    BACKTEST_DAYS_MAX = 92,   /* steps ahead that are measured; wider ones are extrapolated */
    BACKTEST_HISTORY_MIN = 21 /* days before the first origin */
};

struct backtest {
    double weights[MEMBER_COUNT]; /* sum 1 */
    struct member_fit fits[MEMBER_COUNT];
    size_t origin_count;
    size_t error_days;
    double *errors; /* [origin * error_days + h] of the weighted mean; NaN: no actual */
};

/* Needs clean->count >= BACKTEST_HISTORY_MIN + 7. Memory is the arena's. */
void backtest_run(struct arena *arena, const struct clean_series *clean, size_t horizon_days,
                  struct backtest *out);

/* Weighted mean of the members from `origin` (days before it are known), weekday pattern and the
 * load of recurring bursts included, calendar charges not. `scratch` holds horizon values. */
void backtest_forecast(const struct clean_series *clean, const struct backtest *backtest,
                       size_t origin, size_t horizon, double *scratch, double *out);

#endif
