/* Deliveries of one call share segments: who has which rows, and what is left when some of them go.
 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

/* Rows go round: row r is of delivery r % DELIVERIES, which is of one of two periods. */
enum { DELIVERIES = 500, ROWS = 20000, ROWS_EACH = ROWS / DELIVERIES };

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct batch_texts *texts;
    struct batch *batch;
    struct arena arena;
    int64_t ids[DELIVERIES];
    int64_t segments_touched[64]; /* by the update hook; by id, how often */
    int chunks_until_death;       /* 0: lives on */
};

static struct store_delivery new_delivery(int i)
{
    return (struct store_delivery){.dataset = DATASET_COST,
                                   .source = STR("aws"),
                                   .period = i % 2 ? STR("2026-09") : STR("2026-10"),
                                   .format = STR("focus"),
                                   .ingested = MOMENT_NONE};
}

/* Starts all deliveries and appends the batch to them. */
static void append_all(struct fixture *f, int64_t *ids, int64_t file)
{
    struct gr_err err = {0};
    struct store_place *places = gr_alloc(ROWS * sizeof(*places));
    for (int i = 0; i < DELIVERIES; i++) {
        struct store_delivery delivery = new_delivery(i);
        must(store_delivery_new(f->store, &delivery, &ids[i], &err));
    }
    for (uint32_t row = 0; row < ROWS; row++)
        places[row] = (struct store_place){ids[row % DELIVERIES], file};
    must(store_append_places(f->store, f->batch, places, &err));
    free(places);
}

static void finish(struct fixture *f, int64_t id, uint64_t stored)
{
    struct gr_err err = {0};
    struct store_delivery delivery = {.id = id};
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    assert_int_equal(delivery.stored, stored);
}

static int set_up(void **state)
{
    static const struct made_rows made = {
        .seed = 77, .rows = ROWS, .first = {20727}, .days = 31, .absent = true, .wide = true};
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof(*f));
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    f->texts = batch_texts_open();
    f->batch = batch_open(DATASET_COST, f->texts);
    make_cost_rows(f->batch, &made);
    must(store_begin(f->store, &err));
    append_all(f, f->ids, 9);
    for (int i = 0; i < DELIVERIES; i++)
        finish(f, f->ids[i], ROWS_EACH);
    must(store_commit(f->store, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    batch_close(f->batch);
    batch_texts_close(f->texts);
    folder_remove(&f->folder);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static int64_t number(struct fixture *f, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(store_sqlite(f->store), sql, -1, &statement, NULL), 0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

static void must_be_sound(struct fixture *f)
{
    struct gr_err err = {0};
    struct store_findings findings;
    must(store_check(f->store, &f->arena, &findings, &err));
    if (findings.count)
        fail_msg("%s", findings.items[0].ptr);
}

/* The rows first, first + DELIVERIES, .. of the batch are what the delivery gives, in that order.
 */
static void must_have_rows(struct fixture *f, int64_t id, uint32_t first, int64_t file)
{
    struct gr_err err = {0};
    struct store_rows *rows = NULL;
    bool more = true;
    const int columns[] = {COST_BilledCost, COST_Tags};
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = columns,
                                         .column_count = 2,
                                         .first_moment = MOMENT_NONE,
                                         .end_moment = MOMENT_NONE,
                                         .delivery = id};
    must(store_rows_open(f->store, &options, &rows, &err));
    for (uint32_t row = first; row < ROWS; row += DELIVERIES) {
        struct decimal got = DECIMAL_ZERO;
        struct decimal want = DECIMAL_ZERO;
        must(store_rows_next(rows, &more, &err));
        assert_true(more);
        assert_int_equal(store_rows_delivery(rows), id);
        assert_int_equal(store_rows_file(rows), file);
        assert_int_equal(store_rows_line(rows), f->batch->lines[row]);
        assert_true(str_equal(store_rows_text(rows, 1), batch_text(f->batch, COST_Tags, row)));
        assert_int_equal(store_rows_decimal(rows, 0, &got),
                         batch_decimal(f->batch, COST_BilledCost, row, &want));
        assert_int_equal(decimal_compare(got, want), 0);
    }
    must(store_rows_next(rows, &more, &err));
    assert_false(more);
    store_rows_close(rows);
}

static void five_hundred_deliveries_of_a_call_share_a_segment_a_period(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(number(f, "SELECT count(*) FROM segment"), 2);
    assert_int_equal(number(f, "SELECT count(*) FROM part"), DELIVERIES);
    assert_int_equal(number(f, "SELECT sum(rows) FROM segment"), ROWS);
    must_be_sound(f);
    must_have_rows(f, f->ids[0], 0, 9);
    must_have_rows(f, f->ids[499], 499, 9);
}

static void note_segment(void *context, int change, const char *database, const char *table,
                         sqlite3_int64 row)
{
    struct fixture *f = context;
    (void)change;
    (void)database;
    if (strcmp(table, "chunk") != 0)
        return;
    f->segments_touched[(row >> 12) % 64]++;
    if (f->chunks_until_death && --f->chunks_until_death == 0) {
        sqlite3_db_cacheflush(store_sqlite(f->store));
        kill(getpid(), SIGKILL);
    }
}

static void watch_chunks(struct fixture *f)
{
    sqlite3_update_hook(store_sqlite(f->store), note_segment, f);
}

/* One new delivery with the rows of the old one, which goes. */
static int64_t replace_one(struct fixture *f, int i)
{
    struct gr_err err = {0};
    struct store_delivery delivery = new_delivery(i);
    uint32_t rows[ROWS_EACH];
    for (uint32_t r = 0; r < ROWS_EACH; r++)
        rows[r] = r * DELIVERIES + (uint32_t)i;
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, f->batch, rows, ROWS_EACH, 10, &err));
    must(store_delivery_remove(f->store, f->ids[i], DELIVERY_SUPERSEDED, &err));
    finish(f, delivery.id, ROWS_EACH);
    return delivery.id;
}

