/* Budget status: the edge cases that other tools' issue lists are full of, each a test. */
#include "testing.h"

#include "analysis/burn.h"

enum { DAYS = 400 };

static struct arena arena;
static struct gr_err err;
static struct decimal amounts[DAYS];
static bool present[DAYS];
static struct burn_status status;

/* `per_day` in cents from `first` for `count` days. */
static struct burn_actuals spend(struct day first, size_t count, int cents_per_day)
{
    for (size_t i = 0; i < count; i++) {
        amounts[i] = (struct decimal){cents_per_day, 2};
        present[i] = true;
    }
    return (struct burn_actuals){first, count, amounts, present};
}

static struct budget monthly(int amount)
{
    struct budget budget = {
        .name = STR("ml"), .currency = STR("USD"), .period = BUDGET_MONTH, .threshold_count = 3};
    budget.amount = decimal_from_int(amount);
    budget.thresholds[0] = decimal_from_int(50);
    budget.thresholds[1] = decimal_from_int(80);
    budget.thresholds[2] = decimal_from_int(100);
    return budget;
}

static void run_last_day(struct budget budget, struct burn_actuals actuals, struct day as_of,
                         enum forecast_last_day last_day)
{
    err = (struct gr_err){0};
    assert_int_equal(burn_run(&arena, &budget, &actuals, as_of, last_day, &status, &err), GR_OK);
    assert_true(isfinite(status.total.mean) && isfinite(status.total.hi95));
    assert_true(isfinite(status.probability_over) && isfinite(status.overage));
}

static void run(struct budget budget, struct burn_actuals actuals, struct day as_of)
{
    run_last_day(budget, actuals, as_of, FORECAST_LAST_DAY_COMPLETE);
}

static void assert_range(struct date_range range, int y1, int m1, int d1, int y2, int m2, int d2)
{
    char first[11], end[11], wanted_first[11], wanted_end[11];
    day_format(range.first, first);
    day_format(range.end, end);
    day_format(day_from_ymd(y1, m1, d1), wanted_first);
    day_format(day_from_ymd(y2, m2, d2), wanted_end);
    assert_string_equal(first, wanted_first);
    assert_string_equal(end, wanted_end);
}

static void periods_follow_the_calendar_without_a_start(void **state)
{
    (void)state;
    struct budget budget = monthly(1);
    struct day day = day_from_ymd(2026, 2, 14); /* a Saturday */
    assert_range(budget_period_of(&budget, day), 2026, 2, 1, 2026, 3, 1);
    budget.period = BUDGET_DAY;
    assert_range(budget_period_of(&budget, day), 2026, 2, 14, 2026, 2, 15);
    budget.period = BUDGET_WEEK;
    assert_range(budget_period_of(&budget, day), 2026, 2, 9, 2026, 2, 16);
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 2, 9)), 2026, 2, 9, 2026, 2, 16);
    budget.period = BUDGET_QUARTER;
    assert_range(budget_period_of(&budget, day), 2026, 1, 1, 2026, 4, 1);
    assert_range(budget_period_of(&budget, day_from_ymd(1969, 12, 31)), 1969, 10, 1, 1970, 1, 1);
    budget.period = BUDGET_YEAR;
    assert_range(budget_period_of(&budget, day), 2026, 1, 1, 2027, 1, 1);
}

static void periods_run_from_their_start(void **state)
{
    (void)state;
    struct budget budget = monthly(1);
    budget.has_start = true;
    budget.start = day_from_ymd(2026, 1, 15);
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 2, 14)), 2026, 1, 15, 2026, 2, 15);
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 2, 15)), 2026, 2, 15, 2026, 3, 15);
    budget.period = BUDGET_QUARTER;
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 4, 14)), 2026, 1, 15, 2026, 4, 15);
    budget.period = BUDGET_YEAR;
    assert_range(budget_period_of(&budget, day_from_ymd(2027, 1, 14)), 2026, 1, 15, 2027, 1, 15);
    budget.period = BUDGET_WEEK;
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 1, 21)), 2026, 1, 15, 2026, 1, 22);
    budget.period = BUDGET_MONTH;
    budget.start = day_from_ymd(2026, 1, 31);
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 2, 27)), 2026, 1, 31, 2026, 2, 28);
    assert_range(budget_period_of(&budget, day_from_ymd(2026, 2, 28)), 2026, 2, 28, 2026, 3, 31);
}

