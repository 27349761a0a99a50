/* How a column of a segment and its pre-sums lie in the store, to the byte. encode*.c and
 * presum_write.c write it, decode*.c and presum_read.c read it.
 */
/* clang-format off */
/* A chunk is one column of one segment (1..65,536 rows). All numbers are little-endian.
 *
 *   offset size  header
 *        0    1  encoding (enum chunk_encoding)
 *        1    1  kind: 0 text (global codes; ids), 1 decimal, 2 whole (moments, lines)
 *        2    1  scale of a decimal, 0..28; else 0
 *        3    1  width: bits of a local code (1..16), bits of a packed value (1..63) or bytes of a
 *                value (1..8); else 0
 *        4    4  rows
 *        8    4  nulls: rows that are absent
 *       12    4  count: entries of the local dictionary or of the map, runs, or patches
 *       16    8  base, signed
 *       24    8  factor, signed
 *       32       payload, exactly as long as given here, its parts in this order:
 *
 *   encoding    kind  payload
 *   CONSTANT    0     u32 global code, not 0; nulls 0
 *   CONSTANT    1,2   16 bytes: the value, signed; nulls 0
 *   CODES       0     list of `count` global codes;
 *                     rows x width bits: places in the list
 *   CODE_RUNS   0     list of `count` global codes;
 *                     u32 runs;
 *                     runs x u16 length - 1;
 *                     runs x u16 place in the list
 *   VALUES      1,2   bitmap when nulls > 0;
 *                     (rows - nulls) x width bytes: (value - base) / factor of the rows that are
 *                     not absent
 *   VALUE_RUNS  1,2   nulls 0;
 *                     count x u16 length - 1;
 *                     count x width bytes: (value - base) / factor
 *   STEP        1,2   nothing: value = base + row x factor; nulls 0
 *   WIDE        1     bitmap when nulls > 0;
 *                     rows x 16 bytes: the value, signed
 *   MIXED       1     bitmap when nulls > 0;
 *                     rows x 16 bytes: the value, signed;
 *                     rows x u8 scale.
 *                     For the rare column whose values no common scale of 128 bits holds; the
 *                     header's scale is 0
 *   SAME        any   u32 id of a column of the segment: its chunk, which is no SAME, has the
 *                     encoding and the payload of this one; all other fields of the header are own.
 *                     For columns that repeat others (names beside ids, a period's end beside its
 *                     start, costs in two currencies that are one). Only pack.c writes it and only
 *                     scan.c reads it: decode.c never sees one
 *   PACKED      1,2   bitmap when nulls > 0;
 *                     (rows - nulls) x width bits: as in VALUES.
 *                     Costs more to read than VALUES, so the money that reports sum is never PACKED
 *
 *   The next three lean on other columns of the segment, whose chunks are none of these and no
 *   SAME.
 *
 *   LIKE        1     u32 id of column 1; u32 0;
 *                     u32 flags: 1 when the rows that are absent are those of column 1, else 0;
 *                     bitmap when nulls > 0 and the flag is 0;
 *                     count x u16 row of a patch, ascending;
 *                     count x width bytes: its value - base.
 *                     All other rows have the numbers of column 1, whose scale and kind are its own
 *   FUNCTION    0     u32 id of column 1, a text; u32 0;
 *                     u32 entries of the list of column 1;
 *                     u32 patches;
 *                     list of `count` global codes;
 *                     entries x width bits: for each entry of column 1 the place in the list;
 *                     patches x u16 row, ascending;
 *                     patches x u16 place in the list.
 *                     The code of column 1 decides, but for patches
 *   SCALED      1,2   u32 id of column 1, a text; u32 id of column 2, numbers, or 0;
 *                     u32 patches;
 *                     bitmap when nulls > 0;
 *                     count x width bytes: for each entry of the list of column 1 its rate - base;
 *                     patches x u16 row, ascending;
 *                     patches x 8 bytes: the value, signed.
 *                     The value is the rate that the code of column 1 has, times the number of
 *                     column 2 where there is one, but for patches. Mantissas are multiplied; the
 *                     header's scale is that of the product
 *
 * A list of global codes ascends; its first is 0 (absent) when nulls > 0 and only then. It is
 *
 *   factor 1..4       count x factor bytes: global code - base
 *   factor 0          u32 range; range bits, `count` of them 1: bit i is for global code base + i
 *
 * The bitmap has one bit a row; 1 is absent, and the value then reads as 0. Bits of all kinds are
 * counted from the least significant of the first byte and padded with 0 to a whole byte. A column
 * that is absent in the whole segment has no chunk.
 *
 * In memory a chunk that leans on others is handed to decode.c as a bundle. scan.c makes it; it is
 * never in a file:
 *
 *   offset size
 *        0    1  255
 *        1    1  chunks, 2..3
 *        2    6  0
 *        8    8  length of each, chunks x u64; 0 up to byte 32
 *       32       the chunks, its own first, each with KERNEL_SLACK_BYTES and 0 up to a multiple of
 *                8 behind it
 *
 * Three columns are in every segment beside those of its dataset (ids in pack.h): #line, whole
 * numbers; #file and #delivery, codes of kind 0 that are the ids of the tables file and delivery
 * themselves (a file that is not known is absent). In a segment of one delivery #delivery is a
 * CONSTANT; in a shared one its list says which deliveries, and table part how many rows each.
 *
 * Pre-sums of a segment are one blob for each of a few dictionary columns (presum.c) and for each
 * of a few keys of Tags (tag_presum.c). In the file it is of version 2:
 *
 *   offset size
 *        0    1  2 (version)
 *        1    1  measures (1..4)
 *        2    1  bytes of a sum in version 1, 8 or 16
 *        3    1  0
 *        4    4  groups
 *        8    4  scale of each measure, 4 x u8; 0 where there is none
 *       12    4  0
 *       16       array of global codes (0 absent)
 *                array of global codes of the currency
 *                array of rows
 *                for each measure: array of rows that have no value, array of sums
 *
 * where an array is
 *
 *        0    1  width, 0..16
 *        1   16  base, signed
 *       17       groups x width bytes: entry - base
 *
 * presum_expand() makes version 1 of it, which is in memory only and what presum_read() takes: the
 * same header with 1 for the version, then groups x u32 code, groups x u32 currency, groups x u32
 * rows, and for each measure groups x u32 rows that have a value, groups x sum, signed.
 */
