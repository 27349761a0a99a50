#include "mutate.h"

uint64_t mutate_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

size_t mutate_below(uint64_t *state, size_t end)
{
    return end ? mutate_random(state) % end : 0;
}

/* Puts `with` in the place of `len` bytes. */
static void splice(struct strbuf *text, size_t at, size_t len, struct str with)
{
    struct strbuf out;
    const char *bytes = strbuf_cstr(text); /* never NULL, also of an empty text */
    strbuf_init(&out, STRBUF_CEILING);
    strbuf_append(&out, (struct str){bytes, at});
    strbuf_append(&out, with);
    strbuf_append(&out, (struct str){bytes + at + len, text->len - at - len});
    strbuf_deinit(text);
    *text = out;
}

struct span {
    size_t at, len;
};

/* The line around a place, with its end. */
static struct span line_at(const struct strbuf *text, size_t place)
{
    size_t from = place, end = place;
    while (from > 0 && text->ptr[from - 1] != '\n')
        from--;
    while (end < text->len && text->ptr[end] != '\n')
        end++;
    return (struct span){from, end + (end < text->len) - from};
}

/* What stands between two separators around a place. */
static struct span cell_at(const struct strbuf *text, size_t place)
{
    size_t from = place, end = place;
    while (from > 0 && !strchr(",\n:{}[]", text->ptr[from - 1]))
        from--;
    while (end < text->len && !strchr(",\n:{}[]", text->ptr[end]))
        end++;
    return (struct span){from, end - from};
}

/* Takes the bytes of a span out, when `cut`, and puts them before the line of another place. */
static void carry(struct strbuf *text, struct span span, bool cut, size_t to)
{
    struct strbuf copy;
    strbuf_init(&copy, STRBUF_CEILING);
    strbuf_append(&copy, (struct str){text->ptr + span.at, span.len});
    if (cut)
        splice(text, span.at, span.len, STR(""));
    splice(text, line_at(text, to < text->len ? to : text->len).at, 0, strbuf_str(&copy));
    strbuf_deinit(&copy);
}

/* ---- one a kind of damage; `at` is a place in the text ---- */

static void flip_bit(struct strbuf *text, size_t at, uint64_t *state)
{
    text->ptr[at] = (char)(text->ptr[at] ^ 1 << mutate_below(state, 8));
}

static void cut_file(struct strbuf *text, size_t at, uint64_t *state)
{
    (void)state;
    splice(text, at, text->len - at, STR(""));
}

static void cut_line(struct strbuf *text, size_t at, uint64_t *state)
{
    struct span line = line_at(text, at);
    bool keep_end = mutate_below(state, 2);
    size_t len = line.at + line.len - at;
    if (keep_end && len && text->ptr[at + len - 1] == '\n')
        len--;
    splice(text, at, len, STR(""));
}

static void double_line(struct strbuf *text, size_t at, uint64_t *state)
{
    (void)state;
    carry(text, line_at(text, at), false, at);
}

static void drop_line(struct strbuf *text, size_t at, uint64_t *state)
{
    (void)state;
    struct span line = line_at(text, at);
    splice(text, line.at, line.len, STR(""));
}

static void swap_quote(struct strbuf *text, size_t at, uint64_t *state)
{
    const char *found = memchr(text->ptr + at, '"', text->len - at);
    found = found ? found : memchr(text->ptr, '"', text->len);
    if (found)
        splice(text, (size_t)(found - text->ptr), 1, mutate_below(state, 2) ? STR("'") : STR(""));
    else
        splice(text, at, 0, STR("\""));
}

