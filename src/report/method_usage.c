/* LLM usage beside the bills: what counts once (contract: Meanings). Part of the reconciliation
 * page, see method_reconcile.h.
 */
#include "report/method_reconcile.h"

#include <string.h>

#include "load/load.h"
#include "report/block_tables.h"
#include "report/report_internal.h"

static const struct block_column usage_columns[] = {
    {"provider",        "Provider",           CELL_TEXT,    0                            },
    {"currency",        "Currency",           CELL_TEXT,    BLOCK_CSV_ONLY               },
    {"records",         "Usage rows",         CELL_COUNT,   BLOCK_ADD_UP                 },
    {"usage_cost",      "Usage cost",         CELL_MONEY,   BLOCK_ADD_UP                 },
    {"carried",         "Came with the rows", CELL_MONEY,   BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"in_bills",        "Days with a bill",   CELL_MONEY,   BLOCK_ADD_UP                 },
    {"counted",         "Counts on its own",  CELL_MONEY,   BLOCK_ADD_UP                 },
    {"unpriced_tokens", "Unpriced tokens",    CELL_DECIMAL, BLOCK_ADD_UP | BLOCK_OPTIONAL},
};
enum { USAGE_COLUMNS = sizeof usage_columns / sizeof *usage_columns };

struct billed_day {
    struct str slug;
    struct str day;
};

struct usage_line {
    struct str provider, currency;
    int64_t rows;
    struct decimal cost, carried, in_bills, unpriced;
};

struct usage {
    struct arena *arena;
    struct billed_day *billed; /* by day */
    size_t billed_count, billed_capacity;
    struct usage_line *lines;
    size_t line_count, line_capacity;
};

static enum gr_status read_billed_days(struct usage *u, struct sql_query *query, struct gr_err *err)
{
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        if (u->billed_count == u->billed_capacity) {
            u->billed_capacity = u->billed_capacity ? u->billed_capacity * 2 : 256;
            struct billed_day *grown = arena_alloc(u->arena, u->billed_capacity * sizeof *grown);
            if (u->billed_count)
                memcpy(grown, u->billed, u->billed_count * sizeof *grown);
            u->billed = grown;
        }
        struct str provider = arena_str(u->arena, sql_column_text(query, 1));
        u->billed[u->billed_count++] = (struct billed_day){
            load_provider_slug(u->arena, provider), arena_str(u->arena, sql_column_text(query, 0))};
    }
}

/* Days come sorted: a search by halves finds the first entry of the day. */
static bool is_billed(const struct usage *u, struct str slug, struct str day)
{
    size_t low = 0, high = u->billed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(u->billed[middle].day, day) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < u->billed_count && str_equal(u->billed[low].day, day); low++)
        if (str_equal(u->billed[low].slug, slug))
            return true;
    return false;
}

static struct usage_line *usage_line_of(struct usage *u, struct str provider, struct str currency)
{
    for (size_t i = 0; i < u->line_count; i++)
        if (str_equal(u->lines[i].provider, provider) && str_equal(u->lines[i].currency, currency))
            return &u->lines[i];
    if (u->line_count == u->line_capacity) {
        u->line_capacity = u->line_capacity ? u->line_capacity * 2 : 16;
        struct usage_line *grown = arena_alloc(u->arena, u->line_capacity * sizeof *grown);
        if (u->line_count)
            memcpy(grown, u->lines, u->line_count * sizeof *grown);
        u->lines = grown;
    }
    u->lines[u->line_count] = (struct usage_line){.provider = arena_str(u->arena, provider),
                                                  .currency = arena_str(u->arena, currency)};
    return &u->lines[u->line_count++];
}

