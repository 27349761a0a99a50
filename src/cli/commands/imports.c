/* `gpureport imports [list|show ID]`: the ledger of deliveries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/session.h"
#include "load/load.h"
#include "report/cells.h"

static bool wanted(const struct options *options, const struct store_delivery *delivery)
{
    if (options->source && !str_is(delivery->source, options->source))
        return false;
    return !options->period || str_is(delivery->period, options->period);
}

static const struct report_column list_columns[] = {
    REPORT_COLUMN("id", "Id", CELL_COUNT),
    REPORT_COLUMN("status", "Status", CELL_TEXT),
    REPORT_COLUMN("dataset", "Dataset", CELL_TEXT, .spare = true),
    REPORT_COLUMN("source", "Source", CELL_TEXT),
    REPORT_COLUMN("period", "Period", CELL_TEXT),
    REPORT_COLUMN("format", "Format", CELL_TEXT, .optional = true),
    REPORT_COLUMN("rows", "Rows", CELL_COUNT, .spare = true),
    REPORT_COLUMN("rejected", "Rejected", CELL_COUNT, .optional = true),
    REPORT_COLUMN("first_day", "First day", CELL_DAY, .optional = true),
    REPORT_COLUMN("last_day", "Last day", CELL_DAY, .spare = true),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT, .optional = true),
    REPORT_COLUMN("billed", "Billed", CELL_MONEY),
    REPORT_COLUMN("snapshot", "Snapshot", CELL_COUNT, .optional = true),
};
enum { LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static void list_row(struct table_builder *table, const struct store_delivery *d,
                     const struct store_money *money)
{
    struct report_cell *cells = table_row(table, ROW_DATA);
    bool dated = d->first_moment != MOMENT_NONE;
    cells[0] = cell_count(d->id);
    cells[1] = cell_text(str_from(delivery_status_name(d->status)));
    cells[2] = cell_text(str_from(dataset_name(d->dataset)));
    cells[3] = cell_text(d->source);
    cells[4] = cell_text(d->period);
    cells[5] = cell_text(d->format);
    cells[6] = cell_count((int64_t)d->rows);
    cells[7] = cell_count((int64_t)d->rejected);
    cells[8] = dated ? cell_day(d->first_day) : cell_none();
    cells[9] = dated ? cell_day(d->last_day) : cell_none();
    if (money && d->dataset != DATASET_INSTANCE) {
        cells[10] = cell_text(money->currency);
        cells[11] = cell_money(money->sums[0], money->currency);
        if (d->dataset == DATASET_AI && !money->currency.len)
            cells[11] = cell_na(); /* usage without a price: never 0 */
    }
    cells[12] = cell_count(d->snapshot);
}

/* One section with the table and what there is to say of it, as every document wants it. */
static void doc_of_table(struct arena *arena, struct str title, struct report_table *table,
                         const struct str *notes, size_t note_count, struct report_doc *doc)
{
    struct section_builder section = section_begin(arena, "list", STR(""));
    section_table(&section, table);
    for (size_t i = 0; i < note_count; i++)
        section_text(&section, ITEM_NOTE, notes[i]);
    doc->id = table->id;
    doc->title = title;
    doc->sections = arena_alloc(arena, sizeof *doc->sections);
    doc->sections[0] = section.section;
    doc->section_count = 1;
}

