/* Looking into JSON trees and writing them (see json.h). */
#include "ingest/json.h"

const struct json_value *json_member(const struct json_value *object, const char *name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (str_is(object->members[i].name, name))
            return &object->members[i].value;
    return NULL;
}

struct str json_text(const struct json_value *value)
{
    if (!value || value->kind == JSON_OBJECT || value->kind == JSON_ARRAY ||
        value->kind == JSON_NULL)
        return STR_NONE;
    return value->text;
}

static void write_string(struct str text, struct strbuf *out)
{
    strbuf_append_char(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        strbuf_append(out, (struct str){text.ptr + from, i - from});
        from = i + 1;
        if (c == '"' || c == '\\')
            strbuf_printf(out, "\\%c", c);
        else if (c == '\n')
            strbuf_append_cstr(out, "\\n");
        else
            strbuf_printf(out, "\\u%04x", c);
    }
    strbuf_append(out, (struct str){text.ptr + from, text.len - from});
    strbuf_append_char(out, '"');
}

static void write_members(const struct json_value *value, struct strbuf *out)
{
    strbuf_append_char(out, '{');
    for (size_t i = 0; i < value->count; i++) {
        if (i > 0)
            strbuf_append_char(out, ',');
        write_string(value->members[i].name, out);
        strbuf_append_char(out, ':');
        json_write(&value->members[i].value, out);
    }
    strbuf_append_char(out, '}');
}

void json_write(const struct json_value *value, struct strbuf *out)
{
    switch (value->kind) {
    case JSON_NULL:
        strbuf_append_cstr(out, "null");
        break;
    case JSON_BOOL:
    case JSON_NUMBER:
        strbuf_append(out, value->text);
        break;
    case JSON_STRING:
        write_string(value->text, out);
        break;
    case JSON_OBJECT:
        write_members(value, out);
        break;
    case JSON_ARRAY:
        strbuf_append_char(out, '[');
        for (size_t i = 0; i < value->count; i++) {
            if (i > 0)
                strbuf_append_char(out, ',');
            json_write(&value->items[i], out);
        }
        strbuf_append_char(out, ']');
        break;
    }
}
