/* JSON and NDJSON by a mapping (see mapping_internal.h): a record's members by path become the
 * cells of a row. */
#include <stdlib.h>

#include "ingest/bill_rows.h"
#include "ingest/json_lines.h"
#include "ingest/mapping/mapping_internal.h"
#include "ingest/record.h"
#include "ingest/secrets.h"

enum { PATH_MAX_BYTES = 1024, SNIFF_RECORDS = 20 };

/* ---- members ---- */

/* The value at a path such as gpu.name; a member that is called so as a whole comes first. */
static const struct json_value *value_at(const struct json_value *record, struct str path)
{
    if (!record || record->kind != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < record->count; i++)
        if (str_equal(record->members[i].name, path))
            return &record->members[i].value;
    for (size_t i = 0; i < record->count; i++) {
        struct str name = record->members[i].name;
        if (path.len > name.len + 1 && path.ptr[name.len] == '.' && str_starts(path, name)) {
            const struct json_value *found =
                value_at(&record->members[i].value,
                         (struct str){path.ptr + name.len + 1, path.len - name.len - 1});
            if (found)
                return found;
        }
    }
    return NULL;
}

static struct str text_of(struct arena *arena, struct strbuf *scratch,
                          const struct json_value *value)
{
    if (!value || value->kind == JSON_NULL)
        return STR_NONE;
    if (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY)
        return value->text;
    if (value->count == 0)
        return STR_NONE;
    strbuf_clear(scratch);
    json_write(value, scratch);
    return arena_str(arena, strbuf_str(scratch));
}

/* Whether the mapping names this path, or one below it. */
static bool is_named(const struct mapping *mapping, struct str path, bool *below)
{
    bool named = false;
    *below = false;
    for (size_t i = 0; i < mapping->source_count; i++) {
        struct str source = mapping->sources[i];
        named |= str_equal(source, path);
        *below |= source.len > path.len && source.ptr[path.len] == '.' && str_starts(source, path);
    }
    return named;
}

struct json_run {
    struct mapping_run *run;
    struct arena arena; /* of the record */
    struct strbuf scratch, extra;
    char path[PATH_MAX_BYTES];
    size_t fixed_tags;
    uint64_t record; /* of a document, from 1: several may stand on a line; 0: a record a line */
    bool any_array;  /* the document has the array that rows stand in */
};

/* Members that nothing names become text columns x_<path>. */
static const char *put_unknown(struct json_run *json, struct batch *batch,
                               const struct json_value *object, size_t before)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        size_t len = before + (before > 0) + member->name.len, column;
        bool below;
        if (len >= PATH_MAX_BYTES || secret_tag_name(member->name))
            continue;
        if (before)
            json->path[before] = '.';
        memcpy(json->path + len - member->name.len, member->name.ptr, member->name.len);
        struct str path = {json->path, len};
        if (is_named(json->run->mapping, path, &below))
            continue;
        if (below && member->value.kind == JSON_OBJECT) {
            const char *reason = put_unknown(json, batch, &member->value, len);
            if (reason)
                return reason;
            continue;
        }
        struct str text = text_of(&json->arena, &json->scratch, &member->value);
        if (text.len == 0)
            continue;
        struct str *tag = before ? NULL : mapping_run_tag(json->run, member->name);
        if (tag) {
            *tag = text;
            continue;
        }
        if (!record_extra_column(batch, path, &json->extra, &column))
            return "has one unknown member too many (over 1024)";
        batch_set_text(batch, column, batch->rows, text);
    }
    return NULL;
}

static const char *put_record(struct json_run *json, struct batch *batch,
                              const struct json_value *record, struct str *column)
{
    struct mapping_run *run = json->run;
    const struct mapping *mapping = run->mapping;
    arena_reset(&json->arena);
    if (record->kind != JSON_OBJECT)
        return "is not a JSON object";
    run->tag_count = json->fixed_tags;
    for (size_t i = 0; i < mapping->source_count; i++)
        run->cells[i] =
            text_of(&json->arena, &json->scratch, value_at(record, mapping->sources[i]));
    const char *reason = put_unknown(json, batch, record, 0);
    return reason ? reason : mapping_complete(run, batch, column);
}

