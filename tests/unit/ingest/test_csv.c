/* CSV rows: quirks, resynchronising, and both engines against each other. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv.h"
#include "ingest/csv_index.h"

/* "fast" at one level of instructions ("avx2"), "libcsv", or the default of both. */
static void open_engine(struct ingest_source *source, const char *engine, struct csv_reader **csv)
{
    struct gr_err err = {0};
    bool level = csv_index_select(engine) != NULL;
    assert_int_equal(csv_open(source, level ? "fast" : engine, ',', csv, &err), GR_OK);
    if (level)
        assert_true(csv_use_level(*csv, engine));
}

/* Everything a reader says about a text, as text. */
static void describe(struct strbuf *out, struct str bytes, const char *engine, size_t expected)
{
    struct gr_err err = {0};
    struct ingest_source *source;
    struct csv_reader *csv;
    assert_int_equal(source_open_memory("t", bytes, &source, &err), GR_OK);
    open_engine(source, engine, &csv);
    csv_expect_cells(csv, expected);
    for (;;) {
        struct csv_row row;
        bool more;
        assert_int_equal(csv_next(csv, &row, &more, &err), GR_OK);
        if (!more)
            break;
        strbuf_printf(out, "%llu@%llu", (unsigned long long)row.line,
                      (unsigned long long)row.byte_offset);
        for (size_t i = 0; i < row.cell_count && !row.fault; i++) {
            strbuf_append_char(out, '[');
            strbuf_append(out, row.cells[i]);
            strbuf_append_char(out, ']');
        }
        if (row.fault) {
            strbuf_printf(out, "!%s<", row.fault);
            strbuf_append(out, row.raw);
            strbuf_append_char(out, '>');
        }
        strbuf_append_char(out, '\n');
    }
    strbuf_printf(out, "blank %llu\n", (unsigned long long)csv_blank_lines(csv));
    csv_close(csv);
    source_close(source);
}

static void both_say(struct str bytes, size_t expected, const char *wanted)
{
    static const char *const engines[] = {"fast", "libcsv"};
    for (int i = 0; i < 2; i++) {
        struct strbuf out;
        strbuf_init(&out, 256 << 20);
        describe(&out, bytes, engines[i], expected);
        assert_string_equal(strbuf_cstr(&out), wanted);
        strbuf_deinit(&out);
    }
}

static bool level_agrees(struct str bytes, size_t expected, const char *level)
{
    struct strbuf fast, oracle;
    strbuf_init(&fast, 256 << 20);
    strbuf_init(&oracle, 256 << 20);
    describe(&fast, bytes, level, expected);
    describe(&oracle, bytes, "libcsv", expected);
    bool same = str_equal(strbuf_str(&fast), strbuf_str(&oracle));
    if (!same)
        printf("%s:\n%.2000s\nlibcsv:\n%.2000s\n", level, strbuf_cstr(&fast), strbuf_cstr(&oracle));
    strbuf_deinit(&fast);
    strbuf_deinit(&oracle);
    return same;
}

static bool engines_agree(struct str bytes, size_t expected)
{
    static const char *const levels[] = {"scalar", "sse2", "avx2"};
    bool agree = true;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (csv_index_select(levels[i]))
            agree = agree && level_agrees(bytes, expected, levels[i]);
    return agree && level_agrees(bytes, expected, "fast");
}

static void reads_plain_quoted_and_empty_cells(void **state)
{
    (void)state;
    both_say(STR("a,b,c\n1,\"2\",\n,,\n\"\",\"x,y\",\" z \"\n"), 3,
             "1@0[a][b][c]\n2@6[1][2][]\n3@13[][][]\n4@16[][x,y][ z ]\nblank 0\n");
}

static void keeps_blanks_around_cells(void **state)
{
    (void)state;
    both_say(STR(" a , b\t\n"), 0, "1@0[ a ][ b\t]\nblank 0\n");
}

static void decodes_doubled_quotes(void **state)
{
    (void)state;
    both_say(STR("\"{\"\"team\"\": \"\"ml\"\"}\",\"\"\"\",\"a\"\"\",\"\"\"b\",\"x\"\n"), 5,
             "1@0[{\"team\": \"ml\"}][\"][a\"][\"b][x]\nblank 0\n");
}

static void takes_every_line_end(void **state)
{
    (void)state;
    both_say(STR("a,b\r\n1,2\n3,\"4\"\r\n5,6"), 2,
             "1@0[a][b]\n2@5[1][2]\n3@9[3][4]\n4@16[5][6]\nblank 0\n");
    both_say(STR("a,b\r"), 2, "1@0[a][b]\nblank 0\n");
    both_say(STR("a,\"b\"\r"), 2, "1@0[a][b]\nblank 0\n");
}

static void counts_lines_inside_quotes(void **state)
{
    (void)state;
    both_say(STR("a,\"x\ny\r\nz\"\nb,c\n"), 2, "1@0[a][x\ny\r\nz]\n4@11[b][c]\nblank 0\n");
}

