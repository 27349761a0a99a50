/* load_run(): reads all files of a call in one transaction and commits what settled.
 *
 * Order: expand paths, read each file (batches are priced, then routed), settle, rejects, commit. A
 * file that can't be read at all ends the call and the store is as it was.
 */
#include "load/load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "load/load_internal.h"

/* Dictionaries of the load beyond this start anew. */
enum { TEXTS_CEILING_BYTES = 8 << 20 };

/* Charges that are compared with each other: so many of each file, but no more in a call. One file
 * by itself needs few. */
enum { CHARGES_A_FILE = 4096, CHARGES_MAX = 65536, CHARGES_OF_ONE = 1024 };

static size_t sample_limit(size_t files)
{
    if (files == 1)
        return CHARGES_OF_ONE;
    return files < CHARGES_MAX / CHARGES_A_FILE ? files * CHARGES_A_FILE : CHARGES_MAX;
}

/* done: the batch that was stored just now. */
static enum gr_status keep_texts_small(struct load *load, const struct batch *done,
                                       struct gr_err *err)
{
    if (batch_texts_bytes(load->texts, done) <= TEXTS_CEILING_BYTES)
        return GR_OK;
    GR_TRY(store_texts_settle(load->store, err));
    batch_texts_renew(load->texts, done);
    load_routes_clear(load); /* they go by codes */
    return GR_OK;
}

static enum gr_status take_batch(void *context, struct batch *batch, struct gr_err *err)
{
    struct load *load = context;
    if (batch->dataset == DATASET_AI)
        GR_TRY(price_batch(load->book, batch, err));
    GR_TRY(load_route_batch(load, batch, err));
    load_notes_take(load, batch);
    load->rows_seen += batch->rows;
    if (load->plan->progress)
        load->plan->progress(load->plan->context, load->rows_seen, load->file_index,
                             load->file_count);
    return keep_texts_small(load, batch, err);
}

static bool named_by_user(const struct load_plan *plan, struct str path)
{
    for (size_t i = 0; i < plan->path_count; i++)
        if (str_is(path, plan->paths[i]))
            return true;
    return false;
}

void load_remark(const struct load *load, struct str text)
{
    if (load->plan->remark)
        load->plan->remark(load->plan->context, text.ptr);
}

static void skip_file(struct load *load, struct str path, struct str reason)
{
    struct load_outcome *outcome = load->outcome;
    outcome->skipped[outcome->skipped_count++] = (struct load_skipped){path, reason};
    load_remark(load, arena_printf(load->arena, "skipped %s", reason.ptr));
}

/* What is known of a file before it is read: enough to see the same bytes a second time. */
struct file_bytes {
    off_t size;
    char sha256[65]; /* "" until it is needed */
};

static enum gr_status hash_once(struct str path, struct file_bytes *bytes, struct gr_err *err)
{
    return bytes->sha256[0] ? GR_OK : ingest_file_hash(path.ptr, bytes->sha256, err);
}

/* *same: number of an earlier file of the call with the same bytes, else `at`. Only files of equal
 * size are read for it. */
