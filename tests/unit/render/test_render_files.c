/* What the XLSX and HTML outputs make of documents written by hand, and what holds for every
 * output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "render/renderer.h"
#include "rendered.h"
#include "sample_doc.h"
#include "unzip.h"

static const char *const sample_names[] = {"ad-hoc", "two-currencies", "hostile", "report"};
enum { SAMPLE_COUNT = sizeof sample_names / sizeof sample_names[0] };

/* Charts without gnuplot: the same on every machine. */
static const struct render_options plain_options = {.gnuplot = ""};

static char *part_of(struct report_doc *doc, const char *name)
{
    size_t len = 0;
    char *book = rendered(&renderer_xlsx, doc, &plain_options, &len);
    char *part = unzip_member((struct str){book, len}, name);
    free(book);
    assert_non_null(part);
    return part;
}

/* A part of the workbook made of a sample holds all these texts; the list ends with NULL. */
static void assert_part_holds(const char *sample, const char *name, const char *const *texts)
{
    struct arena arena = ARENA_EMPTY;
    char *part = part_of(sample_named(&arena, sample), name);
    for (; *texts; texts++)
        if (!strstr(part, *texts))
            fail_msg("%s of %s lacks %s:\n%.3000s", name, sample, *texts, part);
    free(part);
    arena_deinit(&arena);
}

#define assert_part(sample, name, ...)                                                             \
    assert_part_holds(sample, name, (const char *const[]){__VA_ARGS__, NULL})

static void a_total_of_one_currency_is_a_subtotal_with_its_value(void **state)
{
    (void)state;
    assert_part("ad-hoc", "xl/worksheets/sheet1.xml",
                "<f>SUBTOTAL(109,groups[cost])</f><v>275742.5134</v>",
                "<f>SUBTOTAL(109,groups[records])</f><v>12802</v>", "state=\"frozen\"");
    assert_part("ad-hoc", "xl/tables/table1.xml", "displayName=\"groups\" ref=\"A1:D4\"",
                "<autoFilter ref=\"A1:D4\"/>");
    assert_part("hostile", "xl/worksheets/sheet1.xml", "<f>SUBTOTAL(109,C2:C23)</f><v>26.25</v>");
}

static void totals_of_two_currencies_are_summed_apart(void **state)
{
    (void)state;
    assert_part("two-currencies", "xl/worksheets/sheet1.xml",
                "<f>SUMIFS(E$2:E$5,D$2:D$5,D6)</f><v>15237.385</v>",
                "<f>SUMIFS(E$2:E$5,D$2:D$5,D7)</f><v>1200500.5</v>",
                /* 2026-10-01 as a date */ "<v>46296</v>");
}

static void a_total_that_is_not_the_sum_of_the_rows_is_a_plain_number(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "ad-hoc");
    struct report_table *groups = doc->sections[0].items[0].table;
    groups->rows[0].cells[2].amount.units += 1;
    char *part = part_of(doc, "xl/worksheets/sheet1.xml");
    assert_null(strstr(part, "groups[cost]"));
    assert_non_null(strstr(part, "groups[records]"));
    assert_non_null(strstr(part, "<v>275742.5134</v>"));
    free(part);
    arena_deinit(&arena);
}

static void hostile_text_stays_text_in_a_workbook(void **state)
{
    (void)state;
    assert_part("hostile", "xl/sharedStrings.xml", "<t>=HYPERLINK(\"http://x\",\"y\")</t>",
                "<t>_x001B_[31mred_x001B_[0m</t>", "<t>_x005F_x0041_</t>",
                "&lt;/svg&gt;&lt;script&gt;", "<t>nul \uFFFD end</t>",
                "<t>bad \uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD</t>");
    assert_part("hostile", "xl/workbook.xml", "<sheet name=\"Te am &lt;i&gt;\"");
    struct arena arena = ARENA_EMPTY;
    char *part = part_of(sample_named(&arena, "hostile"), "xl/worksheets/sheet1.xml");
    const char *formula = strstr(part, "<f>");
    assert_non_null(formula); /* the total is the only one */
    assert_null(strstr(formula + 1, "<f>"));
    free(part);
    arena_deinit(&arena);
}

static void text_over_the_cell_limit_is_cut_with_a_mark(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "ad-hoc");
    char *text = arena_alloc(&arena, 40001);
    memset(text, 'x', 40000);
    doc->sections[0].items[0].table->rows[0].cells[0].text = (struct str){text, 40000};
    char *part = part_of(doc, "xl/sharedStrings.xml");
    const char *start = strstr(part, "xxx");
    const char *end = strstr(part, "\u2026 [cut]</t>");
    assert_non_null(start);
    assert_non_null(end);
    assert_int_equal(end - start, 32767 - 7);
    free(part);
    arena_deinit(&arena);
}

