/* Moments as bills and captures spell them (see moments.h). */
#include "ingest/moments.h"

#include <stdio.h>
#include <string.h>

/* 1 to `digits_max` digits at the front of *text. */
static bool take_number(struct str *text, size_t digits_max, int *out)
{
    size_t digits = 0;
    int value = 0;
    while (digits < text->len && digits < digits_max && text->ptr[digits] >= '0' &&
           text->ptr[digits] <= '9')
        value = 10 * value + (text->ptr[digits++] - '0');
    text->ptr += digits;
    text->len -= digits;
    *out = value;
    return digits > 0;
}

static bool take_char(struct str *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    text->ptr++;
    text->len--;
    return true;
}

/* Puts a checked date before the time that is left in `rest` and lets moment_read() judge it. */
static bool read_rewritten(int year, int month, int day, struct str rest, int64_t *moment_ms)
{
    char iso[48];
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 ||
        rest.len > 24)
        return false;
    int len = snprintf(iso, sizeof iso, "%04d-%02d-%02d", year, month, day);
    if (rest.len > 0)
        memcpy(iso + len, rest.ptr, rest.len);
    return moment_read((struct str){iso, (size_t)len + rest.len}, moment_ms);
}

static bool read_us(struct str text, int64_t *moment_ms)
{
    int month, day, year;
    if (!take_number(&text, 2, &month) || !take_char(&text, '/') || !take_number(&text, 2, &day) ||
        !take_char(&text, '/'))
        return false;
    size_t before = text.len;
    if (!take_number(&text, 4, &year))
        return false;
    size_t digits = before - text.len;
    if (digits != 2 && digits != 4)
        return false;
    if (text.len > 0 && text.ptr[0] != ' ')
        return false;
    if (text.len >= 2 && text.len < 6 + 3 && text.ptr[2] == ':') { /* " 5:00" -> " 05:00" */
        char padded[16] = " 0";
        memcpy(padded + 2, text.ptr + 1, text.len - 1);
        return read_rewritten(digits == 2 ? 2000 + year : year, month, day,
                              (struct str){padded, text.len + 1}, moment_ms);
    }
    return read_rewritten(digits == 2 ? 2000 + year : year, month, day, text, moment_ms);
}

bool moment_read_bill(struct str text, int64_t *moment_ms)
{
    text = str_trim(text);
    if (moment_read(text, moment_ms))
        return true;
    return text.len >= 6 && memchr(text.ptr, '/', 3) && read_us(text, moment_ms);
}

bool moment_read_json(struct str text, int64_t *moment_ms)
{
    text = str_trim(text);
    if (moment_read(text, moment_ms))
        return true;
    if (text.len < 9 || text.len > 14)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = 10 * value + (text.ptr[i] - '0');
    }
    *moment_ms = text.len <= 11 ? 1000 * value : value;
    return true;
}

bool moment_read_slashed(struct str text, int64_t *moment_ms)
{
    int year, month, day;
    text = str_trim(text);
    if (!take_number(&text, 4, &year) || !take_char(&text, '/') || !take_number(&text, 2, &month) ||
        !take_char(&text, '/') || !take_number(&text, 2, &day))
        return false;
    return text.len > 0 && text.ptr[0] == ' ' && read_rewritten(year, month, day, text, moment_ms);
}
