/* str and strbuf. */
#include <string.h>

#include "base/str.h"
#include "unit.h"

static void absent_is_not_empty(void **state)
{
    (void)state;
    assert_true(str_equal(STR(""), STR("")));
    assert_true(str_equal(STR_NONE, STR_NONE));
    assert_false(str_equal(STR(""), STR_NONE));
    assert_false(str_equal_nocase(STR_NONE, STR("")));
    assert_true(str_compare(STR_NONE, STR("")) < 0);
    assert_int_equal(str_compare(STR_NONE, STR_NONE), 0);
    assert_null(str_from(NULL).ptr);
    assert_null(str_trim(STR_NONE).ptr);
}

static void compares_bytes_and_prefixes(void **state)
{
    (void)state;
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_true(str_compare(STR("b"), STR("ab")) > 0);
    assert_true(str_compare(STR("\x7f"), STR("\xc3")) < 0); /* unsigned */
    assert_true(str_equal_nocase(STR("TeaM"), STR("tEam")));
    assert_false(str_equal_nocase(STR("\xc3\x89"), STR("\xc3\xa9"))); /* ASCII only */
    assert_false(str_equal_nocase(STR("@"), STR("`")));
    assert_true(str_is(STR("cost"), "cost"));
    assert_false(str_is(STR("cost"), "costs"));
    assert_true(str_starts(STR("tag:team"), STR("tag:")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_false(str_starts(STR("ta"), STR("tag")));
    assert_true(str_ends(STR("a.csv.gz"), STR(".gz")));
    assert_false(str_ends(STR("gz"), STR(".gz")));
}

static void trims_blanks_at_both_ends_only(void **state)
{
    (void)state;
    assert_true(str_is(str_trim(STR(" \t a b\r\n")), "a b"));
    assert_int_equal(str_trim(STR(" \t ")).len, 0);
    assert_non_null(str_trim(STR("  ")).ptr);
}

static void cuts_into_as_many_parts_as_there_are_separators_and_one(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    const char *wanted[] = {"a", "", "b", ""};
    size_t parts = 0;
    while (rest.ptr) {
        struct str part = str_cut(&rest, ',');
        assert_true(parts < 4);
        assert_true(str_is(part, wanted[parts++]));
    }
    assert_int_equal(parts, 4);
    rest = STR("");
    assert_int_equal(str_cut(&rest, ',').len, 0);
    assert_null(rest.ptr);
}

/* The definition of a glob, in exponential time. */
static bool slow_glob(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return slow_glob(pattern + 1, text) || (*text && slow_glob(pattern, text + 1));
    return *text && (*pattern == '?' || *pattern == *text) && slow_glob(pattern + 1, text + 1);
}

static void globs_match_as_their_definition_says(void **state)
{
    (void)state;
    uint64_t seed = 1;
    int matches = 0;
    for (int i = 0; i < 100000; i++) {
        char pattern[8] = {0}, text[10] = {0};
        for (unsigned k = 0, n = random_below(&seed, 8); k < n; k++)
            pattern[k] = "ab*?"[random_below(&seed, 4)];
        for (unsigned k = 0, n = random_below(&seed, 10); k < n; k++)
            text[k] = "ab"[random_below(&seed, 2)];
        bool wanted = slow_glob(pattern, text);
        matches += wanted;
        if (str_glob(str_from(pattern), str_from(text)) != wanted)
            fail_msg("glob %s on %s", pattern, text);
    }
    assert_in_range(matches, 5000, 90000);
}

static void a_question_mark_stands_for_a_whole_character(void **state)
{
    (void)state;
    assert_true(str_glob(STR("caf?"), STR("caf\xc3\xa9")));
    assert_true(str_glob(STR("*?"), STR("\xf0\x9f\x98\x80")));
    assert_false(str_glob(STR("??"), STR("\xc3\xa9")));
    assert_true(str_glob(STR("?"), STR("\xff"))); /* not UTF-8: a byte */
    assert_true(str_glob(STR("*"), STR_NONE));
    assert_false(str_glob(STR(""), STR("a")));
}

/* Encodes a code point, surrogates too, the way UTF-8 would. */
static size_t encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static void every_code_point_but_surrogates_is_utf8(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110100; code++) {
        char bytes[16] = "12345";
        size_t len = encode(code, bytes + 5);
        bool wanted = !(code >= 0xD800 && code <= 0xDFFF) && code <= 0x10FFFF;
        if (str_is_utf8((struct str){bytes + 5, len}) != wanted ||
            str_is_utf8((struct str){bytes, len + 5}) != wanted)
            fail_msg("U+%04X", code);
        if (len > 1) /* cut short */
            assert_false(str_is_utf8((struct str){bytes + 5, len - 1}));
    }
}

static void broken_bytes_are_not_utf8(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "\x80",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3(",
        "\xe2\x28\xa1",
        "\xe2\x82\x28",
        "abcdefgh\xc3",
        "\xed\xa0\x80",
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (str_is_utf8(str_from(broken[i])))
            fail_msg("case %zu", i);
    assert_true(str_is_utf8(STR_NONE));
    assert_true(str_is_utf8(((struct str){"a\0b", 3})));
}

static void a_buffer_grows_and_keeps_a_nul_behind(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 100000);
    assert_string_equal(strbuf_cstr(&buf), "");
    assert_non_null(strbuf_str(&buf).ptr);
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&buf, "%d,", i % 10);
    strbuf_append_char(&buf, '!');
    strbuf_append_cstr(&buf, "end");
    strbuf_append(&buf, STR_NONE);
    strbuf_printf(&buf, "%s", "");
    assert_int_equal(buf.len, 2004);
    assert_int_equal(strlen(strbuf_cstr(&buf)), 2004);
    assert_true(str_ends(strbuf_str(&buf), STR("8,9,!end")));
    strbuf_clear(&buf);
    assert_string_equal(strbuf_cstr(&buf), "");
    strbuf_deinit(&buf);
}

static void an_append_past_the_ceiling_is_dropped_whole(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 5);
    strbuf_append_cstr(&buf, "12345");
    assert_false(buf.overflowed);
    strbuf_append_char(&buf, '6');
    assert_true(buf.overflowed);
    assert_string_equal(strbuf_cstr(&buf), "12345");
    strbuf_clear(&buf);
    assert_false(buf.overflowed);
    strbuf_append_cstr(&buf, "123");
    strbuf_printf(&buf, "%d", 456);
    strbuf_append_cstr(&buf, "7"); /* would fit, but what is there stays a prefix */
    assert_true(buf.overflowed);
    assert_string_equal(strbuf_cstr(&buf), "123");
    strbuf_deinit(&buf);
}

static void every_character_is_written_as_utf8_has_it(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        char wanted[4] = "", got[4] = "";
        size_t len = encode(code, wanted);
        assert_int_equal(utf8_put(got, code), len);
        assert_memory_equal(got, wanted, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(compares_bytes_and_prefixes),
        cmocka_unit_test(trims_blanks_at_both_ends_only),
        cmocka_unit_test(cuts_into_as_many_parts_as_there_are_separators_and_one),
        cmocka_unit_test(globs_match_as_their_definition_says),
        cmocka_unit_test(a_question_mark_stands_for_a_whole_character),
        cmocka_unit_test(every_code_point_but_surrogates_is_utf8),
        cmocka_unit_test(broken_bytes_are_not_utf8),
        cmocka_unit_test(a_buffer_grows_and_keeps_a_nul_behind),
        cmocka_unit_test(an_append_past_the_ceiling_is_dropped_whole),
        cmocka_unit_test(every_character_is_written_as_utf8_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
