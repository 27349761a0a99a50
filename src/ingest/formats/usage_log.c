/* Request logs with the provider's usage object, NDJSON: one JSON object a request, with the
 * `usage` that the API gave back.
 *
 * Registered in ../detect.c. The same names of tokens mean different things (field: llm 0): what
 * Anthropic calls input_tokens has no cached tokens in it, what OpenAI calls prompt_tokens (or
 * input_tokens beside input_tokens_details) has. The store holds disjoint classes, so here each
 * object is taken apart by the names it uses, and one that contradicts itself (a part larger than
 * the whole, two different counts of the same tokens) refuses its line; nothing is clamped.
 */
#include <stdio.h>

#include "ingest/formats/formats.h"
#include "ingest/ndjson.h"

static const struct field fields[] = {
    {"timestamp",     AI_Timestamp,    FIELD_MOMENT },
    {"ts",            AI_Timestamp,    FIELD_MOMENT },
    {"time",          AI_Timestamp,    FIELD_MOMENT },
    {"created_at",    AI_Timestamp,    FIELD_MOMENT },
    {"created",       AI_Timestamp,    FIELD_MOMENT },
    {"provider",      AI_Provider,     FIELD_TEXT   },
    {"model",         AI_Model,        FIELD_TEXT   },
    {"spend_type",    AI_SpendType,    FIELD_TEXT   },
    {"request_id",    AI_RequestId,    FIELD_TEXT   },
    {"id",            AI_RequestId,    FIELD_TEXT   },
    {"service_tier",  AI_ServiceTier,  FIELD_TEXT   },
    {"region",        AI_Region,       FIELD_TEXT   },
    {"project",       AI_Project,      FIELD_TEXT   },
    {"project_id",    AI_Project,      FIELD_TEXT   },
    {"team",          AI_Team,         FIELD_TEXT   },
    {"team_id",       AI_Team,         FIELD_TEXT   },
    {"cost_center",   AI_CostCenter,   FIELD_TEXT   },
    {"business_unit", AI_BusinessUnit, FIELD_TEXT   },
    {"workload",      AI_Workload,     FIELD_TEXT   },
    {"workload_id",   AI_Workload,     FIELD_TEXT   },
    {"run_id",        AI_RunId,        FIELD_TEXT   },
    {"currency",      AI_Currency,     FIELD_TEXT   },
    {"tags",          AI_Tags,         FIELD_JSON   },
    {"billed_cost",   AI_BilledCost,   FIELD_DECIMAL},
    {"latency_ms",    AI_Latency,      FIELD_MEASURE},
    {"usage",         0,               FIELD_IGNORED}, /* see counts */
};

enum slot {
    INPUT,      /* of Anthropic's kind, or of OpenAI's when details stand beside it */
    PROMPT,     /* OpenAI: everything that went in */
    OUTPUT,     /* Anthropic, OpenAI responses */
    COMPLETION, /* OpenAI chat: everything that came out */
    CACHE_READ, /* Anthropic */
    CACHE_WRITE,
    CACHE_WRITE_5M, /* the two parts of CACHE_WRITE */
    CACHE_WRITE_1H,
    CACHED, /* OpenAI: part of what went in, and so on */
    REASONING_PART,
    AUDIO_IN_PART,
    AUDIO_OUT_PART,
    REASONING, /* beside the output */
    TOTAL,
    WEB_SEARCH,
    STATUS, /* of HTTP */
    SLOT_COUNT
};
_Static_assert((int)SLOT_COUNT <= (int)NDJSON_COUNTS_MAX, "one bit a slot");

static const struct ndjson_count counts[] = {
    {"usage.input_tokens",                               INPUT,          false},
    {"usage.output_tokens",                              OUTPUT,         false},
    {"usage.cache_read_input_tokens",                    CACHE_READ,     false},
    {"usage.cache_creation_input_tokens",                CACHE_WRITE,    false},
    {"usage.cache_creation.ephemeral_5m_input_tokens",   CACHE_WRITE_5M, false},
    {"usage.cache_creation.ephemeral_1h_input_tokens",   CACHE_WRITE_1H, false},
    {"usage.server_tool_use.web_search_requests",        WEB_SEARCH,     false},
    {"usage.reasoning_tokens",                           REASONING,      false},
    {"usage.prompt_tokens",                              PROMPT,         false},
    {"usage.completion_tokens",                          COMPLETION,     false},
    {"usage.total_tokens",                               TOTAL,          false},
    {"usage.prompt_tokens_details.cached_tokens",        CACHED,         false},
    {"usage.prompt_tokens_details.audio_tokens",         AUDIO_IN_PART,  false},
    {"usage.input_tokens_details.cached_tokens",         CACHED,         false},
    {"usage.input_tokens_details.audio_tokens",          AUDIO_IN_PART,  false},
    {"usage.completion_tokens_details.reasoning_tokens", REASONING_PART, false},
    {"usage.completion_tokens_details.audio_tokens",     AUDIO_OUT_PART, false},
    {"usage.output_tokens_details.reasoning_tokens",     REASONING_PART, false},
    {"usage.output_tokens_details.audio_tokens",         AUDIO_OUT_PART, false},
    {"status",                                           STATUS,         true },
};

