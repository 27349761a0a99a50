/* One segment: its row, its parts, its chunks, its pre-sums. Called by append.c and compact.c. */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

void segment_column_free(struct segment_column *column)
{
    free(column->codes);
    free(column->units);
    free(column->scales);
    free(column->wide);
    *column = (struct segment_column){0};
}

void segment_rows_free(struct segment_rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++)
        segment_column_free(&rows->columns[i]);
    segment_column_free(&rows->lines);
    segment_column_free(&rows->files);
    segment_column_free(&rows->deliveries);
    free(rows->columns);
    *rows = (struct segment_rows){.dataset = rows->dataset};
}

void segment_column_put_wide(struct segment_column *column, uint32_t row, struct decimal value)
{
    if (column->wide_count == column->wide_capacity) {
        column->wide_capacity = column->wide_capacity ? column->wide_capacity * 2 : 16;
        column->wide = gr_realloc(column->wide, column->wide_capacity * sizeof(*column->wide));
    }
    column->units[row] = column->wide_count;
    column->wide[column->wide_count++] = value;
}

static void column_keep(struct segment_column *column, const uint32_t *kept, uint32_t count)
{
    for (uint32_t i = 0; i < count && column->rows; i++) {
        if (column->codes)
            column->codes[i] = column->codes[kept[i]];
        if (column->units)
            column->units[i] = column->units[kept[i]];
        if (column->scales)
            column->scales[i] = column->scales[kept[i]];
    }
    column->rows = column->rows ? count : 0;
    if (!count)
        column->wide_count = 0;
}

void segment_rows_keep(struct segment_rows *rows, const uint32_t *kept, uint32_t count)
{
    for (size_t i = 0; i < rows->column_count; i++)
        column_keep(&rows->columns[i], kept, count);
    column_keep(&rows->lines, kept, count);
    column_keep(&rows->files, kept, count);
    column_keep(&rows->deliveries, kept, count);
    rows->rows = count;
}

/* Zone map of a moment column. */
struct zone_map {
    int64_t min;
    int64_t max;
    uint32_t nulls;
};

static struct zone_map zone_of(const struct segment_rows *rows, int column)
{
    struct zone_map zone = {INT64_MAX, INT64_MIN, rows->rows};
    if (column < 0 || (size_t)column >= rows->column_count || !rows->columns[column].units)
        return zone;
    const int64_t *moments = rows->columns[column].units;
    zone.nulls = 0;
    for (uint32_t i = 0; i < rows->rows; i++) {
        if (moments[i] == MOMENT_NONE) {
            zone.nulls++;
            continue;
        }
        zone.min = moments[i] < zone.min ? moments[i] : zone.min;
        zone.max = moments[i] > zone.max ? moments[i] : zone.max;
    }
    return zone;
}

static void bind_zone(sqlite3_stmt *add, int at, const struct segment_rows *rows,
                      struct zone_map zone)
{
    if (zone.nulls < rows->rows) {
        sqlite3_bind_int64(add, at, zone.min);
        sqlite3_bind_int64(add, at + 1, zone.max);
    }
    sqlite3_bind_int64(add, at + 2, zone.nulls);
}

static enum gr_status put_segment(struct store *store, const struct segment_rows *rows, int64_t *id,
                                  struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    int billing = rows->dataset == DATASET_COST ? COST_BillingPeriodStart : -1;
    GR_TRY(store_prepare(store, SQL_SEGMENT_PUT, &add, err));
    if (*id)
        sqlite3_bind_int64(add, 1, *id);
    store_bind_text(add, 2, str_from(dataset_name(rows->dataset)));
    sqlite3_bind_int64(add, 3, rows->rows);
    bind_zone(add, 4, rows, zone_of(rows, dataset_moment_column(rows->dataset)));
    bind_zone(add, 7, rows, zone_of(rows, billing));
    GR_TRY(store_run(store, add, err));
    *id = sqlite3_last_insert_rowid(store->db);
    return GR_OK;
}

/* The chunks of the segment at hand that others may refer to. */
struct written_chunk {
    int64_t column;
    size_t length;
    uint8_t *bytes;
};

struct writer {
    struct store *store;
    const struct segment_rows *rows;
    int64_t segment;
    struct presum_builder *presums;
    struct arena arena;
    struct written_chunk *chunks; /* one place a column */
    size_t chunk_count;
};

