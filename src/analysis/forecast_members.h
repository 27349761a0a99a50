/* The members of the forecast combination: plain textbook methods on a gap-free series of days.
 *
 * Each takes an array and gives the days that follow it. Called by forecast_backtest.c, which knows
 * from which origin; a member knows neither dates nor money. Nothing is allocated; inputs must be
 * finite.
 *
 * SES, Holt, damped trend: Hyndman, Koehler, Ord, Snyder, "Forecasting with Exponential Smoothing"
 * (2008), in component form. Theta: Assimakopoulos and Nikolopoulos (2000) in the form of Hyndman
 * and Billah (2003): SES plus half the slope of the regression line.
 */
#ifndef GR_ANALYSIS_FORECAST_MEMBERS_H
#define GR_ANALYSIS_FORECAST_MEMBERS_H

#include <stddef.h>

enum member_kind {
    MEMBER_SEASONAL_NAIVE, /* the same weekday of the last week */
    MEMBER_WEEKDAY_MEAN,   /* mean of the last 4 same weekdays */
    MEMBER_WEEKDAY_MEDIAN, /* median of the last 4 same weekdays */
    MEMBER_RECENT_MEDIAN,  /* median of the last 28 weekday-adjusted days */
    MEMBER_SES,            /* simple exponential smoothing of the weekday-adjusted series */
    MEMBER_HOLT,           /* linear trend */
    MEMBER_DAMPED,         /* damped trend */
    MEMBER_THETA,
    MEMBER_COUNT
};

/* Smoothing parameters; what a kind does not use is 0 (phi: 1). */
struct member_fit {
    double alpha;
    double beta;
    double phi;
};

const char *member_name(enum member_kind kind); /* static text in words */
/* True for kinds that read the series with its weekday pattern; the others read the adjusted one.
 */
int member_wants_weekdays(enum member_kind kind);
/* Parameters that minimise the squared error, over a fixed grid (same input, same result). */
struct member_fit member_fit(enum member_kind kind, const double *values, size_t count);
/* out[0 .. horizon-1] are the days behind values[count-1]. count >= 1. */
void member_forecast(enum member_kind kind, struct member_fit fit, const double *values,
                     size_t count, size_t horizon, double *out);

#endif
