/* Rows of a bill by a plan (see bill_rows.h). Called by the CSV formats of bills. */
#include "ingest/bill_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/bill_amount.h"
#include "ingest/moments.h"

enum {
    QUOTED_MAX = 8192,          /* different texts with doubled quotes that a column remembers */
    QUOTED_BYTES_MAX = 1 << 20, /* and their bytes */
    BLIND_BATCHES = 16,         /* so long a column that is never as recalled does without */
};

const char bill_row_skip[] = "is to be passed over";

static bool is_absent(struct str cell)
{
    return cell.len == 0 || (cell.len == 4 && (memcmp(cell.ptr, "NULL", 4) == 0 ||
                                               memcmp(cell.ptr, "null", 4) == 0));
}

/* ---- texts ---- */

/* The code of a cell that needs decoding. Up to a number of such cells are remembered as they stand
 * in the file, so that one that comes again is not decoded again. *bytes: what to compare the next
 * cell with, NULL when nothing lives long enough. */
static uint32_t quoted_code(struct bill_rows *rows, struct bill_column *column,
                            const struct csv_row *row, size_t cell, const char **bytes)
{
    uint32_t known = dict_find(&column->quoted, row->cells[cell]);
    *bytes = NULL;
    if (!known) {
        uint32_t code = dict_intern(column->cells->texts, csv_cell_text(rows->csv, row, cell));
        if (column->quoted.count == QUOTED_MAX ||
            column->quoted.texts.used_bytes > QUOTED_BYTES_MAX)
            return code;
        known = dict_intern(&column->quoted, row->cells[cell]);
        if (!column->quoted_codes)
            column->quoted_codes = gr_alloc((QUOTED_MAX + 1) * sizeof *column->quoted_codes);
        column->quoted_codes[known] = code;
    }
    *bytes = dict_text(&column->quoted, known).ptr;
    return column->quoted_codes[known];
}

/* The code of a cell that is not what was recalled; makes it what is recalled next. */
static uint32_t learn_text(struct bill_rows *rows, struct bill_column *column,
                           const struct csv_row *row, size_t cell, struct recalled *recalled)
{
    struct str text = row->cells[cell];
    struct recalled seen = {text.ptr, (uint32_t)text.len, DICT_CODE_NONE};
    column->misses++;
    if (is_absent(text)) {
        seen.bytes = text.len == 0 ? "" : text.ptr[0] == 'N' ? "NULL" : "null";
    } else if (row->doubled && memchr(text.ptr, '"', text.len)) {
        seen.code = quoted_code(rows, column, row, cell, &seen.bytes);
    } else {
        seen.code = dict_intern(column->cells->texts, text);
        seen.bytes = dict_text(column->cells->texts, seen.code).ptr;
    }
    if (recalled && seen.bytes)
        *recalled = seen;
    return seen.code;
}

static bool is_recalled(const struct recalled *recalled, struct str cell)
{
    return recalled->len == cell.len && bytes_equal(recalled->bytes, cell.ptr, cell.len);
}

static inline void put_code(struct batch *batch, struct bill_text *text, uint32_t code)
{
    if (!text->codes) {
        if (code == DICT_CODE_NONE)
            return;
        batch_column_ready(batch, text->column->column);
        text->codes = text->column->cells->codes;
        assert(text->codes);
    }
    text->codes[batch->rows] = code;
}

/* recalled: the row to compare with; NULL: every text is looked up. */
static void put_texts(struct bill_rows *rows, struct batch *batch, const struct csv_row *row,
                      struct recalled *recalled)
{
    size_t i = 0;
    for (; recalled && i < rows->recalled_count; i++) {
        struct bill_text *text = &rows->texts[i];
        struct recalled *own = &recalled[text->place];
        if ((own->len | row->cells[text->cell].len) == 0) /* absent, as in the row at hand so far */
            continue;
        uint32_t code = own->code;
        if (!is_recalled(own, row->cells[text->cell]))
            code = learn_text(rows, text->column, row, text->cell, own);
        put_code(batch, text, code);
    }
    for (; i < rows->text_count; i++) {
        struct bill_text *text = &rows->texts[i];
        put_code(batch, text, learn_text(rows, text->column, row, text->cell, NULL));
    }
}

/* ---- numbers and moments: NULL, or why the cell is none ---- */

