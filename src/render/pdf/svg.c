/* SVG -> canvas: expat events, a stack of inherited attributes, and straight lines.
 *
 * Knows the vocabulary of chart_svg_all(): svg g path polygon rect circle text (title, desc are
 * read past). Path commands M m L l H h V v Z z. Anything else is an error with its name: a chart
 * that lacks a piece would be believed.
 */
#include "render/pdf/svg.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/pdf/text.h"

enum { DEPTH_MAX = 40, NAME_MAX_LEN = 48 };

struct paint {
    bool set; /* false: none */
    uint32_t rgb;
};

/* Attributes a child inherits. */
struct svg_state {
    double matrix[6];
    struct paint fill, stroke;
    uint32_t current_rgb; /* what currentColor means */
    double width, opacity, font_size;
    double dash[4];
    size_t dash_count;
    char anchor; /* s m e */
    bool bold;
};

struct svg {
    struct canvas *canvas;
    struct svg_state states[DEPTH_MAX];
    size_t depth;
    unsigned skipping;
    struct strbuf text;
    bool in_text;
    struct path_point *points;
    size_t point_count, point_capacity;
    char problem[128];
};

static void problem(struct svg *svg, const char *what, const char *name)
{
    if (!svg->problem[0])
        snprintf(svg->problem, sizeof svg->problem, "%s <%.*s>", what, NAME_MAX_LEN, name);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (!strcmp(attributes[0], name))
            return attributes[1];
    return NULL;
}

static double number(const char **attributes, const char *name, double otherwise)
{
    const char *text = attribute(attributes, name);
    return text ? strtod(text, NULL) : otherwise;
}

/* ---- colours, transforms ---- */

static uint32_t rgb_of(const char *text, uint32_t current)
{
    double part[3];
    unsigned value;
    if (sscanf(text, " rgb( %lf , %lf , %lf", &part[0], &part[1], &part[2]) == 3) {
        uint32_t rgb = 0;
        for (size_t i = 0; i < 3; i++)
            rgb = rgb << 8 | (uint32_t)lround(fmin(fmax(part[i], 0), 255));
        return rgb;
    }
    if (sscanf(text, " #%6x", &value) == 1)
        return value;
    if (!strncmp(text, "currentColor", 12))
        return current;
    return strncmp(text, "white", 5) ? 0x000000 : 0xFFFFFF;
}

static void read_paint(const char **attributes, const char *name, uint32_t current,
                       struct paint *paint)
{
    const char *text = attribute(attributes, name);
    if (!text)
        return;
    paint->set = strncmp(text, "none", 4) != 0;
    if (paint->set)
        paint->rgb = rgb_of(text, current);
}

static void multiply(double m[6], double a, double b, double c, double d, double e, double f)
{
    const double r[6] = {m[0] * a + m[2] * b,        m[1] * a + m[3] * b,
                         m[0] * c + m[2] * d,        m[1] * c + m[3] * d,
                         m[0] * e + m[2] * f + m[4], m[1] * e + m[3] * f + m[5]};
    memcpy(m, r, sizeof r);
}

static void read_transform(struct svg *svg, struct svg_state *state, const char *text)
{
    double x, y;
    int used;
    while (*text) {
        if (*text == ' ' || *text == ',') {
            text++;
        } else if (used = 0, sscanf(text, "translate(%lf,%lf)%n", &x, &y, &used) == 2 && used) {
            multiply(state->matrix, 1, 0, 0, 1, x, y);
            text += used;
        } else if (used = 0, sscanf(text, "scale(%lf)%n", &x, &used) == 1 && used) {
            multiply(state->matrix, x, 0, 0, x, 0, 0);
            text += used;
        } else if (used = 0, sscanf(text, "rotate(%lf)%n", &x, &used) == 1 && used) {
            x *= acos(-1) / 180;
            multiply(state->matrix, cos(x), sin(x), -sin(x), cos(x), 0, 0);
            text += used;
        } else {
            problem(svg, "a transform that is not known", text);
            return;
        }
    }
}

static void read_dash(struct svg_state *state, const char *text)
{
    state->dash_count = 0;
    while (*text && state->dash_count < 4) {
        char *end;
        double length = strtod(text, &end);
        if (end == text)
            break;
        state->dash[state->dash_count++] = length;
        text = end;
        while (*text == ',' || *text == ' ')
            text++;
    }
}

