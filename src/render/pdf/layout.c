/* The flow of a document: sections and items down the pages, with what belongs together kept
 * together.
 *
 * Called by pdf_render(). A heading never stands alone at the end of a page: before it is set, room
 * is made for it and the first piece of what follows.
 */
#include <math.h>

#include "render/pdf/pdf_internal.h"
#include "render/pdf/svg.h"
#include "render/walk.h"

static const struct text_font heading_font = {FACE_BOLD, 13};
static const struct text_font caption_font = {FACE_BOLD, 9.5};
static const struct text_font paragraph_font = {FACE_REGULAR, 9.5};
static const struct text_font note_font = {FACE_REGULAR, 8};
static const double HEADING_HEIGHT = 26, CAPTION_LINE = 12.5, PARAGRAPH_LINE = 13.5, NOTE_LINE = 11;

/* ---- texts ---- */

/* A block of lines; the first and the last two stay together. */
static void text_block(struct flow *flow, struct text_font font, double line_height, double indent,
                       uint32_t rgb, struct str text)
{
    struct canvas *canvas = flow->canvas;
    size_t count;
    struct str *lines = text_wrap(flow->arena, canvas, font, text, BODY_WIDTH - indent, &count);
    struct tag *tag = canvas_tag(canvas, flow->section_tag, "P");
    for (size_t i = 0; i < count; i++) {
        bool pair = i + 2 == count || (i == 0 && count > 1);
        page_room(flow, line_height * (pair ? 2 : 1));
        flow->y += line_height;
        canvas_mark(canvas, tag, "P");
        canvas_text(canvas, font.face, font.size, MARGIN_LEFT + indent, flow->y - 3, rgb, lines[i]);
        canvas_mark_end(canvas);
    }
}

static void paragraph(struct flow *flow, struct str text)
{
    text_block(flow, paragraph_font, PARAGRAPH_LINE, 0, flow->theme->ink, text);
    flow->y += 7;
}

static void note(struct flow *flow, struct str text)
{
    text_block(flow, note_font, NOTE_LINE, 0, flow->theme->ink_soft, text);
    flow->y += 6;
}

void layout_caption(struct flow *flow, struct tag *parent, struct str text)
{
    struct canvas *canvas = flow->canvas;
    if (!text.len)
        return;
    size_t count;
    struct str *lines = text_wrap(flow->arena, canvas, caption_font, text, BODY_WIDTH, &count);
    struct tag *tag = canvas_tag(canvas, parent, "H3");
    canvas_mark(canvas, tag, "H3");
    for (size_t i = 0; i < count; i++) {
        flow->y += CAPTION_LINE;
        canvas_text(canvas, caption_font.face, caption_font.size, MARGIN_LEFT, flow->y - 2,
                    flow->theme->ink, lines[i]);
    }
    canvas_mark_end(canvas);
    flow->y += 4;
}

double layout_caption_height(struct flow *flow, struct str text)
{
    if (!text.len)
        return 0;
    size_t count;
    text_wrap(flow->arena, flow->canvas, caption_font, text, BODY_WIDTH, &count);
    return CAPTION_LINE * (double)count + 4;
}

static void heading(struct flow *flow, const struct report_section *section)
{
    struct canvas *canvas = flow->canvas;
    if (!page_is_fresh(flow))
        flow->y += 8;
    canvas_bookmark(canvas, section->title, fmax(flow->y - 4, 0));
    struct tag *tag = canvas_tag(canvas, flow->section_tag, "H2");
    canvas_mark(canvas, tag, "H2");
    canvas_text(canvas, heading_font.face, heading_font.size, MARGIN_LEFT, flow->y + 12,
                flow->theme->accent,
                text_fit(flow->arena, canvas, heading_font, section->title, BODY_WIDTH));
    canvas_mark_end(canvas);
    flow->y += HEADING_HEIGHT - 4;
}

/* ---- charts ---- */

