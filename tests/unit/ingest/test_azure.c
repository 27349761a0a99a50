/* Azure cost exports: dialects, dates, costs of commitments, views, damaged files. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define EA                                                                                         \
    "BillingAccountId,BillingPeriodStartDate,BillingPeriodEndDate,SubscriptionId,Date,"            \
    "MeterCategory,MeterName,Quantity,EffectivePrice,Cost,UnitPrice,BillingCurrency,ResourceId,"   \
    "AdditionalInfo,Tags,CostCenter,UnitOfMeasure,ReservationId,ChargeType,PayGPrice,"             \
    "PricingModel\n"
#define MONTH "7,09/01/2026,09/30/2026,s1,"

static void read_ok(struct reading *reading, const char *text)
{
    reading_init(reading);
    read_text(reading, text);
    if (reading->status != GR_OK)
        fail_msg("%s", reading->err.text);
    assert_string_equal(reading->facts.format, "azure");
}

/* Every one of `wanted` (up to NULL) stands in the rows, none of `unwanted` does. */
static void shows(const char *text, const char *const *wanted, const char *const *unwanted)
{
    struct reading reading;
    read_ok(&reading, text);
    assert_string_equal(strbuf_cstr(&reading.rejects), "");
    const char *rows = strbuf_cstr(&reading.rows);
    for (size_t i = 0; wanted[i]; i++)
        if (!strstr(rows, wanted[i]))
            fail_msg("\"%s\" is not in: %s", wanted[i], rows);
    for (size_t i = 0; unwanted && unwanted[i]; i++)
        if (strstr(rows, unwanted[i]))
            fail_msg("\"%s\" is in: %s", unwanted[i], rows);
    reading_deinit(&reading);
}

#define SHOWS(text, ...) shows(text, (const char *const[]){__VA_ARGS__, NULL}, NULL)
#define LACKS(text, ...)                                                                           \
    shows(text, (const char *const[]){NULL}, (const char *const[]){__VA_ARGS__, NULL})

static void version_is(const char *text, const char *version)
{
    struct reading reading;
    read_ok(&reading, text);
    assert_string_equal(reading.facts.version, version);
    reading_deinit(&reading);
}

static void rejects(const char *text, const char *wanted)
{
    struct reading reading;
    read_ok(&reading, text);
    assert_string_equal(strbuf_cstr(&reading.rejects), wanted);
    reading_deinit(&reading);
}

/* ---- dialects ---- */

static void reads_every_dialect_by_its_names(void **state)
{
    (void)state;
    SHOWS("SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,UsageQuantity,PreTaxCost,Currency\n"
          "s1,2026-09-02,Storage,m,3,0.075,EUR\n",
          " BilledCost=0.075", " SubAccountId=s1", " ServiceName=Storage", " BillingCurrency=EUR",
          " PricingQuantity=3");
    SHOWS("SubscriptionId,Date,MeterCategory,CostInBillingCurrency,BillingCurrencyCode,MeterName\n"
          "s1,2026-09-02,Storage,1.5,EUR,x\n",
          " BilledCost=1.5", " SkuMeter=x", " ProviderName=Microsoft");
    SHOWS("billingAccountId,date,meterCategory,subscriptionId,costInBillingCurrency,"
          "costInPricingCurrency,paygCostInBillingCurrency,billingCurrency,InstanceName\n"
          "a,09/02/2026,Storage,s1,2,2.2,3,EUR,/Subscriptions/S1\n",
          " BilledCost=2", " ListCost=3", " BillingAccountId=a", " ResourceId=/subscriptions/s1",
          " x_ResourceId=/Subscriptions/S1", " costInPricingCurrency=2.2");
    SHOWS("Subscription Guid,Date,Meter Category,Meter Name,Consumed Quantity,ExtendedCost,"
          "Unit of Measure\ns1,09/02/2026,Storage,x,5,1,10K\n",
          " BilledCost=1", " ConsumedQuantity=50000", " ConsumedUnit=Units");
}

static void names_the_dialect(void **state)
{
    (void)state;
    version_is("SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,PreTaxCost\n", "v1");
    version_is("SubscriptionId,Date,MeterCategory,MeterId,Cost\n", "ea");
    version_is("SubscriptionId,Date,MeterCategory,MeterId,CostInBillingCurrency\n", "ea2");
    version_is("SubscriptionId,Date,MeterCategory,MeterId,CostInBillingCurrency,"
               "CostInPricingCurrency\n",
               "mca");
}

