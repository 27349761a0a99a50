/* See convert.h. */
#include "sql/convert.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sql/cut.h"
#include "store/store.h"

struct convert {
    const struct conversion *conversion;
    const struct rollup_request *request;
    struct arena *arena;
    bool is_money[ROLLUP_MEASURES_MAX];
    struct rollup_cell *cells; /* of all months */
    size_t count, capacity;
};

bool convert_applies(enum dataset dataset)
{
    return dataset == DATASET_COST || dataset == DATASET_AI;
}

static const char *measure_name(const struct convert *c, size_t measure)
{
    size_t count;
    return dataset_columns(c->request->dataset, &count)[c->request->measures[measure]].name;
}

/* ---- which months there are ---- */

static struct date_range overlap(struct date_range a, struct date_range b)
{
    struct date_range both = a;
    if (b.first.since_1970 > both.first.since_1970)
        both.first = b.first;
    if (b.end.since_1970 < both.end.since_1970)
        both.end = b.end;
    return both;
}

/* Billing months of the live deliveries: a range may be all of time, and most of it is empty. */
static enum gr_status billing_range(struct store *store, struct arena *arena,
                                    struct date_range *out, struct gr_err *err)
{
    struct store_delivery_list list;
    GR_TRY(store_delivery_find(store, arena, DATASET_COST, STR_NONE, STR_NONE, &list, err));
    *out = (struct date_range){0};
    for (size_t i = 0; i < list.count; i++) {
        struct date_range month;
        if (!month_read(list.items[i].period, &month))
            continue;
        bool any = day_count(*out) > 0;
        if (!any || month.first.since_1970 < out->first.since_1970)
            out->first = month.first;
        if (!any || month.end.since_1970 > out->end.since_1970)
            out->end = month.end;
    }
    return GR_OK;
}

static enum gr_status known_range(struct store *store, const struct rollup_request *request,
                                  struct arena *arena, struct date_range *out, struct gr_err *err)
{
    if (request->by_billing_period)
        return billing_range(store, arena, out, err);
    int64_t first, last;
    GR_TRY(store_moments(store, request->dataset, &first, &last, err));
    *out = (struct date_range){0};
    if (last == MOMENT_NONE)
        return GR_OK;
    out->first = zone_day_of_moment(request->zone, first);
    out->end = day_add(zone_day_of_moment(request->zone, last), 1);
    return GR_OK;
}

/* ---- one month ---- */

static bool has_amount(const struct convert *c, const struct rollup_cell *cell)
{
    for (size_t m = 0; m < c->request->measure_count; m++)
        if (c->is_money[m] && !decimal_is_zero(cell->sums[m]))
            return true;
    return false;
}

/* The cell in the target currency. A group without any amount needs no rate. */
static enum gr_status convert_cell(const struct convert *c, struct day month,
                                   struct rollup_cell *cell, struct gr_err *err)
{
    struct str target = c->conversion->target;
    struct decimal rate;
    if (!has_amount(c, cell) || str_equal(cell->currency, target)) {
        if (cell->currency.len)
            cell->currency = target;
        return GR_OK;
    }
    if (!cell->currency.len)
        return gr_fail(err, GR_EDATA, "an amount without a currency can't become %.*s",
                       STR_ARG(target));
    GR_TRY(conversion_find(c->conversion, month, cell->currency, &rate, err));
    for (size_t m = 0; m < c->request->measure_count; m++)
        if (c->is_money[m] && decimal_mul(cell->sums[m], rate, &cell->sums[m], err))
            return gr_wrap(err, "%s in %.*s", measure_name(c, m), STR_ARG(target));
    cell->currency = target;
    return GR_OK;
}

static void add_cell(struct convert *c, const struct rollup_cell *cell)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? c->capacity * 2 : 256;
        struct rollup_cell *cells = arena_alloc(c->arena, c->capacity * sizeof *cells);
        if (c->count)
            memcpy(cells, c->cells, c->count * sizeof *cells);
        c->cells = cells;
    }
    c->cells[c->count++] = *cell;
}

static enum gr_status convert_month(struct convert *c, struct store *store, struct pool *pool,
                                    const struct kernels *kernels, struct date_range days,
                                    struct gr_err *err)
{
    struct rollup_request request = *c->request;
    struct rollup_result result;
    request.days = days;
    request.top = 0; /* ranks are of converted sums */
    GR_TRY(rollup_run(store, pool, kernels, &request, c->arena, &result, err));
    for (size_t i = 0; i < result.cell_count; i++) {
        GR_TRY(convert_cell(c, days.first, &result.cells[i], err));
        add_cell(c, &result.cells[i]);
    }
    return GR_OK;
}

/* ---- months to one result ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct rollup_cell *x = a, *y = b;
    for (size_t k = 0; k < ROLLUP_DIMENSIONS_MAX; k++) {
        int order = str_compare(x->keys[k], y->keys[k]);
        if (order)
            return order;
    }
    return str_compare(x->currency, y->currency);
}

static enum gr_status merge_months(struct convert *c, struct gr_err *err)
{
    size_t kept = 0;
    if (c->count)
        qsort(c->cells, c->count, sizeof *c->cells, compare_keys);
    for (size_t i = 0; i < c->count; i++) {
        if (kept && compare_keys(&c->cells[kept - 1], &c->cells[i]) == 0)
            GR_TRY(cell_add(c->request, &c->cells[kept - 1], &c->cells[i], err));
        else
            c->cells[kept++] = c->cells[i];
    }
    c->count = kept;
    return GR_OK;
}

/* ---- all of it ---- */

static void find_money(struct convert *c)
{
    size_t count;
    const struct column_def *defs = dataset_columns(c->request->dataset, &count);
    for (size_t m = 0; m < c->request->measure_count; m++) {
        assert(c->request->measures[m] >= 0 && (size_t)c->request->measures[m] < count);
        c->is_money[m] = column_is_money(&defs[c->request->measures[m]]);
    }
}

enum gr_status convert_run(const struct conversion *conversion, struct store *store,
                           struct pool *pool, const struct kernels *kernels,
                           const struct rollup_request *request, struct arena *arena,
                           struct rollup_result *result, struct gr_err *err)
{
    struct convert c = {.conversion = conversion, .request = request, .arena = arena};
    struct date_range known;
    find_money(&c);
    GR_TRY(known_range(store, request, arena, &known, err));
    struct date_range days = overlap(request->days, known);
    if (day_count(days) <= 0)
        days = (struct date_range){request->days.first, request->days.first};
    struct day month = month_first(days.first);
    do { /* once at least: an unknown dimension is told also of an empty range */
        struct day next = month_add(month, 1);
        GR_TRY(convert_month(&c, store, pool, kernels,
                             overlap(days, (struct date_range){month, next}), err));
        month = next;
    } while (month.since_1970 < days.end.since_1970);
    GR_TRY(merge_months(&c, err));
    *result = (struct rollup_result){c.cells, c.count};
    if (request->top)
        GR_TRY(cut_cells(request, arena, result, err));
    for (size_t i = 0; i < result->cell_count; i++)
        for (size_t m = 0; m < request->measure_count; m++)
            result->cells[i].sums[m] = decimal_normal(result->cells[i].sums[m]);
    return GR_OK;
}
