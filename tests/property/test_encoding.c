/* decode(encode(x)) = x, for random columns of every shape, on every SIMD level. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "store/encoding.h"
#include "store/view.h"

enum { CASES = 400 };

struct fixture {
    struct encoder *encoder;
    struct column_data data;
    uint8_t *bytes;
    struct column_view view;
};

static int set_up(void **state)
{
    struct fixture *fixture = gr_alloc_zeroed(1, sizeof(*fixture));
    fixture->encoder = encoder_open();
    fixture->bytes = gr_alloc(CHUNK_CEILING + KERNEL_SLACK_BYTES);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    encoder_close(fixture->encoder);
    column_data_deinit(&fixture->data);
    column_view_deinit(&fixture->view);
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static i128 view_packed(const struct column_view *view, uint32_t row)
{
    uint64_t rest = 0;
    i128 number = view->base;
    for (unsigned byte = 0; byte < view->width; byte++)
        rest |= (uint64_t)view->packed[(size_t)row * view->width + byte] << (8 * byte);
    number += (i128)view->factor * rest;
    for (uint32_t i = 0; i < view->patch_count; i++)
        if (view->patches[i].row == row)
            number += view->patches[i].difference;
    return number;
}

/* The number or code of a row, 0 when it is absent. *run moves on with ascending rows. */
static i128 view_cell(const struct column_view *view, uint32_t row, uint32_t *run)
{
    bool text = view->data.kind == COLUMN_TEXT;
    switch (view->form) {
    case COLUMN_VIEW_ABSENT:
        return 0;
    case COLUMN_VIEW_CONSTANT:
        return text ? view->data.dictionary[0] : view->data.constant;
    case COLUMN_VIEW_RUNS:
        while (view->runs[*run].end <= row)
            ++*run;
        return text ? view->data.dictionary[view->runs[*run].value] : view->runs[*run].value;
    case COLUMN_VIEW_STEP:
        return view->base + (i128)row * view->factor;
    case COLUMN_VIEW_PACKED:
        return view_packed(view, row);
    case COLUMN_VIEW_CODES:
    case COLUMN_VIEW_DECODED:
        break;
    }
    return text ? column_code(&view->data, row) : column_number(&view->data, row);
}

/* Whoever looks at a column without decoding it sees what decoding gives. */
static void assert_view_is(struct fixture *fixture, const uint8_t *bytes, size_t length,
                           uint32_t rows, const char *level)
{
    struct gr_err err = {0};
    const struct column_data *data = &fixture->data;
    struct column_view *view = &fixture->view;
    uint32_t run = 0;
    uint32_t step = rows > 5000 ? 13 : 1;
    must(column_view_read(bytes, length, rows, kernels_select(level), view, &err));
    if (data->form == COLUMN_ABSENT) {
        assert_int_equal(view->form, COLUMN_VIEW_ABSENT);
        return;
    }
    assert_int_equal(view->data.kind, data->kind);
    assert_int_equal(view->data.scale, data->scale);
    for (uint32_t row = 0; row < rows; row += step)
        assert_true(
            view_cell(view, row, &run) ==
            (data->kind == COLUMN_TEXT ? (i128)column_code(data, row) : column_number(data, row)));
    if (data->kind == COLUMN_TEXT && column_last_code(bytes, length))
        for (uint32_t i = 0; i < data->dictionary_count; i++)
            assert_true(data->dictionary[i] <= column_last_code(bytes, length));
}

/* Of bytes that may be damaged: it fails, or every cell can be read. */
static void look_at_view(struct fixture *fixture, const uint8_t *bytes, size_t length,
                         uint32_t rows)
{
    struct gr_err err = {0};
    struct column_view *view = &fixture->view;
    uint32_t run = 0;
    i128 sum = 0;
    (void)column_last_code(bytes, length);
    if (column_view_read(bytes, length, rows, kernels_select("auto"), view, &err)) {
        assert_int_equal(err.status, GR_ESTORE);
        return;
    }
    for (uint32_t row = 0; row < rows; row++)
        sum += view_cell(view, row, &run);
    assert_true(sum > -((i128)1 << 100));
}

