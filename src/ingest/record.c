/* From the members of a JSON record to the cells of a row (see record.h). */
#include "ingest/record.h"

#include <string.h>

#include "ingest/moments.h"
#include "ingest/secrets.h"

static const char *read_number(struct str text, bool whole, struct decimal *value)
{
    switch (decimal_read(text, value)) {
    case DECIMAL_READ_OK:
        break;
    case DECIMAL_READ_RANGE:
        return "is beyond 10^15 or has more than 28 decimals or 38 digits";
    case DECIMAL_READ_SYNTAX:
        return "is not a decimal number";
    }
    if (whole && decimal_sign(*value) < 0)
        return "is negative";
    if (whole && decimal_normal(*value).scale > 0)
        return "is not a whole number";
    return NULL;
}

static const char *put_number(struct batch *batch, size_t column, bool whole, struct str text)
{
    struct decimal value;
    const char *reason = read_number(text, whole, &value);
    if (!reason)
        batch_set_decimal(batch, column, batch->rows, value);
    return reason;
}

const char *record_read_count(const struct json_value *value, int64_t *out)
{
    struct decimal count;
    if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY)
        return "is not a single value";
    const char *reason = read_number(value->text, true, &count);
    if (!reason)
        *out = (int64_t)decimal_normal(count).units; /* below 10^15 */
    return reason;
}

/* [{"key": k, "value": v}, ...] as an object, without secrets; false when it is no such list. */
static bool write_pairs(const struct json_value *list, struct strbuf *out)
{
    bool first = true;
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < list->count; i++) {
        const struct json_value *pair = &list->items[i];
        const struct json_value *key = json_member(pair, "key"),
                                *value = json_member(pair, "value");
        if (!key)
            key = json_member(pair, "Key");
        if (!value)
            value = json_member(pair, "Value");
        if (!key || !value || key->kind != JSON_STRING)
            return false;
        if (secret_tag_name(key->text))
            continue;
        if (!first)
            strbuf_append_char(out, ',');
        first = false;
        json_write(key, out);
        strbuf_append_char(out, ':');
        json_write(value, out);
    }
    strbuf_append_char(out, '}');
    return true;
}

const char *record_json_text(const struct json_value *value, struct strbuf *scratch)
{
    strbuf_clear(scratch);
    if (value->kind == JSON_STRING)
        strbuf_append(scratch, value->text);
    else if (value->kind == JSON_OBJECT)
        json_write(value, scratch);
    else if (value->kind != JSON_ARRAY || !write_pairs(value, scratch))
        return "is not an object";
    return scratch->overflowed ? "is too long" : NULL;
}

static const char *put_json(struct batch *batch, size_t column, const struct json_value *value,
                            struct strbuf *scratch)
{
    const char *reason = record_json_text(value, scratch);
    if (!reason && scratch->len > 0)
        batch_set_text(batch, column, batch->rows, strbuf_str(scratch));
    return reason;
}

bool record_units_text(const struct json_value *units, struct strbuf *scratch,
                       struct record_fault *fault)
{
    strbuf_clear(scratch);
    if (!units || units->kind == JSON_NULL)
        return true;
    *fault = (struct record_fault){STR("units"), STR_NONE, "is not an object of counts"};
    if (units->kind != JSON_OBJECT)
        return false;
    for (size_t i = 0; i < units->count; i++) {
        struct decimal count;
        struct str text = json_text(&units->members[i].value);
        if (decimal_read(text, &count) != DECIMAL_READ_OK || decimal_sign(count) < 0) {
            *fault = (struct record_fault){units->members[i].name, text, "is not a count"};
            return false;
        }
    }
    fault->reason = units->count == 0 ? NULL : record_json_text(units, scratch);
    return !fault->reason;
}

static const char *put_moment(struct batch *batch, size_t column, struct str text)
{
    int64_t moment;
    if (!moment_read_json(text, &moment))
        return "is not a date or time";
    batch_set_moment(batch, column, batch->rows, moment);
    return NULL;
}

