/* The ledger: counts, sums, replacement, rejects, files, snapshots. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct batch_texts *texts;
    struct arena arena;
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
    store_close(f->store);
    batch_texts_close(f->texts);
    folder_remove(&f->folder);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static const struct made_rows some_rows = {.seed = 9, .rows = 700, .first = {20727}, .days = 31};

static struct decimal sum_of_batch(const struct batch *batch, size_t column, const char *currency)
{
    struct gr_err err = {0};
    struct decimal sum = DECIMAL_ZERO;
    struct decimal value;
    for (uint32_t row = 0; row < batch->rows; row++)
        if (str_is(batch_text(batch, COST_BillingCurrency, row), currency) &&
            batch_decimal(batch, column, row, &value))
            must(decimal_add(sum, value, &sum, &err));
    return decimal_normal(sum);
}

static void the_ledger_has_the_counts_and_sums_of_the_rows(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_delivery delivery;
    int64_t id = add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_delivery_get(f->store, &f->arena, id, &delivery, &err));
    assert_true(str_is(delivery.source, "aws/1"));
    assert_true(str_is(delivery.period, "2026-10"));
    assert_int_equal(delivery.stored, 700);
    assert_int_equal(delivery.rows, 700);
    assert_int_equal(delivery.snapshot, 1);
    assert_int_equal(delivery.money_count, 2);
    assert_true(str_is(delivery.money[0].currency, "EUR"));
    assert_true(str_is(delivery.money[1].currency, "USD"));
    assert_int_equal(delivery.money[0].rows + delivery.money[1].rows, 700);
    assert_true(delivery.first_day.since_1970 >= 20727);
    assert_true(delivery.last_day.since_1970 < 20727 + 31);
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    make_cost_rows(batch, &some_rows);
    struct decimal billed = sum_of_batch(batch, COST_BilledCost, "USD");
    struct decimal contracted = sum_of_batch(batch, COST_ContractedCost, "EUR");
    assert_int_equal(decimal_compare(billed, delivery.money[1].sums[0]), 0);
    assert_int_equal(decimal_compare(contracted, delivery.money[0].sums[3]), 0);
    batch_close(batch);
}

static void a_superseded_delivery_keeps_its_row_and_loses_its_segments(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_delivery_list list;
    int64_t *ids = NULL;
    size_t count = 0;
    int64_t old = add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_begin(f->store, &err));
    must(store_delivery_remove(f->store, old, DELIVERY_SUPERSEDED, &err));
    must(store_commit(f->store, &err));
    int64_t now = add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_delivery_find(f->store, &f->arena, DATASET_COST, STR("aws/1"), STR_NONE, &list,
                             &err));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].id, now);
    must(store_delivery_list(f->store, &f->arena, &list, &err));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].status, DELIVERY_SUPERSEDED);
    assert_int_equal(list.items[0].stored, 700);
    assert_int_equal(list.items[0].snapshot_end, 2);
    must(store_delivery_segments(f->store, &f->arena, old, &ids, &count, &err));
    assert_int_equal(count, 0);
    must(store_begin(f->store, &err));
    assert_int_equal(store_delivery_remove(f->store, old, DELIVERY_DROPPED, &err), GR_EUSAGE);
    store_rollback(f->store);
}

static void a_rollback_forgets_everything_and_the_store_goes_on(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    struct store_delivery_list list;
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    int64_t snapshot = 0;
    make_cost_rows(batch, &some_rows);
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, batch, NULL, batch->rows, 1, &err));
    store_rollback(f->store);
    must(store_delivery_list(f->store, &f->arena, &list, &err));
    assert_int_equal(list.count, 0);
    must(store_snapshot(f->store, &snapshot, &err));
    assert_int_equal(snapshot, 0);
    int64_t id = add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_delivery_get(f->store, &f->arena, id, &delivery, &err));
    assert_int_equal(delivery.stored, 700);
    batch_close(batch);
}

/* Many deliveries of one call at a time, each with its own rows of a shared batch. */
static void two_hundred_open_deliveries_get_their_own_rows(void **state)
{
    enum { DELIVERIES = 200 };
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t ids[DELIVERIES];
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    struct made_rows made = some_rows;
    struct store_findings findings;
    made.rows = 20000;
    make_cost_rows(batch, &made);
    must(store_begin(f->store, &err));
    for (int i = 0; i < DELIVERIES; i++) {
        struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
        must(store_delivery_new(f->store, &delivery, &ids[i], &err));
    }
    for (uint32_t i = 0; i < DELIVERIES; i++) {
        uint32_t rows[20000 / DELIVERIES];
        for (uint32_t r = 0; r < 20000 / DELIVERIES; r++)
            rows[r] = r * DELIVERIES + i;
        must(store_append(f->store, ids[i], batch, rows, 20000 / DELIVERIES, 1, &err));
        must(store_append(f->store, ids[i], batch, rows, 7, 1, &err));
    }
    for (int i = 0; i < DELIVERIES; i++) {
        struct store_delivery delivery = {.id = ids[i], .rejected = 2, .skipped = 1};
        must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
        assert_int_equal(delivery.stored, 20000 / DELIVERIES + 7);
        assert_int_equal(delivery.rows, delivery.stored + 3);
    }
    must(store_commit(f->store, &err));
    must(store_check(f->store, &f->arena, &findings, &err));
    assert_int_equal(findings.count, 0);
    batch_close(batch);
}

