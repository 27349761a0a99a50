/* A segment from rows to bytes, without SQLite: what segment.c writes into the tables.
 *
 * A packer belongs to one thread at a time and keeps nothing from segment to segment but memory, so
 * equal rows give equal bytes wherever and whenever they are packed.
 */
#ifndef GR_STORE_PACK_H
#define GR_STORE_PACK_H

#include "store/encoding.h"

/* Columns 1 to 3 of the file, of every dataset. */
enum { COLUMN_ID_LINE = 1, COLUMN_ID_FILE = 2, COLUMN_ID_DELIVERY = 3, COLUMN_ID_MAX = 4095 };

/* Rows of a segment before they are packed: as append.c collects them, as compact.c reads them. A
 * column that is absent in all rows is empty. */
struct segment_column {
    uint32_t *codes;
    int64_t *units; /* or moments; place in `wide` */
    uint8_t *scales;
    struct decimal *wide;
    uint32_t wide_count;
    uint32_t wide_capacity;
    uint32_t rows; /* filled; the rest is absent */
    uint32_t capacity;
    uint32_t settled; /* text: the first rows have codes of the store; the others of a load */
};

struct segment_rows {
    enum dataset dataset;
    uint32_t rows;
    struct segment_column *columns; /* by column number */
    size_t column_count;
    struct segment_column lines;      /* units */
    struct segment_column files;      /* codes: ids */
    struct segment_column deliveries; /* codes: ids */
};

/* What the file says of a column of the segment. */
struct pack_column {
    int64_t id;
    enum column_kind kind;
    const uint32_t *code_map; /* text: by code of the load: that of the store; NULL: none is used */
};

struct packed_chunk {
    int64_t column; /* id in the file */
    uint32_t nulls;
    bool narrow; /* min and max are known */
    int64_t min;
    int64_t max;
    uint8_t *bytes;
    size_t length;
};

struct packed_presum {
    int64_t column; /* id in the file */
    uint8_t *bytes; /* KERNEL_SLACK_BYTES zeros behind them */
    size_t length;
};

/* Range of a moment column; nulls == rows: it has none. */
struct zone_map {
    int64_t min;
    int64_t max;
    uint32_t nulls;
};

struct segment_part {
    int64_t delivery;
    uint32_t rows;
};

/* Memory: its arena, which the caller empties or frees. */
struct packed_segment {
    struct arena arena;
    enum dataset dataset;
    uint32_t rows;
    struct zone_map moments; /* of the dataset's moment column */
    struct zone_map billing; /* of BillingPeriodStart */
    struct packed_chunk *chunks;
    size_t chunk_count;
    struct packed_presum *presums;
    size_t presum_count;
    struct segment_part *parts; /* ascending */
    size_t part_count;
};

struct packer;
struct packer *packer_open(void);
void packer_close(struct packer *packer); /* NULL is fine */
/* Packs `rows` (1..BATCH_ROWS of them; what is settled and what is not may both be in codes of the
 * store afterwards). `columns`: one for each column of the dataset, with an id where the rows have
 * it and where presum_columns() names it, and with a map where rows have codes of a load. *out is
 * overwritten, its arena is used as it is. */
void pack_segment(struct packer *packer, struct segment_rows *rows,
                  const struct pack_column *columns, struct packed_segment *out);

/* presum.c: pre-sums of a segment while its columns are encoded. */
struct presum_builder;
const int *presum_columns(enum dataset dataset, size_t *count); /* the first is the currency */
struct presum_builder *presum_open(void);
void presum_close(struct presum_builder *builder);
void presum_begin(struct presum_builder *builder, enum dataset dataset, uint32_t rows);
/* Does presum_take() need the local codes of this column? */
bool presum_wants(const struct presum_builder *builder, int column);
/* Called for each encoded column; keeps what it needs. */
void presum_take(struct presum_builder *builder, int column, const struct encoder *encoder,
                 const struct chunk_facts *facts, uint8_t scale);
/* Fills out->presums. */
void presum_finish(struct presum_builder *builder, const struct pack_column *columns,
                   struct packed_segment *out);

#endif
