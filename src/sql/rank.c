/* The order of a rollup's cells (see rank.h). */
#include "sql/rank.h"

#include <stdlib.h>

/* The dimension that leads the order: the first that is a time; -1 when none is. */
static int leading_time(const struct rollup_request *request)
{
    for (size_t i = 0; i < request->dimension_count; i++)
        if (str_is(request->dimensions[i], "day") || str_is(request->dimensions[i], "week") ||
            str_is(request->dimensions[i], "month") ||
            str_is(request->dimensions[i], "billing_month"))
            return (int)i;
    return -1;
}

static int compare_ranks(const void *a, const void *b, void *context)
{
    const struct rollup_cell *x = *(const struct rollup_cell *const *)a;
    const struct rollup_cell *y = *(const struct rollup_cell *const *)b;
    int time = *(const int *)context;
    int order = time < 0 ? 0 : str_compare(x->keys[time], y->keys[time]);
    if (!order)
        order = x->is_other - y->is_other;
    if (!order)
        order = decimal_compare(y->sums[0], x->sums[0]);
    return order ? order : (x > y) - (x < y); /* they lie in the order of their keys */
}

void rank_cells(const struct rollup_request *request, struct arena *arena,
                struct rollup_result *result)
{
    size_t count = result->cell_count;
    int time = leading_time(request);
    const struct rollup_cell **order = gr_alloc((count + 1) * sizeof(struct rollup_cell *));
    struct rollup_cell *cells = arena_alloc(arena, (count + 1) * sizeof *cells);
    for (size_t i = 0; i < count; i++)
        order[i] = &result->cells[i];
    if (count)
        qsort_r(order, count, sizeof(struct rollup_cell *), compare_ranks, &time);
    for (size_t i = 0; i < count; i++)
        cells[i] = *order[i];
    result->cells = cells;
    free(order);
}
