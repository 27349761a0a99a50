/* CSV by a mapping: what needs no change goes the fast way of bill_rows.c, the rest is captured and
 * put together by mapping_row.c (see mapping_internal.h). */
#include "ingest/bill_header.h"
#include "ingest/mapping/mapping_internal.h"

/* Names of a header are compared without case: two sources may be one column. */
static bool same_column(const struct mapping *mapping, size_t a, size_t b)
{
    return a == b || (a != SIZE_MAX && b != SIZE_MAX &&
                      str_equal_nocase(mapping->sources[a], mapping->sources[b]));
}

/* How often the mapping names that source. */
static size_t uses_of(const struct mapping *mapping, size_t source)
{
    size_t uses = 0;
    for (size_t i = 0; i < mapping->target_count; i++)
        for (size_t k = 0; k < mapping->targets[i].source_count; k++)
            uses += same_column(mapping, mapping->targets[i].sources[k], source);
    for (size_t i = 0; i < mapping->tag_count; i++)
        uses += same_column(mapping, mapping->tags[i].source, source);
    for (size_t i = 0; i < mapping->unit_count; i++)
        uses += same_column(mapping, mapping->units[i].source, source);
    return uses + (mapping->negate_where.pattern.ptr &&
                   same_column(mapping, mapping->negate_where.source, source));
}

/* A cell that means the same in the batch as in the file. */
static bool is_direct(const struct mapping *mapping, const struct mapping_target *target)
{
    bool plain = mapping->dataset == DATASET_COST && mapping->skip_count == 0 &&
                 mapping->null_count == 0 && target->source_count == 1 && !target->constant.ptr &&
                 !target->values && target->fixed != COST_Tags;
    if (!plain || uses_of(mapping, target->sources[0]) != 1)
        return false;
    switch (target->kind) {
    case COLUMN_DECIMAL:
        return !target->scaled && mapping->decimal_point == '.' && !mapping->thousands;
    case COLUMN_MOMENT:
        return mapping->dates == DATES_ISO && !mapping->zone_name.ptr &&
               target->fixed == COST_ChargePeriodStart;
    case COLUMN_TEXT:
        return true;
    }
    return false;
}

/* A condition on a column that is not there would hold for no row, or for all, without a word. */
static enum gr_status check_condition(const struct mapping *mapping,
                                      const struct mapping_skip *condition,
                                      const struct bill_header *header, const char *key,
                                      struct gr_err *err)
{
    if (!condition->pattern.ptr)
        return GR_OK;
    struct str name = mapping->sources[condition->source];
    if (bill_header_find(header, name.ptr) >= 0)
        return GR_OK;
    return gr_fail(err, GR_EDATA, "the column %.*s is missing, which %s of the mapping %.*s asks",
                   STR_ARG(name), key, STR_ARG(mapping->name));
}

/* A file without any source of a column that every row needs is not one of this mapping. */
static enum gr_status check_sources(const struct mapping_run *run, const struct bill_header *header,
                                    struct gr_err *err)
{
    const struct mapping *mapping = run->mapping;
    for (size_t i = 0; i < mapping->target_count; i++) {
        const struct mapping_target *target = &mapping->targets[i];
        bool there = target->constant.ptr != NULL;
        for (size_t k = 0; k < target->source_count; k++)
            there |= bill_header_find(header, mapping->sources[target->sources[k]].ptr) >= 0;
        if (there || target->fixed != dataset_moment_column(mapping->dataset))
            continue;
        return gr_fail(err, GR_EDATA, "the column %.*s is missing, which fills %.*s",
                       STR_ARG(mapping->sources[target->sources[0]]), STR_ARG(target->name));
    }
    return check_condition(mapping, &mapping->negate_where, header, "negate_where", err);
}

static size_t plan_direct(struct mapping_run *run, const struct bill_header *header,
                          struct bill_name *names)
{
    const struct mapping *mapping = run->mapping;
    size_t count = 0;
    for (size_t i = 0; i < mapping->target_count; i++) {
        const struct mapping_target *target = &mapping->targets[i];
        const char *source = target->source_count ? mapping->sources[target->sources[0]].ptr : NULL;
        run->direct[i] = is_direct(mapping, target) && bill_header_find(header, source) >= 0;
        if (run->direct[i])
            names[count++] = (struct bill_name){source, (int)run->columns[i]};
    }
    return count;
}

