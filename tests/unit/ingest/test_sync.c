/* Sync payloads: shapes, kinds, defaults, snapshots without a time, secrets, damaged files. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/emit.h"

static void gives(const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, text);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(reading.facts.format, "sync");
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    reading_deinit(&reading);
}

#define COST "{\"date\":\"2026-10-03\",\"service\":\"EC2\",\"cost\":1.50}"
#define COST_ROW                                                                                   \
    "cost BilledCost=1.5 EffectiveCost=1.5 ListCost=1.5 ContractedCost=1.5 BillingCurrency=USD"    \
    " ChargePeriodStart=2026-10-03T00:00:00Z ChargePeriodEnd=2026-10-04T00:00:00Z"                 \
    " BillingPeriodStart=2026-10-01T00:00:00Z BillingPeriodEnd=2026-11-01T00:00:00Z"               \
    " ServiceName=EC2 ChargeCategory=Usage\n"

static void takes_a_payload_an_envelope_and_a_bare_array(void **state)
{
    (void)state;
    gives("{\"costs\":[" COST "]}", COST_ROW, "");
    gives("{\"success\":true,\"data\":[" COST "],\"count\":1}", COST_ROW, "");
    gives("{\"success\":true,\"data\":{\"costs\":[" COST "]}}", COST_ROW, "");
    gives("[" COST "]", COST_ROW, "");
}

static void a_payload_of_empty_arrays_is_a_file_without_rows(void **state)
{
    (void)state;
    gives("{\"instances\":[],\"metrics\":[],\"costs\":[],\"alerts\":[],\"ai_spend\":[],\"errors\":["
          "]}",
          "", "");
}

static void reads_the_instance_of_the_seed(void **state)
{
    (void)state;
    gives("{\"success\":true,\"data\":[{\"id\":1,\"instance_id\":\"i-0abc\",\"cloud_provider\":"
          "\"aws\","
          "\"region\":\"us-east-1\",\"instance_type\":\"p3.2xlarge\",\"gpu_type\":\"V100\","
          "\"gpu_count\":1,\"state\":\"running\",\"tags\":{\"environment\":\"production\"},"
          "\"hourly_cost\":3.06,\"created_at\":\"2026-03-01T00:00:00.000Z\","
          "\"userData\":\"#cloud-config\"}],\"count\":1}",
          "instance SeenAt=2026-03-01T00:00:00Z InstanceId=i-0abc Provider=aws Region=us-east-1"
          " InstanceType=p3.2xlarge GpuType=V100 GpuCount=1 State=running HourlyCost=3.06"
          " Currency=USD CreatedAt=2026-03-01T00:00:00Z Tags={\"environment\":\"production\"}"
          " x_id=1\n",
          "");
}

static void an_instance_is_seen_when_the_newest_record_was(void **state)
{
    (void)state;
    gives("{\"instances\":[{\"id\":7,\"hourly_cost\":1},{\"id\":8,\"seen_at\":\"2026-10-01\"}],"
          "\"metrics\":[{\"instance_id\":7,\"timestamp\":\"2026-10-02T10:00:00Z\","
          "\"gpu_utilization\":12.5,\"cpu_utilization\":null}]}",
          "instance SeenAt=2026-10-02T10:00:00Z InstanceId=7 HourlyCost=1 Currency=USD x_id=7\n"
          "instance SeenAt=2026-10-01T00:00:00Z InstanceId=8 x_id=8\n"
          "metric Timestamp=2026-10-02T10:00:00Z InstanceId=7 GpuUtilization=12.5\n",
          "");
}

static void the_payload_or_the_options_may_say_when_instances_were_seen(void **state)
{
    (void)state;
    gives("{\"timestamp\":\"2026-10-05T00:00:00Z\",\"instances\":[{\"id\":7}]}",
          "instance SeenAt=2026-10-05T00:00:00Z InstanceId=7 x_id=7\n", "");
    struct reading reading;
    struct ingest_options options = {.seen_at = 86400000};
    reading_init(&reading);
    read_bytes(&reading, "t", STR("{\"instances\":[{\"id\":7}]}"), &options);
    assert_string_equal(strbuf_cstr(&reading.rows),
                        "instance SeenAt=1970-01-02T00:00:00Z InstanceId=7 x_id=7\n");
    reading_deinit(&reading);
}

static void instances_without_any_time_are_refused(void **state)
{
    (void)state;
    gives("{\"instances\":[{\"id\":7}]}", "",
          "1:SeenAt:7:the payload says no time for its instances\n");
}

static void reads_wide_and_long_metrics(void **state)
{
    (void)state;
    gives("{\"metrics\":[{\"instance_id\":\"i\",\"timestamp\":\"2026-10-02T10:00:00Z\","
          "\"gpu_uuid\":\"GPU-1\",\"gpu_index\":0,\"gpu_utilization\":97,\"memory_utilization\":40,"
          "\"memory_used\":1024,\"power\":300.5,\"temperature\":61,\"cpu_utilization\":5},\n"
          "{\"instance_id\":\"i\",\"metric\":\"gpu_utilization\",\"value\":\"12.5\","
          "\"timestamp\":\"2026-10-02T10:01:00Z\"},\n"
          "{\"instance_id\":\"i\",\"metric_name\":\"fan_speed\",\"value\":30,"
          "\"timestamp\":1790935320}]}",
          "metric Timestamp=2026-10-02T10:00:00Z InstanceId=i GpuUuid=GPU-1 GpuIndex=0"
          " GpuUtilization=97 MemoryUtilization=40 MemoryUsed=1024 PowerDraw=300.5 Temperature=61"
          " CpuUtilization=5\n"
          "metric Timestamp=2026-10-02T10:01:00Z InstanceId=i GpuUtilization=12.5\n"
          "metric Timestamp=2026-10-02T10:02:00Z InstanceId=i x_fan_speed=30\n",
          "");
}

static void a_cost_by_the_hour_lasts_an_hour(void **state)
{
    (void)state;
    gives(
        "{\"costs\":[{\"timestamp\":\"2026-10-03T05:00:00Z\",\"service_name\":\"EC2\","
        "\"amount\":\"0.10\",\"currency\":\"EUR\",\"provider\":\"aws\",\"account_id\":12,"
        "\"region\":\"r\",\"resource_id\":\"i\",\"instance_type\":\"p5\",\"gpu_type\":\"H100\","
        "\"tags\":[{\"key\":\"team\",\"value\":\"ml\"}],\"usage_quantity\":1,\"project\":\"x\"}]}",
        "cost BilledCost=0.1 EffectiveCost=0.1 ListCost=0.1 ContractedCost=0.1 BillingCurrency=EUR"
        " ChargePeriodStart=2026-10-03T05:00:00Z ChargePeriodEnd=2026-10-03T06:00:00Z"
        " BillingPeriodStart=2026-10-01T00:00:00Z BillingPeriodEnd=2026-11-01T00:00:00Z"
        " ProviderName=aws BillingAccountId=12 ServiceName=EC2 RegionId=r ResourceId=i"
        " ChargeCategory=Usage Tags={\"team\":\"ml\"} ConsumedQuantity=1 x_InstanceType=p5"
        " x_GpuType=H100 x_project=x\n",
        "");
}

static void reads_ai_spend_alerts_and_errors(void **state)
{
    (void)state;
    gives(
        "{\"ai_spend\":[{\"date\":\"2026-10-03\",\"provider\":\"aws_bedrock\",\"model_name\":"
        "\"nova\","
        "\"spend_type\":\"training\",\"workload_id\":71,\"project_id\":\"p\",\"team_id\":\"t\","
        "\"cost_center\":\"c\",\"business_unit\":\"b\",\"run_id\":\"r\",\"input_tokens\":10,"
        "\"output_tokens\":2,\"total_requests\":3,\"cost\":2.0045448}],"
        "\"alerts\":[{\"id\":5,\"alert_type\":\"idle\",\"status\":\"active\",\"severity\":\"high\","
        "\"instance_id\":\"i\",\"message\":\"m\",\"created_at\":\"2026-10-03T01:00:00Z\"}],"
        "\"errors\":[{\"timestamp\":\"2026-10-03T02:00:00Z\",\"instance_id\":\"i\","
        "\"error_type\":\"xid\",\"message\":\"fell off\"}]}",
        "ai Timestamp=2026-10-03T00:00:00Z Provider=aws_bedrock Model=nova SpendType=training"
        " ServiceTier=standard Project=p Team=t CostCenter=c BusinessUnit=b Workload=71 RunId=r"
        " Currency=USD Requests=3 Input=10 Output=2 BilledCost=2.0045448\n"
        "alert Timestamp=2026-10-03T01:00:00Z AlertId=5 AlertType=idle Status=active Severity=high"
        " InstanceId=i Message=m\n"
        "error Timestamp=2026-10-03T02:00:00Z InstanceId=i ErrorType=xid Message=fell off\n",
        "");
}

static void refuses_bad_records_alone_and_without_secrets(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              "{\"costs\":[\n{\"date\":\"2026-10-03\",\"service\":\"x\",\"cost\":\"1,20\","
              "\"password\":\"p\"},\n{\"date\":\"2026-10-03\"},\n7,\n{\"cost\":1},\n" COST
              "],\"actions\":[{\"a\":1},{\"b\":2}]}");
    assert_int_equal(reading.status, GR_OK);
    assert_string_equal(strbuf_cstr(&reading.rows), COST_ROW);
    assert_string_equal(strbuf_cstr(&reading.rejects),
                        "2:cost:1,20:is not a decimal number\n3:BilledCost::is absent\n"
                        "4:::is not a JSON object\n5:ChargePeriodStart::is absent\n");
    assert_null(strstr(strbuf_cstr(&reading.raws), "password"));
    assert_int_equal(reading.facts.skipped, 2);
    assert_int_equal(reading.facts.rows, 7);
    reading_deinit(&reading);
}

static void other_json_is_no_file_of_ours(void **state)
{
    (void)state;
    static const char by_tags[] = "{\"success\":true,\"data\":{\"groups\":[{\"tag_value\":\"x\","
                                  "\"total_cost\":1,\"record_count\":2}]}}";
    static const char *const texts[] = {"{\"a\":1}",
                                        "[]",
                                        "[1,2]",
                                        by_tags,
                                        "{\"data\":[{\"name\":\"x\"}]}",
                                        "{\"rules\":[{\"metric\":\"m\",\"value\":1}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct reading reading;
        reading_init(&reading);
        read_text(&reading, texts[i]);
        assert_int_equal(reading.status, GR_EDATA);
        assert_null(reading.facts.format);
        reading_deinit(&reading);
    }
}

static void a_cut_payload_is_refused_whole(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "{\"costs\":[" COST ",\n" COST);
    assert_int_equal(reading.status, GR_EDATA);
    assert_non_null(strstr(reading.err.text, "line 2: JSON: "));
    reading_deinit(&reading);
}

static void many_instances_wait_for_the_end(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, "{\"instances\":[{\"id\":0}");
    for (int i = 1; i < BATCH_ROWS + 10; i++)
        strbuf_printf(&text, ",{\"id\":%d}", i);
    strbuf_append_cstr(&text, "],\"costs\":[" COST "]}");
    struct reading reading;
    reading_init(&reading);
    reading.quiet = true;
    read_bytes(&reading, "t", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.facts.delivered, BATCH_ROWS + 11);
    /* full ones, a rest of ten, and the cost */
    assert_int_equal(reading.batches, BATCH_ROWS / EMIT_BATCH_ROWS + 2);
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

