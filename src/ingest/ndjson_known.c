/* Rows of lines whose shape is known (see ndjson_known.h). */
#include "ingest/ndjson_known.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/moments.h"
#include "ingest/text_scan.h"

enum {
    PIECES_KEPT_MAX = 1024,  /* of a member */
    PIECE_KEPT_BYTES = 1024, /* a larger one will hardly come again */
    PIECES_BYTES_MAX = 4 << 20,
    SCRATCH_MAX = 4 << 20,
    TEXTS_KEPT = 256,        /* of a column; a power of two */
    LATE_MAX = 32,           /* texts that wait for their dictionary */
    LATE_FROM_TEXTS = 16384, /* of a dictionary: a smaller one is in the cache anyhow */
};

/* A text that waits while its place in a large dictionary is fetched: request ids are new in every
 * row, and each would stall on memory for longer than its line takes to read. */
struct late_text {
    struct str text; /* a view into the lines in hand */
    size_t column;
    uint32_t row;
    uint32_t hash;
};

/* A text of a column that was put before. */
struct kept_text {
    const char *ptr;
    uint32_t len;
    uint32_t code;
};

/* What is done with the values of a member. */
enum action {
    ACTION_UNKNOWN, /* to be decided at the first value */
    ACTION_DROP,
    ACTION_FIELD,
    ACTION_UNITS,
    ACTION_CONTAINER, /* of counts, as one value: only null is */
    ACTION_COUNT,
    ACTION_STRANGER,
    ACTION_EXTRA,
};

struct plan {
    enum action action;
    enum field_kind kind; /* FIELD */
    size_t column;        /* FIELD, EXTRA (when `has_column`), UNITS */
    bool has_column;
    bool inside;             /* the member stands in an object of the outermost one */
    bool token;              /* a text that is no number is to be dropped */
    bool shared;             /* FIELD: other members fill the column too */
    bool loose;              /* EXTRA: a count as well */
    uint8_t slot;            /* COUNT, loose EXTRA */
    struct kept_text *texts; /* texts that were put lately, by a rough hash; NULL: none yet */
    uint32_t generation;     /* of the column's dictionary: what is remembered is of that one */
    struct moment_recent moment;
    /* Objects and arrays that were read as one piece: what became of equal bytes before. */
    struct kept_text *lately; /* pieces that were put lately, as `texts` */
    struct dict pieces;
    uint32_t *piece_codes; /* by code of `pieces`: the text's code in the column */
};

struct ndjson_known {
    const struct ndjson_format *format;
    struct ndjson_defaults *defaults;
    struct shape *shape;
    bool learned; /* anything */
    struct json_parser *json;
    struct arena arena; /* one piece */
    struct strbuf scratch, wrapped;
    struct shape_row row;
    struct plan plans[SHAPE_NODES_MAX];
    uint16_t extras[SHAPE_NODES_MAX]; /* of the line at hand: places in row.values */
    size_t extra_count;
    size_t piece_bytes;              /* of all pieces that were kept since all were forgotten */
    struct late_text late[LATE_MAX]; /* a ring */
    size_t late_first, late_count;
    uint64_t line;
    uint64_t filled[AI_COLUMN_COUNT]; /* line in which a member filled the column last */
};

static bool descends(const void *context, struct str path)
{
    return ndjson_descends(context, path);
}

struct ndjson_known *ndjson_known_open(const struct ndjson_format *format,
                                       struct ndjson_defaults *defaults)
{
    struct ndjson_known *known = gr_alloc_zeroed(1, sizeof *known);
    known->format = format;
    known->defaults = defaults;
    known->shape = shape_open(descends, format);
    known->json = json_open();
    known->arena = ARENA_EMPTY;
    strbuf_init(&known->scratch, SCRATCH_MAX);
    strbuf_init(&known->wrapped, SCRATCH_MAX);
    for (size_t i = 0; i < SHAPE_NODES_MAX; i++)
        dict_init(&known->plans[i].pieces);
    return known;
}