static void set_cell(struct strbuf *text, size_t at, uint64_t *state)
{
    static const char *const values[] = {"1e40",
                                         "-0",
                                         "",
                                         "NULL",
                                         "null",
                                         "NaN",
                                         "inf",
                                         "-1e-28",
                                         "0.0000000000000000000000000001",
                                         "99999999999999999999999999999999999999",
                                         "-99999999999.99",
                                         "1,20",
                                         "1.5E+03",
                                         "5.2E-9",
                                         "0x10",
                                         "+1",
                                         " 1",
                                         "2026-13-45T99:99:99Z",
                                         "10/31/2026",
                                         "2026-10-31",
                                         "0",
                                         "{}",
                                         "[]",
                                         "\"\"",
                                         "\"a\"\"b\"",
                                         "\"a,b\nc\"",
                                         "EUR",
                                         "eur ",
                                         "\xC3\xA4",
                                         "\xFF\xFE",
                                         "true"};
    struct span cell = cell_at(text, at);
    splice(text, cell.at, cell.len,
           str_from(values[mutate_below(state, sizeof values / sizeof *values)]));
}

static void put_byte(struct strbuf *text, size_t at, uint64_t *state)
{
    static const struct str bytes[] = {
        {"\0",           1},
        {"\r",           1},
        {"\n",           1},
        {"\r\n",         2},
        {",",            1},
        {";",            1},
        {"\t",           1},
        {"\\",           1},
        {"\"",           1},
        {"\xFF",         1},
        {"{",            1},
        {"}",            1},
        {"\x1A",         1},
        {"\xE2\x80\xA8", 3}
    };
    struct str what = bytes[mutate_below(state, sizeof bytes / sizeof *bytes)];
    splice(text, at, mutate_below(state, 2), what);
}

static void mix_line_ends(struct strbuf *text, size_t at, uint64_t *state)
{
    size_t left = 1 + mutate_below(state, 20);
    while (left-- && at < text->len) {
        const char *end = memchr(text->ptr + at, '\n', text->len - at);
        if (!end)
            return;
        size_t place = (size_t)(end - text->ptr);
        bool has_return = place && text->ptr[place - 1] == '\r';
        if (has_return)
            splice(text, place - 1, 1, STR(""));
        else
            splice(text, place, 0, STR("\r"));
        at = place + 2;
    }
}

static void repeat_header(struct strbuf *text, size_t at, uint64_t *state)
{
    (void)state;
    carry(text, line_at(text, 0), false, at);
}

static void put_mark(struct strbuf *text, size_t at, uint64_t *state)
{
    size_t place = mutate_below(state, 2) ? line_at(text, at).at : at;
    splice(text, place, 0, STR("\xEF\xBB\xBF"));
}

static void swap_lines(struct strbuf *text, size_t at, uint64_t *state)
{
    (void)state;
    carry(text, line_at(text, at), true, text->len / 2);
}

static void fill_block(struct strbuf *text, size_t at, uint64_t *state)
{
    size_t len = 1 + mutate_below(state, 512);
    char byte = (char)mutate_random(state);
    for (size_t i = at; i < text->len && i < at + len; i++)
        text->ptr[i] = byte;
}

static const struct {
    const char *name;
    void (*call)(struct strbuf *text, size_t at, uint64_t *state);
} kinds[] = {
    {"a flipped bit",        flip_bit     },
    {"a cut file",           cut_file     },
    {"a cut line",           cut_line     },
    {"a doubled line",       double_line  },
    {"a lost line",          drop_line    },
    {"a swapped quote",      swap_quote   },
    {"another cell",         set_cell     },
    {"another cell",         set_cell     },
    {"a byte",               put_byte     },
    {"other line ends",      mix_line_ends},
    {"a repeated header",    repeat_header},
    {"a byte order mark",    put_mark     },
    {"a moved line",         swap_lines   },
    {"an overwritten block", fill_block   },
};

void mutate(struct strbuf *text, uint64_t *state, struct strbuf *what)
{
    size_t count = 1 + mutate_below(state, 4);
    for (size_t i = 0; i < count; i++) {
        size_t kind = mutate_below(state, sizeof kinds / sizeof *kinds);
        size_t at = mutate_below(state, text->len);
        if (!text->len)
            return;
        strbuf_printf(what, "%s%s at %zu", i ? ", " : "", kinds[kind].name, at);
        kinds[kind].call(text, at, state);
    }
}
