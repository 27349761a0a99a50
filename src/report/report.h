/* Reports: fill a report_doc from queries and analysis. Ad-hoc ones from a request, named ones from
 * reports/NAME.report. Called by the commands; renders nothing.
 */
#ifndef GR_REPORT_REPORT_H
#define GR_REPORT_REPORT_H

#include "base/arena.h"
#include "model/budget.h"
#include "model/report_doc.h"
#include "sql/sql.h"

struct names;
struct allocation;

enum report_compare { COMPARE_NONE, COMPARE_PREVIOUS, COMPARE_YEAR_AGO };

/* Sentences of a report that the command says on standard error: what differs. */
enum { REPORT_NOTICES_MAX = 16 };
struct report_notices {
    struct str items[REPORT_NOTICES_MAX];
    size_t count;
};

/* What every report needs to know. All memory is borrowed. */
struct report_context {
    struct store *store;
    struct sql *sql;
    struct arena *arena; /* of the document */
    const char *home;    /* folder with reports/; NULL: the compiled-in ones */
    struct day as_of;
    struct date_range days;
    bool by_billing;
    struct str period_name; /* "October 2026" */
    struct str zone_name;   /* "UTC" */
    const struct zone *zone;
    struct str cost;     /* "billed" */
    struct str filter;   /* lines for sql_filters_read() */
    struct str excluded; /* those of them that --exclude made: they hold for budgets too */
    const struct tag_rules *tag_rules; /* that the SQL reports by, for tags read elsewhere */
    const struct budget *budgets;
    size_t budget_count;
    const char *invoices;           /* file of invoices beside those of the store; NULL: none */
    struct report_notices *notices; /* NULL: nobody listens */
    const struct conversion *conversion; /* NULL: amounts in the currencies that were charged */
    const struct names *names;           /* NULL: values have no names */
    const struct allocation *allocation; /* NULL: costs stay where they were charged */
};

/* Tells the SQL floor what the context's conversion is; called once when the context is made. */
void report_context_apply(const struct report_context *context);

/* Adds a section that names the files which decided figures, when there are any. Called last. */
void report_add_inputs(const struct report_context *context, struct report_doc *doc);

struct adhoc_request {
    enum dataset dataset; /* DATASET_COST or DATASET_AI */
    struct str dimensions[ROLLUP_DIMENSIONS_MAX];
    size_t dimension_count;
    enum report_compare compare;
    size_t top;             /* 0: all */
    struct str time_series; /* "day", "week", "month" or absent */
    bool one_table;         /* csv, tsv: no table but that of the groups */
    bool for_json;          /* one tag is named `tag_value`, as the API that users know does */
};

/* Tables `groups` (with total rows), `totals` (JSON only) and, when asked for, `time_series` (JSON
 * and trends) and, but for JSON, the same as `by_day`, `by_week` or `by_month` for people. */
enum gr_status report_adhoc(const struct report_context *context,
                            const struct adhoc_request *request, struct report_doc *doc,
                            struct gr_err *err) GR_MUST_CHECK;

/* reports/<name>.report. GR_EUSAGE when there is none, or its definition is wrong (file:line). */
enum gr_status report_named(const struct report_context *context, const char *name,
                            struct report_doc *doc, struct gr_err *err) GR_MUST_CHECK;

/* The definitions there are, of home and compiled in, by name. */
struct report_listing {
    struct str name, title;
    struct str period; /* default: "month", "last-month", "days" */
};
enum gr_status report_list(struct arena *arena, const char *home, struct report_listing **out,
                           size_t *count, struct gr_err *err) GR_MUST_CHECK;

/* The default period of one report ("month", ...), absent when there is none of that name.
 * GR_EUSAGE when its definition is wrong. */
enum gr_status report_default_period(struct arena *arena, const char *home, const char *name,
                                     struct str *out, struct gr_err *err) GR_MUST_CHECK;

/* The period before: the month before a whole month, else as many days before; or the year before.
 */
struct date_range report_earlier_period(struct date_range days, enum report_compare compare);

/* "October 2026", "Q4 2026", "2026" or "2026-10-03 to 2026-10-09". */
struct str report_period_name(struct arena *arena, struct date_range days);

/* "DIM=VALUE and DIM!=VALUE", or "" without filters. */
struct str report_filter_text(const struct report_context *context);

#endif