void ndjson_known_close(struct ndjson_known *known)
{
    if (!known)
        return;
    for (size_t i = 0; i < SHAPE_NODES_MAX; i++) {
        dict_deinit(&known->plans[i].pieces);
        free(known->plans[i].piece_codes);
        free(known->plans[i].texts);
        free(known->plans[i].lately);
    }
    strbuf_deinit(&known->scratch);
    strbuf_deinit(&known->wrapped);
    arena_deinit(&known->arena);
    json_close(known->json);
    shape_close(known->shape);
    free(known);
}

void ndjson_known_learn(struct ndjson_known *known, struct str line)
{
    shape_learn(known->shape, line);
    known->learned = true;
}

/* ---- plans ---- */

static bool is_shared(const struct ndjson_format *format, const struct field *field)
{
    for (size_t i = 0; i < format->field_count; i++)
        if (&format->fields[i] != field && format->fields[i].kind != FIELD_IGNORED &&
            format->fields[i].column == field->column)
            return true;
    return false;
}

static const struct field *field_named(const struct ndjson_format *format, struct str name)
{
    for (size_t i = 0; i < format->field_count; i++)
        if (str_is(name, format->fields[i].name))
            return &format->fields[i];
    return NULL;
}

/* A member of the outermost object. */
static void plan_outer(const struct ndjson_format *format, const struct shape_node *node,
                       struct plan *plan)
{
    const struct field *field = field_named(format, node->name);
    const struct ndjson_count *count = ndjson_count_at(format, node->path);
    if (format->units && str_is(node->name, format->units)) {
        plan->action = ACTION_UNITS;
        plan->column = AI_Units;
    } else if (str_is(node->name, format->container)) {
        plan->action = ACTION_CONTAINER;
    } else if (field && field->kind == FIELD_IGNORED) {
        plan->action = ACTION_DROP;
    } else if (field) {
        plan->action = ACTION_FIELD;
        plan->kind = field->kind;
        plan->column = (size_t)field->column;
        plan->shared = is_shared(format, field);
    } else {
        plan->action = ACTION_EXTRA;
        plan->loose = count && count->loose;
        plan->slot = count ? count->slot : 0;
    }
}

static void plan_node(const struct ndjson_format *format, const struct shape_node *node,
                      struct plan *plan)
{
    const struct ndjson_count *count = ndjson_count_at(format, node->path);
    plan->inside = node->parent != SHAPE_ROOT;
    plan->token = node->token && !node->secret;
    if (node->secret) {
        plan->action = ACTION_DROP;
    } else if (node->parent == SHAPE_ROOT) {
        plan_outer(format, node, plan);
    } else if (ndjson_descends(format, node->path)) {
        plan->action = ACTION_CONTAINER;
    } else if (count) {
        plan->action = ACTION_COUNT;
        plan->slot = count->slot;
    } else {
        plan->action = ACTION_STRANGER;
    }
}

/* ---- values ---- */

static bool is_nested(const struct shape_value *value)
{
    return value->kind == JSON_OBJECT || value->kind == JSON_ARRAY;
}

static void forget_pieces(struct plan *plan)
{
    dict_deinit(&plan->pieces);
    free(plan->piece_codes);
    free(plan->lately);
    plan->piece_codes = NULL;
    plan->lately = NULL;
}

/* Codes and texts of a dictionary that was emptied since are void. */
static void keep_up(struct plan *plan, const struct batch *batch)
{
    const struct dict *texts = batch->columns[plan->column].texts;
    uint32_t generation = texts ? texts->generation : 0;
    if (generation == plan->generation)
        return;
    if (plan->texts)
        memset(plan->texts, 0, TEXTS_KEPT * sizeof *plan->texts);
    forget_pieces(plan);
    plan->generation = generation;
}

static void settle_first(struct ndjson_known *known, struct batch *batch)
{
    const struct late_text *late = &known->late[known->late_first];
    struct dict *texts = batch->columns[late->column].texts;
    batch_set_code(batch, late->column, late->row,
                   dict_intern_hashed(texts, late->text, late->hash));
    known->late_first = (known->late_first + 1) % LATE_MAX;
    known->late_count--;
}

void ndjson_known_settle(struct ndjson_known *known, struct batch *batch)
{
    while (known->late_count > 0)
        settle_first(known, batch);
}

