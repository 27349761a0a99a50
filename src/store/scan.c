/* Which segments, and the bytes of their chunks. */
#include "store/store_internal.h"

#include <string.h>

static enum gr_status read_segment(struct store *store, sqlite3_stmt *list, bool by_billing,
                                   struct store_segment *out, struct gr_err *err)
{
    int zone = by_billing ? 5 : 2; /* nulls, min, max */
    int64_t rows = sqlite3_column_int64(list, 1);
    int64_t nulls = sqlite3_column_int64(list, zone);
    if (rows < 1 || rows > BATCH_ROWS || nulls < 0 || nulls > rows)
        return gr_fail(err, GR_ESTORE, "store %s: damaged segment table", store->path);
    *out = (struct store_segment){.id = sqlite3_column_int64(list, 0),
                                  .rows = (uint32_t)rows,
                                  .moment_nulls = (uint32_t)nulls,
                                  .min_moment = sqlite3_column_int64(list, zone + 1),
                                  .max_moment = sqlite3_column_int64(list, zone + 2)};
    if (nulls == rows)
        out->min_moment = out->max_moment = MOMENT_NONE;
    return GR_OK;
}

static bool segment_touches(const struct store_segment *segment, int64_t first_moment,
                            int64_t end_moment)
{
    if (first_moment == MOMENT_NONE && end_moment == MOMENT_NONE)
        return true;
    return segment->moment_nulls < segment->rows &&
           (first_moment == MOMENT_NONE || segment->max_moment >= first_moment) &&
           (end_moment == MOMENT_NONE || segment->min_moment < end_moment);
}

