/* ini_read: entries, their lines, and what is refused. */
#include <string.h>

#include "base/ini.h"
#include "unit.h"

static struct arena arena;
static struct ini_file file;
static struct gr_err err;

static enum gr_status read(const char *text)
{
    err = (struct gr_err){0};
    return ini_read(&arena, str_from(text), "f.ini", &file, &err);
}

static void assert_entry(size_t at, const char *section, const char *key, const char *value,
                         long line)
{
    assert_true(at < file.count);
    const struct ini_entry *entry = &file.entries[at];
    assert_true(str_is(entry->section, section));
    assert_int_equal(entry->line, line);
    if (!key) {
        assert_null(entry->key.ptr);
        return;
    }
    assert_true(str_is(entry->key, key));
    assert_true(str_is(entry->value, value));
}

static void sections_and_keys_come_in_order_with_their_lines(void **state)
{
    (void)state;
    assert_int_equal(read("\xEF\xBB\xBF; head\r\n[a b]\r\n  x = 1 ; why\n\n[empty]\n[a b]\ny: two "
                          "words\nx =\n"),
                     GR_OK);
    assert_int_equal(file.count, 6);
    assert_entry(0, "a b", NULL, NULL, 2);
    assert_entry(1, "a b", "x", "1", 3);
    assert_entry(2, "empty", NULL, NULL, 5);
    assert_entry(3, "a b", NULL, NULL, 6);
    assert_entry(4, "a b", "y", "two words", 7);
    assert_entry(5, "a b", "x", "", 8);
}

static void an_indented_line_is_a_line_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(read("[a]\nx = 1\n    y = 2\n"), GR_OK);
    assert_entry(2, "a", "y", "2", 3);
}

static void nothing_is_an_empty_list(void **state)
{
    (void)state;
    assert_int_equal(read(""), GR_OK);
    assert_int_equal(file.count, 0);
}

static void assert_refused(const char *text, const char *why)
{
    assert_int_equal(read(text), GR_EUSAGE);
    assert_non_null(strstr(err.text, why));
}

static void what_is_wrong_is_named_by_its_line(void **state)
{
    (void)state;
    char text[400];
    assert_refused("[a]\nx = 1\nno sense\n", "f.ini:3: neither");
    assert_refused("x = 1\n", "f.ini:1: x stands before any [section]");
    assert_refused("[a]\n[open\n", "f.ini:2: a section's name has no closing ]");
    assert_refused("[a]\nx = \xff\n", "not a text in UTF-8");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "[a]\nk = ", 8);
    assert_refused(text, "f.ini:2: a line has at most");
    memcpy(text, "[", 1);
    text[60] = ']';
    text[4] = 'y';
    text[3] = 'y';
    text[2] = 'y';
    assert_refused(text, "f.ini:1: a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_and_keys_come_in_order_with_their_lines),
        cmocka_unit_test(an_indented_line_is_a_line_of_its_own),
        cmocka_unit_test(nothing_is_an_empty_list),
        cmocka_unit_test(what_is_wrong_is_named_by_its_line),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
