/* Baseline of every x86-64: 8 codes at a time where the width divides a byte or is a whole number
 * of bytes; the rest is scalar, which the compiler vectorises for this baseline.
 */
#include "kernels/kernels_internal.h"

#if defined(__x86_64__)

#include <emmintrin.h>
#include <string.h>

static void unpack_codes_8(const uint8_t *packed, size_t count, uint16_t *out)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(packed + i));
        __m128i zero = _mm_setzero_si128();
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_unpacklo_epi8(bytes, zero));
        _mm_storeu_si128((__m128i *)(void *)(out + i + 8), _mm_unpackhi_epi8(bytes, zero));
    }
    scalar_unpack_codes(packed + i, 8, count - i, out + i);
}

static void sse2_unpack_codes(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    if (width == 8)
        unpack_codes_8(packed, count, out);
    else if (width == 16)
        memcpy(out, packed, count * sizeof(*out)); /* x86 is little-endian, as the packing is */
    else
        scalar_unpack_codes(packed, width, count, out);
}

/* Unsigned 16-bit maximum, which SSE2 lacks: a + saturating (b - a). */
static uint16_t sse2_max_id(const uint16_t *ids, size_t count)
{
    __m128i largest = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(ids + i));
        largest = _mm_add_epi16(largest, _mm_subs_epu16(next, largest));
    }
    uint16_t lanes[8];
    memcpy(lanes, &largest, sizeof(lanes));
    uint16_t rest = scalar_max_id(ids + i, count - i);
    uint16_t all = scalar_max_id(lanes, 8);
    return all > rest ? all : rest;
}

void sse2_combine_ids(const uint16_t *a, uint16_t factor, const uint16_t *b, size_t count,
                      uint16_t *out)
{
    __m128i factors = _mm_set1_epi16((short)factor);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a + i));
        __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b + i));
        x = _mm_add_epi16(_mm_mullo_epi16(x, factors), y);
        _mm_storeu_si128((__m128i *)(void *)(out + i), x);
    }
    scalar_combine_ids(a + i, factor, b + i, count - i, out + i);
}

void sse2_drop_ids(const uint16_t *ids, const uint8_t *keep, uint16_t dropped, size_t count,
                   uint16_t *out)
{
    __m128i zero = _mm_setzero_si128();
    __m128i other = _mm_set1_epi16((short)dropped);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(ids + i));
        __m128i k = _mm_loadl_epi64((const __m128i *)(const void *)(keep + i));
        __m128i gone = _mm_cmpeq_epi16(_mm_unpacklo_epi8(k, zero), zero);
        x = _mm_or_si128(_mm_andnot_si128(gone, x), _mm_and_si128(gone, other));
        _mm_storeu_si128((__m128i *)(void *)(out + i), x);
    }
    scalar_drop_ids(ids + i, keep + i, dropped, count - i, out + i);
}

/* {value, 1} is added to {sum, rows} as one vector. */
void sse2_sum_packed(const uint8_t *packed, size_t stride, unsigned width, const uint16_t *ids,
                     size_t count, struct kernel_sum *sums)
{
    const __m128i mask = _mm_set_epi64x(0, (long long)((UINT64_C(1) << (8 * width)) - 1));
    const __m128i one = _mm_set_epi64x(1, 0);
    size_t i = 0;
    for (; i + 2 <= count; i += 2, packed += 2 * stride) {
        __m128i even = _mm_loadl_epi64((const __m128i *)(const void *)packed);
        __m128i odd = _mm_loadl_epi64((const __m128i *)(const void *)(packed + stride));
        __m128i *to_even = (__m128i *)(void *)&sums[2 * (size_t)ids[i]];
        __m128i *to_odd = (__m128i *)(void *)&sums[2 * (size_t)ids[i + 1] + 1];
        even = _mm_or_si128(_mm_and_si128(even, mask), one);
        _mm_storeu_si128(to_even, _mm_add_epi64(_mm_loadu_si128(to_even), even));
        odd = _mm_or_si128(_mm_and_si128(odd, mask), one);
        _mm_storeu_si128(to_odd, _mm_add_epi64(_mm_loadu_si128(to_odd), odd));
    }
    scalar_sum_packed(packed, stride, width, ids + i, count - i, sums);
}

const struct kernels kernels_sse2 = {
    .name = "sse2",
    .unpack_codes = sse2_unpack_codes,
    .unpack_values = scalar_unpack_values,
    .max_id = sse2_max_id,
    .map_ids = scalar_map_ids,
    .combine_ids = sse2_combine_ids,
    .drop_ids = sse2_drop_ids,
    .keep_ids = scalar_keep_ids,
    .sum_packed = sse2_sum_packed,
    .sum_all_packed = scalar_sum_all_packed,
    .count_ids = scalar_count_ids,
    .sum_ids = scalar_sum_ids,
    .sum_grouped = scalar_sum_grouped,
    .count_grouped = scalar_count_grouped,
    .sum = scalar_sum,
};

#endif
