/* Rows of batches -> buffers -> segments. The only way in for rows.
 *
 * Deliveries of the open transaction that have the dataset and the period in common share a buffer,
 * and so the segments that it is packed into; each row keeps its delivery. A buffer grows with its
 * rows; a column that is absent everywhere has none. When all buffers together pass the budget, one
 * is packed early, so that a load of many periods stays small. Must not know formats or SQL beyond
 * the calls of segment.c.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BUDGET_BYTES = 24 << 20, /* of all buffers */
    BUFFER_BYTES_MAX = 20 << 20,    /* of one */
    WIDE_ROW_BYTES = 400,           /* a row of more is wide, as in a bill of 200 columns ... */
    WIDE_BYTES_MAX = 12 << 20,      /* ... and its segments are smaller: two are in memory */
    FIRST_CAPACITY = 1024
};

struct append_buffer {
    struct str period; /* memory: append->names */
    struct segment_rows rows;
    size_t bytes;
    uint64_t call;        /* the append that wrote to it last */
    bool dead;            /* has rows of deliveries that were discarded */
    uint32_t batch_first; /* of the batch at hand: place of its first row in batch_rows */
    uint32_t batch_count;
};

struct append_delivery {
    uint32_t buffer;
    bool open; /* has rows that were not finished */
    bool discarded;
    bool buffered; /* may have rows in its buffer */
};

struct append {
    struct id_set ids;                  /* of deliveries */
    struct append_delivery *deliveries; /* by number */
    uint32_t delivery_capacity;
    uint32_t open_count;
    struct append_buffer *buffers;
    uint32_t buffer_count;
    size_t bytes; /* of all buffers */
    uint64_t call;
    struct arena names;
    uint32_t *buffer_of_row; /* BATCH_ROWS */
    uint32_t *batch_rows;    /* BATCH_ROWS: rows of the batch at hand by buffer */
};

static void empty_buffer(struct append *append, struct append_buffer *buffer)
{
    segment_rows_free(&buffer->rows);
    append->bytes -= buffer->bytes;
    buffer->bytes = 0;
}

void append_free(struct store *store)
{
    struct append *append = store->append;
    if (!append)
        return;
    for (uint32_t i = 0; i < append->buffer_count; i++)
        empty_buffer(append, &append->buffers[i]);
    id_set_deinit(&append->ids);
    arena_deinit(&append->names);
    free(append->deliveries);
    free(append->buffers);
    free(append->buffer_of_row);
    free(append->batch_rows);
    free(append);
    store->append = NULL;
}

static struct append *ready(struct store *store)
{
    if (!store->append) {
        store->append = gr_alloc_zeroed(1, sizeof(*store->append));
        store->append->buffer_of_row = gr_alloc(BATCH_ROWS * sizeof(uint32_t));
        store->append->batch_rows = gr_alloc(BATCH_ROWS * sizeof(uint32_t));
    }
    return store->append;
}

static uint32_t buffer_for(struct append *append, enum dataset dataset, struct str period)
{
    for (uint32_t i = 0; i < append->buffer_count; i++)
        if (append->buffers[i].rows.dataset == dataset &&
            str_equal(append->buffers[i].period, period))
            return i;
    size_t count = append->buffer_count + 1;
    append->buffers = gr_realloc(append->buffers, count * sizeof(*append->buffers));
    append->buffers[count - 1] = (struct append_buffer){.period = arena_str(&append->names, period),
                                                        .rows = {.dataset = dataset}};
    return append->buffer_count++;
}

