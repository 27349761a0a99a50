/* Pre-sums of a segment, read: from their bytes in the file to a view of them. encoding.h has the
 * layout; a store file is input, so every length is checked.
 */
#include "store/encoding.h"

#include <string.h>

uint32_t presum_u32(const uint8_t *array, uint32_t at)
{
    const uint8_t *bytes = array + (size_t)at * 4;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

i128 presum_sum(const struct presum_view *view, uint32_t measure, uint32_t group)
{
    const uint8_t *bytes = view->sums[measure] + (size_t)group * view->sum_bytes;
    uint64_t words[2] = {0, 0};
    for (unsigned i = 0; i < view->sum_bytes; i++)
        words[i / 8] |= (uint64_t)bytes[i] << (8 * (i % 8));
    if (view->sum_bytes == 8)
        return (int64_t)words[0];
    return (i128)((u128)words[1] << 64 | words[0]);
}

/* Of a measure no more rows have a value than there are. */
static bool counts_are_of_rows(const struct presum_view *view)
{
    for (uint32_t m = 0; m < view->measures; m++)
        for (uint32_t g = 0; g < view->groups; g++)
            if (presum_u32(view->counts[m], g) > presum_u32(view->rows, g))
                return false;
    return true;
}

enum gr_status presum_read(const uint8_t *bytes, size_t length, struct presum_view *out,
                           struct gr_err *err)
{
    *out = (struct presum_view){0};
    if (length < PRESUM_HEADER_BYTES || bytes[0] != 1 || bytes[1] < 1 ||
        bytes[1] > STORE_MONEY_MAX || (bytes[2] != 8 && bytes[2] != 16))
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: header");
    out->measures = bytes[1];
    out->sum_bytes = bytes[2];
    out->groups = presum_u32(bytes, 1);
    size_t groups = out->groups;
    size_t row_bytes = 12 + (size_t)out->measures * (4 + (size_t)out->sum_bytes);
    if (groups > PRESUM_GROUPS_MAX || length != PRESUM_HEADER_BYTES + groups * row_bytes)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: length");
    memcpy(out->scales, bytes + 8, sizeof(out->scales));
    for (uint32_t m = 0; m < out->measures; m++)
        if (out->scales[m] > DECIMAL_CELL_SCALE_MAX)
            return gr_fail(err, GR_ESTORE, "damaged pre-sums: scale");
    out->codes = bytes + PRESUM_HEADER_BYTES;
    out->currencies = out->codes + groups * 4;
    out->rows = out->currencies + groups * 4;
    const uint8_t *at = out->rows + groups * 4;
    for (uint32_t m = 0; m < out->measures; m++) {
        out->counts[m] = at;
        out->sums[m] = at + groups * 4;
        at += groups * (4 + (size_t)out->sum_bytes);
    }
    if (!counts_are_of_rows(out))
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: more values than rows");
    return GR_OK;
}

static void store_le(uint8_t *out, uint64_t value, unsigned bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
    value >>= 64 - 8 * bytes;
#endif
    memcpy(out, &value, bytes);
}

static uint64_t load_le(const uint8_t *bytes, uint64_t mask)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value & mask;
}

/* Of an array of version 2. */
struct presum_array {
    const uint8_t *entries;
    unsigned width;
    u128 base;
    const uint8_t *less; /* u32 each to take the entries from; NULL: they stand for themselves */
};

/* What fits 64 bits wraps as it should in them. */
static void expand_narrow(const struct presum_array *array, uint32_t groups, unsigned bytes,
                          uint8_t *out)
{
    uint64_t base = (uint64_t)array->base;
    uint64_t mask = array->width ? UINT64_MAX >> (64 - 8 * array->width) : 0;
    const uint8_t *at = array->entries;
    for (uint32_t g = 0; g < groups; g++, at += array->width, out += bytes) {
        uint64_t entry = base + load_le(at, mask);
        entry = array->less ? presum_u32(array->less, g) - entry : entry;
        if (bytes == 4)
            store_le(out, entry & UINT32_MAX, 4);
        else
            store_le(out, entry, 8);
    }
}

static void expand_wide(const struct presum_array *array, uint32_t groups, unsigned bytes,
                        uint8_t *out)
{
    const uint8_t *at = array->entries;
    for (uint32_t g = 0; g < groups; g++) {
        u128 entry = array->base;
        for (unsigned i = 0; i < array->width; i++)
            entry += (u128)at[i] << (8 * i);
        at += array->width;
        entry = array->less ? presum_u32(array->less, g) - entry : entry;
        store_le(out, (uint64_t)entry, bytes < 8 ? bytes : 8);
        if (bytes > 8)
            store_le(out + 8, (uint64_t)(entry >> 64), 8);
        out += bytes;
    }
}

/* Makes an array of version 1 with `bytes` an entry. */
static bool expand_array(const uint8_t **at, const uint8_t *end, uint32_t groups, unsigned bytes,
                         const uint8_t *less, uint8_t **out)
{
    struct presum_array array = {.less = less};
    if (end - *at < 17)
        return false;
    array.width = (*at)[0];
    for (unsigned i = 0; i < 16; i++)
        array.base |= (u128)(*at)[1 + i] << (8 * i);
    array.entries = *at + 17;
    if (array.width > 16 || (size_t)(end - array.entries) < (size_t)groups * array.width)
        return false;
    if (bytes <= 8 && array.width <= 8)
        expand_narrow(&array, groups, bytes, *out);
    else
        expand_wide(&array, groups, bytes, *out);
    *at = array.entries + (size_t)groups * array.width;
    *out += (size_t)groups * bytes;
    return true;
}

enum gr_status presum_expand(struct arena *arena, struct store_bytes *bytes, struct gr_err *err)
{
    const uint8_t *from = bytes->ptr;
    if (bytes->length < PRESUM_HEADER_BYTES || from[0] != PRESUM_PACKED)
        return GR_OK; /* presum_read() says what is wrong with it */
    const uint8_t *end = from + bytes->length;
    uint32_t measures = from[1];
    unsigned sum_bytes = from[2];
    uint32_t groups = presum_u32(from, 1);
    if (measures < 1 || measures > STORE_MONEY_MAX || (sum_bytes != 8 && sum_bytes != 16) ||
        groups > PRESUM_GROUPS_MAX)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: header");
    size_t length =
        PRESUM_HEADER_BYTES + (size_t)groups * (12 + measures * (4 + (size_t)sum_bytes));
    uint8_t *out = arena_alloc(arena, length);
    uint8_t *to = out + PRESUM_HEADER_BYTES;
    const uint8_t *rows = to + (size_t)groups * 8;
    memcpy(out, from, PRESUM_HEADER_BYTES);
    out[0] = 1;
    from += PRESUM_HEADER_BYTES;
    bool sound = true;
    for (uint32_t array = 0; array < 3 + 2 * measures && sound; array++) {
        bool counts = array >= 3 && array % 2;
        bool sums = array >= 3 && !counts;
        sound = expand_array(&from, end, groups, sums ? sum_bytes : 4, counts ? rows : NULL, &to);
    }
    if (!sound || from != end)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: length");
    *bytes = (struct store_bytes){out, length};
    return GR_OK;
}
