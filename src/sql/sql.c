/* See sql.h: prepares named queries and texts of the user's own on the store's connection. */
#include "sql/sql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "sql/money_functions.h"
#include "sql/rollup_table.h"

extern const struct embedded_file embedded_queries[];
extern const size_t embedded_queries_count;

struct sql {
    struct store *store;
    sqlite3 *database;
    const char *home;
    struct rollup_tables *tables;
};

struct sql_query {
    struct sql *sql;
    sqlite3_stmt *statement;
    char *label;
};

enum gr_status sql_open(struct store *store, const struct sql_options *options, struct sql **out,
                        struct gr_err *err)
{
    const struct kernels *kernels = kernels_select(options->simd ? options->simd : "auto");
    if (!kernels)
        return gr_fail(err, GR_EUSAGE, "--simd %s: unknown, or not on this processor",
                       options->simd);
    struct sql *sql = gr_alloc_zeroed(1, sizeof *sql);
    *sql = (struct sql){.store = store, .database = store_sqlite(store), .home = options->home};
    enum gr_status status = rollup_tables_open(store, options, kernels, &sql->tables, err);
    if (!status && money_functions_register(sql->database) != SQLITE_OK)
        status = gr_fail(err, GR_ESTORE, "%s", sqlite3_errmsg(sql->database));
    if (status) {
        sql_close(sql);
        return status;
    }
    *out = sql;
    return GR_OK;
}

void sql_close(struct sql *sql)
{
    if (sql)
        rollup_tables_close(sql->tables);
    free(sql);
}

void sql_convert(struct sql *sql, const struct conversion *conversion)
{
    rollup_tables_convert(sql->tables, conversion);
}

struct str sql_named_text(struct arena *arena, const char *home, const char *name)
{
    struct str file = arena_printf(arena, "%s.sql", name);
    return embedded_text(arena, home, "queries", file.ptr, embedded_queries,
                         embedded_queries_count);
}

/* Behind blanks, semicolons and comments. */
static struct str skip_blanks(struct str text)
{
    while (text.len) {
        size_t skip = 1;
        if (str_starts(text, STR("--")))
            while (skip < text.len && text.ptr[skip] != '\n')
                skip++;
        else if (str_starts(text, STR("/*")))
            for (skip = 4; skip < text.len && memcmp(text.ptr + skip - 2, "*/", 2) != 0;)
                skip++;
        else if (!memchr(" \t\r\n;", text.ptr[0], 5))
            break;
        skip = skip < text.len ? skip : text.len;
        text = (struct str){text.ptr + skip, text.len - skip};
    }
    return text;
}

/* SQLite counts ATTACH and COMMIT among the statements that only read; they are none of a report.
 */
static bool asks_for_rows(struct str text)
{
    static const char *const words[] = {"select", "with", "values", "explain"};
    text = skip_blanks(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if (text.len >= len && str_equal_nocase((struct str){text.ptr, len}, str_from(words[i])))
            return true;
    }
    return false;
}

static enum gr_status sql_fail(const struct sql *sql, const char *label, struct gr_err *err)
{
    const char *text = sqlite3_errmsg(sql->database);
    enum gr_status status = rollup_tables_error(sql->tables, text);
    if (status)
        return gr_fail(err, status, "%s", text);
    int code = sqlite3_errcode(sql->database) & 0xff;
    bool theirs = code == SQLITE_ERROR || code == SQLITE_CONSTRAINT || code == SQLITE_MISUSE;
    return gr_fail(err, theirs ? GR_EUSAGE : GR_ESTORE, "query %s: %s", label, text);
}

enum gr_status sql_query_text(struct sql *sql, const char *label, struct str text,
                              struct sql_query **out, struct gr_err *err)
{
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    if (sqlite3_prepare_v2(sql->database, text.ptr, (int)text.len, &statement, &tail) != SQLITE_OK)
        return sql_fail(sql, label, err);
    if (!statement)
        return gr_fail(err, GR_EUSAGE, "query %s: there is no statement in it", label);
    struct str rest = skip_blanks((struct str){tail, (size_t)(text.ptr + text.len - tail)});
    if (rest.len || !sqlite3_stmt_readonly(statement) || !asks_for_rows(text)) {
        sqlite3_finalize(statement);
        return gr_fail(err, GR_EUSAGE, "query %s: wanted one statement that only reads", label);
    }
    struct sql_query *query = gr_alloc(sizeof *query);
    *query = (struct sql_query){sql, statement, gr_alloc(strlen(label) + 1)};
    memcpy(query->label, label, strlen(label) + 1);
    *out = query;
    return GR_OK;
}

