/* Cells, number formats and page set-up of a workbook; see workbook.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/format.h"
#include "render/xlsx/workbook.h"

enum {
    EXCEL_DAY_OF_1970 = 25569, /* 1970-01-01 counted from 1899-12-30 */
    EXCEL_DAY_OF_1900_03_01 = 61,
    EXCEL_DAY_LAST = 2958465, /* 9999-12-31 */
};

/* Counts beyond this are not all doubles. */
#define EXACT_COUNT_MAX (INT64_C(1) << 53)

enum gr_status xlsx_check(struct xlsx *xlsx, lxw_error code, const char *what)
{
    if (code == LXW_NO_ERROR)
        return GR_OK;
    return gr_fail(xlsx->err, GR_ERENDER, "workbook: %s: %s", what, lxw_strerror(code));
}

static bool same_style(const struct xlsx_style *a, const struct xlsx_style *b)
{
    return a->kind == b->kind && a->decimals == b->decimals && a->estimated == b->estimated &&
           a->signed_change == b->signed_change && a->total == b->total && a->digits == b->digits;
}

static void append_digits(struct strbuf *out, const char *whole, const struct xlsx_style *style)
{
    strbuf_append_cstr(out, whole);
    for (unsigned i = 0; i < style->decimals; i++)
        strbuf_append_cstr(out, i ? "0" : ".0");
    if (style->kind == CELL_RATIO)
        strbuf_append_char(out, '%');
}

/* "~" marks an estimate; changes show their sign. */
static void append_number_format(struct strbuf *out, const struct xlsx_style *style)
{
    const char *whole = style->kind == CELL_RATIO ? "0" : "#,##0";
    const char *mark = style->estimated ? "\"~\"" : "";
    if (style->signed_change) {
        strbuf_printf(out, "%s+", mark);
        append_digits(out, whole, style);
        strbuf_printf(out, ";%s-", mark);
        append_digits(out, whole, style);
        strbuf_append_char(out, ';');
    }
    strbuf_append_cstr(out, mark);
    append_digits(out, whole, style);
}

static void set_number_format(lxw_format *format, const struct xlsx_style *style)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    if (style->kind == CELL_TEXT && style->digits)
        strbuf_append_char(&text, '@');
    else if (style->kind == CELL_DAY)
        strbuf_append_cstr(&text, "yyyy-mm-dd");
    else if (style->kind != CELL_TEXT && style->kind != CELL_NONE && style->kind != CELL_NA)
        append_number_format(&text, style);
    if (text.len && text.len < 120) /* the library's room for a format; never near it */
        format_set_num_format(format, strbuf_cstr(&text));
    strbuf_deinit(&text);
}

lxw_format *xlsx_format(struct xlsx *xlsx, struct xlsx_style style)
{
    for (size_t i = 0; i < xlsx->style_count; i++)
        if (same_style(&xlsx->styles[i], &style))
            return xlsx->formats[i];
    if (xlsx->style_count == XLSX_STYLES_MAX)
        return NULL; /* General: the number is there, only its looks are missing */
    lxw_format *format = workbook_add_format(xlsx->book);
    if (!format)
        return NULL;
    set_number_format(format, &style);
    if (style.kind == CELL_NA)
        format_set_align(format, LXW_ALIGN_RIGHT);
    if (style.total) {
        format_set_bold(format);
        format_set_top(format, LXW_BORDER_THIN);
    }
    xlsx->styles[xlsx->style_count] = style;
    xlsx->formats[xlsx->style_count++] = format;
    return format;
}

double xlsx_number(struct decimal amount)
{
    struct strbuf digits;
    strbuf_init(&digits, STRBUF_CEILING);
    decimal_format(amount, 0, &digits);
    double number = strtod(strbuf_cstr(&digits), NULL);
    strbuf_deinit(&digits);
    return number;
}

static enum gr_status write_number(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                                   lxw_col_t at, double number, lxw_format *format)
{
    if (!isfinite(number)) /* would be written as <v>NAN</v>, which Excel wants to repair */
        return xlsx_check(xlsx, worksheet_write_blank(sheet, row, at, format), "blank cell");
    return xlsx_check(xlsx, worksheet_write_number(sheet, row, at, number, format), "number");
}

enum gr_status xlsx_write_text(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                               lxw_col_t column, struct str text, lxw_format *format)
{
    struct arena scratch = ARENA_EMPTY;
    const char *clean = xlsx_cell_text(&scratch, text);
    lxw_error code = *clean ? worksheet_write_string(sheet, row, column, clean, format)
                            : worksheet_write_blank(sheet, row, column, format);
    arena_deinit(&scratch);
    return xlsx_check(xlsx, code, "text");
}

/* Digits that Excel would turn into a rounded number if they were typed again: ids, phone numbers.
 */
