/* Usage NDJSON (contract: Small input files): one JSON object a line, a request or a bucket of
 * them.
 *
 * Registered in ../detect.c. Token classes arrive disjoint and are taken as they are; a class that
 * nobody knows refuses its line, because tokens that are not counted are money that is not counted.
 */
#include "ingest/formats/formats.h"
#include "ingest/ndjson.h"

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
    {"latency_ms",    AI_Latency,      FIELD_MEASURE},
    {"tokens",        0,               FIELD_IGNORED}, /* see counts */
    {"units",         0,               FIELD_IGNORED}, /* see format */
};

/* The columns of the token classes by slot. */
static const int columns[] = {
    AI_Input,       AI_CacheRead,  AI_CacheWrite5m, AI_CacheWrite1h,
    AI_Output,      AI_Reasoning,  AI_InputAudio,   AI_CacheReadAudio,
    AI_OutputAudio, AI_InputImage, AI_OutputImage,  AI_InputVideo,
};
enum { CLASS_COUNT = sizeof columns / sizeof columns[0] };

static const struct ndjson_count counts[CLASS_COUNT] = {
    {"tokens.input",            0,  false},
    {"tokens.cache_read",       1,  false},
    {"tokens.cache_write_5m",   2,  false},
    {"tokens.cache_write_1h",   3,  false},
    {"tokens.output",           4,  false},
    {"tokens.reasoning",        5,  false},
    {"tokens.input_audio",      6,  false},
    {"tokens.cache_read_audio", 7,  false},
    {"tokens.output_audio",     8,  false},
    {"tokens.input_image",      9,  false},
    {"tokens.output_image",     10, false},
    {"tokens.input_video",      11, false},
};

static const char *stranger(struct str path, enum json_kind kind, struct str text)
{
    (void)path;
    (void)kind;
    (void)text;
    return "is not a token class";
}

static bool finish(struct ndjson_row *row, struct record_fault *fault)
{
    static const struct record_fault no_time = {
        {"ts", 2},
        {NULL, 0},
        "ts is absent"
    };
    struct batch *batch = row->batch;
    for (unsigned slot = 0; slot < CLASS_COUNT; slot++)
        if (ndjson_given(row, slot))
            batch_set_whole(batch, (size_t)columns[slot], batch->rows, row->counts[slot]);
    if (!row->counted) {
        *fault = (struct record_fault){STR("tokens"), STR_NONE, "is not an object of counts"};
        return false;
    }
    return ndjson_complete(row, no_time, fault);
}

static const struct ndjson_format format = {
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .counts = counts,
    .count_count = CLASS_COUNT,
    .container = "tokens",
    .units = "units",
    .stranger = stranger,
    .finish = finish,
};

static bool is_usage(const struct json_value *record)
{
    const struct json_value *tokens = json_member(record, "tokens");
    return json_member(record, "ts") && json_member(record, "model") && tokens &&
           tokens->kind == JSON_OBJECT;
}

static int usage_sniff(const struct ingest_head *head)
{
    return ndjson_sniff(head, is_usage) ? 95 : 0;
}

static enum gr_status usage_read(struct ingest_source *source, const struct ingest_options *options,
                                 struct batch_texts *texts, const struct ingest_sink *sink,
                                 struct ingest_file_facts *facts, struct gr_err *err)
{
    return ndjson_read(&format, source, options, texts, sink, facts, err);
}

const struct bill_format format_usage = {
    .name = "usage",
    .what = "LLM usage, one JSON object a line (NDJSON)",
    .oracle = "yajl",
    .sniff = usage_sniff,
    .read = usage_read,
};
