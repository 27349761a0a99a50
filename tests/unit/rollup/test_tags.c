/* Members of Tags texts, as exports write them and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tags.h"

static struct arena arena;

static void member_is(const char *text, const char *key, const char *want)
{
    struct str found = tags_member(&arena, str_from(text), str_from(key));
    if (!str_equal(found, str_from(want)))
        fail_msg("%s: %s is \"%.*s\", wanted \"%s\"", text, key, STR_ARG(found), want);
}

static void absent(const char *text, const char *key)
{
    struct str found = tags_member(&arena, str_from(text), str_from(key));
    if (found.ptr)
        fail_msg("%s: %s should be absent", text, key);
}

static void reads_members_of_an_object(void **state)
{
    (void)state;
    member_is("{\"team\":\"ml\",\"env\":\"prod\"}", "team", "ml");
    member_is(" { \"team\" : \"ml\" , \"env\" : \"prod\" } ", "env", "prod");
    member_is("{\"team\":\"\"}", "team", "");
    member_is("{\"a\":{\"team\":\"x\"},\"team\":\"y\"}", "team", "y");
    member_is("{\"a\":[1,{\"b\":\"}\"}],\"team\":\"y\"}", "a", "[1,{\"b\":\"}\"}]");
    absent("{\"team\":\"ml\"}", "Team");
    absent("{\"team\":null}", "team");
    absent("{}", "team");
    absent("", "team");
}

static void whole_tags_are_members_to_the_last_byte(void **state)
{
    (void)state;
    static const char *const whole[] = {"{}",
                                        " { } ",
                                        "{\"a\":\"b\"}",
                                        " {\"a\": null, \"b\": {\"c\": [1]}} ",
                                        "\"a\": \"b\",\"c\": \"d\"",
                                        "{\"a\":\"x,\"}"};
    static const char *const broken[] = {"",           "\"\"",         "{\"a\":",    "notjson",
                                         "[\"a\"]",    "{\"a\":\"b\"", "{\"a\":1,}", "{\"a\":1} x",
                                         "{\"a\":1}}", "{a:1}",        "{",          "\"a\":1,"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (!tags_are_whole(&arena, str_from(whole[i])))
            fail_msg("%s is whole", whole[i]);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (tags_are_whole(&arena, str_from(broken[i])))
            fail_msg("%s is not whole", broken[i]);
}

static void reads_members_without_braces(void **state)
{
    (void)state;
    member_is("\"a\": \"b\",\"c\": \"d\"", "a", "b");
    member_is("\"a\": \"b\",\"c\": \"d\"", "c", "d");
    absent("\"\"", "a");
}

static void numbers_and_booleans_are_their_text(void **state)
{
    (void)state;
    member_is("{\"n\":12.50,\"b\":true,\"m\":-1e5}", "n", "12.50");
    member_is("{\"n\":12.50,\"b\":true,\"m\":-1e5}", "b", "true");
    member_is("{\"n\":12.50,\"b\":true,\"m\":-1e5}", "m", "-1e5");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    member_is("{\"a\":\"x\\\"y\\\\z\\/\\n\"}", "a", "x\"y\\z/\n");
    member_is("{\"\\u0061\":\"\\u00e9\\u20ac\"}", "a", "\xC3\xA9\xE2\x82\xAC");
    member_is("{\"a\":\"\\ud83d\\ude00\"}", "a", "\xF0\x9F\x98\x80");
    member_is("{\"a\":\"\\ud83d!\"}", "a", "\xEF\xBF\xBD!");
}

static void keys_keep_their_blanks_and_the_last_of_two_counts(void **state)
{
    (void)state;
    member_is("{\" org\":\"a\",\"org\":\"b\"}", " org", "a");
    member_is("{\" org\":\"a\",\"org\":\"b\"}", "org", "b");
    member_is("{\"k\":\"a\",\"k\":\"b\"}", "k", "b");
}

static void broken_texts_give_what_stands_before_the_break(void **state)
{
    (void)state;
    member_is("{\"a\":\"b\",\"c\"", "a", "b");
    absent("{\"a\":\"b\",\"c\"", "c");
    absent("{\"a\"", "a");
    absent("{\"a\":", "a");
    absent("{\"a\":\"b", "a");
    absent("{\"a\":[[", "a");
    absent("{a:b}", "a");
    absent("[1,2]", "a");
    absent("{\"a\":\"\\", "a");
    member_is("{\"a\":\"\\u12\"}", "a",
              "\xEF\xBF\xBD"
              "12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_members_of_an_object),
        cmocka_unit_test(whole_tags_are_members_to_the_last_byte),
        cmocka_unit_test(reads_members_without_braces),
        cmocka_unit_test(numbers_and_booleans_are_their_text),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(keys_keep_their_blanks_and_the_last_of_two_counts),
        cmocka_unit_test(broken_texts_give_what_stands_before_the_break),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
