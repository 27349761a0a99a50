/* From the members of a JSON record to the cells of a row, by a table of names.
 *
 * Private to ingest; used by formats/usage.c and formats/sync.c. Must not know a format.
 */
#ifndef GR_INGEST_RECORD_H
#define GR_INGEST_RECORD_H

#include "ingest/emit.h"
#include "ingest/json.h"

enum field_kind {
    FIELD_TEXT,    /* string, number or boolean */
    FIELD_DECIMAL, /* number, or a string that is one */
    FIELD_COUNT,   /* a whole decimal, not negative; 59200.0 is whole */
    FIELD_MEASURE, /* a decimal that is good to have: what is none is left out */
    FIELD_MOMENT,  /* ISO text or unix time */
    FIELD_JSON,    /* object as compact JSON; a list of {key, value} becomes an object */
    FIELD_IGNORED, /* known, and of no use */
};

/* Several names may fill one column: the first in the table that is there and not null holds. */
struct field {
    const char *name;
    int column;
    enum field_kind kind;
};

/* Why a row can't be stored; reason NULL: it can. `column` and `value` are views into the record.
 */
struct record_fault {
    struct str column;
    struct str value;
    const char *reason;
};

/* Puts one value into the open row. NULL, or the reason against it. null is absent. scratch is used
 * up by FIELD_JSON. */
const char *record_put(struct batch *batch, size_t column, enum field_kind kind,
                       const struct json_value *value, struct strbuf *scratch);

/* A count: whole and not negative. NULL, or the reason against it; null is refused too. */
const char *record_read_count(const struct json_value *value, int64_t *out);

/* The text that FIELD_JSON stores, left in `scratch` (empty: nothing is stored). NULL, or the
 * reason. */
const char *record_json_text(const struct json_value *value, struct strbuf *scratch);

/* Counted units ({"web_search":2}) as FIELD_JSON, every one of them checked to be a count. False
 * when one is not, `fault` says which; null and NULL are fine and give an empty text. */
bool record_units_text(const struct json_value *units, struct strbuf *scratch,
                       struct record_fault *fault);

/* Puts every member that the table names. False when one is refused; `fault` says which. */
bool record_put_fields(struct batch *batch, const struct field *fields, size_t field_count,
                       const struct json_value *record, struct strbuf *scratch,
                       struct record_fault *fault);

/* The column of an unknown member's texts, x_<name>, made when new. False when there are too many.
 */
bool record_extra_column(struct batch *batch, struct str name, struct strbuf *scratch,
                         size_t *column);

/* Scalar members that no name of the table takes become extra text columns x_<name>. False when
 * there are too many different ones. */
bool record_put_extras(struct batch *batch, const struct field *fields, size_t field_count,
                       const struct json_value *record, struct strbuf *scratch,
                       struct record_fault *fault);

/* anthropic, openai or google from the beginning of a model's name; STR_NONE when it is none. */
struct str record_provider_of(struct str model);

#endif
