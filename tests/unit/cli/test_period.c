/* Period options -> half-open days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static struct day day_of(const char *text)
{
    struct day day;
    assert_true(day_read(str_from(text), &day));
    return day;
}

/* Days inclusive at both ends, as people say them. */
static void expect(const struct options *options, const char *as_of, const char *first,
                   const char *last, const char *name)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct period period;
    if (options_period(&arena, options, day_of(as_of), &period, &err) != GR_OK)
        fail_msg("%s", err.text);
    char found[2][11];
    day_format(period.days.first, found[0]);
    day_format(day_add(period.days.end, -1), found[1]);
    assert_string_equal(found[0], first);
    assert_string_equal(found[1], last);
    if (name && !str_is(period.name, name))
        fail_msg("called %.*s, wanted %s", STR_ARG(period.name), name);
    arena_deinit(&arena);
}

static void expect_refused(const struct options *options, const char *word)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct period period;
    enum gr_status status = options_period(&arena, options, day_of("2026-10-31"), &period, &err);
    if (status != GR_EUSAGE || !strstr(err.text, word))
        fail_msg("%s: %d, %s", word, (int)status, err.text);
    arena_deinit(&arena);
}

static void months_end_where_they_end(void **state)
{
    (void)state;
    expect(&(struct options){.month = "2024-02"}, "2026-10-31", "2024-02-01", "2024-02-29",
           "February 2024");
    expect(&(struct options){.month = "2026-02"}, "2026-10-31", "2026-02-01", "2026-02-28", NULL);
    expect(&(struct options){.month = "2026-12"}, "2026-10-31", "2026-12-01", "2026-12-31", NULL);
    expect(&(struct options){.month = "2100-02"}, "2026-10-31", "2100-02-01", "2100-02-28", NULL);
    expect(&(struct options){.month = "2000-02"}, "2026-10-31", "2000-02-01", "2000-02-29", NULL);
}

static void quarters_and_years_are_whole(void **state)
{
    (void)state;
    expect(&(struct options){.quarter = "2026-Q1"}, "2026-10-31", "2026-01-01", "2026-03-31",
           "Q1 2026");
    expect(&(struct options){.quarter = "2024-q1"}, "2026-10-31", "2024-01-01", "2024-03-31", NULL);
    expect(&(struct options){.quarter = "2026-Q4"}, "2026-10-31", "2026-10-01", "2026-12-31", NULL);
    expect(&(struct options){.year = "2024"}, "2026-10-31", "2024-01-01", "2024-12-31", "2024");
}

static void the_month_before_is_a_whole_month(void **state)
{
    (void)state;
    expect(&(struct options){.last_month = true}, "2026-03-31", "2026-02-01", "2026-02-28",
           "February 2026");
    expect(&(struct options){.last_month = true}, "2024-03-01", "2024-02-01", "2024-02-29", NULL);
    expect(&(struct options){.last_month = true}, "2026-01-31", "2025-12-01", "2025-12-31", NULL);
    expect(&(struct options){.month_to_date = true}, "2026-10-01", "2026-10-01", "2026-10-01",
           NULL);
    expect(&(struct options){.month_to_date = true}, "2024-02-29", "2024-02-01", "2024-02-29",
           NULL);
}

static void days_count_backwards_from_today_which_is_included(void **state)
{
    (void)state;
    expect(&(struct options){0}, "2026-10-31", "2026-10-02", "2026-10-31", NULL);
    expect(&(struct options){.days = "1"}, "2026-10-31", "2026-10-31", "2026-10-31", NULL);
    expect(&(struct options){.days = "366"}, "2024-12-31", "2024-01-01", "2024-12-31", NULL);
    expect(&(struct options){.days = "7", .to = "2024-03-03"}, "2026-10-31", "2024-02-26",
           "2024-03-03", NULL);
}

