/* JSON: ad-hoc documents in the shape of the contract, other reports as sections of tables.
 *
 * Amounts are JSON numbers with every digit; a reader that keeps them exact must read them as text.
 * Text that is not UTF-8 is repaired, as JSON can't hold it.
 */
#include "render/format.h"
#include "render/renderer.h"
#include "render/utf8.h"
#include "render/walk.h"

struct json_writer {
    FILE *out;
    struct strbuf text;
    struct strbuf field;
    struct gr_err *err;
};

static void append_string(struct json_writer *json, struct str value)
{
    struct strbuf *text = &json->text;
    strbuf_append_char(text, '"');
    while (value.len) {
        struct str bytes;
        uint32_t code = utf8_next(&value, &bytes);
        if (code == UTF8_BAD)
            utf8_append(text, UTF8_REPLACEMENT);
        else if (code == '"' || code == '\\')
            strbuf_printf(text, "\\%c", (char)code);
        else if (code == '\n')
            strbuf_append_cstr(text, "\\n");
        else if (code == '\t')
            strbuf_append_cstr(text, "\\t");
        else if (code < 0x10000 && utf8_is_control(code))
            strbuf_printf(text, "\\u%04x", (unsigned)code);
        else
            strbuf_append(text, bytes);
    }
    strbuf_append_char(text, '"');
}

static void append_key(struct json_writer *json, struct str key)
{
    append_string(json, key);
    strbuf_append_char(&json->text, ':');
}

static void append_value(struct json_writer *json, const struct report_cell *cell)
{
    strbuf_clear(&json->field);
    format_for_machines(cell, &json->field);
    if (cell->kind == CELL_TEXT || cell->kind == CELL_DAY)
        append_string(json, strbuf_str(&json->field));
    else if (format_is_number(cell))
        strbuf_append(&json->text, strbuf_str(&json->field));
    else
        strbuf_append_cstr(&json->text, "null");
    if (json->field.overflowed)
        json->text.overflowed = true;
}

static void append_row(struct json_writer *json, const struct report_table *table,
                       const struct report_row *row)
{
    bool first = true;
    strbuf_append_char(&json->text, '{');
    for (size_t c = 0; c < table->column_count; c++) {
        if (!walk_column_for_machines(&table->columns[c]))
            continue;
        if (!first)
            strbuf_append_char(&json->text, ',');
        first = false;
        append_key(json, table->columns[c].id);
        append_value(json, &row->cells[c]);
    }
    strbuf_append_char(&json->text, '}');
}

static enum gr_status flush(struct json_writer *json)
{
    return walk_flush(&json->text, json->out, json->err);
}

/* "name":[ rows ], a row a line; the total rows when `totals`, else all others. */
static enum gr_status write_rows(struct json_writer *json, const char *name,
                                 const struct report_table *table, bool totals)
{
    strbuf_printf(&json->text, "\"%s\":[", name);
    bool first = true;
    for (size_t r = 0; table && r < table->row_count; r++) {
        const struct report_row *row = &table->rows[r];
        if (!(totals ? row->kind == ROW_TOTAL : walk_row_for_machines(row)))
            continue;
        strbuf_append_cstr(&json->text, first ? "\n  " : ",\n  ");
        first = false;
        append_row(json, table, row);
        GR_TRY(flush(json));
    }
    strbuf_append_char(&json->text, ']');
    return flush(json);
}

/* {<json_head>,"groups":[...],"time_series":[...],"totals":[...]} */
static enum gr_status write_ad_hoc(struct json_writer *json, const struct report_doc *doc)
{
    strbuf_append_char(&json->text, '{');
    strbuf_append(&json->text, doc->json_head);
    strbuf_append_cstr(&json->text, doc->json_head.len ? ",\n " : "");
    GR_TRY(write_rows(json, "groups", walk_table_named(doc, "groups"), false));
    const struct report_table *series = walk_table_named(doc, "time_series");
    if (series) {
        strbuf_append_cstr(&json->text, ",\n ");
        GR_TRY(write_rows(json, "time_series", series, false));
    }
    strbuf_append_cstr(&json->text, ",\n ");
    GR_TRY(write_rows(json, "totals", walk_table_named(doc, "totals"), false));
    strbuf_append_cstr(&json->text, "}\n");
    return flush(json);
}

static const char *kind_name(enum cell_kind kind)
{
    static const char *const names[] = {
        [CELL_NONE] = "text",       [CELL_NA] = "text",     [CELL_TEXT] = "text",
        [CELL_MONEY] = "money",     [CELL_COUNT] = "count", [CELL_RATIO] = "ratio",
        [CELL_DECIMAL] = "decimal", [CELL_DAY] = "day",
    };
    return names[kind];
}

static void append_columns(struct json_writer *json, const struct report_table *table)
{
    bool first = true;
    strbuf_append_cstr(&json->text, "\"columns\":[");
    for (size_t c = 0; c < table->column_count; c++) {
        const struct report_column *column = &table->columns[c];
        if (!walk_column_for_machines(column))
            continue;
        strbuf_append_cstr(&json->text, first ? "{\"id\":" : ",{\"id\":");
        first = false;
        append_string(json, column->id);
        strbuf_append_cstr(&json->text, ",\"title\":");
        append_string(json, format_column_title(column));
        strbuf_printf(&json->text, ",\"kind\":\"%s\"}", kind_name(column->kind));
    }
    strbuf_append_cstr(&json->text, "],\n ");
}

