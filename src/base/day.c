/* Days, months and moments of the proleptic Gregorian calendar.
 *
 * Called by every floor. Must not know the clock nor a time zone (zone.c does).
 * Day numbers after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": a year that
 * starts in March puts the leap day last, and 400 years are 146,097 days.
 */
#include "base/day.h"

#include <stdio.h>
#include <string.h>

enum {
    DAYS_PER_400_YEARS = 146097,
    DAYS_0000_03_01_TO_1970 = 719468,
    DAY_0001_01_01 = -719162,
    DAY_9999_12_31 = 2932896,
    MS_PER_SECOND = 1000,
    MS_PER_MINUTE = 60 * MS_PER_SECOND,
};

struct day day_from_ymd(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int month_from_march = month > 2 ? month - 3 : month + 9;
    int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (struct day){era * DAYS_PER_400_YEARS + day_of_era - DAYS_0000_03_01_TO_1970};
}

void day_to_ymd(struct day day, int *year, int *month, int *day_of_month)
{
    int64_t z = (int64_t)day.since_1970 + DAYS_0000_03_01_TO_1970;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_400_YEARS - 1)) / DAYS_PER_400_YEARS;
    int day_of_era = (int)(z - era * DAYS_PER_400_YEARS);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    *day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    *month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month];
}

/* `count` digits; -1 when one is none. */
static int read_digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned char)at[i] - (unsigned)'0';
        if (digit > 9)
            return -1;
        value = value * 10 + (int)digit;
    }
    return value;
}

/* YYYY-MM-DD at `at`, where 10 bytes are. */
static bool read_date(const char *at, struct day *out)
{
    if (at[4] != '-' || at[7] != '-')
        return false;
    int year = read_digits(at, 4), month = read_digits(at + 5, 2), day = read_digits(at + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    *out = day_from_ymd(year, month, day);
    return true;
}

bool day_read(struct str text, struct day *out)
{
    return text.len == 10 && read_date(text.ptr, out);
}

bool month_read(struct str text, struct date_range *out)
{
    if (text.len != 7 || text.ptr[4] != '-')
        return false;
    int year = read_digits(text.ptr, 4), month = read_digits(text.ptr + 5, 2);
    if (year < 1 || month < 1 || month > 12)
        return false;
    out->first = day_from_ymd(year, month, 1);
    out->end = month_add(out->first, 1);
    return true;
}

static void write_digits(char *at, int count, int value)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Years outside 0..9999 do not fit the form; they show as 0000 and 9999. */
static int four_digit_year(int year)
{
    return year < 0 ? 0 : year > 9999 ? 9999 : year;
}

void day_format(struct day day, char out[11])
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    memcpy(out, "0000-00-00", 11);
    write_digits(out, 4, four_digit_year(year));
    write_digits(out + 5, 2, month);
    write_digits(out + 8, 2, day_of_month);
}

void month_format(struct day day, char out[8])
{
    char text[11];
    day_format(day, text);
    memcpy(out, text, 7);
    out[7] = '\0';
}

int day_weekday(struct day day)
{
    int since_monday = (int)(((int64_t)day.since_1970 + 3) % 7); /* 1970-01-01 was a Thursday */
    return (since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

struct day day_add(struct day day, int days)
{
    return (struct day){day.since_1970 + days};
}

int day_count(struct date_range range)
{
    return range.end.since_1970 - range.first.since_1970;
}

struct day month_first(struct day day)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    return day_add(day, 1 - day_of_month);
}

struct day month_add(struct day first_of_month, int months)
{
    int year, month, day_of_month;
    day_to_ymd(first_of_month, &year, &month, &day_of_month);
    int months_from_0 = year * 12 + (month - 1) + months;
    int new_year = (months_from_0 >= 0 ? months_from_0 : months_from_0 - 11) / 12;
    return day_from_ymd(new_year, months_from_0 - new_year * 12 + 1, 1);
}

int month_days(struct day day)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    return days_of_month(year, month);
}

struct day week_first(struct day day)
{
    return day_add(day, 1 - day_weekday(day));
}

