/* The forecast pipeline: clean, combine, bound. See forecast.h. */
#include "analysis/forecast.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "analysis/forecast_backtest.h"
#include "analysis/forecast_clean.h"
#include "analysis/stats.h"

static const double NORMAL_80 = 1.2816; /* two-sided standard normal quantiles */
static const double NORMAL_95 = 1.9600;
static const double CAP_TIMES_MAX = 4; /* no day above 4 x the largest of the last 90 days */
static const double WIDEN_MAX = 1.6;
/* Correlation between the errors of two days where totals are made from daily widths. */
static const double DAY_CORRELATION = 0.2;
static const double DAY_CORRELATION_SHORT = 0.35;
/* Totals are seen through few windows that do not overlap: their far bound is never nearer than
 * this multiple of the near one. Measured: 80 % bounds of a month hold 81 %, 95 % bounds 93 % of
 * 3,600 month ends. */
static const double TOTAL_95_TO_80 = 1.8;
static const double TOTAL_WIDEN = 1.0;
enum { TOTAL_ERRORS_MIN = 10 };

/* Distances from the mean. Spend strays further up than down, so the sides are measured apart. */
struct widths {
    double up80;
    double up95;
    double down80;
    double down95;
};

static struct forecast_band band_around(double mean, struct widths width, bool floor_at_zero)
{
    struct forecast_band band = {mean, mean - width.down80, mean + width.up80, mean - width.down95,
                                 mean + width.up95};
    if (floor_at_zero) {
        band.lo80 = fmax(band.lo80, fmin(0, mean));
        band.lo95 = fmax(band.lo95, fmin(0, mean));
    }
    return band;
}

static struct widths widths_scaled(struct widths width, double factor)
{
    return (struct widths){width.up80 * factor, width.up95 * factor, width.down80 * factor,
                           width.down95 * factor};
}

/* The wider of both on each side; 95 never inside 80. */
static struct widths widths_wider(struct widths a, struct widths b)
{
    struct widths width = {fmax(a.up80, b.up80), fmax(a.up95, b.up95), fmax(a.down80, b.down80),
                           fmax(a.down95, b.down95)};
    width.up95 = fmax(width.up95, width.up80);
    width.down95 = fmax(width.down95, width.down80);
    return width;
}

/* ---- short histories ---- */

/* Half-widths around a mean of n days: the spread of the days, never less than a share of the mean
 * that falls with n (0.50 for one day, 0.27 for 13, 0.10 from 14 on). */
static struct widths short_widths(const struct clean_series *clean, double mean)
{
    double n = (double)clean->days_used, sum = 0;
    for (size_t i = 0; i < clean->count; i++)
        if (isfinite(clean->observed[i]))
            sum += (clean->observed[i] - mean) * (clean->observed[i] - mean);
    double sigma = n > 1 ? sqrt(sum / (n - 1)) * sqrt(1 + 1 / n) * (1 + 2 / n) : 0;
    double share = clean->days_used < FORECAST_DAYS_INDICATIVE ? 0.25 + 0.25 / n : 0.10;
    double w80 = fmax(NORMAL_80 * sigma, share * fabs(mean));
    double w95 = fmax(NORMAL_95 * sigma, 1.6 * w80);
    return (struct widths){w80, w95, w80, w95};
}

static double mean_of_days(const struct clean_series *clean)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < clean->count; i++) {
        if (!isfinite(clean->observed[i]))
            continue;
        bool replaced = clean->days_used >= FORECAST_DAYS_INDICATIVE;
        sum += replaced ? clean->plain[i] : clean->observed[i];
        n++;
    }
    return n > 0 ? sum / (double)n : 0;
}

static void forecast_short(struct arena *arena, const struct clean_series *clean,
                           struct forecast_band *days, struct forecast_result *out)
{
    double mean = mean_of_days(clean);
    struct widths width = short_widths(clean, mean);
    for (size_t h = 0; h < out->count; h++)
        days[h] = band_around(mean, width, out->has_floor);
    out->indicative = clean->days_used < FORECAST_DAYS_INDICATIVE;
    out->widen = 1;
    out->method = arena_printf(arena, "mean of %zu complete days%s", clean->days_used,
                               out->indicative ? " (indicative: short history)" : "");
}

/* ---- intervals from backtest errors ---- */

/* Errors h+1 days ahead, its two neighbours pooled in. */
static size_t errors_at(const struct forecast_result *forecast, size_t h, double *scratch)
{
    size_t n = 0;
    size_t begin = h > 0 ? h - 1 : 0;
    for (size_t o = 0; o < forecast->origin_count; o++)
        for (size_t k = begin; k <= h + 1 && k < forecast->error_days; k++) {
            double error = forecast->errors[o * forecast->error_days + k];
            if (isfinite(error))
                scratch[n++] = error;
        }
    return n;
}

