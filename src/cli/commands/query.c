/* `gpureport query FILE.sql|NAME|-`: SQL over the store and the table functions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/session.h"
#include "report/cells.h"

enum { QUERY_BYTES_MAX = 1 << 20 };

static enum gr_status bind_params(struct sql_query *query, const struct options *options,
                                  struct gr_err *err)
{
    for (size_t i = 0; i < options->params.count; i++) {
        const char *text = options->params.items[i];
        const char *equals = strchr(text, '=');
        char name[64];
        if (!equals || equals == text || (size_t)(equals - text) >= sizeof name)
            return gr_fail(err, GR_EUSAGE, "--param: \"%s\" is not NAME=VALUE", text);
        memcpy(name, text, (size_t)(equals - text));
        name[equals - text] = '\0';
        GR_TRY(sql_bind(query, name, str_from(equals + 1), err));
    }
    return GR_OK;
}

static struct report_cell query_cell(struct arena *arena, const struct sql_query *query, int column)
{
    switch (sql_column_type(query, column)) {
    case SQL_NULL:
        return cell_none();
    case SQL_INTEGER:
        return cell_count(sql_column_int(query, column));
    case SQL_REAL:
        return cell_real(arena, sql_column_real(query, column));
    default:
        return cell_text(arena_str(arena, sql_column_text(query, column)));
    }
}

/* Decimal text stays a number in every output: exactly what the query gave. */
static struct report_cell typed_cell(struct arena *arena, const struct sql_query *query, int column)
{
    struct report_cell cell = query_cell(arena, query, column);
    struct decimal amount;
    bool decimal_text = cell.kind == CELL_TEXT && cell.text.len > 2 &&
                        memchr(cell.text.ptr, '.', cell.text.len) &&
                        decimal_read(cell.text, &amount) == DECIMAL_READ_OK;
    return decimal_text ? cell_decimal(amount) : cell;
}

/* A column is what its first value is, and shows as many decimals as its longest number has. */
static void settle_column(struct report_table *table, size_t column)
{
    struct report_column *settled = &table->columns[column];
    bool known = false;
    for (size_t r = 0; r < table->row_count; r++) {
        const struct report_cell *cell = &table->rows[r].cells[column];
        if (!known && cell->kind != CELL_NONE && cell->kind != CELL_NA) {
            settled->kind = cell->kind;
            known = true;
        }
        unsigned scale = cell->kind == CELL_DECIMAL ? decimal_normal(cell->amount).scale : 0;
        if (scale > settled->decimals)
            settled->decimals = scale;
    }
}

static enum gr_status fetch_rows(struct arena *arena, struct sql_query *query,
                                 struct report_table **out, struct gr_err *err)
{
    int count = sql_column_count(query);
    struct report_column *columns = arena_alloc_zeroed(arena, (size_t)count, sizeof *columns);
    for (int i = 0; i < count; i++) {
        columns[i].id = columns[i].title = arena_str(arena, sql_column_name(query, i));
        columns[i].kind = CELL_TEXT;
    }
    struct table_builder table = table_begin(arena, "query", STR(""), columns, (size_t)count);
    table.table->empty_text = STR("No rows.");
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            break;
        struct report_cell *cells = table_row(&table, ROW_DATA);
        for (int i = 0; i < count; i++)
            cells[i] = typed_cell(arena, query, i);
    }
    for (size_t i = 0; i < table.table->column_count; i++)
        settle_column(table.table, i);
    *out = table.table;
    return GR_OK;
}

static enum gr_status read_text(struct arena *arena, const struct options *options,
                                const char *name, struct str *out, struct gr_err *err)
{
    struct strbuf buf;
    strbuf_init(&buf, QUERY_BYTES_MAX);
    enum gr_status status = GR_OK;
    if (strcmp(name, "-") == 0) {
        char block[4096];
        size_t len;
        while ((len = fread(block, 1, sizeof block, stdin)) > 0)
            strbuf_append(&buf, (struct str){block, len});
        if (ferror(stdin))
            status = gr_fail(err, GR_ESTORE, "standard input: %s", strerror(errno));
    } else if (access(name, F_OK) == 0) {
        status = file_read(name, &buf, err);
    } else {
        struct str text = sql_named_text(arena, options->home, name);
        if (text.ptr)
            strbuf_append(&buf, text);
        else
            status = gr_fail(err, GR_EUSAGE, "query: no file and no query named %s", name);
    }
    if (!status && buf.overflowed)
        status = gr_fail(err, GR_EUSAGE, "query: %s is larger than 1 MB", name);
    *out = arena_str(arena, buf.len ? strbuf_str(&buf) : STR(""));
    strbuf_deinit(&buf);
    return status;
}

static enum gr_status query_report(const struct options *options, struct arena *arena,
                                   struct session *session, const struct renderer *renderer,
                                   struct str text, struct gr_err *err)
{
    struct sql_query *query;
    struct report_table *table = NULL;
    GR_TRY(sql_query_text(session->sql, options->arguments[0], text, &query, err));
    enum gr_status status = bind_params(query, options, err);
    if (!status)
        status = fetch_rows(arena, query, &table, err);
    sql_query_close(query);
    GR_TRY(status);
    struct section_builder section = section_begin(arena, "query", STR(""));
    section_table(&section, table);
    struct report_doc doc = {.id = STR("query"), .title = STR("Query")};
    doc.sections = &section.section;
    doc.section_count = 1;
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static enum gr_status query_run(const struct options *options, struct arena *arena,
                                struct gr_err *err)
{
    if (options->argument_count != 1)
        return gr_fail(err, GR_EUSAGE, "query: wanted one file, one name of queries/, or -");
    struct str text;
    const struct renderer *renderer;
    GR_TRY(output_renderer(options, &renderer, err)); /* before standard input is read */
    GR_TRY(read_text(arena, options, options->arguments[0], &text, err));
    struct session session;
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = query_report(options, arena, &session, renderer, text, err);
    session_close(&session);
    return status;
}

const struct command command_query = {
    .name = "query",
    .usage = "FILE.sql|NAME|- [--param NAME=VALUE] [OPTIONS]",
    .what = "SQL over the store and the table functions",
    .more = "Tables: rollup('team,day', '2026-10-01', '2026-11-01' [, filter [, cost [, basis\n"
            "[, top]]]]), ai_rollup, metric_rollup, instance_rollup; delivery, file, reject and "
            "price of the "
            "store.\n"
            "Money is decimal text: money_add, money_sub, money_mul, money_div, money_ratio, "
            "money_sum,\n"
            "money_round and money_sign keep it exact. As text it would sort and compare letter by "
            "letter:\n"
            "write ORDER BY cost COLLATE MONEY DESC and WHERE cost > '100000' COLLATE MONEY (the "
            "number in\n"
            "quotes), or money_sign(money_sub(cost, '100000')) > 0.\n"
            "SQL's own sum() and / give floating point, shown with up to 15 digits.\n"
            "Only statements that read are run.",
    .groups = OPTIONS_COMMON | OPTIONS_OUTPUT | OPTIONS_QUERY | OPTIONS_HOME | OPTIONS_TAGS,
    .run = query_run,
};