static void decode(struct fixture *fixture, uint32_t rows, const char *level)
{
    struct gr_err err = {0};
    memcpy(fixture->bytes, fixture->encoder->bytes, fixture->encoder->length);
    must(column_decode(fixture->bytes, fixture->encoder->length, rows, kernels_select(level),
                       &fixture->data, &err));
    assert_int_equal(fixture->data.rows, rows);
    assert_view_is(fixture, fixture->bytes, fixture->encoder->length, rows, level);
}

static uint32_t random_rows(uint64_t *seed)
{
    static const uint32_t sizes[] = {1, 2, 7, 8, 9, 100, 1000, 5000, 65535, 65536};
    return sizes[random_below(seed, 10)];
}

/* Some columns come in runs, some are all alike. */
static bool keep_last(uint64_t *seed, uint32_t shape, uint32_t row)
{
    return row && (shape == 1 || (shape == 2 && random_below(seed, 40)));
}

static void text_codes_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 7;
    uint32_t *codes = gr_alloc(BATCH_ROWS * sizeof(*codes));
    for (int i = 0; i < CASES; i++) {
        size_t levels = 0;
        const char *const *names = kernels_levels(&levels);
        struct chunk_facts facts;
        uint32_t rows = random_rows(&seed);
        uint32_t shape = random_below(&seed, 4);
        uint32_t bits = 1 + random_below(&seed, 32);
        uint32_t low = random_below(&seed, 3) ? 0 : random_below(&seed, 1u << 30);
        for (uint32_t row = 0; row < rows; row++)
            codes[row] = keep_last(&seed, shape, row)
                             ? codes[row - 1]
                             : (uint32_t)(random_next(&seed) >> (64 - bits)) | low;
        encode_text(fixture->encoder, codes, rows, &facts);
        decode(fixture, rows, names[(size_t)i % levels]);
        uint32_t nulls = 0;
        for (uint32_t row = 0; row < rows; row++) {
            assert_int_equal(column_code(&fixture->data, row), codes[row]);
            nulls += codes[row] == 0;
        }
        assert_int_equal(nulls, facts.nulls);
        assert_int_equal(nulls, fixture->data.nulls);
    }
    free(codes);
}

static void whole_numbers_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 11;
    int64_t *values = gr_alloc(BATCH_ROWS * sizeof(*values));
    for (int i = 0; i < CASES; i++) {
        size_t levels = 0;
        const char *const *names = kernels_levels(&levels);
        struct chunk_facts facts;
        uint32_t rows = random_rows(&seed);
        uint32_t shape = random_below(&seed, 5);
        uint32_t bits = 1 + random_below(&seed, 64);
        int64_t factor = random_below(&seed, 2) && bits < 40 ? 3600000 : 1;
        bool absent = random_below(&seed, 3) == 0;
        for (uint32_t row = 0; row < rows; row++) {
            values[row] = keep_last(&seed, shape, row)
                              ? values[row - 1]
                              : ((int64_t)random_next(&seed) >> (64 - bits)) * factor;
            if (shape == 3)
                values[row] = (int64_t)row * 86400000 - 5;
            if (absent && random_below(&seed, 5) == 0)
                values[row] = MOMENT_NONE;
        }
        encode_whole(fixture->encoder, values, rows, &facts);
        decode(fixture, rows, names[(size_t)i % levels]);
        for (uint32_t row = 0; row < rows; row++) {
            assert_int_equal(column_is_null(&fixture->data, row), values[row] == MOMENT_NONE);
            if (values[row] != MOMENT_NONE)
                assert_true(column_number(&fixture->data, row) == values[row]);
        }
    }
    free(values);
}

