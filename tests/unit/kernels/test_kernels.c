/* Every instruction set that this CPU has gives what the scalar table gives, for lengths 0..67, odd
 * offsets and all widths; nothing is written behind the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"

enum { LENGTH_MAX = 67, OFFSET_MAX = 9, BIG = 5000 };

static uint64_t random_state = UINT64_C(88172645463325252);

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void fill(void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(random_next() >> 24);
}

/* Calls check() for each table but the scalar one, for each length and offset. */
static void each(void (*check)(const struct kernels *scalar, const struct kernels *other,
                               size_t length, size_t offset))
{
    size_t levels = 0;
    const char *const *names = kernels_levels(&levels);
    const struct kernels *scalar = kernels_select("scalar");
    for (size_t l = 0; l < levels; l++)
        for (size_t length = 0; length <= LENGTH_MAX; length++)
            for (size_t offset = 0; offset < OFFSET_MAX; offset++)
                check(scalar, kernels_select(names[l]), length, offset);
}

static void check_unpack_codes(const struct kernels *scalar, const struct kernels *other,
                               size_t length, size_t offset)
{
    uint8_t packed[LENGTH_MAX * 2 + OFFSET_MAX + KERNEL_SLACK_BYTES];
    for (unsigned width = 1; width <= 16; width++) {
        uint16_t a[LENGTH_MAX + 1];
        uint16_t b[LENGTH_MAX + 1];
        fill(packed, sizeof(packed));
        memset(a, 0xA5, sizeof(a));
        memset(b, 0xA5, sizeof(b));
        scalar->unpack_codes(packed + offset, width, length, a);
        other->unpack_codes(packed + offset, width, length, b);
        assert_memory_equal(a, b, sizeof(a));
    }
}

static void unpack_codes_is_the_same_everywhere(void **state)
{
    (void)state;
    each(check_unpack_codes);
}

static void check_unpack_values(const struct kernels *scalar, const struct kernels *other,
                                size_t length, size_t offset)
{
    uint8_t packed[LENGTH_MAX * 8 + OFFSET_MAX + KERNEL_SLACK_BYTES];
    for (unsigned width = 1; width <= 8; width++)
        for (int64_t factor = 1; factor < 4000000; factor *= 2000) {
            int64_t a[LENGTH_MAX + 1];
            int64_t b[LENGTH_MAX + 1];
            int64_t base = (int64_t)random_next();
            fill(packed, sizeof(packed));
            memset(a, 0xA5, sizeof(a));
            memset(b, 0xA5, sizeof(b));
            scalar->unpack_values(packed + offset, width, length, base, factor, a);
            other->unpack_values(packed + offset, width, length, base, factor, b);
            assert_memory_equal(a, b, sizeof(a));
        }
}

static void unpack_values_is_the_same_everywhere(void **state)
{
    (void)state;
    each(check_unpack_values);
}

static void check_groups(const struct kernels *scalar, const struct kernels *other, size_t length,
                         size_t offset)
{
    uint8_t memory[(LENGTH_MAX + 2) * 8 + OFFSET_MAX];
    int64_t *values = (int64_t *)(void *)(memory + offset / 8 * 8);
    uint32_t groups[LENGTH_MAX];
    i128 sums[2][256] = {{0}};
    int64_t counts[2][256] = {{0}};
    fill(memory, sizeof(memory));
    for (size_t i = 0; i < length; i++)
        groups[i] = (uint32_t)(random_next() % 256);
    const struct kernels *tables[2] = {scalar, other};
    for (int t = 0; t < 2; t++) {
        tables[t]->sum_grouped(groups, values, length, sums[t]);
        tables[t]->count_grouped(groups, length, counts[t]);
    }
    assert_memory_equal(sums[0], sums[1], sizeof(sums[0]));
    assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
    assert_true(scalar->sum(values, length) == other->sum(values, length));
}

