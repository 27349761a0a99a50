/* CSV row reader (see csv.h): windows, lines, caps, resynchronising; the engines cut the cells.
 *
 * The fast reader indexes a block at a time (csv_index.h) and gives out its rows; what the index
 * can't vouch for (a misplaced quote, a row longer than the block, a last line without its end) is
 * one row for the engine, which knows every rule.
 */
#include "ingest/csv.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/csv_engine.h"
#include "ingest/csv_index.h"
#include "ingest/window.h"

/* Bytes that are indexed behind a row that broke the index; doubled while it holds. */
enum { SPAN_FIRST = 4096 };

struct csv_reader {
    struct window window;
    const struct csv_engine *engine;
    void *engine_state;
    struct csv_cells cells;
    char delimiter;
    size_t expected_cells;
    uint64_t line; /* of window.start */
    uint64_t blank_lines;
    size_t taken;       /* bytes of the row given out last, to be taken at the next call */
    uint64_t newlines;  /* in them */
    bool skip_the_line; /* instead: up to the next line end */

    csv_index_function *index_block; /* NULL: the engine cuts every row */
    struct csv_index index;
    size_t next_row;      /* of the index */
    const char *block;    /* where its offsets count from */
    size_t span;          /* bytes to index next */
    const size_t *wanted; /* cells to cut; NULL: all */
    size_t wanted_count;
    bool hash_apart;    /* an index was asked for by its level: it is not joined with the hash */
    struct arena texts; /* of the row at hand, undoubled; a cell may be asked for again and again */
};

static const struct csv_engine *const engines[] = {&csv_engine_fast, &csv_engine_libcsv};

bool csv_cells_room(struct csv_cells *cells)
{
    if (cells->count == CSV_CELLS_MAX)
        return false;
    if (cells->count == cells->capacity) {
        cells->capacity = cells->capacity ? 2 * cells->capacity : 128;
        cells->cells = gr_realloc(cells->cells, cells->capacity * sizeof *cells->cells);
    }
    return true;
}

void csv_cells_reserve(struct csv_cells *cells, size_t count)
{
    if (count <= cells->capacity)
        return;
    cells->capacity = count;
    cells->cells = gr_realloc(cells->cells, count * sizeof *cells->cells);
}

void csv_scratch_room(struct csv_cells *cells, size_t size)
{
    if (size <= cells->scratch_capacity)
        return;
    free(cells->scratch);
    cells->scratch_capacity = size + size / 2;
    cells->scratch = gr_alloc(cells->scratch_capacity);
}

enum csv_verdict csv_short_of_bytes(struct csv_scan *scan)
{
    if (!scan->capped)
        return CSV_NEED_MORE;
    scan->fault = CSV_FAULT_ROW_LONG;
    return CSV_FAULT;
}

enum gr_status csv_open(struct ingest_source *source, const char *engine, char delimiter,
                        struct csv_reader **out, struct gr_err *err)
{
    const struct csv_engine *chosen = engine ? NULL : engines[0];
    for (size_t i = 0; engine && i < sizeof engines / sizeof engines[0]; i++)
        if (strcmp(engines[i]->name, engine) == 0)
            chosen = engines[i];
    if (!chosen)
        return gr_fail(err, GR_EUSAGE, "no CSV reader named \"%s\"; have: fast, libcsv", engine);
    struct csv_reader *reader = gr_alloc_zeroed(1, sizeof *reader);
    reader->engine = chosen;
    reader->engine_state = chosen->open ? chosen->open(delimiter) : NULL;
    reader->delimiter = delimiter;
    reader->line = 1;
    reader->span = CSV_INDEX_BYTES;
    if (chosen == &csv_engine_fast) {
        reader->index_block = csv_index_select(NULL);
        csv_index_init(&reader->index);
    }
    window_init(&reader->window, source);
    if (reader->index_block && csv_index_hashes())
        window_defer_hash(&reader->window);
    *out = reader;
    return GR_OK;
}

void csv_close(struct csv_reader *reader)
{
    if (!reader)
        return;
    if (reader->engine->close)
        reader->engine->close(reader->engine_state);
    window_deinit(&reader->window);
    csv_index_deinit(&reader->index);
    free(reader->cells.cells);
    free(reader->cells.scratch);
    arena_deinit(&reader->texts);
    free(reader);
}

