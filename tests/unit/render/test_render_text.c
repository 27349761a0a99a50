/* What the terminal, CSV, TSV and JSON outputs make of documents written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/renderer.h"
#include "render/terminal/glyphs.h"
#include "rendered.h"
#include "sample_doc.h"

static const char *const sample_names[] = {"ad-hoc", "two-currencies", "hostile", "report"};
enum { SAMPLE_COUNT = sizeof sample_names / sizeof sample_names[0] };

/* Renders one sample and compares it with expected/<sample>-<label><suffix>. */
static void check(const struct renderer *renderer, const char *sample, const char *label,
                  const struct render_options *options)
{
    struct arena arena = ARENA_EMPTY;
    size_t len = 0;
    char *bytes = rendered(renderer, sample_named(&arena, sample), options, &len);
    char name[200];
    snprintf(name, sizeof name, "%s%s%s", sample, label, renderer->suffix);
    assert_expected(name, bytes, len);
    free(bytes);
    arena_deinit(&arena);
}

static void check_all(const struct renderer *renderer, const char *label,
                      const struct render_options *options)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        check(renderer, sample_names[i], label, options);
}

static void terminal_shows_each_sample_as_expected(void **state)
{
    (void)state;
    static const unsigned widths[] = {0, 40, 80, 120};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char label[20];
        snprintf(label, sizeof label, "-%u", widths[i]);
        check_all(&renderer_table, label, &(struct render_options){.width = widths[i]});
    }
}

static void terminal_uses_colour_ascii_and_every_digit_when_asked(void **state)
{
    (void)state;
    check(&renderer_table, "ad-hoc", "-color",
          &(struct render_options){.width = 80, .color = RENDER_COLOR_ALWAYS});
    check(&renderer_table, "hostile", "-ascii",
          &(struct render_options){.width = 80, .ascii = true});
    check(&renderer_table, "two-currencies", "-exact", &(struct render_options){.exact = true});
}

/* No line is wider, no byte starts an escape sequence, ASCII means ASCII. */
static void check_lines(struct str text, size_t width, bool ascii)
{
    while (text.len) {
        struct str line = str_cut(&text, '\n');
        assert_true(glyphs_width(line) <= width);
        for (size_t i = 0; i < line.len; i++) {
            unsigned char c = (unsigned char)line.ptr[i];
            assert_true(c >= 0x20 && c != 0x7F && (!ascii || c < 0x7F));
        }
    }
}

/* Two columns of one character and the gap; below that nothing can be promised. */
enum { WIDTH_MIN = 4 };

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    for (unsigned width = WIDTH_MIN; width <= 200; width++) {
        for (size_t i = 0; i < SAMPLE_COUNT * 4; i++) {
            struct arena arena = ARENA_EMPTY;
            struct render_options options = {
                .width = width, .ascii = i / SAMPLE_COUNT & 1, .exact = i / SAMPLE_COUNT & 2};
            struct report_doc *doc = sample_named(&arena, sample_names[i % SAMPLE_COUNT]);
            size_t len = 0;
            char *bytes = rendered(&renderer_table, doc, &options, &len);
            check_lines((struct str){bytes, len}, width, options.ascii);
            free(bytes);
            arena_deinit(&arena);
        }
    }
}

/* One row: a long name, a figure, an amount. */
static struct report_doc *doc_with_spare_column(struct arena *arena)
{
    static struct report_column columns[] = {
        {.id = {"id", 2},     .title = {"Id", 2},     .kind = CELL_COUNT},
        {.id = {"source", 6}, .title = {"Source", 6}, .kind = CELL_TEXT },
        {.id = {"rows", 4},   .title = {"Rows", 4},   .kind = CELL_COUNT, .spare = true},
        {.id = {"day", 3},                   .title = {"Last day", 8},                          .kind = CELL_DAY,  .optional = true},
        {.id = {"billed", 6},   .title = {"Billed", 6},                         .kind = CELL_MONEY                       },
    };
    struct report_doc *doc = arena_alloc_zeroed(arena, 1, sizeof *doc);
    struct report_table *table = arena_alloc_zeroed(arena, 1, sizeof *table);
    struct report_item *item = arena_alloc_zeroed(arena, 1, sizeof *item);
    struct report_section *section = arena_alloc_zeroed(arena, 1, sizeof *section);
    struct report_row *row = arena_alloc_zeroed(arena, 1, sizeof *row);
    row->cells = arena_alloc_zeroed(arena, 5, sizeof *row->cells);
    row->cells[0] = (struct report_cell){.kind = CELL_COUNT, .count = 1};
    row->cells[1] = (struct report_cell){.kind = CELL_TEXT, .text = STR("acme/0099999999999")};
    row->cells[2] = (struct report_cell){.kind = CELL_COUNT, .count = 123456789};
    row->cells[3] = (struct report_cell){.kind = CELL_DAY, .day = {20000}};
    row->cells[4] = (struct report_cell){
        .kind = CELL_MONEY, .amount = decimal_from_int(648), .currency = STR("EUR")};
    *table = (struct report_table){
        .id = STR("t"), .columns = columns, .column_count = 5, .rows = row, .row_count = 1};
    *item = (struct report_item){.kind = ITEM_TABLE, .table = table};
    *section = (struct report_section){.items = item, .item_count = 1};
    *doc = (struct report_doc){.id = STR("d"), .sections = section, .section_count = 1};
    return doc;
}

