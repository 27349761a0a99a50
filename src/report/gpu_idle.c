/* See gpu_idle.h. */
#include "report/gpu_idle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MS_PER_MINUTE = INT64_C(60000);

static enum gr_status tally_add(struct gpu_tally *to, const struct gpu_tally *part,
                                struct gr_err *err)
{
    to->window_ms += part->window_ms;
    to->known_ms += part->known_ms;
    to->unknown_ms += part->unknown_ms;
    to->idle_ms += part->idle_ms;
    to->idle_held_ms += part->idle_held_ms;
    to->unpriced_ms += part->unpriced_ms;
    to->utilisation_ms += part->utilisation_ms;
    to->rated_utilisation += part->rated_utilisation;
    to->rated_weight += part->rated_weight;
    to->gpus += part->gpus;
    to->has_rate = to->has_rate || part->has_rate;
    return decimal_add(to->cost, part->cost, &to->cost, err);
}

double gpu_tally_share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

double gpu_tally_mean(const struct gpu_tally *tally)
{
    return tally->known_ms > 0 ? tally->utilisation_ms / (double)tally->known_ms / 100 : NAN;
}

double gpu_tally_rated_mean(const struct gpu_tally *tally)
{
    return tally->rated_weight > 0 ? tally->rated_utilisation / tally->rated_weight / 100 : NAN;
}

/* How much of a run had memory held: its samples follow each other without a gap (idle.h). */
static int64_t held_in_run(const struct idle_run *run, const struct idle_sample *samples,
                           size_t count)
{
    int64_t held = 0;
    for (size_t i = 0; i < count && samples[i].moment_ms < run->to_ms; i++) {
        int64_t next = i + 1 < count ? samples[i + 1].moment_ms : run->to_ms;
        int64_t from = samples[i].moment_ms > run->from_ms ? samples[i].moment_ms : run->from_ms;
        int64_t to = next < run->to_ms ? next : run->to_ms;
        if (to > from && samples[i].memory_used_mib > GPU_IDLE_HELD_MIB)
            held += to - from;
    }
    return held;
}

static bool run_before(const struct gpu_run *a, const struct gpu_run *b)
{
    int64_t left = a->to_ms - a->from_ms, right = b->to_ms - b->from_ms;
    if (left != right)
        return left > right;
    return a->from_ms < b->from_ms; /* else as found: by host and GPU */
}

static void keep_run(struct gpu_idle *b, struct gpu_run run)
{
    size_t at = b->run_count;
    while (at > 0 && run_before(&run, &b->runs[at - 1]))
        at--;
    if (at == GPU_IDLE_RUNS)
        return;
    if (b->run_count < GPU_IDLE_RUNS)
        b->run_count++;
    memmove(&b->runs[at + 1], &b->runs[at], (b->run_count - 1 - at) * sizeof *b->runs);
    b->runs[at] = run;
}

static void set_tally(struct gpu_tally *tally, const struct idle_usage *usage, int64_t gpus)
{
    int64_t known = usage->busy_ms + usage->idle_held_ms + usage->idle_free_ms;
    *tally = (struct gpu_tally){.window_ms = usage->window_ms * gpus,
                                .known_ms = known * gpus,
                                .unknown_ms = usage->unknown_ms * gpus,
                                .idle_ms = usage->idle_ms * gpus,
                                .unpriced_ms = usage->idle_unpriced_ms * gpus,
                                .utilisation_ms = usage->mean_utilisation * (double)(known * gpus),
                                .rated_utilisation =
                                    usage->cost_weighted_utilisation * usage->rated_weight,
                                .rated_weight = usage->rated_weight,
                                .gpus = gpus,
                                .cost = usage->idle_cost};
}