static void every_day_lies_in_its_own_period_and_periods_touch(void **state)
{
    (void)state;
    for (int period = 0; period < BUDGET_PERIOD_COUNT; period++)
        for (int start = 0; start <= 31; start += 3) {
            struct budget budget = monthly(1);
            budget.period = (enum budget_period)period;
            budget.has_start = start > 0;
            budget.start = day_from_ymd(2024, 1, start > 0 ? start : 1);
            struct day end = {INT32_MIN};
            for (struct day d = budget.start; d.since_1970 < day_from_ymd(2026, 3, 5).since_1970;
                 d = day_add(d, 1)) {
                struct date_range range = budget_period_of(&budget, d);
                assert_true(range.first.since_1970 <= d.since_1970);
                assert_true(d.since_1970 < range.end.since_1970);
                if (d.since_1970 == range.first.since_1970 && end.since_1970 != INT32_MIN)
                    assert_int_equal(range.first.since_1970, end.since_1970);
                end = range.end;
            }
        }
}

static void a_steady_month_is_projected_to_its_end(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1050); /* to 2026-04-15 */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_int_equal(status.state, BURN_RUNNING);
    assert_int_equal(status.days_total, 30);
    assert_int_equal(status.days_elapsed, 15);
    assert_int_equal(status.days_remaining, 15);
    assert_near(status.share_elapsed, 0.5, 0);
    assert_decimal(status.spent, "157.5");
    assert_decimal(status.remaining, "242.5");
    assert_near(status.utilisation, 0.39375, 1e-12);
    assert_decimal(status.rate_newest.per_day, "10.5");
    assert_decimal(status.rate_week.per_day, "10.5");
    assert_decimal(status.rate_period.per_day, "10.5");
    assert_int_equal(status.rate_period.days, 15);
    assert_true(status.projected);
    assert_false(status.indicative);
    assert_near(status.total.mean, 315, 1e-6);
    assert_near(status.run_rate_total, 315, 1e-9);
    assert_near(status.overage, 0, 0);
    assert_near(status.projected_utilisation, 0.7875, 1e-9);
    assert_near(status.probability_over, 0, 1e-9);
    assert_int_equal(status.exhaustion.kind, BURN_LASTS_THE_PERIOD);
    assert_decimal(status.cap_per_day, "16.166666666667");
    assert_false(status.crossed[0]);
    assert_true(status.projected_to_cross[0]);
    assert_false(status.projected_to_cross[1]);
    assert_false(status.breached);
}

static void the_day_the_money_is_gone_is_named(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1000);
    run(monthly(200), actuals, day_from_ymd(2026, 4, 15));
    assert_int_equal(status.exhaustion.kind, BURN_EXHAUSTED_ON);
    assert_int_equal(status.exhaustion.day.since_1970, day_from_ymd(2026, 4, 20).since_1970);
    assert_true(status.exhaustion_earliest.day.since_1970 <= status.exhaustion.day.since_1970);
    assert_near(status.overage, 100, 1e-6);
    assert_near(status.probability_over, 1, 1e-6);
    assert_true(status.crossed[0]); /* 150 of 200 */
    assert_true(status.projected_to_cross[1] && status.projected_to_cross[2]);
    assert_decimal(status.cap_per_day, "3.333333333333");
    assert_false(status.breached);
}

static void a_budget_that_is_gone_names_the_day_it_went(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1000);
    run(monthly(120), actuals, day_from_ymd(2026, 4, 15));
    assert_true(status.breached);
    assert_int_equal(status.exhaustion.kind, BURN_EXHAUSTED);
    assert_int_equal(status.exhaustion.day.since_1970, day_from_ymd(2026, 4, 12).since_1970);
    assert_decimal(status.remaining, "-30");
    assert_decimal(status.cap_per_day, "0");
    assert_near(status.probability_over, 1, 0);
    assert_true(status.crossed[2]);
}