static enum gr_status find_same_bytes(const struct ingest_part *files, struct file_bytes *known,
                                      size_t at, size_t *same, struct gr_err *err)
{
    struct stat info;
    *same = at;
    known[at] = (struct file_bytes){.size = -1};
    if (str_is(files[at].path, "-") || stat(files[at].path.ptr, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return GR_OK;
    known[at].size = info.st_size;
    for (size_t i = 0; i < at; i++) {
        if (known[i].size != info.st_size || info.st_size == 0)
            continue;
        GR_TRY(hash_once(files[i].path, &known[i], err));
        GR_TRY(hash_once(files[at].path, &known[at], err));
        if (strcmp(known[i].sha256, known[at].sha256) == 0) {
            *same = i;
            return GR_OK;
        }
    }
    return GR_OK;
}

/* A file that was opened before its turn, so that it is read and inflated while another is parsed.
 * What was wrong with it is told when its turn comes. At most one: that bounds memory and threads.
 */
struct early {
    bool tried;
    size_t file; /* number in the list */
    struct ingest_source *source;
    enum gr_status status;
    struct gr_err err;
};

/* Only a regular file of a size that no other file has: it is no duplicate, so it is not read for
 * nothing, and opening it waits for nobody. */
static bool may_open_early(const struct ingest_part *files, const struct file_bytes *known,
                           size_t at)
{
    struct stat info;
    if (str_is(files[at].path, "-") || stat(files[at].path.ptr, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return false;
    for (size_t i = 0; i < at; i++)
        if (known[i].size == info.st_size)
            return false;
    return true;
}

static void open_early(const struct load *load, const struct ingest_part *files,
                       const struct file_bytes *known, struct early *early)
{
    const struct ingest_options *options = &load->plan->ingest;
    size_t at = load->file_index + 1;
    if (options->jobs < 2 || at == load->file_count || !may_open_early(files, known, at))
        return;
    ingest_close(early->source); /* of a file that was passed over */
    *early = (struct early){.tried = true, .file = at};
    early->status = ingest_open(files[at].path.ptr, options, &early->source, &early->err);
}

/* The source of the file whose turn it is; the early one where it is that. */
static enum gr_status take_source(const struct load *load, struct str path, struct early *early,
                                  struct ingest_source **out, struct gr_err *err)
{
    if (!early->tried || early->file != load->file_index)
        return ingest_open(path.ptr, &load->plan->ingest, out, err);
    *out = early->source;
    early->source = NULL;
    early->tried = false;
    if (early->status)
        *err = early->err;
    return early->status;
}

/* A part that is cut, or of another edition than its manifest. */
static enum gr_status check_rows(const struct load *load, struct gr_err *err)
{
    const struct ingest_set *set = load->set;
    uint64_t rows = load->facts.rows, meant = rows - load->facts.skipped;
    if (!set->counted || (set->rows >= meant && set->rows <= rows))
        return GR_OK;
    return gr_fail(err, GR_EDATA, "%.*s: has %llu rows, and %llu by the manifest %.*s",
                   STR_ARG(load->path), (unsigned long long)rows, (unsigned long long)set->rows,
                   STR_ARG(set->manifest));
}

static enum gr_status read_file(struct load *load, const struct ingest_part *part,
                                struct ingest_source *source, struct gr_err *err)
{
    struct str path = part->path;
    struct ingest_sink sink = {load, take_batch, load_take_reject};
    load->path = path;
    load->set = &part->set;
    load->facts = (struct ingest_file_facts){0};
    load->first_pending = 0;
    load_rejects_begin(load);
    load_routes_clear(load);
    load_notes_begin(&load->notes);
    enum gr_status status =
        ingest_read(source, &load->plan->ingest, load->texts, &sink, &load->facts, err);
    bool walked = !named_by_user(load->plan, path) && !part->set.manifest.ptr;
    if (status == GR_EDATA && !load->facts.format && load->facts.passable && walked) {
        skip_file(load, path, arena_str(load->arena, str_from(err->text)));
        *err = (struct gr_err){0};
        return GR_OK;
    }
    GR_TRY(status);
    GR_TRY(check_rows(load, err));
    load_close_file(load);
    if (load->facts.remark[0])
        load_remark(load, arena_printf(load->arena, "%.*s: %s", STR_ARG(path), load->facts.remark));
    load_notes_say(load);
    if (load->facts.rows == 0)
        load_remark(load, arena_printf(load->arena, "%.*s: %s, no rows", STR_ARG(path),
                                       load->facts.format));
    return load_check_rejects(load, err);
}

static enum gr_status open_and_read(struct load *load, const struct ingest_part *files,
                                    const struct file_bytes *known, struct early *early,
                                    struct gr_err *err)
{
    const struct ingest_part *part = &files[load->file_index];
    struct ingest_source *source;
    GR_TRY(take_source(load, part->path, early, &source, err));
    open_early(load, files, known, early);
    enum gr_status status = read_file(load, part, source, err);
    ingest_close(source);
    return status;
}

/* The same bytes under two names are one file: counted twice they would double the bill. */
static enum gr_status read_files(struct load *load, const struct ingest_listing *listing,
                                 struct gr_err *err)
{
    const struct ingest_part *files = listing->parts;
    struct arena *arena = load->arena;
    struct file_bytes *known = arena_alloc(arena, (load->file_count + 1) * sizeof *known);
    size_t skipped_max = load->file_count + listing->passed_count + 1;
    load->outcome->skipped = arena_alloc(arena, skipped_max * sizeof *load->outcome->skipped);
    for (size_t i = 0; i < listing->passed_count; i++)
        skip_file(load, listing->passed[i].path, listing->passed[i].reason);
    struct early early = {0};
    enum gr_status status = GR_OK;
    for (load->file_index = 0; !status && load->file_index < load->file_count; load->file_index++) {
        size_t at = load->file_index, same;
        status = find_same_bytes(files, known, at, &same, err);
        if (status)
            break;
        if (same == at)
            status = open_and_read(load, files, known, &early, err);
        else
            skip_file(load, files[at].path,
                      arena_printf(arena, "%.*s: has the same bytes as %.*s",
                                   STR_ARG(files[at].path), STR_ARG(files[same].path)));
    }
    ingest_close(early.source);
    return status;
}

static enum gr_status run_inside(struct load *load, bool *changed, struct gr_err *err)
{
    const struct load_plan *plan = load->plan;
    struct ingest_listing listing;
    GR_TRY(ingest_expand(load->arena, plan->paths, plan->path_count, &listing, err));
    load->file_count = listing.count;
    load->sample.limit = sample_limit(listing.count);
    GR_TRY(price_book_open(load->store, load->arena, &load->book, err));
    GR_TRY(read_files(load, &listing, err));
    GR_TRY(load_settle(load, err));
    GR_TRY(load_find_repeats(load, err));
    GR_TRY(load_write_rejects(load, err));
    *changed = false;
    for (size_t i = 0; i < load->pending_count; i++) {
        enum load_status status = load->pendings[i].out.status;
        *changed = *changed || status == LOAD_NEW || status == LOAD_REPLACED;
    }
    return GR_OK;
}

static void fill_outcome(struct load *load)
{
    struct load_outcome *outcome = load->outcome;
    size_t count = load->pending_count;
    outcome->deliveries = arena_alloc(load->arena, (count + 1) * sizeof *outcome->deliveries);
    for (size_t i = 0; i < count; i++) {
        outcome->deliveries[i] = load->pendings[i].out;
        outcome->refused += load->pendings[i].out.status == LOAD_REFUSED;
    }
    outcome->delivery_count = count;
    outcome->rejects =
        arena_alloc(load->arena, (load->reject_count + 1) * sizeof *outcome->rejects);
    if (load->reject_count)
        memcpy(outcome->rejects, load->rejects, load->reject_count * sizeof *outcome->rejects);
    outcome->reject_count = load->reject_count;
}

static void load_deinit(struct load *load)
{
    for (size_t i = 0; i < load->pending_count; i++)
        day_set_deinit(&load->pendings[i].days);
    load_routes_clear(load);
    load_notes_close(&load->notes);
    dict_deinit(&load->pending_names);
    free(load->places);
    free(load->pending_of_row);
    free(load->batch_sums);
    free(load->batch_rows);
    free(load->pendings);
    load_rejects_close(load);
    charge_sample_deinit(&load->sample);
    price_book_close(load->book);
    batch_texts_close(load->texts);
}

enum gr_status load_run(struct store *store, struct arena *arena, const struct load_plan *plan,
                        struct load_outcome *outcome, struct gr_err *err)
{
    *outcome = (struct load_outcome){0};
    struct load load = {.store = store, .arena = arena, .plan = plan, .outcome = outcome};
    store_set_jobs(store, plan->ingest.jobs);
    GR_TRY(store_begin(store, err));
    load.texts = batch_texts_open();
    dict_init(&load.pending_names);
    dict_init(&load.owner_names);
    load.places = gr_alloc(BATCH_ROWS * sizeof *load.places);
    load.pending_of_row = gr_alloc(BATCH_ROWS * sizeof *load.pending_of_row);
    bool changed = false;
    enum gr_status status = run_inside(&load, &changed, err);
    fill_outcome(&load);
    if (!status && changed)
        status = store_commit(store, err);
    if (status || !changed)
        store_rollback(store);
    load_deinit(&load);
    return status;
}