static void names_of_sheets_and_tables_are_legal_and_differ(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "report");
    struct report_item *items = doc->sections[1].items;
    items[0].table->title = STR("History");
    items[1].table->title = STR("'A title that is longer than a sheet's name'");
    items[2].table->title = STR("'A TITLE that is longer than a sheet's name'");
    items[0].table->id = STR("ab12");
    items[1].table->id = STR("AB12");
    char *part = part_of(doc, "xl/workbook.xml");
    assert_non_null(strstr(part, "<sheet name=\"Summary\""));
    assert_non_null(strstr(part, "<sheet name=\"History_\""));
    assert_non_null(strstr(part, "<sheet name=\"A title that is longer than a \u2026\""));
    assert_non_null(strstr(part, "<sheet name=\"A TITLE that is longer than \u2026 2\""));
    assert_non_null(strstr(part, "<sheet name=\"Chart data\""));
    free(part);
    part = part_of(doc, "xl/tables/table1.xml");
    assert_non_null(strstr(part, "displayName=\"ab12_table\""));
    free(part);
    part = part_of(doc, "xl/tables/table2.xml");
    assert_non_null(strstr(part, "displayName=\"AB12_table_2\""));
    free(part);
    arena_deinit(&arena);
}

static void charts_have_their_data_on_a_sheet_and_never_nan(void **state)
{
    (void)state;
    assert_part("report", "xl/charts/chart1.xml", "<c:barDir val=\"bar\"/>",
                "'Chart data'!$D$2:$D$4", "<a:t> =ml-training leads</a:t>");
    assert_part("report", "xl/charts/chart2.xml", "<c:grouping val=\"stacked\"/>");
    assert_part("report", "xl/charts/chart4.xml", "<c:lineChart>", "<c:v>budget</c:v>");
    static const char *const parts[] = {"xl/worksheets/sheet5.xml", "xl/charts/chart1.xml",
                                        "xl/charts/chart4.xml"};
    struct arena arena = ARENA_EMPTY;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *part = part_of(sample_named(&arena, "report"), parts[i]);
        assert_null(strcasestr(part, ">nan"));
        free(part);
    }
    arena_deinit(&arena);
}

/* What XML 1.0 has no way to write, whatever the escape. */
static void assert_no_control_bytes(struct str book, const char *name)
{
    char *part = unzip_member(book, name);
    assert_non_null(part);
    for (const char *c = part; *c; c++)
        if ((unsigned char)*c < ' ' && !strchr("\t\n\r", *c))
            fail_msg("%s holds the byte %d", name, *c);
    assert_null(strstr(part, "\xEF\xBF\xBE"));
    free(part);
}

static void charts_have_no_control_characters(void **state)
{
    (void)state;
    static const char hostile[] = "\x1b[31m\x07 \x0b\x01 \xff \xEF\xBF\xBE <&\"";
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "report");
    for (size_t s = 0; s < doc->section_count; s++)
        for (size_t i = 0; i < doc->sections[s].item_count; i++) {
            struct report_chart *chart = doc->sections[s].items[i].chart;
            if (!chart)
                continue;
            chart->title = chart->unit = chart->alt = STR(hostile);
            chart->x_is_day = false;
            for (size_t x = 0; x < chart->x_count; x++)
                chart->x[x] = STR(hostile);
            for (size_t k = 0; k < chart->series_count; k++)
                chart->series[k].name = STR(hostile);
        }
    size_t len = 0;
    char *book = rendered(&renderer_xlsx, doc, &plain_options, &len);
    static const char *const parts[] = {"xl/charts/chart1.xml", "xl/charts/chart4.xml",
                                        "xl/drawings/drawing1.xml", "xl/sharedStrings.xml"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_no_control_bytes((struct str){book, len}, parts[i]);
    free(book);
    arena_deinit(&arena);
}

static void a_workbook_is_dated_by_its_document(void **state)
{
    (void)state;
    assert_part("ad-hoc", "docProps/core.xml", "<dc:title>Spend by team</dc:title>",
                ">2026-10-31T00:00:00Z</dcterms:created>", "<dc:creator>gpureport 0.1.0<");
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "ad-hoc");
    doc->as_of = day_from_ymd(1970, 1, 1); /* time 0 would mean "now" to the library */
    char *part = part_of(doc, "docProps/core.xml");
    assert_non_null(strstr(part, ">1970-01-01T"));
    free(part);
    arena_deinit(&arena);
}

static void html_is_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT - 1; i++) { /* charts are tested where they are made */
        struct arena arena = ARENA_EMPTY;
        size_t len = 0;
        char *page =
            rendered(&renderer_html, sample_named(&arena, sample_names[i]), &plain_options, &len);
        const char *body = strstr(page, "<body>"); /* the style sheet may change */
        assert_non_null(body);
        char name[100];
        snprintf(name, sizeof name, "%s.html", sample_names[i]);
        assert_expected(name, body, len - (size_t)(body - page));
        free(page);
        arena_deinit(&arena);
    }
}

