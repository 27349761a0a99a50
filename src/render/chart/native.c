/* A plan as SVG without gnuplot: plainer (no per-template styling), the same geometry and texts.
 *
 * Called by chart_svg_all() where there is no gnuplot, so that a report never lacks its charts.
 */
#include <math.h>

#include "render/chart/chart_internal.h"

static void append_rect(struct strbuf *out, double x0, double y0, double x1, double y1,
                        uint32_t rgb)
{
    strbuf_printf(out,
                  "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"/>\n",
                  fmin(x0, x1), fmin(y0, y1), fabs(x1 - x0), fabs(y1 - y0), rgb);
}

static void append_line(struct strbuf *out, double x0, double y0, double x1, double y1,
                        uint32_t rgb, double width)
{
    strbuf_printf(out,
                  "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"%.2f\" "
                  "d=\"M%.2f,%.2f L%.2f,%.2f\"/>\n",
                  rgb, width, x0, y0, x1, y1);
}

static void append_axes(const struct chart_plan *plan, struct strbuf *out)
{
    for (size_t i = 0; i < plan->tic_count; i++) {
        uint32_t rgb = plan->tics[i] == 0 ? plan->theme->axis : plan->theme->grid;
        if (plan->chart->kind == CHART_BARS) {
            double x = plan_x_points(plan, plan->tics[i]);
            append_line(out, x, plan->top, x, plan->bottom, rgb, 0.6);
        } else {
            double y = plan_y_points(plan, plan->tics[i]);
            append_line(out, plan->left, y, plan->right, y, rgb, 0.4);
        }
    }
}

/* One stroke for each stretch without a gap. */
static void append_polyline(const struct chart_plan *plan, struct strbuf *out, size_t series,
                            const char *style, uint32_t rgb)
{
    const struct report_chart *chart = plan->chart;
    strbuf_printf(out, "<path fill=\"none\" stroke=\"#%06x\" %s d=\"", rgb, style);
    bool pen_down = false;
    for (size_t i = 0; i < chart->x_count; i++) {
        double value = chart->series[series].values[i];
        if (isfinite(value))
            strbuf_printf(out, "%c%.2f,%.2f ", pen_down ? 'L' : 'M',
                          plan_x_points(plan, plan->x[i]), plan_y_points(plan, value));
        pen_down = isfinite(value);
    }
    strbuf_append_cstr(out, "\"/>\n");
}

static void append_band(const struct chart_plan *plan, struct strbuf *out, size_t low, uint32_t rgb)
{
    const struct report_chart *chart = plan->chart;
    if (low + 1 >= chart->series_count)
        return;
    const double *lows = chart->series[low].values, *highs = chart->series[low + 1].values;
    strbuf_printf(out, "<polygon fill=\"#%06x\" points=\"", rgb);
    for (size_t i = 0; i < chart->x_count; i++)
        if (isfinite(lows[i]) && isfinite(highs[i]))
            strbuf_printf(out, "%.2f,%.2f ", plan_x_points(plan, plan->x[i]),
                          plan_y_points(plan, highs[i]));
    for (size_t i = chart->x_count; i-- > 0;)
        if (isfinite(lows[i]) && isfinite(highs[i]))
            strbuf_printf(out, "%.2f,%.2f ", plan_x_points(plan, plan->x[i]),
                          plan_y_points(plan, lows[i]));
    strbuf_append_cstr(out, "\"/>\n");
}

static void append_fan(const struct chart_plan *plan, struct strbuf *out)
{
    const struct theme *theme = plan->theme;
    append_axes(plan, out);
    append_band(plan, out, 2, theme->band_outer);
    append_band(plan, out, 4, theme->band_inner);
    static const struct {
        size_t series;
        const char *style;
    } lines[] = {
        {6, "stroke-width=\"1.00\" stroke-dasharray=\"5,3\""},
        {1, "stroke-width=\"1.20\" stroke-dasharray=\"2,2\""},
        {0, "stroke-width=\"1.60\""                         }
    };
    for (size_t i = 0; i < 3; i++)
        if (lines[i].series < plan->chart->series_count)
            append_polyline(plan, out, lines[i].series, lines[i].style,
                            lines[i].series == 6 ? theme->alert : theme->accent);
}

static void append_marks(const struct chart_plan *plan, struct strbuf *out)
{
    if (plan->chart->kind == CHART_FAN)
        append_fan(plan, out);
    bool columns = plan->chart->kind == CHART_STACKED_COLUMNS;
    if (columns || plan->chart->kind == CHART_LINES)
        append_axes(plan, out);
    for (size_t i = 0; i < plan->box_count; i++) {
        const struct chart_box *box = &plan->boxes[i];
        append_rect(out, plan_x_points(plan, box->x0), plan_y_points(plan, box->y0),
                    plan_x_points(plan, box->x1), plan_y_points(plan, box->y1), box->rgb);
    }
    if (plan->chart->kind == CHART_BARS)
        append_axes(plan, out);
    if (plan->chart->kind == CHART_LINES)
        for (size_t s = 0; s < plan->chart->series_count; s++)
            append_polyline(plan, out, s, "stroke-width=\"1.40\"", chart_series_rgb(plan, s));
}

void chart_native_svg(const struct chart_plan *plan, struct strbuf *out)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    strbuf_printf(out,
                  "<svg viewBox=\"0 0 %.0f %.0f\" xmlns=\"http://www.w3.org/2000/svg\">\n"
                  "<g font-size=\"7.5\">\n",
                  plan->width, plan->height);
    if (!plan->empty)
        append_marks(plan, out);
    for (size_t i = 0; i < plan->swatch_count; i++) {
        const struct chart_swatch *swatch = &plan->swatches[i];
        append_rect(out, swatch->x0, swatch->y0, swatch->x1, swatch->y1, swatch->rgb);
    }
    for (size_t i = 0; i < plan->text_count; i++) {
        const struct chart_text *text = &plan->texts[i];
        /* gnuplot sets a line 0.325 of its size below its middle; so do we. */
        strbuf_printf(out,
                      "<g transform=\"translate(%.2f,%.2f)\" fill=\"#%06x\" font-size=\"%.2f\" "
                      "text-anchor=\"%s\"><text>@L%zu@</text></g>\n",
                      text->x, text->y + 0.325 * text->size, text->rgb, text->size,
                      anchors[text->anchor], i);
    }
    strbuf_append_cstr(out, "</g>\n</svg>\n");
}
