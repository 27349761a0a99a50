/* The outputs that need libraries of their own, as a program without these libraries knows them: by
 * name. cli/ starts the program that has them (see cli/documents.h) before it has done anything, so
 * that no other call pays for loading them.
 */
#include "render/renderer.h"

static enum gr_status render_elsewhere(const struct report_doc *doc,
                                       const struct render_options *options, FILE *out,
                                       struct gr_err *err)
{
    (void)doc, (void)options, (void)out;
    return gr_fail(err, GR_ERENDER, "this program does not have the library for such a file");
}

const struct renderer renderer_xlsx = {RENDERER_XLSX, .elsewhere = true,
                                       .render = render_elsewhere};
const struct renderer renderer_pdf = {RENDERER_PDF, .elsewhere = true, .render = render_elsewhere};
const struct renderer renderer_html = {RENDERER_HTML, .elsewhere = true,
                                       .render = render_elsewhere};
