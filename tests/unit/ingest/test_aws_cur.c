/* AWS bills: costs of every line type, the three spellings of the header.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/csv.h"

#define HEADER                                                                                     \
    "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/CurrencyCode,lineItem/UnblendedCost"
#define ROW(type, cost) type ",2026-07-01T00:00:00Z,USD," cost
#define MONTH " BillingPeriodStart=2026-07-01T00:00:00Z BillingPeriodEnd=2026-08-01T00:00:00Z"
#define PERIOD " BillingCurrency=USD ChargePeriodStart=2026-07-01T00:00:00Z" MONTH

static void read_one(struct reading *reading, const char *text)
{
    reading_init(reading);
    read_text(reading, text);
    if (reading->status != GR_OK)
        fail_msg("%s", reading->err.text);
    assert_string_equal(reading->facts.format, "aws-cur");
}

static void gives(const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    read_one(&reading, text);
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    reading_deinit(&reading);
}

/* The rows hold the text, or do not. */
static void shows(const char *text, const char *part, bool wanted)
{
    struct reading reading;
    read_one(&reading, text);
    assert_string_equal(strbuf_cstr(&reading.rejects), "");
    if ((strstr(strbuf_cstr(&reading.rows), part) != NULL) != wanted)
        fail_msg("\"%s\" %s \"%s\"", strbuf_cstr(&reading.rows), wanted ? "lacks" : "has", part);
    reading_deinit(&reading);
}

static void has_version(const char *text, const char *version)
{
    struct reading reading;
    read_one(&reading, text);
    assert_string_equal(reading.facts.version, version);
    reading_deinit(&reading);
}

static void refuses(const char *text, const char *message)
{
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, text);
    assert_int_equal(reading.status, GR_EDATA);
    if (!strstr(reading.err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", reading.err.text, message);
    reading_deinit(&reading);
}

static void reads_a_line_of_usage(void **state)
{
    (void)state;
    gives(HEADER "\n" ROW("Usage", "5.2E-9") "\n",
          "cost BilledCost=0.0000000052 EffectiveCost=0.0000000052 ContractedCost=0.0000000052"
          " BillingCurrency=USD ChargePeriodStart=2026-07-01T00:00:00Z" MONTH
          " ProviderName=AWS ChargeCategory=Usage ChargeFrequency=Usage-Based"
          " PricingCategory=Standard x_ChargeType=Usage\n",
          "");
}

static void names_the_dialect(void **state)
{
    (void)state;
    has_version(HEADER "\n", "legacy");
    has_version("line_item_usage_start_date,line_item_currency_code,line_item_unblended_cost\n",
                "athena");
    has_version("line_item_usage_start_date,line_item_currency_code,line_item_unblended_cost,"
                "resource_tags\n",
                "2.0");
    has_version("bill_payer_account_name,line_item_usage_start_date,line_item_currency_code,"
                "line_item_unblended_cost\n",
                "2.0");
}

static void every_spelling_of_a_column_is_the_same_column(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "lineItem/UsageStartDate,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/PayerAccountId,"
        "reservation/ReservationARN,product/instanceType,pricing/RateId\n",
        "line_item_usage_start_date,line_item_unblended_cost,line_item_currency_code,"
        "bill_payer_account_id,reservation_reservation_a_r_n,product_instance_type,"
        "pricing_rate_id\n",
        "LINE_ITEM_USAGE_START_DATE,LINE_ITEM_UNBLENDED_COST,LINE_ITEM_CURRENCY_CODE,"
        "BILL_PAYER_ACCOUNT_ID,RESERVATION_RESERVATION_ARN,PRODUCT_INSTANCE_TYPE,"
        "PRICING_RATE_ID\n"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, "%s2026-07-01,1,USD,0123,arn:ri,p5,77\n", headers[i]);
        gives(text,
              "cost BilledCost=1 EffectiveCost=1 ContractedCost=1" PERIOD
              " ProviderName=AWS BillingAccountId=0123 CommitmentDiscountCategory=Usage"
              " CommitmentDiscountId=arn:ri CommitmentDiscountType=Reserved Instance SkuPriceId=77"
              " x_InstanceType=p5\n",
              "");
    }
}

