/* Reading NDJSON lines by the shape of earlier ones (see json_shape.h).
 *
 * Nodes are members, edges are pieces of text: an edge leads from the value of one member over the
 * bytes between to the value of the next one, or to the end of the object. What may stand behind a
 * value depends on the objects that are open, and these are the same whenever that member is read,
 * so a piece that was right once is right always; only names that come twice need a check a line.
 */
#include "ingest/json_shape.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/json_scan.h"
#include "ingest/secrets.h"
#include "ingest/text_scan.h"

enum {
    OPENED_MAX = 3,            /* objects that one piece opens */
    DEPTH_MAX = 6,             /* objects in each other that are read by members */
    EDGES_OF_NODE_MAX = 16,    /* pieces that are tried one after the other */
    FRUITLESS_FREELY = 1000,   /* lines that taught nothing before most are spared the try */
    FRUITLESS_TRIED_EACH = 64, /* of those that are spared, one in so many is tried */
};

struct edge {
    struct text_piece piece;
    uint16_t to;   /* SHAPE_ROOT: the object ends */
    uint16_t next; /* another piece from the same node; 0: none */
    uint16_t opened[OPENED_MAX];
    uint16_t opened_count;
};

struct shape {
    struct shape_node nodes[SHAPE_NODES_MAX]; /* [SHAPE_ROOT]: the start of a line */
    struct edge edges[SHAPE_EDGES_MAX];       /* [0] is not used */
    uint16_t node_count;
    uint16_t edge_count;
    struct arena memory;
    bool (*descends)(const void *context, struct str path);
    const void *context;
    uint64_t lines; /* tries to read; marks what was seen in one */
    uint64_t fruitless;
    char decoded[SHAPE_DECODED_MAX + SHAPE_SLACK_BYTES];
};

struct shape *shape_open(bool (*descends)(const void *context, struct str path),
                         const void *context)
{
    struct shape *shape = gr_alloc(sizeof *shape);
    shape->nodes[SHAPE_ROOT] = (struct shape_node){.path = STR("")};
    shape->node_count = 1;
    shape->edge_count = 1;
    shape->memory = ARENA_EMPTY;
    shape->descends = descends;
    shape->context = context;
    shape->lines = shape->fruitless = 0;
    return shape;
}

void shape_close(struct shape *shape)
{
    if (!shape)
        return;
    arena_deinit(&shape->memory);
    free(shape);
}

const struct shape_node *shape_node(const struct shape *shape, uint16_t number)
{
    return &shape->nodes[number];
}

/* ---- learning ---- */

/* Where learning stands in a line: everything up to `at` is behind it. */
struct lesson {
    struct shape *shape;
    const char *at;
    const char *end;
    const char *piece; /* first byte behind the last value */
    uint16_t from;     /* the member of the last value */
    uint16_t stack[DEPTH_MAX];
    int depth;
    uint16_t opened[OPENED_MAX];
    uint16_t opened_count;
    bool learned;
};

static void skip_blanks(struct lesson *lesson)
{
    while (lesson->at < lesson->end && (unsigned char)*lesson->at <= ' ')
        lesson->at++;
}

static bool is_next(struct lesson *lesson, char c)
{
    skip_blanks(lesson);
    return lesson->at < lesson->end && *lesson->at == c;
}

static bool make_path(struct shape *shape, uint16_t parent, struct str name, struct str *out)
{
    struct str around = shape->nodes[parent].path;
    if (around.len + name.len + 1 > SHAPE_PATH_MAX)
        return false;
    const struct str parts[] = {around, name};
    *out = parent == SHAPE_ROOT ? arena_str(&shape->memory, name)
                                : arena_join(&shape->memory, parts, 2, STR("."));
    return true;
}

/* The node of a member; 0 when there are too many. */
static uint16_t node_of(struct shape *shape, uint16_t parent, struct str name)
{
    for (uint16_t i = 1; i < shape->node_count; i++)
        if (shape->nodes[i].parent == parent && str_equal(shape->nodes[i].name, name))
            return i;
    struct shape_node node = {
        .parent = parent, .secret = secret_member_name(name), .token = secret_token_name(name)};
    if (shape->node_count == SHAPE_NODES_MAX || !make_path(shape, parent, name, &node.path))
        return 0;
    node.name = arena_str(&shape->memory, name);
    shape->nodes[shape->node_count] = node;
    return shape->node_count++;
}

