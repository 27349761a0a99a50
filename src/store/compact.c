/* Takes rows that no longer count out of the segments that hold them.
 *
 * Removing, discarding or clearing a delivery only deletes its parts and remembers their segments.
 * Before the commit each of those is dealt with once: deleted when nothing of it counts, else
 * decoded and written again in its place without the dead rows, the rest with its lines, files and
 * deliveries. What was written is read back and must hold exactly what was there. So readers of a
 * committed store never meet a dead row. Called by connection.c (commit), ledger.c and scan.c.
 */
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

enum gr_status parts_delete(struct store *store, int64_t delivery, struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = true;
    GR_TRY(flight_land(store, err));
    measures_forget(store->measures, delivery);
    GR_TRY(store_prepare(store, SQL_PART_SEGMENTS, &statement, err));
    sqlite3_bind_int64(statement, 1, delivery);
    GR_TRY(store_step(store, statement, &row, err));
    while (row) {
        id_set_add(&store->dirty, sqlite3_column_int64(statement, 0));
        GR_TRY(store_step(store, statement, &row, err));
    }
    GR_TRY(store_prepare(store, SQL_PART_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, delivery);
    return store_run(store, statement, err);
}

static bool part_is_live(const struct segment_parts *parts, uint32_t delivery)
{
    size_t low = 0;
    for (size_t count = parts->count; count > 1; count -= count / 2)
        low += parts->items[low + count / 2].delivery <= delivery ? count / 2 : 0;
    return parts->count && parts->items[low].delivery == delivery;
}

struct rewrite {
    struct store *store;
    int64_t segment;
    uint32_t rows; /* before */
    uint32_t *kept;
    uint32_t kept_count;
    struct segment_rows out;
    struct column_data cells;
    struct arena scratch;
    struct segment_parts parts; /* memory: arena of the caller */
};

static enum gr_status load(struct rewrite *r, int column, struct gr_err *err)
{
    arena_reset(&r->scratch);
    return segment_column_load(r->store, &r->scratch, r->out.dataset, r->segment, r->rows, column,
                               &r->cells, err);
}

static enum gr_status find_kept(struct rewrite *r, struct gr_err *err)
{
    GR_TRY(load(r, STORE_COLUMN_DELIVERY, err));
    if (r->cells.form != COLUMN_CODES)
        return gr_fail(err, GR_ESTORE, "store %s: segment %lld: its parts are not its rows",
                       r->store->path, (long long)r->segment);
    bool *live = gr_alloc(r->cells.dictionary_count * sizeof(*live));
    for (uint32_t i = 0; i < r->cells.dictionary_count; i++)
        live[i] = part_is_live(&r->parts, r->cells.dictionary[i]);
    r->kept = gr_alloc(r->rows * sizeof(*r->kept));
    for (uint32_t row = 0; row < r->rows; row++) {
        r->kept[r->kept_count] = row;
        r->kept_count += live[r->cells.codes[row]];
    }
    free(live);
    if (r->kept_count != r->parts.rows)
        return gr_fail(err, GR_ESTORE,
                       "store %s: segment %lld: %u rows are live, its parts say %llu",
                       r->store->path, (long long)r->segment, r->kept_count,
                       (unsigned long long)r->parts.rows);
    return GR_OK;
}

static void keep_codes(const struct rewrite *r, struct segment_column *to)
{
    to->codes = gr_alloc(r->kept_count * sizeof(*to->codes));
    for (uint32_t i = 0; i < r->kept_count; i++)
        to->codes[i] = column_code(&r->cells, r->kept[i]);
    to->rows = r->kept_count;
}

static void keep_wholes(const struct rewrite *r, struct segment_column *to)
{
    to->units = gr_alloc(r->kept_count * sizeof(*to->units));
    for (uint32_t i = 0; i < r->kept_count; i++) {
        bool absent = column_is_null(&r->cells, r->kept[i]);
        to->units[i] = absent ? MOMENT_NONE : (int64_t)column_number(&r->cells, r->kept[i]);
    }
    to->rows = r->kept_count;
}

static void keep_decimals(const struct rewrite *r, struct segment_column *to)
{
    to->units = gr_alloc(r->kept_count * sizeof(*to->units));
    to->scales = gr_alloc(r->kept_count);
    for (uint32_t i = 0; i < r->kept_count; i++) {
        struct decimal value = column_decimal(&r->cells, r->kept[i]);
        if (r->cells.form == COLUMN_WIDE)
            value = decimal_normal(value);
        to->units[i] = (int64_t)value.units;
        to->scales[i] = value.scale;
        if (column_is_null(&r->cells, r->kept[i])) {
            to->scales[i] = DECIMAL_CELL_NULL;
        } else if (value.units != to->units[i] || to->units[i] == INT64_MIN) {
            to->scales[i] = DECIMAL_CELL_WIDE;
            segment_column_put_wide(to, i, value);
        }
    }
    to->rows = r->kept_count;
}

static enum gr_status read_kept(struct rewrite *r, struct gr_err *err)
{
    size_t count = store_column_count(r->store, r->out.dataset);
    r->out.rows = r->kept_count;
    r->out.columns = gr_alloc_zeroed(count, sizeof(*r->out.columns));
    r->out.column_count = count;
    GR_TRY(load(r, STORE_COLUMN_DELIVERY, err));
    keep_codes(r, &r->out.deliveries);
    GR_TRY(load(r, STORE_COLUMN_FILE, err));
    keep_codes(r, &r->out.files);
    GR_TRY(load(r, STORE_COLUMN_LINE, err));
    keep_wholes(r, &r->out.lines);
    for (size_t i = 0; i < count; i++) {
        GR_TRY(load(r, (int)i, err));
        if (r->cells.form == COLUMN_ABSENT)
            continue;
        if (r->cells.kind == COLUMN_TEXT)
            keep_codes(r, &r->out.columns[i]);
        else if (r->cells.kind == COLUMN_DECIMAL)
            keep_decimals(r, &r->out.columns[i]);
        else
            keep_wholes(r, &r->out.columns[i]);
    }
    return GR_OK;
}

/* What was written must be, delivery by delivery, what was there. */
static enum gr_status compare(struct rewrite *r, struct measures *before, struct measures *after,
                              struct gr_err *err)
{
    arena_reset(&r->scratch);
    for (size_t i = 0; i < r->parts.count; i++) {
        struct store_delivery was = {.id = r->parts.items[i].delivery, .dataset = r->out.dataset};
        struct store_delivery is = was;
        GR_TRY(measures_take(before, &r->scratch, &was, err));
        GR_TRY(measures_take(after, &r->scratch, &is, err));
        if (was.stored != is.stored || was.first_moment != is.first_moment ||
            was.last_moment != is.last_moment || !money_equal(&was, &is))
            return gr_fail(err, GR_ESTORE,
                           "store %s: accounting: delivery %lld changed when segment %lld was "
                           "written again",
                           r->store->path, (long long)was.id, (long long)r->segment);
    }
    return GR_OK;
}

static enum gr_status rewrite_segment(struct rewrite *r, struct gr_err *err)
{
    struct measures *before = measures_open(r->store);
    struct measures *after = measures_open(r->store);
    enum gr_status status = measures_add_segment(before, r->segment, err);
    if (!status)
        status = find_kept(r, err);
    if (!status)
        status = read_kept(r, err);
    if (!status)
        status = segment_delete(r->store, r->segment, err);
    if (!status)
        status = segment_write(r->store, &r->out, r->segment, err);
    if (!status)
        status = measures_add_segment(after, r->segment, err);
    if (!status)
        status = compare(r, before, after, err);
    measures_close(before);
    measures_close(after);
    return status;
}

static enum gr_status compact_segment(struct store *store, int64_t segment, struct gr_err *err)
{
    struct rewrite r = {.store = store, .segment = segment};
    struct arena arena = ARENA_EMPTY;
    enum gr_status status = segment_get(store, segment, &r.out.dataset, &r.rows, err);
    if (!status)
        status = segment_parts_list(store, &arena, segment, &r.parts, err);
    if (!status && !r.parts.count)
        status = segment_delete(store, segment, err);
    else if (!status && r.parts.rows < r.rows)
        status = rewrite_segment(&r, err);
    segment_rows_free(&r.out);
    column_data_deinit(&r.cells);
    arena_deinit(&r.scratch);
    arena_deinit(&arena);
    free(r.kept);
    return status;
}

enum gr_status compact(struct store *store, struct gr_err *err)
{
    enum gr_status status = GR_OK;
    if (!store->dirty.count)
        return GR_OK;
    GR_TRY(store_scan_begin(store, err));
    for (uint32_t i = 0; i < store->dirty.count && !status; i++)
        status = compact_segment(store, store->dirty.ids[i], err);
    if (!status)
        id_set_deinit(&store->dirty);
    store_scan_end(store);
    return status;
}