static inline const char *put_decimal(struct bill_column *column, struct batch *batch,
                                      struct str cell)
{
    int64_t units;
    uint8_t scale;
    if (cell.len == 0)
        return NULL;
    if (decimal_read_short(cell, &units, &scale)) {
        if (!column->cells->units)
            batch_column_ready(batch, column->column);
        assert(column->cells->units && column->cells->scales);
        column->cells->units[batch->rows] = units;
        column->cells->scales[batch->rows] = scale;
        return NULL;
    }
    struct decimal value;
    if (is_absent(cell))
        return NULL;
    switch (bill_decimal_read(cell, &value)) {
    case DECIMAL_READ_OK:
        batch_set_decimal(batch, column->column, batch->rows, value);
        return NULL;
    case DECIMAL_READ_RANGE:
        return "is beyond 10^15 or has more than 28 decimals or 38 digits";
    case DECIMAL_READ_SYNTAX:
        break;
    }
    return str_trim(cell).len == 0 ? NULL : "is not a decimal amount";
}

/* What a slashed date that was read, or was not, says about the order of day and month. */
static void note_date_order(struct bill_column *column, struct str cell, uint64_t line)
{
    int first, second;
    if (!moment_slashed_numbers(cell, &first, &second))
        return;
    int month = column->day_first ? second : first, day = column->day_first ? first : second;
    column->order_proven |= day > 12 && month <= 12;
    column->order_used |= day <= 12 && month <= 12 && day != month;
    if (month > 12 && day <= 12 && !column->contrary_line)
        column->contrary_line = line;
}

static inline const char *put_moment(struct bill_column *column, struct batch *batch,
                                     const struct csv_row *row, struct str cell)
{
    if (cell.len == 0)
        return NULL;
    if (cell.len != column->last_len || !bytes_equal(cell.ptr, column->last, cell.len)) {
        int64_t moment;
        if (is_absent(cell))
            return NULL;
        note_date_order(column, cell, row->line);
        if (!(column->day_first ? moment_read_bill_day_first(cell, &moment)
                                : moment_read_bill(cell, &moment)))
            return str_trim(cell).len == 0 ? NULL : "is not a date or time";
        column->last_ms = moment;
        column->last_len = 0;
        if (cell.len <= BILL_MOMENT_BYTES_MAX) {
            memcpy(column->last, cell.ptr, cell.len);
            column->last_len = (uint32_t)cell.len;
        }
    }
    batch_set_moment(batch, column->column, batch->rows, column->last_ms);
    return NULL;
}

/* ---- fetching ahead ---- */

static struct bill_row_ahead *row_ahead(struct bill_rows *rows, size_t count)
{
    return &rows->ahead[(rows->row + count) % (BILL_ROWS_AHEAD + 1)];
}

/* The memory of a resource's row and texts is far away when there are many of them. Three rows
 * ahead the dictionary's slot is fetched, two ahead what the slot leads to, one ahead the texts.
 * Only the hash is used again, by the row that it was made for. */
static void look_ahead(struct bill_rows *rows)
{
    const struct dict *texts = rows->columns[rows->resource].cells->texts;
    rows->row++;
    struct bill_row_ahead *third = row_ahead(rows, 3), *second = row_ahead(rows, 2);
    const struct bill_row_ahead *first = row_ahead(rows, 1);
    *third = (struct bill_row_ahead){0};
    struct str cell = csv_peek_cell(rows->csv, 3, (size_t)rows->resource, &third->offset);
    if (cell.ptr) {
        third->known = true;
        third->hash = dict_hash(cell);
        dict_prefetch(texts, third->hash);
    }
    if (second->known)
        second->code = dict_guess(texts, second->hash);
    if (second->code) {
        __builtin_prefetch(&texts->entries[second->code]);
        second->recalled = recall_prefetch(&rows->recall, second->code);
    }
    if (first->code)
        __builtin_prefetch(dict_text(texts, first->code).ptr);
    for (size_t i = 0; first->recalled && i < rows->long_count; i++) {
        const struct recalled *text = &first->recalled[rows->long_places[i]];
        if (!text->bytes)
            continue;
        __builtin_prefetch(text->bytes);
        if (text->len > 64)
            __builtin_prefetch(text->bytes + 64);
    }
}

