/* A named report: definition -> document. Tables and charts come from queries, blocks from
 * blocks[].
 *
 * Every query gets the parameters that it declares: :from :to :earlier_from :earlier_to :as_of
 * :filter :cost :basis :currency, and the definition's own. Called by the report command.
 */
#include <string.h>

#include "report/blocks.h"
#include "report/definition.h"
#include "report/names.h"
#include "report/report_internal.h"
#include "rollup/rollup.h"

static const struct report_block blocks[] = {
    {"key-figures",      block_key_figures,      false},
    {"budgets",          block_budgets,          false},
    {"gpu-idle",         block_gpu_idle,         false},
    {"method",           block_method,           true },
    {"recon-invoices",   block_recon_invoices,   true },
    {"recon-categories", block_recon_categories, true },
    {"recon-bridge",     block_recon_bridge,     true },
    {"recon-months",     block_recon_months,     true },
    {"recon-restated",   block_recon_restated,   true },
    {"recon-complete",   block_recon_complete,   true },
    {"recon-identities", block_recon_identities, true },
    {"allocation",       block_allocation,       false},
};

const struct report_block *report_block_named(struct str name)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (str_is(name, blocks[i].name))
            return &blocks[i];
    return NULL;
}

/* Replaces {period}, {earlier}, {currency}, {cost} in a title; without a currency no brackets are
 * left of it. */
struct str report_fill_text(struct building *b, struct str text)
{
    const struct {
        struct str mark, value;
    } marks[] = {
        {STR("{period}"),  b->context->period_name             },
        {STR("{earlier}"), report_period_name(b->context->arena, b->earlier)},
        {STR("{currency}"),                b->currency                                   },
        {STR("{cost}"),                b->context->cost    },
        {STR(" ({currency})"),                STR("")                            },
    };
    size_t mark_count = b->currency.len ? 4 : 5;
    struct strbuf out;
    strbuf_init(&out, 1 << 16);
    for (size_t at = 0; at < text.len;) {
        size_t i = 0;
        while (i < mark_count &&
               !str_starts((struct str){text.ptr + at, text.len - at}, marks[i].mark))
            i++;
        if (i < mark_count) {
            strbuf_append(&out, marks[i].value);
            at += marks[i].mark.len;
        } else {
            strbuf_append_char(&out, text.ptr[at++]);
        }
    }
    if (out.len && out.ptr[0] >= 'a' && out.ptr[0] <= 'z')
        out.ptr[0] = (char)(out.ptr[0] - 'a' + 'A'); /* "{cost} cost" begins a heading */
    struct str result = arena_str(b->context->arena, out.len ? strbuf_str(&out) : STR(""));
    strbuf_deinit(&out);
    return result;
}

static enum gr_status bind_standard(struct building *b, struct sql_query *query, struct gr_err *err)
{
    const struct report_context *c = b->context;
    char days[5][11];
    day_format(c->days.first, days[0]);
    day_format(c->days.end, days[1]);
    day_format(b->earlier.first, days[2]);
    day_format(b->earlier.end, days[3]);
    day_format(c->as_of, days[4]);
    const struct {
        const char *name;
        struct str value;
    } standard[] = {
        {"from",         str_from(days[0])                             },
        {"to",           str_from(days[1])                             },
        {"earlier_from", str_from(days[2])                             },
        {"earlier_to",   str_from(days[3])                             },
        {"as_of",        str_from(days[4])                             },
        {"filter",       c->filter                                     },
        {"cost",         c->cost                                       },
        {"basis",        str_from(c->by_billing ? "billing" : "charge")},
        {"currency",     b->currency                                   },
    };
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (sql_has_parameter(query, standard[i].name))
            GR_TRY(sql_bind(query, standard[i].name, standard[i].value, err));
    return GR_OK;
}

static enum gr_status open_query(struct building *b, const struct definition_item *item,
                                 struct sql_query **out, struct gr_err *err)
{
    struct str name = arena_str(b->context->arena, item->query);
    if (!name.len)
        return gr_fail(err, GR_EUSAGE, "reports/%.*s.report:%u: %.*s has no query",
                       STR_ARG(b->definition->name), item->line, STR_ARG(item->id));
    GR_TRY(sql_query_named(b->context->sql, name.ptr, out, err));
    enum gr_status status = bind_standard(b, *out, err);
    for (size_t i = 0; i < item->param_count && !status; i++)
        status = sql_bind(*out, item->params[i].name.ptr, item->params[i].value, err);
    if (status)
        sql_query_close(*out);
    return status;
}