static enum gr_status imports_list(const struct options *options, struct arena *arena,
                                   struct session *session, struct gr_err *err)
{
    struct store_delivery_list list;
    GR_TRY(store_delivery_list(session->store, arena, &list, err));
    struct table_builder table = table_begin(arena, "imports", STR(""), list_columns, LIST_COLUMNS);
    table.table->empty_text = STR("No deliveries.");
    for (size_t i = 0; i < list.count; i++) {
        const struct store_delivery *delivery = &list.items[i];
        if (!wanted(options, delivery))
            continue;
        if (delivery->money_count == 0)
            list_row(&table, delivery, NULL);
        for (size_t j = 0; j < delivery->money_count; j++)
            list_row(&table, delivery, &delivery->money[j]);
    }
    const struct renderer *renderer;
    struct report_doc doc = {0};
    GR_TRY(output_renderer(options, &renderer, err));
    doc_of_table(arena, STR("Deliveries"), table.table, NULL, 0, &doc);
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static const struct report_column file_columns[] = {
    REPORT_COLUMN("path", "File", CELL_TEXT),
    REPORT_COLUMN("version", "Version", CELL_TEXT),
    REPORT_COLUMN("rows", "Rows", CELL_COUNT, .add_up = true),
    REPORT_COLUMN("stored", "Stored", CELL_COUNT, .add_up = true),
    REPORT_COLUMN("rejected", "Rejected", CELL_COUNT, .add_up = true),
    REPORT_COLUMN("skipped", "Skipped", CELL_COUNT, .add_up = true),
    REPORT_COLUMN("set_id", "Part of", CELL_TEXT, .optional = true),
    REPORT_COLUMN("manifest", "Manifest", CELL_TEXT, .optional = true),
    REPORT_COLUMN("sha256", "SHA-256", CELL_TEXT, .optional = true),
};

static enum gr_status imports_show(const struct options *options, struct arena *arena,
                                   struct session *session, struct gr_err *err)
{
    long id;
    if (options->argument_count < 2)
        return gr_fail(err, GR_EUSAGE, "imports show: wanted the number of a delivery");
    GR_TRY(argument_number("imports show", options->arguments[1], 1, &id, err));
    struct store_delivery delivery;
    struct store_file_list files;
    GR_TRY(store_delivery_get(session->store, arena, id, &delivery, err));
    GR_TRY(store_file_list(session->store, arena, id, &files, err));
    struct table_builder table = table_begin(arena, "files", STR(""), file_columns,
                                             sizeof file_columns / sizeof *file_columns);
    for (size_t i = 0; i < files.count; i++) {
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(files.items[i].path);
        cells[1] = cell_text(files.items[i].version);
        cells[2] = cell_count((int64_t)files.items[i].rows);
        cells[3] = cell_count((int64_t)files.items[i].stored);
        cells[4] = cell_count((int64_t)files.items[i].rejected);
        cells[5] = cell_count((int64_t)files.items[i].skipped);
        bool in_set = files.items[i].manifest.ptr != NULL;
        cells[6] = in_set ? cell_text(files.items[i].set_id) : cell_none();
        cells[7] = in_set ? cell_text(files.items[i].manifest) : cell_none();
        cells[8] = cell_text(files.items[i].sha256);
    }
    const struct renderer *renderer;
    struct report_doc doc = {0};
    GR_TRY(output_renderer(options, &renderer, err));
    struct str *warnings;
    size_t warning_count;
    GR_TRY(load_warnings(session->store, arena, id, &warnings, &warning_count, err));
    doc_of_table(arena,
                 arena_printf(arena, "Delivery %ld: %.*s %.*s", id, STR_ARG(delivery.source),
                              STR_ARG(delivery.period)),
                 table.table, warnings, warning_count, &doc);
    doc.subtitle =
        arena_printf(arena, "%s, %.*s, snapshot %lld", delivery_status_name(delivery.status),
                     STR_ARG(delivery.format), (long long)delivery.snapshot);
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

/* ---- drop ---- */

/* A delivery that is named by its number. */
static enum gr_status add_numbered(const struct options *options, struct arena *arena,
                                   struct store *store, const char *text,
                                   struct store_delivery_list *out, struct gr_err *err)
{
    long id;
    struct store_delivery *delivery = &out->items[out->count];
    GR_TRY(argument_number("imports drop", text, 1, &id, err));
    GR_TRY(store_delivery_get(store, arena, id, delivery, err));
    if (delivery->status != DELIVERY_LIVE)
        return gr_fail(err, GR_EUSAGE, "imports drop: delivery %ld is %s already", id,
                       delivery_status_name(delivery->status));
    if (!wanted(options, delivery))
        return gr_fail(err, GR_EUSAGE, "imports drop: delivery %ld is of %.*s %.*s", id,
                       STR_ARG(delivery->source), STR_ARG(delivery->period));
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].id == id)
            return gr_fail(err, GR_EUSAGE, "imports drop: delivery %ld is named twice", id);
    out->count++;
    return GR_OK;
}

/* The live deliveries that the numbers name, else --source, perhaps of one --period. */
static enum gr_status find_dropped(const struct options *options, struct arena *arena,
                                   struct store *store, struct store_delivery_list *out,
                                   struct gr_err *err)
{
    if (options->argument_count < 2) {
        GR_TRY(store_delivery_find(store, arena, DATASET_COUNT, str_from(options->source),
                                   str_from(options->period), out, err));
        if (out->count)
            return GR_OK;
        return gr_fail(err, GR_EUSAGE, "imports drop: no live delivery of %s%s%s", options->source,
                       options->period ? " " : "", options->period ? options->period : "");
    }
    out->items = arena_alloc_zeroed(arena, options->argument_count, sizeof *out->items);
    out->count = 0;
    for (size_t i = 1; i < options->argument_count; i++)
        GR_TRY(add_numbered(options, arena, store, options->arguments[i], out, err));
    return GR_OK;
}

