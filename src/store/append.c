/* Rows of batches -> buffers of open deliveries -> segments. The only way in for rows.
 *
 * A buffer grows with its rows; a column that is absent everywhere has none. When all buffers
 * together pass the budget, the largest is packed early, so that a load with hundreds of open
 * deliveries stays small. Must not know formats or SQL beyond the calls of segment.c.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BUDGET_BYTES = 192 << 20, FIRST_CAPACITY = 256 };

struct append_buffer {
    struct append_buffer *next;
    struct segment_rows rows;
    size_t bytes;
};

static void free_column(struct segment_column *column)
{
    free(column->codes);
    free(column->units);
    free(column->scales);
    free(column->wide);
    *column = (struct segment_column){0};
}

static void empty_buffer(struct store *store, struct append_buffer *buffer)
{
    for (size_t i = 0; i < buffer->rows.column_count; i++)
        free_column(&buffer->rows.columns[i]);
    free_column(&buffer->rows.lines);
    free_column(&buffer->rows.files);
    store->buffered_bytes -= buffer->bytes;
    buffer->bytes = 0;
    buffer->rows.rows = 0;
}

static void free_buffer(struct store *store, struct append_buffer **link)
{
    struct append_buffer *buffer = *link;
    *link = buffer->next;
    empty_buffer(store, buffer);
    free(buffer->rows.columns);
    free(buffer);
}

void append_buffers_free(struct store *store)
{
    while (store->buffers)
        free_buffer(store, &store->buffers);
}

static struct append_buffer **find_buffer(struct store *store, int64_t delivery)
{
    struct append_buffer **link = &store->buffers;
    while (*link && (*link)->rows.delivery != delivery)
        link = &(*link)->next;
    return link;
}

void append_discard(struct store *store, int64_t delivery)
{
    struct append_buffer **link = find_buffer(store, delivery);
    if (*link)
        free_buffer(store, link);
}

static enum gr_status open_buffer(struct store *store, int64_t delivery, enum dataset dataset,
                                  struct append_buffer **out, struct gr_err *err)
{
    struct append_buffer **link = find_buffer(store, delivery);
    if (!*link) {
        struct arena arena = ARENA_EMPTY;
        struct store_delivery entry;
        enum gr_status status = store_delivery_get(store, &arena, delivery, &entry, err);
        arena_deinit(&arena);
        GR_TRY(status);
        if (entry.status != DELIVERY_LIVE || entry.dataset != dataset)
            return gr_fail(err, GR_EDATA, "delivery %lld takes no %s rows", (long long)delivery,
                           dataset_name(dataset));
        *link = gr_alloc_zeroed(1, sizeof(**link));
        (*link)->rows.delivery = delivery;
        (*link)->rows.dataset = dataset;
    }
    *out = *link;
    if ((*out)->rows.dataset != dataset)
        return gr_fail(err, GR_EDATA, "delivery %lld takes no %s rows", (long long)delivery,
                       dataset_name(dataset));
    return GR_OK;
}

static size_t cell_bytes(enum column_kind kind)
{
    return kind == COLUMN_TEXT ? sizeof(uint32_t) : sizeof(int64_t) + (kind == COLUMN_DECIMAL);
}

static void grow_column(struct store *store, struct append_buffer *buffer,
                        struct segment_column *column, enum column_kind kind, uint32_t rows)
{
    if (rows <= column->capacity)
        return;
    uint32_t capacity = column->capacity ? column->capacity : FIRST_CAPACITY;
    while (capacity < rows)
        capacity *= 2;
    if (kind == COLUMN_TEXT)
        column->codes = gr_realloc(column->codes, capacity * sizeof(*column->codes));
    else
        column->units = gr_realloc(column->units, capacity * sizeof(*column->units));
    if (kind == COLUMN_DECIMAL)
        column->scales = gr_realloc(column->scales, capacity);
    size_t more = (capacity - column->capacity) * cell_bytes(kind);
    buffer->bytes += more;
    store->buffered_bytes += more;
    column->capacity = capacity;
}

/* Makes rows column->rows .. rows-1 absent. */
static void fill_absent(struct store *store, struct append_buffer *buffer,
                        struct segment_column *column, enum column_kind kind, uint32_t rows)
{
    grow_column(store, buffer, column, kind, rows);
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

static uint32_t piece_row(const struct piece *piece, uint32_t i)
{
    return piece->rows ? piece->rows[piece->first + i] : piece->first + i;
}

static enum gr_status copy_text(struct store *store, struct segment_column *to,
                                struct store_column *column, const struct batch_column *from,
                                const struct piece *piece, struct gr_err *err)
{
    dictionary_cache_ready(column, from->texts);
    uint32_t *out = to->codes + piece->to;
    for (uint32_t i = 0; i < piece->count; i++) {
        uint32_t local = from->codes[piece_row(piece, i)];
        out[i] = column->global_of_local[local];
        if (local && !out[i])
            GR_TRY(dictionary_code(store, column, from->texts, local, &out[i], err));
    }
    return GR_OK;
}

static void copy_wide(struct segment_column *to, uint32_t row, struct decimal value)
{
    if (to->wide_count == to->wide_capacity) {
        to->wide_capacity = to->wide_capacity ? to->wide_capacity * 2 : 16;
        to->wide = gr_realloc(to->wide, to->wide_capacity * sizeof(*to->wide));
    }
    to->units[row] = to->wide_count;
    to->wide[to->wide_count++] = value;
}

static void copy_decimals(struct segment_column *to, const struct batch_column *from,
                          const struct piece *piece)
{
    for (uint32_t i = 0; i < piece->count; i++) {
        uint32_t row = piece_row(piece, i);
        to->scales[piece->to + i] = from->scales[row];
        to->units[piece->to + i] = from->units[row];
        if (from->scales[row] == DECIMAL_CELL_WIDE)
            copy_wide(to, piece->to + i, from->wide[from->units[row]]);
    }
}

static void copy_moments(struct segment_column *to, const struct batch_column *from,
                         const struct piece *piece)
{
    for (uint32_t i = 0; i < piece->count; i++)
        to->units[piece->to + i] = from->moments[piece_row(piece, i)];
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
    fill_absent(store, buffer, to, from->kind, piece->to);
    grow_column(store, buffer, to, from->kind, piece->to + piece->count);
    to->rows = piece->to + piece->count;
    if (from->kind == COLUMN_TEXT)
        return copy_text(store, to, &store->datasets[rows->dataset].columns[column], from, piece,
                         err);
    if (from->kind == COLUMN_DECIMAL)
        copy_decimals(to, from, piece);
    else
        copy_moments(to, from, piece);
    return GR_OK;
}

static void copy_places(struct store *store, struct append_buffer *buffer,
                        const struct batch *batch, int64_t file, const struct piece *piece)
{
    struct segment_column *lines = &buffer->rows.lines;
    struct segment_column *files = &buffer->rows.files;
    uint32_t end = piece->to + piece->count;
    grow_column(store, buffer, lines, COLUMN_MOMENT, end);
    grow_column(store, buffer, files, COLUMN_MOMENT, end);
    for (uint32_t i = 0; i < piece->count; i++) {
        lines->units[piece->to + i] = (int64_t)batch->lines[piece_row(piece, i)];
        files->units[piece->to + i] = file;
    }
    lines->rows = end;
    files->rows = end;
}

static bool batch_column_absent(const struct batch_column *column)
{
    return column->kind == COLUMN_TEXT      ? !column->codes
           : column->kind == COLUMN_DECIMAL ? !column->units
                                            : !column->moments;
}

static enum gr_status copy_piece(struct store *store, struct append_buffer *buffer,
                                 const struct batch *batch, int64_t file, const struct piece *piece,
                                 struct gr_err *err)
{
    for (size_t i = 0; i < batch->column_count; i++) {
        const struct batch_column *from = &batch->columns[i];
        int column = 0;
        if (batch_column_absent(from))
            continue;
        GR_TRY(column_for_append(store, batch->dataset, from->name, from->kind, &column, err));
        GR_TRY(copy_column(store, buffer, from, column, piece, err));
    }
    copy_places(store, buffer, batch, file, piece);
    buffer->rows.rows = piece->to + piece->count;
    return GR_OK;
}

static enum gr_status pack_buffer(struct store *store, struct append_buffer *buffer,
                                  struct gr_err *err)
{
    struct segment_rows *rows = &buffer->rows;
    if (!rows->rows)
        return GR_OK;
    for (size_t i = 0; i < rows->column_count; i++)
        if (rows->columns[i].rows)
            fill_absent(store, buffer, &rows->columns[i],
                        store->datasets[rows->dataset].columns[i].kind, rows->rows);
    GR_TRY(segment_write(store, rows, err));
    empty_buffer(store, buffer);
    return GR_OK;
}

static enum gr_status keep_budget(struct store *store, struct gr_err *err)
{
    while (store->buffered_bytes > BUFFER_BUDGET_BYTES) {
        struct append_buffer *largest = store->buffers;
        for (struct append_buffer *at = store->buffers; at; at = at->next)
            if (at->bytes > largest->bytes)
                largest = at;
        GR_TRY(pack_buffer(store, largest, err));
    }
    return GR_OK;
}

enum gr_status store_append(struct store *store, int64_t delivery, const struct batch *batch,
                            const uint32_t *rows, uint32_t count, int64_t file, struct gr_err *err)
{
    struct append_buffer *buffer = NULL;
    GR_TRY(store_must_write(store, err));
    GR_TRY(open_buffer(store, delivery, batch->dataset, &buffer, err));
    for (uint32_t done = 0; done < count;) {
        uint32_t room = BATCH_ROWS - buffer->rows.rows;
        struct piece piece = {.rows = rows,
                              .first = done,
                              .count = count - done < room ? count - done : room,
                              .to = buffer->rows.rows};
        GR_TRY(copy_piece(store, buffer, batch, file, &piece, err));
        done += piece.count;
        if (buffer->rows.rows == BATCH_ROWS)
            GR_TRY(pack_buffer(store, buffer, err));
    }
    store->changed = true;
    return keep_budget(store, err);
}

enum gr_status append_flush(struct store *store, int64_t delivery, struct gr_err *err)
{
    struct append_buffer **link = find_buffer(store, delivery);
    if (!*link)
        return GR_OK;
    enum gr_status status = pack_buffer(store, *link, err);
    free_buffer(store, link);
    return status;
}
