/* Python literals as JSON text (see python_text.h). */
#include "ingest/python_text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A character as JSON wants it within quotes. */
static void put_character(struct strbuf *out, uint32_t code)
{
    if (code == '"' || code == '\\')
        strbuf_printf(out, "\\%c", (int)code);
    else if (code < 0x20 || (code >= 0xD800 && code < 0xE000))
        strbuf_printf(out, "\\u%04x", (unsigned)code);
    else {
        char bytes[4];
        strbuf_append(out, (struct str){bytes, utf8_put(bytes, code)});
    }
}

/* \xHH, \uHHHH or \UHHHHHHHH; the number of characters behind the letter, 0: it is none. */
static size_t put_coded(struct strbuf *out, struct str digits, char letter)
{
    size_t count = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    uint32_t code = 0;
    if (digits.len < count)
        return 0;
    for (size_t i = 0; i < count; i++) {
        int digit = hex_digit(digits.ptr[i]);
        if (digit < 0)
            return 0;
        code = code << 4 | (uint32_t)digit;
    }
    if (code >= 0x110000)
        return 0;
    put_character(out, code);
    return count;
}

/* The escape whose backslash was just taken; how many bytes it is, 0: none. */
static size_t put_escape(struct strbuf *out, struct str rest)
{
    static const char letters[] = "ntrbf0/\\\"'", values[] = "\n\t\r\b\f\0/\\\"'";
    if (rest.len == 0)
        return 0;
    char c = rest.ptr[0];
    if (c == 'x' || c == 'u' || c == 'U') {
        size_t digits = put_coded(out, (struct str){rest.ptr + 1, rest.len - 1}, c);
        return digits ? digits + 1 : 0;
    }
    const char *known = c ? strchr(letters, c) : NULL;
    if (known) {
        put_character(out, (unsigned char)values[known - letters]);
    } else { /* Python keeps a backslash that escapes nothing */
        strbuf_append_cstr(out, "\\\\");
        return (size_t)-1;
    }
    return 1;
}

/* The string that begins at text.ptr[0]; its length with the quotes, 0: it has no end. */
static size_t put_string(struct strbuf *out, struct str text)
{
    char quote = text.ptr[0];
    strbuf_append_char(out, '"');
    for (size_t at = 1; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == quote) {
            strbuf_append_char(out, '"');
            return at + 1;
        }
        if (c == '\\') {
            size_t taken = put_escape(out, (struct str){text.ptr + at + 1, text.len - at - 1});
            if (taken == 0)
                return 0;
            at += taken == (size_t)-1 ? 0 : taken;
        } else if (c == '"' || (unsigned char)c < 0x20) {
            put_character(out, (unsigned char)c);
        } else {
            strbuf_append_char(out, c);
        }
    }
    return 0;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* None, True, false, ...; the word's length, 0: it is no literal. */
static size_t put_word(struct strbuf *out, struct str text)
{
    static const struct {
        const char *python, *json;
    } words[] = {
        {"None",  "null" },
        {"null",  "null" },
        {"nan",   "null" },
        {"NaN",   "null" },
        {"True",  "true" },
        {"true",  "true" },
        {"False", "false"},
        {"false", "false"},
    };
    size_t len = 0;
    while (len < text.len && is_word(text.ptr[len]))
        len++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_is((struct str){text.ptr, len}, words[i].python)) {
            strbuf_append_cstr(out, words[i].json);
            return len;
        }
    return 0;
}

/* The number that begins here, so that its e is no word. */
static size_t put_number(struct strbuf *out, struct str text)
{
    size_t len = 1;
    while (len < text.len && ((text.ptr[len] >= '0' && text.ptr[len] <= '9') ||
                              (text.ptr[len] && strchr(".eE+-", text.ptr[len]))))
        len++;
    strbuf_append(out, (struct str){text.ptr, len});
    return len;
}

static bool closes_next(struct str rest)
{
    rest = str_trim(rest);
    return rest.len > 0 && strchr("])}", rest.ptr[0]) != NULL;
}

bool python_to_json(struct str text, struct strbuf *out)
{
    size_t at = 0;
    while (at < text.len) {
        struct str rest = {text.ptr + at, text.len - at};
        char c = rest.ptr[0];
        size_t taken = 1;
        if (c == '\'' || c == '"')
            taken = put_string(out, rest);
        else if (is_word(c))
            taken = put_word(out, rest);
        else if (c == '-' || (c >= '0' && c <= '9'))
            taken = put_number(out, rest);
        else if (c == '(' || c == ')')
            strbuf_append_char(out, c == '(' ? '[' : ']');
        else if (c != ',' || !closes_next((struct str){rest.ptr + 1, rest.len - 1}))
            strbuf_append_char(out, c);
        if (taken == 0)
            return false;
        at += taken;
    }
    return !out->overflowed;
}
