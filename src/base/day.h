/* Days, months and moments. A day is a count since 1970-01-01; ranges are half-open.
 *
 * Moments are milliseconds since 1970-01-01T00:00:00Z. Nothing here reads a clock or the process's
 * time zone.
 */
#ifndef GR_BASE_DAY_H
#define GR_BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct day {
    int32_t since_1970;
};

/* first <= d < end */
struct date_range {
    struct day first;
    struct day end;
};

#define MS_PER_DAY INT64_C(86400000)
#define MOMENT_NONE INT64_MIN /* an absent moment */

struct day day_from_ymd(int year, int month, int day); /* month 1..12; no check */
void day_to_ymd(struct day day, int *year, int *month, int *day_of_month);
bool day_read(struct str text, struct day *out);          /* YYYY-MM-DD, real dates only */
bool month_read(struct str text, struct date_range *out); /* YYYY-MM -> that month */
void day_format(struct day day, char out[11]);            /* YYYY-MM-DD and NUL */
void month_format(struct day day, char out[8]);           /* YYYY-MM and NUL */
int day_weekday(struct day day);                          /* ISO: 1 Monday .. 7 Sunday */
struct day day_add(struct day day, int days);
int day_count(struct date_range range); /* end - first */
struct day month_first(struct day day);
struct day month_add(struct day first_of_month, int months); /* first of that month */
int month_days(struct day day);                              /* 28..31 */
struct day week_first(struct day day);                       /* Monday */
struct day quarter_first(struct day day);
struct day year_first(struct day day);

/* UTC, floor. Held within 0001-01-01 .. 9999-12-31, what can be written as YYYY-MM-DD. */
struct day day_of_moment(int64_t moment_ms);
int64_t moment_of_day(struct day day);

/* Reads a moment: YYYY-MM-DD, or with [T or blank]HH:MM[:SS[.fraction]] and Z, +HH:MM, +HHMM,
 * " UTC" or nothing (taken as UTC). Fractions are cut to milliseconds. Leap second :60 becomes
 * :59.999. */
bool moment_read(struct str text, int64_t *moment_ms);
/* YYYY-MM-DDTHH:MM:SSZ, with .mmm when not 0; MOMENT_NONE gives an empty text. */
void moment_format(int64_t moment_ms, char out[32]);

/* A named time zone as a table of offsets, so that bucketing is a search and needs no process
 * state. */
struct zone;
/* IANA name from the system's zone files; "UTC" always works. GR_EUSAGE when unknown. Rules of the
 * file are followed up to the year 2200. The caller closes it; it may be read by many threads. */
enum gr_status zone_open(struct str name, struct zone **out, struct gr_err *err) GR_MUST_CHECK;
void zone_close(struct zone *zone);
struct day zone_day_of_moment(const struct zone *zone, int64_t moment_ms); /* zone NULL: UTC */
/* The moment at which the zone's clocks show `local_ms` (read as if it were UTC): the earlier of
 * two when clocks go back; in the hour that they skip, as if they had not. zone NULL: local_ms
 * itself. */
int64_t zone_moment_of_local(const struct zone *zone, int64_t local_ms);

#endif
