/* Lays a chart out: sizes, axes, bars, labels and where each stands, in points.
 *
 * Called by chart_svg_all(). Knows neither gnuplot nor SVG. Labels are measured and placed here, so
 * that nothing can overlap whoever draws the plan.
 */
#include <math.h>
#include <string.h>

#include "base/day.h"
#include "render/chart/chart_internal.h"

enum { BAR_CATEGORIES_MAX = 25, STACK_HEIGHT = 190, LINE_HEIGHT = 180, LABEL_GAP = 10 };
static const double LABEL_SIZE = 7.5;
static const double UNIT_SIZE = 7.0;

/* Room for one more in an array that the arena owns. */
static void *grown(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t more = *capacity ? *capacity * 2 : 32;
    void *bigger = arena_alloc(arena, more * size);
    if (count)
        memcpy(bigger, items, count * size);
    *capacity = more;
    return bigger;
}

void plan_add_text(struct arena *arena, struct chart_plan *plan, struct chart_text text)
{
    plan->texts = grown(arena, plan->texts, plan->text_count, &plan->text_capacity, sizeof text);
    plan->texts[plan->text_count++] = text;
}

void plan_add_swatch(struct arena *arena, struct chart_plan *plan, struct chart_swatch swatch)
{
    plan->swatches =
        grown(arena, plan->swatches, plan->swatch_count, &plan->swatch_capacity, sizeof swatch);
    plan->swatches[plan->swatch_count++] = swatch;
}

void plan_add_box(struct arena *arena, struct chart_plan *plan, struct chart_box box)
{
    plan->boxes = grown(arena, plan->boxes, plan->box_count, &plan->box_capacity, sizeof box);
    plan->boxes[plan->box_count++] = box;
}

double plan_x_points(const struct chart_plan *plan, double x)
{
    return plan->left +
           (x - plan->x_min) / (plan->x_max - plan->x_min) * (plan->right - plan->left);
}

double plan_y_points(const struct chart_plan *plan, double y)
{
    return plan->bottom -
           (y - plan->y_min) / (plan->y_max - plan->y_min) * (plan->bottom - plan->top);
}

uint32_t chart_series_rgb(const struct chart_plan *plan, size_t series)
{
    struct str name = plan->chart->series[series].name;
    if (str_is(name, "(other)"))
        return plan->theme->other;
    if (str_is(name, "(untagged)") || str_is(name, "(none)"))
        return plan->theme->untagged;
    return plan->theme->series[series % THEME_SERIES_MAX];
}

void plan_spread(double *positions, size_t count, double gap, double low, double high)
{
    for (size_t i = 0; i < count; i++) {
        double least = i ? positions[i - 1] + gap : low;
        if (!(positions[i] >= least))
            positions[i] = least;
    }
    for (size_t i = count; i-- > 0;) {
        double most = i + 1 < count ? positions[i + 1] - gap : high;
        if (positions[i] > most)
            positions[i] = most;
    }
}

/* Heights beyond any bill would overflow the arithmetic of an axis: clamped. */
static double finite_or_zero(double value)
{
    return isfinite(value) ? fmin(fmax(value, -1e24), 1e24) : 0;
}

/* What the numbers on the value axis count, in the top left corner. */
static void plan_unit(struct arena *arena, struct chart_plan *plan)
{
    if (plan->chart->unit.len)
        plan_add_text(arena, plan,
                      (struct chart_text){0, 7, UNIT_SIZE, ANCHOR_START, plan->theme->ink_soft,
                                          chart_text_fit(arena, plan->chart->unit, UNIT_SIZE, 90)});
}

/* ---- bars: categories top-down ---- */