static enum gr_status write_table(struct json_writer *json, const struct report_table *table)
{
    strbuf_append_cstr(&json->text, "{\"id\":");
    append_string(json, table->id);
    strbuf_append_cstr(&json->text, ",\"title\":");
    append_string(json, table->title);
    strbuf_append_cstr(&json->text, ",\n ");
    append_columns(json, table);
    GR_TRY(write_rows(json, "rows", table, false));
    strbuf_append_cstr(&json->text, ",\n ");
    GR_TRY(write_rows(json, "totals", table, true));
    strbuf_printf(&json->text, ",\"rows_not_shown\":%zu}", table->rows_not_shown);
    return flush(json);
}

static void append_figures(struct json_writer *json, const struct report_item *item, bool *first)
{
    for (size_t i = 0; i < item->figure_count; i++) {
        const struct report_figure *figure = &item->figures[i];
        strbuf_append_cstr(&json->text, *first ? "\n  {\"label\":" : ",\n  {\"label\":");
        *first = false;
        append_string(json, figure->label);
        strbuf_append_cstr(&json->text, ",\"value\":");
        append_value(json, &figure->value);
        if (figure->value.kind == CELL_MONEY) {
            strbuf_append_cstr(&json->text, ",\"currency\":");
            append_string(json, figure->value.currency);
        }
        strbuf_append_cstr(&json->text, ",\"detail\":");
        append_string(json, figure->detail);
        strbuf_append_char(&json->text, '}');
    }
}

/* "name":[ ... ] of a section's items of one kind. */
static enum gr_status write_items(struct json_writer *json, const struct report_doc *doc,
                                  const struct report_section *section, const char *name,
                                  enum report_item_kind kind)
{
    bool first = true;
    strbuf_printf(&json->text, ",\n \"%s\":[", name);
    for (size_t i = 0; i < section->item_count; i++) {
        const struct report_item *item = &section->items[i];
        if (item->kind != kind)
            continue;
        if (kind == ITEM_FIGURES) {
            append_figures(json, item, &first);
            continue;
        }
        if (kind == ITEM_TABLE && (!item->table || !walk_table_is_shown(doc, item->table)))
            continue;
        strbuf_append_cstr(&json->text, first ? "\n " : ",\n ");
        first = false;
        if (kind == ITEM_TABLE)
            GR_TRY(write_table(json, item->table));
        else
            append_string(json, item->text);
    }
    strbuf_append_char(&json->text, ']');
    return flush(json);
}

static enum gr_status write_section(struct json_writer *json, const struct report_doc *doc,
                                    const struct report_section *section)
{
    strbuf_append_cstr(&json->text, "{\"id\":");
    append_string(json, section->id);
    strbuf_append_cstr(&json->text, ",\"title\":");
    append_string(json, section->title);
    GR_TRY(write_items(json, doc, section, "paragraphs", ITEM_PARAGRAPH));
    GR_TRY(write_items(json, doc, section, "figures", ITEM_FIGURES));
    GR_TRY(write_items(json, doc, section, "tables", ITEM_TABLE));
    GR_TRY(write_items(json, doc, section, "notes", ITEM_NOTE));
    strbuf_append_char(&json->text, '}');
    return flush(json);
}

static enum gr_status write_report(struct json_writer *json, const struct report_doc *doc)
{
    char as_of[11];
    day_format(doc->as_of, as_of);
    const struct {
        const char *name;
        struct str value;
    } members[] = {
        {"report",   doc->id        },
        {"title",    doc->title     },
        {"subtitle", doc->subtitle  },
        {"status",   doc->status    },
        {"as_of",    str_from(as_of)},
        {"snapshot", doc->snapshot  },
        {"author",   doc->author    },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        strbuf_printf(&json->text, "%c\"%s\":", i ? ',' : '{', members[i].name);
        append_string(json, members[i].value);
    }
    strbuf_append_cstr(&json->text, ",\n\"sections\":[");
    for (size_t s = 0; s < doc->section_count; s++) {
        strbuf_append_cstr(&json->text, s ? ",\n" : "\n");
        GR_TRY(write_section(json, doc, &doc->sections[s]));
    }
    strbuf_append_cstr(&json->text, "]}\n");
    return flush(json);
}

static enum gr_status render_json(const struct report_doc *doc,
                                  const struct render_options *options, FILE *out,
                                  struct gr_err *err)
{
    (void)options;
    struct json_writer json = {.out = out, .err = err};
    strbuf_init(&json.text, STRBUF_CEILING);
    strbuf_init(&json.field, STRBUF_CEILING);
    enum gr_status status =
        doc->json_head.ptr ? write_ad_hoc(&json, doc) : write_report(&json, doc);
    if (!status)
        status = walk_finish(out, err);
    strbuf_deinit(&json.text);
    strbuf_deinit(&json.field);
    return status;
}

const struct renderer renderer_json = {.name = "json",
                                       .suffix = ".json",
                                       .what = "JSON, numbers with every digit",
                                       .render = render_json};