bool csv_use_level(struct csv_reader *reader, const char *level)
{
    bool any = !level || strcmp(level, "auto") == 0;
    csv_index_function *chosen = csv_index_select(any ? NULL : level);
    if (chosen && reader->index_block) {
        reader->index_block = chosen;
        reader->hash_apart = !any;
    }
    return chosen != NULL;
}

void csv_expect_cells(struct csv_reader *reader, size_t cells)
{
    reader->expected_cells = cells;
}

uint64_t csv_blank_lines(const struct csv_reader *reader)
{
    return reader->blank_lines;
}

static size_t held(const struct csv_reader *reader)
{
    return reader->window.end - reader->window.start;
}

static const char *in_hand(const struct csv_reader *reader)
{
    return reader->window.bytes + reader->window.start;
}

/* Gives up the bytes up to and including the next line end, however far it is. */
static enum gr_status skip_line(struct csv_reader *reader, struct gr_err *err)
{
    for (;;) {
        const char *lf = held(reader) ? memchr(in_hand(reader), '\n', held(reader)) : NULL;
        if (lf) {
            window_take(&reader->window, (size_t)(lf - in_hand(reader)) + 1);
            reader->line++;
            return GR_OK;
        }
        window_take(&reader->window, held(reader));
        if (reader->window.at_end)
            return GR_OK;
        GR_TRY(window_more(&reader->window, err));
    }
}

/* Gives up the row that was handed out last. */
static enum gr_status leave_row(struct csv_reader *reader, struct gr_err *err)
{
    if (reader->skip_the_line) {
        reader->skip_the_line = false;
        return skip_line(reader, err);
    }
    window_take(&reader->window, reader->taken);
    reader->line += reader->newlines;
    reader->taken = 0;
    reader->newlines = 0;
    return GR_OK;
}

/* Length of a blank line at the window's start with its end; 0: there is none. */
static size_t blank_line(const struct csv_reader *reader)
{
    const char *bytes = in_hand(reader);
    size_t len = held(reader);
    if (len >= 1 && bytes[0] == '\n')
        return 1;
    if (len >= 2 && bytes[0] == '\r' && bytes[1] == '\n')
        return 2;
    return len == 1 && bytes[0] == '\r' && reader->window.at_end ? 1 : 0;
}

/* Stands at the first byte of a row afterwards, or at the end. */
static enum gr_status skip_blank_lines(struct csv_reader *reader, struct gr_err *err)
{
    for (;;) {
        if (held(reader) < 2 && !reader->window.at_end) {
            GR_TRY(window_more(&reader->window, err));
            continue;
        }
        size_t blank = blank_line(reader);
        if (blank == 0)
            return GR_OK;
        window_take(&reader->window, blank);
        reader->line++;
        reader->blank_lines++;
    }
}

/* A faulty row is its first physical line; it is left behind at the next call. */
static enum gr_status give_fault(struct csv_reader *reader, const char *reason, struct csv_row *row,
                                 struct gr_err *err)
{
    const char *lf = NULL;
    for (;;) {
        size_t looked = held(reader) < CSV_RAW_KEPT_MAX + 2 ? held(reader) : CSV_RAW_KEPT_MAX + 2;
        lf = memchr(in_hand(reader), '\n', looked);
        if (lf || looked == CSV_RAW_KEPT_MAX + 2 || reader->window.at_end)
            break;
        GR_TRY(window_more(&reader->window, err));
    }
    size_t len = lf ? (size_t)(lf - in_hand(reader)) : held(reader);
    bool whole = lf || (reader->window.at_end && len <= CSV_RAW_KEPT_MAX + 1);
    if (whole && len > 0 && in_hand(reader)[len - 1] == '\r')
        len--;
    row->raw = (struct str){in_hand(reader), len < CSV_RAW_KEPT_MAX ? len : CSV_RAW_KEPT_MAX};
    row->fault = reason;
    row->cells = NULL;
    row->cell_count = 0;
    reader->skip_the_line = true;
    return GR_OK;
}

