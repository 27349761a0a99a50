/* Charts: every chart of a document as SVG text, drawn by one gnuplot process.
 *
 * The PDF renderer draws the SVG with vector operators, the HTML renderer puts it inline. Titles
 * are not in the picture: renderers set them in their own type. No text of the document ever
 * reaches gnuplot: it sees numbers and place marks ("@L7@"), which are replaced afterwards, so a
 * hostile team name can't become a command. Where there is no gnuplot, a plain drawing is made here
 * instead.
 */
#ifndef GR_RENDER_CHART_CHART_H
#define GR_RENDER_CHART_CHART_H

#include "render/renderer.h"

/* Width of every chart: the text width of an A4 page with 40 pt margins. */
enum { CHART_WIDTH_POINTS = 515 };

struct chart_svg {
    const struct report_chart *chart;
    struct str text;     /* <svg ...>...</svg>, no prolog, no ids, no style, no script */
    double width_points; /* of its viewBox */
    double height_points;
};

/* All charts of `doc` in document order (sections, then items) into *out[0..*count). Memory is the
 * arena's. options->gnuplot NULL searches PATH; none found: drawn natively, options->warn says so.
 * GR_ERENDER when gnuplot ran and failed, took longer than 30 s, or wrote what is not an SVG of
 * ours; GR_EUSAGE when a template named by a chart is not there. */
enum gr_status chart_svg_all(struct arena *arena, const struct report_doc *doc,
                             const struct render_options *options, struct chart_svg **out,
                             size_t *count, struct gr_err *err) GR_MUST_CHECK;

/* Width of a text in points in Liberation Sans (metric-equal to Arial and Helvetica), from a
 * built-in table; for other scripts an estimate that is rather too wide. */
double chart_text_width(struct str text, double size_points);
/* `text` cut with an ellipsis so that it is at most `width` points wide. */
struct str chart_text_fit(struct arena *arena, struct str text, double size_points, double width);

#endif
