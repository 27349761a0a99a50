/* One segment, on a worker's thread; waves.c hands them out.
 *
 * Filters, range and keys become lanes (lanes.c). Lanes that are runs, as days are in a bill, cut
 * the segment into stretches in which they are constant; lanes that change from row to row become
 * one small id a row (places.c). Within a stretch a measure is summed by id straight from its
 * packed bytes, then ids are joined to groups. So the inner loop knows neither keys nor 128-bit
 * numbers.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

void worker_init(struct worker *worker, struct plan *plan)
{
    *worker = (struct worker){.plan = plan};
    groups_init(&worker->groups, plan->key_count, plan->request->measure_count);
    column_data_init(&worker->data);
    column_view_init(&worker->measure);
}

static void worker_ready(struct worker *worker)
{
    if (worker->keep)
        return;
    worker->limits = gr_alloc_zeroed(worker->plan->filter_count + 1, sizeof(*worker->limits));
    worker->row_values = gr_alloc(BATCH_ROWS * sizeof(*worker->row_values));
    worker->table = gr_alloc(TABLE_SIZE * sizeof(*worker->table));
    worker->slots = gr_alloc(4 * BATCH_ROWS * sizeof(*worker->slots));
    worker->keep = gr_alloc(BATCH_ROWS);
    worker->sums = gr_alloc_zeroed(2 * (IDS_MAX + 1), sizeof(*worker->sums));
    worker->totals = gr_alloc_zeroed(IDS_MAX + 1, sizeof(*worker->totals));
}

void worker_deinit(struct worker *worker)
{
    groups_deinit(&worker->groups);
    column_data_deinit(&worker->data);
    column_view_deinit(&worker->measure);
    for (size_t k = 0; k < KEYS_MAX; k++)
        lane_deinit(&worker->keys[k]);
    for (size_t i = 0; worker->limits && i <= worker->plan->filter_count; i++)
        lane_deinit(&worker->limits[i]);
    places_deinit(&worker->places);
    free(worker->limits);
    free(worker->row_values);
    free(worker->table);
    free(worker->slots);
    free(worker->keep);
    free(worker->sums);
    free(worker->wide_sums);
    free(worker->totals);
    free(worker->group_of_place);
    free(worker->stretches);
}

/* ---- columns ---- */

const struct store_bytes *segment_column(const struct plan *plan,
                                         const struct planned_segment *segment, int column)
{
    return &segment->bytes[plan_place(plan, column)];
}

static enum gr_status check_column(const struct worker *worker,
                                   const struct planned_segment *segment, int column,
                                   const struct column_view *view, enum gr_status status,
                                   struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    enum dataset dataset = plan->request->dataset;
    const char *name = store_column_name(plan->store, dataset, column).ptr;
    if (status)
        return gr_wrap(err, "store segment %lld column %s", (long long)segment->segment.id, name);
    if (view->form != COLUMN_VIEW_ABSENT &&
        view->data.kind != store_column_kind(plan->store, dataset, column))
        return gr_fail(err, GR_ESTORE, "store segment %lld column %s: wrong kind",
                       (long long)segment->segment.id, name);
    return GR_OK;
}

enum gr_status view_column(struct worker *worker, const struct planned_segment *segment, int column,
                           struct column_view *view, struct gr_err *err)
{
    const struct store_bytes *bytes = segment_column(worker->plan, segment, column);
    enum gr_status status = column_view_read(bytes->ptr, bytes->length, segment->segment.rows,
                                             worker->plan->kernels, view, err);
    return check_column(worker, segment, column, view, status, err);
}

enum gr_status view_numbers(struct worker *worker, const struct planned_segment *segment,
                            int column, struct column_view *view, struct gr_err *err)
{
    const struct store_bytes *bytes = segment_column(worker->plan, segment, column);
    if (view->form == COLUMN_VIEW_DECODED)
        return GR_OK;
    enum gr_status status = column_view_decode(bytes->ptr, bytes->length, segment->segment.rows,
                                               worker->plan->kernels, view, err);
    return check_column(worker, segment, column, view, status, err);
}

