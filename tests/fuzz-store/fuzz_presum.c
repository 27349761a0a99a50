/* Hostile pre-sum bytes: refused, or every group can be read. */
#include <string.h>

#include "store/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint64_t sink; /* so that the reads are made */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct gr_err err = {0};
    struct presum_view view;
    uint64_t digest = 0;
    struct arena arena = ARENA_EMPTY;
    uint8_t *copy = arena_alloc(&arena, size + KERNEL_SLACK_BYTES);
    if (size)
        memcpy(copy, bytes, size);
    struct store_bytes blob = {copy, size};
    if (presum_expand(&arena, &blob, &err) || presum_read(blob.ptr, blob.length, &view, &err)) {
        arena_deinit(&arena);
        return 0;
    }
    for (uint32_t g = 0; g < view.groups; g++) {
        digest += presum_u32(view.codes, g) + presum_u32(view.currencies, g);
        digest += presum_u32(view.rows, g);
        for (uint32_t m = 0; m < view.measures; m++)
            digest += presum_u32(view.counts[m], g) + (uint64_t)presum_sum(&view, m, g);
    }
    sink = digest;
    arena_deinit(&arena);
    return 0;
}
