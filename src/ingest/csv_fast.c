/* The fast CSV engine, one row: finds delimiters, quotes and line ends 64 bytes at a time, then
 * cuts cells.
 *
 * Cells are views into the window; only a cell with doubled quotes is copied. Registered in csv.c,
 * which asks it for the rows that the index of a block (csv_index.h) leaves open; csv_libcsv.c must
 * agree with it on every input (tests/unit/ingest/test_csv.c, fuzz_csv).
 */
#include <string.h>

#include "ingest/csv_engine.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Positions of structural bytes in ascending order. */
struct marks {
    const char *bytes;
    size_t len;
    size_t chunk; /* start of the chunk that `bits` describes */
    uint64_t bits;
    char delimiter;
    bool odd_bytes; /* a NUL or a byte above 0x7F was near */
};

enum { CHUNK = 64 };

#if defined(__SSE2__)
static uint64_t chunk_bits(struct marks *marks, const char *at)
{
    const __m128i delimiter = _mm_set1_epi8(marks->delimiter), quote = _mm_set1_epi8('"');
    const __m128i newline = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
    __m128i odd = zero;
    uint64_t bits = 0;
    for (unsigned i = 0; i < CHUNK / 16; i++) {
        __m128i x = _mm_loadu_si128((const void *)(at + (size_t)16 * i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, delimiter), _mm_cmpeq_epi8(x, newline));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(x, quote));
        odd = _mm_or_si128(odd, _mm_or_si128(x, _mm_cmpeq_epi8(x, zero)));
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * i);
    }
    marks->odd_bytes |= _mm_movemask_epi8(odd) != 0;
    return bits;
}
#else
static uint64_t chunk_bits(struct marks *marks, const char *at)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < CHUNK; i++) {
        unsigned char c = (unsigned char)at[i];
        marks->odd_bytes |= c == 0 || c > 0x7F;
        if (at[i] == marks->delimiter || c == '"' || c == '\n')
            bits |= UINT64_C(1) << i;
    }
    return bits;
}
#endif

static void marks_load(struct marks *marks)
{
    marks->bits = chunk_bits(marks, marks->bytes + marks->chunk);
    size_t left = marks->len - marks->chunk;
    if (left < CHUNK)
        marks->bits &= (UINT64_C(1) << left) - 1;
}

/* The next structural byte; len when there is none. */
static inline size_t marks_next(struct marks *marks)
{
    while (!marks->bits) {
        if (marks->len - marks->chunk <= CHUNK)
            return marks->len;
        marks->chunk += CHUNK;
        marks_load(marks);
    }
    size_t at = marks->chunk + (size_t)__builtin_ctzll(marks->bits);
    marks->bits &= marks->bits - 1;
    return at;
}

/* How a cell ended. */
enum cell_end { CELL_NEXT, CELL_LAST, CELL_FAULT, CELL_SHORT };

struct fast_row {
    struct csv_scan *scan;
    struct csv_cells *cells;
    struct marks marks;
    size_t at;            /* start of the cell under way */
    size_t doubled_size;  /* raw bytes of cells that need decoding */
    size_t doubled_cells; /* how many do */
    size_t doubled_first; /* the first of them */
};

static enum cell_end fault(struct fast_row *row, const char *reason)
{
    row->scan->fault = reason;
    return CELL_FAULT;
}

/* A line end at `at` (of a LF, or the end of the file): the row is whole. */
static void row_ends(struct fast_row *row, size_t content_end, size_t taken)
{
    row->scan->row_len = content_end;
    row->scan->taken = taken;
}

static enum cell_end put_cell(struct fast_row *row, size_t first, size_t end, size_t doubled,
                              enum cell_end how)
{
    if (end - first - doubled > CSV_CELL_MAX)
        return fault(row, CSV_FAULT_CELL_LONG);
    if (!csv_cells_room(row->cells))
        return fault(row, CSV_FAULT_CELLS);
    if (doubled) {
        row->doubled_size += end - first;
        if (row->doubled_cells++ == 0)
            row->doubled_first = row->cells->count;
    }
    row->cells->cells[row->cells->count++] = (struct str){row->scan->bytes + first, end - first};
    return how;
}

