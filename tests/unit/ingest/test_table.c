/* Small tables: header matching, cells, and messages that name path, line and column. */
#include "support.h"

#include <string.h>

#include "ingest/table.h"

static void is_refused(const char *text, const char *message)
{
    struct arena arena = ARENA_EMPTY;
    struct ingest_table table;
    struct gr_err err = {0};
    assert_int_equal(ingest_table_read_text(&arena, "t.csv", str_from(text), &table, &err),
                     GR_EDATA);
    assert_string_equal(err.text, message);
    arena_deinit(&arena);
}

static void gives_trimmed_cells_with_their_lines(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct ingest_table table;
    struct gr_err err = {0};
    assert_int_equal(ingest_table_read_text(&arena, "t.csv",
                                            STR("Name , price\n\napple,\" 1,2 \"\n,\"\"\n"), &table,
                                            &err),
                     GR_OK);
    assert_int_equal(table.column_count, 2);
    assert_int_equal(table.row_count, 2);
    assert_int_equal(ingest_table_line(&table, 0), 3);
    assert_int_equal(ingest_table_column(&table, "name"), 0);
    assert_int_equal(ingest_table_column(&table, "nmae"), -1);
    assert_true(str_is(ingest_table_cell(&table, 0, 1), "1,2"));
    assert_true(str_is(ingest_table_cell(&table, 1, 0), ""));
    assert_null(ingest_table_cell(&table, 0, -1).ptr);
    arena_deinit(&arena);
}

static void refuses_what_is_no_table(void **state)
{
    (void)state;
    is_refused("", "t.csv: is empty; wanted a line of column names");
    is_refused("a,b,A\n", "t.csv: line 1: columns 1 and 3 are both named \"A\"");
    is_refused("a,b\n1,2\n3\n",
               "t.csv: line 3: the row has another number of cells than the header");
    is_refused("a,b\n1,\"x\"y\n", "t.csv: line 2: the row has text behind a closing quote");
}

static void matches_wanted_columns(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct ingest_table table;
    struct gr_err err = {0};
    assert_int_equal(ingest_table_read_text(&arena, "t.csv", STR("b,a\n1,2\n"), &table, &err),
                     GR_OK);
    struct ingest_table_want good[] = {
        {"a", true,  0},
        {"b", true,  0},
        {"c", false, 0}
    };
    assert_int_equal(ingest_table_match(&table, good, 3, &err), GR_OK);
    assert_int_equal(good[0].column, 1);
    assert_int_equal(good[1].column, 0);
    assert_int_equal(good[2].column, -1);
    struct ingest_table_want missing[] = {
        {"a", true,  0},
        {"b", false, 0},
        {"d", true,  0}
    };
    assert_int_equal(ingest_table_match(&table, missing, 3, &err), GR_EDATA);
    assert_string_equal(err.text, "t.csv: the column d is missing");
    struct ingest_table_want unknown[] = {
        {"a", true,  0},
        {"c", false, 0}
    };
    assert_int_equal(ingest_table_match(&table, unknown, 2, &err), GR_EDATA);
    assert_string_equal(err.text, "t.csv: unknown column \"b\"; known: a, c");
    assert_int_equal(ingest_table_fail(&table, 0, 1, "is not a price", &err), GR_EDATA);
    assert_string_equal(err.text, "t.csv: line 2: column a: \"2\" is not a price");
    arena_deinit(&arena);
}

static void says_why_a_file_can_not_be_read(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct ingest_table table;
    struct gr_err err = {0};
    assert_int_equal(ingest_table_read(&arena, "no-such.csv", &table, &err), GR_ESTORE);
    assert_non_null(strstr(err.text, "no-such.csv: can't be opened"));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_trimmed_cells_with_their_lines),
        cmocka_unit_test(refuses_what_is_no_table),
        cmocka_unit_test(matches_wanted_columns),
        cmocka_unit_test(says_why_a_file_can_not_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