const char *record_put(struct batch *batch, size_t column, enum field_kind kind,
                       const struct json_value *value, struct strbuf *scratch)
{
    if (value->kind == JSON_NULL || kind == FIELD_IGNORED)
        return NULL;
    if (kind == FIELD_JSON)
        return put_json(batch, column, value, scratch);
    if (kind == FIELD_MEASURE) {
        struct decimal measure;
        if (decimal_read(json_text(value), &measure) == DECIMAL_READ_OK)
            batch_set_decimal(batch, column, batch->rows, measure);
        return NULL;
    }
    if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY)
        return "is not a single value";
    switch (kind) {
    case FIELD_TEXT:
        if (value->text.len > 0)
            batch_set_text(batch, column, batch->rows, value->text);
        return NULL;
    case FIELD_DECIMAL:
    case FIELD_COUNT:
        return put_number(batch, column, kind == FIELD_COUNT, value->text);
    case FIELD_MOMENT:
        return put_moment(batch, column, value->text);
    case FIELD_MEASURE:
    case FIELD_JSON:
    case FIELD_IGNORED:
        break;
    }
    return NULL;
}

static bool is_set(const struct batch *batch, int column)
{
    size_t number = (size_t)column;
    struct decimal value;
    switch (batch->columns[number].kind) {
    case COLUMN_TEXT:
        return batch_text(batch, number, batch->rows).ptr != NULL;
    case COLUMN_DECIMAL:
        return batch_decimal(batch, number, batch->rows, &value);
    case COLUMN_MOMENT:
        return batch_moment(batch, number, batch->rows) != MOMENT_NONE;
    }
    return false;
}

bool record_put_fields(struct batch *batch, const struct field *fields, size_t field_count,
                       const struct json_value *record, struct strbuf *scratch,
                       struct record_fault *fault)
{
    for (size_t i = 0; i < field_count; i++) {
        const struct json_value *value = json_member(record, fields[i].name);
        if (!value || fields[i].kind == FIELD_IGNORED || is_set(batch, fields[i].column))
            continue;
        const char *reason =
            record_put(batch, (size_t)fields[i].column, fields[i].kind, value, scratch);
        if (reason) {
            *fault = (struct record_fault){str_from(fields[i].name), json_text(value), reason};
            return false;
        }
    }
    return true;
}

static bool is_known(const struct field *fields, size_t field_count, struct str name)
{
    for (size_t i = 0; i < field_count; i++)
        if (str_is(name, fields[i].name))
            return true;
    return false;
}

bool record_extra_column(struct batch *batch, struct str name, struct strbuf *scratch,
                         size_t *column)
{
    strbuf_clear(scratch);
    if (!str_starts(name, STR("x_")))
        strbuf_append_cstr(scratch, "x_");
    strbuf_append(scratch, name);
    return emit_extra(batch, strbuf_str(scratch), column);
}

bool record_put_extras(struct batch *batch, const struct field *fields, size_t field_count,
                       const struct json_value *record, struct strbuf *scratch,
                       struct record_fault *fault)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct json_member *member = &record->members[i];
        struct str text = json_text(&member->value);
        if (text.len == 0 || is_known(fields, field_count, member->name))
            continue;
        size_t column;
        if (!record_extra_column(batch, member->name, scratch, &column)) {
            *fault = (struct record_fault){member->name, text,
                                           "is one unknown member too many (over 1024)"};
            return false;
        }
        if (batch->columns[column].kind == COLUMN_TEXT)
            batch_set_text(batch, column, batch->rows, text);
    }
    return true;
}

struct str record_provider_of(struct str model)
{
    static const struct {
        const char *beginning;
        const char *provider;
    } known[] = {
        {"claude", "anthropic"},
        {"gpt",    "openai"   },
        {"o1",     "openai"   },
        {"o3",     "openai"   },
        {"o4",     "openai"   },
        {"gemini", "google"   },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_starts(model, str_from(known[i].beginning)))
            return str_from(known[i].provider);
    return STR_NONE;
}
