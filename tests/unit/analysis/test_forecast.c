/* The pipeline: guards, cleaning steps one by one, and properties of any forecast. */
#include "testing.h"

#include "analysis/forecast.h"

enum { DAYS = 200, HORIZON = 40 };

static struct arena arena;
static double values[DAYS];
static struct forecast_result result;

static struct day start(void)
{
    return day_from_ymd(2025, 1, 1);
}

static struct day day_at(size_t i)
{
    return day_add(start(), (int)i);
}

/* The same small noise on every machine: -1 .. 1. */
static double noise(size_t i)
{
    uint32_t x = (uint32_t)i * 2654435761u + 12345u;
    x ^= x >> 16;
    x *= 2246822519u;
    x ^= x >> 13;
    return (double)(x % 2001) / 1000 - 1;
}

/* 100 on working days, 60 on weekends, 3 % noise. */
static void fill_weekly(size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (day_weekday(day_at(i)) > 5 ? 60 : 100) * (1 + 0.03 * noise(i));
}

static void run_with(size_t count, size_t horizon, enum forecast_last_day last_day)
{
    struct series series = {start(), count, values};
    struct forecast_options options = {horizon, last_day};
    forecast_run(&arena, &series, &options, &result);
}

static void run(size_t count)
{
    run_with(count, HORIZON, FORECAST_LAST_DAY_COMPLETE);
}

static struct date_range all_days(void)
{
    return (struct date_range){result.first, day_add(result.first, (int)result.count)};
}

static void assert_sane(void)
{
    assert_true(result.available);
    assert_null(result.reason);
    assert_true(result.method.len > 0);
    for (size_t h = 0; h < result.count; h++) {
        const struct forecast_band *day = &result.days[h];
        assert_true(isfinite(day->mean) && isfinite(day->lo95) && isfinite(day->hi95));
        assert_true(day->lo95 <= day->lo80 && day->lo80 <= day->mean);
        assert_true(day->mean <= day->hi80 && day->hi80 <= day->hi95);
    }
    struct forecast_band total = forecast_total(&arena, &result, all_days());
    assert_true(isfinite(total.lo95) && isfinite(total.hi95));
    assert_true(total.lo95 <= total.lo80 && total.lo80 <= total.mean);
    assert_true(total.mean <= total.hi80 && total.hi80 <= total.hi95);
}

static void says_why_there_is_no_forecast(void **state)
{
    (void)state;
    run(0);
    assert_false(result.available);
    assert_string_equal(result.reason, "no day with data");
    for (size_t i = 0; i < 5; i++)
        values[i] = NAN;
    run(5);
    assert_false(result.available);
    values[4] = INFINITY; /* not a number a bill can hold: as if it were missing */
    run(5);
    assert_false(result.available);
    values[4] = 12;
    run_with(5, 3, FORECAST_LAST_DAY_OPEN);
    assert_false(result.available);
    assert_string_equal(result.reason, "the only day with data is not complete");
    struct forecast_band total = forecast_total(&arena, &result, all_days());
    assert_near(total.mean, 0, 0);
}

static void marks_a_short_history_as_indicative(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t count = 1; count <= 40; count++) {
        run(count);
        assert_sane();
        assert_int_equal(result.indicative, count < FORECAST_DAYS_INDICATIVE);
        assert_int_equal(result.days_used, count);
        assert_int_equal(result.count, HORIZON);
    }
}

static void takes_the_run_rate_with_a_wide_band_from_few_days(void **state)
{
    (void)state;
    const double few[] = {10, 20, 30};
    memcpy(values, few, sizeof few);
    run(3);
    assert_near(result.days[0].mean, 20, 1e-12);
    assert_near(result.days[39].mean, 20, 1e-12);
    assert_true(result.days[0].hi80 - result.days[0].mean >= 0.33 * 20);
    assert_non_null(strstr(result.method.ptr, "indicative"));
}

static void keeps_a_constant_and_a_zero_series(void **state)
{
    (void)state;
    for (double level = 0; level <= 75; level += 37.5) {
        for (size_t i = 0; i < DAYS; i++)
            values[i] = level;
        for (size_t count = 28; count <= DAYS; count += 43) {
            run(count);
            assert_sane();
            for (size_t h = 0; h < HORIZON; h++) {
                assert_near(result.days[h].mean, level, 1e-9);
                assert_near(result.days[h].hi95, level, 1e-9);
            }
        }
    }
}

