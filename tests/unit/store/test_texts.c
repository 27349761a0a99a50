/* Texts get one code each, over loads, generations of a load's dictionaries and threads; and a
 * store that is packed by several threads is the store that one makes.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/scan.h"

enum { ROWS = 9000, LOADS = 5, BATCHES = 9 };

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct arena arena;
};

static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof(*f));
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    arena_deinit(&f->arena);
    folder_remove(&f->folder);
    free(f);
    return 0;
}

/* Ids that share beginnings, some of them empty, very long or with NULs in them. */
static struct str made_text(struct arena *arena, uint32_t number)
{
    if (number == 7)
        return STR("");
    if (number % 1000 == 8) {
        char *text = arena_alloc(arena, 9000 + number % 7);
        memset(text, 'x', 9000 + number % 7);
        memcpy(text + 5000, &number, sizeof(number));
        return (struct str){text, 9000 + number % 7};
    }
    struct str text = arena_printf(arena, "arn:aws:ec2:eu-west-%u:instance/i-%08x%s", number % 3,
                                   number * UINT32_C(2654435761), number % 50 ? "" : "/volume");
    return number % 77 ? text : (struct str){text.ptr, text.len + 1};
}

static void fill(struct batch *batch, struct arena *arena, uint64_t *seed, uint32_t first,
                 uint32_t kinds)
{
    batch_clear(batch);
    for (batch->rows = 0; batch->rows < ROWS; batch->rows++) {
        uint32_t row = batch->rows;
        batch->lines[row] = row + 1;
        batch_set_text(batch, COST_ResourceId, row,
                       made_text(arena, first + random_below(seed, kinds)));
        batch_set_text(batch, COST_ServiceName, row,
                       random_below(seed, 9) ? STR("Compute") : STR_NONE);
        batch_set_text(batch, COST_BillingCurrency, row, STR("USD"));
        batch_set_decimal(batch, COST_BilledCost, row, (struct decimal){row, 2});
        batch_set_decimal(batch, COST_EffectiveCost, row, (struct decimal){row * 3, 2});
        batch_set_moment(batch, COST_ChargePeriodStart, row, row * 60000);
    }
}

static int64_t start_delivery(struct fixture *f, int load)
{
    struct gr_err err = {0};
    int64_t id = 0;
    struct store_delivery delivery = {.dataset = DATASET_COST,
                                      .source = arena_printf(&f->arena, "aws/%d", load),
                                      .period = STR("1970-01"),
                                      .format = STR("focus"),
                                      .ingested = MOMENT_NONE};
    must(store_delivery_new(f->store, &delivery, &id, &err));
    return id;
}

static void finish_delivery(struct fixture *f, int64_t id, uint64_t rows)
{
    struct gr_err err = {0};
    struct store_delivery delivery = {.id = id};
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    assert_int_equal(delivery.stored, rows);
}

/* A load of several batches, whose dictionaries start anew after some of them. */
static void run_load(struct fixture *f, int load, unsigned jobs, bool renews)
{
    struct gr_err err = {0};
    struct arena texts_made = ARENA_EMPTY;
    struct batch_texts *texts = batch_texts_open();
    struct batch *batch = batch_open(DATASET_COST, texts);
    uint64_t seed = 100 + (uint64_t)load;
    store_set_jobs(f->store, jobs);
    must(store_begin(f->store, &err));
    int64_t id = start_delivery(f, load);
    for (uint32_t i = 0; i < BATCHES; i++) {
        fill(batch, &texts_made, &seed, (uint32_t)load * 4000 + i * 500, 9000);
        must(store_append(f->store, id, batch, NULL, batch->rows, 1, &err));
        if (renews && i % 3 == 1) {
            must(store_texts_settle(f->store, &err));
            batch_texts_renew(texts, batch);
        }
        arena_reset(&texts_made);
    }
    finish_delivery(f, id, (uint64_t)ROWS * BATCHES);
    must(store_commit(f->store, &err));
    batch_close(batch);
    batch_texts_close(texts);
    arena_deinit(&texts_made);
}