static const char *text_fault(struct str raw)
{
    if (raw.len && memchr(raw.ptr, 0, raw.len))
        return CSV_FAULT_NUL;
    return str_is_utf8(raw) ? NULL : CSV_FAULT_UTF8;
}

/* A row that the engine cut: still to be refused for its bytes or its number of cells. */
static enum gr_status give_row(struct csv_reader *reader, const struct csv_scan *scan,
                               struct csv_row *row, struct gr_err *err)
{
    size_t count = reader->cells.count;
    if (reader->expected_cells && count != reader->expected_cells)
        return give_fault(reader, CSV_FAULT_RAGGED, row, err);
    row->cells = reader->cells.cells;
    row->cell_count = count;
    row->raw = (struct str){scan->bytes, scan->row_len};
    row->fault = scan->plain ? NULL : text_fault(row->raw);
    if (row->fault && row->raw.len > CSV_RAW_KEPT_MAX)
        row->raw.len = CSV_RAW_KEPT_MAX;
    reader->taken = scan->taken;
    reader->newlines = scan->newlines;
    return GR_OK;
}

/* One row by the engine. */
static enum gr_status next_by_engine(struct csv_reader *reader, struct csv_row *row, bool *more,
                                     struct gr_err *err)
{
    GR_TRY(skip_blank_lines(reader, err));
    *more = held(reader) > 0;
    if (!*more)
        return GR_OK;
    row->line = reader->line;
    row->byte_offset = reader->window.offset;
    for (;;) {
        size_t len = held(reader);
        bool capped = len > CSV_ROW_MAX + 2;
        if (capped)
            len = CSV_ROW_MAX + 2;
        struct csv_scan scan = {
            .bytes = in_hand(reader),
            .len = len,
            .last = reader->window.at_end && !capped,
            .capped = capped,
            .delimiter = reader->delimiter,
        };
        reader->cells.count = 0;
        enum csv_verdict verdict =
            reader->engine->scan(reader->engine_state, &scan, &reader->cells);
        if (verdict == CSV_FAULT)
            return give_fault(reader, scan.fault, row, err);
        if (verdict == CSV_ROW)
            return give_row(reader, &scan, row, err);
        GR_TRY(window_more(&reader->window, err));
    }
}

/* ---- rows of the index ---- */

static bool index_has_rows(const struct csv_reader *reader)
{
    return reader->next_row < reader->index.row_count;
}

/* Indexes `len` bytes in hand, and hashes those that the window owes on the way. */
static void index_and_hash(struct csv_reader *reader, size_t len)
{
    struct window *window = &reader->window;
    struct sha256 *hash = window->hash;
    size_t owed = window->end - window->unhashed;
    size_t to_block = (64 - hash->block_len) % 64;
    if (owed < to_block) {
        reader->index_block(reader->block, len, reader->delimiter, &reader->index);
        return;
    }
    sha256_update(hash, window->bytes + window->unhashed, to_block);
    window->unhashed += to_block;
    size_t done = csv_index_sha(reader->block, len, reader->delimiter, &reader->index, hash->state,
                                window->bytes + window->unhashed, (owed - to_block) / 64);
    window->unhashed += done * 64;
    hash->total_bytes += done * 64;
}

/* Indexes what is in hand, with a block more where little is left. A broken index is followed by a
 * row of the engine before the next try. */
static enum gr_status index_more(struct csv_reader *reader, struct gr_err *err)
{
    struct csv_index *index = &reader->index;
    bool broken = index->broken;
    index->broken = false;
    index->row_count = 0;
    reader->next_row = 0;
    if (broken)
        return GR_OK;
    if (held(reader) < SOURCE_BLOCK_BYTES / 2)
        GR_TRY(window_more(&reader->window, err));
    size_t len = held(reader) < reader->span ? held(reader) : reader->span;
    reader->block = in_hand(reader);
    if (reader->window.hash && !reader->hash_apart)
        index_and_hash(reader, len);
    else
        reader->index_block(reader->block, len, reader->delimiter, index);
    reader->span = index->broken                        ? SPAN_FIRST
                   : reader->span * 2 < CSV_INDEX_BYTES ? reader->span * 2
                                                        : CSV_INDEX_BYTES;
    return GR_OK;
}

