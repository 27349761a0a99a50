/* One segment, on a worker's thread; waves.c hands them out.
 *
 * Of one segment: which rows count (range, filters), a small number for each row and key, the two
 * together a group for each row, then a grouped sum for each measure.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

enum { DENSE_MAX = 1 << 18 };

void worker_init(struct worker *worker, struct plan *plan)
{
    *worker = (struct worker){.plan = plan};
    groups_init(&worker->groups, plan->key_count, plan->request->measure_count);
    column_data_init(&worker->data);
}

static void worker_ready(struct worker *worker)
{
    if (worker->keep)
        return;
    for (size_t k = 0; k < worker->plan->key_count; k++) {
        worker->keys[k].ids = gr_alloc(BATCH_ROWS * sizeof(uint32_t));
        worker->keys[k].values = gr_alloc((BATCH_ROWS + 1) * sizeof(uint32_t));
    }
    worker->row_values = gr_alloc(BATCH_ROWS * sizeof(*worker->row_values));
    worker->table = gr_alloc((DENSE_MAX + 1) * sizeof(*worker->table));
    worker->slots = gr_alloc(4 * BATCH_ROWS * sizeof(*worker->slots));
    worker->group_of_row = gr_alloc(BATCH_ROWS * sizeof(*worker->group_of_row));
    worker->keep = gr_alloc(BATCH_ROWS);
}

void worker_deinit(struct worker *worker)
{
    groups_deinit(&worker->groups);
    column_data_deinit(&worker->data);
    for (size_t k = 0; k < KEYS_MAX; k++) {
        free(worker->keys[k].ids);
        free(worker->keys[k].values);
    }
    free(worker->row_values);
    free(worker->table);
    free(worker->slots);
    free(worker->group_of_row);
    free(worker->keep);
}

static enum gr_status decode(struct worker *worker, const struct planned_segment *segment,
                             int column, struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    const struct store_bytes *bytes = &segment->bytes[plan_place(plan, column)];
    struct column_data *data = &worker->data;
    enum dataset dataset = plan->request->dataset;
    if (column_decode(bytes->ptr, bytes->length, segment->segment.rows, plan->kernels, data, err))
        return gr_wrap(err, "store segment %lld column %s", (long long)segment->segment.id,
                       store_column_name(plan->store, dataset, column).ptr);
    if (data->form != COLUMN_ABSENT &&
        data->kind != store_column_kind(plan->store, dataset, column))
        return gr_fail(err, GR_ESTORE, "store segment %lld column %s: wrong kind",
                       (long long)segment->segment.id,
                       store_column_name(plan->store, dataset, column).ptr);
    return GR_OK;
}

/* ---- values of a dimension, row by row ---- */

/* Value ids of source `s` into row_values where they are still 0; says how many stay 0. */
static uint32_t take_source(struct worker *worker, const struct value_map *map, size_t s,
                            uint32_t rows)
{
    const struct column_data *data = &worker->data;
    uint32_t *values = worker->row_values;
    uint32_t left = 0;
    for (uint32_t i = 0; i < data->dictionary_count; i++)
        worker->table[i] = value_map_id(map, s, data->dictionary[i]);
    if (data->form == COLUMN_ABSENT || s == 0) {
        if (data->form == COLUMN_CODES)
            worker->plan->kernels->map_codes(data->codes, worker->table, rows, values);
        for (uint32_t i = 0; s == 0 && data->form != COLUMN_CODES && i < rows; i++)
            values[i] = data->form == COLUMN_ABSENT ? 0 : worker->table[0];
    } else {
        for (uint32_t i = 0; i < rows; i++)
            if (!values[i])
                values[i] = worker->table[data->form == COLUMN_CODES ? data->codes[i] : 0];
    }
    for (uint32_t i = 0; i < rows; i++)
        left += values[i] == 0;
    return left;
}

static enum gr_status text_values(struct worker *worker, const struct planned_segment *segment,
                                  const struct value_map *map, struct gr_err *err)
{
    uint32_t left = 1;
    for (size_t s = 0; s < map->dimension.source_count && left; s++) {
        GR_TRY(decode(worker, segment, map->dimension.sources[s].column, err));
        left = take_source(worker, map, s, segment->segment.rows);
    }
    return GR_OK;
}

