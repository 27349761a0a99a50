/* See cut.h. */
#include "sql/cut.h"

#include <stdlib.h>
#include <string.h>

#include "model/columns.h"

enum gr_status cell_add(const struct rollup_request *request, struct rollup_cell *to,
                        const struct rollup_cell *from, struct gr_err *err)
{
    size_t count;
    const struct column_def *defs = dataset_columns(request->dataset, &count);
    to->row_count += from->row_count;
    for (size_t m = 0; m < request->measure_count; m++) {
        to->value_counts[m] += from->value_counts[m];
        if (decimal_add(to->sums[m], from->sums[m], &to->sums[m], err))
            return gr_wrap(err, "%s in %.*s", defs[request->measures[m]].name,
                           STR_ARG(to->currency));
    }
    return GR_OK;
}

struct ranked {
    struct str currency;
    struct decimal sum;
    size_t cell;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = str_compare(x->currency, y->currency);
    if (!order)
        order = decimal_compare(y->sum, x->sum);
    return order ? order : (x->cell > y->cell) - (x->cell < y->cell);
}

static struct rollup_cell other_of(const struct rollup_request *request, struct arena *arena,
                                   struct str currency)
{
    struct rollup_cell other = {.currency = currency, .is_other = true};
    for (size_t k = 0; k < request->dimension_count; k++)
        other.keys[k] = k ? STR("") : STR("(other)");
    size_t measures = request->measure_count;
    other.sums = arena_alloc_zeroed(arena, measures + 1, sizeof *other.sums);
    other.value_counts = arena_alloc_zeroed(arena, measures + 1, sizeof *other.value_counts);
    return other;
}

/* Marks the cells that are not of the top; the others that they become are behind each other in
 * `others`. */
static enum gr_status find_lost(const struct rollup_request *request, struct arena *arena,
                                const struct rollup_result *result, bool *lost,
                                struct rollup_cell *others, size_t *other_count, struct gr_err *err)
{
    size_t count = result->cell_count, rank = 0;
    struct ranked *order = arena_alloc(arena, (count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct ranked){result->cells[i].currency,
                                   result->cells[i].sums[request->top_measure], i};
    if (count)
        qsort(order, count, sizeof *order, compare_ranked);
    *other_count = 0;
    for (size_t i = 0; i < count; i++) {
        rank = i && str_equal(order[i - 1].currency, order[i].currency) ? rank + 1 : 0;
        if (rank < request->top)
            continue;
        if (rank == request->top)
            others[(*other_count)++] = other_of(request, arena, order[i].currency);
        lost[order[i].cell] = true;
        GR_TRY(cell_add(request, &others[*other_count - 1], &result->cells[order[i].cell], err));
    }
    return GR_OK;
}

enum gr_status cut_cells(const struct rollup_request *request, struct arena *arena,
                         struct rollup_result *result, struct gr_err *err)
{
    size_t count = result->cell_count, kept = 0, other_count;
    bool *lost = arena_alloc_zeroed(arena, count + 1, sizeof *lost);
    struct rollup_cell *others = arena_alloc(arena, (count + 1) * sizeof *others);
    GR_TRY(find_lost(request, arena, result, lost, others, &other_count, err));
    for (size_t i = 0; i < count; i++)
        if (!lost[i])
            result->cells[kept++] = result->cells[i];
    for (size_t i = 0; i < other_count; i++) /* fewer than were lost */
        result->cells[kept++] = others[i];
    result->cell_count = kept;
    return GR_OK;
}
