/* One block of SHA-256 with the x86 SHA instructions, to be inlined into a loop.
 *
 * A block waits for the one before it most of its time; a loop that has other work for the same
 * bytes does it in the gaps (ingest/csv_index_sha.c). The caller is compiled for sha, sse4.1 and
 * ssse3, and not for AVX: the instructions exist in the old encoding only, and mixing the two is
 * slow.
 */
#ifndef GR_BASE_SHA256_X86_H
#define GR_BASE_SHA256_X86_H

#if defined(__x86_64__)

#include <immintrin.h>
#include <stdint.h>

#define SHA256_INLINE static inline __attribute__((target("sha,sse4.1,ssse3"), always_inline))

extern const uint32_t sha256_constants[64]; /* FIPS 180-4, 4.2.2; 16-byte aligned */

/* The state as the instructions keep it. */
struct sha256_lanes {
    __m128i abef, cdgh;
};

SHA256_INLINE struct sha256_lanes sha256_lanes_load(const uint32_t state[8])
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
    __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    return (struct sha256_lanes){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

SHA256_INLINE void sha256_lanes_store(const struct sha256_lanes *lanes, uint32_t state[8])
{
    __m128i feba = _mm_shuffle_epi32(lanes->abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(lanes->cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds a step. The message schedule is made four words at a time from the four vectors
 * before (Intel, "Intel SHA Extensions"). */
SHA256_INLINE void sha256_lanes_block(struct sha256_lanes *lanes, const uint8_t *at)
{
    const __m128i swap_bytes = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef = lanes->abef, cdgh = lanes->cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i)),
                                swap_bytes);
#pragma GCC unroll 16 /* so that w[] lives in registers */
    for (int step = 0; step < 16; step++) {
        __m128i now = w[step % 4];
        const void *constants = &sha256_constants[4 * step];
        __m128i input = _mm_add_epi32(now, _mm_load_si128((const __m128i *)constants));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0E));
        __m128i next = _mm_sha256msg1_epu32(now, w[(step + 1) % 4]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(step + 3) % 4], w[(step + 2) % 4], 4));
        w[step % 4] = _mm_sha256msg2_epu32(next, w[(step + 3) % 4]);
    }
    lanes->abef = _mm_add_epi32(abef, lanes->abef);
    lanes->cdgh = _mm_add_epi32(cdgh, lanes->cdgh);
}

#undef SHA256_INLINE

#endif

#endif
