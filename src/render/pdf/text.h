/* Text that fits: cut with an ellipsis or wrapped into lines, by measured width. */
#ifndef GR_RENDER_PDF_TEXT_H
#define GR_RENDER_PDF_TEXT_H

#include "render/pdf/canvas.h"

struct text_font {
    enum canvas_face face;
    double size;
};

/* `text`, or its beginning and an ellipsis, at most `width` points wide. */
struct str text_fit(struct arena *arena, struct canvas *canvas, struct text_font font,
                    struct str text, double width);

/* Lines of at most `width` points, broken at blanks, in words only where one is wider than a line;
 * a newline ends a line. Views into `text`, the array is the arena's. At least one line. */
struct str *text_wrap(struct arena *arena, struct canvas *canvas, struct text_font font,
                      struct str text, double width, size_t *count);

/* Draws with the right edge, or the middle, at x. */
void text_right(struct canvas *canvas, struct text_font font, double x, double y, uint32_t rgb,
                struct str text);
void text_middle(struct canvas *canvas, struct text_font font, double x, double y, uint32_t rgb,
                 struct str text);

#endif
