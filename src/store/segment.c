/* One segment in the tables: its row, its parts, its chunks, its pre-sums, as pack.c made them.
 * Called by append.c and compact.c. */
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
    column->settled = column->settled < column->rows ? column->settled : column->rows;
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

/* ---- packed -> tables ---- */

static void bind_zone(sqlite3_stmt *add, int at, uint32_t rows, struct zone_map zone)
{
    if (zone.nulls < rows) {
        sqlite3_bind_int64(add, at, zone.min);
        sqlite3_bind_int64(add, at + 1, zone.max);
    }
    sqlite3_bind_int64(add, at + 2, zone.nulls);
}

static enum gr_status put_row(struct store *store, const struct packed_segment *packed, int64_t *id,
                              struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_SEGMENT_PUT, &add, err));
    if (*id)
        sqlite3_bind_int64(add, 1, *id);
    store_bind_text(add, 2, str_from(dataset_name(packed->dataset)));
    sqlite3_bind_int64(add, 3, packed->rows);
    bind_zone(add, 4, packed->rows, packed->moments);
    bind_zone(add, 7, packed->rows, packed->billing);
    GR_TRY(store_run(store, add, err));
    *id = sqlite3_last_insert_rowid(store->db);
    return GR_OK;
}

static enum gr_status put_part(struct store *store, int64_t segment,
                               const struct segment_part *part, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_PART_ADD, &add, err));
    sqlite3_bind_int64(add, 1, segment);
    sqlite3_bind_int64(add, 2, part->delivery);
    sqlite3_bind_int64(add, 3, part->rows);
    return store_run(store, add, err);
}

static enum gr_status put_chunk(struct store *store, int64_t segment,
                                const struct packed_chunk *chunk, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_CHUNK_ADD, &add, err));
    sqlite3_bind_int64(add, 1, chunk_id(segment, chunk->column));
    sqlite3_bind_int64(add, 2, chunk->nulls);
    if (chunk->narrow) {
        sqlite3_bind_int64(add, 3, chunk->min);
        sqlite3_bind_int64(add, 4, chunk->max);
    }
    store_bind_bytes(add, 5, chunk->bytes, chunk->length);
    return store_run(store, add, err);
}

/* With more groups than this the rows are as quick to read as their pre-sums. */
enum { PRESUM_KEPT_GROUPS_MAX = 1024 };

static enum gr_status put_presum(struct store *store, int64_t segment,
                                 const struct packed_presum *presum, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    GR_TRY(store_prepare(store, SQL_PRESUM_ADD, &add, err));
    sqlite3_bind_int64(add, 1, chunk_id(segment, presum->column));
    store_bind_bytes(add, 2, presum->bytes, presum->length);
    return store_run(store, add, err);
}

enum gr_status segment_put(struct store *store, const struct packed_segment *packed, int64_t id,
                           struct gr_err *err)
{
    GR_TRY(put_row(store, packed, &id, err));
    for (size_t i = 0; i < packed->part_count; i++)
        GR_TRY(put_part(store, id, &packed->parts[i], err));
    for (size_t i = 0; i < packed->chunk_count; i++)
        GR_TRY(put_chunk(store, id, &packed->chunks[i], err));
    for (size_t i = 0; i < packed->presum_count; i++)
        if (presum_u32(packed->presums[i].bytes, 1) <= PRESUM_KEPT_GROUPS_MAX)
            GR_TRY(put_presum(store, id, &packed->presums[i], err));
    return tag_presums_put(store, packed, id, err);
}

enum gr_status segment_columns(struct store *store, enum dataset dataset, struct arena *arena,
                               struct pack_column **out, struct gr_err *err)
{
    size_t presums = 0;
    const int *named = presum_columns(dataset, &presums);
    for (size_t i = 0; i < presums; i++)
        GR_TRY(column_need_id(store, dataset, named[i], err));
    const struct store_dataset *set = &store->datasets[dataset];
    *out = arena_alloc(arena, (set->count + 1) * sizeof(**out));
    for (size_t i = 0; i < set->count; i++)
        (*out)[i] = (struct pack_column){.id = set->columns[i].id, .kind = set->columns[i].kind};
    return GR_OK;
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
