/* See explain.h. A figure is asked for as any report does, then by delivery and file; the parts
 * must give the figure again.
 */
#include "report/explain.h"

#include <stdlib.h>
#include <string.h>

#include "report/groups.h"
#include "report/report_internal.h"

/* What a delivery or file gave to the figure, in one currency. */
struct part {
    int64_t delivery;
    int64_t file; /* 0: the store does not know it */
    struct str currency;
    struct decimal cost;
    int64_t records;
};

struct explain {
    const struct report_context *context;
    const struct explain_request *request;
    struct arena *arena;
    struct group_list figure; /* one a currency */
    struct part *parts;       /* by delivery, file, currency */
    size_t part_count;
    struct store_delivery *deliveries; /* of the parts, by id */
    size_t delivery_count;
    struct store_file *files; /* of the deliveries, by id */
    size_t file_count;
};

int64_t explain_number(struct str text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.len && text.len < 19; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->delivery != y->delivery)
        return x->delivery < y->delivery ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return str_compare(x->currency, y->currency);
}

static enum gr_status ask(const struct explain *e, const struct str *dimensions, size_t count,
                          struct group_list *out, struct gr_err *err)
{
    struct group_question question = {.dataset = e->request->dataset,
                                      .dimensions = dimensions,
                                      .dimension_count = count,
                                      .days = e->context->days};
    return groups_query(e->context, &question, out, err);
}

static enum gr_status read_parts(struct explain *e, struct gr_err *err)
{
    static const struct str places[] = {
        {"delivery", 8},
        {"file",     4}
    };
    struct group_list groups;
    GR_TRY(ask(e, NULL, 0, &e->figure, err));
    GR_TRY(ask(e, places, 2, &groups, err));
    e->parts = arena_alloc(e->arena, (groups.count + 1) * sizeof *e->parts);
    e->part_count = groups.count;
    for (size_t i = 0; i < groups.count; i++) {
        const struct group *group = &groups.items[i];
        e->parts[i] = (struct part){explain_number(group->keys[0]), explain_number(group->keys[1]),
                                    group->currency, group->cost, group->records};
    }
    if (e->part_count)
        qsort(e->parts, e->part_count, sizeof *e->parts, compare_parts);
    return GR_OK;
}

/* The promise of this command, checked each time. */
static enum gr_status check_sum(const struct explain *e, const struct group *figure,
                                struct gr_err *err)
{
    struct decimal sum = DECIMAL_ZERO;
    int64_t records = 0;
    for (size_t i = 0; i < e->part_count; i++) {
        if (!str_equal(e->parts[i].currency, figure->currency))
            continue;
        GR_TRY(decimal_add(sum, e->parts[i].cost, &sum, err));
        records += e->parts[i].records;
    }
    if (decimal_compare(sum, figure->cost) != 0 || records != figure->records)
        return gr_fail(err, GR_ESTORE,
                       "explain: the parts of %.*s are not the figure: %lld rows instead of %lld",
                       STR_ARG(figure->currency), (long long)records, (long long)figure->records);
    return GR_OK;
}

/* ---- the ledger's side ---- */

static enum gr_status add_files(struct explain *e, int64_t delivery, size_t *capacity,
                                struct gr_err *err)
{
    struct store_file_list list;
    GR_TRY(store_file_list(e->context->store, e->arena, delivery, &list, err));
    if (e->file_count + list.count > *capacity) {
        *capacity = 2 * (e->file_count + list.count);
        struct store_file *files = arena_alloc(e->arena, *capacity * sizeof *files);
        if (e->file_count)
            memcpy(files, e->files, e->file_count * sizeof *files);
        e->files = files;
    }
    for (size_t i = 0; i < list.count; i++)
        e->files[e->file_count++] = list.items[i];
    return GR_OK;
}

