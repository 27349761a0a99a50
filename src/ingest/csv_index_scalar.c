/* The structural index byte by byte, for machines without vectors and as the reference of the
 * others.
 */
#include "ingest/csv_index_body.h"

static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

static inline struct chunk chunk_load(const char *at, char delimiter)
{
    struct chunk chunk = {0};
    for (unsigned i = 0; i < CHUNK; i++) {
        uint64_t bit = UINT64_C(1) << i;
        chunk.quotes |= at[i] == '"' ? bit : 0;
        chunk.delimiters |= at[i] == delimiter ? bit : 0;
        chunk.newlines |= at[i] == '\n' ? bit : 0;
        chunk.returns |= at[i] == '\r' ? bit : 0;
        chunk.odd |= at[i] == 0 || (unsigned char)at[i] > 0x7F;
    }
    return chunk;
}

void csv_index_scalar(const char *bytes, size_t len, char delimiter, struct csv_index *out)
{
    index_block(bytes, len, delimiter, out);
}
