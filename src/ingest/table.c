/* See table.h. */
#include "ingest/table.h"

#include <string.h>

#include "ingest/csv.h"

static enum gr_status table_header(struct arena *arena, const char *path, const struct csv_row *row,
                                   struct ingest_table *out, struct gr_err *err)
{
    out->column_count = row->cell_count;
    out->header = arena_alloc(arena, row->cell_count * sizeof *out->header);
    for (size_t i = 0; i < row->cell_count; i++) {
        out->header[i] = arena_str(arena, str_trim(row->cells[i]));
        for (size_t j = 0; j < i; j++)
            if (str_equal_nocase(out->header[i], out->header[j]))
                return gr_fail(err, GR_EDATA, "%s line %llu: column %.*s stands there twice", path,
                               (unsigned long long)row->line, STR_ARG(out->header[i]));
    }
    return GR_OK;
}

static void table_row(struct arena *arena, const struct csv_row *row, struct ingest_table *out,
                      size_t *capacity)
{
    if (out->row_count == *capacity) {
        size_t grown = *capacity ? *capacity * 2 : 64;
        struct str *cells = arena_alloc(arena, grown * out->column_count * sizeof *cells);
        uint64_t *lines = arena_alloc(arena, grown * sizeof *lines);
        if (out->row_count) {
            memcpy(cells, out->cells, out->row_count * out->column_count * sizeof *cells);
            memcpy(lines, out->lines, out->row_count * sizeof *lines);
        }
        out->cells = cells;
        out->lines = lines;
        *capacity = grown;
    }
    for (size_t i = 0; i < out->column_count; i++)
        out->cells[out->row_count * out->column_count + i] = arena_str(arena, row->cells[i]);
    out->lines[out->row_count++] = row->line;
}

static enum gr_status table_rows(struct arena *arena, const char *path, struct csv_reader *reader,
                                 struct ingest_table *out, struct gr_err *err)
{
    size_t capacity = 0;
    struct csv_row row;
    for (bool more;;) {
        GR_TRY(csv_next(reader, &row, &more, err));
        if (!more)
            break;
        if (row.fault)
            return gr_fail(err, GR_EDATA, "%s line %llu: %s", path, (unsigned long long)row.line,
                           row.fault);
        if (out->column_count) {
            table_row(arena, &row, out, &capacity);
            continue;
        }
        GR_TRY(table_header(arena, path, &row, out, err));
        csv_expect_cells(reader, out->column_count);
    }
    if (!out->column_count)
        return gr_fail(err, GR_EDATA, "%s: is empty; wanted a line of column names", path);
    return GR_OK;
}

enum gr_status ingest_table_read(struct arena *arena, const char *path, struct ingest_table *out,
                                 struct gr_err *err)
{
    *out = (struct ingest_table){0};
    struct ingest_source *source;
    struct csv_reader *reader = NULL;
    GR_TRY(source_open(path, &source, err));
    enum gr_status status = csv_open(source, "libcsv", ',', &reader, err);
    if (!status)
        status = table_rows(arena, path, reader, out, err);
    csv_close(reader);
    source_close(source);
    return status;
}

int ingest_table_column(const struct ingest_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (str_equal_nocase(table->header[i], str_from(name)))
            return (int)i;
    return -1;
}

struct str ingest_table_cell(const struct ingest_table *table, size_t row, int column)
{
    return table->cells[row * table->column_count + (size_t)column];
}

uint64_t ingest_table_line(const struct ingest_table *table, size_t row)
{
    return table->lines[row];
}