static enum gr_status learn_delivery(struct store *store, int64_t id, uint32_t *number,
                                     struct gr_err *err)
{
    struct append *append = store->append;
    struct arena arena = ARENA_EMPTY;
    struct store_delivery entry;
    enum gr_status status = store_delivery_get(store, &arena, id, &entry, err);
    if (!status && (entry.status != DELIVERY_LIVE || id > UINT32_MAX))
        status = gr_fail(err, GR_EDATA, "delivery %lld takes no rows", (long long)id);
    if (!status) {
        *number = id_set_add(&append->ids, id);
        if (*number >= append->delivery_capacity) {
            append->delivery_capacity = append->delivery_capacity ? *number * 2 : 64;
            append->deliveries = gr_realloc(append->deliveries, append->delivery_capacity *
                                                                    sizeof(*append->deliveries));
        }
        append->deliveries[*number] =
            (struct append_delivery){.buffer = buffer_for(append, entry.dataset, entry.period)};
    }
    arena_deinit(&arena);
    return status;
}

/* The delivery's entry, about to get rows. */
static enum gr_status take_delivery(struct store *store, int64_t id, enum dataset dataset,
                                    uint32_t *buffer, struct gr_err *err)
{
    struct append *append = store->append;
    uint32_t number = 0;
    if (!id_set_has(&append->ids, id, &number))
        GR_TRY(learn_delivery(store, id, &number, err));
    struct append_delivery *delivery = &append->deliveries[number];
    if (delivery->discarded || append->buffers[delivery->buffer].rows.dataset != dataset)
        return gr_fail(err, GR_EDATA, "delivery %lld takes no %s rows", (long long)id,
                       dataset_name(dataset));
    append->open_count += !delivery->open;
    delivery->open = true;
    delivery->buffered = true;
    *buffer = delivery->buffer;
    return GR_OK;
}

void append_finished(struct store *store, int64_t delivery)
{
    uint32_t number = 0;
    if (!store->append || !id_set_has(&store->append->ids, delivery, &number))
        return;
    store->append->open_count -= store->append->deliveries[number].open;
    store->append->deliveries[number].open = false;
}

void append_discard(struct store *store, int64_t delivery)
{
    uint32_t number = 0;
    if (!store->append || !id_set_has(&store->append->ids, delivery, &number))
        return;
    struct append_delivery *entry = &store->append->deliveries[number];
    append_finished(store, delivery);
    entry->discarded = true;
    store->append->buffers[entry->buffer].dead |= entry->buffered;
}

bool append_unfinished(const struct store *store)
{
    return store->append && store->append->open_count > 0;
}

static size_t cell_bytes(enum column_kind kind)
{
    return kind == COLUMN_TEXT ? sizeof(uint32_t) : sizeof(int64_t) + (kind == COLUMN_DECIMAL);
}

static uint32_t capacity_for(uint32_t rows)
{
    uint32_t capacity = FIRST_CAPACITY;
    while (capacity < rows)
        capacity *= 2;
    return capacity;
}

static void grow_column(struct append *append, struct append_buffer *buffer,
                        struct segment_column *column, enum column_kind kind, uint32_t rows)
{
    if (rows <= column->capacity)
        return;
    uint32_t capacity = capacity_for(rows);
    if (kind == COLUMN_TEXT)
        column->codes = gr_realloc(column->codes, capacity * sizeof(*column->codes));
    else
        column->units = gr_realloc(column->units, capacity * sizeof(*column->units));
    if (kind == COLUMN_DECIMAL)
        column->scales = gr_realloc(column->scales, capacity);
    size_t more = (capacity - column->capacity) * cell_bytes(kind);
    buffer->bytes += more;
    append->bytes += more;
    column->capacity = capacity;
}

/* Makes rows column->rows .. rows-1 absent. */
static void fill_absent(struct append *append, struct append_buffer *buffer,
                        struct segment_column *column, enum column_kind kind, uint32_t rows)
{
    grow_column(append, buffer, column, kind, rows);
    for (uint32_t i = column->rows; i < rows; i++) {
        if (kind == COLUMN_TEXT)
            column->codes[i] = 0;
        else
            column->units[i] = kind == COLUMN_MOMENT ? MOMENT_NONE : 0;
        if (kind == COLUMN_DECIMAL)
            column->scales[i] = DECIMAL_CELL_NULL;
    }
    column->rows = rows > column->rows ? rows : column->rows;
}

