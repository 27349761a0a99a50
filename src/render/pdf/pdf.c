/* The PDF renderer: charts first (one gnuplot process), then the pages, then the file. */
#include "render/pdf/pdf_internal.h"
#include "render/utf8.h"

static void warn_of_replaced(const struct canvas *canvas, const struct render_options *options)
{
    uint32_t first;
    size_t count = canvas_replaced_count(canvas, &first);
    if (!count || !options->warn)
        return;
    char text[160];
    if (first == UTF8_BAD)
        snprintf(text, sizeof text,
                 "PDF: %zu characters are shown as a white square, the first is not UTF-8", count);
    else
        snprintf(
            text, sizeof text,
            "PDF: %zu characters are shown as a white square, the first is U+%04X: no installed "
            "font has it, or it is a control character",
            count, (unsigned)first);
    options->warn(options->warn_context, text);
}

static enum gr_status draw_and_save(struct flow *flow, const struct render_options *options,
                                    FILE *out, struct gr_err *err)
{
    const struct report_doc *doc = flow->doc;
    const struct canvas_info info = {
        .title = doc->title.len ? doc->title : doc->id,
        .author = doc->author.len ? doc->author : STR("gpureport"),
        .subject = doc->subtitle,
        .as_of = doc->as_of,
    };
    canvas_set_info(flow->canvas, &info);
    GR_TRY(layout_document(flow, err));
    GR_TRY(canvas_save(flow->canvas, out, err));
    warn_of_replaced(flow->canvas, options);
    return GR_OK;
}

enum gr_status pdf_render(const struct report_doc *doc, const struct render_options *options,
                          const char *const *font_folders, FILE *out, struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct theme theme;
    struct flow flow = {.arena = &arena, .doc = doc, .theme = &theme};
    struct chart_svg *charts;
    size_t chart_count;
    enum gr_status status = theme_load(&arena, options->home, &theme, err);
    if (!status)
        status = chart_svg_all(&arena, doc, options, &charts, &chart_count, err);
    if (!status)
        status = canvas_open(font_folders, &flow.canvas, err);
    if (!status) {
        flow.charts = charts;
        status = draw_and_save(&flow, options, out, err);
    }
    canvas_close(flow.canvas);
    arena_deinit(&arena);
    return status ? gr_wrap(err, "pdf") : GR_OK;
}

static enum gr_status pdf_render_with_system_fonts(const struct report_doc *doc,
                                                   const struct render_options *options, FILE *out,
                                                   struct gr_err *err)
{
    return pdf_render(doc, options, NULL, out, err);
}

const struct renderer renderer_pdf = {RENDERER_PDF, .render = pdf_render_with_system_fonts};
