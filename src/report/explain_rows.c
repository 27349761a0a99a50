/* Rows behind a figure: file, line, two dimensions and all costs of each, in the order of files and
 * lines. Called by explain.c.
 */
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/report_internal.h"

enum { AMOUNTS_MAX = 4, ROW_KEYS = 2 };

struct line_row {
    int64_t file;
    int64_t line;
    struct str keys[ROW_KEYS];
    struct str currency;
    struct decimal amounts[AMOUNTS_MAX];
    bool known[AMOUNTS_MAX];
    int64_t records;
};

struct line_rows {
    const struct report_context *context;
    const struct explain_request *request;
    struct str keys[ROW_KEYS]; /* dimensions */
    size_t key_count;
    size_t amounts;
    struct line_row *items;
    size_t count;
    size_t capacity;
};

static int compare_rows(const void *a, const void *b)
{
    const struct line_row *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    for (size_t k = 0; k < ROW_KEYS; k++) {
        int order = str_compare(x->keys[k], y->keys[k]);
        if (order)
            return order;
    }
    return str_compare(x->currency, y->currency);
}

/* Columns: keys 0..3, currency, record_count, then the amounts. */
static enum gr_status read_row(struct line_rows *rows, struct sql_query *query, struct gr_err *err)
{
    struct arena *arena = rows->context->arena;
    struct line_row row = {.file = explain_number(sql_column_text(query, 0)),
                           .line = explain_number(sql_column_text(query, 1)),
                           .currency = arena_str(arena, sql_column_text(query, 4)),
                           .records = sql_column_int(query, 5)};
    for (size_t k = 0; k < rows->key_count; k++)
        row.keys[k] = arena_str(arena, sql_column_text(query, 2 + (int)k));
    for (size_t i = 0; i < rows->amounts; i++) {
        row.known[i] = sql_column_type(query, 6 + (int)i) != SQL_NULL;
        GR_TRY(sql_column_decimal(query, 6 + (int)i, &row.amounts[i], err));
    }
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 256;
        rows->items = gr_realloc(rows->items, rows->capacity * sizeof *rows->items);
    }
    rows->items[rows->count++] = row;
    return GR_OK;
}

static enum gr_status bind_rows(const struct line_rows *rows, struct sql_query *query,
                                struct gr_err *err)
{
    const struct report_context *c = rows->context;
    struct str dimensions[ROLLUP_DIMENSIONS_MAX] = {STR("file"), STR("line")};
    char from[11], to[11];
    for (size_t k = 0; k < rows->key_count; k++)
        dimensions[2 + k] = rows->keys[k];
    day_format(c->days.first, from);
    day_format(c->days.end, to);
    GR_TRY(sql_bind(query, "dimensions",
                    arena_join(c->arena, dimensions, 2 + rows->key_count, STR(",")), err));
    GR_TRY(sql_bind(query, "from", str_from(from), err));
    GR_TRY(sql_bind(query, "to", str_from(to), err));
    GR_TRY(sql_bind(query, "filter", c->filter, err));
    if (sql_has_parameter(query, "basis"))
        GR_TRY(sql_bind(query, "basis", str_from(c->by_billing ? "billing" : "charge"), err));
    return GR_OK;
}

static enum gr_status query_rows(struct line_rows *rows, struct gr_err *err)
{
    bool ai = rows->request->dataset == DATASET_AI;
    struct sql_query *query;
    GR_TRY(
        sql_query_named(rows->context->sql, ai ? "ai-rows-by-line" : "rows-by-line", &query, err));
    enum gr_status status = bind_rows(rows, query, err);
    bool more = !status;
    while (more && !status) {
        status = sql_step(query, &more, err);
        if (!status && more)
            status = read_row(rows, query, err);
    }
    sql_query_close(query);
    if (!status && rows->count)
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    return status;
}

/* ---- the table ---- */

enum { PLACE_COLUMNS = 4, TAIL_COLUMNS = 2 };

