/* The structural index and the file's SHA-256 in one loop.
 *
 * The hash is a chain: each block waits for the one before it and leaves most of the core idle. The
 * index of the same 64 bytes fits into those gaps, so that it costs nothing beside the hash.
 * Compiled with -msha -msse4.1 -mpclmul -mbmi -mpopcnt and without AVX (base/sha256_x86.h says
 * why).
 */
#include "ingest/csv_index_body.h"

#if defined(__x86_64__)

#include "base/sha256_x86.h"
#include "ingest/csv_index_sse2.h"

/* Multiplication without carries by all ones adds up, in each bit, all bits below it. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i sum = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(sum);
}

size_t csv_index_sha(const char *block, size_t len, char delimiter, struct csv_index *out,
                     uint32_t state[8], const void *hashed, size_t blocks)
{
    struct indexing now;
    struct sha256_lanes lanes = sha256_lanes_load(state);
    const uint8_t *input = hashed;
    size_t done = 0;
    index_start(&now, out);
    for (size_t at = 0; at < len && !out->broken; at += CHUNK) {
        if (done < blocks)
            sha256_lanes_block(&lanes, input + CHUNK * done++);
        index_chunk(&now, block, at, len - at, delimiter, out);
    }
    index_end(&now, out);
    sha256_lanes_store(&lanes, state);
    return done;
}

#else

size_t csv_index_sha(const char *block, size_t len, char delimiter, struct csv_index *out,
                     uint32_t state[8], const void *hashed, size_t blocks)
{
    (void)state, (void)hashed, (void)blocks;
    csv_index_scalar(block, len, delimiter, out);
    return 0;
}

#endif
