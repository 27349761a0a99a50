/* A PDF document to draw on: pages, shapes, text in a chain of fonts, tags, bookmarks.
 *
 * The only face libharu shows to the layout. Coordinates are points from the top left corner of the
 * page, y down. The first error stops everything: later calls do nothing and canvas_save() says
 * which libharu call failed. Only haru_*.c include hpdf.h.
 */
#ifndef GR_RENDER_PDF_CANVAS_H
#define GR_RENDER_PDF_CANVAS_H

#include <stdio.h>

#include "base/arena.h"
#include "base/day.h"

#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89

enum canvas_face { FACE_REGULAR, FACE_BOLD, FACE_COUNT };

struct canvas;
struct tag; /* an element of the structure tree, e.g. a table cell */

/* font_folders: NULL-ended list of folders to look for fonts in; NULL: the usual ones of the
 * system. GR_ERENDER with what to install when there is no font at all. */
enum gr_status canvas_open(const char *const *font_folders, struct canvas **out,
                           struct gr_err *err) GR_MUST_CHECK;
void canvas_close(struct canvas *canvas); /* NULL is fine */

struct canvas_info {
    struct str title, author, subject;
    struct day as_of; /* document dates: midnight UTC of that day */
};
void canvas_set_info(struct canvas *canvas, const struct canvas_info *info);

void canvas_page_add(struct canvas *canvas);
size_t canvas_page_count(const struct canvas *canvas);
/* Draw on page `index` (from 0) again, e.g. its footer. */
void canvas_page_select(struct canvas *canvas, size_t index);
/* Entry of the outline that leads to `y` of the current page. */
void canvas_bookmark(struct canvas *canvas, struct str title, double y);

void canvas_fill_rect(struct canvas *canvas, double x, double y, double width, double height,
                      uint32_t rgb);
void canvas_line(struct canvas *canvas, double x0, double y0, double x1, double y1, double width,
                 uint32_t rgb);

struct path_point {
    double x, y;
    bool starts; /* begins a new stretch */
};

struct path_style {
    bool fill, stroke, closed;
    uint32_t fill_rgb, stroke_rgb;
    double width;
    double dash[4];
    size_t dash_count; /* 0: solid */
};

/* Points that are not finite are left out, and split the stretch they are in. */
void canvas_path(struct canvas *canvas, const struct path_point *points, size_t count,
                 const struct path_style *style);
void canvas_circle(struct canvas *canvas, double x, double y, double radius,
                   const struct path_style *style);

/* Text on the baseline y, turned by the angle whose cosine and sine are given (1, 0: upright). Any
 * bytes are fine: what can't be shown becomes a white square and is counted. */
void canvas_text_turned(struct canvas *canvas, enum canvas_face face, double size, double x,
                        double y, double cosine, double sine, uint32_t rgb, struct str text);
void canvas_text(struct canvas *canvas, enum canvas_face face, double size, double x, double y,
                 uint32_t rgb, struct str text);
double canvas_text_width(struct canvas *canvas, enum canvas_face face, double size,
                         struct str text);
double canvas_char_width(struct canvas *canvas, enum canvas_face face, double size, uint32_t code);
/* Characters drawn as a white square so far, and the first of them (UTF8_BAD: a broken byte). */
size_t canvas_replaced_count(const struct canvas *canvas, uint32_t *first);

/* A child of `parent` (NULL: of the document), e.g. "H1", "P", "Table", "TD". */
struct tag *canvas_tag(struct canvas *canvas, struct tag *parent, const char *kind);
void canvas_tag_alt(struct canvas *canvas, struct tag *tag, struct str text);
void canvas_tag_column_header(struct canvas *canvas, struct tag *tag);
/* What is drawn until canvas_mark_end() is the content of `tag`; NULL: decoration. Don't nest. */
void canvas_mark(struct canvas *canvas, struct tag *tag, const char *kind);
void canvas_mark_end(struct canvas *canvas);

/* Writes the whole document. GR_ERENDER naming the libharu call that failed, GR_ESTORE. */
enum gr_status canvas_save(struct canvas *canvas, FILE *out, struct gr_err *err) GR_MUST_CHECK;

#endif
