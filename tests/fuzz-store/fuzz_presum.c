/* Hostile pre-sum bytes: refused, or every group can be read. */
#include <stdlib.h>

#include "store/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint64_t sink; /* so that the reads are made */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct gr_err err = {0};
    struct presum_view view;
    uint64_t digest = 0;
    if (presum_read(bytes, size, &view, &err))
        return 0;
    for (uint32_t g = 0; g < view.groups; g++) {
        digest += presum_u32(view.codes, g) + presum_u32(view.currencies, g);
        digest += presum_u32(view.rows, g);
        for (uint32_t m = 0; m < view.measures; m++)
            digest += presum_u32(view.counts[m], g) + (uint64_t)presum_sum(&view, m, g);
    }
    sink = digest;
    return 0;
}