static enum gr_status wanted_column(const struct building *b, const struct definition_item *item,
                                    const struct sql_query *query, struct str name, int *out,
                                    struct gr_err *err)
{
    struct str text = arena_str(b->context->arena, name);
    *out = name.len ? sql_column_named(query, text.ptr) : -1;
    if (name.len && *out < 0)
        return gr_fail(err, GR_EUSAGE, "reports/%.*s.report:%u: query %.*s has no column %.*s",
                       STR_ARG(b->definition->name), item->line, STR_ARG(item->query),
                       STR_ARG(name));
    return GR_OK;
}

static enum gr_status read_cell(struct arena *arena, const struct sql_query *query, int column,
                                enum cell_kind kind, struct str currency, struct report_cell *out,
                                struct gr_err *err)
{
    struct decimal amount;
    *out = cell_none();
    if (sql_column_type(query, column) == SQL_NULL) {
        *out = kind == CELL_TEXT ? cell_none() : cell_na();
        return GR_OK;
    }
    switch (kind) {
    case CELL_MONEY:
    case CELL_DECIMAL:
        GR_TRY(sql_column_decimal(query, column, &amount, err));
        *out = kind == CELL_MONEY ? cell_money(amount, currency) : cell_decimal(amount);
        return GR_OK;
    case CELL_COUNT:
        *out = cell_count(sql_column_int(query, column));
        return GR_OK;
    case CELL_RATIO:
        *out = cell_ratio(sql_column_real(query, column));
        return GR_OK;
    case CELL_DAY: {
        struct day day;
        if (day_read(sql_column_text(query, column), &day))
            *out = cell_day(day);
        return GR_OK;
    }
    default:
        *out = cell_text(arena_str(arena, sql_column_text(query, column)));
        return GR_OK;
    }
}

static enum gr_status fill_table(struct building *b, const struct definition_item *item,
                                 struct sql_query *query, struct table_builder *table,
                                 struct gr_err *err)
{
    int sources[DEFINITION_COLUMNS_MAX];
    int currency_at = sql_column_named(query, "currency");
    struct arena *arena = b->context->arena;
    for (size_t i = 0; i < item->column_count; i++)
        GR_TRY(wanted_column(b, item, query, item->columns[i].source, &sources[i], err));
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        struct str currency =
            currency_at < 0 ? b->currency : arena_str(arena, sql_column_text(query, currency_at));
        struct report_cell *cells = table_row(table, ROW_DATA);
        for (size_t i = 0; i < item->column_count; i++)
            GR_TRY(read_cell(arena, query, sources[i], item->columns[i].column.kind, currency,
                             &cells[i], err));
    }
}

/* The largest rows stay, the rest is counted and said; totals (behind the first `data` rows) are of
 * all rows and stay too. Rows come sorted from the query. */
static void cut_table(const struct definition_item *item, struct report_table *table, size_t data)
{
    if (!item->limit || data <= item->limit)
        return;
    size_t totals = table->row_count - data;
    memmove(table->rows + item->limit, table->rows + data, totals * sizeof *table->rows);
    table->rows_not_shown = data - item->limit;
    table->row_count = item->limit + totals;
}

bool report_filters_apply(const struct report_context *context, enum dataset dataset)
{
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    struct gr_err ignored = {0};
    size_t count;
    if (sql_filters_read(context->arena, context->filter, filters, &count, &ignored))
        return true; /* the query says what is wrong with it */
    for (size_t i = 0; i < count; i++)
        if (!rollup_filter_is_void(dataset, &filters[i]) &&
            rollup_check_dimension_of(context->store, dataset, filters[i].dimension, &ignored))
            return false;
    return true;
}

/* A part over LLM usage under filters that usage does not know. */
static bool filtered_away(const struct building *b, const struct definition_item *item)
{
    struct str name = arena_str(b->context->arena, item->query);
    struct str text =
        name.len ? sql_named_text(b->context->arena, b->context->home, name.ptr) : STR_NONE;
    bool over_usage = text.ptr && memmem(text.ptr, text.len, "ai_rollup(", 10);
    return over_usage && !report_filters_apply(b->context, DATASET_AI);
}

