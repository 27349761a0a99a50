/* Usage NDJSON (contract: Small input files): one JSON object a line, a request or a bucket of
 * them.
 *
 * Registered in ../detect.c. Token classes arrive disjoint and are taken as they are; a class that
 * nobody knows refuses its line, because tokens that are not counted are money that is not counted.
 */
#include <string.h>

#include "ingest/formats/formats.h"
#include "ingest/lines.h"
#include "ingest/record.h"
#include "ingest/secrets.h"

enum { SNIFF_LINES = 5, SCRATCH_MAX = 16 << 20 };

static const struct field fields[] = {
    {"ts",            AI_Timestamp,    FIELD_MOMENT },
    {"provider",      AI_Provider,     FIELD_TEXT   },
    {"model",         AI_Model,        FIELD_TEXT   },
    {"spend_type",    AI_SpendType,    FIELD_TEXT   },
    {"request_id",    AI_RequestId,    FIELD_TEXT   },
    {"service_tier",  AI_ServiceTier,  FIELD_TEXT   },
    {"region",        AI_Region,       FIELD_TEXT   },
    {"project",       AI_Project,      FIELD_TEXT   },
    {"team",          AI_Team,         FIELD_TEXT   },
    {"cost_center",   AI_CostCenter,   FIELD_TEXT   },
    {"business_unit", AI_BusinessUnit, FIELD_TEXT   },
    {"workload",      AI_Workload,     FIELD_TEXT   },
    {"run_id",        AI_RunId,        FIELD_TEXT   },
    {"currency",      AI_Currency,     FIELD_TEXT   },
    {"tags",          AI_Tags,         FIELD_JSON   },
    {"requests",      AI_Requests,     FIELD_COUNT  },
    {"failed",        AI_Failed,       FIELD_COUNT  },
    {"billed_cost",   AI_BilledCost,   FIELD_DECIMAL},
    {"tokens",        0,               FIELD_IGNORED}, /* see put_tokens */
    {"units",         0,               FIELD_IGNORED}, /* see put_units */
};
enum { FIELD_COUNT_OF_USAGE = sizeof fields / sizeof fields[0] };

static const struct field token_classes[] = {
    {"input",            AI_Input,          FIELD_COUNT},
    {"cache_read",       AI_CacheRead,      FIELD_COUNT},
    {"cache_write_5m",   AI_CacheWrite5m,   FIELD_COUNT},
    {"cache_write_1h",   AI_CacheWrite1h,   FIELD_COUNT},
    {"output",           AI_Output,         FIELD_COUNT},
    {"reasoning",        AI_Reasoning,      FIELD_COUNT},
    {"input_audio",      AI_InputAudio,     FIELD_COUNT},
    {"cache_read_audio", AI_CacheReadAudio, FIELD_COUNT},
    {"output_audio",     AI_OutputAudio,    FIELD_COUNT},
    {"input_image",      AI_InputImage,     FIELD_COUNT},
    {"output_image",     AI_OutputImage,    FIELD_COUNT},
    {"input_video",      AI_InputVideo,     FIELD_COUNT},
};
enum { TOKEN_CLASS_COUNT = sizeof token_classes / sizeof token_classes[0] };

struct usage_reader {
    struct lines lines;
    struct json_parser *json;
    struct arena arena; /* one line */
    struct strbuf scratch;
    struct emit emit;
};

static bool is_usage(const struct json_value *record)
{
    const struct json_value *tokens = json_member(record, "tokens");
    return json_member(record, "ts") && json_member(record, "model") && tokens &&
           tokens->kind == JSON_OBJECT;
}

static int usage_sniff(const struct ingest_head *head)
{
    struct json_parser *json = json_open();
    struct arena arena = ARENA_EMPTY;
    struct str rest = head->bytes;
    int confidence = 0;
    for (int i = 0; i < SNIFF_LINES && rest.ptr && confidence == 0; i++) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        struct json_value value;
        if (!rest.ptr && !head->complete)
            break; /* cut by the end of the head */
        if (line.len > 0 && line.ptr[0] == '{' && !json_read(json, &arena, line, &value) &&
            is_usage(&value))
            confidence = 95;
    }
    json_close(json);
    arena_deinit(&arena);
    return confidence;
}

static bool put_tokens(struct batch *batch, const struct json_value *tokens,
                       struct record_fault *fault)
{
    if (!tokens || tokens->kind != JSON_OBJECT) {
        *fault =
            (struct record_fault){STR("tokens"), json_text(tokens), "is not an object of counts"};
        return false;
    }
    for (size_t i = 0; i < tokens->count; i++) {
        const struct json_member *member = &tokens->members[i];
        size_t k = 0;
        while (k < TOKEN_CLASS_COUNT && !str_is(member->name, token_classes[k].name))
            k++;
        const char *reason = k == TOKEN_CLASS_COUNT
                                 ? "is not a token class"
                                 : record_put(batch, (size_t)token_classes[k].column, FIELD_COUNT,
                                              &member->value, NULL);
        if (reason) {
            *fault = (struct record_fault){member->name, json_text(&member->value), reason};
            return false;
        }
    }
    return true;
}

