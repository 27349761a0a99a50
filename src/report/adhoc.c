/* The ad-hoc report: groups of one cost as a document. Called by the ad-hoc command.
 */
#include <string.h>

#include "report/cells.h"
#include "report/fx.h"
#include "report/groups.h"
#include "report/names.h"
#include "report/report.h"
#include "report/selection.h"

enum { COLUMNS_MAX = ROLLUP_DIMENSIONS_MAX + 9, CHART_BARS_MAX = 15 };

/* One report in the making. */
struct adhoc {
    const struct report_context *context;
    const struct adhoc_request *request;
    struct arena *arena;
    struct group_list groups, totals, series;
    struct date_range earlier;
    unsigned time_mask;
    bool only_tag;    /* one tag: the shape of the API */
    bool by_currency; /* a dimension is the currency column that is always there */
};

/* tag:team -> team, column:x_Foo -> x_Foo */
static struct str dimension_id(struct str name)
{
    size_t skip = str_starts(name, STR("tag:")) ? 4 : str_starts(name, STR("column:")) ? 7 : 0;
    return (struct str){name.ptr + skip, name.len - skip};
}

static struct str dimension_title(struct arena *arena, struct str name)
{
    struct str title = arena_str(arena, dimension_id(name));
    char *text = (char *)(uintptr_t)title.ptr;
    for (size_t i = 0; i < title.len; i++)
        if (text[i] == '_')
            text[i] = ' ';
    if (title.len && text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return title;
}

/* The id of a dimension's column: a tag or column that has the name of another one keeps its
 * "tag:", so that no CSV header and no JSON object has a name twice. */
static struct str column_id(const struct adhoc *a, size_t dimension)
{
    static const char *const taken[] = {"currency",     "total_cost", "previous_cost",
                                        "change",       "share",      "unpriced_tokens",
                                        "change_ratio", "date",       "record_count"};
    const struct str *names = a->request->dimensions;
    if (a->context->conversion && str_is(names[dimension], "currency"))
        return STR("charged_currency"); /* beside the one that amounts are in now */
    struct str of = selection_parent_of(names[dimension]);
    if (of.ptr)
        return arena_join(a->arena, (const struct str[]){STR("parent"), dimension_id(of)}, 2,
                          STR("_"));
    struct str id = dimension_id(names[dimension]);
    bool prefixed = id.len != names[dimension].len, twice = false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        twice = twice || str_is(id, taken[i]);
    for (size_t i = 0; i < a->request->dimension_count; i++)
        twice = twice || (i != dimension && str_equal(id, dimension_id(names[i])));
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
                                            .title = dimension_title(a->arena, name),
                                            .kind = CELL_TEXT};
    }
    return a->request->dimension_count;
}

