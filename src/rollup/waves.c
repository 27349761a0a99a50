/* Running a plan: what pre-sums answer is added up first; the chunks of the other segments are read
 * on the store's thread, a few segments at a time, and summed by the workers.
 *
 * A wave is small, so that the bytes are still in the processor's cache when they are summed and
 * memory does not grow with the store. Between waves the value maps learn the codes of the segments
 * that were read, so that workers only read them. Called by rollup.c.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>

enum {
    WAVE_SEGMENTS = 64,
    WAVE_SEGMENTS_A_WORKER = 2,
    COLUMN_BYTES = 512 << 10, /* 65,536 values of 6 bytes and what leans on them */
    WAVE_BYTES_MAX = 64 << 20
};

struct run {
    struct plan *plan;
    struct worker *workers;
    unsigned worker_count;
    struct planned_segment *wave[WAVE_SEGMENTS];
    size_t wave_count;
    struct arena arena; /* bytes of the wave */
    struct column_data data;
};

static void work(void *context, size_t unit, unsigned number)
{
    struct run *run = context;
    struct worker *worker = &run->workers[number];
    if (worker->err.status)
        return;
    /* The status is in worker->err, where the main thread finds it. */
    if (worker_sum_segment(worker, run->wave[unit], &worker->err) && !worker->err.status)
        worker->err.status = GR_ESTORE;
    worker->failed_unit = unit;
}

static enum gr_status read_column(struct run *run, struct planned_segment *segment, int column,
                                  struct gr_err *err)
{
    const struct plan *plan = run->plan;
    struct store_bytes *bytes = &segment->bytes[plan_place(plan, column)];
    if (bytes->ptr)
        return GR_OK;
    return store_chunk_read(plan->store, &run->arena, plan->request->dataset, segment->segment.id,
                            column, bytes, err);
}

/* Reads the columns of a dimension and makes its map know their codes. */
static enum gr_status read_dimension(struct run *run, struct value_map *map,
                                     struct planned_segment *segment, struct gr_err *err)
{
    struct plan *plan = run->plan;
    enum dataset dataset = plan->request->dataset;
    if (map->dimension.kind != DIMENSION_TEXT)
        return read_column(run, segment, map->dimension.moment_column, err);
    for (size_t s = 0; s < map->dimension.source_count; s++) {
        int column = map->dimension.sources[s].column;
        GR_TRY(read_column(run, segment, column, err));
        if (map->plain && !map->filter)
            continue;
        const struct store_bytes *bytes = segment_column(plan, segment, column);
        uint32_t last = column_last_code(bytes->ptr, bytes->length);
        if (last && last <= map->known[s])
            continue;
        GR_TRY(column_decode_dictionary(bytes->ptr, bytes->length, segment->segment.rows,
                                        &run->data, err));
        GR_TRY(value_map_learn(plan->store, dataset, map, s, run->data.dictionary,
                               run->data.dictionary_count, err));
    }
    return GR_OK;
}

/* No value of the segment passes the filter. Only looks at dimensions of one column. */
static enum gr_status filter_excludes(struct run *run, const struct value_map *map,
                                      const struct planned_segment *segment, bool *excludes,
                                      struct gr_err *err)
{
    *excludes = false;
    if (map->dimension.kind != DIMENSION_TEXT || map->dimension.source_count != 1)
        return GR_OK;
    const struct store_bytes *bytes =
        segment_column(run->plan, segment, map->dimension.sources[0].column);
    GR_TRY(column_decode_dictionary(bytes->ptr, bytes->length, segment->segment.rows, &run->data,
                                    err));
    *excludes = !value_map_passes(map, 0) || run->data.dictionary_count;
    for (uint32_t i = 0; i < run->data.dictionary_count && *excludes; i++)
        *excludes = !value_map_passes(map, value_map_id(map, 0, run->data.dictionary[i]));
    return GR_OK;
}

/* Filters first: what they exclude needs no other column. */
static enum gr_status load_segment(struct run *run, struct planned_segment *segment, bool *needed,
                                   struct gr_err *err)
{
    struct plan *plan = run->plan;
    bool excluded = false;
    segment->bytes = arena_alloc_zeroed(&run->arena, plan->column_count, sizeof(*segment->bytes));
    for (size_t i = 0; i < plan->filter_count && !excluded; i++) {
        GR_TRY(read_dimension(run, &plan->filters[i], segment, err));
        GR_TRY(filter_excludes(run, &plan->filters[i], segment, &excluded, err));
    }
    *needed = !excluded;
    if (excluded)
        return GR_OK;
    for (size_t i = 0; i < plan->key_count; i++)
        GR_TRY(read_dimension(run, &plan->keys[i], segment, err));
    if (!segment->whole)
        GR_TRY(read_column(run, segment, plan->range_column, err));
    for (size_t i = 0; i < plan->request->measure_count; i++)
        GR_TRY(read_column(run, segment, plan->request->measures[i], err));
    return GR_OK;
}

