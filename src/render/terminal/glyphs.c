/* Text as a terminal shows it; see glyphs.h. */
#include "render/terminal/glyphs.h"

#include "render/terminal/width_table.h"
#include "render/utf8.h"

static bool is_in(const struct width_range *ranges, size_t count, uint32_t code)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code >= ranges[low].first;
}

static size_t char_width(uint32_t code)
{
    if (code < 0x300)
        return 1;
    if (is_in(width_none, sizeof width_none / sizeof width_none[0], code))
        return 0;
    return is_in(width_double, sizeof width_double / sizeof width_double[0], code) ? 2 : 1;
}

/* Signs that headings and details of reports use. */
static const char *ascii_spelling(uint32_t code)
{
    static const struct {
        uint32_t code;
        const char *text;
    } spellings[] = {
        {0xA0,   " "  },
        {0xB1,   "+/-"},
        {0xB7,   "."  },
        {0xD7,   "x"  },
        {0x0394, "d"  },
        {0x2009, " "  },
        {0x202F, " "  },
        {0x2011, "-"  },
        {0x2012, "-"  },
        {0x2013, "-"  },
        {0x2014, "-"  },
        {0x2018, "'"  },
        {0x2019, "'"  },
        {0x201C, "\"" },
        {0x201D, "\"" },
        {0x2026, "..."},
        {0x20AC, "EUR"},
        {0x2192, "->" },
        {0x2206, "d"  },
        {0x2212, "-"  },
        {0x2248, "~"  },
        {0x2264, "<=" },
        {0x2265, ">=" },
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        if (spellings[i].code == code)
            return spellings[i].text;
    return NULL;
}

static void append_ascii(struct strbuf *out, uint32_t code)
{
    const char *spelling = ascii_spelling(code);
    if (spelling)
        strbuf_append_cstr(out, spelling);
    else
        strbuf_printf(out, "\\u{%X}", (unsigned)code);
}

void glyphs_append_visible(struct strbuf *out, struct str text, bool ascii)
{
    while (text.len) {
        struct str bytes;
        uint32_t code = utf8_next(&text, &bytes);
        if (code == UTF8_BAD)
            strbuf_printf(out, "\\x%02X", (unsigned char)bytes.ptr[0]);
        else if (code < 0xA0 && utf8_is_control(code))
            strbuf_printf(out, "\\x%02X", (unsigned)code);
        else if (utf8_is_control(code))
            strbuf_printf(out, "\\u{%X}", (unsigned)code);
        else if (ascii && code > 0x7E)
            append_ascii(out, code);
        else
            strbuf_append(out, bytes);
    }
}

size_t glyphs_width(struct str visible)
{
    size_t columns = 0;
    while (visible.len)
        columns += char_width(utf8_next(&visible, NULL));
    return columns;
}

size_t glyphs_fit(struct str visible, size_t columns)
{
    struct str rest = visible;
    size_t used = 0;
    while (rest.len) {
        struct str before = rest;
        used += char_width(utf8_next(&rest, NULL));
        if (used > columns && before.len < visible.len)
            return visible.len - before.len;
    }
    return visible.len;
}

size_t glyphs_append_cut(struct strbuf *out, struct str visible, size_t columns, bool ascii)
{
    size_t width = glyphs_width(visible);
    if (width <= columns) {
        strbuf_append(out, visible);
        return width;
    }
    struct str mark = ascii ? STR("..") : STR("\u2026");
    size_t mark_columns = ascii ? 2 : 1;
    if (columns <= mark_columns) {
        for (size_t i = 0; i < columns; i++)
            strbuf_append_char(out, '.');
        return columns;
    }
    size_t kept = glyphs_fit(visible, columns - mark_columns);
    struct str head = {visible.ptr, kept};
    if (glyphs_width(head) > columns - mark_columns) /* one double-wide character in one column */
        head.len = 0;
    strbuf_append(out, head);
    strbuf_append(out, mark);
    return glyphs_width(head) + mark_columns;
}
