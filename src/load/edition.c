/* Is what a call brings for a month a later edition of what the store has, or another part of it?
 *
 * Without a manifest nobody says so. Days do not tell either: each part of a large bill has all of
 * them, and replacing part 1 by part 2 would lose half of the bill without a word. But an edition
 * brings its predecessor's charges again. So a file of the old delivery that the call does not name
 * again, by path or by content, must come back by its charges: at least two thirds of its
 * distinct charges (day and time, account, service, resource, SKU, category) have to be among those
 * of the new delivery. And a call that names some of the old files and nothing else is a part by
 * itself, unless files of the old delivery repeated each other. Called by settle.c before a
 * snapshot is replaced.
 */
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "load/load_internal.h"

/* What tells one charge from another; all but the first are texts. */
static const int identity[] = {COST_ChargePeriodStart, COST_SubAccountId, COST_ServiceName,
                               COST_ResourceId,        COST_SkuId,        COST_ChargeCategory};
enum {
    IDENTITY = sizeof identity / sizeof *identity,
    CHARGES_COMPARED = 50000,  /* about so many of a delivery, chosen by their hash ... */
    CHARGES_OF_FILE_MIN = 1000 /* ... and up to so many of each file, however small it is */
};

/* Distinct charges of one old file, or a sample of them: those whose hash has 0 in all bits of the
 * mask, which gets a bit whenever they become too many. */
struct sample {
    int64_t file;     /* of the ledger */
    uint64_t *hashes; /* own; sorted and distinct once settled */
    size_t count, capacity, limit;
    uint64_t mask;
    size_t found; /* of the new delivery */
};

