/* What goes in comes out: rows by store_rows and whole segments by store_read_batch. */
#include "support.h"

#include <stdlib.h>

#include <sqlite3.h>

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct batch_texts *texts;
    struct batch *batch;
    struct arena arena;
    int64_t id;
};

static const struct made_rows many_rows = {
    .seed = 21, .rows = BATCH_ROWS, .first = {20727}, .days = 31, .absent = true, .wide = true};

/* A delivery of a full segment and 100 rows more. */
static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof(*f));
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    f->texts = batch_texts_open();
    f->batch = batch_open(DATASET_COST, f->texts);
    make_cost_rows(f->batch, &many_rows);
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, f->batch, NULL, 100, 1, &err));
    must(store_append(f->store, delivery.id, f->batch, NULL, BATCH_ROWS, 2, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
    assert_int_equal(delivery.stored, BATCH_ROWS + 100);
    f->id = delivery.id;
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

static void same_decimal(bool there, struct decimal a, bool also, struct decimal b)
{
    assert_int_equal(there, also);
    if (there)
        assert_int_equal(decimal_compare(a, b), 0);
}

static void rows_come_back_in_the_order_in_which_they_came(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_rows *rows = NULL;
    bool more = false;
    int extra = store_column_find(f->store, DATASET_COST, STR("x_extra"));
    const int columns[] = {COST_BilledCost, COST_Tags, COST_ChargePeriodStart, extra};
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = columns,
                                         .column_count = 4,
                                         .first_moment = MOMENT_NONE,
                                         .end_moment = MOMENT_NONE};
    must(store_rows_open(f->store, &options, &rows, &err));
    for (uint32_t i = 0; i < BATCH_ROWS + 100; i++) {
        uint32_t row = i < 100 ? i : i - 100;
        struct decimal got = DECIMAL_ZERO;
        struct decimal want = DECIMAL_ZERO;
        must(store_rows_next(rows, &more, &err));
        assert_true(more);
        bool there = store_rows_decimal(rows, 0, &got);
        same_decimal(there, got, batch_decimal(f->batch, COST_BilledCost, row, &want), want);
        assert_true(str_equal(store_rows_text(rows, 1), batch_text(f->batch, COST_Tags, row)));
        assert_true(store_rows_moment(rows, 2) ==
                    batch_moment(f->batch, COST_ChargePeriodStart, row));
        assert_true(str_is(store_rows_text(rows, 3), "e"));
        assert_int_equal(store_rows_line(rows), f->batch->lines[row]);
        assert_int_equal(store_rows_file(rows), i < 100 ? 1 : 2);
        assert_int_equal(store_rows_delivery(rows), f->id);
    }
    must(store_rows_next(rows, &more, &err));
    assert_false(more);
    store_rows_close(rows);
}

static void a_range_gives_only_its_rows(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_rows *rows = NULL;
    const int columns[] = {COST_ChargePeriodStart};
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = columns,
                                         .column_count = 1,
                                         .first_moment = moment_of_day((struct day){20730}),
                                         .end_moment = moment_of_day((struct day){20731})};
    bool more = true;
    size_t count = 0;
    size_t want = 0;
    for (uint32_t row = 0; row < BATCH_ROWS + 100; row++) {
        int64_t moment =
            batch_moment(f->batch, COST_ChargePeriodStart, row < 100 ? row : row - 100);
        want += moment != MOMENT_NONE && day_of_moment(moment).since_1970 == 20730;
    }
    must(store_rows_open(f->store, &options, &rows, &err));
    for (;;) {
        must(store_rows_next(rows, &more, &err));
        if (!more)
            break;
        assert_int_equal(day_of_moment(store_rows_moment(rows, 0)).since_1970, 20730);
        count++;
    }
    store_rows_close(rows);
    assert_int_equal(count, want);
    assert_true(want > 1000);
}

