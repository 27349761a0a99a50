/* Named and given statements over a store with a few rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"
#include "support.h"

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct sql *sql;
};

static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof *f);
    struct batch_texts *texts = batch_texts_open();
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    add_delivery(
        f->store, texts, "one",
        &(struct made_rows){.seed = 1, .rows = 200, .first = day_from_ymd(2026, 5, 1), .days = 31});
    batch_texts_close(texts);
    must(sql_open(f->store, &(struct sql_options){.simd = "auto"}, &f->sql, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store); /* the connection first: it calls into sql */
    sql_close(f->sql);
    folder_remove(&f->folder);
    free(f);
    return 0;
}

static void expect_refused(struct fixture *f, const char *text)
{
    struct gr_err err = {0};
    struct sql_query *query = NULL;
    enum gr_status status = sql_query_text(f->sql, "test", str_from(text), &query, &err);
    if (status != GR_EUSAGE)
        fail_msg("%s: status %d, %s", text, (int)status, err.text);
    assert_true(err.text[0] != '\0');
}

static void runs_statements_that_ask_for_rows_only(void **state)
{
    struct fixture *f = *state;
    const char *const bad[] = {
        "DELETE FROM delivery",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version = 7",
        "COMMIT",
        "BEGIN",
        "SELECT 1; SELECT 2",
        "",
        "-- nothing",
        "SELECT 1; DROP TABLE delivery",
        "CREATE TABLE x(a)",
        "SELECT FROM",
        "WITH a AS (SELECT 1) DELETE FROM delivery",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(f, bad[i]);
    const char *const good[] = {"SELECT 1", "select 1;", "  -- why\n\tSELECT 1 ; -- so",
                                "VALUES (1)",
                                "/* a */ WITH a AS (SELECT 1) SELECT * FROM a; /* b */"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct gr_err err = {0};
        struct sql_query *query;
        must(sql_query_text(f->sql, "test", str_from(good[i]), &query, &err));
        sql_query_close(query);
    }
}

static void knows_its_parameters_and_refuses_others(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct sql_query *query;
    must(sql_query_text(f->sql, "test", STR("SELECT :a AS a, :b + 1 AS b"), &query, &err));
    assert_true(sql_has_parameter(query, "a"));
    assert_false(sql_has_parameter(query, "c"));
    must(sql_bind(query, "a", STR("text"), &err));
    must(sql_bind_int(query, "b", 41, &err));
    bool row;
    must(sql_step(query, &row, &err));
    assert_true(row);
    assert_int_equal(sql_column_count(query), 2);
    assert_int_equal(sql_column_named(query, "b"), 1);
    assert_int_equal(sql_column_named(query, "c"), -1);
    assert_true(str_is(sql_column_text(query, 0), "text"));
    assert_int_equal(sql_column_int(query, 1), 42);
    must(sql_step(query, &row, &err));
    assert_false(row);
    sql_query_close(query);
    must(sql_query_text(f->sql, "test", STR("SELECT :a"), &query, &err));
    assert_int_equal(sql_bind(query, "c", STR("x"), &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, ":c"));
    sql_query_close(query);
}

static void reads_amounts_as_exact_decimals_or_says_which_column(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct sql_query *query;
    struct decimal amount;
    bool row;
    must(sql_query_text(f->sql, "test", STR("SELECT '0.1' AS good, 'ten' AS bad, NULL AS none"),
                        &query, &err));
    must(sql_step(query, &row, &err));
    must(sql_column_decimal(query, 0, &amount, &err));
    assert_int_equal(decimal_compare(amount, (struct decimal){.units = 1, .scale = 1}), 0);
    must(sql_column_decimal(query, 2, &amount, &err));
    assert_true(decimal_is_zero(amount));
    assert_int_equal(sql_column_decimal(query, 1, &amount, &err), GR_EDATA);
    assert_non_null(strstr(err.text, "bad"));
    sql_query_close(query);
}

static void names_the_query_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct sql_query *query;
    assert_int_equal(sql_query_named(f->sql, "no-such-query", &query, &err), GR_EUSAGE);
    assert_non_null(strstr(err.text, "no-such-query"));
    must(sql_query_named(f->sql, "by-dimension", &query, &err));
    sql_query_close(query);
}

static void tells_rollup_errors_in_the_words_of_rollup(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *text, *word;
    } cases[] = {
        {"SELECT * FROM rollup('teem', '2026-05-01', '2026-06-01')",                   "teem"   },
        {"SELECT * FROM rollup('team', '2026-05-01', 'soon')",                         "soon"   },
        {"SELECT * FROM rollup('team', '2026-05-01', '2026-06-01', '', 'net')",        "net"    },
        {"SELECT * FROM rollup('team', '2026-05-01', '2026-06-01', 'nothing')",        "nothing"},
        {"SELECT * FROM rollup('team', '2026-05-01', '2026-06-01', '', 'list', 'by')", "by"     },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gr_err err = {0};
        struct sql_query *query = NULL;
        bool row;
        enum gr_status status =
            sql_query_text(f->sql, "test", str_from(cases[i].text), &query, &err);
        if (!status)
            status = sql_step(query, &row, &err);
        sql_query_close(query);
        if (status != GR_EUSAGE || !strstr(err.text, cases[i].word))
            fail_msg("%s: %d, %s", cases[i].text, (int)status, err.text);
    }
}

