/* Cleaning of daily spend before a forecast. Measured on synthetic accounts with known truth:
 * taking calendar charges and one-day outliers out is worth more than any model. */
#include "analysis/forecast_clean.h"

#include <math.h>
#include <string.h>

#include "analysis/stats.h"

enum {
    WEEK = 7,
    LEVEL_WINDOW = 29,    /* days of the rolling median: longer than two bursts of work */
    WEEKDAY_HISTORY = 70, /* days that the weekday pattern is read from */
    WEEKDAY_SAMPLES_MIN = 3,
    NEWEST_DAYS = 90,
    CHARGE_MONTHS = 3, /* occurrences that a calendar charge needs, and that its median is of */
    EXCURSION_DAYS_MAX = 10, /* what stays away longer is a new level */
    BURST_DAYS_MIN = 2,      /* a burst is an excursion of so many days or more */
    BURST_HISTORY = 180,     /* days in which bursts are counted */
    BURSTS_MIN = 3,          /* so many make bursts a habit that the forecast expects again */
    CARRY_DAYS = 3,          /* the newest days that an excursion under way is read from */
    SHIFT_HISTORY = 90,
    SHIFT_DAYS_MIN = 14 /* days that a new level must have lasted */
};

static const double MAD_TO_SIGMA = 1.4826; /* for normal errors */
static const double COMPLETE_RATIO = 0.65; /* a last day below this share of its weekday is open */
static const double OUTLIER_SIGMAS = 4;
static const double OUTLIER_SHARE = 0.15; /* of the level, at least */
static const double CHARGE_SHARE = 0.10;
static const double SHIFT_SIGMAS = 2.5;
static const double SHIFT_SHARE = 0.12;
static const double SHIFT_GAIN = 0.25; /* of the absolute deviation that the shift explains */
/* Tuned on synthetic accounts: the share of the mean burst load that is added (a total's median
 * lies below its mean), and how much of an excursion under way is left after each day. */
static const double BURST_SHARE = 0.7;
static const double CARRY_DECAY = 0.6;
static const double EVENT_CAP_LEVELS = 1.0; /* a rare event counts at most as one day's level */

/* What the steps hand to each other; arrays of `count`. */
struct work {
    struct day first;
    size_t count;
    double *value;   /* NaN in gaps */
    double *level;   /* rolling median of the weekday-adjusted values */
    double *scratch; /* count + LEVEL_WINDOW */
    bool *irregular; /* calendar charge or outlier */
    struct clean_series *out;
};

static double adjust(const struct clean_series *clean, struct day day, double value)
{
    double pattern = clean->weekday[day_weekday(day)];
    return clean->multiplicative ? value / pattern : value - pattern;
}

double clean_with_weekday(const struct clean_series *clean, struct day day, double adjusted)
{
    double pattern = clean->weekday[day_weekday(day)];
    return clean->multiplicative ? adjusted * pattern : adjusted + pattern;
}

static int day_of_month(struct day day)
{
    int year, month, number;
    day_to_ymd(day, &year, &month, &number);
    return number;
}

static bool is_last_of_month(struct day day)
{
    return day_of_month(day) == month_days(day);
}

double clean_charge_on(const struct clean_series *clean, struct day day)
{
    double charge = clean->charges[day_of_month(day)];
    return is_last_of_month(day) ? charge + clean->charges[CLEAN_KEY_LAST_DAY] : charge;
}

/* ---- trim and completeness ---- */

/* Days before the first spend and behind the last day with data say nothing. All-zero stays whole.
 */
static void trim(const struct series *series, size_t *begin, size_t *end)
{
    *begin = 0;
    *end = series->count;
    while (*end > 0 && !isfinite(series->values[*end - 1]))
        --*end;
    size_t first_spend = 0;
    while (first_spend < *end &&
           (!isfinite(series->values[first_spend]) || series->values[first_spend] == 0))
        first_spend++;
    if (first_spend < *end) {
        *begin = first_spend;
        return;
    }
    while (*begin < *end && !isfinite(series->values[*begin]))
        ++*begin;
}

/* An open day shows only part of its spend: far below each of the last same weekdays and the day
 * before. */