/* ---- costs ---- */

#define COSTS                                                                                      \
    HEADER ",pricing/publicOnDemandCost,lineItem/ProductCode,lineItem/LineItemDescription,"        \
           "reservation/ReservationARN,reservation/EffectiveCost,"                                 \
           "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod,reservation/UnusedRecurringFee," \
           "savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost,"                      \
           "savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment\n"

/* The four costs of the only row of a bill with all columns; rest: from publicOnDemandCost on. */
static void costs(const char *type, const char *unblended, const char *rest, const char *wanted)
{
    char text[2048], part[256];
    snprintf(text, sizeof text, "%s%s,2026-07-01T00:00:00Z,USD,%s,%s\n", COSTS, type, unblended,
             rest);
    snprintf(part, sizeof part, "cost %s BillingCurrency", wanted);
    shows(text, part, true);
}

static void covered_usage_costs_its_share_of_the_commitment(void **state)
{
    (void)state;
    costs("SavingsPlanCoveredUsage", "98.32", "98.32,,,,,,,arn:sp,30.00000000001,,",
          "BilledCost=98.32 EffectiveCost=30.00000000001 ListCost=98.32 ContractedCost=98.32");
    costs("DiscountedUsage", "0.0", "98.32,,,arn:ri,61.7123456789,,,,,,",
          "BilledCost=0 EffectiveCost=61.7123456789 ListCost=98.32 ContractedCost=98.32");
}

static void a_negation_has_no_effective_list_or_contracted_cost(void **state)
{
    (void)state;
    costs("SavingsPlanNegation", "-98.32", "-98.32,,,,,,,arn:sp,0,,",
          "BilledCost=-98.32 EffectiveCost=0 ContractedCost=0");
}

static void fees_cost_what_nobody_used(void **state)
{
    (void)state;
    costs("SavingsPlanRecurringFee", "54.0155", ",,,,,,,arn:sp,,55.0155,30.00000000001",
          "BilledCost=54.0155 EffectiveCost=25.01549999999 ContractedCost=54.0155");
    costs("RIFee", "1488", ",,,arn:ri,,300.000000001,72,,,,",
          "BilledCost=1488 EffectiveCost=372.000000001 ContractedCost=1488");
    costs("RIFee", "1488", ",,,arn:ri,,,72,,,,",
          "BilledCost=1488 EffectiveCost=72 ContractedCost=1488");
}

static void upfront_fees_come_back_with_the_usage(void **state)
{
    (void)state;
    costs("SavingsPlanUpfrontFee", "8760", ",,,,,,,arn:sp,,,",
          "BilledCost=8760 EffectiveCost=0 ContractedCost=8760");
    costs("Fee", "438000", ",AmazonEC2,Sign up,arn:ri,,,,,,,",
          "BilledCost=438000 EffectiveCost=0 ContractedCost=438000");
}

static void a_fee_without_a_reservation_stays(void **state)
{
    (void)state;
    costs("Fee", "29", ",AWSSupport,Support,,,,,,,,",
          "BilledCost=29 EffectiveCost=29 ContractedCost=29");
    costs("Fee", "700", ",AmazonEC2,Block,arn:aws:ec2:us-east-1:1:capacity-reservation/cr-1,,,,,,,",
          "BilledCost=700 EffectiveCost=700 ContractedCost=700");
}

static void only_the_refund_of_a_one_time_fee_is_taken_out(void **state)
{
    (void)state;
    costs("Refund", "-100",
          ",ComputeSavingsPlans,Refund for one-time fee for Savings Plan ID sp-0,,,,,,,,",
          "BilledCost=-100 EffectiveCost=0 ContractedCost=-100");
    costs("Refund", "-33.33", ",ComputeSavingsPlans,Refund of the enterprise discount,,,,,,,,",
          "BilledCost=-33.33 EffectiveCost=-33.33 ContractedCost=-33.33");
    costs("Refund", "-5", ",AmazonEC2,Refund for one-time fee for Savings Plan ID sp-0,,,,,,,,",
          "BilledCost=-5 EffectiveCost=-5 ContractedCost=-5");
}

