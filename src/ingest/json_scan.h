/* Single JSON values in a line, where they stand. Private to ingest; used by json_shape.c.
 *
 * Every function gets the first byte of a value and gives the first byte behind it, or NULL when
 * the value is not one that it can vouch for (then yajl judges the line). Behind the line there are
 * zero bytes (SHAPE_SLACK_BYTES), which end every value.
 */
#ifndef GR_INGEST_JSON_SCAN_H
#define GR_INGEST_JSON_SCAN_H

#include "base/str.h"

/* A text, `at` behind its opening quote. Decoded into *scratch (up to `scratch_end`, and moved
 * forward) when it holds escapes, else a view. Escapes mean what they mean to yajl; refused are
 * NUL, unpaired surrogates, control characters and bytes that are not UTF-8. */
const char *json_scan_text(const char *at, char **scratch, const char *scratch_end,
                           struct str *out);
/* A number by the grammar of JSON. *whole: its value when it is 1 to 15 digits, else -1. */
const char *json_scan_number(const char *at, struct str *out, int64_t *whole);
/* An object or array up to its closing bracket, nested at most `depth_max` deep. It may still be
 * no JSON within: only equal bytes are known to be equal. */
const char *json_scan_nested(const char *at, int depth_max);

#endif
