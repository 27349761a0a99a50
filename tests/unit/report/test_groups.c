/* What --top, --compare and totals make of groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/groups.h"

/* "team", "USD", cents, earlier cents, rows */
static struct group group_of(const char *key, const char *currency, int64_t cents)
{
    return (struct group){
        .keys = {str_from(key), STR(""), STR(""), STR("")},
        .currency = str_from(currency),
        .cost = {.units = cents,      .scale = 2            },
        .records = 1
    };
}

static void expect_group(const struct group *group, const char *key, const char *currency,
                         int64_t cents, int64_t records)
{
    assert_true(str_is(group->keys[0], key));
    assert_true(str_is(group->currency, currency));
    assert_int_equal(decimal_compare(group->cost, (struct decimal){.units = cents, .scale = 2}), 0);
    assert_int_equal(group->records, records);
}

static void expect_earlier(const struct group *group, int64_t cents)
{
    assert_int_equal(decimal_compare(group->earlier, (struct decimal){.units = cents, .scale = 2}),
                     0);
}

static void united_groups_are_one_a_key_in_the_order_of_reports(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct group items[] = {group_of("b", "USD", 1), group_of("a", "USD", 2),
                            group_of("b", "EUR", 9), group_of("b", "USD", 4)};
    items[3].allocated = (struct decimal){7, 2};
    items[0].allocated = (struct decimal){-3, 2};
    struct group_list groups = {items, 4};
    assert_int_equal(groups_unite(&groups, NULL, 0, &err), GR_OK);
    assert_int_equal(groups.count, 3);
    expect_group(&groups.items[0], "b", "EUR", 9, 1);
    expect_group(&groups.items[1], "b", "USD", 5, 2);
    expect_group(&groups.items[2], "a", "USD", 2, 1);
    assert_int_equal(decimal_compare(groups.items[1].allocated, (struct decimal){4, 2}), 0);
}

static void united_groups_of_a_time_are_in_its_order(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct group items[] = {group_of("2026-10", "USD", 9), group_of("2026-09", "USD", 1),
                            group_of("2026-09", "EUR", 2)};
    struct group_list groups = {items, 3};
    const struct str dimensions[] = {STR("month")};
    assert_int_equal(groups_unite(&groups, dimensions, 1, &err), GR_OK);
    expect_group(&groups.items[0], "2026-09", "EUR", 2, 1);
    expect_group(&groups.items[1], "2026-09", "USD", 1, 1);
    expect_group(&groups.items[2], "2026-10", "USD", 9, 1);
    groups.count = 0;
    assert_int_equal(groups_unite(&groups, dimensions, 1, &err), GR_OK);
    assert_int_equal(groups.count, 0);
}

static void totals_are_one_a_currency_by_name(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct group items[] = {group_of("a", "USD", 100), group_of("b", "EUR", 5),
                            group_of("c", "USD", -30)};
    struct group_list groups = {items, 3}, totals;
    assert_int_equal(groups_totals(&arena, &groups, &totals, &err), GR_OK);
    assert_int_equal(totals.count, 2);
    assert_true(str_is(totals.items[0].currency, "EUR"));
    assert_int_equal(totals.items[1].records, 2);
    assert_int_equal(
        decimal_compare(totals.items[1].cost, (struct decimal){.units = 70, .scale = 2}), 0);
    groups.count = 0;
    assert_int_equal(groups_totals(&arena, &groups, &totals, &err), GR_OK);
    assert_int_equal(totals.count, 0);
    arena_deinit(&arena);
}

static void top_keeps_the_largest_of_each_currency_and_sums_the_rest(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct group items[] = {group_of("a", "USD", 400), group_of("b", "USD", 300),
                            group_of("c", "EUR", 200), group_of("d", "USD", 100),
                            group_of("e", "USD", -50), group_of("f", "EUR", 10)};
    struct group_list groups = {items, 6};
    assert_int_equal(groups_top(&arena, &groups, 1, 1, 0, &err), GR_OK);
    assert_int_equal(groups.count, 4);
    expect_group(&groups.items[0], "a", "USD", 400, 1);
    expect_group(&groups.items[1], "c", "EUR", 200, 1);
    assert_true(groups.items[2].is_other && groups.items[3].is_other);
    expect_group(&groups.items[2], "(other)", "USD", 350, 3);
    expect_group(&groups.items[3], "(other)", "EUR", 10, 1);
    arena_deinit(&arena);
}

