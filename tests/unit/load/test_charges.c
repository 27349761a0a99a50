/* Charges by hash: what their coming again proves, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load/charges.h"

/* `distinct` charges from `first` on, each `times` times. */
static struct charges charges_of(uint64_t first, size_t distinct, size_t times, uint64_t flags)
{
    struct charges charges = {0};
    for (size_t i = 0; i < distinct * times; i++)
        charges_add(&charges, 0, (first + i % distinct) << 20 | flags);
    charges_sort(&charges);
    return charges;
}

static struct charge_list list_of(const struct charges *charges)
{
    return (struct charge_list){charges->items, charges->count};
}

static bool repeats(struct charges part, struct charges whole, size_t *found)
{
    bool answer = charges_repeat(list_of(&part), list_of(&whole), found);
    charges_deinit(&part);
    charges_deinit(&whole);
    return answer;
}

static void a_file_that_comes_again_whole_repeats(void **state)
{
    (void)state;
    size_t found;
    assert_true(repeats(charges_of(3, 5, 1, 0), charges_of(1, 9, 1, 0), &found));
    assert_int_equal(found, 5);
    assert_true(repeats(charges_of(3, 5, 2, 0), charges_of(1, 9, 2, 0), &found));
    assert_int_equal(found, 10);
}

static void one_in_twenty_may_be_missing_and_no_more(void **state)
{
    (void)state;
    size_t found;
    assert_true(repeats(charges_of(1, 20, 1, 0), charges_of(2, 30, 1, 0), &found));
    assert_int_equal(found, 19);
    assert_false(repeats(charges_of(1, 20, 1, 0), charges_of(3, 30, 1, 0), &found));
    assert_false(repeats(charges_of(1, 19, 1, 0), charges_of(2, 30, 1, 0), &found));
}

static void a_charge_comes_again_as_often_as_it_stands_there(void **state)
{
    (void)state;
    size_t found;
    assert_false(repeats(charges_of(1, 8, 2, 0), charges_of(1, 16, 1, 0), &found));
}

static void few_or_endlessly_equal_charges_prove_nothing(void **state)
{
    (void)state;
    size_t found;
    assert_false(repeats(charges_of(1, 4, 1, 0), charges_of(1, 9, 1, 0), &found));
    assert_false(repeats(charges_of(1, 6, 3, 0), charges_of(1, 6, 9, 0), &found));
    assert_false(repeats((struct charges){0}, charges_of(1, 9, 1, 0), &found));
    assert_false(repeats(charges_of(1, 9, 1, 0), (struct charges){0}, &found));
}

static bool twice(struct charges charges)
{
    bool answer = charges_twice(list_of(&charges));
    charges_deinit(&charges);
    return answer;
}

static void charges_of_resources_that_all_come_in_pairs_stand_there_twice(void **state)
{
    (void)state;
    assert_true(twice(charges_of(1, 10, 2, CHARGE_HAS_RESOURCE)));
    assert_true(twice(charges_of(1, 10, 4, CHARGE_HAS_RESOURCE)));
    assert_false(twice(charges_of(1, 10, 3, CHARGE_HAS_RESOURCE)));
    assert_false(twice(charges_of(1, 9, 2, CHARGE_HAS_RESOURCE)));
    assert_false(twice(charges_of(1, 10, 2, 0)));
    assert_false(twice((struct charges){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_comes_again_whole_repeats),
        cmocka_unit_test(one_in_twenty_may_be_missing_and_no_more),
        cmocka_unit_test(a_charge_comes_again_as_often_as_it_stands_there),
        cmocka_unit_test(few_or_endlessly_equal_charges_prove_nothing),
        cmocka_unit_test(charges_of_resources_that_all_come_in_pairs_stand_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