static void a_segment_becomes_the_batch_that_it_was(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    static int64_t files[BATCH_ROWS];
    struct batch_texts *texts = batch_texts_open();
    struct batch *batch = batch_open(DATASET_COST, texts);
    must(store_delivery_segments(f->store, &f->arena, f->id, &ids, &count, &err));
    assert_int_equal(count, 2);
    must(store_read_batch(f->store, ids[1], f->id, batch, files, &err));
    assert_int_equal(batch->rows, 100);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t row = BATCH_ROWS - 100 + i;
        for (size_t c = 0; c < COST_COLUMN_COUNT; c++) {
            struct decimal a = DECIMAL_ZERO;
            struct decimal b = DECIMAL_ZERO;
            assert_true(str_equal(batch_text(batch, c, i), batch_text(f->batch, c, row)) ||
                        batch->columns[c].kind != COLUMN_TEXT);
            if (batch->columns[c].kind == COLUMN_DECIMAL)
                same_decimal(batch_decimal(batch, c, i, &a), a, batch_decimal(f->batch, c, row, &b),
                             b);
            if (batch->columns[c].kind == COLUMN_MOMENT)
                assert_true(batch_moment(batch, c, i) == batch_moment(f->batch, c, row));
        }
        assert_int_equal(files[i], 2);
        assert_int_equal(batch->lines[i], f->batch->lines[row]);
    }
    batch_close(batch);
    batch_texts_close(texts);
}

static void a_cleared_delivery_can_be_written_again(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_delivery delivery = {.id = f->id};
    struct store_findings findings;
    must(store_begin(f->store, &err));
    must(store_delivery_clear(f->store, f->id, &err));
    must(store_append(f->store, f->id, f->batch, NULL, 50, 2, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
    assert_int_equal(delivery.stored, 50);
    assert_int_equal(delivery.status, DELIVERY_LIVE);
    assert_int_equal(delivery.snapshot, 2);
    must(store_check(f->store, &f->arena, &findings, &err));
    assert_int_equal(findings.count, 0);
}

/* A reader in the middle of its rows sees one state: the writer has to wait and gives up. */
static void a_writer_cannot_commit_while_rows_are_read(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store *reader = NULL;
    struct store_rows *rows = NULL;
    struct store_rows_options options = {
        .dataset = DATASET_COST, .first_moment = MOMENT_NONE, .end_moment = MOMENT_NONE};
    bool more = true;
    uint32_t count = 0;
    must(store_open(f->folder.store, STORE_READ, &reader, &err));
    must(store_rows_open(reader, &options, &rows, &err));
    sqlite3_busy_timeout(store_sqlite(f->store), 0);
    must(store_begin(f->store, &err));
    must(store_delivery_remove(f->store, f->id, DELIVERY_DROPPED, &err));
    assert_int_equal(store_commit(f->store, &err), GR_EBUSY);
    store_rollback(f->store);
    while (more) {
        must(store_rows_next(rows, &more, &err));
        count += more;
    }
    assert_int_equal(count, BATCH_ROWS + 100);
    store_rows_close(rows);
    store_close(reader);
    must(store_begin(f->store, &err));
    must(store_delivery_remove(f->store, f->id, DELIVERY_DROPPED, &err));
    must(store_commit(f->store, &err));
}

static bool cell_is_absent(const struct batch *batch, size_t column, uint32_t row)
{
    struct decimal ignored;
    switch (batch->columns[column].kind) {
    case COLUMN_TEXT:
        return !batch_text(batch, column, row).ptr;
    case COLUMN_DECIMAL:
        return !batch_decimal(batch, column, row, &ignored);
    default:
        return batch_moment(batch, column, row) == MOMENT_NONE;
    }
}

/* The first 100 rows of the batch are in the delivery twice. */
static void absent_cells_are_counted_by_column(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_nulls nulls;
    bool some = false;
    must(store_delivery_nulls(f->store, &f->arena, DATASET_COST, f->id, &nulls, &err));
    assert_int_equal(nulls.rows, BATCH_ROWS + 100);
    assert_false(nulls.shared);
    for (size_t c = 0; c < f->batch->column_count; c++) {
        uint64_t wanted = 0;
        for (uint32_t row = 0; row < BATCH_ROWS; row++)
            wanted += cell_is_absent(f->batch, c, row) ? (row < 100 ? 2 : 1) : 0;
        int column = store_column_find(f->store, DATASET_COST, f->batch->columns[c].name);
        assert_int_equal(nulls.nulls[column], wanted);
        some = some || (wanted > 0 && wanted < nulls.rows);
    }
    assert_true(some);
}

#define with_rows(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_rows(rows_come_back_in_the_order_in_which_they_came),
        with_rows(a_range_gives_only_its_rows),
        with_rows(a_segment_becomes_the_batch_that_it_was),
        with_rows(a_cleared_delivery_can_be_written_again),
        with_rows(a_writer_cannot_commit_while_rows_are_read),
        with_rows(absent_cells_are_counted_by_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
