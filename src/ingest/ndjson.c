/* Rows of LLM usage from lines of JSON (see ndjson.h): the reader and its yajl engine. */
#include "ingest/ndjson.h"

#include <string.h>

#include "ingest/lines.h"
#include "ingest/ndjson_known.h"
#include "ingest/secrets.h"

enum { SNIFF_LINES = 5, SCRATCH_MAX = 16 << 20 };

/* A code of a dictionary as long as that is not emptied. */
struct kept_code {
    uint32_t code;
    uint32_t generation;
};

struct ndjson_defaults {
    struct kept_code codes[NDJSON_DEFAULT_COUNT];
    struct kept_code model;    /* the one that was looked up last ... */
    struct kept_code provider; /* ... and its provider, 0: none */
};

struct ndjson_reader {
    const struct ndjson_format *format;
    struct lines lines;
    struct json_parser *json;
    struct arena arena; /* one line */
    struct strbuf scratch;
    struct emit emit;
    struct ndjson_defaults defaults;
    struct ndjson_known *known; /* NULL: every line is parsed */
};

/* ---- what the engines share ---- */

bool ndjson_descends(const struct ndjson_format *format, struct str path)
{
    for (size_t i = 0; i < format->count_count; i++) {
        struct str count = str_from(format->counts[i].path);
        if (count.len > path.len && count.ptr[path.len] == '.' && str_starts(count, path))
            return true;
    }
    return false;
}

const struct ndjson_count *ndjson_count_at(const struct ndjson_format *format, struct str path)
{
    for (size_t i = 0; i < format->count_count; i++)
        if (str_is(path, format->counts[i].path))
            return &format->counts[i];
    return NULL;
}

const char *ndjson_give(struct ndjson_row *row, unsigned slot, int64_t count)
{
    if (ndjson_given(row, slot) && row->counts[slot] != count)
        return "contradicts another count of the same tokens";
    row->counts[slot] = count;
    row->given |= UINT32_C(1) << slot;
    return NULL;
}

static bool is_kept(struct kept_code kept, const struct dict *texts)
{
    return kept.code && kept.generation == texts->generation;
}

static void put_default(struct ndjson_row *row, size_t column, enum ndjson_default which)
{
    static const char *const words[NDJSON_DEFAULT_COUNT] = {"inference", "standard", "USD"};
    struct batch *batch = row->batch;
    const uint32_t *codes = batch->columns[column].codes;
    struct dict *texts = batch->columns[column].texts;
    if (codes && codes[batch->rows])
        return;
    struct kept_code *kept = &row->defaults->codes[which];
    if (!is_kept(*kept, texts))
        *kept = (struct kept_code){dict_intern(texts, str_from(words[which])), texts->generation};
    batch_set_code(batch, column, batch->rows, kept->code);
}

static void put_provider(struct ndjson_row *row, uint32_t model)
{
    struct batch *batch = row->batch;
    const uint32_t *codes = batch->columns[AI_Provider].codes;
    if (codes && codes[batch->rows])
        return;
    struct ndjson_defaults *defaults = row->defaults;
    struct dict *models = batch->columns[AI_Model].texts;
    struct dict *providers = batch->columns[AI_Provider].texts;
    if (model != defaults->model.code || !is_kept(defaults->model, models) ||
        defaults->provider.generation != providers->generation) {
        struct str provider = record_provider_of(dict_text(models, model));
        defaults->model = (struct kept_code){model, models->generation};
        defaults->provider =
            (struct kept_code){dict_intern(providers, provider), providers->generation};
    }
    if (defaults->provider.code)
        batch_set_code(batch, AI_Provider, batch->rows, defaults->provider.code);
}

static void put_number_if_absent(struct batch *batch, size_t column, int64_t value)
{
    const uint8_t *scales = batch->columns[column].scales;
    if (!scales || scales[batch->rows] == DECIMAL_CELL_NULL)
        batch_set_whole(batch, column, batch->rows, value);
}

bool ndjson_complete(struct ndjson_row *row, struct record_fault time_absent,
                     struct record_fault *fault)
{
    struct batch *batch = row->batch;
    uint32_t at = batch->rows;
    const uint32_t *models = batch->columns[AI_Model].codes;
    if (batch_moment(batch, AI_Timestamp, at) == MOMENT_NONE) {
        *fault = time_absent;
        return false;
    }
    if (!models || !models[at]) {
        *fault = (struct record_fault){STR("model"), STR_NONE, "model is absent"};
        return false;
    }
    put_default(row, AI_SpendType, NDJSON_INFERENCE);
    put_default(row, AI_ServiceTier, NDJSON_STANDARD);
    put_provider(row, models[at]);
    put_number_if_absent(batch, AI_Requests, 1);
    put_number_if_absent(batch, AI_Failed, 0);
    const uint8_t *billed = batch->columns[AI_BilledCost].scales;
    if (billed && billed[at] != DECIMAL_CELL_NULL)
        put_default(row, AI_Currency, NDJSON_USD);
    return true;
}

