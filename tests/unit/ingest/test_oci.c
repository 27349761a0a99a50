/* OCI cost reports: intervals, tags of many columns, corrections, damaged files. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define HEADER                                                                                     \
    "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,"                          \
    "lineItem/intervalUsageEnd,product/service,product/compartmentId,product/resourceId,"          \
    "usage/billedQuantity,cost/productSku,cost/unitPrice,cost/myCost,cost/currencyCode,"           \
    "cost/skuUnitDescription,lineItem/isCorrection,lineItem/backreferenceNo,"                      \
    "tags/Oracle-Tags.Owner,tags/Dev\\x.release\r\n"
#define HOUR "r,t1,2026-09-13T07:00Z,2026-09-13T08:00:00Z,COMPUTE,c1,ocid1.vm,"

static void read_ok(struct reading *reading, const char *text)
{
    reading_init(reading);
    read_text(reading, text);
    if (reading->status != GR_OK)
        fail_msg("%s", reading->err.text);
    assert_string_equal(reading->facts.format, "oci");
}

static void reads_an_hour_of_a_resource(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, HEADER HOUR "0.5,B1,0.25,1.25E-1,USD,Hours,false,,me,\r\n");
    assert_string_equal(
        strbuf_cstr(&reading.rows),
        "cost BilledCost=0.125 EffectiveCost=0.125 ContractedCost=0.125 BillingCurrency=USD"
        " ChargePeriodStart=2026-09-13T07:00:00Z ChargePeriodEnd=2026-09-13T08:00:00Z"
        " BillingPeriodStart=2026-09-01T00:00:00Z BillingPeriodEnd=2026-10-01T00:00:00Z"
        " ProviderName=Oracle BillingAccountId=t1 SubAccountId=c1 ServiceName=COMPUTE"
        " ResourceId=ocid1.vm SkuId=B1 ChargeCategory=Usage Tags={\"Oracle-Tags.Owner\":\"me\"}"
        " ConsumedQuantity=0.5 ConsumedUnit=Hours PricingQuantity=0.5 PricingUnit=Hours"
        " ContractedUnitPrice=0.25 InvoiceIssuerName=Oracle PublisherName=Oracle"
        " lineItem/referenceNo=r lineItem/isCorrection=false\n");
    reading_deinit(&reading);
}

/* Thirty decimals are no cell, and no reason to have no contracted cost. */
static void a_product_of_many_decimals_is_rounded_to_a_cell(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading,
            HEADER HOUR "0.123456789012345678,B1,0.123456789013,1,USD,Hours,false,,me,\r\n");
    assert_non_null(
        strstr(strbuf_cstr(&reading.rows), " ContractedCost=0.0152415787533196170210684358 "));
    reading_deinit(&reading);
}

static void tag_columns_become_one_object(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, HEADER HOUR "1,B1,,1,USD,Hours,false,,\"a \"\"b\"\"\",1.0\r\n" HOUR
                                  "1,B1,,1,USD,Hours,false,,,\r\n");
    const char *rows = strbuf_cstr(&reading.rows);
    assert_non_null(strstr(rows, "\"Oracle-Tags.Owner\":\"a \\\"b\\\"\""));
    assert_non_null(strstr(rows, "\"Dev\\\\x.release\":\"1.0\""));
    const char *second = strstr(rows, "\n");
    assert_non_null(second);
    assert_null(strstr(second, " Tags="));
    reading_deinit(&reading);
}

static void a_correction_is_one(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, HEADER HOUR "1,B1,,-3,USD,Hours,TRUE,17036,,\r\n");
    const char *rows = strbuf_cstr(&reading.rows);
    assert_non_null(strstr(rows, " ChargeClass=Correction"));
    assert_non_null(strstr(rows, " BilledCost=-3 EffectiveCost=-3"));
    assert_non_null(strstr(rows, " lineItem/backreferenceNo=17036"));
    assert_null(strstr(rows, " ListCost="));
    reading_deinit(&reading);
}

