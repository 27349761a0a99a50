/* A JSON object a line, by yajl: for formats whose lines are few or of any shape (ndjson.h is for
 * the many of one shape). Must not know what records mean. */
#ifndef GR_INGEST_JSON_LINES_H
#define GR_INGEST_JSON_LINES_H

#include "ingest/emit.h"
#include "ingest/json.h"

/* Hands every line's value to `take`, which emits or refuses it; blank lines are skipped, and lines
 * that are no JSON refused here. Flushes the emit at the end. Statuses of the source, the sink and
 * `take`. */
enum gr_status json_lines_read(struct ingest_source *source, struct emit *emit,
                               enum gr_status (*take)(void *context, const struct json_place *place,
                                                      const struct json_value *value,
                                                      struct gr_err *err),
                               void *context, struct gr_err *err) GR_MUST_CHECK;

#endif