/* Charts are as wide as the text; one too tall for a page is made smaller. */
static double chart_scale(const struct flow *flow, const struct chart_svg *chart)
{
    double room = BODY_BOTTOM - BODY_TOP - 40;
    (void)flow;
    return fmin(BODY_WIDTH / chart->width_points, room / chart->height_points);
}

static double chart_height(struct flow *flow, const struct chart_svg *chart)
{
    return layout_caption_height(flow, chart->chart->title) +
           chart->height_points * chart_scale(flow, chart);
}

static enum gr_status chart(struct flow *flow, struct gr_err *err)
{
    const struct chart_svg *svg = &flow->charts[flow->next_chart++];
    struct canvas *canvas = flow->canvas;
    page_room(flow, chart_height(flow, svg));
    layout_caption(flow, flow->section_tag, svg->chart->title);
    double scale = chart_scale(flow, svg);
    struct tag *tag = canvas_tag(canvas, flow->section_tag, "Figure");
    canvas_tag_alt(canvas, tag, svg->chart->alt.len ? svg->chart->alt : svg->chart->title);
    canvas_mark(canvas, tag, "Figure");
    enum gr_status status = svg_draw(canvas, svg->text, MARGIN_LEFT, flow->y, scale, err);
    canvas_mark_end(canvas);
    if (status)
        return gr_wrap(err, "chart \"%.*s\"", STR_ARG(svg->chart->id));
    flow->y += svg->height_points * scale + 12;
    return GR_OK;
}

/* ---- sections ---- */

static double first_height(struct flow *flow, const struct report_item *item)
{
    switch (item->kind) {
    case ITEM_PARAGRAPH:
        return PARAGRAPH_LINE * 2;
    case ITEM_NOTE:
        return NOTE_LINE * 2;
    case ITEM_FIGURES:
        return figures_row_height(item);
    case ITEM_TABLE:
        if (!walk_table_is_shown(flow->doc, item->table))
            return 0;
        return layout_caption_height(flow, item->table->title) + table_first_height(item->table);
    case ITEM_CHART:
        return chart_height(flow, &flow->charts[flow->next_chart]);
    }
    return 0;
}

static enum gr_status item_draw(struct flow *flow, const struct report_item *item,
                                struct gr_err *err)
{
    switch (item->kind) {
    case ITEM_PARAGRAPH:
        paragraph(flow, item->text);
        return GR_OK;
    case ITEM_NOTE:
        note(flow, item->text);
        return GR_OK;
    case ITEM_FIGURES:
        figures_draw(flow, item);
        return GR_OK;
    case ITEM_TABLE:
        if (walk_table_is_shown(flow->doc, item->table))
            table_draw(flow, item->table);
        return GR_OK;
    case ITEM_CHART:
        return chart(flow, err);
    }
    return GR_OK;
}

static enum gr_status section_draw(struct flow *flow, const struct report_section *section,
                                   struct gr_err *err)
{
    flow->section_tag = canvas_tag(flow->canvas, NULL, "Sect");
    double needed = 0;
    for (size_t i = 0; i < section->item_count && needed == 0; i++)
        needed = first_height(flow, &section->items[i]);
    if (section->new_page && !page_is_fresh(flow) && flow->section_count_drawn)
        page_new(flow);
    if (section->title.len) {
        page_room(flow, 8 + HEADING_HEIGHT + needed);
        heading(flow, section);
    }
    for (size_t i = 0; i < section->item_count; i++)
        GR_TRY(item_draw(flow, &section->items[i], err));
    flow->section_count_drawn++;
    return GR_OK;
}

enum gr_status layout_document(struct flow *flow, struct gr_err *err)
{
    page_new(flow);
    page_title_block(flow);
    for (size_t i = 0; i < flow->doc->section_count; i++)
        GR_TRY(section_draw(flow, &flow->doc->sections[i], err));
    page_footers(flow);
    return GR_OK;
}
