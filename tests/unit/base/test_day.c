/* day, month and moment. */
#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "unit.h"

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    if (month == 2)
        return leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Counts on from 1900-01-01, a Monday and day -25567, as one would with a calendar on the wall. */
static void every_day_from_1900_to_2200_converts_both_ways(void **state)
{
    (void)state;
    int number = -25567, weekday = 1;
    for (int year = 1900; year <= 2200; year++)
        for (int month = 1; month <= 12; month++)
            for (int d = 1; d <= days_in(year, month); d++, number++, weekday = weekday % 7 + 1) {
                struct day day = day_from_ymd(year, month, d), read;
                int y, m, dom;
                char text[11], wanted[48], month_text[8];
                day_to_ymd(day, &y, &m, &dom);
                day_format(day, text);
                month_format(day, month_text);
                snprintf(wanted, sizeof wanted, "%04d-%02d-%02d", year, month, d);
                if (day.since_1970 != number || y != year || m != month || dom != d ||
                    day_weekday(day) != weekday || strcmp(text, wanted) != 0 ||
                    strncmp(month_text, wanted, 7) != 0 || !day_read(str_from(text), &read) ||
                    read.since_1970 != number || month_days(day) != days_in(year, month) ||
                    month_first(day).since_1970 != number - d + 1 ||
                    week_first(day).since_1970 != number - weekday + 1)
                    fail_msg("%s", wanted);
            }
}

static struct day day_ok(const char *text)
{
    struct day day;
    if (!day_read(str_from(text), &day))
        fail_msg("%s", text);
    return day;
}

static void expect_day(struct day day, const char *wanted)
{
    char text[11];
    day_format(day, text);
    assert_string_equal(text, wanted);
}

static void refuses_days_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10",  "2026-04-31",
        "2026-01-00", "2026-1-01",  "2026/01/01", "20260101",   "2026-01-01 ", " 2026-01-01",
        "0000-01-01", "2026-01-0a", "+026-01-01", "2026-01-1",
    };
    struct day day;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (day_read(str_from(texts[i]), &day))
            fail_msg("\"%s\" was not refused", texts[i]);
    assert_false(day_read(STR_NONE, &day));
    assert_true(day_read(STR("2000-02-29"), &day));
    assert_true(day_read(STR("0001-01-01"), &day));
    assert_true(day_read(STR("9999-12-31"), &day));
}

static void reads_a_month_as_a_half_open_range(void **state)
{
    (void)state;
    struct date_range range;
    assert_true(month_read(STR("2024-02"), &range));
    expect_day(range.first, "2024-02-01");
    expect_day(range.end, "2024-03-01");
    assert_int_equal(day_count(range), 29);
    assert_true(month_read(STR("2026-12"), &range));
    expect_day(range.end, "2027-01-01");
    assert_false(month_read(STR("2026-13"), &range));
    assert_false(month_read(STR("2026-00"), &range));
    assert_false(month_read(STR("2026-1"), &range));
    assert_false(month_read(STR("2026/01"), &range));
    assert_false(month_read(STR_NONE, &range));
}

static void months_quarters_and_years_start_where_they_should(void **state)
{
    (void)state;
    expect_day(month_add(day_ok("2026-01-01"), -1), "2025-12-01");
    expect_day(month_add(day_ok("2026-01-01"), -13), "2024-12-01");
    expect_day(month_add(day_ok("2026-12-01"), 14), "2028-02-01");
    expect_day(month_add(day_ok("2026-05-01"), 0), "2026-05-01");
    expect_day(quarter_first(day_ok("2026-12-31")), "2026-10-01");
    expect_day(quarter_first(day_ok("2026-06-30")), "2026-04-01");
    expect_day(year_first(day_ok("2024-12-31")), "2024-01-01");
    expect_day(week_first(day_ok("2026-01-01")), "2025-12-29");
    expect_day(week_first(day_ok("1969-12-31")), "1969-12-29");
    expect_day(day_add(day_ok("2024-02-28"), 1), "2024-02-29");
}

static void moments_fall_on_the_day_that_holds_them(void **state)
{
    (void)state;
    assert_int_equal(day_of_moment(0).since_1970, 0);
    assert_int_equal(day_of_moment(-1).since_1970, -1);
    assert_int_equal(day_of_moment(MS_PER_DAY - 1).since_1970, 0);
    assert_int_equal(day_of_moment(-MS_PER_DAY).since_1970, -1);
    assert_int_equal(moment_of_day((struct day){-1}), -MS_PER_DAY);
    expect_day(day_of_moment(INT64_MAX), "9999-12-31"); /* nonsense stays writable */
    expect_day(day_of_moment(INT64_MIN), "0001-01-01");
}

