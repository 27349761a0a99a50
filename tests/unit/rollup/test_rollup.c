/* Rollups over rows that are written down here: labels, zones, errors, other datasets, overflow.
 * The properties over random rows are in tests/property.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rollup/rollup.h"

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct batch_texts *texts;
    struct batch *batch;
    struct arena arena;
    enum dataset dataset;
};

static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof(*f));
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    f->texts = batch_texts_open();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    batch_close(f->batch);
    store_close(f->store);
    batch_texts_close(f->texts);
    folder_remove(&f->folder);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static void start(struct fixture *f, enum dataset dataset)
{
    f->dataset = dataset;
    f->batch = batch_open(dataset, f->texts);
}

static void text(struct fixture *f, int column, const char *value)
{
    batch_set_text(f->batch, (size_t)column, f->batch->rows, str_from(value));
}

static void amount(struct fixture *f, int column, const char *value)
{
    struct gr_err err = {0};
    struct decimal decimal;
    must(decimal_parse(str_from(value), &decimal, &err));
    batch_set_decimal(f->batch, (size_t)column, f->batch->rows, decimal);
}

static void moment(struct fixture *f, int column, const char *value)
{
    int64_t ms = 0;
    assert_true(moment_read(str_from(value), &ms));
    batch_set_moment(f->batch, (size_t)column, f->batch->rows, ms);
}

static void cost_row(struct fixture *f, const char *start_at, const char *tags, const char *cost)
{
    moment(f, COST_ChargePeriodStart, start_at);
    if (tags)
        text(f, COST_Tags, tags);
    if (cost)
        amount(f, COST_BilledCost, cost);
    text(f, COST_BillingCurrency, "USD");
    f->batch->rows++;
}

static void store_it(struct fixture *f)
{
    struct gr_err err = {0};
    struct store_delivery delivery = {.dataset = f->dataset, .ingested = MOMENT_NONE};
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, f->batch, NULL, f->batch->rows, 0, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
}

static struct rollup_request request_by(enum dataset dataset, int measure, const char *dimension)
{
    struct rollup_request request = {
        .dataset = dataset,
        .measures = {measure},
        .measure_count = 1,
        .days = { day_from_ymd(2026, 1, 1), day_from_ymd(2027, 1, 1)},
    };
    if (dimension) {
        request.dimensions[0] = str_from(dimension);
        request.dimension_count = 1;
    }
    return request;
}

/* The result as one line: key=sum(rows) ... */
static const char *answer(struct fixture *f, const struct rollup_request *request)
{
    static char line[1000];
    struct gr_err err = {0};
    struct rollup_result result;
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    must(rollup_run(f->store, NULL, NULL, request, &f->arena, &result, &err));
    for (size_t i = 0; i < result.cell_count; i++) {
        const struct rollup_cell *cell = &result.cells[i];
        for (size_t k = 0; k < request->dimension_count; k++)
            strbuf_printf(&out, "%s%.*s", k ? "/" : "", STR_ARG(cell->keys[k]));
        strbuf_printf(&out, "=");
        decimal_format(cell->sums[0], 0, &out);
        strbuf_printf(&out, "%.*s(%lld,%lld) ", STR_ARG(cell->currency), (long long)cell->row_count,
                      (long long)cell->value_counts[0]);
    }
    snprintf(line, sizeof(line), "%s", strbuf_cstr(&out));
    strbuf_deinit(&out);
    return line;
}

static void absent_empty_and_present_values_have_their_labels(void **state)
{
    struct fixture *f = *state;
    start(f, DATASET_COST);
    text(f, COST_ServiceName, "Compute");
    cost_row(f, "2026-10-01", "{\"team\":\"ml\"}", "1.5");
    text(f, COST_ServiceName, "");
    cost_row(f, "2026-10-02", "{\"team\":\"\"}", "0.25");
    cost_row(f, "2026-10-03", "{}", NULL);
    cost_row(f, "2026-10-03", NULL, "-0.75");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "team");
    assert_string_equal(answer(f, &request),
                        "(empty)=0.25USD(1,1) (untagged)=-0.75USD(2,1) ml=1.5USD(1,1) ");
    request = request_by(DATASET_COST, COST_BilledCost, "service");
    assert_string_equal(answer(f, &request),
                        "(empty)=0.25USD(1,1) (none)=-0.75USD(2,1) Compute=1.5USD(1,1) ");
    struct str values[] = {STR("(untagged)")};
    request.filters[0] = (struct rollup_filter){STR("tag:team"), ROLLUP_NOT_IN, values, 1};
    request.filter_count = 1;
    assert_string_equal(answer(f, &request), "(empty)=0.25USD(1,1) Compute=1.5USD(1,1) ");
}

