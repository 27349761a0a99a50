/* The part of the index that every instruction set shares; included once by each of its files,
 * behind the definition of chunk_load() and prefix_xor(). Private to csv_index*.c.
 */
#include "ingest/csv_index.h"

enum { CHUNK = 64 };

/* One bit a byte, least significant first. */
struct chunk {
    uint64_t quotes;
    uint64_t delimiters;
    uint64_t newlines;
    uint64_t returns;
    bool odd; /* a NUL or a byte above 0x7F is among them */
};

/* The 64 bytes at `at` as masks. */
static inline struct chunk chunk_load(const char *at, char delimiter);
/* Bit i of the result is the parity of bits 0..i. */
static inline uint64_t prefix_xor(uint64_t bits);

/* What the bytes before a chunk mean for it: each is its highest bit. */
struct before {
    uint64_t inside;   /* all ones when the chunk starts inside quotes */
    uint64_t may_open; /* the byte before may be followed by an opening quote */
    uint64_t closed;   /* it is a closing quote */
    uint64_t return_behind_quote;
};

/* Bits of quotes (or of what follows them) that are at no cell's edge; moves `before` on. */
static inline uint64_t misplaced(const struct chunk *chunk, uint64_t inside, uint64_t ends,
                                 struct before *before)
{
    uint64_t opening = chunk->quotes & inside, closing = chunk->quotes & ~inside;
    uint64_t may_open = ends | closing; /* a quote behind a closing one doubles it */
    uint64_t behind_quote = closing << 1 | before->closed;
    uint64_t returns = behind_quote & chunk->returns;
    uint64_t bad = opening & ~(may_open << 1 | before->may_open);
    bad |= behind_quote & ~(ends | chunk->quotes | chunk->returns);
    bad |= (returns << 1 | before->return_behind_quote) & ~chunk->newlines;
    *before = (struct before){(uint64_t)((int64_t)inside >> 63), may_open >> 63, closing >> 63,
                              returns >> 63};
    return bad;
}

/* Offsets of the set bits; writes up to seven places more than there are bits. */
static inline void put_ends(uint64_t bits, uint32_t base, uint32_t *out)
{
    while (bits) {
        for (unsigned i = 0; i < 8; i++) {
            out[i] = base + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
            bits &= bits - 1;
        }
        out += 8;
    }
}

/* A block under way. */
struct indexing {
    struct before before;
    bool special; /* the row under way */
    size_t ends, rows;
};

/* Takes the 64 bytes at block + at, of which `left` (from 1) belong to the block. */
static inline void index_chunk(struct indexing *now, const char *block, size_t at, size_t left,
                               char delimiter, struct csv_index *out)
{
    struct chunk chunk = chunk_load(block + at, delimiter);
    uint64_t valid = left < CHUNK ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
    chunk.quotes &= valid;
    uint64_t inside = prefix_xor(chunk.quotes) ^ now->before.inside;
    uint64_t ends = (chunk.delimiters | chunk.newlines) & ~inside & valid;
    uint64_t bad = misplaced(&chunk, inside, ends, &now->before) & valid;
    if (bad) {
        ends &= (bad & -bad) - 1;
        out->broken = true;
    }
    bool special = chunk.odd || (chunk.newlines & inside & valid);
    now->special |= special;
    put_ends(ends, (uint32_t)at, out->ends + now->ends);
    for (uint64_t newlines = ends & chunk.newlines; newlines; newlines &= newlines - 1) {
        uint64_t up_to = newlines ^ (newlines - 1);
        out->rows[now->rows] = (uint32_t)(now->ends + (size_t)__builtin_popcountll(ends & up_to));
        out->special[now->rows++] = now->special;
        now->special = special;
    }
    now->ends += (size_t)__builtin_popcountll(ends);
}

static inline void index_start(struct indexing *now, struct csv_index *out)
{
    *now = (struct indexing){.before = {.may_open = 1}};
    out->broken = false;
}

static inline void index_end(const struct indexing *now, struct csv_index *out)
{
    out->end_count = now->ends;
    out->row_count = now->rows;
}

static inline void index_block(const char *block, size_t len, char delimiter, struct csv_index *out)
{
    struct indexing now;
    index_start(&now, out);
    for (size_t at = 0; at < len && !out->broken; at += CHUNK)
        index_chunk(&now, block, at, len - at, delimiter, out);
    index_end(&now, out);
}
