/* `gpureport report NAME`: a definition of reports/ as pdf, xlsx, csv, html, json or on the
 * terminal. */
#include <string.h>

#include "cli/budget_gate.h"
#include "cli/command.h"
#include "cli/session.h"

/* Without a period option the definition's own default holds. */
static enum gr_status default_period(struct arena *arena, const struct options *options,
                                     const char *name, struct options *out, struct gr_err *err)
{
    const struct options *o = options;
    *out = *options;
    bool said = o->days || o->from || o->to || o->month || o->quarter || o->year || o->last_month ||
                o->month_to_date || o->billing_month;
    if (said)
        return GR_OK;
    struct str period;
    GR_TRY(report_default_period(arena, options->home, name, &period, err));
    out->last_month = str_is(period, "last-month");
    if (str_is(period, "month"))
        out->month = "as-of";
    return GR_OK;
}

/* The calendar month of "today". */
static void month_of_day(struct arena *arena, struct day day, struct options *options)
{
    char month[8];
    month_format(day, month);
    options->month = arena_str(arena, str_from(month)).ptr;
}

/* An option that does nothing would be taken for one that found nothing. */
static enum gr_status check_invoices(const struct report_doc *doc, const struct options *options,
                                     struct gr_err *err)
{
    if (!options->invoices)
        return GR_OK;
    for (size_t s = 0; s < doc->section_count; s++)
        for (size_t i = 0; i < doc->sections[s].item_count; i++) {
            const struct report_item *item = &doc->sections[s].items[i];
            if (item->kind == ITEM_TABLE && str_is(item->table->id, "invoices"))
                return GR_OK;
        }
    return gr_fail(err, GR_EUSAGE, "--invoices: report %s compares no invoices",
                   options->arguments[0]);
}

static enum gr_status report_inside(const struct options *options, struct arena *arena,
                                    const struct session *session, const struct renderer *renderer,
                                    struct gr_err *err)
{
    const char *name = options->arguments[0];
    struct options with_period;
    struct report_context context;
    struct report_notices notices = {0};
    struct report_doc doc = {0};
    GR_TRY(default_period(arena, options, name, &with_period, err));
    if (with_period.month && strcmp(with_period.month, "as-of") == 0)
        month_of_day(arena, session->as_of, &with_period);
    GR_TRY(session_report_context(arena, &with_period, session, &context, err));
    GR_TRY(budget_list_read(arena, options, &context.budgets, &context.budget_count, err));
    context.invoices = options->invoices;
    context.notices = &notices;
    GR_TRY(report_named(&context, name, &doc, err));
    GR_TRY(check_invoices(&doc, options, err));
    GR_TRY(session_stamp(arena, session, &doc, err));
    GR_TRY(output_write(options, &doc, renderer, err));
    for (size_t i = 0; i < notices.count; i++)
        say(options, "%.*s", STR_ARG(notices.items[i]));
    return budget_gate(&context, options, err);
}

static enum gr_status report_run(const struct options *options, struct arena *arena,
                                 struct gr_err *err)
{
    if (options->argument_count != 1)
        return gr_fail(err, GR_EUSAGE, "report: wanted one name; `gpureport reports` lists them");
    const struct renderer *renderer;
    struct session session;
    GR_TRY(output_renderer(options, &renderer, err));
    GR_TRY(budget_gate_check(arena, options, err));
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = report_inside(options, arena, &session, renderer, err);
    session_close(&session);
    return status;
}

const struct command command_report = {
    .name = "report",
    .usage = "NAME [OPTIONS]",
    .what = "a report definition as pdf, xlsx, csv, html or json",
    .more =
        "`gpureport report monthly --month 2026-10 --budgets budgets.ini -o october.pdf`.\n"
        "-o FOLDER/ with --format csv writes one file a table and takes away those of an earlier "
        "report\nthat this one does not have.",
    .groups = OPTIONS_COMMON | OPTIONS_SELECT | OPTIONS_OUTPUT | OPTIONS_BUDGET | OPTIONS_MONEY |
              OPTIONS_GROUPS | OPTIONS_HOME | OPTIONS_INVOICES,
    .run = report_run,
};
