/* Is the store sound? The file (SQLite's own check), every chunk, and the identities of the
 * accounting. */
#include "store/store_internal.h"

#include <string.h>

struct check {
    struct store *store;
    struct arena *arena;
    struct store_findings *findings;
    size_t capacity;
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

static bool same_money(const struct store_delivery *a, const struct store_delivery *b)
{
    if (a->money_count != b->money_count)
        return false;
    for (size_t i = 0; i < a->money_count; i++) {
        if (!str_equal(a->money[i].currency, b->money[i].currency) ||
            a->money[i].rows != b->money[i].rows)
            return false;
        for (size_t c = 0; c < STORE_MONEY_MAX; c++)
            if (decimal_compare(a->money[i].sums[c], b->money[i].sums[c]))
                return false;
    }
    return true;
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

static enum gr_status check_delivery(struct check *check, const struct store_delivery *delivery,
                                     struct gr_err *err)
{
    struct store_delivery measured = *delivery;
    struct gr_err damage = {0};
    long long id = (long long)delivery->id;
    if (delivery->rows != delivery->stored + delivery->rejected + delivery->skipped)
        add_finding(check,
                    arena_printf(check->arena,
                                 "delivery %lld: rows are not stored + rejected + skipped", id));
    GR_TRY(check_files(check, delivery, err));
    if (delivery->status != DELIVERY_LIVE)
        return GR_OK;
    if (delivery_measure(check->store, check->arena, &measured, &damage)) {
        add_finding(check, arena_printf(check->arena, "delivery %lld: %s", id, damage.text));
        return GR_OK;
    }
    if (measured.stored != delivery->stored)
        add_finding(check, arena_printf(check->arena,
                                        "delivery %lld: ledger says %llu rows, segments hold %llu",
                                        id, (unsigned long long)delivery->stored,
                                        (unsigned long long)measured.stored));
    if (!same_money(&measured, delivery))
        add_finding(check,
                    arena_printf(check->arena,
                                 "delivery %lld: sums of the ledger are not those of the segments",
                                 id));
    return GR_OK;
}

static enum gr_status decode_chunks(struct check *check, const struct store_delivery *delivery,
                                    const struct store_segment *segment, struct arena *scratch,
                                    struct column_data *cells, struct gr_err *err)
{
    size_t count = store_column_count(check->store, delivery->dataset);
    for (int i = STORE_COLUMN_FILE; i < (int)count; i++) {
        struct store_bytes bytes;
        struct gr_err damage = {0};
        GR_TRY(store_chunk_read(check->store, scratch, delivery->dataset, segment->id, i, &bytes,
                                err));
        if (column_decode(bytes.ptr, bytes.length, segment->rows, check->store->kernels, cells,
                          &damage))
            add_finding(
                check,
                arena_printf(check->arena, "delivery %lld: segment %lld column %s: %s",
                             (long long)delivery->id, (long long)segment->id,
                             i < 0 ? "#line or #file"
                                   : store_column_name(check->store, delivery->dataset, i).ptr,
                             damage.text));
        arena_reset(scratch);
    }
    return GR_OK;
}

static enum gr_status check_chunks(struct check *check, const struct store_delivery *delivery,
                                   struct gr_err *err)
{
    struct store_segment_list list;
    struct arena scratch = ARENA_EMPTY;
    struct column_data cells;
    if (delivery->status != DELIVERY_LIVE)
        return GR_OK;
    column_data_init(&cells);
    enum gr_status status = store_segment_list(check->store, check->arena, delivery->dataset, false,
                                               MOMENT_NONE, MOMENT_NONE, delivery->id, &list, err);
    for (size_t i = 0; i < list.count && !status; i++)
        status = decode_chunks(check, delivery, &list.items[i], &scratch, &cells, err);
    column_data_deinit(&cells);
    arena_deinit(&scratch);
    return status;
}

static enum gr_status check_all(struct check *check, struct gr_err *err)
{
    struct store_delivery_list list;
    GR_TRY(check_file(check, err));
    GR_TRY(store_delivery_list(check->store, check->arena, &list, err));
    for (size_t i = 0; i < list.count; i++) {
        GR_TRY(check_delivery(check, &list.items[i], err));
        GR_TRY(check_chunks(check, &list.items[i], err));
    }
    return GR_OK;
}

enum gr_status store_check(struct store *store, struct arena *arena, struct store_findings *out,
                           struct gr_err *err)
{
    struct check check = {.store = store, .arena = arena, .findings = out};
    *out = (struct store_findings){0};
    GR_TRY(store_scan_begin(store, err));
    enum gr_status status = check_all(&check, err);
    store_scan_end(store);
    return status;
}
