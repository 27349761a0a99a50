/* decimal.c against digit-by-digit arithmetic on seeded random operands. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "digits.h"
#include "unit.h"

enum { CASES = 100000, DIVISION_CASES = 30000 };

#define I128_MAX ((i128)(~(u128)0 >> 1))

/* Operands that meet the limits often: any number of digits, zeros at the end, the ends of the
 * range. */
static struct decimal random_decimal(uint64_t *seed)
{
    i128 units = 0;
    unsigned digits = random_below(seed, 39);
    for (unsigned i = 0; i < digits; i++)
        units = units * 10 + random_below(seed, 10);
    switch (random_below(seed, 8)) {
    case 0:
        units -= units % decimal_power10(random_below(seed, 20));
        break;
    case 1:
        units = I128_MAX - (i128)random_below(seed, 3);
        break;
    case 2:
        units = decimal_power10(random_below(seed, 39)) - (i128)random_below(seed, 2);
        break;
    case 3:
        units = random_below(seed, 20) * 5;
        break;
    default:
        break;
    }
    unsigned scale = random_below(seed, 30);
    if (random_below(seed, 16) == 0)
        scale = random_below(seed, 256);
    return (struct decimal){random_below(seed, 2) ? units : -units, (uint8_t)scale};
}

/* Digits of units, by a way that decimal_format.c does not take. */
static void digits_of_units(i128 units, struct digits *out)
{
    memset(out, 0, sizeof *out);
    out->negative = units < 0;
    for (; units != 0; units /= 10) {
        int digit = (int)(units % 10);
        out->at[out->count++] = (signed char)(digit < 0 ? -digit : digit);
    }
}

static void describe(struct decimal a, struct decimal b, char *text, size_t size)
{
    struct digits x, y;
    char x_text[DIGITS_MAX + 2], y_text[DIGITS_MAX + 2];
    digits_of_units(a.units, &x);
    digits_of_units(b.units, &y);
    digits_write(&x, x_text);
    digits_write(&y, y_text);
    snprintf(text, size, "%.45s e-%u with %.45s e-%u", x_text, a.scale, y_text, b.scale);
}

/* The result must be `wanted` * 10^-scale; a refusal is right only when that does not fit. */
static void check_exact(enum gr_status status, struct decimal got, struct digits *wanted, int scale,
                        struct decimal a, struct decimal b)
{
    char text[200], got_text[DIGITS_MAX + 2], wanted_text[DIGITS_MAX + 2];
    describe(a, b, text, sizeof text);
    digits_normal(wanted, &scale);
    if (status != GR_OK) {
        if (digits_fit_128(wanted) && scale <= UINT8_MAX)
            fail_msg("refused a result that fits: %s", text);
        return;
    }
    struct digits x;
    int got_scale = got.scale;
    digits_of_units(got.units, &x);
    digits_normal(&x, &got_scale);
    digits_write(&x, got_text);
    digits_write(wanted, wanted_text);
    if (got_scale != scale || strcmp(got_text, wanted_text) != 0)
        fail_msg("%s: got %s e-%d, wanted %s e-%d", text, got_text, got_scale, wanted_text, scale);
}

/* Both as whole numbers of 10^-scale; returns scale. */
static int align(struct decimal a, struct decimal b, struct digits *x, struct digits *y)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    digits_of_units(a.units, x);
    digits_of_units(b.units, y);
    digits_shift(x, scale - a.scale);
    digits_shift(y, scale - b.scale);
    return scale;
}

static void sums_and_differences_are_exact_or_refused(void **state)
{
    (void)state;
    uint64_t seed = 1;
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed), got = {0};
        struct gr_err err = {0};
        struct digits x, y, wanted;
        int scale = align(a, b, &x, &y);
        digits_add(&x, &y, &wanted);
        enum gr_status status = decimal_add(a, b, &got, &err);
        refused += status != GR_OK;
        check_exact(status, got, &wanted, scale, a, b);
        scale = align(a, decimal_negate(b), &x, &y);
        digits_add(&x, &y, &wanted);
        check_exact(decimal_sub(a, b, &got, &err), got, &wanted, scale, a, b);
    }
    assert_in_range(refused, CASES / 100, CASES / 2); /* the cases reach both outcomes */
}

