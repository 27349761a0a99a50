/* Kernels: pure loops over arrays, one table of functions per instruction set.
 *
 * rollup/ and store/ call them through a table chosen once. Every table gives equal results, bit
 * for bit: they work on integers. They allocate nothing and know no types of other floors. Arrays
 * may be unaligned; counts may be 0.
 */
#ifndef GR_KERNELS_KERNELS_H
#define GR_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"

/* Packed inputs must be readable for this many bytes behind their end. */
enum { KERNEL_SLACK_BYTES = 32 };

struct kernels {
    const char *name; /* "scalar", "sse2", "avx2" */
    /* out[i] = bits [i*width, (i+1)*width) of `packed`, least significant first; width 1..16. */
    void (*unpack_codes)(const uint8_t *packed, unsigned width, size_t count, uint16_t *out);
    /* out[i] = base + unsigned little-endian number of `width` bytes at packed + i*width, times
     * factor; width 1..8; wraps as two's complement (the caller has checked the range). */
    void (*unpack_values)(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                          int64_t factor, int64_t *out);
    /* out[i] = table[codes[i]] */
    void (*map_codes)(const uint16_t *codes, const uint32_t *table, size_t count, uint32_t *out);
    /* sums[groups[i]] += values[i], exactly */
    void (*sum_grouped)(const uint32_t *groups, const int64_t *values, size_t count, i128 *sums);
    /* counts[groups[i]] += 1 */
    void (*count_grouped)(const uint32_t *groups, size_t count, int64_t *counts);
    /* Sum of all values. */
    i128 (*sum)(const int64_t *values, size_t count);
};

/* "scalar", "sse2", "avx2" or "auto" (the best this CPU has). NULL when the name is unknown or the
 * CPU lacks it. Static memory. */
const struct kernels *kernels_select(const char *level);
/* Names that kernels_select() accepts on this CPU, without "auto"; scalar first. Static. */
const char *const *kernels_levels(size_t *count);

#endif
