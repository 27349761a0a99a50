/* Which tables and columns an output shows; see walk.h. */
#include "render/walk.h"

#include <errno.h>
#include <string.h>

bool walk_table_is_shown(const struct report_doc *doc, const struct report_table *table)
{
    if (table->json_only)
        return false;
    return !doc->json_head.ptr ||
           !(str_is(table->id, "totals") || str_is(table->id, "time_series"));
}

/* The nth table (from 0) that is shown or, with `any`, that is there at all. */
static const struct report_table *nth_table(const struct report_doc *doc, size_t n, bool any)
{
    for (size_t s = 0; s < doc->section_count; s++) {
        const struct report_section *section = &doc->sections[s];
        for (size_t i = 0; i < section->item_count; i++) {
            const struct report_table *table = section->items[i].table;
            if (section->items[i].kind != ITEM_TABLE || !table)
                continue;
            if ((any || walk_table_is_shown(doc, table)) && n-- == 0)
                return table;
        }
    }
    return NULL;
}

const struct report_table *walk_shown_table(const struct report_doc *doc, size_t n)
{
    return nth_table(doc, n, false);
}

size_t walk_shown_table_count(const struct report_doc *doc)
{
    size_t count = 0;
    while (walk_shown_table(doc, count))
        count++;
    return count;
}

const struct report_table *walk_table_named(const struct report_doc *doc, const char *id)
{
    const struct report_table *table;
    for (size_t n = 0; (table = nth_table(doc, n, true)) != NULL; n++)
        if (str_is(table->id, id))
            return table;
    return NULL;
}

bool walk_column_for_people(const struct report_column *column)
{
    return !column->csv_only && !column->is_name;
}

bool walk_column_for_machines(const struct report_column *column)
{
    return !column->human_only;
}

bool walk_column_for_sheets(const struct report_column *column)
{
    return walk_column_for_machines(column) && !column->is_name;
}

bool walk_row_for_machines(const struct report_row *row)
{
    return row->kind != ROW_TOTAL && row->kind != ROW_ROUNDING;
}

enum gr_status walk_flush(struct strbuf *text, FILE *out, struct gr_err *err)
{
    if (text->overflowed)
        return gr_fail(err, GR_ERENDER, "one row or text of the report is over %zu bytes long",
                       text->ceiling);
    if (text->len)
        (void)!fwrite(text->ptr, 1, text->len, out); /* ferror tells at walk_finish */
    strbuf_clear(text);
    return GR_OK;
}

enum gr_status walk_finish(FILE *out, struct gr_err *err)
{
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return gr_fail(err, GR_ESTORE, "the report could not be written: %s",
                       errno ? strerror(errno) : "output error");
    return GR_OK;
}
