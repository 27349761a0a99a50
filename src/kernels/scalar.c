/* Portable kernels: the reference that every other table is tested against. */
#include "kernels/kernels_internal.h"

#include <string.h>

#include "base/bytes.h"

void scalar_unpack_codes(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    uint64_t mask = (UINT64_C(1) << width) - 1;
    size_t bit = 0;
    for (size_t i = 0; i < count; i++, bit += width)
        out[i] = (uint16_t)(load_le64(packed + (bit >> 3)) >> (bit & 7) & mask);
}

void scalar_unpack_values(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                          int64_t factor, int64_t *out)
{
    uint64_t mask = width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
    for (size_t i = 0; i < count; i++)
        out[i] =
            (int64_t)((uint64_t)base + (load_le64(packed + i * width) & mask) * (uint64_t)factor);
}

uint16_t scalar_max_id(const uint16_t *ids, size_t count)
{
    uint16_t largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = ids[i] > largest ? ids[i] : largest;
    return largest;
}

void scalar_map_ids(const uint16_t *ids, const uint16_t *table, size_t count, uint16_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = table[ids[i]];
}

void scalar_combine_ids(const uint16_t *a, uint16_t factor, const uint16_t *b, size_t count,
                        uint16_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (uint16_t)((uint32_t)a[i] * factor + b[i]);
}

void scalar_drop_ids(const uint16_t *ids, const uint8_t *keep, uint16_t dropped, size_t count,
                     uint16_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = keep[i] ? ids[i] : dropped;
}

void scalar_keep_ids(const uint16_t *ids, const uint8_t *table, size_t count, uint8_t *keep)
{
    for (size_t i = 0; i < count; i++)
        keep[i] &= table[ids[i]];
}

void scalar_sum_packed(const uint8_t *packed, size_t stride, unsigned width, const uint16_t *ids,
                       size_t count, struct kernel_sum *sums)
{
    uint64_t mask = (UINT64_C(1) << (8 * width)) - 1;
    for (size_t i = 0; i < count; i++, packed += stride) {
        struct kernel_sum *sum = &sums[2 * (size_t)ids[i] + i % 2];
        sum->sum += load_le64(packed) & mask;
        sum->rows++;
    }
}

uint64_t scalar_sum_all_packed(const uint8_t *packed, size_t stride, unsigned width, size_t count)
{
    uint64_t mask = (UINT64_C(1) << (8 * width)) - 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++, packed += stride)
        sum += load_le64(packed) & mask;
    return sum;
}

void scalar_count_ids(const uint16_t *ids, size_t count, struct kernel_sum *sums)
{
    for (size_t i = 0; i < count; i++)
        sums[2 * (size_t)ids[i] + i % 2].rows++;
}

void scalar_sum_ids(const uint16_t *ids, const int64_t *values, size_t count, i128 *sums)
{
    for (size_t i = 0; i < count; i++)
        sums[ids[i]] += values[i];
}

void scalar_sum_grouped(const uint32_t *groups, const int64_t *values, size_t count, i128 *sums)
{
    for (size_t i = 0; i < count; i++)
        sums[groups[i]] += values[i];
}

void scalar_count_grouped(const uint32_t *groups, size_t count, int64_t *counts)
{
    for (size_t i = 0; i < count; i++)
        counts[groups[i]]++;
}

i128 scalar_sum(const int64_t *values, size_t count)
{
    i128 sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

const struct kernels kernels_scalar = {
    .name = "scalar",
    .unpack_codes = scalar_unpack_codes,
    .unpack_values = scalar_unpack_values,
    .max_id = scalar_max_id,
    .map_ids = scalar_map_ids,
    .combine_ids = scalar_combine_ids,
    .drop_ids = scalar_drop_ids,
    .keep_ids = scalar_keep_ids,
    .sum_packed = scalar_sum_packed,
    .sum_all_packed = scalar_sum_all_packed,
    .count_ids = scalar_count_ids,
    .sum_ids = scalar_sum_ids,
    .sum_grouped = scalar_sum_grouped,
    .count_grouped = scalar_count_grouped,
    .sum = scalar_sum,
};
