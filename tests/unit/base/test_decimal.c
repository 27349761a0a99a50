/* decimal: the cases that bills are known to hold, and the edges. */
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "unit.h"

#define I128_MAX ((i128)(~(u128)0 >> 1))

static struct decimal read_ok(const char *cell)
{
    struct decimal x = {0};
    struct gr_err err = {0};
    if (decimal_parse(str_from(cell), &x, &err) != GR_OK)
        fail_msg("%s", err.text);
    return x;
}

static void expect_text(const char *cell, unsigned decimals_min, const char *wanted)
{
    struct strbuf out;
    strbuf_init(&out, 1000);
    decimal_format(read_ok(cell), decimals_min, &out);
    assert_string_equal(strbuf_cstr(&out), wanted);
    strbuf_deinit(&out);
}

static void expect_fixed(struct decimal x, unsigned decimals, char group, const char *wanted)
{
    struct strbuf out;
    strbuf_init(&out, 1000);
    decimal_format_fixed(x, decimals, group, &out);
    assert_string_equal(strbuf_cstr(&out), wanted);
    strbuf_deinit(&out);
}

static void reads_the_forms_that_bills_use(void **state)
{
    (void)state;
    expect_text("0", 0, "0");
    expect_text("-0", 2, "0.00");
    expect_text("-0.000", 2, "0.00");
    expect_text("0E-40", 2, "0.00");
    expect_text("0e999999999999999999999999", 0, "0");
    expect_text(" 12.50\t", 0, "12.5");
    expect_text("+7", 2, "7.00");
    expect_text("1.5E3", 0, "1500");
    expect_text("1e-28", 0, "0.0000000000000000000000000001");
    expect_text("0.0000000000000000000000000001000", 0, "0.0000000000000000000000000001");
    expect_text("999999999999999.9999999999999999999", 0, "999999999999999.9999999999999999999");
    expect_text("000000000000000000000000000000000000000000001.25", 0, "1.25");
    expect_text("-9.223372036854775808", 0, "-9.223372036854775808");
    expect_text("18446744073709.551616", 0, "18446744073709.551616");
    assert_int_equal(read_ok("1.2500").scale, 2);
    assert_int_equal(read_ok("100").scale, 0);
    assert_true(read_ok("100").units == 100);
}

static void refuses_what_is_not_a_decimal_amount(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "",      " ",  "1,20",  "NaN", "inf",  "-",   "+",        ".",      ".5",
        "5.",    "1e", "1e+",   "1 2", "--1",  "+-1", "0x1",      "1.2.3",  "1_000",
        "1e1.5", "$1", "1e--1", "12a", "1.5f", "١",   "1.00 USD", "(1.00)",
    };
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct decimal x = {77, 7};
        if (decimal_read(str_from(cells[i]), &x) != DECIMAL_READ_SYNTAX)
            fail_msg("\"%s\" was not refused", cells[i]);
        assert_true(x.units == 77 && x.scale == 7);
    }
    struct decimal x;
    assert_int_equal(decimal_read(STR_NONE, &x), DECIMAL_READ_SYNTAX);
    assert_int_equal(decimal_read(((struct str){"1\0002", 3}), &x), DECIMAL_READ_SYNTAX);
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "1000000000000000",
        "-1000000000000000.5",
        "1e15",
        "1e2147483648",
        "1e99999999999999999999",
        "1e-29",
        "1e-99999999999999999999",
        "0.00000000000000000000000000001",
        "99999999999999999999999999999999999999999",
        "123456789012345.123456789012345678901234", /* 39 digits */
    };
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct decimal x = {77, 7};
        if (decimal_read(str_from(cells[i]), &x) != DECIMAL_READ_RANGE)
            fail_msg("\"%s\" was not refused", cells[i]);
        assert_true(x.units == 77 && x.scale == 7);
    }
}

static void a_refusal_shows_the_cell_and_what_was_wanted(void **state)
{
    (void)state;
    struct decimal x;
    struct gr_err err = {0};
    assert_int_equal(decimal_parse(STR("1,20"), &x, &err), GR_EDATA);
    assert_string_equal(err.text, "\"1,20\" is not a decimal amount");
    assert_int_equal(decimal_parse(STR("1e20"), &x, &err), GR_EDATA);
    assert_string_equal(err.text,
                        "\"1e20\" is out of range: wanted below 10^15, with at most 28 decimals");
}

