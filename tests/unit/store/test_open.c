/* Opening: what is ours, what is not, who may write, and what a killed writer leaves. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

static int set_up(void **state)
{
    struct test_folder *folder = gr_alloc_zeroed(1, sizeof(*folder));
    folder_make(folder);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    struct test_folder *folder = *state;
    chmod(folder->path, 0700);
    folder_remove(folder);
    free(folder);
    return 0;
}

static const struct made_rows some_rows = {
    .seed = 5, .rows = 5000, .first = {20727}, .days = 31, .absent = true};

static void fill(const struct test_folder *folder)
{
    struct gr_err err = {0};
    struct store *store = NULL;
    struct batch_texts *texts = batch_texts_open();
    must(store_open(folder->store, STORE_WRITE, &store, &err));
    add_delivery(store, texts, "aws/1", &some_rows);
    store_close(store);
    batch_texts_close(texts);
}

static uint64_t stored_rows(const struct test_folder *folder, int64_t *snapshot)
{
    struct gr_err err = {0};
    struct store *store = NULL;
    struct arena arena = ARENA_EMPTY;
    struct store_delivery_list list;
    struct store_findings findings;
    uint64_t rows = 0;
    must(store_open(folder->store, STORE_READ, &store, &err));
    must(store_delivery_list(store, &arena, &list, &err));
    for (size_t i = 0; i < list.count; i++)
        rows += list.items[i].stored;
    must(store_snapshot(store, snapshot, &err));
    must(store_check(store, &arena, &findings, &err));
    assert_int_equal(findings.count, 0);
    store_close(store);
    arena_deinit(&arena);
    return rows;
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void refuses(const struct test_folder *folder, enum store_mode mode, enum gr_status status,
                    const char *text)
{
    struct gr_err err = {0};
    struct store *store = NULL;
    assert_int_equal(store_open(folder->store, mode, &store, &err), status);
    if (!strstr(err.text, text))
        fail_msg("\"%s\" does not say \"%s\"", err.text, text);
}

static void a_new_store_is_private_and_empty(void **state)
{
    const struct test_folder *folder = *state;
    struct gr_err err = {0};
    struct store *store = NULL;
    struct stat facts;
    int64_t snapshot = -1;
    must(store_open(folder->store, STORE_WRITE, &store, &err));
    store_close(store);
    assert_int_equal(stored_rows(folder, &snapshot), 0);
    assert_int_equal(snapshot, 0);
    assert_int_equal(stat(folder->store, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
}

static void reading_makes_no_store(void **state)
{
    const struct test_folder *folder = *state;
    refuses(folder, STORE_READ, GR_ESTORE, "No such file");
    assert_int_not_equal(access(folder->store, F_OK), 0);
}

static void refuses_the_store_of_another_program(void **state)
{
    const struct test_folder *folder = *state;
    execute(folder->store, "CREATE TABLE notes(text)");
    refuses(folder, STORE_READ, GR_ESTORE, "not a gpureport store");
    refuses(folder, STORE_WRITE, GR_ESTORE, "not a gpureport store");
}

static void refuses_a_file_that_is_no_database(void **state)
{
    const struct test_folder *folder = *state;
    FILE *file = fopen(folder->store, "w");
    for (int i = 0; i < 200; i++)
        fputs("BilledCost,EffectiveCost\n", file);
    fclose(file);
    refuses(folder, STORE_READ, GR_ESTORE, "not a gpureport store");
    refuses(folder, STORE_WRITE, GR_ESTORE, "not a gpureport store");
}

static void refuses_a_store_of_a_newer_version(void **state)
{
    const struct test_folder *folder = *state;
    fill(folder);
    execute(folder->store, "PRAGMA user_version=99");
    refuses(folder, STORE_READ, GR_ESTORE, "newer gpureport");
    refuses(folder, STORE_WRITE, GR_ESTORE, "newer gpureport");
}

static void a_second_writer_is_told_to_wait(void **state)
{
    const struct test_folder *folder = *state;
    struct gr_err err = {0};
    struct store *store = NULL;
    must(store_open(folder->store, STORE_WRITE, &store, &err));
    refuses(folder, STORE_WRITE, GR_EBUSY, "another run");
    store_close(store);
    must(store_open(folder->store, STORE_WRITE, &store, &err));
    store_close(store);
}

static void reading_works_in_a_folder_that_cannot_be_written(void **state)
{
    const struct test_folder *folder = *state;
    int64_t snapshot = 0;
    char lock[400];
    fill(folder);
    snprintf(lock, sizeof(lock), "%s-lock", folder->store);
    unlink(lock);
    chmod(folder->store, 0400);
    chmod(folder->path, 0500);
    assert_int_equal(stored_rows(folder, &snapshot), 5000);
    assert_int_equal(snapshot, 1);
    chmod(folder->path, 0700);
    assert_int_not_equal(access(lock, F_OK), 0);
}

/* Writes until it has touched the file itself, so that a journal lies there, then dies. */
static void write_and_die(const struct test_folder *folder)
{
    struct gr_err err = {0};
    struct store *store = NULL;
    struct arena arena = ARENA_EMPTY;
    struct batch_texts *texts = batch_texts_open();
    struct batch *batch = batch_open(DATASET_COST, texts);
    struct store_delivery delivery = {.dataset = DATASET_COST, .ingested = MOMENT_NONE};
    make_cost_rows(batch, &some_rows);
    must(store_open(folder->store, STORE_WRITE, &store, &err));
    must(store_begin(store, &err));
    must(store_delivery_remove(store, 1, DELIVERY_SUPERSEDED, &err));
    must(store_delivery_new(store, &delivery, &delivery.id, &err));
    must(store_append(store, delivery.id, batch, NULL, batch->rows, 1, &err));
    must(store_delivery_finish(store, &arena, &delivery, &err));
    sqlite3_db_cacheflush(store_sqlite(store)); /* the half transaction reaches the file */
    kill(getpid(), SIGKILL);
}

