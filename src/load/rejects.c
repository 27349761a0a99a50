/* Refused rows: which delivery they belong to, and the counts of a file that was read.
 *
 * A row that is refused for one cell mostly tells whose it is all the same: it counts to the
 * delivery of its provider and account, so that no bill is short of rows that another one answers
 * for. What nobody can tell belongs to the first delivery that the file fed; rows = stored +
 * rejected + skipped in each. Called by load.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "load/load_internal.h"

void load_rejects_begin(struct load *load)
{
    load->first_reject = load->reject_count;
    dict_clear(&load->owner_names);
}

void load_rejects_close(struct load *load)
{
    free(load->rejects);
    free(load->reject_owners);
    free(load->owner_rejects);
    dict_deinit(&load->owner_names);
}

/* ---- rows ---- */

/* Whose row it is as "aws/123", or "/123" where only the account is known, and behind a line's end
 * its month as "2026-10", or nothing. Absent: nobody knows. */
static struct str owner_name(struct load *load, const struct ingest_reject *reject)
{
    struct arena *arena = load->arena;
    struct str source = reject->provider;
    char month[8] = "";
    if (load->plan->source || (!reject->provider.len && !reject->account.len))
        return STR_NONE;
    if (reject->dataset == DATASET_COST)
        source = load_bill_source(arena, reject->provider, reject->account);
    if (!reject->provider.len) {
        str_cut(&source, '/');
        source = arena_join(arena, (const struct str[]){STR(""), source}, 2, STR("/"));
    }
    if (reject->billed != MOMENT_NONE)
        month_format(day_of_moment(reject->billed), month);
    return arena_join(arena, (const struct str[]){source, str_from(month)}, 2, STR("\n"));
}

static uint32_t count_owner(struct load *load, struct str name)
{
    uint32_t before = load->owner_names.count;
    uint32_t code = dict_intern(&load->owner_names, name);
    if (code >= load->owner_capacity) {
        load->owner_capacity = load->owner_capacity ? 2 * load->owner_capacity : 64;
        load->owner_rejects =
            gr_realloc(load->owner_rejects, load->owner_capacity * sizeof *load->owner_rejects);
    }
    assert(load->owner_rejects);
    if (code > before)
        load->owner_rejects[code] = 0;
    if (code)
        load->owner_rejects[code]++;
    return code;
}

enum gr_status load_take_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err)
{
    (void)err;
    struct load *load = context;
    struct arena *arena = load->arena;
    uint32_t owner = count_owner(load, owner_name(load, reject));
    if (load->reject_count - load->first_reject == LOAD_REJECTS_KEPT)
        return GR_OK;
    if (load->reject_count == load->reject_capacity) {
        size_t capacity = load->reject_capacity ? load->reject_capacity * 2 : 64;
        load->rejects = gr_realloc(load->rejects, capacity * sizeof *load->rejects);
        load->reject_owners =
            gr_realloc(load->reject_owners, capacity * sizeof *load->reject_owners);
        load->reject_capacity = capacity;
    }
    load->reject_owners[load->reject_count] = owner;
    load->rejects[load->reject_count++] =
        (struct store_reject){.path = load->path,
                              .line = reject->line,
                              .byte_offset = reject->byte_offset,
                              .column = arena_str(arena, reject->column),
                              .value = arena_str(arena, reject->value),
                              .reason = arena_str(arena, reject->reason),
                              .raw = arena_str(arena, reject->raw)};
    return GR_OK;
}

/* ---- the file is read ---- */

static bool fed_by_file(const struct load *load, const struct pending *p)
{
    return p->file_index == load->file_index + 1;
}

static struct store_file *file_of(struct pending *p)
{
    return &p->out.files[p->out.file_count - 1];
}

/* The delivery of the file at hand that a name of owner_name() means; NULL: none. */
static struct pending *owner_of(const struct load *load, struct str name)
{
    struct str period = name, source = str_cut(&period, '\n');
    for (size_t i = 0; i < load->pending_count; i++) {
        struct pending *p = &load->pendings[i];
        bool same =
            source.ptr[0] == '/' ? str_ends(p->source, source) : str_equal(p->source, source);
        if (fed_by_file(load, p) && same && str_equal(p->period, period))
            return p;
    }
    return NULL;
}

