/* Turns the SVG that gnuplot (or native.c) wrote into ours: known elements and attributes only, no
 * ids, no definitions, no empty groups, place marks replaced by the document's texts.
 *
 * Called by chart_svg_all(). An element that is not known is an error with its name, so that a
 * newer gnuplot can't slip in what no renderer draws.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "render/chart/chart_internal.h"
#include "render/utf8.h"

enum { DEPTH_MAX = 24 };

struct cleaner {
    const struct chart_plan *plan;
    struct strbuf *out;
    struct strbuf pending[DEPTH_MAX]; /* start tags of groups that hold nothing yet */
    size_t depth;                     /* open groups */
    size_t written;                   /* of them, groups whose start tag is written */
    unsigned skipping;                /* inside defs, title, desc */
    bool in_text;
    struct strbuf text;
    bool saw_svg;
    char unknown[64];
};

void svg_append_escaped(struct strbuf *out, struct str text)
{
    while (text.len) {
        uint32_t code = utf8_next(&text, NULL);
        if (code == '<')
            strbuf_append_cstr(out, "&lt;");
        else if (code == '>')
            strbuf_append_cstr(out, "&gt;");
        else if (code == '&')
            strbuf_append_cstr(out, "&amp;");
        else if (code == '"')
            strbuf_append_cstr(out, "&quot;");
        else if (code == '\n' || code == '\t' || code == '\r')
            strbuf_append_char(out, ' ');
        else if (code == UTF8_BAD || code < 0x20 || code == 0x7F || code == 0xFFFE ||
                 code == 0xFFFF)
            utf8_append(out, 0x25A1); /* a white square: something that can't be shown */
        else
            utf8_append(out, code);
    }
}

static bool name_in(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

static void append_tag(struct strbuf *out, const char *name, const char **attributes)
{
    static const char *const kept[] = {"fill",
                                       "fill-opacity",
                                       "stroke",
                                       "stroke-width",
                                       "stroke-linecap",
                                       "stroke-linejoin",
                                       "stroke-dasharray",
                                       "color",
                                       "d",
                                       "points",
                                       "x",
                                       "y",
                                       "width",
                                       "height",
                                       "cx",
                                       "cy",
                                       "r",
                                       "transform",
                                       "font-size",
                                       "font-weight",
                                       "text-anchor",
                                       NULL};
    strbuf_printf(out, "<%s", name);
    for (; attributes[0]; attributes += 2)
        if (name_in(attributes[0], kept)) {
            strbuf_printf(out, " %s=\"", attributes[0]);
            svg_append_escaped(out, str_trim(str_from(attributes[1])));
            strbuf_append_char(out, '"');
        }
}

/* Something is drawn: the groups around it are needed after all. */
static void write_pending(struct cleaner *cleaner)
{
    for (; cleaner->written < cleaner->depth; cleaner->written++)
        strbuf_append(cleaner->out, strbuf_str(&cleaner->pending[cleaner->written]));
}

static void start_svg(struct cleaner *cleaner)
{
    const struct report_chart *chart = cleaner->plan->chart;
    cleaner->saw_svg = true;
    strbuf_printf(
        cleaner->out,
        "<svg viewBox=\"0 0 %.0f %.0f\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
        "font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\">\n",
        cleaner->plan->width, cleaner->plan->height);
    strbuf_append_cstr(cleaner->out, "<title>");
    svg_append_escaped(cleaner->out, chart->title);
    strbuf_append_cstr(cleaner->out, "</title>\n<desc>");
    svg_append_escaped(cleaner->out, chart->alt);
    strbuf_append_cstr(cleaner->out, "</desc>\n");
}

static void start_group(struct cleaner *cleaner, const char **attributes)
{
    if (cleaner->depth == DEPTH_MAX) {
        strcpy(cleaner->unknown, "g, nested too deep");
        return;
    }
    struct strbuf *tag = &cleaner->pending[cleaner->depth++];
    strbuf_clear(tag);
    append_tag(tag, "g", attributes);
    strbuf_append_cstr(tag, ">\n");
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct cleaner *cleaner = context;
    static const char *const shapes[] = {"path", "polygon", "rect", "circle", NULL};
    static const char *const skipped[] = {"defs", "title", "desc", NULL};
    if (cleaner->skipping || name_in(name, skipped)) {
        cleaner->skipping++;
    } else if (!strcmp(name, "svg")) {
        start_svg(cleaner);
    } else if (!strcmp(name, "g")) {
        start_group(cleaner, attributes);
    } else if (name_in(name, shapes)) {
        write_pending(cleaner);
        append_tag(cleaner->out, name, attributes);
        strbuf_append_cstr(cleaner->out, "/>\n");
    } else if (!strcmp(name, "text")) {
        write_pending(cleaner);
        append_tag(cleaner->out, name, attributes);
        strbuf_append_char(cleaner->out, '>');
        cleaner->in_text = true;
        strbuf_clear(&cleaner->text);
    } else if (strcmp(name, "tspan") != 0 && !cleaner->unknown[0]) {
        snprintf(cleaner->unknown, sizeof cleaner->unknown, "%s", name);
    }
}

/* "@L12@" is text 12 of the plan; anything else came from a template and stays. */
static struct str resolved(const struct cleaner *cleaner, struct str text)
{
    text = str_trim(text);
    if (text.len < 4 || !str_starts(text, STR("@L")) || text.ptr[text.len - 1] != '@')
        return text;
    size_t number = 0;
    for (size_t i = 2; i + 1 < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > cleaner->plan->text_count)
            return text;
        number = number * 10 + (size_t)(text.ptr[i] - '0');
    }
    return number < cleaner->plan->text_count ? cleaner->plan->texts[number].text : text;
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct cleaner *cleaner = context;
    if (cleaner->skipping) {
        cleaner->skipping--;
    } else if (!strcmp(name, "g") && cleaner->depth) {
        if (cleaner->written == cleaner->depth) {
            strbuf_append_cstr(cleaner->out, "</g>\n");
            cleaner->written--;
        }
        cleaner->depth--;
    } else if (!strcmp(name, "text")) {
        svg_append_escaped(cleaner->out, resolved(cleaner, strbuf_str(&cleaner->text)));
        strbuf_append_cstr(cleaner->out, "</text>\n");
        cleaner->in_text = false;
    } else if (!strcmp(name, "svg")) {
        strbuf_append_cstr(cleaner->out, "</svg>\n");
    }
}

