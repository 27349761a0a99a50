/* Groups of an ad-hoc report: rows of queries/by-dimension.sql with an earlier period beside them.
 */
#ifndef GR_REPORT_GROUPS_H
#define GR_REPORT_GROUPS_H

#include "report/report.h"

struct group {
    struct str keys[ROLLUP_DIMENSIONS_MAX];
    struct str currency;
    struct decimal cost;      /* with what was allocated */
    struct decimal allocated; /* of it: received from shared costs, below 0 where given away */
    struct decimal earlier;   /* 0 where the group was not there */
    int64_t records;
    int64_t unknown;                /* DATASET_COST: records without that cost, which counts as 0 */
    struct decimal unpriced_tokens; /* DATASET_AI */
    bool is_other;
};

struct group_list {
    struct group *items;
    size_t count;
};

/* What a list of groups is asked for. */
struct group_question {
    enum dataset dataset;
    const struct str *dimensions;
    size_t dimension_count;
    struct date_range days;
    size_t top; /* DATASET_COST: so many groups a currency and the rest as (other); 0: all */
};
/* Groups of the period under the context's filter, cost and basis, largest cost first (times lead).
 * Memory: the context's arena. */
enum gr_status groups_query(const struct report_context *context,
                            const struct group_question *question, struct group_list *out,
                            struct gr_err *err) GR_MUST_CHECK;

/* One total a currency, in the order of the currencies' names. */
enum gr_status groups_totals(struct arena *arena, const struct group_list *groups,
                             struct group_list *totals, struct gr_err *err) GR_MUST_CHECK;

/* Puts the costs of `earlier` beside equal groups; groups that only the earlier period has are
 * added with cost 0. Largest cost first, as the question has it. */
void groups_compare(struct arena *arena, struct group_list *groups,
                    const struct group_list *earlier);

/* Keeps, for each currency, the `top` largest groups by the keys that are no time (`time_mask`: bit
 * i is set when dimension i is a time) and sums the rest into (other), one row a time. */
enum gr_status groups_top(struct arena *arena, struct group_list *groups, size_t top,
                          size_t dimension_count, unsigned time_mask,
                          struct gr_err *err) GR_MUST_CHECK;

/* Makes one of groups with equal keys and currency, and puts them in the order of reports: by the
 * first dimension that is a time, then the largest cost first, then by keys. */
enum gr_status groups_unite(struct group_list *groups, const struct str *dimensions, size_t count,
                            struct gr_err *err) GR_MUST_CHECK;

/* By keys, then currency: 0 for groups that groups_unite() makes one of. */
int groups_compare_keys(const void *a, const void *b);

/* "day", "week" or "month". */
bool dimension_is_time(struct str name);

#endif