static void decimals_come_back_to_the_last_digit(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 13;
    struct batch_texts *texts = batch_texts_open();
    for (int i = 0; i < CASES / 4; i++) {
        size_t levels = 0;
        const char *const *names = kernels_levels(&levels);
        struct chunk_facts facts;
        struct batch *batch = batch_open(DATASET_COST, texts);
        uint32_t rows = random_rows(&seed);
        uint32_t bits = 1 + random_below(&seed, 60);
        bool wide = random_below(&seed, 3) == 0;
        uint8_t scale = 0;
        batch_column_ready(batch, COST_BilledCost);
        for (uint32_t row = 0; row < rows; row++) {
            struct decimal value = {(int64_t)random_next(&seed) >> (64 - bits),
                                    (uint8_t)random_below(&seed, wide ? 15 : 4)};
            if (wide && random_below(&seed, 9) == 0)
                value = (struct decimal){(i128)random_next(&seed) * (int64_t)1000000007, 28};
            if (random_below(&seed, 6))
                batch_set_decimal(batch, COST_BilledCost, row, decimal_normal(value));
        }
        const struct batch_column *column = &batch->columns[COST_BilledCost];
        decimals_read(fixture->encoder, column->units, column->scales, column->wide, rows, &facts,
                      &scale);
        decimals_encode(fixture->encoder, rows, scale, random_below(&seed, 2), &facts);
        decode(fixture, rows, names[(size_t)i % levels]);
        for (uint32_t row = 0; row < rows; row++) {
            struct decimal want;
            bool there = batch_decimal(batch, COST_BilledCost, row, &want);
            assert_int_equal(column_is_null(&fixture->data, row), !there);
            if (there)
                assert_int_equal(decimal_compare(column_decimal(&fixture->data, row), want), 0);
        }
        batch_close(batch);
    }
    batch_texts_close(texts);
}

/* ---- columns that lean on others ---- */

/* Own chunk and the others as scan.c hands them to column_decode(). */
struct bundled {
    uint8_t *bytes;
    size_t length;
    size_t own; /* where the own chunk stands */
};

static void bundle_start(struct bundled *bundle, uint8_t chunks)
{
    bundle->bytes = gr_alloc_zeroed(4, CHUNK_CEILING);
    bundle->bytes[0] = CHUNK_BUNDLE;
    bundle->bytes[1] = chunks;
    bundle->length = 32;
}

