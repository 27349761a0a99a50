/* FOCUS 1.0 to 1.4 CSV, the CostAndUsage dataset: header by names in any order, one charge a row.
 *
 * Registered in ../detect.c. The header is turned into a plan once (source cell -> column, kind); a
 * cell then costs one switch. Column rules: FOCUS specification 1.0 to 1.4; quirks of real files:
 * NULL, null and empty for absent, dates with and without T and Z, US dates, E notation, unknown
 * columns.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv.h"
#include "ingest/emit.h"
#include "ingest/formats/formats.h"
#include "ingest/moments.h"
#include "ingest/secrets.h"

enum { FOCUS_COLUMNS_MAX = 1024, RECENT_MAX = 40 };

/* One column of the file. */
struct focus_column {
    struct str name; /* as in the file */
    enum column_kind kind;
    size_t column; /* of the batch */
    bool dropped;  /* a secret's column */
    struct dict *texts;
    uint32_t generation; /* of texts, when `recent` was put there */
    struct str recent;   /* TEXT: text of recent_code; bills repeat themselves from row to row */
    uint32_t recent_code;
    char recent_moment[RECENT_MAX]; /* MOMENT: the cell read last ... */
    size_t recent_moment_len;
    int64_t recent_ms; /* ... and what it was */
};

struct focus_reader {
    struct csv_reader *csv;
    struct emit emit;
    struct arena arena;
    struct focus_column *columns;
    size_t column_count;
    bool holds_secrets; /* a column was dropped: raw rows must not be shown either */
};

/* Columns that first appeared in a version; a file is as new as its newest column. */
struct version_mark {
    const char *column;
    const char *version;
};

static const struct version_mark version_marks[] = {
    {"CommitmentProgramEligibilityDetails", "1.4"},
    {"InvoiceDetailId",                     "1.4"},
    {"ServiceProviderName",                 "1.3"},
    {"HostProviderName",                    "1.3"},
    {"ContractApplied",                     "1.3"},
    {"AllocatedMethodId",                   "1.3"},
    {"AllocatedMethodDetails",              "1.3"},
    {"AllocatedResourceId",                 "1.3"},
    {"AllocatedResourceName",               "1.3"},
    {"AllocatedTags",                       "1.3"},
    {"BillingAccountType",                  "1.2"},
    {"SubAccountType",                      "1.2"},
    {"InvoiceId",                           "1.2"},
    {"PricingCurrency",                     "1.2"},
    {"PricingCurrencyContractedUnitPrice",  "1.2"},
    {"PricingCurrencyEffectiveCost",        "1.2"},
    {"PricingCurrencyListUnitPrice",        "1.2"},
    {"CapacityReservationId",               "1.1"},
    {"CapacityReservationStatus",           "1.1"},
    {"CommitmentDiscountQuantity",          "1.1"},
    {"CommitmentDiscountUnit",              "1.1"},
    {"ServiceSubcategory",                  "1.1"},
    {"SkuMeter",                            "1.1"},
    {"SkuPriceDetails",                     "1.1"},
};

static int find_focus_column(struct str name)
{
    int exact = dataset_find_column(DATASET_COST, name);
    if (exact >= 0)
        return exact;
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(name, str_from(defs[i].name)))
            return (int)i;
    return -1;
}

static int focus_sniff(const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    int known = 0;
    bool cost = false, start = false;
    if (csv_first_row(&arena, head->bytes, head->complete, ',', &cells, &count)) {
        for (size_t i = 0; i < count; i++) {
            int column = find_focus_column(str_trim(cells[i]));
            known += column >= 0;
            cost |= column == COST_BilledCost || column == COST_EffectiveCost;
            start |= column == COST_ChargePeriodStart;
        }
    }
    arena_deinit(&arena);
    if (known < 4 || !cost || !start)
        return 0;
    return known >= 20 ? 95 : 80;
}

static bool is_absent(struct str cell)
{
    return cell.len == 0 || (cell.len == 4 && (memcmp(cell.ptr, "NULL", 4) == 0 ||
                                               memcmp(cell.ptr, "null", 4) == 0));
}

/* ---- the header ---- */

static enum gr_status refuse_duplicates(const struct focus_reader *reader, struct gr_err *err)
{
    for (size_t i = 0; i < reader->column_count; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal_nocase(reader->columns[i].name, reader->columns[k].name))
                return gr_fail(err, GR_EDATA, "columns %zu and %zu are both named \"%.*s\"", k + 1,
                               i + 1, STR_ARG(reader->columns[i].name));
    return GR_OK;
}

static bool has_column(const struct focus_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->column_count; i++)
        if (str_equal_nocase(reader->columns[i].name, str_from(name)))
            return true;
    return false;
}

static enum gr_status require_columns(const struct focus_reader *reader, struct gr_err *err)
{
    static const char *const required[] = {"BilledCost", "BillingCurrency", "ChargePeriodStart"};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!has_column(reader, required[i]))
            return gr_fail(err, GR_EDATA, "the FOCUS column %s is missing (%zu columns are there)",
                           required[i], reader->column_count);
    return GR_OK;
}