static void follows_the_weekday_pattern(void **state)
{
    (void)state;
    for (size_t count = 28; count <= DAYS; count += 57) {
        fill_weekly(DAYS);
        run(count);
        assert_sane();
        for (size_t h = 0; h < HORIZON; h++) {
            bool weekend = day_weekday(day_add(result.first, (int)h)) > 5;
            assert_near(result.days[h].mean, weekend ? 60 : 100, weekend ? 5 : 8);
        }
    }
}

static void widths_never_shrink_with_the_days(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    run_with(DAYS, 200, FORECAST_LAST_DAY_COMPLETE); /* beyond what was measured too */
    assert_sane();
    double last = 0, last_total = 0;
    for (size_t h = 0; h < result.count; h++) {
        double width = result.days[h].hi80 - result.days[h].mean;
        assert_true(width >= last - 1e-9);
        last = width;
    }
    for (int days = 1; days <= 200; days += 20) {
        struct date_range range = {result.first, day_add(result.first, days)};
        struct forecast_band total = forecast_total(&arena, &result, range);
        assert_true(total.hi80 - total.mean >= last_total);
        last_total = total.hi80 - total.mean;
    }
}

static void scales_with_the_currency(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    values[60] = 900;
    run(DAYS);
    struct forecast_result small = result;
    for (size_t i = 0; i < DAYS; i++)
        values[i] *= 1024;
    run(DAYS);
    for (size_t h = 0; h < HORIZON; h++) {
        assert_near(result.days[h].mean, 1024 * small.days[h].mean, 1e-6);
        assert_near(result.days[h].lo80, 1024 * small.days[h].lo80, 1e-6);
        assert_near(result.days[h].hi95, 1024 * small.days[h].hi95, 1e-6);
    }
}

static void gives_the_same_bytes_twice(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    run(DAYS);
    struct forecast_result first = result;
    run(DAYS);
    assert_memory_equal(first.days, result.days, HORIZON * sizeof *first.days);
}

static void a_total_is_the_sum_of_its_days_with_a_narrower_band(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    run(DAYS);
    double sum = 0, width = 0;
    for (size_t h = 10; h < 30; h++) {
        sum += result.days[h].mean;
        width += result.days[h].hi80 - result.days[h].mean;
    }
    struct date_range range = {day_add(result.first, 10), day_add(result.first, 30)};
    struct forecast_band total = forecast_total(&arena, &result, range);
    assert_near(total.mean, sum, 1e-9);
    assert_true(total.hi80 - total.mean < width);
    assert_true(total.hi80 > total.mean);
    range = (struct date_range){day_add(result.first, -90), day_add(result.first, 900)};
    struct forecast_band cut = forecast_total(&arena, &result, range);
    struct forecast_band whole = forecast_total(&arena, &result, all_days());
    assert_near(cut.mean, whole.mean, 0);
    range.end = range.first;
    assert_near(forecast_total(&arena, &result, range).hi95, 0, 0);
}

static void drops_a_last_day_far_below_its_weekday(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    values[DAYS - 1] *= 0.3;
    run_with(DAYS, 10, FORECAST_LAST_DAY_DETECT);
    assert_true(result.last_day_dropped);
    assert_int_equal(result.first.since_1970, day_at(DAYS - 1).since_1970);
    assert_int_equal(result.count, 11);
    assert_true(result.days[0].mean > 50);
    fill_weekly(DAYS);
    run_with(DAYS, 10, FORECAST_LAST_DAY_DETECT);
    assert_false(result.last_day_dropped);
    assert_int_equal(result.count, 10);
    run_with(DAYS, 10, FORECAST_LAST_DAY_OPEN);
    assert_true(result.last_day_dropped);
}

static void keeps_a_low_day_that_continues_a_step_down(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = DAYS - 3; i < DAYS; i++)
        values[i] *= 0.3;
    run_with(DAYS, 10, FORECAST_LAST_DAY_DETECT);
    assert_false(result.last_day_dropped);
}

