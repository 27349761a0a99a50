/* FOCUS: the quirks of real files, sums against the other CSV engine, damaged files. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/csv.h"
#include "ingest/emit.h"

#define HEADER "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,EffectiveCost\n"
#define MONTH_10 " BillingPeriodStart=2026-10-01T00:00:00Z BillingPeriodEnd=2026-11-01T00:00:00Z"

static void gives(const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, text);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    assert_string_equal(reading.facts.format, "focus");
    reading_deinit(&reading);
}

static void refuses(const char *text, const char *message)
{
    struct reading reading;
    reading_init(&reading);
    struct ingest_options options = {.format = "focus", .seen_at = MOMENT_NONE};
    read_bytes(&reading, "t.csv", str_from(text), &options);
    assert_int_equal(reading.status, GR_EDATA);
    if (!strstr(reading.err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", reading.err.text, message);
    reading_deinit(&reading);
}

static void reads_a_row_by_header_names(void **state)
{
    (void)state;
    gives(HEADER "1.50,USD,2026-10-03T00:00:00Z,Compute,0.75\n",
          "cost BilledCost=1.5 EffectiveCost=0.75 BillingCurrency=USD"
          " ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 " ServiceName=Compute\n",
          "");
}

static void takes_names_in_any_order_and_case(void **state)
{
    (void)state;
    gives("servicename, CHARGEPERIODSTART ,billingcurrency,effectiveCost,billedcost\n"
          "Compute,2026-10-03,USD,2,1\n",
          "cost BilledCost=1 EffectiveCost=2 BillingCurrency=USD"
          " ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 " ServiceName=Compute\n",
          "");
}

static void null_words_and_empty_cells_are_absent(void **state)
{
    (void)state;
    gives(HEADER "NULL,USD,2026-10-03,null,\n",
          "cost BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 "\n", "");
}

static void reads_every_spelling_of_a_moment(void **state)
{
    (void)state;
    static const char *const spellings[] = {"2026-10-03 14:00:00",       "2026-10-03T14:00:00Z",
                                            "2026-10-03T14:00:00.000Z",  "2026-10-03T14:00Z",
                                            "2026-10-03T16:00:00+02:00", "10/3/26 14:00",
                                            "10/03/2026 14:00:00",       "2026-10-03 14:00:00 UTC"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, HEADER "1,USD,%s,,\n", spellings[i]);
        gives(
            text,
            "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T14:00:00Z" MONTH_10
            "\n",
            "");
    }
}

static void reads_us_dates_of_the_specification_files(void **state)
{
    (void)state;
    gives(HEADER "1,USD,5/1/25,,\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2025-05-01T00:00:00Z"
          " BillingPeriodStart=2025-05-01T00:00:00Z BillingPeriodEnd=2025-06-01T00:00:00Z\n",
          "");
}

static void reads_exponents_exactly(void **state)
{
    (void)state;
    gives(HEADER "35.2E-7,USD,2026-10-03,,-1e2\n",
          "cost BilledCost=0.00000352 EffectiveCost=-100 BillingCurrency=USD"
          " ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 "\n",
          "");
}

static void keeps_unknown_columns_under_their_names(void **state)
{
    (void)state;
    gives("BilledCost,BillingCurrency,ChargePeriodStart,Id,x_Team,ServiceName\n"
          "1,USD,2026-10-03,007,ml,Compute\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ServiceName=Compute Id=007 x_Team=ml\n",
          "");
}

static void drops_a_column_that_holds_secrets(void **state)
{
    (void)state;
    gives("BilledCost,BillingCurrency,ChargePeriodStart,x_ApiKey,ServiceName\n"
          "1,USD,2026-10-03,sk-123,Compute\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ServiceName=Compute\n",
          "");
}

static void rejected_rows_do_not_show_a_secret_column(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "BilledCost,BillingCurrency,ChargePeriodStart,x_ApiKey,ServiceName\n"
                        "x,USD,2026-10-03,sk-123,Compute\n1,sk-123\n");
    assert_int_equal(reading.facts.rejected, 2);
    assert_null(strstr(strbuf_cstr(&reading.raws), "sk-123"));
    reading_deinit(&reading);
}

static void keeps_a_billing_period_that_is_there(void **state)
{
    (void)state;
    gives("BilledCost,BillingCurrency,ChargePeriodStart,BillingPeriodStart,ServiceName\n"
          "1,USD,2026-09-30,2026-10-01,x\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-09-30T00:00:00Z"
          " BillingPeriodStart=2026-10-01T00:00:00Z ServiceName=x\n",
          "");
}

static void names_the_provider_by_the_newer_column(void **state)
{
    (void)state;
    gives("BilledCost,BillingCurrency,ChargePeriodStart,ServiceProviderName,ProviderName\n"
          "1,USD,2026-10-03,AWS,\n1,USD,2026-10-03,AWS,Amazon\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ProviderName=AWS ServiceProviderName=AWS\n"
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ProviderName=Amazon ServiceProviderName=AWS\n",
          "");
}

static void rejects_bad_cells_with_column_value_and_reason(void **state)
{
    (void)state;
    gives(HEADER "\"1,20\",USD,2026-10-03,,\n"
                 "NaN,USD,2026-10-03,,\n"
                 "1e40,USD,2026-10-03,,\n"
                 "1,,2026-10-03,,\n"
                 "1,NULL,2026-10-03,,\n"
                 "1,USD,yesterday,,\n"
                 "1,USD,,,\n"
                 "1,USD,2026-10-03\n"
                 "1,USD,2026-02-30,,\n",
          "",
          "2:BilledCost:1,20:is not a decimal amount\n"
          "3:BilledCost:NaN:is not a decimal amount\n"
          "4:BilledCost:1e40:is beyond 10^15 or has more than 28 decimals or 38 digits\n"
          "5:BillingCurrency::BillingCurrency is absent\n"
          "6:BillingCurrency:NULL:BillingCurrency is absent\n"
          "7:ChargePeriodStart:yesterday:is not a date or time\n"
          "8:ChargePeriodStart::ChargePeriodStart is absent\n"
          "9:::has another number of cells than the header\n"
          "10:ChargePeriodStart:2026-02-30:is not a date or time\n");
}

static void a_rejected_row_leaves_no_cell_behind(void **state)
{
    (void)state;
    gives(HEADER "1,USD,2026-10-03,Storage,x\n2,USD,2026-10-04,,\n",
          "cost BilledCost=2 BillingCurrency=USD ChargePeriodStart=2026-10-04T00:00:00Z" MONTH_10
          "\n",
          "2:EffectiveCost:x:is not a decimal amount\n");
}

static void refuses_a_header_it_can_not_trust(void **state)
{
    (void)state;
    refuses("BilledCost,BillingCurrency,ChargePeriodStart,billedcost\n",
            "columns 1 and 4 are both named \"billedcost\"");
    refuses("BilledCost,ChargePeriodStart,BillingAccountId,SkuId\n", "BillingCurrency is missing");
    refuses("BilledCost,ChargePeriodStart,ProviderName,SkuId\n", "BillingCurrency is missing");
    refuses("EffectiveCost,BillingCurrency,ChargePeriodStart\n", "BilledCost is missing");
    refuses("BilledCost,\"BillingCurrency\n", "line 1: the header opens a quote");
    refuses("", "has no header line");
}

static void an_excerpt_that_says_whose_nothing_is_has_no_currency(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "BilledCost,ChargePeriodStart,ServiceName,SkuId\n1,2026-10-03,x,y\n");
    assert_int_equal(reading.status, GR_OK);
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " BillingCurrency=XXX "));
    assert_non_null(strstr(reading.facts.remark, "an excerpt"));
    reading_deinit(&reading);
}

static void names_of_drafts_are_known(void **state)
{
    (void)state;
    gives("BilledCost,BilledCurrency,ChargePeriodStart,AmortizedCost,ChargeType,ChargeSubcategory,"
          "Provider,Publisher,InvoiceIssuer,Region,UsageQuantity,UsageUnit\n"
          "1,USD,2026-10-03,2,usage,On-Demand,Oracle,Oracle,Oracle,r,3,Hour\n",
          "cost BilledCost=1 EffectiveCost=2 BillingCurrency=USD"
          " ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 " ProviderName=Oracle RegionId=r"
          " ChargeCategory=Usage ConsumedQuantity=3 ConsumedUnit=Hour InvoiceIssuerName=Oracle"
          " PublisherName=Oracle x_ChargeType=On-Demand\n",
          "");
    gives("BilledCost,BillingCurrency,ChargePeriodStart,ChargeType,ChargeCategory\n"
          "1,USD,2026-10-03,mine,Tax\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ChargeCategory=Tax ChargeType=mine\n",
          "");
}

/* Microsoft: 96, 100, 104 and 105 columns, the standard ones and their own behind x_. */
static void many_columns_of_the_providers_own_are_all_kept(void **state)
{
    (void)state;
    for (int own = 48; own <= 62; own += 7) {
        size_t count;
        const struct column_def *defs = dataset_columns(DATASET_COST, &count);
        struct strbuf text, wanted;
        strbuf_init(&text, 1 << 20);
        strbuf_init(&wanted, 1 << 20);
        for (size_t i = 0; i < count; i++)
            if (defs[i].name[0] != 'x')
                strbuf_printf(&text, "%s,", defs[i].name);
        for (int i = 0; i < own; i++)
            strbuf_printf(&text, "x_Own%d%s", i, i + 1 < own ? "," : "\n");
        for (size_t i = 0; i < count; i++)
            if (defs[i].name[0] != 'x')
                strbuf_append_cstr(&text, defs[i].kind == COLUMN_DECIMAL  ? "1,"
                                          : defs[i].kind == COLUMN_MOMENT ? "2026-10-01T00:00Z,"
                                                                          : "w,");
        for (int i = 0; i < own; i++) {
            strbuf_printf(&text, "v%d%s", i, i + 1 < own ? "," : "\n");
            strbuf_printf(&wanted, " x_Own%d=v%d", i, i);
        }
        struct reading reading;
        reading_init(&reading);
        read_bytes(&reading, "t.csv", strbuf_str(&text), NULL);
        assert_string_equal(reading.facts.format, "focus");
        assert_int_equal(reading.facts.delivered, 1);
        assert_non_null(strstr(strbuf_cstr(&reading.rows), strbuf_cstr(&wanted)));
        reading_deinit(&reading);
        strbuf_deinit(&text);
        strbuf_deinit(&wanted);
    }
}