static struct widths widths_of(double *errors, size_t count, double widen)
{
    struct widths width;
    width.up80 = widen * stats_conformal_bound(errors, count, 0.90);
    width.up95 = widen * stats_conformal_bound(errors, count, 0.975);
    for (size_t i = 0; i < count; i++)
        errors[i] = -errors[i];
    width.down80 = widen * stats_conformal_bound(errors, count, 0.90);
    width.down95 = widen * stats_conformal_bound(errors, count, 0.975);
    return width;
}

static void set_bands(const struct forecast_result *out, double *scratch,
                      struct forecast_band *days)
{
    struct widths width = {0, 0, 0, 0};
    for (size_t h = 0; h < out->count; h++) {
        double grown = 1;
        if (h < out->error_days)
            width = widths_wider(width, widths_of(scratch, errors_at(out, h, scratch), out->widen));
        else
            grown = sqrt((double)(h + 1) / (double)out->error_days);
        days[h] = band_around(days[h].mean, widths_scaled(width, grown), out->has_floor);
    }
}

static struct str describe(struct arena *arena, const struct clean_series *clean,
                           const struct backtest *backtest)
{
    struct str text = STR("weighted by backtest error:");
    const char *separator = " ";
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        if (backtest->weights[kind] < 0.005)
            continue;
        text = arena_printf(arena, "%.*s%s%s %.0f %%", STR_ARG(text), separator,
                            member_name((enum member_kind)kind), 100 * backtest->weights[kind]);
        separator = ", ";
    }
    if (clean->charge_days > 0)
        text = arena_printf(arena, "%.*s; %u monthly charge day%s apart", STR_ARG(text),
                            clean->charge_days, clean->charge_days == 1 ? "" : "s");
    if (clean->burst_per_day != 0)
        text = arena_printf(arena, "%.*s; recurring bursts expected", STR_ARG(text));
    if (clean->shifted) {
        char day[11];
        day_format(clean->shift_day, day);
        text = arena_printf(arena, "%.*s; new level since %s", STR_ARG(text), day);
    }
    return text;
}

/* Keeps a member that runs away from carrying the forecast with it. */
static double guarded(const struct clean_series *clean, double value)
{
    double top = CAP_TIMES_MAX * fmax(clean->newest_max, 0);
    double bottom = clean->ever_negative ? CAP_TIMES_MAX * fmin(clean->newest_min, 0) : 0;
    return fmax(bottom, fmin(top, value));
}

static void forecast_combined(struct arena *arena, const struct clean_series *clean,
                              struct forecast_band *days, struct forecast_result *out)
{
    struct backtest backtest;
    backtest_run(arena, clean, out->count, &backtest);
    double *scratch = arena_alloc(arena, 2 * out->count * sizeof(double));
    double *mean = scratch + out->count;
    backtest_forecast(clean, &backtest, clean->count, out->count, scratch, mean);
    for (size_t h = 0; h < out->count; h++) {
        double charge = clean_charge_on(clean, day_add(out->first, (int)h));
        double regular = guarded(clean, mean[h] + clean_excursion_ahead(clean, h));
        days[h].mean = guarded(clean, regular + charge);
    }
    out->origin_count = backtest.origin_count;
    out->error_days = backtest.error_days;
    out->errors = backtest.errors;
    double widen = 1 + (double)(14 + out->error_days) / (double)(clean->count + 1);
    out->widen = fmin(widen, WIDEN_MAX);
    set_bands(out, arena_alloc(arena, (3 * out->origin_count + 1) * sizeof(double)), days);
    out->method = describe(arena, clean, &backtest);
}

/* ---- public ---- */

static size_t horizon_count(const struct series *series, const struct clean_series *clean,
                            const struct forecast_options *options)
{
    struct day series_end = day_add(series->first, (int)series->count);
    int open_days =
        day_count((struct date_range){day_add(clean->first, (int)clean->count), series_end});
    size_t count = options->horizon_days + (size_t)open_days;
    return count < FORECAST_HORIZON_DAYS_MAX ? count : FORECAST_HORIZON_DAYS_MAX;
}

void forecast_run(struct arena *arena, const struct series *series,
                  const struct forecast_options *options, struct forecast_result *out)
{
    *out = (struct forecast_result){0};
    struct clean_series clean;
    bool any = clean_series_make(arena, series, options->last_day, &clean);
    out->last_day_dropped = clean.last_day_dropped;
    if (!any) {
        out->reason =
            clean.last_day_dropped ? "the only day with data is not complete" : "no day with data";
        return;
    }
    out->available = true;
    out->days_used = clean.days_used;
    out->level_shift = clean.shifted;
    out->shift_day = clean.shift_day;
    out->charge_days = clean.charge_days;
    out->outlier_days = clean.outlier_days;
    out->has_floor = !clean.ever_negative;
    out->first = day_add(clean.first, (int)clean.count);
    out->count = horizon_count(series, &clean, options);
    struct forecast_band *days = arena_alloc_zeroed(arena, out->count + 1, sizeof *days);
    out->days = days;
    if (clean.days_used < FORECAST_DAYS_WEEKLY)
        forecast_short(arena, &clean, days, out);
    else
        forecast_combined(arena, &clean, days, out);
}

