/* Where the cells and rows of a block of CSV end: a structural index, 64 bytes a step.
 *
 * Quotes, delimiters and line ends become bit masks; a running exclusive-or over the quote bits
 * says which bytes stand inside quotes, so delimiters and newlines there fall away without a branch
 * (after Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019). The index also proves
 * on the way that every quote stands at the edge of a cell or is doubled; it stops where one does
 * not, and csv_fast.c, which knows every rule and every fault, takes over for that row.
 *
 * Called by csv.c. Must not know windows, sources or what cells mean.
 */
#ifndef GR_INGEST_CSV_INDEX_H
#define GR_INGEST_CSV_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CSV_INDEX_BYTES = 512 << 10, /* of a block, at most */
    CSV_INDEX_PADDING = 64       /* readable bytes behind a block */
};

/* A block that starts at a row's first byte. Offsets count from there. */
struct csv_index {
    uint32_t *ends; /* of cells: offsets of unquoted delimiters and newlines, ascending */
    size_t end_count;
    uint32_t *rows; /* row i has the ends rows[i-1] .. rows[i]-1; the last one is its newline */
    bool *special;  /* row i may hold NUL, bytes above 0x7F or newlines in quotes */
    size_t row_count;
    bool broken; /* it stopped at a misplaced quote, which belongs to the row behind the last one */
};

void csv_index_init(struct csv_index *index); /* memory for CSV_INDEX_BYTES */
void csv_index_deinit(struct csv_index *index);

/* Indexes `len` (<= CSV_INDEX_BYTES) bytes; CSV_INDEX_PADDING bytes behind them are readable. */
typedef void csv_index_function(const char *bytes, size_t len, char delimiter,
                                struct csv_index *out);

/* "scalar", "sse2", "avx2" or NULL (the best this CPU has); NULL when the name is unknown or the
 * CPU lacks it. All give the same index. */
csv_index_function *csv_index_select(const char *level);

/* The same, and hashes up to `blocks` blocks of 64 bytes at `hashed` into the SHA-256 `state` on
 * the way, at no more cost than the hash alone. Returns how many it took: fewer when the index
 * ended first. Only where csv_index_hashes() says so. */
size_t csv_index_sha(const char *block, size_t len, char delimiter, struct csv_index *out,
                     uint32_t state[8], const void *hashed, size_t blocks);
bool csv_index_hashes(void);

/* The versions behind that choice, a file each. The last two are there on x86 only. */
csv_index_function csv_index_scalar, csv_index_sse2, csv_index_avx2;

#endif
