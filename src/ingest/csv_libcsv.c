/* The strict CSV engine on libcsv: the reader of record for small files and the oracle of
 * csv_fast.c.
 *
 * libcsv alone trims blanks, has no caps, hides where it stopped and swallows a file behind an open
 * quote. So it is fed one physical line at a time, its blank and line-end tests are switched off,
 * and the count of bytes it took is checked. It is asked for nothing but quoting.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv_engine.h"

struct libcsv {
    struct csv_parser parser;
    struct csv_cells *cells;
    size_t scratch_len;
    const char *fault;
};

/* libcsv 3.0.3: state of a parser that stands inside a cell (libcsv.c: FIELD_BEGUN). */
enum { LIBCSV_FIELD_BEGUN = 2 };

enum { STEP_BYTES = 4096, PIECE_BYTES = 64 << 10 };

static int never(unsigned char c)
{
    (void)c;
    return 0;
}

static void parser_start(struct libcsv *state, char delimiter)
{
    csv_init(&state->parser, CSV_STRICT);
    csv_set_delim(&state->parser, (unsigned char)delimiter);
    csv_set_space_func(&state->parser, never);
    csv_set_term_func(&state->parser, never);
    csv_set_realloc_func(&state->parser, gr_realloc);
}

static void *libcsv_open(char delimiter)
{
    struct libcsv *state = gr_alloc_zeroed(1, sizeof *state);
    parser_start(state, delimiter);
    return state;
}

static void libcsv_close(void *state)
{
    struct libcsv *libcsv = state;
    csv_free(&libcsv->parser);
    free(libcsv);
}

/* A cell is complete. Texts are collected in scratch; scratch never moves within a row. */
static void on_cell(void *text, size_t len, void *context)
{
    struct libcsv *state = context;
    if (state->fault)
        return;
    if (len > CSV_CELL_MAX) {
        state->fault = CSV_FAULT_CELL_LONG;
        return;
    }
    if (!csv_cells_room(state->cells)) {
        state->fault = CSV_FAULT_CELLS;
        return;
    }
    char *copy = state->cells->scratch + state->scratch_len;
    if (len)
        memcpy(copy, text, len);
    state->scratch_len += len;
    state->cells->cells[state->cells->count++] = (struct str){copy, len};
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    (void)context;
}

/* libcsv grows its cell by a fixed step; a step as large as the cell keeps long cells linear. */
static size_t feed_piece(struct libcsv *state, const char *bytes, size_t len)
{
    size_t held = csv_get_buffer_size(&state->parser);
    csv_set_blk_size(&state->parser, held > STEP_BYTES ? held : STEP_BYTES);
    return csv_parse(&state->parser, bytes, len, on_cell, on_row, state);
}

static void feed(struct libcsv *state, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len && !state->fault;) {
        size_t piece = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
        size_t taken = feed_piece(state, bytes + at, piece);
        if (taken < piece && !state->fault)
            state->fault = state->parser.quoted ? CSV_FAULT_AFTER_QUOTE : CSV_FAULT_LONE_QUOTE;
        at += piece;
    }
}

static bool quote_is_open(const struct libcsv *state)
{
    return state->parser.quoted && state->parser.pstate == LIBCSV_FIELD_BEGUN;
}

/* Feeds physical lines until the row is whole. */
static enum csv_verdict scan_lines(struct libcsv *state, struct csv_scan *scan)
{
    size_t at = 0;
    for (;;) {
        const char *line = scan->bytes + at;
        size_t left = scan->len - at;
        const char *lf = left ? memchr(line, '\n', left) : NULL;
        if (!lf && !scan->last && !scan->capped)
            return CSV_NEED_MORE;
        size_t with_end = lf ? (size_t)(lf - line) + 1 : left;
        size_t content = lf ? with_end - 1 : left;
        if (content > 0 && line[content - 1] == '\r')
            content--;
        feed(state, line, content);
        if (state->fault)
            return CSV_FAULT;
        bool open = quote_is_open(state);
        if (!lf && !scan->last)
            return csv_short_of_bytes(scan);
        if (!lf && open) {
            state->fault = CSV_FAULT_UNCLOSED;
            return CSV_FAULT;
        }
        scan->newlines += lf != NULL;
        if (!open) {
            csv_fini(&state->parser, on_cell, on_row, state);
            scan->row_len = at + content;
            scan->taken = at + with_end;
            return state->fault ? CSV_FAULT : CSV_ROW;
        }
        feed(state, line + content, with_end - content);
        at += with_end;
    }
}

static enum csv_verdict libcsv_scan(void *state, struct csv_scan *scan, struct csv_cells *cells)
{
    struct libcsv *libcsv = state;
    libcsv->cells = cells;
    libcsv->scratch_len = 0;
    libcsv->fault = NULL;
    csv_scratch_room(cells, scan->len);
    enum csv_verdict verdict = scan_lines(libcsv, scan);
    if (verdict != CSV_ROW) { /* throws away the half row */
        csv_free(&libcsv->parser);
        parser_start(libcsv, scan->delimiter);
    }
    if (verdict == CSV_FAULT && libcsv->fault)
        scan->fault = libcsv->fault;
    scan->plain = false;
    return verdict;
}

const struct csv_engine csv_engine_libcsv = {
    .name = "libcsv", .open = libcsv_open, .close = libcsv_close, .scan = libcsv_scan};
