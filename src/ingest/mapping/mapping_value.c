/* Numbers and times as a mapping says that they are written (see mapping_internal.h). */
#include "ingest/bill_amount.h"
#include "ingest/mapping/mapping_internal.h"
#include "ingest/moments.h"

enum { NUMBER_BYTES_MAX = 96 };

/* ---- numbers ---- */

/* Digits in groups of three, the first of one to three; *len: how much of the text they are. */
static bool groups_fit(struct str text, char separator, size_t *len)
{
    size_t digits = 0, groups = 0;
    for (*len = 0; *len < text.len; ++*len) {
        char c = text.ptr[*len];
        if (c >= '0' && c <= '9') {
            digits++;
        } else if (c == separator) {
            if (digits == 0 || digits > 3 || (groups > 0 && digits != 3))
                return false;
            groups++;
            digits = 0;
        } else {
            break;
        }
    }
    return groups == 0 || digits == 3;
}

/* The number as decimal_read() wants it. False: a separator stands where none can. */
static bool plain_number(const struct mapping *mapping, struct str text, char out[NUMBER_BYTES_MAX],
                         size_t *len)
{
    size_t sign = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+'), whole;
    *len = 0;
    if (text.len >= NUMBER_BYTES_MAX ||
        !groups_fit((struct str){text.ptr + sign, text.len - sign}, mapping->thousands, &whole))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (mapping->thousands && c == mapping->thousands && i < sign + whole)
            continue;
        if (mapping->decimal_point != '.' && c == '.')
            return false;
        out[(*len)++] = c == mapping->decimal_point ? '.' : c;
    }
    return true;
}

/* Too large a scale for 128 bits gives way, digit by digit: half to even where it ends. */
bool mapping_ratio(struct decimal value, struct decimal over, struct decimal under,
                   struct decimal *out)
{
    struct gr_err ignored = {0};
    struct decimal product;
    if (decimal_mul(value, over, &product, &ignored) != GR_OK)
        return false;
    for (int scale = DECIMAL_CELL_SCALE_MAX; scale >= 0; scale--)
        if (decimal_div(product, under, (uint8_t)scale, out, &ignored) == GR_OK)
            return bill_amount_fit(out);
    return false;
}

const char *mapping_number(const struct mapping *mapping, const struct mapping_target *target,
                           bool negate, struct str text, struct decimal *out)
{
    char plain[NUMBER_BYTES_MAX];
    size_t len;
    text = str_trim(text);
    if (mapping->thousands || mapping->decimal_point != '.') {
        if (!plain_number(mapping, text, plain, &len))
            return "is not a decimal amount";
        text = (struct str){plain, len};
    }
    switch (decimal_read(text, out)) {
    case DECIMAL_READ_OK:
        break;
    case DECIMAL_READ_RANGE:
        return "is beyond 10^15 or has more than 28 decimals or 38 digits";
    case DECIMAL_READ_SYNTAX:
        return "is not a decimal amount";
    }
    if (target->scaled && !mapping_ratio(*out, target->over, target->under, out))
        return "is beyond 10^15 with its factor";
    if (negate)
        *out = decimal_negate(*out);
    return NULL;
}

/* ---- times ---- */

struct clock {
    int year, month, day, hour, minute, second, ms;
};

static bool take_digits(struct str *text, size_t least, size_t most, int *out)
{
    size_t len = 0;
    *out = 0;
    while (len < most && len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9')
        *out = *out * 10 + (text->ptr[len++] - '0');
    *text = (struct str){text->ptr + len, text->len - len};
    return len >= least;
}

static bool take_month_name(struct str *text, int *out)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t len = 0;
    while (len < text->len && ((text->ptr[len] | 32) >= 'a' && (text->ptr[len] | 32) <= 'z'))
        len++;
    for (int i = 0; i < 12 && len >= 3; i++) {
        if (str_equal_nocase((struct str){text->ptr, 3}, (struct str){names + i * 3, 3})) {
            *out = i + 1;
            *text = (struct str){text->ptr + len, text->len - len};
            return true;
        }
    }
    return false;
}

/* Digits of a second behind the point; cut to milliseconds. */
static bool take_fraction(struct str *text, int *ms)
{
    int digits = 0;
    *ms = 0;
    while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9') {
        if (digits < 3)
            *ms = *ms * 10 + (text->ptr[0] - '0');
        digits++;
        *text = (struct str){text->ptr + 1, text->len - 1};
    }
    for (int i = digits; i < 3; i++)
        *ms *= 10;
    return digits > 0;
}