static void a_delivery_that_was_not_finished_cannot_be_committed(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    make_cost_rows(batch, &some_rows);
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, batch, NULL, 10, 1, &err));
    assert_int_equal(store_commit(f->store, &err), GR_ESTORE);
    store_rollback(f->store);
    batch_close(batch);
}

static void rejects_are_listed_by_file_with_a_limit(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_reject_list list;
    must(store_begin(f->store, &err));
    for (uint64_t i = 0; i < 5; i++) {
        struct store_reject reject = {.delivery = 0,
                                      .path = i == 4 ? STR("b.csv") : STR("bills/a.csv"),
                                      .line = 10 - i,
                                      .byte_offset = 100,
                                      .column = i ? STR("BilledCost") : STR_NONE,
                                      .value = STR("1,20"),
                                      .reason = STR("is not a decimal amount"),
                                      .raw = STR("1,20,x")};
        must(store_reject_add(f->store, &reject, &err));
    }
    must(store_commit(f->store, &err));
    must(store_reject_list(f->store, &f->arena, 0, STR("a.csv"), 2, &list, &err));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.total, 4);
    assert_int_equal(list.items[0].line, 7);
    assert_true(str_is(list.items[0].reason, "is not a decimal amount"));
    must(store_reject_list(f->store, &f->arena, 0, STR_NONE, 0, &list, &err));
    assert_int_equal(list.count, 5);
    assert_null(list.items[4].column.ptr);
}

static void files_are_found_again_by_their_content(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_file_list list;
    int64_t id = add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_file_find(f->store, &f->arena, STR("ab12"), &list, &err));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].delivery, id);
    must(store_file_find(f->store, &f->arena, STR("cd34"), &list, &err));
    assert_int_equal(list.count, 0);
    must(store_begin(f->store, &err));
    must(store_delivery_remove(f->store, id, DELIVERY_DROPPED, &err));
    must(store_commit(f->store, &err));
    must(store_file_find(f->store, &f->arena, STR("ab12"), &list, &err));
    assert_int_equal(list.count, 0);
}

static void moments_span_the_live_deliveries(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t first = 0;
    int64_t last = 0;
    must(store_moments(f->store, DATASET_COST, &first, &last, &err));
    assert_true(first == MOMENT_NONE && last == MOMENT_NONE);
    add_delivery(f->store, f->texts, "aws/1", &some_rows);
    must(store_moments(f->store, DATASET_COST, &first, &last, &err));
    assert_int_equal(day_of_moment(first).since_1970, 20727);
    assert_int_equal(day_of_moment(last).since_1970, 20727 + 30);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(the_ledger_has_the_counts_and_sums_of_the_rows),
        with_store(a_superseded_delivery_keeps_its_row_and_loses_its_segments),
        with_store(a_rollback_forgets_everything_and_the_store_goes_on),
        with_store(two_hundred_open_deliveries_get_their_own_rows),
        with_store(a_delivery_that_was_not_finished_cannot_be_committed),
        with_store(rejects_are_listed_by_file_with_a_limit),
        with_store(files_are_found_again_by_their_content),
        with_store(moments_span_the_live_deliveries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
