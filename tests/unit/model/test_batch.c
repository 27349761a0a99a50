/* batch: cells come out as they went in, and absent ones cost nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/batch.h"

struct fixture {
    struct batch_texts *texts;
    struct batch *batch;
};

static int open_batch(void **state)
{
    struct fixture *fixture = gr_alloc(sizeof *fixture);
    fixture->texts = batch_texts_open();
    fixture->batch = batch_open(DATASET_COST, fixture->texts);
    *state = fixture;
    return 0;
}

static int close_batch(void **state)
{
    struct fixture *fixture = *state;
    batch_close(fixture->batch);
    batch_texts_close(fixture->texts);
    free(fixture);
    return 0;
}

static struct decimal read_ok(const char *cell)
{
    struct decimal x = DECIMAL_ZERO;
    assert_int_equal(decimal_read(str_from(cell), &x), DECIMAL_READ_OK);
    return x;
}

static void a_new_batch_has_the_fixed_columns_and_no_memory_in_them(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    assert_int_equal(batch->column_count, COST_COLUMN_COUNT);
    assert_int_equal(batch->capacity, BATCH_ROWS);
    assert_int_equal(batch->rows, 0);
    struct decimal x = {77, 7};
    for (size_t i = 0; i < batch->column_count; i++) {
        const struct batch_column *column = &batch->columns[i];
        assert_null(column->codes);
        assert_null(column->units);
        assert_null(column->moments);
        assert_null(batch_text(batch, i, 0).ptr);
        assert_false(batch_decimal(batch, i, 0, &x));
        assert_true(batch_moment(batch, i, 0) == MOMENT_NONE);
    }
    assert_int_equal(x.units, 77);
    assert_true(str_is(batch->columns[COST_RegionId].name, "RegionId"));
}

static void cells_come_out_as_they_went_in(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    uint32_t last = batch->capacity - 1;
    struct decimal x;
    batch_set_text(batch, COST_RegionId, 0, STR("eu-west-1"));
    batch_set_text(batch, COST_RegionId, 1, STR(""));
    batch_set_text(batch, COST_RegionId, last, STR("eu-west-1"));
    assert_true(str_is(batch_text(batch, COST_RegionId, 0), "eu-west-1"));
    assert_true(str_is(batch_text(batch, COST_RegionId, 1), ""));
    assert_null(batch_text(batch, COST_RegionId, 2).ptr);
    assert_int_equal(batch->columns[COST_RegionId].codes[0],
                     batch->columns[COST_RegionId].codes[last]);
    batch_set_decimal(batch, COST_BilledCost, 0, read_ok("-12.345"));
    batch_set_decimal(batch, COST_BilledCost, last, read_ok("0"));
    assert_true(batch_decimal(batch, COST_BilledCost, 0, &x));
    assert_true(x.units == -12345 && x.scale == 3);
    assert_true(batch_decimal(batch, COST_BilledCost, last, &x));
    assert_true(x.units == 0 && x.scale == 0);
    assert_false(batch_decimal(batch, COST_BilledCost, 1, &x));
    batch_set_moment(batch, COST_ChargePeriodStart, last, -5);
    assert_true(batch_moment(batch, COST_ChargePeriodStart, last) == -5);
    assert_true(batch_moment(batch, COST_ChargePeriodStart, 0) == MOMENT_NONE);
}

static void wide_decimals_are_kept_exactly(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    struct decimal wanted = read_ok("1234567890.1234567890123456789012345678"), x;
    for (uint32_t row = 0; row < 1000; row++) {
        wanted.units++;
        batch_set_decimal(batch, COST_ListCost, row, wanted);
    }
    for (uint32_t row = 1000; row-- > 0; wanted.units--) {
        assert_true(batch_decimal(batch, COST_ListCost, row, &x));
        assert_true(x.units == wanted.units && x.scale == wanted.scale);
    }
    batch_set_decimal(batch, COST_ListCost, 1000, (struct decimal){INT64_MIN, 0});
    assert_int_equal(batch->columns[COST_ListCost].wide_count, 1000);
    batch_set_decimal(batch, COST_ListCost, 1001, (struct decimal){1, 0xFF}); /* not a mark */
    assert_true(batch_decimal(batch, COST_ListCost, 1001, &x));
    assert_true(x.units == 1 && x.scale == 0xFF);
    batch_clear(batch);
    assert_int_equal(batch->columns[COST_ListCost].wide_count, 0);
}

static void an_absent_value_does_not_make_a_column(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    batch_set_text(batch, COST_RegionId, 5, STR_NONE);
    batch_set_moment(batch, COST_ChargePeriodEnd, 5, MOMENT_NONE);
    assert_null(batch->columns[COST_RegionId].codes);
    assert_null(batch->columns[COST_ChargePeriodEnd].moments);
    batch_set_text(batch, COST_RegionId, 5, STR("x"));
    batch_set_text(batch, COST_RegionId, 5, STR_NONE);
    assert_null(batch_text(batch, COST_RegionId, 5).ptr);
}