static struct str value_of(const struct mapping_run *run, struct str column)
{
    for (size_t i = 0; column.ptr && i < run->mapping->source_count; i++)
        if (str_equal(run->mapping->sources[i], column))
            return run->cells[i];
    return STR_NONE;
}

static enum gr_status take_record(struct json_run *json, const struct json_place *place,
                                  const struct json_value *record, struct gr_err *err)
{
    struct emit *emit = json->run->emit;
    enum dataset dataset = json->run->mapping->dataset;
    struct batch *batch = emit_row(emit, dataset);
    struct str column = STR_NONE;
    emit->facts->repeated_members += record->repeated;
    const char *reason = put_record(json, batch, record, &column);
    if (!reason)
        return emit_done(emit, dataset, place->line, err);
    emit_undo(emit, dataset);
    if (reason == bill_row_skip) {
        emit_skip(emit, 1);
        return GR_OK;
    }
    struct str text = str_from(reason);
    if (json->record)
        text = arena_printf(&json->arena, "%s (record %llu)", reason,
                            (unsigned long long)json->record);
    strbuf_clear(&json->scratch);
    json_write(record, &json->scratch);
    return emit_reject(emit,
                       (struct ingest_reject){.line = place->line,
                                              .byte_offset = place->byte_offset,
                                              .column = column,
                                              .value = value_of(json->run, column),
                                              .reason = text,
                                              .raw = strbuf_str(&json->scratch)},
                       err);
}

/* ---- what fits ---- */

static bool record_fits(const struct mapping *mapping, const struct json_value *record)
{
    for (size_t i = 0; i < mapping->detect_count; i++)
        if (!value_at(record, mapping->detect[i]))
            return false;
    for (size_t i = 0; i < mapping->absent_count; i++)
        if (value_at(record, mapping->absent[i]))
            return false;
    bool any = mapping->any_count == 0;
    for (size_t i = 0; i < mapping->any_count; i++)
        any |= value_at(record, mapping->any[i]) != NULL;
    return any && record->kind == JSON_OBJECT;
}

/* Records of the array that the mapping names; where it names none, of any array whose records
 * look like its own. */
static bool is_ours(const struct mapping *mapping, const char *path,
                    const struct json_value *record)
{
    if (mapping->rows.ptr)
        return str_is(mapping->rows, path) || path[0] == 0;
    return record_fits(mapping, record);
}

struct json_sniff {
    const struct mapping *mapping;
    bool fits;
};

static enum gr_status sniff_record(void *context, const struct json_place *place,
                                   const struct json_value *value, struct gr_err *err)
{
    (void)err;
    struct json_sniff *sniff = context;
    sniff->fits |=
        is_ours(sniff->mapping, place->path, value) && record_fits(sniff->mapping, value);
    return GR_OK;
}

static enum gr_status pass_scalar(void *context, const struct json_place *place,
                                  const struct json_value *value, struct gr_err *err)
{
    (void)context, (void)place, (void)value, (void)err;
    return GR_OK;
}

static enum gr_status pass_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)context, (void)place, (void)err;
    return GR_OK;
}

bool mapping_is_json(const struct ingest_head *head)
{
    struct str text = str_trim(head->bytes);
    return text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '[');
}

static bool has_rows(const struct mapping *mapping, const struct json_value *root)
{
    const struct json_value *rows = value_at(root, mapping->rows);
    return rows && rows->kind == JSON_ARRAY;
}

/* Whether some member, or member of a member, is an array of objects. */
static bool has_records(const struct json_value *object, int depth)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct json_value *value = &object->members[i].value;
        if (value->kind == JSON_ARRAY && value->count > 0 && value->items[0].kind == JSON_OBJECT)
            return true;
        if (value->kind == JSON_OBJECT && depth > 0 && has_records(value, depth - 1))
            return true;
    }
    return false;
}

/* A record a line, not one document: the first line is a whole object, and not the one that holds
 * the rows. */