static void each_text_has_one_code(struct fixture *f)
{
    struct gr_err err = {0};
    uint32_t count = 0;
    struct dict seen;
    dict_init(&seen);
    must(store_text_count(f->store, DATASET_COST, COST_ResourceId, &count, &err));
    assert_true(count > 9000);
    for (uint32_t code = 1; code <= count; code++) {
        struct str text;
        must(store_text(f->store, DATASET_COST, COST_ResourceId, code, &text, &err));
        assert_int_equal(dict_intern(&seen, text), code);
    }
    dict_deinit(&seen);
}

/* The rows of a load are those that it was made from. */
static void rows_come_back(struct fixture *f, int load, int64_t delivery)
{
    struct gr_err err = {0};
    struct arena texts_made = ARENA_EMPTY;
    struct batch_texts *texts = batch_texts_open();
    struct batch *want = batch_open(DATASET_COST, texts);
    struct batch *have = batch_open(DATASET_COST, texts);
    uint64_t seed = 100 + (uint64_t)load;
    int64_t *segments = NULL;
    size_t count = 0;
    size_t next = 0;
    uint32_t at = 0;
    have->rows = 0;
    must(store_delivery_segments(f->store, &f->arena, delivery, &segments, &count, &err));
    for (uint32_t i = 0; i < BATCHES; i++) {
        fill(want, &texts_made, &seed, (uint32_t)load * 4000 + i * 500, 9000);
        for (uint32_t row = 0; row < want->rows; row++, at++) {
            if (at == have->rows) {
                assert_true(next < count);
                batch_clear(have);
                must(store_read_batch(f->store, segments[next++], delivery, have, NULL, &err));
                at = 0;
            }
            assert_true(str_equal(batch_text(have, COST_ResourceId, at),
                                  batch_text(want, COST_ResourceId, row)));
            assert_true(str_equal(batch_text(have, COST_ServiceName, at),
                                  batch_text(want, COST_ServiceName, row)));
        }
        arena_reset(&texts_made);
    }
    assert_int_equal(at, have->rows);
    batch_close(want);
    batch_close(have);
    batch_texts_close(texts);
    arena_deinit(&texts_made);
}

static void texts_keep_one_code_over_loads_and_generations(void **state)
{
    struct fixture *f = *state;
    for (int load = 0; load < LOADS; load++)
        run_load(f, load, 1 + (unsigned)load % 3, load % 2);
    each_text_has_one_code(f);
    for (int load = 0; load < LOADS; load++)
        rows_come_back(f, load, load + 1);
}

static size_t read_file(const char *path, uint8_t **bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    *bytes = gr_alloc(length);
    assert_int_equal(fread(*bytes, 1, length, file), length);
    fclose(file);
    return length;
}

static void the_file_is_the_same_for_every_number_of_jobs(void **state)
{
    static const unsigned jobs[] = {1, 2, 7};
    uint8_t *first = NULL;
    size_t first_length = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        struct fixture *f = NULL;
        uint8_t *bytes = NULL;
        set_up((void **)&f);
        run_load(f, 1, jobs[i], true);
        run_load(f, 2, jobs[i], false);
        size_t length = read_file(f->folder.store, &bytes);
        if (first) {
            assert_int_equal(length, first_length);
            assert_memory_equal(bytes, first, length);
            free(bytes);
        } else {
            first = bytes;
            first_length = length;
        }
        tear_down((void **)&f);
    }
    free(first);
}