enum gr_status sql_query_named(struct sql *sql, const char *name, struct sql_query **out,
                               struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct str text = sql_named_text(&arena, sql->home, name);
    enum gr_status status;
    if (text.ptr)
        status = sql_query_text(sql, name, text, out, err);
    else
        status = gr_fail(err, GR_EUSAGE, "no query named %s in queries/", name);
    arena_deinit(&arena);
    return status;
}

void sql_query_close(struct sql_query *query)
{
    if (!query)
        return;
    sqlite3_finalize(query->statement);
    free(query->label);
    free(query);
}

static int parameter(const struct sql_query *query, const char *name)
{
    char buf[128];
    int len = snprintf(buf, sizeof buf, ":%s", name[0] == ':' ? name + 1 : name);
    if (len >= (int)sizeof buf)
        return 0; /* a cut name could be another parameter's */
    return sqlite3_bind_parameter_index(query->statement, buf);
}

bool sql_has_parameter(const struct sql_query *query, const char *name)
{
    return parameter(query, name) != 0;
}

static enum gr_status bind_result(struct sql_query *query, const char *name, int code,
                                  struct gr_err *err)
{
    if (code == SQLITE_RANGE)
        return gr_fail(err, GR_EUSAGE, "query %s has no parameter :%s", query->label, name);
    return code == SQLITE_OK ? GR_OK : sql_fail(query->sql, query->label, err);
}

enum gr_status sql_bind(struct sql_query *query, const char *name, struct str value,
                        struct gr_err *err)
{
    int at = parameter(query, name);
    int code = value.ptr ? sqlite3_bind_text(query->statement, at, value.ptr, (int)value.len,
                                             SQLITE_TRANSIENT)
                         : sqlite3_bind_null(query->statement, at);
    return bind_result(query, name, code, err);
}

enum gr_status sql_bind_int(struct sql_query *query, const char *name, int64_t value,
                            struct gr_err *err)
{
    int at = parameter(query, name);
    return bind_result(query, name, sqlite3_bind_int64(query->statement, at, value), err);
}

enum gr_status sql_step(struct sql_query *query, bool *row, struct gr_err *err)
{
    int code = sqlite3_step(query->statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return GR_OK;
    return sql_fail(query->sql, query->label, err);
}

int sql_column_count(const struct sql_query *query)
{
    return sqlite3_column_count(query->statement);
}

struct str sql_column_name(const struct sql_query *query, int column)
{
    return str_from(sqlite3_column_name(query->statement, column));
}

int sql_column_named(const struct sql_query *query, const char *name)
{
    for (int i = 0; i < sql_column_count(query); i++)
        if (str_is(sql_column_name(query, i), name))
            return i;
    return -1;
}

enum sql_type sql_column_type(const struct sql_query *query, int column)
{
    switch (sqlite3_column_type(query->statement, column)) {
    case SQLITE_NULL:
        return SQL_NULL;
    case SQLITE_INTEGER:
        return SQL_INTEGER;
    case SQLITE_FLOAT:
        return SQL_REAL;
    default:
        return SQL_TEXT;
    }
}

struct str sql_column_text(const struct sql_query *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    return (struct str){text, text ? (size_t)sqlite3_column_bytes(query->statement, column) : 0};
}

int64_t sql_column_int(const struct sql_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double sql_column_real(const struct sql_query *query, int column)
{
    return sqlite3_column_double(query->statement, column);
}

enum gr_status sql_column_decimal(const struct sql_query *query, int column, struct decimal *out,
                                  struct gr_err *err)
{
    *out = DECIMAL_ZERO;
    if (sql_column_type(query, column) == SQL_NULL)
        return GR_OK;
    if (decimal_parse_sum(sql_column_text(query, column), out, err))
        return gr_wrap(err, "query %s, column %.*s", query->label,
                       STR_ARG(sql_column_name(query, column)));
    return GR_OK;
}
