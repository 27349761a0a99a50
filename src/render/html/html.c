/* HTML: the whole report in one file, charts inline, no script and no outside URL.
 *
 * Everything from the document passes html_append_text; only charts come in as markup, made by
 * render/chart from numbers and texts that it has escaped itself.
 */
#include "render/html/html.h"

#include "render/chart/chart.h"
#include "render/html/style.h"
#include "render/utf8.h"
#include "render/walk.h"

static const char *entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_append_text(struct html *html, struct str text)
{
    struct strbuf *out = &html->text;
    while (text.len) {
        struct str bytes;
        uint32_t code = utf8_next(&text, &bytes);
        if (code == UTF8_BAD || code == 0xFFFE || code == 0xFFFF)
            utf8_append(out, UTF8_REPLACEMENT);
        else if (code == '\n')
            strbuf_append_char(out, '\n');
        else if (code < 0xA0 && utf8_is_control(code))
            strbuf_printf(out, "\\x%02X", (unsigned)code);
        else if (utf8_is_control(code))
            strbuf_printf(out, "\\u{%X}", (unsigned)code);
        else if (entity(code))
            strbuf_append_cstr(out, entity(code));
        else
            strbuf_append(out, bytes);
    }
}

enum gr_status html_flush(struct html *html)
{
    if (html->scratch.overflowed)
        html->text.overflowed = true;
    return walk_flush(&html->text, html->out, html->err);
}

static void append_element(struct html *html, const char *open, struct str text, const char *close)
{
    if (!text.len)
        return;
    strbuf_append_cstr(&html->text, open);
    html_append_text(html, text);
    strbuf_append_cstr(&html->text, close);
}

struct charts {
    struct chart_svg *drawn;
    size_t count;
};

static struct str svg_of(const struct charts *charts, const struct report_chart *chart)
{
    for (size_t i = 0; i < charts->count; i++)
        if (charts->drawn[i].chart == chart)
            return charts->drawn[i].text;
    return STR_NONE;
}

static enum gr_status write_chart(struct html *html, const struct charts *charts,
                                  const struct report_chart *chart)
{
    struct str svg = svg_of(charts, chart);
    strbuf_append_cstr(&html->text, "<figure>");
    append_element(html, "<figcaption>", chart->title, "</figcaption>\n");
    if (svg.len) {
        strbuf_append_cstr(&html->text, "<div role=\"img\" aria-label=\"");
        html_append_text(html, chart->alt);
        strbuf_append_cstr(&html->text, "\">");
        strbuf_append(&html->text, svg);
        strbuf_append_cstr(&html->text, "</div>");
    } else {
        append_element(html, "<p>", chart->alt, "</p>");
    }
    strbuf_append_cstr(&html->text, "</figure>\n");
    return html_flush(html);
}

static enum gr_status write_item(struct html *html, const struct charts *charts,
                                 const struct report_section *section,
                                 const struct report_item *item)
{
    switch (item->kind) {
    case ITEM_PARAGRAPH:
        append_element(html, "<p>", item->text, "</p>\n");
        return html_flush(html);
    case ITEM_NOTE:
        append_element(html, "<p class=\"note\">", item->text, "</p>\n");
        return html_flush(html);
    case ITEM_FIGURES:
        return html_write_figures(html, item);
    case ITEM_TABLE:
        if (!item->table || !walk_table_is_shown(html->doc, item->table))
            return GR_OK;
        return html_write_table(html, item->table,
                                item->table->title.len &&
                                    !str_equal(item->table->title, section->title) &&
                                    !str_equal(item->table->title, html->doc->title));
    case ITEM_CHART:
        return item->chart ? write_chart(html, charts, item->chart) : GR_OK;
    }
    return GR_OK;
}

static enum gr_status write_section(struct html *html, const struct charts *charts,
                                    const struct report_section *section)
{
    strbuf_append_cstr(&html->text,
                       section->new_page ? "<section class=\"page\">\n" : "<section>\n");
    if (!str_equal(section->title, html->doc->title))
        append_element(html, "<h2>", section->title, "</h2>\n");
    for (size_t i = 0; i < section->item_count; i++)
        GR_TRY(write_item(html, charts, section, &section->items[i]));
    strbuf_append_cstr(&html->text, "</section>\n");
    return html_flush(html);
}

static enum gr_status write_head(struct html *html)
{
    const struct report_doc *doc = html->doc;
    strbuf_append_cstr(&html->text,
                       "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'unsafe-inline'\">\n<meta name=\"generator\" content=\"");
    html_append_text(html, doc->author);
    strbuf_append_cstr(&html->text, "\">\n<title>");
    html_append_text(html, doc->title.len ? doc->title : doc->id);
    strbuf_append_cstr(&html->text, "</title>\n<style>\n");
    strbuf_append_cstr(&html->text, html_style);
    strbuf_append_cstr(&html->text, "</style>\n</head>\n<body><main>\n<header>");
    append_element(html, "<h1>", doc->title, "</h1>\n");
    strbuf_append_cstr(&html->text, "<p class=\"sub\">");
    html_append_text(html, doc->subtitle);
    append_element(html, " <span class=\"status\">", doc->status, "</span>");
    strbuf_append_cstr(&html->text, "</p></header>\n");
    return html_flush(html);
}

static enum gr_status write_foot(struct html *html)
{
    char as_of[11];
    day_format(html->doc->as_of, as_of);
    strbuf_printf(&html->text, "<footer>As of %s", as_of);
    append_element(html, ", snapshot ", html->doc->snapshot, "");
    append_element(html, ", ", html->doc->author, "");
    strbuf_append_cstr(&html->text, "</footer>\n</main></body>\n</html>\n");
    GR_TRY(html_flush(html));
    return walk_finish(html->out, html->err);
}

static enum gr_status write_document(struct html *html)
{
    struct charts charts = {0};
    GR_TRY(chart_svg_all(&html->arena, html->doc, html->options, &charts.drawn, &charts.count,
                         html->err));
    GR_TRY(write_head(html));
    for (size_t s = 0; s < html->doc->section_count; s++)
        GR_TRY(write_section(html, &charts, &html->doc->sections[s]));
    return write_foot(html);
}

static enum gr_status render_html(const struct report_doc *doc,
                                  const struct render_options *options, FILE *out,
                                  struct gr_err *err)
{
    struct html html = {
        .out = out, .doc = doc, .options = options, .arena = ARENA_EMPTY, .err = err};
    strbuf_init(&html.text, STRBUF_CEILING);
    strbuf_init(&html.scratch, STRBUF_CEILING);
    enum gr_status status = write_document(&html);
    strbuf_deinit(&html.text);
    strbuf_deinit(&html.scratch);
    arena_deinit(&html.arena);
    return status;
}

const struct renderer renderer_html = {RENDERER_HTML, .render = render_html};
