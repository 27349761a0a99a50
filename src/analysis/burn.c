/* Budget status. See burn.h. */
#include "analysis/burn.h"

#include <math.h>

enum { RATE_SCALE = 12, WEEK = 7 };

/* ---- periods ---- */

static int months_of(enum budget_period period)
{
    static const int months[BUDGET_PERIOD_COUNT] = {
        [BUDGET_MONTH] = 1, [BUDGET_QUARTER] = 3, [BUDGET_YEAR] = 12};
    return months[period];
}

/* The start of the period `months` months after the anchor; its day of the month, cut to the
 * month's. */
static struct day anchored(struct day anchor, int months)
{
    int year, month, day_of_month;
    day_to_ymd(anchor, &year, &month, &day_of_month);
    struct day first = month_add(month_first(anchor), months);
    int days = month_days(first);
    return day_add(first, (day_of_month < days ? day_of_month : days) - 1);
}

static int months_between(struct day from, struct day to)
{
    int from_year, from_month, to_year, to_month, ignored;
    day_to_ymd(from, &from_year, &from_month, &ignored);
    day_to_ymd(to, &to_year, &to_month, &ignored);
    return 12 * (to_year - from_year) + to_month - from_month;
}

static int floor_div(int a, int b)
{
    return a / b - (a % b < 0);
}

struct date_range budget_period_of(const struct budget *budget, struct day day)
{
    /* 1970-01-01 starts a year, and so every quarter and month; 1969-12-29 was a Monday. */
    struct day calendar = {budget->period == BUDGET_WEEK ? -3 : 0};
    struct day anchor = budget->has_start ? budget->start : calendar;
    if (budget->period == BUDGET_DAY)
        return (struct date_range){day, day_add(day, 1)};
    if (budget->period == BUDGET_WEEK) {
        int weeks = floor_div(day.since_1970 - anchor.since_1970, WEEK);
        struct day first = day_add(anchor, weeks * WEEK);
        return (struct date_range){first, day_add(first, WEEK)};
    }
    int step = months_of(budget->period);
    int months = floor_div(months_between(anchor, day), step) * step;
    if (anchored(anchor, months).since_1970 > day.since_1970)
        months -= step;
    return (struct date_range){anchored(anchor, months), anchored(anchor, months + step)};
}

/* ---- sums ---- */

struct tally {
    struct decimal sum;
    int days; /* with data */
};

static bool has_data(const struct burn_actuals *actuals, struct day day)
{
    int32_t at = day.since_1970 - actuals->first.since_1970;
    return at >= 0 && (size_t)at < actuals->count && (!actuals->present || actuals->present[at]);
}

static struct decimal amount_of(const struct burn_actuals *actuals, struct day day)
{
    return actuals->amounts[day.since_1970 - actuals->first.since_1970];
}

static enum gr_status tally_days(const struct burn_actuals *actuals, struct date_range range,
                                 struct tally *out, struct gr_err *err)
{
    *out = (struct tally){DECIMAL_ZERO, 0};
    for (struct day d = range.first; d.since_1970 < range.end.since_1970; d = day_add(d, 1)) {
        if (!has_data(actuals, d))
            continue;
        GR_TRY(decimal_add(out->sum, amount_of(actuals, d), &out->sum, err));
        out->days++;
    }
    return GR_OK;
}

static enum gr_status rate_of(const struct burn_actuals *actuals, struct date_range range,
                              struct burn_rate *out, struct gr_err *err)
{
    struct tally tally;
    GR_TRY(tally_days(actuals, range, &tally, err));
    *out = (struct burn_rate){tally.days > 0, DECIMAL_ZERO, tally.days};
    if (tally.days == 0)
        return GR_OK;
    return decimal_div(tally.sum, decimal_from_int(tally.days), RATE_SCALE, &out->per_day, err);
}

static struct day later(struct day a, struct day b)
{
    return a.since_1970 > b.since_1970 ? a : b;
}

static struct day earlier(struct day a, struct day b)
{
    return a.since_1970 < b.since_1970 ? a : b;
}