static void skips_and_counts_blank_lines(void **state)
{
    (void)state;
    both_say(STR("\n\r\na,b\n\n\n1,2\n\r\n"), 2, "3@3[a][b]\n6@9[1][2]\nblank 5\n");
    both_say(STR(""), 0, "blank 0\n");
    both_say(STR("\r"), 0, "blank 1\n");
}

static void refuses_ragged_rows_alone(void **state)
{
    (void)state;
    both_say(STR("a,b\n1\n1,2,3\n4,5\n"), 2,
             "1@0[a][b]\n2@4!has another number of cells than the header<1>\n"
             "3@6!has another number of cells than the header<1,2,3>\n4@12[4][5]\nblank 0\n");
}

static void refuses_lone_quotes_and_text_behind_quotes(void **state)
{
    (void)state;
    both_say(STR("1,a\"b\n2,\"a\"b\n3,\"a\" \n4,c\n"), 2,
             "1@0!has a quote inside a cell that is not quoted<1,a\"b>\n"
             "2@6!has text behind a closing quote<2,\"a\"b>\n"
             "3@13!has text behind a closing quote<3,\"a\" >\n4@20[4][c]\nblank 0\n");
}

static void an_open_quote_costs_one_line(void **state)
{
    (void)state;
    both_say(STR("1,\"open\n2,b\n3,c\n"), 2,
             "1@0!opens a quote that is never closed<1,\"open>\n2@8[2][b]\n3@12[3][c]\nblank 0\n");
}

static void an_open_quote_before_a_quoted_row_costs_one_line(void **state)
{
    (void)state;
    both_say(STR("1,\"open\n2,\"b\"\n3,\"c\"\n"), 2,
             "1@0!has text behind a closing quote<1,\"open>\n2@8[2][b]\n3@14[3][c]\nblank 0\n");
}

static void refuses_nul_and_broken_utf8_and_goes_on(void **state)
{
    (void)state;
    struct strbuf out;
    static const char *const engines[] = {"fast", "libcsv"};
    for (int i = 0; i < 2; i++) {
        strbuf_init(&out, 1 << 20);
        describe(&out, STR("1,a\0b\n2,\xC3\x28\n3,\xC3\xA9\n"), engines[i], 2);
        struct str text = strbuf_str(&out);
        assert_non_null(memmem(text.ptr, text.len, "1@0!holds a NUL byte", 20));
        assert_non_null(memmem(text.ptr, text.len, "2@6!is not valid UTF-8", 22));
        assert_non_null(memmem(text.ptr, text.len, "3@11[3][\xC3\xA9]", 11));
        strbuf_deinit(&out);
    }
}

/* `first`, then `count` times `filler`, then `last`. */
static void long_text(struct strbuf *out, const char *first, char filler, size_t count,
                      const char *last)
{
    strbuf_init(out, 256 << 20);
    strbuf_append_cstr(out, first);
    for (size_t i = 0; i < count; i++)
        strbuf_append_char(out, filler);
    strbuf_append_cstr(out, last);
}

static void refused_then_goes_on(struct str bytes, const char *fault, const char *then)
{
    static const char *const engines[] = {"fast", "libcsv"};
    for (int i = 0; i < 2; i++) {
        struct strbuf out;
        strbuf_init(&out, 256 << 20);
        describe(&out, bytes, engines[i], 2);
        assert_non_null(strstr(strbuf_cstr(&out), fault));
        assert_non_null(strstr(strbuf_cstr(&out), then));
        strbuf_deinit(&out);
    }
}

static void caps_a_cell_at_1_mib(void **state)
{
    (void)state;
    struct strbuf text;
    long_text(&text, "1,", 'x', CSV_CELL_MAX, "\n2,b\n");
    assert_true(engines_agree(strbuf_str(&text), 2));
    struct strbuf out;
    strbuf_init(&out, 256 << 20);
    describe(&out, strbuf_str(&text), "fast", 2);
    assert_null(strstr(strbuf_cstr(&out), "!"));
    strbuf_deinit(&out);
    strbuf_deinit(&text);
    long_text(&text, "1,", 'x', CSV_CELL_MAX + 1, "\n2,b\n");
    refused_then_goes_on(strbuf_str(&text), "1@0!has a cell of more than 1 MiB", "[2][b]");
    strbuf_deinit(&text);
}

static void caps_a_row_at_16_mib_and_goes_on_behind_it(void **state)
{
    (void)state;
    struct strbuf text;
    long_text(&text, "1,", 'x', (size_t)CSV_ROW_MAX + 100, "\n2,b\n");
    refused_then_goes_on(strbuf_str(&text), "1@0!is longer than 16 MiB", "2@16777319[2][b]");
    strbuf_deinit(&text);
    long_text(&text, "1,\"x\n2,b\n", 'y', (size_t)CSV_ROW_MAX + 100, "\n3,c\n");
    refused_then_goes_on(strbuf_str(&text), "1@0!is longer than 16 MiB", "2@5[2][b]");
    strbuf_deinit(&text);
}