static enum cell_end unquoted_cell(struct fast_row *row, size_t end)
{
    const char *bytes = row->scan->bytes;
    size_t first = row->at;
    if (end == row->scan->len && !row->scan->last)
        return CELL_SHORT;
    if (end < row->scan->len && bytes[end] == row->scan->delimiter) {
        row->at = end + 1;
        return put_cell(row, first, end, 0, CELL_NEXT);
    }
    size_t taken = end;
    if (end < row->scan->len) { /* LF */
        taken = end + 1;
        row->scan->newlines++;
    }
    if (end > first && bytes[end - 1] == '\r')
        end--;
    row_ends(row, end, taken);
    return put_cell(row, first, end, 0, CELL_LAST);
}

/* Behind a closing quote at `close`: delimiter, line end or a fault. */
static enum cell_end behind_quote(struct fast_row *row, size_t close, size_t doubled)
{
    const char *bytes = row->scan->bytes;
    size_t first = row->at + 1, next = close + 1, len = row->scan->len;
    if (next < len && bytes[next] == row->scan->delimiter) {
        marks_next(&row->marks);
        row->at = next + 1;
        return put_cell(row, first, close, doubled, CELL_NEXT);
    }
    size_t line_end = next < len && bytes[next] == '\r' ? next + 1 : next;
    if (line_end == len && !row->scan->last)
        return CELL_SHORT;
    if (line_end < len && bytes[line_end] != '\n')
        return fault(row, CSV_FAULT_AFTER_QUOTE);
    row->scan->newlines += line_end < len;
    row_ends(row, next, line_end < len ? line_end + 1 : len);
    return put_cell(row, first, close, doubled, CELL_LAST);
}

static enum cell_end quoted_cell(struct fast_row *row)
{
    const char *bytes = row->scan->bytes;
    size_t len = row->scan->len, doubled = 0;
    for (;;) {
        size_t at = marks_next(&row->marks);
        if (at == len)
            return row->scan->last ? fault(row, CSV_FAULT_UNCLOSED) : CELL_SHORT;
        if (bytes[at] == '\n')
            row->scan->newlines++;
        if (bytes[at] != '"')
            continue;
        if (at + 1 == len && !row->scan->last)
            return CELL_SHORT;
        if (at + 1 == len || bytes[at + 1] != '"')
            return behind_quote(row, at, doubled);
        marks_next(&row->marks);
        doubled++;
    }
}

char *csv_undouble(struct str cell, const char *quote, char *out)
{
    const char *from = cell.ptr, *end = cell.ptr + cell.len;
    while (quote) {
        size_t part = (size_t)(quote - from) + 1;
        memcpy(out, from, part);
        out += part;
        from = quote + 2;
        quote = from < end ? memchr(from, '"', (size_t)(end - from)) : NULL;
    }
    if (from < end) {
        memcpy(out, from, (size_t)(end - from));
        out += end - from;
    }
    return out;
}

/* A cell needs decoding when there is a quote within: a lone one can't be there. */
static void decode_doubled(struct fast_row *row)
{
    csv_scratch_room(row->cells, row->doubled_size);
    char *out = row->cells->scratch;
    size_t left = row->doubled_cells;
    for (size_t i = row->doubled_first; left > 0; i++) {
        struct str *cell = &row->cells->cells[i];
        const char *quote = cell->len ? memchr(cell->ptr, '"', cell->len) : NULL;
        if (!quote)
            continue;
        char *end = csv_undouble(*cell, quote, out);
        *cell = (struct str){out, (size_t)(end - out)};
        out = end;
        left--;
    }
}

static enum csv_verdict fast_scan(void *state, struct csv_scan *scan, struct csv_cells *cells)
{
    (void)state;
    struct fast_row row = {.scan = scan, .cells = cells};
    row.marks =
        (struct marks){.bytes = scan->bytes, .len = scan->len, .delimiter = scan->delimiter};
    marks_load(&row.marks);
    enum cell_end end = CELL_NEXT;
    while (end == CELL_NEXT) {
        size_t at = marks_next(&row.marks);
        if (at == scan->len || scan->bytes[at] != '"')
            end = unquoted_cell(&row, at);
        else if (at == row.at)
            end = quoted_cell(&row);
        else
            end = fault(&row, CSV_FAULT_LONE_QUOTE);
    }
    if (end == CELL_FAULT)
        return CSV_FAULT;
    if (end == CELL_SHORT)
        return csv_short_of_bytes(scan);
    if (row.doubled_cells)
        decode_doubled(&row);
    scan->plain = !row.marks.odd_bytes;
    return CSV_ROW;
}

const struct csv_engine csv_engine_fast = {.name = "fast", .scan = fast_scan};