enum gr_status store_segment_list(struct store *store, struct arena *arena, enum dataset dataset,
                                  bool by_billing, int64_t first_moment, int64_t end_moment,
                                  int64_t delivery, struct store_segment_list *out,
                                  struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    size_t capacity = 0;
    bool row = true;
    *out = (struct store_segment_list){0};
    if (!delivery) /* who reads all rows does not look at their deliveries */
        GR_TRY(compact(store, err));
    GR_TRY(store_prepare(store, delivery ? SQL_SEGMENT_LIST_OF : SQL_SEGMENT_LIST, &list, err));
    store_bind_text(list, 1, str_from(dataset_name(dataset)));
    if (delivery)
        sqlite3_bind_int64(list, 2, delivery);
    enum gr_status status = store_step(store, list, &row, err);
    while (!status && row) {
        if (out->count == capacity) {
            struct store_segment *old = out->items;
            capacity = capacity ? capacity * 2 : 64;
            out->items = arena_alloc(arena, capacity * sizeof(*out->items));
            if (old)
                memcpy(out->items, old, out->count * sizeof(*old));
        }
        struct store_segment *segment = &out->items[out->count];
        status = read_segment(store, list, by_billing, segment, err);
        out->count += !status && segment_touches(segment, first_moment, end_moment);
        if (!status)
            status = store_step(store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

/* Puts *blob on a row; *found false when there is no such row. */
static enum gr_status seek_blob(struct store *store, const char *table, int64_t id,
                                sqlite3_blob **blob, bool *found, struct gr_err *err)
{
    int code = *blob ? sqlite3_blob_reopen(*blob, id)
                     : sqlite3_blob_open(store->db, "main", table, "bytes", id, 0, blob);
    *found = code == SQLITE_OK;
    if (code == SQLITE_OK)
        return GR_OK;
    bool missing = (code & 0xFF) == SQLITE_ERROR; /* "no such rowid" */
    if (!missing)
        store_fail(store, err, "reading");
    sqlite3_blob_close(*blob); /* a failed reopen makes the handle useless */
    *blob = NULL;
    return missing ? GR_OK : err->status;
}

/* Copies a blob once, straight from SQLite's pages; ptr NULL when there is no such row. */
static enum gr_status read_blob(struct store *store, struct arena *arena, const char *table,
                                int64_t id, sqlite3_blob **blob, struct store_bytes *out,
                                struct gr_err *err)
{
    bool found = false;
    GR_TRY(seek_blob(store, table, id, blob, &found, err));
    if (!found)
        return GR_OK;
    out->length = (size_t)sqlite3_blob_bytes(*blob);
    out->ptr = arena_alloc(arena, out->length + KERNEL_SLACK_BYTES);
    memset(out->ptr + out->length, 0, KERNEL_SLACK_BYTES);
    if (out->length && sqlite3_blob_read(*blob, out->ptr, (int)out->length, 0) != SQLITE_OK)
        return store_fail(store, err, "reading");
    return GR_OK;
}

/* The payload of the chunk that *out names, under its own header. */
static enum gr_status read_same(struct store *store, struct arena *arena, int64_t segment,
                                struct store_bytes *out, struct gr_err *err)
{
    struct store_bytes other = {NULL, 0};
    int64_t id = presum_u32(out->ptr + CHUNK_HEADER_BYTES, 0);
    if (id <= COLUMN_ID_MAX)
        GR_TRY(read_blob(store, arena, "chunk", chunk_id(segment, id), &store->chunk_blob, &other,
                         err));
    if (other.length < CHUNK_HEADER_BYTES || other.ptr[0] == CHUNK_SAME)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld: a chunk refers to none",
                       store->path, (long long)segment);
    memcpy(other.ptr + 1, out->ptr + 1, CHUNK_HEADER_BYTES - 1);
    *out = other;
    return GR_OK;
}

static bool leans(const struct store_bytes *chunk)
{
    uint8_t encoding = chunk->length >= CHUNK_LEANING_BYTES ? chunk->ptr[0] : 0;
    return encoding == CHUNK_LIKE || encoding == CHUNK_FUNCTION || encoding == CHUNK_SCALED;
}

static enum gr_status lean_fail(struct store *store, int64_t segment, struct gr_err *err)
{
    return gr_fail(err, GR_ESTORE, "store %s: segment %lld: a chunk leans on none", store->path,
                   (long long)segment);
}

/* The chunks of a bundle: the first is read, of the others rowid and length are known. */
struct bundle_plan {
    struct store_bytes own;
    uint32_t count;
    int64_t ids[CHUNK_BUNDLE_MAX];
    size_t lengths[CHUNK_BUNDLE_MAX];
};

static enum gr_status plan_bundle(struct store *store, int64_t segment, struct bundle_plan *plan,
                                  struct gr_err *err)
{
    const uint8_t *names = plan->own.ptr + CHUNK_HEADER_BYTES;
    plan->count = presum_u32(names, 1) ? 3 : 2;
    plan->lengths[0] = plan->own.length;
    for (uint32_t i = 1; i < plan->count; i++) {
        bool found = false;
        int64_t id = presum_u32(names, i - 1);
        if (id < 1 || id > COLUMN_ID_MAX)
            return lean_fail(store, segment, err);
        plan->ids[i] = chunk_id(segment, id);
        GR_TRY(seek_blob(store, "chunk", plan->ids[i], &store->chunk_blob, &found, err));
        plan->lengths[i] = found ? (size_t)sqlite3_blob_bytes(store->chunk_blob) : 0;
        if (plan->lengths[i] < CHUNK_HEADER_BYTES)
            return lean_fail(store, segment, err);
    }
    return GR_OK;
}

static size_t bundled_length(size_t length)
{
    return (length + KERNEL_SLACK_BYTES + 7) & ~(size_t)7;
}

/* Reads a chunk to where it stands in its bundle. */
static enum gr_status read_bundled(struct store *store, int64_t segment,
                                   const struct bundle_plan *plan, uint32_t number, uint8_t *at,
                                   struct gr_err *err)
{
    bool found = false;
    size_t length = plan->lengths[number];
    memset(at + length, 0, bundled_length(length) - length);
    if (number == 0) {
        memcpy(at, plan->own.ptr, length);
        return GR_OK;
    }
    GR_TRY(seek_blob(store, "chunk", plan->ids[number], &store->chunk_blob, &found, err));
    if (!found || sqlite3_blob_read(store->chunk_blob, at, (int)length, 0) != SQLITE_OK)
        return store_fail(store, err, "reading");
    const struct store_bytes chunk = {at, length};
    return at[0] == CHUNK_SAME || leans(&chunk) ? lean_fail(store, segment, err) : GR_OK;
}

/* Makes a chunk that leans on others a bundle with them; those are copied once. */
static enum gr_status read_bundle(struct store *store, struct arena *arena, int64_t segment,
                                  struct store_bytes *out, struct gr_err *err)
{
    struct bundle_plan plan = {.own = *out};
    GR_TRY(plan_bundle(store, segment, &plan, err));
    size_t length = CHUNK_HEADER_BYTES;
    for (uint32_t i = 0; i < plan.count; i++)
        length += bundled_length(plan.lengths[i]);
    uint8_t *bytes = arena_alloc(arena, length);
    uint8_t *at = bytes + CHUNK_HEADER_BYTES;
    memset(bytes, 0, CHUNK_HEADER_BYTES);
    bytes[0] = CHUNK_BUNDLE;
    bytes[1] = (uint8_t)plan.count;
    for (uint32_t i = 0; i < plan.count; i++) {
        for (unsigned byte = 0; byte < 8; byte++)
            bytes[8 + 8 * i + byte] = (uint8_t)((uint64_t)plan.lengths[i] >> (8 * byte));
        GR_TRY(read_bundled(store, segment, &plan, i, at, err));
        at += bundled_length(plan.lengths[i]);
    }
    *out = (struct store_bytes){bytes, length};
    return GR_OK;
}

enum gr_status store_chunk_read(struct store *store, struct arena *arena, enum dataset dataset,
                                int64_t segment, int column, struct store_bytes *out,
                                struct gr_err *err)
{
    *out = (struct store_bytes){NULL, 0};
    int64_t id = column_id(store, dataset, column);
    if (!id)
        return GR_OK;
    GR_TRY(read_blob(store, arena, "chunk", chunk_id(segment, id), &store->chunk_blob, out, err));
    if (out->ptr && !out->length)
        return gr_fail(err, GR_ESTORE, "store %s: empty column chunk", store->path);
    if (out->length == CHUNK_SAME_BYTES && out->ptr[0] == CHUNK_SAME)
        GR_TRY(read_same(store, arena, segment, out, err));
    if (out->length && out->ptr[0] == CHUNK_BUNDLE)
        return gr_fail(err, GR_ESTORE, "store %s: a bundle in the file", store->path);
    return leans(out) ? read_bundle(store, arena, segment, out, err) : GR_OK;
}

static enum gr_status read_presum(struct store *store, struct arena *arena, int64_t segment,
                                  int64_t column, struct store_bytes *out, struct gr_err *err)
{
    *out = (struct store_bytes){NULL, 0};
    if (!column)
        return GR_OK;
    GR_TRY(read_blob(store, arena, "presum", chunk_id(segment, column), &store->presum_blob, out,
                     err));
    return presum_expand(arena, out, err);
}

enum gr_status store_presum_read(struct store *store, struct arena *arena, enum dataset dataset,
                                 int64_t segment, int column, struct store_bytes *out,
                                 struct gr_err *err)
{
    return read_presum(store, arena, segment, column_id(store, dataset, column), out, err);
}

enum gr_status store_tag_presum_read(struct store *store, struct arena *arena, enum dataset dataset,
                                     int64_t segment, struct str key, struct store_bytes *out,
                                     struct gr_err *err)
{
    return read_presum(store, arena, segment, tag_key_column(store, dataset, key), out, err);
}

enum gr_status store_scan_begin(struct store *store, struct gr_err *err)
{
    if (store->scans == 0 && sqlite3_get_autocommit(store->db)) {
        GR_TRY(store_exec(store, "BEGIN", err));
        store->scan_transaction = true;
    }
    store->scans++;
    return GR_OK;
}

void store_scan_end(struct store *store)
{
    if (--store->scans > 0)
        return;
    store_blobs_close(store); /* an open blob would keep the file locked */
    if (store->scan_transaction)
        sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    store->scan_transaction = false;
}
