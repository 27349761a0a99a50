/* nvidia-smi captures: units, what is not available, sessions, local times, the truth file. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/json.h"

#define HEADER                                                                                     \
    "timestamp, index, uuid, name, utilization.gpu [%], memory.used [MiB], power.draw [W]\n"

static void gives(const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    struct ingest_options options = {.seen_at = MOMENT_NONE};
    reading_init(&reading);
    read_bytes(&reading, "captures/host-7.csv.gz", str_from(text), &options);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(reading.facts.format, "nvidia-smi");
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    reading_deinit(&reading);
}

static void reads_cells_with_units(void **state)
{
    (void)state;
    gives(HEADER "2026/10/19 00:00:00.163, 0, GPU-1, NVIDIA L40S, 55 %, 18432 MiB, 47.60 W\n",
          "metric Timestamp=2026-10-19T00:00:00.163Z InstanceId=host-7 GpuUuid=GPU-1 GpuIndex=0"
          " GpuName=NVIDIA L40S GpuUtilization=55 MemoryUsed=18432 PowerDraw=47.6\n",
          "");
}

static void reads_cells_without_units_in_any_order(void **state)
{
    (void)state;
    gives(
        "memory.total [MiB], temperature.gpu, gpu_uuid, utilization.memory [%], timestamp\n"
        "46068, 29, GPU-1, 3, 2026/10/19 00:00:00.000\n",
        "metric Timestamp=2026-10-19T00:00:00Z InstanceId=host-7 GpuUuid=GPU-1 MemoryUtilization=3"
        " MemoryTotal=46068 Temperature=29\n",
        "");
}

static void what_is_not_available_is_absent_and_never_0(void **state)
{
    (void)state;
    static const char *const spellings[] = {"[N/A]",
                                            "N/A",
                                            "[Not Supported]",
                                            "[Requested functionality has been deprecated]",
                                            "[Function Not Found]",
                                            "[Unknown Error]",
                                            "[GPU requires reset]",
                                            ""};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s2026/10/19 00:00:00.000, 0, G, N, %s, 0 MiB, %s\n", HEADER,
                 spellings[i], spellings[i]);
        gives(text,
              "metric Timestamp=2026-10-19T00:00:00Z InstanceId=host-7 GpuUuid=G GpuIndex=0"
              " GpuName=N MemoryUsed=0\n",
              "");
    }
}

static void keeps_other_columns_as_text(void **state)
{
    (void)state;
    gives("timestamp, uuid, utilization.gpu [%], fan.speed [%], pstate\n"
          "2026/10/19 00:00:00.000, G, 1 %, 30 %, P0\n",
          "metric Timestamp=2026-10-19T00:00:00Z InstanceId=host-7 GpuUuid=G GpuUtilization=1"
          " fan.speed=30 % pstate=P0\n",
          "");
}

static void headers_may_come_again_with_other_columns(void **state)
{
    (void)state;
    gives("timestamp, uuid, utilization.gpu [%]\n2026/10/19 00:00:00.000, G, 1 %\n"
          "timestamp, utilization.gpu [%], uuid, temperature.gpu\n"
          "2026/10/19 00:01:00.000, 2 %, G, 40\n",
          "metric Timestamp=2026-10-19T00:00:00Z InstanceId=host-7 GpuUuid=G GpuUtilization=1\n"
          "metric Timestamp=2026-10-19T00:01:00Z InstanceId=host-7 GpuUuid=G GpuUtilization=2"
          " Temperature=40\n",
          "");
}

static void refuses_bad_rows_by_line(void **state)
{
    (void)state;
    gives(HEADER "2026/10/19 00:00:00.000, 0, G, N, x %, 1 MiB, 1 W\n"
                 "yesterday, 0, G, N, 1 %, 1 MiB, 1 W\n"
                 "2026/10/19 00:00:00.000, 0, G, N, 1 %\n"
                 "2026/10/19 00:00:00.000, 0, G, N, 1 %, 1 KiB, 1 W\n"
                 "[N/A], 0, G, N, 1 %, 1 MiB, 1 W\n",
          "",
          "2:utilization.gpu:x %:is not a number\n"
          "3:timestamp:yesterday:is not a date and time\n"
          "4:::has another number of cells than the header\n"
          "5:memory.used:1 KiB:has another unit than is known for this column\n"
          "6:timestamp::timestamp is absent\n");
}

static void local_times_become_utc(void **state)
{
    (void)state;
    /* Berlin: UTC+2 until 2026-10-25 03:00 local, then UTC+1; 02:30 comes twice, the earlier
     * counts. On 2026-03-29 there is no 02:30. */
    static const char *const cases[][2] = {
        {"2026/07/01 12:00:00.000", "2026-07-01T10:00:00Z"},
        {"2026/12/01 12:00:00.000", "2026-12-01T11:00:00Z"},
        {"2026/10/25 02:30:00.000", "2026-10-25T00:30:00Z"},
        {"2026/10/25 03:30:00.000", "2026-10-25T02:30:00Z"},
        {"2026/03/29 02:30:00.000", "2026-03-29T01:30:00Z"},
        {"2026/03/29 03:30:00.000", "2026-03-29T01:30:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512], wanted[128];
        struct reading reading;
        struct ingest_options options = {
            .seen_at = MOMENT_NONE, .zone_name = "Europe/Berlin", .instance = "given"};
        snprintf(text, sizeof text, "timestamp, uuid, utilization.gpu [%%]\n%s, G, 1\n",
                 cases[i][0]);
        snprintf(wanted, sizeof wanted,
                 "metric Timestamp=%s InstanceId=given GpuUuid=G GpuUtilization=1\n", cases[i][1]);
        reading_init(&reading);
        read_bytes(&reading, "t", str_from(text), &options);
        if (reading.status == GR_EUSAGE) {
            printf("skipped: no zone files here\n");
            skip();
        }
        assert_string_equal(strbuf_cstr(&reading.rows), wanted);
        reading_deinit(&reading);
    }
}

