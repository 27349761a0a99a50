/* What the two CSV engines have in common. Private to csv.c, csv_fast.c and csv_libcsv.c. */
#ifndef GR_INGEST_CSV_ENGINE_H
#define GR_INGEST_CSV_ENGINE_H

#include "ingest/csv.h"

/* Reasons; one wording for both engines. */
#define CSV_FAULT_LONE_QUOTE "has a quote inside a cell that is not quoted"
#define CSV_FAULT_AFTER_QUOTE "has text behind a closing quote"
#define CSV_FAULT_UNCLOSED "opens a quote that is never closed"
#define CSV_FAULT_CELL_LONG "has a cell of more than 1 MiB"
#define CSV_FAULT_ROW_LONG "is longer than 16 MiB (is a quote left open?)"
#define CSV_FAULT_CELLS "has more than 16384 cells"
#define CSV_FAULT_NUL "holds a NUL byte"
#define CSV_FAULT_UTF8 "is not valid UTF-8"
#define CSV_FAULT_RAGGED "has another number of cells than the header"

enum csv_verdict { CSV_ROW, CSV_FAULT, CSV_NEED_MORE };

/* Cells of the row under way; grows up to CSV_CELLS_MAX. */
struct csv_cells {
    struct str *cells;
    size_t count;
    size_t capacity;
    char *scratch; /* decoded text of cells that can't be views */
    size_t scratch_capacity;
};

/* One try at one row. In: bytes (64 readable bytes behind len), len, last. Out: the rest. */
struct csv_scan {
    const char *bytes; /* first byte of the row */
    size_t len;        /* bytes in hand */
    bool last;         /* the file ends behind them */
    bool capped;       /* there is more, but the row may not be longer */
    char delimiter;
    size_t row_len;    /* without line end */
    size_t taken;      /* with line end */
    uint64_t newlines; /* in the taken bytes */
    bool plain;        /* surely no NUL and no byte above 0x7F */
    const char *fault;
};

struct csv_engine {
    const char *name;
    void *(*open)(char delimiter); /* may be NULL */
    void (*close)(void *state);
    enum csv_verdict (*scan)(void *state, struct csv_scan *scan, struct csv_cells *cells);
};

extern const struct csv_engine csv_engine_fast;
extern const struct csv_engine csv_engine_libcsv;

/* Room for one more cell; false when there are CSV_CELLS_MAX already. */
bool csv_cells_room(struct csv_cells *cells);
/* Room for `count` (<= CSV_CELLS_MAX) cells in all. */
void csv_cells_reserve(struct csv_cells *cells, size_t count);
/* "" -> ": copies `cell`, whose first doubled quote is at `quote`, to `out`; returns the end of the
 * copy, which is shorter than the cell. */
char *csv_undouble(struct str cell, const char *quote, char *out);
/* Room for `size` bytes of decoded text, kept for the whole row. */
void csv_scratch_room(struct csv_cells *cells, size_t size);

/* What to say when the bytes end within a row: with its line end missing. */
enum csv_verdict csv_short_of_bytes(struct csv_scan *scan);

#endif
