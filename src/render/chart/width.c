/* Text widths for charts, without a font file: so that a chart is the same picture in PDF and HTML.
 */
#include "render/chart/chart_internal.h"
#include "render/utf8.h"

/* Advance widths of U+0020..U+007E in thousandths of the size: Helvetica's published metrics, which
 * Arial and Liberation Sans share. */
static const uint16_t ascii_widths[95] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};

static unsigned char_width(uint32_t c)
{
    if (c >= 0x20 && c < 0x7F)
        return ascii_widths[c - 0x20];
    if (c < 0x20)
        return 278;
    if (c < 0x0370)
        return c >= 0x0300 ? 0 : 611; /* combining marks; accented Latin */
    return c < 0x1100 ? 760 : 1000;
}

double chart_text_width(struct str text, double size_points)
{
    unsigned long sum = 0;
    while (text.len)
        sum += char_width(utf8_next(&text, NULL));
    return (double)sum * size_points / 1000.0;
}

struct str chart_text_fit(struct arena *arena, struct str text, double size_points, double width)
{
    if (chart_text_width(text, size_points) <= width)
        return text;
    double room = width - size_points; /* an ellipsis is one em wide */
    double used = 0;
    size_t end = 0;
    for (struct str rest = text; rest.len; end = text.len - rest.len) {
        used += char_width(utf8_next(&rest, NULL)) * size_points / 1000.0;
        if (used > room)
            break;
    }
    while (end && text.ptr[end - 1] == ' ')
        end--;
    return arena_printf(arena, "%.*s…", (int)end, text.ptr ? text.ptr : "");
}