static void find_version(const struct focus_reader *reader, struct ingest_file_facts *facts)
{
    const char *version = "1.0";
    for (size_t i = 0; i < sizeof version_marks / sizeof version_marks[0]; i++) {
        if (has_column(reader, version_marks[i].column)) {
            version = version_marks[i].version;
            break;
        }
    }
    snprintf(facts->version, sizeof facts->version, "%s", version);
}

/* Where the cells of a source column go. */
static enum gr_status plan_column(struct focus_reader *reader, struct batch *batch, size_t at,
                                  struct gr_err *err)
{
    struct focus_column *plan = &reader->columns[at];
    int known = find_focus_column(plan->name);
    if (known >= 0) {
        plan->column = (size_t)known;
        plan->kind = batch->columns[known].kind;
    } else {
        plan->kind = COLUMN_TEXT;
        plan->dropped = secret_tag_name(plan->name);
        reader->holds_secrets |= plan->dropped;
        if (!plan->dropped && !emit_extra(batch, plan->name, &plan->column))
            return gr_fail(err, GR_EDATA, "more than %d columns that FOCUS does not know",
                           EMIT_EXTRA_COLUMNS_MAX);
    }
    return GR_OK;
}

static enum gr_status read_header(struct focus_reader *reader, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    struct csv_row row;
    bool more;
    GR_TRY(csv_next(reader->csv, &row, &more, err));
    if (!more)
        return gr_fail(err, GR_EDATA, "has no header line");
    if (row.fault)
        return gr_fail(err, GR_EDATA, "line %llu: the header %s", (unsigned long long)row.line,
                       row.fault);
    if (row.cell_count > FOCUS_COLUMNS_MAX)
        return gr_fail(err, GR_EDATA, "%zu columns; at most %d are read", row.cell_count,
                       FOCUS_COLUMNS_MAX);
    reader->column_count = row.cell_count;
    reader->columns = arena_alloc_zeroed(&reader->arena, row.cell_count, sizeof *reader->columns);
    for (size_t i = 0; i < row.cell_count; i++) {
        struct str name = str_trim(row.cells[i]);
        reader->columns[i].name = name.len > 0 ? arena_str(&reader->arena, name)
                                               : arena_printf(&reader->arena, "column_%zu", i + 1);
    }
    GR_TRY(refuse_duplicates(reader, err));
    GR_TRY(require_columns(reader, err));
    find_version(reader, facts);
    struct batch *batch = emit_row(&reader->emit, DATASET_COST);
    for (size_t i = 0; i < row.cell_count; i++)
        GR_TRY(plan_column(reader, batch, i, err));
    for (size_t i = 0; i < row.cell_count; i++) {
        struct focus_column *plan = &reader->columns[i];
        if (plan->kind == COLUMN_TEXT && !plan->dropped)
            plan->texts = batch->columns[plan->column].texts;
    }
    csv_expect_cells(reader->csv, row.cell_count);
    return GR_OK;
}

/* ---- the rows ---- */

static void put_text(struct focus_column *plan, struct batch *batch, struct str cell)
{
    if (plan->generation != plan->texts->generation || cell.len != plan->recent.len ||
        !plan->recent.ptr || memcmp(cell.ptr, plan->recent.ptr, cell.len) != 0) {
        plan->recent_code = dict_intern(plan->texts, cell);
        plan->recent = dict_text(plan->texts, plan->recent_code);
        plan->generation = plan->texts->generation;
    }
    struct batch_column *column = &batch->columns[plan->column];
    if (!column->codes)
        batch_column_ready(batch, plan->column);
    assert(column->codes);
    column->codes[batch->rows] = plan->recent_code;
}

/* NULL, or why the cell is not a decimal. */
static const char *put_decimal(struct focus_column *plan, struct batch *batch, struct str cell)
{
    struct decimal value;
    switch (decimal_read(cell, &value)) {
    case DECIMAL_READ_OK:
        batch_set_decimal(batch, plan->column, batch->rows, value);
        return NULL;
    case DECIMAL_READ_RANGE:
        return "is beyond 10^15 or has more than 28 decimals";
    case DECIMAL_READ_SYNTAX:
        break;
    }
    return str_trim(cell).len == 0 ? NULL : "is not a decimal amount";
}

static const char *put_moment(struct focus_column *plan, struct batch *batch, struct str cell)
{
    if (cell.len != plan->recent_moment_len ||
        memcmp(cell.ptr, plan->recent_moment, cell.len) != 0) {
        int64_t moment;
        if (!moment_read_bill(cell, &moment))
            return str_trim(cell).len == 0 ? NULL : "is not a date or time";
        plan->recent_ms = moment;
        plan->recent_moment_len = 0;
        if (cell.len <= RECENT_MAX) {
            memcpy(plan->recent_moment, cell.ptr, cell.len);
            plan->recent_moment_len = cell.len;
        }
    }
    batch_set_moment(batch, plan->column, batch->rows, plan->recent_ms);
    return NULL;
}

