/* GPU utilisation and idle cost: hold rule, states, runs, rates that change, money to the digit. */
#include "testing.h"

#include "analysis/idle.h"

static const int64_t MINUTE = 60000;
static const int64_t HOUR = 3600000;

static struct arena arena;
static struct gr_err err;
static struct idle_result result;

static struct idle_options options_for(int64_t from_minute, int64_t to_minute)
{
    return (struct idle_options){.from_ms = from_minute * MINUTE,
                                 .to_ms = to_minute * MINUTE,
                                 .threshold_percent = 5,
                                 .memory_held_mib = 1024,
                                 .min_idle_ms = 10 * MINUTE};
}

static struct idle_sample at(int64_t minute, double utilisation, double memory)
{
    return (struct idle_sample){minute * MINUTE, utilisation, memory};
}

static struct idle_rate rate(int64_t from_minute, int cents)
{
    return (struct idle_rate){
        from_minute * MINUTE, {cents, 2}
    };
}

static void run(const struct idle_gpu *gpus, size_t count, struct idle_options options)
{
    assert_int_equal(idle_run_all(&arena, gpus, count, &options, &result, &err), GR_OK);
}

static void tells_busy_held_free_and_unknown_apart(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(0, 80, 9000), at(10, 4.9, 9000), at(20, 5, 9000),
                                          at(30, 0, 100),  at(40, NAN, 9000), at(50, 0, NAN)};
    const struct idle_rate rates[] = {rate(0, 240)};
    struct idle_gpu gpu = {samples, 6, rates, 1};
    run(&gpu, 1, options_for(0, 60));
    const struct idle_usage *usage = &result.gpus[0];
    assert_int_equal(usage->busy_ms, 20 * MINUTE); /* at the threshold is busy */
    assert_int_equal(usage->idle_held_ms, 10 * MINUTE);
    assert_int_equal(usage->idle_free_ms, 20 * MINUTE);
    assert_int_equal(usage->unknown_ms, 10 * MINUTE);
    assert_near(usage->coverage, 50.0 / 60, 1e-12);
    assert_near(usage->mean_utilisation, (80 + 4.9 + 5 + 0 + 0) / 5, 1e-12);
    assert_int_equal(usage->idle_runs, 3);
    assert_int_equal(usage->idle_ms, 30 * MINUTE);
    assert_decimal(usage->idle_cost, "1.2");
}

static void holds_a_sample_for_three_steps_at_most(void **state)
{
    (void)state;
    /* steps 1, 1, 1, 57: median 1 minute, so the fourth sample lasts 3 minutes */
    const struct idle_sample samples[] = {at(0, 50, 0), at(1, 50, 0), at(2, 50, 0), at(3, 50, 0),
                                          at(60, 50, 0)};
    struct idle_gpu gpu = {samples, 5, NULL, 0};
    run(&gpu, 1, options_for(0, 100));
    assert_int_equal(result.gpus[0].busy_ms, (3 + 3 + 1) * MINUTE);
    assert_near(result.gpus[0].coverage, 0.07, 1e-12);
}

static void weighs_by_time_not_by_samples(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(0, 90, 0), at(10, 30, 0), at(30, 0, 0), at(40, 0, 0)};
    struct idle_gpu gpu = {samples, 4, NULL, 0};
    run(&gpu, 1, options_for(0, 40));
    assert_near(result.gpus[0].mean_utilisation, (90 * 10 + 30 * 20) / 40.0, 1e-12);
}

static void cuts_everything_to_the_window(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(0, 0, 0), at(20, 0, 0), at(40, 0, 0), at(60, 0, 0)};
    const struct idle_rate rates[] = {rate(-1000, 600)};
    struct idle_gpu gpu = {samples, 4, rates, 1};
    run(&gpu, 1, options_for(15, 45));
    assert_int_equal(result.gpus[0].idle_ms, 30 * MINUTE);
    assert_decimal(result.gpus[0].idle_cost, "3");
    assert_int_equal(result.run_count, 1);
    assert_int_equal(result.runs[0].from_ms, 15 * MINUTE);
    assert_int_equal(result.runs[0].to_ms, 45 * MINUTE);
    assert_near(result.gpus[0].coverage, 1, 0);
}

static void short_runs_are_not_idle_time_and_gaps_break_runs(void **state)
{
    (void)state;
    struct idle_sample samples[40];
    size_t n = 0;
    for (int64_t minute = 0; minute < 9; minute++) /* 9 minutes idle */
        samples[n++] = at(minute, 0, 0);
    samples[n++] = at(9, 70, 0);
    for (int64_t minute = 10; minute < 20; minute++) /* 10 minutes idle, then a gap */
        samples[n++] = at(minute, 0, minute % 2 ? 9000 : 0);
    for (int64_t minute = 30; minute < 38; minute++)
        samples[n++] = at(minute, 0, 0);
    struct idle_gpu gpu = {samples, n, NULL, 0};
    run(&gpu, 1, options_for(0, 60));
    /* the second run is 10 minutes and 2 more that its last sample holds; the third has 8 */
    assert_int_equal(result.gpus[0].idle_runs, 1);
    assert_int_equal(result.gpus[0].idle_ms, 12 * MINUTE);
    assert_int_equal(result.gpus[0].idle_free_ms + result.gpus[0].idle_held_ms,
                     (9 + 12 + 8) * MINUTE);
}

