/* See recon_rows.h. Values and columns are those of the FOCUS specification 1.0 to 1.4. */
#include "report/recon_rows.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum row_cell {
    ROW_CHARGE_START,
    ROW_CHARGE_END,
    ROW_BILLING_START,
    ROW_BILLING_END,
    ROW_BILLED,
    ROW_EFFECTIVE,
    ROW_LIST,
    ROW_CONTRACTED,
    ROW_CATEGORY,
    ROW_ACCOUNT,
    ROW_CURRENCY,
    ROW_ISSUER,
    ROW_PROVIDER,
    ROW_PUBLISHER,
    ROW_SERVICE,
    ROW_SERVICE_CATEGORY, /* the mandatory ones end here */
    ROW_CLASS,
    ROW_FREQUENCY,
    ROW_PRICING,
    ROW_STATUS,
    ROW_COMMITMENT,
    ROW_TYPE,
    ROW_RESOURCE,
    ROW_SKU,
    ROW_SKU_PRICE,
    ROW_METHOD,
    ROW_DETAILS,
    ROW_CELLS
};
static const int row_columns[ROW_CELLS] = {
    [ROW_CHARGE_START] = COST_ChargePeriodStart,
    [ROW_CHARGE_END] = COST_ChargePeriodEnd,
    [ROW_BILLING_START] = COST_BillingPeriodStart,
    [ROW_BILLING_END] = COST_BillingPeriodEnd,
    [ROW_BILLED] = COST_BilledCost,
    [ROW_EFFECTIVE] = COST_EffectiveCost,
    [ROW_LIST] = COST_ListCost,
    [ROW_CONTRACTED] = COST_ContractedCost,
    [ROW_CATEGORY] = COST_ChargeCategory,
    [ROW_ACCOUNT] = COST_BillingAccountId,
    [ROW_CURRENCY] = COST_BillingCurrency,
    [ROW_ISSUER] = COST_InvoiceIssuerName,
    [ROW_PROVIDER] = COST_ProviderName,
    [ROW_PUBLISHER] = COST_PublisherName,
    [ROW_SERVICE] = COST_ServiceName,
    [ROW_SERVICE_CATEGORY] = COST_ServiceCategory,
    [ROW_CLASS] = COST_ChargeClass,
    [ROW_FREQUENCY] = COST_ChargeFrequency,
    [ROW_PRICING] = COST_PricingCategory,
    [ROW_STATUS] = COST_CommitmentDiscountStatus,
    [ROW_COMMITMENT] = COST_CommitmentDiscountId,
    [ROW_TYPE] = COST_x_ChargeType,
    [ROW_RESOURCE] = COST_ResourceId,
    [ROW_SKU] = COST_SkuId,
    [ROW_SKU_PRICE] = COST_SkuPriceId,
    [ROW_METHOD] = COST_AllocatedMethodId,
    [ROW_DETAILS] = COST_AllocatedMethodDetails,
};
_Static_assert(ROW_SERVICE_CATEGORY + 1 == MANDATORY_COLUMNS, "the mandatory cells come first");

static const char *const categories[] = {"Usage", "Purchase", "Tax", "Credit", "Adjustment", NULL};
static const char *const classes[] = {"Correction", NULL};
static const char *const frequencies[] = {"One-Time", "Recurring", "Usage-Based", NULL};
static const char *const pricings[] = {"Standard", "Dynamic", "Committed", "Other", NULL};
static const char *const statuses[] = {"Used", "Unused", NULL};

static const struct {
    enum row_rule rule;
    enum row_cell cell;
    const char *const *allowed;
} value_rules[] = {
    {RULE_CATEGORY,  ROW_CATEGORY,  categories },
    {RULE_CLASS,     ROW_CLASS,     classes    },
    {RULE_FREQUENCY, ROW_FREQUENCY, frequencies},
    {RULE_PRICING,   ROW_PRICING,   pricings   },
    {RULE_STATUS,    ROW_STATUS,    statuses   },
};

struct row_reader {
    const struct report_context *context;
    struct store_rows *rows;
    struct row_checks *out;
    struct allocation_reader *details;
};

const char *recon_mandatory_name(size_t at)
{
    size_t ignored;
    return dataset_columns(DATASET_COST, &ignored)[row_columns[at]].name;
}

/* ---- one row ---- */

static void count_rule(struct row_reader *r, enum row_rule rule, bool holds, struct str example)
{
    struct rule_count *count = &r->out->rules[rule];
    count->checked++;
    if (holds || count->failed++)
        return;
    count->first_file = store_rows_file(r->rows);
    count->first_line = store_rows_line(r->rows);
    count->example = arena_str(r->context->arena, example);
}

static void check_period(struct row_reader *r, enum row_rule rule, enum row_cell start_cell,
                         enum row_cell end_cell)
{
    int64_t start = store_rows_moment(r->rows, start_cell);
    int64_t end = store_rows_moment(r->rows, end_cell);
    char text[32];
    if (start == MOMENT_NONE || end == MOMENT_NONE)
        return;
    moment_format(end, text);
    count_rule(r, rule, end > start, str_from(text));
}

static bool is_allowed(struct str text, const char *const *allowed)
{
    for (size_t i = 0; allowed[i]; i++)
        if (str_is(text, allowed[i]))
            return true;
    return false;
}

