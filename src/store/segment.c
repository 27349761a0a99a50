/* One segment: its row, its chunks, its pre-sums. Called by append.c. */
#include "store/store_internal.h"

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

static enum gr_status add_segment(struct store *store, const struct segment_rows *rows, int64_t *id,
                                  struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    int billing = rows->dataset == DATASET_COST ? COST_BillingPeriodStart : -1;
    GR_TRY(store_prepare(store, SQL_SEGMENT_ADD, &add, err));
    sqlite3_bind_int64(add, 1, rows->delivery);
    store_bind_text(add, 2, str_from(dataset_name(rows->dataset)));
    sqlite3_bind_int64(add, 3, rows->rows);
    bind_zone(add, 4, rows, zone_of(rows, dataset_moment_column(rows->dataset)));
    bind_zone(add, 7, rows, zone_of(rows, billing));
    GR_TRY(store_run(store, add, err));
    *id = sqlite3_last_insert_rowid(store->db);
    return GR_OK;
}

static enum gr_status add_chunk(struct store *store, int64_t segment, int64_t column,
                                const struct chunk_facts *facts, struct gr_err *err)
{
    sqlite3_stmt *add = NULL;
    if (!store->encoder->length)
        return GR_OK;
    GR_TRY(store_prepare(store, SQL_CHUNK_ADD, &add, err));
    sqlite3_bind_int64(add, 1, chunk_id(segment, column));
    sqlite3_bind_int64(add, 2, facts->nulls);
    if (facts->narrow) {
        sqlite3_bind_int64(add, 3, facts->min);
        sqlite3_bind_int64(add, 4, facts->max);
    }
    sqlite3_bind_blob64(add, 5, store->encoder->bytes, store->encoder->length, SQLITE_STATIC);
    return store_run(store, add, err);
}

static enum gr_status write_column(struct store *store, const struct segment_rows *rows,
                                   int64_t segment, int column, struct presum_builder *presums,
                                   struct gr_err *err)
{
    const struct segment_column *cells = &rows->columns[column];
    const struct store_column *entry = &store->datasets[rows->dataset].columns[column];
    struct chunk_facts facts = {0};
    uint8_t scale = 0;
    if (!cells->rows)
        return GR_OK;
    if (entry->kind == COLUMN_TEXT)
        encode_text(store->encoder, cells->codes, rows->rows, &facts);
    else if (entry->kind == COLUMN_MOMENT)
        encode_whole(store->encoder, cells->units, rows->rows, &facts);
    else
        encode_decimals(store->encoder, cells->units, cells->scales, cells->wide, rows->rows,
                        &facts, &scale);
    if (facts.nulls < rows->rows)
        presum_take(presums, column, store->encoder, &facts, scale);
    return add_chunk(store, segment, entry->id, &facts, err);
}

static enum gr_status write_columns(struct store *store, const struct segment_rows *rows,
                                    int64_t segment, struct presum_builder *presums,
                                    struct gr_err *err)
{
    for (size_t i = 0; i < rows->column_count; i++)
        GR_TRY(write_column(store, rows, segment, (int)i, presums, err));
    struct chunk_facts facts = {0};
    encode_whole(store->encoder, rows->lines.units, rows->rows, &facts);
    GR_TRY(add_chunk(store, segment, COLUMN_ID_LINE, &facts, err));
    encode_whole(store->encoder, rows->files.units, rows->rows, &facts);
    GR_TRY(add_chunk(store, segment, COLUMN_ID_FILE, &facts, err));
    return presum_write(store, presums, segment, err);
}

enum gr_status segment_write(struct store *store, const struct segment_rows *rows,
                             struct gr_err *err)
{
    int64_t segment = 0;
    GR_TRY(add_segment(store, rows, &segment, err));
    struct presum_builder *presums = presum_open(rows->dataset, rows->rows);
    enum gr_status status = write_columns(store, rows, segment, presums, err);
    presum_close(presums);
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

static enum gr_status delete_segment(struct store *store, int64_t segment, struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    GR_TRY(delete_range(store, SQL_CHUNK_DELETE, segment, err));
    GR_TRY(delete_range(store, SQL_PRESUM_DELETE, segment, err));
    GR_TRY(store_prepare(store, SQL_SEGMENT_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, segment);
    return store_run(store, statement, err);
}

enum gr_status segments_delete(struct store *store, int64_t delivery, struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    int64_t *ids = NULL;
    size_t count = 0;
    enum gr_status status = store_delivery_segments(store, &arena, delivery, &ids, &count, err);
    for (size_t i = 0; !status && i < count; i++)
        status = delete_segment(store, ids[i], err);
    arena_deinit(&arena);
    return status;
}