/* The usual case: UTC days of a column of moments, through a table of the segment's days. */
static bool day_values_by_table(struct worker *worker, const struct planned_segment *segment,
                                const struct value_map *map)
{
    const struct column_data *data = &worker->data;
    if (data->form != COLUMN_VALUES || data->nulls || worker->plan->request->zone)
        return false;
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;
    for (uint32_t i = 0; i < segment->segment.rows; i++) {
        min = data->values[i] < min ? data->values[i] : min;
        max = data->values[i] > max ? data->values[i] : max;
    }
    /* In 64 bits: a damaged store may hold moments whose day is beyond struct day. */
    int64_t first = min / MS_PER_DAY - (min % MS_PER_DAY < 0);
    int64_t days = max / MS_PER_DAY - (max % MS_PER_DAY < 0) - first + 1;
    if (days > DENSE_MAX || first < INT32_MIN / 2 || first > INT32_MAX / 2)
        return false;
    for (int64_t d = 0; d < days; d++)
        worker->table[d] = day_value(&map->dimension, (struct day){(int32_t)(first + d)});
    for (uint32_t i = 0; i < segment->segment.rows; i++)
        worker->row_values[i] =
            worker->table[(uint64_t)(data->values[i] - first * MS_PER_DAY) / (uint64_t)MS_PER_DAY];
    return true;
}

static enum gr_status day_values(struct worker *worker, const struct planned_segment *segment,
                                 const struct value_map *map, struct gr_err *err)
{
    const struct rollup_request *request = worker->plan->request;
    const struct column_data *data = &worker->data;
    GR_TRY(decode(worker, segment, dataset_moment_column(request->dataset), err));
    if (day_values_by_table(worker, segment, map))
        return GR_OK;
    int64_t last_moment = MOMENT_NONE;
    uint32_t last = (uint32_t)DAY_VALUE_NONE;
    for (uint32_t i = 0; i < segment->segment.rows; i++) {
        if (column_is_null(data, i)) {
            worker->row_values[i] = (uint32_t)DAY_VALUE_NONE;
            continue;
        }
        int64_t moment = (int64_t)column_number(data, i);
        if (moment != last_moment) {
            last_moment = moment;
            last = day_value(&map->dimension, zone_day_of_moment(request->zone, moment));
        }
        worker->row_values[i] = last;
    }
    return GR_OK;
}

static enum gr_status dimension_values(struct worker *worker, const struct planned_segment *segment,
                                       const struct value_map *map, struct gr_err *err)
{
    return map->dimension.kind == DIMENSION_TEXT ? text_values(worker, segment, map, err)
                                                 : day_values(worker, segment, map, err);
}

/* ---- which rows count ---- */

/* The usual case, without a branch: whole column of moments, UTC days. */
static void keep_moments(const struct plan *plan, const struct column_data *data, uint8_t *keep)
{
    int64_t first = plan->first_moment;
    int64_t end = plan->end_moment;
    for (uint32_t i = 0; i < data->rows; i++)
        keep[i] &= (uint8_t)((data->values[i] >= first) & (data->values[i] < end));
}

static enum gr_status keep_range(struct worker *worker, const struct planned_segment *segment,
                                 struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    const struct column_data *data = &worker->data;
    GR_TRY(decode(worker, segment, plan->range_column, err));
    if (data->form == COLUMN_VALUES && !data->nulls && !plan->range_zone) {
        keep_moments(plan, data, worker->keep);
        return GR_OK;
    }
    int64_t last_moment = MOMENT_NONE;
    bool last = false;
    for (uint32_t i = 0; i < segment->segment.rows; i++) {
        if (column_is_null(data, i)) {
            worker->keep[i] = 0;
            continue;
        }
        int64_t moment = (int64_t)column_number(data, i);
        if (moment != last_moment) {
            last_moment = moment;
            last = plan_in_range(plan, moment);
        }
        worker->keep[i] &= last;
    }
    return GR_OK;
}

static enum gr_status keep_filter(struct worker *worker, const struct planned_segment *segment,
                                  const struct value_map *map, struct gr_err *err)
{
    GR_TRY(dimension_values(worker, segment, map, err));
    const uint32_t *values = worker->row_values;
    uint32_t rows = segment->segment.rows;
    if (map->dimension.kind == DIMENSION_TEXT) {
        for (uint32_t i = 0; i < rows; i++)
            worker->keep[i] &= value_map_passes(map, values[i]);
        return GR_OK;
    }
    bool passes = false;
    for (uint32_t i = 0; i < rows; i++) {
        char text[16];
        if (i == 0 || values[i] != values[i - 1])
            passes = filter_passes(map->filter, day_value_text(&map->dimension, values[i], text));
        worker->keep[i] &= passes;
    }
    return GR_OK;
}

