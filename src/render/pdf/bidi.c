/* Drawing order of names in Hebrew, Arabic and the like; see bidi.h. */
#include "render/pdf/bidi.h"

#include "render/utf8.h"

enum direction { DIRECTION_LEFT, DIRECTION_RIGHT, DIRECTION_FIGURE, DIRECTION_NEUTRAL };

static bool is_right_to_left(uint32_t code)
{
    return (code >= 0x0590 && code <= 0x08FF) || (code >= 0xFB1D && code <= 0xFDFF) ||
           (code >= 0xFE70 && code <= 0xFEFC);
}

/* Marks stand with the letter before them. */
static bool is_mark(uint32_t code)
{
    return (code >= 0x0591 && code <= 0x05C7) || (code >= 0x064B && code <= 0x065F) ||
           (code >= 0x0300 && code <= 0x036F);
}

static enum direction direction_of(uint32_t code)
{
    if ((code >= '0' && code <= '9') || (code >= 0x0660 && code <= 0x0669))
        return DIRECTION_FIGURE;
    if (is_right_to_left(code))
        return DIRECTION_RIGHT;
    bool letter = (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') || code >= 0xC0;
    return letter && (code < 0x2000 || code > 0x206F) ? DIRECTION_LEFT : DIRECTION_NEUTRAL;
}

static uint32_t mirrored(uint32_t code)
{
    static const char pairs[] = "()<>[]{}";
    for (size_t i = 0; pairs[i]; i++)
        if (code == (uint32_t)pairs[i])
            return (uint32_t)pairs[i ^ 1];
    return code;
}

bool bidi_is_needed(struct str text)
{
    while (text.len)
        if (is_right_to_left(utf8_next(&text, NULL)))
            return true;
    return false;
}

/* Length of the stretch that begins here with a right-to-left letter and ends with the last one, or
 * figure, before a letter that runs the other way. A bracket opened in it is closed in it. */
static size_t stretch_length(struct str text)
{
    size_t end = 0, open_brackets = 0;
    for (struct str rest = text; rest.len;) {
        uint32_t code = utf8_next(&rest, NULL);
        enum direction direction = direction_of(code);
        if (direction == DIRECTION_LEFT)
            break;
        bool closes = open_brackets && (code == ')' || code == ']' || code == '}');
        open_brackets += code == '(' || code == '[' || code == '{';
        open_brackets -= closes;
        if (direction != DIRECTION_NEUTRAL || closes)
            end = text.len - rest.len;
    }
    return end;
}

/* Bytes of the first piece that keeps its inner order: a number, or a letter with its marks. */
static size_t piece_length(struct str text)
{
    struct str rest = text;
    uint32_t first = utf8_next(&rest, NULL);
    bool number = direction_of(first) == DIRECTION_FIGURE;
    while (rest.len) {
        struct str behind = rest;
        uint32_t code = utf8_next(&behind, NULL);
        if (!(number ? direction_of(code) == DIRECTION_FIGURE : is_mark(code)))
            break;
        rest = behind;
    }
    return text.len - rest.len;
}

/* Byte offset of the piece that ends where `text` ends. */
static size_t last_piece(struct str text)
{
    size_t at = 0;
    for (;;) {
        size_t len = piece_length((struct str){text.ptr + at, text.len - at});
        if (at + len >= text.len)
            return at;
        at += len;
    }
}

static void append_turned(struct strbuf *out, struct str stretch)
{
    while (stretch.len) {
        size_t at = last_piece(stretch);
        struct str piece = {stretch.ptr + at, stretch.len - at};
        struct str rest = piece;
        uint32_t first = utf8_next(&rest, NULL);
        if (!rest.len && mirrored(first) != first)
            strbuf_append_char(out, (char)mirrored(first));
        else
            strbuf_append(out, piece);
        stretch.len = at;
    }
}

void bidi_append_visual(struct strbuf *out, struct str text)
{
    while (text.len) {
        struct str behind = text, bytes;
        uint32_t code = utf8_next(&behind, &bytes);
        if (direction_of(code) == DIRECTION_RIGHT) {
            struct str stretch = {text.ptr, stretch_length(text)};
            append_turned(out, stretch);
            text.ptr += stretch.len;
            text.len -= stretch.len;
        } else {
            strbuf_append(out, bytes);
            text = behind;
        }
    }
}
