/* Key figures of the HTML report: tiles, each with its value, a detail and a small line of its
 * past. */
#include <math.h>

#include "render/format.h"
#include "render/html/html.h"

enum { SPARK_WIDTH = 100, SPARK_HEIGHT = 24 };

static bool spark_range(const struct report_figure *figure, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < figure->spark_count; i++)
        if (isfinite(figure->spark[i])) {
            *low = fmin(*low, figure->spark[i]);
            *high = fmax(*high, figure->spark[i]);
        }
    return *low <= *high && figure->spark_count > 1;
}

/* Coordinates in tenths of a unit, so that they are integers; a gap ends one line and starts
 * another. */
static void append_spark(struct html *html, const struct report_figure *figure)
{
    double low;
    double high;
    if (!figure->spark || !spark_range(figure, &low, &high))
        return;
    strbuf_printf(&html->text,
                  "<dd><svg class=\"spark\" viewBox=\"-10 -10 %d %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\">",
                  SPARK_WIDTH * 10 + 20, SPARK_HEIGHT * 10 + 20);
    bool open = false;
    for (size_t i = 0; i < figure->spark_count; i++) {
        if (!isfinite(figure->spark[i])) {
            strbuf_append_cstr(&html->text, open ? "\"/>" : "");
            open = false;
            continue;
        }
        double height = high > low ? (figure->spark[i] - low) / (high - low) : 0.5;
        strbuf_append_cstr(&html->text, open ? " " : "<polyline points=\"");
        open = true;
        strbuf_printf(&html->text, "%zu,%ld", i * SPARK_WIDTH * 10 / (figure->spark_count - 1),
                      lround((1 - height) * SPARK_HEIGHT * 10));
    }
    strbuf_append_cstr(&html->text, open ? "\"/></svg></dd>" : "</svg></dd>");
}

enum gr_status html_write_figures(struct html *html, const struct report_item *item)
{
    if (item->figure_count == 0)
        return GR_OK;
    strbuf_append_cstr(&html->text, "<dl class=\"tiles\">\n");
    for (size_t i = 0; i < item->figure_count; i++) {
        const struct report_figure *figure = &item->figures[i];
        strbuf_append_cstr(&html->text, "<div><dt>");
        html_append_text(html, figure->label);
        strbuf_append_cstr(&html->text, "</dt><dd class=\"value\">");
        strbuf_clear(&html->scratch);
        format_figure(&figure->value, &html->scratch);
        html_append_text(html, strbuf_str(&html->scratch));
        strbuf_append_cstr(&html->text, "</dd>");
        if (figure->detail.len) {
            strbuf_append_cstr(&html->text, "<dd class=\"detail\">");
            html_append_text(html, figure->detail);
            strbuf_append_cstr(&html->text, "</dd>");
        }
        append_spark(html, figure);
        strbuf_append_cstr(&html->text, "</div>\n");
    }
    strbuf_append_cstr(&html->text, "</dl>\n");
    return html_flush(html);
}