static void adds_a_monthly_charge_back_on_its_date(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = 0; i < DAYS; i++) {
        int year, month, day;
        day_to_ymd(day_at(i), &year, &month, &day);
        if (day == 1)
            values[i] += 500;
        if (day == 3)
            values[i] -= 40; /* a credit */
    }
    run(DAYS);
    assert_sane();
    assert_int_equal(result.charge_days, 2);
    for (size_t h = 0; h < HORIZON; h++) {
        struct day date = day_add(result.first, (int)h);
        int year, month, day;
        day_to_ymd(date, &year, &month, &day);
        double regular = day_weekday(date) > 5 ? 60 : 100;
        double charge = day == 1 ? 500 : day == 3 ? -40 : 0;
        assert_near(result.days[h].mean, regular + charge, 12);
    }
    run(59); /* two month starts are no habit */
    assert_int_equal(result.charge_days, 0);
    for (size_t h = 0; h < 2; h++)
        assert_true(result.days[h].mean < 120);
}

static void finds_a_charge_on_the_last_day_of_each_month(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = 0; i < DAYS; i++)
        if (month_first(day_at(i + 1)).since_1970 == day_at(i + 1).since_1970)
            values[i] += 300;
    run(DAYS); /* ends on 2025-07-19 */
    assert_int_equal(result.charge_days, 1);
    int to_end = day_count((struct date_range){result.first, day_from_ymd(2025, 7, 31)});
    assert_near(result.days[to_end].mean, 400, 15);
    assert_true(result.days[to_end + 1].mean < 115 && result.days[to_end - 1].mean < 115);
}

static void one_day_of_sixty_days_spend_does_not_move_the_forecast(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    run(DAYS);
    double before = forecast_total(&arena, &result, all_days()).mean;
    values[DAYS - 10] += 6000;
    run(DAYS);
    assert_near(forecast_total(&arena, &result, all_days()).mean, before, 0.02 * before);
    assert_int_equal(result.outlier_days, 1);
}

static void follows_a_new_level(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = DAYS - 20; i < DAYS; i++)
        values[i] *= 2.5;
    run(DAYS);
    assert_true(result.level_shift);
    assert_int_equal(result.shift_day.since_1970, day_at(DAYS - 20).since_1970);
    for (size_t h = 0; h < HORIZON; h++) {
        bool weekend = day_weekday(day_add(result.first, (int)h)) > 5;
        assert_near(result.days[h].mean, weekend ? 150 : 250, 20);
    }
}

static void expects_bursts_that_keep_coming(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    run(DAYS);
    double quiet = forecast_total(&arena, &result, all_days()).mean;
    for (size_t i = 0; i < DAYS - 10; i++)
        if (i % 25 < 4)
            values[i] += 80;
    run(DAYS);
    double busy = forecast_total(&arena, &result, all_days()).mean;
    double load = 80.0 * 4 / 25 * HORIZON;
    assert_true(busy > quiet + 0.4 * load && busy < quiet + load);
    assert_non_null(strstr(result.method.ptr, "bursts"));
}

static void missing_days_are_not_zeros(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = 20; i < DAYS; i += 9)
        values[i] = NAN;
    values[DAYS - 1] = values[DAYS - 2] = NAN;
    run_with(DAYS, 10, FORECAST_LAST_DAY_DETECT);
    assert_sane();
    assert_int_equal(result.count, 12); /* the two days without data are forecast */
    for (size_t h = 0; h < result.count; h++)
        assert_true(result.days[h].mean > 50);
}

static void days_before_the_first_spend_are_left_out(void **state)
{
    (void)state;
    fill_weekly(DAYS);
    for (size_t i = 0; i < DAYS - 35; i++)
        values[i] = i % 2 ? NAN : 0;
    run(DAYS);
    assert_int_equal(result.days_used, 35);
    assert_true(result.days[0].mean > 50);
}

static void credits_may_make_days_negative(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAYS; i++)
        values[i] = -20 + 5 * noise(i);
    run(DAYS);
    assert_sane();
    assert_false(result.has_floor);
    assert_near(result.days[5].mean, -20, 3);
    assert_true(result.days[5].lo95 < -20);
    fill_weekly(DAYS);
    values[DAYS - 30] = -4000;
    run(DAYS);
    assert_sane();
    assert_true(result.days[0].mean > 40);
}

