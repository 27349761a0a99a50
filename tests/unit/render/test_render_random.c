/* Seeded random documents through the outputs: whatever a bill holds, the form stays whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <expat.h>

#include "render/renderer.h"
#include "render/terminal/glyphs.h"
#include "render/utf8.h"
#include "rendered.h"
#include "unzip.h"

enum { DOCUMENTS = 60, ROWS = 12, COLUMNS = 5 };

struct random {
    uint64_t state;
    struct arena arena;
};

/* xorshift64*: the same documents on every machine. */
static uint32_t next_random(struct random *random, uint32_t below)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Mostly what breaks formats: quotes, separators, markup, escapes, single bytes, wide characters.
 */
static struct str random_text(struct random *random)
{
    static const char *const pieces[] = {
        "a",       "team ",
        "\"",      "'",
        ",",       "\n",
        "\r\n",    "\t",
        "\\",      "=",
        "+",       "-",
        "@",       "&",
        "<",       ">",
        "]]>",     "\x1b[31m",
        "\xff",    "\xc3",
        "\u6df1",  "e\u0301",
        "\u202e",  "\U0001F680",
        "_x0041_", "\xc2\x9b",
        "\x7f",    "\uffff",
        "0",       ".5",
        "{",       "}",
        "%s",      "\xed\xa0\x80",
        "'",       "/*",
    };
    char *text = arena_alloc(&random->arena, 400);
    size_t len = 0;
    for (uint32_t n = next_random(random, 12); n > 0; n--) {
        uint32_t piece = next_random(random, sizeof pieces / sizeof pieces[0] + 1);
        const char *bytes = piece < sizeof pieces / sizeof pieces[0] ? pieces[piece] : "";
        size_t size = *bytes ? strlen(bytes) : 1; /* the last one is a NUL */
        memcpy(text + len, bytes, size);
        len += size;
    }
    return (struct str){text, len};
}

static struct report_cell random_cell(struct random *random, enum cell_kind kind)
{
    struct report_cell cell = {.kind = kind, .estimated = next_random(random, 5) == 0};
    if (next_random(random, 8) == 0)
        cell.kind = next_random(random, 2) ? CELL_NA : CELL_NONE;
    cell.text = random_text(random);
    cell.currency = next_random(random, 3) ? STR("USD") : STR("JPY");
    int64_t units = (int64_t)next_random(random, 1u << 31) - (1 << 30);
    cell.amount = (struct decimal){units, (uint8_t)next_random(random, 29)};
    cell.count = units;
    cell.real = (double)units / 1e9;
    cell.day = day_from_ymd(1850 + (int)next_random(random, 400), 3, 1);
    return cell;
}

static void fill_table(struct random *random, struct report_table *table)
{
    static const enum cell_kind kinds[] = {CELL_TEXT,  CELL_MONEY, CELL_DECIMAL,
                                           CELL_COUNT, CELL_RATIO, CELL_DAY};
    *table = (struct report_table){
        .id = random_text(random), .title = random_text(random), .column_count = COLUMNS};
    table->columns = arena_alloc_zeroed(&random->arena, COLUMNS, sizeof *table->columns);
    table->rows = arena_alloc_zeroed(&random->arena, ROWS, sizeof *table->rows);
    table->row_count = next_random(random, ROWS);
    for (size_t c = 0; c < COLUMNS; c++)
        table->columns[c] = (struct report_column){.id = random_text(random),
                                                   .title = random_text(random),
                                                   .kind = kinds[next_random(random, 6)],
                                                   .decimals = next_random(random, 4),
                                                   .optional = next_random(random, 2),
                                                   .add_up = next_random(random, 2),
                                                   .share_bar = next_random(random, 2),
                                                   .signed_change = next_random(random, 2)};
    for (size_t r = 0; r < table->row_count; r++) {
        struct report_row *row = &table->rows[r];
        row->kind = r + 2 >= table->row_count     ? ROW_TOTAL
                    : next_random(random, 6) == 0 ? ROW_ROUNDING
                                                  : ROW_DATA;
        row->cells = arena_alloc_zeroed(&random->arena, COLUMNS, sizeof *row->cells);
        for (size_t c = 0; c < COLUMNS; c++)
            row->cells[c] = random_cell(random, table->columns[c].kind);
    }
}