/* The cell of the source, unless another spelling of its name has the column already. */
static void capture(struct mapping_run *run, struct bill_column *column, size_t source)
{
    if (column->capture)
        run->twins[run->twin_count++] = (struct mapping_twin){column->capture, &run->cells[source]};
    else
        column->capture = &run->cells[source];
}

static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    struct mapping_run *run = context;
    for (size_t i = 0; i < run->twin_count; i++)
        *run->twins[i].to = *run->twins[i].from;
    return mapping_complete(run, batch, column);
}

static void capture_rest(struct mapping_run *run, const struct bill_header *header,
                         const struct bill_name *names, size_t name_count)
{
    const struct mapping *mapping = run->mapping;
    for (size_t i = 0; i < mapping->source_count; i++) {
        bool direct = false;
        for (size_t k = 0; k < name_count; k++)
            direct |= str_is(mapping->sources[i], names[k].source);
        int at = direct ? -1 : bill_header_find(header, mapping->sources[i].ptr);
        if (at >= 0)
            capture(run, &header->rows->columns[at], i);
    }
    for (size_t i = 0; i < header->rows->column_count; i++) {
        struct bill_column *column = &header->rows->columns[i];
        bool direct = false;
        for (size_t k = 0; k < name_count; k++)
            direct |= str_equal_nocase(column->name, str_from(names[k].source));
        if (!column->capture && !direct)
            column->capture = mapping_run_tag(run, column->name);
    }
}

/* --columns keeps what the mapping names anyway. */
static enum gr_status keep_columns(const struct mapping *mapping, struct bill_rows *rows,
                                   const char *names, struct arena *arena, struct gr_err *err)
{
    const char **needed = arena_alloc_zeroed(arena, mapping->source_count + 1, sizeof *needed);
    for (size_t i = 0; i < mapping->source_count; i++)
        needed[i] = mapping->sources[i].ptr;
    return bill_columns_keep(rows, names, needed, err);
}

/* The cell that others follow: of a direct column, as bill_rows.c knows no other. */
static int key_cell(const struct mapping_run *run, const struct bill_rows *rows, size_t column)
{
    (void)run;
    for (size_t i = 0; i < rows->column_count; i++)
        if (!rows->columns[i].capture && !rows->columns[i].dropped &&
            rows->columns[i].kind == COLUMN_TEXT && rows->columns[i].column == column)
            return (int)i;
    return -1;
}

static enum gr_status read_rows(struct mapping_run *run, struct bill_rows *rows,
                                const struct ingest_options *options, struct arena *arena,
                                struct gr_err *err)
{
    struct bill_name names[MAPPING_TARGETS_MAX];
    struct bill_header header = {.rows = rows, .arena = arena, .what = run->mapping->name.ptr};
    GR_TRY(bill_header_read(&header, err));
    GR_TRY(check_sources(run, &header, err));
    size_t count = plan_direct(run, &header, names);
    capture_rest(run, &header, names, count);
    GR_TRY(bill_header_plan(&header, names, count, err));
    if (options->columns)
        GR_TRY(keep_columns(run->mapping, rows, options->columns, arena, err));
    bool cost = run->mapping->dataset == DATASET_COST;
    rows->resource = cost ? key_cell(run, rows, COST_ResourceId) : -1;
    rows->sku = cost ? key_cell(run, rows, COST_SkuId) : -1;
    return bill_rows_read(rows, err);
}

enum gr_status mapping_read_csv(struct mapping_run *run, struct ingest_source *source,
                                const struct ingest_options *options, struct arena *arena,
                                struct gr_err *err)
{
    struct bill_rows rows = {.emit = run->emit,
                             .dataset = run->mapping->dataset,
                             .complete = complete_row,
                             .context = run};
    GR_TRY(bill_csv_open(source, options, run->mapping->delimiter, &rows.csv, err));
    enum gr_status status = read_rows(run, &rows, options, arena, err);
    csv_close(rows.csv);
    return status;
}