/* ---- trees ---- */

static const char *take_count(const struct ndjson_format *format, struct ndjson_row *row,
                              struct str path, const struct json_value *value)
{
    const struct ndjson_count *count = ndjson_count_at(format, path);
    int64_t number;
    if (!count)
        return format->stranger(path, value->kind, json_text(value));
    if (value->kind == JSON_NULL)
        return NULL;
    const char *reason = record_read_count(value, &number);
    return reason ? reason : ndjson_give(row, count->slot, number);
}

/* The members of an object of counts and of those within it; the depth is that of the table. */
static bool take_counts(struct ndjson_reader *reader, struct ndjson_row *row, struct str path,
                        const struct json_value *object, struct record_fault *fault)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        const struct str names[] = {path, member->name};
        struct str below = arena_join(&reader->arena, names, 2, STR("."));
        bool descends = ndjson_descends(reader->format, below);
        const char *reason = NULL;
        if (descends && member->value.kind == JSON_OBJECT) {
            if (!take_counts(reader, row, below, &member->value, fault))
                return false;
        } else if (!descends) {
            reason = take_count(reader->format, row, below, &member->value);
        } else if (member->value.kind != JSON_NULL) {
            reason = "is not an object of counts";
        }
        if (reason) {
            *fault = (struct record_fault){member->name, json_text(&member->value), reason};
            return false;
        }
    }
    return true;
}

static bool take_container(struct ndjson_reader *reader, struct ndjson_row *row,
                           const struct json_value *record, struct record_fault *fault)
{
    const char *name = reader->format->container;
    const struct json_value *container = json_member(record, name);
    row->counted = container && container->kind == JSON_OBJECT;
    if (row->counted)
        return take_counts(reader, row, str_from(name), container, fault);
    if (!container || container->kind == JSON_NULL)
        return true;
    *fault =
        (struct record_fault){str_from(name), json_text(container), "is not an object of counts"};
    return false;
}

/* Counts of the outermost object; where one is no count it is only text. */
static void take_loose_counts(const struct ndjson_format *format, struct ndjson_row *row,
                              const struct json_value *record)
{
    for (size_t i = 0; i < format->count_count; i++) {
        const struct ndjson_count *count = &format->counts[i];
        const struct json_value *value = count->loose ? json_member(record, count->path) : NULL;
        int64_t number;
        if (value && value->kind != JSON_NULL && !record_read_count(value, &number))
            (void)ndjson_give(row, count->slot, number);
    }
}

static bool put_units(struct ndjson_reader *reader, struct batch *batch,
                      const struct json_value *record, struct record_fault *fault)
{
    const char *name = reader->format->units;
    if (!name)
        return true;
    if (!record_units_text(json_member(record, name), &reader->scratch, fault))
        return false;
    if (reader->scratch.len > 0)
        batch_set_text(batch, AI_Units, batch->rows, strbuf_str(&reader->scratch));
    return true;
}

static bool put_record(struct ndjson_reader *reader, struct batch *batch,
                       const struct json_value *record, struct record_fault *fault)
{
    const struct ndjson_format *format = reader->format;
    struct ndjson_row row = {.batch = batch, .defaults = &reader->defaults};
    if (record->kind != JSON_OBJECT) {
        fault->reason = "is not a JSON object";
        return false;
    }
    take_loose_counts(format, &row, record);
    return record_put_fields(batch, format->fields, format->field_count, record, &reader->scratch,
                             fault) &&
           take_container(reader, &row, record, fault) && put_units(reader, batch, record, fault) &&
           record_put_extras(batch, format->fields, format->field_count, record, &reader->scratch,
                             fault) &&
           format->finish(&row, fault);
}

/* ---- lines ---- */

/* The raw line without the secrets that were dropped from it; of a line that is no JSON nothing can
 * be dropped, so it is withheld when it might hold one. */
static struct str raw_without_secrets(struct ndjson_reader *reader, struct str line,
                                      const struct json_value *record)
{
    if (!secret_in_text(line))
        return line;
    if (!record)
        return STR("(withheld: it may hold a secret)");
    strbuf_clear(&reader->scratch);
    json_write(record, &reader->scratch);
    return strbuf_str(&reader->scratch);
}

