/* Reconciliation and method: the proof that the report holds what was delivered, and the rules by
 * which its figures were made. Called by build.c.
 */
#include <stdlib.h>
#include <string.h>

#include "report/block_tables.h"
#include "report/blocks.h"
#include "report/method_reconcile.h"
#include "report/report_internal.h"
#include "store/store_tables.h"

enum { FILES_SHOWN = 60, SHA256_SHOWN = 16 };

static const struct block_column category_columns[] = {
    {"category",  "Charge category", CELL_TEXT,  0           },
    {"currency",  "Currency",        CELL_TEXT,  0           },
    {"billed",    "Billed",          CELL_MONEY, BLOCK_ADD_UP},
    {"effective", "Effective",       CELL_MONEY, BLOCK_ADD_UP},
    {"records",   "Rows",            CELL_COUNT, BLOCK_ADD_UP},
};
static const struct block_column file_columns[] = {
    {"file",     "File",                     CELL_TEXT,  0},
    {"dataset",  "Holds",                    CELL_TEXT,  0},
    {"sha256",   "SHA-256, first 16 digits", CELL_TEXT,  0},
    {"rows",     "Rows",                     CELL_COUNT, 0},
    {"stored",   "Stored",                   CELL_COUNT, 0},
    {"rejected", "Rejected",                 CELL_COUNT, 0},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- charge categories ---- */

static enum gr_status bind_categories(const struct report_context *context, struct sql_query *query,
                                      struct gr_err *err)
{
    char first[11], end[11];
    day_format(context->days.first, first);
    day_format(context->days.end, end);
    GR_TRY(sql_bind(query, "from", str_from(first), err));
    GR_TRY(sql_bind(query, "to", str_from(end), err));
    GR_TRY(sql_bind(query, "filter", context->filter, err));
    return sql_bind(query, "basis", context->by_billing ? STR("billing") : STR("charge"), err);
}

static enum gr_status read_categories(struct arena *arena, struct sql_query *query,
                                      struct table_builder *table, struct gr_err *err)
{
    for (bool row;;) {
        struct decimal billed, effective;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return report_add_totals(table, err);
        GR_TRY(sql_column_decimal(query, 2, &billed, err));
        GR_TRY(sql_column_decimal(query, 3, &effective, err));
        struct str currency = arena_str(arena, sql_column_text(query, 1));
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_text(arena_str(arena, sql_column_text(query, 0)));
        cells[1] = cell_text(currency);
        cells[2] = cell_money(billed, currency);
        cells[3] = cell_money(effective, currency);
        cells[4] = sql_column_type(query, 4) == SQL_NULL ? cell_none()
                                                         : cell_count(sql_column_int(query, 4));
    }
}

static enum gr_status add_categories(const struct report_context *context,
                                     struct section_builder *section, struct gr_err *err)
{
    struct sql_query *query;
    struct table_builder table =
        block_table(context->arena, "charge_categories", STR("Charges by category"),
                    category_columns, COUNT(category_columns));
    table.table->empty_text = STR("No charges in this period.");
    GR_TRY(sql_query_named(context->sql, "charge-categories", &query, err));
    enum gr_status status = bind_categories(context, query, err);
    if (!status)
        status = read_categories(context->arena, query, &table, err);
    sql_query_close(query);
    if (!status)
        section_table(section, table.table);
    return status;
}

/* ---- rows without a cost ---- */

static enum gr_status read_unknown(const struct report_context *context, struct sql_query *query,
                                   struct section_builder *section, struct gr_err *err)
{
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        int64_t rows = sql_column_int(query, 6), known = sql_column_int(query, 8);
        if (known < rows)
            section_text(section, ITEM_PARAGRAPH,
                         arena_printf(context->arena,
                                      "The %.*s cost of %lld of %lld rows in %.*s is not known; it "
                                      "counts as 0 in every sum.",
                                      STR_ARG(context->cost), (long long)(rows - known),
                                      (long long)rows, STR_ARG(sql_column_text(query, 4))));
    }
}

/* Sums take them for 0, so they are said once beside the charges. */
static enum gr_status add_unknown(const struct report_context *context,
                                  struct section_builder *section, struct gr_err *err)
{
    struct sql_query *query;
    GR_TRY(sql_query_named(context->sql, "by-dimension", &query, err));
    enum gr_status status = bind_categories(context, query, err);
    if (!status)
        status = sql_bind(query, "dimensions", STR(""), err);
    if (!status)
        status = sql_bind(query, "cost", context->cost, err);
    if (!status)
        status = sql_bind_int(query, "top", 0, err);
    if (!status)
        status = read_unknown(context, query, section, err);
    sql_query_close(query);
    return status;
}

