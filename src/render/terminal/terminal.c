/* A document on the terminal or in a pipe: titles, figures, tables and notes, one after another.
 *
 * In a pipe (width 0) nothing depends on the environment: no colour, no bars, full width. Charts
 * are left to the outputs that can draw. Data can't reach the terminal's escape sequences: see
 * glyphs.h.
 */
#include "render/terminal/terminal.h"

#include "render/format.h"
#include "render/terminal/glyphs.h"
#include "render/terminal/spark.h"
#include "render/walk.h"

enum gr_status terminal_end_line(struct terminal *terminal, enum terminal_style style)
{
    struct strbuf *line = &terminal->line;
    while (line->len && line->ptr[line->len - 1] == ' ')
        line->len--;
    static const char *const starts[] = {
        [STYLE_PLAIN] = "", [STYLE_BOLD] = "\x1b[1m", [STYLE_DIM] = "\x1b[2m"};
    bool styled =
        style != STYLE_PLAIN && line->len && terminal->options->color == RENDER_COLOR_ALWAYS;
    if (styled) {
        fputs(starts[style], terminal->out);
        strbuf_append_cstr(line, "\x1b[0m");
    }
    strbuf_append_char(line, '\n');
    return walk_flush(line, terminal->out, terminal->err);
}

/* How many bytes of `text` stand on the next line, and in *skip the blanks behind them. */
static size_t next_line(struct str text, size_t columns, size_t *skip)
{
    size_t fits = glyphs_fit(text, columns);
    *skip = 0;
    if (fits == text.len)
        return fits;
    size_t at = fits;
    while (at > 0 && text.ptr[at] != ' ')
        at--;
    if (at == 0)
        return fits; /* one word that is longer than the line */
    while (at + *skip < text.len && text.ptr[at + *skip] == ' ')
        ++*skip;
    return at;
}

static enum gr_status wrap(struct terminal *terminal, struct str visible, enum terminal_style style)
{
    size_t columns = terminal->options->width ? terminal->options->width : TERMINAL_TEXT_COLUMNS;
    do {
        size_t skip = 0;
        size_t len = next_line(visible, columns, &skip);
        strbuf_append(&terminal->line, (struct str){visible.ptr, len});
        visible = (struct str){visible.ptr + len + skip, visible.len - len - skip};
        GR_TRY(terminal_end_line(terminal, style));
    } while (visible.len);
    return GR_OK;
}

enum gr_status terminal_text(struct terminal *terminal, struct str text, enum terminal_style style)
{
    enum gr_status status = GR_OK;
    struct strbuf visible;
    strbuf_init(&visible, STRBUF_CEILING);
    while (text.len && !status) {
        struct str line = str_cut(&text, '\n');
        strbuf_clear(&visible);
        glyphs_append_visible(&visible, line, terminal->options->ascii);
        status = wrap(terminal, strbuf_str(&visible), style);
    }
    strbuf_deinit(&visible);
    return status;
}

static enum gr_status blank_line(struct terminal *terminal)
{
    return terminal_end_line(terminal, STYLE_PLAIN);
}

struct figure_text {
    struct str label;
    struct str value;
    struct str detail;
};

static struct str kept_visible(struct terminal *terminal, struct str text)
{
    struct strbuf visible;
    strbuf_init(&visible, STRBUF_CEILING);
    glyphs_append_visible(&visible, text, terminal->options->ascii);
    struct str kept = arena_str(&terminal->arena, strbuf_str(&visible));
    strbuf_deinit(&visible);
    return kept;
}

static struct figure_text figure_text(struct terminal *terminal, const struct report_figure *figure)
{
    struct strbuf value;
    strbuf_init(&value, STRBUF_CEILING);
    format_figure(&figure->value, &value);
    struct figure_text text = {kept_visible(terminal, figure->label),
                               kept_visible(terminal, strbuf_str(&value)),
                               kept_visible(terminal, figure->detail)};
    strbuf_deinit(&value);
    return text;
}

static void pad(struct strbuf *line, size_t columns)
{
    while (columns--)
        strbuf_append_char(line, ' ');
}

/* Label, value and detail in columns; what does not fit is cut from the detail, then the label. */
static enum gr_status print_figure(struct terminal *terminal, const struct figure_text *figure,
                                   size_t label_columns, size_t value_columns)
{
    struct strbuf *line = &terminal->line;
    bool ascii = terminal->options->ascii;
    size_t width = terminal->options->width ? terminal->options->width : SIZE_MAX;
    if (width < 2 + value_columns + 1) /* no room for columns: the value alone */
        return wrap(terminal, figure->value, STYLE_PLAIN);
    if (label_columns > width - 2 - value_columns)
        label_columns = width - 2 - value_columns;
    pad(line, label_columns - glyphs_append_cut(line, figure->label, label_columns, ascii));
    pad(line, 2 + value_columns - glyphs_width(figure->value));
    strbuf_append(line, figure->value);
    size_t left = width - label_columns - 2 - value_columns;
    if (left > 2 + 3) {
        pad(line, 2);
        glyphs_append_cut(line, figure->detail, left - 2, ascii);
    }
    return terminal_end_line(terminal, STYLE_PLAIN);
}

static enum gr_status print_figures(struct terminal *terminal, const struct report_item *item)
{
    struct figure_text *texts =
        arena_alloc_zeroed(&terminal->arena, item->figure_count + 1, sizeof *texts);
    size_t label_columns = 0;
    size_t value_columns = 0;
    for (size_t i = 0; i < item->figure_count; i++) {
        texts[i] = figure_text(terminal, &item->figures[i]);
        size_t label = glyphs_width(texts[i].label);
        size_t value = glyphs_width(texts[i].value);
        label_columns = label > label_columns ? label : label_columns;
        value_columns = value > value_columns ? value : value_columns;
    }
    for (size_t i = 0; i < item->figure_count; i++)
        GR_TRY(print_figure(terminal, &texts[i], label_columns, value_columns));
    return GR_OK;
}

