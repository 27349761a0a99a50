/* Dictionaries that start anew between batches: what a reader remembers by codes is void then. The
 * rows of a long file are the same whichever of its dictionaries do. */
#include "support.h"

#include <string.h>

enum { ROWS = 2 * 8192 + 100, SEEDS = 3 };

/* A row of a dialect; three numbers that are drawn for it choose its texts. */
typedef void row_writer(struct strbuf *out, unsigned a, unsigned b, unsigned c);

static void make_file(struct strbuf *text, const char *header, row_writer *write)
{
    uint64_t random = 11;
    strbuf_init(text, 64 << 20);
    strbuf_append_cstr(text, header);
    for (unsigned row = 0; row < ROWS; row++) {
        uint64_t drawn = random_next(&random);
        write(text, (unsigned)(drawn >> 8) % 7, (unsigned)(drawn >> 24) % 900,
              (unsigned)(drawn >> 44) % 5);
    }
}

static void rows_are_the_same(const char *header, row_writer *write)
{
    struct strbuf text;
    struct reading plain;
    make_file(&text, header, write);
    reading_init(&plain);
    read_bytes(&plain, "t", strbuf_str(&text), NULL);
    assert_int_equal(plain.status, GR_OK);
    assert_int_equal(plain.facts.delivered, ROWS);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct reading renewed;
        reading_init(&renewed);
        renewed.renewals = seed;
        read_bytes(&renewed, "t", strbuf_str(&text), NULL);
        assert_true(str_equal(strbuf_str(&renewed.rows), strbuf_str(&plain.rows)));
        reading_deinit(&renewed);
    }
    reading_deinit(&plain);
    strbuf_deinit(&text);
}

static const char *const words[] = {"Usage", "Tax", "Credit", "Purchase", "Adjustment"};

static void write_focus(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    strbuf_printf(out,
                  "1.%u,USD,2026-10-0%u,AWS,acc%u,svc%u,%s,res-%u,\"{\"\"t\"\":\"\"%u\"\"}\"\n", b,
                  a + 1, a, c, words[c], b, b);
}

static void focus(void **state)
{
    (void)state;
    rows_are_the_same("BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,BillingAccountId,"
                      "ServiceName,ChargeCategory,ResourceId,Tags\n",
                      write_focus);
}

static void write_aws(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    static const char *const types[] = {"Usage", "Tax", "SavingsPlanCoveredUsage", "RIFee",
                                        "DiscountedUsage"};
    static const char *const kinds[] = {"", "arn:ri", "arn:x:capacity-reservation/1"};
    strbuf_printf(out, "1.%u,2026-10-0%uT00:00:00Z,%s,acc%u,%s,res-%u,type%u,code%u,%s,%s,%u,%u,",
                  b, a + 1, a ? "USD" : "", a, types[c], b, c, a, kinds[b % 3], kinds[(b + c) % 2],
                  a, c);
    strbuf_printf(out,
                  "%u.5,\"{\"\"product_name\"\":\"\"p%u\"\",\"\"region\"\":\"\"r%u\"\"}\",EUR\n", c,
                  b % 400, a);
}

static void aws(void **state)
{
    (void)state;
    rows_are_the_same(
        "line_item_unblended_cost,line_item_usage_start_date,line_item_currency_code,"
        "bill_payer_account_id,line_item_line_item_type,line_item_resource_id,line_item_usage_type,"
        "line_item_product_code,reservation_reservation_a_r_n,savings_plan_savings_plan_a_r_n,"
        "resource_tags_user_team,resource_tags_user_env,savings_plan_savings_plan_effective_cost,"
        "product,pricing_currency\n",
        write_aws);
}

static void write_azure(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    static const char *const types[] = {"Usage", "Purchase", "UnusedReservation", "Refund", "Tax"};
    static const char *const models[] = {"OnDemand", "Reservation", "Spot"};
    static const char *const units[] = {"10K", "100 Hours", "1 GB", "1/Month", "x"};
    strbuf_printf(out, "1.%u,USD,10/0%u/2026,acc%u,/Sub/%u/Providers/Microsoft.X/vms/VM%u,%s,%s,",
                  b, a + 1, a, a, b, types[c], models[a % 3]);
    strbuf_printf(out, "center%u,\"\"\"t\"\": \"\"%u\"\"\",%u,%s,Family%u,East US %u,", b % 450,
                  b % 30, b + 1, units[c], a, c);
    strbuf_printf(out, "\"{\"\"ServiceType\"\":\"\"NC_H100_%u\"\"}\",Virtual Machines\n", b % 70);
}

