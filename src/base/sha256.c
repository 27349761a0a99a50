/* SHA-256 after FIPS 180-4: portable C, and x86 SHA instructions where the CPU has them.
 *
 * Called by load to know a delivered file again. Must not know files.
 */
#include "base/sha256.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/sha256_internal.h"
#include "base/sha256_x86.h"

/* FIPS 180-4, 4.2.2 */
const _Alignas(16) uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* FIPS 180-4, 6.2.2 */
void sha256_blocks_portable(uint32_t state[8], const uint8_t *at, size_t blocks)
{
    for (; blocks > 0; blocks--, at += 64) {
        uint32_t w[64];
        for (int t = 0; t < 16; t++)
            w[t] = load_big_endian(at + 4 * t);
        for (int t = 16; t < 64; t++) {
            uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
            uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
            w[t] = s1 + w[t - 7] + s0 + w[t - 16];
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int t = 0; t < 64; t++) {
            uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
            uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + w[t];
            uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
            uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1;
            d = c, c = b, b = a, a = t1 + t2;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

#if defined(__x86_64__)

bool sha256_has_instructions(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1U << 29)); /* SHA */
}

__attribute__((target("sha,sse4.1,ssse3"))) void
sha256_blocks_instructions(uint32_t state[8], const uint8_t *at, size_t blocks)
{
    struct sha256_lanes lanes = sha256_lanes_load(state);
    for (; blocks > 0; blocks--, at += 64)
        sha256_lanes_block(&lanes, at);
    sha256_lanes_store(&lanes, state);
}

#else

bool sha256_has_instructions(void)
{
    return false;
}

void sha256_blocks_instructions(uint32_t state[8], const uint8_t *at, size_t blocks)
{
    sha256_blocks_portable(state, at, blocks);
}

#endif

static void hash_blocks(uint32_t state[8], const uint8_t *at, size_t blocks)
{
    /* Asked once: CPUID leaves a virtual machine, which takes longer than to hash a page. */
    enum { UNKNOWN, NO, YES };
    static atomic_int has_instructions;
    int known = atomic_load_explicit(&has_instructions, memory_order_relaxed);
    if (known == UNKNOWN) {
        known = sha256_has_instructions() ? YES : NO;
        atomic_store_explicit(&has_instructions, known, memory_order_relaxed);
    }
    if (known == YES)
        sha256_blocks_instructions(state, at, blocks);
    else
        sha256_blocks_portable(state, at, blocks);
}

void sha256_init(struct sha256 *hash)
{
    static const uint32_t start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    *hash = (struct sha256){0};
    memcpy(hash->state, start, sizeof start);
}

void sha256_update(struct sha256 *hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    hash->total_bytes += len;
    if (hash->block_len > 0 || len < 64) {
        size_t room = 64 - hash->block_len;
        size_t take = len < room ? len : room;
        if (take > 0)
            memcpy(hash->block + hash->block_len, at, take);
        hash->block_len += take;
        at += take;
        len -= take;
        if (hash->block_len < 64)
            return;
        hash_blocks(hash->state, hash->block, 1);
        hash->block_len = 0;
    }
    if (len >= 64)
        hash_blocks(hash->state, at, len / 64);
    at += len / 64 * 64;
    hash->block_len = len % 64;
    memcpy(hash->block, at, hash->block_len);
}

void sha256_hex(struct sha256 *hash, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = hash->total_bytes * 8;
    uint8_t padding[72] = {0x80};
    size_t zeros_until = hash->block_len < 56 ? 56 - hash->block_len : 120 - hash->block_len;
    for (int i = 0; i < 8; i++)
        padding[zeros_until + (size_t)i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_update(hash, padding, zeros_until + 8);
    for (int i = 0; i < 32; i++) {
        unsigned byte = hash->state[i / 4] >> (24 - 8 * (i % 4)) & 0xFF;
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[64] = '\0';
}
