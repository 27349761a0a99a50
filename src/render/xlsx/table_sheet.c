/* A table of the document as a worksheet table: header, filter, typed cells, totals that
 * recalculate.
 *
 * Total rows stand below the worksheet table, not in it: the library's own total rows hold 0 until
 * a program recalculates. A total is a formula only where the sum of the rows is exactly that
 * total; else (rows cut by a cap, ratios, several sheets) it is the plain number.
 */
#include <string.h>
#include <strings.h>

#include "render/format.h"
#include "render/utf8.h"
#include "render/walk.h"
#include "render/xlsx/workbook.h"

enum { ROWS_PER_SHEET_MAX = 1000000, COLUMNS_MAX = 16384, MEASURED_ROWS_MAX = 1000 };

struct table_sheet {
    struct xlsx *xlsx;
    const struct report_table *table;
    lxw_worksheet *sheet;
    const char *table_name;
    size_t *columns; /* indexes of the table's columns that are written */
    const char **headers;
    size_t column_count;
    size_t data_row_count; /* of the whole table */
    size_t total_row_count;
    lxw_row_t rows_here; /* data rows on this sheet, in rows 1..rows_here */
    bool split;
};

static void find_columns(struct table_sheet *on)
{
    const struct report_table *table = on->table;
    struct arena *arena = &on->xlsx->arena;
    on->columns = arena_alloc_zeroed(arena, table->column_count + 1, sizeof *on->columns);
    on->headers = arena_alloc_zeroed(arena, table->column_count + 1, sizeof *on->headers);
    for (size_t c = 0; c < table->column_count; c++)
        if (walk_column_for_sheets(&table->columns[c]))
            on->columns[on->column_count++] = c;
    for (size_t r = 0; r < table->row_count; r++)
        if (table->rows[r].kind == ROW_TOTAL)
            on->total_row_count++;
        else if (walk_row_for_machines(&table->rows[r]))
            on->data_row_count++;
}

static bool is_header_used(const struct table_sheet *on, size_t before, const char *header)
{
    for (size_t i = 0; i < before; i++)
        if (strcasecmp(on->headers[i], header) == 0)
            return true;
    return false;
}

/* Excel wants headers of a worksheet table to be there and to differ, whatever their case. */
static void name_headers(struct table_sheet *on)
{
    struct arena *arena = &on->xlsx->arena;
    for (size_t i = 0; i < on->column_count; i++) {
        struct str title = format_column_title(&on->table->columns[on->columns[i]]);
        const char *wanted = xlsx_line(arena, title, XLSX_HEADER_UNITS_MAX - 8);
        if (!*wanted)
            wanted = "column";
        const char *header = wanted;
        for (unsigned n = 2; is_header_used(on, i, header); n++)
            header = arena_printf(arena, "%s %u", wanted, n).ptr;
        on->headers[i] = header;
    }
}

/* Columns a text takes in a spreadsheet's default font, roughly. */
static size_t text_width(struct str text)
{
    size_t width = 0;
    while (text.len)
        width += utf8_next(&text, NULL) >= 0x1100 ? 2 : 1;
    return width;
}

static double column_width(const struct table_sheet *on, size_t i)
{
    enum { FILTER_BUTTON = 3, WIDTH_MIN = 9, WIDTH_MAX = 60 };
    const struct report_table *table = on->table;
    const struct report_column *column = &table->columns[on->columns[i]];
    size_t widest = text_width(str_from(on->headers[i])) + FILTER_BUTTON;
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    for (size_t r = 0; r < table->row_count; r++) {
        if (r >= MEASURED_ROWS_MAX && table->rows[r].kind != ROW_TOTAL)
            continue;
        strbuf_clear(&text);
        format_for_people(&table->rows[r].cells[on->columns[i]], column, &text);
        size_t width = text_width(strbuf_str(&text)) + 2;
        widest = width > widest ? width : widest;
    }
    strbuf_deinit(&text);
    return (double)(widest < WIDTH_MIN ? WIDTH_MIN : widest > WIDTH_MAX ? WIDTH_MAX : widest);
}

static lxw_format *heading_format(const struct table_sheet *on, size_t i)
{
    bool right = format_is_right_aligned(&on->table->columns[on->columns[i]]);
    return right ? on->xlsx->heading_right : on->xlsx->heading;
}