static void azure(void **state)
{
    (void)state;
    rows_are_the_same("CostInBillingCurrency,BillingCurrencyCode,Date,BillingAccountId,ResourceId,"
                      "ChargeType,PricingModel,CostCenter,Tags,Quantity,UnitOfMeasure,"
                      "ServiceFamily,ResourceLocation,AdditionalInfo,MeterCategory\n",
                      write_azure);
}

static void write_gcp(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    strbuf_printf(out,
                  "1.%u,USD,2026-10-0%uT00:00:00Z,acc%u,svc%u,res-%u,202610,"
                  "\"[{'amount': -0.%u, 'name': 'n'}]\",\"[{'key': 'k%u', 'value': '%u'}]\"\n",
                  b, a + 1, a, c, b, b, a, b);
}

static void gcp_csv(void **state)
{
    (void)state;
    rows_are_the_same("cost,currency,usage_start_time,billing_account_id,service.description,"
                      "resource.global_name,invoice.month,credits,labels\n",
                      write_gcp);
}

static void write_gcp_json(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    strbuf_printf(
        out,
        "{\"cost\":1.%u,\"currency\":\"USD\",\"usage_start_time\":\"2026-10-0%uT00:00:00Z\","
        "\"service\":{\"id\":\"%u\",\"description\":\"svc%u\"},"
        "\"invoice\":{\"month\":\"202610\"},\"credits\":[{\"amount\":-0.%u}],",
        b, a + 1, c, c, b);
    strbuf_printf(out, "\"labels\":[{\"key\":\"k%u\",\"value\":\"%u\"}]}\n", a, b);
}

static void gcp_json(void **state)
{
    (void)state;
    rows_are_the_same("", write_gcp_json);
}

static void write_oci(struct strbuf *out, unsigned a, unsigned b, unsigned c)
{
    strbuf_printf(out, "1.%u,USD,2026-10-0%uT07:00Z,acc%u,svc%u,res-%u,t%u,e%u\n", b, a + 1, a, c,
                  b, b % 40, c);
}

static void oci(void **state)
{
    (void)state;
    rows_are_the_same("cost/myCost,cost/currencyCode,lineItem/intervalUsageStart,lineItem/tenantId,"
                      "product/service,product/resourceId,tags/a.team,tags/b.env\n",
                      write_oci);
}

/* ---- several datasets in one file ---- */

static void renew_by_load(void *context, const struct batch *batch)
{
    uint32_t *tags = context;
    for (uint32_t row = 0; row < batch->rows; row++)
        *tags += batch->dataset != DATASET_METRIC &&
                 str_starts(batch_text(batch,
                                       batch->dataset == DATASET_COST ? (size_t)COST_Tags
                                                                      : (size_t)INSTANCE_Tags,
                                       row),
                            STR("{\"own\":"));
    batch_texts_renew(batch->texts, batch);
}

/* Batches of costs and instances hold rows while those of metrics go on their way. */
static void rows_of_other_datasets_keep_their_texts(void **state)
{
    (void)state;
    struct strbuf text;
    struct reading reading;
    uint32_t tags = 0;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, "{\"timestamp\":\"2026-10-03T00:00:00Z\",\"instances\":[");
    for (int i = 0; i < 100; i++)
        strbuf_printf(&text, "%s{\"id\":\"i%d\",\"tags\":{\"own\":\"%d\"}}", i ? "," : "", i, i);
    strbuf_append_cstr(&text, "],\"costs\":[");
    for (int i = 0; i < 100; i++)
        strbuf_printf(&text,
                      "%s{\"date\":\"2026-10-03\",\"service\":\"s\",\"cost\":1,"
                      "\"tags\":{\"own\":\"%d\"}}",
                      i ? "," : "", i);
    strbuf_append_cstr(&text, "],\"metrics\":[");
    for (int i = 0; i < 20000; i++)
        strbuf_printf(&text,
                      "%s{\"timestamp\":\"2026-10-03T00:00:00Z\",\"instance_id\":\"i\","
                      "\"gpu_utilization\":1}",
                      i ? "," : "");
    strbuf_append_cstr(&text, "]}");
    reading_init(&reading);
    reading.quiet = true;
    reading.look = renew_by_load;
    reading.look_context = &tags;
    read_bytes(&reading, "t", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(tags, 200);
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(focus),
        cmocka_unit_test(aws),
        cmocka_unit_test(azure),
        cmocka_unit_test(gcp_csv),
        cmocka_unit_test(gcp_json),
        cmocka_unit_test(oci),
        cmocka_unit_test(rows_of_other_datasets_keep_their_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