static void of_a_localised_header_the_name_in_parentheses_counts(void **state)
{
    (void)state;
    SHOWS("Abonnement-GUID (SubscriptionGuid),Datum (UsageDateTime),Kategorie (MeterCategory),"
          "ID (MeterId),PreTaxCost (PreTaxCost),Currency,Dienst (ConsumedService)\n"
          "s1,2026-09-02,,m,0.5,EUR,Microsoft.Storage\n",
          " BilledCost=0.5", " ServiceName=Microsoft.Storage", " SubAccountId=s1",
          " ConsumedService=Microsoft.Storage");
}

static void a_subscription_without_an_account_is_its_own(void **state)
{
    (void)state;
    SHOWS("SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,PreTaxCost,Currency\n"
          "s1,2026-09-02,Storage,m,1,EUR\n",
          " BillingAccountId=s1");
}

static void amounts_without_any_currency_are_in_none(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, "SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,PreTaxCost\n"
                      "s1,2026-09-02,Storage,m,1\n");
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " BillingCurrency=XXX"));
    assert_non_null(strstr(reading.facts.remark, "no column names a currency"));
    reading_deinit(&reading);
    rejects("SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,PreTaxCost,Currency\n"
            "s1,2026-09-02,Storage,m,1,\n",
            "2:BillingCurrency::BillingCurrency is absent\n");
}

static void a_second_column_of_one_meaning_is_kept_beside(void **state)
{
    (void)state;
    SHOWS("SubscriptionGuid,UsageDateTime,MeterCategory,ServiceName,PreTaxCost,Currency,MeterId\n"
          "s1,2026-09-02,Storage,Blobs,1,EUR,m\n",
          " ServiceName=Storage", " x_ServiceName=Blobs");
    SHOWS("SubscriptionGuid,UsageDateTime,MeterCategory,ServiceName,x_ServiceName,PreTaxCost,"
          "Currency,MeterId\n"
          "s1,2026-09-02,Storage,Blobs,own,1,EUR,m\n",
          " x_ServiceName=Blobs", " x_x_ServiceName=own");
}

/* ---- dates ---- */

#define DATED "SubscriptionId,MeterCategory,MeterId,Cost,BillingCurrency,Date\n"

static void reads_month_first_iso_and_midnight(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "09/04/2026",          "9/4/2026", "9/4/26", "2026-09-04", "2026-09-04 00:00:00",
        "2026-09-04T00:00:00Z"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char text[256];
        snprintf(text, sizeof text, DATED "s1,Storage,m,1,EUR,%s\n", spellings[i]);
        SHOWS(text, " ChargePeriodStart=2026-09-04T00:00:00Z ChargePeriodEnd=2026-09-05T00:00:00Z"
                    " BillingPeriodStart=2026-09-01T00:00:00Z"
                    " BillingPeriodEnd=2026-10-01T00:00:00Z");
    }
}

static void a_file_that_proves_day_first_is_read_so_from_its_first_row(void **state)
{
    (void)state;
    SHOWS(DATED "s1,Storage,m,1,EUR,05/09/2026\ns1,Storage,m,1,EUR,13/09/2026\n",
          " ChargePeriodStart=2026-09-05", " ChargePeriodStart=2026-09-13");
}

#define PERIODS                                                                                    \
    "SubscriptionGuid,MeterCategory,MeterName,CostInBillingCurrency,BillingCurrencyCode,Date,"     \
    "BillingPeriodStartDate,BillingPeriodEndDate\n"

static void dates_that_could_be_either_way_fit_their_billing_period(void **state)
{
    (void)state;
#define DATES(dates) "s1,Storage,m,1,EUR," dates "\n"
    SHOWS(PERIODS DATES("04/09/2026,2026-09-01,2026-09-30"), " ChargePeriodStart=2026-09-04");
    SHOWS(PERIODS DATES("09/04/2026,2026-09-01,2026-09-30"), " ChargePeriodStart=2026-09-04");
    SHOWS(PERIODS DATES("04/09/2026,09/01/2026,09/30/2026"), " ChargePeriodStart=2026-09-04",
          " BillingPeriodStart=2026-09-01", " BillingPeriodEnd=2026-10-01");
    SHOWS(PERIODS DATES("04/09/2026,01/09/2026,30/09/2026"), " ChargePeriodStart=2026-09-04",
          " BillingPeriodStart=2026-09-01", " BillingPeriodEnd=2026-10-01");
    SHOWS(PERIODS DATES("09/04/2026,01/09/2026,30/09/2026"), " ChargePeriodStart=2026-09-04",
          " BillingPeriodStart=2026-09-01");
    /* each kind proves another order */
    SHOWS(PERIODS DATES("21/09/2026,09/01/2026,09/30/2026")
              DATES("04/09/2026,09/01/2026,09/30/2026"),
          " ChargePeriodStart=2026-09-21", " ChargePeriodStart=2026-09-04",
          " BillingPeriodStart=2026-09-01");
    /* neither order fits all rows: the month is first */
    SHOWS(PERIODS DATES("04/09/2026,2026-09-01,2026-09-30")
              DATES("09/05/2026,2026-09-01,2026-09-30"),
          " ChargePeriodStart=2026-04-09", " ChargePeriodStart=2026-09-05");
    /* both do */
    SHOWS(PERIODS DATES("09/09/2026,2026-09-01,2026-09-30"), " ChargePeriodStart=2026-09-09");
}