static void products_are_exact_or_refused(void **state)
{
    (void)state;
    uint64_t seed = 2;
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed), got = {0};
        struct gr_err err = {0};
        struct digits x, y, wanted;
        digits_of_units(a.units, &x);
        digits_of_units(b.units, &y);
        digits_multiply(&x, &y, &wanted);
        enum gr_status status = decimal_mul(a, b, &got, &err);
        refused += status != GR_OK;
        check_exact(status, got, &wanted, a.scale + b.scale, a, b);
    }
    assert_in_range(refused, CASES / 100, CASES * 3 / 4);
}

static void quotients_are_rounded_half_to_even_or_refused(void **state)
{
    (void)state;
    uint64_t seed = 3;
    int refused = 0;
    for (int i = 0; i < DIVISION_CASES; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed), got = {0};
        struct gr_err err = {0};
        struct digits x, y, wanted;
        uint8_t scale = (uint8_t)random_below(&seed, i % 16 ? 30 : 256);
        enum gr_status status = decimal_div(a, b, scale, &got, &err);
        if (b.units == 0) {
            assert_int_equal(status, GR_EDATA);
            continue;
        }
        align(a, b, &x, &y);
        digits_shift(&x, scale);
        digits_divide(&x, &y, &wanted);
        if (status != GR_OK) { /* right only when it does not fit with all `scale` decimals */
            refused++;
            assert_false(digits_fit_128(&wanted));
            continue;
        }
        assert_int_equal(got.scale, scale);
        check_exact(status, got, &wanted, scale, a, b);
    }
    assert_in_range(refused, DIVISION_CASES / 100, DIVISION_CASES * 3 / 4);
}

static void rounding_is_half_to_even_at_every_scale(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < CASES; i++) {
        struct decimal a = random_decimal(&seed);
        uint8_t scale = (uint8_t)random_below(&seed, 34);
        struct decimal got = decimal_round(a, scale);
        struct digits x, divisor, wanted;
        digits_of_units(a.units, &x);
        wanted = x;
        if (a.scale > scale) {
            digits_read(&divisor, "1");
            digits_shift(&divisor, a.scale - scale);
            digits_divide(&x, &divisor, &wanted);
            assert_int_equal(got.scale, scale);
        }
        check_exact(GR_OK, got, &wanted, a.scale > scale ? scale : a.scale, a, DECIMAL_ZERO);
    }
}

static void order_is_that_of_the_digits(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < CASES; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed);
        if (i % 4 == 0) { /* equal values of different scales, and neighbours of them */
            b = decimal_normal(a);
            b.units += (i128)random_below(&seed, 2) * (b.units < 0 ? 1 : -1);
        }
        struct digits x, y;
        align(a, b, &x, &y);
        assert_int_equal(decimal_compare(a, b), digits_compare(&x, &y));
        assert_int_equal(decimal_compare(b, a), digits_compare(&y, &x));
    }
}