static enum gr_status keep_rows(struct worker *worker, const struct planned_segment *segment,
                                struct gr_err *err)
{
    memset(worker->keep, 1, segment->segment.rows);
    if (!segment->whole)
        GR_TRY(keep_range(worker, segment, err));
    for (size_t i = 0; i < worker->plan->filter_count; i++)
        GR_TRY(keep_filter(worker, segment, &worker->plan->filters[i], err));
    return GR_OK;
}

/* ---- rows -> groups ---- */

/* Numbers the distinct row_values of the segment from 0. */
static void number_values(struct worker *worker, struct key_rows *key, uint32_t rows)
{
    const uint32_t *values = worker->row_values;
    uint32_t mask = 1023;
    while (mask < 2 * rows)
        mask = mask * 2 + 1;
    memset(worker->slots, 0, ((size_t)mask + 1) * sizeof(*worker->slots));
    key->count = 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (i && values[i] == values[i - 1]) {
            key->ids[i] = key->ids[i - 1];
            continue;
        }
        uint32_t at = values[i] * UINT32_C(2654435769) >> 7 & mask;
        while (worker->slots[at] && key->values[worker->slots[at] - 1] != values[i])
            at = (at + 1) & mask;
        if (!worker->slots[at]) {
            key->values[key->count] = values[i];
            worker->slots[at] = ++key->count;
        }
        key->ids[i] = worker->slots[at] - 1;
    }
}

/* The same for a single text source: number the dictionary's entries, not the rows. */
static void number_entries(struct worker *worker, const struct value_map *map, struct key_rows *key,
                           uint32_t rows)
{
    const struct column_data *data = &worker->data;
    if (data->form != COLUMN_CODES) {
        key->count = 1;
        key->values[0] =
            data->form == COLUMN_ABSENT ? 0 : value_map_id(map, 0, data->dictionary[0]);
        memset(key->ids, 0, rows * sizeof(*key->ids));
        return;
    }
    uint32_t mask = 1023;
    while (mask < 2 * data->dictionary_count)
        mask = mask * 2 + 1;
    memset(worker->slots, 0, ((size_t)mask + 1) * sizeof(*worker->slots));
    key->count = 0;
    for (uint32_t i = 0; i < data->dictionary_count; i++) {
        uint32_t value = value_map_id(map, 0, data->dictionary[i]);
        uint32_t at = value * UINT32_C(2654435769) >> 7 & mask;
        while (worker->slots[at] && key->values[worker->slots[at] - 1] != value)
            at = (at + 1) & mask;
        if (!worker->slots[at]) {
            key->values[key->count] = value;
            worker->slots[at] = ++key->count;
        }
        worker->table[i] = worker->slots[at] - 1;
    }
    worker->plan->kernels->map_codes(data->codes, worker->table, rows, key->ids);
}

static enum gr_status number_key(struct worker *worker, const struct planned_segment *segment,
                                 size_t k, struct gr_err *err)
{
    const struct value_map *map = &worker->plan->keys[k];
    uint32_t rows = segment->segment.rows;
    if (map->dimension.kind == DIMENSION_TEXT && map->dimension.source_count == 1) {
        GR_TRY(decode(worker, segment, map->dimension.sources[0].column, err));
        number_entries(worker, map, &worker->keys[k], rows);
        return GR_OK;
    }
    GR_TRY(dimension_values(worker, segment, map, err));
    number_values(worker, &worker->keys[k], rows);
    return GR_OK;
}

/* Few combinations: one place for each, looked up once. group_of_row holds the combination first.
 */
static void group_dense(struct worker *worker, uint32_t combinations, uint32_t rows)
{
    size_t keys = worker->plan->key_count;
    uint32_t *groups = worker->group_of_row;
    uint32_t *table = worker->table;
    memset(groups, 0, rows * sizeof(*groups));
    for (size_t k = 0; k < keys; k++) {
        const struct key_rows *key = &worker->keys[k];
        for (uint32_t i = 0; key->count > 1 && i < rows; i++)
            groups[i] = groups[i] * key->count + key->ids[i];
    }
    memset(table, 0, (combinations + 1) * sizeof(*table));
    for (uint32_t i = 0; i < rows; i++) {
        groups[i] = worker->keep[i] ? groups[i] : combinations;
        table[groups[i]] = 1;
    }
    for (uint32_t c = 0; c < combinations; c++) {
        uint32_t value[KEYS_MAX];
        uint32_t rest = c;
        if (!table[c])
            continue;
        for (size_t k = keys; k-- > 0; rest /= worker->keys[k].count)
            value[k] = worker->keys[k].values[rest % worker->keys[k].count];
        table[c] = groups_find(&worker->groups, value);
    }
    table[combinations] = 0;
    for (uint32_t i = 0; i < rows; i++)
        groups[i] = table[groups[i]];
}

