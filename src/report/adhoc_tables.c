/* Columns, rows and chart of the ad-hoc report. See adhoc_internal.h. */
#include "report/adhoc_internal.h"

#include <string.h>

#include "report/cells.h"
#include "report/names.h"

enum { COLUMNS_MAX = ROLLUP_DIMENSIONS_MAX + 13, CHART_BARS_MAX = 15 };

struct str adhoc_dimension_id(struct str name)
{
    size_t skip = str_starts(name, STR("tag:")) ? 4 : str_starts(name, STR("column:")) ? 7 : 0;
    return skip ? (struct str){name.ptr + skip, name.len - skip} : name; /* it may be absent */
}

struct str adhoc_title(struct arena *arena, struct str name)
{
    struct str title = arena_str(arena, adhoc_dimension_id(name));
    char *text = (char *)(uintptr_t)title.ptr;
    for (size_t i = 0; i < title.len; i++)
        if (text[i] == '_')
            text[i] = ' ';
    if (title.len && text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return title;
}

static struct str short_id(const struct adhoc *a, struct str name)
{
    if (a->context->conversion && str_is(name, "currency"))
        return STR("charged_currency"); /* beside the one that amounts are in now */
    struct str of = selection_parent_of(name);
    if (!of.ptr)
        return adhoc_dimension_id(name);
    const struct str parent[] = {STR("parent"), adhoc_dimension_id(of)};
    return arena_join(a->arena, parent, 2, STR("_"));
}

/* The id of a dimension's column: a tag, column or parent that has the name of another one keeps
 * its "tag:", so that no CSV header and no JSON object has a name twice. */
static struct str column_id(const struct adhoc *a, size_t dimension)
{
    static const char *const taken[] = {"currency",     "total_cost",    "previous_cost",
                                        "change",       "share",         "unpriced_tokens",
                                        "change_ratio", "date",          "record_count",
                                        "direct_cost",  "allocated_cost"};
    const struct str *names = a->request->dimensions;
    struct str id = short_id(a, names[dimension]);
    bool prefixed = memchr(names[dimension].ptr, ':', names[dimension].len) != NULL, twice = false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        twice = twice || str_is(id, taken[i]);
    for (size_t i = 0; i < a->request->dimension_count; i++)
        twice = twice || (i != dimension && str_equal(id, short_id(a, names[i])));
    return prefixed && twice ? names[dimension] : id;
}

static size_t add_dimension_columns(const struct adhoc *a, struct report_column *columns)
{
    for (size_t i = 0; i < a->request->dimension_count; i++) {
        struct str name = a->request->dimensions[i];
        if (a->context->conversion && str_is(name, "currency"))
            name = STR("charged in");
        if (selection_parent_of(name).ptr)
            name = column_id(a, i);
        bool api = a->only_tag && a->request->for_json;
        columns[i] = (struct report_column){.id = api ? STR("tag_value") : column_id(a, i),
                                            .title = adhoc_title(a->arena, name),
                                            .kind = CELL_TEXT};
    }
    return a->request->dimension_count;
}

/* What a group cost on its own and what was allocated: before the total for people, behind all
 * columns for machines. */
static size_t allocated_columns(struct report_column *columns, size_t count, bool people)
{
    columns[count++] = (struct report_column){.id = people ? STR("direct") : STR("direct_cost"),
                                              .title = STR("Direct"),
                                              .kind = CELL_MONEY,
                                              .add_up = true,
                                              .human_only = people,
                                              .csv_only = !people};
    columns[count++] =
        (struct report_column){.id = people ? STR("allocated") : STR("allocated_cost"),
                               .title = STR("Allocated"),
                               .kind = CELL_MONEY,
                               .add_up = true,
                               .signed_change = true,
                               .human_only = people,
                               .csv_only = !people};
    return count;
}

static size_t group_columns(const struct adhoc *a, struct report_column *columns)
{
    size_t count = add_dimension_columns(a, columns);
    bool compare = a->request->compare != COMPARE_NONE;
    struct str cost = a->request->dataset == DATASET_AI
                          ? STR("Cost")
                          : arena_printf(a->arena, "%.*s cost", STR_ARG(a->context->cost));
    cost = adhoc_title(a->arena, cost);
    if (!a->by_currency)
        columns[count++] = (struct report_column){
            .id = STR("currency"), .title = STR("Currency"), .kind = CELL_TEXT};
    if (a->context->allocation)
        count = allocated_columns(columns, count, true);
    columns[count++] = (struct report_column){
        .id = STR("total_cost"), .title = cost, .kind = CELL_MONEY, .add_up = true};
    if (compare) {
        struct str name = report_period_name(a->arena, a->earlier);
        columns[count++] = (struct report_column){.id = STR("previous_cost"),
                                                  .title = name,
                                                  .kind = CELL_MONEY,
                                                  .add_up = true,
                                                  .optional = true};
        columns[count++] = (struct report_column){.id = STR("change"),
                                                  .title = STR("Change"),
                                                  .kind = CELL_MONEY,
                                                  .add_up = true,
                                                  .signed_change = true};
        columns[count++] = (struct report_column){.id = STR("change_ratio"),
                                                  .title = STR("Change %"),
                                                  .kind = CELL_RATIO,
                                                  .decimals = 1,
                                                  .signed_change = true,
                                                  .optional = true};
    }
    columns[count++] = (struct report_column){.id = STR("share"),
                                              .title = STR("Share"),
                                              .kind = CELL_RATIO,
                                              .decimals = 1,
                                              .share_bar = true,
                                              .human_only = true,
                                              .optional = true};
    if (a->request->dataset == DATASET_AI)
        columns[count++] = (struct report_column){.id = STR("unpriced_tokens"),
                                                  .title = STR("Unpriced tokens"),
                                                  .kind = CELL_DECIMAL,
                                                  .add_up = true,
                                                  .optional = true};
    columns[count++] = (struct report_column){.id = STR("record_count"),
                                              .title = STR("Records"),
                                              .kind = CELL_COUNT,
                                              .add_up = true,
                                              .optional = true};
    return a->context->allocation ? allocated_columns(columns, count, false) : count;
}

static const struct group *total_of(const struct group_list *totals, struct str currency)
{
    for (size_t i = 0; i < totals->count; i++)
        if (str_equal(totals->items[i].currency, currency))
            return &totals->items[i];
    return NULL;
}

/* Usage without a price has no currency either: its cost is unknown, which is never shown as 0. */
static struct report_cell usage_money(const struct adhoc *a, struct decimal amount,
                                      struct str currency)
{
    bool unpriced = a->request->dataset == DATASET_AI && !currency.len && decimal_is_zero(amount);
    return unpriced ? cell_na() : cell_money(amount, currency);
}

/* Direct and allocated. */
static enum gr_status allocated_cells(const struct group *group, struct report_cell cells[2],
                                      struct gr_err *err)
{
    struct decimal direct;
    GR_TRY(decimal_sub(group->cost, group->allocated, &direct, err));
    cells[0] = cell_money(direct, group->currency);
    cells[1] = cell_money(group->allocated, group->currency);
    return GR_OK;
}

static enum gr_status fill_row(const struct adhoc *a, const struct group *group,
                               struct report_cell *cells, struct gr_err *err)
{
    size_t at = a->request->dimension_count;
    if (!a->by_currency)
        cells[at++] = cell_text(group->currency);
    struct report_cell allocated[2];
    GR_TRY(allocated_cells(group, allocated, err));
    for (size_t i = 0; i < 2 && a->context->allocation; i++)
        cells[at++] = allocated[i];
    cells[at++] = usage_money(a, group->cost, group->currency);
    if (a->request->compare != COMPARE_NONE) {
        struct decimal change;
        GR_TRY(decimal_sub(group->cost, group->earlier, &change, err));
        cells[at++] = usage_money(a, group->earlier, group->currency);
        cells[at++] = usage_money(a, change, group->currency);
        cells[at++] =
            decimal_sign(group->earlier) > 0 ? cell_share(change, group->earlier) : cell_na();
    }
    const struct group *total = total_of(&a->totals, group->currency);
    cells[at++] = total ? cell_share(group->cost, total->cost) : cell_na();
    if (a->request->dataset == DATASET_AI)
        cells[at++] = cell_decimal(group->unpriced_tokens);
    cells[at++] = cell_count(group->records);
    for (size_t i = 0; i < 2 && a->context->allocation; i++)
        cells[at++] = allocated[i];
    return GR_OK;
}

static void fill_total_keys(const struct adhoc *a, struct str currency, struct report_cell *cells)
{
    for (size_t i = 0; i < a->request->dimension_count; i++) {
        bool names_currency = a->by_currency && str_is(a->request->dimensions[i], "currency");
        if (i == 0 && names_currency)
            cells[0] = cell_text(arena_printf(a->arena, "Total %.*s", STR_ARG(currency)));
        else if (i == 0)
            cells[0] = cell_text(STR("Total"));
        else if (names_currency)
            cells[i] = cell_text(currency);
    }
}

/* Names of the lookup in the columns of dimensions, which begin at column `first`. */
static void name_columns(const struct adhoc *a, struct report_table *table, size_t first)
{
    struct str dimensions[COLUMNS_MAX] = {{0}};
    for (size_t i = 0; i < a->request->dimension_count; i++)
        dimensions[first + i] = a->request->dimensions[i];
    names_apply(a->arena, a->context->names, table, dimensions);
}

enum gr_status adhoc_groups_table(const struct adhoc *a, struct report_table **out,
                                  struct gr_err *err)
{
    struct report_column columns[COLUMNS_MAX];
    size_t column_count = group_columns(a, columns);
    struct table_builder builder = table_begin(a->arena, "groups", STR(""), columns, column_count);
    builder.table->empty_text = STR("No rows in this period.");
    for (size_t i = 0; i < a->groups.count; i++) {
        const struct group *group = &a->groups.items[i];
        struct report_cell *cells = table_row(&builder, group->is_other ? ROW_OTHER : ROW_DATA);
        for (size_t j = 0; j < a->request->dimension_count; j++)
            cells[j] = cell_text(group->keys[j]);
        GR_TRY(fill_row(a, group, cells, err));
    }
    for (size_t i = 0; i < a->totals.count; i++) {
        struct report_cell *cells = table_row(&builder, ROW_TOTAL);
        fill_total_keys(a, a->totals.items[i].currency, cells);
        GR_TRY(fill_row(a, &a->totals.items[i], cells, err));
    }
    name_columns(a, builder.table, 0);
    *out = builder.table;
    return GR_OK;
}

struct report_table *adhoc_totals_table(const struct adhoc *a)
{
    static const struct report_column columns[] = {
        REPORT_COLUMN("currency", "Currency", CELL_TEXT),
        REPORT_COLUMN("total_cost", "Cost", CELL_MONEY),
        REPORT_COLUMN("record_count", "Records", CELL_COUNT),
        REPORT_COLUMN("unpriced_tokens", "Unpriced tokens", CELL_DECIMAL),
    };
    bool ai = a->request->dataset == DATASET_AI;
    struct table_builder builder =
        table_begin(a->arena, "totals", STR("Totals"), columns, ai ? 4 : 3);
    builder.table->json_only = true;
    for (size_t i = 0; i < a->totals.count; i++) {
        const struct group *total = &a->totals.items[i];
        struct report_cell *cells = table_row(&builder, ROW_DATA);
        cells[0] = cell_text(total->currency);
        cells[1] = usage_money(a, total->cost, total->currency);
        cells[2] = cell_count(total->records);
        if (ai)
            cells[3] = cell_decimal(total->unpriced_tokens);
    }
    return builder.table;
}

struct report_table *adhoc_series_table(const struct adhoc *a, bool for_people)
{
    struct report_column columns[COLUMNS_MAX];
    columns[0] = (struct report_column){.id = STR("date"),
                                        .title = adhoc_title(a->arena, a->request->time_series),
                                        .kind = CELL_TEXT};
    size_t count = 1 + add_dimension_columns(a, columns + 1);
    if (!a->by_currency)
        columns[count++] = (struct report_column){
            .id = STR("currency"), .title = STR("Currency"), .kind = CELL_TEXT};
    columns[count++] =
        (struct report_column){.id = STR("total_cost"), .title = STR("Cost"), .kind = CELL_MONEY};
    struct str id = for_people ? arena_printf(a->arena, "by_%.*s", STR_ARG(a->request->time_series))
                               : STR("time_series");
    struct table_builder builder = table_begin(
        a->arena, id.ptr, arena_printf(a->arena, "By %.*s", STR_ARG(a->request->time_series)),
        columns, count);
    builder.table->json_only = a->request->for_json;
    size_t dimensions = a->request->dimension_count;
    for (size_t i = 0; i < a->series.count; i++) {
        const struct group *point = &a->series.items[i];
        struct report_cell *cells = table_row(&builder, ROW_DATA);
        cells[0] = cell_text(point->keys[dimensions]);
        for (size_t j = 0; j < dimensions; j++)
            cells[1 + j] = cell_text(point->keys[j]);
        if (!a->by_currency)
            cells[1 + dimensions] = cell_text(point->currency);
        cells[count - 1] = usage_money(a, point->cost, point->currency);
    }
    name_columns(a, builder.table, 1);
    return builder.table;
}

/* The currency with most records: what charts show. */
static const struct group *main_total(const struct adhoc *a)
{
    const struct group *best = NULL;
    for (size_t i = 0; i < a->totals.count; i++)
        if (!best || a->totals.items[i].records > best->records)
            best = &a->totals.items[i];
    return best;
}

static struct str keys_text(const struct adhoc *a, const struct group *group)
{
    struct str keys[ROLLUP_DIMENSIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < a->request->dimension_count; i++)
        if (i == 0 || group->keys[i].len)
            keys[count++] =
                names_shown(a->arena, a->context->names, a->request->dimensions[i], group->keys[i]);
    return arena_join(a->arena, keys, count, STR(", "));
}

struct report_chart *adhoc_chart(const struct adhoc *a)
{
    const struct group *total = main_total(a);
    bool compare = a->request->compare != COMPARE_NONE;
    struct report_chart *chart = arena_alloc_zeroed(a->arena, 1, sizeof *chart);
    chart->x = arena_alloc_zeroed(a->arena, CHART_BARS_MAX, sizeof *chart->x);
    chart->series = arena_alloc_zeroed(a->arena, 2, sizeof *chart->series);
    chart->series_count = compare ? 2 : 1;
    for (size_t i = 0; i < chart->series_count; i++)
        chart->series[i].values = arena_alloc_zeroed(a->arena, CHART_BARS_MAX, sizeof(double));
    chart->series[0].name = a->context->period_name;
    if (compare)
        chart->series[1].name = report_period_name(a->arena, a->earlier);
    for (size_t i = 0; i < a->groups.count && chart->x_count < CHART_BARS_MAX; i++) {
        const struct group *group = &a->groups.items[i];
        if (!str_equal(group->currency, total->currency))
            continue;
        chart->x[chart->x_count] = keys_text(a, group);
        chart->series[0].values[chart->x_count] = decimal_to_double(group->cost);
        if (compare)
            chart->series[1].values[chart->x_count] = decimal_to_double(group->earlier);
        chart->x_count++;
    }
    chart->kind = CHART_BARS;
    chart->id = STR("groups_chart");
    chart->template_name = STR("bars.gp");
    chart->unit = total->currency;
    chart->title = arena_printf(a->arena, "%.*s cost, %.*s (%.*s)", STR_ARG(a->context->cost),
                                STR_ARG(a->context->period_name), STR_ARG(total->currency));
    chart->title = adhoc_title(a->arena, chart->title);
    chart->alt = arena_printf(a->arena, "Bars of the %zu largest groups", chart->x_count);
    return chart;
}
