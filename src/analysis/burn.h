/* Budget status: what is spent, how fast, where it will end, and when the money is gone.
 *
 * Called by report/. Sums to date are exact decimals; doubles only in what is an estimate. Pure:
 * the as-of day is an input, nothing reads a clock. Knows neither files nor stores.
 *
 * Days: a day without data is not a zero. Rates use complete days only; an incomplete as-of day
 * counts into the sum to date, and the projection takes the larger of what it shows and what it
 * should come to.
 */
#ifndef GR_ANALYSIS_BURN_H
#define GR_ANALYSIS_BURN_H

#include "analysis/forecast.h"
#include "model/budget.h"

/* Daily actual spend in the budget's currency, from as far back as there is (the forecast wants
 * more than the period). present NULL: every day has data. */
struct burn_actuals {
    struct day first;
    size_t count;
    const struct decimal *amounts;
    const bool *present;
};

enum burn_state {
    BURN_NOT_STARTED, /* as_of lies before the budget's start */
    BURN_RUNNING,
    BURN_FINISHED /* as_of is the last day of the period or later: nothing is projected */
};

enum burn_exhaustion {
    BURN_EXHAUSTED,         /* passed already, on `day` */
    BURN_EXHAUSTED_ON,      /* will pass on `day`, within the period */
    BURN_LASTS_THE_PERIOD,  /* "not in this period" */
    BURN_LASTS_FOREVER,     /* "never": the burn rate is 0 or below */
    BURN_EXHAUSTION_UNKNOWN /* nothing to project from */
};

struct burn_exhaustion_day {
    enum burn_exhaustion kind;
    struct day day;
};

/* A rate in money per day; `known` false where there is no complete day. */
struct burn_rate {
    bool known;
    struct decimal per_day; /* 12 decimals, half to even */
    int days;               /* complete days with data behind it */
};

struct burn_status {
    enum burn_state state;
    struct date_range period;
    int days_total;
    int days_elapsed;   /* as_of included */
    int days_remaining; /* behind as_of */
    double share_elapsed;

    struct decimal spent;     /* exact, first day of the period to as_of */
    struct decimal remaining; /* amount - spent; negative when over */
    bool has_utilisation;     /* false for an amount of 0 */
    double utilisation;       /* spent / amount */
    int days_without_data;    /* of those elapsed */

    struct burn_rate rate_newest; /* the newest complete day of the period */
    struct burn_rate rate_week;   /* last 7 complete days, also before the period */
    struct burn_rate rate_period; /* complete days of the period */

    bool projected;             /* false: no forecast, see reason */
    const char *reason;         /* static text, NULL when projected */
    bool indicative;            /* short history */
    struct str method;          /* the forecast's words */
    struct forecast_band total; /* of the whole period: spent + forecast of what is left */
    bool has_run_rate;
    double run_rate_total; /* rate_period x days: what most dashboards show */
    double overage;        /* total.mean - amount, 0 when not above */
    bool has_projected_utilisation;
    double projected_utilisation;
    double probability_over; /* of total > amount */
    struct burn_exhaustion_day exhaustion;
    struct burn_exhaustion_day exhaustion_earliest; /* along the upper 80 % bound of the sum */
    struct burn_exhaustion_day exhaustion_latest;   /* along the lower one */
    bool has_cap;
    struct decimal cap_per_day; /* spend a day that lands on the amount; 0 when it is gone */

    bool crossed[BUDGET_THRESHOLDS_MAX];            /* spent >= threshold */
    bool projected_to_cross[BUDGET_THRESHOLDS_MAX]; /* not yet, but total.mean >= threshold */
    bool breached;                                  /* spent > amount */
};

/* The period that holds `day`. A budget with a start on the 29th..31st begins on the last day of
 * shorter months. Days before the start give the period that ends there. */
struct date_range budget_period_of(const struct budget *budget, struct day day);

/* Status of `budget` at the end of `as_of` for the period that holds as_of. GR_EDATA when a sum
 * overflows. */
enum gr_status burn_run(struct arena *arena, const struct budget *budget,
                        const struct burn_actuals *actuals, struct day as_of,
                        enum forecast_last_day last_day, struct burn_status *out,
                        struct gr_err *err) GR_MUST_CHECK;

/* The same for a given period (a finished one, a custom one). Days behind as_of are not read. */
enum gr_status burn_run_period(struct arena *arena, const struct budget *budget,
                               const struct burn_actuals *actuals, struct date_range period,
                               struct day as_of, enum forecast_last_day last_day,
                               struct burn_status *out, struct gr_err *err) GR_MUST_CHECK;

#endif