static void group_by_hash(struct worker *worker, uint32_t rows)
{
    size_t keys = worker->plan->key_count;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t value[KEYS_MAX];
        for (size_t k = 0; k < keys; k++)
            value[k] = worker->keys[k].values[worker->keys[k].ids[i]];
        worker->group_of_row[i] = worker->keep[i] ? groups_find(&worker->groups, value) : 0;
    }
}

static enum gr_status group_rows(struct worker *worker, const struct planned_segment *segment,
                                 struct gr_err *err)
{
    uint64_t combinations = 1;
    uint32_t rows = segment->segment.rows;
    for (size_t k = 0; k < worker->plan->key_count; k++) {
        GR_TRY(number_key(worker, segment, k, err));
        combinations *= worker->keys[k].count; /* at most 65,536^5: checked as it grows */
        if (combinations > DENSE_MAX)
            combinations = (uint64_t)DENSE_MAX + 1;
    }
    if (combinations <= DENSE_MAX)
        group_dense(worker, (uint32_t)combinations, rows);
    else
        group_by_hash(worker, rows);
    worker->plan->kernels->count_grouped(worker->group_of_row, rows, worker->groups.rows);
    return GR_OK;
}

/* ---- sums ---- */

static bool sum_wide(const uint32_t *groups, const struct column_data *data, i128 *sums)
{
    for (uint32_t i = 0; i < data->rows; i++)
        if (groups[i] && !sum_add_checked(&sums[groups[i]], column_number(data, i)))
            return false;
    return true;
}

/* Each value at its own scale. */
static bool sum_mixed(struct worker *worker, size_t measure)
{
    const struct column_data *data = &worker->data;
    for (uint32_t i = 0; i < data->rows; i++) {
        uint32_t group = worker->group_of_row[i];
        i128 *sums = groups_sums(&worker->groups, measure, data->scales[i]);
        if (group && !sum_add_checked(&sums[group], data->wide[i]))
            return false;
    }
    return true;
}

static void count_missing(struct worker *worker, size_t measure)
{
    const struct column_data *data = &worker->data;
    if (!data->nulls)
        return;
    int64_t *missing = groups_missing(&worker->groups, measure);
    if (data->form == COLUMN_ABSENT) {
        worker->plan->kernels->count_grouped(worker->group_of_row, data->rows, missing);
        return;
    }
    for (uint32_t i = 0; i < data->rows; i++)
        missing[worker->group_of_row[i]] += data->null_bits[i / 8] >> (i % 8) & 1;
}

static enum gr_status sum_measure(struct worker *worker, const struct planned_segment *segment,
                                  size_t measure, struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    const struct column_data *data = &worker->data;
    GR_TRY(decode(worker, segment, plan->request->measures[measure], err));
    count_missing(worker, measure);
    if (data->form == COLUMN_ABSENT)
        return GR_OK;
    i128 *sums = groups_sums(&worker->groups, measure, data->scale);
    bool fits = true;
    if (data->scales)
        fits = sum_mixed(worker, measure);
    else if (data->form == COLUMN_VALUES)
        plan->kernels->sum_grouped(worker->group_of_row, data->values, data->rows, sums);
    else
        fits = sum_wide(worker->group_of_row, data, sums);
    if (!fits) {
        worker->overflowed = true;
        worker->overflow_measure = measure;
    }
    return GR_OK;
}

enum gr_status worker_sum_segment(struct worker *worker, const struct planned_segment *segment,
                                  struct gr_err *err)
{
    worker_ready(worker);
    GR_TRY(keep_rows(worker, segment, err));
    GR_TRY(group_rows(worker, segment, err));
    for (size_t m = 0; m < worker->plan->request->measure_count; m++)
        GR_TRY(sum_measure(worker, segment, m, err));
    return GR_OK;
}
