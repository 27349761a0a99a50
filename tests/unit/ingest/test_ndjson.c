/* The two engines of NDJSON: the fast one must say of every input what yajl says. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ndjson_both.h"

static const char *const usage_lines[] = {
    "{\"ts\":\"2026-10-03T14:05:00Z\",\"provider\":\"anthropic\",\"model\":\"claude-sonnet-4-5\","
    "\"request_id\":\"r-#\",\"tokens\":{\"input\":#,\"cache_read\":#,\"output\":#},"
    "\"tags\":{\"team\":\"ml\",\"env\":\"dev\"},\"latency_ms\":#.5,\"user\":\"u#\"}",
    "{\"ts\":\"2026-10-04T00:00:59.123Z\",\"model\":\"gpt-5\",\"tokens\":{\"input\":#,"
    "\"output\":#,\"reasoning\":#},\"units\":{\"web_search\":2},\"billed_cost\":\"0.#\"}",
    "{\"ts\": 1759500000, \"model\": \"gpt-5\", \"tokens\": {\"input\": #, \"output\": 0}, "
    "\"team\": \"t#\", \"error\": null, \"stream\": true}",
    "{\"ts\":\"2026-10-03\",\"model\":\"m#\",\"tokens\":{\"input\":#},\"nested\":{\"a\":[1,{\"b\":"
    "\"}\"}]},\"api_key\":\"sk-#\",\"session_token\":\"t\",\"max_tokens\":\"#\"}",
    "{\"model\":\"o3\",\"ts\":\"2026-10-03T01:02:03+02:00\",\"tokens\":{\"output\":#.0},"
    "\"user\":\"Zo\\u00eb \\\"Z\\\" \\ud83d\\ude00\\n\",\"note\":\"\xC3\xA9t\xC3\xA9\"}",
    "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{}}",
    "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":1},\"tags\":[{\"key\":\"team\","
    "\"value\":\"x#\"}],\"requests\":#,\"failed\":0}",
};
static const char *const log_lines[] = {
    ("{\"timestamp\":\"2025-01-01T00:00:00.000Z\",\"request_id\":\"req_#\",\"provider\":"
     "\"anthropic\""
     ",\"model\":\"claude\",\"project\":\"p\",\"api_key_id\":\"key_#\",\"user\":\"user#\","
     "\"service_tier\":\"standard\",\"usage\":{\"input_tokens\":#,\"output_tokens\":#,"
     "\"cache_read_input_tokens\":#,\"cache_creation_input_tokens\":0},\"latency_ms\":#.529,"
     "\"status\":200,\"stream\":true,\"tags\":{\"team\":\"games\",\"env\":\"dev\"},\"error\":"
     "null}"),
    ("{\"created\":1759500000,\"id\":\"c-#\",\"model\":\"gpt-4o\",\"usage\":{\"prompt_tokens\":9#,"
     "\"completion_tokens\":9#,\"total_tokens\":9#,\"prompt_tokens_details\":{\"cached_tokens\":1#}"
     ","
     "\"completion_tokens_details\":{\"reasoning_tokens\":1#,\"accepted_prediction_tokens\":0}}}"),
    ("{\"timestamp\":\"2025-01-01T00:00:01Z\",\"model\":\"o3\",\"usage\":{\"input_tokens\":9#,"
     "\"input_tokens_details\":{\"cached_tokens\":#},\"output_tokens\":9#,"
     "\"output_tokens_details\":{\"reasoning_tokens\":#}},\"status\":\"ok\",\"region\":\"us\"}"),
    ("{\"time\":\"2025-01-02\",\"model\":\"claude\",\"usage\":{\"input_tokens\":#,"
     "\"cache_creation_input_tokens\":3,\"cache_creation\":{\"ephemeral_5m_input_tokens\":1,"
     "\"ephemeral_1h_input_tokens\":2},\"output_tokens\":#,\"server_tool_use\":"
     "{\"web_search_requests\":#},\"service_tier\":\"standard\"},\"status\":200}"),
    "{\"timestamp\":\"2025-01-02\",\"model\":\"claude\",\"usage\":null,\"status\":429}",
    ("{\"timestamp\":\"2025-01-02\",\"ts\":null,\"model\":\"x\",\"usage\":{\"input_tokens\":#,"
     "\"output_tokens\":#,\"reasoning_tokens\":#},\"status\":5#}"),
};

static const char *const values[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "01",
    "1.",
    ".5",
    "1e400",
    "1E3",
    "-1",
    "1.50",
    "12e-1",
    "123456789012345",
    "1234567890123456",
    "99999999999999999999999999999999999999999",
    "\"\"",
    "\"12\"",
    "\" 7 \"",
    "\"a\\u00e9\\/b\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\udc00x\"",
    "\"\\ud83d\\u0041\"",
    "\"\\u0000\"",
    "\"\\u12\"",
    "\"\\x\"",
    "\"\\",
    "\"\xE2\x82\xAC\"",
    "\"\xC3\x28\"",
    "\"\xED\xA0\x80\"",
    "\"tab\there\"",
    "{}",
    "[]",
    "{\"a\":1,\"a\":2}",
    "{\"web_search\":1,\"x\":\"3\"}",
    "{\"input_tokens\":5}",
    "[{\"key\":\"k\",\"value\":1}]",
    "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
    "[[[[1],2]",
    "{\"password\":\"p\",\"b\":\"\x7F\"}",
    "nul",
    "NaN",
    "{\"a\" : [ 1 , \"}\" ] }",
    "\"2026-10-05T10:00:60Z\"",
    "\"2026-13-01\"",
};
static const char *const spliced[] = {
    "\"model\":\"twice\",",
    "\"usage\":{\"input_tokens\":1},",
    "\"tokens\":{\"input\":7},",
    "\"new\":\"x\",",
    "\"ts\":\"2026-10-03\",",
    " ",
    "\t",
    "\r",
    "\v",
    "\\",
    "\"",
    "{",
    "}",
    "[",
    ",",
    ":",
    "\xEF\xBB\xBF",
    "\xFF",
    "\xC3\xA9",
    "\\u0041",
    "\n",
    "\r\n",
    "\n\n",
    "  \n",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_line(struct strbuf *text, const char *line, uint64_t *random)
{
    for (; *line; line++)
        if (*line == '#')
            strbuf_printf(text, "%llu", (unsigned long long)(random_next(random) % 50));
        else
            strbuf_append_char(text, *line);
}

/* Puts `bytes` in place of the `len` bytes at `at`. */
static void replace(struct strbuf *text, size_t at, size_t len, const char *bytes)
{
    struct strbuf copy;
    strbuf_init(&copy, 64 << 20);
    strbuf_append(&copy, (struct str){text->ptr, at});
    strbuf_append_cstr(&copy, bytes);
    strbuf_append(&copy, (struct str){text->ptr + at + len, text->len - at - len});
    strbuf_deinit(text);
    *text = copy;
}

