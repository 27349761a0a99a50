/* One text read by both engines of NDJSON and written down whole: rows with their lines, rejects
 * with lines and offsets, counts. For the differential test and its fuzz target. */
#ifndef GR_TESTS_INGEST_NDJSON_BOTH_H
#define GR_TESTS_INGEST_NDJSON_BOTH_H

#include "ingest/ingest.h"

/* What `reader` makes of the bytes as `format`. */
void ndjson_describe(struct strbuf *out, struct str bytes, const char *format, const char *reader);
/* Whether both say the same; what they said is left in `fast` and `yajl`, which are initialised
 * here and the caller's to free. */
bool ndjson_both(struct str bytes, const char *format, struct strbuf *fast, struct strbuf *yajl);

#endif
