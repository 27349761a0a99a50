/* Splits: parts that add up to the last digit, whatever the weights. */
#include "testing.h"

#include <stdlib.h>

#include "analysis/split.h"

enum { PARTS_MAX = 40, CELLS_MAX = 30 };

static struct decimal decimal_of(const char *text)
{
    struct decimal value;
    assert_int_equal(decimal_read(str_from(text), &value), DECIMAL_READ_OK);
    return value;
}

static void split(struct arena *arena, const char *whole, const char *const *weights, size_t count,
                  struct decimal *parts)
{
    struct gr_err err = {0};
    struct decimal read[PARTS_MAX];
    struct split_weights all;
    for (size_t i = 0; i < count; i++)
        read[i] = decimal_of(weights[i]);
    assert_int_equal(split_weights_read(arena, read, count, &all, &err), GR_OK);
    assert_int_equal(split_amount(arena, decimal_of(whole), &all, parts, &err), GR_OK);
}

static void a_third_each_gives_the_missing_digit_to_the_first(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct decimal parts[3];
    split(&arena, "100", (const char *const[]){"1", "1", "1"}, 3, parts);
    assert_decimal(parts[0], "33.3333333334");
    assert_decimal(parts[1], "33.3333333333");
    assert_decimal(parts[2], "33.3333333333");
    arena_deinit(&arena);
}

static void the_largest_remainder_gets_the_missing_digit(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct decimal parts[3];
    /* 1/7, 2/7, 4/7: 0.14285714285|7, 0.2857142857|1, 0.5714285714|2 */
    split(&arena, "1", (const char *const[]){"1", "2", "4"}, 3, parts);
    assert_decimal(parts[0], "0.1428571429");
    assert_decimal(parts[1], "0.2857142857");
    assert_decimal(parts[2], "0.5714285714");
    arena_deinit(&arena);
}

static void a_negative_amount_is_split_as_its_opposite(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct decimal parts[3];
    split(&arena, "-100", (const char *const[]){"1", "1", "1"}, 3, parts);
    assert_decimal(parts[0], "-33.3333333334");
    assert_decimal(parts[2], "-33.3333333333");
    arena_deinit(&arena);
}

static void weights_below_zero_count_as_zero(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct decimal parts[3];
    split(&arena, "10", (const char *const[]){"-5", "0", "2.5"}, 3, parts);
    assert_decimal(parts[0], "0");
    assert_decimal(parts[1], "0");
    assert_decimal(parts[2], "10");
    struct split_weights all;
    const struct decimal none[] = {decimal_of("-5"), DECIMAL_ZERO};
    assert_int_equal(split_weights_read(&arena, none, 2, &all, &err), GR_OK);
    assert_true(all.total == 0);
    arena_deinit(&arena);
}

static void parts_have_the_decimals_of_the_amount_and_ten_at_least(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct decimal parts[2];
    split(&arena, "0.1234567890123456789", (const char *const[]){"1", "1"}, 2, parts);
    assert_int_equal(parts[0].scale, 19);
    split(&arena, "3.50", (const char *const[]){"1", "1"}, 2, parts);
    assert_int_equal(parts[0].scale, 10);
    arena_deinit(&arena);
}

static void weights_of_any_size_are_taken(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct decimal parts[2];
    split(&arena, "99999999999.9999999999",
          (const char *const[]){"99999999999999.123456789012345678", "0.000000000000000001"}, 2,
          parts);
    assert_int_equal(decimal_add(parts[0], parts[1], &parts[0], &err), GR_OK);
    assert_decimal(parts[0], "99999999999.9999999999");
    struct split_weights all;
    const struct decimal apart[] = {decimal_of("999999999999999"),
                                    decimal_of("0.0000000000000000000000000001")};
    assert_int_equal(split_weights_read(&arena, apart, 2, &all, &err), GR_EDATA);
    arena_deinit(&arena);
}

/* -10^6 .. 10^6 with up to 12 decimals */
static struct decimal some_amount(unsigned *seed)
{
    struct decimal value = {(i128)rand_r(seed) * 1000003 % 1000000000000, 12};
    if (rand_r(seed) % 4 == 0)
        value.units = -value.units;
    if (rand_r(seed) % 5 == 0)
        value.units = 0;
    if (rand_r(seed) % 3 == 0)
        value.scale = (uint8_t)(rand_r(seed) % 12);
    return decimal_normal(value);
}

