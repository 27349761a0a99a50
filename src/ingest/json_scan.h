/* Single JSON values in a line, where they stand. Private to ingest; used by json_shape.c.
 *
 * Every function gets the first byte of a value and gives the first byte behind it, or NULL when
 * the value is not one that it can vouch for (then yajl judges the line). Behind the line there are
 * zero bytes (SHAPE_SLACK_BYTES), which end every value.
 */
#ifndef GR_INGEST_JSON_SCAN_H
#define GR_INGEST_JSON_SCAN_H

#include "base/str.h"
#include "ingest/text_scan.h"

/* A text with something in it that needs a look; `stop` is the first such byte. See
 * json_scan_text(). */
const char *json_scan_odd_text(const char *at, const char *stop, char **scratch,
                               const char *scratch_end, struct str *out);
/* Any number; see json_scan_number(). */
const char *json_scan_any_number(const char *at, struct str *out, int64_t *whole);

/* A text, `at` behind its opening quote. Decoded into *scratch (up to `scratch_end`, and moved
 * forward) when it holds escapes, else a view. Escapes mean what they mean to yajl; refused are
 * NUL, unpaired surrogates, control characters and bytes that are not UTF-8. */
static inline const char *json_scan_text(const char *at, char **scratch, const char *scratch_end,
                                         struct str *out)
{
    const char *stop = text_scan_plain(at);
    if (*stop != '"')
        return json_scan_odd_text(at, stop, scratch, scratch_end, out);
    *out = (struct str){at, (size_t)(stop - at)};
    return stop + 1;
}

/* A number by the grammar of JSON. *whole: its value when it is 1 to 15 digits, else -1. The common
 * one, a few digits without zeros before them, is read here. */
static inline const char *json_scan_number(const char *at, struct str *out, int64_t *whole)
{
    const char *end = at;
    int64_t value = 0;
    for (; (unsigned char)(*end - '0') <= 9 && end - at < 15; end++)
        value = value * 10 + (*end - '0');
    if ((*at == '0' && end > at + 1) || end == at || (*end != ',' && *end != '}'))
        return json_scan_any_number(at, out, whole);
    *out = (struct str){at, (size_t)(end - at)};
    *whole = value;
    return end;
}

/* An object or array up to its closing bracket, nested at most `depth_max` deep. It may still be
 * no JSON within: only equal bytes are known to be equal. */
const char *json_scan_nested(const char *at, int depth_max);

#endif
