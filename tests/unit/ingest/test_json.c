/* JSON trees and streams: text of numbers, caps, secrets, repeated names. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/json.h"
#include "ingest/secrets.h"

static void reads_as(const char *text, const char *wanted)
{
    struct json_parser *parser = json_open();
    struct arena arena = ARENA_EMPTY;
    struct json_value value;
    const char *reason = json_read(parser, &arena, str_from(text), &value);
    if (reason)
        fail_msg("%s: %s", text, reason);
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    json_write(&value, &out);
    assert_string_equal(strbuf_cstr(&out), wanted);
    strbuf_deinit(&out);
    json_close(parser);
    arena_deinit(&arena);
}

static void is_refused(struct str text, const char *reason)
{
    struct json_parser *parser = json_open();
    struct arena arena = ARENA_EMPTY;
    struct json_value value;
    for (int i = 0; i < 2; i++) { /* a parser that failed works again */
        const char *said = json_read(parser, &arena, text, &value);
        if (!said || !strstr(said, reason))
            fail_msg("%.80s: says \"%s\", not \"%s\"", text.ptr, said ? said : "(good)", reason);
        assert_null(json_read(parser, &arena, STR("{\"a\":1}"), &value));
    }
    json_close(parser);
    arena_deinit(&arena);
}

static void keeps_numbers_as_they_are_written(void **state)
{
    (void)state;
    reads_as("{\"a\": 0.10, \"b\": -1E-9, \"c\": 12345678901234567890123.5}",
             "{\"a\":0.10,\"b\":-1E-9,\"c\":12345678901234567890123.5}");
}

static void decodes_and_writes_texts(void **state)
{
    (void)state;
    reads_as("{\"a\":\"\\u00e9\\n\\\"\\\\\\/\", \"b\":[true,false,null,{}],\"c\":\"\\u0001\"}",
             "{\"a\":\"\xC3\xA9\\n\\\"\\\\/\",\"b\":[true,false,null,{}],\"c\":\"\\u0001\"}");
}

static void the_last_of_a_repeated_name_holds_and_is_noted(void **state)
{
    (void)state;
    reads_as("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    struct json_parser *parser = json_open();
    struct arena arena = ARENA_EMPTY;
    struct json_value value;
    assert_null(json_read(parser, &arena, STR("[{\"x\":{\"a\":1,\"a\":2}}]"), &value));
    assert_true(value.repeated);
    assert_null(json_read(parser, &arena, STR("[{\"x\":{\"a\":1,\"b\":2}}]"), &value));
    assert_false(value.repeated);
    json_close(parser);
    arena_deinit(&arena);
}

static void drops_secrets_wherever_they_are(void **state)
{
    (void)state;
    reads_as("{\"id\":1,\"api_key\":\"sk\",\"x\":{\"Password\":[1,{\"a\":2}],\"b\":1},"
             "\"credentials\":{\"user\":\"u\"},\"webhookUrl\":\"h\",\"userData\":\"#!\","
             "\"ssh_private_key\":\"k\",\"kubeconfig\":{}}",
             "{\"id\":1,\"x\":{\"b\":1}}");
}

static void tells_tokens_that_count_from_tokens_that_open(void **state)
{
    (void)state;
    reads_as("{\"input_tokens\":12,\"output_tokens\":\"7\",\"access_token\":\"abc\","
             "\"tokens\":{\"input\":1}}",
             "{\"input_tokens\":12,\"output_tokens\":\"7\",\"tokens\":{\"input\":1}}");
}

static void a_tag_may_be_called_key(void **state)
{
    (void)state;
    reads_as("{\"tags\":{\"monkey\":\"m\",\"key\":\"k\",\"api-key\":\"s\"}}",
             "{\"tags\":{\"monkey\":\"m\",\"key\":\"k\"}}");
    reads_as("{\"tags\":[{\"Key\":\"team\",\"Value\":\"ml\"}]}",
             "{\"tags\":[{\"Key\":\"team\",\"Value\":\"ml\"}]}");
}

static void knows_secret_names(void **state)
{
    (void)state;
    assert_true(secret_member_name(STR("APIKey")));
    assert_true(secret_member_name(STR("ssh_host")));
    assert_true(secret_tag_name(STR("db-password")));
    assert_false(secret_tag_name(STR("team")));
    assert_false(secret_member_name(STR("cost_center")));
    assert_false(secret_member_name(STR("api_key_id")));
    assert_false(secret_tag_name(STR("apiKeyId")));
    assert_true(secret_member_name(STR("api_key_ids")));
    assert_true(secret_member_name(STR("access_key_id")));
    assert_true(secret_in_text(STR("{\"a\":1,\"api_key\":\"x\"")));
    assert_false(secret_in_text(STR("{\"tokens\":{\"input\":1}}")));
}

static void refuses_what_is_no_single_value(void **state)
{
    (void)state;
    is_refused(STR("{\"a\":1"), "ends within a value");
    is_refused(STR("{\"a\":1}{\"b\":2}"), "more than one value");
    is_refused(STR(""), "holds no value");
    is_refused(STR("{\"a\":1,}"), "parse error");
    is_refused(STR("{a:1}"), "lexical error");
    is_refused(STR("{\"a\":NaN}"), "lexical error");
    is_refused(STR("{\"a\":\"\\u0000\"}"), "NUL");
    is_refused(STR("{\"a\":\"\xC3\x28\"}"), "lexical error");
}

static void caps_depth_and_members(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < 40; i++)
        strbuf_append_char(&text, '[');
    is_refused(strbuf_str(&text), "nested too deep");
    strbuf_clear(&text);
    strbuf_append_char(&text, '{');
    for (int i = 0; i < 1100; i++)
        strbuf_printf(&text, "%s\"m%d\":1", i ? "," : "", i);
    strbuf_append_char(&text, '}');
    is_refused(strbuf_str(&text), "more than 1024 members");
    strbuf_deinit(&text);
}