/* ---- which rows count ---- */

static void use_keep(struct worker *worker, uint32_t rows)
{
    if (!worker->has_keep)
        memset(worker->keep, 1, rows);
    worker->has_keep = true;
}

/* A verdict that changes from row to row goes into worker->keep; false when no row is left. */
static bool take_verdict(struct worker *worker, const struct lane *lane, uint32_t rows)
{
    if (lane->form == LANE_CONSTANT)
        return lane->constant != 0;
    if (lane->form == LANE_RUNS) {
        worker->limit_count++;
        return true;
    }
    uint8_t *table = (uint8_t *)worker->table;
    uint32_t passing = 0;
    for (uint32_t i = 0; i < lane->count; i++) {
        table[i] = (uint8_t)lane->values[i];
        passing += lane->values[i];
    }
    if (passing == 0 || passing == lane->count)
        return passing != 0;
    use_keep(worker, rows);
    worker->plan->kernels->keep_ids(lane->ids, table, rows, worker->keep);
    return true;
}

static enum gr_status keep_rows(struct worker *worker, const struct planned_segment *segment,
                                bool *any, struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    uint32_t rows = segment->segment.rows;
    worker->has_keep = false;
    worker->limit_count = 0;
    *any = true;
    if (!segment->whole) {
        GR_TRY(lane_of_range(worker, segment, &worker->limits[0], err));
        *any = take_verdict(worker, &worker->limits[0], rows);
    }
    for (size_t i = 0; i < plan->filter_count && *any; i++) {
        struct lane *lane = &worker->limits[worker->limit_count];
        GR_TRY(lane_of_filter(worker, segment, &plan->filters[i], lane, err));
        *any = take_verdict(worker, lane, rows);
    }
    return GR_OK;
}

/* ---- stretches ---- */

/* Rows [first, end) in which all keys that are runs have one value. */
struct stretch {
    uint32_t first;
    uint32_t end;
    uint32_t values[KEYS_MAX]; /* by key; those of places are not set */
};

static struct stretch *add_stretch(struct worker *worker)
{
    if (worker->stretch_count == worker->stretch_capacity) {
        worker->stretch_capacity = worker->stretch_capacity ? worker->stretch_capacity * 2 : 16;
        worker->stretches =
            gr_realloc(worker->stretches, worker->stretch_capacity * sizeof(*worker->stretches));
    }
    return &worker->stretches[worker->stretch_count++];
}

/* The run of a lane that holds `row`, where *at is that of an earlier row. */
static const struct lane_run *run_at(const struct lane *lane, uint32_t row, uint32_t *at)
{
    while (lane->runs[*at].end <= row)
        ++*at;
    return &lane->runs[*at];
}

static void make_stretches(struct worker *worker, uint32_t rows)
{
    uint32_t at_key[KEYS_MAX] = {0};
    uint32_t at_limit[ROLLUP_FILTERS_MAX + 1] = {0};
    worker->stretch_count = 0;
    for (uint32_t row = 0; row < rows;) {
        struct stretch next = {.first = row, .end = rows};
        bool counts = true;
        for (size_t i = 0; i < worker->limit_count; i++) {
            const struct lane_run *run = run_at(&worker->limits[i], row, &at_limit[i]);
            next.end = run->end < next.end ? run->end : next.end;
            counts = counts && run->value;
        }
        for (size_t k = 0; k < worker->plan->key_count; k++) {
            const struct lane *lane = &worker->keys[k];
            next.values[k] = lane->constant;
            if (lane->form != LANE_RUNS)
                continue;
            const struct lane_run *run = run_at(lane, row, &at_key[k]);
            next.end = run->end < next.end ? run->end : next.end;
            next.values[k] = run->value;
        }
        if (counts)
            *add_stretch(worker) = next;
        row = next.end;
    }
}

/* Every stretch costs a look at every id. Where that is more than the rows are worth, runs are
 * spelt out row by row. */