/* ---- input files ---- */

/* One file and dataset: a file of several months or sources is in several deliveries. */
struct input_file {
    struct str name, sha256;
    enum dataset dataset;
    uint64_t rows, stored, rejected;
};

struct input_files {
    struct input_file *items;
    size_t count, capacity;
};

static struct str file_name(struct str path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/')
            return (struct str){path.ptr + i, path.len - i};
    return str_is(path, "-") ? STR("(standard input)") : path;
}

static void files_add(struct input_files *files, enum dataset dataset,
                      const struct store_file *file)
{
    if (files->count == files->capacity) {
        files->capacity = files->capacity ? files->capacity * 2 : 64;
        files->items = gr_realloc(files->items, files->capacity * sizeof *files->items);
    }
    files->items[files->count++] = (struct input_file){.name = file_name(file->path),
                                                       .sha256 = file->sha256,
                                                       .dataset = dataset,
                                                       .rows = file->rows,
                                                       .stored = file->stored,
                                                       .rejected = file->rejected};
}

static int compare_files(const void *a, const void *b)
{
    const struct input_file *left = a, *right = b;
    if (left->dataset != right->dataset)
        return left->dataset < right->dataset ? -1 : 1;
    int order = str_compare(left->name, right->name);
    return order ? order : str_compare(left->sha256, right->sha256);
}

static void files_merge(struct input_files *files)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++) {
        struct input_file *file = &files->items[i];
        if (kept && compare_files(&files->items[kept - 1], file) == 0) {
            files->items[kept - 1].rows += file->rows;
            files->items[kept - 1].stored += file->stored;
            files->items[kept - 1].rejected += file->rejected;
        } else {
            files->items[kept++] = *file;
        }
    }
    files->count = kept;
}

static enum gr_status list_files(const struct report_context *context,
                                 const struct store_delivery_list *deliveries,
                                 struct input_files *out, struct gr_err *err)
{
    for (size_t i = 0; i < deliveries->count; i++) {
        struct store_file_list list;
        GR_TRY(
            store_file_list(context->store, context->arena, deliveries->items[i].id, &list, err));
        for (size_t f = 0; f < list.count; f++)
            files_add(out, deliveries->items[i].dataset, &list.items[f]);
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_files);
    files_merge(out);
    return GR_OK;
}

static struct str count_text(struct arena *arena, uint64_t count)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format_fixed(decimal_from_int((int64_t)count), 0, ',', &text);
    struct str result = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return result;
}

static void fill_files(const struct report_context *context, const struct input_files *files,
                       struct section_builder *section)
{
    uint64_t rows = 0, rejected = 0;
    struct table_builder table = block_table(context->arena, "input_files", STR("Input files"),
                                             file_columns, COUNT(file_columns));
    table.table->empty_text = STR("No files touch this period.");
    for (size_t i = 0; i < files->count; i++) {
        const struct input_file *file = &files->items[i];
        rows += file->rows;
        rejected += file->rejected;
        if (i >= FILES_SHOWN)
            continue;
        struct str sha256 = file->sha256;
        if (sha256.len > SHA256_SHOWN)
            sha256.len = SHA256_SHOWN;
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(file->name);
        cells[1] = cell_text(str_from(dataset_name(file->dataset)));
        cells[2] = cell_text(sha256);
        cells[3] = cell_count((int64_t)file->rows);
        cells[4] = cell_count((int64_t)file->stored);
        cells[5] = cell_count((int64_t)file->rejected);
    }
    if (files->count > FILES_SHOWN)
        table.table->rows_not_shown = files->count - FILES_SHOWN;
    section_table(section, table.table);
    section_text(
        section, ITEM_PARAGRAPH,
        arena_printf(context->arena, "%.*s of the %.*s rows read from these files were rejected%s.",
                     STR_ARG(count_text(context->arena, rejected)),
                     STR_ARG(count_text(context->arena, rows)),
                     rejected ? "; `gpureport rejects` lists them with line and reason" : ""));
}

static enum gr_status add_files(const struct report_context *context,
                                const struct store_delivery_list *deliveries,
                                struct section_builder *section, struct gr_err *err)
{
    struct input_files files = {0};
    enum gr_status status = list_files(context, deliveries, &files, err);
    if (!status)
        fill_files(context, &files, section);
    free(files.items);
    return status;
}

/* ---- method ---- */

struct price_book_lines {
    struct str name;
    size_t lines;
};

