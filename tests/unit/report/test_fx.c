/* Rate tables: what a file may say, which rate is found, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/fx.h"

static struct arena arena;

static int clean(void **state)
{
    (void)state;
    arena_deinit(&arena);
    arena = ARENA_EMPTY;
    return 0;
}

static struct conversion read_good(const char *text, const char *target)
{
    struct gr_err err = {0};
    struct conversion c = {0};
    if (fx_read_text(&arena, "rates.csv", str_from(text), str_from(target), &c, &err) != GR_OK)
        fail_msg("%s", err.text);
    return c;
}

static void expect_bad(const char *text, const char *message)
{
    struct gr_err err = {0};
    struct conversion c = {0};
    assert_int_equal(fx_read_text(&arena, "rates.csv", str_from(text), STR("EUR"), &c, &err),
                     GR_EDATA);
    if (!strstr(err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", err.text, message);
}

static struct day day_of(const char *text)
{
    struct day day = {0};
    assert_true(day_read(str_from(text), &day));
    return day;
}

static void finds_the_rate_of_a_month_and_pair(void **state)
{
    (void)state;
    struct conversion c = read_good("month,from,to,rate\n"
                                    "2026-10,USD,EUR,0.92\n"
                                    "2026-09,USD,EUR,0.935\n"
                                    "2026-10,GBP,EUR,1.15\n"
                                    "2026-10,USD,GBP,0.8\n",
                                    "EUR");
    struct gr_err err = {0};
    struct decimal rate;
    assert_int_equal(conversion_find(&c, day_of("2026-10-31"), STR("USD"), &rate, &err), GR_OK);
    assert_int_equal(decimal_compare(rate, (struct decimal){92, 2}), 0);
    assert_int_equal(conversion_find(&c, day_of("2026-09-01"), STR("USD"), &rate, &err), GR_OK);
    assert_int_equal(decimal_compare(rate, (struct decimal){935, 3}), 0);
    assert_int_equal(conversion_find(&c, day_of("2026-10-01"), STR("GBP"), &rate, &err), GR_OK);
    assert_int_equal(decimal_compare(rate, (struct decimal){115, 2}), 0);
}

static void an_inverse_is_never_made_up(void **state)
{
    (void)state;
    struct conversion c = read_good("month,from,to,rate\n2026-10,USD,EUR,0.92\n", "USD");
    struct gr_err err = {0};
    struct decimal rate;
    assert_int_equal(conversion_find(&c, day_of("2026-10-05"), STR("EUR"), &rate, &err), GR_EDATA);
    assert_string_equal(err.text, "rates.csv: no rate of 2026-10 from EUR to USD; amounts of that "
                                  "month need one");
}

static void the_same_rate_twice_is_one_and_another_is_an_error(void **state)
{
    (void)state;
    struct conversion c = read_good("month,from,to,rate\n"
                                    "2026-10,USD,EUR,0.92\n2026-10,USD,EUR,0.920\n",
                                    "EUR");
    assert_int_equal(c.count, 1);
    expect_bad("month,from,to,rate\n2026-10,USD,EUR,0.92\n2026-09,USD,EUR,0.92\n"
               "2026-10,USD,EUR,0.921\n",
               "rates.csv: line 4: a rate of 2026-10 from USD to EUR stands in line 2 already");
}

static void refuses_what_is_no_rate_with_line_and_column(void **state)
{
    (void)state;
    expect_bad("month,from,to,rate\n2026-13,USD,EUR,1\n", "line 2: column month: \"2026-13\"");
    expect_bad("month,from,to,rate\n2026-10,,EUR,1\n", "line 2: column from");
    expect_bad("month,from,to,rate\n2026-10,USD,EU R,1\n", "line 2: column to");
    expect_bad("month,from,to,rate\n2026-10,USD,EUR,0\n", "line 2: column rate: \"0\"");
    expect_bad("month,from,to,rate\n2026-10,USD,EUR,-1\n", "column rate");
    expect_bad("month,from,to,rate\n2026-10,USD,EUR,\"0,92\"\n", "column rate: \"0,92\"");
    expect_bad("month,from,to,rate\n2026-10,USD,USD,1.01\n", "the rate of a currency to itself");
    expect_bad("month,from,to,rate,bid\n2026-10,USD,EUR,1,2\n", "bid");
    expect_bad("month,from,to\n2026-10,USD,EUR\n", "rate");
    expect_bad("", "rates.csv");
}

static void says_which_rates_were_used(void **state)
{
    (void)state;
    struct conversion c = read_good("month,from,to,rate\n"
                                    "2026-09,USD,EUR,0.935\n2026-10,USD,EUR,0.92\n",
                                    "EUR");
    struct report_context context = {.arena = &arena, .conversion = &c};
    struct gr_err err = {0};
    struct decimal rate;
    assert_non_null(strstr(fx_note(&context).ptr, "by charge month with rates.csv (sha256 "));
    assert_non_null(strstr(fx_note(&context).ptr, "no rate was needed"));
    assert_int_equal(conversion_find(&c, day_of("2026-10-05"), STR("USD"), &rate, &err), GR_OK);
    context.by_billing = true;
    assert_non_null(strstr(fx_note(&context).ptr, "by billing month"));
    assert_non_null(strstr(fx_note(&context).ptr, ": 2026-10 1 USD = 0.92 EUR."));
    assert_non_null(strstr(fx_json(&context).ptr,
                           "\"rates\":[{\"month\":\"2026-10\",\"from\":\"USD\",\"rate\":0.92}]"));
}

static void many_rates_are_counted_instead(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    strbuf_append_cstr(&text, "month,from,to,rate\n");
    for (int month = 0; month < 13; month++)
        strbuf_printf(&text, "%d-%02d,USD,EUR,0.9\n", 2025 + month / 12, month % 12 + 1);
    struct conversion c = read_good(strbuf_cstr(&text), "EUR");
    for (size_t i = 0; i < c.count; i++)
        c.rates[i].used = true;
    struct report_context context = {.arena = &arena, .conversion = &c};
    assert_non_null(strstr(fx_note(&context).ptr, ": 13 rates."));
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(finds_the_rate_of_a_month_and_pair, clean),
        cmocka_unit_test_teardown(an_inverse_is_never_made_up, clean),
        cmocka_unit_test_teardown(the_same_rate_twice_is_one_and_another_is_an_error, clean),
        cmocka_unit_test_teardown(refuses_what_is_no_rate_with_line_and_column, clean),
        cmocka_unit_test_teardown(says_which_rates_were_used, clean),
        cmocka_unit_test_teardown(many_rates_are_counted_instead, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