static void reads_the_forms_of_a_moment(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"2026-10-01",                        "2026-10-01T00:00:00Z"    },
        {"2026-10-01T02:03:04Z",              "2026-10-01T02:03:04Z"    },
        {"2026-10-01T02:03:04",               "2026-10-01T02:03:04Z"    },
        {"2026-10-01 02:03:04",               "2026-10-01T02:03:04Z"    },
        {"2026-10-01 02:03:04 UTC",           "2026-10-01T02:03:04Z"    },
        {"2026-10-01 02:03:04.567890123 UTC", "2026-10-01T02:03:04.567Z"},
        {"2026-10-01T02:03Z",                 "2026-10-01T02:03:00Z"    },
        {"2026-10-01 02:03",                  "2026-10-01T02:03:00Z"    },
        {"2026-10-01T02:03+02:00",            "2026-10-01T00:03:00Z"    },
        {"2026-10-01T02:03:04+05:30",         "2026-09-30T20:33:04Z"    },
        {"2026-10-01T02:03:04-0800",          "2026-10-01T10:03:04Z"    },
        {"2026-10-01T02:03:04.5-08:00",       "2026-10-01T10:03:04.500Z"},
        {"2026-10-01T02:03:04.0009Z",         "2026-10-01T02:03:04Z"    },
        {"2026-10-01t02:03:04z",              "2026-10-01T02:03:04Z"    },
        {"2016-12-31T23:59:60Z",              "2016-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60.25Z",           "2016-12-31T23:59:59.999Z"},
        {"1969-12-31T23:59:59.001Z",          "1969-12-31T23:59:59.001Z"},
        {"2024-02-29T23:59:59Z",              "2024-02-29T23:59:59Z"    },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t moment;
        char text[32];
        if (!moment_read(str_from(cases[i].text), &moment))
            fail_msg("%s was refused", cases[i].text);
        moment_format(moment, text);
        assert_string_equal(text, cases[i].wanted);
    }
}

static void refuses_moments_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026-10-01T",
        "2026-10-01T02",
        "2026-10-01T02:",
        "2026-10-01T2:03",
        "2026-10-01T24:00:00Z",
        "2026-10-01T02:60:00Z",
        "2026-10-01T02:03:61Z",
        "2026-10-01T02:03:4Z",
        "2026-10-01T02:03:Z",
        "2026-10-01T02:03:04.Z",
        "2026-10-01T02:03:04,5Z",
        "2026-10-01T02:03:04ZZ",
        "2026-10-01T02:03:04 CET",
        "2026-10-01T02:03:04+2",
        "2026-10-01T02:03:04+02:0",
        "2026-10-01T02:03:04+24:00",
        "2026-10-01T02:03:04+02:60",
        "2026-10-01T02:03:04+0a:00",
        "2026-10-01X02:03:04Z",
        "2026-10-01  02:03:04",
        "2026-10-32T02:03:04Z",
        "01/02/2026",
        "1759276800",
    };
    int64_t moment = 42;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (moment_read(str_from(texts[i]), &moment))
            fail_msg("\"%s\" was not refused", texts[i]);
    assert_int_equal(moment, 42);
    assert_false(moment_read(STR_NONE, &moment));
}

static void random_moments_are_read_back_as_they_were_written(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        int64_t span = INT64_C(7983) * 365 * MS_PER_DAY;
        int64_t moment = (int64_t)(random_next(&seed) % (uint64_t)span) - span / 8, read;
        char text[32];
        moment_format(moment, text);
        if (!moment_read(str_from(text), &read) || read != moment)
            fail_msg("%s", text);
    }
    char text[32];
    moment_format(MOMENT_NONE, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_1900_to_2200_converts_both_ways),
        cmocka_unit_test(refuses_days_that_are_none),
        cmocka_unit_test(reads_a_month_as_a_half_open_range),
        cmocka_unit_test(months_quarters_and_years_start_where_they_should),
        cmocka_unit_test(moments_fall_on_the_day_that_holds_them),
        cmocka_unit_test(reads_the_forms_of_a_moment),
        cmocka_unit_test(refuses_moments_that_are_none),
        cmocka_unit_test(random_moments_are_read_back_as_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
