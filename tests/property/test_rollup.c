/* rollup_run() against a plain loop over store_rows, for random data, dimensions, filters, ranges,
 * thread counts and SIMD levels. The loop adds decimals one by one into a sorted list of cells.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tags.h"
#include "rollup/rollup.h"

enum { CELLS_MAX = 40000, CASES = 120 };

static const int measures[] = {COST_BilledCost, COST_ListCost, COST_ConsumedQuantity};
enum { MEASURES = 3 };

static const int columns[] = {
    COST_BilledCost,        COST_ListCost,        COST_ConsumedQuantity, COST_BillingCurrency,
    COST_ChargePeriodStart, COST_ServiceName,     COST_ProviderName,     COST_ServiceProviderName,
    COST_x_InstanceType,    COST_SkuPriceDetails, COST_ResourceId,       COST_Tags};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
enum {
    AT_CURRENCY = 3,
    AT_START,
    AT_SERVICE,
    AT_PROVIDER,
    AT_SERVICE_PROVIDER,
    AT_MACHINE,
    AT_SKU,
    AT_RESOURCE,
    AT_TAGS
};

struct naive_cell {
    char key[400]; /* keys and currency, each ended by \x01 */
    int64_t rows;
    struct decimal sums[MEASURES];
    int64_t counts[MEASURES];
};

struct naive {
    struct naive_cell *cells;
    size_t count;
};

static struct str first_of(struct str a, struct str b)
{
    return a.ptr ? a : b;
}

static struct str reported(struct str text, bool tag)
{
    if (!text.ptr)
        return tag ? STR("(untagged)") : STR("(none)");
    return text.len ? text : STR("(empty)");
}

/* The reported value of a dimension for the current row, the slow and plain way. */
static struct str naive_value(struct arena *arena, const struct store_rows *rows, struct str name)
{
    struct str tags = store_rows_text(rows, AT_TAGS);
    int64_t moment = store_rows_moment(rows, AT_START);
    char text[16] = "(none)";
    if (str_is(name, "service"))
        return reported(store_rows_text(rows, AT_SERVICE), false);
    if (str_is(name, "resource"))
        return reported(store_rows_text(rows, AT_RESOURCE), false);
    if (str_is(name, "currency"))
        return reported(store_rows_text(rows, AT_CURRENCY), false);
    if (str_is(name, "provider"))
        return reported(first_of(store_rows_text(rows, AT_PROVIDER),
                                 store_rows_text(rows, AT_SERVICE_PROVIDER)),
                        false);
    if (str_is(name, "instance_type"))
        return reported(first_of(store_rows_text(rows, AT_MACHINE),
                                 first_of(tags_member(arena, store_rows_text(rows, AT_SKU),
                                                      STR("InstanceType")),
                                          tags_member(arena, tags, STR("instance_type")))),
                        false);
    if (str_is(name, "team") || str_is(name, "tag:team"))
        return reported(tags_member(arena, tags, STR("team")), true);
    if (str_is(name, "tag:nr"))
        return reported(tags_member(arena, tags, STR("nr")), true);
    if (moment == MOMENT_NONE)
        return STR("(none)");
    struct day day = day_of_moment(moment);
    if (str_is(name, "month"))
        month_format(day, text);
    else
        day_format(str_is(name, "week") ? week_first(day) : day, text);
    return arena_str(arena, str_from(text));
}

static bool naive_passes(const struct rollup_filter *filter, struct str value)
{
    bool found = false;
    for (size_t i = 0; i < filter->value_count; i++)
        found |= filter->kind == ROLLUP_GLOB ? str_glob(filter->values[i], value)
                                             : str_equal(filter->values[i], value);
    return filter->kind == ROLLUP_NOT_IN ? !found : found;
}

