/* Charts of a named report from the rows of a query; totals of tables. Called by build.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "report/report_internal.h"

enum { SERIES_SHOWN = 7 };

/* A cell of a stacked chart: x, series, value. */
struct point {
    struct str x, series;
    double value, earlier;
};

struct points {
    struct point *items;
    size_t count;
};

static enum gr_status read_points(struct building *b, struct sql_query *query,
                                  const struct chart_columns *columns, struct points *out,
                                  struct gr_err *err)
{
    struct arena *arena = b->context->arena;
    size_t capacity = 64;
    out->items = arena_alloc(arena, capacity * sizeof *out->items);
    out->count = 0;
    int currency_at = sql_column_named(query, "currency");
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        if (currency_at >= 0 && !str_equal(sql_column_text(query, currency_at), b->currency))
            continue; /* one axis, one currency */
        if (out->count == capacity) {
            struct point *grown = arena_alloc(arena, 2 * capacity * sizeof *grown);
            memcpy(grown, out->items, capacity * sizeof *grown);
            out->items = grown;
            capacity *= 2;
        }
        struct decimal value = DECIMAL_ZERO, earlier = DECIMAL_ZERO;
        GR_TRY(sql_column_decimal(query, columns->value, &value, err));
        if (columns->earlier >= 0)
            GR_TRY(sql_column_decimal(query, columns->earlier, &earlier, err));
        struct point *point = &out->items[out->count++];
        *point = (struct point){.x = arena_str(arena, sql_column_text(query, columns->x)),
                                .series = STR(""),
                                .value = decimal_to_double(value),
                                .earlier = decimal_to_double(earlier)};
        if (columns->series >= 0)
            point->series = arena_str(arena, sql_column_text(query, columns->series));
    }
}

static void fill_bars(struct arena *arena, const struct points *points, size_t limit, bool earlier,
                      struct report_chart *chart)
{
    size_t count = limit && points->count > limit ? limit : points->count;
    chart->series_count = earlier ? 2 : 1;
    chart->series = arena_alloc_zeroed(arena, 2, sizeof *chart->series);
    chart->x = arena_alloc(arena, (count + 1) * sizeof *chart->x);
    for (size_t s = 0; s < 2; s++)
        chart->series[s].values = arena_alloc_zeroed(arena, count + 1, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        chart->x[i] = points->items[i].x;
        chart->series[0].values[i] = points->items[i].value;
        chart->series[1].values[i] = points->items[i].earlier;
    }
    chart->x_count = count;
}

struct ranked_series {
    struct str name;
    double sum;
    size_t place; /* in the order of appearance */
};

static int compare_series(const void *a, const void *b)
{
    const struct ranked_series *left = a, *right = b;
    if (left->sum != right->sum)
        return left->sum < right->sum ? 1 : -1;
    return str_compare(left->name, right->name);
}

/* The series of a chart, largest first; those beyond the seventh share one place. place_of[series]
 * is the place in the chart, `series` the number of each point's series in the order of appearance.
 */
static void rank_series(struct arena *arena, const struct points *points, const struct dict *names,
                        const uint32_t *series, size_t *place_of, struct report_chart *chart)
{
    size_t count = names->count;
    struct ranked_series *ranked = arena_alloc(arena, (count + 1) * sizeof *ranked);
    for (size_t i = 0; i < count; i++)
        ranked[i] = (struct ranked_series){dict_text(names, (uint32_t)i + 1), 0, i};
    for (size_t i = 0; i < points->count; i++)
        ranked[series[i]].sum += points->items[i].value;
    qsort(ranked, count, sizeof *ranked, compare_series);
    size_t shown = count > SERIES_SHOWN + 1 ? SERIES_SHOWN : count;
    bool other = shown < count;
    chart->series_count = shown + other;
    chart->series = arena_alloc_zeroed(arena, chart->series_count + 1, sizeof *chart->series);
    for (size_t i = 0; i < count; i++) {
        place_of[ranked[i].place] = i < shown ? i : shown;
        if (i < shown)
            chart->series[i].name = arena_str(arena, ranked[i].name);
    }
    if (other)
        chart->series[shown].name = STR("(other)");
}

/* A number for each point's text: 0, 1, ... in the order of appearance. */
static uint32_t number_of(struct dict *dict, struct str text)
{
    return dict_intern(dict, text.ptr ? text : STR("")) - 1;
}

static void fill_series(struct arena *arena, const struct points *points,
                        struct report_chart *chart)
{
    struct dict names, places;
    dict_init(&names);
    dict_init(&places);
    uint32_t *series = arena_alloc(arena, (points->count + 1) * sizeof *series);
    uint32_t *x = arena_alloc(arena, (points->count + 1) * sizeof *x);
    for (size_t i = 0; i < points->count; i++) {
        series[i] = number_of(&names, points->items[i].series);
        x[i] = number_of(&places, points->items[i].x);
    }
    chart->x_count = places.count;
    chart->x = arena_alloc(arena, (chart->x_count + 1) * sizeof *chart->x);
    for (size_t i = 0; i < chart->x_count; i++)
        chart->x[i] = arena_str(arena, dict_text(&places, (uint32_t)i + 1));
    size_t *place_of = arena_alloc(arena, ((size_t)names.count + 1) * sizeof *place_of);
    rank_series(arena, points, &names, series, place_of, chart);
    for (size_t i = 0; i < chart->series_count; i++)
        chart->series[i].values = arena_alloc_zeroed(arena, chart->x_count + 1, sizeof(double));
    for (size_t i = 0; i < points->count; i++)
        chart->series[place_of[series[i]]].values[x[i]] += points->items[i].value;
    dict_deinit(&places);
    dict_deinit(&names);
}