static void spell_out_runs(struct worker *worker, uint32_t rows)
{
    for (size_t i = 0; i < worker->limit_count; i++) {
        const struct lane *lane = &worker->limits[i];
        use_keep(worker, rows);
        for (uint32_t r = 0, row = 0; r < lane->run_count; r++)
            for (; row < lane->runs[r].end; row++)
                worker->keep[row] &= (uint8_t)lane->runs[r].value;
    }
    worker->limit_count = 0;
    for (size_t k = 0; k < worker->plan->key_count; k++)
        if (worker->keys[k].form == LANE_RUNS)
            lane_spell_out(&worker->keys[k]);
}

static enum gr_status divide_rows(struct worker *worker, const struct planned_segment *segment,
                                  struct gr_err *err)
{
    uint32_t rows = segment->segment.rows;
    for (size_t k = 0; k < worker->plan->key_count; k++)
        GR_TRY(lane_of_dimension(worker, segment, &worker->plan->keys[k], &worker->keys[k], err));
    places_make(worker, rows);
    make_stretches(worker, rows);
    if ((uint64_t)worker->stretch_count * worker->places.id_count > 8 * (uint64_t)rows + 4096) {
        spell_out_runs(worker, rows);
        places_make(worker, rows);
        make_stretches(worker, rows);
    }
    size_t groups = (size_t)worker->stretch_count * worker->places.count;
    if (groups > worker->group_capacity) {
        free(worker->group_of_place);
        worker->group_of_place = gr_alloc(groups * sizeof(*worker->group_of_place));
        worker->group_capacity = groups;
    }
    return GR_OK;
}

/* ---- from ids to groups ---- */

static uint32_t *groups_of_stretch(const struct worker *worker, const struct stretch *stretch)
{
    return worker->group_of_place + (size_t)(stretch - worker->stretches) * worker->places.count;
}

/* worker->sums, by id, into worker->totals, by place; sums are zeros afterwards. Sums of a segment
 * fit 64 bits together, see KERNEL_SUM_WIDTH_MAX. */
static void join_ids(struct worker *worker)
{
    const struct places *places = &worker->places;
    struct kernel_sum *sums = worker->sums;
    struct kernel_sum *totals = worker->totals;
    memset(totals, 0, places->count * sizeof(*totals));
    for (uint32_t id = 0; id < places->id_count; id++, sums += 2) {
        struct kernel_sum *total = &totals[places->place_of ? places->place_of[id] : id];
        total->sum += sums[0].sum + sums[1].sum;
        total->rows += sums[0].rows + sums[1].rows;
    }
    memset(worker->sums, 0, 2 * ((size_t)places->id_count + 1) * sizeof(*sums));
}

/* The groups of a stretch, from the rows in worker->totals. */
static void find_groups(struct worker *worker, const struct stretch *stretch)
{
    const struct places *places = &worker->places;
    uint32_t *of_place = groups_of_stretch(worker, stretch);
    uint32_t key[KEYS_MAX];
    memcpy(key, stretch->values, sizeof(key));
    for (uint32_t p = 0; p < places->count; p++) {
        of_place[p] = 0;
        if (!worker->totals[p].rows)
            continue;
        for (size_t k = 0; k < places->key_count; k++)
            key[places->keys[k]] = places->values[p * places->key_count + k];
        of_place[p] = groups_find(&worker->groups, key);
        worker->groups.rows[of_place[p]] += (int64_t)worker->totals[p].rows;
    }
}

static void count_rows(struct worker *worker, const struct stretch *stretch)
{
    const struct places *places = &worker->places;
    uint32_t rows = stretch->end - stretch->first;
    if (places->ids)
        worker->plan->kernels->count_ids(places->ids + stretch->first, rows, worker->sums);
    else
        worker->sums[0].rows += rows;
    join_ids(worker);
}

/* Group of a row; 0 when it does not count. */
static uint32_t group_of_row(const struct places *places, const uint32_t *of_place, uint32_t row)
{
    uint32_t id = places->ids ? places->ids[row] : 0;
    if (id == places->id_count)
        return 0;
    return of_place[places->place_of ? places->place_of[id] : id];
}