static enum gr_status read_line(struct ndjson_reader *reader, const struct line *line,
                                struct gr_err *err)
{
    struct json_value record;
    struct record_fault fault = {.column = STR_NONE, .value = STR_NONE};
    struct emit *emit = &reader->emit;
    arena_reset(&reader->arena);
    const char *broken =
        line->fault ? line->fault : json_read(reader->json, &reader->arena, line->text, &record);
    if (!broken) {
        struct batch *batch = emit_row(emit, DATASET_AI);
        if (put_record(reader, batch, &record, &fault)) {
            emit->facts->repeated_members += record.repeated;
            if (reader->known && !record.repeated)
                ndjson_known_learn(reader->known, line->text);
            return emit_done(emit, DATASET_AI, line->number, err);
        }
        emit_undo(emit, DATASET_AI);
    }
    struct ingest_reject reject = {
        .line = line->number,
        .byte_offset = line->byte_offset,
        .column = fault.column,
        .value = fault.value,
        .reason = str_from(broken ? broken : fault.reason),
        .raw = raw_without_secrets(reader, line->text, broken ? NULL : &record),
    };
    return emit_reject(emit, reject, err);
}

/* Takes lines of known shape as long as they come. */
static enum gr_status read_known_lines(struct ndjson_reader *reader, struct gr_err *err)
{
    struct emit *emit = &reader->emit;
    struct lines *lines = &reader->lines;
    for (;;) {
        struct str held;
        bool last;
        struct batch *batch = emit_row(emit, DATASET_AI);
        if (lines_move(lines))
            ndjson_known_settle(reader->known, batch);
        GR_TRY(lines_held(lines, &held, &last, err));
        do {
            size_t len = ndjson_known_row(reader->known, batch, held, last);
            if (len == 0)
                return GR_OK;
            held = (struct str){held.ptr + len, held.len - len};
            uint64_t number = lines->number;
            lines_take(lines, len);
            if (batch->rows + 1 == batch->capacity)
                ndjson_known_settle(reader->known, batch);
            GR_TRY(emit_done(emit, DATASET_AI, number, err));
        } while (held.len >= LINES_LOOKAHEAD || last);
    }
}

static enum gr_status read_lines(struct ndjson_reader *reader, struct gr_err *err)
{
    for (;;) {
        struct line line;
        bool more;
        if (reader->known)
            GR_TRY(read_known_lines(reader, err));
        GR_TRY(lines_next(&reader->lines, &line, &more, err));
        if (!more)
            return emit_flush(&reader->emit, err);
        if (!line.fault && str_trim(line.text).len == 0)
            emit_skip(&reader->emit, 1);
        else
            GR_TRY(read_line(reader, &line, err));
    }
}

enum gr_status ndjson_read(const struct ndjson_format *format, struct ingest_source *source,
                           const struct ingest_options *options, struct batch_texts *texts,
                           const struct ingest_sink *sink, struct ingest_file_facts *facts,
                           struct gr_err *err)
{
    struct ndjson_reader reader = {.format = format, .arena = ARENA_EMPTY};
    reader.json = json_open();
    if (!options->reader || strcmp(options->reader, "yajl") != 0)
        reader.known = ndjson_known_open(format, &reader.defaults);
    lines_init(&reader.lines, source);
    strbuf_init(&reader.scratch, SCRATCH_MAX);
    emit_init(&reader.emit, sink, texts, facts);
    enum gr_status status = read_lines(&reader, err);
    emit_deinit(&reader.emit);
    strbuf_deinit(&reader.scratch);
    lines_deinit(&reader.lines);
    arena_deinit(&reader.arena);
    ndjson_known_close(reader.known);
    json_close(reader.json);
    return status;
}

bool ndjson_sniff(const struct ingest_head *head, bool (*matches)(const struct json_value *record))
{
    struct json_parser *json = json_open();
    struct arena arena = ARENA_EMPTY;
    struct str rest = head->bytes;
    bool found = false;
    for (int i = 0; i < SNIFF_LINES && rest.ptr && !found; i++) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        struct json_value value;
        if (!rest.ptr && !head->complete)
            break; /* cut by the end of the head */
        found = line.len > 0 && line.ptr[0] == '{' && !json_read(json, &arena, line, &value) &&
                matches(&value);
    }
    json_close(json);
    arena_deinit(&arena);
    return found;
}