static struct naive_cell *naive_find(struct naive *naive, const char *key)
{
    size_t low = 0;
    size_t high = naive->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(naive->cells[middle].key, key);
        if (order == 0)
            return &naive->cells[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    assert_true(naive->count < CELLS_MAX);
    memmove(&naive->cells[low + 1], &naive->cells[low],
            (naive->count - low) * sizeof(*naive->cells));
    naive->count++;
    naive->cells[low] = (struct naive_cell){.rows = 0};
    snprintf(naive->cells[low].key, sizeof(naive->cells[low].key), "%s", key);
    return &naive->cells[low];
}

static void key_append(char *key, size_t size, struct str text)
{
    size_t length = strlen(key);
    snprintf(key + length, size - length, "%.*s\x01", STR_ARG(text));
}

static void naive_add(struct naive *naive, struct arena *arena, const struct store_rows *rows,
                      const struct rollup_request *request)
{
    struct gr_err err = {0};
    char key[400] = "";
    for (size_t i = 0; i < request->filter_count; i++)
        if (!naive_passes(&request->filters[i],
                          naive_value(arena, rows, request->filters[i].dimension)))
            return;
    for (size_t i = 0; i < request->dimension_count; i++)
        key_append(key, sizeof(key), naive_value(arena, rows, request->dimensions[i]));
    key_append(key, sizeof(key), store_rows_text(rows, AT_CURRENCY));
    struct naive_cell *cell = naive_find(naive, key);
    cell->rows++;
    for (size_t m = 0; m < MEASURES; m++) {
        struct decimal value;
        if (!store_rows_decimal(rows, m, &value))
            continue;
        must(decimal_add(cell->sums[m], value, &cell->sums[m], &err));
        cell->counts[m]++;
    }
}

static void naive_run(struct store *store, const struct rollup_request *request,
                      struct naive *naive)
{
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct store_rows *rows = NULL;
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = columns,
                                         .column_count = COLUMNS,
                                         .first_moment = moment_of_day(request->days.first),
                                         .end_moment = moment_of_day(request->days.end),
                                         .by_billing = request->by_billing_period};
    bool more = true;
    naive->count = 0;
    must(store_rows_open(store, &options, &rows, &err));
    must(store_rows_next(rows, &more, &err));
    while (more) {
        naive_add(naive, &arena, rows, request);
        arena_reset(&arena);
        must(store_rows_next(rows, &more, &err));
    }
    store_rows_close(rows);
    arena_deinit(&arena);
}

static void compare(const struct naive *naive, const struct rollup_result *result,
                    const struct rollup_request *request)
{
    assert_int_equal(naive->count, result->cell_count);
    for (size_t i = 0; i < naive->count; i++) {
        const struct rollup_cell *cell = &result->cells[i];
        char key[400] = "";
        for (size_t k = 0; k < request->dimension_count; k++)
            key_append(key, sizeof(key), cell->keys[k]);
        key_append(key, sizeof(key), cell->currency);
        assert_string_equal(key, naive->cells[i].key);
        assert_int_equal(cell->row_count, naive->cells[i].rows);
        for (size_t m = 0; m < MEASURES; m++) {
            assert_int_equal(cell->value_counts[m], naive->cells[i].counts[m]);
            assert_int_equal(decimal_compare(cell->sums[m], naive->cells[i].sums[m]), 0);
        }
    }
}