static bool is_digits(struct str text)
{
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    return digits > 0 && digits == text.len;
}

static struct xlsx_style style_of(const struct report_cell *cell,
                                  const struct report_column *column, bool total)
{
    struct xlsx_style style = {.kind = cell->kind, .total = total, .estimated = cell->estimated};
    if (cell->kind == CELL_MONEY)
        style.decimals = currency_minor_digits(cell->currency);
    else if (cell->kind == CELL_DECIMAL || cell->kind == CELL_RATIO)
        style.decimals = column ? column->decimals : cell->kind == CELL_RATIO ? 1 : 2;
    if (style.decimals > 12)
        style.decimals = 12;
    style.signed_change = column && column->signed_change && format_is_number(cell);
    style.digits = cell->kind == CELL_TEXT && !cell->name.len && is_digits(cell->text);
    return style;
}

static double number_of(const struct report_cell *cell)
{
    switch (cell->kind) {
    case CELL_MONEY:
    case CELL_DECIMAL:
        return xlsx_number(cell->amount);
    case CELL_COUNT:
        return (double)cell->count;
    case CELL_RATIO:
        return cell->real;
    case CELL_DAY:
        return (double)cell->day.since_1970 + EXCEL_DAY_OF_1970;
    default:
        return (double)NAN;
    }
}

/* Values that a spreadsheet has no number for go in as their text. */
static enum gr_status write_as_text(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                                    lxw_col_t at, const struct report_cell *cell,
                                    lxw_format *format)
{
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    if (cell->kind == CELL_TEXT)
        format_for_people(cell, NULL, &text);
    else
        format_for_machines(cell, &text);
    enum gr_status status = xlsx_write_text(xlsx, sheet, row, at, strbuf_str(&text), format);
    strbuf_deinit(&text);
    return status;
}

static bool fits_a_number(const struct report_cell *cell)
{
    double serial = number_of(cell);
    if (cell->kind == CELL_DAY)
        return serial >= EXCEL_DAY_OF_1900_03_01 && serial <= EXCEL_DAY_LAST;
    if (cell->kind == CELL_COUNT)
        return cell->count <= EXACT_COUNT_MAX && cell->count >= -EXACT_COUNT_MAX;
    return isfinite(serial);
}

enum gr_status xlsx_write_cell(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t at,
                               const struct report_cell *cell, const struct report_column *column,
                               bool total)
{
    lxw_format *format = xlsx_format(xlsx, style_of(cell, column, total));
    if (cell->kind == CELL_NA || (cell->kind == CELL_RATIO && !format_is_number(cell)))
        return xlsx_write_text(xlsx, sheet, row, at, STR("n/a"), format);
    if (cell->kind == CELL_NONE && !total)
        return GR_OK;
    if (cell->kind == CELL_TEXT || cell->kind == CELL_NONE || !fits_a_number(cell))
        return write_as_text(xlsx, sheet, row, at, cell, format);
    return write_number(xlsx, sheet, row, at, number_of(cell), format);
}

enum gr_status xlsx_write_formula(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                                  lxw_col_t at, const char *formula, const struct report_cell *cell,
                                  const struct report_column *column)
{
    lxw_format *format = xlsx_format(xlsx, style_of(cell, column, true));
    return xlsx_check(xlsx,
                      worksheet_write_formula_num(sheet, row, at, formula, format, number_of(cell)),
                      "formula");
}

/* In a page header & starts a command. */
static const char *page_text(struct arena *arena, const char *before, struct str text,
                             const char *behind)
{
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    strbuf_append_cstr(&out, before);
    for (const char *c = xlsx_line(arena, text, 80); *c; c++)
        strbuf_append_cstr(&out, (const char[]){*c, *c == '&' ? '&' : 0, 0});
    strbuf_append_cstr(&out, behind);
    const char *kept = arena_str(arena, strbuf_str(&out)).ptr;
    strbuf_deinit(&out);
    return kept;
}

enum gr_status xlsx_set_up_print(struct xlsx *xlsx, lxw_worksheet *sheet, struct str title,
                                 bool repeat_first_row)
{
    enum { PAPER_A4 = 9 };
    struct arena *arena = &xlsx->arena;
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, PAPER_A4);
    worksheet_fit_to_pages(sheet, 1, 0);
    if (repeat_first_row)
        GR_TRY(xlsx_check(xlsx, worksheet_repeat_rows(sheet, 0, 0), "print titles"));
    const char *header =
        page_text(arena, "&L", xlsx->doc->title, page_text(arena, "&R", title, ""));
    const char *footer = page_text(arena, "&L", xlsx->doc->subtitle, "&RPage &P of &N");
    GR_TRY(xlsx_check(xlsx, worksheet_set_header(sheet, header), "page header"));
    return xlsx_check(xlsx, worksheet_set_footer(sheet, footer), "page footer");
}