/* The row at hand breaks a rule. It costs its first physical line; when that is not all of the row,
 * the index behind it is void. */
static enum gr_status give_indexed_fault(struct csv_reader *reader, const char *reason,
                                         struct csv_row *row, size_t taken, bool special,
                                         struct gr_err *err)
{
    GR_TRY(give_fault(reader, reason, row, err));
    if (special) {
        reader->index.row_count = 0;
        reader->span = SPAN_FIRST;
        return GR_OK;
    }
    reader->skip_the_line = false;
    reader->taken = taken;
    reader->newlines = 1;
    return GR_OK;
}

static uint64_t count_newlines(struct str text)
{
    uint64_t count = 0;
    for (const char *lf; text.len && (lf = memchr(text.ptr, '\n', text.len)); count++) {
        text.len -= (size_t)(lf + 1 - text.ptr);
        text.ptr = lf + 1;
    }
    return count;
}

/* A view between the quotes of a quoted cell. */
static inline struct str cut_cell(const char *at, const char *end)
{
    size_t quoted = at < end && *at == '"';
    return (struct str){at + quoted, (size_t)(end - at) - 2 * quoted};
}

/* The ends of the cells of the row at hand. */
static const uint32_t *ends_at_hand(const struct csv_reader *reader)
{
    size_t at = reader->next_row - 1;
    return reader->index.ends + (at ? reader->index.rows[at - 1] : 0);
}

static void cut_all(struct csv_reader *reader, size_t count, const char *row_end)
{
    const uint32_t *ends = ends_at_hand(reader);
    const char *block = reader->block, *at = in_hand(reader);
    struct str *cells = reader->cells.cells;
    for (size_t i = 0; i + 1 < count; i++) {
        const char *end = block + ends[i];
        size_t quoted = *at == '"'; /* of an empty cell it is the delimiter */
        cells[i] = (struct str){at + quoted, (size_t)(end - at) - 2 * quoted};
        at = end + 1;
    }
    cells[count - 1] = cut_cell(at, row_end);
}

static void cut_wanted(struct csv_reader *reader, size_t count, const char *row_end)
{
    const uint32_t *ends = ends_at_hand(reader);
    const char *block = reader->block, *start = in_hand(reader);
    struct str *cells = reader->cells.cells;
    for (size_t i = 0; i < reader->wanted_count && reader->wanted[i] < count; i++) {
        size_t cell = reader->wanted[i];
        const char *at = cell ? block + ends[cell - 1] + 1 : start;
        cells[cell] = cut_cell(at, cell + 1 < count ? block + ends[cell] : row_end);
    }
}

void csv_want_cells(struct csv_reader *reader, const size_t *cells, size_t count)
{
    reader->wanted = cells;
    reader->wanted_count = count;
}

void csv_all_cells(struct csv_reader *reader, struct csv_row *row)
{
    if (row->doubled)
        cut_all(reader, row->cell_count, row->raw.ptr + row->raw.len);
}

/* The next row of the index; *blank: it was a blank line, which is counted and taken. */
static enum gr_status next_of_index(struct csv_reader *reader, struct csv_row *row, bool *blank,
                                    struct gr_err *err)
{
    const struct csv_index *index = &reader->index;
    size_t at = reader->next_row++;
    size_t first = at ? index->rows[at - 1] : 0, count = index->rows[at] - first;
    const char *start = in_hand(reader),
               *newline = reader->block + index->ends[index->rows[at] - 1];
    const char *end = newline > start && newline[-1] == '\r' ? newline - 1 : newline;
    size_t taken = (size_t)(newline + 1 - start);
    *blank = end == start;
    if (*blank) {
        window_take(&reader->window, taken);
        reader->line++;
        reader->blank_lines++;
        return GR_OK;
    }
    row->line = reader->line;
    row->byte_offset = reader->window.offset;
    row->raw = (struct str){start, (size_t)(end - start)};
    bool special = index->special[at];
    if (count > CSV_CELLS_MAX)
        return give_indexed_fault(reader, CSV_FAULT_CELLS, row, taken, special, err);
    if (reader->expected_cells && count != reader->expected_cells)
        return give_indexed_fault(reader, CSV_FAULT_RAGGED, row, taken, special, err);
    csv_cells_reserve(&reader->cells, count);
    if (reader->wanted && reader->wanted_count < count)
        cut_wanted(reader, count, end);
    else
        cut_all(reader, count, end);
    row->cells = reader->cells.cells;
    row->cell_count = count;
    row->doubled = true;
    reader->taken = taken;
    reader->newlines = 1;
    if (special) {
        reader->newlines += count_newlines(row->raw);
        row->fault = text_fault(row->raw);
        if (row->fault && row->raw.len > CSV_RAW_KEPT_MAX)
            row->raw.len = CSV_RAW_KEPT_MAX;
    }
    return GR_OK;
}