static void bars_legend(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    if (chart->series_count < 2)
        return;
    const uint32_t colours[2] = {plan->theme->accent, plan->theme->accent_pale};
    double x = plan->left;
    for (size_t i = 0; i < 2; i++) {
        double room = (plan->width - plan->left) / 2 - 20;
        struct str name = chart_text_fit(arena, chart->series[i].name, LABEL_SIZE, room);
        plan_add_swatch(arena, plan, (struct chart_swatch){x, 4, x + 7, 11, colours[i]});
        plan_add_text(arena, plan,
                      (struct chart_text){x + 10, 7.5, LABEL_SIZE, ANCHOR_START,
                                          plan->theme->ink_soft, name});
        x += 10 + chart_text_width(name, LABEL_SIZE) + 14;
    }
}

/* The bars of one category with the figure at their ends; the earlier period is thin, below. */
static void bars_category(struct arena *arena, struct chart_plan *plan, size_t i, double largest)
{
    const struct report_chart *chart = plan->chart;
    bool two = chart->series_count > 1;
    double value = finite_or_zero(chart->series[0].values[i]);
    double y = -(double)i;
    plan_add_box(
        arena, plan,
        (struct chart_box){0, two ? y - 0.12 : y - 0.33, value, y + 0.33, plan->theme->accent});
    if (two)
        plan_add_box(arena, plan,
                     (struct chart_box){0, y - 0.36, finite_or_zero(chart->series[1].values[i]),
                                        y - 0.12, plan->theme->accent_pale});
    double middle = plan_y_points(plan, two ? y + 0.1 : y);
    plan_add_text(
        arena, plan,
        (struct chart_text){plan->left - 6, plan_y_points(plan, y), LABEL_SIZE, ANCHOR_END,
                            plan->theme->ink,
                            chart_text_fit(arena, chart->x[i], LABEL_SIZE, plan->left - 8)});
    struct str figure =
        isfinite(chart->series[0].values[i]) ? scale_value_text(arena, value, largest) : STR("n/a");
    plan_add_text(arena, plan,
                  (struct chart_text){plan_x_points(plan, value) + (value < 0 ? -4 : 4), middle,
                                      LABEL_SIZE, value < 0 ? ANCHOR_END : ANCHOR_START,
                                      plan->theme->ink, figure});
}

/* True when the figures of some bars stand at the left of the axis. */
static bool bars_have_credits(const struct report_chart *chart, size_t shown)
{
    for (size_t i = 0; i < shown; i++)
        if (finite_or_zero(chart->series[0].values[i]) < 0)
            return true;
    return false;
}

static void bars_range(struct chart_plan *plan, size_t shown, double *largest)
{
    double low = 0, high = 0;
    for (size_t s = 0; s < plan->chart->series_count && s < 2; s++)
        for (size_t i = 0; i < shown; i++) {
            low = fmin(low, finite_or_zero(plan->chart->series[s].values[i]));
            high = fmax(high, finite_or_zero(plan->chart->series[s].values[i]));
        }
    *largest = fmax(high, -low);
    plan->x_min = low;
    plan->x_max = high > low ? high : low + 1;
}

static void plan_bars(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    size_t shown = chart->x_count < BAR_CATEGORIES_MAX ? chart->x_count : BAR_CATEGORIES_MAX;
    double pitch = chart->series_count > 1 ? 19 : 15;
    double largest;
    bars_range(plan, shown, &largest);
    double names = 40, figures = 20;
    for (size_t i = 0; i < shown; i++) {
        names = fmax(names, chart_text_width(chart->x[i], LABEL_SIZE));
        figures =
            fmax(figures,
                 chart_text_width(
                     scale_value_text(arena, finite_or_zero(chart->series[0].values[i]), largest),
                     LABEL_SIZE));
    }
    plan->left = fmin(names, 160) + 10;
    plan->right = plan->width - figures - 8;
    plan->top = chart->unit.len || chart->series_count > 1 ? 16 : 4;
    plan->bottom = plan->top + pitch * (double)(shown ? shown : 1);
    plan->height = plan->bottom + 4;
    plan->y_min = -(double)(shown ? shown : 1) + 0.5;
    plan->y_max = 0.5;
    if (bars_have_credits(chart, shown)) /* room for their figures */
        plan->x_min -= (figures + 8) / (plan->right - plan->left) * (plan->x_max - plan->x_min);
    plan->tics[plan->tic_count++] = 0;
    bars_legend(arena, plan);
    for (size_t i = 0; i < shown; i++)
        bars_category(arena, plan, i, largest);
    if (shown < chart->x_count) {
        plan->height += 12;
        plan_add_text(arena, plan,
                      (struct chart_text){
                          plan->left, plan->height - 8, LABEL_SIZE, ANCHOR_START,
                          plan->theme->ink_soft,
                          arena_printf(arena, "and %zu more, not drawn", chart->x_count - shown)});
    }
}