static void discounts_on_commitments_stay(void **state)
{
    (void)state;
    static const char *const types[] = {
        "EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "SppDiscount", "Credit", "Tax"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        costs(types[i], "-12.5", ",ComputeSavingsPlans,x,arn:ri,9,9,9,arn:sp,9,9,8",
              "BilledCost=-12.5 EffectiveCost=-12.5 ContractedCost=-12.5");
}

static void without_amortisation_columns_effective_is_billed(void **state)
{
    (void)state;
    static const char *const types[] = {"SavingsPlanCoveredUsage",
                                        "SavingsPlanNegation",
                                        "SavingsPlanUpfrontFee",
                                        "SavingsPlanRecurringFee",
                                        "DiscountedUsage",
                                        "RIFee",
                                        "Fee",
                                        "Refund"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, HEADER "\n%s,2026-07-01,USD,7.25\n", types[i]);
        shows(text, "BilledCost=7.25 EffectiveCost=7.25 ", true);
    }
}

static void remarks(const char *text, const char *wanted)
{
    struct reading reading;
    read_one(&reading, text);
    if (strcmp(reading.facts.remark, wanted) != 0)
        fail_msg("remark \"%s\", wanted \"%s\"", reading.facts.remark, wanted);
    reading_deinit(&reading);
}

static void says_that_commitments_can_not_be_amortized(void **state)
{
    (void)state;
#define LACKING(columns)                                                                           \
    "has commitments but no columns to amortize them (" columns "): effective cost is billed cost"
    static const char sp[] = "savingsPlan", ri[] = "reservation";
    static const struct {
        const char *type, *lacking;
    } cases[] = {
        {"SavingsPlanCoveredUsage", sp  },
        {"SavingsPlanNegation",     sp  },
        {"SavingsPlanUpfrontFee",   sp  },
        {"SavingsPlanRecurringFee", sp  },
        {"DiscountedUsage",         ri  },
        {"RIFee",                   ri  },
        {"Fee",                     NULL},
        {"Refund",                  NULL},
        {"Usage",                   NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, HEADER "\n%s,2026-07-01,USD,7.25\n", cases[i].type);
        const char *lacking = cases[i].lacking;
        remarks(text, lacking == sp   ? LACKING("savingsPlan/...")
                      : lacking == ri ? LACKING("reservation/...")
                                      : "");
    }
    remarks(HEADER "\nDiscountedUsage,2026-07-01,USD,1\nSavingsPlanNegation,2026-07-01,USD,1\n",
            LACKING("savingsPlan/..., reservation/..."));
    remarks(HEADER
            ",savings_plan_savings_plan_effective_cost,reservation_effective_cost"
            "\nDiscountedUsage,2026-07-01,USD,1,,1\nSavingsPlanNegation,2026-07-01,USD,1,,\n",
            "");
}

static void net_costs_do_not_touch_the_bill(void **state)
{
    (void)state;
    shows(HEADER ",lineItem/NetUnblendedCost\n" ROW("Usage", "10,8.5") "\n",
          "BilledCost=10 EffectiveCost=10 ContractedCost=10", true);
    shows(HEADER ",lineItem/NetUnblendedCost\n" ROW("Usage", "10,8.5") "\n",
          " x_NetUnblendedCost=8.5", true);
}

static void an_empty_cost_is_absent(void **state)
{
    (void)state;
    shows(HEADER "\n" ROW("Tax", "") "\n", "Cost=", false);
}

/* ---- what a line is ---- */

