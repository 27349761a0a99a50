/* file: whole or not at all. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

static char folder[] = "/tmp/gr-test-file-XXXXXX";
static char target[sizeof folder + 20];

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (!mkdtemp(folder))
        return -1;
    snprintf(target, sizeof target, "%s/report.csv", folder);
    return 0;
}

/* Names in the folder, and gone they are. */
static int empty_folder(void)
{
    int names = 0;
    DIR *listing = opendir(folder);
    if (!listing)
        return -1;
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        unlinkat(dirfd(listing), entry->d_name, 0);
        names++;
    }
    closedir(listing);
    return names;
}

static int remove_folder(void **state)
{
    (void)state;
    empty_folder();
    return rmdir(folder);
}

static void expect_content(const char *wanted)
{
    struct strbuf buf;
    struct gr_err err = {0};
    strbuf_init(&buf, 1000);
    if (file_read(target, &buf, &err) != GR_OK)
        fail_msg("%s", err.text);
    assert_string_equal(strbuf_cstr(&buf), wanted);
    strbuf_deinit(&buf);
}

static void write_target(const char *content)
{
    struct file_replace file;
    struct gr_err err = {0};
    assert_int_equal(file_replace_open(&file, target, &err), GR_OK);
    fputs(content, file.stream);
    if (file_replace_commit(&file, &err) != GR_OK)
        fail_msg("%s", err.text);
}

static void a_committed_file_is_there_and_private(void **state)
{
    (void)state;
    write_target("one\n");
    expect_content("one\n");
    write_target("two\n");
    expect_content("two\n");
    struct stat info;
    assert_int_equal(stat(target, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(empty_folder(), 1);
}

static void until_commit_the_old_file_stands(void **state)
{
    (void)state;
    write_target("old");
    struct file_replace file;
    struct gr_err err = {0};
    assert_int_equal(file_replace_open(&file, target, &err), GR_OK);
    fputs("new", file.stream);
    fflush(file.stream);
    expect_content("old");
    file_replace_abandon(&file);
    file_replace_abandon(&file); /* idempotent */
    expect_content("old");
    assert_int_equal(empty_folder(), 1);
}

static void a_write_that_failed_is_seen_at_commit(void **state)
{
    (void)state;
    write_target("old");
    struct file_replace file;
    struct gr_err err = {0};
    assert_int_equal(file_replace_open(&file, target, &err), GR_OK);
    fclose(file.stream);
    file.stream = fopen("/dev/full", "w");
    assert_non_null(file.stream);
    fputs("new", file.stream);
    assert_int_equal(file_replace_commit(&file, &err), GR_ESTORE);
    assert_true(strstr(err.text, target) != NULL);
    assert_true(strstr(err.text, "No space left") != NULL);
    expect_content("old");
    assert_int_equal(empty_folder(), 1);
}

static void a_failed_rename_leaves_nothing_behind(void **state)
{
    (void)state;
    struct file_replace file;
    struct gr_err err = {0};
    assert_int_equal(mkdir(target, 0700), 0); /* a folder is in the way */
    assert_int_equal(file_replace_open(&file, target, &err), GR_OK);
    fputs("new", file.stream);
    assert_int_equal(file_replace_commit(&file, &err), GR_ESTORE);
    assert_int_equal(rmdir(target), 0);
    assert_int_equal(empty_folder(), 0);
}

static void abandoning_all_removes_every_open_file(void **state)
{
    (void)state;
    struct file_replace files[20];
    struct gr_err err = {0};
    for (int i = 0; i < 20; i++)
        assert_int_equal(file_replace_open(&files[i], target, &err), GR_OK);
    file_replace_abandon(&files[3]);
    file_replace_abandon_all();
    assert_int_equal(empty_folder(), 0);
    assert_int_equal(file_replace_commit(&files[7], &err), GR_ESTORE);
    for (int i = 0; i < 20; i++)
        file_replace_abandon(&files[i]);
    file_replace_abandon_all();
}

static void says_which_folder_is_missing(void **state)
{
    (void)state;
    struct file_replace file;
    struct gr_err err = {0};
    char path[sizeof folder + 20];
    snprintf(path, sizeof path, "%s/none/x.csv", folder);
    assert_int_equal(file_replace_open(&file, path, &err), GR_ESTORE);
    assert_true(strstr(err.text, path) != NULL);
    assert_true(strstr(err.text, "No such file") != NULL);
    file_replace_abandon(&file);
}

static void a_long_name_still_gets_a_temporary_one(void **state)
{
    (void)state;
    char path[sizeof folder + 256];
    memset(path, 'n', sizeof path);
    memcpy(path, folder, sizeof folder - 1);
    path[sizeof folder - 1] = '/';
    path[sizeof folder + 255] = '\0';
    struct file_replace file;
    struct gr_err err = {0};
    assert_int_equal(file_replace_open(&file, path, &err), GR_OK);
    assert_int_equal(file_replace_commit(&file, &err), GR_OK);
    assert_int_equal(empty_folder(), 1);
}

static void reading_says_what_went_wrong(void **state)
{
    (void)state;
    struct strbuf buf;
    struct gr_err err = {0};
    strbuf_init(&buf, 10);
    assert_int_equal(file_read("/nonexistent/file", &buf, &err), GR_ESTORE);
    assert_string_equal(err.text, "can't read /nonexistent/file: No such file or directory");
    assert_int_equal(file_read(folder, &buf, &err), GR_ESTORE);
    write_target("12345678901");
    assert_int_equal(file_read(target, &buf, &err), GR_ESTORE);
    assert_true(strstr(err.text, "more than 10 bytes") != NULL);
    strbuf_deinit(&buf);
    empty_folder();
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_committed_file_is_there_and_private),
        IN_A_FOLDER(until_commit_the_old_file_stands),
        IN_A_FOLDER(a_write_that_failed_is_seen_at_commit),
        IN_A_FOLDER(a_failed_rename_leaves_nothing_behind),
        IN_A_FOLDER(abandoning_all_removes_every_open_file),
        IN_A_FOLDER(says_which_folder_is_missing),
        IN_A_FOLDER(a_long_name_still_gets_a_temporary_one),
        IN_A_FOLDER(reading_says_what_went_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
