/* Sums near 128 bits: they may leave them on the way, in whatever order rows come and however many
 * workers take them; only the end counts.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "rollup/rollup_internal.h"

enum { JOBS_MAX = 4, SEGMENTS = 6, ROWS = 20000 };

/* Each value is added some 65,000 times and taken away as often, in another order. */
static void sums_come_back_from_beyond_128_bits(void **state)
{
    (void)state;
    const i128 most = (i128)(~(u128)0 >> 1);
    const i128 values[] = {most, -most, most, most / 3, -1, 1, ((i128)7 << 64) + 3};
    enum { VALUES = sizeof(values) / sizeof(values[0]) };
    uint64_t seed = 9;
    for (int round = 0; round < 300; round++) {
        struct groups groups;
        uint32_t times[VALUES];
        uint32_t key = 1;
        size_t measure = 9;
        groups_init(&groups, 1, 2);
        uint32_t group = groups_find(&groups, &key);
        groups.rows[group] = 1;
        struct sum_array sums = groups_sums(&groups, 1, 28);
        for (size_t v = 0; v < VALUES; v++) {
            times[v] = random_below(&seed, 40);
            sums_add_product(&sums, group, values[v], 65000 + times[v]);
        }
        assert_true(groups_overflow(&groups, &measure));
        assert_int_equal(measure, 1);
        sums_add(&sums, group, 77);
        for (size_t v = 0; v < VALUES; v++) {
            sums_add_product(&sums, group, -values[v], 65000);
            for (uint32_t i = 0; i < times[v]; i++)
                sums_add(&sums, group, -values[v]);
        }
        assert_false(groups_overflow(&groups, &measure));
        assert_true(sums.sums[group] == 77);
        groups_deinit(&groups);
    }
}

static void what_is_carried_is_merged_and_joined(void **state)
{
    (void)state;
    const i128 most = (i128)(~(u128)0 >> 1);
    struct groups parts[3];
    size_t measure = 0;
    for (uint32_t p = 0; p < 3; p++) {
        groups_init(&parts[p], 1, 1);
        for (uint32_t key = 1; key <= 2; key++) {
            uint32_t at = p == 1 ? 3 - key : key; /* workers number groups as they meet them */
            uint32_t group = groups_find(&parts[p], &at);
            struct sum_array sums = groups_sums(&parts[p], 0, 2);
            parts[p].rows[group] = 1;
            sums_add_product(&sums, group, p == 1 ? -most : most, at * (p == 1 ? 2 : 1));
            sums_add(&sums, group, at);
        }
    }
    groups_merge(&parts[0], &parts[1]);
    groups_merge(&parts[0], &parts[2]);
    assert_false(groups_overflow(&parts[0], &measure));
    uint32_t key = 2;
    uint32_t two = groups_find(&parts[0], &key);
    assert_true(parts[0].sums[0][2][two] == 6);
    struct sum_array sums = groups_sums(&parts[0], 0, 2);
    sums_add_product(&sums, two, most, 10);
    assert_true(groups_overflow(&parts[0], &measure));
    key = 1;
    uint32_t one = groups_find(&parts[0], &key);
    sums_add_product(&sums, one, -most, 10);
    groups_join(&parts[0], two, one);
    assert_false(groups_overflow(&parts[0], &measure));
    assert_true(parts[0].sums[0][2][one] == 9);
    assert_int_equal(parts[0].rows[one], 6);
    for (uint32_t p = 0; p < 3; p++)
        groups_deinit(&parts[p]);
}

/* ---- the same of a store ---- */

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

static void set(struct batch *batch, int column, uint32_t row, const char *value)
{
    struct gr_err err = {0};
    struct decimal decimal;
    must(decimal_parse(str_from(value), &decimal, &err));
    batch_set_decimal(batch, (size_t)column, row, decimal);
}

