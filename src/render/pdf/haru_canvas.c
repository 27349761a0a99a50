/* Opening, pages, shapes and text of a canvas. Called by the layout; knows no report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/pdf/bidi.h"
#include "render/pdf/haru_internal.h"
#include "render/utf8.h"

/* Keeps the first error; HARU() makes no call afterwards, so nothing cascades. */
static void on_error(HPDF_STATUS code, HPDF_STATUS detail, void *context)
{
    struct canvas *canvas = context;
    if (canvas->failed_call)
        return;
    canvas->failed_call = canvas->call ? canvas->call : "HPDF_New";
    canvas->failed_code = code;
    canvas->failed_detail = detail;
}

void haru_check(struct canvas *canvas, bool good, const char *call)
{
    if (!good && !canvas->failed_call)
        canvas->failed_call = call;
}

static void document_set_up(struct canvas *canvas)
{
    HARU(canvas, HPDF_UseUTFEncodings, canvas->doc);
    HARU(canvas, HPDF_SetCurrentEncoder, canvas->doc, "UTF-8");
    HARU(canvas, HPDF_SetCompressionMode, canvas->doc, HPDF_COMP_ALL);
    HARU(canvas, HPDF_SetPageMode, canvas->doc, HPDF_PAGE_MODE_USE_OUTLINE);
    tags_open(canvas);
}

enum gr_status canvas_open(const char *const *font_folders, struct canvas **out, struct gr_err *err)
{
    struct canvas *canvas = gr_alloc_zeroed(1, sizeof *canvas);
    canvas->texts = ARENA_EMPTY;
    enum gr_status status = fonts_find(canvas, font_folders, err);
    if (!status) {
        canvas->doc = HPDF_New(on_error, canvas);
        if (!canvas->doc)
            status = gr_fail(err, GR_ERENDER, "libharu could not start a document");
    }
    if (status) {
        canvas_close(canvas);
        return status;
    }
    document_set_up(canvas);
    *out = canvas;
    return GR_OK;
}

void canvas_close(struct canvas *canvas)
{
    if (!canvas)
        return;
    if (canvas->doc)
        HPDF_Free(canvas->doc);
    for (size_t i = 0; i < FONT_FILES; i++)
        free(canvas->fonts[i].path);
    for (size_t i = 0; i < FACE_COUNT; i++)
        free(canvas->glyphs[i]);
    free(canvas->pages);
    free(canvas->page_marks);
    free(canvas->mark_counts);
    arena_deinit(&canvas->texts);
    free(canvas);
}

/* ---- pages ---- */

static void page_state_unknown(struct canvas *canvas)
{
    canvas->fill_rgb = canvas->stroke_rgb = RGB_UNSET;
    canvas->line_width = -1;
    canvas->dashed = true;
}

void canvas_page_add(struct canvas *canvas)
{
    if (canvas->page_count == canvas->page_capacity) {
        size_t more = canvas->page_capacity ? canvas->page_capacity * 2 : 16;
        canvas->pages = gr_realloc(canvas->pages, more * sizeof *canvas->pages);
        canvas->page_marks = gr_realloc(canvas->page_marks, more * sizeof *canvas->page_marks);
        canvas->mark_counts = gr_realloc(canvas->mark_counts, more * sizeof *canvas->mark_counts);
        canvas->page_capacity = more;
    }
    canvas->page = HARU(canvas, HPDF_AddPage, canvas->doc);
    HARU(canvas, HPDF_Page_SetWidth, canvas->page, (HPDF_REAL)PAGE_WIDTH);
    HARU(canvas, HPDF_Page_SetHeight, canvas->page, (HPDF_REAL)PAGE_HEIGHT);
    canvas->page_index = canvas->page_count++;
    canvas->pages[canvas->page_index] = canvas->page;
    tags_page_added(canvas);
    page_state_unknown(canvas);
}

size_t canvas_page_count(const struct canvas *canvas)
{
    return canvas->page_count;
}

void canvas_page_select(struct canvas *canvas, size_t index)
{
    canvas->page = canvas->pages[index];
    canvas->page_index = index;
    page_state_unknown(canvas);
}

