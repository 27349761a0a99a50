/* Names of periods and what they are compared with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"

static struct date_range range(const char *first, const char *last)
{
    struct date_range days;
    assert_true(day_read(str_from(first), &days.first));
    assert_true(day_read(str_from(last), &days.end));
    days.end = day_add(days.end, 1);
    return days;
}

static void expect_earlier(const char *first, const char *last, enum report_compare compare,
                           const char *wanted_first, const char *wanted_last)
{
    struct date_range found = report_earlier_period(range(first, last), compare);
    struct date_range wanted = range(wanted_first, wanted_last);
    char text[2][11];
    day_format(found.first, text[0]);
    day_format(day_add(found.end, -1), text[1]);
    if (found.first.since_1970 != wanted.first.since_1970 ||
        found.end.since_1970 != wanted.end.since_1970)
        fail_msg("%s to %s gives %s to %s, wanted %s to %s", first, last, text[0], text[1],
                 wanted_first, wanted_last);
}

static void before_whole_months_come_as_many_months(void **state)
{
    (void)state;
    expect_earlier("2026-10-01", "2026-10-31", COMPARE_PREVIOUS, "2026-09-01", "2026-09-30");
    expect_earlier("2026-03-01", "2026-03-31", COMPARE_PREVIOUS, "2026-02-01", "2026-02-28");
    expect_earlier("2024-03-01", "2024-03-31", COMPARE_PREVIOUS, "2024-02-01", "2024-02-29");
    expect_earlier("2026-01-01", "2026-01-31", COMPARE_PREVIOUS, "2025-12-01", "2025-12-31");
    expect_earlier("2026-01-01", "2026-03-31", COMPARE_PREVIOUS, "2025-10-01", "2025-12-31");
    expect_earlier("2026-01-01", "2026-12-31", COMPARE_PREVIOUS, "2025-01-01", "2025-12-31");
}

static void before_days_come_as_many_days(void **state)
{
    (void)state;
    expect_earlier("2026-10-02", "2026-10-31", COMPARE_PREVIOUS, "2026-09-02", "2026-10-01");
    expect_earlier("2026-10-05", "2026-10-05", COMPARE_PREVIOUS, "2026-10-04", "2026-10-04");
    expect_earlier("2024-03-01", "2024-03-07", COMPARE_PREVIOUS, "2024-02-23", "2024-02-29");
}

static void a_year_ago_is_the_same_stretch_of_the_year_before(void **state)
{
    (void)state;
    expect_earlier("2026-10-01", "2026-10-31", COMPARE_YEAR_AGO, "2025-10-01", "2025-10-31");
    expect_earlier("2025-02-01", "2025-02-28", COMPARE_YEAR_AGO, "2024-02-01", "2024-02-29");
    expect_earlier("2024-02-01", "2024-02-29", COMPARE_YEAR_AGO, "2023-02-01", "2023-02-28");
    expect_earlier("2026-01-01", "2026-03-31", COMPARE_YEAR_AGO, "2025-01-01", "2025-03-31");
    expect_earlier("2026-10-05", "2026-10-11", COMPARE_YEAR_AGO, "2025-10-05", "2025-10-11");
    expect_earlier("2024-02-29", "2024-02-29", COMPARE_YEAR_AGO, "2023-02-28", "2023-02-28");
}

static void expect_name(const char *first, const char *last, const char *wanted)
{
    struct arena arena = ARENA_EMPTY;
    struct str name = report_period_name(&arena, range(first, last));
    if (!str_is(name, wanted))
        fail_msg("%s to %s is called %.*s", first, last, STR_ARG(name));
    arena_deinit(&arena);
}

static void periods_have_the_names_that_people_use(void **state)
{
    (void)state;
    expect_name("2026-10-01", "2026-10-31", "October 2026");
    expect_name("2024-02-01", "2024-02-29", "February 2024");
    expect_name("2024-02-01", "2024-02-28", "2024-02-01 to 2024-02-28");
    expect_name("2026-10-01", "2026-12-31", "Q4 2026");
    expect_name("2026-02-01", "2026-04-30", "2026-02-01 to 2026-04-30");
    expect_name("2026-01-01", "2026-12-31", "2026");
    expect_name("2026-02-01", "2027-01-31", "2026-02-01 to 2027-01-31");
    expect_name("2026-10-05", "2026-10-05", "2026-10-05 to 2026-10-05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_whole_months_come_as_many_months),
        cmocka_unit_test(before_days_come_as_many_days),
        cmocka_unit_test(a_year_ago_is_the_same_stretch_of_the_year_before),
        cmocka_unit_test(periods_have_the_names_that_people_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