/* The first block could be either way and was read month first: twelve days in twelve months. */
static void a_file_that_proves_day_first_too_late_is_refused_whole(void **state)
{
    (void)state;
    enum { ROWS_A_DAY = 4000, DAYS = 14 };
    struct strbuf text;
    struct reading reading;
    strbuf_init(&text, 16 << 20);
    strbuf_append_cstr(&text, DATED);
    for (int row = 0; row < ROWS_A_DAY * DAYS; row++)
        strbuf_printf(&text, "s1,Storage,m,1,EUR,%02d/09/2026\n", 1 + row / ROWS_A_DAY);
    reading_init(&reading);
    reading.quiet = true;
    read_bytes(&reading, "t", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_EDATA);
    assert_non_null(strstr(reading.err.text, "line 48002: a date has the day first"));
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

static void a_date_that_fits_no_order_rejects_its_row(void **state)
{
    (void)state;
    rejects(DATED "s1,Storage,m,1,EUR,13/09/2026\ns1,Storage,m,1,EUR,09/14/2026\n"
                  "s1,Storage,m,1,EUR,\ns1,Storage,m,1,EUR,31.12.2026\n",
            "2:Date:13/09/2026:is not a date or time\n"
            "4:Date::the date of the charge is absent\n"
            "5:Date:31.12.2026:is not a date or time\n");
}

static void an_inclusive_period_end_becomes_exclusive(void **state)
{
    (void)state;
    SHOWS(EA MONTH "09/30/2026,Storage,x,1,1,1,1,USD,,,,,1 GB,,Usage,1,OnDemand\n",
          " ChargePeriodEnd=2026-10-01T00:00:00Z", " BillingPeriodEnd=2026-10-01T00:00:00Z");
    SHOWS(EA "7,2026-09-01,2026-10-01,s1,2026-09-03,Storage,x,1,1,1,1,USD,,,,,1 GB,,Usage,1,\n",
          " BillingPeriodEnd=2026-10-01T00:00:00Z");
    SHOWS(EA "7,2026-09-01,,s1,2026-09-03,Storage,x,1,1,1,1,USD,,,,,1 GB,,Usage,1,\n",
          " BillingPeriodEnd=2026-10-01T00:00:00Z");
}

/* ---- costs ---- */

#define ROW(quantity, price, cost, rest) MONTH "09/02/2026,VMs,x," quantity "," price "," cost rest

static void ordinary_charges_have_one_cost(void **state)
{
    (void)state;
    SHOWS(EA ROW("10", "0.2", "2", ",0.2,USD,,,,,1 Hour,,Usage,0.25,OnDemand\n"), " BilledCost=2",
          " EffectiveCost=2", " ListCost=2.5", " ContractedCost=2", " ChargeCategory=Usage",
          " PricingCategory=Standard", " x_ChargeType=Usage");
}

static void what_a_commitment_covers_is_effective_and_not_billed(void **state)
{
    (void)state;
    SHOWS(EA ROW("24", "0.1", "2.4", ",0.2,USD,,,,,1 Hour,r1,Usage,0.25,Reservation\n"),
          " BilledCost=0 ", " EffectiveCost=2.4", " CommitmentDiscountStatus=Used",
          " CommitmentDiscountId=r1", " CommitmentDiscountCategory=Usage",
          " CommitmentDiscountType=Reservation", " ContractedCost=4.8");
    SHOWS(EA ROW("1", "1", "0.5", ",,USD,,,,,1 Hour,r1,UnusedSavingsPlan,,SavingsPlan\n"),
          " BilledCost=0 ", " EffectiveCost=0.5", " CommitmentDiscountStatus=Unused",
          " ChargeCategory=Usage", " CommitmentDiscountCategory=Spend");
    SHOWS(EA ROW("1", "1", "0.5", ",,USD,,,,,1 Hour,r1,Usage,,\n"), " BilledCost=0 ",
          " CommitmentDiscountStatus=Used");
    SHOWS(EA ROW("1", "1", "0.5", ",,USD,,,,,1 Hour,r1,Usage,,OnDemand\n"), " BilledCost=0.5");
}

static void a_commitment_purchase_is_billed_and_not_effective(void **state)
{
    (void)state;
    SHOWS(EA ROW("1", "100", "100", ",,USD,,,,,1 Hour,r1,Purchase,0,Reservation\n"),
          " BilledCost=100", " EffectiveCost=0 ", " ChargeCategory=Purchase");
    SHOWS(EA ROW("1", "100", "-40", ",,USD,,,,,1 Hour,r1,Refund,0,Reservation\n"),
          " BilledCost=-40", " EffectiveCost=0 ", " ChargeCategory=Purchase",
          " ChargeClass=Correction");
    SHOWS(EA ROW("1", "9", "9", ",,USD,,,,,,,Purchase,,OnDemand\n"), " BilledCost=9",
          " EffectiveCost=9");
    SHOWS(EA ROW("1", "9", "9", ",,USD,,,,,,/x/Microsoft.BillingBenefits/y,Purchase,,OnDemand\n"),
          " BilledCost=9", " EffectiveCost=0 ", " CommitmentDiscountType=Savings Plan");
}

static void a_price_of_nothing_on_a_row_that_costs_is_no_list_price(void **state)
{
    (void)state;
    LACKS(EA ROW("1", "100", "100", ",0,USD,,,,,1 Hour,r1,Purchase,0,Reservation\n"),
          " ListCost=", " ContractedCost=");
    SHOWS(EA ROW("5", "0", "0", ",0,USD,,,,,1 Hour,,Usage,0,OnDemand\n"), " ListCost=0 ",
          " ContractedCost=0 ");
}

static void prices_of_another_currency_make_no_cost(void **state)
{
    (void)state;
    const char *text = "SubscriptionId,Date,MeterCategory,MeterId,CostInBillingCurrency,"
                       "BillingCurrency,PricingCurrency,Quantity,UnitPrice,PayGPrice\n"
                       "s1,2026-09-02,VMs,m,9,EUR,USD,10,1,2\n";
    SHOWS(text, " PricingCurrencyListUnitPrice=2", " PricingCurrencyContractedUnitPrice=1");
    LACKS(text, " ListCost=", " ContractedCost=", " ListUnitPrice=", " ContractedUnitPrice=");
}

static void kinds_of_charges_are_those_of_focus(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Tax",                "Tax"       },
        {"Credit",             "Credit"    },
        {"RoundingAdjustment", "Adjustment"},
        {"usage",              "Usage"     },
        {"SomethingNew",       "Adjustment"},
        {"",                   "Usage"     },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[640], wanted[64];
        snprintf(text, sizeof text, EA ROW("1", "1", "1", ",1,USD,,,,,1 Hour,,%s,1,\n"),
                 cases[i][0]);
        snprintf(wanted, sizeof wanted, " ChargeCategory=%s ", cases[i][1]);
        SHOWS(text, wanted);
    }
}

