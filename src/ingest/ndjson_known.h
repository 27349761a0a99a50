/* The fast engine of ndjson.c: rows of lines whose shape is known. Private to ndjson.c.
 *
 * A line is put whole or not at all; what is not put is the parser's. Cells are those that ndjson.c
 * makes of the tree of the same line.
 */
#ifndef GR_INGEST_NDJSON_KNOWN_H
#define GR_INGEST_NDJSON_KNOWN_H

#include "ingest/json_shape.h"
#include "ingest/ndjson.h"

struct ndjson_known;

struct ndjson_known *ndjson_known_open(const struct ndjson_format *format,
                                       struct ndjson_defaults *defaults);
void ndjson_known_close(struct ndjson_known *known); /* NULL is fine */

/* A line (without its end) that became a row by way of its tree. */
void ndjson_known_learn(struct ndjson_known *known, struct str line);

/* Fills the open row from the line at the front of `held` (see shape_read()). The length of the
 * line with its end; 0: the line is not known and the row is empty. Some cells may wait: before the
 * bytes of `held` move or the batch is looked at, ndjson_known_settle(). */
size_t ndjson_known_row(struct ndjson_known *known, struct batch *batch, struct str held,
                        bool last);

void ndjson_known_settle(struct ndjson_known *known, struct batch *batch);

/* Whether the object at that path is on the way to a count of the format. */
bool ndjson_descends(const struct ndjson_format *format, struct str path);
/* The count at that path; NULL when none is there. */
const struct ndjson_count *ndjson_count_at(const struct ndjson_format *format, struct str path);
/* Notes a count; NULL, or why it can't be. */
const char *ndjson_give(struct ndjson_row *row, unsigned slot, int64_t count);

#endif
