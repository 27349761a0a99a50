/* Is what a call brings for a month a later edition of what the store has, or another part of it?
 *
 * Without a manifest nobody says so. Days do not tell either: each part of a large bill has all of
 * them, and replacing part 1 by part 2 would lose half of the bill without a word. But an edition
 * brings its predecessor's charges again. So a file of the old delivery that the call does not name
 * again, by path or by content, must come back by its charges: at least half of its
 * distinct charges (day and time, account, service, resource, SKU, category) have to be among those
 * of the new delivery. And a call that names some of the old files and nothing else is a part by
 * itself, unless its old delivery was one of files that repeat each other. Called by settle.c
 * before a snapshot is replaced.
 */
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "load/charges.h"
#include "load/load_internal.h"

/* What tells one charge from another; all but the first are texts. */
static const int identity[] = {COST_ChargePeriodStart, COST_SubAccountId, COST_ServiceName,
                               COST_ResourceId,        COST_SkuId,        COST_ChargeCategory};
enum {
    IDENTITY = sizeof identity / sizeof *identity,
    CHARGES_COMPARED = 50000, /* about so many of a delivery, chosen by their hash */
};

/* Calls `take` for each row of a delivery; stops when that says so. */
static enum gr_status each_row(struct load *load, int64_t delivery,
                               bool (*take)(void *context, const struct store_rows *rows),
                               void *context, struct gr_err *err)
{
    const struct store_rows_options options = {.dataset = DATASET_COST,
                                               .columns = identity,
                                               .column_count = IDENTITY,
                                               .first_moment = MOMENT_NONE,
                                               .end_moment = MOMENT_NONE,
                                               .delivery = delivery};
    struct store_rows *rows;
    bool more = true;
    GR_TRY(store_rows_open(load->store, &options, &rows, err));
    enum gr_status status = store_rows_next(rows, &more, err);
    while (!status && more && take(context, rows))
        status = store_rows_next(rows, &more, err);
    store_rows_close(rows);
    return status;
}

/* ---- columns that a delivery has ---- */

static bool take_presence(void *context, const struct store_rows *rows)
{
    bool *has = context, all = true;
    for (size_t i = 1; i < IDENTITY; i++) {
        has[i] = has[i] || store_rows_text(rows, i).ptr;
        all = all && has[i];
    }
    return !all;
}

/* ---- charges ---- */

struct collector {
    struct charges out;
    bool use[IDENTITY]; /* columns that both deliveries have: --columns may have dropped some */
    uint64_t mask;      /* a hash is taken when these bits of it are 0 */
    bool by_file;
};

static bool take_charge(void *context, const struct store_rows *rows)
{
    struct collector *collector = context;
    int64_t moment = store_rows_moment(rows, 0);
    uint64_t hash = hash_bytes(&moment, sizeof moment);
    for (size_t i = 1; i < IDENTITY; i++) {
        struct str text = collector->use[i] ? store_rows_text(rows, i) : STR_NONE;
        uint64_t parts[2] = {hash, text.ptr ? hash_bytes(text.ptr, text.len) : i};
        hash = hash_bytes(parts, sizeof parts);
    }
    if ((hash & collector->mask) == 0)
        charges_add(&collector->out, collector->by_file ? store_rows_file(rows) : 0, hash);
    return true;
}

static enum gr_status collect(struct load *load, int64_t delivery, struct collector *collector,
                              struct gr_err *err)
{
    GR_TRY(each_row(load, delivery, take_charge, collector, err));
    struct charges *out = &collector->out;
    charges_sort(out);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (!kept || charge_compare(&out->items[kept - 1], &out->items[i]) != 0)
            out->items[kept++] = out->items[i];
    out->count = kept;
    return GR_OK;
}

/* Do enough of the charges of an old file come again? */
static bool comes_again(const struct charges *old, int64_t file, const struct charges *new)
{
    size_t all = 0, found = 0;
    for (size_t i = 0; i < old->count; i++) {
        struct charge wanted = {0, old->items[i].hash};
        if (old->items[i].file != file)
            continue;
        all++;
        found += new->count &&bsearch(&wanted, new->items, new->count, sizeof wanted,
                                      charge_compare) != NULL;
    }
    return 2 * found >= all;
}