static void words_are_those_of_the_specification(void **state)
{
    (void)state;
    gives("BilledCost,BillingCurrency,ChargePeriodStart,ChargeFrequency,ChargeClass,"
          "CommitmentDiscountStatus\n"
          "1,USD,2026-10-03,Usage-based,correction,UNUSED\n1,USD,2026-10-03,often,,\n",
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ChargeClass=Correction ChargeFrequency=Usage-Based CommitmentDiscountStatus=Unused\n"
          "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
          " ChargeFrequency=often\n",
          "");
}

static void every_word_of_a_draft_has_its_later_spelling(void **state)
{
    (void)state;
    static const char *const words[][3] = {
        {"ChargeCategory",             "USAGE",            "Usage"     },
        {"ChargeCategory",             "purchase",         "Purchase"  },
        {"ChargeCategory",             "tax",              "Tax"       },
        {"ChargeCategory",             "credit",           "Credit"    },
        {"ChargeCategory",             "adjustment",       "Adjustment"},
        {"ChargeFrequency",            "one time",         "One-Time"  },
        {"ChargeFrequency",            "recurring",        "Recurring" },
        {"PricingCategory",            "On-Demand",        "Standard"  },
        {"PricingCategory",            "standard",         "Standard"  },
        {"PricingCategory",            "dynamic",          "Dynamic"   },
        {"PricingCategory",            "Commitment-Based", "Committed" },
        {"PricingCategory",            "committed",        "Committed" },
        {"PricingCategory",            "other",            "Other"     },
        {"CommitmentDiscountStatus",   "used",             "Used"      },
        {"CommitmentDiscountCategory", "spend",            "Spend"     },
        {"CommitmentDiscountCategory", "usage",            "Usage"     },
        {"CapacityReservationStatus",  "used",             "Used"      },
        {"CapacityReservationStatus",  "unused",           "Unused"    },
        {"ServiceName",                "usage",            "usage"     },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[256], wanted[256];
        snprintf(text, sizeof text,
                 "BilledCost,BillingCurrency,ChargePeriodStart,%s,x_Fourth\n1,USD,2026-10-03,%s,\n",
                 words[i][0], words[i][1]);
        snprintf(
            wanted, sizeof wanted,
            "cost BilledCost=1 BillingCurrency=USD ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10
            " %s=%s\n",
            words[i][0], words[i][2]);
        gives(text, wanted, "");
    }
}