/* The piece that ends at lesson->at leads to `to`. False when there is no room for it. */
static bool learn_edge(struct lesson *lesson, uint16_t to)
{
    struct shape *shape = lesson->shape;
    struct str bytes = {lesson->piece, (size_t)(lesson->at - lesson->piece)};
    uint16_t *link = &shape->nodes[lesson->from].edges;
    size_t count = 0;
    for (; *link; link = &shape->edges[*link].next, count++) {
        const struct edge *known = &shape->edges[*link];
        if (known->to == to && str_equal((struct str){known->piece.bytes, known->piece.len}, bytes))
            return true;
    }
    if (count == EDGES_OF_NODE_MAX || shape->edge_count == SHAPE_EDGES_MAX)
        return false;
    struct edge edge = {.to = to, .opened_count = lesson->opened_count};
    text_piece_set(&edge.piece, arena_str(&shape->memory, bytes).ptr, (uint32_t)bytes.len);
    memcpy(edge.opened, lesson->opened, sizeof edge.opened);
    *link = shape->edge_count;
    shape->edges[shape->edge_count++] = edge;
    lesson->learned = true;
    return true;
}

/* A member's name up to the first byte of its value. Names with escapes are left to the parser. */
static bool learn_name(struct lesson *lesson, uint16_t *node)
{
    if (!is_next(lesson, '"'))
        return false;
    const char *name = ++lesson->at;
    while (lesson->at < lesson->end && *lesson->at != '"' && *lesson->at != '\\' &&
           (unsigned char)*lesson->at < 0x80)
        lesson->at++;
    if (lesson->at == lesson->end || *lesson->at != '"')
        return false;
    *node = node_of(lesson->shape, lesson->stack[lesson->depth],
                    (struct str){name, (size_t)(lesson->at - name)});
    lesson->at++;
    if (!*node || !is_next(lesson, ':'))
        return false;
    lesson->at++;
    skip_blanks(lesson);
    return lesson->at < lesson->end;
}

/* Moves behind a value of JSON that is known to be good. */
static bool skip_value(struct lesson *lesson)
{
    const char *at = lesson->at, *end = lesson->end;
    if (*at == '{' || *at == '[') {
        at = json_scan_nested(at, SHAPE_NESTED_MAX);
    } else if (*at == '"') {
        for (at++; at < end && *at != '"'; at++)
            at += *at == '\\';
        at++;
    } else {
        while (at < end && *at != ',' && *at != '}' && (unsigned char)*at > ' ')
            at++;
    }
    if (!at || at > end)
        return false;
    lesson->at = at;
    return true;
}

static bool learn_member(struct lesson *lesson)
{
    uint16_t node = 0;
    if (!learn_name(lesson, &node))
        return false;
    const struct shape *shape = lesson->shape;
    bool nested = *lesson->at == '{' || *lesson->at == '[';
    if (nested && shape->nodes[node].secret)
        return false;
    if (*lesson->at == '{' && shape->descends(shape->context, shape->nodes[node].path)) {
        if (lesson->opened_count == OPENED_MAX || lesson->depth + 1 == DEPTH_MAX)
            return false;
        lesson->opened[lesson->opened_count++] = node;
        lesson->stack[++lesson->depth] = node;
        lesson->at++;
        return !is_next(lesson, '}'); /* an empty object says nothing by its members */
    }
    if (!learn_edge(lesson, node) || !skip_value(lesson))
        return false;
    lesson->piece = lesson->at;
    lesson->from = node;
    lesson->opened_count = 0;
    return true;
}

static void learn_members(struct lesson *lesson)
{
    for (;;) {
        if (!learn_member(lesson))
            return;
        while (is_next(lesson, '}')) {
            lesson->at++;
            if (lesson->depth-- == 0) {
                skip_blanks(lesson);
                if (lesson->at == lesson->end)
                    (void)learn_edge(lesson, SHAPE_ROOT);
                return;
            }
        }
        if (is_next(lesson, ','))
            lesson->at++;
    }
}

