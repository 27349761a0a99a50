/* Segments decoded row by row, for scans that need single rows: metrics, inventories, alerts,
 * export, repricing, explain. Rollups use scan.h instead.
 */
#include "store/store_internal.h"

#include <stdlib.h>

struct store_rows {
    struct store *store;
    struct store_rows_options options;
    int *columns;
    struct store_segment_list segments;
    struct arena arena;   /* the segment list */
    struct arena scratch; /* bytes of the current segment */
    size_t next_segment;
    uint32_t row; /* current */
    uint32_t rows;
    struct column_data *cells; /* column_count, then range, line, file */
    struct str *texts;         /* of the current row; one place a column */
};

static struct column_data *range_cells(const struct store_rows *rows)
{
    return &rows->cells[rows->options.column_count];
}

static struct column_data *line_cells(const struct store_rows *rows)
{
    return &rows->cells[rows->options.column_count + 1];
}

static struct column_data *file_cells(const struct store_rows *rows)
{
    return &rows->cells[rows->options.column_count + 2];
}

enum gr_status store_rows_open(struct store *store, const struct store_rows_options *options,
                               struct store_rows **out, struct gr_err *err)
{
    GR_TRY(store_scan_begin(store, err));
    struct store_rows *rows = gr_alloc_zeroed(1, sizeof(*rows));
    size_t count = options->column_count;
    rows->store = store;
    rows->options = *options;
    rows->columns = gr_alloc((count + 1) * sizeof(*rows->columns));
    for (size_t i = 0; i < count; i++)
        rows->columns[i] = options->columns[i];
    rows->options.columns = rows->columns;
    rows->cells = gr_alloc_zeroed(count + 3, sizeof(*rows->cells));
    rows->texts = gr_alloc_zeroed(count + 1, sizeof(*rows->texts));
    enum gr_status status = store_segment_list(
        store, &rows->arena, options->dataset, options->by_billing, options->first_moment,
        options->end_moment, options->delivery, &rows->segments, err);
    if (status) {
        store_rows_close(rows);
        return status;
    }
    *out = rows;
    return GR_OK;
}

void store_rows_close(struct store_rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->options.column_count + 3; i++)
        column_data_deinit(&rows->cells[i]);
    store_scan_end(rows->store);
    arena_deinit(&rows->arena);
    arena_deinit(&rows->scratch);
    free(rows->columns);
    free(rows->cells);
    free(rows->texts);
    free(rows);
}

static enum gr_status load_column(struct store *store, struct arena *scratch, enum dataset dataset,
                                  int64_t segment, uint32_t rows, int column,
                                  struct column_data *data, struct gr_err *err)
{
    struct store_bytes bytes;
    GR_TRY(store_chunk_read(store, scratch, dataset, segment, column, &bytes, err));
    if (column_decode(bytes.ptr, bytes.length, rows, store->kernels, data, err))
        return gr_wrap(err, "store %s: segment %lld", store->path, (long long)segment);
    if (column >= 0 && data->form != COLUMN_ABSENT &&
        data->kind != store_column_kind(store, dataset, column))
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld: column %s has the wrong kind",
                       store->path, (long long)segment,
                       store_column_name(store, dataset, column).ptr);
    return GR_OK;
}

static enum gr_status load_segment(struct store_rows *rows, struct gr_err *err)
{
    const struct store_segment *segment = &rows->segments.items[rows->next_segment++];
    const struct store_rows_options *options = &rows->options;
    int range =
        options->by_billing ? COST_BillingPeriodStart : dataset_moment_column(options->dataset);
    rows->rows = segment->rows;
    rows->row = 0;
    arena_reset(&rows->scratch);
    for (size_t i = 0; i < options->column_count + 3; i++) {
        size_t extra = i - options->column_count;
        int column = i < options->column_count ? options->columns[i]
                     : extra == 0              ? range
                     : extra == 1              ? STORE_COLUMN_LINE
                                               : STORE_COLUMN_FILE;
        GR_TRY(load_column(rows->store, &rows->scratch, options->dataset, segment->id,
                           segment->rows, column, &rows->cells[i], err));
    }
    return GR_OK;
}

static bool in_range(const struct store_rows *rows)
{
    const struct store_rows_options *options = &rows->options;
    if (options->first_moment == MOMENT_NONE && options->end_moment == MOMENT_NONE)
        return true;
    if (column_is_null(range_cells(rows), rows->row))
        return false;
    int64_t moment = (int64_t)column_number(range_cells(rows), rows->row);
    return (options->first_moment == MOMENT_NONE || moment >= options->first_moment) &&
           (options->end_moment == MOMENT_NONE || moment < options->end_moment);
}

static enum gr_status fetch_texts(struct store_rows *rows, struct gr_err *err)
{
    for (size_t i = 0; i < rows->options.column_count; i++) {
        rows->texts[i] = STR_NONE;
        if (rows->cells[i].form != COLUMN_ABSENT && rows->cells[i].kind == COLUMN_TEXT)
            GR_TRY(store_text(rows->store, rows->options.dataset, rows->columns[i],
                              column_code(&rows->cells[i], rows->row), &rows->texts[i], err));
    }
    return GR_OK;
}

