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

static bool take_slashed(struct str *text, int *first, int *second)
{
    return take_number(text, 2, first) && take_char(text, '/') && take_number(text, 2, second) &&
           take_char(text, '/');
}

static bool read_slashed_year_last(struct str text, bool day_first, int64_t *moment_ms)
{
    int month, day, year;
    if (!(day_first ? take_slashed(&text, &day, &month) : take_slashed(&text, &month, &day)))
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

/* YYYY-MM-DD[T or blank]HH... with 24 to 47 hours. */
static bool read_long_day(struct str text, int64_t *moment_ms)
{
    char shorter[40];
    if (text.len < 16 || text.len >= sizeof shorter || text.ptr[13] != ':')
        return false;
    int hour = 10 * (text.ptr[11] - '0') + (text.ptr[12] - '0');
    if (text.ptr[12] < '0' || text.ptr[12] > '9' || hour < 24 || hour > 47)
        return false;
    memcpy(shorter, text.ptr, text.len);
    shorter[11] = (char)('0' + (hour - 24) / 10);
    shorter[12] = (char)('0' + (hour - 24) % 10);
    if (!moment_read((struct str){shorter, text.len}, moment_ms))
        return false;
    *moment_ms += MS_PER_DAY;
    return true;
}

static bool read_bill(struct str text, bool day_first, int64_t *moment_ms)
{
    text = str_trim(text);
    if (moment_read(text, moment_ms))
        return true;
    if (text.len >= 6 && memchr(text.ptr, '/', 3))
        return read_slashed_year_last(text, day_first, moment_ms);
    return read_long_day(text, moment_ms);
}

bool moment_read_bill(struct str text, int64_t *moment_ms)
{
    return read_bill(text, false, moment_ms);
}

bool moment_read_bill_day_first(struct str text, int64_t *moment_ms)
{
    return read_bill(text, true, moment_ms);
}

bool moment_slashed_numbers(struct str text, int *first, int *second)
{
    text = str_trim(text);
    return take_slashed(&text, first, second);
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

/* Two digits; 100 and more when one is none. */
static unsigned two_digits(const char *at)
{
    unsigned high = (unsigned char)at[0] - (unsigned)'0',
             low = (unsigned char)at[1] - (unsigned)'0';
    return high > 9 || low > 9 ? 100 : 10 * high + low;
}

/* THH:MM:SSZ or THH:MM:SS.mmmZ, the `len` bytes at `at`; leap seconds are left to moment_read(). */
static bool read_plain_time(const char *at, size_t len, int64_t *ms)
{
    if (at[0] != 'T' || at[3] != ':' || at[6] != ':' || at[len - 1] != 'Z')
        return false;
    unsigned hour = two_digits(at + 1), minute = two_digits(at + 4), second = two_digits(at + 7);
    unsigned fraction = 0;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (len > 10) {
        unsigned tens = two_digits(at + 10), ones = (unsigned char)at[12] - (unsigned)'0';
        if (at[9] != '.' || tens > 99 || ones > 9)
            return false;
        fraction = tens * 10 + ones;
    }
    *ms = ((int64_t)(hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return true;
}

bool moment_read_json_recent(struct moment_recent *recent, struct str text, int64_t *moment_ms)
{
    int64_t time;
    bool plain =
        (text.len == 20 || text.len == 24) &&
        read_plain_time(text.ptr + sizeof recent->date, text.len - sizeof recent->date, &time);
    if (!plain)
        return moment_read_json(text, moment_ms);
    if (!recent->known || memcmp(text.ptr, recent->date, sizeof recent->date) != 0) {
        struct day day;
        recent->known = day_read((struct str){text.ptr, sizeof recent->date}, &day);
        if (!recent->known)
            return moment_read_json(text, moment_ms);
        memcpy(recent->date, text.ptr, sizeof recent->date);
        recent->date_ms = moment_of_day(day);
    }
    *moment_ms = recent->date_ms + time;
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

bool month_read_bill(struct str text, struct day *first)
{
    char dashed[8];
    struct date_range month;
    text = str_trim(text);
    if (text.len == 6 && !memchr(text.ptr, '-', 6)) {
        memcpy(dashed, text.ptr, 4);
        dashed[4] = '-';
        memcpy(dashed + 5, text.ptr + 4, 2);
        text = (struct str){dashed, 7};
    }
    if (!month_read(text, &month))
        return false;
    *first = month.first;
    return true;
}