/* Other members of `usage` are of no use, but for a count of tokens that nobody knows: tokens that
 * are not counted are money that is not counted. Parts of a known whole are counted in it. */
static const char *stranger(struct str path, enum json_kind kind, struct str text)
{
    bool part = false;
    for (size_t i = sizeof "usage." - 1; i < path.len; i++)
        part |= path.ptr[i] == '.';
    if (part || kind != JSON_NUMBER || !str_ends(path, STR("_tokens")) || str_is(text, "0"))
        return NULL;
    return "is not a token class";
}

/* Tokens of a row by class. */
struct classes {
    int64_t input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, input_audio,
        output_audio;
};

static int64_t count_of(const struct ndjson_row *row, enum slot slot)
{
    return ndjson_given(row, slot) ? row->counts[slot] : 0;
}

static bool refuse(struct record_fault *fault, const char *column, const char *reason)
{
    *fault = (struct record_fault){str_from(column), STR_NONE, reason};
    return false;
}

/* Two names for one whole: both may be there when they agree. */
static bool one_of(const struct ndjson_row *row, enum slot a, enum slot b, int64_t *out)
{
    *out = ndjson_given(row, a) ? row->counts[a] : count_of(row, b);
    return !ndjson_given(row, a) || !ndjson_given(row, b) || row->counts[a] == row->counts[b];
}

/* Anthropic's two lifetimes; what is given as a sum only has the default one, 5 minutes. */
static bool split_cache_write(const struct ndjson_row *row, struct classes *out,
                              struct record_fault *fault)
{
    int64_t sum = count_of(row, CACHE_WRITE);
    out->cache_write_5m = count_of(row, CACHE_WRITE_5M);
    out->cache_write_1h = count_of(row, CACHE_WRITE_1H);
    if (!ndjson_given(row, CACHE_WRITE_5M) && !ndjson_given(row, CACHE_WRITE_1H))
        out->cache_write_5m = sum;
    else if (ndjson_given(row, CACHE_WRITE) && sum != out->cache_write_5m + out->cache_write_1h)
        return refuse(fault, "cache_creation", "does not add up to cache_creation_input_tokens");
    return true;
}

/* What went in. The cached tokens are within the whole where the object speaks OpenAI's language,
 * gateways that add Anthropic's names to it included. */
static bool split_input(const struct ndjson_row *row, struct classes *out,
                        struct record_fault *fault)
{
    bool within =
        ndjson_given(row, PROMPT) || ndjson_given(row, CACHED) || ndjson_given(row, AUDIO_IN_PART);
    int64_t whole;
    if (!one_of(row, PROMPT, INPUT, &whole))
        return refuse(fault, "input_tokens", "contradicts prompt_tokens");
    if (!one_of(row, CACHED, CACHE_READ, &out->cache_read))
        return refuse(fault, "cached_tokens", "contradicts cache_read_input_tokens");
    if (!split_cache_write(row, out, fault))
        return false;
    out->input_audio = count_of(row, AUDIO_IN_PART);
    out->input = whole;
    if (within)
        out->input -=
            out->cache_read + out->cache_write_5m + out->cache_write_1h + out->input_audio;
    return out->input >= 0 ||
           refuse(fault, "usage", "has more cached or audio tokens than tokens that went in");
}

/* What came out. Reasoning is within the completion, and beside it where a request log gives it
 * next to output_tokens, or where only that adds up to total_tokens. */