static void from_and_to_are_both_included(void **state)
{
    (void)state;
    expect(&(struct options){.from = "2026-05-03", .to = "2026-05-03"}, "2026-10-31", "2026-05-03",
           "2026-05-03", "2026-05-03 to 2026-05-03");
    expect(&(struct options){.from = "2026-05-03"}, "2026-10-31", "2026-05-03", "2026-10-31", NULL);
    expect(&(struct options){.to = "2026-05-30"}, "2026-10-31", "2026-05-01", "2026-05-30", NULL);
}

static void billing_months_are_marked(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct period period;
    struct options options = {.billing_month = "2026-09"};
    assert_int_equal(options_period(&arena, &options, day_of("2026-10-31"), &period, &err), GR_OK);
    assert_true(period.by_billing);
    assert_true(str_is(period.name, "billing month September 2026"));
    options = (struct options){.month = "2026-09"};
    assert_int_equal(options_period(&arena, &options, day_of("2026-10-31"), &period, &err), GR_OK);
    assert_false(period.by_billing);
    arena_deinit(&arena);
}

static void a_billing_month_narrows_a_charge_period(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct period period;
    struct options options = {.billing_month = "2026-10", .month = "2026-09"};
    assert_int_equal(options_period(&arena, &options, day_of("2026-10-31"), &period, &err), GR_OK);
    assert_false(period.by_billing);
    assert_true(str_is(period.filter, "billing_month=2026-10"));
    assert_true(str_is(period.name, "September 2026, billed in October 2026"));
    assert_int_equal(period.days.first.since_1970, day_of("2026-09-01").since_1970);
    assert_int_equal(period.days.end.since_1970, day_of("2026-10-01").since_1970);
    arena_deinit(&arena);
}

static void refuses_two_ways_to_name_the_period(void **state)
{
    (void)state;
    expect_refused(&(struct options){.month = "2026-10", .year = "2026"}, "--year");
    expect_refused(&(struct options){.month = "2026-10", .days = "3"}, "--month");
    expect_refused(&(struct options){.last_month = true, .month_to_date = true}, "--last-month");
    expect_refused(&(struct options){.quarter = "2026-Q1", .from = "2026-01-01"}, "--quarter");
    expect_refused(&(struct options){.from = "2026-01-01", .days = "3"}, "--days");
}

static void refuses_what_is_no_date(void **state)
{
    (void)state;
    const char *const months[] = {"2026-13", "2026-00",    "2026", "2026-1",
                                  "26-10",   "2026-10-01", "",     "October"};
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        expect_refused(&(struct options){.month = months[i]}, months[i]);
        expect_refused(&(struct options){.billing_month = months[i]}, "--billing-month");
    }
    const char *const days[] = {"2026-02-29", "2026-04-31", "2026-1-1", "today", "", "2026-10"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        expect_refused(&(struct options){.from = days[i]}, "--from");
        expect_refused(&(struct options){.to = days[i]}, "--to");
    }
    const char *const quarters[] = {"2026-Q0", "2026-Q5", "2026Q1", "Q1", "2026-Q1x", "2026-Q12"};
    for (size_t i = 0; i < sizeof quarters / sizeof *quarters; i++)
        expect_refused(&(struct options){.quarter = quarters[i]}, quarters[i]);
    const char *const years[] = {"26", "9999", "20260", "year", "-2026"};
    for (size_t i = 0; i < sizeof years / sizeof *years; i++)
        expect_refused(&(struct options){.year = years[i]}, years[i]);
    expect_refused(&(struct options){.from = "2026-05-02", .to = "2026-05-01"}, "2026-05-02");
    expect_refused(&(struct options){.from = "2026-11-01"}, "2026-11-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_end_where_they_end),
        cmocka_unit_test(quarters_and_years_are_whole),
        cmocka_unit_test(the_month_before_is_a_whole_month),
        cmocka_unit_test(days_count_backwards_from_today_which_is_included),
        cmocka_unit_test(from_and_to_are_both_included),
        cmocka_unit_test(billing_months_are_marked),
        cmocka_unit_test(a_billing_month_narrows_a_charge_period),
        cmocka_unit_test(refuses_two_ways_to_name_the_period),
        cmocka_unit_test(refuses_what_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
