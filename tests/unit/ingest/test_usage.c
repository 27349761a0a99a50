/* Usage NDJSON: defaults, refused lines, secrets, damaged files. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void gives(const char *text, const char *rows, const char *rejects)
{
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, text);
    if (reading.status != GR_OK)
        fail_msg("%s", reading.err.text);
    assert_string_equal(reading.facts.format, "usage");
    assert_string_equal(strbuf_cstr(&reading.rows), rows);
    assert_string_equal(strbuf_cstr(&reading.rejects), rejects);
    reading_deinit(&reading);
}

#define GOOD "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{}}\n"
#define GOOD_ROW                                                                                   \
    "ai Timestamp=2026-10-03T00:00:00Z Model=m SpendType=inference ServiceTier=standard"           \
    " Requests=1 Failed=0\n"

static void reads_a_full_line(void **state)
{
    (void)state;
    gives(
        "{\"ts\":\"2026-10-03T14:05:00Z\",\"provider\":\"anthropic\",\"model\":\"claude-sonnet-4-"
        "5\","
        "\"spend_type\":\"inference\",\"request_id\":\"r-1\",\"requests\":1,\"failed\":0,"
        "\"tokens\":{\"input\":1200,\"cache_read\":50000,\"cache_write_5m\":1,\"cache_write_1h\":2,"
        "\"output\":800,\"reasoning\":3,\"input_audio\":4,\"cache_read_audio\":5,\"output_audio\":"
        "6,"
        "\"input_image\":7,\"output_image\":8,\"input_video\":9},\"units\":{\"web_search\":2},"
        "\"service_tier\":\"standard\",\"region\":\"us\",\"project\":\"p1\",\"team\":\"ml\","
        "\"cost_center\":\"cc-7\",\"business_unit\":\"bu\",\"workload\":\"chat\",\"run_id\":\"\","
        "\"tags\":{\"env\":\"prod\"},\"billed_cost\":\"0.0123\",\"currency\":\"USD\"}\n",
        "ai Timestamp=2026-10-03T14:05:00Z Provider=anthropic Model=claude-sonnet-4-5"
        " SpendType=inference RequestId=r-1 ServiceTier=standard Region=us Project=p1 Team=ml"
        " CostCenter=cc-7 BusinessUnit=bu Workload=chat Tags={\"env\":\"prod\"}"
        " Units={\"web_search\":2} Currency=USD Requests=1 Failed=0 Input=1200 CacheRead=50000"
        " CacheWrite5m=1 CacheWrite1h=2 Output=800 Reasoning=3 InputAudio=4 CacheReadAudio=5"
        " OutputAudio=6 InputImage=7 OutputImage=8 InputVideo=9 BilledCost=0.0123\n",
        "");
}

static void fills_in_what_a_line_need_not_say(void **state)
{
    (void)state;
    gives(GOOD, GOOD_ROW, "");
    gives("{\"ts\":\"2026-10-03\",\"model\":\"gpt-5\",\"tokens\":{\"input\":59200.0},"
          "\"billed_cost\":0.10}",
          "ai Timestamp=2026-10-03T00:00:00Z Provider=openai Model=gpt-5 SpendType=inference"
          " ServiceTier=standard Currency=USD Requests=1 Failed=0 Input=59200 BilledCost=0.1\n",
          "");
}

static void knows_providers_by_their_models(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"claude-opus-4",  "anthropic"},
        {"gpt-4o",         "openai"   },
        {"o3-mini",        "openai"   },
        {"o1",             "openai"   },
        {"o4-mini",        "openai"   },
        {"gemini-2.5-pro", "google"   }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128], wanted[64];
        struct reading reading;
        reading_init(&reading);
        snprintf(text, sizeof text, "{\"ts\":\"2026-10-03\",\"model\":\"%s\",\"tokens\":{}}",
                 cases[i][0]);
        snprintf(wanted, sizeof wanted, "Provider=%s ", cases[i][1]);
        read_text(&reading, text);
        assert_non_null(strstr(strbuf_cstr(&reading.rows), wanted));
        reading_deinit(&reading);
    }
}

static void keeps_unknown_scalars_and_drops_secrets(void **state)
{
    (void)state;
    gives(
        "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{},\"latency_ms\":12.50,\"attempt\":2.0,"
        "\"api_key\":\"sk-1\",\"session_token\":\"t\",\"nested\":{\"a\":1}}",
        "ai Timestamp=2026-10-03T00:00:00Z Model=m SpendType=inference ServiceTier=standard"
        " Requests=1 Failed=0 Latency=12.5 x_attempt=2.0\n",
        "");
}

static void refuses_bad_lines_by_number_and_goes_on(void **state)
{
    (void)state;
    gives(GOOD
          "\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"inptu\":1}}\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":-1}}\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":1.5}}\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\"}\n"
          "{\"model\":\"m\",\"tokens\":{}}\n"
          "{\"ts\":\"2026-10-03\",\"tokens\":{}}\n"
          "{\"ts\":\"soon\",\"model\":\"m\",\"tokens\":{}}\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{},\"billed_cost\":\"1,20\"}\n"
          "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{},\"units\":{\"web_search\":\"x\"}}\n"
          "[1]\n"
          "{\"ts\":\"2026-10-03\",\"model\":{},\"tokens\":{}}\n" GOOD,
          GOOD_ROW GOOD_ROW,
          "3:inptu:1:is not a token class\n"
          "4:input:-1:is negative\n"
          "5:input:1.5:is not a whole number\n"
          "6:tokens::is not an object of counts\n"
          "7:ts::ts is absent\n"
          "8:model::model is absent\n"
          "9:ts:soon:is not a date or time\n"
          "10:billed_cost:1,20:is not a decimal number\n"
          "11:web_search:x:is not a count\n"
          "12:::is not a JSON object\n"
          "13:model::is not a single value\n");
}

static void broken_lines_are_refused_without_their_secrets(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, GOOD "{\"ts\":\"2026-10-03\",\"api_key\":\"sk-1\"\n"
                             "{\"ts\":\"x\",\"model\":\"m\",\"tokens\":{},\"api_key\":\"sk-2\"}\n");
    assert_int_equal(reading.facts.rejected, 2);
    assert_null(strstr(strbuf_cstr(&reading.raws), "sk-"));
    assert_non_null(strstr(strbuf_cstr(&reading.raws), "withheld"));
    assert_non_null(strstr(strbuf_cstr(&reading.raws), "\"model\":\"m\""));
    reading_deinit(&reading);
}

static void counts_lines_with_a_name_twice(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              GOOD "{\"ts\":\"2026-10-03\",\"model\":\"a\",\"model\":\"m\",\"tokens\":{}}\n");
    assert_string_equal(strbuf_cstr(&reading.rows), GOOD_ROW GOOD_ROW);
    assert_int_equal(reading.facts.repeated_members, 1);
    reading_deinit(&reading);
}

static void damaged_files_are_accounted_for(void **state)
{
    (void)state;
    uint64_t random = 99;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        for (int i = 0; i < 20; i++)
            strbuf_printf(
                &text,
                "{\"ts\":\"2026-10-%02dT00:00:00Z\",\"model\":\"gpt-5\",\"tokens\":{\"input\":"
                "%d,\"output\":%d},\"tags\":{\"team\":\"t%d\"},\"units\":{\"web_search\":1}}\n",
                1 + i, i * 1000, i, i % 3);
        for (uint64_t hits = 1 + random_next(&random) % 4; hits > 0; hits--)
            damage(&text, &random);
        struct reading reading;
        struct ingest_options options = {.format = "usage", .seen_at = MOMENT_NONE};
        reading_init(&reading);
        read_bytes(&reading, "t", strbuf_str(&text), &options);
        if (reading.status == GR_OK)
            assert_int_equal(reading.facts.rows, reading.facts.delivered + reading.facts.rejected +
                                                     reading.facts.skipped);
        else
            assert_non_null(strstr(reading.err.text, "UTF-16"));
        assert_true(reading.facts.delivered >= 1 || text.len < 3000);
        reading_deinit(&reading);
        strbuf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_full_line),
        cmocka_unit_test(fills_in_what_a_line_need_not_say),
        cmocka_unit_test(knows_providers_by_their_models),
        cmocka_unit_test(keeps_unknown_scalars_and_drops_secrets),
        cmocka_unit_test(refuses_bad_lines_by_number_and_goes_on),
        cmocka_unit_test(broken_lines_are_refused_without_their_secrets),
        cmocka_unit_test(counts_lines_with_a_name_twice),
        cmocka_unit_test(damaged_files_are_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