static void only_query_gpu_parts_of_a_session_are_samples(void **state)
{
    (void)state;
    gives(
        "####\n# idle :: query-gpu\n# $ nvidia-smi --query-gpu=timestamp,uuid --format=csv\n####\n"
        "timestamp, uuid, utilization.gpu [%]\n2026/10/19 00:00:00.000, G, 1 %\n\n"
        "# $ nvidia-smi --query-compute-apps=timestamp,gpu_uuid --format=csv\n"
        "timestamp, gpu_name, gpu_uuid, pid, process_name, used_gpu_memory [MiB]\n"
        "2026/10/19 00:00:00.000, N, G, 12, python, 1 MiB\n"
        "# $ nvidia-smi dmon -c 5\n# gpu sm\n    0    30\n",
        "metric Timestamp=2026-10-19T00:00:00Z InstanceId=host-7 GpuUuid=G GpuUtilization=1\n", "");
}

static void a_session_without_samples_is_refused(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "# $ nvidia-smi -q\nGPU 00000000:00:09.0\n");
    assert_int_equal(reading.status, GR_EDATA);
    assert_non_null(strstr(reading.err.text, "has no samples"));
    reading_deinit(&reading);
}

static void a_list_of_processes_is_no_file_of_ours(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              "timestamp, gpu_name, gpu_uuid, pid, process_name, used_gpu_memory [MiB]\n");
    assert_int_equal(reading.status, GR_EDATA);
    assert_null(reading.facts.format);
    reading_deinit(&reading);
}

/* ---- real captures against the truth file ---- */

struct capture {
    const struct json_value *truth; /* of one file */
    unsigned samples;
};

static void same_number(const struct batch *batch, size_t column, uint32_t row,
                        const struct json_value *wanted)
{
    struct decimal got, truth;
    struct gr_err err = {0};
    bool there = batch_decimal(batch, column, row, &got);
    assert_non_null(wanted);
    assert_int_equal(there, wanted->kind == JSON_NUMBER);
    if (!there)
        return;
    assert_int_equal(decimal_parse(wanted->text, &truth, &err), GR_OK);
    assert_int_equal(decimal_compare(got, truth), 0);
}

/* A text such as "30 %" or "[N/A]" against a number or null. */
static void same_extra(const struct batch *batch, const char *name, uint32_t row,
                       const struct json_value *wanted)
{
    size_t column = 0;
    struct decimal got, truth;
    struct gr_err err = {0};
    while (column < batch->column_count && !str_is(batch->columns[column].name, name))
        column++;
    assert_true(column < batch->column_count);
    struct str text = batch_text(batch, column, row);
    assert_int_equal(text.ptr != NULL, wanted->kind == JSON_NUMBER);
    if (!text.ptr)
        return;
    assert_int_equal(decimal_parse(str_cut(&text, ' '), &got, &err), GR_OK);
    assert_int_equal(decimal_parse(wanted->text, &truth, &err), GR_OK);
    assert_int_equal(decimal_compare(got, truth), 0);
}