/* Which rows of a batch go where in a buffer. */
struct piece {
    const uint32_t *rows; /* NULL: first .. first+count-1 */
    uint32_t first;
    uint32_t count;
    uint32_t to; /* first row in the buffer */
};

/* Rows of a batch that go to one buffer, and where they came from. */
struct portion {
    const struct batch *batch;
    const uint32_t *rows; /* NULL: first .. first+count-1 */
    uint32_t first;
    uint32_t count;
    const struct store_place *places; /* by row of the batch; NULL: all are `place` */
    struct store_place place;
};

static uint32_t piece_row(const struct piece *piece, uint32_t i)
{
    return piece->rows ? piece->rows[piece->first + i] : piece->first + i;
}

/* ---- codes of a load -> codes of the store ---- */

static enum gr_status settle_column(struct store *store, struct segment_column *cells,
                                    struct store_column *column, struct gr_err *err)
{
    if (cells->settled >= cells->rows)
        return GR_OK;
    GR_TRY(dictionary_learn(store, column, err));
    const uint32_t *map = column->global_of_local;
    uint32_t *codes = cells->codes;
    for (uint32_t i = cells->settled; map && i < cells->rows; i++)
        codes[i] = map[codes[i]];
    cells->settled = cells->rows;
    return GR_OK;
}

static enum gr_status settle_buffer(struct store *store, struct append_buffer *buffer,
                                    struct gr_err *err)
{
    struct store_column *columns = store->datasets[buffer->rows.dataset].columns;
    for (size_t i = 0; i < buffer->rows.column_count; i++)
        if (columns[i].kind == COLUMN_TEXT)
            GR_TRY(settle_column(store, &buffer->rows.columns[i], &columns[i], err));
    return GR_OK;
}

/* The buffer's texts get codes of the store, its cells stay as they are: pack.c takes the maps. */
static enum gr_status learn_buffer(struct store *store, struct append_buffer *buffer,
                                   struct gr_err *err)
{
    struct store_column *columns = store->datasets[buffer->rows.dataset].columns;
    for (size_t i = 0; i < buffer->rows.column_count; i++)
        if (columns[i].kind == COLUMN_TEXT &&
            buffer->rows.columns[i].settled < buffer->rows.columns[i].rows)
            GR_TRY(dictionary_learn(store, &columns[i], err));
    return GR_OK;
}

enum gr_status store_texts_settle(struct store *store, struct gr_err *err)
{
    struct append *append = store->append;
    for (uint32_t i = 0; append && i < append->buffer_count; i++)
        GR_TRY(settle_buffer(store, &append->buffers[i], err));
    for (int d = 0; d < DATASET_COUNT; d++)
        for (size_t i = 0; i < store->datasets[d].count; i++)
            dictionary_forget_local(&store->datasets[d].columns[i]);
    return GR_OK;
}

/* ---- copying, column by column ---- */

static void copy_codes(uint32_t *to, const uint32_t *from, const struct piece *piece)
{
    if (!piece->rows)
        memcpy(to + piece->to, from + piece->first, piece->count * sizeof(*to));
    for (uint32_t i = 0; piece->rows && i < piece->count; i++)
        to[piece->to + i] = from[piece->rows[piece->first + i]];
}

static void copy_numbers(int64_t *to, const int64_t *from, const struct piece *piece)
{
    if (!piece->rows)
        memcpy(to + piece->to, from + piece->first, piece->count * sizeof(*to));
    for (uint32_t i = 0; piece->rows && i < piece->count; i++)
        to[piece->to + i] = from[piece->rows[piece->first + i]];
}

static void copy_scales(uint8_t *to, const uint8_t *from, const struct piece *piece)
{
    if (!piece->rows)
        memcpy(to + piece->to, from + piece->first, piece->count);
    for (uint32_t i = 0; piece->rows && i < piece->count; i++)
        to[piece->to + i] = from[piece->rows[piece->first + i]];
}