static void every_line_type_has_its_category(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Usage",                   "Usage"     },
        {"DiscountedUsage",         "Usage"     },
        {"SavingsPlanCoveredUsage", "Usage"     },
        {"SavingsPlanNegation",     "Usage"     },
        {"Fee",                     "Purchase"  },
        {"RIFee",                   "Purchase"  },
        {"SavingsPlanUpfrontFee",   "Purchase"  },
        {"SavingsPlanRecurringFee", "Purchase"  },
        {"FlatRateSubscription",    "Purchase"  },
        {"Tax",                     "Tax"       },
        {"Credit",                  "Credit"    },
        {"Refund",                  "Adjustment"},
        {"EdpDiscount",             "Adjustment"},
        {"PrivateRateDiscount",     "Adjustment"},
        {"BundledDiscount",         "Adjustment"},
        {"DevelopersDiscount",      "Adjustment"},
        {"Unheard",                 "Adjustment"}
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[512], part[128];
        snprintf(text, sizeof text, HEADER "\n%s,2026-07-01,USD,1\n", pairs[i][0]);
        snprintf(part, sizeof part, " ChargeCategory=%s ", pairs[i][1]);
        shows(text, part, true);
        snprintf(part, sizeof part, " x_ChargeType=%s", pairs[i][0]);
        shows(text, part, true);
    }
}

static void a_refund_of_an_earlier_month_is_a_correction(void **state)
{
    (void)state;
    static const char header[] = HEADER ",bill/BillingPeriodStartDate,bill/BillingPeriodEndDate\n";
    char text[512];
    snprintf(text, sizeof text, "%sRefund,2026-06-30,USD,-1,07/01/2026,08/01/2026\n", header);
    shows(text, " ChargeClass=Correction ", true);
    shows(text, " BillingPeriodStart=2026-07-01T00:00:00Z BillingPeriodEnd=2026-08-01T00:00:00Z ",
          true);
    snprintf(text, sizeof text, "%sRefund,2026-07-30,USD,-1,2026-07-01,2026-08-01\n", header);
    shows(text, "ChargeClass", false);
}

static void spot_usage_is_priced_dynamically(void **state)
{
    (void)state;
    shows(HEADER ",lineItem/UsageType\n" ROW("Usage", "1,USE1-SpotUsage:p5.48xlarge") "\n",
          " PricingCategory=Dynamic ", true);
    shows(HEADER ",lineItem/UsageType\n" ROW("Usage", "1,BoxUsage:p5.48xlarge") "\n",
          " PricingCategory=Standard ", true);
}

static void commitments_have_kind_and_status(void **state)
{
    (void)state;
    shows(COSTS ROW("SavingsPlanCoveredUsage", "2,2,,,,,,,arn:sp,1,,") "\n",
          " CommitmentDiscountCategory=Spend CommitmentDiscountId=arn:sp"
          " CommitmentDiscountStatus=Used CommitmentDiscountType=Savings Plan ",
          true);
    shows(COSTS ROW("DiscountedUsage", "0,2,,,arn:ri,1,,,,,,") "\n",
          " CommitmentDiscountCategory=Usage CommitmentDiscountId=arn:ri"
          " CommitmentDiscountStatus=Used CommitmentDiscountType=Reserved Instance ",
          true);
    shows(COSTS ROW("SavingsPlanRecurringFee", "2,,,,,,,,arn:sp,,3,1") "\n",
          " CommitmentDiscountStatus=Unused ", true);
    shows(COSTS ROW("SavingsPlanRecurringFee", "2,,,,,,,,arn:sp,,3,3") "\n",
          "CommitmentDiscountStatus", false);
}

static void consumed_is_what_usage_was_charged_for(void **state)
{
    (void)state;
    static const char header[] = HEADER ",lineItem/UsageAmount,pricing/unit\n";
    char text[512];
    snprintf(text, sizeof text, "%s%s", header, ROW("Usage", "1,0.5,Hrs") "\n");
    shows(text, " ConsumedQuantity=0.5 ConsumedUnit=Hrs PricingQuantity=0.5 PricingUnit=Hrs ",
          true);
    snprintf(text, sizeof text, "%s%s", header, ROW("Tax", "1,1.0,") "\n");
    shows(text, "Consumed", false);
    snprintf(text, sizeof text, "%s%s", header, ROW("RIFee", "1,744,Hrs") "\n");
    shows(text, "Consumed", false);
}

