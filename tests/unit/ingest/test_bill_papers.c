/* What comes along with bills: invoices, billing periods, commitments. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define INVOICES "provider,account,invoice_id,billing_month,currency,amount\n"
#define DETAIL                                                                                     \
    "InvoiceId,InvoiceDetailId,InvoiceIssuerName,BillingAccountId,BillingPeriodStart,BilledCost,"  \
    "BillingCurrency\n"
#define PERIODS "BillingPeriodStart,BillingPeriodStatus,InvoiceIssuerName\n"
#define COMMITMENTS                                                                                \
    "ContractId,ContractCommitmentId,ContractCommitmentPeriodStart,ContractCommitmentCost\n"
#define OCTOBER " BillingPeriodStart=2026-10-01T00:00:00Z BillingPeriodEnd=2026-11-01T00:00:00Z"

static void gives(const char *format, const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, text);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    assert_string_equal(reading.facts.format, format);
    assert_int_equal(reading.facts.rows,
                     reading.facts.delivered + reading.facts.rejected + reading.facts.skipped);
    reading_deinit(&reading);
}

static void an_invoice_of_ours_becomes_one_of_focus(void **state)
{
    (void)state;
    gives("invoices", INVOICES "aws,0123,INV-1,2026-10,USD,1234.50\n",
          "invoice BilledCost=1234.5 BillingCurrency=USD BillingAccountId=0123" OCTOBER
          " InvoiceId=INV-1 InvoiceIssuerName=aws billing_month=2026-10\n",
          "");
}

static void account_and_id_may_be_absent_and_names_come_in_any_order(void **state)
{
    (void)state;
    gives("invoices",
          "\xef\xbb\xbf"
          "Amount,CURRENCY,billing_month,provider,account\r\n-3,EUR,2026-10,Neo,\r\n",
          "invoice BilledCost=-3 BillingCurrency=EUR" OCTOBER
          " InvoiceIssuerName=Neo billing_month=2026-10\n",
          "");
}

static void a_month_may_be_spelled_as_providers_spell_it(void **state)
{
    (void)state;
    static const char *const spellings[] = {"2026-10", "202610", "2026-10-01", "2026-10-17"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char text[256], rows[256];
        snprintf(text, sizeof text, INVOICES "aws,,,%s,USD,1\n", spellings[i]);
        snprintf(rows, sizeof rows,
                 "invoice BilledCost=1 BillingCurrency=USD" OCTOBER
                 " InvoiceIssuerName=aws billing_month=%s\n",
                 spellings[i]);
        gives("invoices", text, rows, "");
    }
}

static void an_invoice_that_lacks_something_is_refused_by_its_line(void **state)
{
    (void)state;
    gives("invoices",
          INVOICES "aws,1,A,2026-13,USD,1\n"
                   ",1,A,2026-10,USD,1\n"
                   "aws,1,A,2026-10,,1\n"
                   "aws,1,A,2026-10,USD,\n"
                   "aws,1,A,2026-10,USD,\"1,20\"\n"
                   "aws,1,A,Oct 2026,USD,1\n",
          "",
          "2:billing_month:2026-13:is not a month as YYYY-MM\n"
          "3:provider::provider is absent\n"
          "4:currency::currency is absent\n"
          "5:amount::amount is absent\n"
          "6:amount:1,20:is not a decimal amount\n"
          "7:billing_month:Oct 2026:is not a month as YYYY-MM\n");
}

static void invoice_details_keep_what_focus_does_not_know(void **state)
{
    (void)state;
    gives("focus-invoice",
          "x_More," DETAIL
          "why,A,1,\"Amazon Web Services, Inc.\",77,2026-10-01T00:00:00Z,12.30,USD\n",
          "invoice BilledCost=12.3 BillingCurrency=USD BillingAccountId=77" OCTOBER
          " InvoiceId=A InvoiceIssuerName=Amazon Web Services, Inc. InvoiceDetailId=1 x_More=why\n",
          "");
}

static void an_invoice_detail_needs_month_currency_and_amount(void **state)
{
    (void)state;
    gives("focus-invoice",
          DETAIL "A,1,I,77,,1,USD\nA,1,I,77,2026-10-01,1,\nA,1,I,77,2026-10-01,null,USD\n", "",
          "2:BillingPeriodStart::BillingPeriodStart is absent\n"
          "3:BillingCurrency::BillingCurrency is absent\n"
          "4:BilledCost:null:BilledCost is absent\n");
}

static void a_billing_period_is_open_or_closed(void **state)
{
    (void)state;
    gives("focus-billing-period",
          PERIODS "2026-10-01T00:00:00Z,Closed,AWS\n2026-10-01T00:00:00Z,Ajar,AWS\n",
          "billing-period" OCTOBER " BillingPeriodStatus=Closed InvoiceIssuerName=AWS\n",
          "3:BillingPeriodStatus:Ajar:is neither Open nor Closed\n");
}

static void commitments_of_both_versions_are_told_apart(void **state)
{
    (void)state;
    gives("focus-commitment", COMMITMENTS "c,cc,2026-01-01T00:00:00Z,1000\nc,,2026-01-01,1\n",
          "commitment ContractCommitmentCost=1000 "
          "ContractCommitmentPeriodStart=2026-01-01T00:00:00Z ContractCommitmentId=cc "
          "ContractId=c\n",
          "3:ContractCommitmentId::ContractCommitmentId is absent\n");
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              "ContractCommitmentLifecycleStatus," COMMITMENTS "Active,c,cc,2026-01-01,1\n");
    assert_int_equal(reading.status, GR_OK);
    assert_string_equal(reading.facts.version, "1.4");
    reading_deinit(&reading);
}

static void charges_are_no_invoices(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "BilledCost,BillingCurrency,BillingPeriodStart,InvoiceId,InvoiceDetailId,"
                        "ChargePeriodStart,EffectiveCost\n"
                        "1,USD,2026-10-01,A,1,2026-10-02,1\n");
    assert_int_equal(reading.status, GR_OK);
    assert_string_equal(reading.facts.format, "focus");
    reading_deinit(&reading);
}

static void a_column_that_is_needed_is_missed(void **state)
{
    (void)state;
    struct reading reading;
    struct ingest_options options = {.format = "invoices", .seen_at = MOMENT_NONE};
    reading_init(&reading);
    read_bytes(&reading, "t.csv", STR("provider,amount,billing_month\naws,1,2026-10\n"), &options);
    assert_int_equal(reading.status, GR_EDATA);
    assert_non_null(strstr(reading.err.text, "currency is missing"));
    reading_deinit(&reading);
}

/* However a file is damaged, every row is delivered, rejected or skipped. */
static void damaged_invoices_lose_no_row(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        struct reading reading;
        struct ingest_options options = {.format = "invoices", .seen_at = MOMENT_NONE};
        strbuf_init(&text, 1 << 16);
        strbuf_append_cstr(&text, INVOICES);
        for (int i = 0; i < 8; i++)
            strbuf_printf(&text, "aws,1,\"A-%d\",2026-%02d,USD,%d.50\n", i, i + 1, i);
        damage(&text, &seed);
        reading_init(&reading);
        reading.quiet = true;
        read_bytes(&reading, "t.csv", strbuf_str(&text), &options);
        if (reading.status == GR_OK)
            assert_int_equal(reading.facts.rows, reading.facts.delivered + reading.facts.rejected +
                                                     reading.facts.skipped);
        else
            assert_int_equal(reading.status, GR_EDATA);
        reading_deinit(&reading);
        strbuf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_of_ours_becomes_one_of_focus),
        cmocka_unit_test(account_and_id_may_be_absent_and_names_come_in_any_order),
        cmocka_unit_test(a_month_may_be_spelled_as_providers_spell_it),
        cmocka_unit_test(an_invoice_that_lacks_something_is_refused_by_its_line),
        cmocka_unit_test(invoice_details_keep_what_focus_does_not_know),
        cmocka_unit_test(an_invoice_detail_needs_month_currency_and_amount),
        cmocka_unit_test(a_billing_period_is_open_or_closed),
        cmocka_unit_test(commitments_of_both_versions_are_told_apart),
        cmocka_unit_test(charges_are_no_invoices),
        cmocka_unit_test(a_column_that_is_needed_is_missed),
        cmocka_unit_test(damaged_invoices_lose_no_row),
    };
    return cmocka_run_group_tests_name("ingest/formats/bill_papers", tests, NULL, NULL);
}
