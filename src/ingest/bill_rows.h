/* From the rows of a bill's CSV to batches, by a plan that its format made from the header.
 *
 * The hot path of every CSV bill format: a cell costs a comparison with what the row of the same
 * resource held (recall.h), an exact decimal, or a moment that mostly is the one above it. A format
 * fills the plan, says what else a row needs, and calls bill_rows_read(). Must not know the
 * formats.
 */
#ifndef GR_INGEST_BILL_ROWS_H
#define GR_INGEST_BILL_ROWS_H

#include "ingest/csv.h"
#include "ingest/emit.h"
#include "ingest/recall.h"

enum { BILL_MOMENT_BYTES_MAX = 40 };

/* One column of the file. A format sets the first members, the rest is bill_rows.c's. */
struct bill_column {
    struct str name; /* as in the file */
    enum column_kind kind;
    size_t column; /* of the batch */
    bool dropped;  /* nothing of it is kept: a secret, or nobody wants it */
    /* Not NULL: the cell is left here for complete(), and that is all; STR_NONE when it is absent.
     */
    struct str *capture;
    bool day_first;    /* MOMENT: slashed dates are D/M/Y; else M/D/Y */
    bool order_proven; /* ... which the file itself says, by a day above 12 */

    bool order_used;        /* a slashed date was read that the other order reads otherwise */
    uint64_t contrary_line; /* of the first one that the other order alone can read; 0: none */
    struct batch_column *cells;
    uint32_t generation;              /* TEXT: of the dictionary that all codes here are of */
    size_t place;                     /* TEXT: in a row of the recall */
    struct dict quoted;               /* TEXT with doubled quotes: as they stand in the file ... */
    uint32_t *quoted_codes;           /* ... and the codes of what they mean */
    uint32_t misses;                  /* TEXT: rows of this batch that were not as recalled */
    uint32_t blind;                   /* TEXT: batches to read without recalling */
    char last[BILL_MOMENT_BYTES_MAX]; /* MOMENT: the cell read last ... */
    uint32_t last_len;
    int64_t last_ms; /* ... and what it was */
};

/* What the loop over a row's texts needs of a column, close together. */
struct bill_text {
    uint32_t cell;   /* of the row */
    uint32_t place;  /* in a row of the recall */
    uint32_t *codes; /* of the batch; NULL: absent so far */
    struct bill_column *column;
};

/* A row that comes soon: what is known of its resource, to have its memory fetched in time. */
struct bill_row_ahead {
    bool known;
    uint64_t
        offset; /* of the row in the file: it is this row, however many blank lines lie between */
    uint32_t hash; /* of its resource's cell */
    uint32_t code; /* a guess; 0: new, or not looked for yet */
    const struct recalled *recalled;
};

enum { BILL_ROWS_AHEAD = 3, BILL_LONG_TEXTS = 16 };

struct bill_rows {
    struct csv_reader *csv;
    struct emit *emit;
    enum dataset dataset;
    struct bill_column *columns; /* one a cell of a row; memory of the caller */
    size_t column_count;
    int resource;       /* cell whose text the others of its row mostly follow; -1: none */
    int sku;            /* the same for resources that are new; -1: none */
    bool holds_secrets; /* a column with secrets was dropped: raw rows must not be shown either */
    /* What the row needs and what can be said for it, once its cells are set. NULL, or why the row
     * is refused: *column names the culprit; bill_row_skip: the row is none, it is only counted. */
    const char *(*complete)(void *context, struct batch *batch, struct str *column);
    void *context; /* of complete */

    size_t *kept; /* cells that are not dropped */
    size_t kept_count;
    struct bill_text *texts; /* without the resource's; those that are recalled come first */
    size_t text_count;
    size_t recalled_count;
    size_t *others; /* cells of decimals and moments */
    size_t other_count;
    size_t *captured; /* cells for complete() */
    size_t captured_count;
    struct recall recall;
    struct bill_text resource_text;
    struct recalled resource_seen; /* the resource of the last row */
    struct bill_row_ahead
        ahead[BILL_ROWS_AHEAD + 1];      /* the row at hand and those behind it, a ring */
    size_t row;                          /* of the ring, at hand */
    size_t long_places[BILL_LONG_TEXTS]; /* TEXT columns that fetching ahead is worth it for */
    size_t long_count;
};

/* What bill_rows.complete() returns for a row that is to be passed over. */
extern const char bill_row_skip[];

/* csv_open() with the engine and the instructions of the options. GR_EUSAGE: unknown names. */
enum gr_status bill_csv_open(struct ingest_source *source, const struct ingest_options *options,
                             char delimiter, struct csv_reader **out,
                             struct gr_err *err) GR_MUST_CHECK;

/* Drops the columns that neither `names` (comma between them, case does not matter) nor `needed`
 * (up to NULL) has. GR_EUSAGE: a name that the file has no column for. */
enum gr_status bill_columns_keep(struct bill_rows *rows, const char *names,
                                 const char *const *needed, struct gr_err *err) GR_MUST_CHECK;

/* Reads all rows behind the header into the emit, blank lines and repeated headers as skipped.
 * Statuses of the source and the sink; GR_EDATA: dates turned out to be of the other order. */
enum gr_status bill_rows_read(struct bill_rows *rows, struct gr_err *err) GR_MUST_CHECK;

#endif