/* A segment: one amount is `odd` and all quantities are `all`. */
static void add_segment(struct fixture *f, struct batch_texts *texts, const char *odd,
                        const char *all)
{
    struct gr_err err = {0};
    struct batch *batch = batch_open(DATASET_COST, texts);
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    for (uint32_t row = 0; row < ROWS; row++) {
        batch_set_moment(batch, COST_ChargePeriodStart, row,
                         moment_of_day(day_from_ymd(2026, 10, 1)));
        batch_set_text(batch, COST_BillingCurrency, row, STR("USD"));
        batch_set_text(batch, COST_ServiceName, row, row % 2 ? STR("a") : STR("b"));
        set(batch, COST_BilledCost, row, row == 7 ? odd : "1");
        set(batch, COST_ConsumedQuantity, row, all);
        batch->rows++;
    }
    must(store_begin(f->store, &err));
    must(store_delivery_new(f->store, &delivery, &delivery.id, &err));
    must(store_append(f->store, delivery.id, batch, NULL, batch->rows, 0, &err));
    must(store_delivery_finish(f->store, &f->arena, &delivery, &err));
    must(store_commit(f->store, &err));
    batch_close(batch);
}

static struct rollup_request request_of(int measure)
{
    struct rollup_request request = {.dataset = DATASET_COST, .measure_count = 1};
    request.measures[0] = measure;
    request.dimensions[0] = STR("service");
    request.dimension_count = 1;
    request.days = (struct date_range){day_from_ymd(2026, 10, 1), day_from_ymd(2026, 10, 2)};
    return request;
}

/* The answer for every number of jobs; status as wanted, and the sum of service "a" when there is
 * one. */
static void every_number_of_jobs_gives(struct fixture *f, int measure, enum gr_status status,
                                       const char *sum)
{
    struct rollup_request request = request_of(measure);
    for (unsigned jobs = 1; jobs <= JOBS_MAX; jobs++)
        for (unsigned round = 0; round < 5; round++) {
            struct gr_err err = {0};
            struct decimal want;
            struct rollup_result result;
            struct pool *pool = pool_open(jobs);
            assert_int_equal(rollup_run(f->store, pool, NULL, &request, &f->arena, &result, &err),
                             status);
            pool_close(pool);
            if (status) {
                assert_non_null(strstr(err.text, "needs more than 128 bits"));
                continue;
            }
            must(decimal_parse(str_from(sum), &want, &err));
            assert_int_equal(result.cell_count, 2);
            assert_true(str_is(result.cells[0].keys[0], "a"));
            assert_int_equal(decimal_compare(result.cells[0].sums[0], want), 0);
        }
}

/* Two of a sign pass 128 bits. */
#define GREAT "9000000000.0000000000000000000000000001"

static void sums_that_cancel_out_are_given_for_every_number_of_jobs(void **state)
{
    struct fixture *f = *state;
    struct batch_texts *texts = batch_texts_open();
    for (int i = 0; i < SEGMENTS; i++) /* + - + + - -: not in pairs of neighbours */
        add_segment(f, texts, i == 0 || i == 2 || i == 3 ? GREAT : "-" GREAT,
                    i < SEGMENTS / 2 ? GREAT : "-" GREAT);
    batch_texts_close(texts);
    every_number_of_jobs_gives(f, COST_BilledCost, GR_OK, "59994");
    every_number_of_jobs_gives(f, COST_ConsumedQuantity, GR_OK, "0");
}

static void a_sum_that_does_not_fit_is_refused_for_every_number_of_jobs(void **state)
{
    struct fixture *f = *state;
    struct batch_texts *texts = batch_texts_open();
    for (int i = 0; i < SEGMENTS; i++)
        add_segment(f, texts, i % 3 ? GREAT : "-" GREAT, i == 4 ? "1" : "0");
    batch_texts_close(texts);
    every_number_of_jobs_gives(f, COST_BilledCost, GR_EDATA, NULL);
    every_number_of_jobs_gives(f, COST_ConsumedQuantity, GR_OK, "10000");
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_come_back_from_beyond_128_bits),
        cmocka_unit_test(what_is_carried_is_merged_and_joined),
        with_store(sums_that_cancel_out_are_given_for_every_number_of_jobs),
        with_store(a_sum_that_does_not_fit_is_refused_for_every_number_of_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
