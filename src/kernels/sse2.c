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

const struct kernels kernels_sse2 = {
    .name = "sse2",
    .unpack_codes = sse2_unpack_codes,
    .unpack_values = scalar_unpack_values,
    .map_codes = scalar_map_codes,
    .sum_grouped = scalar_sum_grouped,
    .count_grouped = scalar_count_grouped,
    .sum = scalar_sum,
};

#endif