/* Another value behind a colon, something put between two bytes, a byte changed. */
static void mutate(struct strbuf *line, uint64_t *random)
{
    size_t at = random_next(random) % line->len;
    switch (random_next(random) % 8) {
    case 0:
        line->ptr[at] = (char)(line->ptr[at] ^ (1 << (random_next(random) % 8)));
        break;
    case 1:
        line->ptr[at] = 0;
        break;
    case 2:
    case 3:
        replace(line, at, 0, spliced[random_next(random) % COUNT(spliced)]);
        break;
    case 4: { /* between two members */
        const char *comma = memchr(line->ptr + at, ',', line->len - at);
        if (comma)
            replace(line, (size_t)(comma - line->ptr) + 1, 0,
                    spliced[random_next(random) % COUNT(spliced)]);
        break;
    }
    default: {
        const char *colon = memchr(line->ptr + at, ':', line->len - at);
        size_t from = colon ? (size_t)(colon - line->ptr) + 1 : line->len, end = from;
        while (end < line->len && line->ptr[end] != ',' && line->ptr[end] != '}')
            end++;
        if (colon)
            replace(line, from, end - from, values[random_next(random) % COUNT(values)]);
    }
    }
}

static void make_text(struct strbuf *text, const char *const *lines, size_t line_count,
                      unsigned rows, unsigned one_in, uint64_t *random)
{
    for (unsigned i = 0; i < rows; i++) {
        struct strbuf line;
        strbuf_init(&line, 1 << 20);
        add_line(&line, lines[random_next(random) % line_count], random);
        if (random_next(random) % one_in == 0)
            mutate(&line, random);
        strbuf_append(text, strbuf_str(&line));
        strbuf_deinit(&line);
        if (i + 1 < rows || random_next(random) % 2)
            strbuf_append_cstr(text, random_next(random) % 16 ? "\n" : "\r\n");
    }
}

static void must_agree(struct str bytes, const char *format)
{
    struct strbuf fast, yajl;
    if (!ndjson_both(bytes, format, &fast, &yajl)) {
        size_t at = 0;
        while (at < fast.len && at < yajl.len && fast.ptr[at] == yajl.ptr[at])
            at++;
        at = at > 100 ? at - 100 : 0;
        fail_msg("of\n%.*s\nfast: %.600s\nyajl: %.600s", (int)(bytes.len < 4000 ? bytes.len : 4000),
                 bytes.ptr, fast.ptr + at, yajl.ptr + at);
    }
    strbuf_deinit(&fast);
    strbuf_deinit(&yajl);
}

static void agree_on_random(const char *format, const char *const *lines, size_t line_count,
                            unsigned rounds, unsigned rows, unsigned one_in)
{
    uint64_t random = 2026;
    for (unsigned round = 0; round < rounds; round++) {
        struct strbuf text;
        strbuf_init(&text, 64 << 20);
        if (round % 10 == 0)
            strbuf_append_cstr(&text, "\xEF\xBB\xBF");
        make_text(&text, lines, line_count, rows, one_in, &random);
        must_agree(strbuf_str(&text), format);
        strbuf_deinit(&text);
    }
}

