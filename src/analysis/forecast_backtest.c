/* Rolling-origin errors and the weights made of them. */
#include "analysis/forecast_backtest.h"

#include <math.h>

#include "analysis/stats.h"

static const double WEIGHT_POWER = 3; /* beat medians of members in 8 of 9 series sets */
static const double NAIVE_ERROR_MAX =
    2; /* times the seasonal naive's: worse members get no weight */

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool member_allowed(enum member_kind kind, size_t days)
{
    bool trend = kind == MEMBER_HOLT || kind == MEMBER_DAMPED || kind == MEMBER_THETA;
    return days >= FORECAST_DAYS_FULL || !trend;
}

/* One member's forecast with its weekday pattern. */
static void forecast_one(const struct clean_series *clean, enum member_kind kind,
                         struct member_fit fit, size_t origin, size_t horizon, double *out)
{
    bool plain = member_wants_weekdays(kind);
    member_forecast(kind, fit, plain ? clean->plain : clean->adjusted, origin, horizon, out);
    for (size_t h = 0; h < horizon && !plain; h++)
        out[h] = clean_with_weekday(clean, day_add(clean->first, (int)(origin + h)), out[h]);
}

void backtest_forecast(const struct clean_series *clean, const struct backtest *backtest,
                       size_t origin, size_t horizon, double *scratch, double *out)
{
    for (size_t h = 0; h < horizon; h++)
        out[h] = clean->burst_per_day;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        double weight = backtest->weights[kind];
        if (weight <= 0)
            continue;
        forecast_one(clean, (enum member_kind)kind, backtest->fits[kind], origin, horizon, scratch);
        for (size_t h = 0; h < horizon; h++)
            out[h] += weight * scratch[h];
    }
}

/* Mean absolute error of one member over all origins, against the fitted (regular) days: whether a
 * member happened to stand near a rare event says nothing of it. */
static double member_error(const struct clean_series *clean, enum member_kind kind,
                           const struct backtest *backtest, size_t first_origin, double *scratch)
{
    double sum = 0;
    size_t n = 0;
    for (size_t o = 0; o < backtest->origin_count; o++) {
        size_t origin = first_origin + o;
        size_t days = at_most(backtest->error_days, clean->count - origin);
        forecast_one(clean, kind, backtest->fits[kind], origin, days, scratch);
        for (size_t h = 0; h < days; h++) {
            sum += fabs(clean->plain[origin + h] - scratch[h]);
            n++;
        }
    }
    return n > 0 ? sum / (double)n : 0;
}

static void set_weights(struct backtest *backtest, const double *mean_errors, size_t days)
{
    double naive = mean_errors[MEMBER_SEASONAL_NAIVE], total = 0;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        double error = mean_errors[kind];
        bool used = member_allowed((enum member_kind)kind, days) &&
                    error <= NAIVE_ERROR_MAX * naive && isfinite(error);
        double relative = naive > 0 ? error / naive : 0;
        backtest->weights[kind] = used ? pow(relative + 1e-6, -WEIGHT_POWER) : 0;
        total += backtest->weights[kind];
    }
    for (int kind = 0; kind < MEMBER_COUNT; kind++)
        backtest->weights[kind] /= total; /* the seasonal naive always has a weight */
}

static void set_errors(const struct clean_series *clean, struct backtest *backtest,
                       size_t first_origin, double *scratch)
{
    double *mean = scratch + backtest->error_days;
    for (size_t o = 0; o < backtest->origin_count; o++) {
        size_t origin = first_origin + o;
        size_t days = at_most(backtest->error_days, clean->count - origin);
        double *errors = backtest->errors + o * backtest->error_days;
        backtest_forecast(clean, backtest, origin, days, scratch, mean);
        for (size_t h = 0; h < backtest->error_days; h++)
            errors[h] = h < days ? clean->observed[origin + h] - mean[h] : NAN;
    }
}

void backtest_run(struct arena *arena, const struct clean_series *clean, size_t horizon_days,
                  struct backtest *out)
{
    *out = (struct backtest){0};
    size_t spare = clean->count - BACKTEST_HISTORY_MIN;
    out->origin_count = at_most(BACKTEST_ORIGINS_MAX, spare);
    out->error_days = at_most(at_most(horizon_days, BACKTEST_DAYS_MAX), spare);
    size_t first_origin = clean->count - out->origin_count;
    out->errors = arena_alloc(arena, (out->origin_count * out->error_days + 1) * sizeof(double));
    double *scratch = arena_alloc(arena, (2 * out->error_days + 1) * sizeof(double));
    double mean_errors[MEMBER_COUNT];
    for (int k = 0; k < MEMBER_COUNT; k++) {
        enum member_kind kind = (enum member_kind)k;
        const double *values = member_wants_weekdays(kind) ? clean->plain : clean->adjusted;
        mean_errors[k] = INFINITY;
        if (!member_allowed(kind, clean->days_used))
            continue;
        out->fits[k] = member_fit(kind, values, clean->count);
        mean_errors[k] = member_error(clean, kind, out, first_origin, scratch);
    }
    set_weights(out, mean_errors, clean->days_used);
    set_errors(clean, out, first_origin, scratch);
}
