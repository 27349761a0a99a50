/* Lanes: what one dimension, filter or range says about the rows of a segment, in the cheapest form
 * that its column allows. Bills lie in the order of time, so a day is a run of thousands of rows;
 * most text columns are a small dictionary and a code a row.
 *
 * Called by run.c on workers' threads; the value maps are only read.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

void lane_deinit(struct lane *lane)
{
    column_view_deinit(&lane->view);
    free(lane->runs);
    free(lane->own_ids);
    free(lane->values);
    *lane = (struct lane){0};
}

uint16_t *lane_own_ids(struct lane *lane)
{
    if (!lane->own_ids)
        lane->own_ids = gr_alloc(BATCH_ROWS * sizeof(*lane->own_ids));
    return lane->own_ids;
}

uint32_t *lane_values(struct lane *lane)
{
    if (!lane->values)
        lane->values = gr_alloc(BATCH_ROWS * sizeof(*lane->values));
    return lane->values;
}

struct lane_run *lane_runs(struct lane *lane)
{
    if (!lane->runs)
        lane->runs = gr_alloc(COLUMN_VIEW_RUNS_MAX * sizeof(*lane->runs));
    return lane->runs;
}

static void make_constant(struct lane *lane, uint32_t value)
{
    lane->form = LANE_CONSTANT;
    lane->constant = value;
}

/* Runs are added in order; one with the value of the last one lengthens it. */
static void add_run(struct lane *lane, uint32_t end, uint32_t value)
{
    if (lane->run_count && lane->runs[lane->run_count - 1].value == value)
        lane->runs[lane->run_count - 1].end = end;
    else
        lane->runs[lane->run_count++] = (struct lane_run){end, value};
}

static void start_runs(struct lane *lane)
{
    lane->form = LANE_RUNS;
    lane->run_count = 0;
    lane_runs(lane);
}

static void finish_runs(struct lane *lane)
{
    if (lane->run_count == 1)
        make_constant(lane, lane->runs[0].value);
}

void lane_spell_out(struct lane *lane)
{
    uint16_t *ids = lane_own_ids(lane);
    uint32_t *values = lane_values(lane);
    uint32_t row = 0;
    lane->count = lane->run_count;
    for (uint32_t r = 0; r < lane->run_count; r++) {
        values[r] = lane->runs[r].value;
        for (; row < lane->runs[r].end; row++)
            ids[row] = (uint16_t)r;
    }
    lane->ids = ids;
    lane->repeats = true;
    lane->form = LANE_IDS;
}

static uint32_t count_runs(const uint32_t *values, uint32_t rows, uint32_t limit)
{
    uint32_t runs = 1;
    for (uint32_t i = 1; i < rows && runs <= limit; i++)
        runs += values[i] != values[i - 1];
    return runs;
}

void lane_of_row_values(struct worker *worker, uint32_t rows, struct lane *lane)
{
    const uint32_t *values = worker->row_values;
    uint32_t limit = rows / 64 < COLUMN_VIEW_RUNS_MAX ? rows / 64 : COLUMN_VIEW_RUNS_MAX;
    if (count_runs(values, rows, limit) > limit) {
        lane->count = values_number(worker, values, rows, lane_own_ids(lane), lane_values(lane));
        lane->ids = lane->own_ids;
        lane->repeats = false;
        lane->form = LANE_IDS;
        return;
    }
    start_runs(lane);
    for (uint32_t i = 1; i < rows; i++)
        if (values[i] != values[i - 1])
            add_run(lane, i, values[i - 1]);
    add_run(lane, rows, values[rows - 1]);
    finish_runs(lane);
}

/* ---- text ---- */

/* A later source may have what this one lacks. */
static bool lacks_values(const struct value_map *map, size_t source, const struct column_view *view)
{
    for (uint32_t i = 0; i < view->data.dictionary_count; i++)
        if (value_map_id(map, source, view->data.dictionary[i]) == 0)
            return true;
    return view->form == COLUMN_VIEW_ABSENT;
}