static int compare_files(const void *a, const void *b)
{
    const struct store_file *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static enum gr_status read_ledger(struct explain *e, struct gr_err *err)
{
    size_t capacity = 0;
    e->deliveries = arena_alloc_zeroed(e->arena, e->part_count + 1, sizeof *e->deliveries);
    for (size_t i = 0; i < e->part_count; i++) {
        int64_t id = e->parts[i].delivery;
        if (e->delivery_count && e->deliveries[e->delivery_count - 1].id == id)
            continue;
        GR_TRY(store_delivery_get(e->context->store, e->arena, id,
                                  &e->deliveries[e->delivery_count++], err));
        GR_TRY(add_files(e, id, &capacity, err));
    }
    if (e->file_count)
        qsort(e->files, e->file_count, sizeof *e->files, compare_files);
    return GR_OK;
}

static const struct store_file *file_of(const struct explain *e, int64_t id)
{
    struct store_file wanted = {.id = id};
    if (!e->file_count)
        return NULL;
    return bsearch(&wanted, e->files, e->file_count, sizeof *e->files, compare_files);
}

static const struct store_delivery *delivery_of(const struct explain *e, int64_t id)
{
    for (size_t i = 0; i < e->delivery_count; i++)
        if (e->deliveries[i].id == id)
            return &e->deliveries[i];
    return NULL;
}

static struct str moment_text(struct arena *arena, int64_t moment)
{
    if (moment == MOMENT_NONE)
        return STR_NONE;
    char day[11];
    struct day date = day_of_moment(moment);
    int64_t seconds = (moment - moment_of_day(date)) / 1000;
    day_format(date, day);
    return arena_printf(arena, "%s %02d:%02d:%02d", day, (int)(seconds / 3600),
                        (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* ---- tables ---- */

/* Total rows, named in a column of texts: the first one holds numbers. */
static enum gr_status add_totals(struct table_builder *table, size_t name_column,
                                 struct gr_err *err)
{
    GR_TRY(report_add_totals(table, err));
    for (size_t i = 0; i < table->table->row_count; i++)
        if (table->table->rows[i].kind == ROW_TOTAL)
            table->table->rows[i].cells[name_column] = cell_text(STR("Total"));
    return GR_OK;
}

static const struct report_column figure_columns[] = {
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("total_cost", "Cost", CELL_MONEY),
    REPORT_COLUMN("record_count", "Rows", CELL_COUNT),
};

static struct report_table *figure_table(const struct explain *e)
{
    struct table_builder table =
        table_begin(e->arena, "figure", STR("The figure"), figure_columns, 3);
    table.table->empty_text = STR("No rows in this period.");
    for (size_t i = 0; i < e->figure.count; i++) {
        const struct group *figure = &e->figure.items[i];
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(figure->currency);
        cells[1] = cell_money(figure->cost, figure->currency);
        cells[2] = cell_count(figure->records);
    }
    return table.table;
}

static const struct report_column delivery_columns[] = {
    REPORT_COLUMN("delivery", "Delivery", CELL_COUNT),
    REPORT_COLUMN("source", "Source", CELL_TEXT),
    REPORT_COLUMN("period", "Period", CELL_TEXT),
    REPORT_COLUMN("format", "Format", CELL_TEXT, .spare = true),
    REPORT_COLUMN("snapshot", "Snapshot", CELL_COUNT, .spare = true),
    REPORT_COLUMN("ingested", "Ingested (UTC)", CELL_TEXT, .optional = true),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("total_cost", "Cost", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("record_count", "Rows", CELL_COUNT, .add_up = true),
};

static void fill_delivery(struct arena *arena, const struct store_delivery *delivery,
                          struct report_cell *cells)
{
    cells[0] = cell_count(delivery->id);
    cells[1] = cell_text(delivery->source);
    cells[2] = cell_text(delivery->period);
    cells[3] = cell_text(delivery->format);
    cells[4] = cell_count(delivery->snapshot);
    cells[5] = cell_text(moment_text(arena, delivery->ingested));
    cells[5].kind = delivery->ingested == MOMENT_NONE ? CELL_NONE : CELL_TEXT;
}

/* A column without any value says nothing to people; csv and json keep it. */
static void hide_empty_column(struct report_table *table, const char *id)
{
    for (size_t c = 0; c < table->column_count; c++) {
        bool any = !str_is(table->columns[c].id, id);
        for (size_t r = 0; r < table->row_count && !any; r++)
            any = table->rows[r].cells[c].kind != CELL_NONE;
        table->columns[c].csv_only = table->columns[c].csv_only || !any;
    }
}

/* Parts of one delivery and currency in one row. */
static enum gr_status deliveries_table(const struct explain *e, struct report_table **out,
                                       struct gr_err *err)
{
    struct table_builder table =
        table_begin(e->arena, "deliveries", STR("Deliveries"), delivery_columns,
                    sizeof delivery_columns / sizeof *delivery_columns);
    for (size_t d = 0; d < e->delivery_count; d++)
        for (size_t f = 0; f < e->figure.count; f++) {
            struct str currency = e->figure.items[f].currency;
            struct decimal sum = DECIMAL_ZERO;
            int64_t records = 0;
            for (size_t i = 0; i < e->part_count; i++) {
                const struct part *part = &e->parts[i];
                if (part->delivery != e->deliveries[d].id || !str_equal(part->currency, currency))
                    continue;
                GR_TRY(decimal_add(sum, part->cost, &sum, err));
                records += part->records;
            }
            if (!records)
                continue;
            struct report_cell *cells = table_row(&table, ROW_DATA);
            fill_delivery(e->arena, &e->deliveries[d], cells);
            cells[6] = cell_text(currency);
            cells[7] = cell_money(sum, currency);
            cells[8] = cell_count(records);
        }
    hide_empty_column(table.table, "ingested");
    *out = table.table;
    return add_totals(&table, 1, err);
}

static const struct report_column file_columns[] = {
    REPORT_COLUMN("delivery", "Delivery", CELL_COUNT),
    REPORT_COLUMN("source", "Source", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("period", "Period", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("format", "Format", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("snapshot", "Snapshot", CELL_COUNT, .csv_only = true),
    REPORT_COLUMN("ingested", "Ingested", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("file", "File", CELL_COUNT),
    REPORT_COLUMN("path", "Path", CELL_TEXT),
    REPORT_COLUMN("version", "Version", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("manifest", "Manifest", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("set_id", "Set", CELL_TEXT, .optional = true),
    REPORT_COLUMN("file_rows", "Rows of the file", CELL_COUNT, .csv_only = true),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT),
    REPORT_COLUMN("total_cost", "Cost", CELL_MONEY, .add_up = true),
    REPORT_COLUMN("record_count", "Rows", CELL_COUNT, .add_up = true),
    REPORT_COLUMN("sha256", "SHA-256", CELL_TEXT, .optional = true),
};

static struct report_cell text_or_none(struct str text)
{
    return text.len ? cell_text(text) : cell_none();
}

static enum gr_status files_table(const struct explain *e, struct report_table **out,
                                  struct gr_err *err)
{
    struct table_builder table = table_begin(e->arena, "files", STR("Files"), file_columns,
                                             sizeof file_columns / sizeof *file_columns);
    for (size_t i = 0; i < e->part_count; i++) {
        const struct part *part = &e->parts[i];
        const struct store_delivery *delivery = delivery_of(e, part->delivery);
        const struct store_file *file = file_of(e, part->file);
        struct report_cell *cells = table_row(&table, ROW_DATA);
        fill_delivery(e->arena, delivery, cells);
        cells[6] = file ? cell_count(file->id) : cell_none();
        cells[7] = cell_text(file ? file->path : STR("(unknown)"));
        if (file) {
            cells[8] = text_or_none(file->version);
            cells[9] = text_or_none(file->manifest);
            cells[10] = text_or_none(file->set_id);
            cells[11] = cell_count((int64_t)file->rows);
            cells[15] = text_or_none(file->sha256);
        }
        cells[12] = cell_text(part->currency);
        cells[13] = cell_money(part->cost, part->currency);
        cells[14] = cell_count(part->records);
    }
    *out = table.table;
    return add_totals(&table, 7, err);
}

/* Groups by the dimensions asked for, each with its deliveries. */
static enum gr_status groups_table(const struct explain *e, struct report_table **out,
                                   struct gr_err *err)
{
    enum { FIXED = 6 };
    static const struct report_column fixed[FIXED] = {
        REPORT_COLUMN("delivery", "Delivery", CELL_COUNT),
        REPORT_COLUMN("source", "Source", CELL_TEXT),
        REPORT_COLUMN("period", "Period", CELL_TEXT),
        REPORT_COLUMN("currency", "Currency", CELL_TEXT),
        REPORT_COLUMN("total_cost", "Cost", CELL_MONEY, .add_up = true),
        REPORT_COLUMN("record_count", "Rows", CELL_COUNT, .add_up = true),
    };
    size_t count = e->request->dimension_count;
    struct report_column columns[EXPLAIN_DIMENSIONS_MAX + FIXED];
    struct str dimensions[EXPLAIN_DIMENSIONS_MAX + 1];
    struct group_list groups;
    for (size_t i = 0; i < count; i++) {
        dimensions[i] = e->request->dimensions[i];
        columns[i] =
            (struct report_column){.id = dimensions[i], .title = dimensions[i], .kind = CELL_TEXT};
    }
    dimensions[count] = STR("delivery");
    memcpy(columns + count, fixed, sizeof fixed);
    GR_TRY(ask(e, dimensions, count + 1, &groups, err));
    struct table_builder table =
        table_begin(e->arena, "groups", STR("Groups and their deliveries"), columns, count + FIXED);
    size_t shown =
        e->request->top && e->request->top < groups.count ? e->request->top : groups.count;
    for (size_t i = 0; i < shown; i++) {
        const struct group *group = &groups.items[i];
        const struct store_delivery *delivery = delivery_of(e, explain_number(group->keys[count]));
        struct report_cell *cells = table_row(&table, ROW_DATA);
        for (size_t k = 0; k < count; k++)
            cells[k] = cell_text(group->keys[k]);
        cells += count;
        cells[0] = cell_count(explain_number(group->keys[count]));
        cells[1] = cell_text(delivery ? delivery->source : STR(""));
        cells[2] = cell_text(delivery ? delivery->period : STR(""));
        cells[3] = cell_text(group->currency);
        cells[4] = cell_money(group->cost, group->currency);
        cells[5] = cell_count(group->records);
    }
    table.table->rows_not_shown = groups.count - shown;
    *out = table.table;
    return shown < groups.count ? GR_OK : report_add_totals(&table, err);
}

/* ---- the document ---- */

static struct str sum_text(const struct explain *e)
{
    size_t files = 0;
    int64_t records = 0;
    for (size_t i = 0; i < e->part_count; i++) {
        bool new_file = i == 0 || e->parts[i].file != e->parts[i - 1].file ||
                        e->parts[i].delivery != e->parts[i - 1].delivery;
        files += new_file;
        records += e->parts[i].records;
    }
    return arena_printf(e->arena,
                        "The parts add up to the figure, to the last digit: %zu deliver%s, %zu "
                        "file%s, %lld row%s.",
                        e->delivery_count, e->delivery_count == 1 ? "y" : "ies", files,
                        files == 1 ? "" : "s", (long long)records, records == 1 ? "" : "s");
}

static enum gr_status add_rows(const struct explain *e, struct section_builder *section,
                               struct gr_err *err)
{
    struct explain_file *files = arena_alloc(e->arena, (e->file_count + 1) * sizeof *files);
    for (size_t i = 0; i < e->file_count; i++)
        files[i] = (struct explain_file){e->files[i].id, e->files[i].delivery, e->files[i].path};
    return explain_rows(e->context, e->request, files, e->file_count, section, err);
}

static enum gr_status add_figure(struct explain *e, struct section_builder *section,
                                 struct gr_err *err)
{
    const struct explain_request *request = e->request;
    struct report_table *table;
    GR_TRY(read_parts(e, err));
    for (size_t i = 0; i < e->figure.count; i++)
        GR_TRY(check_sum(e, &e->figure.items[i], err));
    GR_TRY(read_ledger(e, err));
    bool groups = request->dimension_count && !request->rows;
    if (!request->one_table) {
        section_table(section, figure_table(e));
        if (!e->part_count)
            return GR_OK;
        GR_TRY(deliveries_table(e, &table, err));
        section_table(section, table);
    }
    if (!request->one_table || (!groups && !request->rows)) {
        GR_TRY(files_table(e, &table, err));
        section_table(section, table);
        section_text(section, ITEM_PARAGRAPH, sum_text(e));
    }
    if (groups) {
        GR_TRY(groups_table(e, &table, err));
        section_table(section, table);
    }
    return request->rows ? add_rows(e, section, err) : GR_OK;
}

static struct str subtitle_of(const struct report_context *c)
{
    char first[11], last[11];
    day_format(c->days.first, first);
    day_format(day_add(c->days.end, -1), last);
    struct str period =
        arena_printf(c->arena, "%s %s to %s %.*s, %.*s cost", c->by_billing ? "billed" : "charged",
                     first, last, STR_ARG(c->zone_name), STR_ARG(c->cost));
    if (!c->filter.len)
        return period;
    return arena_join(c->arena, (struct str[]){period, report_filter_text(c)}, 2, STR(", "));
}

enum gr_status report_explain(const struct report_context *context,
                              const struct explain_request *request, struct report_doc *doc,
                              struct gr_err *err)
{
    struct explain e = {.context = context, .request = request, .arena = context->arena};
    doc->id = STR("explain");
    doc->sections = arena_alloc_zeroed(e.arena, 2, sizeof *doc->sections);
    if (request->figure) {
        doc->title = STR("Where the figure comes from");
        doc->subtitle = subtitle_of(context);
        struct section_builder section = section_begin(e.arena, "figure", STR(""));
        GR_TRY(add_figure(&e, &section, err));
        doc->sections[doc->section_count++] = section.section;
    }
    if (request->snapshot >= 0) {
        struct section_builder section = section_begin(e.arena, "snapshot", STR(""));
        GR_TRY(explain_snapshot(context, request, &section, err));
        doc->sections[doc->section_count++] = section.section;
        if (!request->figure)
            doc->title =
                arena_printf(e.arena, "The store at snapshot %lld", (long long)request->snapshot);
    }
    report_add_inputs(context, doc);
    return GR_OK;
}
