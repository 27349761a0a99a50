/* Unit economics: ratios of sums, exact, n/a where there is nothing to divide by. */
#include "testing.h"

#include "analysis/unit_economics.h"

static struct gr_err err;

static struct decimal number(const char *text)
{
    struct decimal value;
    assert_int_equal(decimal_read(str_from(text), &value), DECIMAL_READ_OK);
    return value;
}

static void divides_sums_exactly(void **state)
{
    (void)state;
    struct unit_tokens tokens = {number("1200"), number("50000"), number("800"), number("700"),
                                 number("300")};
    struct unit_economics units;
    assert_int_equal(unit_economics_of(number("0.53"), &tokens, number("4"), &units, &err), GR_OK);
    assert_decimal(units.tokens_in, "52000");
    assert_decimal(units.tokens_out, "1000");
    assert_decimal(units.tokens, "53000");
    assert_true(units.blended_per_mtok.known);
    assert_decimal(units.blended_per_mtok.value, "10");
    assert_decimal(units.per_inference.value, "0.1325");
    assert_decimal(units.cache_hit_ratio.value, "0.961538461538"); /* 50000 / 52000 */
    assert_decimal(units.reasoning_share.value, "0.3");
    assert_decimal(units.input_per_output.value, "52");
}

static void the_worked_example_of_a_rented_gpu_comes_out(void **state)
{
    (void)state;
    /* 2.50 an hour at 700 tokens a second: 0.992 per million */
    struct unit_ratio ratio;
    assert_int_equal(unit_cost_per_mtok(number("2.50"), number("2520000"), &ratio, &err), GR_OK);
    assert_decimal(ratio.value, "0.992063492063");
}

static void nothing_to_divide_by_is_not_applicable(void **state)
{
    (void)state;
    struct unit_tokens none = {DECIMAL_ZERO, DECIMAL_ZERO, DECIMAL_ZERO, DECIMAL_ZERO,
                               DECIMAL_ZERO};
    struct unit_economics units;
    assert_int_equal(unit_economics_of(number("5"), &none, DECIMAL_ZERO, &units, &err), GR_OK);
    assert_false(units.blended_per_mtok.known);
    assert_false(units.per_inference.known);
    assert_false(units.cache_hit_ratio.known);
    assert_false(units.reasoning_share.known);
    struct unit_ratio ratio;
    assert_int_equal(unit_ratio_of(number("5"), number("-1"), &ratio, &err), GR_OK);
    assert_false(ratio.known);
}

static void credits_give_negative_unit_costs(void **state)
{
    (void)state;
    struct unit_ratio ratio;
    assert_int_equal(unit_cost_per_mtok(number("-3"), number("2000000"), &ratio, &err), GR_OK);
    assert_decimal(ratio.value, "-1.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divides_sums_exactly),
        cmocka_unit_test(the_worked_example_of_a_rented_gpu_comes_out),
        cmocka_unit_test(nothing_to_divide_by_is_not_applicable),
        cmocka_unit_test(credits_give_negative_unit_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