static void text_lane(const struct value_map *map, size_t source, struct lane *lane)
{
    const struct column_view *view = &lane->view;
    const uint32_t *dictionary = view->data.dictionary;
    if (view->form == COLUMN_VIEW_ABSENT) {
        make_constant(lane, 0);
    } else if (view->form == COLUMN_VIEW_CONSTANT) {
        make_constant(lane, value_map_id(map, source, dictionary[0]));
    } else if (view->form == COLUMN_VIEW_RUNS) {
        start_runs(lane);
        for (uint32_t r = 0; r < view->run_count; r++)
            add_run(lane, view->runs[r].end,
                    value_map_id(map, source, dictionary[view->runs[r].value]));
        finish_runs(lane);
    } else {
        uint32_t *values = lane_values(lane);
        lane->form = LANE_IDS;
        lane->ids = view->data.codes;
        lane->count = view->data.dictionary_count;
        lane->repeats = !map->plain;
        for (uint32_t i = 0; i < lane->count; i++)
            values[i] = value_map_id(map, source, dictionary[i]);
    }
}

static enum gr_status lane_of_text(struct worker *worker, const struct planned_segment *segment,
                                   const struct value_map *map, struct lane *lane,
                                   struct gr_err *err)
{
    size_t sources = map->dimension.source_count;
    size_t s = 0;
    for (; s < sources; s++) {
        GR_TRY(view_column(worker, segment, map->dimension.sources[s].column, &lane->view, err));
        if (lane->view.form != COLUMN_VIEW_ABSENT)
            break;
    }
    if (s == sources) {
        make_constant(lane, 0);
        return GR_OK;
    }
    if (s + 1 < sources && lacks_values(map, s, &lane->view)) {
        GR_TRY(row_values_of_text(worker, segment, map, err));
        lane_of_row_values(worker, segment->segment.rows, lane);
        return GR_OK;
    }
    text_lane(map, s, lane);
    return GR_OK;
}

/* ---- moments ---- */

/* What is asked about a moment: its day, week or month, or whether it is in the range. */
struct moment_question {
    const struct plan *plan;
    const struct dimension *dimension; /* NULL: the range */
    const struct zone *zone;
};

static uint32_t answer_moment(const struct moment_question *question, int64_t moment)
{
    if (!question->dimension)
        return plan_in_range(question->plan, moment);
    if (question->dimension->kind == DIMENSION_NUMBER)
        return (uint32_t)moment;
    return day_value(question->dimension, zone_day_of_moment(question->zone, moment));
}

static uint32_t answer_absent(const struct moment_question *question)
{
    return question->dimension ? (uint32_t)DAY_VALUE_NONE : 0;
}

/* Moments that no calendar has: a damaged store must not make days overflow. */
static bool moment_is_sane(int64_t moment)
{
    const int64_t limit = (int64_t)INT32_MAX / 2 * MS_PER_DAY;
    return moment > -limit && moment < limit;
}

static enum gr_status check_moment(const struct planned_segment *segment, int64_t moment,
                                   struct gr_err *err)
{
    if (moment_is_sane(moment))
        return GR_OK;
    return gr_fail(err, GR_ESTORE, "store segment %lld: a moment beyond every calendar",
                   (long long)segment->segment.id);
}

/* Row by row; equal neighbours are asked about once. */
static enum gr_status moments_by_row(struct worker *worker, const struct planned_segment *segment,
                                     const struct moment_question *question, struct lane *lane,
                                     struct gr_err *err)
{
    const struct column_data *data = &lane->view.data;
    int64_t last_moment = MOMENT_NONE;
    uint32_t last = answer_absent(question);
    for (uint32_t i = 0; i < data->rows; i++) {
        if (column_is_null(data, i)) {
            worker->row_values[i] = answer_absent(question);
            continue;
        }
        int64_t moment = data->values[i];
        if (moment != last_moment) {
            GR_TRY(check_moment(segment, moment, err));
            last_moment = moment;
            last = answer_moment(question, moment);
        }
        worker->row_values[i] = last;
    }
    lane_of_row_values(worker, data->rows, lane);
    return GR_OK;
}

/* Moments in no order in UTC: the few days that a segment spans are asked about once each. False
 * when there are too many. */
static bool days_by_table(struct worker *worker, const struct moment_question *question,
                          struct lane *lane)
{
    const struct column_data *data = &lane->view.data;
    if (data->nulls || question->zone || !question->dimension ||
        question->dimension->kind == DIMENSION_NUMBER)
        return false;
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;
    for (uint32_t i = 0; i < data->rows; i++) {
        min = data->values[i] < min ? data->values[i] : min;
        max = data->values[i] > max ? data->values[i] : max;
    }
    if (!moment_is_sane(min) || !moment_is_sane(max))
        return false;
    int64_t first = min / MS_PER_DAY - (min % MS_PER_DAY < 0);
    int64_t days = max / MS_PER_DAY - (max % MS_PER_DAY < 0) - first + 1;
    if (days > TABLE_SIZE)
        return false;
    for (int64_t d = 0; d < days; d++)
        worker->table[d] = day_value(question->dimension, (struct day){(int32_t)(first + d)});
    for (uint32_t i = 0; i < data->rows; i++)
        worker->row_values[i] =
            worker->table[(uint64_t)(data->values[i] - first * MS_PER_DAY) / (uint64_t)MS_PER_DAY];
    lane_of_row_values(worker, data->rows, lane);
    return true;
}

