/* JSON on yajl (see json.h): callbacks build small trees; the frames say where the parser stands.
 */
#include "ingest/json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/decimal.h"
#include "ingest/secrets.h"

enum {
    NAME_MAX_BYTES = 40,
    CHUNK_BYTES = 64 << 10,
    BROKEN_TEXT_MAX = 160,
    JSON_VALUES_MAX = 1000000,
    PENDING_FIRST = 64,
};

/* An open object or array. */
struct frame {
    bool is_object;
    bool in_record;
    bool in_tags; /* names are tag keys here, not members */
    struct str key;
    size_t first_pending;
    char name[NAME_MAX_BYTES]; /* outside of records: for the path */
};

struct json_parser {
    yajl_handle handle;
    bool whole; /* one value a text; else records of a document */
    struct frame frames[JSON_DEPTH_MAX];
    size_t depth;
    struct json_member *pending; /* finished children of the open frames */
    size_t pending_count;
    size_t pending_capacity;
    struct str key; /* of the value that comes next; in the arena */
    char outer_key[NAME_MAX_BYTES];
    bool keeps_all;     /* no member is taken for a secret */
    bool skip_next;     /* the value that comes next is a secret */
    bool skip_if_token; /* it is one unless it is a number */
    size_t skip_depth;  /* inside a secret: open containers */

    struct arena *arena;
    size_t arena_before;
    struct json_value root; /* whole: what was read */
    size_t roots;

    const struct json_visitor *visitor;
    struct gr_err *err;
    enum gr_status status; /* of a callback of the visitor's */
    const char *reason;    /* ours; NULL: ask yajl */
    char path[JSON_PATH_MAX];
    const char *chunk;
    uint64_t chunk_offset;
    uint64_t line;
    size_t lines_counted_to;
    uint64_t record_line;
    uint64_t record_offset;
    uint64_t last_token_offset;
    char broken[BROKEN_TEXT_MAX];
};

static int stop(struct json_parser *parser, const char *reason)
{
    parser->reason = reason;
    return 0;
}

/* ---- where we are ---- */