/* ---- totals ---- */

/* Errors of the total over steps begin..end-1, one for each origin that has them. A day
 * without data counts as met when at least 4 of 5 days are there. */
static size_t total_errors(const struct forecast_result *forecast, size_t begin, size_t end,
                           double *scratch)
{
    size_t n = 0;
    for (size_t o = 0; o < forecast->origin_count; o++) {
        const double *errors = forecast->errors + o * forecast->error_days;
        double sum = 0;
        size_t seen = 0;
        for (size_t h = begin; h < end; h++) {
            if (!isfinite(errors[h]))
                continue;
            sum += errors[h];
            seen++;
        }
        if (isfinite(errors[end - 1]) && seen * 5 >= (end - begin) * 4)
            scratch[n++] = sum;
    }
    return n;
}

/* From daily widths: the floor under what few windows of totals show. */
static struct widths widths_from_days(const struct forecast_result *forecast, size_t begin,
                                      size_t end)
{
    double sums[4] = {0}, squares[4] = {0};
    for (size_t h = begin; h < end; h++) {
        const struct forecast_band *day = &forecast->days[h];
        double widths[4] = {day->hi80 - day->mean, day->hi95 - day->mean, day->mean - day->lo80,
                            day->mean - day->lo95};
        for (int i = 0; i < 4; i++) {
            sums[i] += widths[i];
            squares[i] += widths[i] * widths[i];
        }
    }
    double correlation = forecast->errors ? DAY_CORRELATION : DAY_CORRELATION_SHORT;
    for (int i = 0; i < 4; i++)
        sums[i] = sqrt((1 - correlation) * squares[i] + correlation * sums[i] * sums[i]);
    return (struct widths){sums[0], sums[1], sums[2], sums[3]};
}

static struct widths total_widths(struct arena *arena, const struct forecast_result *forecast,
                                  size_t begin, size_t end)
{
    struct widths from_days = widths_from_days(forecast, begin, end);
    size_t steps = forecast->error_days;
    if (steps == 0)
        return from_days;
    /* Beyond what was measured: the same number of days as late as possible, stretched. */
    size_t length = end - begin < steps ? end - begin : steps;
    size_t last = end < steps ? end : steps;
    double stretch = (double)(end - begin) / (double)length * sqrt((double)end / (double)last);
    double *scratch = arena_alloc(arena, (forecast->origin_count + 1) * sizeof(double));
    size_t n = total_errors(forecast, last - length, last, scratch);
    if (n < TOTAL_ERRORS_MIN)
        return from_days;
    /* Windows that overlap tell less than their number: one more for every length of the total. */
    double overlap = 1 + TOTAL_WIDEN * (double)length / (double)forecast->origin_count;
    struct widths width = widths_of(scratch, n, forecast->widen * stretch * overlap);
    width.up95 = fmax(width.up95, TOTAL_95_TO_80 * width.up80);
    width.down95 = fmax(width.down95, TOTAL_95_TO_80 * width.down80);
    return widths_wider(width, from_days);
}

struct forecast_band forecast_total(struct arena *arena, const struct forecast_result *forecast,
                                    struct date_range range)
{
    struct forecast_band total = {0};
    int begin = day_count((struct date_range){forecast->first, range.first});
    int end = day_count((struct date_range){forecast->first, range.end});
    begin = begin < 0 ? 0 : begin;
    end = end > (int)forecast->count ? (int)forecast->count : end;
    if (!forecast->available || begin >= end)
        return total;
    for (int h = begin; h < end; h++)
        total.mean += forecast->days[h].mean;
    struct widths width = total_widths(arena, forecast, (size_t)begin, (size_t)end);
    return band_around(total.mean, widths_wider(width, width), forecast->has_floor);
}

double forecast_probability_above(const struct forecast_band *band, double limit)
{
    double distance = limit - band->mean;
    double w80 = distance > 0 ? band->hi80 - band->mean : band->mean - band->lo80;
    double w95 = distance > 0 ? band->hi95 - band->mean : band->mean - band->lo95;
    double away = fabs(distance);
    double z;
    if (distance == 0)
        return 0.5;
    if (!(w80 > 0))
        z = INFINITY;
    else if (away <= w80 || !(w95 > w80))
        z = NORMAL_80 * away / w80;
    else
        z = NORMAL_80 + (NORMAL_95 - NORMAL_80) * (away - w80) / (w95 - w80);
    return stats_normal_tail(distance > 0 ? z : -z);
}
