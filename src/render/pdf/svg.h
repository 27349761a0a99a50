/* Draws a chart's SVG with vector operators and the page's own fonts. */
#ifndef GR_RENDER_PDF_SVG_H
#define GR_RENDER_PDF_SVG_H

#include "render/pdf/canvas.h"

/* Draws `svg` (as chart_svg_all() makes it) with its top left corner at x, y and one unit `scale`
 * points. GR_ERENDER names an element or a path command that is not known, or where the XML breaks.
 */
enum gr_status svg_draw(struct canvas *canvas, struct str svg, double x, double y, double scale,
                        struct gr_err *err) GR_MUST_CHECK;

#endif
