/* Prints a table on the terminal: no borders, numbers to the right, never a wrapped line. */
#include <math.h>

#include "render/format.h"
#include "render/terminal/glyphs.h"
#include "render/terminal/layout.h"
#include "render/terminal/terminal.h"

static void append_times(struct strbuf *line, char c, size_t times)
{
    while (times--)
        strbuf_append_char(line, c);
}

/* `text` in `width` columns, a gap before all but the first column. */
static void append_padded(struct strbuf *line, struct str text, size_t columns, size_t width,
                          bool to_the_right)
{
    if (to_the_right)
        append_times(line, ' ', width - columns);
    strbuf_append(line, text);
    if (!to_the_right)
        append_times(line, ' ', width - columns);
}

static void append_text(struct terminal *terminal, const struct layout_column *column,
                        struct str text)
{
    struct strbuf cut;
    strbuf_init(&cut, STRBUF_CEILING);
    size_t columns = glyphs_append_cut(&cut, text, column->width, terminal->options->ascii);
    append_padded(&terminal->line, strbuf_str(&cut), columns, column->width, column->is_right);
    strbuf_deinit(&cut);
}

static void append_cell(struct terminal *terminal, const struct layout_column *column,
                        const struct layout_cell *cell, bool is_number)
{
    size_t behind = 0; /* blanks that bring the decimal points below one another */
    if (column->is_right && column->fraction_columns)
        behind = column->fraction_columns - cell->fraction_columns;
    if (is_number && cell->columns + behind > column->width) {
        append_times(&terminal->line, '#', column->width);
    } else if (cell->columns + behind > column->width || !behind) {
        append_text(terminal, column, cell->text);
    } else {
        append_padded(&terminal->line, cell->text, cell->columns, column->width - behind, true);
        append_times(&terminal->line, ' ', behind);
    }
}

/* U+2588 is a full block, U+2589 to U+258F are seven to one eighths. */
static void append_bar(struct terminal *terminal, const struct layout *layout,
                       const struct layout_column *column, const struct report_row *row)
{
    const struct report_cell *cell = &row->cells[column->column - layout->table->columns];
    size_t eighths = 0;
    if (row->kind != ROW_TOTAL && cell->kind == CELL_RATIO && cell->real > 0)
        eighths = (size_t)lround(cell->real / layout->share_max * 8 * (double)column->bar_columns);
    strbuf_append_char(&terminal->line, ' ');
    size_t used = 0;
    for (; used < column->bar_columns && eighths >= 8; used++, eighths -= 8)
        strbuf_append_cstr(&terminal->line, terminal->options->ascii ? "#" : "\u2588");
    if (used < column->bar_columns && eighths > 0) {
        const char block[] = {(char)0xE2, (char)0x96, (char)(0x90 - (char)eighths), 0};
        strbuf_append_cstr(&terminal->line, !terminal->options->ascii ? block
                                            : eighths >= 4            ? "#"
                                                                      : " ");
        used++;
    }
    append_times(&terminal->line, ' ', column->bar_columns - used);
}

/* One line: the heading when `row` is NULL. */
static enum gr_status print_line(struct terminal *terminal, const struct layout *layout,
                                 const struct report_row *row)
{
    bool first = true;
    for (size_t c = 0; c < layout->column_count; c++) {
        const struct layout_column *column = &layout->columns[c];
        if (column->dropped)
            continue;
        if (!first)
            append_times(&terminal->line, ' ', LAYOUT_GAP_COLUMNS);
        first = false;
        if (!row) {
            append_text(terminal, column, column->title);
            append_times(&terminal->line, ' ', column->bar_columns ? column->bar_columns + 1 : 0);
            continue;
        }
        const struct report_cell *cell = &row->cells[column->column - layout->table->columns];
        append_cell(terminal, column, &column->cells[row - layout->table->rows],
                    cell->kind != CELL_TEXT && cell->kind != CELL_NONE);
        if (column->bar_columns)
            append_bar(terminal, layout, column, row);
    }
    return terminal_end_line(terminal, !row || row->kind == ROW_TOTAL ? STYLE_BOLD : STYLE_PLAIN);
}

static enum gr_status print_dropped(struct terminal *terminal, const struct layout *layout)
{
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    for (size_t c = 0; c < layout->column_count; c++) {
        if (!layout->columns[c].dropped)
            continue;
        strbuf_append_cstr(&text, text.len ? ", " : "too narrow to show: ");
        strbuf_append(&text, layout->columns[c].title);
    }
    enum gr_status status = GR_OK;
    if (text.len)
        status = terminal_text(terminal, strbuf_str(&text), STYLE_DIM);
    strbuf_deinit(&text);
    return status;
}

static enum gr_status print_not_shown(struct terminal *terminal, const struct report_table *table)
{
    if (!table->rows_not_shown)
        return GR_OK;
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    format_rows_not_shown(table, &text);
    enum gr_status status = terminal_text(terminal, strbuf_str(&text), STYLE_DIM);
    strbuf_deinit(&text);
    return status;
}

enum gr_status terminal_table(struct terminal *terminal, const struct report_table *table)
{
    if (table->row_count == 0) {
        struct str text = table->empty_text.len ? table->empty_text : STR("no rows");
        return terminal_text(terminal, text, STYLE_PLAIN);
    }
    struct layout layout = layout_of_table(&terminal->arena, table, terminal->options);
    GR_TRY(print_line(terminal, &layout, NULL));
    for (size_t r = 0; r < table->row_count; r++)
        if (table->rows[r].kind != ROW_ROUNDING || !terminal->options->exact)
            GR_TRY(print_line(terminal, &layout, &table->rows[r]));
    GR_TRY(print_not_shown(terminal, table));
    return print_dropped(terminal, &layout);
}