static void replacing_one_rewrites_its_segment_and_leaves_the_others_exact(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    watch_chunks(f);
    must(store_begin(f->store, &err));
    int64_t id = replace_one(f, 4);
    must_have_rows(f, f->ids[6], 6, 9); /* a neighbour, before the commit */
    must(store_commit(f->store, &err));
    int64_t segment = number(f, "SELECT min(segment) FROM part WHERE delivery = 1");
    assert_true(f->segments_touched[segment] > 0);
    assert_int_equal(f->segments_touched[segment == 1 ? 2 : 1], 0);
    assert_int_equal(number(f, "SELECT count(*) FROM segment"), 3);
    assert_int_equal(number(f, "SELECT sum(rows) FROM segment"), ROWS);
    must_be_sound(f);
    must_have_rows(f, id, 4, 10);
    must_have_rows(f, f->ids[2], 2, 9);
    must_have_rows(f, f->ids[5], 5, 9);
    must_have_rows(f, f->ids[498], 498, 9);
}

static void replacing_all_deletes_the_old_segments(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t ids[DELIVERIES];
    must(store_begin(f->store, &err));
    append_all(f, ids, 11);
    for (int i = 0; i < DELIVERIES; i++)
        must(store_delivery_remove(f->store, f->ids[i], DELIVERY_SUPERSEDED, &err));
    for (int i = 0; i < DELIVERIES; i++)
        finish(f, ids[i], ROWS_EACH);
    must(store_commit(f->store, &err));
    assert_int_equal(number(f, "SELECT count(*) FROM segment"), 2);
    assert_int_equal(number(f, "SELECT min(id) FROM segment"), 3);
    assert_int_equal(number(f, "SELECT count(*) FROM chunk WHERE id >> 12 < 3"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM presum WHERE id >> 12 < 3"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM part"), DELIVERIES);
    must_be_sound(f);
    must_have_rows(f, ids[77], 77, 11);
}

/* Some are discarded while their rows are buffered, some when they were packed with the others. */
static void what_is_discarded_in_a_mixed_call_leaves_no_rows(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t ids[DELIVERIES];
    struct store_delivery gone;
    must(store_begin(f->store, &err));
    append_all(f, ids, 11);
    for (int i = 0; i < DELIVERIES; i += 3)
        must(store_delivery_discard(f->store, ids[i], &err));
    for (int i = 1; i < DELIVERIES; i += 3)
        finish(f, ids[i], ROWS_EACH);
    for (int i = 2; i < DELIVERIES; i += 3)
        must(store_delivery_discard(f->store, ids[i], &err));
    must(store_commit(f->store, &err));
    int64_t kept = DELIVERIES + (DELIVERIES + 1) / 3;
    assert_int_equal(number(f, "SELECT count(*) FROM part"), kept);
    assert_int_equal(number(f, "SELECT sum(rows) FROM segment"), kept * ROWS_EACH);
    assert_int_equal(store_delivery_get(f->store, &f->arena, ids[2], &gone, &err), GR_EUSAGE);
    must_be_sound(f);
    must_have_rows(f, ids[1], 1, 11);
    must_have_rows(f, ids[499], 499, 11);
    must_have_rows(f, f->ids[0], 0, 9);
}