static void amounts_with_a_currency_sign_are_amounts(void **state)
{
    (void)state;
    gives(HEADER "\"$50,000.00 \",USD,2026-10-03,,\"-$1,000.00\"\n\"$1,20\",USD,2026-10-03,,\n",
          "cost BilledCost=50000 EffectiveCost=-1000 BillingCurrency=USD"
          " ChargePeriodStart=2026-10-03T00:00:00Z" MONTH_10 "\n",
          "3:BilledCost:$1,20:is not a decimal amount\n");
}

static void finds_the_version_by_the_columns(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"SkuId",            "1.0"},
        {"SkuMeter",         "1.1"},
        {"SubAccountType",   "1.2"},
        {"HostProviderName", "1.3"},
        {"InvoiceDetailId",  "1.4"}
    };
    for (size_t i = 0; i < 5; i++) {
        char text[256];
        struct reading reading;
        reading_init(&reading);
        snprintf(text, sizeof text, "BilledCost,BillingCurrency,ChargePeriodStart,%s\n",
                 cases[i][0]);
        read_text(&reading, text);
        assert_int_equal(reading.status, GR_OK);
        assert_string_equal(reading.facts.version, cases[i][1]);
        assert_int_equal(reading.facts.rows, 0);
        reading_deinit(&reading);
    }
}

