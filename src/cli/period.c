/* Period options -> half-open days and a name that a reader understands. Called by the commands. */
#include <stdio.h>

#include "cli/options.h"
#include "report/report.h"

static enum gr_status period_day(const char *option, const char *text, struct day *out,
                                 struct gr_err *err)
{
    if (!day_read(str_from(text), out))
        return gr_fail(err, GR_EUSAGE, "--%s: \"%s\" is not a date; wanted YYYY-MM-DD", option,
                       text);
    return GR_OK;
}

static enum gr_status period_month(const char *option, const char *text, struct period *out,
                                   struct gr_err *err)
{
    if (!month_read(str_from(text), &out->days))
        return gr_fail(err, GR_EUSAGE, "--%s: \"%s\" is not a month; wanted YYYY-MM", option, text);
    return GR_OK;
}

static enum gr_status period_quarter(const char *text, struct period *out, struct gr_err *err)
{
    int year = 0, quarter = 0, end = 0;
    if (sscanf(text, "%4d-%*1[Qq]%1d%n", &year, &quarter, &end) != 2 || text[end] || year < 1970 ||
        quarter < 1 || quarter > 4)
        return gr_fail(err, GR_EUSAGE, "--quarter: \"%s\" is not a quarter; wanted YYYY-QN", text);
    out->days.first = day_from_ymd(year, quarter * 3 - 2, 1);
    out->days.end = month_add(out->days.first, 3);
    return GR_OK;
}

static enum gr_status period_year(const char *text, struct period *out, struct gr_err *err)
{
    long year;
    GR_TRY(option_number("year", text, 1970, &year, err));
    if (year > 9998)
        return gr_fail(err, GR_EUSAGE, "--year: \"%s\" is not a year", text);
    out->days =
        (struct date_range){day_from_ymd((int)year, 1, 1), day_from_ymd((int)year + 1, 1, 1)};
    return GR_OK;
}

static enum gr_status period_range(const struct options *options, struct day as_of,
                                   struct period *out, struct gr_err *err)
{
    struct day last = as_of;
    if (options->to)
        GR_TRY(period_day("to", options->to, &last, err));
    long days = 30;
    if (options->days)
        GR_TRY(option_number("days", options->days, 1, &days, err));
    out->days.end = day_add(last, 1);
    out->days.first = day_add(out->days.end, (int)-days);
    if (options->from)
        GR_TRY(period_day("from", options->from, &out->days.first, err));
    if (day_count(out->days) <= 0)
        return gr_fail(err, GR_EUSAGE, "--from %s lies behind --to: nothing between them",
                       options->from);
    return GR_OK;
}

/* Which of the ways to name a period were used; more than one contradicts itself. */
static enum gr_status period_check_single(const struct options *o, struct gr_err *err)
{
    const struct {
        const char *name;
        bool used;
    } ways[] = {
        {"--from/--to/--days", o->from || o->to || o->days},
        {"--month",            o->month != NULL           },
        {"--quarter",          o->quarter != NULL         },
        {"--year",             o->year != NULL            },
        {"--last-month",       o->last_month              },
        {"--month-to-date",    o->month_to_date           },
    };
    const char *first = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (!ways[i].used)
            continue;
        if (first)
            return gr_fail(err, GR_EUSAGE, "%s and %s both name the period; use one", first,
                           ways[i].name);
        first = ways[i].name;
    }
    if (o->from && o->days)
        return gr_fail(err, GR_EUSAGE, "--from and --days both name the first day; use one");
    return GR_OK;
}

static bool names_charge_period(const struct options *o)
{
    return o->from || o->to || o->days || o->month || o->quarter || o->year || o->last_month ||
           o->month_to_date;
}

/* Both views at once: the charge period decides the days, the billing month is a filter. */
static enum gr_status narrow_to_billing_month(struct arena *arena, const struct options *options,
                                              struct period *out, struct gr_err *err)
{
    struct period billing;
    char month[8];
    GR_TRY(period_month("billing-month", options->billing_month, &billing, err));
    month_format(billing.days.first, month);
    out->filter = arena_printf(arena, "billing_month=%s", month);
    out->name = arena_printf(arena, "%.*s, billed in %.*s", STR_ARG(out->name),
                             STR_ARG(report_period_name(arena, billing.days)));
    return GR_OK;
}

static enum gr_status period_days(const struct options *options, struct day as_of,
                                  struct period *out, struct gr_err *err)
{
    *out = (struct period){0};
    GR_TRY(period_check_single(options, err));
    if (options->billing_month && !names_charge_period(options)) {
        out->by_billing = true;
        return period_month("billing-month", options->billing_month, out, err);
    }
    if (options->month)
        return period_month("month", options->month, out, err);
    if (options->quarter)
        return period_quarter(options->quarter, out, err);
    if (options->year)
        return period_year(options->year, out, err);
    if (options->last_month) {
        out->days.end = month_first(as_of);
        out->days.first = month_add(out->days.end, -1);
        return GR_OK;
    }
    if (options->month_to_date) {
        out->days = (struct date_range){month_first(as_of), day_add(as_of, 1)};
        return GR_OK;
    }
    return period_range(options, as_of, out, err);
}

enum gr_status options_period(struct arena *arena, const struct options *options, struct day as_of,
                              struct period *out, struct gr_err *err)
{
    GR_TRY(period_days(options, as_of, out, err));
    out->filter = STR("");
    out->name = report_period_name(arena, out->days);
    if (options->billing_month && !out->by_billing)
        return narrow_to_billing_month(arena, options, out, err);
    if (out->by_billing)
        out->name = arena_printf(arena, "billing month %.*s", STR_ARG(out->name));
    return GR_OK;
}