/* The worksheet table over the header and `rows_here` rows. */
static enum gr_status add_worksheet_table(struct table_sheet *on)
{
    struct xlsx *xlsx = on->xlsx;
    lxw_table_column *columns = arena_alloc_zeroed(&xlsx->arena, on->column_count, sizeof *columns);
    lxw_table_column **list = arena_alloc_zeroed(&xlsx->arena, on->column_count + 1, sizeof *list);
    for (size_t i = 0; i < on->column_count; i++) {
        columns[i].header = (char *)(uintptr_t)on->headers[i]; /* copied by the library */
        columns[i].header_format = heading_format(on, i);
        list[i] = &columns[i];
    }
    on->table_name = xlsx_table_name(xlsx, on->table->id);
    lxw_table_options options = {.name = (char *)(uintptr_t)on->table_name,
                                 .style_type = LXW_TABLE_STYLE_TYPE_LIGHT,
                                 .style_type_number = 1,
                                 .columns = list};
    return xlsx_check(xlsx,
                      worksheet_add_table(on->sheet, 0, 0, on->rows_here,
                                          (lxw_col_t)(on->column_count - 1), &options),
                      "table");
}

static enum gr_status write_headers(struct table_sheet *on)
{
    for (size_t i = 0; i < on->column_count; i++)
        GR_TRY(xlsx_write_text(on->xlsx, on->sheet, 0, (lxw_col_t)i, str_from(on->headers[i]),
                               heading_format(on, i)));
    return GR_OK;
}

static enum gr_status write_row(struct table_sheet *on, lxw_row_t at, const struct report_row *row)
{
    for (size_t i = 0; i < on->column_count; i++)
        GR_TRY(xlsx_write_cell(on->xlsx, on->sheet, at, (lxw_col_t)i, &row->cells[on->columns[i]],
                               &on->table->columns[on->columns[i]], row->kind == ROW_TOTAL));
    return GR_OK;
}

/* Column (of the sheet) that names the currency; column_count when there is none. */
static size_t currency_column(const struct table_sheet *on)
{
    for (size_t i = 0; i < on->column_count; i++) {
        const struct report_column *column = &on->table->columns[on->columns[i]];
        if (column->kind == CELL_TEXT && str_is(column->id, "currency"))
            return i;
    }
    return on->column_count;
}

/* No wildcard, no comparison sign: SUMIFS would read them. */
static bool is_plain_code(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return text.len > 0;
}

static struct decimal exact_value(const struct report_cell *cell)
{
    if (cell->kind == CELL_COUNT)
        return decimal_from_int(cell->count);
    return cell->kind == CELL_MONEY || cell->kind == CELL_DECIMAL ? cell->amount : DECIMAL_ZERO;
}

/* Whether the data rows (of one currency when currency.ptr) add up to exactly `total`. */
static bool adds_up(const struct table_sheet *on, size_t column, size_t currency_at,
                    struct str currency, const struct report_cell *total)
{
    struct gr_err ignored = {0};
    struct decimal sum = DECIMAL_ZERO;
    for (size_t r = 0; r < on->table->row_count; r++) {
        const struct report_row *row = &on->table->rows[r];
        if (!walk_row_for_machines(row))
            continue;
        if (currency.ptr && !str_equal_nocase(row->cells[on->columns[currency_at]].text, currency))
            continue;
        if (decimal_add(sum, exact_value(&row->cells[column]), &sum, &ignored) != GR_OK)
            return false;
    }
    return decimal_compare(sum, exact_value(total)) == 0;
}

static bool is_plain_header(const char *header)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_ ";
    return strspn(header, plain) == strlen(header);
}

/* The formula of a total, or NULL where a formula would not give that total. */
static const char *total_formula(struct table_sheet *on, size_t i, lxw_row_t at,
                                 const struct report_row *row)
{
    struct arena *arena = &on->xlsx->arena;
    size_t c = on->columns[i];
    enum cell_kind kind = row->cells[c].kind;
    bool sums = kind == CELL_MONEY || kind == CELL_DECIMAL || kind == CELL_COUNT;
    if (!on->table->columns[c].add_up || !sums || on->split || on->rows_here == 0)
        return NULL;
    char column[LXW_MAX_COL_NAME_LENGTH];
    lxw_col_to_name(column, (lxw_col_t)i, LXW_FALSE);
    unsigned last = on->rows_here + 1;
    if (on->total_row_count == 1) {
        if (!adds_up(on, c, 0, STR_NONE, &row->cells[c]))
            return NULL;
        if (is_plain_header(on->headers[i]))
            return arena_printf(arena, "=SUBTOTAL(109,%s[%s])", on->table_name, on->headers[i]).ptr;
        return arena_printf(arena, "=SUBTOTAL(109,%s2:%s%u)", column, column, last).ptr;
    }
    size_t currency_at = currency_column(on);
    if (currency_at == on->column_count)
        return NULL;
    struct str currency = row->cells[on->columns[currency_at]].text;
    if (!is_plain_code(currency) || !adds_up(on, c, currency_at, currency, &row->cells[c]))
        return NULL;
    char by[LXW_MAX_COL_NAME_LENGTH];
    lxw_col_to_name(by, (lxw_col_t)currency_at, LXW_FALSE);
    return arena_printf(arena, "=SUMIFS(%s$2:%s$%u,%s$2:%s$%u,%s%u)", column, column, last, by, by,
                        last, by, at + 1)
        .ptr;
}

