/* Private to report/: a named report in the making, shared by build.c and build_chart.c.
 */
#ifndef GR_REPORT_REPORT_INTERNAL_H
#define GR_REPORT_REPORT_INTERNAL_H

#include "report/cells.h"
#include "report/definition.h"
#include "report/report.h"

struct building {
    const struct report_context *context;
    const struct report_definition *definition;
    struct date_range earlier;
    struct str currency; /* main one: what charts show */
};

struct str report_fill_text(struct building *building, struct str text);

/* "final" when the bills of the period's months are all closed or the period is over, unless one of
 * them is said to be open; else "preliminary". See recon_state.c. */
enum gr_status report_status(const struct report_context *context, struct str *out,
                             struct gr_err *err) GR_MUST_CHECK;

/* False when a filter of the context names a dimension that the dataset does not have: then that
 * dataset has nothing to show under the filters, and saying so beats showing what is unfiltered. */
bool report_filters_apply(const struct report_context *context, enum dataset dataset);

/* Column numbers of a chart's query; -1: not used. */
struct chart_columns {
    int x, value, earlier, series;
};

/* Rows of the query -> bars (x, value, earlier) or stacked and lines (x, series, value). Series
 * beyond the seven largest become (other). */
enum gr_status report_chart_fill(struct building *building, const struct definition_item *item,
                                 struct sql_query *query, const struct chart_columns *columns,
                                 struct report_chart **out, struct gr_err *err) GR_MUST_CHECK;

/* One total row a currency under the rows: sums of the add_up columns, shares left blank. */
enum gr_status report_add_totals(struct table_builder *table, struct gr_err *err) GR_MUST_CHECK;

#endif
