/* Tables of the HTML report: headers with scope, totals in the foot, shares with a bar behind them.
 */
#include <math.h>

#include "render/format.h"
#include "render/html/html.h"
#include "render/walk.h"

/* The share that fills its bar; 0 where there are no bars. */
static double widest_share(const struct report_table *table, size_t c)
{
    double widest = 0;
    if (!table->columns[c].share_bar)
        return 0;
    for (size_t r = 0; r < table->row_count; r++) {
        const struct report_cell *cell = &table->rows[r].cells[c];
        if (table->rows[r].kind != ROW_TOTAL && cell->kind == CELL_RATIO && isfinite(cell->real))
            widest = fmax(widest, cell->real);
    }
    return widest;
}

/* class="n" and, for a share, the width of its bar in thousandths: no number passes printf's %f,
 * whose point depends on the locale. */
static void append_attributes(struct html *html, const struct report_table *table,
                              const struct report_row *row, size_t c)
{
    const struct report_column *column = &table->columns[c];
    const struct report_cell *cell = &row->cells[c];
    bool right = format_is_right_aligned(column);
    double widest = html->widest_shares[c];
    bool bar = widest > 0 && row->kind != ROW_TOTAL && cell->kind == CELL_RATIO && cell->real > 0;
    if (bar) {
        long thousandths = lround(cell->real / widest * 1000);
        strbuf_printf(&html->text, " class=\"%sshare\" style=\"--s:%ld.%03ld\"", right ? "n " : "",
                      thousandths / 1000, thousandths % 1000);
    } else if (right) {
        strbuf_append_cstr(&html->text, " class=\"n\"");
    } else if (column->kind == CELL_DAY) {
        strbuf_append_cstr(&html->text, " class=\"d\"");
    }
}

static enum gr_status write_row(struct html *html, const struct report_table *table,
                                const struct report_row *row)
{
    bool first = true;
    strbuf_append_cstr(&html->text, "<tr>");
    for (size_t c = 0; c < table->column_count; c++) {
        if (!walk_column_for_people(&table->columns[c]))
            continue;
        strbuf_append_cstr(&html->text, first ? "<th scope=\"row\"" : "<td");
        append_attributes(html, table, row, c);
        strbuf_append_char(&html->text, '>');
        strbuf_clear(&html->scratch);
        format_for_people(&row->cells[c], &table->columns[c], &html->scratch);
        html_append_text(html, strbuf_str(&html->scratch));
        strbuf_append_cstr(&html->text, first ? "</th>" : "</td>");
        first = false;
    }
    strbuf_append_cstr(&html->text, "</tr>\n");
    return html_flush(html);
}

static enum gr_status write_rows(struct html *html, const struct report_table *table, bool totals)
{
    bool any = false;
    const char *part = totals ? "tfoot" : "tbody";
    for (size_t r = 0; r < table->row_count; r++) {
        if ((table->rows[r].kind == ROW_TOTAL) != totals)
            continue;
        if (!any)
            strbuf_printf(&html->text, "<%s>\n", part);
        any = true;
        GR_TRY(write_row(html, table, &table->rows[r]));
    }
    if (any)
        strbuf_printf(&html->text, "</%s>\n", part);
    return html_flush(html);
}

static void append_head(struct html *html, const struct report_table *table)
{
    strbuf_append_cstr(&html->text, "<thead><tr>");
    for (size_t c = 0; c < table->column_count; c++) {
        const struct report_column *column = &table->columns[c];
        if (!walk_column_for_people(column))
            continue;
        strbuf_printf(&html->text, "<th scope=\"col\"%s>",
                      format_is_right_aligned(column) ? " class=\"n\"" : "");
        html_append_text(html, format_column_title(column));
        strbuf_append_cstr(&html->text, "</th>");
    }
    strbuf_append_cstr(&html->text, "</tr></thead>\n");
}

static enum gr_status write_paragraph(struct html *html, const char *open, struct str text,
                                      const char *close)
{
    strbuf_append_cstr(&html->text, open);
    html_append_text(html, text);
    strbuf_printf(&html->text, "%s\n", close);
    return html_flush(html);
}

enum gr_status html_write_table(struct html *html, const struct report_table *table,
                                bool with_caption)
{
    struct str empty_text = table->empty_text.len ? table->empty_text : STR("no rows");
    if (table->row_count == 0 && with_caption)
        GR_TRY(write_paragraph(html, "<h3>", table->title, "</h3>"));
    if (table->row_count == 0)
        return write_paragraph(html, "<p class=\"more\">", empty_text, "</p>");
    html->widest_shares =
        arena_alloc_zeroed(&html->arena, table->column_count, sizeof *html->widest_shares);
    for (size_t c = 0; c < table->column_count; c++)
        html->widest_shares[c] = widest_share(table, c);
    strbuf_append_cstr(&html->text, "<div class=\"scroll\"><table>\n");
    if (with_caption)
        GR_TRY(write_paragraph(html, "<caption>", table->title, "</caption>"));
    append_head(html, table);
    GR_TRY(write_rows(html, table, false));
    GR_TRY(write_rows(html, table, true));
    strbuf_append_cstr(&html->text, "</table></div>\n");
    if (table->rows_not_shown == 0)
        return html_flush(html);
    struct strbuf text;
    strbuf_init(&text, STRBUF_CEILING);
    format_rows_not_shown(table, &text);
    enum gr_status status = write_paragraph(html, "<p class=\"more\">", strbuf_str(&text), "</p>");
    strbuf_deinit(&text);
    return status;
}