/* Counts lines up to `back` bytes before what yajl has taken of the chunk. */
static uint64_t note_position(struct json_parser *parser, size_t back)
{
    size_t taken = yajl_get_bytes_consumed(parser->handle);
    size_t at = taken >= back ? taken - back : 0;
    const char *from = parser->chunk + parser->lines_counted_to, *end = parser->chunk + at;
    while (from < end && (from = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        parser->line++;
        from++;
    }
    if (at > parser->lines_counted_to)
        parser->lines_counted_to = at;
    return parser->chunk_offset + at;
}

/* Joins the names of the open objects and, when it is not NULL, one more. */
static void make_path(struct json_parser *parser, const char *last)
{
    size_t len = 0;
    parser->path[0] = 0;
    for (size_t i = 0; i <= parser->depth; i++) {
        const char *name = i < parser->depth ? parser->frames[i].name : last;
        size_t name_len = name ? strlen(name) : 0;
        if (name_len == 0 || len + name_len + 2 > sizeof parser->path)
            continue;
        if (len > 0)
            parser->path[len++] = '.';
        memcpy(parser->path + len, name, name_len + 1);
        len += name_len;
    }
}

static bool standing_in_record(const struct json_parser *parser)
{
    return parser->depth > 0 && parser->frames[parser->depth - 1].in_record;
}

static bool standing_in_array(const struct json_parser *parser)
{
    return parser->depth > 0 && !parser->frames[parser->depth - 1].is_object;
}

/* ---- values ---- */

static void push_pending(struct json_parser *parser, struct json_value value)
{
    if (parser->pending_count == parser->pending_capacity) {
        parser->pending_capacity *= 2;
        parser->pending =
            gr_realloc(parser->pending, parser->pending_capacity * sizeof *parser->pending);
    }
    parser->pending[parser->pending_count++] = (struct json_member){parser->key, value};
}

/* A record or an outer scalar is complete: shows it and forgets it. */
static int show(struct json_parser *parser, const struct json_value *value, bool is_record)
{
    struct json_place place = {.path = parser->path};
    make_path(parser, is_record ? NULL : parser->outer_key);
    if (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY) {
        parser->record_offset = note_position(parser, 0);
        parser->record_line = parser->line;
    }
    place.line = parser->record_line;
    place.byte_offset = parser->record_offset;
    enum gr_status (*call)(void *, const struct json_place *, const struct json_value *,
                           struct gr_err *) =
        is_record ? parser->visitor->record : parser->visitor->scalar;
    parser->status = call(parser->visitor->context, &place, value, parser->err);
    arena_reset(parser->arena);
    parser->arena_before = parser->arena->used_bytes;
    return parser->status == GR_OK;
}

static int put_value(struct json_parser *parser, struct json_value value)
{
    if (parser->arena->used_bytes - parser->arena_before > JSON_RECORD_MAX)
        return stop(parser, "a record takes more than 16 MiB");
    if (parser->pending_count >= JSON_VALUES_MAX)
        return stop(parser, "a record has more than a million values");
    if (standing_in_record(parser)) {
        push_pending(parser, value);
        return 1;
    }
    if (!parser->whole)
        return show(parser, &value, standing_in_array(parser));
    parser->root = value;
    parser->roots++;
    return 1;
}

/* True when the value that has just come is a secret, or inside one. */
static bool is_skipped(struct json_parser *parser)
{
    bool skipped = parser->skip_depth > 0 || parser->skip_next;
    parser->last_token_offset = parser->chunk_offset + yajl_get_bytes_consumed(parser->handle);
    if (parser->skip_depth == 0)
        parser->skip_next = false;
    return skipped;
}

static int put_scalar(struct json_parser *parser, enum json_kind kind, struct str text)
{
    bool token = parser->skip_if_token;
    parser->skip_if_token = false;
    if (is_skipped(parser))
        return 1;
    struct decimal number;
    if (token && kind == JSON_STRING && decimal_read(text, &number) != DECIMAL_READ_OK)
        return 1;
    if (text.len > 0 && memchr(text.ptr, 0, text.len))
        return stop(parser, "a text holds a NUL");
    if (!str_is_utf8(text))
        return stop(parser, "a text is not valid UTF-8");
    struct json_value value = {.kind = kind};
    if (kind != JSON_NULL)
        value.text = arena_str(parser->arena, text);
    return put_value(parser, value);
}

static int on_null(void *context)
{
    return put_scalar(context, JSON_NULL, STR_NONE);
}

static int on_bool(void *context, int truth)
{
    return put_scalar(context, JSON_BOOL, truth ? STR("true") : STR("false"));
}

static int on_number(void *context, const char *text, size_t len)
{
    return put_scalar(context, JSON_NUMBER, (struct str){text, len});
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    return put_scalar(context, JSON_STRING, (struct str){(const char *)text, len});
}

/* ---- objects and arrays ---- */

static bool names_tags(struct str key)
{
    return str_is(key, "tags") || str_is(key, "labels") || str_is(key, "Tags") ||
           str_is(key, "system_labels");
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct json_parser *parser = context;
    struct str key = {(const char *)text, len};
    if (parser->skip_depth > 0)
        return 1;
    const struct frame *top = &parser->frames[parser->depth - 1];
    if (!parser->keeps_all) {
        parser->skip_next = top->in_tags ? secret_tag_name(key) : secret_member_name(key);
        parser->skip_if_token = !top->in_tags && secret_token_name(key);
    }
    if (memchr(key.ptr ? key.ptr : "", 0, len) || !str_is_utf8(key))
        return stop(parser, "a member name is not text");
    if (top->in_record) {
        if (parser->pending_count - top->first_pending >= JSON_MEMBERS_MAX)
            return stop(parser, "an object has more than 1024 members");
        parser->key = arena_str(parser->arena, key);
        return 1;
    }
    size_t kept = len < NAME_MAX_BYTES - 1 ? len : NAME_MAX_BYTES - 1;
    if (kept && key.ptr)
        memcpy(parser->outer_key, key.ptr, kept);
    parser->outer_key[kept] = 0;
    return 1;
}

/* The container that opens now is, or lies in, the value of a member named tags. */
static bool holds_tags(const struct json_parser *parser)
{
    if (!standing_in_record(parser))
        return false;
    const struct frame *parent = &parser->frames[parser->depth - 1];
    return parent->in_tags || (parent->is_object && names_tags(parser->key));
}

static int begin_outer_array(struct json_parser *parser)
{
    struct json_place place = {.path = parser->path};
    make_path(parser, NULL);
    place.byte_offset = note_position(parser, 1);
    place.line = parser->line;
    parser->status = parser->visitor->array(parser->visitor->context, &place, parser->err);
    return parser->status == GR_OK;
}

static int open_container(struct json_parser *parser, bool is_object)
{
    parser->skip_if_token = false;
    if (is_skipped(parser)) {
        parser->skip_depth++;
        return parser->skip_depth < JSON_DEPTH_MAX ? 1 : stop(parser, "is nested too deep");
    }
    if (parser->depth == JSON_DEPTH_MAX)
        return stop(parser, "is nested too deep");
    bool outer = !standing_in_record(parser);
    struct frame frame = {.is_object = is_object, .first_pending = parser->pending_count};
    frame.in_record = parser->whole || !outer || standing_in_array(parser);
    if (frame.in_record) {
        frame.key = parser->key;
        frame.in_tags = holds_tags(parser);
    } else {
        memcpy(frame.name, parser->outer_key, sizeof frame.name);
        parser->outer_key[0] = 0;
    }
    if (outer && frame.in_record && !parser->whole) {
        parser->record_offset = note_position(parser, 1);
        parser->record_line = parser->line;
    }
    parser->frames[parser->depth++] = frame;
    return frame.in_record || is_object ? 1 : begin_outer_array(parser);
}

/* Members without the ones that a later one of the same name replaces. */
static size_t drop_repeated(struct json_member *members, size_t count, bool *repeated)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < kept && !str_equal(members[k].name, members[i].name))
            k++;
        *repeated |= k < kept;
        members[k] = members[i];
        kept += k == kept;
    }
    return kept;
}

