/* Is the store sound? The file (SQLite's own check), the hashes of all packed bytes, every chunk,
 * and the identities of the accounting. */
#include "store/store_internal.h"

#include <string.h>

struct check {
    struct store *store;
    struct arena *arena;
    struct store_findings *findings;
    size_t capacity;
    struct measures *measures;
    struct id_set broken; /* segments whose deliveries are not compared with the ledger */
};

static void add_finding(struct check *check, struct str text)
{
    struct store_findings *findings = check->findings;
    if (findings->count == check->capacity) {
        struct str *old = findings->items;
        check->capacity = check->capacity ? check->capacity * 2 : 16;
        findings->items = arena_alloc(check->arena, check->capacity * sizeof(*findings->items));
        if (old)
            memcpy(findings->items, old, findings->count * sizeof(*old));
    }
    findings->items[findings->count++] = text;
}

static enum gr_status check_file(struct check *check, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    bool row = true;
    GR_TRY(store_prepare(check->store, SQL_CHECK, &list, err));
    enum gr_status status = store_step(check->store, list, &row, err);
    while (!status && row) {
        struct str text = store_column_text(check->arena, list, 0);
        if (!str_is(text, "ok"))
            add_finding(check, text);
        status = store_step(check->store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

/* Packed bytes are what was written: a flipped bit may decode to another figure. */
static enum gr_status check_bytes(struct check *check, struct gr_err *err)
{
    enum { FINDINGS_MAX = 20 };
    sqlite3_stmt *list = NULL;
    bool row = true;
    size_t found = 0;
    GR_TRY(store_prepare(check->store, SQL_CHECK_BYTES, &list, err));
    enum gr_status status = store_step(check->store, list, &row, err);
    while (!status && row) {
        size_t length = (size_t)sqlite3_column_bytes(list, 3);
        uint64_t hash = hash_bytes(sqlite3_column_blob(list, 3), length);
        if ((int64_t)hash != sqlite3_column_int64(list, 2) && found++ < FINDINGS_MAX)
            add_finding(check, arena_printf(check->arena,
                                            "%s %lld: its bytes are not those that were written",
                                            (const char *)sqlite3_column_text(list, 0),
                                            (long long)sqlite3_column_int64(list, 1)));
        status = store_step(check->store, list, &row, err);
    }
    sqlite3_reset(list);
    return status;
}

/* Files may be of several deliveries and rejected rows of none, so files are checked each for
 * itself and their stored rows against the delivery. */
static enum gr_status check_files(struct check *check, const struct store_delivery *delivery,
                                  struct gr_err *err)
{
    struct store_file_list files;
    uint64_t stored = 0;
    long long id = (long long)delivery->id;
    GR_TRY(store_file_list(check->store, check->arena, delivery->id, &files, err));
    for (size_t i = 0; i < files.count; i++) {
        const struct store_file *file = &files.items[i];
        stored += file->stored;
        if (file->rows != file->stored + file->rejected + file->skipped)
            add_finding(check,
                        arena_printf(check->arena,
                                     "delivery %lld: file %.*s: rows are not stored + rejected + "
                                     "skipped",
                                     id, STR_ARG(file->path)));
    }
    if (files.count && stored != delivery->stored)
        add_finding(check,
                    arena_printf(check->arena,
                                 "delivery %lld: %llu rows stored, but %llu by its files", id,
                                 (unsigned long long)delivery->stored, (unsigned long long)stored));
    return GR_OK;
}

/* Do the parts add up to the rows, and can the segment be held against the ledger? */
static enum gr_status check_parts_of(struct check *check, int64_t segment, uint32_t rows,
                                     struct arena *scratch, struct gr_err *err)
{
    struct segment_parts parts;
    struct gr_err damage = {0};
    GR_TRY(segment_parts_list(check->store, scratch, segment, &parts, err));
    if (parts.rows != rows)
        add_finding(check, arena_printf(check->arena, "segment %lld has %u rows, its parts %llu",
                                        (long long)segment, rows, (unsigned long long)parts.rows));
    if (!measures_add_segment(check->measures, segment, &damage))
        return GR_OK;
    add_finding(check,
                arena_printf(check->arena, "segment %lld cannot be held against the ledger: %s",
                             (long long)segment, damage.text));
    id_set_add(&check->broken, segment);
    return GR_OK;
}

/* Chunks that do not decode, parts that are not the rows. */
static enum gr_status check_segment(struct check *check, int64_t segment, struct arena *scratch,
                                    struct column_data *cells, struct gr_err *err)
{
    enum dataset dataset;
    uint32_t rows = 0;
    struct gr_err damage = {0};
    if (segment_get(check->store, segment, &dataset, &rows, &damage)) {
        add_finding(check, arena_str(check->arena, str_from(damage.text)));
        id_set_add(&check->broken, segment);
        return GR_OK;
    }
    for (int i = STORE_COLUMN_DELIVERY; i < (int)store_column_count(check->store, dataset); i++) {
        struct store_bytes bytes;
        damage = (struct gr_err){0};
        if (store_chunk_read(check->store, scratch, dataset, segment, i, &bytes, &damage) ||
            column_decode(bytes.ptr, bytes.length, rows, check->store->kernels, cells, &damage))
            add_finding(check,
                        arena_printf(check->arena, "segment %lld column %s: %s", (long long)segment,
                                     store_column_name(check->store, dataset, i).ptr, damage.text));
        arena_reset(scratch);
    }
    return check_parts_of(check, segment, rows, scratch, err);
}

static enum gr_status list_segments(struct check *check, struct id_set *segments,
                                    struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    bool row = true;
    GR_TRY(store_prepare(check->store, SQL_SEGMENT_ALL, &list, err));
    GR_TRY(store_step(check->store, list, &row, err));
    while (row) {
        id_set_add(segments, sqlite3_column_int64(list, 0));
        GR_TRY(store_step(check->store, list, &row, err));
    }
    return GR_OK;
}

static enum gr_status check_segments(struct check *check, struct gr_err *err)
{
    struct id_set segments = {0};
    struct arena scratch = ARENA_EMPTY;
    struct column_data cells;
    column_data_init(&cells);
    enum gr_status status = list_segments(check, &segments, err);
    for (uint32_t i = 0; i < segments.count && !status; i++)
        status = check_segment(check, segments.ids[i], &scratch, &cells, err);
    column_data_deinit(&cells);
    arena_deinit(&scratch);
    id_set_deinit(&segments);
    return status;
}

/* Parts of a delivery that is not live, or of a segment that is not there. */
static enum gr_status check_parts(struct check *check, struct gr_err *err)
{
    sqlite3_stmt *list = NULL;
    bool row = true;
    GR_TRY(store_prepare(check->store, SQL_PART_STRAY, &list, err));
    GR_TRY(store_step(check->store, list, &row, err));
    while (row) {
        add_finding(check,
                    arena_printf(check->arena, "segment %lld: its part of delivery %lld is stray",
                                 (long long)sqlite3_column_int64(list, 0),
                                 (long long)sqlite3_column_int64(list, 1)));
        GR_TRY(store_step(check->store, list, &row, err));
    }
    return GR_OK;
}

static enum gr_status touches_broken(struct check *check, int64_t delivery, bool *broken,
                                     struct gr_err *err)
{
    int64_t *segments = NULL;
    size_t count = 0;
    uint32_t number = 0;
    GR_TRY(store_delivery_segments(check->store, check->arena, delivery, &segments, &count, err));
    *broken = false;
    for (size_t i = 0; i < count; i++)
        *broken |= id_set_has(&check->broken, segments[i], &number);
    return GR_OK;
}

static enum gr_status check_delivery(struct check *check, const struct store_delivery *delivery,
                                     struct gr_err *err)
{
    struct store_delivery measured = *delivery;
    bool broken = false;
    long long id = (long long)delivery->id;
    if (delivery->rows != delivery->stored + delivery->rejected + delivery->skipped)
        add_finding(check,
                    arena_printf(check->arena,
                                 "delivery %lld: rows are not stored + rejected + skipped", id));
    GR_TRY(check_files(check, delivery, err));
    GR_TRY(touches_broken(check, delivery->id, &broken, err));
    if (delivery->status != DELIVERY_LIVE || broken)
        return GR_OK;
    GR_TRY(measures_take(check->measures, check->arena, &measured, err));
    if (measured.stored != delivery->stored)
        add_finding(check, arena_printf(check->arena,
                                        "delivery %lld: ledger says %llu rows, segments hold %llu",
                                        id, (unsigned long long)delivery->stored,
                                        (unsigned long long)measured.stored));
    if (!money_equal(&measured, delivery))
        add_finding(check,
                    arena_printf(check->arena,
                                 "delivery %lld: sums of the ledger are not those of the segments",
                                 id));
    return GR_OK;
}

static enum gr_status check_all(struct check *check, struct gr_err *err)
{
    struct store_delivery_list list;
    GR_TRY(check_file(check, err));
    GR_TRY(check_bytes(check, err));
    GR_TRY(check_segments(check, err));
    GR_TRY(check_parts(check, err));
    GR_TRY(store_delivery_list(check->store, check->arena, &list, err));
    for (size_t i = 0; i < list.count; i++)
        GR_TRY(check_delivery(check, &list.items[i], err));
    return GR_OK;
}

enum gr_status store_check(struct store *store, struct arena *arena, struct store_findings *out,
                           struct gr_err *err)
{
    struct check check = {.store = store, .arena = arena, .findings = out};
    *out = (struct store_findings){0};
    GR_TRY(store_scan_begin(store, err));
    check.measures = measures_open(store);
    enum gr_status status = check_all(&check, err);
    measures_close(check.measures);
    id_set_deinit(&check.broken);
    store_scan_end(store);
    return status;
}
