/* Running a plan: chunks are read on the store's thread in waves, segments are summed by the
 * workers.
 *
 * Between waves the value maps learn the codes of the segments that were read, so that workers only
 * read them. Called by rollup.c.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>

enum { WAVE_BYTES = 96 << 20, WAVE_SEGMENTS = 512 };

struct run {
    struct plan *plan;
    struct worker *workers;
    struct planned_segment **wave;
    size_t wave_count;
};

static void work(void *context, size_t unit, unsigned number)
{
    struct run *run = context;
    struct worker *worker = &run->workers[number];
    if (worker->err.status || worker->overflowed)
        return;
    /* The status is in worker->err, where the main thread finds it. */
    if (worker_sum_segment(worker, run->wave[unit], &worker->err) && !worker->err.status)
        worker->err.status = GR_ESTORE;
}

static enum gr_status learn_map(struct plan *plan, struct value_map *map,
                                const struct planned_segment *segment, struct column_data *data,
                                struct gr_err *err)
{
    if (map->plain && !map->filter)
        return GR_OK;
    for (size_t s = 0; s < map->dimension.source_count; s++) {
        const struct store_bytes *bytes =
            &segment->bytes[plan_place(plan, map->dimension.sources[s].column)];
        GR_TRY(
            column_decode_dictionary(bytes->ptr, bytes->length, segment->segment.rows, data, err));
        GR_TRY(value_map_learn(plan->store, plan->request->dataset, map, s, data->dictionary,
                               data->dictionary_count, err));
    }
    return GR_OK;
}

static enum gr_status load_segment(struct plan *plan, struct planned_segment *segment,
                                   struct arena *arena, struct column_data *data, size_t *bytes,
                                   struct gr_err *err)
{
    segment->bytes = arena_alloc_zeroed(arena, plan->column_count, sizeof(*segment->bytes));
    for (size_t i = 0; i < plan->column_count; i++) {
        GR_TRY(store_chunk_read(plan->store, arena, plan->request->dataset, segment->segment.id,
                                plan->columns[i], &segment->bytes[i], err));
        *bytes += segment->bytes[i].length;
    }
    for (size_t i = 0; i < plan->key_count; i++)
        GR_TRY(learn_map(plan, &plan->keys[i], segment, data, err));
    for (size_t i = 0; i < plan->filter_count; i++)
        GR_TRY(learn_map(plan, &plan->filters[i], segment, data, err));
    return GR_OK;
}

/* Reads segments from *next on until the wave is full; pre-sums answer on the way. */
static enum gr_status load_wave(struct run *run, size_t *next, struct groups *total,
                                struct arena *arena, struct column_data *data, struct gr_err *err)
{
    size_t bytes = 0;
    run->wave_count = 0;
    while (*next < run->plan->segment_count && bytes < WAVE_BYTES &&
           run->wave_count < WAVE_SEGMENTS) {
        struct planned_segment *segment = &run->plan->segments[(*next)++];
        bool done = false;
        GR_TRY(presum_answer(run->plan, segment, arena, total, &done, err));
        if (done)
            continue;
        GR_TRY(load_segment(run->plan, segment, arena, data, &bytes, err));
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

static enum gr_status workers_status(const struct run *run, unsigned workers, struct gr_err *err)
{
    for (unsigned i = 0; i < workers; i++) {
        if (run->workers[i].overflowed)
            return overflow_error(run->plan, run->workers[i].overflow_measure, err);
        if (run->workers[i].err.status) {
            *err = run->workers[i].err;
            return err->status;
        }
    }
    return GR_OK;
}

static enum gr_status run_waves(struct run *run, struct pool *pool, unsigned workers,
                                struct groups *total, struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct column_data data;
    size_t next = 0;
    enum gr_status status = GR_OK;
    column_data_init(&data);
    while (!status && next < run->plan->segment_count) {
        status = load_wave(run, &next, total, &arena, &data, err);
        if (!status) {
            pool_run(pool, run->wave_count, work, run);
            status = workers_status(run, workers, err);
        }
        arena_reset(&arena);
    }
    column_data_deinit(&data);
    arena_deinit(&arena);
    return status;
}

enum gr_status run_plan(struct plan *plan, struct pool *pool, struct groups *total,
                        struct gr_err *err)
{
    unsigned workers = pool ? pool_workers(pool) : 1;
    struct planned_segment *wave[WAVE_SEGMENTS];
    struct run run = {.plan = plan, .wave = wave};
    run.workers = gr_alloc(workers * sizeof(*run.workers));
    for (unsigned i = 0; i < workers; i++)
        worker_init(&run.workers[i], plan);
    enum gr_status status = run_waves(&run, pool, workers, total, err);
    for (unsigned i = 0; i < workers; i++) {
        size_t measure = 0;
        if (!status && !groups_merge(total, &run.workers[i].groups, &measure))
            status = overflow_error(plan, measure, err);
        worker_deinit(&run.workers[i]);
    }
    free(run.workers);
    return status;
}
