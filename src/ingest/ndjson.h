/* Files of JSON objects, one a line, each a row of LLM usage: the reader that the formats share.
 *
 * A format says which members fill which columns, which members are counts, and how the counts of
 * an object become the disjoint token classes of a row. Two engines read by that: "fast" knows
 * lines by their shape (json_shape.h) and leaves every other one to "yajl", the parser, which
 * builds a tree of each line and is the oracle: rows, rejects, reasons and line numbers are the
 * same. Called by formats/usage.c and formats/usage_log.c; must not know a format's names.
 */
#ifndef GR_INGEST_NDJSON_H
#define GR_INGEST_NDJSON_H

#include "ingest/record.h"

enum { NDJSON_COUNTS_MAX = 32 };

/* A member that is a count, by its path from the outermost object: "usage.input_tokens". The
 * objects on the way are read member by member. */
struct ndjson_count {
    const char *path;
    uint8_t slot; /* < NDJSON_COUNTS_MAX; several paths may share one, but not in one object */
    bool loose;   /* also kept as text where it stands in no object; not refused when no count */
};

/* What one object said, for `finish`. */
struct ndjson_row {
    struct batch *batch; /* the row to fill is batch->rows; fields are in it already */
    bool counted;        /* the object of counts was there */
    uint32_t given;      /* bits of the slots that are */
    int64_t counts[NDJSON_COUNTS_MAX]; /* only of those */
    struct ndjson_defaults *defaults;
};

struct ndjson_format {
    const struct field *fields; /* members of the outermost object */
    size_t field_count;
    const struct ndjson_count *counts;
    size_t count_count;
    const char *container; /* member that holds the counts */
    const char *units;     /* member that holds counted units; NULL: there is none */
    /* A member beside the counts that no path names. NULL: it is of no use; else why it refuses
     * its line. */
    const char *(*stranger)(struct str path, enum json_kind kind, struct str text);
    /* Fills the row from the counts. False: refused, `fault` says why. */
    bool (*finish)(struct ndjson_row *row, struct record_fault *fault);
};

static inline bool ndjson_given(const struct ndjson_row *row, unsigned slot)
{
    return row->given >> slot & 1;
}

/* A text that the row lacks gets one that many rows lack, e.g. "standard". */
enum ndjson_default { NDJSON_INFERENCE, NDJSON_STANDARD, NDJSON_USD, NDJSON_DEFAULT_COUNT };

/* What every row of usage must have (a time, a model) and what is filled in where it is absent.
 * `time_absent`: what to say when there is no time, which each format calls by its own name. */
bool ndjson_complete(struct ndjson_row *row, struct record_fault time_absent,
                     struct record_fault *fault);

/* Reads the whole source. options->reader: "yajl", else the fast engine. */
enum gr_status ndjson_read(const struct ndjson_format *format, struct ingest_source *source,
                           const struct ingest_options *options, struct batch_texts *texts,
                           const struct ingest_sink *sink, struct ingest_file_facts *facts,
                           struct gr_err *err) GR_MUST_CHECK;

/* For sniffing: whether one of the first lines of a head is an object that `matches`. */
bool ndjson_sniff(const struct ingest_head *head, bool (*matches)(const struct json_value *record));

#endif
