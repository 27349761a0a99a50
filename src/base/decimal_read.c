/* Reads amounts from cells. decimal_read() is on the hot path of ingest: it makes no message and
 * takes the common cell (at most 19 characters, no exponent) in one loop over 64 bits.
 *
 * Called by the readers of bills. Must not know columns or currencies.
 */
#include "base/decimal.h"

#include <string.h>

#include "base/bytes.h"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* 10^DECIMAL_CELL_WHOLE_DIGITS */
static const uint64_t whole_limit = UINT64_C(1000000000000000);

enum {
    SHORT_CELL_CHARS = 19
}; /* 18 digits and a point, or a whole part below the limit: 63 bits */

/* Eight digits at once (after Johnny Lee and Daniel Lemire): pairs, then fours, then all eight are
 * joined by multiplications. The first digit is the lowest byte. False when one of the bytes is no
 * digit. */
static inline bool join_eight_digits(uint64_t bytes, uint64_t *out)
{
    bytes ^= UINT64_C(0x3030303030303030); /* '0'..'9' become 0..9 */
    if (((bytes + UINT64_C(0x7676767676767676)) | bytes) & UINT64_C(0x8080808080808080))
        return false;
    bytes = bytes * 10 + (bytes >> 8);
    uint64_t mask = UINT64_C(0x000000FF000000FF);
    uint64_t first_and_third = (bytes & mask) * (100 + (UINT64_C(1000000) << 32));
    uint64_t second_and_fourth = (bytes >> 16 & mask) * (1 + (UINT64_C(10000) << 32));
    *out = (first_and_third + second_and_fourth) >> 32;
    return true;
}

static const uint64_t small_powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

/* Goes on from *value with the digits at..end, at most 19 in all; false when one is none. Eight
 * bytes from `lowest` on may be read, so that a rest of a few digits is read with what stands
 * before it. */
static inline bool read_digits(uint64_t *value, const char *lowest, const char *at, const char *end)
{
    uint64_t eight;
    for (; end - at >= 8; at += 8) {
        if (!join_eight_digits(load_le64(at), &eight))
            return false;
        *value = *value * 100000000 + eight;
    }
    size_t rest = (size_t)(end - at);
    if (rest && end - lowest >= 8) { /* what stands before the rest reads as zeros */
        unsigned before = 8 * (8 - (unsigned)rest);
        uint64_t zeros = UINT64_C(0x3030303030303030) >> 8 * rest;
        if (!join_eight_digits((load_le64(end - 8) >> before << before) | zeros, &eight))
            return false;
        *value = *value * small_powers[rest] + eight;
        return true;
    }
    for (; at < end && is_digit(*at); at++)
        *value = *value * 10 + (uint64_t)(*at - '0');
    return at == end;
}

bool decimal_read_short(struct str cell, int64_t *units, uint8_t *scale)
{
    const char *at = cell.ptr, *end = cell.ptr + cell.len;
    bool negative = cell.len > 0 && *at == '-';
    at += negative;
    if (end - at > SHORT_CELL_CHARS)
        return false;
    const char *start = at;
    uint64_t value = 0;
    while (at < end && is_digit(*at)) /* whole parts are short: a loop is faster than eights */
        value = value * 10 + (uint64_t)(*at++ - '0');
    if (at == start || value >= whole_limit)
        return false;
    *scale = 0;
    if (at < end) {
        if (*at++ != '.' || at == end)
            return false;
        while (end > at && end[-1] == '0')
            end--;
        *scale = (uint8_t)(end - at);
        if (!read_digits(&value, start, at, end))
            return false;
    }
    *units = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* Where the parts of a long cell are. */
struct cell_parts {
    const char *whole; /* first digit */
    size_t whole_len;
    const char *fraction;
    size_t fraction_len;
    int64_t exponent;
};

enum { EXPONENT_LIMIT = 1000000000 }; /* further digits of an exponent change nothing */

/* [+-]digits; false when something else stands there. */
static bool read_exponent(const char *at, const char *end, int64_t *out)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end)
        return false;
    int64_t value = 0;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return false;
        if (value < EXPONENT_LIMIT)
            value = value * 10 + (*at - '0');
    }
    *out = negative ? -value : value;
    return true;
}

