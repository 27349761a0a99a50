/* Answers from pre-sums are the answers from the rows: those of whole columns, and those of tag
 * keys, which tag_presum.c folds. And what a damaged file says of them is refused.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "rollup/rollup.h"
#include "store/scan.h"

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
    folder_remove(&f->folder);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

/* One delivery, one segment. */
static void fill_store(struct fixture *f, uint32_t rows,
                       void (*fill)(struct batch *batch, uint32_t row, uint64_t *seed))
{
    struct gr_err err = {0};
    struct batch_texts *texts = batch_texts_open();
    struct batch *batch = batch_open(DATASET_COST, texts);
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    uint64_t seed = 20261001;
    for (uint32_t row = 0; row < rows; row++) {
        batch_set_moment(batch, COST_ChargePeriodStart, row,
                         moment_of_day(day_from_ymd(2026, 10, 1 + (int)(row % 31))));
        fill(batch, row, &seed);
        batch->rows++;
    }
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, batch, NULL, batch->rows, 0, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
    batch_close(batch);
    batch_texts_close(texts);
}

static void set_amount(struct batch *batch, int column, uint32_t row, int64_t units, uint8_t scale)
{
    batch_set_decimal(batch, (size_t)column, row, decimal_normal((struct decimal){units, scale}));
}