static void grouped_sums_are_the_same_everywhere(void **state)
{
    (void)state;
    each(check_groups);
}

/* Ids of a few groups, in runs and out of them, so that a sum is met again at once. */
static void fill_ids(uint16_t *ids, size_t length, uint16_t groups)
{
    for (size_t i = 0; i < length; i++)
        ids[i] = i && random_next() % 2 ? ids[i - 1] : (uint16_t)(random_next() % groups);
}

static void check_ids(const struct kernels *scalar, const struct kernels *other, size_t length,
                      size_t offset)
{
    enum { GROUPS = 40 };
    uint16_t memory[2][LENGTH_MAX + OFFSET_MAX];
    uint16_t out[2][LENGTH_MAX + 1];
    uint16_t table[GROUPS];
    uint8_t verdicts[GROUPS];
    uint8_t keep[2][LENGTH_MAX + 1];
    const uint16_t *a = memory[0] + offset;
    const uint16_t *b = memory[1] + offset;
    const struct kernels *tables[2] = {scalar, other};
    fill_ids(memory[0] + offset, length, GROUPS);
    fill_ids(memory[1] + offset, length, GROUPS);
    fill(table, sizeof(table));
    for (size_t i = 0; i < GROUPS; i++)
        verdicts[i] = random_next() % 2;
    for (size_t i = 0; i <= LENGTH_MAX; i++)
        keep[0][i] = keep[1][i] = random_next() % 2;
    memset(out, 0xA5, sizeof(out));
    for (int t = 0; t < 2; t++)
        tables[t]->map_ids(a, table, length, out[t]);
    assert_memory_equal(out[0], out[1], sizeof(out[0]));
    assert_int_equal(scalar->max_id(out[0], length), other->max_id(out[0], length));
    for (int t = 0; t < 2; t++)
        tables[t]->combine_ids(a, GROUPS, b, length, out[t]);
    assert_memory_equal(out[0], out[1], sizeof(out[0]));
    for (int t = 0; t < 2; t++)
        tables[t]->drop_ids(a, keep[t], 50000, length, out[t]);
    assert_memory_equal(out[0], out[1], sizeof(out[0]));
    for (int t = 0; t < 2; t++)
        tables[t]->keep_ids(a, verdicts, length, keep[t]);
    assert_memory_equal(keep[0], keep[1], sizeof(keep[0]));
}

static void ids_are_treated_the_same_everywhere(void **state)
{
    (void)state;
    each(check_ids);
}

static void check_packed_sums(const struct kernels *scalar, const struct kernels *other,
                              size_t length, size_t offset)
{
    enum { GROUPS = 5 };
    uint8_t packed[LENGTH_MAX * 8 + OFFSET_MAX + KERNEL_SLACK_BYTES];
    uint16_t ids[LENGTH_MAX];
    int64_t values[LENGTH_MAX];
    const struct kernels *tables[2] = {scalar, other};
    fill(packed, sizeof(packed));
    fill_ids(ids, length, GROUPS);
    for (unsigned width = 1; width <= KERNEL_SUM_WIDTH_MAX; width++)
        for (size_t stride = width; stride <= 8; stride++) {
            struct kernel_sum sums[2][2 * GROUPS] = {{{0}}};
            uint64_t all = 0;
            for (int t = 0; t < 2; t++) {
                tables[t]->sum_packed(packed + offset, stride, width, ids, length, sums[t]);
                tables[t]->count_ids(ids, length, sums[t]);
            }
            assert_memory_equal(sums[0], sums[1], sizeof(sums[0]));
            for (size_t i = 0; i < (size_t)2 * GROUPS; i++)
                all += sums[0][i].sum;
            assert_true(all == other->sum_all_packed(packed + offset, stride, width, length));
        }
    i128 wide[2][GROUPS] = {{0}};
    memcpy(values, packed + offset, sizeof(values));
    for (int t = 0; t < 2; t++)
        tables[t]->sum_ids(ids, values, length, wide[t]);
    assert_memory_equal(wide[0], wide[1], sizeof(wide[0]));
}