static struct json_value build_object(struct json_parser *parser, struct json_member *members,
                                      size_t count)
{
    struct json_value value = {.kind = JSON_OBJECT};
    for (size_t i = 0; i < count; i++)
        value.repeated |= members[i].value.repeated;
    value.count = drop_repeated(members, count, &value.repeated);
    value.members = arena_alloc(parser->arena, value.count * sizeof *value.members);
    if (value.count > 0)
        memcpy(value.members, members, value.count * sizeof *value.members);
    return value;
}

static struct json_value build_array(struct json_parser *parser, const struct json_member *members,
                                     size_t count)
{
    struct json_value value = {.kind = JSON_ARRAY, .count = count};
    value.items = arena_alloc(parser->arena, count * sizeof *value.items);
    for (size_t i = 0; i < count; i++) {
        value.items[i] = members[i].value;
        value.repeated |= members[i].value.repeated;
    }
    return value;
}

static int close_container(struct json_parser *parser)
{
    if (parser->skip_depth > 0) {
        parser->skip_depth--;
        return 1;
    }
    const struct frame frame = parser->frames[--parser->depth];
    parser->last_token_offset = parser->chunk_offset + yajl_get_bytes_consumed(parser->handle);
    if (!frame.in_record)
        return 1;
    struct json_member *members = parser->pending + frame.first_pending;
    size_t count = parser->pending_count - frame.first_pending;
    struct json_value value = frame.is_object ? build_object(parser, members, count)
                                              : build_array(parser, members, count);
    parser->pending_count = frame.first_pending;
    parser->key = frame.key;
    return put_value(parser, value);
}

static int on_object(void *context)
{
    return open_container(context, true);
}

static int on_array(void *context)
{
    return open_container(context, false);
}

static int on_end(void *context)
{
    return close_container(context);
}

/* ---- yajl ---- */

static void *give_memory(void *context, size_t size)
{
    (void)context;
    return gr_alloc(size);
}

static void *grow_memory(void *context, void *old, size_t size)
{
    (void)context;
    return gr_realloc(old, size);
}

