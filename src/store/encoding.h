/* How a column of a segment lies in the store, to the byte. encode.c writes it, decode.c reads it.
 *
 * A chunk is one column of one segment (1..65,536 rows). All numbers are little-endian.
 *
 *   offset size  header
 *        0    1  encoding (enum chunk_encoding)
 *        1    1  kind: 0 text (global codes; ids), 1 decimal, 2 whole (moments, lines)
 *        2    1  scale of a decimal, 0..28; else 0
 *        3    1  width: bits of a local code (1..16) or bytes of a value (1..8); else 0
 *        4    4  rows
 *        8    4  nulls: rows that are absent
 *       12    4  count: entries of the local dictionary, or runs
 *       16    8  base, signed
 *       24    8  factor, signed
 *       32       payload, exactly as long as given here:
 *
 *   encoding    kind  payload
 *   CONSTANT    0     u32 global code, not 0; nulls 0
 *   CONSTANT    1,2   16 bytes: the value, signed; nulls 0
 *   CODES       0     list: `count` entries of `factor` bytes (1..4), global code - base; they
 *                     ascend; the first entry is code 0 (absent) when nulls > 0; then rows x width
 *                     bits: places in the list, least significant bit first
 *   CODE_RUNS   0     list as above; u32 runs; runs x u16 length - 1; runs x u16 place in the list
 *   VALUES      1,2   bitmap when nulls > 0; (rows - nulls) x width bytes: (value - base) / factor
 *                     of the rows that are not absent
 *   VALUE_RUNS  1,2   count x u16 length - 1; count x width bytes as in VALUES; nulls 0
 *   STEP        1,2   nothing: value = base + row x factor; nulls 0
 *   WIDE        1     bitmap when nulls > 0; rows x 16 bytes, signed
 *   MIXED       1     bitmap when nulls > 0; rows x 16 bytes, signed; rows x u8 scale: for the rare
 *                     column whose values no common scale of 128 bits holds; header scale 0
 *   SAME        any   u32 id of a column of the segment: its chunk, which is no SAME, has the
 *                     encoding and the payload of this one; all other fields of the header are own.
 *                     For columns that repeat others (names beside ids, a period's end beside its
 *                     start, costs in two currencies that are one). Only segment.c writes it and
 *                     only scan.c reads it: decode.c never sees one
 *
 * The null bitmap has one bit a row, least significant first; 1 is absent, and the value then reads
 * as 0. Bits are padded with 0 to a whole byte. A column that is absent in the whole segment has no
 * chunk.
 *
 * Three columns are in every segment beside those of its dataset (ids in store_internal.h): #line,
 * whole numbers; #file and #delivery, codes of kind 0 that are the ids of the tables file and
 * delivery themselves (a file that is not known is absent). In a segment of one delivery #delivery
 * is a CONSTANT; in a shared one its list says which deliveries, and table part how many rows each.
 *
 * Pre-sums of a segment (presum.c), one blob for each of a few dictionary columns:
 *
 *        0    1  1 (version)
 *        1    1  measures (1..4)
 *        2    1  bytes of a sum, 8 or 16
 *        3    1  0
 *        4    4  groups
 *        8    4  scale of each measure, 4 x u8
 *       12    4  0
 *       16       groups x u32 global code (0 absent)
 *                groups x u32 global code of the currency
 *                groups x u32 rows
 *                for each measure: groups x u32 rows that have a value, groups x sum
 */
#ifndef GR_STORE_ENCODING_H
#define GR_STORE_ENCODING_H

#include "base/decimal.h"
#include "model/batch.h"
#include "store/scan.h"

enum chunk_encoding {
    CHUNK_CONSTANT = 1,
    CHUNK_CODES = 2,
    CHUNK_CODE_RUNS = 3,
    CHUNK_VALUES = 4,
    CHUNK_VALUE_RUNS = 5,
    CHUNK_STEP = 6,
    CHUNK_WIDE = 7,
    CHUNK_MIXED = 8,
    CHUNK_SAME = 9
};

enum {
    CHUNK_HEADER_BYTES = 32,
    CHUNK_SAME_BYTES = 36,
    CHUNK_CEILING = CHUNK_HEADER_BYTES + 18 * BATCH_ROWS
};

/* What is known about the column that was encoded last. */
struct chunk_facts {
    uint32_t nulls; /* == rows: nothing was written, the column has no chunk */
    bool mixed;     /* every value has a scale of its own */
    bool narrow;    /* min and max are known and fit 64 bits */
    int64_t min;    /* of the mantissas at the chunk's scale */
    int64_t max;
};

/* Scratch memory for encoding; reused from column to column. */
struct encoder {
    uint32_t *places; /* by global code - min: place in the local dictionary */
    size_t place_capacity;
    uint32_t dictionary[BATCH_ROWS];
    uint32_t dictionary_count;
    uint16_t codes[BATCH_ROWS]; /* local codes of the column that was encoded last as text */
    int64_t values[BATCH_ROWS];
    i128 *wide; /* BATCH_ROWS, made when first needed */
    uint8_t nulls[BATCH_ROWS / 8];
    uint8_t *bytes; /* CHUNK_CEILING: the chunk */
    size_t length;
};

struct encoder *encoder_open(void);
void encoder_close(struct encoder *encoder);

/* Encode `rows` (1..BATCH_ROWS) cells into encoder->bytes, length 0 when all are absent. */
void encode_text(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                 struct chunk_facts *facts);
void encode_whole(struct encoder *encoder, const int64_t *values, uint32_t rows,
                  struct chunk_facts *facts); /* MOMENT_NONE is absent */
/* Decimals as in a batch column. After it, encoder->values holds the mantissas at *scale when
 * facts->narrow, else encoder->wide (0 where absent); facts->mixed: each at its own scale. */
void encode_decimals(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                     const struct decimal *wide, uint32_t rows, struct chunk_facts *facts,
                     uint8_t *scale);

/* Puts a reference to the payload of another column's chunk in the place of the payload. */
void encode_same(struct encoder *encoder, uint32_t column_id);

/* Reads a pre-sum blob; views into `bytes`. GR_ESTORE when it is damaged. */
struct presum_view {
    uint32_t groups;
    uint32_t measures;
    uint8_t scales[STORE_MONEY_MAX];
    uint8_t sum_bytes;
    const uint8_t *codes;
    const uint8_t *currencies;
    const uint8_t *rows;
    const uint8_t *counts[STORE_MONEY_MAX];
    const uint8_t *sums[STORE_MONEY_MAX];
};

enum gr_status presum_read(const uint8_t *bytes, size_t length, struct presum_view *out,
                           struct gr_err *err) GR_MUST_CHECK;
uint32_t presum_u32(const uint8_t *array, uint32_t at);
i128 presum_sum(const struct presum_view *view, uint32_t measure, uint32_t group);

#endif
