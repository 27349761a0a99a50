/* block_method: what reconciles is said to be equal, what does not is not. */
#include "blocks_support.h"

#include <string.h>

struct charge {
    const char *provider, *account, *billed, *currency, *start, *month, *category;
};

static void add_charges(struct fixture *f, const char *source, const char *period,
                        const struct charge *charges, size_t count)
{
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    for (size_t i = 0; i < count; i++) {
        put_text(batch, COST_ProviderName, charges[i].provider);
        put_text(batch, COST_BillingAccountId, charges[i].account);
        put_number(batch, COST_BilledCost, charges[i].billed);
        put_number(batch, COST_EffectiveCost, charges[i].billed);
        put_text(batch, COST_BillingCurrency, charges[i].currency);
        put_moment(batch, COST_ChargePeriodStart, charges[i].start);
        put_moment(batch, COST_BillingPeriodStart, charges[i].month);
        put_text(batch, COST_ChargeCategory, charges[i].category);
        batch->rows++;
    }
    fixture_store(f, batch, source, period);
}

static struct section_builder build(struct fixture *f)
{
    struct section_builder section = section_begin(&f->arena, "method", STR("Method"));
    fixture_ready(f);
    must(block_method(&f->context, &section, &err));
    return section;
}

static const struct charge october[] = {
    {"AWS",                 "12", "10.000000000000000000000000001", "USD", "2026-10-02T00:00:00Z", "2026-10-01",
     "Usage"                                                                                                             },
    {"Amazon Web Services", "12", "-0.5",                           "USD", "2026-09-30T00:00:00Z", "2026-10-01", "Credit"},
    {"AWS",                 "12", "2",                              "EUR", "2026-10-31T00:00:00Z", "2026-10-01", "Tax"   },
};

static void reconciles_each_source_and_currency_to_the_last_digit(void **state)
{
    struct fixture *f = *state;
    add_charges(f, "aws/12", "2026-10", october, 3);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "reconciliation");
    assert_int_equal(table->row_count, 4); /* two currencies and their totals */
    assert_string_equal(cell_shown(f, table, 0, "source"), "aws/12");
    for (size_t row = 0; row < 2; row++) {
        bool dollars = !strcmp(cell_shown(f, table, row, "currency"), "USD");
        const char *sum = dollars ? "9.500000000000000000000000001" : "2";
        assert_string_equal(cell_shown(f, table, row, "ledger_billed"), sum);
        assert_string_equal(cell_shown(f, table, row, "rollup_billed"), sum);
        assert_string_equal(cell_shown(f, table, row, "difference"), "0");
        assert_string_equal(cell_shown(f, table, row, "status"), "equal");
    }
    assert_true(section_says(&section, "in 2 of 2 lines"));
}

static void leads_from_the_billing_month_to_the_days_of_the_report(void **state)
{
    struct fixture *f = *state;
    add_charges(f, "aws/12", "2026-10", october, 3);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "bridge");
    assert_string_equal(cell_shown(f, table, 1, "currency"), "USD");
    assert_string_equal(cell_shown(f, table, 1, "outside"), "-0.5");
    assert_string_equal(cell_shown(f, table, 1, "reported"), "10.000000000000000000000000001");
    assert_string_equal(cell_shown(f, table, 1, "difference"), "0");
}

/* Two sources hold the same account: the line is for both, and equal. */
static void pools_sources_that_were_named_by_hand(void **state)
{
    struct fixture *f = *state;
    add_charges(f, "aws/12", "2026-10", october, 2);
    add_charges(f, "by-hand", "2026-10", october, 1);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "reconciliation");
    assert_int_equal(table->row_count, 2);
    assert_string_equal(cell_shown(f, table, 0, "source"), "(all sources)");
    assert_string_equal(cell_shown(f, table, 0, "records"), "3");
    assert_string_equal(cell_shown(f, table, 0, "status"), "equal");
}

/* The ledger says October, the rows say September: nothing of it is found by its month. */
static void says_what_differs(void **state)
{
    struct fixture *f = *state;
    const struct charge stray = {"AWS",        "12",   "3", "USD", "2026-10-02T00:00:00Z",
                                 "2026-09-01", "Usage"};
    add_charges(f, "aws/12", "2026-10", &stray, 1);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "reconciliation");
    assert_string_equal(cell_shown(f, table, 0, "difference"), "-3");
    assert_string_equal(cell_shown(f, table, 0, "status"), "differs");
    assert_true(section_says(&section, "1 of 1 lines differ"));
}

static void keeps_taxes_and_credits_on_their_own_lines(void **state)
{
    struct fixture *f = *state;
    add_charges(f, "aws/12", "2026-10", october, 3);
    f->context.days.first = day_from_ymd(2026, 9, 1);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "charge_categories");
    assert_int_equal(table->row_count, 5);
    assert_string_equal(cell_shown(f, table, 0, "category"), "Tax");
    assert_string_equal(cell_shown(f, table, 2, "category"), "Credit");
    assert_string_equal(cell_shown(f, table, 2, "billed"), "-0.5");
}

static void names_files_without_their_folders(void **state)
{
    struct fixture *f = *state;
    add_charges(f, "aws/12", "2026-10", october, 3);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "input_files");
    assert_string_equal(cell_shown(f, table, 0, "file"), "bill.csv");
    assert_string_equal(cell_shown(f, table, 0, "sha256"), "0123456789abcdef");
    assert_false(section_says(&section, "secret"));
}

static void counts_usage_of_a_billed_day_with_the_bill(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = batch_open(DATASET_AI, f->texts);
    static const char *const days[] = {"2026-10-02T05:00:00Z", "2026-10-03T05:00:00Z"};
    for (size_t i = 0; i < 2; i++) {
        put_moment(batch, AI_Timestamp, days[i]);
        put_text(batch, AI_Provider, "aws");
        put_text(batch, AI_Currency, "USD");
        put_number(batch, AI_Cost, "7");
        batch->rows++;
    }
    fixture_store(f, batch, "aws", "2026-10");
    add_charges(f, "aws/12", "2026-10", october, 1);
    struct section_builder section = build(f);
    struct report_table *table = table_named(&section, "usage_against_bills");
    assert_string_equal(cell_shown(f, table, 0, "usage_cost"), "14");
    assert_string_equal(cell_shown(f, table, 0, "in_bills"), "7");
    assert_string_equal(cell_shown(f, table, 0, "counted"), "7");
}

static void an_empty_store_is_no_error(void **state)
{
    struct fixture *f = *state;
    struct section_builder section = build(f);
    assert_int_equal(table_named(&section, "reconciliation")->row_count, 0);
    assert_true(section_says(&section, "snapshot 0"));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        CASE(reconciles_each_source_and_currency_to_the_last_digit),
        CASE(leads_from_the_billing_month_to_the_days_of_the_report),
        CASE(pools_sources_that_were_named_by_hand),
        CASE(says_what_differs),
        CASE(keeps_taxes_and_credits_on_their_own_lines),
        CASE(names_files_without_their_folders),
        CASE(counts_usage_of_a_billed_day_with_the_bill),
        CASE(an_empty_store_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
