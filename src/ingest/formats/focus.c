/* FOCUS 1.0 to 1.4 CSV, the CostAndUsage dataset: header by names in any order, one charge a row.
 *
 * Registered in ../detect.c. The header is turned into a plan once (source cell -> column, kind),
 * by which bill_rows.c reads the rows. Column rules: FOCUS specification 1.0 to 1.4; quirks of real
 * files: NULL, null and empty for absent, dates with and without T and Z, US dates, E notation,
 * unknown columns.
 */
#include <stdio.h>

#include "ingest/bill_rows.h"
#include "ingest/formats/formats.h"
#include "ingest/secrets.h"

enum { FOCUS_COLUMNS_MAX = 1024 };

struct focus_reader {
    struct bill_rows rows;
    struct emit emit;
    struct arena arena;
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

/* What a row and its way into a delivery need, whatever the user wants to keep. */
static const char *const needed_columns[] = {
    "BilledCost",          "BillingCurrency",  "ChargePeriodStart",
    "BillingPeriodStart",  "BillingPeriodEnd", "ProviderName",
    "ServiceProviderName", "BillingAccountId", NULL};

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

/* ---- the header ---- */

static enum gr_status refuse_duplicates(const struct focus_reader *reader, struct gr_err *err)
{
    for (size_t i = 0; i < reader->rows.column_count; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal_nocase(reader->rows.columns[i].name, reader->rows.columns[k].name))
                return gr_fail(err, GR_EDATA, "columns %zu and %zu are both named \"%.*s\"", k + 1,
                               i + 1, STR_ARG(reader->rows.columns[i].name));
    return GR_OK;
}

static int find_column(const struct focus_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->rows.column_count; i++)
        if (str_equal_nocase(reader->rows.columns[i].name, str_from(name)))
            return (int)i;
    return -1;
}

static bool has_column(const struct focus_reader *reader, const char *name)
{
    return find_column(reader, name) >= 0;
}

static enum gr_status require_columns(const struct focus_reader *reader, struct gr_err *err)
{
    static const char *const required[] = {"BilledCost", "BillingCurrency", "ChargePeriodStart"};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!has_column(reader, required[i]))
            return gr_fail(err, GR_EDATA, "the FOCUS column %s is missing (%zu columns are there)",
                           required[i], reader->rows.column_count);
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
    struct bill_column *plan = &reader->rows.columns[at];
    int known = find_focus_column(plan->name);
    if (known >= 0) {
        plan->column = (size_t)known;
        plan->kind = batch->columns[known].kind;
    } else {
        plan->kind = COLUMN_TEXT;
        plan->dropped = secret_tag_name(plan->name);
        reader->rows.holds_secrets |= plan->dropped;
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
    GR_TRY(csv_next(reader->rows.csv, &row, &more, err));
    if (!more)
        return gr_fail(err, GR_EDATA, "has no header line");
    if (row.fault)
        return gr_fail(err, GR_EDATA, "line %llu: the header %s", (unsigned long long)row.line,
                       row.fault);
    if (row.cell_count > FOCUS_COLUMNS_MAX)
        return gr_fail(err, GR_EDATA, "%zu columns; at most %d are read", row.cell_count,
                       FOCUS_COLUMNS_MAX);
    reader->rows.column_count = row.cell_count;
    reader->rows.columns =
        arena_alloc_zeroed(&reader->arena, row.cell_count, sizeof *reader->rows.columns);
    for (size_t i = 0; i < row.cell_count; i++) {
        struct str name = str_trim(row.cells[i]);
        reader->rows.columns[i].name = name.len > 0
                                           ? arena_str(&reader->arena, name)
                                           : arena_printf(&reader->arena, "column_%zu", i + 1);
    }
    GR_TRY(refuse_duplicates(reader, err));
    GR_TRY(require_columns(reader, err));
    find_version(reader, facts);
    struct batch *batch = emit_row(&reader->emit, DATASET_COST);
    for (size_t i = 0; i < row.cell_count; i++)
        GR_TRY(plan_column(reader, batch, i, err));
    csv_expect_cells(reader->rows.csv, row.cell_count);
    return GR_OK;
}

/* ---- the rows ---- */

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

/* The cell that others follow: the first of the two columns that is there and kept. */
static int key_cell(const struct focus_reader *reader, const char *name, const char *other)
{
    int cell = find_column(reader, name);
    if (cell < 0 || reader->rows.columns[cell].dropped)
        cell = find_column(reader, other);
    return cell < 0 || reader->rows.columns[cell].dropped ? -1 : cell;
}

static enum gr_status focus_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    struct focus_reader reader = {.arena = ARENA_EMPTY};
    GR_TRY(bill_csv_open(source, options, ',', &reader.rows.csv, err));
    emit_init(&reader.emit, sink, texts, facts);
    reader.rows.emit = &reader.emit;
    reader.rows.dataset = DATASET_COST;
    reader.rows.complete = complete_row;
    enum gr_status status = read_header(&reader, facts, err);
    if (status == GR_OK && options->columns)
        status = bill_columns_keep(&reader.rows, options->columns, needed_columns, err);
    reader.rows.resource = key_cell(&reader, "ResourceId", "ResourceName");
    reader.rows.sku = key_cell(&reader, "SkuPriceId", "SkuId");
    if (status == GR_OK)
        status = bill_rows_read(&reader.rows, err);
    emit_deinit(&reader.emit);
    csv_close(reader.rows.csv);
    arena_deinit(&reader.arena);
    return status;
}

const struct bill_format format_focus = {
    .name = "focus",
    .what = "FOCUS 1.0 to 1.4 cost and usage, CSV",
    .oracle = "libcsv",
    .sniff = focus_sniff,
    .read = focus_read,
};