static bool last_day_is_open(const double *values, size_t count)
{
    double same[4];
    size_t n = 0;
    for (size_t back = WEEK; back < count && n < 4; back += WEEK)
        if (isfinite(values[count - 1 - back]))
            same[n++] = values[count - 1 - back];
    if (n < 2)
        return false;
    stats_sort(same, n);
    double usual = stats_median(same, n);
    double last = values[count - 1];
    if (usual <= 0 || last >= COMPLETE_RATIO * usual)
        return false;
    /* A weekday that is often that low (or has just stepped down) is no sign. */
    bool lower_than_ever = last < 0.9 * same[0];
    double before = count > 1 ? values[count - 2] : NAN;
    bool stepped_down = isfinite(before) && count > 8 && isfinite(values[count - 9]) &&
                        before < COMPLETE_RATIO * values[count - 9];
    return lower_than_ever && !stepped_down;
}

/* ---- level, weekday pattern ---- */

static double window_median(const struct work *work, size_t at, size_t width, bool adjusted)
{
    size_t begin = at > width / 2 ? at - width / 2 : 0;
    size_t end = begin + width < work->count ? begin + width : work->count;
    begin = end > width ? end - width : 0;
    size_t n = 0;
    for (size_t i = begin; i < end; i++)
        if (isfinite(work->value[i]))
            work->scratch[n++] =
                adjusted ? adjust(work->out, day_add(work->first, (int)i), work->value[i])
                         : work->value[i];
    return stats_median(work->scratch, n);
}

static void find_level(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        work->level[i] = window_median(work, i, LEVEL_WINDOW, true);
}

/* Ratios (or differences) of one weekday to the week around it; returns how many. */
static size_t weekday_samples(const struct work *work, int weekday, double *out)
{
    size_t n = 0;
    size_t begin = work->count > WEEKDAY_HISTORY ? work->count - WEEKDAY_HISTORY : 0;
    for (size_t i = begin; i < work->count; i++) {
        if (day_weekday(day_add(work->first, (int)i)) != weekday || !isfinite(work->value[i]))
            continue;
        out[n++] = work->out->multiplicative ? work->value[i] / work->level[i]
                                             : work->value[i] - work->level[i];
    }
    return n;
}

/* The pattern entry, drawn towards `neutral` by its own uncertainty (positive-part shrinkage). */
static double shrunk_median(double *samples, size_t n, double neutral)
{
    double middle = stats_median(samples, n);
    for (size_t i = 0; i < n; i++)
        samples[i] = fabs(samples[i] - middle);
    double error = 1.2533 * MAD_TO_SIGMA * stats_median(samples, n) / sqrt((double)n);
    double effect = middle - neutral;
    if (effect == 0 || fabs(error) >= fabs(effect))
        return neutral;
    return neutral + effect * (1 - (error / effect) * (error / effect));
}

static bool all_levels_positive(const struct work *work)
{
    size_t begin = work->count > WEEKDAY_HISTORY ? work->count - WEEKDAY_HISTORY : 0;
    for (size_t i = begin; i < work->count; i++)
        if (!(work->level[i] > 0))
            return false;
    return true;
}

static void set_pattern_neutral(struct clean_series *out, bool multiplicative)
{
    out->multiplicative = multiplicative;
    for (int weekday = 0; weekday < 8; weekday++)
        out->weekday[weekday] = multiplicative ? 1 : 0;
}

static void find_weekday_pattern(struct work *work)
{
    struct clean_series *out = work->out;
    set_pattern_neutral(out, false);
    for (size_t i = 0; i < work->count; i++)
        work->level[i] = window_median(work, i, WEEK, false);
    bool multiplicative = all_levels_positive(work);
    set_pattern_neutral(out, multiplicative);
    if (work->count < FORECAST_DAYS_WEEKLY)
        return;
    double pattern[8] = {0}, sum = 0;
    for (int weekday = 1; weekday <= WEEK; weekday++) {
        size_t n = weekday_samples(work, weekday, work->scratch);
        if (n < WEEKDAY_SAMPLES_MIN)
            return;
        pattern[weekday] = shrunk_median(work->scratch, n, multiplicative ? 1 : 0);
        if (multiplicative && pattern[weekday] < 0.01)
            pattern[weekday] = 0.01; /* a weekday without spend: adjusting divides by it */
        sum += pattern[weekday] / WEEK;
    }
    for (int weekday = 1; weekday <= WEEK; weekday++)
        out->weekday[weekday] = multiplicative ? pattern[weekday] / sum : pattern[weekday] - sum;
}