static void all_of_a_call_can_be_discarded(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t ids[DELIVERIES];
    must(store_begin(f->store, &err));
    append_all(f, ids, 11);
    for (int i = 0; i < DELIVERIES; i++)
        must(store_delivery_discard(f->store, ids[i], &err));
    must(store_commit(f->store, &err));
    assert_int_equal(number(f, "SELECT count(*) FROM segment"), 2);
    must_be_sound(f);
}

static void a_dropped_neighbour_is_gone_from_rows_read_before_the_commit(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_rows *rows = NULL;
    struct store_rows_options options = {
        .dataset = DATASET_COST, .first_moment = MOMENT_NONE, .end_moment = MOMENT_NONE};
    bool more = true;
    uint32_t count = 0;
    must(store_begin(f->store, &err));
    for (int i = 0; i < DELIVERIES; i += 2)
        must(store_delivery_remove(f->store, f->ids[i], DELIVERY_DROPPED, &err));
    must(store_rows_open(f->store, &options, &rows, &err));
    for (; more; count += more) {
        must(store_rows_next(rows, &more, &err));
        assert_true(!more || store_rows_delivery(rows) % 2 == f->ids[1] % 2);
    }
    store_rows_close(rows);
    assert_int_equal(count, ROWS / 2);
    store_rollback(f->store);
    must_be_sound(f);
    assert_int_equal(number(f, "SELECT sum(rows) FROM segment"), ROWS);
}

/* In a process of its own: half of its segment was written again when it dies. */
static void compact_and_die(struct fixture *f)
{
    struct gr_err err = {0};
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    watch_chunks(f);
    must(store_begin(f->store, &err));
    must(store_delivery_remove(f->store, f->ids[4], DELIVERY_DROPPED, &err));
    f->chunks_until_death = 30; /* its old chunks are gone, some of the new ones are there */
    must(store_commit(f->store, &err));
}

static void a_kill_during_compaction_leaves_the_store_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    int64_t snapshot = 0;
    int status = 0;
    char journal[400];
    snprintf(journal, sizeof(journal), "%s-journal", f->folder.store);
    store_close(f->store);
    f->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        compact_and_die(f);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(access(journal, F_OK), 0);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    must(store_snapshot(f->store, &snapshot, &err));
    assert_int_equal(snapshot, 1);
    assert_int_equal(number(f, "SELECT sum(rows) FROM segment"), ROWS);
    must_be_sound(f);
    must_have_rows(f, f->ids[4], 4, 9);
}

/* As repricing does: each delivery is read, cleared and appended again, all are finished last. */
static void deliveries_that_are_written_again_share_segments_again(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    static int64_t files[BATCH_ROWS];
    struct batch_texts *texts = batch_texts_open();
    must(store_begin(f->store, &err));
    for (int i = 0; i < DELIVERIES; i++) {
        int64_t *segments = NULL;
        size_t count = 0;
        struct batch *batch = batch_open(DATASET_COST, texts);
        must(store_delivery_segments(f->store, &f->arena, f->ids[i], &segments, &count, &err));
        assert_int_equal(count, 1);
        must(store_read_batch(f->store, segments[0], f->ids[i], batch, files, &err));
        assert_int_equal(batch->rows, ROWS_EACH);
        assert_int_equal(files[0], 9);
        must(store_delivery_clear(f->store, f->ids[i], &err));
        must(store_append(f->store, f->ids[i], batch, NULL, batch->rows, files[0], &err));
        batch_close(batch);
    }
    for (int i = 0; i < DELIVERIES; i++)
        finish(f, f->ids[i], ROWS_EACH);
    must(store_commit(f->store, &err));
    batch_texts_close(texts);
    assert_int_equal(number(f, "SELECT count(*) FROM segment"), 2);
    assert_int_equal(number(f, "SELECT min(id) FROM segment"), 3);
    must_be_sound(f);
    for (uint32_t i = 0; i < DELIVERIES; i += 83)
        must_have_rows(f, f->ids[i], i, 9);
}

