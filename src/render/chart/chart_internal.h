/* Private to render/chart: the plan of a chart (all geometry and text, in points) and its makers.
 *
 * Flow: chart_plan_make() lays a chart out; chart_script_append() or chart_native_svg() draw the
 * plan; chart_gnuplot_run() runs the script; chart_svg_clean() turns what came back into our SVG.
 */
#ifndef GR_RENDER_CHART_CHART_INTERNAL_H
#define GR_RENDER_CHART_CHART_INTERNAL_H

#include "render/chart/chart.h"
#include "render/chart/theme.h"

enum chart_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

/* A text at its vertical middle; y runs down from the top edge. */
struct chart_text {
    double x, y, size;
    enum chart_anchor anchor;
    uint32_t rgb;
    struct str text;
};

/* A legend mark: filled rectangle, corners in points. */
struct chart_swatch {
    double x0, y0, x1, y1;
    uint32_t rgb;
};

/* A bar or a segment of a column, in data coordinates. */
struct chart_box {
    double x0, y0, x1, y1;
    uint32_t rgb;
};

enum { CHART_TICS_MAX = 16 };

struct chart_plan {
    const struct report_chart *chart;
    const struct theme *theme;
    bool empty;                      /* nothing to draw but one text: no gnuplot needed */
    double width, height;            /* of the picture, points */
    double left, right, top, bottom; /* plot area, points from the top left corner */
    double x_min, x_max, y_min, y_max;
    double tics[CHART_TICS_MAX]; /* on the value axis: x of bars, y of the others */
    size_t tic_count;
    double *x; /* x_count positions: index or days from the first one */
    struct chart_text *texts;
    size_t text_count, text_capacity;
    struct chart_swatch *swatches;
    size_t swatch_count, swatch_capacity;
    struct chart_box *boxes;
    size_t box_count, box_capacity;
};

void chart_plan_make(struct arena *arena, const struct report_chart *chart,
                     const struct theme *theme, struct chart_plan *plan);
uint32_t chart_series_rgb(const struct chart_plan *plan, size_t series);

/* plan parts used by the layouts of each kind */
void plan_add_text(struct arena *arena, struct chart_plan *plan, struct chart_text text);
void plan_add_swatch(struct arena *arena, struct chart_plan *plan, struct chart_swatch swatch);
void plan_add_box(struct arena *arena, struct chart_plan *plan, struct chart_box box);
double plan_x_points(const struct chart_plan *plan, double x);
double plan_y_points(const struct chart_plan *plan, double y);
/* Nice steps (1, 2, 2.5, 5 times a power of ten) from *low to *high, which are widened to them. */
size_t scale_tics(double *low, double *high, size_t wanted, double tics[CHART_TICS_MAX]);
struct str scale_axis_text(struct arena *arena, double value, double step, double largest);
struct str scale_value_text(struct arena *arena, double value, double largest);
/* Labels under the x axis: as many as fit beside one another. */
void plan_x_labels(struct arena *arena, struct chart_plan *plan);
void plan_x_positions(struct arena *arena, struct chart_plan *plan);
/* Moves positions apart to at least `gap`, inside low..high where there is room; keeps their order.
 */
void plan_spread(double *positions, size_t count, double gap, double low, double high);

/* Appends commands and numbers for one chart, then the template. */
void chart_script_append(const struct chart_plan *plan, struct str template_text,
                         struct strbuf *script);
/* The same picture without gnuplot, as raw SVG with place marks. */
void chart_native_svg(const struct chart_plan *plan, struct strbuf *out);

/* Path of the gnuplot to run; STR_NONE when there is none. */
struct str chart_gnuplot_find(struct arena *arena, const char *program);
/* Runs `program` with `script` on standard input; its standard output is appended to `out`. */
enum gr_status chart_gnuplot_run(const char *program, struct str script, struct strbuf *out,
                                 struct gr_err *err) GR_MUST_CHECK;

/* Copies `raw` (one SVG document of gnuplot or ours) without prolog, definitions, empty groups and
 * ids, with the place marks @L<n>@ replaced by the plan's texts. GR_ERENDER on an unknown element.
 */
enum gr_status chart_svg_clean(const struct chart_plan *plan, struct str raw, struct strbuf *out,
                               struct gr_err *err) GR_MUST_CHECK;
void svg_append_escaped(struct strbuf *out, struct str text);

/* Text of a file of templates/: from `home` when given, else compiled in. */
enum gr_status chart_template_text(struct arena *arena, const char *home, struct str name,
                                   struct str *out, struct gr_err *err) GR_MUST_CHECK;

#endif