/* Encoding, width, rows, nulls and count of the headers, and all of the payload. */
static bool same_payload(const uint8_t *a, const uint8_t *b, size_t length)
{
    return a[0] == b[0] && memcmp(a + 3, b + 3, 13) == 0 &&
           memcmp(a + CHUNK_HEADER_BYTES, b + CHUNK_HEADER_BYTES, length - CHUNK_HEADER_BYTES) == 0;
}

/* Makes what was encoded a reference when an earlier chunk of the segment has the same payload. */
static void refer_to_same(struct writer *writer, int64_t column)
{
    struct encoder *encoder = writer->store->encoder;
    if (encoder->length <= 4 * CHUNK_HEADER_BYTES)
        return;
    for (size_t i = 0; i < writer->chunk_count; i++) {
        const struct written_chunk *chunk = &writer->chunks[i];
        if (chunk->length == encoder->length &&
            same_payload(chunk->bytes, encoder->bytes, chunk->length)) {
            encode_same(encoder, (uint32_t)chunk->column);
            return;
        }
    }
    struct written_chunk *chunk = &writer->chunks[writer->chunk_count++];
    *chunk = (struct written_chunk){column, encoder->length,
                                    arena_alloc(&writer->arena, encoder->length)};
    memcpy(chunk->bytes, encoder->bytes, encoder->length);
}

static enum gr_status add_chunk(struct writer *writer, int64_t column,
                                const struct chunk_facts *facts, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    struct encoder *encoder = writer->store->encoder;
    if (!encoder->length)
        return GR_OK;
    refer_to_same(writer, column);
    GR_TRY(store_prepare(writer->store, SQL_CHUNK_ADD, &add, err));
    sqlite3_bind_int64(add, 1, chunk_id(writer->segment, column));
    sqlite3_bind_int64(add, 2, facts->nulls);
    if (facts->narrow) {
        sqlite3_bind_int64(add, 3, facts->min);
        sqlite3_bind_int64(add, 4, facts->max);
    }
    sqlite3_bind_blob64(add, 5, encoder->bytes, encoder->length, SQLITE_STATIC);
    return store_run(writer->store, add, err);
}

static enum gr_status write_column(struct writer *writer, int column, struct gr_err *err)
{
    const struct segment_rows *rows = writer->rows;
    const struct segment_column *cells = &rows->columns[column];
    struct encoder *encoder = writer->store->encoder;
    const struct store_column *entry = &writer->store->datasets[rows->dataset].columns[column];
    struct chunk_facts facts = {0};
    uint8_t scale = 0;
    if (!cells->rows)
        return GR_OK;
    if (entry->kind == COLUMN_TEXT)
        encode_text(encoder, cells->codes, rows->rows, &facts);
    else if (entry->kind == COLUMN_MOMENT)
        encode_whole(encoder, cells->units, rows->rows, &facts);
    else
        encode_decimals(encoder, cells->units, cells->scales, cells->wide, rows->rows, &facts,
                        &scale);
    if (facts.nulls < rows->rows)
        presum_take(writer->presums, column, encoder, &facts, scale);
    return add_chunk(writer, entry->id, &facts, err);
}

/* The parts are the groups of #delivery, which was encoded last. */
static enum gr_status add_parts(struct store *store, int64_t segment, uint32_t rows,
                                struct gr_err *err)
{
    const struct encoder *encoder = store->encoder;
    uint32_t *counts = gr_alloc_zeroed(encoder->dictionary_count, sizeof(*counts));
    enum gr_status status = GR_OK;
    for (uint32_t i = 0; i < rows; i++)
        counts[encoder->codes[i]]++;
    for (uint32_t i = 0; i < encoder->dictionary_count && !status; i++) {
        sqlite3_stmt *add = NULL;
        status = store_prepare(store, SQL_PART_ADD, &add, err);
        if (status)
            break;
        sqlite3_bind_int64(add, 1, segment);
        sqlite3_bind_int64(add, 2, encoder->dictionary[i]);
        sqlite3_bind_int64(add, 3, counts[i]);
        status = store_run(store, add, err);
    }
    free(counts);
    return status;
}