static void put_late(struct ndjson_known *known, const struct plan *plan, struct batch *batch,
                     struct str text)
{
    uint32_t hash = dict_hash(text);
    dict_prefetch(batch->columns[plan->column].texts, hash);
    if (known->late_count == LATE_MAX)
        settle_first(known, batch);
    known->late[(known->late_first + known->late_count++) % LATE_MAX] =
        (struct late_text){text, plan->column, batch->rows, hash};
}

/* Where a text is kept: by its ends, which is where texts of a column differ. The bytes around a
 * value can be read (SHAPE_SLACK_BYTES). */
static size_t place_of(struct str text)
{
    uint64_t first = load_le64(text.ptr), last;
    if (text.len < 8)
        first = last = first << (64 - 8 * text.len); /* drops what stands behind */
    else
        last = load_le64(text.ptr + text.len - 8);
    uint64_t mixed = (first ^ (last << 7 | last >> 57)) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed >> 32) & (TEXTS_KEPT - 1);
}

static bool is_kept(const struct kept_text *kept, struct str text)
{
    return text.len == kept->len && bytes_equal(text.ptr, kept->ptr, text.len);
}

static void put_text(struct ndjson_known *known, struct plan *plan, struct batch *batch,
                     const struct shape_value *value)
{
    struct str text = value->text;
    if (text.len == 0)
        return;
    keep_up(plan, batch);
    struct dict *texts = batch->columns[plan->column].texts;
    if (texts->count >= LATE_FROM_TEXTS && !value->decoded) {
        put_late(known, plan, batch, text);
        return;
    }
    if (!plan->texts)
        plan->texts = gr_alloc_zeroed(TEXTS_KEPT, sizeof *plan->texts);
    struct kept_text *kept = &plan->texts[place_of(text)];
    if (!is_kept(kept, text)) {
        uint32_t code = dict_intern(texts, text);
        *kept = (struct kept_text){dict_text(texts, code).ptr, (uint32_t)text.len, code};
    }
    batch_set_code(batch, plan->column, batch->rows, kept->code);
}

/* The tree of an object or array, read under its member's name, because names decide what is a
 * secret. NULL when the parser has anything to say about it. */
static const struct json_value *parse_piece(struct ndjson_known *known,
                                            const struct shape_node *node, struct str piece)
{
    struct strbuf *text = &known->wrapped;
    struct json_value object;
    strbuf_clear(text);
    strbuf_append_cstr(text, "{\"");
    strbuf_append(text, node->name);
    strbuf_append_cstr(text, "\":");
    strbuf_append(text, piece);
    strbuf_append_char(text, '}');
    arena_reset(&known->arena);
    if (text->overflowed ||
        json_read(known->json, &known->arena, strbuf_str(text), &object) != NULL ||
        object.repeated || object.count != 1)
        return NULL;
    return &object.members[0].value;
}

/* What a piece is worth to its column: the code of its text. False: the line is not known. */
static bool judge_piece(struct ndjson_known *known, const struct plan *plan, struct batch *batch,
                        const struct json_value *value, uint32_t *code)
{
    struct record_fault fault;
    *code = 0;
    if (plan->action == ACTION_EXTRA || plan->action == ACTION_STRANGER)
        return true;
    bool good = plan->action == ACTION_UNITS ? record_units_text(value, &known->scratch, &fault)
                                             : !record_json_text(value, &known->scratch);
    if (good && known->scratch.len > 0)
        *code = dict_intern(batch->columns[plan->column].texts, strbuf_str(&known->scratch));
    return good;
}

/* Keeps a piece and its code, within bounds: pieces that never come again must not add up. */
static uint32_t keep_piece(struct ndjson_known *known, struct plan *plan, struct str piece,
                           uint32_t code)
{
    known->piece_bytes += piece.len;
    if (known->piece_bytes > PIECES_BYTES_MAX) {
        for (size_t i = 0; i < SHAPE_NODES_MAX; i++)
            forget_pieces(&known->plans[i]);
        known->piece_bytes = piece.len;
    }
    if (plan->pieces.count == PIECES_KEPT_MAX)
        forget_pieces(plan);
    if (!plan->piece_codes)
        plan->piece_codes = gr_alloc((PIECES_KEPT_MAX + 1) * sizeof *plan->piece_codes);
    uint32_t kept = dict_intern(&plan->pieces, piece);
    plan->piece_codes[kept] = code;
    return kept;
}