static void prices_idle_time_at_the_rate_in_force(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(0, 0, 0), at(30, 0, 0), at(60, 0, 0), at(90, 0, 0)};
    const struct idle_rate rates[] = {rate(30, 300), rate(75, 100)};
    struct idle_gpu gpu = {samples, 4, rates, 2};
    run(&gpu, 1, options_for(0, 120));
    /* 30 min without a rate, 45 at 3.00, 45 at 1.00 */
    assert_decimal(result.gpus[0].idle_cost, "3");
    assert_int_equal(result.gpus[0].idle_unpriced_ms, 30 * MINUTE);
    assert_false(result.runs[0].has_cost);
    assert_int_equal(result.gpus[0].idle_ms, 2 * HOUR);
}

static void money_is_rounded_half_even_at_twelve_decimals(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {
        {0, 0, 0},
        {1, 0, 0}
    };
    const struct idle_rate rates[] = {
        {0, {1, 2}}
    }; /* 2 ms x 0.01 / h */
    struct idle_gpu gpu = {samples, 2, rates, 1};
    struct idle_options options = {.to_ms = 2, .threshold_percent = 5};
    run(&gpu, 1, options);
    assert_decimal(result.gpus[0].idle_cost, "0.000000005556");
    struct decimal hours;
    assert_int_equal(idle_hours(90 * MINUTE, &hours, &err), GR_OK);
    assert_decimal(hours, "1.5");
}

static void one_idle_expensive_gpu_outweighs_busy_cheap_ones(void **state)
{
    (void)state;
    const struct idle_sample busy[] = {at(0, 100, 0), at(30, 100, 0)};
    const struct idle_sample idle[] = {at(0, 0, 0), at(30, 0, 0)};
    const struct idle_rate cheap[] = {rate(0, 50)}, dear[] = {rate(0, 1000)};
    const struct idle_gpu gpus[] = {
        {busy, 2, cheap, 1},
        {busy, 2, cheap, 1},
        {idle, 2, dear,  1},
    };
    run(gpus, 3, options_for(0, 60));
    assert_near(result.total.mean_utilisation, 200.0 / 3, 1e-9);
    assert_near(result.total.cost_weighted_utilisation, 100.0 / 11, 1e-9);
    assert_decimal(result.total.idle_cost, "10");
    assert_int_equal(result.total.window_ms, 3 * HOUR);
    assert_near(result.total.coverage, 1, 0);
    assert_int_equal(result.runs[0].gpu, 2);
}

static void no_samples_are_no_data_not_idle(void **state)
{
    (void)state;
    const struct idle_gpu gpu = {NULL, 0, NULL, 0};
    run(&gpu, 1, options_for(0, 60));
    assert_near(result.gpus[0].coverage, 0, 0);
    assert_false(result.gpus[0].has_mean || result.gpus[0].has_weighted);
    assert_int_equal(result.gpus[0].idle_ms, 0);
    run(NULL, 0, options_for(0, 60));
    assert_int_equal(result.run_count, 0);
}

static void of_two_samples_at_one_moment_the_last_counts(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(0, 0, 0), at(0, 90, 0), at(30, 90, 0)};
    struct idle_gpu gpu = {samples, 3, NULL, 0};
    run(&gpu, 1, options_for(0, 60));
    assert_int_equal(result.gpus[0].busy_ms, 60 * MINUTE);
}

static void refuses_disorder_and_an_empty_window(void **state)
{
    (void)state;
    const struct idle_sample samples[] = {at(10, 0, 0), at(0, 0, 0)};
    const struct idle_rate rates[] = {rate(5, 1), rate(5, 2)};
    struct idle_gpu gpu = {samples, 2, NULL, 0};
    struct idle_options options = options_for(0, 60);
    assert_int_equal(idle_run_all(&arena, &gpu, 1, &options, &result, &err), GR_EDATA);
    assert_non_null(strstr(err.text, "sample 2"));
    gpu = (struct idle_gpu){samples, 1, rates, 2};
    assert_int_equal(idle_run_all(&arena, &gpu, 1, &options, &result, &err), GR_EDATA);
    options.to_ms = options.from_ms;
    assert_int_equal(idle_run_all(&arena, &gpu, 1, &options, &result, &err), GR_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_busy_held_free_and_unknown_apart),
        cmocka_unit_test(holds_a_sample_for_three_steps_at_most),
        cmocka_unit_test(weighs_by_time_not_by_samples),
        cmocka_unit_test(cuts_everything_to_the_window),
        cmocka_unit_test(short_runs_are_not_idle_time_and_gaps_break_runs),
        cmocka_unit_test(prices_idle_time_at_the_rate_in_force),
        cmocka_unit_test(money_is_rounded_half_even_at_twelve_decimals),
        cmocka_unit_test(one_idle_expensive_gpu_outweighs_busy_cheap_ones),
        cmocka_unit_test(no_samples_are_no_data_not_idle),
        cmocka_unit_test(of_two_samples_at_one_moment_the_last_counts),
        cmocka_unit_test(refuses_disorder_and_an_empty_window),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
