/* Documents made by hand, for the tests of renderers and for looking at their output. */
#ifndef GR_TESTS_RENDER_SAMPLE_DOC_H
#define GR_TESTS_RENDER_SAMPLE_DOC_H

#include "model/report_doc.h"

/* gpureport --by-tag team: groups, time_series, totals; one currency. */
struct report_doc *sample_ad_hoc(struct arena *arena);
/* Two currencies, two dimensions, changes, an other row, every kind of cell. */
struct report_doc *sample_two_currencies(struct arena *arena);
/* Names that try to break out of every format. */
struct report_doc *sample_hostile(struct arena *arena);
/* Sections, figures, notes, charts of each kind, three tables. */
struct report_doc *sample_report(struct arena *arena);

/* By name: "ad-hoc", "two-currencies", "hostile", "report"; NULL when unknown. */
struct report_doc *sample_named(struct arena *arena, const char *name);

#endif