/* clang-format on */
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
    CHUNK_SAME = 9,
    CHUNK_PACKED = 10,
    CHUNK_LIKE = 11,
    CHUNK_FUNCTION = 12,
    CHUNK_SCALED = 13,
    CHUNK_BUNDLE = 255 /* in memory only */
};

enum {
    CHUNK_HEADER_BYTES = 32,
    CHUNK_SAME_BYTES = 36,
    CHUNK_LEANING_BYTES = 40, /* header and the ids of the columns that a chunk leans on */
    CHUNK_BUNDLE_MAX = 3,
    CHUNK_CEILING = CHUNK_HEADER_BYTES + 18 * BATCH_ROWS + 64
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
    const uint32_t
        *code_map;    /* by code of a load: that of the store; NULL: they are of the store */
    uint16_t *places; /* by code - min: place in the local dictionary */
    size_t place_capacity;
    uint32_t dictionary[BATCH_ROWS + 1];
    uint32_t dictionary_count;
    uint32_t entries[BATCH_ROWS]; /* of a dictionary before it is put in order */
    uint16_t entry_places[BATCH_ROWS];
    uint16_t codes[BATCH_ROWS]; /* local codes of the column that was encoded last as text */
    int64_t values[BATCH_ROWS];
    uint64_t rests[BATCH_ROWS]; /* of the values, as they are written */
    i128 *wide;                 /* BATCH_ROWS, made when first needed */
    uint8_t nulls[BATCH_ROWS / 8];
    uint16_t patch_rows[BATCH_ROWS];
    uint8_t *bytes; /* CHUNK_CEILING: the chunk */
    size_t length;
};

struct encoder *encoder_open(void);
void encoder_close(struct encoder *encoder);

/* Encode `rows` (1..BATCH_ROWS) cells into encoder->bytes, length 0 when all are absent. Texts are
 * what encoder->code_map says of `codes`; its entry 0 is 0 and no two are the same. */
void encode_text(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                 struct chunk_facts *facts);
void encode_whole(struct encoder *encoder, const int64_t *values, uint32_t rows,
                  struct chunk_facts *facts); /* MOMENT_NONE is absent */
/* Decimals as in a batch column, in two steps. Reading leaves in encoder->values the mantissas at
 * *scale when facts->narrow, else in encoder->wide (0 where absent); facts->mixed: each at its own
 * scale, and encoded already. decimals_encode() encodes what was read, the values by whole bytes
 * or, `packed`, by bits where that saves a twelfth. */