static const struct report_column place_columns[PLACE_COLUMNS] = {
    REPORT_COLUMN("source_line", "File and line", CELL_TEXT),
    REPORT_COLUMN("file", "File", CELL_COUNT, .csv_only = true),
    REPORT_COLUMN("line", "Line", CELL_COUNT, .csv_only = true),
    REPORT_COLUMN("delivery", "Delivery", CELL_COUNT, .csv_only = true),
};
static const struct report_column cost_columns[AMOUNTS_MAX] = {
    REPORT_COLUMN("billed_cost", "Billed", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("effective_cost", "Effective", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("list_cost", "List", CELL_MONEY, .add_up = true, .optional = true),
    REPORT_COLUMN("contracted_cost", "Contracted", CELL_MONEY, .add_up = true, .optional = true),
};
static const struct report_column ai_columns[] = {
    REPORT_COLUMN("cost", "Cost", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("billed_cost", "Billed", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("computed_cost", "Computed", CELL_MONEY, .add_up = true),
};

static size_t make_columns(const struct line_rows *rows, struct report_column *columns)
{
    size_t count = PLACE_COLUMNS;
    memcpy(columns, place_columns, sizeof place_columns);
    for (size_t k = 0; k < rows->key_count; k++)
        columns[count++] =
            (struct report_column){.id = rows->keys[k], .title = rows->keys[k], .kind = CELL_TEXT};
    columns[count++] = (struct report_column)REPORT_COLUMN("currency", "Currency", CELL_TEXT);
    memcpy(columns + count, rows->request->dataset == DATASET_AI ? ai_columns : cost_columns,
           rows->amounts * sizeof *columns);
    count += rows->amounts;
    columns[count++] = (struct report_column)REPORT_COLUMN("record_count", "Rows", CELL_COUNT,
                                                           .add_up = true, .csv_only = true);
    return count;
}

static int compare_file_ids(const void *a, const void *b)
{
    const struct explain_file *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void fill_row(const struct line_rows *rows, const struct line_row *row,
                     const struct explain_file *file, struct report_cell *cells)
{
    struct arena *arena = rows->context->arena;
    size_t at = PLACE_COLUMNS;
    const struct str place[] = {file ? file->path : STR("(unknown)"),
                                arena_printf(arena, ":%lld", (long long)row->line)};
    cells[0] = cell_text(arena_join(arena, place, 2, STR("")));
    cells[1] = file ? cell_count(file->id) : cell_none();
    cells[2] = cell_count(row->line);
    cells[3] = file ? cell_count(file->delivery) : cell_none();
    for (size_t k = 0; k < rows->key_count; k++)
        cells[at++] = cell_text(row->keys[k]);
    cells[at++] = cell_text(row->currency);
    for (size_t i = 0; i < rows->amounts; i++)
        cells[at++] = row->known[i] ? cell_money(row->amounts[i], row->currency) : cell_none();
    cells[at] = cell_count(row->records);
}

static enum gr_status make_table(const struct line_rows *rows, const struct explain_file *files,
                                 size_t file_count, struct section_builder *section,
                                 struct gr_err *err)
{
    struct report_column columns[PLACE_COLUMNS + ROW_KEYS + AMOUNTS_MAX + TAIL_COLUMNS];
    size_t count = make_columns(rows, columns);
    size_t top = rows->request->top;
    size_t shown = top && top < rows->count ? top : rows->count;
    struct table_builder table =
        table_begin(rows->context->arena, "rows", STR("Rows"), columns, count);
    table.table->empty_text = STR("No rows in this period.");
    for (size_t i = 0; i < shown; i++) {
        struct explain_file wanted = {.id = rows->items[i].file};
        const struct explain_file *file =
            file_count ? bsearch(&wanted, files, file_count, sizeof *files, compare_file_ids)
                       : NULL;
        fill_row(rows, &rows->items[i], file, table_row(&table, ROW_DATA));
    }
    table.table->rows_not_shown = rows->count - shown;
    if (shown == rows->count)
        GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}

enum gr_status explain_rows(const struct report_context *context,
                            const struct explain_request *request, const struct explain_file *files,
                            size_t file_count, struct section_builder *section, struct gr_err *err)
{
    bool ai = request->dataset == DATASET_AI;
    struct line_rows rows = {
        .context = context,
        .request = request,
        .keys = {STR("day"), ai ? STR("model") : STR("service")},
        .key_count = ROW_KEYS,
        .amounts = ai ? sizeof ai_columns / sizeof *ai_columns : AMOUNTS_MAX
    };
    if (request->dimension_count)
        rows.key_count = request->dimension_count;
    for (size_t k = 0; k < request->dimension_count; k++)
        rows.keys[k] = request->dimensions[k];
    enum gr_status status = query_rows(&rows, err);
    if (!status)
        status = make_table(&rows, files, file_count, section, err);
    free(rows.items);
    return status;
}