enum gr_status store_rows_next(struct store_rows *rows, bool *more, struct gr_err *err)
{
    *more = true;
    if (rows->rows)
        rows->row++;
    for (;;) {
        while (rows->row < rows->rows && !in_range(rows))
            rows->row++;
        if (rows->row < rows->rows)
            return fetch_texts(rows, err);
        rows->rows = 0;
        if (rows->next_segment == rows->segments.count) {
            *more = false;
            return GR_OK;
        }
        GR_TRY(load_segment(rows, err));
    }
}

struct str store_rows_text(const struct store_rows *rows, size_t at)
{
    return rows->texts[at];
}

bool store_rows_decimal(const struct store_rows *rows, size_t at, struct decimal *out)
{
    const struct column_data *cells = &rows->cells[at];
    if (cells->form == COLUMN_ABSENT || cells->kind != COLUMN_DECIMAL ||
        column_is_null(cells, rows->row))
        return false;
    *out = decimal_normal(column_decimal(cells, rows->row));
    return true;
}

int64_t store_rows_moment(const struct store_rows *rows, size_t at)
{
    const struct column_data *cells = &rows->cells[at];
    if (cells->form == COLUMN_ABSENT || cells->kind != COLUMN_MOMENT ||
        column_is_null(cells, rows->row))
        return MOMENT_NONE;
    return (int64_t)column_number(cells, rows->row);
}

int64_t store_rows_delivery(const struct store_rows *rows)
{
    return rows->segments.items[rows->next_segment - 1].delivery;
}

int64_t store_rows_file(const struct store_rows *rows)
{
    return (int64_t)column_number(file_cells(rows), rows->row);
}

uint64_t store_rows_line(const struct store_rows *rows)
{
    return (uint64_t)column_number(line_cells(rows), rows->row);
}

/* ---- whole segments ---- */

static enum gr_status fill_column(struct store *store, struct batch *batch, int column,
                                  const struct column_data *cells, struct gr_err *err)
{
    size_t to = (size_t)column;
    struct str name = store_column_name(store, batch->dataset, column);
    size_t fixed = 0;
    dataset_columns(batch->dataset, &fixed);
    if (to >= fixed)
        to = batch_extra_column(batch, name);
    for (uint32_t i = 0; i < cells->rows; i++) {
        struct str text;
        if (column_is_null(cells, i))
            continue;
        if (cells->kind == COLUMN_TEXT) {
            GR_TRY(store_text(store, batch->dataset, column, column_code(cells, i), &text, err));
            batch_set_text(batch, to, i, text);
        } else if (cells->kind == COLUMN_DECIMAL) {
            batch_set_decimal(batch, to, i, decimal_normal(column_decimal(cells, i)));
        } else {
            batch_set_moment(batch, to, i, (int64_t)column_number(cells, i));
        }
    }
    return GR_OK;
}

static enum gr_status segment_size(struct store *store, int64_t segment, enum dataset dataset,
                                   uint32_t *rows, struct gr_err *err)
{
    sqlite3_stmt *get = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_SEGMENT_OF, &get, err));
    sqlite3_bind_int64(get, 2, segment);
    GR_TRY(store_step(store, get, &row, err));
    if (!row)
        return gr_fail(err, GR_ESTORE, "store %s: no segment %lld", store->path,
                       (long long)segment);
    struct str name = {(const char *)sqlite3_column_text(get, 1),
                       (size_t)sqlite3_column_bytes(get, 1)};
    int64_t count = sqlite3_column_int64(get, 2);
    bool fits = str_is(name, dataset_name(dataset)) && count > 0 && count <= BATCH_ROWS;
    sqlite3_reset(get);
    if (!fits)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld is not of dataset %s", store->path,
                       (long long)segment, dataset_name(dataset));
    *rows = (uint32_t)count;
    return GR_OK;
}

static enum gr_status fill_batch(struct store *store, int64_t segment, uint32_t rows,
                                 struct batch *batch, int64_t *files, struct arena *scratch,
                                 struct column_data *cells, struct gr_err *err)
{
    enum dataset dataset = batch->dataset;
    for (size_t i = 0; i < store_column_count(store, dataset); i++) {
        GR_TRY(load_column(store, scratch, dataset, segment, rows, (int)i, cells, err));
        if (cells->form != COLUMN_ABSENT)
            GR_TRY(fill_column(store, batch, (int)i, cells, err));
        arena_reset(scratch);
    }
    GR_TRY(load_column(store, scratch, dataset, segment, rows, STORE_COLUMN_LINE, cells, err));
    for (uint32_t i = 0; i < rows; i++)
        batch->lines[i] = (uint64_t)column_number(cells, i);
    GR_TRY(load_column(store, scratch, dataset, segment, rows, STORE_COLUMN_FILE, cells, err));
    for (uint32_t i = 0; files && i < rows; i++)
        files[i] = (int64_t)column_number(cells, i);
    batch->rows = rows;
    return GR_OK;
}

enum gr_status store_read_batch(struct store *store, int64_t segment, struct batch *batch,
                                int64_t *files, struct gr_err *err)
{
    uint32_t rows = 0;
    struct arena scratch = ARENA_EMPTY;
    struct column_data cells;
    GR_TRY(store_scan_begin(store, err));
    column_data_init(&cells);
    enum gr_status status = segment_size(store, segment, batch->dataset, &rows, err);
    if (!status)
        status = fill_batch(store, segment, rows, batch, files, &scratch, &cells, err);
    column_data_deinit(&cells);
    arena_deinit(&scratch);
    store_scan_end(store);
    return status;
}