static void bundle_add(struct bundled *bundle, uint32_t number, const uint8_t *bytes, size_t length)
{
    for (unsigned i = 0; i < 8; i++)
        bundle->bytes[8 + 8 * number + i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(bundle->bytes + bundle->length, bytes, length);
    bundle->length += (length + KERNEL_SLACK_BYTES + 7) & ~(size_t)7;
}

struct leaning {
    struct encode_key *key;
    struct encode_base *base;
    uint8_t *key_bytes;
    size_t key_length;
    uint8_t *base_bytes;
    size_t base_length;
    uint32_t *codes;
    int64_t *units;
    uint8_t *scales;
    uint32_t rows;
};

static void leaning_open(struct leaning *l)
{
    *l = (struct leaning){.key = gr_alloc_zeroed(1, sizeof(*l->key)),
                          .base = gr_alloc_zeroed(1, sizeof(*l->base)),
                          .key_bytes = gr_alloc(CHUNK_CEILING),
                          .base_bytes = gr_alloc(CHUNK_CEILING),
                          .codes = gr_alloc(BATCH_ROWS * sizeof(uint32_t)),
                          .units = gr_alloc(BATCH_ROWS * sizeof(int64_t)),
                          .scales = gr_alloc(BATCH_ROWS)};
}

static void leaning_close(struct leaning *l)
{
    free(l->key);
    free(l->base);
    free(l->key_bytes);
    free(l->base_bytes);
    free(l->codes);
    free(l->units);
    free(l->scales);
}

/* A key of up to `kinds` codes, absent rows among them, and a quantity in 1e-3. */
static void make_leaned_on(struct fixture *fixture, struct leaning *l, uint64_t *seed)
{
    struct chunk_facts facts;
    uint8_t scale = 0;
    uint32_t kinds = 2 + random_below(seed, 2000);
    bool absent = random_below(seed, 2);
    for (uint32_t row = 0; row < l->rows; row++)
        l->codes[row] = random_below(seed, kinds) + !absent;
    encode_text(fixture->encoder, l->codes, l->rows, &facts);
    l->key_length = fixture->encoder->length;
    memcpy(l->key_bytes, fixture->encoder->bytes, l->key_length);
    if (!encode_key_make(l->key, fixture->encoder, 17, l->rows))
        l->key->count = 0;
    for (uint32_t row = 0; row < l->rows; row++) {
        l->units[row] = (int64_t)random_below(seed, 1 << 20) - 1000;
        l->scales[row] = random_below(seed, 50) ? 3 : DECIMAL_CELL_NULL;
    }
    decimals_read(fixture->encoder, l->units, l->scales, NULL, l->rows, &facts, &scale);
    encode_base_make(l->base, fixture->encoder, 18, l->rows, scale, &facts);
    decimals_encode(fixture->encoder, l->rows, scale, random_below(seed, 2), &facts);
    l->base_length = fixture->encoder->length;
    memcpy(l->base_bytes, fixture->encoder->bytes, l->base_length);
}

static void decode_bundled(struct fixture *fixture, const struct leaning *l, bool key, bool base,
                           const char *level)
{
    struct gr_err err = {0};
    struct bundled bundle;
    uint8_t chunks = 1;
    bundle_start(&bundle, (uint8_t)(1 + key + base));
    bundle_add(&bundle, 0, fixture->encoder->bytes, fixture->encoder->length);
    if (key)
        bundle_add(&bundle, chunks++, l->key_bytes, l->key_length);
    if (base)
        bundle_add(&bundle, chunks++, l->base_bytes, l->base_length);
    must(column_decode(bundle.bytes, bundle.length, l->rows, kernels_select(level), &fixture->data,
                       &err));
    assert_int_equal(fixture->data.rows, l->rows);
    assert_view_is(fixture, bundle.bytes, bundle.length, l->rows, level);
    free(bundle.bytes);
}

static const char *level_of(int number)
{
    size_t levels = 0;
    const char *const *names = kernels_levels(&levels);
    return names[(size_t)number % levels];
}

static void texts_that_another_decides_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 19;
    uint32_t *codes = gr_alloc(BATCH_ROWS * sizeof(*codes));
    int encoded = 0;
    struct leaning l;
    leaning_open(&l);
    for (int i = 0; i < CASES / 4; i++) {
        struct chunk_facts facts;
        l.rows = random_rows(&seed);
        make_leaned_on(fixture, &l, &seed);
        if (!l.key->count)
            continue;
        uint32_t most = 1 + random_below(&seed, 5000);
        uint32_t patch = 10 + random_below(&seed, 200);
        for (uint32_t row = 0; row < l.rows; row++)
            codes[row] = random_below(&seed, patch) ? l.codes[row] * UINT32_C(2654435761) % most
                                                    : random_below(&seed, 9);
        if (!encode_function(fixture->encoder, l.key, codes, l.rows, true, &facts))
            continue;
        encoded++;
        for (uint32_t row = 0; row < l.rows; row++)
            assert_int_equal(fixture->encoder->dictionary[fixture->encoder->codes[row]],
                             codes[row]);
        decode_bundled(fixture, &l, true, false, level_of(i));
        assert_int_equal(fixture->data.nulls, facts.nulls);
        for (uint32_t row = 0; row < l.rows; row++)
            assert_int_equal(column_code(&fixture->data, row), codes[row]);
    }
    assert_true(encoded > 20);
    leaning_close(&l);
    free(codes);
}

