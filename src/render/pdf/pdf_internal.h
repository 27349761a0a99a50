/* Private to render/pdf: the flow of a document down its pages. */
#ifndef GR_RENDER_PDF_PDF_INTERNAL_H
#define GR_RENDER_PDF_PDF_INTERNAL_H

#include "render/chart/chart.h"
#include "render/chart/theme.h"
#include "render/pdf/canvas.h"
#include "render/pdf/text.h"

#define MARGIN_LEFT 40.0
#define MARGIN_RIGHT 40.0
#define BODY_TOP 62.0
#define BODY_BOTTOM (PAGE_HEIGHT - 52.0)
#define BODY_WIDTH (PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT)

struct flow {
    struct arena *arena;
    struct canvas *canvas;
    const struct report_doc *doc;
    const struct theme *theme;
    const struct chart_svg *charts; /* in document order */
    size_t next_chart;
    double y; /* where the next thing goes, from the top edge */
    struct tag *section_tag;
    size_t section_count_drawn;
};

/* page.c */
void page_new(struct flow *flow);
/* Starts a page when less than `height` points are left on this one. */
void page_room(struct flow *flow, double height);
bool page_is_fresh(const struct flow *flow);
void page_title_block(struct flow *flow);
void page_footers(struct flow *flow); /* once the number of pages is known */

/* figures.c, table.c: `..._first_height` is what must stay on one page with a heading above. */
double figures_row_height(const struct report_item *item);
void figures_draw(struct flow *flow, const struct report_item *item);
double table_first_height(const struct report_table *table);
void table_draw(struct flow *flow, const struct report_table *table);

/* layout.c */
enum gr_status layout_document(struct flow *flow, struct gr_err *err) GR_MUST_CHECK;
/* Heading of a table or a chart; returns nothing, moves y. */
void layout_caption(struct flow *flow, struct tag *parent, struct str text);
double layout_caption_height(struct flow *flow, struct str text);

/* Renders with fonts of these folders only (NULL: the system's). For renderer_pdf and its tests. */
enum gr_status pdf_render(const struct report_doc *doc, const struct render_options *options,
                          const char *const *font_folders, FILE *out,
                          struct gr_err *err) GR_MUST_CHECK;

#endif