static void share_rejects(struct load *load)
{
    uint64_t rest = load->facts.rejected;
    struct pending *first = &load->pendings[load->first_pending - 1];
    struct pending **owners =
        arena_alloc(load->arena, (load->owner_names.count + 1) * sizeof(struct pending *));
    owners[0] = first;
    for (uint32_t code = 1; code <= load->owner_names.count; code++) {
        struct pending *owner = owner_of(load, dict_text(&load->owner_names, code));
        owners[code] = owner ? owner : first;
        if (!owner)
            continue;
        file_of(owner)->rejected += load->owner_rejects[code];
        owner->own_rejects += load->owner_rejects[code];
        rest -= load->owner_rejects[code];
    }
    file_of(first)->rejected += rest;
    for (size_t i = load->first_reject; i < load->reject_count; i++) {
        struct pending *owner = owners[load->reject_owners[i]];
        load->rejects[i].delivery = owner->out.delivery.id;
        load->rejects[i].file = file_of(owner)->id;
    }
}

/* A manifest may say which view of the costs it is where the rows prove none. */
static struct str file_version(const struct load *load)
{
    struct str version = arena_str(load->arena, str_from(load->facts.version));
    if (!load->set->view.len || strcmp(load->facts.format, "azure") != 0 ||
        load_view_of(version).ptr)
        return version;
    return arena_join(load->arena, (const struct str[]){version, load->set->view}, 2, STR(" "));
}

void load_close_file(struct load *load)
{
    const struct ingest_file_facts *facts = &load->facts;
    struct str sha256 = arena_str(load->arena, str_from(facts->sha256));
    struct str version = file_version(load);
    if (load->first_pending) {
        file_of(&load->pendings[load->first_pending - 1])->skipped = facts->skipped;
        share_rejects(load);
    }
    for (size_t i = 0; i < load->pending_count; i++) {
        struct pending *p = &load->pendings[i];
        if (!fed_by_file(load, p))
            continue;
        struct store_file *file = file_of(p);
        file->sha256 = sha256;
        file->version = version;
        file->bytes = facts->bytes;
        file->rows = file->stored + file->rejected + file->skipped;
        p->file_rows += facts->rows;
    }
}

enum gr_status load_check_rejects(const struct load *load, struct gr_err *err)
{
    const struct ingest_file_facts *facts = &load->facts;
    if (load->first_pending || facts->rejected == 0)
        return GR_OK;
    const struct store_reject *first = &load->rejects[load->first_reject];
    return gr_fail(err, GR_EDATA,
                   "%.*s: all %llu rows were refused; the first: line %llu: %.*s%.*s\"%.*s\" %.*s",
                   STR_ARG(load->path), (unsigned long long)facts->rejected,
                   (unsigned long long)first->line, STR_ARG(first->column),
                   first->column.len ? 2 : 0, ": ", STR_ARG(first->value), STR_ARG(first->reason));
}

/* ---- the end ---- */

static bool is_written(const struct load *load, int64_t delivery)
{
    for (size_t i = 0; i < load->pending_count; i++) {
        const struct load_delivery *out = &load->pendings[i].out;
        if (out->delivery.id == delivery)
            return out->status == LOAD_NEW || out->status == LOAD_REPLACED;
    }
    return false;
}

/* Neighbours mostly share their delivery: it is looked up when that changes. */
enum gr_status load_write_rejects(struct load *load, struct gr_err *err)
{
    int64_t delivery = 0;
    bool written = false;
    for (size_t i = 0; i < load->reject_count; i++) {
        const struct store_reject *reject = &load->rejects[i];
        if (reject->delivery != delivery)
            written = is_written(load, reject->delivery);
        delivery = reject->delivery;
        if (written)
            GR_TRY(store_reject_add(load->store, reject, err));
    }
    return GR_OK;
}