void shape_learn(struct shape *shape, struct str line)
{
    if (shape->fruitless > FRUITLESS_FREELY && ++shape->fruitless % FRUITLESS_TRIED_EACH != 0)
        return;
    /* A copy with zero bytes behind it, as the scans want it. */
    char *copy = gr_alloc_zeroed(line.len + SHAPE_SLACK_BYTES, 1);
    if (line.len > 0)
        memcpy(copy, line.ptr, line.len);
    struct lesson lesson = {
        .shape = shape, .at = copy, .end = copy + line.len, .piece = copy, .from = SHAPE_ROOT};
    if (line.len <= SHAPE_LINE_MAX && is_next(&lesson, '{')) {
        lesson.at++;
        if (!is_next(&lesson, '}'))
            learn_members(&lesson);
    }
    shape->fruitless += !lesson.learned;
    free(copy);
}

/* ---- reading ---- */

static const char *scan_word(const char *at, const char *word, size_t len,
                             struct shape_value *value)
{
    if (memcmp(at, word, len) != 0)
        return NULL;
    value->text = (struct str){at, len};
    return at + len;
}

static inline const char *scan_value(const char *at, char **scratch, const char *scratch_end,
                                     struct shape_value *value)
{
    const char *scratch_before = *scratch;
    value->whole = -1;
    value->decoded = false;
    switch (*at) {
    case '"':
        value->kind = JSON_STRING;
        at = json_scan_text(at + 1, scratch, scratch_end, &value->text);
        value->decoded = *scratch != scratch_before;
        return at;
    case '{':
    case '[': {
        value->kind = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
        const char *end = json_scan_nested(at, SHAPE_NESTED_MAX);
        value->text = (struct str){at, end ? (size_t)(end - at) : 0};
        return end;
    }
    case 't':
        value->kind = JSON_BOOL;
        return scan_word(at, "true", 4, value);
    case 'f':
        value->kind = JSON_BOOL;
        return scan_word(at, "false", 5, value);
    case 'n':
        value->kind = JSON_NULL;
        return scan_word(at, "null", 4, value);
    default:
        value->kind = JSON_NUMBER;
        return json_scan_number(at, &value->text, &value->whole);
    }
}

/* The piece at `at` that is known to follow a value of that node; NULL when none is. */
static inline const struct edge *find_edge(const struct shape *shape, uint16_t from, const char *at,
                                           size_t left)
{
    for (uint16_t i = shape->nodes[from].edges; i; i = shape->edges[i].next) {
        const struct edge *edge = &shape->edges[i];
        if (edge->piece.len <= left && text_piece_at(&edge->piece, at))
            return edge;
    }
    return NULL;
}

/* Marks a member as seen in this line; false when it was already. */
static bool mark(struct shape *shape, uint16_t node)
{
    bool first = shape->nodes[node].seen != shape->lines;
    shape->nodes[node].seen = shape->lines;
    return first;
}

static bool mark_edge(struct shape *shape, const struct edge *edge)
{
    for (uint16_t i = 0; i < edge->opened_count; i++)
        if (!mark(shape, edge->opened[i]))
            return false;
    return mark(shape, edge->to);
}

/* Length of the line end at `at`, 0 at the end of the file; -1 when something else is there. */
static int line_end(const char *at, const char *end, bool last)
{
    if (at < end && *at == '\n')
        return 1;
    if (at < end && *at == '\r') {
        if (at + 1 < end && at[1] == '\n')
            return 2;
        return at + 1 == end && last ? 1 : -1;
    }
    return at == end && last ? 0 : -1;
}

static bool ends_row(struct shape_row *row, struct str held, const char *at, bool last)
{
    int ending = line_end(at, held.ptr + held.len, last);
    row->len = (size_t)(at - held.ptr) + (ending > 0 ? (size_t)ending : 0);
    return ending >= 0 && row->len <= SHAPE_LINE_MAX;
}

bool shape_read(struct shape *shape, struct str held, bool last, struct shape_row *row)
{
    const char *at = held.ptr, *end = held.ptr + held.len;
    char *scratch = shape->decoded;
    uint16_t from = SHAPE_ROOT;
    row->count = 0;
    shape->lines++;
    for (;;) {
        const struct edge *edge = find_edge(shape, from, at, (size_t)(end - at));
        if (!edge)
            return false;
        at += edge->piece.len;
        if (edge->to == SHAPE_ROOT)
            return ends_row(row, held, at, last);
        if (!mark_edge(shape, edge))
            return false;
        struct shape_value *value = &row->values[row->count++];
        value->node = from = edge->to;
        at = scan_value(at, &scratch, shape->decoded + SHAPE_DECODED_MAX, value);
        if (!at)
            return false;
    }
}