static void the_engines_agree_on_mutated_lines(void **state)
{
    (void)state;
    agree_on_random("usage", usage_lines, COUNT(usage_lines), DAMAGE_ROUNDS, 24, 3);
    agree_on_random("usage-log", log_lines, COUNT(log_lines), DAMAGE_ROUNDS, 24, 3);
}

/* Lines across the edges of what is read at once, more rows than a batch holds, more texts than a
 * dictionary keeps in reach. */
static void the_engines_agree_on_long_files(void **state)
{
    (void)state;
    unsigned rounds = DAMAGE_ROUNDS > 500 ? 4 : 1;
    agree_on_random("usage", usage_lines, COUNT(usage_lines), rounds, 40000, 5000);
    agree_on_random("usage-log", log_lines, COUNT(log_lines), rounds, 20000, 100);
}

static void request_ids_of_their_own_keep_their_rows(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    for (int i = 0; i < 40000; i++)
        strbuf_printf(&text,
                      "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"request_id\":\"r-%d\",\"user\":\"u-"
                      "%d%s\",\"tokens\":{\"input\":%d}%s}\n",
                      i, i, i % 7 ? "" : "\\u00e9", i, i % 1000 == 999 ? ",\"x\":\"\\ud83d\"" : "");
    must_agree(strbuf_str(&text), "usage");
    strbuf_deinit(&text);
}

/* More pieces, and larger ones, than are kept. */
static void objects_of_their_own_keep_their_rows(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    for (int i = 0; i < 12000; i++)
        strbuf_printf(&text,
                      "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":1},\"tags\":{"
                      "\"id\":\"%d\"},\"messages\":[\"%0*d\"],\"units\":{\"w\":%d}}\n",
                      i % 5000, i % 100 ? 600 : 2000, i, i % 3);
    must_agree(strbuf_str(&text), "usage");
    strbuf_deinit(&text);
}

static void every_value_in_every_place(void **state)
{
    (void)state;
    static const char *const places[] = {
        "\"model\":",   "\"ts\":",         "\"input\":",       "\"tags\":",
        "\"tokens\":",  "\"units\":",      "\"billed_cost\":", "\"x\":",
        "\"api_key\":", "\"max_tokens\":", "\"latency_ms\":"};
    static const char good[] =
        "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{\"input\":1},\"tags\":{\"a\":\"b\"},"
        "\"units\":{\"w\":1},\"billed_cost\":1,\"x\":\"y\",\"api_key\":\"k\",\"max_tokens\":9,"
        "\"latency_ms\":1}\n";
    for (size_t place = 0; place < COUNT(places); place++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        for (size_t value = 0; value < COUNT(values); value++) {
            const char *at = strstr(good, places[place]) + strlen(places[place]);
            const char *end = at;
            for (int depth = 0; depth > 0 || (*end != ',' && *end != '}'); end++)
                depth += (*end == '{') - (*end == '}');
            strbuf_append_cstr(&text, good);
            strbuf_append(&text, (struct str){good, (size_t)(at - good)});
            strbuf_append_cstr(&text, values[value]);
            strbuf_append_cstr(&text, end);
            strbuf_append_cstr(&text, good);
        }
        must_agree(strbuf_str(&text), "usage");
        strbuf_deinit(&text);
    }
}

static void reader_is_refused(const char *reader, const char *text, const char *message)
{
    struct reading reading;
    struct ingest_options options = {.reader = reader, .seen_at = MOMENT_NONE};
    reading_init(&reading);
    read_bytes(&reading, "t", str_from(text), &options);
    assert_int_equal(reading.status, GR_EUSAGE);
    assert_string_equal(reading.err.text, message);
    reading_deinit(&reading);
}

static void readers_of_other_formats_are_usage_errors(void **state)
{
    (void)state;
    reader_is_refused("libcsv", "{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{}}",
                      "no reader named \"libcsv\" for the format usage; have: fast, yajl");
    reader_is_refused("slow",
                      "{\"timestamp\":1759500000,\"model\":\"m\",\"usage\":"
                      "{\"input_tokens\":1}}",
                      "no reader named \"slow\" for the format usage-log; have: fast, yajl");
    reader_is_refused("yajl", "timestamp, index, utilization.gpu [%]\n",
                      "no reader named \"yajl\" for the format nvidia-smi; have: fast");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engines_agree_on_mutated_lines),
        cmocka_unit_test(the_engines_agree_on_long_files),
        cmocka_unit_test(request_ids_of_their_own_keep_their_rows),
        cmocka_unit_test(objects_of_their_own_keep_their_rows),
        cmocka_unit_test(every_value_in_every_place),
        cmocka_unit_test(readers_of_other_formats_are_usage_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