static void decimals_and_exponents_are_exact(void **state)
{
    (void)state;
    SHOWS(DATED "s1,Storage,m,0.4838709677419354838709677419,EUR,2026-09-02\n"
                "s1,Storage,m,5.64902E-05,EUR,2026-09-02\n",
          " BilledCost=0.4838709677419354838709677419", " BilledCost=0.0000564902");
}

/* ---- views ---- */

#define SPREAD ROW("24", "0.1", "2.4", ",,USD,,,,,1 Hour,r1,Usage,,Reservation\n")
#define UNUSED ROW("1", "0.1", "0.1", ",,USD,,,,,1 Hour,r1,UnusedReservation,,Reservation\n")
#define BOUGHT ROW("1", "9", "9", ",,USD,,,,,1 Hour,r1,Purchase,,Reservation\n")
#define COVERED ROW("24", "0", "0", ",,USD,,,,,1 Hour,r1,Usage,,Reservation\n")
#define TINY ROW("0.001", "0.1", "0", ",,USD,,,,,1 Hour,r1,Usage,,Reservation\n")
#define PLAIN ROW("1", "1", "1", ",,USD,,,,,1 Hour,,Usage,,OnDemand\n")

static void rows_prove_the_view(void **state)
{
    (void)state;
    version_is(EA PLAIN, "ea");
    version_is(EA PLAIN SPREAD, "ea amortized");
    version_is(EA UNUSED PLAIN, "ea amortized");
    version_is(EA PLAIN BOUGHT, "ea actual");
    version_is(EA COVERED, "ea actual");
    version_is(EA TINY, "ea");
    version_is(EA TINY SPREAD, "ea amortized");
    version_is(EA SPREAD BOUGHT, "ea combined");
}

