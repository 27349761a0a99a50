/* Shapes: a line that was learned is read without a parser; what is not certain is left alone. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/json_shape.h"

static bool descends_into_usage(const void *context, struct str path)
{
    (void)context;
    return str_is(path, "usage") || str_is(path, "usage.details");
}

/* Reads `text` as the last line of a file; values as path=text, a space between. */
static bool reads(struct shape *shape, const char *text, const char *wanted)
{
    static struct shape_row row;
    struct strbuf held, said;
    strbuf_init(&held, 4 << 20);
    strbuf_init(&said, 4 << 20);
    strbuf_append_cstr(&held, text);
    size_t len = held.len;
    for (int i = 0; i < SHAPE_SLACK_BYTES; i++)
        strbuf_append_char(&held, 0);
    bool known = shape_read(shape, (struct str){held.ptr, len}, true, &row);
    for (size_t i = 0; known && i < row.count; i++)
        strbuf_printf(&said, "%s%.*s=%.*s", i ? " " : "",
                      STR_ARG(shape_node(shape, row.values[i].node)->path),
                      STR_ARG(row.values[i].text));
    if (known && wanted)
        assert_string_equal(strbuf_cstr(&said), wanted);
    strbuf_deinit(&held);
    strbuf_deinit(&said);
    return known;
}

static void learned_lines_are_read(void **state)
{
    (void)state;
    struct shape *shape = shape_open(descends_into_usage, NULL);
    assert_false(reads(shape, "{\"a\":1}", NULL));
    shape_learn(shape, STR("{\"a\":1}"));
    assert_true(reads(shape, "{\"a\":1}", "a=1"));
    assert_true(reads(shape, "{\"a\":\"x\\u00e9\\\"\"}\r\n", "a=x\xC3\xA9\""));
    assert_true(reads(shape, "{\"a\":-0.5e+3}\n", "a=-0.5e+3"));
    assert_true(reads(shape, "{\"a\":{\"b\":[\"}\"]}}", "a={\"b\":[\"}\"]}"));
    assert_true(reads(shape, "{\"a\":\"\xE2\x82\xAC\"}", "a=\xE2\x82\xAC"));
    shape_close(shape);
}

static void members_come_and_go(void **state)
{
    (void)state;
    struct shape *shape = shape_open(descends_into_usage, NULL);
    shape_learn(shape,
                STR("{\"m\":\"x\",\"usage\":{\"i\":1,\"details\":{\"c\":2},\"r\":3},\"z\":0}"));
    shape_learn(shape, STR("{\"m\":\"x\",\"usage\":{\"i\":1,\"r\":3}}"));
    assert_true(reads(shape, "{\"m\":\"y\",\"usage\":{\"i\":4,\"r\":5},\"z\":null}",
                      "m=y usage.i=4 usage.r=5 z=null"));
    assert_true(reads(shape, "{\"m\":\"y\",\"usage\":{\"i\":4,\"details\":{\"c\":7},\"r\":5}}",
                      "m=y usage.i=4 usage.details.c=7 usage.r=5"));
    assert_false(reads(shape, "{\"m\":\"y\",\"usage\":{\"i\":4}}", NULL));
    shape_close(shape);
}

static void what_is_not_certain_is_left_alone(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"a\":01,\"b\":2}",
        "{\"a\":1.,\"b\":2}",
        "{\"a\":-,\"b\":2}",
        "{\"a\":1,\"b\":2}x",
        "{\"a\":1,\"b\":2",
        "{\"a\":1, \"b\":2}",
        "{\"a\":\"\\ud83d\",\"b\":2}",
        "{\"a\":\"\\u0000\",\"b\":2}",
        "{\"a\":\"\\q\",\"b\":2}",
        "{\"a\":\"\t\",\"b\":2}",
        "{\"a\":\"\xC3\x28\",\"b\":2}",
        "{\"a\":tru,\"b\":2}",
        "{\"a\":\"\xED\xA0\x80\",\"b\":2}",
        "{\"a\":[[1],\"b\":2}",
        "{\"a\":1,\"a\":2,\"b\":2}",
        "{\"a\":1,\"b\":2}\r\r\n",
        "",
        "\n",
    };
    struct shape *shape = shape_open(descends_into_usage, NULL);
    shape_learn(shape, STR("{\"a\":1,\"b\":2}"));
    assert_true(reads(shape, "{\"a\":1,\"b\":2}", "a=1 b=2"));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (reads(shape, lines[i], NULL))
            fail_msg("was read: %s", lines[i]);
    shape_close(shape);
}

static void a_name_twice_is_seen_in_objects_too(void **state)
{
    (void)state;
    struct shape *shape = shape_open(descends_into_usage, NULL);
    shape_learn(shape, STR("{\"usage\":{\"i\":1},\"m\":1}"));
    shape_learn(shape, STR("{\"m\":1,\"usage\":{\"r\":1},\"k\":1}"));
    assert_true(reads(shape, "{\"usage\":{\"i\":1},\"m\":2}", "usage.i=1 m=2"));
    assert_false(reads(shape, "{\"usage\":{\"i\":1},\"m\":2,\"usage\":{\"r\":1},\"k\":1}", NULL));
    shape_close(shape);
}

static void learning_has_an_end(void **state)
{
    (void)state;
    struct shape *shape = shape_open(descends_into_usage, NULL);
    char line[64];
    shape_learn(shape, STR("{\"first\":1}"));
    for (int i = 0; i < 5000; i++) {
        int len = snprintf(line, sizeof line, "{\"first\":1,\"m%d\":2}", i);
        shape_learn(shape, (struct str){line, (size_t)len});
    }
    assert_true(reads(shape, "{\"first\":3}", "first=3"));
    assert_true(reads(shape, "{\"first\":3,\"m0\":4}", "first=3 m0=4"));
    assert_false(reads(shape, "{\"first\":3,\"m4999\":4}", NULL));
    shape_close(shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learned_lines_are_read),
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(what_is_not_certain_is_left_alone),
        cmocka_unit_test(a_name_twice_is_seen_in_objects_too),
        cmocka_unit_test(learning_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
