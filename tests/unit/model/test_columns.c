/* columns: the tables agree with the numbers of the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/columns.h"

static void every_column_is_found_by_its_own_name(void **state)
{
    (void)state;
    for (int d = 0; d < DATASET_COUNT; d++) {
        size_t count;
        const struct column_def *defs = dataset_columns((enum dataset)d, &count);
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            if (dataset_find_column((enum dataset)d, str_from(defs[i].name)) != (int)i)
                fail_msg("%s.%s stands twice", dataset_name((enum dataset)d), defs[i].name);
            assert_non_null(defs[i].what);
        }
    }
}

static void numbers_name_the_columns_they_say(void **state)
{
    (void)state;
    size_t count;
    const struct column_def *cost = dataset_columns(DATASET_COST, &count);
    assert_int_equal(count, COST_COLUMN_COUNT);
    assert_string_equal(cost[COST_BilledCost].name, "BilledCost");
    assert_int_equal(cost[COST_BilledCost].kind, COLUMN_DECIMAL);
    assert_string_equal(cost[COST_x_GpuType].name, "x_GpuType");
    assert_int_equal(cost[COST_Tags].kind, COLUMN_TEXT);
    const struct column_def *ai = dataset_columns(DATASET_AI, &count);
    assert_string_equal(ai[AI_CacheWrite5m].name, "CacheWrite5m");
    assert_int_equal(dataset_find_column(DATASET_METRIC, STR("GpuUuid")), METRIC_GpuUuid);
}

static void unknown_names_are_not_found(void **state)
{
    (void)state;
    assert_int_equal(dataset_find_column(DATASET_COST, STR("billedcost")), -1); /* exact case */
    assert_int_equal(dataset_find_column(DATASET_COST, STR("")), -1);
    assert_int_equal(dataset_find_column(DATASET_COST, STR_NONE), -1);
    assert_int_equal(dataset_find_column(DATASET_ALERT, STR("BilledCost")), -1);
}

static void datasets_have_names_and_a_moment_column(void **state)
{
    (void)state;
    for (int d = 0; d < DATASET_COUNT; d++) {
        enum dataset found;
        size_t count;
        assert_true(dataset_read(str_from(dataset_name((enum dataset)d)), &found));
        assert_int_equal(found, d);
        const struct column_def *defs = dataset_columns((enum dataset)d, &count);
        assert_int_equal(defs[dataset_moment_column((enum dataset)d)].kind, COLUMN_MOMENT);
    }
    enum dataset dataset = DATASET_AI;
    assert_false(dataset_read(STR("costs"), &dataset));
    assert_false(dataset_read(STR_NONE, &dataset));
    assert_int_equal(dataset, DATASET_AI);
}

static void money_is_in_the_currency_of_its_row(void **state)
{
    (void)state;
    static const struct {
        enum dataset dataset;
        const char *name;
        bool money;
    } wanted[] = {
        {DATASET_COST, "BilledCost",                   true },
        {DATASET_COST, "ListUnitPrice",                true },
        {DATASET_COST, "ConsumedQuantity",             false},
        {DATASET_COST, "PricingCurrencyEffectiveCost", false},
        {DATASET_COST, "ServiceName",                  false},
        {DATASET_AI,   "CacheWrite5mCost",             true },
        {DATASET_AI,   "Cost",                         true },
        {DATASET_AI,   "UnpricedTokens",               false},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        size_t count;
        const struct column_def *defs = dataset_columns(wanted[i].dataset, &count);
        int at = dataset_find_column(wanted[i].dataset, str_from(wanted[i].name));
        assert_true(at >= 0);
        if (column_is_money(&defs[at]) != wanted[i].money)
            fail_msg("%s", wanted[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_in_the_currency_of_its_row),
        cmocka_unit_test(every_column_is_found_by_its_own_name),
        cmocka_unit_test(numbers_name_the_columns_they_say),
        cmocka_unit_test(unknown_names_are_not_found),
        cmocka_unit_test(datasets_have_names_and_a_moment_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