void decimals_read(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                   const struct decimal *wide, uint32_t rows, struct chunk_facts *facts,
                   uint8_t *scale);
void decimals_encode(struct encoder *encoder, uint32_t rows, uint8_t scale, bool packed,
                     struct chunk_facts *facts);

enum {
    KEY_ENTRIES_MIN = 2,
    KEY_ENTRIES_MAX = BATCH_ROWS / 8,
    KEY_SHARE = 2,   /* a key has that many rows a code, or more */
    PATCH_SHARE = 16 /* one row in so many may be a patch */
};

/* A text column that decides others: its local codes, and three rows of each code. */
struct encode_key {
    uint32_t column_id;
    uint32_t count; /* KEY_ENTRIES_MIN..KEY_ENTRIES_MAX; 0: there is no key */
    uint16_t codes[BATCH_ROWS];
    uint16_t first_row[KEY_ENTRIES_MAX];
    uint16_t middle_row[KEY_ENTRIES_MAX];
    uint16_t last_row[KEY_ENTRIES_MAX];
};

/* Numbers of the segment that others are made from. */
struct encode_base {
    uint32_t column_id; /* 0: there is none */
    uint8_t scale;
    uint32_t nulls;
    int64_t values[BATCH_ROWS]; /* 0 where absent */
    uint8_t null_bits[BATCH_ROWS / 8];
};

/* Makes the column that encode_text() encoded last a key; false when it has too many codes for
 * that, or too few. */
bool encode_key_make(struct encode_key *key, const struct encoder *encoder, uint32_t column_id,
                     uint32_t rows) GR_MUST_CHECK;
/* Keeps the numbers that were read last. */
void encode_base_make(struct encode_base *base, const struct encoder *encoder, uint32_t column_id,
                      uint32_t rows, uint8_t scale, const struct chunk_facts *facts);

/* Encode a column by what others of its segment say: false, and nothing is encoded, when too many
 * rows do not follow. encode_function() leaves the dictionary, and with `spread` the
 * codes, as encode_text() does; the
 * other two work on what decimals_read() left, which must be narrow. quantity NULL: 1. */
bool encode_function(struct encoder *encoder, const struct encode_key *key, const uint32_t *codes,
                     uint32_t rows, bool spread, struct chunk_facts *facts) GR_MUST_CHECK;
bool encode_like(struct encoder *encoder, const struct encode_base *base, uint32_t rows,
                 uint8_t scale, struct chunk_facts *facts) GR_MUST_CHECK;
bool encode_scaled(struct encoder *encoder, const struct encode_key *key,
                   const struct encode_base *quantity, uint32_t rows, uint8_t scale,
                   struct chunk_facts *facts) GR_MUST_CHECK;

/* Puts a reference to the payload of another column's chunk in the place of the payload. */
void encode_same(struct encoder *encoder, uint32_t column_id);

enum { PRESUM_GROUPS_MAX = 4 * 4096, PRESUM_HEADER_BYTES = 16, PRESUM_PACKED = 2 };

/* What a pre-sum says, to be written: arrays by group. */
struct presum_entries {
    uint32_t groups;
    uint32_t measures; /* 1..STORE_MONEY_MAX */
    uint8_t scales[STORE_MONEY_MAX];
    const uint32_t *codes;
    const uint32_t *currencies;
    const uint32_t *rows;
    const uint32_t *missing; /* rows without a value; STORE_MONEY_MAX a group */
    const i128 *sums;        /* the same; 0 where there is no such measure */
};

/* Version 2 of a blob, in memory of the arena, with KERNEL_SLACK_BYTES zeros behind it. */
struct store_bytes presum_write(struct arena *arena, const struct presum_entries *entries);

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
/* Version 1 of a blob as it lies in a file, in memory of the arena; what is no version 2 stays as
 * it is, for presum_read() to judge. Behind the blob KERNEL_SLACK_BYTES must be readable. */
enum gr_status presum_expand(struct arena *arena, struct store_bytes *bytes,
                             struct gr_err *err) GR_MUST_CHECK;
uint32_t presum_u32(const uint8_t *array, uint32_t at);
i128 presum_sum(const struct presum_view *view, uint32_t measure, uint32_t group);

#endif