static void a_refused_row_leaves_nothing_behind(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    size_t extra = batch_extra_column(batch, STR("x_team"));
    struct decimal x;
    for (uint32_t row = 0; row < 2; row++) {
        batch_set_text(batch, COST_RegionId, row, STR("a"));
        batch_set_text(batch, extra, row, STR("b"));
        batch_set_decimal(batch, COST_BilledCost, row, read_ok("1"));
        batch_set_decimal(batch, COST_ListCost, row, read_ok("1234567890.1234567890123456789"));
        batch_set_moment(batch, COST_ChargePeriodStart, row, 1);
    }
    batch_unset_row(batch, 1);
    assert_null(batch_text(batch, COST_RegionId, 1).ptr);
    assert_null(batch_text(batch, extra, 1).ptr);
    assert_false(batch_decimal(batch, COST_BilledCost, 1, &x));
    assert_false(batch_decimal(batch, COST_ListCost, 1, &x));
    assert_true(batch_moment(batch, COST_ChargePeriodStart, 1) == MOMENT_NONE);
    assert_true(str_is(batch_text(batch, extra, 0), "b"));
    assert_true(batch_decimal(batch, COST_ListCost, 0, &x));
}

static void a_cleared_batch_is_as_new_and_keeps_its_extra_columns(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    size_t extra = batch_extra_column(batch, STR("x_team"));
    batch_set_text(batch, extra, 3, STR("ml"));
    batch_set_moment(batch, COST_ChargePeriodStart, 3, 7);
    batch->rows = 4;
    batch_clear(batch);
    assert_int_equal(batch->rows, 0);
    assert_null(batch_text(batch, extra, 3).ptr);
    assert_true(batch_moment(batch, COST_ChargePeriodStart, 3) == MOMENT_NONE);
    assert_int_equal(batch_extra_column(batch, STR("x_team")), extra);
}

static void extra_columns_are_known_by_name(void **state)
{
    struct batch *batch = ((struct fixture *)*state)->batch;
    char name[32];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "x_column_%d", i);
        assert_int_equal(batch_extra_column(batch, str_from(name)), COST_COLUMN_COUNT + (size_t)i);
    }
    memset(name, '?', sizeof name - 1); /* names are copied */
    assert_int_equal(batch_extra_column(batch, STR("x_column_0")), COST_COLUMN_COUNT);
    assert_true(str_is(batch->columns[COST_COLUMN_COUNT + 299].name, "x_column_299"));
    assert_int_equal(batch_extra_column(batch, STR("x_GpuType")), COST_x_GpuType);
    assert_int_equal(batch->column_count, COST_COLUMN_COUNT + 300);
}

static void batches_of_a_load_share_dictionaries_by_dataset_and_name(void **state)
{
    struct fixture *fixture = *state;
    struct batch *other = batch_open(DATASET_COST, fixture->texts);
    struct batch *metric = batch_open(DATASET_METRIC, fixture->texts);
    batch_set_text(fixture->batch, COST_Tags, 0, STR("{}"));
    batch_set_text(other, COST_Tags, 9, STR("{}"));
    assert_int_equal(fixture->batch->columns[COST_Tags].codes[0],
                     other->columns[COST_Tags].codes[9]);
    assert_ptr_equal(batch_texts_dict(fixture->texts, DATASET_COST, STR("Tags")),
                     other->columns[COST_Tags].texts);
    assert_ptr_not_equal(metric->columns[METRIC_Tags].texts, other->columns[COST_Tags].texts);
    batch_close(metric);
    batch_close(other);
    assert_true(str_is(batch_text(fixture->batch, COST_Tags, 0), "{}"));
}

/* A sync payload fills batches of several datasets at once, and keeps its instances to the end. */
static void codes_that_rows_still_need_outlive_the_renewal(void **state)
{
    struct fixture *fixture = *state;
    struct batch *waiting = fixture->batch, *metric = batch_open(DATASET_METRIC, fixture->texts);
    batch_set_text(waiting, COST_Tags, 0, STR("{\"team\":\"ml\"}"));
    waiting->rows = 1;
    batch_set_text(metric, METRIC_Tags, 0, STR("{\"team\":\"web\"}"));
    metric->rows = 1;
    size_t bytes = batch_texts_bytes(fixture->texts, metric);
    batch_texts_renew(fixture->texts, metric);
    assert_true(str_is(batch_text(waiting, COST_Tags, 0), "{\"team\":\"ml\"}"));
    assert_int_equal(metric->columns[METRIC_Tags].texts->count, 0);
    assert_true(bytes > 0 && batch_texts_bytes(fixture->texts, metric) < bytes);
    batch_close(metric);
    batch_texts_renew(fixture->texts, NULL);
    assert_true(str_is(batch_text(waiting, COST_Tags, 0), "{\"team\":\"ml\"}"));
    batch_clear(waiting);
    batch_texts_renew(fixture->texts, NULL);
    assert_int_equal(waiting->columns[COST_Tags].texts->count, 0);
}

int main(void)
{
#define WITH_A_BATCH(test) cmocka_unit_test_setup_teardown(test, open_batch, close_batch)
    const struct CMUnitTest tests[] = {
        WITH_A_BATCH(a_new_batch_has_the_fixed_columns_and_no_memory_in_them),
        WITH_A_BATCH(cells_come_out_as_they_went_in),
        WITH_A_BATCH(wide_decimals_are_kept_exactly),
        WITH_A_BATCH(an_absent_value_does_not_make_a_column),
        WITH_A_BATCH(a_refused_row_leaves_nothing_behind),
        WITH_A_BATCH(a_cleared_batch_is_as_new_and_keeps_its_extra_columns),
        WITH_A_BATCH(extra_columns_are_known_by_name),
        WITH_A_BATCH(batches_of_a_load_share_dictionaries_by_dataset_and_name),
        WITH_A_BATCH(codes_that_rows_still_need_outlive_the_renewal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