static const char *const names[] = {"service",  "provider", "instance_type", "team",
                                    "tag:team", "tag:nr",   "day",           "week",
                                    "month",    "resource", "currency"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static struct str random_value(uint64_t *seed)
{
    static const char *const values[] = {"ml",       "web", "Compute",  "(none)",      "(empty)",
                                         "AWS",      "USD", "3",        "(untagged)",  "2026-10-03",
                                         "i-*",      "*e*", "from-sku", "p5.48xlarge", "2026-10",
                                         "i-000001", "Host"};
    return str_from(values[random_below(seed, sizeof(values) / sizeof(values[0]))]);
}

static void random_request(uint64_t *seed, struct rollup_request *request,
                           struct str filter_values[2][3])
{
    struct day first = day_from_ymd(2026, 9, 25);
    *request = (struct rollup_request){.dataset = DATASET_COST, .measure_count = MEASURES};
    for (size_t m = 0; m < MEASURES; m++)
        request->measures[m] = measures[m];
    request->dimension_count = random_below(seed, 4);
    for (size_t i = 0; i < request->dimension_count; i++)
        request->dimensions[i] = str_from(names[random_below(seed, NAMES)]);
    request->days.first = day_add(first, (int)random_below(seed, 20));
    request->days.end = day_add(request->days.first, (int)random_below(seed, 60));
    if (random_below(seed, 3) == 0)
        request->days = (struct date_range){first, day_add(first, 100)};
    request->by_billing_period = random_below(seed, 4) == 0;
    request->filter_count = random_below(seed, 3);
    for (size_t i = 0; i < request->filter_count; i++) {
        struct rollup_filter *filter = &request->filters[i];
        filter->dimension = str_from(names[random_below(seed, NAMES)]);
        filter->kind = (enum rollup_filter_kind)random_below(seed, 3);
        filter->value_count = 1 + random_below(seed, 3);
        filter->values = filter_values[i];
        for (size_t v = 0; v < filter->value_count; v++)
            filter_values[i][v] = random_value(seed);
    }
}

/* A delivery as bills are: in the order of time, so that days are runs; most rows of one resource
 * have one price; billed is effective but for some rows. */
static void add_ordered(struct store *store, struct batch_texts *texts, uint32_t rows)
{
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct batch *batch = batch_open(DATASET_COST, texts);
    uint64_t seed = 77;
    int64_t first = moment_of_day(day_from_ymd(2026, 9, 20));
    for (uint32_t row = 0; row < rows; row++) {
        static const char *const services[] = {"Compute", "Storage", "(none)", ""};
        unsigned resource = (unsigned)random_below(&seed, 300);
        char name[64];
        char tags[64];
        snprintf(name, sizeof(name), "i-%06u", resource);
        snprintf(tags, sizeof(tags), "{\"team\":\"%s\",\"nr\":%u}", resource % 3 ? "ml" : "web",
                 resource % 40);
        batch_set_moment(batch, COST_ChargePeriodStart, row,
                         first + (int64_t)(row / 60) * MS_PER_DAY / 3);
        batch_set_text(batch, COST_ResourceId, row, str_from(name));
        batch_set_text(batch, COST_Tags, row, str_from(tags));
        batch_set_text(batch, COST_ServiceName, row, str_from(services[resource % 4]));
        batch_set_text(batch, COST_ProviderName, row, STR("AWS"));
        batch_set_text(batch, COST_BillingCurrency, row, resource % 50 ? STR("USD") : STR("EUR"));
        struct decimal cost = {(i128)(1 + random_below(&seed, 7)) * 1250000 * (resource + 1), 9};
        batch_set_decimal(batch, COST_EffectiveCost, row, cost);
        batch_set_decimal(batch, COST_BilledCost, row,
                          row % 30 ? cost : (struct decimal){-(i128)row, 9});
        batch_set_decimal(batch, COST_ListCost, row, (struct decimal){resource % 5, 0});
        batch->rows++;
    }
    struct store_delivery delivery = {.dataset = DATASET_COST,
                                      .source = STR("ordered"),
                                      .period = STR("2026-10"),
                                      .format = STR("test"),
                                      .ingested = MOMENT_NONE};
    must(store_begin(store, &err));
    must(store_delivery_new(store, &delivery, &delivery.id, &err));
    must(store_append(store, delivery.id, batch, NULL, batch->rows, 0, &err));
    must(store_delivery_finish(store, &arena, &delivery, &err));
    must(store_commit(store, &err));
    batch_close(batch);
    arena_deinit(&arena);
}

/* Deliveries of different shape: with and without absent cells, wide amounts, one that fills
 * segments. */
static void fill_store(struct store *store)
{
    struct batch_texts *texts = batch_texts_open();
    struct day first = day_from_ymd(2026, 10, 1);
    add_delivery(store, texts, "a",
                 &(struct made_rows){.seed = 1, .rows = 3000, .first = first, .days = 31});
    add_delivery(
        store, texts, "b",
        &(struct made_rows){.seed = 2, .rows = 2000, .first = first, .days = 40, .absent = true});
    add_delivery(
        store, texts, "c",
        &(struct made_rows){
            .seed = 3, .rows = 900, .first = first, .days = 10, .wide = true, .absent = true});
    add_delivery(store, texts, "d",
                 &(struct made_rows){.seed = 4, .rows = 1, .first = first, .days = 1});
    add_ordered(store, texts, 9000);
    batch_texts_close(texts);
}

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct naive naive;
};

