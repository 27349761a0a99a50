/* The members of the forecast combination. See forecast_members.h for the sources of the formulas.
 */
#include "analysis/forecast_members.h"

#include <assert.h>
#include <math.h>

#include "analysis/stats.h"

enum { WEEK = 7, WEEKS_BACK = 4, RECENT_DAYS = 28, START_DAYS = 7, TARGET_DAYS = 7 };

const char *member_name(enum member_kind kind)
{
    static const char *const names[MEMBER_COUNT] = {
        [MEMBER_SEASONAL_NAIVE] = "last week",      [MEMBER_WEEKDAY_MEAN] = "weekday mean",
        [MEMBER_WEEKDAY_MEDIAN] = "weekday median", [MEMBER_RECENT_MEDIAN] = "28-day median",
        [MEMBER_SES] = "exponential smoothing",     [MEMBER_HOLT] = "linear trend",
        [MEMBER_DAMPED] = "damped trend",           [MEMBER_THETA] = "theta",
    };
    assert(kind >= 0 && kind < MEMBER_COUNT);
    return names[kind];
}

int member_wants_weekdays(enum member_kind kind)
{
    return kind == MEMBER_SEASONAL_NAIVE || kind == MEMBER_WEEKDAY_MEAN ||
           kind == MEMBER_WEEKDAY_MEDIAN;
}

/* ---- weekday members ---- */

/* The last up to 4 values that lie a whole number of weeks before day count + step. */
static size_t same_weekdays(const double *values, size_t count, size_t step,
                            double found[WEEKS_BACK])
{
    size_t n = 0;
    size_t back = WEEK - step % WEEK;
    for (; n < WEEKS_BACK && back <= count; back += WEEK)
        found[n++] = values[count - back];
    return n;
}

static double weekday_value(enum member_kind kind, const double *values, size_t count, size_t step)
{
    double found[WEEKS_BACK];
    size_t n = same_weekdays(values, count, step, found);
    if (n == 0)
        return values[count - 1];
    if (kind == MEMBER_SEASONAL_NAIVE)
        return found[0];
    return kind == MEMBER_WEEKDAY_MEAN ? stats_mean(found, n) : stats_median(found, n);
}

static void weekday_forecast(enum member_kind kind, const double *values, size_t count,
                             size_t horizon, double *out)
{
    for (size_t h = 0; h < horizon; h++)
        out[h] = h < WEEK ? weekday_value(kind, values, count, h) : out[h - WEEK];
}

static double recent_median(const double *values, size_t count)
{
    double recent[RECENT_DAYS];
    size_t n = count < RECENT_DAYS ? count : RECENT_DAYS;
    for (size_t i = 0; i < n; i++)
        recent[i] = values[count - n + i];
    return stats_median(recent, n);
}

/* ---- exponential smoothing ---- */

struct smooth_state {
    double level;
    double trend;
};

static double start_level(const double *values, size_t count)
{
    return stats_mean(values, count < START_DAYS ? count : START_DAYS);
}

static void smooth_step(struct smooth_state *state, struct member_fit fit, double value)
{
    double carried = fit.phi * state->trend;
    double error = value - (state->level + carried);
    state->level += carried + fit.alpha * error;
    state->trend = carried + fit.beta * error;
}

static struct smooth_state smooth_run(struct member_fit fit, const double *values, size_t count)
{
    struct smooth_state state = {start_level(values, count), 0};
    for (size_t i = 0; i < count; i++)
        smooth_step(&state, fit, values[i]);
    return state;
}

/* Sum of squared errors of the mean of the next week, not of the next day: what a budget asks for
 * is a sum of days, and the next-day criterion chases noise that has gone a week later. */
static double smooth_loss(struct member_fit fit, const double *values, size_t count)
{
    struct smooth_state state = {start_level(values, count), 0};
    size_t span = count > 3 * TARGET_DAYS ? TARGET_DAYS : 1;
    double window = 0, loss = 0, reach = 0, damp = 1;
    for (size_t i = 0; i < span; i++) {
        window += values[i];
        damp *= fit.phi;
        reach += damp * (double)(span - i) / (double)span;
    }
    for (size_t i = 0; i + span < count; i++) {
        smooth_step(&state, fit, values[i]);
        window += values[i + span] - values[i];
        double error = window / (double)span - (state.level + reach * state.trend);
        loss += error * error;
    }
    return loss;
}

static struct member_fit best_of_grid(const double *values, size_t count, const double *betas,
                                      size_t beta_count, const double *phis, size_t phi_count)
{
    static const double alphas[] = {0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95};
    struct member_fit best = {0.2, 0, 1};
    double least = INFINITY;
    for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++)
        for (size_t b = 0; b < beta_count; b++)
            for (size_t p = 0; p < phi_count; p++) {
                struct member_fit fit = {alphas[a], alphas[a] * betas[b], phis[p]};
                double loss = smooth_loss(fit, values, count);
                if (loss < least) {
                    least = loss;
                    best = fit;
                }
            }
    return best;
}

struct member_fit member_fit(enum member_kind kind, const double *values, size_t count)
{
    static const double no_trend[] = {0};
    static const double trend[] = {0.01, 0.05, 0.1, 0.2};
    static const double undamped[] = {1};
    static const double damped[] = {0.8, 0.9, 0.95, 0.98};
    switch (kind) {
    case MEMBER_SES:
    case MEMBER_THETA:
        return best_of_grid(values, count, no_trend, 1, undamped, 1);
    case MEMBER_HOLT:
        return best_of_grid(values, count, trend, 4, undamped, 1);
    case MEMBER_DAMPED:
        return best_of_grid(values, count, trend, 4, damped, 4);
    default:
        return (struct member_fit){0, 0, 1};
    }
}

static void smooth_forecast(struct member_fit fit, const double *values, size_t count,
                            size_t horizon, double *out)
{
    struct smooth_state state = smooth_run(fit, values, count);
    double reach = 0, damp = 1;
    for (size_t h = 0; h < horizon; h++) {
        damp *= fit.phi;
        reach += damp;
        out[h] = state.level + reach * state.trend;
    }
}

/* ---- theta ---- */

static double slope_of(const double *values, size_t count)
{
    double middle = 0.5 * ((double)count - 1), mean = stats_mean(values, count);
    double above = 0, below = 0;
    for (size_t i = 0; i < count; i++) {
        double x = (double)i - middle;
        above += x * (values[i] - mean);
        below += x * x;
    }
    return below > 0 ? above / below : 0;
}

static void theta_forecast(struct member_fit fit, const double *values, size_t count,
                           size_t horizon, double *out)
{
    double level = smooth_run(fit, values, count).level;
    double half_slope = 0.5 * slope_of(values, count);
    double lag = (1 - pow(1 - fit.alpha, (double)count)) / fit.alpha;
    for (size_t h = 0; h < horizon; h++)
        out[h] = level + half_slope * ((double)h + lag);
}

void member_forecast(enum member_kind kind, struct member_fit fit, const double *values,
                     size_t count, size_t horizon, double *out)
{
    assert(count > 0);
    switch (kind) {
    case MEMBER_SEASONAL_NAIVE:
    case MEMBER_WEEKDAY_MEAN:
    case MEMBER_WEEKDAY_MEDIAN:
        weekday_forecast(kind, values, count, horizon, out);
        break;
    case MEMBER_THETA:
        theta_forecast(fit, values, count, horizon, out);
        break;
    case MEMBER_RECENT_MEDIAN:
        for (size_t h = 0; h < horizon; h++)
            out[h] = recent_median(values, count);
        break;
    default:
        smooth_forecast(fit, values, count, horizon, out);
    }
}
