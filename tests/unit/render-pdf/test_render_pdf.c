/* The PDF renderer as a whole: documents in, files out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "render/pdf/pdf_internal.h"
#include "sample_doc.h"

struct rendered {
    enum gr_status status;
    struct gr_err err;
    char *bytes;
    size_t len;
    unsigned warnings;
    char last_warning[256];
};

static void keep_warning(void *context, const char *text)
{
    struct rendered *rendered = context;
    rendered->warnings++;
    snprintf(rendered->last_warning, sizeof rendered->last_warning, "%s", text);
}

static struct rendered render(const struct report_doc *doc, struct render_options options,
                              const char *const *font_folders)
{
    struct rendered rendered = {.status = GR_OK};
    FILE *out = open_memstream(&rendered.bytes, &rendered.len);
    assert_non_null(out);
    options.warn = keep_warning;
    options.warn_context = &rendered;
    rendered.status = pdf_render(doc, &options, font_folders, out, &rendered.err);
    fclose(out);
    return rendered;
}

static const struct render_options plain = {.gnuplot = ""};

static size_t occurrences(const struct rendered *rendered, const char *text)
{
    size_t count = 0, len = strlen(text);
    const char *at = rendered->bytes, *end = rendered->bytes + rendered->len;
    while ((at = memmem(at, (size_t)(end - at), text, len))) {
        count++;
        at += len;
    }
    return count;
}

static size_t page_count(const struct rendered *rendered)
{
    return occurrences(rendered, "/Type /Page\n");
}

/* What a reader can copy out of the file; NULL when pdftotext is not installed. Caller frees. */
static char *text_of(const struct rendered *rendered)
{
    char path[] = "/tmp/render-pdf-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, rendered->bytes, rendered->len), (ssize_t)rendered->len);
    close(file);
    char command[128];
    snprintf(command, sizeof command, "pdftotext -layout %s - 2>&1", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char *text = gr_alloc(1 << 20);
    size_t len = fread(text, 1, (1 << 20) - 1, pipe);
    text[len] = 0;
    int status = pclose(pipe);
    unlink(path);
    if (status == 0)
        return text;
    free(text);
    print_message("pdftotext is not installed: text not looked at\n");
    return NULL;
}

static bool gnuplot_is_installed(void)
{
    return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

static void draws_a_rich_document_that_reads_back(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct rendered rendered =
        render(sample_doc_rich(&arena), (struct render_options){.exact = false}, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_equal(page_count(&rendered), 5);
    assert_memory_equal(rendered.bytes, "%PDF-1.4", 8);
    assert_int_equal(occurrences(&rendered, "/S /Figure"), 4);
    assert_int_equal(occurrences(&rendered, "/Subtype /Image"), 0);
    char *text = text_of(&rendered);
    if (text) {
        assert_non_null(strstr(text, "Page 1 of 5"));
        assert_non_null(strstr(text, "Page 5 of 5"));
        assert_non_null(strstr(text, "snapshot 42"));
        assert_non_null(strstr(text, "661,204.18 USD"));
        assert_non_null(strstr(text, "824,114.01")); /* total of the teams */
        assert_non_null(strstr(text, "\xE2\x88\x92"
                                     "7,257.69"));
        assert_non_null(strstr(text, "研究团队"));
        assert_non_null(strstr(text, "платформа"));
        assert_non_null(strstr(text, "`touch x`"));
        assert_non_null(strstr(text, "\u05E6\u05D5\u05D5\u05EA")); /* Hebrew, in logical order */
        assert_non_null(strstr(text, "</svg><script>alert(1)</script>"));
        assert_non_null(strstr(text, "1940 more rows are not shown."));
        assert_non_null(strstr(text, "No anomalies in this period."));
        assert_null(strstr(text, "must not be seen"));
        assert_null(strchr(text, '\x1B'));
        free(text);
    }
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void gives_the_same_bytes_twice(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_doc_rich(&arena);
    struct rendered first = render(doc, (struct render_options){.exact = false}, NULL);
    setenv("TZ", "Asia/Kolkata", 1);
    struct rendered second = render(doc, (struct render_options){.exact = false}, NULL);
    unsetenv("TZ");
    assert_int_equal(first.status, GR_OK);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.bytes, second.bytes, first.len);
    free(first.bytes);
    free(second.bytes);
    arena_deinit(&arena);
}

static void runs_nothing_that_a_name_asks_for(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    assert_int_not_equal(access("x", F_OK), 0);
    assert_int_not_equal(access("/x", F_OK), 0);
    struct rendered rendered =
        render(sample_doc_rich(&arena), (struct render_options){.exact = false}, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_not_equal(access("x", F_OK), 0);
    assert_int_not_equal(access("/x", F_OK), 0);
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void draws_charts_itself_where_there_is_no_gnuplot(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_doc_chart(&arena, CHART_BARS, 5, 1);
    struct rendered rendered = render(doc, plain, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_equal(rendered.warnings, 1);
    assert_non_null(strstr(rendered.last_warning, "gnuplot was not found"));
    char *text = text_of(&rendered);
    if (text) {
        assert_non_null(strstr(text, "category 5"));
        free(text);
    }
    free(rendered.bytes);
    struct render_options missing = {.gnuplot = "/nowhere/gnuplot"};
    rendered = render(doc, missing, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_equal(rendered.warnings, 1);
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void says_what_to_install_where_there_is_no_font(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    const char *const nowhere[] = {"/nowhere/fonts", NULL};
    struct rendered rendered = render(sample_doc_table(&arena, 1), plain, nowhere);
    assert_int_equal(rendered.status, GR_ERENDER);
    assert_int_equal(rendered.len, 0);
    assert_non_null(strstr(rendered.err.text, "fonts-liberation2"));
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void makes_do_with_one_font(void **state)
{
    (void)state;
    if (access("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", R_OK))
        skip();
    struct arena arena = ARENA_EMPTY;
    const char *const only[] = {"/usr/share/fonts/truetype/dejavu", NULL};
    struct rendered rendered = render(sample_doc_rich(&arena), plain, only);
    assert_int_equal(rendered.status, GR_OK);
    /* Chinese and Japanese names are squares then, and that is said. */
    assert_non_null(strstr(rendered.last_warning, "white square"));
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void an_empty_document_is_one_page(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct rendered rendered = render(sample_doc_empty(&arena), plain, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_equal(page_count(&rendered), 1);
    free(rendered.bytes);
    static const struct report_doc nothing;
    rendered = render(&nothing, plain, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_int_equal(page_count(&rendered), 1);
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void a_table_of_any_length_keeps_its_total(void **state)
{
    (void)state;
    static const struct {
        size_t rows, pages;
    } cases[] = {
        {0,    1 },
        {1,    1 },
        {45,   1 },
        {60,   2 },
        {2000, 38}
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = ARENA_EMPTY;
        struct rendered rendered = render(sample_doc_table(&arena, cases[i].rows), plain, NULL);
        assert_int_equal(rendered.status, GR_OK);
        assert_int_equal(page_count(&rendered), cases[i].pages);
        char *text = text_of(&rendered);
        if (text) {
            assert_true(!strstr(text, "Total") == !cases[i].rows);
            assert_true(!strstr(text, "No cost lines") == (cases[i].rows > 0));
            free(text);
        }
        free(rendered.bytes);
        arena_deinit(&arena);
    }
}

/* The page that shows the total also shows the last row before it. */
static void a_total_never_stands_alone_on_a_page(void **state)
{
    (void)state;
    for (size_t rows = 48; rows < 56; rows++) {
        struct arena arena = ARENA_EMPTY;
        struct rendered rendered = render(sample_doc_table(&arena, rows), plain, NULL);
        assert_int_equal(rendered.status, GR_OK);
        char *text = text_of(&rendered);
        if (text) {
            char *last_page = text, *next;
            while ((next = strchr(last_page, '\f')) && next[1])
                last_page = next + 1;
            assert_non_null(strstr(last_page, "Total"));
            assert_non_null(strstr(last_page, "eu-central-1"));
            free(text);
        }
        free(rendered.bytes);
        arena_deinit(&arena);
    }
}

static void leaves_out_columns_that_have_no_room_and_says_so(void **state)
{
    (void)state;
    enum { COLUMNS = 24 };
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_doc_table(&arena, 1);
    struct report_table *table = doc->sections[0].items[0].table;
    struct report_column columns[COLUMNS];
    struct report_cell cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = table->columns[5];
        columns[i].title = arena_printf(&arena, "Amount%zu", i);
        columns[i].optional = i == 3;
        cells[i] = table->rows[0].cells[5];
        cells[i].amount.units = INT64_C(123456789012345);
    }
    table->columns = columns;
    table->column_count = COLUMNS;
    table->rows[0].cells = cells;
    table->row_count = 1;
    struct rendered rendered = render(doc, plain, NULL);
    assert_int_equal(rendered.status, GR_OK);
    char *text = text_of(&rendered);
    if (text) {
        assert_non_null(strstr(text, "No room on the page for: Amount3, Amount23"));
        assert_non_null(strstr(text, "1,234,567,890,123.45")); /* whole */
        assert_null(strstr(text, "1,234,567,890,123.4…"));
        free(text);
    }
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void warns_of_characters_it_can_not_show(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_doc_empty(&arena);
    doc->subtitle = STR("a rocket \xF0\x9F\x9A\x80");
    struct rendered rendered = render(doc, plain, NULL);
    assert_int_equal(rendered.status, GR_OK);
    assert_non_null(strstr(rendered.last_warning, "U+1F680"));
    free(rendered.bytes);
    arena_deinit(&arena);
}

static void charts_without_data_do_not_stop_a_report(void **state)
{
    (void)state;
    static const enum chart_kind kinds[] = {CHART_BARS, CHART_STACKED_COLUMNS, CHART_LINES,
                                            CHART_FAN};
    static const size_t sizes[][2] = {
        {0,   0 },
        {0,   3 },
        {3,   0 },
        {1,   1 },
        {1,   7 },
        {2,   1 },
        {400, 20}
    };
    bool installed = gnuplot_is_installed();
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct arena arena = ARENA_EMPTY;
            struct report_doc *doc = sample_doc_chart(&arena, kinds[k], sizes[i][0], sizes[i][1]);
            struct rendered rendered = render(doc, plain, NULL);
            assert_int_equal(rendered.status, GR_OK);
            free(rendered.bytes);
            if (installed) {
                rendered = render(doc, (struct render_options){.exact = false}, NULL);
                if (rendered.status)
                    fail_msg("%s", rendered.err.text);
                free(rendered.bytes);
            }
            arena_deinit(&arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_a_rich_document_that_reads_back),
        cmocka_unit_test(gives_the_same_bytes_twice),
        cmocka_unit_test(runs_nothing_that_a_name_asks_for),
        cmocka_unit_test(draws_charts_itself_where_there_is_no_gnuplot),
        cmocka_unit_test(says_what_to_install_where_there_is_no_font),
        cmocka_unit_test(makes_do_with_one_font),
        cmocka_unit_test(an_empty_document_is_one_page),
        cmocka_unit_test(a_table_of_any_length_keeps_its_total),
        cmocka_unit_test(a_total_never_stands_alone_on_a_page),
        cmocka_unit_test(leaves_out_columns_that_have_no_room_and_says_so),
        cmocka_unit_test(warns_of_characters_it_can_not_show),
        cmocka_unit_test(charts_without_data_do_not_stop_a_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
