/* How a table fits a terminal; see layout.h. */
#include "render/terminal/layout.h"

#include <math.h>
#include <string.h>

#include "render/format.h"
#include "render/terminal/glyphs.h"
#include "render/walk.h"

enum {
    TEXT_COLUMNS_EASY = 32, /* a text column takes no more while optional columns are still there */
    TEXT_COLUMNS_TIGHT = 8, /* ... while columns are not dropped against their will */
    TEXT_COLUMNS_LEAST = 5,
    BAR_COLUMNS_MAX = 20,
    BAR_COLUMNS_MIN = 4,
};

static struct str visible(struct arena *arena, struct strbuf *scratch, bool ascii)
{
    struct strbuf shown;
    strbuf_init(&shown, STRBUF_CEILING);
    glyphs_append_visible(&shown, strbuf_str(scratch), ascii);
    struct str kept = arena_str(arena, strbuf_str(&shown));
    strbuf_deinit(&shown);
    return kept;
}

/* Headings stand in capitals, as they have no border to tell them from rows; ASCII only, so that no
 * locale is asked. */
static struct str heading(struct arena *arena, const struct report_column *column, bool ascii)
{
    struct strbuf scratch;
    strbuf_init(&scratch, STRBUF_CEILING);
    struct str title = format_column_title(column);
    for (size_t i = 0; i < title.len; i++) {
        char c = title.ptr[i];
        strbuf_append_char(&scratch, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    struct str kept = visible(arena, &scratch, ascii);
    strbuf_deinit(&scratch);
    return kept;
}

static size_t columns_from_point(struct str text)
{
    const char *point = text.len ? memchr(text.ptr, '.', text.len) : NULL;
    return point ? text.len - (size_t)(point - text.ptr) : 0;
}

static struct layout_cell lay_cell(struct arena *arena, struct strbuf *scratch,
                                   const struct report_cell *cell,
                                   const struct layout_column *column,
                                   const struct render_options *options)
{
    strbuf_clear(scratch);
    if (options->exact)
        format_for_people_exact(cell, column->column, scratch);
    else
        format_for_people(cell, column->column, scratch);
    struct layout_cell laid = {.text = visible(arena, scratch, options->ascii)};
    laid.columns = glyphs_width(laid.text);
    if (options->exact && column->is_right && format_is_number(cell))
        laid.fraction_columns = columns_from_point(laid.text);
    return laid;
}

static void lay_column(struct arena *arena, struct layout_column *laid,
                       const struct report_table *table, size_t c,
                       const struct render_options *options)
{
    const struct report_column *column = &table->columns[c];
    laid->column = column;
    laid->title = heading(arena, column, options->ascii);
    laid->title_columns = glyphs_width(laid->title);
    laid->is_right = format_is_right_aligned(column);
    laid->is_text = column->kind == CELL_TEXT || column->kind == CELL_NONE;
    laid->cells = arena_alloc_zeroed(arena, table->row_count + 1, sizeof *laid->cells);
    struct strbuf scratch;
    strbuf_init(&scratch, STRBUF_CEILING);
    size_t whole_columns = 0;
    for (size_t r = 0; r < table->row_count; r++) {
        struct layout_cell *cell = &laid->cells[r];
        *cell = lay_cell(arena, &scratch, &table->rows[r].cells[c], laid, options);
        if (cell->columns - cell->fraction_columns > whole_columns)
            whole_columns = cell->columns - cell->fraction_columns;
        if (cell->fraction_columns > laid->fraction_columns)
            laid->fraction_columns = cell->fraction_columns;
    }
    strbuf_deinit(&scratch);
    laid->cell_columns = whole_columns + laid->fraction_columns;
}

static size_t natural_width(const struct layout_column *column)
{
    return column->cell_columns > column->title_columns ? column->cell_columns
                                                        : column->title_columns;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t total_width(const struct layout *layout)
{
    size_t total = 0;
    for (size_t c = 0; c < layout->column_count; c++)
        if (!layout->columns[c].dropped)
            total += layout->columns[c].width + (total ? LAYOUT_GAP_COLUMNS : 0);
    return total;
}

/* The amount that a table is about: the first that is not optional, else the first. */
static size_t main_amount(const struct layout *layout)
{
    size_t first = layout->column_count, wanted = layout->column_count;
    for (size_t c = layout->column_count; c-- > 0;) {
        const struct report_column *column = layout->columns[c].column;
        if (column->kind != CELL_MONEY)
            continue;
        first = c;
        if (!column->optional)
            wanted = c;
    }
    return wanted < layout->column_count ? wanted : first;
}

static bool is_currency(const struct layout *layout, size_t c)
{
    return str_is(layout->columns[c].column->id, "currency");
}

enum drop_stage { DROP_OPTIONAL, DROP_SPARE, DROP_ANY };

/* The last column that may go, or NULL. The first column and the main amount stay to the end, and
 * so does the currency: amounts without their unit would seem to add up. */
static struct layout_column *last_to_drop(struct layout *layout, enum drop_stage stage)
{
    size_t amount = main_amount(layout);
    for (size_t c = layout->column_count; c-- > 1;) {
        struct layout_column *column = &layout->columns[c];
        if (column->dropped || c == amount || is_currency(layout, c))
            continue;
        if (stage == DROP_ANY || (stage == DROP_OPTIONAL && column->column->optional) ||
            (stage == DROP_SPARE && column->column->spare))
            return column;
    }
    return NULL;
}

static void drop_columns(struct layout *layout, size_t width, enum drop_stage stage)
{
    struct layout_column *column;
    while (total_width(layout) > width && (column = last_to_drop(layout, stage)) != NULL)
        column->dropped = true;
}

/* What a column keeps at least: text is cut down to `text_columns`, a number keeps all its digits.
 */
static size_t least_width(const struct layout_column *column, size_t text_columns)
{
    if (column->is_text)
        return smaller(natural_width(column), text_columns);
    return column->cell_columns ? column->cell_columns : 1;
}

/* Takes single columns from the widest that can give until the table fits. */
static void shrink_columns(struct layout *layout, size_t width, size_t text_columns)
{
    while (total_width(layout) > width) {
        struct layout_column *widest = NULL;
        for (size_t c = 0; c < layout->column_count; c++) {
            struct layout_column *column = &layout->columns[c];
            if (column->dropped || column->width <= least_width(column, text_columns))
                continue;
            if (!widest || column->width >= widest->width)
                widest = column;
        }
        if (!widest)
            return;
        widest->width--;
    }
}

/* A heading is cut before any text below it is. */
static void shrink_headings(struct layout *layout, size_t width)
{
    for (size_t c = layout->column_count; c-- > 0;) {
        struct layout_column *column = &layout->columns[c];
        size_t total = total_width(layout);
        if (column->dropped || total <= width || column->width <= column->cell_columns)
            continue;
        size_t spare = column->width - (column->cell_columns ? column->cell_columns : 1);
        column->width -= smaller(spare, total - width);
    }
}

/* Two columns that still don't fit share the width; digits that find no room become #####. */
static void force_width(struct layout *layout, size_t width)
{
    while (total_width(layout) > width) {
        struct layout_column *widest = NULL;
        for (size_t c = 0; c < layout->column_count; c++) {
            struct layout_column *column = &layout->columns[c];
            if (!column->dropped && column->width > 1 && (!widest || column->width > widest->width))
                widest = column;
        }
        if (!widest)
            return;
        widest->width--;
    }
}

/* Gives room that is left back to text columns that were capped, from the left. */
static void widen_text(struct layout *layout, size_t width)
{
    for (size_t c = 0; c < layout->column_count; c++) {
        struct layout_column *column = &layout->columns[c];
        size_t total = total_width(layout);
        if (column->dropped || !column->is_text || total >= width)
            continue;
        size_t wanted = natural_width(column) - smaller(natural_width(column), column->width);
        column->width += smaller(wanted, width - total);
    }
}

static double widest_share(const struct layout *layout, size_t c)
{
    double widest = 0;
    size_t index = (size_t)(layout->columns[c].column - layout->table->columns);
    for (size_t r = 0; r < layout->table->row_count; r++) {
        const struct report_row *row = &layout->table->rows[r];
        const struct report_cell *cell = &row->cells[index];
        if (row->kind != ROW_TOTAL && cell->kind == CELL_RATIO && isfinite(cell->real))
            widest = fmax(widest, cell->real);
    }
    return widest;
}

static void place_bar(struct layout *layout, size_t width)
{
    for (size_t c = 0; c < layout->column_count; c++) {
        struct layout_column *column = &layout->columns[c];
        if (column->dropped || !column->column->share_bar)
            continue;
        size_t left = width - smaller(width, total_width(layout) + 1);
        layout->share_max = widest_share(layout, c);
        if (left >= BAR_COLUMNS_MIN && layout->share_max > 0)
            column->bar_columns = smaller(left, BAR_COLUMNS_MAX);
        return;
    }
}

static void fit(struct layout *layout, size_t width)
{
    for (size_t c = 0; c < layout->column_count; c++)
        if (layout->columns[c].is_text)
            layout->columns[c].width = smaller(layout->columns[c].width, TEXT_COLUMNS_EASY);
    drop_columns(layout, width, DROP_OPTIONAL);
    drop_columns(layout, width, DROP_SPARE);
    shrink_headings(layout, width);
    shrink_columns(layout, width, TEXT_COLUMNS_TIGHT);
    shrink_columns(layout, width, TEXT_COLUMNS_LEAST);
    drop_columns(layout, width, DROP_ANY);
    force_width(layout, width);
    if (total_width(layout) > width) { /* no terminal in earnest: a few columns in all */
        for (size_t c = 1; c < layout->column_count; c++)
            layout->columns[c].dropped = layout->columns[c].dropped || is_currency(layout, c);
        force_width(layout, width);
    }
    widen_text(layout, width);
    place_bar(layout, width);
}

struct layout layout_of_table(struct arena *arena, const struct report_table *table,
                              const struct render_options *options)
{
    struct layout layout = {.table = table};
    layout.columns = arena_alloc_zeroed(arena, table->column_count + 1, sizeof *layout.columns);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!walk_column_for_people(&table->columns[c]))
            continue;
        struct layout_column *column = &layout.columns[layout.column_count++];
        lay_column(arena, column, table, c, options);
        column->width = natural_width(column);
    }
    if (options->width)
        fit(&layout, options->width);
    return layout;
}