static bool split_output(const struct ndjson_row *row, struct classes *out,
                         struct record_fault *fault)
{
    int64_t whole, beside = count_of(row, REASONING), within = count_of(row, REASONING_PART);
    if (!one_of(row, COMPLETION, OUTPUT, &whole))
        return refuse(fault, "output_tokens", "contradicts completion_tokens");
    if (ndjson_given(row, COMPLETION) || ndjson_given(row, REASONING_PART)) {
        if (!one_of(row, REASONING_PART, REASONING, &within))
            return refuse(fault, "reasoning_tokens", "contradicts the details of the output");
        int64_t went_in = ndjson_given(row, PROMPT) ? row->counts[PROMPT] : count_of(row, INPUT);
        beside = 0;
        if (ndjson_given(row, TOTAL) && within > 0 &&
            row->counts[TOTAL] == went_in + whole + within) {
            beside = within;
            within = 0;
        }
    }
    out->reasoning = beside + within;
    out->output_audio = count_of(row, AUDIO_OUT_PART);
    out->output = whole - within - out->output_audio;
    return out->output >= 0 ||
           refuse(fault, "usage", "has more reasoning or audio tokens than tokens that came out");
}

static void put_class(struct batch *batch, size_t column, int64_t tokens, bool always)
{
    if (tokens > 0 || always)
        batch_set_whole(batch, column, batch->rows, tokens);
}

static void put_classes(struct batch *batch, const struct ndjson_row *row,
                        const struct classes *classes)
{
    put_class(batch, AI_Input, classes->input, true);
    put_class(batch, AI_Output, classes->output, true);
    put_class(batch, AI_CacheRead, classes->cache_read,
              ndjson_given(row, CACHE_READ) || ndjson_given(row, CACHED));
    put_class(batch, AI_CacheWrite5m, classes->cache_write_5m, ndjson_given(row, CACHE_WRITE));
    put_class(batch, AI_CacheWrite1h, classes->cache_write_1h, false);
    put_class(batch, AI_Reasoning, classes->reasoning,
              ndjson_given(row, REASONING) || ndjson_given(row, REASONING_PART));
    put_class(batch, AI_InputAudio, classes->input_audio, false);
    put_class(batch, AI_OutputAudio, classes->output_audio, false);
}

static void put_units(struct batch *batch, int64_t searches)
{
    char text[48];
    if (searches == 0)
        return;
    int len = snprintf(text, sizeof text, "{\"web_search\":%lld}", (long long)searches);
    batch_set_text(batch, AI_Units, batch->rows, (struct str){text, (size_t)len});
}

static bool finish(struct ndjson_row *row, struct record_fault *fault)
{
    static const struct record_fault no_time = {
        {"timestamp", 9},
        {NULL,        0},
        "timestamp is absent"
    };
    struct classes classes = {0};
    bool failed = count_of(row, STATUS) >= 400;
    if (!row->counted && !failed)
        return refuse(fault, "usage", "usage is absent");
    if (!failed && !(row->given & (1u << INPUT | 1u << PROMPT | 1u << OUTPUT | 1u << COMPLETION)))
        return refuse(fault, "usage", "names no tokens that went in or came out");
    if (!split_input(row, &classes, fault) || !split_output(row, &classes, fault))
        return false;
    if (row->counted)
        put_classes(row->batch, row, &classes);
    put_units(row->batch, count_of(row, WEB_SEARCH));
    if (failed)
        batch_set_whole(row->batch, AI_Failed, row->batch->rows, 1);
    return ndjson_complete(row, no_time, fault);
}

static const struct ndjson_format format = {
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .counts = counts,
    .count_count = sizeof counts / sizeof counts[0],
    .container = "usage",
    .stranger = stranger,
    .finish = finish,
};

static bool is_log(const struct json_value *record)
{
    const struct json_value *usage = json_member(record, "usage");
    return json_member(record, "model") && !json_member(record, "tokens") &&
           (json_member(usage, "input_tokens") || json_member(usage, "prompt_tokens"));
}

/* Below the certainty of the `usage` format, so that a file with lines of both is no tie. */
static int usage_log_sniff(const struct ingest_head *head)
{
    return ndjson_sniff(head, is_log) ? 90 : 0;
}

static enum gr_status usage_log_read(struct ingest_source *source,
                                     const struct ingest_options *options,
                                     struct batch_texts *texts, const struct ingest_sink *sink,
                                     struct ingest_file_facts *facts, struct gr_err *err)
{
    return ndjson_read(&format, source, options, texts, sink, facts, err);
}

const struct bill_format format_usage_log = {
    .name = "usage-log",
    .what = "request logs with the provider's usage object, NDJSON",
    .oracle = "yajl",
    .sniff = usage_log_sniff,
    .read = usage_log_read,
};