static void sums_of_packed_values_are_the_same_everywhere(void **state)
{
    (void)state;
    each(check_packed_sums);
}

static void packed_values_are_summed_as_they_unpack(void **state)
{
    (void)state;
    static uint8_t packed[BIG * 6 + KERNEL_SLACK_BYTES];
    static uint16_t ids[BIG];
    static int64_t values[BIG];
    size_t levels = 0;
    const char *const *names = kernels_levels(&levels);
    fill(packed, sizeof(packed));
    fill_ids(ids, BIG, 3);
    for (size_t l = 0; l < levels; l++) {
        const struct kernels *table = kernels_select(names[l]);
        for (unsigned width = 1; width <= KERNEL_SUM_WIDTH_MAX; width++) {
            struct kernel_sum sums[6] = {{0}};
            uint64_t plain[3] = {0};
            uint64_t rows[3] = {0};
            table->unpack_values(packed, width, BIG, 0, 1, values);
            table->sum_packed(packed, width, width, ids, BIG, sums);
            for (size_t i = 0; i < BIG; i++) {
                plain[ids[i]] += (uint64_t)values[i];
                rows[ids[i]]++;
            }
            for (size_t g = 0; g < 3; g++) {
                assert_true(sums[2 * g].sum + sums[2 * g + 1].sum == plain[g]);
                assert_true(sums[2 * g].rows + sums[2 * g + 1].rows == rows[g]);
            }
        }
    }
}

static void sums_do_not_wrap_at_the_ends_of_64_bits(void **state)
{
    (void)state;
    size_t levels = 0;
    const char *const *names = kernels_levels(&levels);
    static int64_t values[BIG];
    for (size_t l = 0; l < levels; l++) {
        const struct kernels *table = kernels_select(names[l]);
        for (size_t i = 0; i < BIG; i++)
            values[i] = INT64_MAX;
        assert_true(table->sum(values, BIG) == (i128)INT64_MAX * BIG);
        for (size_t i = 0; i < BIG; i++)
            values[i] = INT64_MIN;
        assert_true(table->sum(values, BIG) == (i128)INT64_MIN * BIG);
        i128 sum = 0;
        static uint32_t groups[BIG];
        table->sum_grouped(groups, values, BIG, &sum);
        assert_true(sum == (i128)INT64_MIN * BIG);
    }
}

static void scalar_unpack_reads_the_bits_that_were_packed(void **state)
{
    (void)state;
    const uint8_t packed[3 + KERNEL_SLACK_BYTES] = {0x21, 0x43, 0x65};
    uint16_t out[6];
    kernels_select("scalar")->unpack_codes(packed, 4, 6, out);
    for (uint16_t i = 0; i < 6; i++)
        assert_int_equal(out[i], i + 1);
    int64_t value;
    kernels_select("scalar")->unpack_values(packed, 3, 1, -1, 10, &value);
    assert_int_equal(value, 0x654321 * 10 - 1);
}

static void unknown_levels_are_refused(void **state)
{
    (void)state;
    assert_null(kernels_select("mmx"));
    assert_non_null(kernels_select("auto"));
    assert_string_equal(kernels_select("scalar")->name, "scalar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_unpack_reads_the_bits_that_were_packed),
        cmocka_unit_test(unpack_codes_is_the_same_everywhere),
        cmocka_unit_test(unpack_values_is_the_same_everywhere),
        cmocka_unit_test(grouped_sums_are_the_same_everywhere),
        cmocka_unit_test(ids_are_treated_the_same_everywhere),
        cmocka_unit_test(sums_of_packed_values_are_the_same_everywhere),
        cmocka_unit_test(packed_values_are_summed_as_they_unpack),
        cmocka_unit_test(sums_do_not_wrap_at_the_ends_of_64_bits),
        cmocka_unit_test(unknown_levels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
