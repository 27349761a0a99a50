/* Which tables and columns of a document an output shows; and how a renderer ends.
 *
 * Called by all renderers, so that no two of them disagree on what the document holds.
 */
#ifndef GR_RENDER_WALK_H
#define GR_RENDER_WALK_H

#include <stdio.h>

#include "model/report_doc.h"

/* False for tables that stand in the document for JSON alone: json_only, and in an ad-hoc document
 * (json_head) those named "totals" and "time_series". */
bool walk_table_is_shown(const struct report_doc *doc, const struct report_table *table);

/* The nth shown table in reading order, from 0; NULL behind the last. */
const struct report_table *walk_shown_table(const struct report_doc *doc, size_t n);
size_t walk_shown_table_count(const struct report_doc *doc);

/* The table of that id, shown or not; NULL when there is none. */
const struct report_table *walk_table_named(const struct report_doc *doc, const char *id);

bool walk_column_for_people(const struct report_column *column);   /* table, pdf, html */
bool walk_column_for_machines(const struct report_column *column); /* csv, tsv, json */
bool walk_column_for_sheets(const struct report_column *column);   /* xlsx */
/* Rows of data for csv, tsv, json and xlsx: no totals, and no line of what rounding left over, as
 * these outputs round nothing. */
bool walk_row_for_machines(const struct report_row *row);

/* Flushes `out`; GR_ESTORE when anything that was written to it got lost. */
enum gr_status walk_finish(FILE *out, struct gr_err *err) GR_MUST_CHECK;

/* Writes the buffer and empties it; a failure shows at walk_finish. GR_ERENDER when the text passed
 * the buffer's ceiling. */
enum gr_status walk_flush(struct strbuf *text, FILE *out, struct gr_err *err) GR_MUST_CHECK;

#endif