static enum gr_status copy_text(struct store *store, struct segment_column *to,
                                struct store_column *column, const struct batch_column *from,
                                const struct piece *piece, struct gr_err *err)
{
    if (column->local && column->local != from->texts)
        GR_TRY(store_texts_settle(store, err));
    column->local = from->texts;
    copy_codes(to->codes, from->codes, piece);
    return GR_OK;
}

static void copy_decimals(struct segment_column *to, const struct batch_column *from,
                          const struct piece *piece)
{
    copy_numbers(to->units, from->units, piece);
    copy_scales(to->scales, from->scales, piece);
    for (uint32_t i = 0; from->wide_count && i < piece->count; i++)
        if (to->scales[piece->to + i] == DECIMAL_CELL_WIDE)
            segment_column_put_wide(to, piece->to + i, from->wide[to->units[piece->to + i]]);
}

static enum gr_status copy_column(struct store *store, struct append_buffer *buffer,
                                  const struct batch_column *from, int column,
                                  const struct piece *piece, struct gr_err *err)
{
    struct segment_rows *rows = &buffer->rows;
    if ((size_t)column >= rows->column_count) {
        size_t count = store->datasets[rows->dataset].count;
        rows->columns = gr_realloc(rows->columns, count * sizeof(*rows->columns));
        memset(rows->columns + rows->column_count, 0,
               (count - rows->column_count) * sizeof(*rows->columns));
        rows->column_count = count;
    }
    struct segment_column *to = &rows->columns[column];
    fill_absent(store->append, buffer, to, from->kind, piece->to);
    grow_column(store->append, buffer, to, from->kind, piece->to + piece->count);
    to->rows = piece->to + piece->count;
    if (from->kind == COLUMN_TEXT)
        return copy_text(store, to, &store->datasets[rows->dataset].columns[column], from, piece,
                         err);
    if (from->kind == COLUMN_DECIMAL)
        copy_decimals(to, from, piece);
    else
        copy_numbers(to->units, from->moments, piece);
    return GR_OK;
}

static enum gr_status copy_places(struct append *append, struct append_buffer *buffer,
                                  const struct portion *portion, const struct piece *piece,
                                  struct gr_err *err)
{
    struct segment_rows *rows = &buffer->rows;
    uint32_t end = piece->to + piece->count;
    grow_column(append, buffer, &rows->lines, COLUMN_MOMENT, end);
    grow_column(append, buffer, &rows->files, COLUMN_TEXT, end);
    grow_column(append, buffer, &rows->deliveries, COLUMN_TEXT, end);
    for (uint32_t i = 0; i < piece->count; i++) {
        uint32_t row = piece_row(piece, i);
        const struct store_place *place = portion->places ? &portion->places[row] : &portion->place;
        if (place->file < 0 || place->file > UINT32_MAX)
            return gr_fail(err, GR_EDATA, "the number %lld of a file is too large",
                           (long long)place->file);
        rows->lines.units[piece->to + i] = (int64_t)portion->batch->lines[row];
        rows->files.codes[piece->to + i] = (uint32_t)place->file;
        rows->deliveries.codes[piece->to + i] = (uint32_t)place->delivery;
    }
    rows->lines.rows = rows->files.rows = rows->deliveries.rows = end;
    return GR_OK;
}

static bool batch_column_absent(const struct batch_column *column)
{
    return column->kind == COLUMN_TEXT      ? !column->codes
           : column->kind == COLUMN_DECIMAL ? !column->units
                                            : !column->moments;
}

/* The columns of a batch mostly have the numbers of the store. */
static enum gr_status find_column(struct store *store, const struct batch *batch, size_t number,
                                  int *column, struct gr_err *err)
{
    const struct batch_column *from = &batch->columns[number];
    const struct store_dataset *set = &store->datasets[batch->dataset];
    *column = (int)number;
    if (number < set->count && set->columns[number].id && set->columns[number].kind == from->kind &&
        str_is(from->name, set->columns[number].name))
        return GR_OK;
    return column_for_append(store, batch->dataset, from->name, from->kind, column, err);
}