static struct report_doc *random_doc(struct random *random)
{
    struct report_doc *doc = arena_alloc_zeroed(&random->arena, 1, sizeof *doc);
    struct report_section *section = arena_alloc_zeroed(&random->arena, 1, sizeof *section);
    struct report_item *items = arena_alloc_zeroed(&random->arena, 3, sizeof *items);
    struct report_figure *figure = arena_alloc_zeroed(&random->arena, 1, sizeof *figure);
    items[0].kind = ITEM_TABLE;
    items[0].table = arena_alloc_zeroed(&random->arena, 1, sizeof *items[0].table);
    fill_table(random, items[0].table);
    items[1] = (struct report_item){.kind = ITEM_NOTE, .text = random_text(random)};
    *figure = (struct report_figure){.label = random_text(random),
                                     .value = random_cell(random, CELL_MONEY),
                                     .detail = random_text(random)};
    items[2] = (struct report_item){.kind = ITEM_FIGURES, .figures = figure, .figure_count = 1};
    *section = (struct report_section){
        .title = random_text(random), .items = items, .item_count = 1 + next_random(random, 3)};
    *doc = (struct report_doc){.id = random_text(random),
                               .title = random_text(random),
                               .subtitle = random_text(random),
                               .snapshot = random_text(random),
                               .author = random_text(random),
                               .as_of = day_from_ymd(2026, 10, 31),
                               .sections = section,
                               .section_count = 1};
    return doc;
}

/* Calls `check` with many documents; the number of the one that fails is in the message. */
static void each_document(void (*check)(struct random *random, const struct report_doc *doc))
{
    for (uint64_t n = 1; n <= DOCUMENTS; n++) {
        struct random random = {.state = n * UINT64_C(0x9E3779B97F4A7C15), .arena = ARENA_EMPTY};
        check(&random, random_doc(&random));
        arena_deinit(&random.arena);
    }
}

static void check_terminal(struct random *random, const struct report_doc *doc)
{
    struct render_options options = {.width = 30 + next_random(random, 120),
                                     .ascii = next_random(random, 2),
                                     .exact = next_random(random, 2)};
    size_t len = 0;
    char *bytes = rendered(&renderer_table, doc, &options, &len);
    for (struct str text = {bytes, len}; text.len;) {
        struct str line = str_cut(&text, '\n');
        assert_true(glyphs_width(line) <= options.width);
        for (size_t i = 0; i < line.len; i++)
            assert_true((unsigned char)line.ptr[i] >= 0x20 && line.ptr[i] != 0x7F);
    }
    free(bytes);
}

static void terminal_lines_fit_and_hold_no_control_character(void **state)
{
    (void)state;
    each_document(check_terminal);
}

/* Takes one CSV field off *rest into `out`; true when it was the last of its record. */
static bool read_field(struct str *rest, struct strbuf *out)
{
    bool quoted = rest->len && rest->ptr[0] == '"';
    size_t i = quoted;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quoted && c == '"' && i + 1 < rest->len && rest->ptr[i + 1] == '"')
            i++;
        else if (quoted ? c == '"' : c == ',' || c == '\n')
            break;
        strbuf_append_char(out, c);
    }
    i += quoted;
    assert_true(i < rest->len && (rest->ptr[i] == ',' || rest->ptr[i] == '\n'));
    bool last = rest->ptr[i] == '\n';
    *rest = (struct str){rest->ptr + i + 1, rest->len - i - 1};
    return last;
}

static void check_csv_row(struct str *rest, const struct report_table *table,
                          const struct report_row *row)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        struct strbuf field;
        struct strbuf expected;
        strbuf_init(&field, 4096);
        strbuf_init(&expected, 4096);
        assert_int_equal(read_field(rest, &field), c + 1 == COLUMNS);
        bool is_text = !row || row->cells[c].kind == CELL_TEXT;
        utf8_append_repaired(&expected, row ? row->cells[c].text : table->columns[c].id);
        if (is_text)
            assert_true(str_equal(strbuf_str(&field), strbuf_str(&expected)));
        strbuf_deinit(&field);
        strbuf_deinit(&expected);
    }
}

static void check_csv(struct random *random, const struct report_doc *doc)
{
    (void)random;
    struct render_options options = {.csv_raw = true};
    size_t len = 0;
    char *bytes = rendered(&renderer_csv, doc, &options, &len);
    struct str rest = {bytes, len};
    const struct report_table *table = doc->sections[0].items[0].table;
    check_csv_row(&rest, table, NULL);
    for (size_t r = 0; r < table->row_count; r++)
        if (table->rows[r].kind == ROW_DATA)
            check_csv_row(&rest, table, &table->rows[r]);
    assert_int_equal(rest.len, 0);
    free(bytes);
}

static void csv_reads_back_as_what_was_written(void **state)
{
    (void)state;
    each_document(check_csv);
}

static void check_tsv(struct random *random, const struct report_doc *doc)
{
    (void)random;
    struct render_options options = {0};
    size_t len = 0;
    char *bytes = rendered(&renderer_tsv, doc, &options, &len);
    for (struct str text = {bytes, len}; text.len;) {
        struct str line = str_cut(&text, '\n');
        size_t tabs = 0;
        for (size_t i = 0; i < line.len; i++)
            tabs += line.ptr[i] == '\t';
        assert_int_equal(tabs, COLUMNS - 1);
    }
    free(bytes);
}