/* ---- sums ---- */

/* base and factor are of 64 bits each, so the products are; `shift` is of what a part lies above. A
 * view's range is checked: nothing leaves 128 bits here. */
static void add_packed(struct worker *worker, const struct stretch *stretch,
                       const struct sum_array *sums, int64_t base, uint64_t factor, unsigned shift)
{
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    for (uint32_t p = 0; p < worker->places.count; p++) {
        const struct kernel_sum *total = &worker->totals[p];
        i128 sum = (i128)base * (int64_t)total->rows + (i128)((u128)factor * total->sum << shift);
        if (total->rows)
            sums_add(sums, of_place[p], sum);
    }
}

static void sum_stretch(struct worker *worker, const struct stretch *stretch,
                        const struct column_view *view, unsigned from, unsigned width)
{
    const struct places *places = &worker->places;
    const struct kernels *kernels = worker->plan->kernels;
    const uint8_t *packed = view->packed + (size_t)stretch->first * view->width + from;
    uint32_t rows = stretch->end - stretch->first;
    if (places->ids) {
        kernels->sum_packed(packed, view->width, width, places->ids + stretch->first, rows,
                            worker->sums);
    } else {
        worker->sums[0].sum += kernels->sum_all_packed(packed, view->width, width, rows);
        worker->sums[0].rows += rows;
    }
    join_ids(worker);
}

/* Rows whose number is not the packed one. Patches and stretches both ascend. */
static void add_patches(struct worker *worker, const struct stretch *stretch,
                        const struct column_view *view, const struct sum_array *sums)
{
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    for (; worker->next_patch < view->patch_count; worker->next_patch++) {
        const struct column_patch *patch = &view->patches[worker->next_patch];
        if (patch->row >= stretch->end)
            return;
        uint32_t group =
            patch->row < stretch->first ? 0 : group_of_row(&worker->places, of_place, patch->row);
        if (group)
            sums_add(sums, group, patch->difference);
    }
}

/* Values wider than a kernel_sum bears are summed in two parts. */
static void sum_packed(struct worker *worker, const struct stretch *stretch,
                       const struct column_view *view, size_t measure, bool first)
{
    unsigned low = view->width > KERNEL_SUM_WIDTH_MAX ? 4 : view->width;
    sum_stretch(worker, stretch, view, 0, low);
    if (first)
        find_groups(worker, stretch);
    struct sum_array sums = groups_sums(&worker->groups, measure, view->data.scale);
    add_packed(worker, stretch, &sums, view->base, (uint64_t)view->factor, 0);
    add_patches(worker, stretch, view, &sums);
    if (low == view->width)
        return;
    sum_stretch(worker, stretch, view, low, view->width - low);
    add_packed(worker, stretch, &sums, 0, (uint64_t)view->factor, 8 * low);
}

static void sum_constant(struct worker *worker, const struct stretch *stretch, i128 constant,
                         const struct sum_array *sums)
{
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    for (uint32_t p = 0; p < worker->places.count; p++)
        if (worker->totals[p].rows)
            sums_add_product(sums, of_place[p], constant, (uint32_t)worker->totals[p].rows);
}

static void sum_values(struct worker *worker, const struct stretch *stretch, const int64_t *values,
                       const struct sum_array *sums)
{
    const struct places *places = &worker->places;
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    uint32_t rows = stretch->end - stretch->first;
    if (!places->ids) {
        sums_add(sums, of_place[0], worker->plan->kernels->sum(values + stretch->first, rows));
        return;
    }
    if (!worker->wide_sums)
        worker->wide_sums = gr_alloc_zeroed(IDS_MAX + 1, sizeof(*worker->wide_sums));
    worker->plan->kernels->sum_ids(places->ids + stretch->first, values + stretch->first, rows,
                                   worker->wide_sums);
    for (uint32_t id = 0; id < places->id_count; id++)
        if (worker->wide_sums[id])
            sums_add(sums, of_place[places->place_of ? places->place_of[id] : id],
                     worker->wide_sums[id]);
    memset(worker->wide_sums, 0, ((size_t)places->id_count + 1) * sizeof(*worker->wide_sums));
}