static void spending_the_amount_to_the_cent_is_no_breach(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 4, 1), 30, 333);
    struct budget budget = monthly(0);
    budget.amount = (struct decimal){9990, 2};
    run(budget, actuals, day_from_ymd(2026, 4, 30));
    assert_false(status.breached);
    assert_true(status.crossed[2]);
    assert_int_equal(status.exhaustion.kind, BURN_EXHAUSTED);
    budget.amount = (struct decimal){9989, 2};
    run(budget, actuals, day_from_ymd(2026, 4, 30));
    assert_true(status.breached);
}

static void the_first_day_of_a_month_divides_by_no_zero(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 91, 1000); /* to 2026-04-01 */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 1));
    assert_int_equal(status.days_elapsed, 1);
    assert_near(status.total.mean, 300, 1e-6);
    assert_int_equal(status.rate_period.days, 1);
    /* and with that day still open */
    amounts[90] = (struct decimal){100, 2};
    run_last_day(monthly(400), actuals, day_from_ymd(2026, 4, 1), FORECAST_LAST_DAY_OPEN);
    assert_false(status.rate_period.known);
    assert_false(status.rate_newest.known);
    assert_false(status.has_run_rate);
    assert_true(status.rate_week.known);
    assert_decimal(status.spent, "1");
    assert_near(status.total.mean, 300, 1e-6); /* what the open day shows is not counted twice */
}

static void an_open_day_above_its_forecast_is_not_taken_back(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1000);
    amounts[104] = (struct decimal){9000, 2};
    run_last_day(monthly(400), actuals, day_from_ymd(2026, 4, 15), FORECAST_LAST_DAY_OPEN);
    assert_near(status.total.mean, 140 + 90 + 150, 1e-6);
    assert_true(status.total.lo95 >= 230 - 1e-9);
}

static void the_very_first_day_of_all_gives_an_indicative_figure(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 4, 1), 1, 1000);
    run(monthly(400), actuals, day_from_ymd(2026, 4, 1));
    assert_true(status.projected && status.indicative);
    assert_near(status.total.mean, 300, 1e-9);
    assert_true(status.total.hi80 > 350 && status.total.lo80 < 250);
    run_last_day(monthly(400), actuals, day_from_ymd(2026, 4, 1), FORECAST_LAST_DAY_OPEN);
    assert_false(status.projected);
    assert_non_null(status.reason);
    assert_int_equal(status.exhaustion.kind, BURN_EXHAUSTION_UNKNOWN);
    assert_decimal(status.spent, "10");
}

static void the_last_day_of_a_month_is_the_end(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 120, 1000); /* to 2026-04-30 */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 30));
    assert_int_equal(status.state, BURN_FINISHED);
    assert_int_equal(status.days_remaining, 0);
    assert_near(status.total.mean, 300, 0);
    assert_near(status.total.hi95, 300, 0);
    assert_near(status.probability_over, 0, 0);
    assert_false(status.has_cap);
    assert_int_equal(status.exhaustion.kind, BURN_LASTS_THE_PERIOD);
    /* an open last day is still to be completed */
    amounts[119] = (struct decimal){200, 2};
    run_last_day(monthly(400), actuals, day_from_ymd(2026, 4, 30), FORECAST_LAST_DAY_OPEN);
    assert_int_equal(status.state, BURN_RUNNING);
    assert_near(status.total.mean, 300, 1e-6);
    assert_false(status.has_cap);
}

static void a_finished_period_is_not_projected(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 120, 1000);
    struct budget budget = monthly(200);
    struct date_range march = {day_from_ymd(2026, 3, 1), day_from_ymd(2026, 4, 1)};
    assert_int_equal(burn_run_period(&arena, &budget, &actuals, march, day_from_ymd(2026, 4, 20),
                                     FORECAST_LAST_DAY_DETECT, &status, &err),
                     GR_OK);
    assert_int_equal(status.state, BURN_FINISHED);
    assert_decimal(status.spent, "310");
    assert_near(status.total.mean, 310, 0);
    assert_near(status.overage, 110, 0);
    assert_near(status.probability_over, 1, 0);
    assert_int_equal(status.exhaustion.day.since_1970, day_from_ymd(2026, 3, 20).since_1970);
    assert_decimal(status.rate_week.per_day, "10");
    assert_non_null(strstr(status.method.ptr, "over"));
}