static void read_attributes(struct svg *svg, struct svg_state *state, const char **attributes)
{
    const char *text = attribute(attributes, "color");
    if (text)
        state->current_rgb = rgb_of(text, state->current_rgb);
    read_paint(attributes, "fill", state->current_rgb, &state->fill);
    read_paint(attributes, "stroke", state->current_rgb, &state->stroke);
    state->width = number(attributes, "stroke-width", state->width);
    state->opacity = number(attributes, "fill-opacity", state->opacity);
    state->font_size = number(attributes, "font-size", state->font_size);
    if ((text = attribute(attributes, "stroke-dasharray")))
        read_dash(state, text);
    if ((text = attribute(attributes, "text-anchor")))
        state->anchor = text[0];
    if ((text = attribute(attributes, "font-weight")))
        state->bold = !strcmp(text, "bold");
    if ((text = attribute(attributes, "transform")))
        read_transform(svg, state, text);
}

/* ---- shapes ---- */

static double scale_of(const struct svg_state *state)
{
    const double *m = state->matrix;
    return sqrt(fabs(m[0] * m[3] - m[1] * m[2]));
}

static void add_point(struct svg *svg, const struct svg_state *state, double x, double y,
                      bool starts)
{
    if (svg->point_count == svg->point_capacity) {
        svg->point_capacity = svg->point_capacity ? svg->point_capacity * 2 : 256;
        svg->points = gr_realloc(svg->points, svg->point_capacity * sizeof *svg->points);
    }
    const double *m = state->matrix;
    svg->points[svg->point_count++] =
        (struct path_point){m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5], starts};
}

/* Archive PDFs know no transparency: a tint on white instead. */
static uint32_t on_white(uint32_t rgb, double opacity)
{
    uint32_t out = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double part = 255 - (255 - (double)(rgb >> shift & 0xFF)) * fmin(fmax(opacity, 0), 1);
        out |= (uint32_t)lround(part) << shift;
    }
    return out;
}

static struct path_style style_of(const struct svg_state *state, bool closed)
{
    double scale = scale_of(state);
    struct path_style style = {
        .fill = state->fill.set,
        .stroke = state->stroke.set,
        .closed = closed,
        .fill_rgb = on_white(state->fill.rgb, state->opacity),
        .stroke_rgb = state->stroke.rgb,
        .width = state->width * scale,
        .dash_count = state->dash_count,
    };
    for (size_t i = 0; i < state->dash_count; i++)
        style.dash[i] = state->dash[i] * scale;
    return style;
}

static void draw_points(struct svg *svg, const struct svg_state *state, bool closed)
{
    struct path_style style = style_of(state, closed);
    if (svg->point_count > 1 && (style.fill || style.stroke))
        canvas_path(svg->canvas, svg->points, svg->point_count, &style);
    svg->point_count = 0;
}

static bool read_coordinate(const char **text, double *value)
{
    while (**text == ' ' || **text == ',' || **text == '\n' || **text == '\t' || **text == '\r')
        (*text)++;
    char *end;
    *value = strtod(*text, &end);
    bool good = end != *text;
    *text = end;
    return good;
}

static void draw_path(struct svg *svg, const struct svg_state *state, const char *text)
{
    double x = 0, y = 0, start_x = 0, start_y = 0;
    bool closed = false;
    char command = 0;
    for (;;) {
        text += strspn(text, " ,\t\r\n");
        if (!*text)
            break;
        if (strchr("MmLlHhVvZz", *text)) {
            command = *text++;
        } else if (!command || strchr("Zz", command) || (*text >= 'A' && *text <= 'z')) {
            problem(svg, "a path command that is not known", text);
            return;
        }
        if (command == 'Z' || command == 'z') {
            closed = true;
            x = start_x;
            y = start_y;
            continue;
        }
        double a, b = 0;
        bool relative = command >= 'a';
        bool both = !strchr("HhVv", command);
        if (!read_coordinate(&text, &a) || (both && !read_coordinate(&text, &b))) {
            problem(svg, "a number is missing in a path:", text);
            return;
        }
        bool vertical = command == 'V' || command == 'v';
        double next_x = vertical ? x : relative ? x + a : a;
        double next_y = vertical ? (relative ? y + a : a) : both ? (relative ? y + b : b) : y;
        bool starts = command == 'M' || command == 'm';
        x = next_x;
        y = next_y;
        if (starts) {
            start_x = x;
            start_y = y;
            command = relative ? 'l' : 'L'; /* what follows a move without a letter */
        }
        add_point(svg, state, x, y, starts);
    }
    draw_points(svg, state, closed);
}

static void draw_polygon(struct svg *svg, const struct svg_state *state, const char *text)
{
    double x, y;
    while (read_coordinate(&text, &x) && read_coordinate(&text, &y))
        add_point(svg, state, x, y, svg->point_count == 0);
    draw_points(svg, state, true);
}

