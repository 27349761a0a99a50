/* See bill_papers.h. Called by the formats of invoices, billing periods and commitments. */
#include "ingest/formats/bill_papers.h"

#include <stdio.h>

struct paper_reader {
    const struct bill_paper *paper;
    struct bill_rows rows;
    struct bill_header header;
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

/* The paper's own names come before those of FOCUS, which are the dataset's. */
static enum gr_status plan_header(struct paper_reader *reader, struct gr_err *err)
{
    const struct paper_alias *aliases = reader->paper->aliases;
    size_t known, count = 0, own = 0;
    const struct column_def *defs = dataset_columns(reader->paper->dataset, &known);
    while (aliases && aliases[own].name)
        own++;
    struct bill_name *names = arena_alloc(&reader->arena, (own + known) * sizeof *names);
    for (; count < own; count++)
        names[count] = (struct bill_name){
            aliases[count].name,
            dataset_find_column(reader->paper->dataset, str_from(aliases[count].column))};
    for (size_t i = 0; i < known; i++)
        names[count++] = (struct bill_name){defs[i].name, (int)i};
    return bill_header_plan(&reader->header, names, count, err);
}

static enum gr_status read_header(struct paper_reader *reader, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    const struct bill_paper *paper = reader->paper;
    GR_TRY(bill_header_read(&reader->header, err));
    GR_TRY(bill_header_require(&reader->header, paper->required, err));
    bool marked =
        paper->version_mark && bill_header_find(&reader->header, paper->version_mark) >= 0;
    snprintf(facts->version, sizeof facts->version, "%s",
             marked ? paper->version_marked : paper->version);
    return plan_header(reader, err);
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
    reader.header =
        (struct bill_header){.rows = &reader.rows, .arena = &reader.arena, .what = paper->what};
    enum gr_status status = read_header(&reader, facts, err);
    if (!status)
        status = bill_rows_read(&reader.rows, err);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}
