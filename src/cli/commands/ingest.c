/* `gpureport ingest PATH...` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/ingest_output.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "ingest/mapping/mapping.h"
#include "load/load.h"

/* "0.1%", "2 %" or "5" */
static enum gr_status read_tolerance(const struct options *options, struct load_tolerance *out,
                                     struct gr_err *err)
{
    *out = (struct load_tolerance){.parts_per_million = 1000};
    if (options->strict)
        out->parts_per_million = 0;
    if (!options->max_rejects)
        return GR_OK;
    if (options->strict)
        return gr_fail(err, GR_EUSAGE, "--strict and --max-rejects contradict each other");
    struct str text = str_trim(str_from(options->max_rejects));
    bool share = str_ends(text, STR("%"));
    if (share)
        text.len--;
    struct decimal value;
    if (decimal_read(text, &value) != DECIMAL_READ_OK || value.units < 0 ||
        (!share && value.scale) || value.scale > 4 ||
        (share && decimal_compare(value, decimal_from_int(100)) > 0))
        return gr_fail(err, GR_EUSAGE, "--max-rejects: \"%s\" is neither a number nor a share N%%",
                       options->max_rejects);
    i128 scaled = value.units * decimal_power10(4u - value.scale);
    out->is_count = !share;
    out->rows = (uint64_t)(scaled / 10000);
    out->parts_per_million = (uint64_t)scaled;
    return GR_OK;
}

static void take_remark(void *context, const char *text)
{
    const struct progress *progress = context;
    progress_clear(progress);
    say(progress->options, "%s", text);
}

static void take_progress(void *context, uint64_t rows, size_t file, size_t files)
{
    progress_show(context, rows, file, files);
}

/* The folder of the default store may not be there yet. */
static void make_store_folder(struct arena *arena, struct str path)
{
    for (size_t i = 1; i < path.len; i++)
        if (path.ptr[i] == '/') {
            struct str folder = arena_str(arena, (struct str){path.ptr, i});
            if (access(folder.ptr, F_OK) != 0)
                mkdir(folder.ptr, 0700);
        }
}

static enum gr_status ingest_load(struct arena *arena, const struct options *options,
                                  struct load_plan *plan, struct load_outcome *outcome,
                                  struct gr_err *err)
{
    struct str path = session_store_path(arena, options);
    bool was_there = access(path.ptr, F_OK) == 0;
    if (!options->store && !was_there)
        make_store_folder(arena, path);
    struct store *store;
    GR_TRY(store_open(path.ptr, STORE_WRITE, &store, err));
    enum gr_status status = load_run(store, arena, plan, outcome, err);
    bool refused = outcome->refused && outcome->refused == outcome->delivery_count;
    bool nothing = (status != GR_OK && status != GR_EBUSY) || refused;
    int64_t snapshot = 1;
    struct gr_err ignored = {0};
    if (!was_there && nothing && store_snapshot(store, &snapshot, &ignored))
        snapshot = 1; /* in doubt it stays: another run may have filled it meanwhile */
    store_close(store);
    if (snapshot == 0)
        unlink(path.ptr); /* a failed first ingest leaves no empty store behind */
    return status;
}

static enum gr_status ingest_inside(struct arena *arena, const struct options *options,
                                    const struct mapping_set *mappings, struct zone *zone,
                                    struct gr_err *err)
{
    struct progress progress = {.options = options};
    struct load_plan plan = {.paths = options->arguments,
                             .path_count = options->argument_count,
                             .source = options->source,
                             .allow_shrink = options->allow_shrink,
                             .ingested = MOMENT_NONE,
                             .remark = take_remark,
                             .progress = take_progress,
                             .context = &progress};
    plan.ingest = (struct ingest_options){.format = options->format,
                                          .strict = options->strict,
                                          .reader = options->reader,
                                          .simd = options->simd,
                                          .columns = options->columns,
                                          .inflate = options->inflate,
                                          .instance = options->instance,
                                          .zone_name = options->zone,
                                          .seen_at = MOMENT_NONE,
                                          .zone = zone,
                                          .mappings = mappings,
                                          .rate_card = options->rate_card};
    if (options->mapping)
        GR_TRY(mapping_choose(arena, mappings, options->mapping, &plan.ingest.mapping, err));
    GR_TRY(session_jobs(options, &plan.ingest.jobs, err));
    GR_TRY(read_tolerance(options, &plan.tolerance, err));
    struct load_outcome outcome;
    enum gr_status status = ingest_load(arena, options, &plan, &outcome, err);
    progress_clear(&progress);
    if (status)
        return gr_wrap(err, "ingest");
    ingest_say_files(options, &outcome);
    ingest_say_rejects(options, &outcome);
    ingest_say_refusals(&outcome);
    if (options->json)
        GR_TRY(ingest_print_json(arena, &outcome, err));
    else
        ingest_print_lines(arena, options, &outcome);
    return outcome.refused ? GR_EDATA : GR_OK;
}

static enum gr_status ingest_run(const struct options *options, struct arena *arena,
                                 struct gr_err *err)
{
    if (options->argument_count == 0)
        return gr_fail(err, GR_EUSAGE, "ingest: wanted files or folders, or - for standard input");
    struct mapping_set *mappings;
    GR_TRY(mapping_set_open(arena, options->home, &mappings, err));
    if (options->mapping && options->format)
        return gr_fail(err, GR_EUSAGE, "--mapping and --format contradict each other");
    if (options->format && !bill_format_named(str_from(options->format)) &&
        !mapping_set_find(mappings, str_from(options->format)))
        return gr_fail(err, GR_EUSAGE,
                       "--format: no input format named %s; `gpureport formats` "
                       "lists them",
                       options->format);
    struct zone *zone = NULL;
    if (options->zone)
        GR_TRY(zone_open(str_from(options->zone), &zone, err));
    enum gr_status status = ingest_inside(arena, options, mappings, zone, err);
    zone_close(zone);
    return status;
}

const struct command command_ingest = {
    .name = "ingest",
    .usage = "[OPTIONS] PATH...",
    .what = "read bills, usage and metrics into the store",
    .more =
        "Files, folders, .gz, or - for standard input; the format is found by content. A "
        "delivery is\n"
        "what one call brings for one source and billing period: the same bytes again are "
        "unchanged,\n"
        "other bytes replace it in one transaction, what would lose days or parts is refused\n"
        "(exit 3). A manifest (AWS, Azure) decides which files of a folder are the bill; named as\n"
        "a PATH it stands for its parts.",
    .groups = OPTIONS_COMMON | OPTIONS_INGEST | OPTIONS_HOME,
    .run = ingest_run,
};
