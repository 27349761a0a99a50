/* A plan as gnuplot commands: numbers, colours and place marks, then the template's constant text.
 *
 * Called by chart_svg_all(). No text of the document is ever written here.
 *
 * What a template finds:
 *   plot area, ranges, labels and legend marks   already set
 *   $boxes   x y xlow xhigh ylow yhigh colour    bars, segments of columns
 *   $series  x, then one column a series         lines, fan (actual forecast lo95 hi95 lo80 hi80
 * budget) series_count, series_rgb[i], rgb_grid, rgb_axis, rgb_accent, rgb_alert, rgb_band_outer,
 *   rgb_band_inner
 */
#include <math.h>

#include "render/chart/chart_internal.h"

/* On screen, gnuplot counts from the bottom left, 0 to 1. */
static double screen_x(const struct chart_plan *plan, double x)
{
    return x / plan->width;
}

static double screen_y(const struct chart_plan *plan, double y)
{
    return 1 - y / plan->height;
}

static void append_frame(const struct chart_plan *plan, struct strbuf *script)
{
    strbuf_printf(script,
                  "reset\n"
                  "set encoding utf8\n"
                  "set terminal svg size %.0f,%.0f fixed noenhanced font \"Liberation Sans,7.5\"\n"
                  "set lmargin at screen %.8f\nset rmargin at screen %.8f\n"
                  "set tmargin at screen %.8f\nset bmargin at screen %.8f\n"
                  "set xrange [%.10g:%.10g]\nset yrange [%.10g:%.10g]\n"
                  "unset key\nset border 0\nunset xtics\nunset ytics\n",
                  plan->width, plan->height, screen_x(plan, plan->left),
                  screen_x(plan, plan->right), screen_y(plan, plan->top),
                  screen_y(plan, plan->bottom), plan->x_min, plan->x_max, plan->y_min, plan->y_max);
    strbuf_printf(script, "set %stics scale 0 (", plan->chart->kind == CHART_BARS ? "x" : "y");
    for (size_t i = 0; i < plan->tic_count; i++)
        strbuf_printf(script, "%s\"\" %.10g", i ? ", " : "", plan->tics[i]);
    strbuf_append_cstr(script, ")\n");
}

static void append_colours(const struct chart_plan *plan, struct strbuf *script)
{
    const struct theme *theme = plan->theme;
    strbuf_printf(script,
                  "rgb_grid = \"#%06x\"\nrgb_axis = \"#%06x\"\nrgb_accent = \"#%06x\"\n"
                  "rgb_alert = \"#%06x\"\nrgb_band_outer = \"#%06x\"\nrgb_band_inner = \"#%06x\"\n",
                  theme->grid, theme->axis, theme->accent, theme->alert, theme->band_outer,
                  theme->band_inner);
    size_t count = plan->chart->series_count;
    strbuf_printf(script, "series_count = %zu\narray series_rgb[%zu]\n", count, count);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(script, "series_rgb[%zu] = \"#%06x\"\n", i + 1, chart_series_rgb(plan, i));
}

static void append_texts(const struct chart_plan *plan, struct strbuf *script)
{
    static const char *const anchors[] = {"left", "center", "right"};
    for (size_t i = 0; i < plan->text_count; i++) {
        const struct chart_text *text = &plan->texts[i];
        strbuf_printf(script,
                      "set label %zu \"@L%zu@\" at screen %.8f, screen %.8f %s "
                      "font \",%.1f\" tc rgb \"#%06x\"\n",
                      i + 1, i, screen_x(plan, text->x), screen_y(plan, text->y),
                      anchors[text->anchor], text->size, text->rgb);
    }
    for (size_t i = 0; i < plan->swatch_count; i++) {
        const struct chart_swatch *swatch = &plan->swatches[i];
        strbuf_printf(script,
                      "set object %zu rectangle from screen %.8f, screen %.8f to screen %.8f, "
                      "screen %.8f fc rgb \"#%06x\" fs solid 1 noborder\n",
                      i + 1, screen_x(plan, swatch->x0), screen_y(plan, swatch->y0),
                      screen_x(plan, swatch->x1), screen_y(plan, swatch->y1), swatch->rgb);
    }
}

static void append_boxes(const struct chart_plan *plan, struct strbuf *script)
{
    strbuf_append_cstr(script, "$boxes << END_OF_DATA\n");
    for (size_t i = 0; i < plan->box_count; i++) {
        const struct chart_box *box = &plan->boxes[i];
        strbuf_printf(script, "%.10g %.10g %.10g %.10g %.10g %.10g %u\n", (box->x0 + box->x1) / 2,
                      (box->y0 + box->y1) / 2, box->x0, box->x1, box->y0, box->y1, box->rgb);
    }
    /* An empty block would stop gnuplot; a box of nothing is drawn as nothing. */
    if (!plan->box_count)
        strbuf_append_cstr(script, "0 0 0 0 0 0 0\n");
    strbuf_append_cstr(script, "END_OF_DATA\n");
}

static void append_series(const struct chart_plan *plan, struct strbuf *script)
{
    const struct report_chart *chart = plan->chart;
    strbuf_append_cstr(script, "$series << END_OF_DATA\n");
    for (size_t i = 0; plan->x && i < chart->x_count; i++) {
        strbuf_printf(script, "%.10g", plan->x[i]);
        for (size_t s = 0; s < chart->series_count; s++) {
            double value = chart->series[s].values[i];
            if (isfinite(value))
                strbuf_printf(script, " %.10g", value);
            else
                strbuf_append_cstr(script, " NaN");
        }
        strbuf_append_char(script, '\n');
    }
    strbuf_append_cstr(script, "END_OF_DATA\n");
}

void chart_script_append(const struct chart_plan *plan, struct str template_text,
                         struct strbuf *script)
{
    append_frame(plan, script);
    append_colours(plan, script);
    append_texts(plan, script);
    append_boxes(plan, script);
    append_series(plan, script);
    strbuf_append(script, template_text);
    strbuf_append_cstr(script, "\nset output\n"); /* closes the document on standard output */
}