/* ---- files ---- */

static bool is_named_again(const struct pending *p, const struct store_file *file)
{
    for (size_t i = 0; i < p->out.file_count; i++)
        if (str_equal(p->out.files[i].sha256, file->sha256) ||
            str_equal(p->out.files[i].path, file->path))
            return true;
    return false;
}

static bool is_of_old(const struct store_file *file, const struct store_file_list *old)
{
    for (size_t i = 0; i < old->count; i++)
        if (str_equal(old->items[i].sha256, file->sha256))
            return true;
    return false;
}

static bool is_complete(const struct pending *p)
{
    for (size_t i = 0; i < p->out.file_count; i++)
        if (!p->out.files[i].manifest.ptr)
            return false;
    return true;
}

static const struct store_file *compare_files(const struct store_file_list *missing,
                                              const struct charges *old, const struct charges *new)
{
    for (size_t i = 0; i < missing->count; i++)
        if (!comes_again(old, missing->items[i].id, new))
            return &missing->items[i];
    return NULL;
}

/* *lost: an old file of those in `missing` whose charges do not come again; NULL. */
static enum gr_status find_lost(struct load *load, const struct pending *p, int64_t old,
                                uint64_t old_rows, const struct store_file_list *missing,
                                const struct store_file **lost, struct gr_err *err)
{
    bool has_old[IDENTITY] = {true}, has_new[IDENTITY] = {true};
    struct collector before = {.by_file = true}, after = {0};
    int64_t id = p->out.delivery.id;
    GR_TRY(store_delivery_flush(load->store, id, err));
    GR_TRY(each_row(load, old, take_presence, has_old, err));
    GR_TRY(each_row(load, id, take_presence, has_new, err));
    while (old_rows / (before.mask + 1) > CHARGES_COMPARED)
        before.mask = 2 * before.mask + 1;
    after.mask = before.mask;
    for (size_t i = 0; i < IDENTITY; i++)
        before.use[i] = after.use[i] = has_old[i] && has_new[i];
    enum gr_status status = collect(load, old, &before, err);
    if (!status)
        status = collect(load, id, &after, err);
    *lost = status ? NULL : compare_files(missing, &before.out, &after.out);
    charges_deinit(&before.out);
    charges_deinit(&after.out);
    return status;
}

/* Did files of that delivery repeat each other? Then fewer of them may be all of it. */
static enum gr_status brought_twice(struct load *load, int64_t delivery, bool *twice,
                                    struct gr_err *err)
{
    struct str *warnings;
    size_t count;
    GR_TRY(load_warnings(load->store, load->arena, delivery, &warnings, &count, err));
    *twice = count > 0;
    return GR_OK;
}

enum gr_status load_find_lost_file(struct load *load, const struct pending *p,
                                   const struct store_delivery *old, struct str *path,
                                   struct gr_err *err)
{
    struct store_file_list files, missing = {0};
    const struct store_file *lost = NULL;
    bool part = true, twice = false;
    *path = STR_NONE;
    if (p->out.delivery.dataset != DATASET_COST || is_complete(p))
        return GR_OK;
    GR_TRY(store_file_list(load->store, load->arena, old->id, &files, err));
    missing.items = arena_alloc(load->arena, (files.count + 1) * sizeof *missing.items);
    for (size_t i = 0; i < files.count; i++)
        if (files.items[i].stored && !is_named_again(p, &files.items[i]))
            missing.items[missing.count++] = files.items[i];
    if (!missing.count)
        return GR_OK;
    for (size_t i = 0; i < p->out.file_count; i++)
        part = part && is_of_old(&p->out.files[i], &files);
    if (part)
        GR_TRY(brought_twice(load, old->id, &twice, err));
    if (part && !twice)
        lost = &missing.items[0];
    else
        GR_TRY(find_lost(load, p, old->id, old->stored, &missing, &lost, err));
    if (lost)
        *path = lost->path;
    return GR_OK;
}