/* ---- columns and lines: x runs left to right ---- */

struct end_label {
    double y;
    struct str text;
    uint32_t rgb;
};

/* Names beside the right edge, each at its y as far as they don't touch. */
static void plan_end_labels(struct arena *arena, struct chart_plan *plan, struct end_label *labels,
                            size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j && labels[j].y < labels[j - 1].y; j--) {
            struct end_label swap = labels[j];
            labels[j] = labels[j - 1];
            labels[j - 1] = swap;
        }
    double *y = arena_alloc(arena, (count + 1) * sizeof *y);
    for (size_t i = 0; i < count; i++)
        y[i] = labels[i].y;
    plan_spread(y, count, LABEL_GAP, plan->top + 2, plan->bottom - 2);
    double x = plan->right + 8;
    for (size_t i = 0; i < count; i++) {
        plan_add_swatch(arena, plan,
                        (struct chart_swatch){x, y[i] - 3, x + 6, y[i] + 3, labels[i].rgb});
        plan_add_text(arena, plan,
                      (struct chart_text){
                          x + 9, y[i], LABEL_SIZE, ANCHOR_START, plan->theme->ink,
                          chart_text_fit(arena, labels[i].text, LABEL_SIZE, plan->width - x - 10)});
    }
}

static double end_labels_width(const struct end_label *labels, size_t count)
{
    double widest = 0;
    for (size_t i = 0; i < count; i++)
        widest = fmax(widest, chart_text_width(labels[i].text, LABEL_SIZE));
    return count ? fmin(widest, 130) + 20 : 10;
}

/* Plot area, value axis with its texts, x texts. `labels` gives the room at the right. */
static void plan_frame(struct arena *arena, struct chart_plan *plan, double low, double high,
                       double labels_width, double height)
{
    plan->height = height;
    plan->top = 16;
    plan->bottom = height - 16;
    plan->right = plan->width - labels_width;
    plan->tic_count = scale_tics(&low, &high, 5, plan->tics);
    plan->y_min = low;
    plan->y_max = high;
    double step = plan->tic_count > 1 ? plan->tics[1] - plan->tics[0] : 1;
    double largest = fmax(high, -low);
    double widest = 0;
    for (size_t i = 0; i < plan->tic_count; i++)
        widest = fmax(widest, chart_text_width(scale_axis_text(arena, plan->tics[i], step, largest),
                                               LABEL_SIZE));
    plan->left = widest + 8;
    for (size_t i = 0; i < plan->tic_count; i++)
        plan_add_text(arena, plan,
                      (struct chart_text){plan->left - 5, plan_y_points(plan, plan->tics[i]),
                                          LABEL_SIZE, ANCHOR_END, plan->theme->ink_soft,
                                          scale_axis_text(arena, plan->tics[i], step, largest)});
    plan_x_labels(arena, plan);
}

static void stack_range(const struct report_chart *chart, double *low, double *high)
{
    *low = *high = 0;
    for (size_t i = 0; i < chart->x_count; i++) {
        double up = 0, down = 0;
        for (size_t s = 0; s < chart->series_count; s++) {
            double value = finite_or_zero(chart->series[s].values[i]);
            *(value < 0 ? &down : &up) += value;
        }
        *low = fmin(*low, down);
        *high = fmax(*high, up);
    }
}