static enum gr_status read_usage(struct usage *u, struct sql_query *query, struct gr_err *err)
{
    for (bool row;;) {
        struct decimal cost, carried, unpriced;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        struct usage_line *line =
            usage_line_of(u, sql_column_text(query, 1), sql_column_text(query, 2));
        GR_TRY(sql_column_decimal(query, 3, &cost, err));
        GR_TRY(sql_column_decimal(query, 4, &carried, err));
        GR_TRY(sql_column_decimal(query, 6, &unpriced, err));
        line->rows += sql_column_int(query, 5);
        GR_TRY(decimal_add(line->cost, cost, &line->cost, err));
        GR_TRY(decimal_add(line->carried, carried, &line->carried, err));
        GR_TRY(decimal_add(line->unpriced, unpriced, &line->unpriced, err));
        struct str slug = load_provider_slug(u->arena, line->provider);
        if (is_billed(u, slug, sql_column_text(query, 0)))
            GR_TRY(decimal_add(line->in_bills, cost, &line->in_bills, err));
    }
}

static enum gr_status
usage_query(const struct report_context *context, struct usage *u, const char *name,
            enum gr_status (*read)(struct usage *, struct sql_query *, struct gr_err *),
            struct gr_err *err)
{
    struct sql_query *query;
    GR_TRY(sql_query_named(context->sql, name, &query, err));
    char first[11], end[11];
    day_format(context->days.first, first);
    day_format(context->days.end, end);
    enum gr_status status = sql_bind(query, "from", str_from(first), err);
    if (!status)
        status = sql_bind(query, "to", str_from(end), err);
    if (!status && sql_has_parameter(query, "filter"))
        status = sql_bind(query, "filter", context->filter, err);
    if (!status)
        status = read(u, query, err);
    sql_query_close(query);
    return status;
}

/* Unpriced usage has no currency: it stands with the provider's priced usage where there is some.
 */
static void fold_unpriced(struct usage *u)
{
    size_t kept = 0;
    for (size_t i = 0; i < u->line_count; i++) {
        struct usage_line line = u->lines[i], *home = NULL;
        bool costless = decimal_is_zero(line.cost) && !line.currency.len;
        for (size_t j = 0; j < u->line_count && costless && !home; j++)
            if (u->lines[j].currency.len && str_equal(u->lines[j].provider, line.provider))
                home = &u->lines[j];
        struct decimal sum;
        struct gr_err ignored = {0};
        if (home && !decimal_add(home->unpriced, line.unpriced, &sum, &ignored)) {
            home->unpriced = sum;
            home->rows += line.rows;
        } else {
            u->lines[kept++] = line;
        }
    }
    u->line_count = kept;
}

static enum gr_status fill_usage(const struct usage_line *line, struct report_cell *cells,
                                 struct gr_err *err)
{
    struct decimal counted;
    GR_TRY(decimal_sub(line->cost, line->in_bills, &counted, err));
    cells[0] = cell_text(line->provider);
    cells[1] = cell_text(line->currency);
    cells[2] = cell_count(line->rows);
    cells[3] = cell_money(line->cost, line->currency);
    cells[4] = cell_money(line->carried, line->currency);
    cells[5] = cell_money(line->in_bills, line->currency);
    cells[6] = cell_money(counted, line->currency);
    cells[7] = cell_decimal(line->unpriced);
    for (size_t i = 3; i < 7 && !line->currency.len && decimal_is_zero(line->cost); i++)
        cells[i] = cell_na();
    cells[6].estimated = decimal_compare(line->cost, line->carried) != 0;
    cells[3].estimated = cells[6].estimated;
    return GR_OK;
}

enum gr_status method_add_usage(const struct report_context *context,
                                struct section_builder *section, struct gr_err *err)
{
    struct usage u = {.arena = context->arena};
    if (!report_filters_apply(context, DATASET_AI)) /* a filter on what only bills have */
        return GR_OK;
    GR_TRY(usage_query(context, &u, "billed-days", read_billed_days, err));
    GR_TRY(usage_query(context, &u, "ai-usage-by-day", read_usage, err));
    if (!u.line_count)
        return GR_OK;
    struct table_builder table =
        block_table(context->arena, "usage_against_bills",
                    STR("LLM usage against bills, counted once"), usage_columns, USAGE_COLUMNS);
    table.table->columns[USAGE_COLUMNS - 1].decimals = 0;
    fold_unpriced(&u);
    for (size_t i = 0; i < u.line_count; i++)
        GR_TRY(fill_usage(&u.lines[i], table_row(&table, ROW_DATA), err));
    block_show_currency(&table);
    GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}
