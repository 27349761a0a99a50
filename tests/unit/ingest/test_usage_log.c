/* Request logs: what each provider's names mean, objects that contradict themselves. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define HEAD "{\"timestamp\":\"2026-10-03T14:05:00Z\",\"model\":\"m\""
#define ROW "ai Timestamp=2026-10-03T14:05:00Z Model=m SpendType=inference ServiceTier=standard"

/* A line with that usage object, read with both engines: three times, so that the fast one has
 * learned it. */
static void usage_gives(const char *usage, const char *cells, const char *reject)
{
    static const char *const readers[] = {"fast", "yajl"};
    for (int i = 0; i < 2; i++) {
        struct reading reading;
        struct strbuf text, rows, rejects;
        struct ingest_options options = {
            .format = "usage-log", .reader = readers[i], .seen_at = MOMENT_NONE};
        strbuf_init(&text, 1 << 20);
        strbuf_init(&rows, 1 << 20);
        strbuf_init(&rejects, 1 << 20);
        for (int line = 1; line <= 3; line++) {
            strbuf_printf(&text, HEAD ",\"usage\":%s}\n", usage);
            if (cells)
                strbuf_printf(&rows, ROW " Requests=1 Failed=0%s\n", cells);
            else
                strbuf_printf(&rejects, "%d:%s\n", line, reject);
        }
        reading_init(&reading);
        read_bytes(&reading, "t", strbuf_str(&text), &options);
        assert_int_equal(reading.status, GR_OK);
        assert_string_equal(strbuf_cstr(&reading.rows), strbuf_cstr(&rows));
        assert_string_equal(strbuf_cstr(&reading.rejects), strbuf_cstr(&rejects));
        reading_deinit(&reading);
        strbuf_deinit(&text);
        strbuf_deinit(&rows);
        strbuf_deinit(&rejects);
    }
}

static void anthropic_input_has_no_cached_tokens_in_it(void **state)
{
    (void)state;
    usage_gives("{\"input_tokens\":10,\"output_tokens\":20,\"cache_read_input_tokens\":300,"
                "\"cache_creation_input_tokens\":7}",
                " Input=10 CacheRead=300 CacheWrite5m=7 Output=20", NULL);
    usage_gives("{\"input_tokens\":10,\"output_tokens\":20,\"cache_creation_input_tokens\":7,"
                "\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,"
                "\"ephemeral_1h_input_tokens\":4},\"service_tier\":\"standard\"}",
                " Input=10 CacheWrite5m=3 CacheWrite1h=4 Output=20", NULL);
    usage_gives("{\"input_tokens\":10,\"output_tokens\":20,\"cache_creation\":null}",
                " Input=10 Output=20", NULL);
}

static void openai_totals_are_taken_apart(void **state)
{
    (void)state;
    usage_gives("{\"prompt_tokens\":1000,\"completion_tokens\":500,\"total_tokens\":1500,"
                "\"prompt_tokens_details\":{\"cached_tokens\":600,\"audio_tokens\":50},"
                "\"completion_tokens_details\":{\"reasoning_tokens\":400,\"audio_tokens\":30,"
                "\"accepted_prediction_tokens\":12,\"rejected_prediction_tokens\":0}}",
                " Input=350 CacheRead=600 Output=70 Reasoning=400 InputAudio=50 OutputAudio=30",
                NULL);
    usage_gives("{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":600},"
                "\"output_tokens\":500,\"output_tokens_details\":{\"reasoning_tokens\":400},"
                "\"total_tokens\":1500}",
                " Input=400 CacheRead=600 Output=100 Reasoning=400", NULL);
    usage_gives("{\"prompt_tokens\":8,\"total_tokens\":8}", " Input=8 Output=0", NULL);
}

static void gateways_mix_the_names(void **state)
{
    (void)state;
    usage_gives("{\"prompt_tokens\":1000,\"completion_tokens\":5,\"cache_read_input_tokens\":600,"
                "\"cache_creation_input_tokens\":100,\"prompt_tokens_details\":{"
                "\"cached_tokens\":600}}",
                " Input=300 CacheRead=600 CacheWrite5m=100 Output=5", NULL);
    usage_gives("{\"prompt_tokens\":1000,\"input_tokens\":1000,\"completion_tokens\":5,"
                "\"output_tokens\":5}",
                " Input=1000 Output=5", NULL);
}

static void reasoning_stands_within_or_beside(void **state)
{
    (void)state;
    usage_gives("{\"input_tokens\":10,\"output_tokens\":20,\"reasoning_tokens\":40}",
                " Input=10 Output=20 Reasoning=40", NULL);
    usage_gives("{\"prompt_tokens\":10,\"completion_tokens\":20,\"reasoning_tokens\":15}",
                " Input=10 Output=5 Reasoning=15", NULL);
    usage_gives("{\"prompt_tokens\":10,\"completion_tokens\":20,\"total_tokens\":70,"
                "\"completion_tokens_details\":{\"reasoning_tokens\":40}}",
                " Input=10 Output=20 Reasoning=40", NULL);
}

static void searches_are_units(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, HEAD ",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,"
                             "\"server_tool_use\":{\"web_search_requests\":3}}}\n");
    assert_string_equal(reading.facts.format, "usage-log");
    assert_non_null(strstr(strbuf_cstr(&reading.rows), " Units={\"web_search\":3} "));
    reading_deinit(&reading);
}

