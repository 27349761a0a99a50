/* How many rows have no value in a column, from the counts that are kept with the chunks: nothing
 * is decoded. For the completeness of a bill.
 */
#include "store/store_internal.h"

#include <string.h>

/* A column without a chunk is absent in every row of the segment. */
static enum gr_status add_segment(struct store *store, enum dataset dataset, int64_t segment,
                                  struct store_nulls *out, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    uint32_t rows;
    enum dataset own;
    size_t count = store_column_count(store, dataset);
    GR_TRY(segment_get(store, segment, &own, &rows, err));
    GR_TRY(store_prepare(store, SQL_CHUNK_NULLS, &list, err));
    sqlite3_bind_int64(list, 1, chunk_id(segment, 0));
    sqlite3_bind_int64(list, 2, chunk_id(segment + 1, 0) - 1);
    for (size_t i = 0; i < count; i++)
        out->nulls[i] += rows;
    out->rows += rows;
    for (bool row;;) {
        GR_TRY(store_step(store, list, &row, err));
        if (!row)
            return GR_OK;
        int64_t id = sqlite3_column_int64(list, 0), nulls = sqlite3_column_int64(list, 1);
        if (nulls < 0 || nulls > rows)
            return gr_fail(err, GR_ESTORE,
                           "store %s: segment %lld: a chunk has %lld absent rows of "
                           "%u",
                           store->path, (long long)segment, (long long)nulls, rows);
        for (size_t i = 0; i < count; i++)
            if (chunk_id(segment, column_id(store, dataset, (int)i)) == id)
                out->nulls[i] -= rows - (uint64_t)nulls;
    }
}

enum gr_status store_delivery_nulls(struct store *store, struct arena *arena, enum dataset dataset,
                                    int64_t delivery, struct store_nulls *out, struct gr_err *err)
{
    int64_t *segments;
    size_t count;
    struct segment_parts parts;
    size_t columns = store_column_count(store, dataset);
    *out =
        (struct store_nulls){.nulls = arena_alloc_zeroed(arena, columns + 1, sizeof *out->nulls)};
    GR_TRY(store_delivery_segments(store, arena, delivery, &segments, &count, err));
    for (size_t i = 0; i < count; i++) {
        GR_TRY(segment_parts_list(store, arena, segments[i], &parts, err));
        out->shared = out->shared || parts.count > 1;
        GR_TRY(add_segment(store, dataset, segments[i], out, err));
    }
    return GR_OK;
}
