/* decode(encode(x)) = x, for random columns of every shape, on every SIMD level. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "store/encoding.h"

enum { CASES = 400 };

struct fixture {
    struct encoder *encoder;
    struct column_data data;
    uint8_t *bytes;
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
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static void decode(struct fixture *fixture, uint32_t rows, const char *level)
{
    struct gr_err err = {0};
    memcpy(fixture->bytes, fixture->encoder->bytes, fixture->encoder->length);
    must(column_decode(fixture->bytes, fixture->encoder->length, rows, kernels_select(level),
                       &fixture->data, &err));
    assert_int_equal(fixture->data.rows, rows);
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
        encode_decimals(fixture->encoder, column->units, column->scales, column->wide, rows, &facts,
                        &scale);
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
        cmocka_unit_test_setup_teardown(damaged_chunks_are_refused_or_harmless, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