static void html_has_no_script_and_no_outside_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct arena arena = ARENA_EMPTY;
        size_t len = 0;
        char *page =
            rendered(&renderer_html, sample_named(&arena, sample_names[i]), &plain_options, &len);
        assert_null(strcasestr(page, "<script"));
        assert_null(strcasestr(page, "src="));
        assert_null(strcasestr(page, "href="));
        assert_null(strcasestr(page, "url("));
        assert_true(str_is_utf8((struct str){page, len}));
        free(page);
        arena_deinit(&arena);
    }
}

static void report_html_shows_its_charts_and_figures(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    size_t len = 0;
    char *page = rendered(&renderer_html, sample_named(&arena, "report"), &plain_options, &len);
    size_t svgs = 0;
    for (const char *at = page; (at = strstr(at, "<div role=\"img\"")) != NULL; at++)
        svgs += strncmp(strchr(at, '>'), "><svg", 5) == 0;
    assert_int_equal(svgs, 4);
    assert_non_null(strstr(page, "<dd class=\"value\">~7,900,000.00 EUR</dd>"));
    assert_non_null(strstr(page, "No anomalies in October."));
    free(page);
    arena_deinit(&arena);
}

static void render_all(struct str *outputs, size_t count, const struct renderer *const *list)
{
    for (size_t i = 0; i < count * SAMPLE_COUNT; i++) {
        struct arena arena = ARENA_EMPTY;
        struct report_doc *doc = sample_named(&arena, sample_names[i % SAMPLE_COUNT]);
        size_t len = 0;
        outputs[i].ptr = rendered(list[i / SAMPLE_COUNT], doc, &plain_options, &len);
        outputs[i].len = len;
        arena_deinit(&arena);
    }
}

static void every_output_is_the_same_in_another_zone_language_and_second(void **state)
{
    (void)state;
    enum { OUTPUTS_MAX = 64 };
    struct str first[OUTPUTS_MAX];
    struct str second[OUTPUTS_MAX];
    size_t count;
    const struct renderer *const *list = renderers(&count);
    assert_true(count * SAMPLE_COUNT <= OUTPUTS_MAX);
    render_all(first, count, list);
    struct timespec wait = {.tv_sec = 1, .tv_nsec = 100000000};
    nanosleep(&wait, NULL);
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    setenv("LC_ALL", "de_DE.UTF-8", 1); /* nothing of ours may turn to it */
    render_all(second, count, list);
    unsetenv("LC_ALL");
    unsetenv("TZ");
    tzset();
    for (size_t i = 0; i < count * SAMPLE_COUNT; i++) {
        if (!str_equal(first[i], second[i]))
            print_error("%s differs for %s\n", list[i / SAMPLE_COUNT]->name,
                        sample_names[i % SAMPLE_COUNT]);
        assert_true(str_equal(first[i], second[i]));
        free((char *)(uintptr_t)first[i].ptr);
        free((char *)(uintptr_t)second[i].ptr);
    }
}

/* The total of a currency, to the minor unit for people and exactly for machines. */
static void every_output_shows_the_same_amounts(void **state)
{
    (void)state;
    static const struct {
        const struct renderer *renderer;
        const char *amount;
    } shown[] = {
        {&renderer_table, "212,408.11" },
        {&renderer_html,  "212,408.11" },
        {&renderer_csv,   "212408.1134"},
        {&renderer_tsv,   "212408.1134"},
        {&renderer_json,  "212408.1134"}
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        struct arena arena = ARENA_EMPTY;
        size_t len = 0;
        char *text =
            rendered(shown[i].renderer, sample_named(&arena, "report"), &plain_options, &len);
        assert_non_null(strstr(text, shown[i].amount));
        free(text);
        arena_deinit(&arena);
    }
    assert_part("report", "xl/worksheets/sheet2.xml", "<v>212408.1134</v>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_of_one_currency_is_a_subtotal_with_its_value),
        cmocka_unit_test(totals_of_two_currencies_are_summed_apart),
        cmocka_unit_test(a_total_that_is_not_the_sum_of_the_rows_is_a_plain_number),
        cmocka_unit_test(hostile_text_stays_text_in_a_workbook),
        cmocka_unit_test(text_over_the_cell_limit_is_cut_with_a_mark),
        cmocka_unit_test(names_of_sheets_and_tables_are_legal_and_differ),
        cmocka_unit_test(charts_have_their_data_on_a_sheet_and_never_nan),
        cmocka_unit_test(charts_have_no_control_characters),
        cmocka_unit_test(a_workbook_is_dated_by_its_document),
        cmocka_unit_test(html_is_as_expected),
        cmocka_unit_test(html_has_no_script_and_no_outside_address),
        cmocka_unit_test(report_html_shows_its_charts_and_figures),
        cmocka_unit_test(every_output_is_the_same_in_another_zone_language_and_second),
        cmocka_unit_test(every_output_shows_the_same_amounts),
    };
    return cmocka_run_group_tests_name("render_files", tests, NULL, NULL);
}