static void tsv_has_a_line_a_row_and_the_same_tabs_in_each(void **state)
{
    (void)state;
    each_document(check_tsv);
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \n\t\r");
}

/* Behind the string that starts at `at`. */
static const char *skip_string(const char *at)
{
    assert_int_equal(*at++, '"');
    for (; *at != '"'; at++) {
        assert_true((unsigned char)*at >= 0x20);
        if (*at == '\\') {
            at++;
            assert_non_null(strchr("\"\\/bfnrtu", *at));
            if (*at == 'u')
                assert_true(strspn(at + 1, "0123456789abcdef") >= 4);
        }
    }
    return at + 1;
}

static const char *skip_number(const char *at)
{
    at += *at == '-';
    size_t digits = strspn(at, "0123456789");
    assert_true(digits > 0 && (digits == 1 || *at != '0'));
    at += digits;
    if (*at == '.') {
        digits = strspn(++at, "0123456789");
        assert_true(digits > 0);
        at += digits;
    }
    return at;
}

/* Behind the JSON value (RFC 8259) that starts at `at`; fails the test when it is none. */
static const char *skip_value(const char *at)
{
    at = skip_blanks(at);
    if (*at == '"')
        return skip_string(at);
    if (strncmp(at, "null", 4) == 0)
        return at + 4;
    if (*at != '{' && *at != '[')
        return skip_number(at);
    bool object = *at == '{';
    char close = object ? '}' : ']';
    at = skip_blanks(at + 1);
    if (*at == close)
        return at + 1;
    for (;;) {
        if (object) {
            at = skip_blanks(skip_string(skip_blanks(at)));
            assert_int_equal(*at++, ':');
        }
        at = skip_blanks(skip_value(at));
        if (*at == close)
            return at + 1;
        assert_int_equal(*at++, ',');
    }
}

static void check_json(struct random *random, const struct report_doc *doc)
{
    (void)random;
    struct render_options options = {0};
    size_t len = 0;
    char *bytes = rendered(&renderer_json, doc, &options, &len);
    assert_int_equal(strlen(bytes), len);
    assert_true(str_is_utf8((struct str){bytes, len}));
    assert_string_equal(skip_value(bytes), "\n");
    free(bytes);
}

static void json_is_one_value(void **state)
{
    (void)state;
    each_document(check_json);
}

static void assert_well_formed(const char *what, const char *xml, size_t len)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    if (XML_Parse(parser, xml, (int)len, 1) != XML_STATUS_OK)
        fail_msg("%s line %lu: %s", what, XML_GetCurrentLineNumber(parser),
                 XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
}

static void check_xlsx(struct random *random, const struct report_doc *doc)
{
    (void)random;
    static const char *const parts[] = {"xl/workbook.xml",          "xl/sharedStrings.xml",
                                        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml",
                                        "xl/tables/table1.xml",     "docProps/core.xml"};
    struct render_options options = {0};
    size_t len = 0;
    char *book = rendered(&renderer_xlsx, doc, &options, &len);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char *part = unzip_member((struct str){book, len}, parts[i]);
        if (!part) { /* a table without rows is no worksheet table */
            assert_string_equal(parts[i], "xl/tables/table1.xml");
            continue;
        }
        assert_well_formed(parts[i], part, strlen(part));
        free(part);
    }
    free(book);
}

static void workbook_parts_are_well_formed(void **state)
{
    (void)state;
    each_document(check_xlsx);
}

/* The body is written so that it is XML too; the head has void elements. */
static void check_html(struct random *random, const struct report_doc *doc)
{
    (void)random;
    struct render_options options = {.gnuplot = ""};
    size_t len = 0;
    char *page = rendered(&renderer_html, doc, &options, &len);
    assert_int_equal(strlen(page), len);
    char *body = strstr(page, "<body>");
    char *end = strstr(page, "</html>");
    assert_non_null(body);
    assert_non_null(end);
    assert_well_formed("html", body, (size_t)(end - body));
    free(page);
}

static void html_body_is_well_formed(void **state)
{
    (void)state;
    each_document(check_html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_lines_fit_and_hold_no_control_character),
        cmocka_unit_test(csv_reads_back_as_what_was_written),
        cmocka_unit_test(tsv_has_a_line_a_row_and_the_same_tabs_in_each),
        cmocka_unit_test(json_is_one_value),
        cmocka_unit_test(workbook_parts_are_well_formed),
        cmocka_unit_test(html_body_is_well_formed),
    };
    return cmocka_run_group_tests_name("render_random", tests, NULL, NULL);
}
