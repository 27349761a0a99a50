/* Command lines -> plain data: forms of options, contradictions, what belongs where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

enum { WORDS_MAX = 80 };

/* All that the ad-hoc report takes. */
static const unsigned REPORT = ~(unsigned)OPTIONS_INGEST;

/* Splits at blanks; `arena` keeps the words. */
static enum gr_status read_line(struct arena *arena, const char *line, unsigned groups,
                                struct options *out, struct gr_err *err)
{
    char *argv[WORDS_MAX];
    int argc = 0;
    struct str rest = str_from(line);
    while (rest.ptr && rest.len && argc < WORDS_MAX)
        argv[argc++] = (char *)(uintptr_t)arena_str(arena, str_cut(&rest, ' ')).ptr;
    return options_read(arena, argc, argv, groups, out, err);
}

static void expect_refused(const char *line, unsigned groups, const char *word)
{
    struct arena arena = ARENA_EMPTY;
    struct options options;
    struct gr_err err = {0};
    enum gr_status status = read_line(&arena, line, groups, &options, &err);
    if (status != GR_EUSAGE || !strstr(err.text, word))
        fail_msg("%s: %d, %s", line, (int)status, err.text);
    arena_deinit(&arena);
}

static void takes_values_apart_and_with_equals_and_short_forms(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct options o;
    struct gr_err err = {0};
    const char *line =
        "--store=a=b.db --by team -q --month 2026-10 -o x.csv file --exact - -- --by";
    if (read_line(&arena, line, REPORT, &o, &err))
        fail_msg("%s", err.text);
    assert_string_equal(o.store, "a=b.db");
    assert_int_equal(o.by.count, 1);
    assert_string_equal(o.by.items[0], "team");
    assert_true(o.quiet && o.exact && !o.verbose);
    assert_string_equal(o.month, "2026-10");
    assert_string_equal(o.output, "x.csv");
    assert_int_equal(o.argument_count, 3);
    assert_string_equal(o.arguments[0], "file");
    assert_string_equal(o.arguments[1], "-");
    assert_string_equal(o.arguments[2], "--by");
    arena_deinit(&arena);
}

static void short_filters_are_wheres_in_the_order_given(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct options o;
    struct gr_err err = {0};
    if (read_line(&arena, "--service EC2 --where team!=ml --instance-type p5", REPORT, &o, &err))
        fail_msg("%s", err.text);
    assert_true(str_is(options_filters(&arena, &o), "service=EC2\nteam!=ml\ninstance_type=p5"));
    if (read_line(&arena, "", REPORT, &o, &err))
        fail_msg("%s", err.text);
    assert_true(str_is(options_filters(&arena, &o), ""));
    arena_deinit(&arena);
}

static void refuses_what_it_does_not_know(void **state)
{
    (void)state;
    expect_refused("--by-tog team", REPORT, "--by-tog");
    expect_refused("-x", REPORT, "-x");
    expect_refused("--month", REPORT, "--month");
    expect_refused("-o", REPORT, "output");
    expect_refused("--quiet=yes", REPORT, "--quiet");
    expect_refused("--month 2026-10 --month 2026-11", REPORT, "twice");
}

static void says_where_an_option_of_another_command_belongs(void **state)
{
    (void)state;
    expect_refused("--strict", REPORT, "ingest");
    expect_refused("--by team", OPTIONS_COMMON | OPTIONS_INGEST, "ad-hoc report");
}

static void takes_the_same_value_twice_as_once(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct options o;
    struct gr_err err = {0};
    assert_int_equal(read_line(&arena, "--month 2026-10 --month 2026-10", REPORT, &o, &err), GR_OK);
    arena_deinit(&arena);
}

static void gathers_dimensions_of_all_three_options(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct options o;
    struct gr_err err = {0};
    struct str names[ROLLUP_DIMENSIONS_MAX];
    size_t count;
    assert_int_equal(
        read_line(&arena, "--by-tag env --by service,day --by-dimension region", REPORT, &o, &err),
        GR_OK);
    assert_int_equal(options_dimensions(&arena, &o, names, &count, &err), GR_OK);
    const char *const wanted[] = {"service", "day", "region", "tag:env"};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(str_is(names[i], wanted[i]));
    arena_deinit(&arena);
}

static void refuses_too_many_no_and_repeated_dimensions(void **state)
{
    (void)state;
    const char *const lines[] = {
        "--by a,b,c,d,e", "--by a,b --by c,d --by-tag e", "--by a,,b",
        "--by a,",        "--by a --by-dimension a",      "--by tag:x --by-tag x"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct arena arena = ARENA_EMPTY;
        struct options o;
        struct gr_err err = {0};
        struct str names[ROLLUP_DIMENSIONS_MAX];
        size_t count;
        assert_int_equal(read_line(&arena, lines[i], REPORT, &o, &err), GR_OK);
        if (options_dimensions(&arena, &o, names, &count, &err) != GR_EUSAGE)
            fail_msg("%s was taken", lines[i]);
        arena_deinit(&arena);
    }
}

static void reads_whole_numbers_only(void **state)
{
    (void)state;
    struct gr_err err = {0};
    long number;
    assert_int_equal(option_number("top", "12", 1, &number, &err), GR_OK);
    assert_int_equal(number, 12);
    const char *const bad[] = {"", "0", "-1", "1.5", "1x", "x", "99999999999999999999", " "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (option_number("top", bad[i], 1, &number, &err) != GR_EUSAGE)
            fail_msg("%s was taken", bad[i]);
}

static void tells_options_from_words(void **state)
{
    (void)state;
    assert_true(option_takes_next("--month") && option_takes_next("-o"));
    assert_false(option_takes_next("--quiet") || option_takes_next("--month=2026-10") ||
                 option_takes_next("month") || option_takes_next("-q") || option_takes_next("-"));
    assert_true(option_is_unknown("--by-tog") && option_is_unknown("-x") &&
                option_is_unknown("--by-tog=team"));
    assert_false(option_is_unknown("--by-tag") || option_is_unknown("--by-tag=team") ||
                 option_is_unknown("team") || option_is_unknown("-") || option_is_unknown("--"));
}

static void every_option_has_its_place_in_the_table(void **state)
{
    (void)state;
    size_t count;
    const struct option_def *defs = option_defs(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(defs[i].filter_name || (defs[i].what && defs[i].what[0]));
        assert_true(defs[i].group != 0);
        assert_true(defs[i].metavar || !defs[i].repeatable);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(defs[i].name, defs[j].name);
            assert_true(!defs[i].letter || defs[i].letter != defs[j].letter);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_values_apart_and_with_equals_and_short_forms),
        cmocka_unit_test(short_filters_are_wheres_in_the_order_given),
        cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(says_where_an_option_of_another_command_belongs),
        cmocka_unit_test(takes_the_same_value_twice_as_once),
        cmocka_unit_test(gathers_dimensions_of_all_three_options),
        cmocka_unit_test(refuses_too_many_no_and_repeated_dimensions),
        cmocka_unit_test(reads_whole_numbers_only),
        cmocka_unit_test(tells_options_from_words),
        cmocka_unit_test(every_option_has_its_place_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
