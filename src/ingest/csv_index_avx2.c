/* The structural index with 32 bytes a comparison and a carry-less product for the parities;
 * compiled with -mavx2 -mpclmul -mbmi -mpopcnt, called only when the CPU has them.
 */
#include "ingest/csv_index_body.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* Multiplication without carries by all ones adds up, in each bit, all bits below it. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i sum = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(sum);
}

static inline uint64_t equal_bits(__m256i low, __m256i high, char wanted)
{
    const __m256i all = _mm256_set1_epi8(wanted);
    uint64_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, all));
    uint64_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, all));
    return first | second << 32;
}

static inline struct chunk chunk_load(const char *at, char delimiter)
{
    __m256i low = _mm256_loadu_si256((const void *)at);
    __m256i high = _mm256_loadu_si256((const void *)(at + 32));
    /* The smaller of the two halves is 0 where either is; the sign bit stands for bytes above 0x7F.
     */
    __m256i zero = _mm256_cmpeq_epi8(_mm256_min_epu8(low, high), _mm256_setzero_si256());
    __m256i odd = _mm256_or_si256(zero, _mm256_or_si256(low, high));
    return (struct chunk){.quotes = equal_bits(low, high, '"'),
                          .delimiters = equal_bits(low, high, delimiter),
                          .newlines = equal_bits(low, high, '\n'),
                          .returns = equal_bits(low, high, '\r'),
                          .odd = _mm256_movemask_epi8(odd) != 0};
}

void csv_index_avx2(const char *bytes, size_t len, char delimiter, struct csv_index *out)
{
    index_block(bytes, len, delimiter, out);
}

#endif