static size_t segments_a_wave(const struct run *run)
{
    size_t most = run->worker_count == 1 ? 1 : run->worker_count * WAVE_SEGMENTS_A_WORKER;
    return most < WAVE_SEGMENTS ? most : WAVE_SEGMENTS;
}

static enum gr_status load_wave(struct run *run, size_t *next, struct gr_err *err)
{
    size_t most = segments_a_wave(run);
    arena_reset(&run->arena);
    run->wave_count = 0;
    while (*next < run->plan->segment_count && run->wave_count < most) {
        struct planned_segment *segment = &run->plan->segments[(*next)++];
        bool needed = false;
        if (segment->answered)
            continue;
        GR_TRY(load_segment(run, segment, &needed, err));
        if (needed)
            run->wave[run->wave_count++] = segment;
    }
    return GR_OK;
}

enum gr_status overflow_error(const struct plan *plan, size_t measure, struct gr_err *err)
{
    int column = plan->request->measures[measure];
    return gr_fail(err, GR_EDATA, "column %s: the sum needs more than 128 bits",
                   store_column_name(plan->store, plan->request->dataset, column).ptr);
}

/* Of several failures the first in the order of segments is told, whatever worker met it. */
static enum gr_status workers_status(const struct run *run, struct gr_err *err)
{
    const struct worker *first = NULL;
    for (unsigned i = 0; i < run->worker_count; i++) {
        const struct worker *worker = &run->workers[i];
        if (worker->err.status && (!first || worker->failed_unit < first->failed_unit))
            first = worker;
    }
    if (!first)
        return GR_OK;
    *err = first->err;
    return err->status;
}

/* One block for a usual wave: an arena keeps its newest block from reset to reset, so that reading
 * does not ask the system for memory again and again. What is not touched costs nothing. */
static void prime_arena(struct run *run)
{
    size_t columns = run->plan->request->measure_count + 1;
    size_t segments = segments_a_wave(run);
    size_t most = WAVE_BYTES_MAX / COLUMN_BYTES;
    arena_alloc(&run->arena,
                COLUMN_BYTES * (columns * segments < most ? columns * segments : most));
}

static enum gr_status run_waves(struct run *run, struct pool *pool, struct gr_err *err)
{
    size_t next = 0;
    uint64_t rows = 0;
    for (size_t i = 0; i < run->plan->segment_count; i++)
        rows += run->plan->segments[i].answered ? 0 : run->plan->segments[i].segment.rows;
    if (rows <= BATCH_ROWS) /* threads would take longer to start than to work */
        pool = NULL;
    while (next < run->plan->segment_count) {
        GR_TRY(load_wave(run, &next, err));
        pool_run(pool, run->wave_count, work, run);
        GR_TRY(workers_status(run, err));
    }
    return GR_OK;
}

static enum gr_status answer_by_presums(struct plan *plan, struct groups *total, struct gr_err *err)
{
    struct presum_scratch scratch = {0};
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < plan->segment_count && !status; i++)
        status = presum_answer(plan, &plan->segments[i], &scratch, total, err);
    presum_scratch_deinit(&scratch);
    return status;
}

enum gr_status run_plan(struct plan *plan, struct pool *pool, struct groups *total,
                        struct gr_err *err)
{
    if (plan->presum_column >= 0)
        GR_TRY(answer_by_presums(plan, total, err));
    unsigned workers = pool ? pool_workers(pool) : 1;
    struct run run = {.plan = plan, .worker_count = workers};
    run.workers = gr_alloc(workers * sizeof(*run.workers));
    for (unsigned i = 0; i < workers; i++)
        worker_init(&run.workers[i], plan);
    column_data_init(&run.data);
    prime_arena(&run);
    enum gr_status status = run_waves(&run, pool, err);
    column_data_deinit(&run.data);
    arena_deinit(&run.arena);
    for (unsigned i = 0; i < workers; i++) {
        if (!status)
            groups_merge(total, &run.workers[i].groups);
        worker_deinit(&run.workers[i]);
    }
    free(run.workers);
    size_t measure = 0;
    if (!status && groups_overflow(total, &measure))
        status = overflow_error(plan, measure, err);
    return status;
}
