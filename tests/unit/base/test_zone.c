/* zone: days of named zones, also against the C library's own reading of the same files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/file.h"
#include "base/zone_internal.h"
#include "unit.h"

#define MS_PER_HOUR (MS_PER_DAY / 24)

static bool zones_are_installed(void)
{
    return access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0 &&
           access("/usr/share/zoneinfo/America/New_York", R_OK) == 0;
}

static struct zone *open_ok(const char *name)
{
    struct zone *zone;
    struct gr_err err = {0};
    if (zone_open(str_from(name), &zone, &err) != GR_OK)
        fail_msg("%s", err.text);
    return zone;
}

/* Hours that a zone counts to a day. */
static int hours_of(const struct zone *zone, int year, int month, int d)
{
    struct day day = day_from_ymd(year, month, d);
    int hours = 0;
    for (int64_t at = moment_of_day(day) - 24 * MS_PER_HOUR;
         at < moment_of_day(day) + MS_PER_DAY * 2; at += MS_PER_HOUR)
        hours += zone_day_of_moment(zone, at).since_1970 == day.since_1970;
    return hours;
}

static void days_are_longer_and_shorter_when_clocks_change(void **state)
{
    (void)state;
    if (!zones_are_installed())
        skip();
    struct zone *berlin = open_ok("Europe/Berlin");
    assert_int_equal(hours_of(berlin, 2026, 3, 28), 24);
    assert_int_equal(hours_of(berlin, 2026, 3, 29), 23);
    assert_int_equal(hours_of(berlin, 2026, 10, 25), 25);
    assert_int_equal(hours_of(berlin, 2026, 7, 1), 24);
    assert_int_equal(hours_of(berlin, 2091, 3, 25), 23); /* by the rule behind the table */
    assert_int_equal(hours_of(berlin, 2091, 10, 28), 25);
    zone_close(berlin);
    struct zone *new_york = open_ok("America/New_York");
    assert_int_equal(hours_of(new_york, 2026, 3, 8), 23);
    assert_int_equal(hours_of(new_york, 2026, 11, 1), 25);
    assert_int_equal(hours_of(new_york, 2026, 10, 25), 24);
    assert_int_equal(hours_of(new_york, 2150, 3, 8), 23);
    zone_close(new_york);
}

static void a_moment_belongs_to_the_local_day(void **state)
{
    (void)state;
    if (!zones_are_installed())
        skip();
    struct zone *berlin = open_ok("Europe/Berlin");
    int64_t moment;
    assert_true(moment_read(STR("2026-09-30T21:59:59.999Z"), &moment));
    assert_int_equal(zone_day_of_moment(berlin, moment).since_1970,
                     day_from_ymd(2026, 9, 30).since_1970);
    assert_int_equal(zone_day_of_moment(berlin, moment + 1).since_1970,
                     day_from_ymd(2026, 10, 1).since_1970);
    assert_int_equal(zone_day_of_moment(NULL, moment + 1).since_1970,
                     day_from_ymd(2026, 9, 30).since_1970);
    zone_close(berlin);
}

static void utc_works_without_files(void **state)
{
    (void)state;
    struct zone *utc = open_ok("UTC");
    for (int64_t moment = -3 * MS_PER_DAY; moment < 3 * MS_PER_DAY; moment += MS_PER_HOUR / 7)
        assert_int_equal(zone_day_of_moment(utc, moment).since_1970,
                         day_of_moment(moment).since_1970);
    zone_close(utc);
    zone_close(NULL);
}

/* The C library reads the same files with other code. */
static void the_c_library_sees_the_same_days(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Europe/Berlin",    "America/New_York", "Europe/Dublin",      "Australia/Lord_Howe",
        "Asia/Kolkata",     "Asia/Tokyo",       "America/Sao_Paulo",  "Africa/Casablanca",
        "Pacific/Chatham",  "America/St_Johns", "Asia/Kathmandu",     "Antarctica/Troll",
        "America/Santiago", "Pacific/Apia",     "Africa/Cairo",       "America/Nuuk",
        "Asia/Gaza",        "Etc/GMT+12",       "Pacific/Kiritimati", "Europe/Chisinau",
    };
    if (!zones_are_installed())
        skip();
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[100];
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", names[i]);
        if (access(path, R_OK) != 0)
            continue;
        struct zone *zone = open_ok(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        for (int k = 0; k < 20000; k++) {
            /* 1950..2199, half of them near a local midnight */
            int64_t time_s = (int64_t)(random_next(&seed) % (UINT64_C(250) * 31556952)) - 631152000;
            if (k % 2)
                time_s = time_s / 1800 * 1800 - (int64_t)random_below(&seed, 2);
            struct tm local;
            time_t at = (time_t)time_s;
            localtime_r(&at, &local);
            int wanted =
                day_from_ymd(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday).since_1970;
            if (zone_day_of_moment(zone, time_s * 1000).since_1970 != wanted)
                fail_msg("%s at %lld", names[i], (long long)time_s);
        }
        zone_close(zone);
    }
    unsetenv("TZ");
    tzset();
}