static void counts_blank_lines_as_skipped(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, HEADER "1,USD,2026-10-03,,\n\n\n2,USD,2026-10-03,,x\n");
    assert_int_equal(reading.facts.rows, 4);
    assert_int_equal(reading.facts.delivered, 1);
    assert_int_equal(reading.facts.rejected, 1);
    assert_int_equal(reading.facts.skipped, 2);
    reading_deinit(&reading);
}

static void hands_on_full_batches(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, HEADER);
    for (int i = 0; i < 2 * BATCH_ROWS + 5; i++)
        strbuf_append_cstr(&text, "1,USD,2026-10-03,Compute,1\n");
    struct reading reading;
    reading_init(&reading);
    reading.quiet = true;
    read_bytes(&reading, "t", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.batches, 2 * BATCH_ROWS / EMIT_BATCH_ROWS + 1);
    assert_int_equal(reading.facts.delivered, 2 * BATCH_ROWS + 5);
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

/* ---- real files: the batch cells against text decimals read by the other engine ---- */

static void add_batch(void *context, const struct batch *batch)
{
    struct decimal *sum = context;
    struct gr_err err = {0};
    for (uint32_t row = 0; row < batch->rows; row++) {
        struct decimal value;
        if (batch_decimal(batch, COST_BilledCost, row, &value))
            assert_int_equal(decimal_add(*sum, value, sum, &err), GR_OK);
    }
}