/* Texts that lie in a cache line with others are mostly there. */
static void find_long_texts(struct bill_rows *rows, const struct csv_row *row)
{
    rows->long_count = 0;
    for (size_t i = 0; i < rows->kept_count && rows->long_count < BILL_LONG_TEXTS; i++) {
        const struct bill_column *column = &rows->columns[rows->kept[i]];
        if (column->kind == COLUMN_TEXT && !column->capture && row->cells[rows->kept[i]].len > 24)
            rows->long_places[rows->long_count++] = column->place;
    }
}

/* ---- rows ---- */

/* The code of the row's resource. */
static uint32_t resource_code(struct bill_rows *rows, const struct csv_row *row)
{
    struct str cell = row->cells[rows->resource];
    struct bill_column *column = &rows->columns[rows->resource];
    struct recalled *last = row->doubled ? &rows->resource_seen : NULL;
    const struct bill_row_ahead *ahead = row_ahead(rows, 0);
    if (last && is_recalled(last, cell))
        return last->code;
    if (last && ahead->known && ahead->offset == row->byte_offset && cell.len > 4 &&
        !memchr(cell.ptr, '"', cell.len)) {
        uint32_t code = dict_intern_hashed(column->cells->texts, cell, ahead->hash);
        *last =
            (struct recalled){dict_text(column->cells->texts, code).ptr, (uint32_t)cell.len, code};
        return code;
    }
    return learn_text(rows, column, row, (size_t)rows->resource, last);
}

/* The row of the recall for this row; sets the resource's own cell on the way. NULL for a row whose
 * bytes are not as they stand in the file. */
static struct recalled *recall_for(struct bill_rows *rows, struct batch *batch,
                                   const struct csv_row *row)
{
    uint32_t code = DICT_CODE_NONE;
    bool fresh = false;
    struct str sku = rows->sku >= 0 ? row->cells[rows->sku] : STR_NONE;
    if (rows->resource >= 0) {
        struct bill_column *column = &rows->columns[rows->resource];
        uint32_t before = column->cells->texts->count;
        look_ahead(rows);
        code = resource_code(rows, row);
        fresh = column->cells->texts->count > before;
        put_code(batch, &rows->resource_text, code);
    }
    return row->doubled ? recall_row(&rows->recall, code, fresh, sku) : NULL;
}

/* NULL, or why the cell *culprit, the first of its kind, is refused. The others are set all the
 * same: they tell whose row it is. */
static const char *put_cells(struct bill_rows *rows, struct batch *batch, const struct csv_row *row,
                             size_t *culprit)
{
    put_texts(rows, batch, row, recall_for(rows, batch, row));
    for (size_t i = 0; i < rows->captured_count; i++) {
        size_t cell = rows->captured[i];
        *rows->columns[cell].capture =
            is_absent(row->cells[cell]) ? STR_NONE : csv_cell_text(rows->csv, row, cell);
    }
    const char *refused = NULL;
    for (size_t i = 0; i < rows->other_count; i++) {
        size_t cell = rows->others[i];
        struct bill_column *column = &rows->columns[cell];
        const char *reason = column->kind == COLUMN_DECIMAL
                                 ? put_decimal(column, batch, row->cells[cell])
                                 : put_moment(column, batch, row, row->cells[cell]);
        if (reason && !refused) {
            *culprit = cell;
            refused = reason;
        }
    }
    return refused;
}

/* Parts that were joined bring their header again, behind a BOM of their own or not. */
static bool repeats_header(const struct bill_rows *rows, struct csv_row *row)
{
    csv_all_cells(rows->csv, row);
    for (size_t i = 0; i < row->cell_count; i++) {
        struct str cell = csv_cell_text(rows->csv, row, i);
        if (i == 0 && str_starts(cell, STR("\xef\xbb\xbf")))
            cell = (struct str){cell.ptr + 3, cell.len - 3};
        if (!str_equal(str_trim(cell), str_trim(rows->columns[i].name)))
            return false;
    }
    return true;
}

static enum gr_status refuse_row(struct bill_rows *rows, const struct csv_row *row,
                                 struct ingest_reject reject, struct gr_err *err)
{
    reject.line = row->line;
    reject.byte_offset = row->byte_offset;
    reject.raw = rows->holds_secrets ? STR("(withheld: it may hold a secret)") : row->raw;
    return emit_reject(rows->emit, reject, err);
}