static void sql(struct fixture *f, const char *text)
{
    char *message = NULL;
    if (sqlite3_exec(store_sqlite(f->store), text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
}

static void open_again(struct fixture *f, enum store_mode mode)
{
    struct gr_err err = {0};
    store_close(f->store);
    must(store_open(f->folder.store, mode, &f->store, &err));
}

static struct rollup_request request_by(struct str dimension)
{
    static const int measures[] = {COST_BilledCost, COST_EffectiveCost, COST_ListCost};
    struct rollup_request request = {.dataset = DATASET_COST, .measure_count = 3};
    memcpy(request.measures, measures, sizeof(measures));
    request.dimensions[0] = dimension;
    request.dimension_count = 1;
    request.days = (struct date_range){day_from_ymd(2026, 10, 1), day_from_ymd(2026, 11, 1)};
    return request;
}

static void run(struct fixture *f, const struct rollup_request *request,
                struct rollup_result *result)
{
    struct gr_err err = {0};
    must(rollup_run(f->store, NULL, NULL, request, &f->arena, result, &err));
}

/* By the rows: a filter on another column, which all rows pass, keeps pre-sums out. */
static void run_by_rows(struct fixture *f, struct str dimension, struct rollup_result *result)
{
    struct str none = STR("no such service");
    struct rollup_request request = request_by(dimension);
    request.filters[0] = (struct rollup_filter){STR("service"), ROLLUP_NOT_IN, &none, 1};
    request.filter_count = 1;
    run(f, &request, result);
}

static void are_equal(const struct rollup_result *a, const struct rollup_result *b)
{
    assert_true(a->cell_count > 0);
    assert_int_equal(a->cell_count, b->cell_count);
    for (size_t i = 0; i < a->cell_count; i++) {
        const struct rollup_cell *x = &a->cells[i];
        const struct rollup_cell *y = &b->cells[i];
        assert_true(str_equal(x->keys[0], y->keys[0]));
        assert_true(str_equal(x->currency, y->currency));
        assert_int_equal(x->row_count, y->row_count);
        for (size_t m = 0; m < 3; m++) {
            assert_int_equal(x->value_counts[m], y->value_counts[m]);
            assert_int_equal(decimal_compare(x->sums[m], y->sums[m]), 0);
        }
    }
}

/* ---- tag keys ---- */

static void tagged_row(struct batch *batch, uint32_t row, uint64_t *seed)
{
    static const char *const teams[] = {"ml", "web", "data", "", "ops"};
    const char *team = teams[random_below(seed, 5)];
    uint32_t kind = random_below(seed, 9);
    char text[120];
    if (kind == 0)
        snprintf(text, sizeof(text), "{\"team\":\"first\",\"env\":\"dev\",\"team\":\"%s\"}", team);
    else if (kind == 1)
        snprintf(text, sizeof(text), "{\"team\":\"%s\",\"team\":null,\"env\":\"prod\"}", team);
    else if (kind == 2)
        snprintf(text, sizeof(text), "{}");
    else
        snprintf(text, sizeof(text), "{\"team\":\"%s\",\"env\":\"%s\",\"nr\":%u}", team,
                 random_below(seed, 2) ? "prod" : "dev", random_below(seed, 60));
    if (random_below(seed, 12))
        batch_set_text(batch, COST_Tags, row, str_from(text));
    batch_set_text(batch, COST_BillingCurrency, row,
                   random_below(seed, 4) ? STR("USD") : STR("EUR"));
    if (random_below(seed, 7))
        set_amount(batch, COST_BilledCost, row, (int64_t)random_next(seed) >> 20, 9);
    if (random_below(seed, 3))
        set_amount(batch, COST_EffectiveCost, row, (int64_t)random_next(seed) >> 8, 4);
    set_amount(batch, COST_ListCost, row, 0, 0);
}

static const char keep_only_tag_keys[] =
    "DELETE FROM chunk; DELETE FROM presum WHERE id & 4095 NOT IN"
    " (SELECT id FROM column_name WHERE dataset = '#cost')";

/* The rows and the other pre-sums are taken away, so that nothing else can have answered. */
static void the_presums_of_a_tag_key_answer_as_the_rows_do(void **state)
{
    static const char *const keys[] = {"tag:team", "tag:env", "tag:nr"};
    struct fixture *f = *state;
    struct rollup_result by_rows[3];
    struct rollup_result by_presums;
    fill_store(f, 12000, tagged_row);
    for (size_t i = 0; i < 3; i++)
        run_by_rows(f, str_from(keys[i]), &by_rows[i]);
    assert_int_equal(by_rows[0].cell_count, 2 * 6);
    sql(f, keep_only_tag_keys);
    open_again(f, STORE_READ);
    for (size_t i = 0; i < 3; i++) {
        struct rollup_request request = request_by(str_from(keys[i]));
        run(f, &request, &by_presums);
        are_equal(&by_rows[i], &by_presums);
    }
}

static void a_filter_by_the_same_key_is_answered_by_its_presums(void **state)
{
    struct fixture *f = *state;
    struct str none = STR("no such service");
    struct str wanted[] = {STR("ml"), STR("(untagged)")};
    struct rollup_request request = request_by(STR("tag:team"));
    struct rollup_result by_rows;
    struct rollup_result by_presums;
    fill_store(f, 12000, tagged_row);
    request.filters[0] = (struct rollup_filter){STR("tag:team"), ROLLUP_IN, wanted, 2};
    request.filters[1] = (struct rollup_filter){STR("service"), ROLLUP_NOT_IN, &none, 1};
    request.filter_count = 2;
    run(f, &request, &by_rows);
    assert_int_equal(by_rows.cell_count, 2 * 2);
    sql(f, keep_only_tag_keys);
    open_again(f, STORE_READ);
    request.filter_count = 1;
    run(f, &request, &by_presums);
    are_equal(&by_rows, &by_presums);
}

/* As many groups as a pre-sum can have, and its last array takes no byte a group: reading it in
 * words must stay within the memory of the packed blob, which a sanitizer watches. */
static void crowded_row(struct batch *batch, uint32_t row, uint64_t *seed)
{
    static const char *const currencies[] = {"USD", "EUR", "GBP", "CHF"};
    char text[40];
    snprintf(text, sizeof(text), "{\"k%04u\":\"v\"}", row % 4096);
    batch_set_text(batch, COST_Tags, row, str_from(text));
    batch_set_text(batch, COST_BillingCurrency, row, str_from(currencies[row / 4096 % 4]));
    set_amount(batch, COST_BilledCost, row, (int64_t)random_next(seed) >> 8, 8);
    set_amount(batch, COST_EffectiveCost, row, (int64_t)random_next(seed) >> 8, 8);
    set_amount(batch, COST_ListCost, row, (int64_t)random_next(seed) >> 8, 8);
    set_amount(batch, COST_ContractedCost, row, 0, 0);
}

static void the_largest_presums_are_read_within_their_memory(void **state)
{
    struct fixture *f = *state;
    struct rollup_result by_rows;
    struct rollup_result by_presums;
    struct rollup_request request = request_by(STR("tag:k0007"));
    fill_store(f, BATCH_ROWS, crowded_row);
    run_by_rows(f, STR("tag:k0007"), &by_rows);
    assert_int_equal(by_rows.cell_count, 2 * 4);
    run(f, &request, &by_presums);
    are_equal(&by_rows, &by_presums);
}

/* ---- damaged files ---- */

static void is_damaged(struct fixture *f, const struct rollup_request *request, const char *says)
{
    struct gr_err err = {0};
    struct rollup_result result;
    open_again(f, STORE_READ);
    assert_int_equal(rollup_run(f->store, NULL, NULL, request, &f->arena, &result, &err),
                     GR_ESTORE);
    if (!strstr(err.text, says))
        fail_msg("%s", err.text);
}

/* Version 1 of encoding.h with one measure and one group: 1 row, of which so many have a value. */
static void put_presums_of_one_measure(struct fixture *f, unsigned values)
{
    char text[400];
    snprintf(text, sizeof(text),
             "UPDATE presum SET bytes = x'01010800'||x'01000000'||x'00000000'||x'00000000'"
             "||x'01000000'||x'01000000'||x'01000000'||x'%02x000000'||x'0000000000000000'",
             values);
    sql(f, text);
}

static void presums_with_too_few_measures_are_refused(void **state)
{
    struct fixture *f = *state;
    struct rollup_request request = request_by(STR("tag:team"));
    fill_store(f, 12000, tagged_row);
    put_presums_of_one_measure(f, 1);
    is_damaged(f, &request, "a measure is missing");
    request.dimension_count = 0;
    is_damaged(f, &request, "a measure is missing");
}

static void presums_with_more_values_than_rows_are_refused(void **state)
{
    struct fixture *f = *state;
    struct rollup_request request = request_by(STR("tag:team"));
    request.measure_count = 1;
    fill_store(f, 12000, tagged_row);
    put_presums_of_one_measure(f, 2);
    is_damaged(f, &request, "more values than rows");
}

/* Memory by code is not asked for before the code is known to have a text. */
static void a_code_beyond_the_texts_is_refused(void **state)
{
    struct fixture *f = *state;
    struct rollup_request request = request_by(STR("tag:team"));
    fill_store(f, 12000, tagged_row);
    sql(f,
        "DELETE FROM presum;"
        /* CONSTANT, text, 12000 rows: global code 2,000,000,000 */
        "UPDATE chunk SET bytes = x'01000000e02e0000'||zeroblob(24)||x'00943577' WHERE id & 4095 ="
        " (SELECT id FROM column_name WHERE dataset = 'cost' AND name = 'Tags')");
    is_damaged(f, &request, "column Tags: no text with code 2000000000");
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(the_presums_of_a_tag_key_answer_as_the_rows_do),
        with_store(a_filter_by_the_same_key_is_answered_by_its_presums),
        with_store(the_largest_presums_are_read_within_their_memory),
        with_store(presums_with_too_few_measures_are_refused),
        with_store(presums_with_more_values_than_rows_are_refused),
        with_store(a_code_beyond_the_texts_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