static void spend_that_was_never_negative_is_not_forecast_below_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAYS; i++)
        values[i] = i > 150 ? 0.5 * (double)(DAYS - i) : 25;
    run_with(DAYS, 120, FORECAST_LAST_DAY_COMPLETE);
    assert_sane();
    for (size_t h = 0; h < result.count; h++)
        assert_true(result.days[h].lo95 >= 0);
}

static void a_runaway_trend_is_capped(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAYS; i++)
        values[i] = pow(1.1, (double)i / 2);
    run_with(DAYS, 365, FORECAST_LAST_DAY_COMPLETE);
    assert_sane();
    for (size_t h = 0; h < result.count; h++)
        assert_true(result.days[h].mean <= 4 * values[DAYS - 1] * 1.0000001);
}

static void sparse_and_extreme_series_stay_finite(void **state)
{
    (void)state;
    for (int shape = 0; shape < 6; shape++)
        for (size_t count = 1; count <= DAYS; count += 13) {
            for (size_t i = 0; i < DAYS; i++) {
                const double shapes[] = {i % 30 == 0 ? 900 : 0,       i % 7 == 0 ? 0 : 1e12,
                                         1e-12 * (1 + noise(i)),      i % 2 ? 1e14 : -1e14,
                                         i % 5 == 2 ? NAN : noise(i), i < 100 ? 1e-9 : 1e9};
                values[i] = shapes[shape];
            }
            struct series series = {start(), count, values};
            struct forecast_options options = {70, FORECAST_LAST_DAY_DETECT};
            forecast_run(&arena, &series, &options, &result);
            if (result.available)
                assert_sane();
            arena_reset(&arena);
        }
}

static void probability_agrees_with_the_bounds(void **state)
{
    (void)state;
    struct forecast_band band = {100, 80, 130, 70, 150};
    assert_near(forecast_probability_above(&band, 100), 0.5, 1e-12);
    assert_near(forecast_probability_above(&band, 130), 0.1, 1e-4);
    assert_near(forecast_probability_above(&band, 150), 0.025, 1e-4);
    assert_near(forecast_probability_above(&band, 80), 0.9, 1e-4);
    assert_near(forecast_probability_above(&band, 70), 0.975, 1e-4);
    assert_true(forecast_probability_above(&band, 400) < 1e-4);
    struct forecast_band point = {100, 100, 100, 100, 100};
    assert_near(forecast_probability_above(&point, 99), 1, 0);
    assert_near(forecast_probability_above(&point, 101), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_why_there_is_no_forecast),
        cmocka_unit_test(marks_a_short_history_as_indicative),
        cmocka_unit_test(takes_the_run_rate_with_a_wide_band_from_few_days),
        cmocka_unit_test(keeps_a_constant_and_a_zero_series),
        cmocka_unit_test(follows_the_weekday_pattern),
        cmocka_unit_test(widths_never_shrink_with_the_days),
        cmocka_unit_test(scales_with_the_currency),
        cmocka_unit_test(gives_the_same_bytes_twice),
        cmocka_unit_test(a_total_is_the_sum_of_its_days_with_a_narrower_band),
        cmocka_unit_test(drops_a_last_day_far_below_its_weekday),
        cmocka_unit_test(keeps_a_low_day_that_continues_a_step_down),
        cmocka_unit_test(adds_a_monthly_charge_back_on_its_date),
        cmocka_unit_test(finds_a_charge_on_the_last_day_of_each_month),
        cmocka_unit_test(one_day_of_sixty_days_spend_does_not_move_the_forecast),
        cmocka_unit_test(follows_a_new_level),
        cmocka_unit_test(expects_bursts_that_keep_coming),
        cmocka_unit_test(missing_days_are_not_zeros),
        cmocka_unit_test(days_before_the_first_spend_are_left_out),
        cmocka_unit_test(credits_may_make_days_negative),
        cmocka_unit_test(spend_that_was_never_negative_is_not_forecast_below_zero),
        cmocka_unit_test(a_runaway_trend_is_capped),
        cmocka_unit_test(sparse_and_extreme_series_stay_finite),
        cmocka_unit_test(probability_agrees_with_the_bounds),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