static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *fixture = gr_alloc_zeroed(1, sizeof(*fixture));
    folder_make(&fixture->folder);
    must(store_open(fixture->folder.store, STORE_WRITE, &fixture->store, &err));
    fill_store(fixture->store);
    store_close(fixture->store);
    must(store_open(fixture->folder.store, STORE_READ, &fixture->store, &err));
    fixture->naive.cells = gr_alloc((CELLS_MAX + 1) * sizeof(*fixture->naive.cells));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    folder_remove(&fixture->folder);
    free(fixture->naive.cells);
    free(fixture);
    return 0;
}

static void a_rollup_is_what_a_plain_loop_over_the_rows_gives(void **state)
{
    struct fixture *fixture = *state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    uint64_t seed = 20261001;
    size_t levels = 0;
    const char *const *level_names = kernels_levels(&levels);
    struct pool *pools[4];
    for (unsigned i = 0; i < 4; i++)
        pools[i] = pool_open(i + 1);
    for (unsigned i = 0; i < CASES; i++) {
        struct rollup_request request;
        struct rollup_result result;
        struct str values[2][3];
        random_request(&seed, &request, values);
        naive_run(fixture->store, &request, &fixture->naive);
        must(rollup_run(fixture->store, pools[i % 4], kernels_select(level_names[i % levels]),
                        &request, &arena, &result, &err));
        compare(&fixture->naive, &result, &request);
        arena_reset(&arena);
    }
    for (unsigned i = 0; i < 4; i++)
        pool_close(pools[i]);
    arena_deinit(&arena);
}

/* ---- the largest groups ---- */

static const struct rollup_cell *sorted_cells;
static size_t ranking_measure;

static int by_rank(const void *a, const void *b)
{
    const struct rollup_cell *x = &sorted_cells[*(const size_t *)a];
    const struct rollup_cell *y = &sorted_cells[*(const size_t *)b];
    int order = decimal_compare(y->sums[ranking_measure], x->sums[ranking_measure]);
    return order ? order : (x > y) - (x < y);
}

static const struct rollup_cell *other_of(const struct rollup_result *result, struct str currency)
{
    for (size_t i = 0; i < result->cell_count; i++)
        if (result->cells[i].is_other && str_equal(result->cells[i].currency, currency))
            return &result->cells[i];
    return NULL;
}

static void same_numbers(const struct rollup_cell *a, const struct rollup_cell *b)
{
    assert_int_equal(a->row_count, b->row_count);
    for (size_t m = 0; m < MEASURES; m++) {
        assert_int_equal(a->value_counts[m], b->value_counts[m]);
        assert_int_equal(decimal_compare(a->sums[m], b->sums[m]), 0);
    }
}

