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

/* Sum and number of the rows that have one id. There are two for each id, one for even and one for
 * odd places of a call, so that runs of equal ids need not wait for each other. */
struct kernel_sum {
    uint64_t sum; /* wraps: the caller knows how many values of what width there are */
    uint64_t rows;
};

/* Values of up to this many bytes can't overflow a kernel_sum in 65,536 rows. Wider ones are summed
 * in two calls, low bytes and high bytes apart. */
enum { KERNEL_SUM_WIDTH_MAX = 6 };

struct kernels {
    const char *name; /* "scalar", "sse2", "avx2" */
    /* out[i] = bits [i*width, (i+1)*width) of `packed`, least significant first; width 1..16. */
    void (*unpack_codes)(const uint8_t *packed, unsigned width, size_t count, uint16_t *out);
    /* out[i] = base + unsigned little-endian number of `width` bytes at packed + i*width, times
     * factor; width 1..8; wraps as two's complement (the caller has checked the range). */
    void (*unpack_values)(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                          int64_t factor, int64_t *out);

    /* Ids: small numbers of groups, one a row. */

    /* The largest; 0 of none. */
    uint16_t (*max_id)(const uint16_t *ids, size_t count);
    /* out[i] = table[ids[i]]; out may be ids. */
    void (*map_ids)(const uint16_t *ids, const uint16_t *table, size_t count, uint16_t *out);
    /* out[i] = a[i] * factor + b[i], which fits 16 bits; out may be a or b. */
    void (*combine_ids)(const uint16_t *a, uint16_t factor, const uint16_t *b, size_t count,
                        uint16_t *out);
    /* out[i] = keep[i] ? ids[i] : dropped; out may be ids. */
    void (*drop_ids)(const uint16_t *ids, const uint8_t *keep, uint16_t dropped, size_t count,
                     uint16_t *out);
    /* keep[i] &= table[ids[i]], tables of 0 and 1 */
    void (*keep_ids)(const uint16_t *ids, const uint8_t *table, size_t count, uint8_t *keep);
    /* Straight from packed bytes: with v the unsigned little-endian number of `width` bytes (1 to
     * KERNEL_SUM_WIDTH_MAX) at packed + i*stride:
     * s = sums[2*ids[i] + i%2]: s.sum += v, s.rows += 1 */
    void (*sum_packed)(const uint8_t *packed, size_t stride, unsigned width, const uint16_t *ids,
                       size_t count, struct kernel_sum *sums);
    /* The sum of all those v. */
    uint64_t (*sum_all_packed)(const uint8_t *packed, size_t stride, unsigned width, size_t count);
    /* sums[2*ids[i] + i%2].rows += 1 */
    void (*count_ids)(const uint16_t *ids, size_t count, struct kernel_sum *sums);
    /* sums[ids[i]] += values[i], exactly */
    void (*sum_ids)(const uint16_t *ids, const int64_t *values, size_t count, i128 *sums);

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
