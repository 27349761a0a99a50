/* Report definitions: what a file may say, and the line of what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/definition.h"

static void reads_a_definition_top_down(void **state)
{
    (void)state;
    static const char text[] = "; a comment\n"
                               "[report]\n"
                               "title = Costs of {period}\n"
                               "subtitle = for all\n"
                               "period = last-month\n"
                               "[section one]\n"
                               "title = First\n"
                               "new_page = yes\n"
                               "note = A note\n"
                               "[table by_team]\n"
                               "query = spend-compare\n"
                               "param.dimension = tag:team\n"
                               "column.key = text | Team\n"
                               "column.cost = money add_up bar | Cost\n"
                               "column.rate = decimal:6 optional\n"
                               "total = yes\n"
                               "limit = 12\n"
                               "empty = Nothing.\n"
                               "[block budgets]\n"
                               "id = budgets\n"
                               "[section two]\n"
                               "title = Second\n"
                               "[chart bars]\n"
                               "query = spend-compare\n"
                               "kind = stacked\n"
                               "x = key\n"
                               "value = cost\n";
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct report_definition d;
    if (definition_read(&arena, "test", str_from(text), &d, &err) != GR_OK)
        fail_msg("%s", err.text);
    assert_true(str_is(d.title, "Costs of {period}"));
    assert_true(str_is(d.period, "last-month"));
    assert_int_equal(d.section_count, 2);
    assert_true(d.sections[0].new_page && !d.sections[1].new_page);
    assert_true(str_is(d.sections[0].note, "A note"));
    assert_int_equal(d.sections[0].item_count, 2);
    const struct definition_item *table = &d.sections[0].items[0];
    assert_int_equal(table->kind, DEFINE_TABLE);
    assert_int_equal(table->line, 11);
    assert_true(table->total);
    assert_int_equal(table->limit, 12);
    assert_int_equal(table->param_count, 1);
    assert_true(str_is(table->params[0].name, "dimension"));
    assert_true(str_is(table->params[0].value, "tag:team"));
    assert_int_equal(table->column_count, 3);
    assert_int_equal(table->columns[1].column.kind, CELL_MONEY);
    assert_true(table->columns[1].column.add_up && table->columns[1].column.share_bar);
    assert_true(str_is(table->columns[1].column.title, "Cost"));
    assert_int_equal(table->columns[2].column.decimals, 6);
    assert_true(str_is(table->columns[2].column.title, "rate"));
    assert_int_equal(d.sections[0].items[1].kind, DEFINE_BLOCK);
    assert_int_equal(d.sections[1].items[0].chart_kind, CHART_STACKED_COLUMNS);
    arena_deinit(&arena);
}

/* `lines` behind a good beginning of four lines; `line` is the one to be named. */
static void expect_refused(const char *lines, int line)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct report_definition d;
    struct str text =
        arena_printf(&arena, "[report]\ntitle = T\n[section s]\ntitle = S\n%s", lines);
    enum gr_status status = definition_read(&arena, "test", text, &d, &err);
    struct str place = arena_printf(&arena, "test.report:%d:", line);
    if (status != GR_EUSAGE || !strstr(err.text, place.ptr))
        fail_msg("%s gives %d: %s; wanted %s", lines, (int)status, err.text, place.ptr);
    arena_deinit(&arena);
}

static void names_the_line_of_what_is_wrong(void **state)
{
    (void)state;
    expect_refused("colour = red\n", 5);
    expect_refused("[table t]\nquery = q\ncolour = red\n", 7);
    expect_refused("[table t]\ncolumn.a = mony | A\n", 6);
    expect_refused("[table t]\ncolumn.a = money addup | A\n", 6);
    expect_refused("[chart c]\nquery = q\nkind = pie\n", 7);
    expect_refused("[tabel t]\nquery = q\n", 6);
    expect_refused("[table]\nquery = q\n", 6);
    expect_refused("[report]\nauthor = me\n", 6);
    expect_refused("no equal sign here\n", 5);
    expect_refused("[table t\nquery = q\n", 5);
}

static void wants_a_title_and_a_section(void **state)
{
    (void)state;
    const char *const texts[] = {"", "[report]\ntitle = T\n", "[section s]\ntitle = S\n",
                                 "[report]\ntitle = T\n[table t]\nquery = q\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = ARENA_EMPTY;
        struct gr_err err = {0};
        struct report_definition d;
        assert_int_equal(definition_read(&arena, "test", str_from(texts[i]), &d, &err), GR_EUSAGE);
        assert_non_null(strstr(err.text, "test.report"));
        arena_deinit(&arena);
    }
}

static void refuses_more_columns_than_fit(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct report_definition d;
    struct str text = STR("[report]\ntitle = T\n[section s]\ntitle = S\n[table t]\n");
    for (int i = 0; i <= DEFINITION_COLUMNS_MAX; i++)
        text = arena_printf(&arena, "%.*scolumn.c%d = text\n", STR_ARG(text), i);
    assert_int_equal(definition_read(&arena, "test", text, &d, &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, "24"));
    arena_deinit(&arena);
}

static void reads_each_definition_that_is_compiled_in(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct str text = definition_text(&arena, NULL, "monthly");
    struct report_definition d;
    assert_non_null(text.ptr);
    if (definition_read(&arena, "monthly", text, &d, &err) != GR_OK)
        fail_msg("%s", err.text);
    assert_null(definition_text(&arena, NULL, "no-such-report").ptr);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_definition_top_down),
        cmocka_unit_test(names_the_line_of_what_is_wrong),
        cmocka_unit_test(wants_a_title_and_a_section),
        cmocka_unit_test(refuses_more_columns_than_fit),
        cmocka_unit_test(reads_each_definition_that_is_compiled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
