/* Key figures: tiles, three a row, each with label, value, detail and a small line of its past. */
#include <math.h>

#include "render/format.h"
#include "render/pdf/pdf_internal.h"

enum { TILES_A_ROW = 3, DETAIL_LINES = 2 };
static const double TILE_GAP = 9, TILE_PAD = 9, SPARK_HEIGHT = 16, DETAIL_PITCH = 9;
static const struct text_font label_font = {FACE_REGULAR, 8};
static const struct text_font detail_font = {FACE_REGULAR, 7.5};

static bool any_spark(const struct report_item *item)
{
    for (size_t i = 0; i < item->figure_count; i++)
        if (item->figures[i].spark && item->figures[i].spark_count > 1)
            return true;
    return false;
}

static double tile_height(const struct report_item *item)
{
    return any_spark(item) ? 88 : 66;
}

double figures_row_height(const struct report_item *item)
{
    return tile_height(item) + TILE_GAP;
}

/* The line runs between its lowest and highest value: it shows a course, the figure above it shows
 * the size. */
static void draw_spark(struct flow *flow, const struct report_figure *figure, double x, double y,
                       double width)
{
    double low = INFINITY, high = -INFINITY;
    size_t count = figure->spark_count;
    for (size_t i = 0; i < count; i++)
        if (isfinite(figure->spark[i])) {
            low = fmin(low, figure->spark[i]);
            high = fmax(high, figure->spark[i]);
        }
    if (!figure->spark || count < 2 || !isfinite(low))
        return;
    double span = high > low ? high - low : 1;
    struct path_point *points = arena_alloc(flow->arena, count * sizeof *points);
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        double value = figure->spark[i];
        points[i].x = x + width * (double)i / (double)(count - 1);
        points[i].y = isfinite(value) ? y + SPARK_HEIGHT * (1 - (value - low) / span) : NAN;
        points[i].starts = false;
        if (isfinite(value))
            last = i;
    }
    const struct path_style line = {
        .stroke = true, .stroke_rgb = flow->theme->series[1], .width = 1.1};
    const struct path_style dot = {.fill = true, .fill_rgb = flow->theme->accent};
    canvas_mark(flow->canvas, NULL, NULL);
    canvas_path(flow->canvas, points, count, &line);
    canvas_circle(flow->canvas, points[last].x, points[last].y, 1.8, &dot);
    canvas_mark_end(flow->canvas);
}

/* The largest size at which the value fits; an amount is never cut while it can still be read. */
static struct text_font value_font(struct flow *flow, struct str text, double width)
{
    struct text_font font = {FACE_BOLD, 16};
    while (font.size > 7 && canvas_text_width(flow->canvas, font.face, font.size, text) > width)
        font.size -= 0.5;
    return font;
}

/* "-" of a number as U+2212, which is as wide as a plus. */
static struct str with_minus(struct arena *arena, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '-')
            return arena_printf(arena, "%.*s\xE2\x88\x92%.*s", (int)i, text.ptr,
                                (int)(text.len - i - 1), text.ptr + i + 1);
    return text;
}

static struct str value_text(struct flow *flow, const struct report_figure *figure)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    format_figure(&figure->value, &text);
    struct str out = arena_str(flow->arena, strbuf_str(&text));
    strbuf_deinit(&text);
    bool number = figure->value.kind != CELL_TEXT && figure->value.kind != CELL_DAY;
    return number && out.len ? with_minus(flow->arena, out) : out;
}

static void tile_text(struct flow *flow, struct text_font font, double x, double y, double width,
                      uint32_t rgb, struct str text)
{
    if (!text.len)
        return;
    struct tag *tag = canvas_tag(flow->canvas, flow->section_tag, "P");
    canvas_mark(flow->canvas, tag, "P");
    canvas_text(flow->canvas, font.face, font.size, x, y, rgb,
                text_fit(flow->arena, flow->canvas, font, text, width));
    canvas_mark_end(flow->canvas);
}

/* At most two lines; what is longer ends in an ellipsis. */
static void draw_detail(struct flow *flow, struct str detail, double x, double y, double width)
{
    size_t count;
    struct str *lines = text_wrap(flow->arena, flow->canvas, detail_font, detail, width, &count);
    for (size_t i = 0; i < count && i < DETAIL_LINES; i++) {
        struct str line = lines[i];
        if (i + 1 == DETAIL_LINES && count > DETAIL_LINES) /* the rest, to be cut by measure */
            line = (struct str){line.ptr, (size_t)(detail.ptr + detail.len - line.ptr)};
        tile_text(flow, detail_font, x, y + (double)i * DETAIL_PITCH, width, flow->theme->ink_soft,
                  line);
    }
}

static void draw_tile(struct flow *flow, const struct report_figure *figure, double x, double y,
                      double width, double height)
{
    struct canvas *canvas = flow->canvas;
    double inner = width - 2 * TILE_PAD;
    canvas_mark(canvas, NULL, NULL);
    canvas_fill_rect(canvas, x, y, width, height, flow->theme->tile);
    canvas_fill_rect(canvas, x, y, 2, height, flow->theme->accent);
    canvas_mark_end(canvas);
    struct str value = value_text(flow, figure);
    tile_text(flow, label_font, x + TILE_PAD, y + 14, inner, flow->theme->ink_soft, figure->label);
    tile_text(flow, value_font(flow, value, inner), x + TILE_PAD, y + 33, inner, flow->theme->ink,
              value);
    draw_detail(flow, figure->detail, x + TILE_PAD, y + 46, inner);
    draw_spark(flow, figure, x + TILE_PAD, y + 63, inner);
}

void figures_draw(struct flow *flow, const struct report_item *item)
{
    double width = (BODY_WIDTH - (TILES_A_ROW - 1) * TILE_GAP) / TILES_A_ROW;
    double height = tile_height(item);
    for (size_t i = 0; i < item->figure_count; i++) {
        size_t column = i % TILES_A_ROW;
        if (column == 0) {
            if (i)
                flow->y += height + TILE_GAP;
            page_room(flow, height);
        }
        draw_tile(flow, &item->figures[i], MARGIN_LEFT + (double)column * (width + TILE_GAP),
                  flow->y, width, height);
    }
    if (item->figure_count)
        flow->y += height + TILE_GAP + 5;
}
