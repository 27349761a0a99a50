/* Our own invoices CSV: provider,account,invoice_id,billing_month,currency,amount; one row is one
 * invoice or one line of it.
 *
 * Registered in ../detect.c. account and invoice_id may be empty: then the amount is that of the
 * whole provider, or of the whole month. Further columns are kept as text.
 */
#include "ingest/formats/bill_papers.h"
#include "ingest/formats/formats.h"
#include "ingest/moments.h"

static const char *const required[] = {"provider", "billing_month", "currency", "amount", NULL};
static const char *const marks[] = {"invoice_id", "account", NULL};

static const struct paper_alias aliases[] = {
    {"provider",        "InvoiceIssuerName"       },
    {"account",         "BillingAccountId"        },
    {"invoice_id",      "InvoiceId"               },
    {"currency",        "BillingCurrency"         },
    {"amount",          "BilledCost"              },
    {"charge_category", "ChargeCategory"          },
    {"description",     "InvoiceDetailDescription"},
    {"issue_date",      "InvoiceIssueDate"        },
    {"status",          "InvoiceIssueStatus"      },
    {NULL,              NULL                      },
};

static int month_column(const struct batch *batch)
{
    for (size_t i = INVOICE_COLUMN_COUNT; i < batch->column_count; i++)
        if (str_equal_nocase(batch->columns[i].name, STR("billing_month")))
            return (int)i;
    return -1;
}

/* A month, or a day of it. */
static bool read_month(struct str text, struct day *first)
{
    if (month_read_bill(text, first))
        return true;
    if (!day_read(str_trim(text), first))
        return false;
    *first = month_first(*first);
    return true;
}

static const char *complete_row(void *context, struct batch *batch, struct str *column)
{
    (void)context;
    struct decimal amount;
    struct day first = {0};
    uint32_t row = batch->rows;
    int month = month_column(batch);
    *column = STR("billing_month");
    if (month < 0 || !read_month(batch_text(batch, (size_t)month, row), &first))
        return "is not a month as YYYY-MM";
    *column = STR("provider");
    if (!batch_text(batch, INVOICE_InvoiceIssuerName, row).ptr)
        return "provider is absent";
    *column = STR("currency");
    if (!batch_text(batch, INVOICE_BillingCurrency, row).ptr)
        return "currency is absent";
    *column = STR("amount");
    if (!batch_decimal(batch, INVOICE_BilledCost, row, &amount))
        return "amount is absent";
    batch_set_moment(batch, INVOICE_BillingPeriodStart, row, moment_of_day(first));
    batch_set_moment(batch, INVOICE_BillingPeriodEnd, row, moment_of_day(month_add(first, 1)));
    return NULL;
}

static const struct bill_paper paper = {.what = "invoice",
                                        .dataset = DATASET_INVOICE,
                                        .required = required,
                                        .characteristic = marks,
                                        .aliases = aliases,
                                        .version = "",
                                        .complete = complete_row};

static int invoices_sniff(const struct ingest_head *head)
{
    return bill_paper_sniff(&paper, head);
}

static enum gr_status invoices_read(struct ingest_source *source,
                                    const struct ingest_options *options, struct batch_texts *texts,
                                    const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                    struct gr_err *err)
{
    return bill_paper_read(&paper, source, options, texts, sink, facts, err);
}

const struct bill_format format_invoices = {
    .name = "invoices",
    .what = "invoices: provider,account,invoice_id,billing_month,currency,amount, CSV",
    .oracle = "libcsv",
    .sniff = invoices_sniff,
    .read = invoices_read};
