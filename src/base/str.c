/* Text views and growing text.
 *
 * Called by every floor. Must not know what the texts mean; case and blanks are ASCII's.
 */
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct str str_from(const char *cstring)
{
    return cstring ? (struct str){cstring, strlen(cstring)} : STR_NONE;
}

bool str_equal(struct str a, struct str b)
{
    if (a.len != b.len || !a.ptr != !b.ptr)
        return false;
    return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len || !a.ptr != !b.ptr)
        return false;
    for (size_t i = 0; a.ptr && i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t str_distance(struct str a, struct str b)
{
    enum { LENGTH_MAX = 64 };
    size_t row[LENGTH_MAX + 1];
    if (a.len > LENGTH_MAX || b.len > LENGTH_MAX)
        return LENGTH_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t change = diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));
            row[j] = smaller(change, smaller(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b.len];
}

bool str_is(struct str a, const char *cstring)
{
    return str_equal(a, str_from(cstring));
}

bool str_starts(struct str text, struct str prefix)
{
    if (prefix.len > text.len)
        return false;
    return prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

bool str_ends(struct str text, struct str suffix)
{
    if (suffix.len > text.len)
        return false;
    return suffix.len == 0 ||
           memcmp(text.ptr + (text.len - suffix.len), suffix.ptr, suffix.len) == 0;
}

int str_compare(struct str a, struct str b)
{
    if (!a.ptr || !b.ptr)
        return (a.ptr != NULL) - (b.ptr != NULL);
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct str str_cut(struct str *rest, char separator)
{
    struct str before = *rest;
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    if (!at) {
        *rest = STR_NONE;
        return before;
    }
    before.len = (size_t)(at - rest->ptr);
    rest->ptr = at + 1;
    rest->len -= before.len + 1;
    return before;
}

/* Bytes of the character at text[at], so that ? stands for a character and not for half of one. */
static size_t character_len(struct str text, size_t at)
{
    size_t len = 1;
    if ((unsigned char)text.ptr[at] >= 0xC0)
        while (len < 4 && at + len < text.len && ((unsigned char)text.ptr[at + len] & 0xC0) == 0x80)
            len++;
    return len;
}

static bool same_letter(char a, char b, bool fold)
{
    return a == b || (fold && lower(a) == lower(b));
}

/* Only the last * needs a way back: what an earlier one could give, the later one can take. */
static bool glob(struct str pattern, struct str text, bool fold)
{
    size_t p = 0, t = 0;
    size_t star_p = SIZE_MAX, star_t = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star_p = p++;
            star_t = t;
        } else if (p < pattern.len && pattern.ptr[p] == '?') {
            p++;
            t += character_len(text, t);
        } else if (p < pattern.len && same_letter(pattern.ptr[p], text.ptr[t], fold)) {
            p++;
            t++;
        } else if (star_p != SIZE_MAX) {
            p = star_p + 1;
            star_t += character_len(text, star_t);
            t = star_t;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool str_glob(struct str pattern, struct str text)
{
    return glob(pattern, text, false);
}

bool str_glob_nocase(struct str pattern, struct str text)
{
    return glob(pattern, text, true);
}

/* Length of the well-formed multi-byte character at s (Unicode 15, table 3-7), or 0. */
static size_t utf8_character(const unsigned char *s, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t len;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        len = 2;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        len = 3;
        low = s[0] == 0xE0 ? 0xA0 : 0x80;  /* overlong */
        high = s[0] == 0xED ? 0x9F : 0xBF; /* surrogates */
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        len = 4;
        low = s[0] == 0xF0 ? 0x90 : 0x80;  /* overlong */
        high = s[0] == 0xF4 ? 0x8F : 0xBF; /* beyond U+10FFFF */
    } else {
        return 0;
    }
    if (left < len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool str_is_utf8(struct str text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t i = 0;
    while (i < text.len) {
        if (text.len - i >= 8) {
            uint64_t word;
            memcpy(&word, s + i, 8);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += 8;
                continue;
            }
        }
        size_t len = s[i] < 0x80 ? 1 : utf8_character(s + i, text.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t utf8_put(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((0xF00 >> len & 0xFF) | code); /* as many ones as bytes, then a zero */
    return len;
}

void strbuf_init(struct strbuf *buf, size_t ceiling)
{
    *buf = (struct strbuf){.ceiling = ceiling};
}

void strbuf_deinit(struct strbuf *buf)
{
    free(buf->ptr);
    *buf = (struct strbuf){.ceiling = buf->ceiling};
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

/* Room for `more` bytes and a NUL, or false and `overflowed`. Once a piece was dropped the later
 * ones are too, so that what is there is always a prefix of what was meant. */
static bool strbuf_reserve(struct strbuf *buf, size_t more)
{
    if (buf->overflowed || more > buf->ceiling - buf->len) {
        buf->overflowed = true;
        return false;
    }
    size_t needed = buf->len + more + 1;
    if (needed <= buf->capacity)
        return true;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > buf->ceiling && buf->ceiling < SIZE_MAX)
        capacity = buf->ceiling + 1;
    buf->ptr = gr_realloc(buf->ptr, capacity);
    buf->capacity = capacity;
    return true;
}

void strbuf_append(struct strbuf *buf, struct str text)
{
    if (text.len == 0 || !strbuf_reserve(buf, text.len))
        return;
    memcpy(buf->ptr + buf->len, text.ptr, text.len);
    buf->len += text.len;
    buf->ptr[buf->len] = '\0';
}

void strbuf_append_char(struct strbuf *buf, char c)
{
    if (!strbuf_reserve(buf, 1))
        return;
    buf->ptr[buf->len++] = c;
    buf->ptr[buf->len] = '\0';
}

void strbuf_append_cstr(struct strbuf *buf, const char *text)
{
    strbuf_append(buf, str_from(text));
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (len > 0 && strbuf_reserve(buf, (size_t)len)) {
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

struct str strbuf_str(const struct strbuf *buf)
{
    return buf->ptr ? (struct str){buf->ptr, buf->len} : STR("");
}

const char *strbuf_cstr(struct strbuf *buf)
{
    return buf->ptr ? buf->ptr : "";
}