enum gr_status report_chart_fill(struct building *b, const struct definition_item *item,
                                 struct sql_query *query, const struct chart_columns *columns,
                                 struct report_chart **out, struct gr_err *err)
{
    struct arena *arena = b->context->arena;
    struct points points;
    if (columns->x < 0 || columns->value < 0)
        return gr_fail(err, GR_EUSAGE, "reports/%.*s.report:%u: a chart needs x and value",
                       STR_ARG(b->definition->name), item->line);
    GR_TRY(read_points(b, query, columns, &points, err));
    struct report_chart *chart = arena_alloc_zeroed(arena, 1, sizeof *chart);
    chart->kind = item->chart_kind;
    chart->id = item->id;
    chart->title = report_fill_text(b, item->title);
    chart->unit = b->currency;
    chart->template_name = item->template_name;
    if (columns->series >= 0)
        fill_series(arena, &points, chart);
    else
        fill_bars(arena, &points, item->limit, columns->earlier >= 0, chart);
    if (columns->earlier >= 0 && chart->series_count == 2) {
        chart->series[0].name = b->context->period_name;
        chart->series[1].name = report_period_name(arena, b->earlier);
    }
    struct day ignored;
    chart->x_is_day = chart->x_count && day_read(chart->x[0], &ignored);
    chart->alt = arena_printf(arena, "%.*s: %zu places, %zu series", STR_ARG(chart->title),
                              chart->x_count, chart->series_count);
    *out = chart;
    return GR_OK;
}

static struct str row_currency(const struct report_table *table, const struct report_row *row)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (row->cells[i].kind == CELL_MONEY)
            return row->cells[i].currency;
    return STR("");
}

static enum gr_status add_cell(struct report_cell *total, const struct report_cell *part,
                               struct gr_err *err)
{
    if (part->kind == CELL_NONE || part->kind == CELL_NA)
        return GR_OK;
    if (total->kind == CELL_NONE)
        *total = *part;
    else if (part->kind == CELL_COUNT)
        total->count += part->count;
    else
        GR_TRY(decimal_add(total->amount, part->amount, &total->amount, err));
    total->estimated = total->estimated || part->estimated;
    return GR_OK;
}

static const struct report_cell *cell_named(const struct report_table *table,
                                            const struct report_cell *cells, const char *id)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (str_is(table->columns[i].id, id))
            return &cells[i];
    return NULL;
}

/* Ratios of a total are ratios of its sums, never sums of ratios. */
static void total_ratios(const struct report_table *table, struct report_cell *cells)
{
    assert(cells);
    const struct report_cell *change = cell_named(table, cells, "change");
    const struct report_cell *earlier = cell_named(table, cells, "earlier");
    for (size_t i = 0; i < table->column_count; i++) {
        bool ratio = str_is(table->columns[i].id, "change_ratio");
        if (ratio && change && earlier && decimal_sign(earlier->amount) > 0)
            cells[i] = cell_share(change->amount, earlier->amount);
        else if (ratio)
            cells[i] = cell_na();
        else if (str_is(table->columns[i].id, "share"))
            cells[i] = cell_ratio(1);
    }
}

static enum gr_status add_total(struct table_builder *table, struct str currency, size_t rows,
                                struct gr_err *err)
{
    struct report_cell *cells = table_row(table, ROW_TOTAL);
    const struct report_table *t = table->table;
    for (size_t i = 0; i < t->column_count; i++)
        if (str_is(t->columns[i].id, "currency"))
            cells[i] = cell_text(currency);
    if (t->columns[0].kind == CELL_TEXT)
        cells[0] = cell_text(STR("Total"));
    for (size_t r = 0; r < rows; r++) {
        if (!str_equal(row_currency(t, &t->rows[r]), currency))
            continue;
        for (size_t i = 0; i < t->column_count; i++)
            if (t->columns[i].add_up)
                GR_TRY(add_cell(&cells[i], &t->rows[r].cells[i], err));
    }
    total_ratios(t, cells);
    return GR_OK;
}

enum gr_status report_add_totals(struct table_builder *table, struct gr_err *err)
{
    size_t rows = table->table->row_count, count = 0;
    struct str *currencies = arena_alloc(table->arena, (rows + 1) * sizeof *currencies);
    for (size_t r = 0; r < rows; r++) {
        struct str currency = row_currency(table->table, &table->table->rows[r]);
        size_t i = 0;
        while (i < count && !str_equal(currencies[i], currency))
            i++;
        currencies[i] = currency;
        count += i == count;
    }
    for (size_t i = 0; i < count; i++)
        GR_TRY(add_total(table, currencies[i], rows, err));
    return GR_OK;
}