static enum gr_status write_columns(struct writer *writer, struct gr_err *err)
{
    const struct segment_rows *rows = writer->rows;
    struct encoder *encoder = writer->store->encoder;
    struct chunk_facts facts = {0};
    encode_whole(encoder, rows->lines.units, rows->rows, &facts);
    GR_TRY(add_chunk(writer, COLUMN_ID_LINE, &facts, err));
    encode_text(encoder, rows->files.codes, rows->rows, &facts);
    GR_TRY(add_chunk(writer, COLUMN_ID_FILE, &facts, err));
    encode_text(encoder, rows->deliveries.codes, rows->rows, &facts);
    GR_TRY(add_chunk(writer, COLUMN_ID_DELIVERY, &facts, err));
    GR_TRY(add_parts(writer->store, writer->segment, rows->rows, err));
    for (size_t i = 0; i < rows->column_count; i++)
        GR_TRY(write_column(writer, (int)i, err));
    return presum_write(writer->store, writer->presums, writer->segment, err);
}

enum gr_status segment_write(struct store *store, const struct segment_rows *rows, int64_t id,
                             struct gr_err *err)
{
    GR_TRY(put_segment(store, rows, &id, err));
    struct writer writer = {.store = store, .rows = rows, .segment = id};
    writer.presums = presum_open(rows->dataset, rows->rows);
    writer.chunks = arena_alloc(&writer.arena, (rows->column_count + 3) * sizeof(*writer.chunks));
    enum gr_status status = write_columns(&writer, err);
    presum_close(writer.presums);
    arena_deinit(&writer.arena);
    return status;
}

static enum gr_status delete_range(struct store *store, enum store_statement which, int64_t segment,
                                   struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    GR_TRY(store_prepare(store, which, &statement, err));
    sqlite3_bind_int64(statement, 1, chunk_id(segment, 0));
    sqlite3_bind_int64(statement, 2, chunk_id(segment, COLUMN_ID_MAX));
    return store_run(store, statement, err);
}

enum gr_status segment_delete(struct store *store, int64_t segment, struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    store_blobs_close(store); /* they may stand on what goes */
    GR_TRY(delete_range(store, SQL_CHUNK_DELETE, segment, err));
    GR_TRY(delete_range(store, SQL_PRESUM_DELETE, segment, err));
    GR_TRY(store_prepare(store, SQL_PART_CLEAR, &statement, err));
    sqlite3_bind_int64(statement, 1, segment);
    GR_TRY(store_run(store, statement, err));
    GR_TRY(store_prepare(store, SQL_SEGMENT_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, segment);
    return store_run(store, statement, err);
}

enum gr_status segment_get(struct store *store, int64_t segment, enum dataset *dataset,
                           uint32_t *rows, struct gr_err *err)
{
    sqlite3_stmt *get = NULL;
    bool row = false;
    GR_TRY(store_prepare(store, SQL_SEGMENT_GET, &get, err));
    sqlite3_bind_int64(get, 1, segment);
    GR_TRY(store_step(store, get, &row, err));
    if (!row)
        return gr_fail(err, GR_ESTORE, "store %s: no segment %lld", store->path,
                       (long long)segment);
    struct str name = {(const char *)sqlite3_column_text(get, 0),
                       (size_t)sqlite3_column_bytes(get, 0)};
    int64_t count = sqlite3_column_int64(get, 1);
    bool sound = dataset_read(name, dataset) && count > 0 && count <= BATCH_ROWS;
    *rows = (uint32_t)count;
    sqlite3_reset(get);
    if (!sound)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld is damaged", store->path,
                       (long long)segment);
    return GR_OK;
}

enum gr_status segment_parts_list(struct store *store, struct arena *arena, int64_t segment,
                                  struct segment_parts *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct segment_parts){0};
    GR_TRY(store_prepare(store, SQL_PART_LIST, &list, err));
    sqlite3_bind_int64(list, 1, segment);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        int64_t rows = sqlite3_column_int64(list, 1);
        if (out->count == capacity) {
            struct segment_part *old = out->items;
            capacity = capacity ? capacity * 2 : 64;
            out->items = arena_alloc(arena, capacity * sizeof(*out->items));
            if (old)
                memcpy(out->items, old, out->count * sizeof(*old));
        }
        if (rows < 1 || rows > BATCH_ROWS) {
            status = gr_fail(err, GR_ESTORE, "store %s: parts of segment %lld are damaged",
                             store->path, (long long)segment);
            break;
        }
        out->items[out->count++] =
            (struct segment_part){sqlite3_column_int64(list, 0), (uint32_t)rows};
        out->rows += (uint64_t)rows;
        status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}
