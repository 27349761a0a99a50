/* Private to the ad-hoc report: adhoc.c asks and puts together, adhoc_tables.c fills the tables.
 */
#ifndef GR_REPORT_ADHOC_INTERNAL_H
#define GR_REPORT_ADHOC_INTERNAL_H

#include "report/allocation_tables.h"
#include "report/selection.h"

/* One report in the making. */
struct adhoc {
    const struct report_context *context;
    const struct adhoc_request *request;
    struct arena *arena;
    struct group_list groups, totals, series;
    struct allocation_result proof; /* with --allocation */
    struct date_range earlier;
    unsigned time_mask;
    bool only_tag;    /* one tag: the shape of the API */
    bool by_currency; /* a dimension is the currency column that is always there */
};

/* tag:team -> team, column:x_Foo -> x_Foo */
struct str adhoc_dimension_id(struct str name);
/* "billed_cost" -> "Billed cost" */
struct str adhoc_title(struct arena *arena, struct str name);

enum gr_status adhoc_groups_table(const struct adhoc *a, struct report_table **out,
                                  struct gr_err *err) GR_MUST_CHECK;
struct report_table *adhoc_totals_table(const struct adhoc *a);
/* Key of the series is the last dimension; it comes first in the rows. `time_series` is what JSON
 * shows and trends are drawn from; `by_day` is the same as a table of its own, for people. */
struct report_table *adhoc_series_table(const struct adhoc *a, bool for_people);
struct report_chart *adhoc_chart(const struct adhoc *a);

#endif