static bool put_piece(struct ndjson_known *known, struct plan *plan, struct batch *batch,
                      const struct shape_value *value, uint32_t *code)
{
    keep_up(plan, batch);
    if (plan->lately && is_kept(&plan->lately[place_of(value->text)], value->text)) {
        *code = plan->lately[place_of(value->text)].code;
        return true;
    }
    uint32_t piece = dict_find(&plan->pieces, value->text);
    if (!piece) {
        const struct json_value *tree =
            parse_piece(known, shape_node(known->shape, value->node), value->text);
        if (!tree || !judge_piece(known, plan, batch, tree, code))
            return false;
        if (value->text.len > PIECE_KEPT_BYTES)
            return true;
        piece = keep_piece(known, plan, value->text, *code);
    }
    *code = plan->piece_codes[piece];
    if (!plan->lately)
        plan->lately = gr_alloc_zeroed(TEXTS_KEPT, sizeof *plan->lately);
    plan->lately[place_of(value->text)] =
        (struct kept_text){dict_text(&plan->pieces, piece).ptr, (uint32_t)value->text.len, *code};
    return true;
}

/* FIELD_JSON and units, which may also be written as a text. */
static bool put_json(struct ndjson_known *known, struct plan *plan, struct batch *batch,
                     const struct shape_value *value)
{
    uint32_t code;
    if (value->kind == JSON_NULL)
        return true;
    if (value->kind == JSON_STRING && plan->action == ACTION_FIELD) {
        put_text(known, plan, batch, value);
        return true;
    }
    if (!is_nested(value) || !put_piece(known, plan, batch, value, &code))
        return false;
    if (code)
        batch_set_code(batch, plan->column, batch->rows, code);
    return true;
}

static bool put_moment(struct plan *plan, struct batch *batch, const struct shape_value *value)
{
    int64_t moment;
    if (!moment_read_json_recent(&plan->moment, value->text, &moment))
        return false;
    batch_set_moment(batch, plan->column, batch->rows, moment);
    return true;
}

static bool put_number(struct plan *plan, struct batch *batch, const struct shape_value *value)
{
    if (value->whole >= 0) {
        batch_set_whole(batch, plan->column, batch->rows, value->whole);
        return true;
    }
    const struct json_value scalar = {.kind = (enum json_kind)value->kind, .text = value->text};
    return !record_put(batch, plan->column, plan->kind, &scalar, NULL);
}

static void put_measure(const struct plan *plan, struct batch *batch, struct str text)
{
    struct decimal measure;
    if (decimal_read(text, &measure) == DECIMAL_READ_OK)
        batch_set_decimal(batch, plan->column, batch->rows, measure);
}

static bool put_field(struct ndjson_known *known, struct plan *plan, struct batch *batch,
                      const struct shape_value *value)
{
    if (value->kind == JSON_NULL)
        return true;
    if (plan->shared && known->filled[plan->column] == known->line)
        return false; /* which of the members holds is decided over the tree */
    known->filled[plan->column] = known->line;
    if (plan->kind == FIELD_JSON)
        return put_json(known, plan, batch, value);
    if (is_nested(value))
        return false;
    switch (plan->kind) {
    case FIELD_MEASURE:
        put_measure(plan, batch, value->text);
        return true;
    case FIELD_TEXT:
        put_text(known, plan, batch, value);
        return true;
    case FIELD_MOMENT:
        return put_moment(plan, batch, value);
    case FIELD_DECIMAL:
    case FIELD_COUNT:
        return put_number(plan, batch, value);
    case FIELD_JSON:
    case FIELD_IGNORED:
        break;
    }
    return true;
}

static bool read_count(const struct shape_value *value, int64_t *count)
{
    const struct json_value scalar = {.kind = (enum json_kind)value->kind, .text = value->text};
    *count = value->whole;
    return value->whole >= 0 || !record_read_count(&scalar, count);
}