/* Texts that are recalled first, the others behind them. */
static void part_texts(struct bill_rows *rows)
{
    rows->recalled_count = 0;
    for (size_t i = 0; i < rows->text_count; i++) {
        struct bill_text text = rows->texts[i];
        if (text.column->blind)
            continue;
        rows->texts[i] = rows->texts[rows->recalled_count];
        rows->texts[rows->recalled_count++] = text;
    }
}

/* Once a batch: columns whose cells were mostly not as recalled do without for a while. */
static void judge_recall(struct bill_rows *rows, uint32_t batch_rows)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        struct bill_column *column = &rows->columns[i];
        if (column->blind)
            column->blind--;
        else if (column->misses > batch_rows / 2)
            column->blind = BLIND_BATCHES;
        column->misses = 0;
    }
    part_texts(rows);
}

/* Between batches a dictionary may have started anew: what was remembered of it is void. */
static void forget_old_codes(struct bill_rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        struct bill_column *column = &rows->columns[i];
        if (column->dropped || column->capture || column->kind != COLUMN_TEXT ||
            column->generation == column->cells->texts->generation)
            continue;
        column->generation = column->cells->texts->generation;
        dict_clear(&column->quoted);
        recall_forget_cell(&rows->recall, column->place);
        if ((int)i == rows->resource) {
            memset(rows->ahead, 0, sizeof rows->ahead);
            rows->resource_seen = (struct recalled){"", 0, DICT_CODE_NONE};
            recall_forget_resources(&rows->recall);
        }
    }
}

/* The cell of that column as it stands in the file, for a message. */
static struct str named_cell(const struct bill_rows *rows, const struct csv_row *row,
                             struct str name)
{
    for (size_t i = 0; name.ptr && i < rows->column_count; i++)
        if (str_equal_nocase(rows->columns[i].name, name) && !rows->columns[i].dropped)
            return csv_cell_text(rows->csv, row, i);
    return STR_NONE;
}

/* Refused cell number `cell`: the row is a header that came again, or rejected. */
static enum gr_status refuse_cell(struct bill_rows *rows, struct csv_row *row, size_t cell,
                                  const char *reason, struct gr_err *err)
{
    emit_undo(rows->emit, rows->dataset);
    if (repeats_header(rows, row)) {
        emit_skip(rows->emit, 1);
        return GR_OK;
    }
    struct ingest_reject reject = {.column = rows->columns[cell].name,
                                   .value = csv_cell_text(rows->csv, row, cell),
                                   .reason = str_from(reason)};
    return refuse_row(rows, row, reject, err);
}

static enum gr_status refuse_whole(struct bill_rows *rows, struct csv_row *row, struct str column,
                                   const char *reason, struct gr_err *err)
{
    emit_undo(rows->emit, rows->dataset);
    if (reason == bill_row_skip || (rows->captured_count > 0 && repeats_header(rows, row))) {
        emit_skip(rows->emit, 1);
        return GR_OK;
    }
    struct ingest_reject reject = {
        .column = column, .value = named_cell(rows, row, column), .reason = str_from(reason)};
    return refuse_row(rows, row, reject, err);
}

static enum gr_status put_row(struct bill_rows *rows, struct csv_row *row, struct gr_err *err)
{
    if (row->fault)
        return refuse_row(rows, row, (struct ingest_reject){.reason = str_from(row->fault)}, err);
    struct batch *batch = emit_row(rows->emit, rows->dataset);
    if (batch->rows == 0)
        forget_old_codes(rows);
    struct str column = STR_NONE;
    size_t cell = 0;
    const char *reason = put_cells(rows, batch, row, &cell);
    if (reason)
        return refuse_cell(rows, row, cell, reason, err);
    reason = rows->complete(rows->context, batch, &column);
    if (reason)
        return refuse_whole(rows, row, column, reason, err);
    if (batch->rows + 1 == batch->capacity) {
        judge_recall(rows, batch->capacity);
        find_long_texts(rows, row);
    }
    return emit_done(rows->emit, rows->dataset, row->line, err);
}

/* ---- before the rows ---- */

enum gr_status bill_csv_open(struct ingest_source *source, const struct ingest_options *options,
                             char delimiter, struct csv_reader **out, struct gr_err *err)
{
    GR_TRY(csv_open(source, options->reader, delimiter, out, err));
    if (csv_use_level(*out, options->simd))
        return GR_OK;
    csv_close(*out);
    *out = NULL;
    return gr_fail(err, GR_EUSAGE, "no SIMD level named \"%s\" on this machine", options->simd);
}