/* `complete_end`: behind the newest complete day. */
static enum gr_status set_rates(const struct burn_actuals *actuals, struct day complete_end,
                                struct burn_status *out, struct gr_err *err)
{
    struct date_range period = {out->period.first, earlier(complete_end, out->period.end)};
    struct date_range week = {day_add(complete_end, -WEEK), complete_end};
    struct date_range newest = {period.end, period.end};
    for (struct day d = period.end; d.since_1970 > period.first.since_1970; d = newest.first) {
        newest = (struct date_range){day_add(d, -1), d};
        if (has_data(actuals, newest.first))
            break;
    }
    GR_TRY(rate_of(actuals, period, &out->rate_period, err));
    GR_TRY(rate_of(actuals, week, &out->rate_week, err));
    return rate_of(actuals, newest, &out->rate_newest, err);
}

/* ---- projection ---- */

/* What the forecast of the days behind the complete ones adds to the sum to date. */
struct outlook {
    struct forecast_result forecast;
    double spent;
    double amount;
    double shown; /* of the incomplete day: already in `spent`, so taken off its forecast */
    struct date_range ahead;
};

static struct series series_until(struct arena *arena, const struct burn_actuals *actuals,
                                  struct day as_of)
{
    int32_t days = as_of.since_1970 - actuals->first.since_1970 + 1;
    size_t count = days > 0 ? (size_t)days : 0;
    double *values = arena_alloc(arena, (count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        struct day day = day_add(actuals->first, (int)i);
        values[i] = has_data(actuals, day) ? decimal_to_double(amount_of(actuals, day)) : NAN;
    }
    return (struct series){actuals->first, count, values};
}

static struct forecast_band band_until(struct arena *arena, const struct outlook *outlook,
                                       struct day end)
{
    struct date_range range = {outlook->ahead.first, end};
    struct forecast_band band = forecast_total(arena, &outlook->forecast, range);
    double base = outlook->spent - outlook->shown;
    double least = outlook->forecast.has_floor ? outlook->spent : -INFINITY;
    band.mean = fmax(base + band.mean, least);
    band.lo80 = fmax(base + band.lo80, least);
    band.hi80 = fmax(base + band.hi80, least);
    band.lo95 = fmax(base + band.lo95, least);
    band.hi95 = fmax(base + band.hi95, least);
    return band;
}

/* Of the incomplete day, which is the first one forecast, the part that the sum to date holds
 * already: never more than its forecast, so that a day above it is not taken back. */
static double shown_part(const struct burn_actuals *actuals, const struct outlook *outlook)
{
    const struct forecast_result *forecast = &outlook->forecast;
    struct day day = forecast->first;
    bool counted = forecast->last_day_dropped && forecast->count > 0 && has_data(actuals, day) &&
                   day.since_1970 >= outlook->ahead.first.since_1970;
    if (!counted)
        return 0;
    return fmin(decimal_to_double(amount_of(actuals, day)), forecast->days[0].mean);
}

typedef double band_side(const struct forecast_band *band);

static double side_mean(const struct forecast_band *band)
{
    return band->mean;
}

static double side_high(const struct forecast_band *band)
{
    return band->hi80;
}

static double side_low(const struct forecast_band *band)
{
    return band->lo80;
}

static struct burn_exhaustion_day exhaustion_along(struct arena *arena,
                                                   const struct outlook *outlook, band_side *side)
{
    double last = outlook->spent;
    for (struct day d = outlook->ahead.first; d.since_1970 < outlook->ahead.end.since_1970;
         d = day_add(d, 1)) {
        struct forecast_band band = band_until(arena, outlook, day_add(d, 1));
        last = side(&band);
        if (last >= outlook->amount && last > outlook->spent)
            return (struct burn_exhaustion_day){BURN_EXHAUSTED_ON, d};
    }
    bool burns = last > outlook->spent;
    return (struct burn_exhaustion_day){burns ? BURN_LASTS_THE_PERIOD : BURN_LASTS_FOREVER, {0}};
}

/* The first day on which the exact sum reached the amount. */
static enum gr_status passed_on(const struct burn_actuals *actuals, const struct budget *budget,
                                struct date_range elapsed, struct day *out, struct gr_err *err)
{
    struct decimal sum = DECIMAL_ZERO;
    *out = elapsed.first;
    for (struct day d = elapsed.first; d.since_1970 < elapsed.end.since_1970; d = day_add(d, 1)) {
        if (!has_data(actuals, d))
            continue;
        GR_TRY(decimal_add(sum, amount_of(actuals, d), &sum, err));
        *out = d;
        if (decimal_sign(sum) > 0 && decimal_compare(sum, budget->amount) >= 0)
            break;
    }
    return GR_OK;
}

static void set_estimates(const struct budget *budget, const struct outlook *outlook,
                          struct burn_status *out)
{
    out->overage = fmax(0, out->total.mean - outlook->amount);
    out->has_projected_utilisation = outlook->amount > 0;
    if (out->has_projected_utilisation)
        out->projected_utilisation = out->total.mean / outlook->amount;
    bool certain = out->state == BURN_FINISHED || outlook->forecast.has_floor;
    if (out->breached && certain)
        out->probability_over = 1;
    else if (out->state == BURN_FINISHED)
        out->probability_over = 0;
    else
        out->probability_over = forecast_probability_above(&out->total, outlook->amount);
    for (size_t i = 0; i < budget->threshold_count; i++) {
        double limit = outlook->amount * decimal_to_double(budget->thresholds[i]) / 100;
        out->projected_to_cross[i] =
            !out->crossed[i] && out->total.mean >= limit && out->total.mean > 0;
    }
}

static void set_projection(struct arena *arena, const struct burn_actuals *actuals,
                           const struct budget *budget, struct outlook *outlook,
                           struct burn_status *out)
{
    const struct forecast_result *forecast = &outlook->forecast;
    if (out->state == BURN_FINISHED) {
        double spent = outlook->spent;
        out->total = (struct forecast_band){spent, spent, spent, spent, spent};
        out->method = STR("the period is over: actual spend");
    } else if (!forecast->available) {
        out->reason = forecast->reason;
        return;
    } else {
        outlook->ahead.first = later(forecast->first, out->period.first);
        outlook->ahead.end = out->period.end;
        outlook->shown = shown_part(actuals, outlook);
        out->total = band_until(arena, outlook, out->period.end);
        out->method = forecast->method;
        out->indicative = forecast->indicative;
    }
    out->projected = true;
    out->has_run_rate = out->rate_period.known;
    if (out->has_run_rate)
        out->run_rate_total = decimal_to_double(out->rate_period.per_day) * out->days_total;
    set_estimates(budget, outlook, out);
}

static enum gr_status set_exhaustion(struct arena *arena, const struct burn_actuals *actuals,
                                     const struct budget *budget, const struct outlook *outlook,
                                     struct date_range elapsed, struct burn_status *out,
                                     struct gr_err *err)
{
    struct burn_exhaustion_day known = {BURN_EXHAUSTION_UNKNOWN, {0}};
    bool gone = decimal_sign(out->spent) > 0 && decimal_compare(out->spent, budget->amount) >= 0;
    if (gone) {
        known.kind = BURN_EXHAUSTED;
        GR_TRY(passed_on(actuals, budget, elapsed, &known.day, err));
    } else if (out->state == BURN_FINISHED) {
        known.kind = BURN_LASTS_THE_PERIOD;
    } else if (out->projected) {
        out->exhaustion = exhaustion_along(arena, outlook, side_mean);
        out->exhaustion_earliest = exhaustion_along(arena, outlook, side_high);
        out->exhaustion_latest = exhaustion_along(arena, outlook, side_low);
        return GR_OK;
    }
    out->exhaustion = out->exhaustion_earliest = out->exhaustion_latest = known;
    return GR_OK;
}

/* ---- exact part ---- */

static enum gr_status set_crossed(const struct budget *budget, struct burn_status *out,
                                  struct gr_err *err)
{
    struct decimal hundredfold;
    GR_TRY(decimal_mul(out->spent, decimal_from_int(100), &hundredfold, err));
    for (size_t i = 0; i < budget->threshold_count; i++) {
        struct decimal limit;
        GR_TRY(decimal_mul(budget->amount, budget->thresholds[i], &limit, err));
        out->crossed[i] = decimal_sign(hundredfold) > 0 && decimal_compare(hundredfold, limit) >= 0;
    }
    return GR_OK;
}

static enum gr_status set_spent(const struct budget *budget, const struct burn_actuals *actuals,
                                struct date_range elapsed, struct burn_status *out,
                                struct gr_err *err)
{
    struct tally tally;
    GR_TRY(tally_days(actuals, elapsed, &tally, err));
    out->spent = tally.sum;
    out->days_without_data = out->days_elapsed - tally.days;
    GR_TRY(decimal_sub(budget->amount, out->spent, &out->remaining, err));
    out->breached = decimal_compare(out->spent, budget->amount) > 0;
    out->has_utilisation = decimal_sign(budget->amount) > 0;
    if (out->has_utilisation)
        out->utilisation = decimal_to_double(out->spent) / decimal_to_double(budget->amount);
    GR_TRY(set_crossed(budget, out, err));
    out->has_cap = out->days_remaining > 0;
    if (!out->has_cap || decimal_sign(out->remaining) <= 0)
        return GR_OK;
    return decimal_div(out->remaining, decimal_from_int(out->days_remaining), RATE_SCALE,
                       &out->cap_per_day, err);
}

static void set_days(struct date_range period, struct day as_of, struct burn_status *out)
{
    out->period = period;
    out->days_total = day_count(period);
    int elapsed = day_count((struct date_range){period.first, day_add(as_of, 1)});
    elapsed = elapsed < 0 ? 0 : elapsed > out->days_total ? out->days_total : elapsed;
    out->days_elapsed = elapsed;
    out->days_remaining = out->days_total - elapsed;
    out->share_elapsed = (double)elapsed / (double)out->days_total;
    out->state = elapsed == 0               ? BURN_NOT_STARTED
                 : out->days_remaining == 0 ? BURN_FINISHED
                                            : BURN_RUNNING;
}

enum gr_status burn_run_period(struct arena *arena, const struct budget *budget,
                               const struct burn_actuals *actuals, struct date_range period,
                               struct day as_of, enum forecast_last_day last_day,
                               struct burn_status *out, struct gr_err *err)
{
    *out = (struct burn_status){0};
    if (day_count(period) <= 0)
        return gr_fail(err, GR_EUSAGE, "budget %.*s: a period without a day",
                       STR_ARG(budget->name));
    set_days(period, as_of, out);
    struct date_range elapsed = {period.first, day_add(period.first, out->days_elapsed)};
    GR_TRY(set_spent(budget, actuals, elapsed, out, err));

