/* Names: how a value is found, what two lines may say of it, and where a table shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/names.h"

static struct arena arena;

static int clean(void **state)
{
    (void)state;
    arena_deinit(&arena);
    arena = ARENA_EMPTY;
    return 0;
}

static struct names read_good(const char *text)
{
    struct gr_err err = {0};
    struct names names = {0};
    if (names_read_text(&arena, "names.csv", str_from(text), &names, &err) != GR_OK)
        fail_msg("%s", err.text);
    return names;
}

static void expect_bad(const char *text, const char *message)
{
    struct gr_err err = {0};
    struct names names = {0};
    assert_int_equal(names_read_text(&arena, "names.csv", str_from(text), &names, &err), GR_EDATA);
    if (!strstr(err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", err.text, message);
}

static void a_value_is_found_as_it_is_and_without_blanks_around_it(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,name,parent\n"
                                   "account,0099,Sandbox,Research\n"
                                   "tag:team,ml,Machine Learning,\n"
                                   "tag:team,ML,Shouted,\n");
    const struct name_entry *found = names_find(&names, STR("account"), STR("0099"));
    assert_non_null(found);
    assert_true(str_is(found->name, "Sandbox"));
    assert_true(names_find(&names, STR("account"), STR(" 0099 ")) == found);
    assert_null(names_find(&names, STR("account"), STR("99")));
    assert_null(names_find(&names, STR("sub_account"), STR("0099")));
    assert_true(str_is(names_find(&names, STR("tag:team"), STR("ML"))->name, "Shouted"));
    assert_true(
        str_is(names_shown(&arena, &names, STR("tag:team"), STR("ml")), "Machine Learning (ml)"));
    assert_true(str_is(names_shown(&arena, &names, STR("tag:team"), STR("web")), "web"));
    assert_true(str_is(names_shown(&arena, NULL, STR("tag:team"), STR("ml")), "ml"));
}

static void a_value_without_a_parent_has_none(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,parent\naccount,1,Org\n");
    assert_true(str_is(names_parent(&names, STR("account"), STR("1")), "Org"));
    assert_true(str_is(names_parent(&names, STR("account"), STR("2")), "(none)"));
    assert_true(names_know(&names, STR("account")));
    assert_false(names_know(&names, STR("service")));
}

static void two_lines_may_complete_but_not_contradict_each_other(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,name,parent\n"
                                   "account,1,Prod,\naccount,1,,Org\naccount,1,Prod,Org\n");
    assert_int_equal(names.count, 1);
    assert_true(str_is(names.entries[0].parent, "Org"));
    expect_bad("dimension,value,name,parent\naccount,1,Prod,\naccount,2,x,\naccount,1,Test,\n",
               "names.csv: line 4: account \"1\" has the name \"Test\" and in line 2 \"Prod\"");
    expect_bad("dimension,value,name,parent\naccount,1,Prod,A\naccount,1,Prod,B\n",
               "line 3: account \"1\" has the parent \"B\" and in line 2 \"A\"");
}

static void refuses_what_names_nothing(void **state)
{
    (void)state;
    expect_bad("dimension,value,name\nteem,1,Prod\n", "line 2: column dimension: \"teem\"");
    expect_bad("dimension,value,name\naccount,,Prod\n", "line 2: column value");
    expect_bad("dimension,value,name\naccount,1,\n", "neither a name nor a parent");
    expect_bad("dimension,value,nmae\naccount,1,x\n", "nmae");
    expect_bad("value,name\n1,x\n", "dimension");
}

static void a_table_gets_a_column_of_names_behind_its_values(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,name\ntag:team,ml,Machine Learning\n");
    static const struct report_column columns[] = {REPORT_COLUMN("team", "Team", CELL_TEXT),
                                                   REPORT_COLUMN("rows", "Rows", CELL_COUNT)};
    struct table_builder table = table_begin(&arena, "groups", STR(""), columns, 2);
    table_row(&table, ROW_DATA)[0] = cell_text(STR("ml"));
    table_row(&table, ROW_DATA)[0] = cell_text(STR("web"));
    table_row(&table, ROW_TOTAL)[0] = cell_text(STR("ml"));
    const struct str dimensions[] = {STR("tag:team"), STR_NONE};
    names_apply(&arena, &names, table.table, dimensions);
    assert_int_equal(table.table->column_count, 3);
    assert_true(str_is(table.table->columns[1].id, "team_name"));
    assert_true(table.table->columns[1].is_name);
    assert_true(str_is(table.table->columns[2].id, "rows"));
    const struct report_row *rows = table.table->rows;
    assert_true(str_is(rows[0].cells[0].name, "Machine Learning"));
    assert_true(str_is(rows[0].cells[0].text, "ml"));
    assert_true(str_is(rows[0].cells[1].text, "Machine Learning"));
    assert_int_equal(rows[1].cells[1].kind, CELL_NONE);
    assert_false(rows[1].cells[0].name.len);
    assert_false(rows[2].cells[0].name.len); /* a total is no value */
}

static void a_table_of_other_dimensions_stays_as_it_is(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,name\naccount,1,Prod\n");
    static const struct report_column columns[] = {REPORT_COLUMN("team", "Team", CELL_TEXT)};
    struct table_builder table = table_begin(&arena, "groups", STR(""), columns, 1);
    const struct str dimensions[] = {STR("tag:team")};
    names_apply(&arena, &names, table.table, dimensions);
    names_apply(&arena, NULL, table.table, dimensions);
    assert_int_equal(table.table->column_count, 1);
}

static void a_name_column_never_takes_the_id_of_another(void **state)
{
    (void)state;
    struct names names = read_good("dimension,value,name\naccount,1,Prod\n");
    static const struct report_column columns[] = {
        REPORT_COLUMN("account", "Account", CELL_TEXT),
        REPORT_COLUMN("account_name", "Account name", CELL_TEXT)};
    struct table_builder table = table_begin(&arena, "groups", STR(""), columns, 2);
    const struct str dimensions[] = {STR("account"), STR_NONE};
    names_apply(&arena, &names, table.table, dimensions);
    assert_true(str_is(table.table->columns[1].id, "account_name_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_value_is_found_as_it_is_and_without_blanks_around_it, clean),
        cmocka_unit_test_teardown(a_value_without_a_parent_has_none, clean),
        cmocka_unit_test_teardown(two_lines_may_complete_but_not_contradict_each_other, clean),
        cmocka_unit_test_teardown(refuses_what_names_nothing, clean),
        cmocka_unit_test_teardown(a_table_gets_a_column_of_names_behind_its_values, clean),
        cmocka_unit_test_teardown(a_table_of_other_dimensions_stays_as_it_is, clean),
        cmocka_unit_test_teardown(a_name_column_never_takes_the_id_of_another, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
