/* The same charges twice in one call: what is added all the same, but not without a word.
 *
 * Files that one call names are parts of one delivery. A folder of month-to-date exports, or two
 * editions of a month, look like parts too, and every charge that both have counts twice. Real
 * parts do not repeat each other, so a file whose charges nearly all come again in another one, or
 * stand in it twice, is told: on the way, in the outcome and in the ledger's notes. Parts of one
 * manifest are left alone. Called by load.c when deliveries have settled.
 */
#include <stdlib.h>

#include "load/charges.h"
#include "load/load_internal.h"

enum {
    PROBES = 4,        /* charges of a file by which others are found that may repeat it */
    REPEATS_SAID = 10, /* remarks a call */
};

/* A file's rows of one billing period, whatever accounts they are of. */
struct part {
    struct str path, period, manifest;
    uint64_t stored;
    struct charge_list charges;
    size_t tried_for;       /* + 1: the last part for which this one was compared */
    struct str warnings[2]; /* repeats another one, repeats itself */
    size_t warning_count;
};

/* Charges of `part` that are in `whole` too; in one billing period, or added up over several. */
struct repeat {
    struct str part, whole; /* paths; whole absent: it repeats itself */
    struct str period;      /* the first */
    uint64_t periods;
    uint64_t found, compared, stored;
};

/* A file as the ledger counts it, once a delivery. */
struct ledger_file {
    const struct pending *pending;
    const struct store_file *file;
    size_t part;
};

struct finder {
    struct load *load;
    bool sampled;
    struct ledger_file *files; /* by id, that is in the order in which they were read */
    size_t file_count;
    struct part *parts; /* in the same order */
    size_t part_count;
    struct charges by_part; /* `file` is the number of the part */
    struct charges by_hash; /* the same, in another order */
    struct dict pairs;      /* of paths; code - 1 is the number of the repeat */
    struct repeat *totals;  /* own */
    size_t capacity;
};

static struct str repeats_key(struct arena *arena, int64_t delivery)
{
    return arena_printf(arena, "delivery-repeats:%lld", (long long)delivery);
}

/* ---- words ---- */

/* Paths may hold anything; what is written about them is lines. */
static struct str one_line(struct arena *arena, struct str path)
{
    char *copy = arena_alloc(arena, path.len + 1);
    for (size_t i = 0; i < path.len; i++)
        copy[i] = (unsigned char)path.ptr[i] < ' ' ? '?' : path.ptr[i];
    copy[path.len] = '\0';
    return (struct str){copy, path.len};
}

static struct str whose_period(struct arena *arena, const struct repeat *repeat)
{
    if (repeat->periods > 1)
        return arena_printf(arena, " of %llu billing months", (unsigned long long)repeat->periods);
    return arena_printf(arena, " of %.*s", STR_ARG(repeat->period));
}

/* "118 of its 120 charges of 2026-10" */
static struct str how_many(struct arena *arena, const struct repeat *repeat, bool sampled)
{
    unsigned long long found = repeat->found, stored = repeat->stored;
    struct str period = whose_period(arena, repeat);
    if (sampled)
        return arena_printf(arena, "its %llu charges%.*s (%llu of %llu compared)", stored,
                            STR_ARG(period), found, (unsigned long long)repeat->compared);
    if (found == stored)
        return arena_printf(arena, "all its %llu charges%.*s", stored, STR_ARG(period));
    return arena_printf(arena, "%llu of its %llu charges%.*s", found, stored, STR_ARG(period));
}

static struct str repeat_text(struct arena *arena, const struct repeat *repeat, bool sampled)
{
    struct str path = one_line(arena, repeat->part);
    if (!repeat->whole.ptr) {
        const struct str parts[] = {path, STR(": its charges"), whose_period(arena, repeat),
                                    STR(" stand in it twice, and count twice; is it two exports in "
                                        "one?")};
        return arena_join(arena, parts, sizeof parts / sizeof *parts, STR(""));
    }
    const struct str parts[] = {
        path,
        STR(": "),
        how_many(arena, repeat, sampled),
        STR(" are in "),
        one_line(arena, repeat->whole),
        STR(" too, and count twice; when it is an older export, name the newer one only")};
    return arena_join(arena, parts, sizeof parts / sizeof *parts, STR(""));
}

/* ---- what was found ---- */

static void add_to_totals(struct finder *finder, const struct repeat *repeat)
{
    const struct str paths[] = {repeat->part, repeat->whole.ptr ? repeat->whole : STR("")};
    struct str pair = arena_join(finder->load->arena, paths, 2, STR("\n"));
    size_t count = finder->pairs.count, at = dict_intern(&finder->pairs, pair) - 1;
    if (at == finder->capacity) {
        finder->capacity = finder->capacity ? 2 * finder->capacity : 16;
        finder->totals = gr_realloc(finder->totals, finder->capacity * sizeof *finder->totals);
    }
    if (at == count) {
        finder->totals[at] = *repeat;
        return;
    }
    finder->totals[at].periods += repeat->periods;
    finder->totals[at].found += repeat->found;
    finder->totals[at].compared += repeat->compared;
    finder->totals[at].stored += repeat->stored;
}