static void spare_columns_go_before_a_text_is_cut_and_after_optional_ones(void **state)
{
    (void)state;
    static const struct {
        unsigned width;
        bool day, rows;
    } cases[] = {
        {60, true,  true },
        {48, false, true },
        {34, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = ARENA_EMPTY;
        struct render_options options = {.width = cases[i].width};
        size_t len = 0;
        char *bytes = rendered(&renderer_table, doc_with_spare_column(&arena), &options, &len);
        bytes = gr_realloc(bytes, len + 1);
        bytes[len] = '\0';
        assert_non_null(strstr(bytes, "acme/0099999999999"));
        assert_int_equal(strstr(bytes, "2024-10-04") != NULL, cases[i].day);
        assert_int_equal(strstr(bytes, "123,456,789") != NULL, cases[i].rows);
        free(bytes);
        arena_deinit(&arena);
    }
}

static void csv_tsv_and_json_are_as_expected(void **state)
{
    (void)state;
    struct render_options options = {0};
    check_all(&renderer_csv, "", &options);
    check_all(&renderer_tsv, "", &options);
    check_all(&renderer_json, "", &options);
}

static void csv_has_bom_and_crlf_when_asked_and_raw_text_stays_raw(void **state)
{
    (void)state;
    check(&renderer_csv, "two-currencies", "-crlf",
          &(struct render_options){.csv_bom = true, .csv_crlf = true});
    check(&renderer_csv, "hostile", "-raw", &(struct render_options){.csv_raw = true});
}

static void csv_refuses_a_report_without_a_table(void **state)
{
    (void)state;
    struct report_doc doc = {.id = STR("nothing")};
    struct render_options options = {0};
    struct gr_err err = {0};
    char *bytes = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&bytes, &len);
    assert_int_equal(renderer_csv.render(&doc, &options, out, &err), GR_ERENDER);
    assert_string_equal(err.text, "report nothing has no table to write as text");
    fclose(out);
    free(bytes);
}

static void csv_folder_refuses_a_table_id_that_leaves_the_folder(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct report_doc *doc = sample_named(&arena, "ad-hoc");
    doc->sections[0].items[0].table->id = STR("../groups");
    struct gr_err err = {0};
    struct render_options options = {0};
    assert_int_equal(render_csv_folder(doc, &options, "/nonexistent", &err), GR_ERENDER);
    assert_non_null(strstr(err.text, "../groups"));
    arena_deinit(&arena);
}

static void a_full_disk_is_an_error_of_every_output(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct render_options options = {.gnuplot = ""};
    size_t count;
    const struct renderer *const *list = renderers(&count);
    for (size_t i = 0; i < count; i++) {
        FILE *out = fopen("/dev/full", "wb");
        if (!out) {
            print_message("no /dev/full here\n");
            break;
        }
        struct gr_err err = {0};
        assert_int_not_equal(list[i]->render(sample_named(&arena, "ad-hoc"), &options, out, &err),
                             GR_OK);
        assert_true(strlen(err.text) > 0);
        fclose(out);
    }
    arena_deinit(&arena);
}

static void renderers_are_found_by_name_and_by_suffix(void **state)
{
    (void)state;
    assert_ptr_equal(renderer_named(STR("csv")), &renderer_csv);
    assert_null(renderer_named(STR("doc")));
    assert_ptr_equal(renderer_of_path(STR("out/Report.JSON")), &renderer_json);
    assert_null(renderer_of_path(STR("out/report")));
    assert_null(renderer_of_path(STR(".csv")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_shows_each_sample_as_expected),
        cmocka_unit_test(terminal_uses_colour_ascii_and_every_digit_when_asked),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(spare_columns_go_before_a_text_is_cut_and_after_optional_ones),
        cmocka_unit_test(csv_tsv_and_json_are_as_expected),
        cmocka_unit_test(csv_has_bom_and_crlf_when_asked_and_raw_text_stays_raw),
        cmocka_unit_test(csv_refuses_a_report_without_a_table),
        cmocka_unit_test(csv_folder_refuses_a_table_id_that_leaves_the_folder),
        cmocka_unit_test(a_full_disk_is_an_error_of_every_output),
        cmocka_unit_test(renderers_are_found_by_name_and_by_suffix),
    };
    return cmocka_run_group_tests_name("render_text", tests, NULL, NULL);
}