struct day quarter_first(struct day day)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    return day_from_ymd(year, (month - 1) / 3 * 3 + 1, 1);
}

struct day year_first(struct day day)
{
    int year, month, day_of_month;
    day_to_ymd(day, &year, &month, &day_of_month);
    return day_from_ymd(year, 1, 1);
}

struct day day_of_moment(int64_t moment_ms)
{
    int64_t days = moment_ms / MS_PER_DAY - (moment_ms % MS_PER_DAY < 0);
    if (days > DAY_9999_12_31)
        days = DAY_9999_12_31;
    if (days < DAY_0001_01_01)
        days = DAY_0001_01_01;
    return (struct day){(int32_t)days};
}

int64_t moment_of_day(struct day day)
{
    return day.since_1970 * MS_PER_DAY;
}

/* HH:MM[:SS[.fraction]] from *at on; moves *at behind it. */
static bool read_time_of_day(const char **at, const char *end, int64_t *ms)
{
    const char *c = *at;
    if (end - c < 5 || c[2] != ':')
        return false;
    int hour = read_digits(c, 2), minute = read_digits(c + 3, 2), second = 0, fraction = 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    c += 5;
    if (c < end && *c == ':') {
        if (end - c < 3 || (second = read_digits(c + 1, 2)) < 0 || second > 60)
            return false;
        c += 3;
        if (c < end && *c == '.') {
            const char *first = ++c;
            for (int weight = 100; c < end && *c >= '0' && *c <= '9'; c++, weight /= 10)
                fraction += weight * (*c - '0');
            if (c == first)
                return false;
        }
    }
    if (second == 60) { /* a leap second: the last moment of the minute that we count */
        second = 59;
        fraction = 999;
    }
    *ms = (int64_t)(hour * 60 + minute) * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    *at = c;
    return true;
}

/* "", Z, " UTC", +HH:MM or +HHMM: what to take off the local time. */
static bool read_offset(const char *at, const char *end, int64_t *ms)
{
    ptrdiff_t len = end - at;
    *ms = 0;
    if (len == 0 || (len == 1 && (*at == 'Z' || *at == 'z')) ||
        (len == 4 && memcmp(at, " UTC", 4) == 0))
        return true;
    if ((len != 5 && len != 6) || (*at != '+' && *at != '-') || (len == 6 && at[3] != ':'))
        return false;
    int hours = read_digits(at + 1, 2), minutes = read_digits(end - 2, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    int64_t offset = (int64_t)(hours * 60 + minutes) * MS_PER_MINUTE;
    *ms = *at == '-' ? -offset : offset;
    return true;
}

bool moment_read(struct str text, int64_t *moment_ms)
{
    struct day day;
    if (text.len < 10 || !read_date(text.ptr, &day))
        return false;
    const char *at = text.ptr + 10, *end = text.ptr + text.len;
    int64_t time_of_day = 0, offset = 0;
    if (at < end) {
        if (*at != 'T' && *at != ' ' && *at != 't')
            return false;
        at++;
        if (!read_time_of_day(&at, end, &time_of_day) || !read_offset(at, end, &offset))
            return false;
    }
    *moment_ms = moment_of_day(day) + time_of_day - offset;
    return true;
}

void moment_format(int64_t moment_ms, char out[32])
{
    if (moment_ms == MOMENT_NONE) {
        out[0] = '\0';
        return;
    }
    struct day day = day_of_moment(moment_ms);
    int ms = (int)(moment_ms % MS_PER_DAY);
    if (ms < 0)
        ms += (int)MS_PER_DAY;
    day_format(day, out);
    memcpy(out + 10, "T00:00:00", 9);
    write_digits(out + 11, 2, ms / (60 * MS_PER_MINUTE));
    write_digits(out + 14, 2, ms / MS_PER_MINUTE % 60);
    write_digits(out + 17, 2, ms / MS_PER_SECOND % 60);
    char *at = out + 19;
    if (ms % MS_PER_SECOND != 0) {
        *at++ = '.';
        write_digits(at, 3, ms % MS_PER_SECOND);
        at += 3;
    }
    *at++ = 'Z';
    *at = '\0';
}