static bool is_named(struct str name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (str_equal_nocase(name, str_from(names[i])))
            return true;
    return false;
}

enum gr_status bill_columns_keep(struct bill_rows *rows, const char *names,
                                 const char *const *needed, struct gr_err *err)
{
    bool *wanted = gr_alloc_zeroed(rows->column_count, sizeof *wanted);
    struct str rest = str_from(names), unknown = STR_NONE;
    while (rest.ptr && !unknown.ptr) {
        struct str name = str_trim(str_cut(&rest, ','));
        bool found = name.len == 0;
        for (size_t i = 0; i < rows->column_count; i++)
            if (str_equal_nocase(name, rows->columns[i].name))
                found = wanted[i] = true;
        if (!found)
            unknown = name;
    }
    for (size_t i = 0; i < rows->column_count; i++)
        rows->columns[i].dropped |= !wanted[i] && !is_named(rows->columns[i].name, needed);
    free(wanted);
    if (!unknown.ptr)
        return GR_OK;
    return gr_fail(err, GR_EUSAGE, "--columns: the file has no column named \"%.*s\"",
                   STR_ARG(unknown));
}

static void rows_start(struct bill_rows *rows)
{
    struct batch *batch = emit_row(rows->emit, rows->dataset);
    size_t texts = 0;
    rows->kept = gr_alloc((rows->column_count + 1) * sizeof *rows->kept);
    rows->others = gr_alloc((rows->column_count + 1) * sizeof *rows->others);
    rows->texts = gr_alloc((rows->column_count + 1) * sizeof *rows->texts);
    rows->captured = gr_alloc((rows->column_count + 1) * sizeof *rows->captured);
    rows->resource_seen = (struct recalled){"", 0, DICT_CODE_NONE};
    for (size_t i = 0; i < rows->column_count; i++) {
        struct bill_column *column = &rows->columns[i];
        if (column->dropped)
            continue;
        rows->kept[rows->kept_count++] = i;
        if (column->capture) {
            rows->captured[rows->captured_count++] = i;
            continue;
        }
        column->cells = &batch->columns[column->column];
        if (column->kind != COLUMN_TEXT) {
            rows->others[rows->other_count++] = i;
            continue;
        }
        column->place = texts++;
        column->generation = column->cells->texts->generation;
        dict_init(&column->quoted);
        struct bill_text text = {(uint32_t)i, (uint32_t)column->place, column->cells->codes,
                                 column};
        if ((int)i == rows->resource)
            rows->resource_text = text;
        else
            rows->texts[rows->text_count++] = text;
    }
    rows->recalled_count = rows->text_count;
    csv_want_cells(rows->csv, rows->kept, rows->kept_count);
    recall_init(&rows->recall, texts);
}

static void rows_end(struct bill_rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].cells && rows->columns[i].kind == COLUMN_TEXT)
            dict_deinit(&rows->columns[i].quoted);
        free(rows->columns[i].quoted_codes);
    }
    recall_deinit(&rows->recall);
    free(rows->kept);
    free(rows->others);
    free(rows->texts);
    free(rows->captured);
}

static enum gr_status read_all(struct bill_rows *rows, struct gr_err *err)
{
    for (;;) {
        struct csv_row row;
        bool more;
        GR_TRY(csv_next_raw(rows->csv, &row, &more, err));
        if (!more)
            break;
        GR_TRY(put_row(rows, &row, err));
    }
    emit_skip(rows->emit, csv_blank_lines(rows->csv));
    return emit_flush(rows->emit, err);
}

/* Rows before a date that only the other order reads may have got wrong months without a fault. */
static enum gr_status check_date_order(const struct bill_rows *rows, struct gr_err *err)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        const struct bill_column *column = &rows->columns[i];
        if (column->contrary_line && column->order_used && !column->order_proven)
            return gr_fail(err, GR_EDATA,
                           "line %llu: a date has the %s first, and the dates before it could be "
                           "read either way; write them as YYYY-MM-DD",
                           (unsigned long long)column->contrary_line,
                           column->day_first ? "month" : "day");
    }
    return GR_OK;
}

enum gr_status bill_rows_read(struct bill_rows *rows, struct gr_err *err)
{
    rows_start(rows);
    enum gr_status status = read_all(rows, err);
    rows_end(rows);
    return status ? status : check_date_order(rows, err);
}