static void days_follow_the_zone_that_is_asked_for(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct zone *zone = NULL;
    if (zone_open(STR("America/Los_Angeles"), &zone, &err))
        skip(); /* no zone files here */
    start(f, DATASET_COST);
    cost_row(f, "2026-10-01T06:59:59Z", NULL, "1");
    cost_row(f, "2026-10-01T07:00:00Z", NULL, "2");
    cost_row(f, "2026-11-01T06:59:59Z", NULL, "4");
    cost_row(f, "2026-11-01T07:00:00Z", NULL, "8");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "month");
    assert_string_equal(answer(f, &request), "2026-10=3USD(2,2) 2026-11=12USD(2,2) ");
    request.zone = zone;
    assert_string_equal(answer(f, &request),
                        "2026-09=1USD(1,1) 2026-10=6USD(2,2) 2026-11=8USD(1,1) ");
    request.days = (struct date_range){day_from_ymd(2026, 10, 1), day_from_ymd(2026, 11, 1)};
    assert_string_equal(answer(f, &request), "2026-10=6USD(2,2) ");
    zone_close(zone);
}

static void usage_rows_have_their_own_columns_and_tags(void **state)
{
    struct fixture *f = *state;
    start(f, DATASET_AI);
    moment(f, AI_Timestamp, "2026-10-03T14:05:00Z");
    text(f, AI_Team, "ml");
    text(f, AI_Currency, "USD");
    amount(f, AI_Cost, "0.0123");
    f->batch->rows++;
    moment(f, AI_Timestamp, "2026-10-03T14:06:00Z");
    text(f, AI_Tags, "{\"team\":\"web\"}");
    text(f, AI_Currency, "USD");
    amount(f, AI_Cost, "1");
    f->batch->rows++;
    moment(f, AI_Timestamp, "2026-10-03T14:06:00Z");
    f->batch->rows++;
    store_it(f);
    struct rollup_request request = request_by(DATASET_AI, AI_Cost, "team");
    assert_string_equal(answer(f, &request), "(none)=0(1,0) ml=0.0123USD(1,1) web=1USD(1,1) ");
    request = request_by(DATASET_AI, AI_Cost, "tag:team");
    assert_string_equal(answer(f, &request), "(untagged)=0(1,0) ml=0.0123USD(1,1) web=1USD(1,1) ");
}

static void samples_have_no_currency(void **state)
{
    struct fixture *f = *state;
    start(f, DATASET_METRIC);
    for (int i = 0; i < 3; i++) {
        moment(f, METRIC_Timestamp, "2026-10-03T14:05:00Z");
        text(f, METRIC_InstanceId, i ? "i-2" : "i-1");
        if (i < 2)
            amount(f, METRIC_GpuUtilization, "97.5");
        f->batch->rows++;
    }
    store_it(f);
    struct rollup_request request = request_by(DATASET_METRIC, METRIC_GpuUtilization, "instance");
    assert_string_equal(answer(f, &request), "i-1=97.5(1,1) i-2=97.5(2,1) ");
}

static void a_store_without_rows_gives_no_cells(void **state)
{
    struct fixture *f = *state;
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "team");
    assert_string_equal(answer(f, &request), "");
}

static void unknown_dimensions_are_named_with_the_closest(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct rollup_result result;
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "teem");
    assert_int_equal(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err),
                     GR_EUSAGE);
    assert_non_null(strstr(err.text, "no dimension named teem (did you mean team?)"));
    assert_non_null(strstr(err.text, "tag:KEY"));
    assert_int_equal(rollup_check_dimension(DATASET_COST, STR("tag:"), &err), GR_EUSAGE);
    assert_int_equal(rollup_check_dimension(DATASET_AI, STR("sub_account"), &err), GR_EUSAGE);
    assert_int_equal(rollup_check_dimension(DATASET_COST, STR("tag:x"), &err), GR_OK);
    request = request_by(DATASET_COST, COST_ServiceName, "team");
    assert_int_equal(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err),
                     GR_EUSAGE);
}

/* 500 billion of one thing and 28 decimals of another can't be added in 128 bits: the load keeps
 * both, a sum that needs both is refused, a sum that does not is given. */