static enum gr_status write_total(struct table_sheet *on, lxw_row_t at,
                                  const struct report_row *row)
{
    for (size_t i = 0; i < on->column_count; i++) {
        const struct report_cell *cell = &row->cells[on->columns[i]];
        const struct report_column *column = &on->table->columns[on->columns[i]];
        const char *formula = total_formula(on, i, at, row);
        if (formula)
            GR_TRY(
                xlsx_write_formula(on->xlsx, on->sheet, at, (lxw_col_t)i, formula, cell, column));
        else
            GR_TRY(xlsx_write_cell(on->xlsx, on->sheet, at, (lxw_col_t)i, cell, column, true));
    }
    return GR_OK;
}

static enum gr_status write_totals(struct table_sheet *on)
{
    lxw_row_t at = on->rows_here + 1;
    const struct report_table *table = on->table;
    for (size_t r = 0; r < table->row_count; r++)
        if (table->rows[r].kind == ROW_TOTAL)
            GR_TRY(write_total(on, at++, &table->rows[r]));
    if (table->rows_not_shown == 0)
        return GR_OK;
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    format_rows_not_shown(table, &text);
    enum gr_status status =
        xlsx_write_text(on->xlsx, on->sheet, at + 1, 0, strbuf_str(&text), on->xlsx->dim);
    strbuf_deinit(&text);
    return status;
}

static enum gr_status set_up_sheet(struct table_sheet *on)
{
    struct xlsx *xlsx = on->xlsx;
    for (size_t i = 0; i < on->column_count; i++)
        GR_TRY(xlsx_check(
            xlsx,
            worksheet_set_column(on->sheet, (lxw_col_t)i, (lxw_col_t)i, column_width(on, i), NULL),
            "column width"));
    worksheet_freeze_panes(on->sheet, 1, 0);
    char last[LXW_MAX_COL_NAME_LENGTH];
    lxw_col_to_name(last, (lxw_col_t)(on->column_count - 1), LXW_FALSE);
    const char *range = arena_printf(&xlsx->arena, "A1:%s%u", last, on->rows_here + 2).ptr;
    GR_TRY(xlsx_check(xlsx,
                      worksheet_ignore_errors(on->sheet, LXW_IGNORE_NUMBER_STORED_AS_TEXT, range),
                      "ignored warnings"));
    return xlsx_set_up_print(xlsx, on->sheet, on->table->title, true);
}

/* Fills a new sheet with the next data rows from *row on. */
static enum gr_status fill_sheet(struct table_sheet *on, size_t *row, const char **name)
{
    const struct report_table *table = on->table;
    struct str title = table->title.len ? table->title : table->id;
    GR_TRY(xlsx_add_sheet(on->xlsx, title, &on->sheet, name));
    on->rows_here = 0;
    size_t first = *row;
    for (; *row < table->row_count && on->rows_here < ROWS_PER_SHEET_MAX; ++*row)
        on->rows_here += walk_row_for_machines(&table->rows[*row]);
    GR_TRY(set_up_sheet(on));
    if (on->rows_here == 0) {
        GR_TRY(write_headers(on));
        struct str text = table->empty_text.len ? table->empty_text : STR("no rows");
        return xlsx_write_text(on->xlsx, on->sheet, 1, 0, text, on->xlsx->dim);
    }
    GR_TRY(add_worksheet_table(on));
    lxw_row_t at = 1;
    for (size_t r = first; r < *row; r++)
        if (walk_row_for_machines(&table->rows[r]))
            GR_TRY(write_row(on, at++, &table->rows[r]));
    return GR_OK;
}

enum gr_status xlsx_add_table(struct xlsx *xlsx, const struct report_table *table,
                              const char **name)
{
    struct table_sheet on = {.xlsx = xlsx, .table = table};
    find_columns(&on);
    if (on.column_count == 0 || on.column_count > COLUMNS_MAX)
        return gr_fail(xlsx->err, GR_ERENDER, "table %.*s has %zu columns; a sheet holds 1 to %d",
                       STR_ARG(table->id), on.column_count, COLUMNS_MAX);
    name_headers(&on);
    on.split = on.data_row_count > ROWS_PER_SHEET_MAX;
    size_t row = 0;
    const char *next_name = NULL;
    *name = NULL;
    size_t left = on.data_row_count;
    do {
        GR_TRY(fill_sheet(&on, &row, &next_name));
        left -= on.rows_here;
        if (!*name)
            *name = next_name;
    } while (left > 0);
    return write_totals(&on);
}