static enum gr_status copy_piece(struct store *store, struct append_buffer *buffer,
                                 const struct portion *portion, const struct piece *piece,
                                 struct gr_err *err)
{
    const struct batch *batch = portion->batch;
    for (size_t i = 0; i < batch->column_count; i++) {
        const struct batch_column *from = &batch->columns[i];
        int column = 0;
        if (from->passing || batch_column_absent(from))
            continue;
        GR_TRY(find_column(store, batch, i, &column, err));
        GR_TRY(copy_column(store, buffer, from, column, piece, err));
    }
    GR_TRY(copy_places(store->append, buffer, portion, piece, err));
    buffer->rows.rows = piece->to + piece->count;
    return GR_OK;
}

/* Takes rows of discarded deliveries out of the buffer. */
static void drop_dead_rows(struct append *append, struct append_buffer *buffer)
{
    struct segment_rows *rows = &buffer->rows;
    uint32_t *kept = append->buffer_of_row; /* free by the time that buffers are packed */
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->rows; i++) {
        uint32_t number = 0;
        id_set_has(&append->ids, rows->deliveries.codes[i], &number);
        if (!append->deliveries[number].discarded)
            kept[count++] = i;
    }
    segment_rows_keep(rows, kept, count);
    buffer->dead = false;
}

static enum gr_status pack_buffer(struct store *store, struct append_buffer *buffer,
                                  struct gr_err *err)
{
    struct segment_rows *rows = &buffer->rows;
    for (size_t i = 0; i < rows->column_count; i++)
        if (rows->columns[i].rows)
            fill_absent(store->append, buffer, &rows->columns[i],
                        store->datasets[rows->dataset].columns[i].kind, rows->rows);
    if (buffer->dead) { /* rows move: their codes must be of one kind */
        GR_TRY(settle_buffer(store, buffer, err));
        drop_dead_rows(store->append, buffer);
    }
    GR_TRY(learn_buffer(store, buffer, err));
    if (!rows->rows)
        return GR_OK;
    store->append->bytes -= buffer->bytes;
    buffer->bytes = 0;
    return flight_start(store, rows, err);
}

/* Periods that the file has left behind go first. */
static enum gr_status keep_budget(struct store *store, struct gr_err *err)
{
    struct append *append = store->append;
    while (append->bytes > BUFFER_BUDGET_BYTES) {
        struct append_buffer *largest = &append->buffers[0];
        for (uint32_t i = 1; i < append->buffer_count; i++) {
            struct append_buffer *buffer = &append->buffers[i];
            bool idle = buffer->call != append->call && buffer->bytes;
            bool largest_idle = largest->call != append->call && largest->bytes;
            if (idle > largest_idle || (idle == largest_idle && buffer->bytes > largest->bytes))
                largest = buffer;
        }
        GR_TRY(pack_buffer(store, largest, err));
        empty_buffer(append, largest);
    }
    return GR_OK;
}

/* Columns double when they grow: what the buffer takes then is what must fit. */
static bool outgrows(const struct append_buffer *buffer, uint32_t count)
{
    uint32_t rows = buffer->rows.rows, capacity = capacity_for(rows);
    size_t times = capacity_for(rows + count < BATCH_ROWS ? rows + count : BATCH_ROWS) / capacity;
    bool wide = buffer->bytes / capacity > WIDE_ROW_BYTES;
    return rows > 0 && times > 1 &&
           buffer->bytes * times > (size_t)(wide ? WIDE_BYTES_MAX : BUFFER_BYTES_MAX);
}

static enum gr_status append_portion(struct store *store, uint32_t buffer_number,
                                     const struct portion *portion, struct gr_err *err)
{
    struct append_buffer *buffer = &store->append->buffers[buffer_number];
    buffer->call = store->append->call;
    for (uint32_t done = 0; done < portion->count;) {
        uint32_t left = portion->count - done;
        if (outgrows(buffer, left))
            GR_TRY(pack_buffer(store, buffer, err));
        uint32_t room = BATCH_ROWS - buffer->rows.rows;
        struct piece piece = {.rows = portion->rows,
                              .first = portion->first + done,
                              .count = left < room ? left : room,
                              .to = buffer->rows.rows};
        GR_TRY(copy_piece(store, buffer, portion, &piece, err));
        done += piece.count;
        if (buffer->rows.rows == BATCH_ROWS)
            GR_TRY(pack_buffer(store, buffer, err));
    }
    return GR_OK;
}