void canvas_bookmark(struct canvas *canvas, struct str title, double y)
{
    HPDF_Encoder encoder = HARU(canvas, HPDF_GetEncoder, canvas->doc, "UTF-8");
    struct str text = arena_str(&canvas->texts, title);
    HPDF_Outline entry =
        HARU(canvas, HPDF_CreateOutline, canvas->doc, NULL, text.ptr ? text.ptr : "", encoder);
    HPDF_Array target = haru_array(canvas);
    /* written by hand: PDF/A wants it direct, and libharu's own call refuses to keep the zoom */
    HARU(canvas, HPDF_Array_Add, target, canvas->page);
    HARU(canvas, HPDF_Array_AddName, target, "FitH");
    HARU(canvas, HPDF_Array_AddReal, target, (HPDF_REAL)(PAGE_HEIGHT - y));
    HARU(canvas, HPDF_Dict_Add, (HPDF_Dict)entry, "Dest", target);
}

/* ---- shapes ---- */

/* Hundredths of a point are finer than any printer and keep files small. */
static HPDF_REAL rounded(double value)
{
    return (HPDF_REAL)(round(value * 100) / 100);
}

static HPDF_REAL up(double y)
{
    return rounded(PAGE_HEIGHT - y);
}

static HPDF_REAL part(uint32_t rgb, int shift)
{
    return (HPDF_REAL)(round((rgb >> shift & 0xFF) / 255.0 * 1000) / 1000);
}

static void use_fill(struct canvas *canvas, uint32_t rgb)
{
    if (canvas->fill_rgb == rgb)
        return;
    HARU(canvas, HPDF_Page_SetRGBFill, canvas->page, part(rgb, 16), part(rgb, 8), part(rgb, 0));
    canvas->fill_rgb = rgb;
}

static void use_stroke(struct canvas *canvas, uint32_t rgb, double width)
{
    if (canvas->stroke_rgb != rgb)
        HARU(canvas, HPDF_Page_SetRGBStroke, canvas->page, part(rgb, 16), part(rgb, 8),
             part(rgb, 0));
    if (canvas->line_width != width)
        HARU(canvas, HPDF_Page_SetLineWidth, canvas->page, rounded(width));
    canvas->stroke_rgb = rgb;
    canvas->line_width = width;
}

static void use_dash(struct canvas *canvas, const struct path_style *style)
{
    HPDF_UINT16 lengths[4];
    size_t count = style->dash_count & ~(size_t)1;
    if (count > 4)
        count = 4;
    for (size_t i = 0; i < count; i++) /* libharu takes whole points only */
        lengths[i] = (HPDF_UINT16)fmin(fmax(round(style->dash[i]), 1), 100);
    if (count || canvas->dashed)
        HARU(canvas, HPDF_Page_SetDash, canvas->page, count ? lengths : NULL, (HPDF_UINT)count, 0);
    canvas->dashed = count > 0;
}

static void use_style(struct canvas *canvas, const struct path_style *style)
{
    if (style->fill)
        use_fill(canvas, style->fill_rgb);
    if (style->stroke) {
        use_stroke(canvas, style->stroke_rgb, style->width);
        use_dash(canvas, style);
    }
}

static void paint(struct canvas *canvas, const struct path_style *style)
{
    if (canvas->failed_call || HPDF_Page_GetGMode(canvas->page) != HPDF_GMODE_PATH_OBJECT)
        return;
    if (style->closed)
        HARU(canvas, HPDF_Page_ClosePath, canvas->page);
    if (style->fill && style->stroke)
        HARU(canvas, HPDF_Page_FillStroke, canvas->page);
    else if (style->fill)
        HARU(canvas, HPDF_Page_Fill, canvas->page);
    else if (style->stroke)
        HARU(canvas, HPDF_Page_Stroke, canvas->page);
    else
        HARU(canvas, HPDF_Page_EndPath, canvas->page);
}

void canvas_path(struct canvas *canvas, const struct path_point *points, size_t count,
                 const struct path_style *style)
{
    use_style(canvas, style);
    bool pen_down = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(points[i].x) || !isfinite(points[i].y)) {
            pen_down = false;
            continue;
        }
        if (pen_down && !points[i].starts)
            HARU(canvas, HPDF_Page_LineTo, canvas->page, rounded(points[i].x), up(points[i].y));
        else
            HARU(canvas, HPDF_Page_MoveTo, canvas->page, rounded(points[i].x), up(points[i].y));
        pen_down = true;
    }
    paint(canvas, style);
}

void canvas_circle(struct canvas *canvas, double x, double y, double radius,
                   const struct path_style *style)
{
    if (!isfinite(x) || !isfinite(y) || !isfinite(radius) || radius <= 0)
        return;
    use_style(canvas, style);
    HARU(canvas, HPDF_Page_Circle, canvas->page, rounded(x), up(y), rounded(radius));
    paint(canvas, style);
}