/* `all` has every cell; what `best` should be is ranked here. */
static void compare_top(const struct rollup_result *all, const struct rollup_result *best,
                        const struct rollup_request *request)
{
    struct gr_err err = {0};
    size_t *order = gr_alloc((all->cell_count + 1) * sizeof(*order));
    bool *kept = gr_alloc_zeroed(all->cell_count + 1, sizeof(*kept));
    for (size_t i = 0; i < all->cell_count; i++)
        order[i] = i;
    sorted_cells = all->cells;
    ranking_measure = request->top_measure;
    if (all->cell_count)
        qsort(order, all->cell_count, sizeof(*order), by_rank);
    for (size_t i = 0; i < all->cell_count; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < i; j++)
            rank += str_equal(all->cells[order[j]].currency, all->cells[order[i]].currency);
        kept[order[i]] = rank < request->top;
    }
    size_t at = 0;
    for (size_t i = 0; i < all->cell_count; i++) {
        const struct rollup_cell *cell = &all->cells[i];
        if (!kept[i])
            continue;
        assert_false(best->cells[at].is_other);
        for (size_t k = 0; k < request->dimension_count; k++)
            assert_true(str_equal(cell->keys[k], best->cells[at].keys[k]));
        assert_true(str_equal(cell->currency, best->cells[at].currency));
        same_numbers(cell, &best->cells[at++]);
    }
    for (size_t o = at; o < best->cell_count; o++) {
        struct decimal sums[MEASURES] = {{0}};
        int64_t counts[MEASURES] = {0};
        struct rollup_cell others = {.sums = sums, .value_counts = counts};
        assert_ptr_equal(other_of(best, best->cells[o].currency), &best->cells[o]);
        for (size_t i = 0; i < all->cell_count; i++) {
            if (kept[i] || !str_equal(all->cells[i].currency, best->cells[o].currency))
                continue;
            others.row_count += all->cells[i].row_count;
            for (size_t m = 0; m < MEASURES; m++) {
                counts[m] += all->cells[i].value_counts[m];
                must(decimal_add(sums[m], all->cells[i].sums[m], &sums[m], &err));
            }
        }
        same_numbers(&others, &best->cells[o]);
    }
    for (size_t i = 0; i < all->cell_count; i++)
        assert_true(kept[i] || other_of(best, all->cells[i].currency));
    free(order);
    free(kept);
}

static void the_top_is_what_ranking_all_cells_gives(void **state)
{
    struct fixture *fixture = *state;
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    uint64_t seed = 4711;
    for (unsigned i = 0; i < 3 * CASES; i++) {
        struct rollup_request request;
        struct rollup_result all;
        struct rollup_result best;
        struct str values[2][3];
        random_request(&seed, &request, values);
        must(rollup_run(fixture->store, NULL, NULL, &request, &arena, &all, &err));
        request.top = 1 + random_below(&seed, i % 2 ? 4 : 60);
        request.top_measure = random_below(&seed, MEASURES);
        must(rollup_run(fixture->store, NULL, NULL, &request, &arena, &best, &err));
        compare_top(&all, &best, &request);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
}

static struct decimal total_of(struct store *store, struct rollup_request *request, struct str by,
                               struct str currency)
{
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    struct rollup_result result;
    struct decimal total = DECIMAL_ZERO;
    request->dimension_count = by.ptr ? 1 : 0;
    request->dimensions[0] = by;
    must(rollup_run(store, NULL, NULL, request, &arena, &result, &err));
    for (size_t i = 0; i < result.cell_count; i++)
        if (str_equal(result.cells[i].currency, currency))
            must(decimal_add(total, result.cells[i].sums[0], &total, &err));
    arena_deinit(&arena);
    return total;
}

static void the_parts_of_a_rollup_add_up_to_the_whole(void **state)
{
    struct fixture *fixture = *state;
    struct rollup_request request = {
        .dataset = DATASET_COST,
        .measures = {COST_BilledCost},
        .measure_count = 1,
        .days = { day_from_ymd(2026, 10, 1), day_from_ymd(2026, 11, 30)},
    };
    struct decimal whole = total_of(fixture->store, &request, STR_NONE, STR("USD"));
    assert_false(decimal_is_zero(whole));
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(decimal_compare(whole, total_of(fixture->store, &request,
                                                         str_from(names[i]), STR("USD"))),
                         0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rollup_is_what_a_plain_loop_over_the_rows_gives, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_top_is_what_ranking_all_cells_gives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_parts_of_a_rollup_add_up_to_the_whole, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
