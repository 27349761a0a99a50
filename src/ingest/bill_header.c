/* The header of a bill (see bill_header.h). */
#include "ingest/bill_header.h"

#include "ingest/secrets.h"

static bool same_name(const struct bill_header *header, struct str a, struct str b)
{
    return header->exact_names ? str_equal(a, b) : str_equal_nocase(a, b);
}

static enum gr_status refuse_duplicates(const struct bill_header *header, struct gr_err *err)
{
    const struct bill_rows *rows = header->rows;
    for (size_t i = 0; i < rows->column_count; i++)
        for (size_t k = 0; k < i; k++)
            if (same_name(header, rows->columns[i].name, rows->columns[k].name))
                return gr_fail(err, GR_EDATA, "columns %zu and %zu are both named \"%.*s\"", k + 1,
                               i + 1, STR_ARG(rows->columns[i].name));
    return GR_OK;
}

enum gr_status bill_header_read(struct bill_header *header, struct gr_err *err)
{
    struct bill_rows *rows = header->rows;
    struct csv_row row;
    bool more;
    GR_TRY(csv_next(rows->csv, &row, &more, err));
    if (!more)
        return gr_fail(err, GR_EDATA, "has no header line");
    if (row.fault)
        return gr_fail(err, GR_EDATA, "line %llu: the header %s", (unsigned long long)row.line,
                       row.fault);
    if (row.cell_count > BILL_COLUMNS_MAX)
        return gr_fail(err, GR_EDATA, "%zu columns; at most %d are read", row.cell_count,
                       BILL_COLUMNS_MAX);
    rows->column_count = row.cell_count;
    rows->columns = arena_alloc_zeroed(header->arena, row.cell_count, sizeof *rows->columns);
    header->names = arena_alloc_zeroed(header->arena, row.cell_count, sizeof *header->names);
    for (size_t i = 0; i < row.cell_count; i++) {
        struct str name = str_trim(row.cells[i]);
        rows->columns[i].name = name.len > 0 ? arena_str(header->arena, name)
                                             : arena_printf(header->arena, "column_%zu", i + 1);
        header->names[i] = header->compared ? header->compared(header->arena, rows->columns[i].name)
                                            : rows->columns[i].name;
    }
    csv_expect_cells(rows->csv, row.cell_count);
    return refuse_duplicates(header, err);
}

int bill_header_find(const struct bill_header *header, const char *name)
{
    const struct bill_rows *rows = header->rows;
    struct str wanted = str_from(name);
    for (size_t i = 0; i < rows->column_count; i++)
        if (str_equal_nocase(header->names[i], wanted))
            return (int)i;
    return -1;
}

enum gr_status bill_header_require(const struct bill_header *header, const char *const *required,
                                   struct gr_err *err)
{
    for (size_t i = 0; required[i]; i++)
        if (bill_header_find(header, required[i]) < 0)
            return gr_fail(err, GR_EDATA, "the %s column %s is missing (%zu columns are there)",
                           header->what, required[i], header->rows->column_count);
    return GR_OK;
}

/* Whether an unknown column can be kept under that name: nothing of the file fills it yet. */
static bool is_free(const struct batch *batch, const bool *filled, struct str name)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (str_equal(batch->columns[i].name, name))
            return batch->columns[i].kind == COLUMN_TEXT && !filled[i];
    return true;
}

/* The name under which unknown column `at` is kept: as in the file or as it is compared, with x_
 * before it as often as another column of the file has that name already. */
static struct str kept_name(const struct bill_header *header, const struct batch *batch,
                            const bool *filled, size_t at)
{
    struct str name = header->rows->columns[at].name;
    if (header->keep_compared && is_free(batch, filled, header->names[at]))
        name = header->names[at];
    while (!is_free(batch, filled, name))
        name = arena_join(header->arena, (const struct str[]){STR("x_"), name}, 2, STR(""));
    return name;
}

/* An unknown column is kept as text, unless it is named like a secret. */
static enum gr_status keep_unknown(struct bill_header *header, struct batch *batch, bool *filled,
                                   size_t at, struct gr_err *err)
{
    struct bill_column *plan = &header->rows->columns[at];
    plan->kind = COLUMN_TEXT;
    plan->dropped = secret_tag_name(plan->name) || secret_tag_name(header->names[at]);
    header->rows->holds_secrets |= plan->dropped;
    if (plan->dropped)
        return GR_OK;
    if (!emit_extra(batch, kept_name(header, batch, filled, at), &plan->column))
        return gr_fail(err, GR_EDATA, "more than %d columns that %s does not know",
                       EMIT_EXTRA_COLUMNS_MAX, header->what);
    filled[plan->column] = true;
    return GR_OK;
}

enum gr_status bill_header_plan(struct bill_header *header, const struct bill_name *names,
                                size_t name_count, struct gr_err *err)
{
    struct bill_rows *rows = header->rows;
    struct batch *batch = emit_row(rows->emit, rows->dataset);
    bool *planned = arena_alloc_zeroed(header->arena, rows->column_count, sizeof *planned);
    bool *filled =
        arena_alloc_zeroed(header->arena, batch->column_count + rows->column_count, sizeof *filled);
    if (header->makes_tags)
        filled[COST_Tags] = true;
    for (size_t i = 0; i < name_count; i++) {
        size_t target = (size_t)names[i].column;
        int at = filled[target] ? -1 : bill_header_find(header, names[i].source);
        if (at < 0 || planned[at] || rows->columns[at].capture)
            continue;
        rows->columns[at].column = target;
        rows->columns[at].kind = batch->columns[target].kind;
        planned[at] = filled[target] = true;
    }
    for (size_t i = 0; i < rows->column_count; i++)
        if (!planned[i] && !rows->columns[i].capture)
            GR_TRY(keep_unknown(header, batch, filled, i, err));
    return GR_OK;
}

int bill_header_column(const struct bill_header *header, const char *name)
{
    int at = bill_header_find(header, name);
    return at < 0 || header->rows->columns[at].dropped ? -1 : (int)header->rows->columns[at].column;
}

int bill_header_key(const struct bill_header *header, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        int at = bill_header_find(header, names[i]);
        if (at >= 0 && !header->rows->columns[at].dropped)
            return at;
    }
    return -1;
}

void bill_name_describe(struct strbuf *out, const char *source, const char *column)
{
    strbuf_printf(out, "  %-40s %s\n", source, column);
}

void bill_names_describe(struct strbuf *out, enum dataset dataset, const struct bill_name *names,
                         size_t name_count)
{
    size_t count;
    const struct column_def *defs = dataset_columns(dataset, &count);
    for (size_t i = 0; i < name_count; i++)
        bill_name_describe(out, names[i].source, defs[names[i].column].name);
}