/* ---- what is irregular ---- */

static double expected_at(const struct work *work, size_t i)
{
    return clean_with_weekday(work->out, day_add(work->first, (int)i), work->level[i]);
}

/* How far a regular day strays: 1.4826 * median absolute deviation from the expected value. */
static double usual_deviation(const struct work *work)
{
    size_t begin = work->count > 2 * NEWEST_DAYS ? work->count - 2 * NEWEST_DAYS : 0;
    size_t n = 0;
    for (size_t i = begin; i < work->count; i++)
        if (isfinite(work->value[i]))
            work->scratch[n++] = fabs(work->value[i] - expected_at(work, i));
    return MAD_TO_SIGMA * stats_median(work->scratch, n);
}

static bool has_charge_key(struct day day, int key)
{
    return key == CLEAN_KEY_LAST_DAY ? is_last_of_month(day) : day_of_month(day) == key;
}

/* An excursion of one day: neither neighbour strays half as far to the same side. */
static bool is_alone(const struct work *work, size_t i, double over)
{
    double before = i > 0 ? work->value[i - 1] - expected_at(work, i - 1) : 0;
    double behind = i + 1 < work->count ? work->value[i + 1] - expected_at(work, i + 1) : 0;
    double side = over > 0 ? 1 : -1; /* gaps are NaN and never stray */
    return !(side * before > 0.5 * fabs(over)) && !(side * behind > 0.5 * fabs(over));
}

/* Three alike amounts are a charge: within a quarter of their median, or within a factor of two
 * when they came on days of their own. Bursts of work that happen to meet the same date are
 * neither. */
static bool are_one_charge(const double excess[CHARGE_MONTHS], size_t alone, double middle)
{
    double slack = alone == CHARGE_MONTHS ? 2.0 : 1.25;
    for (size_t i = 0; i < CHARGE_MONTHS; i++) {
        double ratio = excess[i] / middle;
        if (ratio > slack || ratio < 1 / slack)
            return false;
    }
    return true;
}

/* The median excess of the last 3 occurrences of a day of the month when all of them stand out to
 * the same side and are alike, else 0. */
static double charge_of_key(const struct work *work, int key, double deviation)
{
    double excess[CHARGE_MONTHS];
    size_t n = 0, alone = 0;
    for (size_t i = work->count; i-- > 0 && n < CHARGE_MONTHS;) {
        if (!isfinite(work->value[i]) || !has_charge_key(day_add(work->first, (int)i), key))
            continue;
        double over = work->value[i] - expected_at(work, i);
        double least = fmax(OUTLIER_SIGMAS * deviation, CHARGE_SHARE * fabs(work->level[i]));
        if (!(fabs(over) > least) || (n > 0 && (over > 0) != (excess[0] > 0)))
            return 0;
        alone += is_alone(work, i, over);
        excess[n++] = over;
    }
    if (n < CHARGE_MONTHS)
        return 0;
    double middle = stats_median(excess, n);
    return are_one_charge(excess, alone, middle) ? middle : 0;
}

static void find_charges(struct work *work, double deviation)
{
    struct clean_series *out = work->out;
    out->charges[CLEAN_KEY_LAST_DAY] = charge_of_key(work, CLEAN_KEY_LAST_DAY, deviation);
    out->charge_days = out->charges[CLEAN_KEY_LAST_DAY] != 0;
    int keys = out->charge_days ? 27 : 31; /* do not count one charge under two keys */
    for (int key = 1; key <= keys; key++) {
        out->charges[key] = charge_of_key(work, key, deviation);
        out->charge_days += out->charges[key] != 0;
    }
    for (size_t i = 0; i < work->count; i++)
        if (clean_charge_on(out, day_add(work->first, (int)i)) != 0)
            work->irregular[i] = true;
}

static bool stands_out(const struct work *work, size_t i, double deviation)
{
    double least = fmax(OUTLIER_SIGMAS * deviation, OUTLIER_SHARE * fabs(work->level[i]));
    return isfinite(work->value[i]) && !work->irregular[i] &&
           fabs(work->value[i] - expected_at(work, i)) > least;
}

