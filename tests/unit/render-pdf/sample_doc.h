/* A rich report made by hand, for the tests of the PDF renderer and for looking at pages. */
#ifndef GR_TESTS_RENDER_PDF_SAMPLE_DOC_H
#define GR_TESTS_RENDER_PDF_SAMPLE_DOC_H

#include "model/report_doc.h"

/* Team names that try to break an output: commands, markup, escapes, other scripts, 300 characters.
 */
extern const struct str sample_hostile_names[];
extern const size_t sample_hostile_name_count;

/* Six tiles, the four kinds of charts, a table of teams with hostile names, one of 60 rows. All in
 * `arena`. */
struct report_doc *sample_doc_rich(struct arena *arena);
/* One section with one table of `rows` rows and a total. */
struct report_doc *sample_doc_table(struct arena *arena, size_t rows);
/* No section at all. */
struct report_doc *sample_doc_empty(struct arena *arena);
/* One chart of that kind: `points` x positions, `series` series. */
struct report_doc *sample_doc_chart(struct arena *arena, enum chart_kind kind, size_t points,
                                    size_t series);

#endif
