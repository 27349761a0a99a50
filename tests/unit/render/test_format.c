/* Cells as text for people and for machines; text that is not UTF-8; widths on a terminal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/format.h"
#include "render/terminal/glyphs.h"
#include "render/utf8.h"
#include "render/walk.h"

/* The shape of the functions under test. */
typedef void format_function(const struct report_cell *, const struct report_column *,
                             struct strbuf *);

static void for_machines(const struct report_cell *cell, const struct report_column *column,
                         struct strbuf *out)
{
    (void)column;
    format_for_machines(cell, out);
}

static void for_figures(const struct report_cell *cell, const struct report_column *column,
                        struct strbuf *out)
{
    (void)column;
    format_figure(cell, out);
}

static void assert_format(format_function *format, struct report_cell cell,
                          struct report_column column, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    format(&cell, &column, &out);
    assert_string_equal(strbuf_cstr(&out), expected);
    strbuf_deinit(&out);
}

static struct report_cell money(const char *digits, const char *currency)
{
    struct report_cell cell = {.kind = CELL_MONEY, .currency = str_from(currency)};
    assert_int_equal(decimal_read(str_from(digits), &cell.amount), DECIMAL_READ_OK);
    return cell;
}

static struct report_cell ratio(double value)
{
    return (struct report_cell){.kind = CELL_RATIO, .real = value};
}

static void people_read_name_and_value_machines_the_value(void **state)
{
    (void)state;
    struct report_cell cell = {.kind = CELL_TEXT, .text = STR("0099"), .name = STR("Prod")};
    struct report_column column = {.kind = CELL_TEXT};
    assert_format(format_for_people, cell, column, "Prod (0099)");
    assert_format(format_for_people_exact, cell, column, "Prod (0099)");
    assert_format(for_machines, cell, column, "0099");
    cell.name = STR("");
    assert_format(format_for_people, cell, column, "0099");
}

static void a_column_of_names_is_for_machines_without_sheets(void **state)
{
    (void)state;
    struct report_column column = {.kind = CELL_TEXT, .is_name = true};
    assert_false(walk_column_for_people(&column));
    assert_false(walk_column_for_sheets(&column));
    assert_true(walk_column_for_machines(&column));
    column.is_name = false;
    assert_true(walk_column_for_people(&column) && walk_column_for_sheets(&column));
}

static void money_is_shown_in_its_minor_unit_half_to_even(void **state)
{
    (void)state;
    struct report_column plain = {.kind = CELL_MONEY};
    assert_format(format_for_people, money("1234567.125", "USD"), plain, "1,234,567.12");
    assert_format(format_for_people, money("0.135", "EUR"), plain, "0.14");
    assert_format(format_for_people, money("-0.001", "EUR"), plain, "0.00");
    assert_format(format_for_people, money("1234.5", "JPY"), plain, "1,234");
    assert_format(format_for_people, money("1.2345", "KWD"), plain, "1.234");
    assert_format(format_for_people, money("-1000", "USD"), plain, "-1,000.00");
}

static void every_digit_is_shown_when_asked_and_to_machines(void **state)
{
    (void)state;
    struct report_column plain = {.kind = CELL_MONEY};
    struct report_cell cell = money("-1234.0000000000000000000000000001", "USD");
    assert_format(format_for_people_exact, cell, plain, "-1,234.0000000000000000000000000001");
    assert_format(for_machines, cell, plain, "-1234.0000000000000000000000000001");
    assert_format(format_for_people_exact, money("5", "USD"), plain, "5.00");
    assert_format(for_machines, money("5", "JPY"), plain, "5.00");
    assert_format(for_machines, money("1e-7", "USD"), plain, "0.0000001");
}

static void ratios_are_percent_for_people_and_six_decimals_for_machines(void **state)
{
    (void)state;
    struct report_column column = {.kind = CELL_RATIO, .decimals = 1};
    assert_format(format_for_people, ratio(0.125), column, "12.5%");
    assert_format(format_for_people, ratio(12.3456), column, "1,234.6%");
    assert_format(for_machines, ratio(0.125), column, "0.125000");
    assert_format(for_machines, ratio(-1e-9), column, "0.000000");
}

static void what_is_no_number_is_never_shown_as_one(void **state)
{
    (void)state;
    struct report_column column = {.kind = CELL_RATIO, .decimals = 1};
    const double values[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct report_cell cell = ratio(values[i]);
        assert_false(format_is_number(&cell));
        assert_format(format_for_people, cell, column, "n/a");
        assert_format(for_machines, cell, column, "");
    }
    assert_format(format_for_people, (struct report_cell){.kind = CELL_NA}, column, "n/a");
    assert_format(for_machines, (struct report_cell){.kind = CELL_NA}, column, "");
    assert_format(format_for_people, (struct report_cell){.kind = CELL_NONE}, column, "");
}