/* "2026-09 (120 prices), own (8 prices)"; "" without any. */
static enum gr_status price_books(const struct report_context *context, struct str *out,
                                  struct gr_err *err)
{
    struct store_price_list prices;
    GR_TRY(store_prices_list(context->store, context->arena, STR_NONE, &prices, err));
    struct price_book_lines *books =
        arena_alloc(context->arena, (prices.count + 1) * sizeof *books);
    size_t count = 0;
    for (size_t i = 0; i < prices.count; i++) {
        size_t at = 0;
        while (at < count && !str_equal(books[at].name, prices.items[i].book))
            at++;
        if (at == count)
            books[count++] = (struct price_book_lines){prices.items[i].book, 0};
        books[at].lines++;
    }
    *out = STR("");
    for (size_t i = 0; i < count; i++)
        *out = arena_printf(context->arena, "%.*s%s%.*s (%zu prices)", STR_ARG(*out),
                            out->len ? ", " : "", STR_ARG(books[i].name), books[i].lines);
    return GR_OK;
}

static void add_scope(const struct report_context *context, int64_t snapshot,
                      struct section_builder *section)
{
    char first[11], last[11], as_of[11];
    struct str filters = report_filter_text(context);
    day_format(context->days.first, first);
    day_format(day_add(context->days.end, -1), last);
    day_format(context->as_of, as_of);
    section_text(section, ITEM_PARAGRAPH,
                 arena_printf(context->arena,
                              "Period: %s to %s, both days included, by %s; days are days of %.*s. "
                              "Cost: %.*s unless a heading names another. Filters: %.*s. As of %s. "
                              "Everything was read from snapshot %lld of the store.",
                              first, last,
                              context->by_billing ? "the billing period of a charge"
                                                  : "the start of a charge",
                              STR_ARG(context->zone_name), STR_ARG(context->cost),
                              STR_ARG(filters.len ? filters : STR("none")), as_of,
                              (long long)snapshot));
}

static void add_kinds(const struct report_context *context, struct section_builder *section)
{
    if (!context->excluded.len) {
        section_text(section, ITEM_PARAGRAPH,
                     STR("Taxes, credits, refunds and corrections are in all totals."));
        return;
    }
    struct report_context kinds = *context;
    kinds.filter = context->excluded;
    section_text(section, ITEM_PARAGRAPH,
                 arena_join(context->arena,
                            (struct str[]){STR("Some kinds of charges were left out by --exclude, "
                                               "so totals are not those of the invoice. Kept are "
                                               "rows with "),
                                           report_filter_text(&kinds), STR(".")},
                            3, STR("")));
}

static void add_rules(const struct report_context *context, struct str books,
                      struct section_builder *section)
{
    section_text(
        section, ITEM_PARAGRAPH,
        STR("Rounding: amounts are exact decimals of up to 28 places, summed in 128 bits "
            "without rounding and rounded once, when printed, half to even to the "
            "currency's minor unit; parts that are shown rounded may therefore differ from "
            "a total in the last digit. CSV and JSON carry every digit. Currencies are "
            "never added; where a report is converted, this section is not: it compares with "
            "what was delivered."));
    section_text(section, ITEM_PARAGRAPH,
                 STR("Counted once: a day of a provider that a bill covers counts as billed; the "
                     "cost computed from usage of the same day is shown beside it and never added. "
                     "A replaced delivery is out of every sum. Rows without a value are groups of "
                     "their own, so that groups add "
                     "up to the total."));
    section_text(section, ITEM_PARAGRAPH,
                 arena_printf(context->arena,
                              "Computed LLM cost is marked ~ where it counts: tokens of disjoint "
                              "classes by the prices that held on their day. Price books: %.*s. "
                              "Usage without a price is shown as unpriced, never as 0.",
                              STR_ARG(books.len ? books : STR("none"))));
    section_text(section, ITEM_PARAGRAPH,
                 STR("Ratios are ratios of sums, n/a where the denominator is 0 or unknown. "
                     "Forecasts, and all figures marked ~, are estimates; the section that shows a "
                     "forecast names its method, its range and how much history it had."));
}

enum gr_status block_method(const struct report_context *context, struct section_builder *section,
                            struct gr_err *err)
{
    struct store_delivery_list deliveries;
    struct str books;
    int64_t snapshot;
    GR_TRY(store_snapshot(context->store, &snapshot, err));
    GR_TRY(price_books(context, &books, err));
    GR_TRY(method_deliveries(context, &deliveries, err));
    GR_TRY(method_add_reconciliation(context, &deliveries, section, err));
    GR_TRY(add_categories(context, section, err));
    GR_TRY(add_unknown(context, section, err));
    GR_TRY(method_add_usage(context, section, err));
    GR_TRY(add_files(context, &deliveries, section, err));
    add_scope(context, snapshot, section);
    add_kinds(context, section);
    add_rules(context, books, section);
    return GR_OK;
}
