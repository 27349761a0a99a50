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

/* *blob stands on the row with this id, or is NULL when there is none. */
static enum gr_status open_blob(struct store *store, const char *table, int64_t id,
                                sqlite3_blob **blob, struct gr_err *err)
{
    int code = *blob ? sqlite3_blob_reopen(*blob, id)
                     : sqlite3_blob_open(store->db, "main", table, "bytes", id, 0, blob);
    if (code == SQLITE_OK)
        return GR_OK;
    bool missing = (code & 0xFF) == SQLITE_ERROR; /* "no such rowid" */
    if (!missing)
        store_fail(store, err, "reading");
    sqlite3_blob_close(*blob); /* a failed reopen makes the handle useless */
    *blob = NULL;
    return missing ? GR_OK : err->status;
}

/* Reads a whole blob to `to`, which has room for KERNEL_SLACK_BYTES behind it: they become 0. */
static enum gr_status copy_blob(struct store *store, sqlite3_blob *blob, uint8_t *to, size_t length,
                                struct gr_err *err)
{
    memset(to + length, 0, KERNEL_SLACK_BYTES);
    if (length && sqlite3_blob_read(blob, to, (int)length, 0) != SQLITE_OK)
        return store_fail(store, err, "reading");
    return GR_OK;
}

/* Copies a blob once, straight from SQLite's pages; ptr stays NULL when there is no such row. */
static enum gr_status read_blob(struct store *store, struct arena *arena, const char *table,
                                int64_t id, sqlite3_blob **blob, struct store_bytes *out,
                                struct gr_err *err)
{
    GR_TRY(open_blob(store, table, id, blob, err));
    if (!*blob)
        return GR_OK;
    out->length = (size_t)sqlite3_blob_bytes(*blob);
    out->ptr = arena_alloc(arena, out->length + KERNEL_SLACK_BYTES);
    return copy_blob(store, *blob, out->ptr, out->length, err);
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

/* Reads the chunks that chunks[0] leans on. */
static enum gr_status read_leaned_on(struct store *store, struct arena *arena, int64_t segment,
                                     struct store_bytes chunks[CHUNK_BUNDLE_MAX], uint32_t *count,
                                     struct gr_err *err)
{
    const uint8_t *ids = chunks[0].ptr + CHUNK_HEADER_BYTES;
    *count = CHUNK_BUNDLE_MAX;
    for (uint32_t i = 1; i < *count; i++) {
        int64_t id = presum_u32(ids, i - 1);
        if (id < 1 || id > COLUMN_ID_MAX)
            return lean_fail(store, segment, err);
        GR_TRY(read_blob(store, arena, "chunk", chunk_id(segment, id), &store->chunk_blob,
                         &chunks[i], err));
        if (chunks[i].length < CHUNK_HEADER_BYTES || chunks[i].ptr[0] == CHUNK_SAME ||
            leans(&chunks[i]))
            return lean_fail(store, segment, err);
    }
    return GR_OK;
}

static size_t bundled_length(const struct store_bytes *chunk)
{
    return (chunk->length + KERNEL_SLACK_BYTES + 7) & ~(size_t)7;
}

static void put_length(uint8_t *bundle, uint32_t chunk, size_t length)
{
    for (unsigned byte = 0; byte < 8; byte++)
        bundle[8 + 8 * chunk + byte] = (uint8_t)((uint64_t)length >> (8 * byte));
}

/* A bundle of two is the usual one, and its second chunk the big one: it is read to its place. */
static enum gr_status read_pair(struct store *store, struct arena *arena, int64_t segment,
                                struct store_bytes *out, struct gr_err *err)
{
    int64_t id = presum_u32(out->ptr + CHUNK_HEADER_BYTES, 0);
    if (id < 1 || id > COLUMN_ID_MAX)
        return lean_fail(store, segment, err);
    GR_TRY(open_blob(store, "chunk", chunk_id(segment, id), &store->chunk_blob, err));
    if (!store->chunk_blob)
        return lean_fail(store, segment, err);
    struct store_bytes other = {NULL, (size_t)sqlite3_blob_bytes(store->chunk_blob)};
    size_t room = bundled_length(out);
    size_t length = CHUNK_HEADER_BYTES + room + bundled_length(&other);
    uint8_t *bytes = arena_alloc(arena, length);
    memset(bytes, 0, CHUNK_HEADER_BYTES + room);
    memset(bytes + length - 8, 0, 8);
    bytes[0] = CHUNK_BUNDLE;
    bytes[1] = 2;
    put_length(bytes, 0, out->length);
    put_length(bytes, 1, other.length);
    memcpy(bytes + CHUNK_HEADER_BYTES, out->ptr, out->length);
    other.ptr = bytes + CHUNK_HEADER_BYTES + room;
    GR_TRY(copy_blob(store, store->chunk_blob, other.ptr, other.length, err));
    if (other.length < CHUNK_HEADER_BYTES || other.ptr[0] == CHUNK_SAME || leans(&other))
        return lean_fail(store, segment, err);
    *out = (struct store_bytes){bytes, length};
    return GR_OK;
}

/* Makes a chunk that leans on others a bundle with them. */
static enum gr_status read_bundle(struct store *store, struct arena *arena, int64_t segment,
                                  struct store_bytes *out, struct gr_err *err)
{
    struct store_bytes chunks[CHUNK_BUNDLE_MAX] = {*out};
    uint32_t count = 0;
    size_t length = CHUNK_HEADER_BYTES;
    if (!presum_u32(out->ptr + CHUNK_HEADER_BYTES, 1))
        return read_pair(store, arena, segment, out, err);
    GR_TRY(read_leaned_on(store, arena, segment, chunks, &count, err));
    for (uint32_t i = 0; i < count; i++)
        length += bundled_length(&chunks[i]);
    uint8_t *bytes = arena_alloc_zeroed(arena, length, 1);
    uint8_t *at = bytes + CHUNK_HEADER_BYTES;
    bytes[0] = CHUNK_BUNDLE;
    bytes[1] = (uint8_t)count;
    for (uint32_t i = 0; i < count; i++) {
        put_length(bytes, i, chunks[i].length);
        memcpy(at, chunks[i].ptr, chunks[i].length);
        at += bundled_length(&chunks[i]);
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