/* ---- tags and names ---- */

static void tags_become_a_json_object(void **state)
{
    (void)state;
#define TAGS(cell, center)                                                                         \
    EA ROW("1", "1", "1", ",1,USD,,," cell "," center ",1 Hour,,Usage,1,OnDemand\n")
    SHOWS(TAGS("\"\"\"a\"\": \"\"b\"\",\"\"c\"\": \"\"d\"\"\"", ""),
          " Tags={\"a\": \"b\",\"c\": \"d\"} ");
    SHOWS(TAGS("\"{\"\"a\"\":\"\"b\"\"}\"", ""), " Tags={\"a\":\"b\"} ");
    LACKS(TAGS("\"\"\"\"\"\"", ""), " Tags=");
    LACKS(TAGS("", ""), " Tags=");
    LACKS(TAGS("{}", ""), " Tags=");
}

static void a_cost_centre_is_found_as_a_tag(void **state)
{
    (void)state;
    SHOWS(TAGS("", "ACM9000"), " Tags={\"cost_center\":\"ACM9000\"} ", " CostCenter=ACM9000");
    SHOWS(TAGS("\"{\"\"a\"\":\"\"b\"\"}\"", "\"x\"\"y\""),
          " Tags={\"a\":\"b\",\"cost_center\":\"x\\\"y\"} ");
    SHOWS(TAGS("\"{\"\"cost_center\"\":\"\"own\"\"}\"", "other"),
          " Tags={\"cost_center\":\"own\"} ");
}

static void the_machine_comes_from_additional_info_or_the_meter(void **state)
{
    (void)state;
    SHOWS(EA MONTH "09/02/2026,Virtual Machines,NC24 v4,1,1,1,1,USD,,"
                   "\"{\"\"ServiceType\"\": \"\"Standard_NC24ads_A100_v4\"\", \"\"VCPUs\"\": 24}\","
                   ",,1 Hour,,Usage,1,OnDemand\n",
          " x_InstanceType=Standard_NC24ads_A100_v4", " x_GpuType=A100");
    SHOWS(EA MONTH "09/02/2026,Virtual Machines,D2 v3,1,1,1,1,USD,,\"\"\"ServiceType\"\": null\","
                   ",,1 Hour,,Usage,1,OnDemand\n",
          " x_InstanceType=D2 v3");
    LACKS(EA MONTH "09/02/2026,Storage,LRS,1,1,1,1,USD,,,,,1 Hour,,Usage,1,OnDemand\n",
          " x_InstanceType=");
}

static void resources_that_differ_in_case_are_one(void **state)
{
    (void)state;
#define ON(id) MONTH "09/02/2026,Storage,x,1,1,1,1,USD," id ",,,,1 GB,,Usage,1,OnDemand\n"
    const char *text = EA ON("/subscriptions/S1/resourceGroups/RG/providers/Microsoft.Compute/"
                             "virtualMachines/VM") ON("/subscriptions/s1/resourcegroups/rg/"
                                                      "providers/microsoft.compute/"
                                                      "virtualmachines/vm");
    struct reading reading;
    read_ok(&reading, text);
    const char *rows = strbuf_cstr(&reading.rows);
    const char *wanted = " ResourceId=/subscriptions/s1/resourcegroups/rg/providers/"
                         "microsoft.compute/virtualmachines/vm "
                         "ResourceType=microsoft.compute/virtualmachines";
    const char *first = strstr(rows, wanted);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, wanted));
    const char *given = strstr(rows, " x_ResourceId=/subscriptions/S1/");
    assert_non_null(given);
    assert_null(strstr(given + 1, " x_ResourceId="));
    reading_deinit(&reading);
}

/* ---- sniffing, damage ---- */

