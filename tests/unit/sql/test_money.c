/* Money functions of SQL on an empty database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "sql/money_functions.h"

static sqlite3 *database;

static int open_database(void **state)
{
    (void)state;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK)
        return -1;
    return money_functions_register(database) == SQLITE_OK ? 0 : -1;
}

static int close_database(void **state)
{
    (void)state;
    return sqlite3_close(database) == SQLITE_OK ? 0 : -1;
}

/* The first column of the only row; "NULL" for NULL, "error: ..." for a failure. */
static const char *ask(const char *sql)
{
    static char answer[512];
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    int code = sqlite3_step(statement);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (code != SQLITE_ROW)
        snprintf(answer, sizeof answer, "error: %s", sqlite3_errmsg(database));
    else
        snprintf(answer, sizeof answer, "%s", text ? text : "NULL");
    sqlite3_finalize(statement);
    return answer;
}

static void expect(const char *sql, const char *wanted)
{
    const char *found = ask(sql);
    if (strcmp(found, wanted) != 0)
        fail_msg("%s gives %s, wanted %s", sql, found, wanted);
}

static void adds_subtracts_and_multiplies_exactly(void **state)
{
    (void)state;
    expect("SELECT money_add('0.1', '0.2') = '0.3'", "1");
    expect("SELECT money_sub('0.3', '0.1') = '0.2'", "1");
    expect("SELECT money_mul('1.1', '1.1') = '1.21'", "1");
    expect("SELECT money_add('99999999999999999999.01', '0.99') COLLATE MONEY = '1e20'", "1");
    expect("SELECT money_add('1E-10', '1') = '1.0000000001'", "1");
    expect("SELECT money_sum(x) = '2.4' FROM (SELECT '1.1' x UNION ALL SELECT '1.3')", "1");
}

static void takes_null_as_unknown_and_leaves_it_out_of_sums(void **state)
{
    (void)state;
    expect("SELECT money_add(NULL, '1')", "NULL");
    expect("SELECT money_mul('1', NULL)", "NULL");
    expect("SELECT money_round(NULL, 'USD')", "NULL");
    expect("SELECT money_sign(NULL)", "NULL");
    expect("SELECT money_ratio('1', NULL)", "NULL");
    expect("SELECT money_sum(x) = '1' FROM (SELECT '1' x UNION ALL SELECT NULL)", "1");
}

static void makes_an_error_of_text_that_is_no_decimal(void **state)
{
    (void)state;
    const char *const bad[] = {"SELECT money_add('1,20', '1')", "SELECT money_add('', '1')",
                               "SELECT money_sub('NaN', '1')",  "SELECT money_sign('inf')",
                               "SELECT money_mul('1e40', '1')", "SELECT money_round('x', 'USD')",
                               "SELECT money_sum('ten')",       "SELECT money_div('1', 'x', 2)"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strncmp(ask(bad[i]), "error: ", 7) != 0)
            fail_msg("%s gives %s", bad[i], ask(bad[i]));
}

static void never_wraps(void **state)
{
    (void)state;
    const char *const large[] = {
        "SELECT money_add('99999999999999999999999999999999999999', "
        "'99999999999999999999999999999999999999')",
        "SELECT money_mul('99999999999999999999', '99999999999999999999')",
        "SELECT money_sum(x) FROM (SELECT '90000000000000000000000000000000000000' x UNION ALL "
        "SELECT '90000000000000000000000000000000000000')",
    };
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        if (strncmp(ask(large[i]), "error: ", 7) != 0)
            fail_msg("%s gives %s", large[i], ask(large[i]));
}

static void rounds_half_to_even_at_the_minor_unit(void **state)
{
    (void)state;
    expect("SELECT money_round('2.345', 'USD')", "2.34");
    expect("SELECT money_round('2.355', 'USD')", "2.36");
    expect("SELECT money_round('2.3450000001', 'USD')", "2.35");
    expect("SELECT money_round('-2.345', 'EUR')", "-2.34");
    expect("SELECT money_round('2.5', 'JPY')", "2");
    expect("SELECT money_round('3.5', 'JPY')", "4");
    expect("SELECT money_round('1.2345', 'KWD')", "1.234");
    expect("SELECT money_div('10', '3', 6)", "3.333333");
    expect("SELECT money_div('5', '0', 6)", "NULL");
    expect("SELECT money_ratio('5', '0')", "NULL");
}

static void orders_and_groups_by_value(void **state)
{
    (void)state;
    expect("SELECT group_concat(x) FROM (SELECT column1 x FROM (VALUES ('10'), ('9.5'), ('-3'), "
           "('1E1'), ('0')) ORDER BY column1 COLLATE MONEY, column1)",
           "-3,0,9.5,10,1E1");
    expect("SELECT count(DISTINCT x COLLATE MONEY) FROM (SELECT '1' x UNION ALL SELECT '1.00')",
           "1");
    expect("SELECT max(x COLLATE MONEY) FROM (SELECT '9' x UNION ALL SELECT '10')", "10");
}

static void slides_as_a_window(void **state)
{
    (void)state;
    expect(
        "SELECT group_concat(s, ' ') FROM (SELECT money_sum(x) OVER (ORDER BY n ROWS BETWEEN 1 "
        "PRECEDING AND CURRENT ROW) s FROM (SELECT column1 n, column2 x FROM (VALUES (1, '0.1'), "
        "(2, '0.2'), (3, NULL), (4, '0.4'))))",
        "0.1 0.3 0.2 0.4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_subtracts_and_multiplies_exactly),
        cmocka_unit_test(takes_null_as_unknown_and_leaves_it_out_of_sums),
        cmocka_unit_test(makes_an_error_of_text_that_is_no_decimal),
        cmocka_unit_test(never_wraps),
        cmocka_unit_test(rounds_half_to_even_at_the_minor_unit),
        cmocka_unit_test(orders_and_groups_by_value),
        cmocka_unit_test(slides_as_a_window),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}