static bool take_letter(char letter, struct str *text, struct clock *clock)
{
    switch (letter) {
    case 'Y':
        return take_digits(text, 4, 4, &clock->year);
    case 'y':
        if (!take_digits(text, 2, 2, &clock->year))
            return false;
        clock->year += 2000;
        return true;
    case 'm':
        return take_digits(text, 1, 2, &clock->month);
    case 'b':
        return take_month_name(text, &clock->month);
    case 'd':
        return take_digits(text, 1, 2, &clock->day);
    case 'H':
        return take_digits(text, 1, 2, &clock->hour);
    case 'M':
        return take_digits(text, 2, 2, &clock->minute);
    case 'S':
        return take_digits(text, 2, 2, &clock->second);
    case 'f':
        return take_fraction(text, &clock->ms);
    default:
        return false;
    }
}

static bool clock_moment(const struct clock *clock, int64_t *out)
{
    if (clock->year < 1 || clock->month < 1 || clock->month > 12 || clock->day < 1 ||
        clock->hour > 23 || clock->minute > 59 || clock->second > 59)
        return false;
    struct day first = day_from_ymd(clock->year, clock->month, 1);
    if (clock->day > month_days(first))
        return false;
    *out = moment_of_day(day_add(first, clock->day - 1)) + clock->hour * INT64_C(3600000) +
           clock->minute * INT64_C(60000) + clock->second * INT64_C(1000) + clock->ms;
    return true;
}

static bool read_pattern(struct str pattern, struct str text, int64_t *out)
{
    struct clock clock = {.day = 1};
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        bool letter = c == '%' && i + 1 < pattern.len && pattern.ptr[i + 1] != '%';
        if (c == '%')
            i++;
        if (letter) {
            if (!take_letter(pattern.ptr[i], &text, &clock))
                return false;
        } else if (text.len == 0 || text.ptr[0] != c) {
            return false;
        } else {
            text = (struct str){text.ptr + 1, text.len - 1};
        }
    }
    return text.len == 0 && clock_moment(&clock, out);
}

/* Day first, with . / or -, with or without a time. */
static bool read_eu(struct str text, int64_t *out)
{
    static const char *const patterns[] = {"%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"};
    static const char *const times[] = {"", " %H:%M", " %H:%M:%S"};
    for (size_t i = 0; i < 9; i++) {
        char both[24];
        size_t len = strlen(patterns[i / 3]);
        memcpy(both, patterns[i / 3], len);
        memcpy(both + len, times[i % 3], strlen(times[i % 3]));
        if (read_pattern((struct str){both, len + strlen(times[i % 3])}, text, out))
            return true;
    }
    return false;
}

static bool read_unix(struct str text, int64_t unit_ms, int64_t *out)
{
    struct decimal value;
    if (decimal_read(text, &value) != DECIMAL_READ_OK || value.scale > 9)
        return false;
    i128 ms = value.units * unit_ms / decimal_power10(value.scale);
    *out = (int64_t)ms;
    return ms > -(i128)INT64_C(62135596800000) && ms < (i128)INT64_C(253402300800000);
}

/* An ISO time says its zone by Z, UTC or an offset. */
static bool says_zone(struct str text)
{
    if (text.len <= 10)
        return false;
    struct str time = {text.ptr + 10, text.len - 10};
    return memchr(time.ptr, 'Z', time.len) || memchr(time.ptr, '+', time.len) ||
           memchr(time.ptr, '-', time.len) || str_ends(time, STR("UTC"));
}

static bool has_hour(struct str pattern)
{
    return memmem(pattern.ptr, pattern.len, "%H", 2) != NULL;
}

bool mapping_is_day(const struct mapping *mapping, struct str text)
{
    if (mapping->dates == DATES_PATTERN)
        return !has_hour(mapping->pattern);
    return mapping->dates != DATES_UNIX && mapping->dates != DATES_UNIX_MS &&
           !memchr(text.ptr, ':', text.len);
}

const char *mapping_moment(const struct mapping *mapping, const struct zone *zone, struct str text,
                           int64_t *out)
{
    bool read = false;
    text = str_trim(text);
    bool local = zone && !mapping_is_day(mapping, text);
    switch (mapping->dates) {
    case DATES_ISO:
        local = local && !says_zone(text);
        read = moment_read(text, out);
        break;
    case DATES_US:
        read = !moment_read(text, out) && moment_read_bill(text, out);
        break;
    case DATES_EU:
        read = read_eu(text, out);
        break;
    case DATES_UNIX:
    case DATES_UNIX_MS:
        local = false;
        read = read_unix(text, mapping->dates == DATES_UNIX ? 1000 : 1, out);
        break;
    case DATES_PATTERN:
        read = read_pattern(mapping->pattern, text, out);
        break;
    }
    if (!read)
        return "is not a date or time as [dates] says";
    if (local)
        *out = zone_moment_of_local(zone, *out);
    return NULL;
}