/* Counted units stay one JSON text; every one of them must be a count. */
static bool put_units(struct usage_reader *reader, struct batch *batch,
                      const struct json_value *units, struct record_fault *fault)
{
    if (!units || units->kind == JSON_NULL)
        return true;
    fault->column = STR("units");
    fault->reason = "is not an object of counts";
    if (units->kind != JSON_OBJECT)
        return false;
    for (size_t i = 0; i < units->count; i++) {
        struct decimal count;
        struct str text = json_text(&units->members[i].value);
        if (decimal_read(text, &count) != DECIMAL_READ_OK || decimal_sign(count) < 0) {
            fault->column = units->members[i].name;
            fault->value = text;
            fault->reason = "is not a count";
            return false;
        }
    }
    const char *reason =
        units->count == 0 ? NULL : record_put(batch, AI_Units, FIELD_JSON, units, &reader->scratch);
    fault->reason = reason;
    return !reason;
}

/* What the line must say, and what it need not. */
static bool complete_row(struct batch *batch, struct record_fault *fault)
{
    uint32_t row = batch->rows;
    struct decimal value;
    struct str model = batch_text(batch, AI_Model, row);
    if (batch_moment(batch, AI_Timestamp, row) == MOMENT_NONE) {
        *fault = (struct record_fault){STR("ts"), STR_NONE, "ts is absent"};
        return false;
    }
    if (!model.ptr) {
        *fault = (struct record_fault){STR("model"), STR_NONE, "model is absent"};
        return false;
    }
    if (!batch_text(batch, AI_SpendType, row).ptr)
        batch_set_text(batch, AI_SpendType, row, STR("inference"));
    if (!batch_text(batch, AI_ServiceTier, row).ptr)
        batch_set_text(batch, AI_ServiceTier, row, STR("standard"));
    if (!batch_text(batch, AI_Provider, row).ptr && record_provider_of(model).ptr)
        batch_set_text(batch, AI_Provider, row, record_provider_of(model));
    if (!batch_decimal(batch, AI_Requests, row, &value))
        batch_set_decimal(batch, AI_Requests, row, decimal_from_int(1));
    if (!batch_decimal(batch, AI_Failed, row, &value))
        batch_set_decimal(batch, AI_Failed, row, DECIMAL_ZERO);
    if (batch_decimal(batch, AI_BilledCost, row, &value) &&
        !batch_text(batch, AI_Currency, row).ptr)
        batch_set_text(batch, AI_Currency, row, STR("USD"));
    return true;
}

static bool put_record(struct usage_reader *reader, struct batch *batch,
                       const struct json_value *record, struct record_fault *fault)
{
    if (record->kind != JSON_OBJECT) {
        fault->reason = "is not a JSON object";
        return false;
    }
    return record_put_fields(batch, fields, FIELD_COUNT_OF_USAGE, record, &reader->scratch,
                             fault) &&
           put_tokens(batch, json_member(record, "tokens"), fault) &&
           put_units(reader, batch, json_member(record, "units"), fault) &&
           record_put_extras(batch, fields, FIELD_COUNT_OF_USAGE, record, &reader->scratch,
                             fault) &&
           complete_row(batch, fault);
}

/* The raw line without the secrets that were dropped from it; of a line that is no JSON nothing can
 * be dropped, so it is withheld when it might hold one. */
static struct str raw_without_secrets(struct usage_reader *reader, struct str line,
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

static enum gr_status read_line(struct usage_reader *reader, const struct line *line,
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

static enum gr_status read_lines(struct usage_reader *reader, struct gr_err *err)
{
    for (;;) {
        struct line line;
        bool more;
        GR_TRY(lines_next(&reader->lines, &line, &more, err));
        if (!more)
            return emit_flush(&reader->emit, err);
        if (!line.fault && str_trim(line.text).len == 0)
            emit_skip(&reader->emit, 1);
        else
            GR_TRY(read_line(reader, &line, err));
    }
}

static enum gr_status usage_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    (void)options;
    struct usage_reader reader = {.arena = ARENA_EMPTY, .json = json_open()};
    lines_init(&reader.lines, source);
    strbuf_init(&reader.scratch, SCRATCH_MAX);
    emit_init(&reader.emit, sink, texts, facts);
    enum gr_status status = read_lines(&reader, err);
    emit_deinit(&reader.emit);
    strbuf_deinit(&reader.scratch);
    lines_deinit(&reader.lines);
    arena_deinit(&reader.arena);
    json_close(reader.json);
    return status;
}

const struct bill_format format_usage = {
    .name = "usage",
    .what = "LLM usage, one JSON object a line (NDJSON)",
    .sniff = usage_sniff,
    .read = usage_read,
};