static uint64_t oracle_sum(struct str bytes, struct decimal *sum)
{
    struct gr_err err = {0};
    struct ingest_source *source;
    struct csv_reader *csv;
    struct csv_row row;
    bool more;
    uint64_t rows = 0;
    assert_int_equal(source_open_memory("t", bytes, &source, &err), GR_OK);
    assert_int_equal(csv_open(source, "libcsv", ',', &csv, &err), GR_OK);
    assert_int_equal(csv_next(csv, &row, &more, &err), GR_OK);
    size_t column = 0;
    while (!str_is(row.cells[column], "BilledCost"))
        column++;
    for (; csv_next(csv, &row, &more, &err) == GR_OK && more; rows++) {
        struct decimal value;
        if (row.cells[column].len == 0 || str_is(row.cells[column], "NULL"))
            continue;
        assert_int_equal(decimal_parse(row.cells[column], &value, &err), GR_OK);
        assert_int_equal(decimal_add(*sum, value, sum, &err), GR_OK);
    }
    csv_close(csv);
    source_close(source);
    return rows;
}

static void sums_agree(const char *relative, const char *version, uint64_t rows_wanted)
{
    struct strbuf bytes;
    shared_bytes(&bytes, relative);
    struct decimal wanted = DECIMAL_ZERO, sum = DECIMAL_ZERO;
    uint64_t rows = oracle_sum(strbuf_str(&bytes), &wanted);
    struct reading reading;
    reading_init(&reading);
    reading.look = add_batch;
    reading.look_context = &sum;
    read_bytes(&reading, relative, strbuf_str(&bytes), NULL);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(reading.facts.version, version);
    assert_string_equal(strbuf_cstr(&reading.rejects), "");
    assert_int_equal(rows, rows_wanted);
    assert_int_equal(reading.facts.delivered, rows);
    assert_int_equal(decimal_compare(sum, wanted), 0);
    assert_int_not_equal(decimal_sign(sum), 0);
    reading_deinit(&reading);
    strbuf_deinit(&bytes);
}

static void real_1_0_rows_sum_to_the_digit(void **state)
{
    (void)state;
    sums_agree("billing/focus10_200rows.csv", "1.0", 200);
}

static void real_1_3_rows_sum_to_the_digit(void **state)
{
    (void)state;
    sums_agree("billing/focus13_200rows.csv", "1.3", 200);
}

static void a_header_alone_is_a_file_without_rows(void **state)
{
    (void)state;
    char path[512];
    struct reading reading;
    reading_init(&reading);
    read_path(&reading, shared_path(path, "billing/focus14_header_only.csv"));
    assert_int_equal(reading.status, GR_OK);
    assert_string_equal(reading.facts.version, "1.4");
    assert_int_equal(reading.facts.rows, 0);
    assert_int_equal(strlen(reading.facts.sha256), 64);
    reading_deinit(&reading);
}

static void reads_the_examples_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        uint64_t delivered;
        const char *in_rows;
    } cases[] = {
        {"saas_spend_agreements_a1",                4, " BilledCost=972 "                     },
        {"virtual_currency_pricing_model_a1",       1, " BilledCost=200000 "                  },
        {"virtual_currency_pricing_model_b3",       3, " EffectiveCost=245 "                  },
        {"simple_saas_agreements_a2",               1, " BilledCost=50000 EffectiveCost=50000"},
        {"commitment_discount_usage_scenario_4",    2, " BillingCurrency=XXX "                },
        {"commitment_discount_purchase_scenario_3", 4, " ChargePeriodEnd=2023-02-02T06:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512], relative[256];
        struct reading reading;
        reading_init(&reading);
        snprintf(relative, sizeof relative, "billing/focus12_spec_examples/%s.csv", cases[i].file);
        read_path(&reading, shared_path(path, relative));
        if (reading.status != GR_OK)
            fail_msg("%s", reading.err.text);
        assert_int_equal(reading.facts.delivered, cases[i].delivered);
        assert_int_equal(reading.facts.rejected, 0);
        assert_non_null(strstr(strbuf_cstr(&reading.rows), cases[i].in_rows));
        reading_deinit(&reading);
    }
}

