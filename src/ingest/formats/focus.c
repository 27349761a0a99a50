/* FOCUS 1.0 to 1.4 CSV, the CostAndUsage dataset: header by names in any order, one charge a row.
 *
 * Registered in ../detect.c. The header is turned into a plan once (source cell -> column, kind),
 * by which bill_rows.c reads the rows. Column rules: FOCUS specification 1.0 to 1.4; quirks of real
 * files: NULL, null and empty for absent, dates with and without T and Z, US dates, E notation,
 * unknown columns.
 */
#include <stdio.h>

#include "ingest/bill_header.h"
#include "ingest/formats/formats.h"

struct focus_reader {
    struct bill_rows rows;
    struct bill_header header;
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

static const char *const required_columns[] = {"BilledCost", "BillingCurrency", "ChargePeriodStart",
                                               NULL};

static void find_version(const struct focus_reader *reader, struct ingest_file_facts *facts)
{
    const char *version = "1.0";
    for (size_t i = 0; i < sizeof version_marks / sizeof version_marks[0]; i++) {
        if (bill_header_find(&reader->header, version_marks[i].column) >= 0) {
            version = version_marks[i].version;
            break;
        }
    }
    snprintf(facts->version, sizeof facts->version, "%s", version);
}

/* FOCUS names its columns as the batch does. */
static enum gr_status read_header(struct focus_reader *reader, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    struct bill_header *header = &reader->header;
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    struct bill_name *names = arena_alloc(&reader->arena, count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = (struct bill_name){defs[i].name, (int)i};
    GR_TRY(bill_header_read(header, err));
    GR_TRY(bill_header_require(header, required_columns, err));
    find_version(reader, facts);
    return bill_header_plan(header, names, count, err);
}

/* ---- the rows ---- */

/* What the row needs, and what can be said for it. NULL, or what is missing. */
static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    (void)context;
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

static const char *const resource_columns[] = {"ResourceId", "ResourceName", NULL};
static const char *const sku_columns[] = {"SkuPriceId", "SkuId", NULL};

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
    reader.header =
        (struct bill_header){.rows = &reader.rows, .arena = &reader.arena, .what = "FOCUS"};
    enum gr_status status = read_header(&reader, facts, err);
    if (status == GR_OK && options->columns)
        status = bill_columns_keep(&reader.rows, options->columns, needed_columns, err);
    reader.rows.resource = bill_header_key(&reader.header, resource_columns);
    reader.rows.sku = bill_header_key(&reader.header, sku_columns);
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
