/* What the files of kernels/ share: each instruction set overwrites the entries that it improves.
 */
#ifndef GR_KERNELS_KERNELS_INTERNAL_H
#define GR_KERNELS_KERNELS_INTERNAL_H

#include "kernels/kernels.h"

extern const struct kernels kernels_scalar;

/* Entries of the scalar table that another table keeps. */
void scalar_unpack_codes(const uint8_t *packed, unsigned width, size_t count, uint16_t *out);
void scalar_unpack_values(const uint8_t *packed, unsigned width, size_t count, int64_t base,
                          int64_t factor, int64_t *out);
void scalar_map_codes(const uint16_t *codes, const uint32_t *table, size_t count, uint32_t *out);
void scalar_sum_grouped(const uint32_t *groups, const int64_t *values, size_t count, i128 *sums);
void scalar_count_grouped(const uint32_t *groups, size_t count, int64_t *counts);
i128 scalar_sum(const int64_t *values, size_t count);

#if defined(__x86_64__)
extern const struct kernels kernels_sse2;
extern const struct kernels kernels_avx2;
#endif

#endif