    struct outlook outlook = {.spent = decimal_to_double(out->spent),
                              .amount = decimal_to_double(budget->amount)};
    struct series series = series_until(arena, actuals, as_of);
    int horizon = day_count((struct date_range){day_add(as_of, 1), period.end});
    struct forecast_options options = {horizon > 0 ? (size_t)horizon : 0, last_day};
    forecast_run(arena, &series, &options, &outlook.forecast);
    bool open = outlook.forecast.last_day_dropped;
    /* The last day itself may still be filling up. */
    if (open && out->state == BURN_FINISHED && outlook.forecast.available &&
        outlook.forecast.first.since_1970 < period.end.since_1970)
        out->state = BURN_RUNNING;
    struct day complete_end = day_add(as_of, 1);
    if (open && outlook.forecast.available)
        complete_end = outlook.forecast.first;
    else if (open)
        complete_end = actuals->first;
    complete_end = earlier(complete_end, period.end);
    GR_TRY(set_rates(actuals, complete_end, out, err));
    set_projection(arena, actuals, budget, &outlook, out);
    return set_exhaustion(arena, actuals, budget, &outlook, elapsed, out, err);
}

enum gr_status burn_run(struct arena *arena, const struct budget *budget,
                        const struct burn_actuals *actuals, struct day as_of,
                        enum forecast_last_day last_day, struct burn_status *out,
                        struct gr_err *err)
{
    bool before = budget->has_start && as_of.since_1970 < budget->start.since_1970;
    struct date_range period = budget_period_of(budget, before ? budget->start : as_of);
    return burn_run_period(arena, budget, actuals, period, as_of, last_day, out, err);
}