static size_t group_columns(const struct adhoc *a, struct report_column *columns)
{
    size_t count = add_dimension_columns(a, columns);
    bool compare = a->request->compare != COMPARE_NONE;
    struct str cost = a->request->dataset == DATASET_AI
                          ? STR("Cost")
                          : arena_printf(a->arena, "%.*s cost", STR_ARG(a->context->cost));
    cost = dimension_title(a->arena, cost);
    if (!a->by_currency)
        columns[count++] = (struct report_column){
            .id = STR("currency"), .title = STR("Currency"), .kind = CELL_TEXT};
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
    return count;
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

static enum gr_status fill_row(const struct adhoc *a, const struct group *group,
                               struct report_cell *cells, struct gr_err *err)
{
    size_t at = a->request->dimension_count;
    if (!a->by_currency)
        cells[at++] = cell_text(group->currency);
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
    cells[at] = cell_count(group->records);
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

static enum gr_status build_groups(const struct adhoc *a, struct report_table **out,
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

static struct report_table *build_totals(const struct adhoc *a)
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

/* Key of the series is the last dimension; it comes first in the rows. `time_series` is what JSON
 * shows and trends are drawn from; `by_day` is the same as a table of its own, for people. */
static struct report_table *build_series(const struct adhoc *a, bool for_people)
{
    struct report_column columns[COLUMNS_MAX];
    columns[0] = (struct report_column){.id = STR("date"),
                                        .title = dimension_title(a->arena, a->request->time_series),
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
            keys[count++] = names_shown(a->arena, a->context->names, a->request->dimensions[i],
                                        group->keys[i]);
    return arena_join(a->arena, keys, count, STR(", "));
}

static struct report_chart *build_chart(const struct adhoc *a)
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
    chart->title = dimension_title(a->arena, chart->title);
    chart->alt = arena_printf(a->arena, "Bars of the %zu largest groups", chart->x_count);
    return chart;
}

static struct str json_head(const struct adhoc *a)
{
    const struct report_context *c = a->context;
    char first[11], last[11], as_of[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    day_format(c->as_of, as_of);
    struct str names[ROLLUP_DIMENSIONS_MAX];
    for (size_t i = 0; i < a->request->dimension_count; i++)
        names[i] = json_quoted(a->arena, a->request->dimensions[i]);
    struct str list = arena_join(a->arena, names, a->request->dimension_count, STR(","));
    struct str zone = json_quoted(a->arena, c->zone_name);
    struct str head = arena_printf(
        a->arena,
        "\"report\":\"%s\",\"dimensions\":[%s],\"dataset\":\"%s\",\"cost\":\"%.*s\","
        "\"period\":{\"first\":\"%s\",\"last\":\"%s\",\"tz\":%s,\"basis\":\"%s\"},"
        "\"as_of\":\"%s\"",
        a->only_tag ? "by-tag" : "by-dimension", list.ptr, dataset_name(a->request->dataset),
        STR_ARG(c->cost), first, last, zone.ptr, c->by_billing ? "billing" : "charge", as_of);
    if (!c->filter.len)
        return head;
    const struct str parts[] = {head, STR(",\"filter\":"),
                                json_quoted(a->arena, report_filter_text(c))};
    return arena_join(a->arena, parts, 3, STR(""));
}

static struct str join_titles(const struct adhoc *a)
{
    struct str ids[ROLLUP_DIMENSIONS_MAX];
    for (size_t i = 0; i < a->request->dimension_count; i++)
        ids[i] = dimension_id(a->request->dimensions[i]);
    return arena_join(a->arena, ids, a->request->dimension_count, STR(", "));
}

static void fill_head(const struct adhoc *a, struct report_doc *doc)
{
    const struct report_context *c = a->context;
    bool ai = a->request->dataset == DATASET_AI;
    doc->id = a->only_tag ? STR("by-tag") : STR("by-dimension");
    doc->title = a->request->dimension_count
                     ? arena_printf(a->arena, "%s by %.*s", ai ? "LLM spend" : "Spend",
                                    STR_ARG(join_titles(a)))
                     : str_from(ai ? "LLM spend" : "Spend");
    char first[11], last[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    doc->subtitle =
        arena_printf(a->arena, "%s %s to %s %.*s, %.*s cost", c->by_billing ? "billed" : "charged",
                     first, last, STR_ARG(c->zone_name), STR_ARG(c->cost));
    struct str rest = c->filter;
    while (rest.ptr && rest.len) {
        struct str line = str_cut(&rest, '\n');
        const struct str parts[] = {doc->subtitle, line};
        doc->subtitle = arena_join(a->arena, parts, 2, STR(", "));
    }
    doc->json_head = json_head(a);
    if (c->conversion)
        doc->json_head =
            arena_join(a->arena, (const struct str[]){doc->json_head, fx_json(c)}, 2, STR(","));
}

/* May the rollup leave out what is not of the top? It knows one period without times. */
static bool rollup_keeps_top(const struct adhoc *a)
{
    const struct adhoc_request *request = a->request;
    return selection_is_plain(a->context, request->dimensions, request->dimension_count) &&
           request->dataset == DATASET_COST && request->dimension_count && !a->time_mask &&
           request->compare == COMPARE_NONE && !request->time_series.ptr;
}

static enum gr_status query_all(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    struct group_question question = {request->dataset, request->dimensions,
                                      request->dimension_count, a->context->days,
                                      rollup_keeps_top(a) ? request->top : 0};
    GR_TRY(selection_query(a->context, &question, &a->groups, err));
    if (request->compare != COMPARE_NONE) {
        struct group_list earlier;
        a->earlier = report_earlier_period(a->context->days, request->compare);
        question.days = a->earlier;
        GR_TRY(selection_query(a->context, &question, &earlier, err));
        groups_compare(a->arena, &a->groups, &earlier);
        question.days = a->context->days;
    }
    GR_TRY(groups_totals(a->arena, &a->groups, &a->totals, err));
    if (!request->time_series.ptr)
        return GR_OK;
    struct str dimensions[ROLLUP_DIMENSIONS_MAX];
    memcpy(dimensions, request->dimensions, sizeof dimensions);
    dimensions[request->dimension_count] = request->time_series;
    question.dimensions = dimensions;
    question.dimension_count = request->dimension_count + 1;
    return selection_query(a->context, &question, &a->series, err);
}

static enum gr_status check_request(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    for (size_t i = 0; i < request->dimension_count; i++)
        if (dimension_is_time(request->dimensions[i]))
            a->time_mask |= 1u << i;
        else if (str_is(request->dimensions[i], "currency") && !a->context->conversion)
            a->by_currency = true;
    if (request->compare != COMPARE_NONE && a->time_mask)
        return gr_fail(
            err, GR_EUSAGE,
            "--compare does not go with a time dimension: the days of two periods differ");
    if (request->time_series.ptr && a->time_mask)
        return gr_fail(err, GR_EUSAGE, "--time-series does not go with a time dimension in --by");
    if (request->time_series.ptr && request->dimension_count == ROLLUP_DIMENSIONS_MAX)
        return gr_fail(err, GR_EUSAGE, "--time-series goes with up to %d dimensions",
                       ROLLUP_DIMENSIONS_MAX - 1);
    a->only_tag = request->dimension_count == 1 && str_starts(request->dimensions[0], STR("tag:"));
    return GR_OK;
}

/* (other) rows of a time belong behind that time's rows. */
static void sort_by_time(struct group_list *list, unsigned time_mask)
{
    size_t key = 0;
    while (key < ROLLUP_DIMENSIONS_MAX && !(time_mask >> key & 1))
        key++;
    for (size_t i = 1; i < list->count; i++) {
        struct group moved = list->items[i];
        if (!moved.is_other)
            continue;
        size_t at = i;
        while (at > 0 && str_compare(list->items[at - 1].keys[key], moved.keys[key]) > 0) {
            list->items[at] = list->items[at - 1];
            at--;
        }
        list->items[at] = moved;
    }
}

/* The N largest and (other), in the groups and in their series alike. */
static enum gr_status keep_top(struct adhoc *a, struct gr_err *err)
{
    const struct adhoc_request *request = a->request;
    size_t count = request->dimension_count;
    if (!request->top || !count || rollup_keeps_top(a))
        return GR_OK;
    GR_TRY(groups_top(a->arena, &a->groups, request->top, count, a->time_mask, err));
    if (a->time_mask)
        sort_by_time(&a->groups, a->time_mask);
    if (!request->time_series.ptr)
        return GR_OK;
    GR_TRY(groups_top(a->arena, &a->series, request->top, count + 1, 1u << count, err));
    sort_by_time(&a->series, 1u << count);
    return GR_OK;
}

enum gr_status report_adhoc(const struct report_context *context,
                            const struct adhoc_request *request, struct report_doc *doc,
                            struct gr_err *err)
{
    struct adhoc a = {.context = context, .request = request, .arena = context->arena};
    GR_TRY(check_request(&a, err));
    GR_TRY(query_all(&a, err));
    GR_TRY(keep_top(&a, err));
    fill_head(&a, doc);
    struct report_table *groups;
    GR_TRY(build_groups(&a, &groups, err));
    struct section_builder section = section_begin(a.arena, "groups", STR(""));
    if (a.groups.count > 1 && !a.time_mask)
        section_chart(&section, build_chart(&a));
    section_table(&section, groups);
    section_table(&section, build_totals(&a));
    if (request->time_series.ptr)
        section_table(&section, build_series(&a, false));
    if (request->time_series.ptr && !request->for_json)
        section_table(&section, build_series(&a, true));
    doc->sections = arena_alloc(a.arena, sizeof *doc->sections);
    doc->sections[0] = section.section;
    doc->section_count = 1;
    report_add_inputs(context, doc);
    return GR_OK;
}