static void estimates_changes_and_figures_are_marked(void **state)
{
    (void)state;
    struct report_column change = {.kind = CELL_MONEY, .signed_change = true};
    struct report_cell cell = money("12", "USD");
    assert_format(format_for_people, cell, change, "+12.00");
    assert_format(format_for_people, money("0", "USD"), change, "0.00");
    assert_format(for_figures, cell, change, "12.00 USD");
    cell.estimated = true;
    assert_format(format_for_people, cell, change, "~+12.00");
    assert_format(for_machines, cell, change, "12.00");
}

static void counts_and_days_have_one_form(void **state)
{
    (void)state;
    struct report_column column = {.kind = CELL_COUNT};
    struct report_cell count = {.kind = CELL_COUNT, .count = INT64_MIN};
    assert_format(format_for_people, count, column, "-9,223,372,036,854,775,808");
    assert_format(for_machines, count, column, "-9223372036854775808");
    struct report_cell day = {.kind = CELL_DAY, .day = day_from_ymd(2024, 2, 29)};
    assert_format(format_for_people, day, column, "2024-02-29");
    assert_format(for_machines, day, column, "2024-02-29");
}

static void bytes_that_are_not_utf8_are_taken_one_by_one(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xff",     "\xc0\x80", "\xe2\x82",        "\xed\xa0\x80",
                                      "\xf5\x80", "\x80",     "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str rest = str_from(bad[i]);
        assert_true(utf8_next(&rest, NULL) == UTF8_BAD);
        assert_int_equal(rest.len, strlen(bad[i]) - 1);
    }
    struct str good = str_from("A\u00e9\u20ac\U0001F680");
    assert_int_equal(utf8_next(&good, NULL), 'A');
    assert_int_equal(utf8_next(&good, NULL), 0xE9);
    assert_int_equal(utf8_next(&good, NULL), 0x20AC);
    assert_int_equal(utf8_next(&good, NULL), 0x1F680);
    assert_int_equal(good.len, 0);
}

static void widths_follow_what_terminals_draw(void **state)
{
    (void)state;
    assert_int_equal(glyphs_width(STR("abc")), 3);
    assert_int_equal(glyphs_width(STR("\u6df1\u5ea6")), 4);
    assert_int_equal(glyphs_width(STR("e\u0301")), 1);
    assert_int_equal(glyphs_width(STR("\U0001F680")), 2);
    assert_int_equal(glyphs_width(STR("\uac00")), 2);
    assert_int_equal(glyphs_width(STR("\u2588")), 1);
}

static void cut_text_ends_in_an_ellipsis_and_fits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        bool ascii;
        const char *cut;
    } cases[] = {
        {"training",           8, false, "training"    },
        {"training",           5, false, "trai\u2026"  },
        {"training",           5, true,  "tra.."       },
        {"\u6df1\u5ea6\u5b66", 4, false, "\u6df1\u2026"},
        {"\u6df1\u5ea6\u5b66", 2, false, "\u2026"      },
        {"training",           1, false, "."           },
        {"training",           0, false, ""            },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out;
        strbuf_init(&out, 4096);
        size_t used =
            glyphs_append_cut(&out, str_from(cases[i].text), cases[i].columns, cases[i].ascii);
        assert_string_equal(strbuf_cstr(&out), cases[i].cut);
        assert_int_equal(used, glyphs_width(strbuf_str(&out)));
        assert_true(used <= cases[i].columns);
        strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_read_name_and_value_machines_the_value),
        cmocka_unit_test(a_column_of_names_is_for_machines_without_sheets),
        cmocka_unit_test(money_is_shown_in_its_minor_unit_half_to_even),
        cmocka_unit_test(every_digit_is_shown_when_asked_and_to_machines),
        cmocka_unit_test(ratios_are_percent_for_people_and_six_decimals_for_machines),
        cmocka_unit_test(what_is_no_number_is_never_shown_as_one),
        cmocka_unit_test(estimates_changes_and_figures_are_marked),
        cmocka_unit_test(counts_and_days_have_one_form),
        cmocka_unit_test(bytes_that_are_not_utf8_are_taken_one_by_one),
        cmocka_unit_test(widths_follow_what_terminals_draw),
        cmocka_unit_test(cut_text_ends_in_an_ellipsis_and_fits),
    };
    return cmocka_run_group_tests_name("render_format", tests, NULL, NULL);
}