static void XMLCALL on_characters(void *context, const char *bytes, int count)
{
    struct cleaner *cleaner = context;
    if (cleaner->in_text && !cleaner->skipping)
        strbuf_append(&cleaner->text, (struct str){bytes, (size_t)count});
}

static enum gr_status parse(struct cleaner *cleaner, struct str raw, struct gr_err *err)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    if (!parser)
        return gr_fail(err, GR_ERENDER, "no memory for an XML parser");
    XML_SetUserData(parser, cleaner);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_characters);
    enum gr_status status = GR_OK;
    if (XML_Parse(parser, raw.ptr, (int)raw.len, 1) != XML_STATUS_OK)
        status =
            gr_fail(err, GR_ERENDER, "the SVG is broken at line %lu: %s",
                    XML_GetCurrentLineNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)));
    else if (cleaner->unknown[0])
        status = gr_fail(err, GR_ERENDER, "the SVG holds <%s>, which is not known here",
                         cleaner->unknown);
    else if (!cleaner->saw_svg)
        status = gr_fail(err, GR_ERENDER, "there is no <svg> in it");
    XML_ParserFree(parser);
    return status;
}

enum gr_status chart_svg_clean(const struct chart_plan *plan, struct str raw, struct strbuf *out,
                               struct gr_err *err)
{
    struct cleaner cleaner = {.plan = plan, .out = out};
    strbuf_init(&cleaner.text, 1 << 16);
    for (size_t i = 0; i < DEPTH_MAX; i++)
        strbuf_init(&cleaner.pending[i], 1 << 12);
    enum gr_status status = parse(&cleaner, raw, err);
    strbuf_deinit(&cleaner.text);
    for (size_t i = 0; i < DEPTH_MAX; i++)
        strbuf_deinit(&cleaner.pending[i]);
    return status;
}
