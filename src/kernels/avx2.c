/* AVX2 and BMI2: compiled with -mavx2 -mbmi2, called only when the CPU has both.
 *
 * Eight codes of `width` bits lie in exactly `width` bytes, so a block of eight starts at a byte.
 */
#include "kernels/kernels_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "base/bytes.h"

/* Spreads 8 codes of up to 8 bits into 8 bytes with one pdep, then widens to 16 bits. */
static size_t unpack_narrow(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    uint64_t spread = UINT64_C(0x0101010101010101) * ((UINT64_C(1) << width) - 1);
    size_t i = 0;
    for (; i + 16 <= count; i += 16, packed += 2 * (size_t)width) {
        uint64_t low = _pdep_u64(load_le64(packed), spread);
        uint64_t high = _pdep_u64(load_le64(packed + width), spread);
        __m128i bytes = _mm_set_epi64x((long long)high, (long long)low);
        _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_cvtepu8_epi16(bytes));
    }
    return i;
}

/* Four codes of 9..16 bits are at most 64 bits: one pdep spreads them into four 16-bit places. The
 * second four start `4*width` bits on, which may be inside a byte. */
static size_t unpack_wide(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    uint64_t spread = UINT64_C(0x0001000100010001) * ((UINT64_C(1) << width) - 1);
    unsigned half_bits = 4 * width;
    size_t i = 0;
    for (; i + 8 <= count; i += 8, packed += width) {
        uint64_t low = _pdep_u64(load_le64(packed), spread);
        /* 4*width is at most 64 and a multiple of 4, so a shift of 0 or 4 leaves enough bits:
         * 4*15+4 = 64. */
        uint64_t high = _pdep_u64(load_le64(packed + (half_bits >> 3)) >> (half_bits & 7), spread);
        __m128i both = _mm_set_epi64x((long long)high, (long long)low);
        _mm_storeu_si128((__m128i *)(void *)(out + i), both);
    }
    return i;
}

static void avx2_unpack_codes(const uint8_t *packed, unsigned width, size_t count, uint16_t *out)
{
    size_t done = 0;
    if (width <= 8)
        done = unpack_narrow(packed, width, count, out);
    else if (width < 16)
        done = unpack_wide(packed, width, count, out);
    else {
        memcpy(out, packed, count * sizeof(*out));
        return;
    }
    scalar_unpack_codes(packed + done / 8 * width, width, count - done, out + done);
}

/* Four values from 4*width bytes: two 16-byte loads and a byte shuffle for widths up to 8. */
static size_t unpack_values_4(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                              int64_t *out)
{
    uint8_t places[16];
    for (unsigned lane = 0; lane < 2; lane++)
        for (unsigned byte = 0; byte < 8; byte++)
            places[lane * 8 + byte] = byte < width ? (uint8_t)(lane * width + byte) : 0x80;
    __m128i half;
    memcpy(&half, places, sizeof(half));
    __m256i shuffle = _mm256_broadcastsi128_si256(half);
    __m256i bases = _mm256_set1_epi64x(base);
    size_t i = 0;
    for (; i + 4 <= count; i += 4, packed += 4 * (size_t)width) {
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)packed);
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(packed + 2 * (size_t)width));
        __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
        __m256i values = _mm256_add_epi64(_mm256_shuffle_epi8(both, shuffle), bases);
        _mm256_storeu_si256((__m256i *)(void *)(out + i), values);
    }
    return i;
}

static void avx2_unpack_values(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                               int64_t factor, int64_t *out)
{
    size_t done = factor == 1 ? unpack_values_4(packed, width, count, base, out) : 0;
    scalar_unpack_values(packed + done * width, width, count - done, base, factor, out + done);
}

/* Low and high 32 bits are added apart, so that 2^31 values can't carry out of a 64-bit lane. */
static i128 avx2_sum(const int64_t *values, size_t count)
{
    const __m256i low_mask = _mm256_set1_epi64x(0xFFFFFFFF);
    const __m256i sign = _mm256_set1_epi64x((long long)(UINT64_C(1) << 63));
    i128 total = 0;
    size_t i = 0;
    while (i + 4 <= count) {
        size_t end = count - i > (size_t)1 << 20 ? i + ((size_t)1 << 20) : i + (count - i) / 4 * 4;
        size_t first = i;
        __m256i low = _mm256_setzero_si256();
        __m256i high = _mm256_setzero_si256();
        for (; i < end; i += 4) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(values + i));
            x = _mm256_xor_si256(x, sign); /* unsigned: value + 2^63 */
            low = _mm256_add_epi64(low, _mm256_and_si256(x, low_mask));
            high = _mm256_add_epi64(high, _mm256_srli_epi64(x, 32));
        }
        uint64_t lows[4];
        uint64_t highs[4];
        memcpy(lows, &low, sizeof(lows));
        memcpy(highs, &high, sizeof(highs));
        for (int lane = 0; lane < 4; lane++)
            total += (i128)lows[lane] + ((i128)highs[lane] << 32);
        total -= (i128)(end - first) << 63;
    }
    return total + scalar_sum(values + i, count - i);
}

static uint16_t avx2_max_id(const uint16_t *ids, size_t count)
{
    __m256i largest = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        largest =
            _mm256_max_epu16(largest, _mm256_loadu_si256((const __m256i *)(const void *)(ids + i)));
    uint16_t lanes[16];
    memcpy(lanes, &largest, sizeof(lanes));
    uint16_t rest = scalar_max_id(ids + i, count - i);
    uint16_t all = scalar_max_id(lanes, 16);
    return all > rest ? all : rest;
}

const struct kernels kernels_avx2 = {
    .name = "avx2",
    .unpack_codes = avx2_unpack_codes,
    .unpack_values = avx2_unpack_values,
    .max_id = avx2_max_id,
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
    .sum = avx2_sum,
};

#endif
