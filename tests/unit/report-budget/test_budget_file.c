/* Budgets from INI and CSV: what is read, and what is refused with which line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/budget_file.h"

static struct arena arena;
static struct budget *budgets;
static size_t count;
static struct gr_err err;

static enum gr_status read_text(const char *text)
{
    arena_deinit(&arena);
    arena = ARENA_EMPTY;
    err = (struct gr_err){0};
    return budget_ini_read(&arena, str_from(text), "b.ini", &budgets, &count, &err);
}

static enum gr_status read_csv(const char *text)
{
    arena_deinit(&arena);
    arena = ARENA_EMPTY;
    err = (struct gr_err){0};
    return budget_csv_read(&arena, str_from(text), "b.csv", &budgets, &count, &err);
}

static void refuses(const char *text, const char *part)
{
    assert_int_equal(read_text(text), GR_EUSAGE);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void reads_every_key(void **state)
{
    (void)state;
    assert_int_equal(read_text("; of finance\n[budget ml-team]\namount = 50000.25\ncurrency = USD\n"
                               "period = quarter\nstart = 2026-01-15\nfilter = tag:team=ml\n"
                               "dataset = all\ncost = effective\nthresholds = 50, 80%,100.5\n"),
                     GR_OK);
    assert_int_equal(count, 1);
    const struct budget *budget = &budgets[0];
    assert_true(str_is(budget->name, "ml-team"));
    assert_int_equal(decimal_compare(budget->amount, (struct decimal){5000025, 2}), 0);
    assert_true(str_is(budget->currency, "USD"));
    assert_int_equal(budget->period, BUDGET_QUARTER);
    assert_true(budget->has_start);
    assert_int_equal(budget->start.since_1970, day_from_ymd(2026, 1, 15).since_1970);
    assert_true(str_is(budget->filter, "tag:team=ml"));
    assert_int_equal(budget->dataset, BUDGET_OF_ALL);
    assert_int_equal(budget->cost, BUDGET_EFFECTIVE);
    assert_int_equal(budget->threshold_count, 3);
    assert_int_equal(decimal_compare(budget->thresholds[2], (struct decimal){1005, 1}), 0);
}

static void takes_defaults_for_what_is_not_said(void **state)
{
    (void)state;
    assert_int_equal(read_text("[budget a]\namount=1\ncurrency=EUR\n[budget b]\namount=2\n"
                               "currency=JPY"),
                     GR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(budgets[1].period, BUDGET_MONTH);
    assert_int_equal(budgets[1].dataset, BUDGET_OF_COST);
    assert_int_equal(budgets[1].cost, BUDGET_BILLED);
    assert_false(budgets[1].has_start);
    assert_int_equal(budgets[1].filter.len, 0);
    assert_int_equal(budgets[1].threshold_count, 3);
    assert_string_equal(budget_period_name(budgets[1].period), "month");
    assert_string_equal(budget_dataset_name(budgets[1].dataset), "cost");
    assert_string_equal(budget_cost_name(budgets[1].cost), "billed");
}

static void reads_names_with_blanks_and_indented_keys(void **state)
{
    (void)state;
    assert_int_equal(read_text("\xEF\xBB\xBF[budget  ML team Z\xC3\xBCrich ]\r\n  amount = 5\r\n"
                               "  currency = CHF\r\n  filter = project~ml-*\r\n"),
                     GR_OK);
    assert_true(str_is(budgets[0].name, "ML team Z\xC3\xBCrich"));
    assert_true(str_is(budgets[0].filter, "project~ml-*"));
}

static void reads_an_empty_file_as_no_budget(void **state)
{
    (void)state;
    assert_int_equal(read_text(""), GR_OK);
    assert_int_equal(count, 0);
}

static void refuses_what_it_does_not_know_with_its_line(void **state)
{
    (void)state;
    refuses("[budget a]\namount=1\ncolour=red\n", "b.ini:3: a budget has no key \"colour\"");
    refuses("[budget a]\namount=1\ncurrency=USD\n\n[mail]\nto=x\n", "b.ini:5: [mail] is not");
    refuses("[budget]\namount=1\n", "b.ini:1: [budget] is not [budget NAME]");
    refuses("amount=1\n", "b.ini:1: amount stands before any");
    refuses("[budget a]\namount\n", "b.ini:2: neither");
    refuses("[budget a\namount=1\n", "b.ini:1: a section");
}

static void refuses_what_stands_twice_or_not_at_all(void **state)
{
    (void)state;
    refuses("[budget a]\namount=1\namount=2\n", "b.ini:3: amount stands twice");
    refuses("[budget a]\namount=1\ncurrency=USD\n[budget a]\namount=1\ncurrency=USD\n",
            "b.ini:4: a budget \"a\" stands in line 1 already");
    refuses("[budget a]\ncurrency=USD\n", "b.ini:1: budget \"a\" has no amount");
    refuses("[budget a]\namount=1\n", "b.ini:1: budget \"a\" has no currency");
    refuses("[budget b]\namount=1\ncurrency=USD\n[budget a]\n",
            "b.ini:4: budget \"a\" has no amount");
}

static void refuses_wrong_values(void **state)
{
    (void)state;
    refuses("[budget a]\namount=1,50\n", "b.ini:2: amount: \"1,50\" is not an amount");
    refuses("[budget a]\namount=-1\n", "amount");
    refuses("[budget a]\namount=\n", "amount");
    refuses("[budget a]\ncurrency=\n", "a currency such as USD");
    refuses("[budget a]\nperiod=monthly\n", "day, week, month, quarter or year");
    refuses("[budget a]\nstart=2026-02-30\n", "a day such as");
    refuses("[budget a]\nfilter=team\n", "a filter such as");
    refuses("[budget a]\ndataset=metric\n", "cost, ai or all");
    refuses("[budget a]\ncost=cash\n", "billed, effective, list or contracted");
    refuses("[budget a]\nthresholds=80,50\n", "rising percentages");
    refuses("[budget a]\nthresholds=50,50\n", "rising percentages");
    refuses("[budget a]\nthresholds=1,2,3,4,5,6,7,8,9\n", "rising percentages");
    refuses("[budget a]\nthresholds=50,,100\n", "rising percentages");
}

static void refuses_lines_that_would_be_cut(void **state)
{
    (void)state;
    char text[600];
    snprintf(text, sizeof text, "[budget a]\nfilter=tag:team=%0300d\n", 7);
    refuses(text, "b.ini:2: a line has at most");
    snprintf(text, sizeof text, "[budget %060d]\namount=1\n", 7);
    refuses(text, "b.ini:1: a section's name has at most");
    refuses("[budget \xFF]\n", "not a text in UTF-8");
}

static void reads_csv_with_the_same_names(void **state)
{
    (void)state;
    assert_int_equal(read_csv("name,amount,currency,filter,thresholds,start\n"
                              "ml-team,50000.25,USD,tag:team=ml,\"50,80\",2026-01-01\n"
                              "all,7,EUR,,,\n"),
                     GR_OK);
    assert_int_equal(count, 2);
    assert_true(str_is(budgets[0].name, "ml-team"));
    assert_true(str_is(budgets[0].filter, "tag:team=ml"));
    assert_int_equal(budgets[0].threshold_count, 2);
    assert_true(budgets[0].has_start);
    assert_int_equal(budgets[1].threshold_count, 3);
    assert_int_equal(budgets[1].filter.len, 0);
    assert_false(budgets[1].has_start);
}

static void refuses_csv_rows_with_their_line(void **state)
{
    (void)state;
    assert_int_equal(read_csv("name,amount,currency\na,1,USD\n,2,USD\n"), GR_EUSAGE);
    assert_non_null(strstr(err.text, "b.csv:3: a budget without a name"));
    assert_int_equal(read_csv("name,amount,currency\na,1,USD\nb,x,USD\n"), GR_EUSAGE);
    assert_non_null(strstr(err.text, "b.csv:3: amount: \"x\""));
    assert_int_equal(read_csv("name,amount,currency\na,1,USD\na,2,USD\n"), GR_EUSAGE);
    assert_non_null(strstr(err.text, "line 2 already"));
    assert_int_equal(read_csv("name,amount,currency\na,1,\n"), GR_EUSAGE);
    assert_non_null(strstr(err.text, "has no currency"));
    assert_int_equal(read_csv("name,amount,currency,colour\na,1,USD,red\n"), GR_EDATA);
    assert_non_null(strstr(err.text, "colour"));
    assert_int_equal(read_csv("name,currency\na,USD\n"), GR_EDATA);
}

static void says_which_file_cannot_be_read(void **state)
{
    (void)state;
    err = (struct gr_err){0};
    assert_int_equal(budget_file_read(&arena, "no-such-folder/b.ini", &budgets, &count, &err),
                     GR_ESTORE);
    assert_non_null(strstr(err.text, "no-such-folder/b.ini"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(takes_defaults_for_what_is_not_said),
        cmocka_unit_test(reads_names_with_blanks_and_indented_keys),
        cmocka_unit_test(reads_an_empty_file_as_no_budget),
        cmocka_unit_test(refuses_what_it_does_not_know_with_its_line),
        cmocka_unit_test(refuses_what_stands_twice_or_not_at_all),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(refuses_lines_that_would_be_cut),
        cmocka_unit_test(reads_csv_with_the_same_names),
        cmocka_unit_test(refuses_csv_rows_with_their_line),
        cmocka_unit_test(says_which_file_cannot_be_read),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