static void a_killed_writer_leaves_the_store_as_it_was(void **state)
{
    const struct test_folder *folder = *state;
    int64_t snapshot = 0;
    char journal[400];
    fill(folder);
    snprintf(journal, sizeof(journal), "%s-journal", folder->store);
    pid_t child = fork();
    if (child == 0) {
        write_and_die(folder);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(access(journal, F_OK), 0);
    assert_int_equal(stored_rows(folder, &snapshot), 5000);
    assert_int_equal(snapshot, 1);
    fill(folder); /* and it can be written again */
    assert_int_equal(stored_rows(folder, &snapshot), 10000);
    assert_int_equal(snapshot, 2);
}

static void check_finds_a_chunk_that_was_changed(void **state)
{
    const struct test_folder *folder = *state;
    struct gr_err err = {0};
    struct store *store = NULL;
    struct arena arena = ARENA_EMPTY;
    struct store_findings findings;
    fill(folder);
    execute(folder->store, "UPDATE delivery_money SET sum = '1' WHERE column = 'ListCost'");
    must(store_open(folder->store, STORE_READ, &store, &err));
    must(store_check(store, &arena, &findings, &err));
    assert_int_equal(findings.count, 1);
    assert_non_null(strstr(findings.items[0].ptr, "sums of the ledger"));
    store_close(store);
    execute(folder->store, "UPDATE chunk SET bytes = x'01' WHERE id & 4095 = 5");
    must(store_open(folder->store, STORE_READ, &store, &err));
    must(store_check(store, &arena, &findings, &err));
    assert_true(findings.count >= 2);
    store_close(store);
    arena_deinit(&arena);
}

/* One bit, in the last byte of each kind of packed bytes: it may well decode, to another figure. */
static void check_finds_a_flipped_bit(void **state)
{
    const struct test_folder *folder = *state;
    static const char *const tables[] = {"chunk", "presum", "text_block", "text_hash"};
    struct gr_err err = {0};
    struct arena arena = ARENA_EMPTY;
    fill(folder);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[400];
        struct store *store = NULL;
        struct store_findings findings;
        snprintf(
            sql, sizeof sql,
            "CREATE TABLE kept AS SELECT id, bytes FROM %s ORDER BY length(bytes) DESC LIMIT 1;"
            "UPDATE %s SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || "
            "CASE substr(bytes, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)"
            " WHERE id = (SELECT id FROM kept)",
            tables[i], tables[i]);
        execute(folder->store, sql);
        must(store_open(folder->store, STORE_READ, &store, &err));
        must(store_check(store, &arena, &findings, &err));
        assert_true(findings.count >= 1);
        assert_non_null(strstr(findings.items[0].ptr, tables[i]));
        assert_non_null(strstr(findings.items[0].ptr, "not those that were written"));
        store_close(store);
        snprintf(sql, sizeof sql,
                 "UPDATE %s SET bytes = (SELECT bytes FROM kept) WHERE id = (SELECT id FROM kept);"
                 "DROP TABLE kept",
                 tables[i]);
        execute(folder->store, sql);
        must(store_open(folder->store, STORE_READ, &store, &err));
        must(store_check(store, &arena, &findings, &err));
        assert_int_equal(findings.count, 0);
        store_close(store);
    }
    arena_deinit(&arena);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(a_new_store_is_private_and_empty),
        with_folder(reading_makes_no_store),
        with_folder(refuses_the_store_of_another_program),
        with_folder(refuses_a_file_that_is_no_database),
        with_folder(refuses_a_store_of_a_newer_version),
        with_folder(a_second_writer_is_told_to_wait),
        with_folder(reading_works_in_a_folder_that_cannot_be_written),
        with_folder(a_killed_writer_leaves_the_store_as_it_was),
        with_folder(check_finds_a_chunk_that_was_changed),
        with_folder(check_finds_a_flipped_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