static void a_service_is_named_by_what_there_is(void **state)
{
    (void)state;
    static const char header[] =
        HEADER ",product/ProductName,product/servicecode,lineItem/ProductCode\n";
    static const char *const cells[][2] = {
        {"Amazon EC2,EC2,AmazonEC2", " ServiceName=Amazon EC2 "},
        {",EC2,AmazonEC2",           " ServiceName=EC2 "       },
        {",,AmazonEC2",              " ServiceName=AmazonEC2 " }
    };
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "%sUsage,2026-07-01,USD,1,%s\n", header, cells[i][0]);
        shows(text, cells[i][1], true);
    }
}

static void unknown_columns_are_kept(void **state)
{
    (void)state;
    shows(HEADER ",product/vcpu,year\n" ROW("Usage", "1,192,2026") "\n",
          " product/vcpu=192 year=2026", true);
}

/* ---- rows that are wrong, files that are odd ---- */

static void takes_the_period_from_the_interval(void **state)
{
    (void)state;
    gives("lineItem/UnblendedCost,lineItem/CurrencyCode,identity/TimeInterval\n"
          "1,USD,2026-07-01T00:00:00Z/2026-07-01T01:00:00Z\n",
          "cost BilledCost=1 EffectiveCost=1 ContractedCost=1 BillingCurrency=USD"
          " ChargePeriodStart=2026-07-01T00:00:00Z ChargePeriodEnd=2026-07-01T01:00:00Z" MONTH
          " ProviderName=AWS identity/TimeInterval=2026-07-01T00:00:00Z/2026-07-01T01:00:00Z\n",
          "");
}

static void bad_rows_are_rejected_with_line_and_column(void **state)
{
    (void)state;
    gives(
        HEADER "\n" ROW("Usage", "NaN") "\n" ROW(
            "Usage", "1e40") "\nUsage,,USD,1\n"
                             "Usage,2026-07-01,,1\nUsage,soon,USD,1\nUsage,2026-07-01\n",
        "",
        "2:lineItem/UnblendedCost:NaN:is not a decimal amount\n"
        "3:lineItem/UnblendedCost:1e40:is beyond 10^15 or has more than 28 decimals or 38 digits\n"
        "4:UsageStartDate::is absent\n"
        "5:CurrencyCode::is absent\n"
        "6:lineItem/UsageStartDate:soon:is not a date or time\n"
        "7:::has another number of cells than the header\n");
}

static void says_which_column_is_missing(void **state)
{
    (void)state;
    refuses("lineItem/LineItemType,lineItem/UsageStartDate,lineItem/CurrencyCode\n",
            "line_item_unblended_cost");
    refuses("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n",
            "line_item_usage_start_date");
    refuses("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UsageStartDate\n",
            "line_item_currency_code");
    refuses(HEADER ",lineItem/UnblendedCost\n", "both named");
}

static void a_header_alone_has_no_rows(void **state)
{
    (void)state;
    gives(HEADER, "", "");
}

static void both_engines_read_the_real_files_alike(void **state)
{
    (void)state;
    static const char *const files[] = {
        "billing/aws_cur_commitments.csv", "billing/aws_cur_legacy_60rows.csv",
        "billing/aws_cur2_snake_columns.csv", "billing/aws_empty.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct strbuf bytes;
        struct reading fast, slow;
        struct ingest_options options = {.seen_at = MOMENT_NONE, .reader = "libcsv"};
        strbuf_init(&bytes, 64 << 20);
        shared_bytes(&bytes, files[i]);
        reading_init(&fast);
        reading_init(&slow);
        read_bytes(&fast, files[i], strbuf_str(&bytes), NULL);
        read_bytes(&slow, files[i], strbuf_str(&bytes), &options);
        assert_int_equal(fast.status, GR_OK);
        assert_int_equal(fast.facts.rejected, 0);
        assert_string_equal(fast.facts.format, "aws-cur");
        assert_string_equal(strbuf_cstr(&fast.rows), strbuf_cstr(&slow.rows));
        reading_deinit(&fast);
        reading_deinit(&slow);
        strbuf_deinit(&bytes);
    }
}