static void caps_the_number_of_cells(void **state)
{
    (void)state;
    struct strbuf text;
    long_text(&text, "1", ',', CSV_CELLS_MAX, "\n2,b\n");
    refused_then_goes_on(strbuf_str(&text), "1@0!has more than 16384 cells", "[2][b]");
    strbuf_deinit(&text);
}

static void refuses_an_unknown_engine(void **state)
{
    (void)state;
    struct gr_err err = {0};
    struct ingest_source *source;
    struct csv_reader *csv;
    assert_int_equal(source_open_memory("t", STR("a\n"), &source, &err), GR_OK);
    assert_int_equal(csv_open(source, "quick", ',', &csv, &err), GR_EUSAGE);
    source_close(source);
}

/* Quotes, ends and odd bytes at every distance from the 64-byte edges of the scanner. */
static void engines_agree_at_every_offset(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "\"a\"\"b\",c\r\nd,e\n", "\"x\ny\",z\n",     "a\"b,c\nd,e",    ",\"", "\"\"\"",
        "x\r\n\r\n\ny,z",        "\"a\"\r\r\nb,c\n", "\xC3\xA9,\"\"\n"};
    for (size_t pad = 0; pad < 140; pad++) {
        for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
            struct strbuf text;
            long_text(&text, "", 'p', pad, tails[i]);
            assert_true(engines_agree(strbuf_str(&text), i % 3));
            strbuf_deinit(&text);
        }
    }
}

static void engines_agree_on_random_texts(void **state)
{
    (void)state;
    static const char alphabet[] = "aab,,\"\"\n\r\n\x01\xC3\xA9 x\0";
    uint64_t random = 7;
    for (int round = 0; round < 10 * DAMAGE_ROUNDS; round++) {
        char text[160];
        size_t len = random_next(&random) % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[random_next(&random) % (sizeof alphabet - 1)];
        assert_true(engines_agree((struct str){text, len}, random_next(&random) % 4));
    }
}

/* Mostly sound rows, so that the index runs on behind a row that breaks it. */
static void engines_agree_on_rows_with_few_faults(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "a",        "bc",   "",    "\"\"",   "\"x,y\"", "\"{\"\"k\"\":1}\"", "\xC3\xA9", "\r",
        "\"n\nm\"", "1.25", "z\"", "\"q\" ", "\"open",  "\"w\"\r",
    };
    enum { SOUND = 10, CELLS = sizeof cells / sizeof cells[0] };
    uint64_t random = 5;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        for (int row = 0; row < 60; row++) {
            for (int cell = 0; cell < 3; cell++) {
                bool fault = random_next(&random) % 100 == 0;
                strbuf_append_cstr(&text, cells[random_next(&random) % (fault ? CELLS : SOUND)]);
                if (cell < 2 || random_next(&random) % 150 == 0)
                    strbuf_append_char(&text, ',');
            }
            strbuf_append_cstr(&text, random_next(&random) % 2 ? "\n" : "\r\n");
        }
        assert_true(engines_agree(strbuf_str(&text), 3));
        strbuf_deinit(&text);
    }
}

/* Rows that cross the edges of the 64 KiB head and the 256 KiB blocks. */
static void engines_agree_across_blocks(void **state)
{
    (void)state;
    struct strbuf text;
    uint64_t random = 11;
    strbuf_init(&text, 64 << 20);
    for (int i = 0; i < 20000; i++)
        strbuf_printf(&text, "%d,\"{\"\"k\"\": \"\"%.*s\"\"}\",%s", i,
                      (int)(random_next(&random) % 40), "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
                      i % 97 == 0 ? "\"a\nb\"\r\n" : "c\n");
    assert_true(text.len > 3 * SOURCE_BLOCK_BYTES);
    assert_true(engines_agree(strbuf_str(&text), 3));
    for (int i = 0; i < 40; i++) {
        damage(&text, &random);
        assert_true(engines_agree(strbuf_str(&text), 3));
    }
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_quoted_and_empty_cells),
        cmocka_unit_test(keeps_blanks_around_cells),
        cmocka_unit_test(decodes_doubled_quotes),
        cmocka_unit_test(takes_every_line_end),
        cmocka_unit_test(counts_lines_inside_quotes),
        cmocka_unit_test(skips_and_counts_blank_lines),
        cmocka_unit_test(refuses_ragged_rows_alone),
        cmocka_unit_test(refuses_lone_quotes_and_text_behind_quotes),
        cmocka_unit_test(an_open_quote_costs_one_line),
        cmocka_unit_test(an_open_quote_before_a_quoted_row_costs_one_line),
        cmocka_unit_test(refuses_nul_and_broken_utf8_and_goes_on),
        cmocka_unit_test(caps_a_cell_at_1_mib),
        cmocka_unit_test(caps_a_row_at_16_mib_and_goes_on_behind_it),
        cmocka_unit_test(caps_the_number_of_cells),
        cmocka_unit_test(refuses_an_unknown_engine),
        cmocka_unit_test(engines_agree_at_every_offset),
        cmocka_unit_test(engines_agree_on_random_texts),
        cmocka_unit_test(engines_agree_on_rows_with_few_faults),
        cmocka_unit_test(engines_agree_across_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