/* Credits hang below the axis, so that a column's height is what was spent. */
static void stack_boxes(struct arena *arena, struct chart_plan *plan, struct end_label *labels)
{
    const struct report_chart *chart = plan->chart;
    double half = chart->x_count > 60 ? 0.45 : 0.38;
    for (size_t i = 0; i < chart->x_count; i++) {
        double up = 0, down = 0;
        for (size_t s = 0; s < chart->series_count; s++) {
            double value = finite_or_zero(chart->series[s].values[i]);
            double *base = value < 0 ? &down : &up;
            if (value != 0)
                plan_add_box(arena, plan,
                             (struct chart_box){plan->x[i] - half, *base, plan->x[i] + half,
                                                *base + value, chart_series_rgb(plan, s)});
            labels[s].y = plan_y_points(plan, *base + value / 2);
            *base += value;
        }
    }
}

static void plan_stacked(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    size_t count = chart->series_count;
    struct end_label *labels = arena_alloc_zeroed(arena, count + 1, sizeof *labels);
    for (size_t s = 0; s < count; s++) {
        labels[s].text = chart->series[s].name;
        labels[s].rgb = chart_series_rgb(plan, s);
    }
    double low, high;
    stack_range(chart, &low, &high);
    plan_x_positions(arena, plan);
    plan->x_min -= 0.5;
    plan->x_max += 0.5;
    double height = fmax(STACK_HEIGHT, 40 + LABEL_GAP * (double)count);
    plan_frame(arena, plan, low, high, end_labels_width(labels, count), height);
    stack_boxes(arena, plan, labels);
    plan_end_labels(arena, plan, labels, count);
}

static void lines_range(const struct report_chart *chart, double *low, double *high)
{
    *low = *high = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t i = 0; i < chart->x_count; i++) {
            *low = fmin(*low, finite_or_zero(chart->series[s].values[i]));
            *high = fmax(*high, finite_or_zero(chart->series[s].values[i]));
        }
}

/* Index of the last point that is there; x_count when there is none. */
static size_t series_last(const struct report_chart *chart, size_t series)
{
    for (size_t i = chart->x_count; i-- > 0;)
        if (isfinite(chart->series[series].values[i]))
            return i;
    return chart->x_count;
}

/* A point between two gaps would be a line without length: a small square instead. */
static void plan_lone_points(struct arena *arena, struct chart_plan *plan, size_t series,
                             uint32_t rgb)
{
    const double *values = plan->chart->series[series].values;
    size_t count = plan->chart->x_count;
    double half_x = 2 * (plan->x_max - plan->x_min) / (plan->right - plan->left);
    double half_y = 2 * (plan->y_max - plan->y_min) / (plan->bottom - plan->top);
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]) && !(i && isfinite(values[i - 1])) &&
            !(i + 1 < count && isfinite(values[i + 1])))
            plan_add_box(arena, plan,
                         (struct chart_box){plan->x[i] - half_x, values[i] - half_y,
                                            plan->x[i] + half_x, values[i] + half_y, rgb});
}

static void plan_lines(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    struct end_label *labels = arena_alloc_zeroed(arena, chart->series_count + 1, sizeof *labels);
    size_t count = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        if (series_last(chart, s) < chart->x_count) {
            labels[count].text = chart->series[s].name;
            labels[count].y = chart->series[s].values[series_last(chart, s)];
            labels[count++].rgb = chart_series_rgb(plan, s);
        }
    double low, high;
    lines_range(chart, &low, &high);
    plan_x_positions(arena, plan);
    double height = fmax(LINE_HEIGHT, 40 + LABEL_GAP * (double)count);
    plan_frame(arena, plan, low, high, end_labels_width(labels, count), height);
    for (size_t i = 0; i < count; i++)
        labels[i].y = plan_y_points(plan, labels[i].y);
    plan_end_labels(arena, plan, labels, count);
    for (size_t s = 0; s < chart->series_count; s++)
        plan_lone_points(arena, plan, s, chart_series_rgb(plan, s));
}

/* ---- fan ---- */

enum { FAN_ACTUAL, FAN_FORECAST, FAN_LOW95, FAN_HIGH95, FAN_LOW80, FAN_HIGH80, FAN_BUDGET };

