/* Single JSON values in a line (see json_scan.h). */
#include "ingest/json_scan.h"

#include <string.h>

enum { WHOLE_DIGITS_MAX = 15 };

/* Four hex digits; -1 when one is none. */
static int32_t read_hex(const char *at)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (digit < 0 || digit > 15 || (digit > 9 && ((c | 0x20) < 'a')))
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX, `at` behind the u; a pair of surrogates is one character. */
static const char *decode_unicode(const char *at, char **out)
{
    int32_t code = read_hex(at);
    if (code <= 0)
        return NULL;
    at += 4;
    if (code >= 0xDC00 && code <= 0xDFFF)
        return NULL;
    if (code >= 0xD800 && code <= 0xDBFF) {
        int32_t low = at[0] == '\\' && at[1] == 'u' ? read_hex(at + 2) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return NULL;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    }
    *out += utf8_put(*out, (uint32_t)code);
    return at;
}

/* The escape at the backslash `at`. Never longer decoded than written. */
static const char *decode_escape(const char *at, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = at[1];
    if (c == 'u')
        return decode_unicode(at + 2, out);
    const char *known = c ? strchr(from, c) : NULL;
    if (!known)
        return NULL;
    *(*out)++ = to[known - from];
    return at + 2;
}

/* Copies what stands between escapes. */
static char *put_bytes(char *out, const char *from, const char *to)
{
    if (to > from)
        memcpy(out, from, (size_t)(to - from));
    return out + (to - from);
}

const char *json_scan_odd_text(const char *at, const char *stop, char **scratch,
                               const char *scratch_end, struct str *out)
{
    char *decoded = *scratch;
    const char *from = at;
    bool escaped = false, beyond_ascii = false;
    for (; *stop != '"'; stop = text_scan_plain(stop)) {
        if ((unsigned char)*stop >= 0x80) {
            beyond_ascii = true;
            while ((unsigned char)*stop >= 0x80)
                stop++;
        } else if (*stop == '\\') {
            if (scratch_end - decoded < stop - from + 4)
                return NULL;
            decoded = put_bytes(decoded, from, stop);
            from = stop = decode_escape(stop, &decoded);
            escaped = true;
            if (!stop)
                return NULL;
        } else {
            return NULL;
        }
    }
    *out = (struct str){at, (size_t)(stop - at)};
    if (escaped) {
        if (scratch_end - decoded < stop - from)
            return NULL;
        decoded = put_bytes(decoded, from, stop);
        *out = (struct str){*scratch, (size_t)(decoded - *scratch)};
        *scratch = decoded;
    }
    return beyond_ascii && !str_is_utf8(*out) ? NULL : stop + 1;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static const char *skip_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

const char *json_scan_any_number(const char *at, struct str *out, int64_t *whole)
{
    const char *first = at + (*at == '-'), *end = first;
    int64_t value = 0;
    *whole = -1;
    for (; is_digit(*end) && end - first < WHOLE_DIGITS_MAX; end++)
        value = value * 10 + (*end - '0');
    end = skip_digits(end);
    if (end == first || (*first == '0' && end > first + 1))
        return NULL;
    if (first == at && end - first <= WHOLE_DIGITS_MAX)
        *whole = value;
    if (*end == '.' || (*end | 0x20) == 'e') {
        *whole = -1;
        if (*end == '.') {
            const char *fraction = end + 1;
            end = skip_digits(fraction);
            if (end == fraction)
                return NULL;
        }
        if ((*end | 0x20) == 'e') {
            const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
            end = skip_digits(exponent);
            if (end == exponent)
                return NULL;
        }
    }
    *out = (struct str){at, (size_t)(end - at)};
    return end;
}

/* A text as raw bytes, `at` behind its opening quote. */
static const char *skip_text(const char *at)
{
    for (;;) {
        at = text_scan_plain(at);
        if (*at == '"')
            return at + 1;
        if ((unsigned char)*at >= 0x80)
            at++;
        else if (*at == '\\' && (unsigned char)at[1] >= 0x20)
            at += 2;
        else
            return NULL;
    }
}

const char *json_scan_nested(const char *at, int depth_max)
{
    int depth = 0;
    for (;;) {
        char c = *at++;
        if (c == '"') {
            at = skip_text(at);
            if (!at)
                return NULL;
        } else if (c == '{' || c == '[') {
            if (++depth > depth_max)
                return NULL;
        } else if (c == '}' || c == ']') {
            if (--depth == 0)
                return at;
        } else if ((unsigned char)c < 0x20) {
            return NULL;
        }
    }
}