static void rounds_half_to_even_when_printing(void **state)
{
    (void)state;
    expect_fixed(read_ok("0.125"), 2, 0, "0.12");
    expect_fixed(read_ok("0.135"), 2, 0, "0.14");
    expect_fixed(read_ok("-0.125"), 2, 0, "-0.12");
    expect_fixed(read_ok("-0.12500000000000000001"), 2, 0, "-0.13");
    expect_fixed(read_ok("0.5"), 0, 0, "0");
    expect_fixed(read_ok("1.5"), 0, 0, "2");
    expect_fixed(read_ok("-0.004"), 2, 0, "0.00"); /* no minus before nothing */
    expect_fixed(read_ok("999.995"), 2, ',', "1,000.00");
}

static void groups_thousands(void **state)
{
    (void)state;
    expect_fixed(read_ok("-1234.5"), 2, ',', "-1,234.50");
    expect_fixed(read_ok("123"), 0, ',', "123");
    expect_fixed(read_ok("1234567"), 0, '.', "1.234.567");
    expect_fixed(read_ok("123456.789"), 3, ' ', "123 456.789");
    expect_fixed(read_ok("0.000001"), 6, ',', "0.000001");
    expect_fixed((struct decimal){I128_MAX, 0}, 0, ',',
                 "170,141,183,460,469,231,731,687,303,715,884,105,727");
    expect_fixed((struct decimal){-I128_MAX - 1, 0}, 1, 0,
                 "-170141183460469231731687303715884105728.0");
    expect_fixed((struct decimal){1, 255}, 2, 0, "0.00");
}

static void printing_does_not_depend_on_the_scale(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, 1000);
    decimal_format((struct decimal){12500000, 6}, 2, &out);
    strbuf_append_char(&out, ' ');
    decimal_format((struct decimal){125, 1}, 2, &out);
    strbuf_append_char(&out, ' ');
    decimal_format((struct decimal){0, 9}, 0, &out);
    assert_string_equal(strbuf_cstr(&out), "12.50 12.50 0");
    strbuf_deinit(&out);
}

static void rescaling_is_checked(void **state)
{
    (void)state;
    struct decimal x;
    struct gr_err err = {0};
    assert_int_equal(decimal_rescale(read_ok("1.5"), 4, &x, &err), GR_OK);
    assert_true(x.units == 15000 && x.scale == 4);
    assert_int_equal(decimal_rescale(read_ok("999999999999999"), 24, &x, &err), GR_EDATA);
    assert_int_equal(decimal_rescale(read_ok("1"), 38, &x, &err), GR_OK);
    assert_int_equal(decimal_rescale(read_ok("1"), 39, &x, &err), GR_EDATA);
    assert_int_equal(decimal_rescale(DECIMAL_ZERO, 255, &x, &err), GR_OK);
    assert_int_equal(x.scale, 255);
}

static void overflow_is_an_error_and_never_a_wrap(void **state)
{
    (void)state;
    struct decimal x, max = {I128_MAX, 0}, one = {1, 0};
    struct gr_err err = {0};
    assert_int_equal(decimal_add(max, one, &x, &err), GR_EDATA);
    assert_int_equal(decimal_sub(decimal_negate(max), one, &x, &err), GR_EDATA);
    assert_int_equal(decimal_mul(max, (struct decimal){2, 0}, &x, &err), GR_EDATA);
    assert_int_equal(decimal_div(max, (struct decimal){1, 1}, 0, &x, &err), GR_EDATA);
    assert_int_equal(decimal_div(one, DECIMAL_ZERO, 2, &x, &err), GR_EDATA);
    assert_string_equal(err.text, "division by 0");
    assert_int_equal(decimal_mul(max, (struct decimal){10, 1}, &x, &err), GR_OK);
    assert_true(x.units == I128_MAX && x.scale == 0);
    assert_int_equal(decimal_add((struct decimal){I128_MAX, 5}, (struct decimal){0, 28}, &x, &err),
                     GR_OK);
    assert_int_equal(decimal_compare(x, (struct decimal){I128_MAX, 5}), 0);
}

static void divides_to_the_decimals_asked_for(void **state)
{
    (void)state;
    struct decimal x;
    struct gr_err err = {0};
    assert_int_equal(decimal_div(read_ok("1"), read_ok("3"), 28, &x, &err), GR_OK);
    expect_fixed(x, 28, 0, "0.3333333333333333333333333333");
    assert_int_equal(decimal_div(read_ok("-2"), read_ok("3"), 4, &x, &err), GR_OK);
    expect_fixed(x, 4, 0, "-0.6667");
    assert_int_equal(decimal_div(read_ok("0.5"), read_ok("100"), 2, &x, &err), GR_OK);
    expect_fixed(x, 2, 0, "0.00");
    assert_int_equal(decimal_div(read_ok("1.5"), read_ok("100"), 2, &x, &err), GR_OK);
    expect_fixed(x, 2, 0, "0.02");
    /* 10^38 / 10^37 with 30 decimals: the numerator has 69 digits on the way */
    assert_int_equal(decimal_div((struct decimal){decimal_power10(38), 0},
                                 (struct decimal){decimal_power10(37), 0}, 30, &x, &err),
                     GR_OK);
    assert_true(x.units == decimal_power10(31) && x.scale == 30);
}

