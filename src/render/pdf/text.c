/* Text that fits; see text.h. Knows no page and no report. */
#include "render/pdf/text.h"

#include <string.h>

#include "render/utf8.h"

static const struct str ellipsis = {"\xE2\x80\xA6", 3};

struct str text_fit(struct arena *arena, struct canvas *canvas, struct text_font font,
                    struct str text, double width)
{
    if (canvas_text_width(canvas, font.face, font.size, text) <= width)
        return text;
    double room = width - canvas_text_width(canvas, font.face, font.size, ellipsis);
    size_t end = 0;
    for (struct str rest = text; rest.len; end = text.len - rest.len) {
        room -= canvas_char_width(canvas, font.face, font.size, utf8_next(&rest, NULL));
        if (room < 0)
            break;
    }
    struct str kept = str_trim((struct str){text.ptr, end});
    char *copy = arena_alloc(arena, kept.len + ellipsis.len);
    memcpy(copy, kept.ptr, kept.len);
    memcpy(copy + kept.len, ellipsis.ptr, ellipsis.len);
    return (struct str){copy, kept.len + ellipsis.len};
}

/* Length of the next line of `text` (behind it: *skip bytes of blank). */
static size_t line_length(struct canvas *canvas, struct text_font font, struct str text,
                          double width, size_t *skip)
{
    double used = 0;
    size_t at = 0, blank_at = 0;
    *skip = 0;
    for (struct str rest = text; rest.len;) {
        struct str bytes;
        uint32_t code = utf8_next(&rest, &bytes);
        if (code == '\n') {
            *skip = 1;
            return at;
        }
        if (code == ' ')
            blank_at = at;
        used += canvas_char_width(canvas, font.face, font.size, code);
        /* a blank may hang over the edge; a first character always stands */
        if (used > width && code != ' ' && at) {
            *skip = blank_at ? 1 : 0;
            return blank_at ? blank_at : at;
        }
        at += bytes.len;
    }
    return at;
}

struct str *text_wrap(struct arena *arena, struct canvas *canvas, struct text_font font,
                      struct str text, double width, size_t *count)
{
    size_t capacity = 8;
    struct str *lines = arena_alloc(arena, capacity * sizeof *lines);
    *count = 0;
    if (!text.ptr)
        text = STR("");
    do {
        if (*count == capacity) {
            struct str *more = arena_alloc(arena, capacity * 2 * sizeof *lines);
            memcpy(more, lines, capacity * sizeof *lines);
            lines = more;
            capacity *= 2;
        }
        size_t skip;
        size_t len = line_length(canvas, font, text, width, &skip);
        lines[(*count)++] = str_trim((struct str){text.ptr, len});
        text.ptr += len + skip;
        text.len -= len + skip;
    } while (text.len);
    return lines;
}

void text_right(struct canvas *canvas, struct text_font font, double x, double y, uint32_t rgb,
                struct str text)
{
    double width = canvas_text_width(canvas, font.face, font.size, text);
    canvas_text(canvas, font.face, font.size, x - width, y, rgb, text);
}

void text_middle(struct canvas *canvas, struct text_font font, double x, double y, uint32_t rgb,
                 struct str text)
{
    double width = canvas_text_width(canvas, font.face, font.size, text);
    canvas_text(canvas, font.face, font.size, x - width / 2, y, rgb, text);
}