static void take_repeat(struct finder *finder, struct part *part, const struct part *whole,
                        size_t found)
{
    struct repeat repeat = {.part = part->path,
                            .period = part->period,
                            .periods = 1,
                            .whole = whole ? whole->path : STR_NONE,
                            .found = found,
                            .compared = part->charges.count,
                            .stored = part->stored};
    part->warnings[part->warning_count++] =
        repeat_text(finder->load->arena, &repeat, finder->sampled);
    add_to_totals(finder, &repeat);
}

/* ---- the parts of the call ---- */

static bool is_written(const struct pending *p)
{
    return p->out.delivery.dataset == DATASET_COST &&
           (p->out.status == LOAD_NEW || p->out.status == LOAD_REPLACED);
}

static int compare_files(const void *a, const void *b)
{
    const struct ledger_file *one = a, *other = b;
    return one->file->id < other->file->id ? -1 : one->file->id > other->file->id;
}

static void list_files(struct finder *finder)
{
    struct load *load = finder->load;
    size_t count = 0;
    for (size_t i = 0; i < load->pending_count; i++)
        count += load->pendings[i].out.file_count;
    finder->files = arena_alloc(load->arena, (count + 1) * sizeof *finder->files);
    for (size_t i = 0; i < load->pending_count; i++)
        for (size_t j = 0; is_written(&load->pendings[i]) && j < load->pendings[i].out.file_count;
             j++)
            finder->files[finder->file_count++] = (struct ledger_file){
                .pending = &load->pendings[i], .file = &load->pendings[i].out.files[j]};
    if (finder->file_count)
        qsort(finder->files, finder->file_count, sizeof *finder->files, compare_files);
}

static void list_parts(struct finder *finder)
{
    struct arena *arena = finder->load->arena;
    struct dict names;
    dict_init(&names);
    finder->parts = arena_alloc_zeroed(arena, finder->file_count + 1, sizeof *finder->parts);
    for (size_t i = 0; i < finder->file_count; i++) {
        struct ledger_file *at = &finder->files[i];
        const struct str name[] = {at->pending->period, at->file->path};
        at->part = dict_intern(&names, arena_join(arena, name, 2, STR("\n"))) - 1;
        finder->parts[at->part].path = at->file->path;
        finder->parts[at->part].manifest = at->file->manifest;
        finder->parts[at->part].period = at->pending->period;
        finder->parts[at->part].stored += at->file->stored;
    }
    finder->part_count = names.count;
    dict_deinit(&names);
}

static const struct ledger_file *find_file(const struct finder *finder, int64_t id)
{
    struct store_file wanted_file = {.id = id};
    struct ledger_file wanted = {.file = &wanted_file};
    return bsearch(&wanted, finder->files, finder->file_count, sizeof wanted, compare_files);
}

static int compare_by_hash(const void *a, const void *b)
{
    const struct filed_charge *one = a, *other = b;
    if (one->hash != other->hash)
        return one->hash < other->hash ? -1 : 1;
    return one->file < other->file ? -1 : one->file > other->file;
}

/* Charges of deliveries that were refused or are not new have no part. */
static void share_out(struct finder *finder)
{
    const struct charges *all = &finder->load->sample.charges;
    for (size_t i = 0; finder->file_count && i < all->count; i++) {
        const struct ledger_file *at = find_file(finder, all->items[i].file);
        if (!at)
            continue;
        charges_add(&finder->by_part, (int64_t)at->part, all->items[i].hash);
        charges_add(&finder->by_hash, (int64_t)at->part, all->items[i].hash);
    }
    charges_sort(&finder->by_part);
    if (finder->by_hash.count)
        qsort(finder->by_hash.items, finder->by_hash.count, sizeof *finder->by_hash.items,
              compare_by_hash);
    for (size_t i = 0; i < finder->by_part.count; i++) {
        struct charge_list *list = &finder->parts[finder->by_part.items[i].file].charges;
        if (!list->count++)
            list->items = &finder->by_part.items[i];
    }
}

/* ---- which part repeats which ---- */

/* Of two files the smaller repeats the larger, of two equal ones the earlier the later. */
static bool may_repeat(const struct part *part, const struct part *whole)
{
    if (part->manifest.ptr && str_equal(part->manifest, whole->manifest))
        return false;
    if (part->stored != whole->stored)
        return part->stored < whole->stored;
    return part < whole;
}

