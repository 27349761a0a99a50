/* Members against figures worked out by hand from the published formulas. */
#include "testing.h"

#include "analysis/forecast_members.h"
#include "analysis/stats.h"

static const struct member_fit NONE = {0, 0, 1};

/* Week w (from 0), weekday d: 100 w^2 + d, so that mean and median differ. */
static void weeks(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = 100.0 * (double)((i / 7) * (i / 7)) + (double)(i % 7);
}

static void seasonal_naive_repeats_the_last_week(void **state)
{
    (void)state;
    double values[16], out[9];
    weeks(values, 16);
    member_forecast(MEMBER_SEASONAL_NAIVE, NONE, values, 16, 9, out);
    assert_near(out[0], 102, 0); /* day 16 is weekday 2; the last one is day 9 */
    assert_near(out[4], 106, 0);
    assert_near(out[5], 400, 0);
    assert_near(out[6], 401, 0);
    assert_near(out[7], 102, 0);
}

static void weekday_mean_and_median_take_four_weeks(void **state)
{
    (void)state;
    double values[35], mean[8], median[8];
    weeks(values, 35);
    member_forecast(MEMBER_WEEKDAY_MEAN, NONE, values, 35, 8, mean);
    member_forecast(MEMBER_WEEKDAY_MEDIAN, NONE, values, 35, 8, median);
    assert_near(mean[0], (100 + 400 + 900 + 1600) / 4.0, 1e-12); /* the first week is out */
    assert_near(mean[6], 750 + 6, 1e-12);
    assert_near(mean[7], mean[0], 0);
    assert_near(median[0], 650, 1e-12);
    assert_near(median[3], 653, 1e-12);
}

static void weekday_members_do_with_less_than_a_week(void **state)
{
    (void)state;
    const double values[] = {5, 9};
    double out[7];
    member_forecast(MEMBER_WEEKDAY_MEAN, NONE, values, 2, 7, out);
    assert_near(out[0], 9, 0); /* no such weekday yet: the last value */
    assert_near(out[5], 5, 0);
    assert_near(out[6], 9, 0);
}

static void recent_median_looks_back_28_days(void **state)
{
    (void)state;
    double values[40], out[2];
    for (size_t i = 0; i < 40; i++)
        values[i] = i < 12 ? 1000 : (double)i;
    member_forecast(MEMBER_RECENT_MEDIAN, NONE, values, 40, 2, out);
    assert_near(out[0], 25.5, 0);
    assert_near(out[1], 25.5, 0);
}

static void exponential_smoothing_follows_its_recursion(void **state)
{
    (void)state;
    /* level 15; 10 -> 12.5; 20 -> 16.25 */
    const double values[] = {10, 20};
    double out[2];
    member_forecast(MEMBER_SES, (struct member_fit){0.5, 0, 1}, values, 2, 2, out);
    assert_near(out[0], 16.25, 1e-12);
    assert_near(out[1], 16.25, 1e-12);
}

static void linear_and_damped_trend_follow_their_recursion(void **state)
{
    (void)state;
    const double values[] = {10, 20};
    double out[2];
    /* level 12.5, trend -1.25; then 15.625, 0.9375 */
    member_forecast(MEMBER_HOLT, (struct member_fit){0.5, 0.25, 1}, values, 2, 2, out);
    assert_near(out[0], 16.5625, 1e-12);
    assert_near(out[1], 17.5, 1e-12);
    /* level 12.5, trend -1.25; then 15.75, 1.125 */
    member_forecast(MEMBER_DAMPED, (struct member_fit){0.5, 0.25, 0.8}, values, 2, 2, out);
    assert_near(out[0], 16.65, 1e-12);
    assert_near(out[1], 17.37, 1e-12);
}

static void theta_adds_half_the_slope(void **state)
{
    (void)state;
    /* level 16.25, slope 10, (1 - 0.5^2) / 0.5 = 1.5 */
    const double values[] = {10, 20};
    double out[2];
    member_forecast(MEMBER_THETA, (struct member_fit){0.5, 0, 1}, values, 2, 2, out);
    assert_near(out[0], 23.75, 1e-12);
    assert_near(out[1], 28.75, 1e-12);
}

static void fits_follow_a_jump_fast_and_noise_slowly(void **state)
{
    (void)state;
    double jump[60], noise[60];
    for (size_t i = 0; i < 60; i++) {
        jump[i] = i < 30 ? 10 : 50;
        noise[i] = 10 + (i % 2 ? 1 : -1);
    }
    assert_true(member_fit(MEMBER_SES, jump, 60).alpha >= 0.5);
    assert_true(member_fit(MEMBER_SES, noise, 60).alpha <= 0.05);
    assert_near(member_fit(MEMBER_WEEKDAY_MEAN, noise, 60).alpha, 0, 0);
}

static void every_member_keeps_a_constant_series(void **state)
{
    (void)state;
    double values[50], out[40];
    for (size_t i = 0; i < 50; i++)
        values[i] = 42.5;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        struct member_fit fit = member_fit((enum member_kind)kind, values, 50);
        member_forecast((enum member_kind)kind, fit, values, 50, 40, out);
        for (size_t h = 0; h < 40; h++)
            assert_near(out[h], 42.5, 1e-9);
        assert_true(strlen(member_name((enum member_kind)kind)) > 0);
    }
}

static void order_statistics_are_right(void **state)
{
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, errors[] = {-4, -3, -2, -1, 1, 2, 3, 4, 5};
    assert_near(stats_median(odd, 3), 2, 0);
    assert_near(stats_median(even, 4), 2.5, 0);
    assert_near(stats_median(NULL, 0), 0, 0);
    assert_near(stats_mean(errors, 9), 5.0 / 9, 1e-12);
    /* rank 0.8 * 10 - 1 = 7: the 8th; 0.95 * 10 - 1 = 8.5: half a rank behind the last */
    assert_near(stats_conformal_bound(errors, 9, 0.8), 4, 1e-12);
    assert_near(stats_conformal_bound(errors, 9, 0.95), 5 * 1.075, 1e-9);
    assert_near(stats_conformal_bound(errors, 9, 0.2), 0, 0); /* never below 0 */
    assert_near(stats_conformal_bound(errors, 0, 0.8), 0, 0);
    assert_near(stats_normal_tail(1.6448536), 0.05, 1e-7);
}

static void sorts_any_length(void **state)
{
    (void)state;
    double values[800];
    for (size_t n = 0; n < 800; n += 37) {
        for (size_t i = 0; i < n; i++)
            values[i] = (double)((i * 7919 + 13) % 1009);
        stats_sort(values, n);
        for (size_t i = 1; i < n; i++)
            assert_true(values[i - 1] <= values[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seasonal_naive_repeats_the_last_week),
        cmocka_unit_test(weekday_mean_and_median_take_four_weeks),
        cmocka_unit_test(weekday_members_do_with_less_than_a_week),
        cmocka_unit_test(recent_median_looks_back_28_days),
        cmocka_unit_test(exponential_smoothing_follows_its_recursion),
        cmocka_unit_test(linear_and_damped_trend_follow_their_recursion),
        cmocka_unit_test(theta_adds_half_the_slope),
        cmocka_unit_test(fits_follow_a_jump_fast_and_noise_slowly),
        cmocka_unit_test(every_member_keeps_a_constant_series),
        cmocka_unit_test(order_statistics_are_right),
        cmocka_unit_test(sorts_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
