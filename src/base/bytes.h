/* Numbers in bytes: little-endian loads that may be unaligned. */
#ifndef GR_BASE_BYTES_H
#define GR_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint64_t load_le64(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint32_t load_le32(const void *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

#endif