static void a_tag_that_names_a_secret_is_dropped(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, "lineItem/intervalUsageStart,cost/myCost,cost/currencyCode,tags/Ops.api_key,"
                      "tags/Ops.team\n2026-09-13T07:00Z,1,USD,sk-123,ml\nx,1,USD,sk-123,ml\n");
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " Tags={\"Ops.team\":\"ml\"}"));
    assert_null(strstr(strbuf_cstr(&reading.rows), "sk-123"));
    assert_null(strstr(strbuf_cstr(&reading.raws), "sk-123"));
    assert_int_equal(reading.facts.rejected, 1);
    reading_deinit(&reading);
}

static void rejects_rows_without_time_or_currency(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, "lineItem/intervalUsageStart,cost/myCost,cost/currencyCode\n"
                      ",1,USD\n2026-09-13T07:00Z,1,\n2026-09-13T07:00Z,\"1,5\",USD\n");
    assert_string_equal(strbuf_cstr(&reading.rejects),
                        "2:lineItem/intervalUsageStart::the start of the interval is absent\n"
                        "3:cost/currencyCode::the currency is absent\n"
                        "4:cost/myCost:1,5:is not a decimal amount\n");
    reading_deinit(&reading);
}

static void amounts_without_any_currency_are_in_none(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, "lineItem/intervalUsageStart,cost/myCost\n2026-09-13T07:00Z,1\n");
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " BillingCurrency=XXX"));
    assert_non_null(strstr(reading.facts.remark, "no column names a currency"));
    reading_deinit(&reading);
}

static void usage_reports_without_costs_are_no_bill(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,"
                        "product/service,usage/consumedQuantity\n");
    assert_int_equal(reading.status, GR_EDATA);
    reading_deinit(&reading);
}

static void damaged_files_are_accounted_for_and_engines_agree(void **state)
{
    (void)state;
    uint64_t random = 1977;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        strbuf_init(&text, 16 << 20);
        strbuf_append_cstr(&text, HEADER);
        for (int i = 0; i < 40; i++)
            strbuf_printf(&text, HOUR "%d.5,B%d,0.1,%dE-9,USD,Hours,%s,,o%d,%s\r\n", i, i % 3, i,
                          i % 9 ? "false" : "true", i % 4, i % 5 ? "" : "\"x,y\"");
        for (uint64_t hits = 1 + random_next(&random) % 4; hits > 0; hits--)
            damage(&text, &random);
        struct reading fast, oracle;
        reading_init(&fast);
        reading_init(&oracle);
        struct ingest_options options = {.format = "oci", .seen_at = MOMENT_NONE};
        read_bytes(&fast, "t", strbuf_str(&text), &options);
        options.reader = "libcsv";
        read_bytes(&oracle, "t", strbuf_str(&text), &options);
        assert_int_equal(fast.status, oracle.status);
        assert_string_equal(fast.err.text, oracle.err.text);
        assert_true(str_equal(strbuf_str(&fast.rows), strbuf_str(&oracle.rows)));
        assert_true(str_equal(strbuf_str(&fast.rejects), strbuf_str(&oracle.rejects)));
        assert_int_equal(fast.facts.rows,
                         fast.facts.delivered + fast.facts.rejected + fast.facts.skipped);
        reading_deinit(&fast);
        reading_deinit(&oracle);
        strbuf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_hour_of_a_resource),
        cmocka_unit_test(a_product_of_many_decimals_is_rounded_to_a_cell),
        cmocka_unit_test(tag_columns_become_one_object),
        cmocka_unit_test(a_correction_is_one),
        cmocka_unit_test(a_tag_that_names_a_secret_is_dropped),
        cmocka_unit_test(rejects_rows_without_time_or_currency),
        cmocka_unit_test(amounts_without_any_currency_are_in_none),
        cmocka_unit_test(usage_reports_without_costs_are_no_bill),
        cmocka_unit_test(damaged_files_are_accounted_for_and_engines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