/* ---- streams ---- */

static enum gr_status note_record(void *context, const struct json_place *place,
                                  const struct json_value *value, struct gr_err *err)
{
    (void)err;
    struct strbuf *out = context;
    strbuf_printf(out, "%llu@%llu %s ", (unsigned long long)place->line,
                  (unsigned long long)place->byte_offset, place->path);
    json_write(value, out);
    strbuf_append_char(out, '\n');
    return GR_OK;
}

static enum gr_status note_scalar(void *context, const struct json_place *place,
                                  const struct json_value *value, struct gr_err *err)
{
    (void)err;
    struct strbuf *out = context;
    strbuf_printf(out, "%s=", place->path);
    json_write(value, out);
    strbuf_append_char(out, '\n');
    return GR_OK;
}

static enum gr_status note_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)err;
    strbuf_printf(context, "[%s]\n", place->path);
    return GR_OK;
}

static enum gr_status stream(struct str text, struct strbuf *out, struct gr_err *err)
{
    struct ingest_source *source;
    struct json_visitor visitor = {out, note_record, note_scalar, note_array};
    assert_int_equal(source_open_memory("t", text, &source, err), GR_OK);
    enum gr_status status = json_stream(source, &visitor, err);
    source_close(source);
    return status;
}

static void streams_records_with_path_line_and_offset(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    assert_int_equal(
        stream(STR("{\"success\":true,\n \"data\":{\"costs\":[\n{\"a\":1},\n  {\"a\":[2]}],"
                   "\"n\":[]},\"count\":2,\"api_keys\":[{\"k\":1}]}"),
               &out, &err),
        GR_OK);
    assert_string_equal(strbuf_cstr(&out), "success=true\n[data.costs]\n3@36 data.costs {\"a\":1}\n"
                                           "4@47 data.costs {\"a\":[2]}\n[data.n]\ncount=2\n");
    strbuf_clear(&out);
    assert_int_equal(stream(STR("[1,{\"tags\":{\"key\":\"x\"}},[2]]"), &out, &err), GR_OK);
    assert_string_equal(strbuf_cstr(&out),
                        "[]\n1@2  1\n1@3  {\"tags\":{\"key\":\"x\"}}\n1@24  [2]\n");
    strbuf_deinit(&out);
}

static void a_broken_document_names_its_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"[{\"a\":1},\n{\"a\":}]", "[{\"a\":1},\n{\"a\":1}",
                                        "[1]\n[2]", "[\n\"a\n\"]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gr_err err = {0};
        struct strbuf out;
        strbuf_init(&out, 1 << 20);
        assert_int_equal(stream(str_from(texts[i]), &out, &err), GR_EDATA);
        assert_non_null(strstr(err.text, "line 2: JSON: "));
        strbuf_deinit(&out);
    }
}

static void streams_documents_larger_than_a_chunk(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct strbuf text, out, wanted;
    strbuf_init(&text, 64 << 20);
    strbuf_init(&out, 64 << 20);
    strbuf_init(&wanted, 64 << 20);
    strbuf_append_cstr(&text, "{\"costs\":[\n");
    strbuf_append_cstr(&wanted, "[costs]\n");
    for (int i = 0; i < 20000; i++) {
        strbuf_append_cstr(&text, i ? ",\n" : "");
        strbuf_printf(&wanted, "%d@%zu costs {\"n\":%d,\"t\":\"\xC3\xA9\"}\n", i + 2, text.len, i);
        strbuf_printf(&text, "{\"n\":%d, \"t\":\"\\u00e9\"}", i);
    }
    strbuf_append_cstr(&text, "]}");
    assert_int_equal(stream(strbuf_str(&text), &out, &err), GR_OK);
    assert_true(str_equal(strbuf_str(&out), strbuf_str(&wanted)));
    strbuf_deinit(&text);
    strbuf_deinit(&out);
    strbuf_deinit(&wanted);
}

static void caps_a_text_that_never_ends(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct strbuf text, out;
    strbuf_init(&text, 64 << 20);
    strbuf_init(&out, 64 << 20);
    strbuf_append_cstr(&text, "[\"");
    for (size_t i = 0; i < (17u << 20); i++)
        strbuf_append_char(&text, 'x');
    assert_int_equal(stream(strbuf_str(&text), &out, &err), GR_EDATA);
    assert_non_null(strstr(err.text, "longer than 16 MiB"));
    strbuf_deinit(&text);
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_numbers_as_they_are_written),
        cmocka_unit_test(decodes_and_writes_texts),
        cmocka_unit_test(the_last_of_a_repeated_name_holds_and_is_noted),
        cmocka_unit_test(drops_secrets_wherever_they_are),
        cmocka_unit_test(tells_tokens_that_count_from_tokens_that_open),
        cmocka_unit_test(a_tag_may_be_called_key),
        cmocka_unit_test(knows_secret_names),
        cmocka_unit_test(refuses_what_is_no_single_value),
        cmocka_unit_test(caps_depth_and_members),
        cmocka_unit_test(streams_records_with_path_line_and_offset),
        cmocka_unit_test(a_broken_document_names_its_line),
        cmocka_unit_test(streams_documents_larger_than_a_chunk),
        cmocka_unit_test(caps_a_text_that_never_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