static void find_outliers(struct work *work, double deviation)
{
    for (size_t i = 0; i < work->count;) {
        size_t end = i;
        while (end < work->count && stands_out(work, end, deviation))
            end++;
        for (size_t k = i; k < end && end - i <= EXCURSION_DAYS_MAX; k++) {
            work->irregular[k] = true;
            work->out->outlier_days++;
        }
        i = end + 1;
    }
}

/* ---- level shift ---- */

static double deviation_around(const double *values, size_t count, double *scratch, double *middle)
{
    memcpy(scratch, values, count * sizeof *values);
    *middle = stats_median(scratch, count);
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fabs(values[i] - *middle);
    return sum;
}

struct shift {
    size_t at; /* first index of the newest level; 0: none */
    double before;
    double after;
};

/* The one split of the last 90 adjusted days that explains most of their absolute deviation. */
static struct shift find_shift(const double *adjusted, size_t count, double *scratch)
{
    struct shift best = {0, 0, 0};
    size_t begin = count > SHIFT_HISTORY ? count - SHIFT_HISTORY : 0;
    if (count - begin < 3 * SHIFT_DAYS_MIN)
        return best;
    double middle;
    double whole = deviation_around(adjusted + begin, count - begin, scratch, &middle);
    double least = (1 - SHIFT_GAIN) * whole;
    for (size_t at = begin + SHIFT_DAYS_MIN; at + SHIFT_DAYS_MIN <= count; at++) {
        double before, after;
        double rest = deviation_around(adjusted + begin, at - begin, scratch, &before) +
                      deviation_around(adjusted + at, count - at, scratch, &after);
        double sigma = 1.2533 * rest / (double)(count - begin);
        double jump = fabs(after - before);
        if (rest < least && jump > SHIFT_SIGMAS * sigma && jump > SHIFT_SHARE * fabs(before)) {
            least = rest;
            best = (struct shift){at, before, after};
        }
    }
    return best;
}

static void level_history(double *values, const struct shift *shift, bool multiplicative)
{
    bool scale = multiplicative && shift->before > 0 && shift->after > 0;
    double factor = scale ? shift->after / shift->before : 1;
    double offset = scale ? 0 : shift->after - shift->before;
    for (size_t i = 0; i < shift->at; i++)
        values[i] = values[i] * factor + offset;
}

/* ---- together ---- */

/* A rare event stays in what forecasts are measured against, but capped: one invoice of sixty days'
 * worth would otherwise be the width of every interval that its window touches. */
static double capped_event(double value, double expected, double deviation)
{
    double most = fmax(OUTLIER_SIGMAS * deviation, EVENT_CAP_LEVELS * fabs(expected));
    return expected + fmax(-most, fmin(most, value - expected));
}

/* Excess over the expected value of an irregular day that is no calendar charge; 0 for other days.
 */
static double excursion_at(const struct work *work, size_t i, double deviation)
{
    bool charged = clean_charge_on(work->out, day_add(work->first, (int)i)) != 0;
    if (!work->irregular[i] || charged || !isfinite(work->value[i]))
        return 0;
    double expected = expected_at(work, i);
    return capped_event(work->value[i], expected, deviation) - expected;
}

/* Bursts of work that keep coming are no noise: their mean load belongs into the next month. */
static void find_bursts(struct work *work, double deviation)
{
    size_t begin = work->count > BURST_HISTORY ? work->count - BURST_HISTORY : 0;
    size_t days = 0, run = 0, bursts = 0;
    double sum = 0;
    for (size_t i = begin; i < work->count; i++) {
        if (!isfinite(work->value[i]))
            continue;
        double excess = excursion_at(work, i, deviation);
        days++;
        sum += excess;
        run = excess != 0 ? run + 1 : 0;
        bursts += run == BURST_DAYS_MIN;
    }
    if (bursts >= BURSTS_MIN)
        work->out->burst_per_day = BURST_SHARE * sum / (double)days;
}