static void a_period_before_the_start_has_not_started(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 90, 1000); /* to 2026-03-31 */
    struct budget budget = monthly(400);
    budget.has_start = true;
    budget.start = day_from_ymd(2026, 4, 1);
    run(budget, actuals, day_from_ymd(2026, 3, 31));
    assert_int_equal(status.state, BURN_NOT_STARTED);
    assert_decimal(status.spent, "0");
    assert_int_equal(status.days_elapsed, 0);
    assert_near(status.total.mean, 300, 1e-6); /* April at March's pace */
}

static void no_burn_lasts_for_ever(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 0);
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_int_equal(status.exhaustion.kind, BURN_LASTS_FOREVER);
    assert_near(status.total.mean, 0, 0);
    assert_decimal(status.rate_period.per_day, "0");
    assert_true(status.rate_period.known);
    assert_near(status.probability_over, 0, 1e-9);
    /* credits only */
    actuals = spend(day_from_ymd(2026, 1, 1), 105, -500);
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_int_equal(status.exhaustion.kind, BURN_LASTS_FOREVER);
    assert_decimal(status.spent, "-75");
    assert_decimal(status.remaining, "475");
    assert_near(status.total.mean, -150, 1e-6);
    assert_false(status.crossed[0]);
}

static void months_have_28_to_31_days(void **state)
{
    (void)state;
    static const struct {
        int year, month, days;
    } months[] = {
        {2025, 2, 28},
        {2024, 2, 29},
        {2025, 4, 30},
        {2025, 5, 31},
    };
    for (size_t i = 0; i < 4; i++) {
        struct day first = day_from_ymd(months[i].year, months[i].month, 1);
        struct burn_actuals actuals = spend(day_add(first, -100), 110, 1000);
        run(monthly(400), actuals, day_add(first, 9));
        assert_int_equal(status.days_total, months[i].days);
        assert_near(status.total.mean, 10 * months[i].days, 1e-6);
        assert_near(status.run_rate_total, 10 * months[i].days, 1e-6);
    }
}

static void a_day_without_data_is_not_a_zero(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1000);
    present[100] = present[101] = false;
    amounts[100] = amounts[101] = (struct decimal){99999, 2}; /* not to be read */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_int_equal(status.days_without_data, 2);
    assert_decimal(status.spent, "130");
    assert_int_equal(status.rate_period.days, 13);
    assert_decimal(status.rate_period.per_day, "10");
    assert_int_equal(status.rate_week.days, 5);
}

static void data_that_lags_behind_as_of_is_forecast(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 103, 1000); /* to 2026-04-13 */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_decimal(status.spent, "130");
    assert_int_equal(status.days_without_data, 2);
    assert_near(status.total.mean, 300, 1e-6);
    assert_int_equal(status.days_remaining, 15);
}

static void days_behind_as_of_are_not_read(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 120, 1000);
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    struct burn_status before = status;
    for (size_t i = 105; i < 120; i++)
        amounts[i] = (struct decimal){77700, 2};
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_near(status.total.mean, before.total.mean, 0);
    assert_decimal(status.spent, "150");
}

static void a_budget_of_nothing_is_breached_by_the_first_cent(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 0);
    run(monthly(0), actuals, day_from_ymd(2026, 4, 15));
    assert_false(status.breached);
    assert_false(status.has_utilisation || status.has_projected_utilisation);
    assert_false(status.crossed[0] || status.projected_to_cross[0]);
    amounts[100] = (struct decimal){1, 2};
    run(monthly(0), actuals, day_from_ymd(2026, 4, 15));
    assert_true(status.breached);
    assert_int_equal(status.exhaustion.kind, BURN_EXHAUSTED);
}

static void no_data_at_all_is_said_not_guessed(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 5, 1), 3, 1000); /* all later */
    run(monthly(400), actuals, day_from_ymd(2026, 4, 15));
    assert_false(status.projected);
    assert_string_equal(status.reason, "no day with data");
    assert_decimal(status.spent, "0");
    assert_int_equal(status.days_without_data, 15);
    assert_false(status.rate_week.known);
}

