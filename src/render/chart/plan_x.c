/* The x axis of columns and lines: positions, and as many readable dates as fit. */
#include <math.h>

#include "base/day.h"
#include "render/chart/chart_internal.h"

static const double LABEL_SIZE = 7.5;

static const char *const month_names[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* True when every x is a day, ascending. */
static bool days_read(const struct report_chart *chart, struct day *days)
{
    if (!chart->x_is_day)
        return false;
    for (size_t i = 0; i < chart->x_count; i++) {
        if (!day_read(chart->x[i], &days[i]))
            return false;
        if (i && days[i].since_1970 <= days[i - 1].since_1970)
            return false;
    }
    return chart->x_count > 0;
}

/* True when days are all firsts of months, so that a month takes one column. */
static bool days_are_months(const struct day *days, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (month_first(days[i]).since_1970 != days[i].since_1970)
            return false;
    return count > 1;
}

void plan_x_positions(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    struct day *days = arena_alloc(arena, (chart->x_count + 1) * sizeof *days);
    bool dated = days_read(chart, days) && !days_are_months(days, chart->x_count);
    plan->x = arena_alloc(arena, (chart->x_count + 1) * sizeof *plan->x);
    for (size_t i = 0; i < chart->x_count; i++)
        plan->x[i] = dated ? (double)(days[i].since_1970 - days[0].since_1970) : (double)i;
    plan->x_min = 0;
    plan->x_max = chart->x_count ? plan->x[chart->x_count - 1] : 0;
    if (chart->kind != CHART_STACKED_COLUMNS && plan->x_max <= plan->x_min) {
        plan->x_min -= 1; /* a single point stands in the middle */
        plan->x_max += 1;
    }
}

/* "7 Oct"; the first label and each January's carry the year. */
static struct str day_text(struct arena *arena, struct day day, bool months, bool with_year)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    const char *name = month_names[month - 1];
    if (months)
        return with_year ? arena_printf(arena, "%s %d", name, year) : str_from(name);
    return with_year ? arena_printf(arena, "%d %s %d", day_of_month, name, year)
                     : arena_printf(arena, "%d %s", day_of_month, name);
}

/* Which of the days may carry a label: each, every 7th, or firsts of months. */
static bool day_is_candidate(struct day day, struct day first, int span)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    if (span > 70)
        return day_of_month == 1;
    int step = span > 16 ? 7 : 1;
    return (day.since_1970 - first.since_1970) % step == 0;
}

/* Places a label under x unless it would touch the one before. */
static bool place_label(struct arena *arena, struct chart_plan *plan, double x, struct str text,
                        double *free_from)
{
    double half = chart_text_width(text, LABEL_SIZE) / 2;
    double middle = plan_x_points(plan, x);
    middle = fmin(fmax(middle, half), plan->width - half);
    if (middle - half < *free_from)
        return false;
    *free_from = middle + half + 8;
    plan_add_text(arena, plan,
                  (struct chart_text){middle, plan->bottom + 9, LABEL_SIZE, ANCHOR_MIDDLE,
                                      plan->theme->ink_soft, text});
    return true;
}

static void label_days(struct arena *arena, struct chart_plan *plan, const struct day *days)
{
    size_t count = plan->chart->x_count;
    int span = days[count - 1].since_1970 - days[0].since_1970 + 1;
    bool months = span > 70;
    double free_from = 0;
    int labelled_year = 0;
    for (size_t i = 0; i < count; i++) {
        if (!day_is_candidate(days[i], days[0], span))
            continue;
        int year, month, day_of_month;
        day_to_ymd(days[i], &year, &month, &day_of_month);
        struct str text = day_text(arena, days[i], months, year != labelled_year);
        if (place_label(arena, plan, plan->x[i], text, &free_from))
            labelled_year = year;
    }
}

void plan_x_labels(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    struct day *days = arena_alloc(arena, (chart->x_count + 1) * sizeof *days);
    if (days_read(chart, days)) {
        label_days(arena, plan, days);
        return;
    }
    double free_from = 0;
    for (size_t i = 0; i < chart->x_count; i++)
        place_label(arena, plan, plan->x[i], chart_text_fit(arena, chart->x[i], LABEL_SIZE, 70),
                    &free_from);
}