static void compare_samples(void *context, const struct batch *batch)
{
    struct capture *capture = context;
    static const char *const phases[] = {"idle", "load"};
    for (uint32_t row = 0; row < batch->rows; row++, capture->samples++) {
        const struct json_value *phase = json_member(capture->truth, phases[capture->samples % 2]);
        const struct json_value *gpu = &json_member(phase, "gpus")->items[0];
        char moment[32], spelled[32];
        int64_t ms = batch_moment(batch, METRIC_Timestamp, row);
        moment_format(ms, moment);
        snprintf(spelled, sizeof spelled, "%.4s/%.2s/%.2s %.12s", moment, moment + 5, moment + 8,
                 moment + 11);
        assert_true(str_is(json_text(json_member(gpu, "timestamp")), spelled));
        assert_true(
            str_equal(batch_text(batch, METRIC_GpuName, row), json_text(json_member(gpu, "name"))));
        assert_true(
            str_equal(batch_text(batch, METRIC_GpuUuid, row), json_text(json_member(gpu, "uuid"))));
        same_number(batch, METRIC_GpuUtilization, row, json_member(gpu, "util_gpu_pct"));
        same_number(batch, METRIC_MemoryUtilization, row, json_member(gpu, "util_mem_pct"));
        same_number(batch, METRIC_MemoryUsed, row, json_member(gpu, "mem_used_mib"));
        same_number(batch, METRIC_MemoryTotal, row, json_member(gpu, "mem_total_mib"));
        same_number(batch, METRIC_PowerDraw, row, json_member(gpu, "power_w"));
        same_number(batch, METRIC_Temperature, row, json_member(gpu, "temp_c"));
        same_extra(batch, "fan.speed", row, json_member(gpu, "fan_pct"));
        same_extra(batch, "power.limit", row, json_member(gpu, "power_limit_w"));
        same_extra(batch, "clocks.current.sm", row, json_member(gpu, "sm_mhz"));
    }
}

static void real_sessions_equal_the_truth(void **state)
{
    (void)state;
    struct strbuf truth;
    shared_bytes(&truth, "metrics/truth/nvidia_smi.json");
    struct arena arena = ARENA_EMPTY;
    struct json_parser *parser = json_open();
    struct json_value root;
    assert_null(json_read(parser, &arena, strbuf_str(&truth), &root));
    assert_true(root.count >= 4);
    for (size_t i = 0; i < root.count; i++) {
        char path[512], relative[256];
        struct capture capture = {.truth = &root.members[i].value};
        struct reading reading;
        reading_init(&reading);
        reading.look = compare_samples;
        reading.look_context = &capture;
        snprintf(relative, sizeof relative, "metrics/nvidia-smi/%.*s",
                 STR_ARG(root.members[i].name));
        read_path(&reading, shared_path(path, relative));
        if (reading.status != GR_OK)
            fail_msg("%s", reading.err.text);
        assert_string_equal(strbuf_cstr(&reading.rejects), "");
        assert_int_equal(capture.samples, 2);
        assert_true(reading.facts.skipped > 1000);
        reading_deinit(&reading);
    }
    json_close(parser);
    arena_deinit(&arena);
    strbuf_deinit(&truth);
}

static void damaged_captures_are_accounted_for(void **state)
{
    (void)state;
    uint64_t random = 17;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        strbuf_append_cstr(&text, HEADER);
        for (int i = 0; i < 20; i++)
            strbuf_printf(&text,
                          "2026/10/19 00:%02d:00.000, %d, GPU-%d, N, %d %%, [N/A], 47.60 W\n", i,
                          i % 4, i % 4, i * 5);
        for (uint64_t hits = 1 + random_next(&random) % 4; hits > 0; hits--)
            damage(&text, &random);
        struct reading reading;
        struct ingest_options options = {.format = "nvidia-smi", .seen_at = MOMENT_NONE};
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
        cmocka_unit_test(reads_cells_with_units),
        cmocka_unit_test(reads_cells_without_units_in_any_order),
        cmocka_unit_test(what_is_not_available_is_absent_and_never_0),
        cmocka_unit_test(keeps_other_columns_as_text),
        cmocka_unit_test(headers_may_come_again_with_other_columns),
        cmocka_unit_test(refuses_bad_rows_by_line),
        cmocka_unit_test(local_times_become_utc),
        cmocka_unit_test(only_query_gpu_parts_of_a_session_are_samples),
        cmocka_unit_test(a_session_without_samples_is_refused),
        cmocka_unit_test(a_list_of_processes_is_no_file_of_ours),
        cmocka_unit_test(real_sessions_equal_the_truth),
        cmocka_unit_test(damaged_captures_are_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