static void damaged_payloads_are_accounted_for(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        strbuf_append_cstr(&text,
                           "{\"instances\":[{\"id\":1,\"hourly_cost\":2}],\n\"costs\":[\n" COST);
        for (int i = 0; i < 10; i++)
            strbuf_append_cstr(&text, ",\n" COST);
        strbuf_append_cstr(&text, "],\n\"alerts\":[{\"id\":1,\"created_at\":\"2026-10-03\"}]}\n");
        for (uint64_t hits = 1 + random_next(&random) % 3; hits > 0; hits--)
            damage(&text, &random);
        struct reading reading;
        struct ingest_options options = {.format = "sync", .seen_at = MOMENT_NONE};
        reading_init(&reading);
        read_bytes(&reading, "t", strbuf_str(&text), &options);
        assert_true(reading.status == GR_OK || reading.status == GR_EDATA);
        if (reading.status == GR_OK)
            assert_int_equal(reading.facts.rows, reading.facts.delivered + reading.facts.rejected +
                                                     reading.facts.skipped);
        reading_deinit(&reading);
        strbuf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_payload_an_envelope_and_a_bare_array),
        cmocka_unit_test(a_payload_of_empty_arrays_is_a_file_without_rows),
        cmocka_unit_test(reads_the_instance_of_the_seed),
        cmocka_unit_test(an_instance_is_seen_when_the_newest_record_was),
        cmocka_unit_test(the_payload_or_the_options_may_say_when_instances_were_seen),
        cmocka_unit_test(instances_without_any_time_are_refused),
        cmocka_unit_test(reads_wide_and_long_metrics),
        cmocka_unit_test(a_cost_by_the_hour_lasts_an_hour),
        cmocka_unit_test(reads_ai_spend_alerts_and_errors),
        cmocka_unit_test(refuses_bad_records_alone_and_without_secrets),
        cmocka_unit_test(other_json_is_no_file_of_ours),
        cmocka_unit_test(a_cut_payload_is_refused_whole),
        cmocka_unit_test(many_instances_wait_for_the_end),
        cmocka_unit_test(damaged_payloads_are_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