/* A zone file without a table: one type, offset 0, and the footer says the rest. */
static struct zone *zone_of_footer(const char *footer)
{
    struct strbuf file;
    strbuf_init(&file, 1000);
    for (int version = 0; version < 2; version++) {
        static const char counts[24] = {[19] = 1, [23] = 1}; /* 1 type, 1 byte of names */
        strbuf_append(&file, STR("TZif2"));
        strbuf_append(&file, (struct str){(char[15]){0}, 15});
        strbuf_append(&file, (struct str){counts, sizeof counts});
        strbuf_append(&file, (struct str){(char[7]){0}, 7});
    }
    strbuf_printf(&file, "\n%s\n", footer);
    struct zone *zone = zone_read(strbuf_str(&file));
    strbuf_deinit(&file);
    return zone;
}

static void every_form_of_a_footer_means_what_the_c_library_says(void **state)
{
    (void)state;
    static const char *const footers[] = {
        "UTC0",
        "JST-9",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "AAA4BBB,J60/2,300/2",
        "AAA-5BBB,59,J365/1:30",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "AAA3:15:20BBB2:00,M2.5.6/0,M8.4.3/23:59:59",
    };
    uint64_t seed = 2;
    for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++) {
        struct zone *zone = zone_of_footer(footers[i]);
        if (!zone)
            fail_msg("%s was refused", footers[i]);
        setenv("TZ", footers[i], 1);
        tzset();
        for (int k = 0; k < 20000; k++) {
            time_t at = (time_t)(random_next(&seed) % (UINT64_C(229) * 31556952)) / 900 * 900;
            struct tm local;
            localtime_r(&at, &local);
            struct day wanted = day_from_ymd(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
            if (zone_day_of_moment(zone, at * 1000).since_1970 != wanted.since_1970)
                fail_msg("%s at %lld", footers[i], (long long)at);
        }
        zone_close(zone);
    }
    unsetenv("TZ");
    tzset();
}

static void refuses_footers_that_are_none(void **state)
{
    (void)state;
    static const char *const footers[] = {
        "C",
        "1",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "<CET-1",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J366,J1",
        "CET-1:CEST",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-1CEST,M3.5,M10.5.0",
        "CET-1CEST-,M3.5.0,M10.5.0",
        "CET-1CEST,M3.5.0/,M10.5.0",
    };
    for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++)
        if (zone_of_footer(footers[i]))
            fail_msg("%s was not refused", footers[i]);
}

/* Broken files are refused or read as something; the sanitizers watch that nothing else happens. */
static void a_broken_file_does_no_harm(void **state)
{
    (void)state;
    if (!zones_are_installed())
        skip();
    struct strbuf file;
    struct gr_err err = {0};
    strbuf_init(&file, 1 << 20);
    assert_int_equal(file_read("/usr/share/zoneinfo/Europe/Berlin", &file, &err), GR_OK);
    uint64_t seed = 3;
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        size_t len = i % 4 ? file.len : random_next(&seed) % file.len;
        char *copy = gr_alloc(len); /* of its own size, so that a read behind the end is seen */
        memcpy(copy, file.ptr, len);
        for (unsigned k = 0, n = random_below(&seed, 4); k < n && len > 0; k++)
            copy[random_next(&seed) % (k ? len : len < 60 ? len : 60)] = (char)random_next(&seed);
        struct zone *zone = zone_read((struct str){copy, len});
        refused += !zone;
        if (zone)
            zone_day_of_moment(zone, (int64_t)random_next(&seed));
        zone_close(zone);
        free(copy);
    }
    assert_in_range(refused, 1000, 19000);
    strbuf_deinit(&file);
}

static void refuses_names_that_are_no_zone(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",          "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Berlin",
        "Europe",    "Europe/",     "Mars/Olympus",        "zone.tab",
        ".",         "..",          "Europe//Berlin",      "Europe/Ber lin",
        "tzdata.zi",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *zone = NULL;
        struct gr_err err = {0};
        if (zone_open(str_from(names[i]), &zone, &err) != GR_EUSAGE)
            fail_msg("\"%s\" was not refused", names[i]);
        assert_null(zone);
        assert_true(err.text[0] != '\0');
    }
    struct zone *zone;
    struct gr_err err = {0};
    char long_name[1000];
    for (size_t i = 0; i < sizeof long_name; i++)
        long_name[i] = 'a';
    assert_int_equal(zone_open((struct str){long_name, sizeof long_name}, &zone, &err), GR_EUSAGE);
    assert_int_equal(zone_open(((struct str){"UTC\0x", 5}), &zone, &err), GR_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_longer_and_shorter_when_clocks_change),
        cmocka_unit_test(a_moment_belongs_to_the_local_day),
        cmocka_unit_test(utc_works_without_files),
        cmocka_unit_test(the_c_library_sees_the_same_days),
        cmocka_unit_test(every_form_of_a_footer_means_what_the_c_library_says),
        cmocka_unit_test(refuses_footers_that_are_none),
        cmocka_unit_test(a_broken_file_does_no_harm),
        cmocka_unit_test(refuses_names_that_are_no_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
