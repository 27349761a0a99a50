/* Values row by row: dimensions that stand in several columns, the first that has one deciding.
 * lanes.c calls it when a segment needs more than the first column.
 */
#include "rollup/rollup_internal.h"

/* Value ids of source `s` into row_values where they are still 0; says how many stay 0. */
static uint32_t take_source(struct worker *worker, const struct value_map *map, size_t s,
                            uint32_t rows)
{
    const struct column_data *data = &worker->data;
    uint32_t *values = worker->row_values;
    uint32_t left = 0;
    for (uint32_t i = 0; i < data->dictionary_count; i++)
        worker->table[i] = value_map_id(map, s, data->dictionary[i]);
    for (uint32_t i = 0; i < rows; i++) {
        if (s == 0 || !values[i])
            values[i] = data->form == COLUMN_ABSENT  ? 0
                        : data->form == COLUMN_CODES ? worker->table[data->codes[i]]
                                                     : worker->table[0];
        left += values[i] == 0;
    }
    return left;
}

enum gr_status row_values_of_text(struct worker *worker, const struct planned_segment *segment,
                                  const struct value_map *map, struct gr_err *err)
{
    const struct plan *plan = worker->plan;
    uint32_t left = 1;
    for (size_t s = 0; s < map->dimension.source_count && left; s++) {
        int column = map->dimension.sources[s].column;
        const struct store_bytes *bytes = segment_column(plan, segment, column);
        if (column_decode(bytes->ptr, bytes->length, segment->segment.rows, plan->kernels,
                          &worker->data, err))
            return gr_wrap(err, "store segment %lld column %s", (long long)segment->segment.id,
                           store_column_name(plan->store, plan->request->dataset, column).ptr);
        left = take_source(worker, map, s, segment->segment.rows);
    }
    return GR_OK;
}
