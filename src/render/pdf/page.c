/* Pages: title block, running header, footer with "Page n of m". */
#include "render/pdf/pdf_internal.h"

static const struct text_font title_font = {FACE_BOLD, 20};
static const struct text_font running_font = {FACE_REGULAR, 7.5};
static const struct text_font subtitle_font = {FACE_REGULAR, 10};
static const struct text_font badge_font = {FACE_BOLD, 8};

static void running_header(struct flow *flow)
{
    struct canvas *canvas = flow->canvas;
    double half = BODY_WIDTH / 2 - 10;
    struct str title = text_fit(flow->arena, canvas, running_font, flow->doc->title, half);
    struct str period = text_fit(flow->arena, canvas, running_font, flow->doc->subtitle, half);
    canvas_mark(canvas, NULL, NULL);
    canvas_text(canvas, running_font.face, running_font.size, MARGIN_LEFT, 36,
                flow->theme->ink_soft, title);
    text_right(canvas, running_font, PAGE_WIDTH - MARGIN_RIGHT, 36, flow->theme->ink_soft, period);
    canvas_line(canvas, MARGIN_LEFT, 42, PAGE_WIDTH - MARGIN_RIGHT, 42, 0.5, flow->theme->rule);
    canvas_mark_end(canvas);
}

void page_new(struct flow *flow)
{
    canvas_page_add(flow->canvas);
    flow->y = BODY_TOP;
    if (canvas_page_count(flow->canvas) > 1)
        running_header(flow);
}

void page_room(struct flow *flow, double height)
{
    if (flow->y + height > BODY_BOTTOM && !page_is_fresh(flow))
        page_new(flow);
}

bool page_is_fresh(const struct flow *flow)
{
    return flow->y <= BODY_TOP;
}

/* "Preliminary" or "Final" in a box at the right of the title. Returns the room it took. */
static double status_badge(struct flow *flow, double baseline)
{
    struct canvas *canvas = flow->canvas;
    struct str text = text_fit(flow->arena, canvas, badge_font, flow->doc->status, 90);
    if (!text.len)
        return 0;
    if (text.ptr[0] >= 'a' && text.ptr[0] <= 'z')
        text = arena_printf(flow->arena, "%c%.*s", text.ptr[0] - 'a' + 'A', (int)text.len - 1,
                            text.ptr + 1);
    double width = canvas_text_width(canvas, badge_font.face, badge_font.size, text) + 14;
    double x = PAGE_WIDTH - MARGIN_RIGHT - width;
    bool final = str_equal_nocase(flow->doc->status, STR("final"));
    canvas_mark(canvas, NULL, NULL);
    canvas_fill_rect(canvas, x, baseline - 11, width, 16,
                     final ? flow->theme->accent : flow->theme->alert);
    canvas_mark_end(canvas);
    struct tag *tag = canvas_tag(canvas, NULL, "P");
    canvas_mark(canvas, tag, "P");
    canvas_text(canvas, badge_font.face, badge_font.size, x + 7, baseline, 0xFFFFFF, text);
    canvas_mark_end(canvas);
    return width + 12;
}

static void title_lines(struct flow *flow, double room)
{
    struct canvas *canvas = flow->canvas;
    size_t count;
    struct str *lines =
        text_wrap(flow->arena, canvas, title_font, flow->doc->title, BODY_WIDTH - room, &count);
    struct tag *tag = canvas_tag(canvas, NULL, "H1");
    canvas_mark(canvas, tag, "H1");
    for (size_t i = 0; i < count && i < 2; i++) {
        struct str line =
            i == 1 && count > 2
                ? (struct str){lines[1].ptr,
                               (size_t)(lines[count - 1].ptr + lines[count - 1].len - lines[1].ptr)}
                : lines[i];
        line = text_fit(flow->arena, canvas, title_font, line, BODY_WIDTH - room);
        canvas_text(canvas, title_font.face, title_font.size, MARGIN_LEFT, flow->y + 2,
                    flow->theme->accent, line);
        flow->y += 24;
    }
    canvas_mark_end(canvas);
    flow->y -= 24;
}

void page_title_block(struct flow *flow)
{
    struct canvas *canvas = flow->canvas;
    flow->y = 60;
    double room = status_badge(flow, flow->y);
    title_lines(flow, room);
    if (flow->doc->subtitle.len) {
        flow->y += 20;
        struct tag *tag = canvas_tag(canvas, NULL, "P");
        canvas_mark(canvas, tag, "P");
        canvas_text(canvas, subtitle_font.face, subtitle_font.size, MARGIN_LEFT, flow->y,
                    flow->theme->ink_soft,
                    text_fit(flow->arena, canvas, subtitle_font, flow->doc->subtitle, BODY_WIDTH));
        canvas_mark_end(canvas);
    }
    flow->y += 10;
    canvas_mark(canvas, NULL, NULL);
    canvas_line(canvas, MARGIN_LEFT, flow->y, PAGE_WIDTH - MARGIN_RIGHT, flow->y, 1.2,
                flow->theme->accent);
    canvas_mark_end(canvas);
    flow->y += 14;
}

void page_footers(struct flow *flow)
{
    struct canvas *canvas = flow->canvas;
    size_t count = canvas_page_count(canvas);
    char day[11];
    day_format(flow->doc->as_of, day);
    struct str left =
        arena_printf(flow->arena, "%.*s · as of %s%s%.*s", STR_ARG(flow->doc->author), day,
                     flow->doc->snapshot.len ? " · snapshot " : "", STR_ARG(flow->doc->snapshot));
    left = text_fit(flow->arena, canvas, running_font, left, BODY_WIDTH - 90);
    double y = PAGE_HEIGHT - 26;
    for (size_t i = 0; i < count; i++) {
        canvas_page_select(canvas, i);
        canvas_mark(canvas, NULL, NULL);
        canvas_line(canvas, MARGIN_LEFT, y - 11, PAGE_WIDTH - MARGIN_RIGHT, y - 11, 0.5,
                    flow->theme->rule);
        canvas_text(canvas, running_font.face, running_font.size, MARGIN_LEFT, y,
                    flow->theme->ink_soft, left);
        text_right(canvas, running_font, PAGE_WIDTH - MARGIN_RIGHT, y, flow->theme->ink_soft,
                   arena_printf(flow->arena, "Page %zu of %zu", i + 1, count));
        canvas_mark_end(canvas);
    }
}