enum gr_status store_append(struct store *store, int64_t delivery, const struct batch *batch,
                            const uint32_t *rows, uint32_t count, int64_t file, struct gr_err *err)
{
    uint32_t buffer = 0;
    struct portion portion = {
        batch, rows, 0, count, NULL, {delivery, file}
    };
    GR_TRY(store_must_write(store, err));
    ready(store)->call++;
    GR_TRY(take_delivery(store, delivery, batch->dataset, &buffer, err));
    GR_TRY(append_portion(store, buffer, &portion, err));
    store->changed = true;
    return keep_budget(store, err);
}

/* The buffer of each row, and how many rows each buffer gets. */
static enum gr_status find_buffers(struct store *store, const struct batch *batch,
                                   const struct store_place *places, struct gr_err *err)
{
    struct append *append = store->append;
    int64_t last = 0;
    uint32_t buffer = 0;
    for (uint32_t i = 0; i < append->buffer_count; i++)
        append->buffers[i].batch_count = 0;
    for (uint32_t row = 0; row < batch->rows; row++) {
        if (places[row].delivery != last) {
            last = places[row].delivery;
            GR_TRY(take_delivery(store, last, batch->dataset, &buffer, err));
        }
        append->buffer_of_row[row] = buffer;
        append->buffers[buffer].batch_count++;
    }
    return GR_OK;
}

/* Row numbers by buffer, in order. */
static void sort_rows(struct append *append, uint32_t rows)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < append->buffer_count; i++) {
        append->buffers[i].batch_first = first;
        first += append->buffers[i].batch_count;
        append->buffers[i].batch_count = 0;
    }
    for (uint32_t row = 0; row < rows; row++) {
        struct append_buffer *buffer = &append->buffers[append->buffer_of_row[row]];
        append->batch_rows[buffer->batch_first + buffer->batch_count++] = row;
    }
}

enum gr_status store_append_places(struct store *store, const struct batch *batch,
                                   const struct store_place *places, struct gr_err *err)
{
    GR_TRY(store_must_write(store, err));
    struct append *append = ready(store);
    append->call++;
    GR_TRY(find_buffers(store, batch, places, err));
    sort_rows(append, batch->rows);
    for (uint32_t i = 0; i < append->buffer_count; i++) {
        const struct append_buffer *buffer = &append->buffers[i];
        struct portion portion = {.batch = batch,
                                  .rows = append->batch_rows + buffer->batch_first,
                                  .count = buffer->batch_count,
                                  .places = places};
        if (!portion.count)
            continue;
        portion.first = portion.rows[0];
        if (portion.rows[portion.count - 1] - portion.first == portion.count - 1)
            portion.rows = NULL; /* they ascend: no gap */
        else
            portion.first = 0;
        GR_TRY(append_portion(store, i, &portion, err));
    }
    store->changed = true;
    return keep_budget(store, err);
}

enum gr_status append_flush(struct store *store, int64_t delivery, struct gr_err *err)
{
    struct append *append = store->append;
    uint32_t number = 0;
    if (!append || !id_set_has(&append->ids, delivery, &number))
        return GR_OK;
    uint32_t buffer = append->deliveries[number].buffer;
    if (!append->deliveries[number].buffered)
        return flight_land(store, err);
    GR_TRY(pack_buffer(store, &append->buffers[buffer], err));
    GR_TRY(flight_land(store, err));
    empty_buffer(append, &append->buffers[buffer]);
    for (uint32_t i = 0; i < append->ids.count; i++)
        if (append->deliveries[i].buffer == buffer)
            append->deliveries[i].buffered = false;
    return GR_OK;
}
