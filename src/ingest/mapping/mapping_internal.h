/* What a mapping file says, as data, and the parts that turn cells into rows by it. Private to
 * ingest/mapping. */
#ifndef GR_INGEST_MAPPING_INTERNAL_H
#define GR_INGEST_MAPPING_INTERNAL_H

#include "ingest/emit.h"
#include "ingest/json.h"
#include "ingest/mapping/mapping.h"
#include "ingest/mapping/rate_card.h"

enum {
    MAPPING_SOURCES_MAX = 256,
    MAPPING_TARGETS_MAX = 256,
    MAPPING_CHOICES_MAX = 8, /* sources of one target */
    MAPPING_LIST_MAX = 64,
    MAPPING_VALUES_MAX = 1024,
    MAPPING_TAGS_MAX = 512,
};

enum mapping_shape { MAPPING_ANY, MAPPING_CSV, MAPPING_JSON };

enum mapping_dates { DATES_ISO, DATES_US, DATES_EU, DATES_UNIX, DATES_UNIX_MS, DATES_PATTERN };

/* One value of the source, as a glob, and what stands for it. */
struct mapping_value {
    struct str pattern, value;
    struct mapping_value *next;
};

/* A column to fill: from the first of its sources that has something, or with a constant. */
struct mapping_target {
    struct str name;
    int fixed; /* column of the dataset; -1: a text column of its own */
    enum column_kind kind;
    size_t sources[MAPPING_CHOICES_MAX];
    size_t source_count;
    struct str constant;
    struct mapping_value *values;
    bool scaled, negated;
    struct decimal over, under; /* value x over / under */
    long line;
};

struct mapping_skip {
    size_t source;
    struct str pattern;
};

/* A tag of its own name; of all columns that a glob names when it holds a star. */
struct mapping_tag {
    struct str key;
    size_t source;     /* SIZE_MAX: see pattern */
    struct str before; /* what a column's name begins with; the rest of it is the key */
};

enum mapping_op { COMPUTE_COPY, COMPUTE_PRODUCT, COMPUTE_PERIOD };

struct mapping_compute {
    int column;
    enum mapping_op op;
    int a, b;
    int64_t unit_ms; /* PERIOD */
};

struct mapping {
    struct str name, what, text;
    const char *path;
    enum dataset dataset;
    enum mapping_shape shape;
    char delimiter;
    struct str rows; /* path of the array; absent: find out */

    struct str detect[MAPPING_LIST_MAX], any[MAPPING_LIST_MAX], absent[MAPPING_LIST_MAX];
    size_t detect_count, any_count, absent_count; /* all of them, one of them, none of them */

    struct str sources[MAPPING_SOURCES_MAX]; /* names of columns, paths of members */
    size_t source_count;
    struct mapping_target targets[MAPPING_TARGETS_MAX];
    size_t target_count;
    struct mapping_skip skips[MAPPING_LIST_MAX];
    size_t skip_count;
    struct mapping_tag tags[MAPPING_LIST_MAX], units[MAPPING_LIST_MAX];
    size_t tag_count, unit_count;
    struct mapping_compute computes[MAPPING_LIST_MAX];
    size_t compute_count;
    struct str nulls[MAPPING_LIST_MAX];
    size_t null_count;

    char decimal_point, thousands;    /* 0: none */
    struct mapping_skip negate_where; /* absent pattern: always */

    enum mapping_dates dates;
    struct str pattern, zone_name;
    bool end_inclusive;
    struct str length; /* of a charge without an end: hour, day, month */

    bool rated; /* there is a section [rates] */
    const struct rate_card *card;
};

/* Number of the source of that name, made when new. SIZE_MAX: too many. */
size_t mapping_source(struct mapping *mapping, struct str name);
struct mapping_target *mapping_target_named(struct mapping *mapping, struct str name);

/* ---- values: NULL, or why the text is none ---- */

const char *mapping_number(const struct mapping *mapping, const struct mapping_target *target,
                           bool negate, struct str text, struct decimal *out);
/* zone: of times without one; NULL: UTC. */
const char *mapping_moment(const struct mapping *mapping, const struct zone *zone, struct str text,
                           int64_t *out);
/* A date is a day, wherever; only a time of day has a zone. */
bool mapping_is_day(const struct mapping *mapping, struct str text);
/* value * over / under as a cell: at most 28 decimals, half to even. False: out of range. */
bool mapping_ratio(struct decimal value, struct decimal over, struct decimal under,
                   struct decimal *out);

/* ---- rows ---- */

/* A source whose column another one has, as its name differs in case only. */
struct mapping_twin {
    const struct str *from;
    struct str *to;
};

/* Reading one file by a mapping. */
struct mapping_run {
    const struct mapping *mapping;
    struct emit *emit;
    struct str *cells;                   /* of the row at hand, one a source; absent: no text */
    size_t columns[MAPPING_TARGETS_MAX]; /* of the batch */
    bool direct[MAPPING_TARGETS_MAX];    /* filled by bill_rows.c already */
    struct mapping_tag tags[MAPPING_TAGS_MAX]; /* with the columns that globs named */
    size_t tag_count;
    struct mapping_twin twins[MAPPING_SOURCES_MAX]; /* CSV: copied before a row is completed */
    size_t twin_count;
    const struct rate_card *card;
    size_t card_columns[RATE_KEYS_MAX];
    size_t pricing_column;
    uint64_t unpriced; /* rows that stay without a cost: no rate is valid for them */
    struct zone *zone;
    bool starts_a_day; /* the row's ChargePeriodStart is a date without a time */
    struct json_parser *json;
    struct arena arena; /* of the row */
    struct strbuf scratch, tags_raw, tags_object;
};

enum gr_status mapping_run_open(struct mapping_run *run, const struct mapping *mapping,
                                struct emit *emit, const struct ingest_options *options,
                                struct arena *arena, struct gr_err *err) GR_MUST_CHECK;
void mapping_run_close(struct mapping_run *run);

/* For bill_rows.complete: fills what is not filled. */
const char *mapping_complete(void *context, struct batch *batch, struct str *column);

/* Where the text of a column goes that is named by a tag's glob and nothing else; NULL: it is not.
 * The name must live as long as the tags are used. */
struct str *mapping_run_tag(struct mapping_run *run, struct str name);

enum gr_status mapping_read_csv(struct mapping_run *run, struct ingest_source *source,
                                const struct ingest_options *options, struct arena *arena,
                                struct gr_err *err) GR_MUST_CHECK;
enum gr_status mapping_read_json(struct mapping_run *run, struct ingest_source *source,
                                 struct gr_err *err) GR_MUST_CHECK;
bool mapping_fits_json(const struct mapping *mapping, const struct ingest_head *head);
bool mapping_is_json(const struct ingest_head *head);

#endif
