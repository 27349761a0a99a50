/* chunk_load() for every x86-64: 16 bytes a comparison. Private to csv_index_sse2.c and
 * csv_index_sha.c, which include it behind csv_index_body.h.
 */
#include <emmintrin.h>

static inline uint64_t equal_bits(const __m128i *bytes, char wanted)
{
    const __m128i all = _mm_set1_epi8(wanted);
    uint64_t bits = 0;
    for (unsigned i = 0; i < CHUNK / 16; i++)
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[i], all)) << (16 * i);
    return bits;
}

static inline struct chunk chunk_load(const char *at, char delimiter)
{
    __m128i bytes[CHUNK / 16];
    __m128i odd = _mm_setzero_si128();
    for (unsigned i = 0; i < CHUNK / 16; i++) {
        bytes[i] = _mm_loadu_si128((const void *)(at + (size_t)16 * i));
        odd = _mm_or_si128(odd, bytes[i]);
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes[i], _mm_setzero_si128()));
    }
    return (struct chunk){.quotes = equal_bits(bytes, '"'),
                          .delimiters = equal_bits(bytes, delimiter),
                          .newlines = equal_bits(bytes, '\n'),
                          .returns = equal_bits(bytes, '\r'),
                          .odd = _mm_movemask_epi8(odd) != 0};
}