static void assert_values(const struct fixture *fixture, const struct leaning *l)
{
    for (uint32_t row = 0; row < l->rows; row++) {
        bool absent = l->scales[row] == DECIMAL_CELL_NULL;
        struct decimal want = {absent ? 0 : l->units[row], absent ? 0 : l->scales[row]};
        assert_int_equal(column_is_null(&fixture->data, row), absent);
        assert_int_equal(decimal_compare(column_decimal(&fixture->data, row), want), 0);
    }
}

static void amounts_that_are_like_another_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 23;
    int encoded = 0;
    struct leaning l;
    leaning_open(&l);
    for (int i = 0; i < CASES / 4; i++) {
        struct chunk_facts facts;
        uint8_t scale = 0;
        l.rows = random_rows(&seed);
        make_leaned_on(fixture, &l, &seed);
        uint32_t patch = 4 + random_below(&seed, 100);
        bool other_nulls = random_below(&seed, 2);
        for (uint32_t row = 0; row < l.rows; row++) {
            if (random_below(&seed, patch) == 0 && l.scales[row] != DECIMAL_CELL_NULL)
                l.units[row] = (int64_t)(random_next(&seed) >> random_below(&seed, 60)) / 2;
            if (other_nulls && random_below(&seed, 50) == 0)
                l.scales[row] = DECIMAL_CELL_NULL;
        }
        decimals_read(fixture->encoder, l.units, l.scales, NULL, l.rows, &facts, &scale);
        if (!facts.narrow || facts.nulls == l.rows ||
            !encode_like(fixture->encoder, l.base, l.rows, scale, &facts))
            continue;
        encoded++;
        decode_bundled(fixture, &l, false, true, level_of(i));
        assert_values(fixture, &l);
    }
    assert_true(encoded > 20);
    leaning_close(&l);
}

static void rates_times_quantities_come_back(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 29;
    int encoded = 0;
    struct leaning l;
    leaning_open(&l);
    for (int i = 0; i < CASES / 4; i++) {
        struct chunk_facts facts;
        uint8_t scale = 0;
        bool by_quantity = random_below(&seed, 2);
        l.rows = random_rows(&seed);
        make_leaned_on(fixture, &l, &seed);
        uint32_t patch = 20 + random_below(&seed, 200);
        for (uint32_t row = 0; row < l.rows; row++) {
            int64_t rate = (int64_t)(l.codes[row] * UINT32_C(2654435761) % 100000) - 300;
            l.units[row] = rate * (by_quantity ? l.base->values[row] : 1);
            l.scales[row] = random_below(&seed, 40) ? 9 : DECIMAL_CELL_NULL;
            if (random_below(&seed, patch) == 0)
                l.units[row] = (int64_t)(random_next(&seed) >> (1 + random_below(&seed, 60)));
        }
        decimals_read(fixture->encoder, l.units, l.scales, NULL, l.rows, &facts, &scale);
        if (!facts.narrow || facts.nulls == l.rows ||
            !encode_scaled(fixture->encoder, l.key, by_quantity ? l.base : NULL, l.rows, scale,
                           &facts))
            continue;
        encoded++;
        decode_bundled(fixture, &l, true, by_quantity, level_of(i));
        assert_values(fixture, &l);
    }
    assert_true(encoded > 20);
    leaning_close(&l);
}

