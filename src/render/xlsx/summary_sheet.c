/* The sheet that says what the workbook is: titles, sentences, key figures, links to the tables.
 *
 * First sheet ("Summary") of a report with several parts; last one ("About") where there is but one
 * table, so that the table itself opens first.
 */
#include <string.h>

#include "render/format.h"
#include "render/walk.h"
#include "render/xlsx/workbook.h"

enum { COLUMN_LABEL, COLUMN_VALUE, COLUMN_CURRENCY, COLUMN_DETAIL };

struct summary {
    struct xlsx *xlsx;
    lxw_worksheet *sheet;
    lxw_row_t next;
    size_t table; /* number of the next shown table */
    const char *const *links;
};

static enum gr_status put_line(struct summary *on, struct str text, lxw_format *format)
{
    return xlsx_write_text(on->xlsx, on->sheet, on->next++, COLUMN_LABEL, text, format);
}

/* A sentence over all columns; the row grows with its length, as Excel doesn't do that for merged
 * cells. */
static enum gr_status put_paragraph(struct summary *on, struct str text)
{
    enum { CHARACTERS_PER_LINE = 110, POINTS_PER_LINE = 15 };
    if (text.len == 0)
        return GR_OK;
    struct xlsx *xlsx = on->xlsx;
    const char *clean = xlsx_cell_text(&xlsx->arena, text);
    GR_TRY(xlsx_check(xlsx,
                      worksheet_merge_range(on->sheet, on->next, COLUMN_LABEL, on->next,
                                            COLUMN_DETAIL, clean, xlsx->wrapped),
                      "paragraph"));
    size_t lines = 1 + xlsx_units(clean) / CHARACTERS_PER_LINE;
    double points = (double)(lines > 25 ? 25 : lines) * POINTS_PER_LINE;
    return xlsx_check(xlsx, worksheet_set_row(on->sheet, on->next++, points, NULL), "row height");
}

static enum gr_status put_figure(struct summary *on, const struct report_figure *figure)
{
    struct xlsx *xlsx = on->xlsx;
    lxw_row_t row = on->next++;
    GR_TRY(xlsx_write_text(xlsx, on->sheet, row, COLUMN_LABEL, figure->label, NULL));
    GR_TRY(xlsx_write_cell(xlsx, on->sheet, row, COLUMN_VALUE, &figure->value, NULL, false));
    if (figure->value.kind == CELL_MONEY)
        GR_TRY(
            xlsx_write_text(xlsx, on->sheet, row, COLUMN_CURRENCY, figure->value.currency, NULL));
    return xlsx_write_text(xlsx, on->sheet, row, COLUMN_DETAIL, figure->detail, NULL);
}

/* In a link, the sheet's name stands in apostrophes and its own are doubled. */
static const char *link_to(struct arena *arena, const char *sheet_name)
{
    struct strbuf link;
    strbuf_init(&link, STRBUF_CEILING);
    strbuf_append_cstr(&link, "internal:'");
    for (const char *c = sheet_name; *c; c++)
        strbuf_append_cstr(&link, (const char[]){*c, *c == '\'' ? '\'' : 0, 0});
    strbuf_append_cstr(&link, "'!A1");
    const char *kept = arena_str(arena, strbuf_str(&link)).ptr;
    strbuf_deinit(&link);
    return kept;
}

static enum gr_status put_table_link(struct summary *on, const struct report_table *table)
{
    if (!on->links)
        return GR_OK;
    struct xlsx *xlsx = on->xlsx;
    const char *name = on->links[on->table++];
    lxw_row_t row = on->next++;
    GR_TRY(xlsx_check(
        xlsx, worksheet_write_url(on->sheet, row, COLUMN_LABEL, link_to(&xlsx->arena, name), NULL),
        "link"));
    struct str title = table->title.len ? table->title : table->id;
    lxw_format *format = workbook_get_default_url_format(xlsx->book);
    GR_TRY(xlsx_write_text(xlsx, on->sheet, row, COLUMN_LABEL, title, format));
    struct report_cell rows = {.kind = CELL_COUNT};
    for (size_t r = 0; r < table->row_count; r++)
        rows.count += walk_row_for_machines(&table->rows[r]);
    GR_TRY(xlsx_write_cell(xlsx, on->sheet, row, COLUMN_VALUE, &rows, NULL, false));
    return xlsx_write_text(xlsx, on->sheet, row, COLUMN_CURRENCY, STR("rows"), NULL);
}

static enum gr_status put_item(struct summary *on, const struct report_item *item)
{
    switch (item->kind) {
    case ITEM_PARAGRAPH:
    case ITEM_NOTE:
        return put_paragraph(on, item->text);
    case ITEM_FIGURES:
        for (size_t i = 0; i < item->figure_count; i++)
            GR_TRY(put_figure(on, &item->figures[i]));
        return GR_OK;
    case ITEM_TABLE:
        if (item->table && walk_table_is_shown(on->xlsx->doc, item->table))
            return put_table_link(on, item->table);
        return GR_OK;
    case ITEM_CHART:
        break;
    }
    return GR_OK;
}

static enum gr_status put_head(struct summary *on)
{
    const struct report_doc *doc = on->xlsx->doc;
    struct arena *arena = &on->xlsx->arena;
    GR_TRY(put_line(on, doc->title, on->xlsx->title));
    if (doc->subtitle.len)
        GR_TRY(put_line(on, doc->subtitle, NULL));
    char as_of[11];
    day_format(doc->as_of, as_of);
    struct str text =
        arena_printf(arena, "%.*s%sas of %s%s%.*s%s%.*s", STR_ARG(doc->status),
                     doc->status.len ? ", " : "", as_of, doc->snapshot.len ? ", snapshot " : "",
                     STR_ARG(doc->snapshot), doc->author.len ? ", " : "", STR_ARG(doc->author));
    return put_line(on, text, on->xlsx->dim);
}

static enum gr_status put_section(struct summary *on, const struct report_section *section)
{
    lxw_row_t heading = ++on->next;
    if (section->title.len)
        GR_TRY(put_line(on, section->title, on->xlsx->heading));
    lxw_row_t first = on->next;
    for (size_t i = 0; i < section->item_count; i++)
        GR_TRY(put_item(on, &section->items[i]));
    if (on->next == first && !section->title.len)
        on->next = heading - 1;
    return GR_OK;
}

enum gr_status xlsx_fill_summary(struct xlsx *xlsx, lxw_worksheet *sheet, const char *const *links,
                                 lxw_row_t *row)
{
    static const double widths[] = {34, 20, 10, 56};
    struct summary on = {.xlsx = xlsx, .sheet = sheet, .links = links};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        GR_TRY(xlsx_check(xlsx,
                          worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL),
                          "column width"));
    worksheet_gridlines(sheet, LXW_HIDE_ALL_GRIDLINES);
    GR_TRY(put_head(&on));
    for (size_t s = 0; s < xlsx->doc->section_count; s++)
        GR_TRY(put_section(&on, &xlsx->doc->sections[s]));
    *row = on.next + 1;
    return xlsx_set_up_print(xlsx, sheet, STR(""), false);
}