static void damaged_files_keep_rows_accounted_for(void **state)
{
    (void)state;
    static const char text[] = COSTS ROW("Usage", "1,1,EC2,a,,,,,,,,") "\n" ROW(
        "Fee", "2,,EC2,\"b,\"\"c\"\"\",arn:ri,,,,,,,") "\n" ROW("RIFee",
                                                                "3,,,,arn:ri,,1,2,,,,") "\n";
    uint64_t seed = 7;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf bad;
        struct reading reading;
        strbuf_init(&bad, 1 << 20);
        strbuf_append_cstr(&bad, text);
        damage(&bad, &seed);
        reading_init(&reading);
        struct ingest_options options = {.format = "aws-cur", .seen_at = MOMENT_NONE};
        read_bytes(&reading, "t.csv", strbuf_str(&bad), &options);
        assert_true(reading.status == GR_OK || reading.status == GR_EDATA);
        assert_int_equal(reading.facts.rows,
                         reading.facts.delivered + reading.facts.rejected + reading.facts.skipped);
        reading_deinit(&reading);
        strbuf_deinit(&bad);
    }
}

/* Whatever the user wants to keep, a fee is one of a Reserved Instance in every spelling of its
 * ARN, and a row has a day and a currency. */
static void wanted_columns_do_not_change_the_costs(void **state)
{
    (void)state;
    static const char text[] =
        "line_item_unblended_cost,pricing_currency,identity_time_interval,line_item_usage_type,"
        "line_item_line_item_type,reservation_reservation_arn,reservation_effective_cost\n"
        "100,USD,2026-10-01T00:00:00Z/2026-10-02T00:00:00Z,u,Fee,arn:ri/1,0\n";
    struct ingest_options options = {.columns = "line_item_usage_type", .seen_at = MOMENT_NONE};
    struct reading reading;
    reading_init(&reading);
    read_bytes(&reading, "t", str_from(text), &options);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.facts.delivered, 1);
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " BilledCost=100 EffectiveCost=0 "));
    reading_deinit(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_line_of_usage),
        cmocka_unit_test(names_the_dialect),
        cmocka_unit_test(every_spelling_of_a_column_is_the_same_column),
        cmocka_unit_test(covered_usage_costs_its_share_of_the_commitment),
        cmocka_unit_test(a_negation_has_no_effective_list_or_contracted_cost),
        cmocka_unit_test(fees_cost_what_nobody_used),
        cmocka_unit_test(upfront_fees_come_back_with_the_usage),
        cmocka_unit_test(a_fee_without_a_reservation_stays),
        cmocka_unit_test(only_the_refund_of_a_one_time_fee_is_taken_out),
        cmocka_unit_test(discounts_on_commitments_stay),
        cmocka_unit_test(without_amortisation_columns_effective_is_billed),
        cmocka_unit_test(says_that_commitments_can_not_be_amortized),
        cmocka_unit_test(net_costs_do_not_touch_the_bill),
        cmocka_unit_test(an_empty_cost_is_absent),
        cmocka_unit_test(every_line_type_has_its_category),
        cmocka_unit_test(a_refund_of_an_earlier_month_is_a_correction),
        cmocka_unit_test(spot_usage_is_priced_dynamically),
        cmocka_unit_test(commitments_have_kind_and_status),
        cmocka_unit_test(consumed_is_what_usage_was_charged_for),
        cmocka_unit_test(a_service_is_named_by_what_there_is),
        cmocka_unit_test(unknown_columns_are_kept),
        cmocka_unit_test(takes_the_period_from_the_interval),
        cmocka_unit_test(bad_rows_are_rejected_with_line_and_column),
        cmocka_unit_test(says_which_column_is_missing),
        cmocka_unit_test(a_header_alone_has_no_rows),
        cmocka_unit_test(both_engines_read_the_real_files_alike),
        cmocka_unit_test(damaged_files_keep_rows_accounted_for),
        cmocka_unit_test(wanted_columns_do_not_change_the_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