void canvas_fill_rect(struct canvas *canvas, double x, double y, double width, double height,
                      uint32_t rgb)
{
    const struct path_style style = {.fill = true, .fill_rgb = rgb};
    if (!isfinite(x) || !isfinite(y) || !(width > 0) || !(height > 0) || isinf(width) ||
        isinf(height))
        return;
    use_style(canvas, &style);
    HARU(canvas, HPDF_Page_Rectangle, canvas->page, rounded(x), up(y + height), rounded(width),
         rounded(height));
    paint(canvas, &style);
}

void canvas_line(struct canvas *canvas, double x0, double y0, double x1, double y1, double width,
                 uint32_t rgb)
{
    const struct path_style style = {.stroke = true, .stroke_rgb = rgb, .width = width};
    const struct path_point points[2] = {
        {x0, y0, true },
        {x1, y1, false}
    };
    canvas_path(canvas, points, 2, &style);
}

/* ---- text ---- */

/* Bytes that libharu takes in one call; far below its limit of 65,535. */
enum { RUN_BYTES_MAX = 2048 };

static void show_run(struct canvas *canvas, unsigned font, double size, struct strbuf *run)
{
    if (!run->len)
        return;
    HARU(canvas, HPDF_Page_SetFontAndSize, canvas->page, canvas->fonts[font].font, (HPDF_REAL)size);
    HARU(canvas, HPDF_Page_ShowText, canvas->page, strbuf_cstr(run));
    strbuf_clear(run);
}

static void show_chars(struct canvas *canvas, enum canvas_face face, double size, struct str text)
{
    struct strbuf run;
    strbuf_init(&run, RUN_BYTES_MAX + 8);
    unsigned font = 0;
    while (text.len) {
        uint32_t code = utf8_next(&text, NULL);
        struct canvas_glyph glyph = fonts_glyph(canvas, face, code);
        if (glyph.state == GLYPH_NOTHING)
            continue;
        if (glyph.state == GLYPH_REPLACED) {
            if (!canvas->replaced_count++)
                canvas->replaced_first = code;
            code = 0x25A1;
        } else if (glyph.state == GLYPH_SPACE) {
            code = ' ';
        }
        if (glyph.font != font || run.len > RUN_BYTES_MAX - 8) {
            show_run(canvas, font, size, &run);
            font = glyph.font;
        }
        utf8_append(&run, code);
    }
    show_run(canvas, font, size, &run);
    strbuf_deinit(&run);
}

void canvas_text_turned(struct canvas *canvas, enum canvas_face face, double size, double x,
                        double y, double cosine, double sine, uint32_t rgb, struct str text)
{
    if (!isfinite(x) || !isfinite(y) || !isfinite(size) || !text.len)
        return;
    struct strbuf visual; /* only filled where it is needed */
    strbuf_init(&visual, STRBUF_CEILING);
    if (bidi_is_needed(text)) {
        bidi_append_visual(&visual, text);
        text = strbuf_str(&visual);
    }
    use_fill(canvas, rgb);
    HARU(canvas, HPDF_Page_BeginText, canvas->page);
    HARU(canvas, HPDF_Page_SetTextMatrix, canvas->page, (HPDF_REAL)cosine, (HPDF_REAL)sine,
         (HPDF_REAL)-sine, (HPDF_REAL)cosine, rounded(x), up(y));
    show_chars(canvas, face, size, text);
    HARU(canvas, HPDF_Page_EndText, canvas->page);
    strbuf_deinit(&visual);
}

void canvas_text(struct canvas *canvas, enum canvas_face face, double size, double x, double y,
                 uint32_t rgb, struct str text)
{
    canvas_text_turned(canvas, face, size, x, y, 1, 0, rgb, text);
}

double canvas_char_width(struct canvas *canvas, enum canvas_face face, double size, uint32_t code)
{
    struct canvas_glyph glyph = fonts_glyph(canvas, face, code);
    return glyph.width * size / 1000.0;
}

double canvas_text_width(struct canvas *canvas, enum canvas_face face, double size, struct str text)
{
    double width = 0;
    while (text.len)
        width += canvas_char_width(canvas, face, size, utf8_next(&text, NULL));
    return width;
}

size_t canvas_replaced_count(const struct canvas *canvas, uint32_t *first)
{
    *first = canvas->replaced_first;
    return canvas->replaced_count;
}
