/* Filter lines of --where and of rollup(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sql/sql.h"

static size_t read_filters(struct arena *arena, const char *text, struct rollup_filter *filters)
{
    struct gr_err err = {0};
    size_t count;
    if (sql_filters_read(arena, str_from(text), filters, &count, &err) != GR_OK)
        fail_msg("%s", err.text);
    return count;
}

static void expect_one(const char *text, const char *dimension, enum rollup_filter_kind kind,
                       const char *const *values, size_t count)
{
    struct arena arena = ARENA_EMPTY;
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    assert_int_equal(read_filters(&arena, text, filters), 1);
    assert_true(str_is(filters[0].dimension, dimension));
    assert_int_equal(filters[0].kind, kind);
    assert_int_equal(filters[0].value_count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(str_is(filters[0].values[i], values[i]));
    arena_deinit(&arena);
}

static void reads_equal_unequal_and_glob(void **state)
{
    (void)state;
    expect_one("team=ml", "team", ROLLUP_IN, (const char *[]){"ml"}, 1);
    expect_one("team!=ml", "team", ROLLUP_NOT_IN, (const char *[]){"ml"}, 1);
    expect_one("team~m*", "team", ROLLUP_GLOB, (const char *[]){"m*"}, 1);
    expect_one(" tag:cost center = x", "tag:cost center", ROLLUP_IN, (const char *[]){"x"}, 1);
    expect_one("provider = AWS , GCP ", "provider", ROLLUP_IN, (const char *[]){"AWS", "GCP"}, 2);
}

static void refuses_operators_that_would_match_nothing(void **state)
{
    (void)state;
    const char *const bad[][2] = {
        {"provider==AWS", " ==" },
        {"provider>=AWS", " >=" },
        {"a <= 1",        " <=" },
        {"team=~m*",      " =~" },
        {"team!~m*",      " !~" },
        {"team!==ml",     " !=="},
    };
    struct arena arena = ARENA_EMPTY;
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    size_t count;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct gr_err err = {0};
        assert_int_equal(sql_filters_read(&arena, str_from(bad[i][0]), filters, &count, &err),
                         GR_EUSAGE);
        assert_non_null(strstr(err.text, bad[i][0]));
        assert_non_null(strstr(err.text, bad[i][1]));
    }
    arena_deinit(&arena);
}

static void takes_commas_as_or_and_escaped_ones_as_text(void **state)
{
    (void)state;
    expect_one("team=a,b,c", "team", ROLLUP_IN, (const char *[]){"a", "b", "c"}, 3);
    expect_one("team=a\\,b,c", "team", ROLLUP_IN, (const char *[]){"a,b", "c"}, 2);
    expect_one("team=a\\b", "team", ROLLUP_IN, (const char *[]){"a\\b"}, 1);
    expect_one("team=", "team", ROLLUP_IN, (const char *[]){""}, 1);
    expect_one("team=a,", "team", ROLLUP_IN, (const char *[]){"a", ""}, 2);
}

static void takes_further_signs_as_part_of_the_value(void **state)
{
    (void)state;
    expect_one("tag:a=b=c", "tag:a", ROLLUP_IN, (const char *[]){"b=c"}, 1);
    expect_one("team=!=x~y", "team", ROLLUP_IN, (const char *[]){"!=x~y"}, 1);
    expect_one("team!=~x", "team", ROLLUP_NOT_IN, (const char *[]){"~x"}, 1);
}

static void reads_a_line_each_and_leaves_out_blank_ones(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    assert_int_equal(read_filters(&arena, "a=1\n\n  \nb!=2\n", filters), 2);
    assert_int_equal(read_filters(&arena, "", filters), 0);
    assert_true(read_filters(&arena, "a=1\nb=2\nc~3", filters) == 3);
    assert_true(str_is(filters[2].dimension, "c"));
    arena_deinit(&arena);
}

static void refuses_what_is_no_filter_and_too_many(void **state)
{
    (void)state;
    const char *const bad[] = {"team", "=x", " =x", "!=x", "~x", "!"};
    struct arena arena = ARENA_EMPTY;
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    size_t count;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct gr_err err = {0};
        assert_int_equal(sql_filters_read(&arena, str_from(bad[i]), filters, &count, &err),
                         GR_EUSAGE);
        assert_non_null(strstr(err.text, bad[i]));
    }
    char many[ROLLUP_FILTERS_MAX * 4 + 8] = "";
    for (int i = 0; i <= ROLLUP_FILTERS_MAX; i++)
        memcpy(many + i * 4, "a=1\n", 5);
    struct gr_err err = {0};
    assert_int_equal(sql_filters_read(&arena, str_from(many), filters, &count, &err), GR_EUSAGE);
    many[ROLLUP_FILTERS_MAX * 4] = '\0';
    assert_int_equal(sql_filters_read(&arena, str_from(many), filters, &count, &err), GR_OK);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_equal_unequal_and_glob),
        cmocka_unit_test(refuses_operators_that_would_match_nothing),
        cmocka_unit_test(takes_commas_as_or_and_escaped_ones_as_text),
        cmocka_unit_test(takes_further_signs_as_part_of_the_value),
        cmocka_unit_test(reads_a_line_each_and_leaves_out_blank_ones),
        cmocka_unit_test(refuses_what_is_no_filter_and_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