static void short_and_long_periods_project_to_their_own_end(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2025, 6, 1), 319, 1000); /* to 2026-04-15 */
    struct budget budget = monthly(4000);
    budget.period = BUDGET_WEEK; /* 2026-04-13 .. 19 */
    run(budget, actuals, day_from_ymd(2026, 4, 15));
    assert_near(status.total.mean, 70, 1e-6);
    budget.period = BUDGET_QUARTER;
    run(budget, actuals, day_from_ymd(2026, 4, 15));
    assert_near(status.total.mean, 910, 1e-6);
    budget.period = BUDGET_YEAR;
    run(budget, actuals, day_from_ymd(2026, 4, 15));
    assert_near(status.total.mean, 3650, 1e-6);
    budget.period = BUDGET_DAY;
    run(budget, actuals, day_from_ymd(2026, 4, 15));
    assert_near(status.total.mean, 10, 0);
    assert_int_equal(status.state, BURN_FINISHED);
}

static void sums_keep_every_digit(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 4, 1), 3, 0);
    assert_int_equal(decimal_read(STR("0.0000000000000000000000000001"), &amounts[0]),
                     DECIMAL_READ_OK);
    assert_int_equal(decimal_read(STR("123456789.01"), &amounts[1]), DECIMAL_READ_OK);
    run(monthly(400), actuals, day_from_ymd(2026, 4, 3));
    assert_decimal(status.spent, "123456789.0100000000000000000000000001");
}

static void a_noisy_month_has_bounds_around_its_mean(void **state)
{
    (void)state;
    struct burn_actuals actuals = spend(day_from_ymd(2026, 1, 1), 105, 1000);
    for (size_t i = 0; i < 105; i++)
        amounts[i].units += (i128)((i * 7919) % 401) - 200;
    run(monthly(300), actuals, day_from_ymd(2026, 4, 15));
    assert_true(status.total.lo80 < status.total.mean && status.total.mean < status.total.hi80);
    assert_true(status.total.lo80 > 150 && status.total.hi80 < 400);
    assert_true(status.probability_over > 0.02 && status.probability_over < 0.98);
    assert_true(status.exhaustion_earliest.kind == BURN_EXHAUSTED_ON);
    assert_true(status.exhaustion_latest.kind == BURN_LASTS_THE_PERIOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_follow_the_calendar_without_a_start),
        cmocka_unit_test(periods_run_from_their_start),
        cmocka_unit_test(every_day_lies_in_its_own_period_and_periods_touch),
        cmocka_unit_test(a_steady_month_is_projected_to_its_end),
        cmocka_unit_test(the_day_the_money_is_gone_is_named),
        cmocka_unit_test(a_budget_that_is_gone_names_the_day_it_went),
        cmocka_unit_test(spending_the_amount_to_the_cent_is_no_breach),
        cmocka_unit_test(the_first_day_of_a_month_divides_by_no_zero),
        cmocka_unit_test(an_open_day_above_its_forecast_is_not_taken_back),
        cmocka_unit_test(the_very_first_day_of_all_gives_an_indicative_figure),
        cmocka_unit_test(the_last_day_of_a_month_is_the_end),
        cmocka_unit_test(a_finished_period_is_not_projected),
        cmocka_unit_test(a_period_before_the_start_has_not_started),
        cmocka_unit_test(no_burn_lasts_for_ever),
        cmocka_unit_test(months_have_28_to_31_days),
        cmocka_unit_test(a_day_without_data_is_not_a_zero),
        cmocka_unit_test(data_that_lags_behind_as_of_is_forecast),
        cmocka_unit_test(days_behind_as_of_are_not_read),
        cmocka_unit_test(a_budget_of_nothing_is_breached_by_the_first_cent),
        cmocka_unit_test(no_data_at_all_is_said_not_guessed),
        cmocka_unit_test(short_and_long_periods_project_to_their_own_end),
        cmocka_unit_test(sums_keep_every_digit),
        cmocka_unit_test(a_noisy_month_has_bounds_around_its_mean),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