/* An excursion that the series ends in goes on for a while. */
static void find_carry(struct work *work, double deviation)
{
    size_t n = 0;
    double sum = 0;
    for (size_t i = work->count; i-- > 0 && n < CARRY_DAYS; n++) {
        double excess = excursion_at(work, i, deviation);
        if (excess == 0)
            break;
        sum += excess;
    }
    work->out->carry = n > 0 ? sum / (double)n : 0;
}

double clean_excursion_ahead(const struct clean_series *clean, size_t step)
{
    return clean->carry * pow(CARRY_DECAY, (double)step + 1);
}

static void fill_series(struct work *work, double deviation, double *observed, double *plain)
{
    for (size_t i = 0; i < work->count; i++) {
        double expected = expected_at(work, i);
        double charge = clean_charge_on(work->out, day_add(work->first, (int)i));
        double value = work->value[i] - charge; /* NaN in gaps */
        bool regular = isfinite(value) && !work->irregular[i];
        plain[i] = regular ? value : expected;
        observed[i] = regular           ? value
                      : isfinite(value) ? capped_event(value, expected, deviation)
                                        : NAN;
    }
}

static void set_extremes(struct clean_series *out, const double *values)
{
    out->newest_max = -INFINITY;
    out->newest_min = INFINITY;
    for (size_t i = 0; i < out->count; i++) {
        if (!isfinite(values[i]))
            continue;
        out->days_used++;
        if (values[i] < 0)
            out->ever_negative = true;
        if (i + NEWEST_DAYS >= out->count) {
            out->newest_max = fmax(out->newest_max, values[i]);
            out->newest_min = fmin(out->newest_min, values[i]);
        }
    }
}

static void level_shifts(struct work *work, double *observed, double *plain, double *adjusted)
{
    struct clean_series *out = work->out;
    for (size_t i = 0; i < work->count; i++)
        adjusted[i] = adjust(out, day_add(work->first, (int)i), plain[i]);
    struct shift shift = find_shift(adjusted, work->count, work->scratch);
    if (shift.at > 0) {
        out->shifted = true;
        out->shift_day = day_add(work->first, (int)shift.at);
        level_history(observed, &shift, out->multiplicative);
        level_history(plain, &shift, out->multiplicative);
        level_history(adjusted, &shift, out->multiplicative);
    }
    out->observed = observed;
    out->plain = plain;
    out->adjusted = adjusted;
}

bool clean_series_make(struct arena *arena, const struct series *series,
                       enum forecast_last_day last_day, struct clean_series *out)
{
    *out = (struct clean_series){0};
    size_t begin, end;
    trim(series, &begin, &end);
    bool at_series_end = end == series->count;
    if (end > begin && ((last_day == FORECAST_LAST_DAY_OPEN && at_series_end) ||
                        (last_day == FORECAST_LAST_DAY_DETECT &&
                         last_day_is_open(series->values + begin, end - begin)))) {
        out->last_day_dropped = true;
        do
            end--;
        while (end > begin && !isfinite(series->values[end - 1]));
    }
    if (end == begin)
        return false;
    out->first = day_add(series->first, (int)begin);
    out->count = end - begin;
    struct work work = {.first = out->first, .count = out->count, .out = out};
    work.value = arena_alloc(arena, out->count * sizeof(double));
    for (size_t i = 0; i < out->count; i++)
        work.value[i] = isfinite(series->values[begin + i]) ? series->values[begin + i] : NAN;
    work.level = arena_alloc(arena, out->count * sizeof(double));
    work.scratch = arena_alloc(arena, (out->count + LEVEL_WINDOW) * sizeof(double));
    work.irregular = arena_alloc_zeroed(arena, out->count, sizeof(bool));
    set_extremes(out, work.value);
    find_weekday_pattern(&work);
    find_level(&work);
    double deviation = usual_deviation(&work);
    find_charges(&work, deviation);
    if (out->count >= FORECAST_DAYS_INDICATIVE)
        find_outliers(&work, deviation);
    double *observed = arena_alloc(arena, out->count * sizeof(double));
    double *plain = arena_alloc(arena, out->count * sizeof(double));
    fill_series(&work, deviation, observed, plain);
    find_bursts(&work, deviation);
    find_carry(&work, deviation);
    level_shifts(&work, observed, plain, arena_alloc(arena, out->count * sizeof(double)));
    return true;
}
