/* Pre-sums of a segment, written: from entries to bytes of version 2 (encoding.h). Called by
 * presum.c for whole columns and by tag_presum.c for tag keys; presum_read.c reads them.
 */
#include <string.h>

#include "store/encoding.h"

enum {
    ARRAY_HEAD_BYTES = 17,
    ARRAYS_MAX = 3 + 2 * STORE_MONEY_MAX,
    GROUP_BYTES_MAX = 4 * (3 + STORE_MONEY_MAX) + 16 * STORE_MONEY_MAX
};

static void put_le(uint8_t **at, u128 value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

static void put_array(uint8_t **at, const i128 *numbers, uint32_t count)
{
    i128 min = count ? numbers[0] : 0;
    i128 max = min;
    unsigned width = 0;
    for (uint32_t i = 0; i < count; i++) {
        min = numbers[i] < min ? numbers[i] : min;
        max = numbers[i] > max ? numbers[i] : max;
    }
    while (width < 16 && ((u128)max - (u128)min) >> (8 * width))
        width++;
    put_le(at, width, 1);
    put_le(at, (u128)min, 16);
    for (uint32_t i = 0; i < count; i++)
        put_le(at, (u128)numbers[i] - (u128)min, width);
}

static void put_u32s(uint8_t **at, const uint32_t *numbers, size_t stride, uint32_t count,
                     i128 *scratch)
{
    for (uint32_t i = 0; i < count; i++)
        scratch[i] = numbers[i * stride];
    put_array(at, scratch, count);
}

static bool sums_fit_64_bits(const struct presum_entries *entries)
{
    for (size_t i = 0; i < (size_t)entries->groups * STORE_MONEY_MAX; i++)
        if (entries->sums[i] != (int64_t)entries->sums[i])
            return false;
    return true;
}

static void put_header(const struct presum_entries *entries, uint8_t *out)
{
    uint8_t *at = out + 4;
    memset(out, 0, PRESUM_HEADER_BYTES);
    out[0] = PRESUM_PACKED;
    out[1] = (uint8_t)entries->measures;
    out[2] = sums_fit_64_bits(entries) ? 8 : 16;
    put_le(&at, entries->groups, 4);
    memcpy(at, entries->scales, entries->measures);
}

struct store_bytes presum_write(struct arena *arena, const struct presum_entries *entries)
{
    enum { M = STORE_MONEY_MAX };
    uint32_t count = entries->groups;
    size_t most = PRESUM_HEADER_BYTES + ARRAY_HEAD_BYTES * ARRAYS_MAX +
                  (size_t)count * GROUP_BYTES_MAX + KERNEL_SLACK_BYTES;
    uint8_t *out = arena_alloc(arena, most);
    i128 *scratch = arena_alloc(arena, ((size_t)count + 1) * sizeof(*scratch));
    uint8_t *at = out + PRESUM_HEADER_BYTES;
    put_header(entries, out);
    put_u32s(&at, entries->codes, 1, count, scratch);
    put_u32s(&at, entries->currencies, 1, count, scratch);
    put_u32s(&at, entries->rows, 1, count, scratch);
    for (uint32_t m = 0; m < entries->measures; m++) {
        put_u32s(&at, entries->missing + m, M, count, scratch);
        for (uint32_t i = 0; i < count; i++)
            scratch[i] = entries->sums[(size_t)i * M + m];
        put_array(&at, scratch, count);
    }
    memset(at, 0, KERNEL_SLACK_BYTES);
    return (struct store_bytes){out, (size_t)(at - out)};
}