static void check_values(struct row_reader *r)
{
    for (size_t i = 0; i < COUNT(value_rules); i++) {
        struct str text = store_rows_text(r->rows, value_rules[i].cell);
        if (text.ptr)
            count_rule(r, value_rules[i].rule, is_allowed(text, value_rules[i].allowed), text);
    }
}

static void check_mandatory(struct row_reader *r)
{
    struct decimal ignored;
    for (size_t i = 0; i < MANDATORY_COLUMNS; i++) {
        bool there = i <= ROW_BILLING_END  ? store_rows_moment(r->rows, i) != MOMENT_NONE
                     : i <= ROW_CONTRACTED ? store_rows_decimal(r->rows, i, &ignored)
                                           : store_rows_text(r->rows, i).ptr != NULL;
        r->out->absent[i] += !there;
    }
}

static struct str amount_text(struct row_reader *r, struct decimal amount)
{
    return recon_amount(r->context->arena, amount, store_rows_text(r->rows, ROW_CURRENCY));
}

/* Fees of native bills keep on their own row what was paid for and not used. */
static bool keeps_unused(struct str type)
{
    return str_is(type, "SavingsPlanRecurringFee") || str_is(type, "RIFee");
}

static void check_amounts(struct row_reader *r)
{
    struct decimal billed = DECIMAL_ZERO, effective = DECIMAL_ZERO;
    struct str category = store_rows_text(r->rows, ROW_CATEGORY);
    bool known = store_rows_decimal(r->rows, ROW_BILLED, &billed) &&
                 store_rows_decimal(r->rows, ROW_EFFECTIVE, &effective);
    if (!known)
        return;
    if (str_is(category, "Credit")) {
        bool equal = decimal_compare(billed, effective) == 0;
        count_rule(r, RULE_CREDITS, equal, equal ? STR_NONE : amount_text(r, effective));
    }
    if (!str_is(category, "Purchase") || !store_rows_text(r->rows, ROW_COMMITMENT).len)
        return;
    if (keeps_unused(store_rows_text(r->rows, ROW_TYPE))) {
        r->out->fees_kept++;
        return;
    }
    bool free_of_cost = decimal_is_zero(effective);
    count_rule(r, RULE_FEES, free_of_cost, free_of_cost ? STR_NONE : amount_text(r, effective));
}

/* ---- allocated rows ---- */

static enum gr_status take_allocation(struct row_reader *r, bool origins, struct gr_err *err)
{
    const struct store_rows *rows = r->rows;
    struct allocation_row row = {
        .parts = {store_rows_text(rows, ROW_RESOURCE), store_rows_text(rows, ROW_SKU),
                  store_rows_text(rows, ROW_SKU_PRICE), store_rows_text(rows, ROW_ACCOUNT),
                  store_rows_text(rows, ROW_CATEGORY), store_rows_text(rows, ROW_CLASS)},
        .start = store_rows_moment(rows, ROW_CHARGE_START),
        .end = store_rows_moment(rows, ROW_CHARGE_END),
        .method = store_rows_text(rows, ROW_METHOD),
        .details = store_rows_text(rows, ROW_DETAILS),
        .currency = store_rows_text(rows, ROW_CURRENCY),
        .billed = DECIMAL_ZERO,
        .effective = DECIMAL_ZERO,
    };
    if ((row.method.len > 0) == origins)
        return GR_OK;
    if (!store_rows_decimal(rows, ROW_BILLED, &row.billed))
        row.billed = DECIMAL_ZERO;
    if (!store_rows_decimal(rows, ROW_EFFECTIVE, &row.effective))
        row.effective = DECIMAL_ZERO;
    return allocation_add(&r->out->allocations, r->details, r->context->arena, &row, origins, err);
}

/* ---- all rows ---- */

static enum gr_status check_row(struct row_reader *r, struct gr_err *err)
{
    r->out->rows++;
    check_period(r, RULE_CHARGE_PERIOD, ROW_CHARGE_START, ROW_CHARGE_END);
    check_period(r, RULE_BILLING_PERIOD, ROW_BILLING_START, ROW_BILLING_END);
    check_values(r);
    check_mandatory(r);
    check_amounts(r);
    return take_allocation(r, false, err);
}

static enum gr_status read_rows(struct row_reader *r, struct date_range months, bool origins,
                                struct gr_err *err)
{
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = row_columns,
                                         .column_count = ROW_CELLS,
                                         .first_moment = moment_of_day(months.first),
                                         .end_moment = moment_of_day(months.end),
                                         .by_billing = true};
    GR_TRY(store_rows_open(r->context->store, &options, &r->rows, err));
    enum gr_status status = GR_OK;
    for (bool more = true; more && !status;) {
        status = store_rows_next(r->rows, &more, err);
        if (!status && more)
            status = origins ? take_allocation(r, true, err) : check_row(r, err);
    }
    store_rows_close(r->rows);
    return status;
}

enum gr_status recon_rows_check(const struct report_context *context, struct date_range months,
                                struct row_checks *out, struct gr_err *err)
{
    struct row_reader reader = {context, NULL, out, allocation_reader_open()};
    *out = (struct row_checks){0};
    dict_init(&out->allocations.keys);
    enum gr_status status = read_rows(&reader, months, false, err);
    if (!status && out->allocations.count) /* origins may stand before their parts */
        status = read_rows(&reader, months, true, err);
    allocation_reader_close(reader.details);
    return status;
}

void recon_rows_deinit(struct row_checks *checks)
{
    dict_deinit(&checks->allocations.keys);
}
