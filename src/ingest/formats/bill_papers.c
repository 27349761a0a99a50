/* See bill_papers.h. Called by the formats of invoices, billing periods and commitments. */
#include "ingest/formats/bill_papers.h"

#include <stdio.h>

#include "ingest/secrets.h"

enum { COLUMNS_MAX = 1024 };

struct paper_reader {
    const struct bill_paper *paper;
    struct bill_rows rows;
    struct emit emit;
    struct arena arena;
};

static bool has_name(const struct str *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(str_trim(names[i]), str_from(name)))
            return true;
    return false;
}

static bool has_any(const struct str *names, size_t count, const char *const *wanted)
{
    for (size_t i = 0; wanted && wanted[i]; i++)
        if (has_name(names, count, wanted[i]))
            return true;
    return false;
}

int bill_paper_sniff(const struct bill_paper *paper, const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    bool fits = csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count);
    for (size_t i = 0; fits && paper->required[i]; i++)
        fits = has_name(cells, count, paper->required[i]);
    fits = fits && (!paper->characteristic || has_any(cells, count, paper->characteristic));
    fits = fits && !has_any(cells, count, paper->foreign);
    arena_deinit(&arena);
    return fits ? 95 : 0;
}

/* ---- the header ---- */

static enum gr_status check_header(const struct paper_reader *reader, struct gr_err *err)
{
    const struct bill_rows *rows = &reader->rows;
    for (size_t i = 0; i < rows->column_count; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal_nocase(rows->columns[i].name, rows->columns[k].name))
                return gr_fail(err, GR_EDATA, "columns %zu and %zu are both named \"%.*s\"", k + 1,
                               i + 1, STR_ARG(rows->columns[i].name));
    for (size_t r = 0; reader->paper->required[r]; r++) {
        bool there = false;
        for (size_t i = 0; i < rows->column_count; i++)
            there = there ||
                    str_equal_nocase(rows->columns[i].name, str_from(reader->paper->required[r]));
        if (!there)
            return gr_fail(err, GR_EDATA, "the column %s is missing (%zu columns are there)",
                           reader->paper->required[r], rows->column_count);
    }
    return GR_OK;
}

static int known_column(const struct bill_paper *paper, struct str name)
{
    size_t count;
    const struct column_def *defs = dataset_columns(paper->dataset, &count);
    const struct paper_alias *alias = paper->aliases;
    while (alias && alias->name && !str_equal_nocase(name, str_from(alias->name)))
        alias++;
    if (alias && alias->name)
        name = str_from(alias->column);
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(name, str_from(defs[i].name)))
            return (int)i;
    return -1;
}

static enum gr_status plan_column(struct paper_reader *reader, struct batch *batch, size_t at,
                                  struct gr_err *err)
{
    struct bill_column *plan = &reader->rows.columns[at];
    int known = known_column(reader->paper, plan->name);
    plan->kind = COLUMN_TEXT;
    if (known >= 0) {
        plan->column = (size_t)known;
        plan->kind = batch->columns[known].kind;
        return GR_OK;
    }
    plan->dropped = secret_tag_name(plan->name);
    reader->rows.holds_secrets |= plan->dropped;
    if (!plan->dropped && !emit_extra(batch, plan->name, &plan->column))
        return gr_fail(err, GR_EDATA, "more than %d unknown columns", EMIT_EXTRA_COLUMNS_MAX);
    return GR_OK;
}

static void find_version(const struct paper_reader *reader, struct ingest_file_facts *facts)
{
    const struct bill_paper *paper = reader->paper;
    bool marked = false;
    for (size_t i = 0; paper->version_mark && i < reader->rows.column_count; i++)
        marked =
            marked || str_equal_nocase(reader->rows.columns[i].name, str_from(paper->version_mark));
    snprintf(facts->version, sizeof facts->version, "%s",
             marked ? paper->version_marked : paper->version);
}

static enum gr_status read_header(struct paper_reader *reader, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    struct csv_row row;
    bool more;
    GR_TRY(csv_next(reader->rows.csv, &row, &more, err));
    if (!more)
        return gr_fail(err, GR_EDATA, "has no header line");
    if (row.fault)
        return gr_fail(err, GR_EDATA, "line %llu: the header %s", (unsigned long long)row.line,
                       row.fault);
    if (row.cell_count > COLUMNS_MAX)
        return gr_fail(err, GR_EDATA, "%zu columns; at most %d are read", row.cell_count,
                       COLUMNS_MAX);
    reader->rows.column_count = row.cell_count;
    reader->rows.columns =
        arena_alloc_zeroed(&reader->arena, row.cell_count, sizeof *reader->rows.columns);
    for (size_t i = 0; i < row.cell_count; i++) {
        struct str name = str_trim(row.cells[i]);
        reader->rows.columns[i].name = name.len > 0
                                           ? arena_str(&reader->arena, name)
                                           : arena_printf(&reader->arena, "column_%zu", i + 1);
    }
    GR_TRY(check_header(reader, err));
    find_version(reader, facts);
    struct batch *batch = emit_row(&reader->emit, reader->paper->dataset);
    for (size_t i = 0; i < row.cell_count; i++)
        GR_TRY(plan_column(reader, batch, i, err));
    csv_expect_cells(reader->rows.csv, row.cell_count);
    return GR_OK;
}

enum gr_status bill_paper_read(const struct bill_paper *paper, struct ingest_source *source,
                               const struct ingest_options *options, struct batch_texts *texts,
                               const struct ingest_sink *sink, struct ingest_file_facts *facts,
                               struct gr_err *err)
{
    struct paper_reader reader = {.paper = paper, .arena = ARENA_EMPTY};
    GR_TRY(bill_csv_open(source, options, ',', &reader.rows.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    reader.rows.emit = &reader.emit;
    reader.rows.dataset = paper->dataset;
    reader.rows.complete = paper->complete;
    reader.rows.resource = reader.rows.sku = -1;
    enum gr_status status = read_header(&reader, facts, err);
    if (!status)
        status = bill_rows_read(&reader.rows, err);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}
