/* Portable kernels: the reference that every other table is tested against. */
#include "kernels/kernels_internal.h"

#include <string.h>

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

void scalar_unpack_codes(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    uint64_t mask = (UINT64_C(1) << width) - 1;
    size_t bit = 0;
    for (size_t i = 0; i < count; i++, bit += width)
        out[i] = (uint16_t)(load64(packed + (bit >> 3)) >> (bit & 7) & mask);
}

void scalar_unpack_values(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                          int64_t factor, int64_t *out)
{
    uint64_t mask = width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
    for (size_t i = 0; i < count; i++)
        out[i] = (int64_t)((uint64_t)base + (load64(packed + i * width) & mask) * (uint64_t)factor);
}

void scalar_map_codes(const uint16_t *codes, const uint32_t *table, size_t count, uint32_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = table[codes[i]];
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
    .map_codes = scalar_map_codes,
    .sum_grouped = scalar_sum_grouped,
    .count_grouped = scalar_count_grouped,
    .sum = scalar_sum,
};