static bool split_cell(const char *at, const char *end, struct cell_parts *parts)
{
    *parts = (struct cell_parts){.whole = at, .fraction = end};
    while (at < end && is_digit(*at))
        at++;
    parts->whole_len = (size_t)(at - parts->whole);
    if (parts->whole_len == 0)
        return false;
    if (at < end && *at == '.') {
        parts->fraction = ++at;
        while (at < end && is_digit(*at))
            at++;
        parts->fraction_len = (size_t)(at - parts->fraction);
        if (parts->fraction_len == 0)
            return false;
    }
    if (at == end)
        return true;
    return (*at == 'e' || *at == 'E') && read_exponent(at + 1, end, &parts->exponent);
}

static char digit_at(const struct cell_parts *parts, size_t i)
{
    return i < parts->whole_len ? parts->whole[i] : parts->fraction[i - parts->whole_len];
}

/* What a text may carry: digits before the point and behind it. */
struct read_limits {
    int64_t whole_digits, scale;
};
static const struct read_limits cell_limits = {DECIMAL_CELL_WHOLE_DIGITS, DECIMAL_CELL_SCALE_MAX};
static const struct read_limits sum_limits = {DECIMAL_DIGITS_MAX, DECIMAL_DIGITS_MAX - 1};

/* Any cell. value = (digits first..last as a whole number) * 10^power */
static enum decimal_read_code read_long_cell(const char *at, const char *end, bool negative,
                                             const struct read_limits *limits, struct decimal *out)
{
    struct cell_parts parts;
    if (!split_cell(at, end, &parts))
        return DECIMAL_READ_SYNTAX;
    size_t first = 0, last = parts.whole_len + parts.fraction_len;
    while (first < last && digit_at(&parts, first) == '0')
        first++;
    while (last > first && digit_at(&parts, last - 1) == '0')
        last--;
    if (first == last) {
        *out = DECIMAL_ZERO;
        return DECIMAL_READ_OK;
    }
    int64_t power = parts.exponent + ((int64_t)parts.whole_len - (int64_t)last);
    int64_t digits = (int64_t)(last - first);
    int64_t digits_written = power > 0 ? digits + power : digits;
    if (digits + power > limits->whole_digits || -power > limits->scale ||
        digits_written > DECIMAL_DIGITS_MAX)
        return DECIMAL_READ_RANGE;
    i128 units = 0;
    for (size_t i = first; i < last; i++)
        units = units * 10 + (digit_at(&parts, i) - '0');
    if (power > 0)
        units *= decimal_power10((unsigned)power);
    *out = (struct decimal){negative ? -units : units, (uint8_t)(power < 0 ? -power : 0)};
    return DECIMAL_READ_OK;
}

enum decimal_read_code decimal_read(struct str cell, struct decimal *out)
{
    int64_t units;
    uint8_t scale;
    if (cell.len > 0 && (cell.ptr[0] <= ' ' || cell.ptr[cell.len - 1] <= ' '))
        cell = str_trim(cell);
    if (cell.len == 0)
        return DECIMAL_READ_SYNTAX;
    if (decimal_read_short(cell, &units, &scale)) {
        *out = (struct decimal){units, scale};
        return DECIMAL_READ_OK;
    }
    const char *at = cell.ptr, *end = cell.ptr + cell.len;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    return read_long_cell(at, end, negative, &cell_limits, out);
}

enum gr_status decimal_parse_sum(struct str text, struct decimal *out, struct gr_err *err)
{
    struct str number = str_trim(text);
    bool negative = number.len > 0 && number.ptr[0] == '-';
    const char *at = number.ptr + (number.len > 0 && (negative || number.ptr[0] == '+'));
    enum decimal_read_code code = DECIMAL_READ_SYNTAX;
    if (number.len > 0)
        code = read_long_cell(at, number.ptr + number.len, negative, &sum_limits, out);
    if (code == DECIMAL_READ_OK)
        return GR_OK;
    return gr_fail(err, GR_EDATA, "\"%.*s\" is %s", STR_ARG(text),
                   code == DECIMAL_READ_RANGE ? "out of range: more than 38 digits"
                                              : "not a decimal amount");
}

enum gr_status decimal_parse(struct str cell, struct decimal *out, struct gr_err *err)
{
    switch (decimal_read(cell, out)) {
    case DECIMAL_READ_OK:
        return GR_OK;
    case DECIMAL_READ_RANGE:
        return gr_fail(err, GR_EDATA,
                       "\"%.*s\" is out of range: wanted below 10^%d, with at most %d decimals",
                       STR_ARG(cell), DECIMAL_CELL_WHOLE_DIGITS, DECIMAL_CELL_SCALE_MAX);
    case DECIMAL_READ_SYNTAX:
        break;
    }
    return gr_fail(err, GR_EDATA, "\"%.*s\" is not a decimal amount", STR_ARG(cell));
}