/* "delivery 7  cost  aws/1  2026-10  892 rows  283,664.54 USD". Sources are data: gr_fail() keeps
 * their control characters off the screen. */
static void print_dropped(struct arena *arena, const struct store_delivery *d)
{
    struct gr_err line = {0};
    struct str sums = STR("");
    for (size_t m = 0; m < d->money_count && d->dataset != DATASET_INSTANCE; m++)
        sums =
            arena_join(arena,
                       (struct str[]){sums, str_from(m ? ", " : "  "),
                                      money_text(arena, d->money[m].sums[0], d->money[m].currency)},
                       3, STR(""));
    gr_fail(&line, GR_EDATA, "delivery %lld  %s  %.*s  %.*s  %llu rows%.*s", (long long)d->id,
            dataset_name(d->dataset), STR_ARG(d->source), STR_ARG(d->period),
            (unsigned long long)d->stored, STR_ARG(sums));
    puts(line.text);
}

/* What goes, on standard output. */
static void say_dropped(const struct options *options, struct arena *arena,
                        const struct store_delivery_list *list)
{
    uint64_t rows = 0;
    if (options->quiet)
        return;
    for (size_t i = 0; i < list->count; i++) {
        print_dropped(arena, &list->items[i]);
        rows += list->items[i].stored;
    }
    printf("%s %zu deliver%s, %llu row%s\n", options->dry_run ? "would drop" : "dropped",
           list->count, list->count == 1 ? "y" : "ies", (unsigned long long)rows,
           rows == 1 ? "" : "s");
}

static enum gr_status drop_all(const struct options *options, struct arena *arena,
                               struct store *store, struct store_delivery_list *list,
                               struct gr_err *err)
{
    GR_TRY(store_begin(store, err));
    GR_TRY(find_dropped(options, arena, store, list, err));
    if (options->dry_run)
        return GR_OK;
    for (size_t i = 0; i < list->count; i++)
        GR_TRY(store_delivery_remove(store, list->items[i].id, DELIVERY_DROPPED, err));
    return store_commit(store, err);
}

/* All in one transaction; --dry-run writes nothing. */
static enum gr_status imports_drop(const struct options *options, struct arena *arena,
                                   struct gr_err *err)
{
    struct store *store;
    struct store_delivery_list list = {0};
    struct str path = session_store_path(arena, options);
    if (!options->source && options->argument_count < 2)
        return gr_fail(err, GR_EUSAGE,
                       "imports drop: wanted --source NAME (and --period YYYY-MM), or numbers of "
                       "deliveries");
    if (access(path.ptr, F_OK) != 0)
        return gr_fail(err, GR_ESTORE, "no store at %s", path.ptr);
    GR_TRY(store_open(path.ptr, options->dry_run ? STORE_READ : STORE_WRITE, &store, err));
    enum gr_status status = drop_all(options, arena, store, &list, err);
    if (options->dry_run)
        store_rollback(store);
    store_close(store); /* rolls back what is open */
    if (!status)
        say_dropped(options, arena, &list);
    return status;
}

static enum gr_status imports_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    const char *verb = options->argument_count ? options->arguments[0] : "list";
    if (strcmp(verb, "drop") == 0)
        return imports_drop(options, arena, err);
    enum gr_status (*call)(const struct options *, struct arena *, struct session *,
                           struct gr_err *) = NULL;
    if (strcmp(verb, "list") == 0)
        call = imports_list;
    else if (strcmp(verb, "show") == 0)
        call = imports_show;
    else
        return gr_fail(err, GR_EUSAGE, "imports: \"%s\" is none of list, show, drop", verb);
    struct session session;
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = call(options, arena, &session, err);
    session_close(&session);
    return status;
}

const struct command command_imports = {
    .name = "imports",
    .usage = "[list|show ID|drop ID...|drop --source NAME [--period YYYY-MM]] [OPTIONS]",
    .what = "the ledger of deliveries",
    .more =
        "list: every delivery with its rows, days and sums. show ID: its files and hashes.\n"
        "drop: takes live deliveries out, by number or of a source and period, all of them or "
        "none;\n"
        "it prints their rows and sums, and the ledger keeps their lines. --dry-run only prints.",
    .groups = OPTIONS_COMMON | OPTIONS_OUTPUT | OPTIONS_LEDGER,
    .run = imports_run,
};