/* Counts one series; *used is false when the period has no time of it. */
static enum gr_status count_unit(struct gpu_idle *b, struct arena *scratch, struct gpu_unit *unit,
                                 bool *used, struct gr_err *err)
{
    const struct gpu_machine *m = unit->machine;
    bool whole = unit->series->whole_machine;
    struct idle_sample *samples = gpu_series_sorted(scratch, unit->series);
    struct idle_gpu gpu = {.samples = samples, .sample_count = unit->series->count};
    if (m) {
        gpu.rates = whole ? m->per_machine : m->per_gpu;
        gpu.rate_count = whole ? m->rate_count : m->gpu_rate_count;
    }
    struct idle_options options = {.from_ms = b->from_ms,
                                   .to_ms = b->to_ms,
                                   .threshold_percent = GPU_IDLE_PERCENT,
                                   .memory_held_mib = GPU_IDLE_HELD_MIB,
                                   .min_idle_ms = GPU_IDLE_MINUTES * MS_PER_MINUTE};
    struct idle_result result;
    GR_TRY(idle_run_all(scratch, &gpu, 1, &options, &result, err));
    int64_t gpus = whole && m && m->gpu_count ? m->gpu_count : 1;
    set_tally(&unit->tally, &result.gpus[0], gpus);
    unit->tally.has_rate = gpu.rate_count > 0;
    unit->currency = gpu.rate_count ? m->currency : STR("");
    *used = unit->tally.known_ms + unit->tally.unknown_ms > 0;
    for (size_t i = 0; i < result.run_count; i++) {
        const struct idle_run *run = &result.runs[i];
        unit->tally.idle_held_ms += held_in_run(run, samples, unit->series->count) * gpus;
        keep_run(b, (struct gpu_run){unit, run->from_ms, run->to_ms, run->has_cost, run->cost});
    }
    return GR_OK;
}

/* Samples of a machine as a whole count only where its GPUs have none of their own. */
static bool is_counted(const struct gpu_idle *b, size_t at)
{
    const struct gpu_series *series = &b->series.items[at];
    if (!series->whole_machine)
        return true;
    if (!series->measured)
        return false; /* a machine without GPUs, or a CPU sample */
    for (size_t i = 0; i < b->series.count; i++)
        if (!b->series.items[i].whole_machine &&
            str_equal(b->series.items[i].instance, series->instance))
            return false;
    return true;
}

static enum gr_status count_units(struct gpu_idle *b, struct gr_err *err)
{
    struct arena scratch = ARENA_EMPTY;
    enum gr_status status = GR_OK;
    b->units = arena_alloc_zeroed(b->arena, b->series.count + 1, sizeof *b->units);
    for (size_t i = 0; i < b->series.count && !status; i++) {
        const struct gpu_series *series = &b->series.items[i];
        struct gpu_unit *unit = &b->units[b->unit_count];
        bool used = false;
        *unit = (struct gpu_unit){.series = series,
                                  .machine = gpu_machine_find(&b->machines, series->instance)};
        if (!is_counted(b, i) || !gpu_filters_pass(b->arena, b->context->tag_rules, b->filters,
                                                   b->filter_count, unit->machine, series))
            continue;
        status = count_unit(b, &scratch, unit, &used, err);
        if (status)
            (void)gr_wrap(err, "GPU %.*s of %.*s", STR_ARG(series->index),
                          STR_ARG(series->instance));
        b->unit_count += used;
        arena_reset(&scratch);
    }
    arena_deinit(&scratch);
    return status;
}

static struct gpu_purse *purse_of(struct gpu_idle *b, struct str currency)
{
    for (size_t i = 0; i < b->purse_count; i++)
        if (str_equal(b->purses[i].currency, currency))
            return &b->purses[i];
    b->purses[b->purse_count].currency = currency;
    return &b->purses[b->purse_count++];
}

static int compare_purses(const void *a, const void *b)
{
    const struct gpu_purse *left = a, *right = b;
    if (left->tally.idle_ms != right->tally.idle_ms)
        return left->tally.idle_ms < right->tally.idle_ms ? 1 : -1;
    if (left->tally.known_ms != right->tally.known_ms)
        return left->tally.known_ms < right->tally.known_ms ? 1 : -1;
    return str_compare(left->currency, right->currency);
}