static void top_breaks_ties_by_name_and_needs_no_other_when_all_fit(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct group items[] = {group_of("b", "USD", 100), group_of("a", "USD", 100),
                            group_of("c", "USD", 100)};
    struct group_list groups = {items, 3};
    assert_int_equal(groups_top(&arena, &groups, 3, 1, 0, &err), GR_OK);
    assert_int_equal(groups.count, 3);
    assert_int_equal(groups_top(&arena, &groups, 2, 1, 0, &err), GR_OK);
    assert_int_equal(groups.count, 3);
    expect_group(&groups.items[2], "(other)", "USD", 100, 1);
    assert_false(str_is(groups.items[0].keys[0], "c") || str_is(groups.items[1].keys[0], "c"));
    arena_deinit(&arena);
}

static void top_ranks_over_all_times_and_has_one_other_a_time(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct group items[6];
    const char *const days[] = {"2026-05-01", "2026-05-02"};
    for (size_t day = 0; day < 2; day++) {
        items[day * 3] = group_of("small", "USD", 10);
        items[day * 3 + 1] = group_of("large", "USD", day ? 1 : 1000); /* least on the second day */
        items[day * 3 + 2] = group_of("middle", "USD", 100);
        for (size_t i = 0; i < 3; i++)
            items[day * 3 + i].keys[1] = str_from(days[day]);
    }
    struct group_list groups = {items, 6};
    assert_int_equal(groups_top(&arena, &groups, 1, 2, 2, &err), GR_OK);
    assert_int_equal(groups.count, 4);
    expect_group(&groups.items[0], "large", "USD", 1000, 1);
    expect_group(&groups.items[1], "large", "USD", 1, 1);
    for (size_t day = 0; day < 2; day++) {
        expect_group(&groups.items[2 + day], "(other)", "USD", 110, 2);
        assert_true(str_is(groups.items[2 + day].keys[1], days[day]));
    }
    arena_deinit(&arena);
}

static void compare_puts_equal_groups_side_by_side_and_keeps_what_is_gone(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct group now_items[] = {group_of("a", "USD", 400), group_of("b", "USD", 300),
                                group_of("credit", "USD", -50)};
    struct group then_items[] = {group_of("gone", "USD", 70), group_of("a", "USD", 100),
                                 group_of("a", "EUR", 9)};
    struct group_list now = {now_items, 3}, then = {then_items, 3};
    groups_compare(&arena, &now, &then);
    assert_int_equal(now.count, 5);
    expect_group(&now.items[0], "a", "USD", 400, 1);
    expect_earlier(&now.items[0], 100);
    expect_group(&now.items[1], "b", "USD", 300, 1);
    expect_earlier(&now.items[1], 0);
    expect_group(&now.items[2], "a", "EUR", 0, 0); /* largest cost first: 0 before a credit */
    expect_earlier(&now.items[2], 9);
    expect_group(&now.items[3], "gone", "USD", 0, 0);
    expect_earlier(&now.items[3], 70);
    expect_group(&now.items[4], "credit", "USD", -50, 1);
    arena_deinit(&arena);
}

static void compare_with_nothing_changes_nothing(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct group items[] = {group_of("a", "USD", 400)};
    struct group_list now = {items, 1}, none = {0};
    groups_compare(&arena, &now, &none);
    assert_int_equal(now.count, 1);
    struct group_list empty = {0};
    groups_compare(&arena, &empty, &now);
    assert_int_equal(empty.count, 1);
    expect_earlier(&empty.items[0], 400);
    groups_compare(&arena, &none, &none);
    assert_int_equal(none.count, 0);
    arena_deinit(&arena);
}

static void sums_that_do_not_fit_are_an_error(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct group items[] = {group_of("a", "USD", 0), group_of("b", "USD", 0)};
    for (size_t i = 0; i < 2; i++)
        items[i].cost = (struct decimal){.units = decimal_power10(37) * 9, .scale = 0};
    struct group_list groups = {items, 2}, totals;
    assert_int_not_equal(groups_totals(&arena, &groups, &totals, &err), GR_OK);
    assert_true(err.text[0] != '\0');
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(united_groups_are_one_a_key_in_the_order_of_reports),
        cmocka_unit_test(united_groups_of_a_time_are_in_its_order),
        cmocka_unit_test(totals_are_one_a_currency_by_name),
        cmocka_unit_test(top_keeps_the_largest_of_each_currency_and_sums_the_rest),
        cmocka_unit_test(top_breaks_ties_by_name_and_needs_no_other_when_all_fit),
        cmocka_unit_test(top_ranks_over_all_times_and_has_one_other_a_time),
        cmocka_unit_test(compare_puts_equal_groups_side_by_side_and_keeps_what_is_gone),
        cmocka_unit_test(compare_with_nothing_changes_nothing),
        cmocka_unit_test(sums_that_do_not_fit_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
