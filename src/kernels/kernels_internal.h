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
uint16_t scalar_max_id(const uint16_t *ids, size_t count);
void scalar_map_ids(const uint16_t *ids, const uint16_t *table, size_t count, uint16_t *out);
void scalar_combine_ids(const uint16_t *a, uint16_t factor, const uint16_t *b, size_t count,
                        uint16_t *out);
void scalar_drop_ids(const uint16_t *ids, const uint8_t *keep, uint16_t dropped, size_t count,
                     uint16_t *out);
void scalar_keep_ids(const uint16_t *ids, const uint8_t *table, size_t count, uint8_t *keep);
void scalar_sum_packed(const uint8_t *packed, size_t stride, unsigned width, const uint16_t *ids,
                       size_t count, struct kernel_sum *sums);
uint64_t scalar_sum_all_packed(const uint8_t *packed, size_t stride, unsigned width, size_t count);
void scalar_count_ids(const uint16_t *ids, size_t count, struct kernel_sum *sums);
void scalar_sum_ids(const uint16_t *ids, const int64_t *values, size_t count, i128 *sums);
void scalar_sum_grouped(const uint32_t *groups, const int64_t *values, size_t count, i128 *sums);
void scalar_count_grouped(const uint32_t *groups, size_t count, int64_t *counts);
i128 scalar_sum(const int64_t *values, size_t count);

#if defined(__x86_64__)
/* Entries of the SSE2 table that AVX2 keeps. */
void sse2_sum_packed(const uint8_t *packed, size_t stride, unsigned width, const uint16_t *ids,
                     size_t count, struct kernel_sum *sums);
void sse2_combine_ids(const uint16_t *a, uint16_t factor, const uint16_t *b, size_t count,
                      uint16_t *out);
void sse2_drop_ids(const uint16_t *ids, const uint8_t *keep, uint16_t dropped, size_t count,
                   uint16_t *out);

extern const struct kernels kernels_sse2;
extern const struct kernels kernels_avx2;
#endif

#endif