static void damaged_bundles_are_refused_or_harmless(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 31;
    struct leaning l;
    leaning_open(&l);
    l.rows = 5000;
    do
        make_leaned_on(fixture, &l, &seed);
    while (!l.key->count);
    for (int i = 0; i < 6000; i++) {
        struct chunk_facts facts;
        struct gr_err err = {0};
        struct bundled bundle;
        uint8_t scale = 0;
        bool text = i % 3 == 0;
        bool key = i % 3 != 1;
        bool base = i % 3 != 0;
        for (uint32_t row = 0; row < l.rows; row++) {
            l.units[row] = (row % 99 ? l.base->values[row] : 5) * (key ? l.codes[row] + 1 : 1);
            l.scales[row] = key ? 9 : 3;
        }
        decimals_read(fixture->encoder, l.units, l.scales, NULL, l.rows, &facts, &scale);
        bool done = text  ? encode_function(fixture->encoder, l.key, l.codes, l.rows, false, &facts)
                    : key ? encode_scaled(fixture->encoder, l.key, l.base, l.rows, scale, &facts)
                          : encode_like(fixture->encoder, l.base, l.rows, scale, &facts);
        assert_true(done);
        bundle_start(&bundle, (uint8_t)(1 + key + base));
        bundle_add(&bundle, 0, fixture->encoder->bytes, fixture->encoder->length);
        if (key)
            bundle_add(&bundle, 1, l.key_bytes, l.key_length);
        if (base)
            bundle_add(&bundle, 1 + key, l.base_bytes, l.base_length);
        uint32_t where = random_below(&seed, 3);
        uint32_t at = where == 0   ? random_below(&seed, 128)
                      : where == 1 ? random_below(&seed, (uint32_t)bundle.length)
                                   : 32 + random_below(&seed, (uint32_t)fixture->encoder->length);
        bundle.bytes[at] ^= (uint8_t)(1u << random_below(&seed, 8));
        look_at_view(fixture, bundle.bytes, bundle.length, l.rows);
        if (column_decode(bundle.bytes, bundle.length, l.rows, kernels_select("auto"),
                          &fixture->data, &err))
            assert_int_equal(err.status, GR_ESTORE);
        else
            for (uint32_t row = 0; row < l.rows; row++)
                (void)(fixture->data.kind == COLUMN_TEXT ? column_code(&fixture->data, row)
                                                         : column_number(&fixture->data, row));
        free(bundle.bytes);
    }
    leaning_close(&l);
}

/* A store file is input: whatever byte is changed, decoding either fails or gives a sound column.
 */
static void damaged_chunks_are_refused_or_harmless(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = 17;
    uint32_t codes[1000];
    int64_t values[1000];
    struct chunk_facts facts;
    for (uint32_t i = 0; i < 1000; i++) {
        codes[i] = random_below(&seed, 300);
        values[i] = (int64_t)(random_next(&seed) >> 30);
    }
    for (int i = 0; i < 20000; i++) {
        struct gr_err err = {0};
        if (i % 2)
            encode_text(fixture->encoder, codes, 1000, &facts);
        else
            encode_whole(fixture->encoder, values, 1000, &facts);
        size_t length = fixture->encoder->length;
        memcpy(fixture->bytes, fixture->encoder->bytes, length);
        uint32_t at = random_below(&seed, random_below(&seed, 2) ? 32 : (uint32_t)length);
        fixture->bytes[at] ^= (uint8_t)(1u << random_below(&seed, 8));
        if (random_below(&seed, 4) == 0)
            length = random_below(&seed, (uint32_t)length);
        look_at_view(fixture, fixture->bytes, length, 1000);
        if (column_decode(fixture->bytes, length, 1000, kernels_select("auto"), &fixture->data,
                          &err)) {
            assert_int_equal(err.status, GR_ESTORE);
            continue;
        }
        i128 sum = 0;
        for (uint32_t row = 0; row < 1000; row++)
            sum += fixture->data.kind == COLUMN_TEXT ? column_code(&fixture->data, row)
                                                     : column_number(&fixture->data, row);
        assert_true(sum > -((i128)1 << 80));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_codes_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_numbers_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decimals_come_back_to_the_last_digit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_that_another_decides_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(amounts_that_are_like_another_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rates_times_quantities_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_bundles_are_refused_or_harmless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_chunks_are_refused_or_harmless, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