/* The dimension that the definition's `param.dimension` names; absent without one. */
static struct str item_dimension(const struct definition_item *item)
{
    for (size_t i = 0; i < item->param_count; i++)
        if (str_is(item->params[i].name, "dimension"))
            return item->params[i].value;
    return STR_NONE;
}

/* A column `key` holds values of param.dimension, one named as a dimension those of that. */
static void name_table(const struct building *b, const struct definition_item *item,
                       struct report_table *table)
{
    struct str dimensions[DEFINITION_COLUMNS_MAX];
    for (size_t i = 0; i < item->column_count; i++) {
        struct str source = item->columns[i].source;
        bool is_text = item->columns[i].column.kind == CELL_TEXT;
        dimensions[i] = !is_text ? STR_NONE : str_is(source, "key") ? item_dimension(item) : source;
    }
    names_apply(b->context->arena, b->context->names, table, dimensions);
}

static void name_chart(const struct building *b, const struct definition_item *item,
                       struct report_chart *chart)
{
    struct str dimension = item_dimension(item);
    if (!dimension.ptr)
        return;
    for (size_t i = 0; i < chart->x_count && str_is(item->x, "key"); i++)
        chart->x[i] = names_shown(b->context->arena, b->context->names, dimension, chart->x[i]);
    for (size_t i = 0; i < chart->series_count && str_is(item->series, "key"); i++)
        chart->series[i].name =
            names_shown(b->context->arena, b->context->names, dimension, chart->series[i].name);
}

static enum gr_status build_table(struct building *b, const struct definition_item *item,
                                  struct section_builder *section, struct gr_err *err)
{
    struct report_column columns[DEFINITION_COLUMNS_MAX];
    for (size_t i = 0; i < item->column_count; i++) {
        columns[i] = item->columns[i].column;
        columns[i].title = report_fill_text(b, columns[i].title);
    }
    struct str id = arena_str(b->context->arena, item->id);
    struct table_builder table = table_begin(
        b->context->arena, id.ptr, report_fill_text(b, item->title), columns, item->column_count);
    table.table->empty_text = item->empty.len ? item->empty : STR("No rows in this period.");
    if (filtered_away(b, item)) {
        table.table->empty_text = STR("The filters of this report do not apply to LLM usage.");
        section_table(section, table.table);
        return GR_OK;
    }
    struct sql_query *query = NULL;
    GR_TRY(open_query(b, item, &query, err));
    enum gr_status status = fill_table(b, item, query, &table, err);
    sql_query_close(query);
    size_t data = table.table->row_count;
    if (!status && item->total)
        status = report_add_totals(&table, err);
    if (status)
        return gr_wrap(err, "table %s", id.ptr);
    cut_table(item, table.table, data);
    name_table(b, item, table.table);
    section_table(section, table.table);
    return GR_OK;
}

static enum gr_status build_block(struct building *b, const struct definition_item *item,
                                  struct section_builder *section, struct gr_err *err)
{
    const struct report_block *block = report_block_named(item->id);
    if (!block)
        return gr_fail(err, GR_EUSAGE, "reports/%.*s.report:%u: no block named %.*s",
                       STR_ARG(b->definition->name), item->line, STR_ARG(item->id));
    struct report_context context = *b->context;
    if (block->as_charged)
        context.conversion = NULL;
    report_context_apply(&context);
    enum gr_status status = block->build(&context, section, err);
    report_context_apply(b->context);
    return status ? gr_wrap(err, "block %s", block->name) : GR_OK;
}

static enum gr_status build_chart(struct building *b, const struct definition_item *item,
                                  struct section_builder *section, struct gr_err *err)
{
    struct sql_query *query = NULL;
    struct report_chart *chart = NULL;
    if (filtered_away(b, item))
        return GR_OK;
    GR_TRY(open_query(b, item, &query, err));
    struct chart_columns columns;
    enum gr_status status = wanted_column(b, item, query, item->x, &columns.x, err);
    if (!status)
        status = wanted_column(b, item, query, item->value, &columns.value, err);
    if (!status)
        status = wanted_column(b, item, query, item->earlier, &columns.earlier, err);
    if (!status)
        status = wanted_column(b, item, query, item->series, &columns.series, err);
    if (!status)
        status = report_chart_fill(b, item, query, &columns, &chart, err);
    sql_query_close(query);
    if (status)
        return gr_wrap(err, "chart %.*s", STR_ARG(item->id));
    name_chart(b, item, chart);
    if (chart->x_count)
        section_chart(section, chart);
    return GR_OK;
}

