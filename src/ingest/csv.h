/* CSV rows: from a source to cells, with the physical line and byte offset of every row.
 *
 * RFC 4180 with the field's habits: CRLF, LF or both in one file, newlines in quoted cells, no
 * final newline, blank lines skipped and counted. Nothing is trimmed. A row that breaks the rules
 * comes back with `fault` set, is one physical line long, and reading goes on at the next physical
 * line: a quote that is never closed costs a row, not the rest of the file.
 *
 * Two engines give the same rows, faults and line numbers: "fast" (own scanner, the default) and
 * "libcsv" (strict; the reader of record for small files and the oracle of the first).
 * Called by formats and table.c. Must not know what cells mean.
 */
#ifndef GR_INGEST_CSV_H
#define GR_INGEST_CSV_H

#include "ingest/source.h"

enum {
    CSV_CELL_MAX = 1 << 20,  /* bytes of a cell */
    CSV_ROW_MAX = 16 << 20,  /* bytes of a row */
    CSV_CELLS_MAX = 16384,   /* cells of a row */
    CSV_RAW_KEPT_MAX = 4096, /* bytes of a faulty row that are kept */
};

/* Views are valid until the next row is asked for. */
struct csv_row {
    const struct str *cells;
    size_t cell_count;
    uint64_t line;        /* physical line of its first byte, from 1 */
    uint64_t byte_offset; /* of its first byte in the inflated file */
    struct str raw;       /* without line end; of a faulty row at most CSV_RAW_KEPT_MAX bytes */
    const char *fault; /* NULL: a good row; else why it is not one, and cells are not to be used */
    bool doubled;      /* csv_next_raw: quotes within quoted cells may still be doubled */
};

struct csv_reader;

/* engine: "fast", "libcsv" or NULL (fast); unknown is GR_EUSAGE. The source stays the caller's. */
enum gr_status csv_open(struct ingest_source *source, const char *engine, char delimiter,
                        struct csv_reader **out, struct gr_err *err) GR_MUST_CHECK;
void csv_close(struct csv_reader *reader); /* NULL is fine */

/* From now on a row with another number of cells is faulty (0: any number). */
void csv_expect_cells(struct csv_reader *reader, size_t cells);

/* The next row; *more = false at the end. Only the source's errors are errors. */
enum gr_status csv_next(struct csv_reader *reader, struct csv_row *row, bool *more,
                        struct gr_err *err) GR_MUST_CHECK;

/* The same, but cells are as they stand between their quotes: csv_cell_text() says what one means.
 * For readers that know most cells again by their bytes. Equal bytes of rows with `doubled` mean
 * equal texts; with bytes of a row without it they are not to be compared. */
enum gr_status csv_next_raw(struct csv_reader *reader, struct csv_row *row, bool *more,
                            struct gr_err *err) GR_MUST_CHECK;
/* From now on csv_next_raw() need only set these cells of a row (ascending; memory of the caller,
 * it must outlive the reader), so that a wide file costs what is kept of it. Rows with `doubled`
 * only: the others have all cells. csv_all_cells() sets the rest of the row at hand. */
void csv_want_cells(struct csv_reader *reader, const size_t *cells, size_t count);
void csv_all_cells(struct csv_reader *reader, struct csv_row *row);
/* A cell of the row that comes `ahead` rows behind the one at hand, as it stands between its
 * quotes, to fetch early what will be needed for it; *row_offset is that row's csv_row.byte_offset,
 * by which it is known again when it comes. STR_NONE: that row is not indexed yet, or has another
 * number of cells. */
struct str csv_peek_cell(const struct csv_reader *reader, size_t ahead, size_t cell,
                         uint64_t *row_offset);
/* Cell number `cell` with its quotes undoubled; lives as long as the row. */
struct str csv_cell_text(struct csv_reader *reader, const struct csv_row *row, size_t cell);

/* Which instructions the fast reader may use: "scalar", "sse2", "avx2"; all give the same rows.
 * False when this machine has no such level. For tests and --simd. */
bool csv_use_level(struct csv_reader *reader, const char *level);

uint64_t csv_blank_lines(const struct csv_reader *reader); /* skipped so far */

/* First non-blank row of `bytes` (a file's head); cells are views into `scratch`'s arena or
 * `bytes`. false when there is none or it is faulty. For sniffing. */
bool csv_first_row(struct arena *arena, struct str bytes, bool complete, char delimiter,
                   const struct str **cells, size_t *cell_count);

#endif