static bool is_lines(const struct mapping *mapping, const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    struct json_parser *json = json_open();
    struct json_value root;
    struct str rest = str_trim(head->bytes);
    struct str first = str_cut(&rest, '\n');
    bool whole = rest.ptr || head->complete, lines = false;
    if (first.len > 0 && first.ptr[0] == '{' && whole && !json_read(json, &arena, first, &root)) {
        if (mapping->rows.ptr)
            lines = !has_rows(mapping, &root);
        else
            lines = record_fits(mapping, &root) || !has_records(&root, 2);
    }
    json_close(json);
    arena_deinit(&arena);
    return lines;
}

static bool line_fits(const struct mapping *mapping, struct str line, struct json_parser *json,
                      struct arena *arena)
{
    struct json_value record;
    arena_reset(arena);
    return !json_read(json, arena, line, &record) && record_fits(mapping, &record);
}

static bool lines_fit(const struct mapping *mapping, const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    struct json_parser *json = json_open();
    struct str rest = str_trim(head->bytes);
    bool fits = false;
    for (int i = 0; i < SNIFF_RECORDS && rest.ptr && !fits; i++) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (!rest.ptr && !head->complete)
            break; /* cut by the end of the head */
        fits = line.len > 0 && line_fits(mapping, line, json, &arena);
    }
    json_close(json);
    arena_deinit(&arena);
    return fits;
}

bool mapping_fits_json(const struct mapping *mapping, const struct ingest_head *head)
{
    if (is_lines(mapping, head))
        return lines_fit(mapping, head);
    struct json_sniff sniff = {mapping, false};
    struct json_visitor visitor = {&sniff, sniff_record, pass_scalar, pass_array};
    json_peek(head->bytes, &visitor);
    return sniff.fits;
}

/* ---- reading ---- */

static enum gr_status on_record(void *context, const struct json_place *place,
                                const struct json_value *value, struct gr_err *err)
{
    struct json_run *json = context;
    json->record++;
    if (is_ours(json->run->mapping, place->path, value))
        return take_record(json, place, value, err);
    emit_skip(json->run->emit, 1);
    return GR_OK;
}

static enum gr_status on_array(void *context, const struct json_place *place, struct gr_err *err)
{
    (void)err;
    struct json_run *json = context;
    struct str rows = json->run->mapping->rows;
    json->any_array |= !rows.ptr || place->path[0] == 0 || str_is(rows, place->path);
    return GR_OK;
}

/* A document without the array is another one than was meant, not one without rows. */
static enum gr_status read_document(struct json_run *json, struct ingest_source *source,
                                    struct gr_err *err)
{
    struct json_visitor visitor = {json, on_record, pass_scalar, on_array};
    struct str rows = json->run->mapping->rows;
    GR_TRY(json_stream(source, &visitor, err));
    if (json->any_array)
        return GR_OK;
    return gr_fail(err, GR_EDATA, "holds no array of records%s%.*s", rows.ptr ? " at " : "",
                   STR_ARG(rows));
}

static enum gr_status on_line(void *context, const struct json_place *place,
                              const struct json_value *value, struct gr_err *err)
{
    return take_record(context, place, value, err);
}

enum gr_status mapping_read_json(struct mapping_run *run, struct ingest_source *source,
                                 struct gr_err *err)
{
    struct ingest_head head = source_head(source);
    struct json_run *json = gr_alloc_zeroed(1, sizeof *json);
    json->run = run;
    json->fixed_tags = run->tag_count;
    strbuf_init(&json->scratch, STRBUF_CEILING);
    strbuf_init(&json->extra, STRBUF_CEILING);
    enum gr_status status = is_lines(run->mapping, &head)
                                ? json_lines_read(source, run->emit, on_line, json, err)
                                : read_document(json, source, err);
    if (status == GR_OK)
        status = emit_flush(run->emit, err);
    strbuf_deinit(&json->scratch);
    strbuf_deinit(&json->extra);
    arena_deinit(&json->arena);
    free(json);
    return status;
}