/* 128-bit values, maybe each at its own scale. */
static void sum_wide(struct worker *worker, const struct stretch *stretch,
                     const struct column_data *data, size_t measure)
{
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    struct sum_array sums = groups_sums(&worker->groups, measure, data->scale);
    for (uint32_t row = stretch->first; row < stretch->end; row++) {
        uint32_t group = group_of_row(&worker->places, of_place, row);
        if (data->scales)
            sums = groups_sums(&worker->groups, measure, data->scales[row]);
        if (group)
            sums_add(&sums, group, data->wide[row]);
    }
}

static void count_missing(struct worker *worker, const struct stretch *stretch,
                          const struct column_view *view, size_t measure)
{
    const uint32_t *of_place = groups_of_stretch(worker, stretch);
    const uint8_t *bits = view->data.null_bits;
    if (view->form != COLUMN_VIEW_ABSENT && !bits)
        return;
    int64_t *missing = groups_missing(&worker->groups, measure);
    for (uint32_t p = 0; view->form == COLUMN_VIEW_ABSENT && p < worker->places.count; p++)
        missing[of_place[p]] += (int64_t)worker->totals[p].rows;
    for (uint32_t row = stretch->first; bits && row < stretch->end; row++)
        if (bits[row / 8] >> (row % 8) & 1)
            missing[group_of_row(&worker->places, of_place, row)]++;
}

static void sum_unpacked(struct worker *worker, const struct stretch *stretch,
                         const struct column_view *view, size_t measure, bool first)
{
    const struct column_data *data = &view->data;
    bool counted = view->form == COLUMN_VIEW_ABSENT || view->form == COLUMN_VIEW_CONSTANT;
    if (first || counted)
        count_rows(worker, stretch);
    if (first)
        find_groups(worker, stretch);
    count_missing(worker, stretch, view, measure);
    if (view->form == COLUMN_VIEW_ABSENT)
        return;
    struct sum_array sums = groups_sums(&worker->groups, measure, data->scale);
    if (view->form == COLUMN_VIEW_CONSTANT)
        sum_constant(worker, stretch, data->constant, &sums);
    else if (data->form == COLUMN_VALUES)
        sum_values(worker, stretch, data->values, &sums);
    else
        sum_wide(worker, stretch, data, measure);
}

static enum gr_status sum_measure(struct worker *worker, const struct planned_segment *segment,
                                  size_t measure, struct gr_err *err)
{
    struct column_view *view = &worker->measure;
    int column = worker->plan->request->measures[measure];
    GR_TRY(view_column(worker, segment, column, view, err));
    if (view->form == COLUMN_VIEW_RUNS || view->form == COLUMN_VIEW_STEP)
        GR_TRY(view_numbers(worker, segment, column, view, err));
    worker->next_patch = 0;
    for (uint32_t s = 0; s < worker->stretch_count; s++) {
        const struct stretch *stretch = &worker->stretches[s];
        if (view->form == COLUMN_VIEW_PACKED)
            sum_packed(worker, stretch, view, measure, measure == 0);
        else
            sum_unpacked(worker, stretch, view, measure, measure == 0);
    }
    return GR_OK;
}

enum gr_status worker_sum_segment(struct worker *worker, const struct planned_segment *segment,
                                  struct gr_err *err)
{
    size_t measures = worker->plan->request->measure_count;
    bool any = true;
    worker_ready(worker);
    GR_TRY(keep_rows(worker, segment, &any, err));
    if (!any)
        return GR_OK;
    GR_TRY(divide_rows(worker, segment, err));
    for (size_t m = 0; m < measures; m++)
        GR_TRY(sum_measure(worker, segment, m, err));
    for (uint32_t s = 0; measures == 0 && s < worker->stretch_count; s++) {
        count_rows(worker, &worker->stretches[s]);
        find_groups(worker, &worker->stretches[s]);
    }
    return GR_OK;
}