static struct decimal sum_of(const struct decimal *values, size_t count, size_t step)
{
    struct gr_err err = {0};
    struct decimal sum = DECIMAL_ZERO;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(decimal_add(sum, values[i * step], &sum, &err), GR_OK);
    return sum;
}

static void check_margins(struct arena *arena, unsigned seed)
{
    struct gr_err err = {0};
    struct decimal weights[PARTS_MAX], parts[PARTS_MAX], cells[CELLS_MAX];
    struct decimal out[CELLS_MAX * PARTS_MAX];
    size_t part_count = 1 + (size_t)(rand_r(&seed) % PARTS_MAX);
    size_t cell_count = 1 + (size_t)(rand_r(&seed) % CELLS_MAX);
    struct split_weights all;
    for (size_t i = 0; i < part_count; i++)
        weights[i] = some_amount(&seed);
    weights[0] = decimal_from_int(1);
    for (size_t i = 0; i < cell_count; i++)
        cells[i] = some_amount(&seed);
    struct decimal whole = sum_of(cells, cell_count, 1);
    assert_int_equal(split_weights_read(arena, weights, part_count, &all, &err), GR_OK);
    assert_int_equal(split_amount(arena, whole, &all, parts, &err), GR_OK);
    assert_int_equal(decimal_compare(sum_of(parts, part_count, 1), whole), 0);
    assert_int_equal(split_cells(arena, cells, cell_count, &all, parts, out, &err), GR_OK);
    for (size_t c = 0; c < cell_count; c++)
        assert_int_equal(decimal_compare(sum_of(out + c * part_count, part_count, 1), cells[c]), 0);
    for (size_t i = 0; i < part_count; i++) {
        assert_int_equal(decimal_compare(sum_of(out + i, cell_count, part_count), parts[i]), 0);
        if (decimal_sign(weights[i]) <= 0)
            for (size_t c = 0; c < cell_count; c++)
                assert_true(decimal_is_zero(out[c * part_count + i]));
    }
}

static void cells_add_up_to_their_amounts_and_to_the_parts(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    for (unsigned seed = 1; seed <= 500; seed++) {
        check_margins(&arena, seed);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
}

static void a_cell_gets_its_share_but_for_a_few_last_digits(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    const struct decimal weights[] = {decimal_of("1"), decimal_of("2")};
    const struct decimal cells[] = {decimal_of("10"), decimal_of("-4"), decimal_of("0.07")};
    struct decimal parts[2], out[6];
    struct split_weights all;
    assert_int_equal(split_weights_read(&arena, weights, 2, &all, &err), GR_OK);
    assert_int_equal(split_amount(&arena, decimal_of("6.07"), &all, parts, &err), GR_OK);
    assert_int_equal(split_cells(&arena, cells, 3, &all, parts, out, &err), GR_OK);
    for (size_t c = 0; c < 3; c++) {
        double third = decimal_to_double(cells[c]) / 3;
        assert_near(decimal_to_double(out[2 * c]), third, 5e-10);
        assert_near(decimal_to_double(out[2 * c + 1]), 2 * third, 5e-10);
    }
    arena_deinit(&arena);
}

static void an_amount_beyond_128_bits_is_an_error(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct decimal parts[1], whole = {.units = decimal_power10(37), .scale = 0};
    const struct decimal one[] = {decimal_of("1")};
    struct split_weights all;
    assert_int_equal(split_weights_read(&arena, one, 1, &all, &err), GR_OK);
    assert_int_equal(split_amount(&arena, whole, &all, parts, &err), GR_EDATA);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_each_gives_the_missing_digit_to_the_first),
        cmocka_unit_test(the_largest_remainder_gets_the_missing_digit),
        cmocka_unit_test(a_negative_amount_is_split_as_its_opposite),
        cmocka_unit_test(weights_below_zero_count_as_zero),
        cmocka_unit_test(parts_have_the_decimals_of_the_amount_and_ten_at_least),
        cmocka_unit_test(weights_of_any_size_are_taken),
        cmocka_unit_test(cells_add_up_to_their_amounts_and_to_the_parts),
        cmocka_unit_test(a_cell_gets_its_share_but_for_a_few_last_digits),
        cmocka_unit_test(an_amount_beyond_128_bits_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