static struct str fan_name(const struct report_chart *chart, size_t series, struct str otherwise)
{
    return chart->series[series].name.len ? chart->series[series].name : otherwise;
}

static size_t fan_labels(const struct chart_plan *plan, struct end_label *labels)
{
    const struct report_chart *chart = plan->chart;
    const struct {
        size_t series;
        struct str text;
        uint32_t rgb;
    } rows[] = {
        {FAN_ACTUAL,               fan_name(chart, FAN_ACTUAL, STR("Actual")), plan->theme->accent},
        {FAN_FORECAST,     STR("Forecast"),                   plan->theme->accent                 },
        {FAN_HIGH95,     STR("95 % range"), plan->theme->band_outer},
        {FAN_HIGH80, STR("80 % range"),               plan->theme->band_inner                               },
        {FAN_BUDGET, STR("Budget"), plan->theme->alert},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].series >= chart->series_count)
            continue;
        size_t last = series_last(chart, rows[i].series);
        if (last == chart->x_count)
            continue;
        /* The actual line ends inside the plot once there is a forecast: named there. */
        if (rows[i].series == FAN_ACTUAL && last + 1 < chart->x_count)
            continue;
        labels[count].y = chart->series[rows[i].series].values[last];
        labels[count].text = rows[i].text;
        labels[count++].rgb = rows[i].rgb;
    }
    return count;
}

static void fan_actual_label(struct arena *arena, struct chart_plan *plan)
{
    const struct report_chart *chart = plan->chart;
    size_t last = chart->series_count ? series_last(chart, FAN_ACTUAL) : chart->x_count;
    if (last + 1 >= chart->x_count)
        return;
    struct str name = fan_name(chart, FAN_ACTUAL, STR("Actual"));
    double width = chart_text_width(name, LABEL_SIZE);
    double x = plan_x_points(plan, plan->x[last]) - 4;
    double y = plan_y_points(plan, chart->series[FAN_ACTUAL].values[last]) - 9;
    plan_add_text(arena, plan,
                  (struct chart_text){fmax(x, plan->left + width + 4), fmax(y, plan->top + 4),
                                      LABEL_SIZE, ANCHOR_END, plan->theme->accent, name});
}

static void plan_fan(struct arena *arena, struct chart_plan *plan)
{
    struct end_label labels[5];
    size_t count = fan_labels(plan, labels);
    double low, high;
    lines_range(plan->chart, &low, &high);
    plan_x_positions(arena, plan);
    plan_frame(arena, plan, low, high, end_labels_width(labels, count), STACK_HEIGHT);
    for (size_t i = 0; i < count; i++)
        labels[i].y = plan_y_points(plan, labels[i].y);
    plan_end_labels(arena, plan, labels, count);
    fan_actual_label(arena, plan);
    for (size_t s = FAN_ACTUAL; s <= FAN_FORECAST && s < plan->chart->series_count; s++)
        plan_lone_points(arena, plan, s, plan->theme->accent);
}

static void plan_empty(struct arena *arena, struct chart_plan *plan)
{
    plan->empty = true;
    plan->height = 30;
    plan_add_text(arena, plan,
                  (struct chart_text){plan->width / 2, 15, LABEL_SIZE, ANCHOR_MIDDLE,
                                      plan->theme->ink_soft, STR("No data")});
}

void chart_plan_make(struct arena *arena, const struct report_chart *chart,
                     const struct theme *theme, struct chart_plan *plan)
{
    static void (*const makers[])(struct arena *, struct chart_plan *) = {
        [CHART_BARS] = plan_bars,
        [CHART_STACKED_COLUMNS] = plan_stacked,
        [CHART_LINES] = plan_lines,
        [CHART_FAN] = plan_fan,
    };
    *plan = (struct chart_plan){.chart = chart, .theme = theme, .width = CHART_WIDTH_POINTS};
    if (!chart->x_count || !chart->series_count) {
        plan_empty(arena, plan);
        return;
    }
    plan_unit(arena, plan);
    makers[chart->kind](arena, plan);
}