static void a_sum_beyond_128_bits_names_its_column(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct rollup_result result;
    start(f, DATASET_COST);
    amount(f, COST_ConsumedQuantity, "500000000000.1");
    cost_row(f, "2026-10-01", "{\"team\":\"ml\"}", "1");
    amount(f, COST_ConsumedQuantity, "0.0000000000000000000000000001");
    cost_row(f, "2026-10-02", "{\"team\":\"web\"}", "1");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_ConsumedQuantity, "team");
    assert_string_equal(answer(f, &request),
                        "ml=500000000000.1USD(1,1) web=0.0000000000000000000000000001USD(1,1) ");
    request = request_by(DATASET_COST, COST_ConsumedQuantity, NULL);
    assert_int_equal(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err),
                     GR_EDATA);
    assert_non_null(strstr(err.text, "column ConsumedQuantity"));
}

/* A full segment in which every row is a group of its own, and one row is filtered out: ids use all
 * 16 bits, and one more is needed. */
static void a_segment_may_have_as_many_groups_as_rows(void **state)
{
    enum { ROWS = BATCH_ROWS };
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct rollup_result result;
    start(f, DATASET_COST);
    for (int i = 0; i < ROWS; i++) {
        char resource[16];
        snprintf(resource, sizeof(resource), "r%05d", i);
        text(f, COST_ResourceId, resource);
        text(f, COST_SkuId, i % 3 ? resource : "common");
        text(f, COST_ServiceName, i == 12345 ? "odd" : i % 2 ? "a" : "b");
        cost_row(f, i < 500 ? "2026-10-01" : "2026-10-02", NULL, i % 2 ? "1" : "0.01");
    }
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "resource");
    struct str odd = STR("odd");
    for (int dimensions = 1; dimensions <= 4; dimensions++) {
        static const char *const names[] = {"resource", "sku", "service", "day"};
        request.dimensions[dimensions - 1] = str_from(names[dimensions - 1]);
        request.dimension_count = (size_t)dimensions;
        request.filter_count = 0;
        must(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err));
        assert_int_equal(result.cell_count, ROWS);
        request.filters[0] = (struct rollup_filter){STR("service"), ROLLUP_NOT_IN, &odd, 1};
        request.filter_count = 1;
        must(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err));
        assert_int_equal(result.cell_count, ROWS - 1);
        assert_true(str_is(result.cells[12345].keys[0], "r12346"));
        for (size_t i = 0; i < result.cell_count; i++)
            assert_int_equal(result.cells[i].row_count, 1);
    }
    request.dimension_count = 1;
    request.top = 3;
    request.days.end = day_from_ymd(2026, 10, 2);
    assert_string_equal(answer(f, &request), "r00001=1USD(1,1) r00003=1USD(1,1) r00005=1USD(1,1) "
                                             "(other)=249.5USD(497,497) ");
}

static void every_dimension_of_the_list_can_be_asked_for(void **state)
{
    (void)state;
    size_t count = 0;
    const struct dimension_def *defs = dimension_defs(&count);
    for (size_t i = 0; i < count; i++)
        for (int d = 0; d < DATASET_COUNT; d++) {
            struct gr_err err = {0};
            struct str name = str_from(defs[i].name);
            if (str_is(name, "tag:"))
                name = STR("tag:x");
            if (str_is(name, "column:"))
                name = STR("column:x");
            enum gr_status status = rollup_check_dimension((enum dataset)d, name, &err);
            assert_int_equal(status, defs[i].for_dataset[d] ? GR_OK : GR_EUSAGE);
        }
}

static void billing_months_and_usage_months_are_two_dimensions(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct zone *zone = NULL;
    start(f, DATASET_COST);
    moment(f, COST_BillingPeriodStart, "2026-10-01");
    cost_row(f, "2026-10-03", NULL, "1");
    moment(f, COST_BillingPeriodStart, "2026-10-01");
    text(f, COST_ChargeClass, "Correction");
    cost_row(f, "2026-09-03", NULL, "-4");
    cost_row(f, "2026-09-04", NULL, "2");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "billing_month");
    request.dimensions[1] = STR("month");
    request.dimension_count = 2;
    const char *wanted = "(none)/2026-09=2USD(1,1) 2026-10/2026-09=-4USD(1,1) "
                         "2026-10/2026-10=1USD(1,1) ";
    assert_string_equal(answer(f, &request), wanted);
    if (!zone_open(STR("America/Los_Angeles"), &zone, &err)) {
        request.zone = zone; /* 17:00 of the day before, but an invoice has no zone */
        assert_string_equal(answer(f, &request), wanted);
        zone_close(zone);
    }
    struct str correction = STR("Correction");
    request = request_by(DATASET_COST, COST_BilledCost, "billing_month");
    request.filters[0] = (struct rollup_filter){STR("charge_class"), ROLLUP_NOT_IN, &correction, 1};
    request.filter_count = 1;
    assert_string_equal(answer(f, &request), "(none)=2USD(1,1) 2026-10=1USD(1,1) ");
}

