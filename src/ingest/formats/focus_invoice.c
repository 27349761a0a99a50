/* FOCUS 1.3 and 1.4: the datasets that come along with CostAndUsage, as CSV: InvoiceDetail,
 * BillingPeriod and ContractCommitment.
 *
 * Registered in ../detect.c. Column rules: FOCUS specification 1.4. Must not know charges.
 */
#include "ingest/formats/bill_papers.h"
#include "ingest/formats/formats.h"

static const char *const charge_columns[] = {"ChargePeriodStart", "EffectiveCost", NULL};

/* The period's end where the file has none: behind its month. */
static void complete_period(struct batch *batch, size_t start_column, size_t end_column)
{
    int64_t start = batch_moment(batch, start_column, batch->rows);
    if (batch_moment(batch, end_column, batch->rows) == MOMENT_NONE)
        batch_set_moment(batch, end_column, batch->rows,
                         moment_of_day(month_add(month_first(day_of_moment(start)), 1)));
}

/* ---- InvoiceDetail ---- */

static const char *const invoice_required[] = {"BilledCost", "BillingCurrency",
                                               "BillingPeriodStart", "InvoiceId", NULL};
static const char *const invoice_marks[] = {"InvoiceDetailId", "InvoiceIssueDate",
                                            "InvoiceIssueStatus", NULL};

static const char *complete_invoice(void *context, struct batch *batch, struct str *column)
{
    (void)context;
    struct decimal amount;
    uint32_t row = batch->rows;
    *column = STR("BillingPeriodStart");
    if (batch_moment(batch, INVOICE_BillingPeriodStart, row) == MOMENT_NONE)
        return "BillingPeriodStart is absent";
    *column = STR("BillingCurrency");
    if (!batch_text(batch, INVOICE_BillingCurrency, row).ptr)
        return "BillingCurrency is absent";
    *column = STR("BilledCost");
    if (!batch_decimal(batch, INVOICE_BilledCost, row, &amount))
        return "BilledCost is absent";
    complete_period(batch, INVOICE_BillingPeriodStart, INVOICE_BillingPeriodEnd);
    return NULL;
}

static const struct bill_paper invoice_paper = {.what = "FOCUS InvoiceDetail",
                                                .dataset = DATASET_INVOICE,
                                                .required = invoice_required,
                                                .characteristic = invoice_marks,
                                                .foreign = charge_columns,
                                                .version = "1.4",
                                                .complete = complete_invoice};

static int invoice_sniff(const struct ingest_head *head)
{
    return bill_paper_sniff(&invoice_paper, head);
}

static enum gr_status invoice_read(struct ingest_source *source,
                                   const struct ingest_options *options, struct batch_texts *texts,
                                   const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                   struct gr_err *err)
{
    return bill_paper_read(&invoice_paper, source, options, texts, sink, facts, err);
}

const struct bill_format format_focus_invoice = {.name = "focus-invoice",
                                                 .what = "FOCUS 1.4 InvoiceDetail, CSV",
                                                 .oracle = "libcsv",
                                                 .sniff = invoice_sniff,
                                                 .read = invoice_read};

/* ---- BillingPeriod ---- */

static const char *const period_required[] = {"BillingPeriodStart", "BillingPeriodStatus", NULL};
static const char *const period_foreign[] = {"ChargePeriodStart", "BilledCost", "EffectiveCost",
                                             NULL};

static const char *complete_billing_period(void *context, struct batch *batch, struct str *column)
{
    (void)context;
    struct str status = batch_text(batch, BILLING_PERIOD_BillingPeriodStatus, batch->rows);
    *column = STR("BillingPeriodStart");
    if (batch_moment(batch, BILLING_PERIOD_BillingPeriodStart, batch->rows) == MOMENT_NONE)
        return "BillingPeriodStart is absent";
    *column = STR("BillingPeriodStatus");
    if (!str_equal_nocase(status, STR("Open")) && !str_equal_nocase(status, STR("Closed")))
        return "is neither Open nor Closed";
    complete_period(batch, BILLING_PERIOD_BillingPeriodStart, BILLING_PERIOD_BillingPeriodEnd);
    return NULL;
}

static const struct bill_paper period_paper = {.what = "FOCUS BillingPeriod",
                                               .dataset = DATASET_BILLING_PERIOD,
                                               .required = period_required,
                                               .foreign = period_foreign,
                                               .version = "1.4",
                                               .complete = complete_billing_period};

static int period_sniff(const struct ingest_head *head)
{
    return bill_paper_sniff(&period_paper, head);
}

static enum gr_status period_read(struct ingest_source *source,
                                  const struct ingest_options *options, struct batch_texts *texts,
                                  const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    return bill_paper_read(&period_paper, source, options, texts, sink, facts, err);
}

const struct bill_format format_focus_billing_period = {.name = "focus-billing-period",
                                                        .what = "FOCUS 1.4 BillingPeriod, CSV",
                                                        .oracle = "libcsv",
                                                        .sniff = period_sniff,
                                                        .read = period_read};

/* ---- ContractCommitment ---- */

static const char *const commitment_required[] = {"ContractCommitmentId",
                                                  "ContractCommitmentPeriodStart", NULL};

static const char *complete_commitment(void *context, struct batch *batch, struct str *column)
{
    (void)context;
    *column = STR("ContractCommitmentPeriodStart");
    if (batch_moment(batch, COMMITMENT_ContractCommitmentPeriodStart, batch->rows) == MOMENT_NONE)
        return "ContractCommitmentPeriodStart is absent";
    *column = STR("ContractCommitmentId");
    if (!batch_text(batch, COMMITMENT_ContractCommitmentId, batch->rows).ptr)
        return "ContractCommitmentId is absent";
    return NULL;
}

static const struct bill_paper commitment_paper = {.what = "FOCUS ContractCommitment",
                                                   .dataset = DATASET_COMMITMENT,
                                                   .required = commitment_required,
                                                   .foreign = charge_columns,
                                                   .version_mark =
                                                       "ContractCommitmentLifecycleStatus",
                                                   .version = "1.3",
                                                   .version_marked = "1.4",
                                                   .complete = complete_commitment};

static int commitment_sniff(const struct ingest_head *head)
{
    return bill_paper_sniff(&commitment_paper, head);
}

static enum gr_status commitment_read(struct ingest_source *source,
                                      const struct ingest_options *options,
                                      struct batch_texts *texts, const struct ingest_sink *sink,
                                      struct ingest_file_facts *facts, struct gr_err *err)
{
    return bill_paper_read(&commitment_paper, source, options, texts, sink, facts, err);
}

const struct bill_format format_focus_commitment = {.name = "focus-commitment",
                                                    .what =
                                                        "FOCUS 1.3 and 1.4 ContractCommitment, CSV",
                                                    .oracle = "libcsv",
                                                    .sniff = commitment_sniff,
                                                    .read = commitment_read};