static void focus_of_microsoft_stays_focus(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "BilledCost,BillingAccountId,BillingCurrency,ChargePeriodStart,ResourceId,"
                        "ServiceName,Tags,x_SkuMeterCategory,x_CostCenter,x_BilledCostInUsd\n");
    assert_string_equal(reading.facts.format, "focus");
    reading_deinit(&reading);
}

static void a_header_alone_is_a_file_without_rows(void **state)
{
    (void)state;
    struct reading reading;
    read_ok(&reading, EA);
    assert_int_equal(reading.facts.rows, 0);
    assert_string_equal(reading.facts.version, "ea");
    reading_deinit(&reading);
}

static void only_wanted_columns_are_kept_and_rows_stay_right(void **state)
{
    (void)state;
    struct reading reading;
    struct ingest_options options = {.columns = "Tags", .seen_at = MOMENT_NONE};
    reading_init(&reading);
    read_bytes(&reading, "t.csv", STR(EA SPREAD), &options);
    assert_int_equal(reading.status, GR_OK);
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " BilledCost=0 EffectiveCost=2.4"));
    assert_string_equal(reading.facts.version, "ea amortized");
    reading_deinit(&reading);
}

static void valid_file(struct strbuf *out)
{
    strbuf_init(out, 16 << 20);
    strbuf_append_cstr(out, EA);
    for (int i = 0; i < 40; i++)
        strbuf_printf(out,
                      MONTH "09/%02d/2026,Virtual Machines,x,%d,0.%d,%d.5E-3,1,USD,/Sub/%d,"
                            "\"{\"\"ServiceType\"\":\"\"t%d\"\"}\",\"\"\"a\"\": \"\"b%d\"\"\",%s,"
                            "%dK,%s,%s,2,%s\n",
                      1 + i % 28, i, i, i, i % 9, i % 3, i % 4, i % 2 ? "cc" : "", i % 5,
                      i % 3 ? "" : "r1", i % 7 ? "Usage" : "Purchase",
                      i % 3 ? "OnDemand" : "Reservation");
}

static void damaged_files_are_accounted_for_and_engines_agree(void **state)
{
    (void)state;
    uint64_t random = 426;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        valid_file(&text);
        for (uint64_t hits = 1 + random_next(&random) % 4; hits > 0; hits--)
            damage(&text, &random);
        struct reading fast, oracle;
        reading_init(&fast);
        reading_init(&oracle);
        struct ingest_options options = {.format = "azure", .seen_at = MOMENT_NONE};
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
        cmocka_unit_test(reads_every_dialect_by_its_names),
        cmocka_unit_test(names_the_dialect),
        cmocka_unit_test(of_a_localised_header_the_name_in_parentheses_counts),
        cmocka_unit_test(a_subscription_without_an_account_is_its_own),
        cmocka_unit_test(amounts_without_any_currency_are_in_none),
        cmocka_unit_test(a_second_column_of_one_meaning_is_kept_beside),
        cmocka_unit_test(reads_month_first_iso_and_midnight),
        cmocka_unit_test(a_file_that_proves_day_first_is_read_so_from_its_first_row),
        cmocka_unit_test(dates_that_could_be_either_way_fit_their_billing_period),
        cmocka_unit_test(a_file_that_proves_day_first_too_late_is_refused_whole),
        cmocka_unit_test(a_date_that_fits_no_order_rejects_its_row),
        cmocka_unit_test(an_inclusive_period_end_becomes_exclusive),
        cmocka_unit_test(ordinary_charges_have_one_cost),
        cmocka_unit_test(what_a_commitment_covers_is_effective_and_not_billed),
        cmocka_unit_test(a_commitment_purchase_is_billed_and_not_effective),
        cmocka_unit_test(a_price_of_nothing_on_a_row_that_costs_is_no_list_price),
        cmocka_unit_test(prices_of_another_currency_make_no_cost),
        cmocka_unit_test(kinds_of_charges_are_those_of_focus),
        cmocka_unit_test(decimals_and_exponents_are_exact),
        cmocka_unit_test(rows_prove_the_view),
        cmocka_unit_test(tags_become_a_json_object),
        cmocka_unit_test(a_cost_centre_is_found_as_a_tag),
        cmocka_unit_test(the_machine_comes_from_additional_info_or_the_meter),
        cmocka_unit_test(resources_that_differ_in_case_are_one),
        cmocka_unit_test(focus_of_microsoft_stays_focus),
        cmocka_unit_test(a_header_alone_is_a_file_without_rows),
        cmocka_unit_test(only_wanted_columns_are_kept_and_rows_stay_right),
        cmocka_unit_test(damaged_files_are_accounted_for_and_engines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
