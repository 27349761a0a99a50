/* Small CSV files of our own (see table.h). */
#include "ingest/table.h"

#include <assert.h>
#include <string.h>

#include "ingest/csv.h"

/* What is being filled; capacity in rows, bytes of rows so far. */
struct filling {
    struct arena *arena;
    struct csv_reader *csv;
    struct ingest_table *table;
    size_t capacity;
    uint64_t bytes;
};

static enum gr_status take_header(struct filling *filling, const struct csv_row *row,
                                  struct gr_err *err)
{
    struct ingest_table *table = filling->table;
    table->column_count = row->cell_count;
    table->header = arena_alloc_zeroed(filling->arena, row->cell_count, sizeof *table->header);
    for (size_t i = 0; i < row->cell_count; i++) {
        table->header[i] = arena_str(filling->arena, str_trim(row->cells[i]));
        for (size_t k = 0; k < i; k++)
            if (str_equal_nocase(table->header[i], table->header[k]))
                return gr_fail(
                    err, GR_EDATA, "line %llu: columns %zu and %zu are both named \"%.*s\"",
                    (unsigned long long)row->line, k + 1, i + 1, STR_ARG(table->header[i]));
    }
    csv_expect_cells(filling->csv, row->cell_count);
    return GR_OK;
}

static void make_room(struct filling *filling)
{
    struct ingest_table *table = filling->table;
    if (table->row_count < filling->capacity)
        return;
    size_t grown = filling->capacity ? filling->capacity * 2 : 64;
    struct str *cells =
        arena_alloc_zeroed(filling->arena, grown * table->column_count, sizeof *cells);
    uint64_t *lines = arena_alloc_zeroed(filling->arena, grown, sizeof *lines);
    if (table->row_count > 0) {
        memcpy(cells, table->cells, table->row_count * table->column_count * sizeof *cells);
        memcpy(lines, table->lines, table->row_count * sizeof *lines);
    }
    table->cells = cells;
    table->lines = lines;
    filling->capacity = grown;
}

static enum gr_status take_row(struct filling *filling, const struct csv_row *row,
                               struct gr_err *err)
{
    struct ingest_table *table = filling->table;
    filling->bytes += row->raw.len;
    if (table->row_count == INGEST_TABLE_ROWS_MAX || filling->bytes > INGEST_TABLE_BYTES_MAX)
        return gr_fail(err, GR_EDATA, "is too large for a table: %zu rows, %llu bytes",
                       table->row_count, (unsigned long long)filling->bytes);
    make_room(filling);
    struct str *cells = table->cells + table->row_count * table->column_count;
    for (size_t i = 0; i < table->column_count; i++)
        cells[i] = arena_str(filling->arena, str_trim(row->cells[i]));
    table->lines[table->row_count++] = row->line;
    return GR_OK;
}

static enum gr_status take_rows(struct filling *filling, struct gr_err *err)
{
    for (;;) {
        struct csv_row row;
        bool more;
        GR_TRY(csv_next(filling->csv, &row, &more, err));
        if (!more)
            break;
        if (row.fault)
            return gr_fail(err, GR_EDATA, "line %llu: the row %s", (unsigned long long)row.line,
                           row.fault);
        if (filling->table->header)
            GR_TRY(take_row(filling, &row, err));
        else
            GR_TRY(take_header(filling, &row, err));
    }
    if (!filling->table->header)
        return gr_fail(err, GR_EDATA, "is empty; wanted a line of column names");
    return GR_OK;
}

/* Owns the source; status is that of its opening. */
static enum gr_status read_source(struct arena *arena, const char *name,
                                  struct ingest_source *source, enum gr_status status,
                                  struct ingest_table *out, struct gr_err *err)
{
    struct filling filling = {.arena = arena, .table = out};
    *out = (struct ingest_table){.name = arena_str(arena, str_from(name)).ptr};
    if (status == GR_OK)
        status = csv_open(source, "libcsv", ',', &filling.csv, err);
    if (status == GR_OK)
        status = take_rows(&filling, err);
    csv_close(filling.csv);
    source_close(source);
    return status == GR_OK ? GR_OK : gr_wrap(err, "%s", name);
}

enum gr_status ingest_table_read(struct arena *arena, const char *path, struct ingest_table *out,
                                 struct gr_err *err)
{
    struct ingest_source *source;
    enum gr_status status = source_open(path, NULL, &source, err);
    return read_source(arena, path, source, status, out, err);
}

enum gr_status ingest_table_read_text(struct arena *arena, const char *name, struct str bytes,
                                      struct ingest_table *out, struct gr_err *err)
{
    struct ingest_source *source;
    enum gr_status status = source_open_memory(name, bytes, &source, err);
    return read_source(arena, name, source, status, out, err);
}

int ingest_table_column(const struct ingest_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (str_equal_nocase(table->header[i], str_from(name)))
            return (int)i;
    return -1;
}

static bool is_wanted(struct str column, const struct ingest_table_want *wants, size_t want_count)
{
    for (size_t i = 0; i < want_count; i++)
        if (str_equal_nocase(column, str_from(wants[i].name)))
            return true;
    return false;
}

static enum gr_status refuse_column(const struct ingest_table *table, struct str column,
                                    const struct ingest_table_want *wants, size_t want_count,
                                    struct gr_err *err)
{
    struct strbuf known;
    strbuf_init(&known, 4096);
    for (size_t i = 0; i < want_count; i++)
        strbuf_printf(&known, "%s%s", i ? ", " : "", wants[i].name);
    enum gr_status status = gr_fail(err, GR_EDATA, "%s: unknown column \"%.*s\"; known: %s",
                                    table->name, STR_ARG(column), strbuf_cstr(&known));
    strbuf_deinit(&known);
    return status;
}

enum gr_status ingest_table_match(const struct ingest_table *table, struct ingest_table_want *wants,
                                  size_t want_count, struct gr_err *err)
{
    for (size_t i = 0; i < want_count; i++) {
        wants[i].column = ingest_table_column(table, wants[i].name);
        if (wants[i].required && wants[i].column < 0)
            return gr_fail(err, GR_EDATA, "%s: the column %s is missing", table->name,
                           wants[i].name);
    }
    for (size_t i = 0; i < table->column_count; i++)
        if (!is_wanted(table->header[i], wants, want_count))
            return refuse_column(table, table->header[i], wants, want_count, err);
    return GR_OK;
}

struct str ingest_table_cell(const struct ingest_table *table, size_t row, int column)
{
    assert(row < table->row_count);
    return column < 0 ? STR_NONE : table->cells[row * table->column_count + (size_t)column];
}

uint64_t ingest_table_line(const struct ingest_table *table, size_t row)
{
    assert(row < table->row_count);
    return table->lines[row];
}

enum gr_status ingest_table_fail(const struct ingest_table *table, size_t row, int column,
                                 const char *reason, struct gr_err *err)
{
    struct str cell = ingest_table_cell(table, row, column);
    struct str name = column < 0 ? STR("(none)") : table->header[column];
    return gr_fail(err, GR_EDATA, "%s: line %llu: column %.*s: \"%.*s\" %s", table->name,
                   (unsigned long long)table->lines[row], STR_ARG(name), STR_ARG(cell), reason);
}