static enum gr_status runs_of_moments(const struct planned_segment *segment,
                                      const struct moment_question *question, struct lane *lane,
                                      struct gr_err *err)
{
    const struct column_view *view = &lane->view;
    start_runs(lane);
    for (uint32_t r = 0; r < view->run_count; r++) {
        GR_TRY(check_moment(segment, view->runs[r].value, err));
        add_run(lane, view->runs[r].end, answer_moment(question, view->runs[r].value));
    }
    finish_runs(lane);
    return GR_OK;
}

static enum gr_status lane_of_moments(struct worker *worker, const struct planned_segment *segment,
                                      int column, const struct moment_question *question,
                                      struct lane *lane, struct gr_err *err)
{
    struct column_view *view = &lane->view;
    GR_TRY(view_column(worker, segment, column, view, err));
    if (view->form == COLUMN_VIEW_ABSENT) {
        make_constant(lane, answer_absent(question));
        return GR_OK;
    }
    if (view->form == COLUMN_VIEW_CONSTANT) {
        int64_t moment = (int64_t)view->data.constant;
        GR_TRY(check_moment(segment, moment, err));
        make_constant(lane, answer_moment(question, moment));
        return GR_OK;
    }
    if (view->form == COLUMN_VIEW_RUNS)
        return runs_of_moments(segment, question, lane, err);
    GR_TRY(view_numbers(worker, segment, column, view, err));
    if (days_by_table(worker, question, lane))
        return GR_OK;
    return moments_by_row(worker, segment, question, lane, err);
}

/* ---- the three kinds ---- */

enum gr_status lane_of_dimension(struct worker *worker, const struct planned_segment *segment,
                                 const struct value_map *map, struct lane *lane, struct gr_err *err)
{
    const struct rollup_request *request = worker->plan->request;
    /* Billing periods are months of the invoice, whatever zone days are asked for in. */
    bool billing = request->dataset == DATASET_COST &&
                   (map->dimension.moment_column == COST_BillingPeriodStart ||
                    map->dimension.moment_column == COST_BillingPeriodEnd);
    struct moment_question question = {worker->plan, &map->dimension,
                                       billing ? NULL : request->zone};
    if (map->dimension.kind == DIMENSION_TEXT)
        return lane_of_text(worker, segment, map, lane, err);
    return lane_of_moments(worker, segment, map->dimension.moment_column, &question, lane, err);
}

static uint32_t verdict_of(const struct value_map *map, uint32_t value)
{
    char text[16];
    if (map->dimension.kind == DIMENSION_TEXT)
        return value_map_passes(map, value);
    return filter_passes(map->filter, day_value_text(&map->dimension, value, text));
}

enum gr_status lane_of_filter(struct worker *worker, const struct planned_segment *segment,
                              const struct value_map *map, struct lane *lane, struct gr_err *err)
{
    GR_TRY(lane_of_dimension(worker, segment, map, lane, err));
    if (lane->form == LANE_CONSTANT)
        lane->constant = verdict_of(map, lane->constant);
    for (uint32_t i = 0; lane->form == LANE_IDS && i < lane->count; i++)
        lane->values[i] = verdict_of(map, lane->values[i]);
    if (lane->form != LANE_RUNS)
        return GR_OK;
    uint32_t runs = lane->run_count;
    lane->run_count = 0; /* they are joined in their own place, which never overtakes */
    for (uint32_t r = 0; r < runs; r++)
        add_run(lane, lane->runs[r].end, verdict_of(map, lane->runs[r].value));
    finish_runs(lane);
    return GR_OK;
}

enum gr_status lane_of_range(struct worker *worker, const struct planned_segment *segment,
                             struct lane *lane, struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    struct moment_question question = {plan, NULL, plan->range_zone};
    return lane_of_moments(worker, segment, plan->range_column, &question, lane, err);
}