static void any_column_is_a_dimension_whatever_its_case(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct rollup_result result;
    start(f, DATASET_COST);
    size_t extra = batch_extra_column(f->batch, STR("x_Landing"));
    batch_set_text(f->batch, extra, 0, STR("north"));
    moment(f, COST_ChargePeriodEnd, "2026-10-02");
    cost_row(f, "2026-10-01", NULL, "1");
    cost_row(f, "2026-10-01", NULL, "2");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "column:X_landing");
    assert_string_equal(answer(f, &request), "(none)=2USD(1,1) north=1USD(1,1) ");
    request = request_by(DATASET_COST, COST_BilledCost, "column:ChargePeriodEnd");
    assert_string_equal(answer(f, &request), "(none)=2USD(1,1) 2026-10-02=1USD(1,1) ");
    static const struct {
        const char *name;
        const char *said;
    } wrong[] = {
        {"column:x_landin",   "no column named x_landin in dataset cost; the nearest of"},
        {"column:x_landin",   "are: x_Landing, "                                        },
        {"column:BilledCost", "column:BilledCost holds amounts"                         },
        {"column:",           "no dimension named column:"                              },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        request = request_by(DATASET_COST, COST_BilledCost, wrong[i].name);
        assert_int_equal(rollup_run(f->store, NULL, NULL, &request, &f->arena, &result, &err),
                         GR_EUSAGE);
        assert_non_null(strstr(err.text, wrong[i].said));
    }
}

static void every_row_knows_its_delivery(void **state)
{
    struct fixture *f = *state;
    start(f, DATASET_COST);
    cost_row(f, "2026-10-01", "{\"team\":\"ml\"}", "1");
    cost_row(f, "2026-10-02", NULL, "0.5");
    store_it(f);
    batch_clear(f->batch);
    f->batch->lines[0] = 17;
    cost_row(f, "2026-10-03", "{\"team\":\"ml\"}", "8");
    store_it(f);
    struct rollup_request request = request_by(DATASET_COST, COST_BilledCost, "delivery");
    assert_string_equal(answer(f, &request), "1=1.5USD(2,2) 2=8USD(1,1) ");
    request.top = 1;
    assert_string_equal(answer(f, &request), "2=8USD(1,1) (other)=1.5USD(2,2) ");
    request = request_by(DATASET_COST, COST_BilledCost, "team");
    struct str values[] = {STR("2"), STR("02"), STR("99999999999")};
    request.filters[0] = (struct rollup_filter){STR("delivery"), ROLLUP_IN, values, 3};
    request.filter_count = 1;
    assert_string_equal(answer(f, &request), "ml=8USD(1,1) ");
    request.filters[0] = (struct rollup_filter){STR("line"), ROLLUP_IN, &STR("17"), 1};
    request.dimensions[1] = STR("line");
    request.dimension_count = 2;
    assert_string_equal(answer(f, &request), "ml/17=8USD(1,1) ");
    request = request_by(DATASET_COST, COST_BilledCost, "file");
    assert_string_equal(answer(f, &request), "(none)=9.5USD(3,3) ");
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(absent_empty_and_present_values_have_their_labels),
        with_store(days_follow_the_zone_that_is_asked_for),
        with_store(usage_rows_have_their_own_columns_and_tags),
        with_store(samples_have_no_currency),
        with_store(a_store_without_rows_gives_no_cells),
        with_store(unknown_dimensions_are_named_with_the_closest),
        with_store(billing_months_and_usage_months_are_two_dimensions),
        with_store(any_column_is_a_dimension_whatever_its_case),
        with_store(every_row_knows_its_delivery),
        with_store(a_sum_beyond_128_bits_names_its_column),
        with_store(a_segment_may_have_as_many_groups_as_rows),
        cmocka_unit_test(every_dimension_of_the_list_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