/* A random cell and, beside it, what it means as digits * 10^-scale. */
static bool random_cell(uint64_t *seed, char cell[128], struct digits *value, int *scale)
{
    char mantissa[64] = "";
    int whole = 1 + (int)random_below(seed, 17), fraction = (int)random_below(seed, 31);
    if (random_below(seed, 3) == 0)
        fraction = 0;
    int zeros_front = (int)random_below(seed, 6) == 0 ? (int)random_below(seed, 30) : 0;
    int zeros_end = (int)random_below(seed, 4) == 0 ? (int)random_below(seed, 30) : 0;
    int count = whole + fraction;
    for (int i = 0; i < count; i++)
        mantissa[i] =
            (char)('0' +
                   (i < zeros_front || i >= count - zeros_end ? 0 : (int)random_below(seed, 10)));
    mantissa[count] = '\0';
    static const char *const signs[] = {"", "", "-", "+"};
    const char *sign = signs[random_below(seed, 4)];
    int n = snprintf(cell, 128, "%s%.*s%s%s", sign, whole, mantissa, fraction ? "." : "",
                     mantissa + whole);
    int exponent = 0;
    if (random_below(seed, 3) == 0) {
        exponent = (int)random_below(seed, 50) - 30;
        snprintf(cell + n, (size_t)(128 - n), "%c%s%d", random_below(seed, 2) ? 'e' : 'E',
                 exponent >= 0 && random_below(seed, 2) ? "+" : "", exponent);
    }
    digits_read(value, mantissa);
    value->negative = value->count > 0 && *sign == '-';
    *scale = fraction - exponent;
    if (*scale < 0) {
        digits_shift(value, -*scale);
        *scale = 0;
    }
    digits_normal(value, scale);
    return *scale <= DECIMAL_CELL_SCALE_MAX && value->count - *scale <= DECIMAL_CELL_WHOLE_DIGITS &&
           value->count <= DECIMAL_DIGITS_MAX;
}

static void a_cell_is_read_as_the_number_it_shows(void **state)
{
    (void)state;
    uint64_t seed = 6;
    int in_range_count = 0;
    for (int i = 0; i < CASES; i++) {
        char cell[128], got_text[DIGITS_MAX + 2], wanted_text[DIGITS_MAX + 2];
        struct digits wanted, got;
        int scale;
        bool in_range = random_cell(&seed, cell, &wanted, &scale);
        struct decimal x = {77, 7};
        enum decimal_read_code code = decimal_read(str_from(cell), &x);
        if (code != (in_range ? DECIMAL_READ_OK : DECIMAL_READ_RANGE))
            fail_msg("%s: code %d", cell, (int)code);
        in_range_count += in_range;
        if (!in_range) {
            assert_true(x.units == 77 && x.scale == 7); /* untouched */
            continue;
        }
        digits_of_units(x.units, &got);
        digits_write(&got, got_text);
        digits_write(&wanted, wanted_text);
        if (x.scale != scale || strcmp(got_text, wanted_text) != 0)
            fail_msg("%s: got %s e-%u, wanted %s e-%d", cell, got_text, x.scale, wanted_text,
                     scale);
    }
    assert_in_range(in_range_count, CASES / 4, CASES * 9 / 10);
}

static void what_is_printed_reads_back_as_the_same_number(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct strbuf text;
    strbuf_init(&text, 4096);
    for (int i = 0; i < CASES; i++) {
        char cell[128];
        struct digits ignored;
        int scale;
        struct decimal x, again;
        if (!random_cell(&seed, cell, &ignored, &scale) ||
            decimal_read(str_from(cell), &x) != DECIMAL_READ_OK)
            continue;
        strbuf_clear(&text);
        decimal_format(x, random_below(&seed, 12), &text);
        if (decimal_read(strbuf_str(&text), &again) != DECIMAL_READ_OK || again.units != x.units ||
            again.scale != x.scale)
            fail_msg("%s was printed as %s", cell, strbuf_cstr(&text));
    }
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_differences_are_exact_or_refused),
        cmocka_unit_test(products_are_exact_or_refused),
        cmocka_unit_test(quotients_are_rounded_half_to_even_or_refused),
        cmocka_unit_test(rounding_is_half_to_even_at_every_scale),
        cmocka_unit_test(order_is_that_of_the_digits),
        cmocka_unit_test(a_cell_is_read_as_the_number_it_shows),
        cmocka_unit_test(what_is_printed_reads_back_as_the_same_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