static void take_memory(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

static void handle_restart(struct json_parser *parser)
{
    static const yajl_alloc_funcs memory = {give_memory, grow_memory, take_memory, NULL};
    yajl_alloc_funcs copy = memory;
    if (parser->handle)
        yajl_free(parser->handle);
    parser->handle = yajl_alloc(&callbacks, &copy, parser);
    if (parser->whole)
        yajl_config(parser->handle, yajl_allow_multiple_values, 1);
}

static struct json_parser *parser_open(bool whole)
{
    struct json_parser *parser = gr_alloc_zeroed(1, sizeof *parser);
    parser->whole = whole;
    parser->line = 1;
    parser->pending_capacity = PENDING_FIRST;
    parser->pending = gr_alloc_zeroed(PENDING_FIRST, sizeof *parser->pending);
    handle_restart(parser);
    return parser;
}

struct json_parser *json_open(void)
{
    return parser_open(true);
}

struct json_parser *json_open_plain(void)
{
    struct json_parser *parser = parser_open(true);
    parser->keeps_all = true;
    return parser;
}

void json_close(struct json_parser *parser)
{
    if (!parser)
        return;
    if (parser->handle)
        yajl_free(parser->handle);
    free(parser->pending);
    free(parser);
}

/* yajl's own words, without its line end. */
static const char *why_broken(struct json_parser *parser)
{
    if (parser->reason)
        return parser->reason;
    unsigned char *text = yajl_get_error(parser->handle, 0, NULL, 0);
    struct str words = str_trim(str_from((const char *)text));
    size_t len = words.len < BROKEN_TEXT_MAX - 1 ? words.len : BROKEN_TEXT_MAX - 1;
    memcpy(parser->broken, words.ptr, len);
    parser->broken[len] = 0;
    yajl_free_error(parser->handle, text);
    return parser->broken;
}

static bool feed(struct json_parser *parser, struct str bytes)
{
    union {
        const char *text;
        const unsigned char *bytes;
    } view = {.text = bytes.ptr};
    parser->chunk = bytes.ptr;
    parser->lines_counted_to = 0;
    return yajl_parse(parser->handle, view.bytes, bytes.len) == yajl_status_ok;
}

const char *json_read(struct json_parser *parser, struct arena *arena, struct str text,
                      struct json_value *out)
{
    parser->arena = arena;
    parser->arena_before = arena->used_bytes;
    parser->depth = parser->pending_count = parser->roots = parser->skip_depth = 0;
    parser->skip_next = parser->skip_if_token = false;
    parser->reason = NULL;
    parser->chunk_offset = 0;
    bool good = feed(parser, text) && feed(parser, STR("\n"));
    const char *reason = good ? NULL : why_broken(parser);
    if (good && (parser->depth > 0 || parser->skip_depth > 0))
        reason = "ends within a value";
    else if (good && parser->roots != 1)
        reason = parser->roots ? "holds more than one value" : "holds no value";
    if (reason)
        handle_restart(parser);
    else
        *out = parser->root;
    return reason;
}

/* ---- documents ---- */

static struct json_parser *stream_open(const struct json_visitor *visitor, struct arena *arena,
                                       struct gr_err *err)
{
    struct json_parser *parser = parser_open(false);
    parser->visitor = visitor;
    parser->arena = arena;
    parser->err = err;
    return parser;
}

static enum gr_status stream_failed(struct json_parser *parser, struct gr_err *err)
{
    if (parser->status != GR_OK)
        return parser->status;
    note_position(parser, 0);
    return gr_fail(err, GR_EDATA, "line %llu: JSON: %s", (unsigned long long)parser->line,
                   why_broken(parser));
}

static enum gr_status stream_chunks(struct json_parser *parser, struct ingest_source *source,
                                    char *chunk, struct gr_err *err)
{
    for (;;) {
        size_t got;
        parser->chunk_offset = source_position(source);
        GR_TRY(source_read(source, chunk, CHUNK_BYTES, &got, err));
        if (got == 0)
            break;
        if (!feed(parser, (struct str){chunk, got}))
            return stream_failed(parser, err);
        note_position(parser, 0);
        if (parser->chunk_offset + got > parser->last_token_offset + JSON_RECORD_MAX)
            return gr_fail(err, GR_EDATA, "line %llu: JSON: a text is longer than 16 MiB",
                           (unsigned long long)parser->line);
    }
    parser->chunk = "";
    parser->lines_counted_to = 0;
    if (yajl_complete_parse(parser->handle) != yajl_status_ok)
        return stream_failed(parser, err);
    return GR_OK;
}

enum gr_status json_stream(struct ingest_source *source, const struct json_visitor *visitor,
                           struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct json_parser *parser = stream_open(visitor, &arena, err);
    char *chunk = gr_alloc(CHUNK_BYTES);
    enum gr_status status = stream_chunks(parser, source, chunk, err);
    free(chunk);
    json_close(parser);
    arena_deinit(&arena);
    return status;
}

void json_peek(struct str bytes, const struct json_visitor *visitor)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct json_parser *parser = stream_open(visitor, &arena, &err);
    (void)feed(parser, bytes);
    json_close(parser);
    arena_deinit(&arena);
}
