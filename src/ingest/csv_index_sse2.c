/* The structural index for every x86-64: 16 bytes a comparison. */
#include "ingest/csv_index_body.h"

#if defined(__SSE2__)

#include "ingest/csv_index_sse2.h"

static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

void csv_index_sse2(const char *bytes, size_t len, char delimiter, struct csv_index *out)
{
    index_block(bytes, len, delimiter, out);
}

#endif