/* A title that says something the reader has not just read. */
static bool is_news(struct str title, struct str above, struct str above_that)
{
    return title.len && !str_equal(title, above) && !str_equal(title, above_that);
}

static bool is_printed(const struct report_doc *doc, const struct report_item *item)
{
    switch (item->kind) {
    case ITEM_PARAGRAPH:
    case ITEM_NOTE:
        return item->text.len > 0;
    case ITEM_FIGURES:
        return item->figure_count > 0;
    case ITEM_TABLE:
        return item->table && walk_table_is_shown(doc, item->table);
    case ITEM_CHART:
        break;
    }
    return false;
}

/* Trends are drawings: not for pipes, nor for terminals that have no blocks. */
static const struct report_table *shown_table(struct terminal *terminal,
                                              const struct report_doc *doc,
                                              const struct report_table *table)
{
    if (terminal->options->width == 0 || terminal->options->ascii)
        return table;
    return spark_add_trend(&terminal->arena, doc, table);
}

static enum gr_status print_item(struct terminal *terminal, const struct report_doc *doc,
                                 const struct report_section *section,
                                 const struct report_item *item)
{
    arena_reset(&terminal->arena);
    switch (item->kind) {
    case ITEM_PARAGRAPH:
        return terminal_text(terminal, item->text, STYLE_PLAIN);
    case ITEM_NOTE:
        return terminal_text(terminal, item->text, STYLE_DIM);
    case ITEM_FIGURES:
        return print_figures(terminal, item);
    case ITEM_TABLE:
        if (is_news(item->table->title, section->title, doc->title))
            GR_TRY(terminal_text(terminal, item->table->title, STYLE_BOLD));
        return terminal_table(terminal, shown_table(terminal, doc, item->table));
    case ITEM_CHART:
        break;
    }
    return GR_OK;
}

static enum gr_status print_section(struct terminal *terminal, const struct report_doc *doc,
                                    const struct report_section *section)
{
    bool with_title = doc->section_count > 1 && is_news(section->title, doc->title, STR_NONE);
    bool first = true;
    for (size_t i = 0; i < section->item_count; i++) {
        const struct report_item *item = &section->items[i];
        if (!is_printed(doc, item))
            continue;
        GR_TRY(blank_line(terminal));
        if (first && with_title) {
            GR_TRY(terminal_text(terminal, section->title, STYLE_BOLD));
            bool titled_table =
                item->kind == ITEM_TABLE && is_news(item->table->title, section->title, doc->title);
            if (titled_table)
                GR_TRY(blank_line(terminal));
        }
        first = false;
        GR_TRY(print_item(terminal, doc, section, item));
    }
    return GR_OK;
}

/* Title line, then period and status. */
static enum gr_status print_head(struct terminal *terminal, const struct report_doc *doc)
{
    GR_TRY(terminal_text(terminal, doc->title, STYLE_BOLD));
    struct strbuf line;
    strbuf_init(&line, STRBUF_CEILING);
    strbuf_append(&line, doc->subtitle);
    if (doc->status.len) {
        strbuf_append_cstr(&line, line.len ? " (" : "(");
        strbuf_append(&line, doc->status);
        strbuf_append_char(&line, ')');
    }
    if (doc->snapshot.len && doc->json_head.ptr) { /* an ad-hoc table ends with its total */
        strbuf_append_cstr(&line, line.len ? ", snapshot " : "snapshot ");
        strbuf_append(&line, doc->snapshot);
    }
    enum gr_status status = terminal_text(terminal, strbuf_str(&line), STYLE_PLAIN);
    strbuf_deinit(&line);
    return status;
}

/* Which state of the store a report was made from; of ad-hoc tables the head says it. */
static enum gr_status print_foot(struct terminal *terminal, const struct report_doc *doc)
{
    if (!doc->snapshot.len || doc->json_head.ptr)
        return GR_OK;
    char as_of[11];
    day_format(doc->as_of, as_of);
    GR_TRY(blank_line(terminal));
    struct str text =
        arena_printf(&terminal->arena, "as of %s, snapshot %.*s", as_of, STR_ARG(doc->snapshot));
    return terminal_text(terminal, text, STYLE_DIM);
}

static enum gr_status print_doc(struct terminal *terminal, const struct report_doc *doc)
{
    GR_TRY(print_head(terminal, doc));
    for (size_t s = 0; s < doc->section_count; s++)
        GR_TRY(print_section(terminal, doc, &doc->sections[s]));
    GR_TRY(print_foot(terminal, doc));
    return walk_finish(terminal->out, terminal->err);
}

static enum gr_status render_table(const struct report_doc *doc,
                                   const struct render_options *options, FILE *out,
                                   struct gr_err *err)
{
    struct terminal terminal = {.options = options, .out = out, .arena = ARENA_EMPTY, .err = err};
    strbuf_init(&terminal.line, STRBUF_CEILING);
    enum gr_status status = print_doc(&terminal, doc);
    strbuf_deinit(&terminal.line);
    arena_deinit(&terminal.arena);
    return status;
}

const struct renderer renderer_table = {.name = "table",
                                        .suffix = ".txt",
                                        .what = "text for people, in columns",
                                        .render = render_table};