static void check_finds_parts_that_are_not_the_rows(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_findings findings;
    const char *const damages[] = {"UPDATE part SET rows = rows + 1 WHERE delivery = 7",
                                   "DELETE FROM part WHERE delivery = 8",
                                   "INSERT INTO part VALUES(1, 100000, 5)"};
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        assert_int_equal(sqlite3_exec(store_sqlite(f->store), "BEGIN", NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_exec(store_sqlite(f->store), damages[i], NULL, NULL, NULL),
                         SQLITE_OK);
        must(store_check(f->store, &f->arena, &findings, &err));
        assert_true(findings.count > 0);
        assert_int_equal(sqlite3_exec(store_sqlite(f->store), "ROLLBACK", NULL, NULL, NULL),
                         SQLITE_OK);
        must_be_sound(f);
    }
}

/* A name beside each key, a period's end beside its start, two costs that are one. */
static void repeat_columns(struct batch *batch)
{
    size_t key = batch_extra_column(batch, STR("x_key"));
    size_t name = batch_extra_column(batch, STR("x_name"));
    for (uint32_t row = 0; row < batch->rows; row++) {
        struct decimal cost = DECIMAL_ZERO;
        int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
        if (batch_decimal(batch, COST_ListCost, row, &cost))
            batch_set_decimal(batch, COST_ContractedCost, row, cost);
        if (start != MOMENT_NONE)
            batch_set_moment(batch, COST_ChargePeriodEnd, row, start + 3600000);
        batch_set_text(batch, key, row, batch_text(batch, COST_ResourceId, row));
        batch_set_text(batch, name, row, batch_text(batch, COST_ResourceId, row));
    }
}

/* SAME, LIKE, FUNCTION and SCALED. */
#define REFERS "substr(bytes, 1, 1) IN (x'09', x'0B', x'0C', x'0D')"

static void columns_that_repeat_another_are_kept_once_and_come_back(void **state)
{
    static const struct made_rows made = {.seed = 3, .rows = 5000, .first = {20727}, .days = 31};
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_findings findings;
    struct batch *batch = batch_open(DATASET_COST, f->texts);
    struct batch *again = batch_open(DATASET_COST, f->texts);
    struct store_delivery delivery = new_delivery(0);
    int64_t *segments = NULL;
    size_t count = 0;
    make_cost_rows(batch, &made);
    repeat_columns(batch);
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, batch, NULL, batch->rows, 12, &err));
    finish(f, delivery.id, batch->rows);
    must(store_commit(f->store, &err));
    assert_true(number(f, "SELECT count(*) FROM chunk WHERE " REFERS " AND id >> 12 = 3") >= 3);
    must(store_delivery_segments(f->store, &f->arena, delivery.id, &segments, &count, &err));
    assert_int_equal(count, 1);
    must(store_read_batch(f->store, segments[0], delivery.id, again, NULL, &err));
    size_t name = batch_extra_column(again, STR("x_name"));
    for (uint32_t row = 0; row < batch->rows; row++) {
        struct decimal a = DECIMAL_ZERO;
        struct decimal b = DECIMAL_ZERO;
        assert_true(batch_decimal(batch, COST_ListCost, row, &a));
        assert_true(batch_decimal(again, COST_ContractedCost, row, &b));
        assert_int_equal(decimal_compare(a, b), 0);
        assert_true(batch_moment(again, COST_ChargePeriodEnd, row) ==
                    batch_moment(batch, COST_ChargePeriodStart, row) + 3600000);
        assert_true(
            str_equal(batch_text(again, name, row), batch_text(batch, COST_ResourceId, row)));
    }
    must_be_sound(f);
    /* A reference to a chunk that is not there, or to itself, is found. */
    number(f, "UPDATE chunk SET bytes = substr(bytes, 1, 32) || x'FF0F0000' || substr(bytes, 37)"
              " WHERE id >> 12 = 3 AND " REFERS " RETURNING 1");
    must(store_check(f->store, &f->arena, &findings, &err));
    assert_true(findings.count > 0);
    batch_close(batch);
    batch_close(again);
}

#define with_deliveries(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_deliveries(five_hundred_deliveries_of_a_call_share_a_segment_a_period),
        with_deliveries(replacing_one_rewrites_its_segment_and_leaves_the_others_exact),
        with_deliveries(replacing_all_deletes_the_old_segments),
        with_deliveries(what_is_discarded_in_a_mixed_call_leaves_no_rows),
        with_deliveries(all_of_a_call_can_be_discarded),
        with_deliveries(a_dropped_neighbour_is_gone_from_rows_read_before_the_commit),
        with_deliveries(a_kill_during_compaction_leaves_the_store_as_it_was),
        with_deliveries(deliveries_that_are_written_again_share_segments_again),
        with_deliveries(columns_that_repeat_another_are_kept_once_and_come_back),
        with_deliveries(check_finds_parts_that_are_not_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