static const char *put_cell(struct focus_column *plan, struct batch *batch, struct str cell)
{
    switch (plan->kind) {
    case COLUMN_TEXT:
        put_text(plan, batch, cell);
        return NULL;
    case COLUMN_DECIMAL:
        return put_decimal(plan, batch, cell);
    case COLUMN_MOMENT:
        return put_moment(plan, batch, cell);
    }
    return NULL;
}

/* What the row needs, and what can be said for it. NULL, or what is missing. */
static const char *complete_row(struct batch *batch, struct str *column)
{
    uint32_t row = batch->rows;
    int64_t start = batch_moment(batch, COST_ChargePeriodStart, row);
    if (start == MOMENT_NONE) {
        *column = STR("ChargePeriodStart");
        return "ChargePeriodStart is absent";
    }
    if (!batch_text(batch, COST_BillingCurrency, row).ptr) {
        *column = STR("BillingCurrency");
        return "BillingCurrency is absent";
    }
    if (batch_moment(batch, COST_BillingPeriodStart, row) == MOMENT_NONE) {
        struct day month = month_first(day_of_moment(start));
        batch_set_moment(batch, COST_BillingPeriodStart, row, moment_of_day(month));
        if (batch_moment(batch, COST_BillingPeriodEnd, row) == MOMENT_NONE)
            batch_set_moment(batch, COST_BillingPeriodEnd, row, moment_of_day(month_add(month, 1)));
    }
    if (!batch_text(batch, COST_ProviderName, row).ptr) {
        struct str provider = batch_text(batch, COST_ServiceProviderName, row);
        if (provider.ptr)
            batch_set_text(batch, COST_ProviderName, row, provider);
    }
    return NULL;
}

/* Parts that were joined bring their header again, behind a BOM of their own or not. */
static bool repeats_header(const struct focus_reader *reader, const struct csv_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        struct str cell = row->cells[i];
        if (i == 0 && str_starts(cell, STR("\xef\xbb\xbf")))
            cell = (struct str){cell.ptr + 3, cell.len - 3};
        if (!str_equal(str_trim(cell), str_trim(reader->columns[i].name)))
            return false;
    }
    return true;
}

static enum gr_status put_row(struct focus_reader *reader, const struct csv_row *row,
                              struct gr_err *err)
{
    struct ingest_reject reject = {
        .line = row->line, .byte_offset = row->byte_offset, .raw = row->raw};
    if (reader->holds_secrets)
        reject.raw = STR("(withheld: it may hold a secret)");
    if (row->fault) {
        reject.reason = str_from(row->fault);
        return emit_reject(&reader->emit, reject, err);
    }
    struct batch *batch = emit_row(&reader->emit, DATASET_COST);
    for (size_t i = 0; i < row->cell_count; i++) {
        struct focus_column *plan = &reader->columns[i];
        struct str cell = row->cells[i];
        if (is_absent(cell) || plan->dropped)
            continue;
        const char *reason = put_cell(plan, batch, cell);
        if (reason) {
            emit_undo(&reader->emit, DATASET_COST);
            if (repeats_header(reader, row)) {
                emit_skip(&reader->emit, 1);
                return GR_OK;
            }
            reject.column = plan->name;
            reject.value = cell;
            reject.reason = str_from(reason);
            return emit_reject(&reader->emit, reject, err);
        }
    }
    const char *missing = complete_row(batch, &reject.column);
    if (missing) {
        emit_undo(&reader->emit, DATASET_COST);
        reject.reason = str_from(missing);
        return emit_reject(&reader->emit, reject, err);
    }
    return emit_done(&reader->emit, DATASET_COST, row->line, err);
}

static enum gr_status read_rows(struct focus_reader *reader, struct gr_err *err)
{
    for (;;) {
        struct csv_row row;
        bool more;
        GR_TRY(csv_next(reader->csv, &row, &more, err));
        if (!more)
            break;
        GR_TRY(put_row(reader, &row, err));
    }
    emit_skip(&reader->emit, csv_blank_lines(reader->csv));
    return emit_flush(&reader->emit, err);
}

static enum gr_status focus_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    struct focus_reader reader = {.arena = ARENA_EMPTY};
    GR_TRY(csv_open(source, options->reader, ',', &reader.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    enum gr_status status = read_header(&reader, facts, err);
    if (status == GR_OK)
        status = read_rows(&reader, err);
    emit_deinit(&reader.emit);
    csv_close(reader.csv);
    arena_deinit(&reader.arena);
    return status;
}

const struct bill_format format_focus = {
    .name = "focus",
    .what = "FOCUS 1.0 to 1.4 cost and usage, CSV",
    .sniff = focus_sniff,
    .read = focus_read,
};
