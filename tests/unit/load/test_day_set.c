/* Sets of days: what tells that a replacement is shorter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load/load_internal.h"

static struct day_set set_of(const char *text)
{
    struct day_set set;
    assert_true(day_set_read(str_from(text), &set));
    return set;
}

static void expect_text(const struct day_set *set, const char *wanted)
{
    struct arena arena = ARENA_EMPTY;
    struct str text = day_set_text(&arena, set);
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.ptr, wanted, text.len);
    arena_deinit(&arena);
}

static void keeps_days_once_and_in_order_whatever_the_order_they_come_in(void **state)
{
    (void)state;
    struct day_set set = {0};
    const int days[] = {5, 1, 3, 1, 5, 2, 9, 5};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        day_set_add(&set, day_from_ymd(2026, 2, days[i]));
    assert_int_equal(set.count, 5);
    expect_text(&set, "2026-02-01/2026-02-03,2026-02-05/2026-02-05,2026-02-09/2026-02-09");
    day_set_deinit(&set);
}

static void writes_nothing_for_no_day_and_reads_it_back(void **state)
{
    (void)state;
    struct day_set set = set_of("");
    assert_int_equal(set.count, 0);
    expect_text(&set, "");
    day_set_deinit(&set);
}

static void reads_what_it_writes_across_months_and_leap_days(void **state)
{
    (void)state;
    const char *const texts[] = {"2024-02-27/2024-03-02", "2025-12-31/2026-01-01",
                                 "2026-01-01/2026-01-01,2026-01-03/2026-12-31"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct day_set set = set_of(texts[i]);
        expect_text(&set, texts[i]);
        day_set_deinit(&set);
    }
    struct day_set leap = set_of(texts[0]);
    assert_int_equal(leap.count, 5);
    day_set_deinit(&leap);
}

static void refuses_texts_that_are_no_days(void **state)
{
    (void)state;
    const char *const texts[] = {"x", "2026-01-01", "2026-01-01/", "2026-02-30/2026-03-01",
                                 "2026-01-01/x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct day_set set;
        assert_false(day_set_read(str_from(texts[i]), &set));
        day_set_deinit(&set);
    }
}

static void names_the_first_day_that_is_missing(void **state)
{
    (void)state;
    struct day_set whole = set_of("2026-05-01/2026-05-31");
    struct day_set hole = set_of("2026-05-01/2026-05-09,2026-05-11/2026-05-30");
    struct day_set none = {0};
    struct day missing = {0};
    assert_true(day_set_covers(&whole, &hole, &missing));
    assert_true(day_set_covers(&whole, &whole, &missing));
    assert_true(day_set_covers(&none, &none, &missing));
    assert_true(day_set_covers(&whole, &none, &missing));
    assert_false(day_set_covers(&hole, &whole, &missing));
    assert_int_equal(missing.since_1970, day_from_ymd(2026, 5, 10).since_1970);
    assert_false(day_set_covers(&none, &whole, &missing));
    assert_int_equal(missing.since_1970, day_from_ymd(2026, 5, 1).since_1970);
    day_set_deinit(&whole);
    day_set_deinit(&hole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_days_once_and_in_order_whatever_the_order_they_come_in),
        cmocka_unit_test(writes_nothing_for_no_day_and_reads_it_back),
        cmocka_unit_test(reads_what_it_writes_across_months_and_leap_days),
        cmocka_unit_test(refuses_texts_that_are_no_days),
        cmocka_unit_test(names_the_first_day_that_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