/* ---- damage ---- */

static void valid_file(struct strbuf *out)
{
    strbuf_init(out, 16 << 20);
    strbuf_append_cstr(out,
                       "BilledCost,BillingCurrency,ChargePeriodStart,Tags,x_Note,EffectiveCost\n");
    for (int i = 0; i < 40; i++)
        strbuf_printf(
            out, "%d.%03d,USD,2026-10-%02dT00:00:00Z,\"{\"\"team\"\": \"\"t%d\"\"}\",%s,%dE-3\n", i,
            i * 7 % 1000, 1 + i % 28, i % 5, i % 11 ? "plain" : "\"two\nlines\"", i);
}

static void damaged_files_are_accounted_for_and_engines_agree(void **state)
{
    (void)state;
    uint64_t random = 2026;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        valid_file(&text);
        for (uint64_t hits = 1 + random_next(&random) % 4; hits > 0; hits--)
            damage(&text, &random);
        struct reading fast, oracle;
        reading_init(&fast);
        reading_init(&oracle);
        struct ingest_options options = {.format = "focus", .seen_at = MOMENT_NONE};
        read_bytes(&fast, "t", strbuf_str(&text), &options);
        options.reader = "libcsv";
        read_bytes(&oracle, "t", strbuf_str(&text), &options);
        assert_int_equal(fast.status, oracle.status);
        assert_string_equal(fast.err.text, oracle.err.text);
        assert_true(str_equal(strbuf_str(&fast.rows), strbuf_str(&oracle.rows)));
        assert_true(str_equal(strbuf_str(&fast.rejects), strbuf_str(&oracle.rejects)));
        assert_true(str_equal(strbuf_str(&fast.raws), strbuf_str(&oracle.raws)));
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
        cmocka_unit_test(reads_a_row_by_header_names),
        cmocka_unit_test(takes_names_in_any_order_and_case),
        cmocka_unit_test(null_words_and_empty_cells_are_absent),
        cmocka_unit_test(reads_every_spelling_of_a_moment),
        cmocka_unit_test(reads_us_dates_of_the_specification_files),
        cmocka_unit_test(reads_exponents_exactly),
        cmocka_unit_test(keeps_unknown_columns_under_their_names),
        cmocka_unit_test(drops_a_column_that_holds_secrets),
        cmocka_unit_test(rejected_rows_do_not_show_a_secret_column),
        cmocka_unit_test(keeps_a_billing_period_that_is_there),
        cmocka_unit_test(names_the_provider_by_the_newer_column),
        cmocka_unit_test(rejects_bad_cells_with_column_value_and_reason),
        cmocka_unit_test(a_rejected_row_leaves_no_cell_behind),
        cmocka_unit_test(refuses_a_header_it_can_not_trust),
        cmocka_unit_test(an_excerpt_that_says_whose_nothing_is_has_no_currency),
        cmocka_unit_test(names_of_drafts_are_known),
        cmocka_unit_test(many_columns_of_the_providers_own_are_all_kept),
        cmocka_unit_test(words_are_those_of_the_specification),
        cmocka_unit_test(every_word_of_a_draft_has_its_later_spelling),
        cmocka_unit_test(amounts_with_a_currency_sign_are_amounts),
        cmocka_unit_test(finds_the_version_by_the_columns),
        cmocka_unit_test(counts_blank_lines_as_skipped),
        cmocka_unit_test(hands_on_full_batches),
        cmocka_unit_test(real_1_0_rows_sum_to_the_digit),
        cmocka_unit_test(real_1_3_rows_sum_to_the_digit),
        cmocka_unit_test(a_header_alone_is_a_file_without_rows),
        cmocka_unit_test(reads_the_examples_of_the_specification),
        cmocka_unit_test(damaged_files_are_accounted_for_and_engines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