static int compare_hashes(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

static void sample_settle(struct sample *sample)
{
    uint64_t *hashes = sample->hashes;
    size_t distinct = 0;
    if (sample->count)
        qsort(hashes, sample->count, sizeof *hashes, compare_hashes);
    for (size_t i = 0; i < sample->count; i++)
        if (!distinct || hashes[distinct - 1] != hashes[i])
            hashes[distinct++] = hashes[i];
    sample->count = distinct;
    while (sample->count > sample->limit) {
        size_t kept = 0;
        sample->mask = 2 * sample->mask + 1;
        for (size_t i = 0; i < sample->count; i++)
            if (!(hashes[i] & sample->mask))
                hashes[kept++] = hashes[i];
        sample->count = kept;
    }
}

static void sample_add(struct sample *sample, uint64_t hash)
{
    if (hash & sample->mask)
        return;
    if (sample->count == sample->capacity && sample->capacity == 2 * sample->limit)
        sample_settle(sample);
    if (sample->count == sample->capacity) {
        size_t wanted = sample->capacity ? 2 * sample->capacity : 256;
        sample->capacity = wanted < 2 * sample->limit ? wanted : 2 * sample->limit;
        sample->hashes = gr_realloc(sample->hashes, sample->capacity * sizeof *sample->hashes);
    }
    sample->hashes[sample->count++] = hash;
}

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

/* A sampled charge of an old file. */
struct charge {
    uint64_t hash;
    size_t sample;
    bool found;
};

struct comparison {
    bool use[IDENTITY];     /* columns that both deliveries have: --columns may have dropped some */
    struct sample *samples; /* one an old file, by its id */
    size_t sample_count;
    size_t last;            /* the sample of the last row */
    struct charge *charges; /* own; of all samples, by hash */
    size_t charge_count;
};

static uint64_t hash_of(const struct comparison *c, const struct store_rows *rows)
{
    int64_t moment = store_rows_moment(rows, 0);
    uint64_t hash = hash_bytes(&moment, sizeof moment);
    for (size_t i = 1; i < IDENTITY; i++) {
        struct str text = c->use[i] ? store_rows_text(rows, i) : STR_NONE;
        uint64_t parts[2] = {hash, text.ptr ? hash_bytes(text.ptr, text.len) : i};
        hash = hash_bytes(parts, sizeof parts);
    }
    return hash;
}

static int compare_samples(const void *a, const void *b)
{
    const struct sample *one = a, *other = b;
    return (one->file > other->file) - (one->file < other->file);
}

/* Rows of files that are named again are not looked at. */
static bool take_old(void *context, const struct store_rows *rows)
{
    struct comparison *c = context;
    struct sample wanted = {.file = store_rows_file(rows)};
    if (c->samples[c->last].file != wanted.file) {
        const struct sample *found =
            bsearch(&wanted, c->samples, c->sample_count, sizeof wanted, compare_samples);
        if (!found)
            return true;
        c->last = (size_t)(found - c->samples);
    }
    sample_add(&c->samples[c->last], hash_of(c, rows));
    return true;
}

static int compare_charges(const void *a, const void *b)
{
    const struct charge *one = a, *other = b;
    return (one->hash > other->hash) - (one->hash < other->hash);
}

static void join_samples(struct comparison *c)
{
    size_t all = 0;
    for (size_t i = 0; i < c->sample_count; i++) {
        sample_settle(&c->samples[i]);
        all += c->samples[i].count;
    }
    c->charges = gr_alloc((all + 1) * sizeof *c->charges);
    for (size_t i = 0; i < c->sample_count; i++)
        for (size_t j = 0; j < c->samples[i].count; j++)
            c->charges[c->charge_count++] = (struct charge){c->samples[i].hashes[j], i, false};
    if (all)
        qsort(c->charges, all, sizeof *c->charges, compare_charges);
}

static bool take_new(void *context, const struct store_rows *rows)
{
    struct comparison *c = context;
    uint64_t hash = hash_of(c, rows);
    size_t low = 0, high = c->charge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->charges[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < c->charge_count && c->charges[low].hash == hash; low++) {
        struct charge *charge = &c->charges[low];
        c->samples[charge->sample].found += !charge->found;
        charge->found = true;
    }
    return true;
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

static enum gr_status compare_rows(struct load *load, int64_t old, int64_t new,
                                   struct comparison *c, struct gr_err *err)
{
    GR_TRY(each_row(load, old, take_old, c, err));
    join_samples(c);
    return each_row(load, new, take_new, c, err);
}

/* *lost: an old file of those in `missing` whose charges do not come again; NULL. */
static enum gr_status find_lost(struct load *load, const struct pending *p, int64_t old,
                                const struct store_file_list *missing,
                                const struct store_file **lost, struct gr_err *err)
{
    bool has_old[IDENTITY] = {true}, has_new[IDENTITY] = {true};
    int64_t id = p->out.delivery.id;
    struct comparison c = {.sample_count = missing->count};
    size_t limit = CHARGES_COMPARED / missing->count;
    GR_TRY(store_delivery_flush(load->store, id, err));
    GR_TRY(each_row(load, old, take_presence, has_old, err));
    GR_TRY(each_row(load, id, take_presence, has_new, err));
    for (size_t i = 0; i < IDENTITY; i++)
        c.use[i] = has_old[i] && has_new[i];
    c.samples = arena_alloc_zeroed(load->arena, missing->count, sizeof *c.samples);
    for (size_t i = 0; i < missing->count; i++) {
        c.samples[i].file = missing->items[i].id;
        c.samples[i].limit = limit < CHARGES_OF_FILE_MIN ? CHARGES_OF_FILE_MIN : limit;
    }
    enum gr_status status = compare_rows(load, old, id, &c, err);
    *lost = NULL;
    for (size_t i = 0; i < missing->count; i++) {
        if (!status && !*lost && 3 * c.samples[i].found < 2 * c.samples[i].count)
            *lost = &missing->items[i];
        free(c.samples[i].hashes);
    }
    free(c.charges);
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
        GR_TRY(find_lost(load, p, old->id, &missing, &lost, err));
    if (lost)
        *path = lost->path;
    return GR_OK;
}
