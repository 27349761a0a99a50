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
    struct column_data *cells; /* column_count, then those of enum place_cells */
    struct str *texts;         /* of the current row; one place a column */
};

/* Columns beside those that were asked for. */
enum place_cells { RANGE_CELLS, LINE_CELLS, FILE_CELLS, DELIVERY_CELLS, PLACE_CELLS };

static const struct column_data *place_cells(const struct store_rows *rows, enum place_cells which)
{
    return &rows->cells[rows->options.column_count + which];
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
    rows->cells = gr_alloc_zeroed(count + PLACE_CELLS, sizeof(*rows->cells));
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
    for (size_t i = 0; i < rows->options.column_count + PLACE_CELLS; i++)
        column_data_deinit(&rows->cells[i]);
    store_scan_end(rows->store);
    arena_deinit(&rows->arena);
    arena_deinit(&rows->scratch);
    free(rows->columns);
    free(rows->cells);
    free(rows->texts);
    free(rows);
}

enum gr_status segment_column_load(struct store *store, struct arena *scratch, enum dataset dataset,
                                   int64_t segment, uint32_t rows, int column,
                                   struct column_data *data, struct gr_err *err)
{
    struct store_bytes bytes;
    GR_TRY(store_chunk_read(store, scratch, dataset, segment, column, &bytes, err));
    if (column_decode(bytes.ptr, bytes.length, rows, store->kernels, data, err))
        return gr_wrap(err, "store %s: segment %lld column %s", store->path, (long long)segment,
                       store_column_name(store, dataset, column).ptr);
    enum column_kind kind = store_column_kind(store, dataset, column);
    if (data->form != COLUMN_ABSENT && data->kind != kind)
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
    for (size_t i = 0; i < options->column_count + PLACE_CELLS; i++) {
        size_t extra = i - options->column_count;
        int column = i < options->column_count ? options->columns[i]
                     : extra == RANGE_CELLS    ? range
                     : extra == LINE_CELLS     ? STORE_COLUMN_LINE
                     : extra == FILE_CELLS     ? STORE_COLUMN_FILE
                                               : STORE_COLUMN_DELIVERY;
        GR_TRY(segment_column_load(rows->store, &rows->scratch, options->dataset, segment->id,
                                   segment->rows, column, &rows->cells[i], err));
    }
    return GR_OK;
}

static bool is_wanted(const struct store_rows *rows)
{
    const struct store_rows_options *options = &rows->options;
    if (options->delivery && store_rows_delivery(rows) != options->delivery)
        return false;
    if (options->first_moment == MOMENT_NONE && options->end_moment == MOMENT_NONE)
        return true;
    if (column_is_null(place_cells(rows, RANGE_CELLS), rows->row))
        return false;
    int64_t moment = (int64_t)column_number(place_cells(rows, RANGE_CELLS), rows->row);
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
        while (rows->row < rows->rows && !is_wanted(rows))
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
    return column_code(place_cells(rows, DELIVERY_CELLS), rows->row);
}

int64_t store_rows_file(const struct store_rows *rows)
{
    return column_code(place_cells(rows, FILE_CELLS), rows->row);
}

uint64_t store_rows_line(const struct store_rows *rows)
{
    return (uint64_t)column_number(place_cells(rows, LINE_CELLS), rows->row);
}

/* ---- whole segments ---- */

/* Rows of a segment that go to a batch. */
struct picked {
    uint32_t *rows;
    uint32_t count;
};

static enum gr_status fill_column(struct store *store, struct batch *batch, int column,
                                  const struct column_data *cells, const struct picked *picked,
                                  struct gr_err *err)
{
    size_t to = (size_t)column;
    struct str name = store_column_name(store, batch->dataset, column);
    size_t fixed = 0;
    dataset_columns(batch->dataset, &fixed);
    if (to >= fixed)
        to = batch_extra_column(batch, name);
    for (uint32_t i = 0; i < picked->count; i++) {
        struct str text;
        uint32_t row = picked->rows[i];
        if (column_is_null(cells, row))
            continue;
        if (cells->kind == COLUMN_TEXT) {
            GR_TRY(store_text(store, batch->dataset, column, column_code(cells, row), &text, err));
            batch_set_text(batch, to, i, text);
        } else if (cells->kind == COLUMN_DECIMAL) {
            batch_set_decimal(batch, to, i, decimal_normal(column_decimal(cells, row)));
        } else {
            batch_set_moment(batch, to, i, (int64_t)column_number(cells, row));
        }
    }
    return GR_OK;
}

/* One read of a segment for one delivery. */
struct batch_read {
    struct store *store;
    int64_t segment;
    uint32_t rows; /* of the segment */
    struct picked picked;
    struct arena scratch;
    struct column_data cells;
};

static enum gr_status load_cells(struct batch_read *read, enum dataset dataset, int column,
                                 struct gr_err *err)
{
    arena_reset(&read->scratch);
    return segment_column_load(read->store, &read->scratch, dataset, read->segment, read->rows,
                               column, &read->cells, err);
}

static enum gr_status fill_batch(struct batch_read *read, int64_t delivery, struct batch *batch,
                                 int64_t *files, struct gr_err *err)
{
    struct picked *picked = &read->picked;
    enum dataset dataset = batch->dataset;
    GR_TRY(load_cells(read, dataset, STORE_COLUMN_DELIVERY, err));
    picked->rows = gr_alloc(read->rows * sizeof(*picked->rows));
    for (uint32_t row = 0; row < read->rows; row++)
        if (column_code(&read->cells, row) == delivery)
            picked->rows[picked->count++] = row;
    for (size_t i = 0; i < store_column_count(read->store, dataset); i++) {
        GR_TRY(load_cells(read, dataset, (int)i, err));
        if (read->cells.form != COLUMN_ABSENT)
            GR_TRY(fill_column(read->store, batch, (int)i, &read->cells, picked, err));
    }
    GR_TRY(load_cells(read, dataset, STORE_COLUMN_LINE, err));
    for (uint32_t i = 0; i < picked->count; i++)
        batch->lines[i] = (uint64_t)column_number(&read->cells, picked->rows[i]);
    GR_TRY(load_cells(read, dataset, STORE_COLUMN_FILE, err));
    for (uint32_t i = 0; files && i < picked->count; i++)
        files[i] = column_code(&read->cells, picked->rows[i]);
    batch->rows = picked->count;
    return GR_OK;
}

enum gr_status store_read_batch(struct store *store, int64_t segment, int64_t delivery,
                                struct batch *batch, int64_t *files, struct gr_err *err)
{
    struct batch_read read = {.store = store, .segment = segment};
    enum dataset dataset = batch->dataset;
    GR_TRY(store_scan_begin(store, err));
    enum gr_status status = segment_get(store, segment, &dataset, &read.rows, err);
    if (!status && dataset != batch->dataset)
        status = gr_fail(err, GR_ESTORE, "store %s: segment %lld is not of dataset %s", store->path,
                         (long long)segment, dataset_name(batch->dataset));
    if (!status)
        status = fill_batch(&read, delivery, batch, files, err);
    column_data_deinit(&read.cells);
    arena_deinit(&read.scratch);
    free(read.picked.rows);
    store_scan_end(store);
    return status;
}