static enum gr_status build_section(struct building *b, const struct definition_section *from,
                                    struct report_section *out, struct gr_err *err)
{
    struct str id = arena_str(b->context->arena, from->id);
    struct section_builder section =
        section_begin(b->context->arena, id.ptr, report_fill_text(b, from->title));
    section.section.new_page = from->new_page;
    for (size_t i = 0; i < from->item_count; i++) {
        const struct definition_item *item = &from->items[i];
        if (item->kind == DEFINE_TABLE)
            GR_TRY(build_table(b, item, &section, err));
        else if (item->kind == DEFINE_CHART)
            GR_TRY(build_chart(b, item, &section, err));
        else
            GR_TRY(build_block(b, item, &section, err));
    }
    if (from->note.len)
        section_text(&section, ITEM_NOTE, report_fill_text(b, from->note));
    *out = section.section;
    return GR_OK;
}

static enum gr_status build_head(struct building *b, struct report_doc *doc, struct gr_err *err)
{
    const struct report_context *c = b->context;
    char first[11], last[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    doc->id = b->definition->name;
    doc->title = arena_printf(c->arena, "%.*s, %.*s", STR_ARG(b->definition->title),
                              STR_ARG(c->period_name));
    doc->subtitle = arena_printf(c->arena, "%s %s to %s %.*s, %.*s cost unless said otherwise",
                                 c->by_billing ? "billed" : "charged", first, last,
                                 STR_ARG(c->zone_name), STR_ARG(c->cost));
    if (c->filter.len)
        doc->subtitle = arena_join(c->arena, (struct str[]){doc->subtitle, report_filter_text(c)},
                                   2, STR(", "));
    struct report_context as_charged = *c; /* rows are counted: no rate is needed */
    as_charged.conversion = NULL;
    report_context_apply(&as_charged);
    enum gr_status status = report_status(&as_charged, &doc->status, err);
    report_context_apply(c);
    return status;
}

/* Rules that a report would pass over in silence are a mistake. */
static enum gr_status check_allocation(const struct report_context *context,
                                       const struct report_definition *definition,
                                       struct gr_err *err)
{
    bool shares = false;
    for (size_t i = 0; i < definition->section_count; i++)
        for (size_t k = 0; k < definition->sections[i].item_count; k++) {
            const struct definition_item *item = &definition->sections[i].items[k];
            shares = shares || (item->kind == DEFINE_BLOCK && str_is(item->id, "allocation"));
        }
    if (!context->allocation || shares)
        return GR_OK;
    return gr_fail(err, GR_EUSAGE,
                   "--allocation: report %.*s shares no costs; `report allocation` and ad-hoc "
                   "reports do",
                   STR_ARG(definition->name));
}

enum gr_status report_named(const struct report_context *context, const char *name,
                            struct report_doc *doc, struct gr_err *err)
{
    struct str text = definition_text(context->arena, context->home, name);
    if (!text.ptr)
        return gr_fail(err, GR_EUSAGE, "no report named %s; `gpureport reports` lists them", name);
    struct report_definition definition;
    GR_TRY(definition_read(context->arena, name, text, &definition, err));
    GR_TRY(check_allocation(context, &definition, err));
    struct building b = {.context = context,
                         .definition = &definition,
                         .earlier = report_earlier_period(context->days, COMPARE_PREVIOUS)};
    GR_TRY(report_main_currency(context, &b.currency, err));
    GR_TRY(build_head(&b, doc, err));
    doc->sections =
        arena_alloc_zeroed(context->arena, definition.section_count, sizeof *doc->sections);
    for (size_t i = 0; i < definition.section_count; i++)
        if (build_section(&b, &definition.sections[i], &doc->sections[i], err))
            return gr_wrap(err, "report %s", name);
    doc->section_count = definition.section_count;
    report_add_inputs(context, doc);
    return GR_OK;
}