static void what_is_in_flight_when_all_is_undone_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct arena texts_made = ARENA_EMPTY;
    struct batch_texts *texts = batch_texts_open();
    struct batch *batch = batch_open(DATASET_COST, texts);
    struct store_findings findings;
    uint64_t seed = 5;
    store_set_jobs(f->store, 2);
    must(store_begin(f->store, &err));
    int64_t id = start_delivery(f, 0);
    for (uint32_t i = 0; i < BATCHES; i++) {
        fill(batch, &texts_made, &seed, 0, 9000);
        must(store_append(f->store, id, batch, NULL, batch->rows, 1, &err));
    }
    store_rollback(f->store);
    batch_close(batch);
    batch_texts_close(texts);
    arena_deinit(&texts_made);
    run_load(f, 3, 2, true);
    each_text_has_one_code(f);
    must(store_check(f->store, &f->arena, &findings, &err));
    assert_int_equal(findings.count, 0);
}

/* Codes have no gaps: more of them than texts could be in the file are not believed, as readers
 * keep memory by code. */
static void a_code_that_the_file_is_too_small_for_is_refused(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    uint32_t count = 0;
    run_load(f, 0, 1, false);
    must(store_text_count(f->store, DATASET_COST, COST_ResourceId, &count, &err));
    assert_true(count > 100);
    assert_int_equal(sqlite3_exec(store_sqlite(f->store),
                                  "UPDATE text_block SET id = (id >> 32 << 32) + 4000000000"
                                  " WHERE id IN (SELECT max(id) FROM text_block GROUP BY id >> 32)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_text_count(f->store, DATASET_COST, COST_ResourceId, &count, &err),
                     GR_ESTORE);
    assert_non_null(strstr(err.text, "damaged texts"));
}

/* A text may be changed by it, but nothing is read that is not there. */
static void damaged_texts_are_refused_or_read_within_their_bounds(void **state)
{
    static const char *const tables[] = {"text_block", "text_hash"};
    struct fixture *f = *state;
    struct gr_err err = {0};
    uint64_t seed = 3;
    uint32_t count = 0;
    run_load(f, 0, 1, false);
    must(store_text_count(f->store, DATASET_COST, COST_ResourceId, &count, &err));
    for (int i = 0; i < 60; i++) {
        char sql[256];
        uint32_t at = random_below(&seed, random_below(&seed, 2) ? 12 : 1000);
        snprintf(sql, sizeof(sql),
                 "UPDATE %s SET bytes = substr(bytes, 1, %u) || x'%02X' || substr(bytes, %u)"
                 " WHERE abs(random()) %% 3 = 0",
                 tables[i % 2], at, random_below(&seed, 256), at + 2);
        assert_int_equal(sqlite3_exec(store_sqlite(f->store), sql, NULL, NULL, NULL), SQLITE_OK);
        struct batch_texts *texts = batch_texts_open();
        struct batch *batch = batch_open(DATASET_COST, texts);
        fill(batch, &f->arena, &seed, 0, 9000);
        must(store_begin(f->store, &err));
        int64_t id = start_delivery(f, i + 10);
        must(store_append(f->store, id, batch, NULL, batch->rows, 1, &err));
        struct store_delivery delivery = {.id = id};
        struct gr_err damage = {0};
        if (store_delivery_finish(f->store, &f->arena, &delivery, &damage))
            assert_int_equal(damage.status, GR_ESTORE);
        store_rollback(f->store);
        for (uint32_t code = 1; code <= count; code += 50) {
            struct str text;
            damage = (struct gr_err){0};
            if (store_text(f->store, DATASET_COST, COST_ResourceId, code, &text, &damage))
                assert_int_equal(damage.status, GR_ESTORE);
        }
        batch_close(batch);
        batch_texts_close(texts);
    }
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(texts_keep_one_code_over_loads_and_generations),
        cmocka_unit_test(the_file_is_the_same_for_every_number_of_jobs),
        with_store(what_is_in_flight_when_all_is_undone_leaves_nothing),
        with_store(a_code_that_the_file_is_too_small_for_is_refused),
        with_store(damaged_texts_are_refused_or_read_within_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