enum gr_status csv_next_raw(struct csv_reader *reader, struct csv_row *row, bool *more,
                            struct gr_err *err)
{
    *row = (struct csv_row){0};
    if (reader->texts.used_bytes)
        arena_reset(&reader->texts);
    GR_TRY(leave_row(reader, err));
    while (reader->index_block) {
        bool blank = false;
        if (!index_has_rows(reader))
            GR_TRY(index_more(reader, err));
        if (!index_has_rows(reader))
            break;
        GR_TRY(next_of_index(reader, row, &blank, err));
        *more = true;
        if (!blank)
            return GR_OK;
    }
    return next_by_engine(reader, row, more, err);
}

struct str csv_peek_cell(const struct csv_reader *reader, size_t ahead, size_t cell,
                         uint64_t *row_offset)
{
    const struct csv_index *index = &reader->index;
    size_t row = reader->next_row - 1 + ahead;
    if (reader->next_row == 0 || row >= index->row_count)
        return STR_NONE;
    const uint32_t *ends = index->ends + index->rows[row - 1];
    if (index->rows[row] - index->rows[row - 1] != reader->expected_cells ||
        cell + 1 >= reader->expected_cells)
        return STR_NONE;
    const char *row_start = reader->block + ends[-1] + 1; /* behind the newline of the row before */
    *row_offset = reader->window.offset + (uint64_t)(row_start - in_hand(reader));
    return cut_cell(cell ? reader->block + ends[cell - 1] + 1 : row_start,
                    reader->block + ends[cell]);
}

struct str csv_cell_text(struct csv_reader *reader, const struct csv_row *row, size_t cell)
{
    struct str text = row->cells[cell];
    const char *quote = row->doubled && text.len ? memchr(text.ptr, '"', text.len) : NULL;
    if (!quote)
        return text;
    char *out = arena_alloc(&reader->texts, text.len);
    return (struct str){out, (size_t)(csv_undouble(text, quote, out) - out)};
}

enum gr_status csv_next(struct csv_reader *reader, struct csv_row *row, bool *more,
                        struct gr_err *err)
{
    GR_TRY(csv_next_raw(reader, row, more, err));
    if (!row->doubled || row->fault)
        return GR_OK;
    for (size_t i = 0; i < row->cell_count; i++)
        reader->cells.cells[i] = csv_cell_text(reader, row, i);
    row->doubled = false;
    return GR_OK;
}

bool csv_first_row(struct arena *arena, struct str bytes, bool complete, char delimiter,
                   const struct str **cells, size_t *cell_count)
{
    while (bytes.len && (bytes.ptr[0] == '\n' || bytes.ptr[0] == '\r')) {
        bytes.ptr++;
        bytes.len--;
    }
    char *padded = arena_alloc(arena, bytes.len + WINDOW_PADDING);
    memset(padded + bytes.len, 0, WINDOW_PADDING);
    if (bytes.len)
        memcpy(padded, bytes.ptr, bytes.len);
    struct csv_cells found = {0};
    struct csv_scan scan = {
        .bytes = padded, .len = bytes.len, .last = complete, .delimiter = delimiter};
    bool good = bytes.len && csv_engine_fast.scan(NULL, &scan, &found) == CSV_ROW;
    struct str *copy = arena_alloc_zeroed(arena, found.count + 1, sizeof *copy);
    for (size_t i = 0; good && i < found.count; i++)
        copy[i] = arena_str(arena, found.cells[i]);
    *cells = copy;
    *cell_count = good ? found.count : 0;
    free(found.cells);
    free(found.scratch);
    return good;
}