static void sums_of_groups_are_the_sum_of_all(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct sql_query *query;
    bool row;
    must(sql_query_text(
        f->sql, "test",
        STR("WITH parts AS MATERIALIZED (SELECT currency, money_sum(cost) AS cost, sum(row_count) "
            "AS n FROM rollup('day,service', '2026-05-01', '2026-06-01') GROUP BY currency), "
            "whole AS MATERIALIZED (SELECT currency, cost, row_count AS n FROM "
            "rollup('', '2026-05-01', '2026-06-01')) SELECT count(*), "
            "sum(parts.cost = whole.cost COLLATE MONEY AND parts.n = whole.n), sum(whole.n) "
            "FROM parts JOIN whole USING (currency)"),
        &query, &err));
    must(sql_step(query, &row, &err));
    assert_true(sql_column_int(query, 0) > 0);
    assert_int_equal(sql_column_int(query, 0), sql_column_int(query, 1));
    assert_int_equal(sql_column_int(query, 2), 200);
    sql_query_close(query);
}

static void assert_ranked_as(struct fixture *f, const char *dimensions, const char *order)
{
    struct gr_err err = {0};
    struct sql_query *query;
    bool row;
    char text[1000];
    snprintf(text, sizeof text,
             "WITH ranked AS MATERIALIZED (SELECT *, row_number() OVER () AS came FROM (SELECT "
             "key1, key2, currency, rank FROM rollup('%s', '2026-05-01', '2026-06-01', '', "
             "'effective') ORDER BY rank)), plain AS MATERIALIZED (SELECT key1, key2, currency, "
             "row_number() OVER (ORDER BY %s cost COLLATE MONEY DESC, key1, key2, currency) AS n "
             "FROM rollup('%s', '2026-05-01', '2026-06-01', '', 'effective')) SELECT count(*), "
             "sum(rank = n AND came = n) FROM ranked JOIN plain USING (key1, key2, currency)",
             dimensions, order, dimensions);
    must(sql_query_text(f->sql, "test", str_from(text), &query, &err));
    must(sql_step(query, &row, &err));
    assert_true(sql_column_int(query, 0) > 10);
    assert_int_equal(sql_column_int(query, 0), sql_column_int(query, 1));
    sql_query_close(query);
}

static void rank_is_the_order_of_times_and_costs(void **state)
{
    struct fixture *f = *state;
    assert_ranked_as(f, "service,day", "key2,");
    assert_ranked_as(f, "week,day", "key1,");
    assert_ranked_as(f, "service,resource", "");
}

static void top_goes_with_costs_and_numbers(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *text, *word;
    } cases[] = {
        {"SELECT * FROM rollup('team', '2026-05-01', '2026-06-01', '', '', '', 'all')", "all"  },
        {"SELECT * FROM ai_rollup('team', '2026-05-01', '2026-06-01', '', '', '', 5)",  "costs"},
        {"SELECT * FROM rollup('team', '2026-05-01', '2026-06-01', '', '', '', -1)",    "-1"   },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gr_err err = {0};
        struct sql_query *query = NULL;
        bool row;
        must(sql_query_text(f->sql, "test", str_from(cases[i].text), &query, &err));
        assert_int_equal(sql_step(query, &row, &err), GR_EUSAGE);
        assert_non_null(strstr(err.text, cases[i].word));
        sql_query_close(query);
    }
}

static void names_currencies_of_whole_segments(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct sql_query *query;
    bool row;
    must(sql_query_text(f->sql, "test",
                        STR("SELECT count(*), sum(key1 = CASE currency WHEN '' THEN '(none)' ELSE "
                            "currency END), sum(row_count) FROM "
                            "rollup('currency', '1990-01-01', '2090-01-01')"),
                        &query, &err));
    must(sql_step(query, &row, &err));
    assert_true(sql_column_int(query, 0) > 0);
    assert_int_equal(sql_column_int(query, 0), sql_column_int(query, 1));
    assert_int_equal(sql_column_int(query, 2), 200);
    sql_query_close(query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_statements_that_ask_for_rows_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_its_parameters_and_refuses_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_amounts_as_exact_decimals_or_says_which_column,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_the_query_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_rollup_errors_in_the_words_of_rollup, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sums_of_groups_are_the_sum_of_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_currencies_of_whole_segments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rank_is_the_order_of_times_and_costs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(top_goes_with_costs_and_numbers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