static void draw_rect(struct svg *svg, const struct svg_state *state, const char **attributes)
{
    double x = number(attributes, "x", 0), y = number(attributes, "y", 0);
    double width = number(attributes, "width", 0), height = number(attributes, "height", 0);
    add_point(svg, state, x, y, true);
    add_point(svg, state, x + width, y, false);
    add_point(svg, state, x + width, y + height, false);
    add_point(svg, state, x, y + height, false);
    draw_points(svg, state, true);
}

static void draw_circle(struct svg *svg, const struct svg_state *state, const char **attributes)
{
    add_point(svg, state, number(attributes, "cx", 0), number(attributes, "cy", 0), true);
    struct path_style style = style_of(state, false);
    canvas_circle(svg->canvas, svg->points[0].x, svg->points[0].y,
                  number(attributes, "r", 0) * scale_of(state), &style);
    svg->point_count = 0;
}

static void draw_text(struct svg *svg, const struct svg_state *state)
{
    struct str text = str_trim(strbuf_str(&svg->text));
    double scale = scale_of(state);
    enum canvas_face face = state->bold ? FACE_BOLD : FACE_REGULAR;
    double size = state->font_size * scale;
    double width = canvas_text_width(svg->canvas, face, size, text);
    double back = state->anchor == 'e' ? width : state->anchor == 'm' ? width / 2 : 0;
    double cosine = scale > 0 ? state->matrix[0] / scale : 1;
    double sine = scale > 0 ? state->matrix[1] / scale : 0;
    /* SVG turns clockwise with y down, PDF the other way round */
    canvas_text_turned(svg->canvas, face, size, state->matrix[4] - back * cosine,
                       state->matrix[5] - back * sine, cosine, -sine,
                       state->fill.set ? state->fill.rgb : 0, text);
}

/* ---- events ---- */

static void draw_element(struct svg *svg, const struct svg_state *state, const char *name,
                         const char **attributes)
{
    const char *text;
    if (!strcmp(name, "path")) {
        if ((text = attribute(attributes, "d")))
            draw_path(svg, state, text);
    } else if (!strcmp(name, "polygon")) {
        if ((text = attribute(attributes, "points")))
            draw_polygon(svg, state, text);
    } else if (!strcmp(name, "rect")) {
        draw_rect(svg, state, attributes);
    } else if (!strcmp(name, "circle")) {
        draw_circle(svg, state, attributes);
    } else if (!strcmp(name, "text")) {
        svg->in_text = true;
        strbuf_clear(&svg->text);
    } else if (strcmp(name, "g") != 0 && strcmp(name, "svg") != 0) {
        problem(svg, "an element that is not known:", name);
    }
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct svg *svg = context;
    if (svg->skipping || !strcmp(name, "title") || !strcmp(name, "desc")) {
        svg->skipping++;
        return;
    }
    if (svg->depth + 1 >= DEPTH_MAX) {
        problem(svg, "too many groups in one another:", name);
        svg->skipping++;
        return;
    }
    svg->states[svg->depth + 1] = svg->states[svg->depth];
    svg->depth++;
    struct svg_state *state = &svg->states[svg->depth];
    read_attributes(svg, state, attributes);
    draw_element(svg, state, name, attributes);
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct svg *svg = context;
    if (svg->skipping) {
        svg->skipping--;
        return;
    }
    if (!strcmp(name, "text")) {
        draw_text(svg, &svg->states[svg->depth]);
        svg->in_text = false;
    }
    svg->depth--;
}

static void XMLCALL on_characters(void *context, const char *bytes, int count)
{
    struct svg *svg = context;
    if (svg->in_text)
        strbuf_append(&svg->text, (struct str){bytes, (size_t)count});
}

enum gr_status svg_draw(struct canvas *canvas, struct str svg_text, double x, double y,
                        double scale, struct gr_err *err)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    if (!parser)
        return gr_fail(err, GR_ERENDER, "no memory for an XML parser");
    struct svg *svg = gr_alloc_zeroed(1, sizeof *svg);
    svg->canvas = canvas;
    svg->states[0] = (struct svg_state){
        .matrix = {scale,  0, 0, scale, x, y},
        .fill = {true, 0},
        .width = 1,
        .opacity = 1,
        .font_size = 10,
        .anchor = 's',
    };
    strbuf_init(&svg->text, 1 << 16);
    XML_SetUserData(parser, svg);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_characters);
    enum gr_status status = GR_OK;
    if (XML_Parse(parser, svg_text.ptr, (int)svg_text.len, 1) != XML_STATUS_OK)
        status =
            gr_fail(err, GR_ERENDER, "the SVG is broken at line %lu: %s",
                    XML_GetCurrentLineNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)));
    else if (svg->problem[0])
        status = gr_fail(err, GR_ERENDER, "the SVG holds %s", svg->problem);
    XML_ParserFree(parser);
    strbuf_deinit(&svg->text);
    free(svg->points);
    free(svg);
    return status;
}