/* Where the charges with that hash begin. */
static size_t first_of_hash(const struct charges *by_hash, uint64_t hash)
{
    size_t low = 0, high = by_hash->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_hash->items[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A part that has that charge of `part` and repeats it all; the last one, by name the newest. */
static struct part *find_whole(struct finder *finder, const struct part *part, uint64_t hash,
                               size_t *found)
{
    const struct charges *by_hash = &finder->by_hash;
    size_t number = (size_t)(part - finder->parts);
    size_t first = first_of_hash(by_hash, hash), end = first;
    while (end < by_hash->count && by_hash->items[end].hash == hash)
        end++;
    for (size_t i = end; i > first; i--) {
        struct part *whole = &finder->parts[by_hash->items[i - 1].file];
        if (whole->tried_for == number + 1 || !may_repeat(part, whole))
            continue;
        whole->tried_for = number + 1;
        if (charges_repeat(part->charges, whole->charges, found))
            return whole;
    }
    return NULL;
}

static void check_part(struct finder *finder, struct part *part)
{
    const struct part *whole = NULL;
    size_t found = 0, count = part->charges.count;
    for (size_t i = 0; i < PROBES && i < count && !whole; i++)
        whole = find_whole(finder, part, part->charges.items[i * count / PROBES].hash, &found);
    if (whole)
        take_repeat(finder, part, whole, found);
    if (!part->manifest.ptr && charges_twice(part->charges))
        take_repeat(finder, part, NULL, 0);
}

/* ---- what is kept and said of it ---- */

static enum gr_status keep_warnings(struct load *load, struct load_delivery *out,
                                    struct gr_err *err)
{
    if (!out->warning_count)
        return GR_OK;
    return store_meta_set(load->store, repeats_key(load->arena, out->delivery.id),
                          arena_join(load->arena, out->warnings, out->warning_count, STR("\n")),
                          err);
}

/* Each delivery has the warnings of its files. */
static enum gr_status warn_deliveries(struct finder *finder, struct gr_err *err)
{
    struct load *load = finder->load;
    for (size_t i = 0; finder->pairs.count && i < load->pending_count; i++) {
        struct load_delivery *out = &load->pendings[i].out;
        if (!is_written(&load->pendings[i]))
            continue;
        out->warnings = arena_alloc(load->arena, (2 * out->file_count + 1) * sizeof *out->warnings);
        for (size_t j = 0; j < out->file_count; j++) {
            const struct ledger_file *at = find_file(finder, out->files[j].id);
            const struct part *part = at ? &finder->parts[at->part] : NULL;
            for (size_t k = 0; part && k < part->warning_count; k++)
                out->warnings[out->warning_count++] = part->warnings[k];
        }
        GR_TRY(keep_warnings(load, out, err));
    }
    return GR_OK;
}

static void say_totals(const struct finder *finder)
{
    const struct load_plan *plan = finder->load->plan;
    struct arena *arena = finder->load->arena;
    size_t count = finder->pairs.count;
    for (size_t i = 0; plan->remark && i < count && i < REPEATS_SAID; i++)
        plan->remark(plan->context, repeat_text(arena, &finder->totals[i], finder->sampled).ptr);
    if (plan->remark && count > REPEATS_SAID)
        plan->remark(
            plan->context,
            arena_printf(arena, "and %zu more files of charges that count twice (--json lists all)",
                         count - REPEATS_SAID)
                .ptr);
}

enum gr_status load_find_repeats(struct load *load, struct gr_err *err)
{
    struct finder finder = {.load = load, .sampled = load->sample.mask != 0};
    if (!load->sample.charges.count)
        return GR_OK;
    dict_init(&finder.pairs);
    list_files(&finder);
    list_parts(&finder);
    share_out(&finder);
    for (size_t i = 0; i < finder.part_count; i++)
        check_part(&finder, &finder.parts[i]);
    enum gr_status status = warn_deliveries(&finder, err);
    if (!status)
        say_totals(&finder);
    charges_deinit(&finder.by_part);
    charges_deinit(&finder.by_hash);
    dict_deinit(&finder.pairs);
    free(finder.totals);
    return status;
}

enum gr_status load_warnings(struct store *store, struct arena *arena, int64_t delivery,
                             struct str **lines, size_t *count, struct gr_err *err)
{
    struct str rest;
    GR_TRY(store_meta_get(store, arena, repeats_key(arena, delivery), &rest, err));
    size_t capacity = 1;
    for (size_t i = 0; i < rest.len; i++)
        capacity += rest.ptr[i] == '\n';
    *lines = arena_alloc(arena, capacity * sizeof **lines);
    for (*count = 0; rest.len;)
        (*lines)[(*count)++] = str_cut(&rest, '\n');
    return GR_OK;
}
