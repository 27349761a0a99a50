/* A reader for one level of JSON members; nested values are skipped over as raw text. */
#include "base/tags.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

static void skip_blanks(struct str *text)
{
    while (text->len &&
           (*text->ptr == ' ' || *text->ptr == '\t' || *text->ptr == '\n' || *text->ptr == '\r')) {
        text->ptr++;
        text->len--;
    }
}

static void skip(struct str *text, size_t count)
{
    text->ptr += count;
    text->len -= count;
}

static bool take(struct str *text, char c)
{
    skip_blanks(text);
    if (!text->len || *text->ptr != c)
        return false;
    skip(text, 1);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at `at`, or -1. */
static int32_t hex4(struct str raw, size_t at)
{
    int32_t value = 0;
    if (raw.len - at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_digit(raw.ptr[at + i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX at raw[at] (behind the u), perhaps a surrogate pair; lone surrogates become U+FFFD. *used
 * is how many bytes were read. */
static uint32_t unicode_escape(struct str raw, size_t at, size_t *used)
{
    int32_t high = hex4(raw, at);
    *used = high < 0 ? 0 : 4;
    if (high < 0)
        return 0xFFFD;
    if (high < 0xD800 || high > 0xDFFF)
        return (uint32_t)high;
    if (high < 0xDC00 && raw.len - at >= 10 && raw.ptr[at + 4] == '\\' && raw.ptr[at + 5] == 'u') {
        int32_t low = hex4(raw, at + 6);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *used = 10;
            return 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
        }
    }
    return 0xFFFD;
}

/* Escapes never grow: \uXXXX is 6 bytes for at most 3, a pair 12 for 4. */
static struct str unescape(struct arena *arena, struct str raw)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    char *out = arena_alloc(arena, raw.len + 4);
    size_t length = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] != '\\' || i + 1 == raw.len) {
            out[length++] = raw.ptr[i];
            continue;
        }
        char c = raw.ptr[++i];
        const char *known = c ? strchr(plain, c) : NULL;
        if (known) {
            out[length++] = meant[known - plain];
        } else if (c == 'u') {
            size_t used = 0;
            length += utf8_put(out + length, unicode_escape(raw, i + 1, &used));
            i += used;
        } else {
            out[length++] = c;
        }
    }
    return (struct str){out, length};
}

/* A string at the start of *text, with its quotes. */
static bool take_string(struct arena *arena, struct str *text, struct str *out)
{
    bool escaped = false;
    size_t end = 1;
    if (!text->len || *text->ptr != '"')
        return false;
    while (end < text->len && text->ptr[end] != '"') {
        if (text->ptr[end] == '\\') {
            escaped = true;
            end++;
        }
        end++;
    }
    if (end >= text->len)
        return false;
    struct str raw = {text->ptr + 1, end - 1};
    *out = escaped ? unescape(arena, raw) : raw;
    skip(text, end + 1);
    return true;
}

/* An object or array at the start of *text, as raw text. */
static bool take_nested(struct str *text, struct str *out)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->ptr[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
        if (depth > DEPTH_MAX)
            return false;
        if (depth == 0) {
            *out = (struct str){text->ptr, i + 1};
            skip(text, i + 1);
            return true;
        }
    }
    return false;
}

static bool take_bare(struct str *text, struct str *out)
{
    size_t end = 0;
    while (end < text->len && !strchr(",}] \t\r\n\"", text->ptr[end]))
        end++;
    if (end == 0)
        return false;
    *out = (struct str){text->ptr, end};
    if (str_is(*out, "null"))
        *out = STR_NONE;
    skip(text, end);
    return true;
}

static bool take_value(struct arena *arena, struct str *text, struct str *out)
{
    skip_blanks(text);
    if (!text->len)
        return false;
    if (*text->ptr == '"')
        return take_string(arena, text, out);
    if (*text->ptr == '{' || *text->ptr == '[')
        return take_nested(text, out);
    return take_bare(text, out);
}

bool tags_next(struct arena *arena, struct tags_walk *walk, struct str *key, struct str *value)
{
    struct str *rest = &walk->rest;
    if (!rest->ptr)
        return false;
    if (!walk->started) {
        walk->braces = take(rest, '{');
        walk->started = true;
    } else if (!take(rest, ',')) {
        return false;
    }
    skip_blanks(rest);
    if (!take_string(arena, rest, key) || !take(rest, ':'))
        return false;
    return take_value(arena, rest, value);
}

struct str tags_member(struct arena *arena, struct str text, struct str key)
{
    struct tags_walk walk = {.rest = text};
    struct str found = STR_NONE;
    struct str name;
    struct str value;
    while (tags_next(arena, &walk, &name, &value))
        if (str_equal(name, key))
            found = value;
    return found;
}

bool tags_are_whole(struct arena *arena, struct str text)
{
    struct tags_walk walk = {.rest = text};
    struct str key, value;
    size_t members = 0;
    while (tags_next(arena, &walk, &key, &value))
        members++;
    struct str rest = str_trim(walk.rest);
    struct str read = str_trim((struct str){text.ptr, (size_t)(walk.rest.ptr - text.ptr)});
    if (read.len && read.ptr[read.len - 1] == ',') /* a comma with nothing behind it */
        return false;
    if (walk.braces && rest.len && *rest.ptr == '}')
        rest = str_trim((struct str){rest.ptr + 1, rest.len - 1});
    else if (walk.braces)
        return false;
    return rest.len == 0 && (members > 0 || walk.braces);
}