static bool put_count(const struct plan *plan, struct ndjson_row *row,
                      const struct shape_value *value)
{
    int64_t count;
    if (value->kind == JSON_NULL)
        return true;
    return read_count(value, &count) && !ndjson_give(row, plan->slot, count);
}

static bool is_good_stranger(struct ndjson_known *known, struct plan *plan, struct batch *batch,
                             const struct shape_value *value)
{
    uint32_t code;
    struct str path = shape_node(known->shape, value->node)->path;
    struct str text = value->text;
    if (is_nested(value) || value->kind == JSON_NULL)
        text = STR_NONE;
    return !known->format->stranger(path, (enum json_kind)value->kind, text) &&
           (!is_nested(value) || put_piece(known, plan, batch, value, &code));
}

/* Unknown members come last, as they do from a tree; only their order among themselves and the
 * columns that they make depend on it. */
static bool note_extra(struct ndjson_known *known, struct plan *plan, struct ndjson_row *row,
                       const struct shape_value *value)
{
    uint32_t code;
    int64_t count;
    if (is_nested(value))
        return put_piece(known, plan, row->batch, value, &code);
    if (value->kind == JSON_NULL)
        return true;
    if (plan->loose && read_count(value, &count))
        (void)ndjson_give(row, plan->slot, count);
    known->extras[known->extra_count++] = (uint16_t)(value - known->row.values);
    return true;
}

static bool put_value(struct ndjson_known *known, struct ndjson_row *row,
                      const struct shape_value *value)
{
    struct plan *plan = &known->plans[value->node];
    struct decimal number;
    if (plan->action == ACTION_UNKNOWN)
        plan_node(known->format, shape_node(known->shape, value->node), plan);
    row->counted |= plan->inside;
    if (plan->token && value->kind == JSON_STRING &&
        decimal_read(value->text, &number) != DECIMAL_READ_OK)
        return true;
    switch (plan->action) {
    case ACTION_UNKNOWN:
    case ACTION_DROP:
        return !is_nested(value);
    case ACTION_FIELD:
        return put_field(known, plan, row->batch, value);
    case ACTION_UNITS:
        return put_json(known, plan, row->batch, value);
    case ACTION_CONTAINER:
        return value->kind == JSON_NULL;
    case ACTION_COUNT:
        return put_count(plan, row, value);
    case ACTION_STRANGER:
        return is_good_stranger(known, plan, row->batch, value);
    case ACTION_EXTRA:
        return note_extra(known, plan, row, value);
    }
    return false;
}

static bool put_extras(struct ndjson_known *known, struct batch *batch)
{
    for (size_t i = 0; i < known->extra_count; i++) {
        const struct shape_value *value = &known->row.values[known->extras[i]];
        struct plan *plan = &known->plans[value->node];
        if (value->text.len == 0)
            continue;
        if (!plan->has_column &&
            !record_extra_column(batch, shape_node(known->shape, value->node)->name,
                                 &known->scratch, &plan->column))
            return false;
        plan->has_column = true;
        put_text(known, plan, batch, value);
    }
    return true;
}

/* ndjson_known_row() without the undoing. */
static size_t put_row(struct ndjson_known *known, struct batch *batch, struct str held, bool last)
{
    struct ndjson_row row; /* counts are not worth zeroing: `given` says which are there */
    struct record_fault fault;
    row.batch = batch;
    row.defaults = known->defaults;
    row.counted = false;
    row.given = 0;
    if (!known->learned || !shape_read(known->shape, held, last, &known->row))
        return 0;
    known->line++;
    known->extra_count = 0;
    for (size_t i = 0; i < known->row.count; i++)
        if (!put_value(known, &row, &known->row.values[i]))
            return 0;
    bool good = put_extras(known, batch) && known->format->finish(&row, &fault);
    return good ? known->row.len : 0;
}

size_t ndjson_known_row(struct ndjson_known *known, struct batch *batch, struct str held, bool last)
{
    size_t len = put_row(known, batch, held, last);
    if (len > 0)
        return len;
    /* The cells of the row are undone; those that wait must not come after. */
    ndjson_known_settle(known, batch);
    batch_unset_row(batch, batch->rows);
    return 0;
}