static void doubles_are_the_nearest_ones(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        double wanted;
    } cases[] = {
        {"0",                              0.0                           },
        {"0.1",                            0.1                           },
        {"-1234.56",                       -1234.56                      },
        {"123456789012345.6789",           123456789012345.6789          },
        {"0.0000000000000000000000000001", 1e-28                         },
        {"0.1234567890123456789012345678", 0.1234567890123456789012345678},
        {"2.2250738585072011",             2.2250738585072011            },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decimal x;
        if (decimal_read(str_from(cases[i].cell), &x) != DECIMAL_READ_OK)
            continue;
        assert_true(decimal_to_double(x) == cases[i].wanted);
    }
    /* 2^53 + 1 lies between two doubles: to even. The conversion must not round twice. */
    assert_true(decimal_to_double((struct decimal){9007199254740993, 0}) == 9007199254740992.0);
    assert_true(decimal_to_double((struct decimal){I128_MAX, 0}) == 0x1p127);
    assert_true(decimal_to_double((struct decimal){1, 255}) == 1e-255);
}

static void decimals_come_back_from_doubles(void **state)
{
    (void)state;
    struct decimal x;
    struct gr_err err = {0};
    assert_int_equal(decimal_from_double(-1234.5678, 2, &x, &err), GR_OK);
    assert_true(x.units == -123457 && x.scale == 2);
    assert_int_equal(decimal_from_double(0.125, 2, &x, &err), GR_OK);
    assert_true(x.units == 12); /* exactly the middle: to even */
    assert_int_equal(decimal_from_double(0.1, 20, &x, &err), GR_OK);
    assert_true(x.units == (i128)10000000000000000555ULL);
    assert_int_equal(decimal_from_double(-0.0, 2, &x, &err), GR_OK);
    assert_true(x.units == 0);
    assert_int_equal(decimal_from_double(1e300, 2, &x, &err), GR_EDATA);
    assert_int_equal(decimal_from_double((double)NAN, 2, &x, &err), GR_EDATA);
    assert_int_equal(decimal_from_double((double)INFINITY, 2, &x, &err), GR_EDATA);
    assert_int_equal(decimal_from_double(1e-300, 255, &x, &err), GR_OK);
    assert_true(x.units == 0);
}

static void signs_and_zero_are_seen(void **state)
{
    (void)state;
    assert_int_equal(decimal_sign(read_ok("-0.01")), -1);
    assert_int_equal(decimal_sign(read_ok("0.000")), 0);
    assert_int_equal(decimal_sign(decimal_from_int(INT64_MIN)), -1);
    assert_true(decimal_is_zero(read_ok("-0")));
    assert_false(decimal_is_zero(read_ok("1e-28")));
    assert_int_equal(decimal_compare((struct decimal){0, 200}, DECIMAL_ZERO), 0);
    assert_int_equal(decimal_compare((struct decimal){1, 255}, DECIMAL_ZERO), 1);
    assert_int_equal(decimal_compare((struct decimal){-I128_MAX, 255}, (struct decimal){-1, 0}), 1);
}

static void currencies_have_their_minor_digits(void **state)
{
    (void)state;
    assert_int_equal(currency_minor_digits(STR("USD")), 2);
    assert_int_equal(currency_minor_digits(STR("JPY")), 0);
    assert_int_equal(currency_minor_digits(STR("KWD")), 3);
    assert_int_equal(currency_minor_digits(STR("CLF")), 4);
    assert_int_equal(currency_minor_digits(STR("credits")), 2);
    assert_int_equal(currency_minor_digits(STR_NONE), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_forms_that_bills_use),
        cmocka_unit_test(refuses_what_is_not_a_decimal_amount),
        cmocka_unit_test(refuses_what_is_out_of_range),
        cmocka_unit_test(a_refusal_shows_the_cell_and_what_was_wanted),
        cmocka_unit_test(rounds_half_to_even_when_printing),
        cmocka_unit_test(groups_thousands),
        cmocka_unit_test(printing_does_not_depend_on_the_scale),
        cmocka_unit_test(rescaling_is_checked),
        cmocka_unit_test(overflow_is_an_error_and_never_a_wrap),
        cmocka_unit_test(divides_to_the_decimals_asked_for),
        cmocka_unit_test(doubles_are_the_nearest_ones),
        cmocka_unit_test(decimals_come_back_from_doubles),
        cmocka_unit_test(signs_and_zero_are_seen),
        cmocka_unit_test(currencies_have_their_minor_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