static void contradictions_refuse_the_line(void **state)
{
    (void)state;
    usage_gives("{\"prompt_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":6}}", NULL,
                "usage::has more cached or audio tokens than tokens that went in");
    usage_gives("{\"input_tokens\":5,\"output_tokens\":5,\"output_tokens_details\":{"
                "\"reasoning_tokens\":6}}",
                NULL, "usage::has more reasoning or audio tokens than tokens that came out");
    usage_gives("{\"prompt_tokens\":5,\"input_tokens\":6}", NULL,
                "input_tokens::contradicts prompt_tokens");
    usage_gives("{\"completion_tokens\":5,\"output_tokens\":6}", NULL,
                "output_tokens::contradicts completion_tokens");
    usage_gives("{\"prompt_tokens\":50,\"cache_read_input_tokens\":6,\"prompt_tokens_details\":{"
                "\"cached_tokens\":7}}",
                NULL, "cached_tokens::contradicts cache_read_input_tokens");
    usage_gives("{\"input_tokens\":5,\"cache_creation_input_tokens\":5,\"cache_creation\":{"
                "\"ephemeral_5m_input_tokens\":6}}",
                NULL, "cache_creation::does not add up to cache_creation_input_tokens");
    usage_gives("{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":1},"
                "\"prompt_tokens_details\":{\"cached_tokens\":2}}",
                NULL, "cached_tokens:2:contradicts another count of the same tokens");
}

static void tokens_that_nobody_knows_refuse_the_line(void **state)
{
    (void)state;
    usage_gives("{\"input_tokens\":5,\"output_tokens\":6,\"dream_tokens\":7}", NULL,
                "dream_tokens:7:is not a token class");
    usage_gives("{\"input_tokens\":5,\"output_tokens\":6,\"dream_tokens\":0,\"cost\":1.5,"
                "\"inference_geo\":\"us\"}",
                " Input=5 Output=6", NULL);
    usage_gives("{\"input_tokens\":-5}", NULL, "input_tokens:-5:is negative");
    usage_gives("{\"total_tokens\":5}", NULL, "usage::names no tokens that went in or came out");
    usage_gives("null", NULL, "usage::usage is absent");
    usage_gives("7", NULL, "usage:7:is not an object of counts");
}

static void a_failed_request_may_have_no_usage(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              HEAD ",\"usage\":{\"input_tokens\":1,\"output_tokens\":2},\"status\":200}\n" HEAD
                   ",\"usage\":null,\"status\":429}\n" HEAD ",\"status\":500}\n" HEAD
                   ",\"usage\":{\"input_tokens\":4},\"status\":\"late\"}\n");
    assert_string_equal(strbuf_cstr(&reading.rows),
                        ROW " Requests=1 Failed=0 Input=1 Output=2 x_status=200\n" ROW
                            " Requests=1 Failed=1 x_status=429\n" ROW
                            " Requests=1 Failed=1 x_status=500\n" ROW
                            " Requests=1 Failed=0 Input=4 Output=0 x_status=late\n");
    assert_int_equal(reading.facts.rejected, 0);
    reading_deinit(&reading);
}

static void keeps_what_it_does_not_know_and_drops_secrets(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading,
              "{\"created\":1759500000,\"id\":\"r\",\"model\":\"gpt-4o\",\"project_id\":\"p\","
              "\"api_key_id\":\"key_1\",\"api_key\":\"sk-1\",\"user\":\"Zo\\u00eb\","
              "\"latency_ms\":12.50,\"stream\":true,\"tags\":{\"team\":\"ml\"},\"error\":null,"
              "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n");
    assert_string_equal(strbuf_cstr(&reading.rows),
                        "ai Timestamp=2025-10-03T14:00:00Z Provider=openai Model=gpt-4o"
                        " SpendType=inference RequestId=r ServiceTier=standard Project=p"
                        " Tags={\"team\":\"ml\"} Requests=1 Failed=0 Input=1 Output=2"
                        " Latency=12.5 x_api_key_id=key_1 x_user=Zo\xC3\xAB x_stream=true\n");
    reading_deinit(&reading);
}

static void is_no_tie_with_the_usage_format(void **state)
{
    (void)state;
    static const char usage[] =
        "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":1}}\n";
    static const char log[] = HEAD ",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}\n";
    char both[512];
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, usage);
    assert_string_equal(reading.facts.format, "usage");
    read_text(&reading, log);
    assert_string_equal(reading.facts.format, "usage-log");
    for (int first = 0; first < 2; first++) {
        snprintf(both, sizeof both, "%s%s", first ? log : usage, first ? usage : log);
        read_text(&reading, both);
        assert_string_equal(reading.facts.format, "usage");
    }
    reading_deinit(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anthropic_input_has_no_cached_tokens_in_it),
        cmocka_unit_test(openai_totals_are_taken_apart),
        cmocka_unit_test(gateways_mix_the_names),
        cmocka_unit_test(reasoning_stands_within_or_beside),
        cmocka_unit_test(searches_are_units),
        cmocka_unit_test(contradictions_refuse_the_line),
        cmocka_unit_test(tokens_that_nobody_knows_refuse_the_line),
        cmocka_unit_test(a_failed_request_may_have_no_usage),
        cmocka_unit_test(keeps_what_it_does_not_know_and_drops_secrets),
        cmocka_unit_test(is_no_tie_with_the_usage_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