/* By currency, then the largest idle cost, the longest idle time, the name; without a rate last. */
static int compare_lines(const void *a, const void *b)
{
    const struct gpu_line *left = a, *right = b;
    if (left->tally.has_rate != right->tally.has_rate)
        return left->tally.has_rate ? -1 : 1;
    if (left->purse != right->purse)
        return left->purse < right->purse ? -1 : 1;
    int order = decimal_compare(right->tally.cost, left->tally.cost);
    if (order)
        return order;
    if (left->tally.idle_ms != right->tally.idle_ms)
        return left->tally.idle_ms < right->tally.idle_ms ? 1 : -1;
    return left->first < right->first ? -1 : left->first > right->first; /* units are by name */
}

static enum gr_status add_up(struct gpu_idle *b, struct gr_err *err)
{
    int64_t gpus = 0;
    for (size_t i = 0; i < b->unit_count; i++)
        gpus += b->units[i].tally.gpus;
    b->lines = arena_alloc_zeroed(b->arena, b->unit_count + 1, sizeof *b->lines);
    b->purses = arena_alloc_zeroed(b->arena, b->unit_count + 1, sizeof *b->purses);
    for (size_t i = 0; i < b->unit_count; i++) {
        const struct gpu_unit *unit = &b->units[i];
        bool one_gpu = gpus <= GPU_IDLE_LINES_PER_GPU;
        if (one_gpu || i == 0 || !str_equal(unit[-1].series->instance, unit->series->instance))
            b->lines[b->line_count++] = (struct gpu_line){.first = unit, .one_gpu = one_gpu};
        struct gpu_line *line = &b->lines[b->line_count - 1];
        struct gpu_tally part = unit->tally;
        GR_TRY(tally_add(&line->tally, &part, err));
        GR_TRY(tally_add(&purse_of(b, unit->currency)->tally, &part, err));
        part.cost = DECIMAL_ZERO;
        GR_TRY(tally_add(&b->total, &part, err));
    }
    if (b->purse_count)
        qsort(b->purses, b->purse_count, sizeof *b->purses, compare_purses);
    for (size_t i = 0; i < b->line_count; i++)
        b->lines[i].purse = (size_t)(purse_of(b, b->lines[i].first->currency) - b->purses);
    if (b->line_count)
        qsort(b->lines, b->line_count, sizeof *b->lines, compare_lines);
    return GR_OK;
}

/* The time that samples could cover: an open month ends with its newest day. */
static void end_window(struct gpu_idle *b)
{
    const struct report_context *c = b->context;
    int64_t end = zone_moment_of_local(c->zone, moment_of_day(day_add(c->as_of, 1)));
    for (size_t i = 0; i < b->series.count; i++) {
        const struct gpu_series *series = &b->series.items[i];
        for (size_t s = series->ascending ? series->count - 1 : 0; s < series->count; s++)
            if (series->samples[s].moment_ms >= end)
                end = moment_of_day(day_add(day_of_moment(series->samples[s].moment_ms), 1));
    }
    if (end < b->to_ms)
        b->to_ms = end;
}

/* A day on each side is read too: what holds into the period, and what ends its last sample. */
enum gr_status gpu_idle_count(struct gpu_idle *b, struct gr_err *err)
{
    const struct report_context *c = b->context;
    b->from_ms = zone_moment_of_local(c->zone, moment_of_day(c->days.first));
    b->to_ms = zone_moment_of_local(c->zone, moment_of_day(c->days.end));
    GR_TRY(sql_filters_read(b->arena, c->filter, b->filters, &b->filter_count, err));
    GR_TRY(gpu_series_read(c->store, b->arena, b->from_ms - MS_PER_DAY, b->to_ms + MS_PER_DAY,
                           &b->series, err));
    GR_TRY(gpu_machines_read(c->store, b->arena, &b->machines, err));
    end_window(b);
    if (b->to_ms <= b->from_ms)
        return GR_OK;
    GR_TRY(count_units(b, err));
    return add_up(b, err);
}

void gpu_idle_deinit(struct gpu_idle *idle)
{
    gpu_series_list_deinit(&idle->series);
}
