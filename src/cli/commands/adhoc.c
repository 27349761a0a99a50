/* The ad-hoc report: `gpureport --by-tag team`. */
#include <string.h>

#include "cli/budget_gate.h"
#include "cli/command.h"
#include "cli/session.h"
#include "report/selection.h"

static enum gr_status read_compare(const struct options *options, enum report_compare *out,
                                   struct gr_err *err)
{
    *out = COMPARE_NONE;
    if (!options->compare)
        return GR_OK;
    if (strcmp(options->compare, "previous") == 0)
        *out = COMPARE_PREVIOUS;
    else if (strcmp(options->compare, "year-ago") == 0)
        *out = COMPARE_YEAR_AGO;
    else
        return gr_fail(err, GR_EUSAGE, "--compare: \"%s\" is neither previous nor year-ago",
                       options->compare);
    return GR_OK;
}

static enum gr_status read_time_series(const struct options *options,
                                       const struct renderer *renderer, struct str *out,
                                       struct gr_err *err)
{
    *out = str_from(options->time_series);
    if (!options->time_series)
        return GR_OK;
    if (!str_is(*out, "day") && !str_is(*out, "week") && !str_is(*out, "month"))
        return gr_fail(err, GR_EUSAGE, "--time-series: \"%s\" is not one of day, week, month",
                       options->time_series);
    if (strcmp(renderer->name, "csv") == 0 || strcmp(renderer->name, "tsv") == 0)
        return gr_fail(err, GR_EUSAGE,
                       "--time-series does not fit one %s table; use --by ...,%s instead",
                       renderer->name, options->time_series);
    return GR_OK;
}

static enum gr_status read_dataset(const struct options *options, enum dataset *out,
                                   struct gr_err *err)
{
    *out = DATASET_COST;
    if (!options->dataset)
        return GR_OK;
    if (!dataset_read(str_from(options->dataset), out) ||
        (*out != DATASET_COST && *out != DATASET_AI))
        return gr_fail(err, GR_EUSAGE, "--dataset: \"%s\" is neither cost nor ai",
                       options->dataset);
    if (*out == DATASET_AI && options->cost)
        return gr_fail(
            err, GR_EUSAGE,
            "--cost goes with --dataset cost; usage has one cost: billed, else computed");
    if (*out == DATASET_AI && options->allocation)
        return gr_fail(err, GR_EUSAGE, "--allocation goes with --dataset cost");
    return GR_OK;
}

static enum gr_status read_request(struct arena *arena, const struct options *options,
                                   const struct renderer *renderer, struct adhoc_request *out,
                                   struct gr_err *err)
{
    bool separated = strcmp(renderer->name, "csv") == 0 || strcmp(renderer->name, "tsv") == 0;
    *out = (struct adhoc_request){.for_json = strcmp(renderer->name, "json") == 0,
                                  .one_table = separated};
    GR_TRY(read_dataset(options, &out->dataset, err));
    GR_TRY(options_dimensions(arena, options, out->dimensions, &out->dimension_count, err));
    if (out->dimension_count == 0) {
        out->dimensions[0] = out->dataset == DATASET_AI ? STR("model") : STR("service");
        out->dimension_count = 1;
    }
    GR_TRY(read_compare(options, &out->compare, err));
    GR_TRY(read_time_series(options, renderer, &out->time_series, err));
    long top = 0;
    if (options->top)
        GR_TRY(option_number("top", options->top, 1, &top, err));
    out->top = (size_t)top;
    return GR_OK;
}

static enum gr_status check_dimensions(const struct adhoc_request *request, struct gr_err *err)
{
    for (size_t i = 0; i < request->dimension_count; i++)
        GR_TRY(selection_check_dimension(request->dataset, request->dimensions[i], err));
    return GR_OK;
}

static enum gr_status adhoc_report(struct arena *arena, const struct options *options,
                                   const struct session *session, const struct renderer *renderer,
                                   const struct adhoc_request *request, struct gr_err *err)
{
    struct report_context context;
    struct report_doc doc = {0};
    GR_TRY(session_report_context(arena, options, session, &context, err));
    if (request->dataset == DATASET_AI)
        context.cost = STR("billed or computed");
    GR_TRY(report_adhoc(&context, request, &doc, err));
    GR_TRY(session_stamp(arena, session, &doc, err));
    GR_TRY(output_write(options, &doc, renderer, err));
    return budget_gate(&context, options, err);
}

/* Usage is often newer than the last bill: then "today" is its newest day. */
static enum gr_status count_usage_days(struct session *session, struct gr_err *err)
{
    int64_t first, last;
    GR_TRY(store_moments(session->store, DATASET_AI, &first, &last, err));
    if (last == MOMENT_NONE)
        return GR_OK;
    struct day newest = zone_day_of_moment(session->zone, last);
    if (newest.since_1970 > session->as_of.since_1970)
        session->as_of = newest;
    return GR_OK;
}

static enum gr_status adhoc_run(const struct options *options, struct arena *arena,
                                struct gr_err *err)
{
    if (options->argument_count)
        return gr_fail(err, GR_EUSAGE, "\"%s\" stands behind options; a command comes first",
                       options->arguments[0]);
    const struct renderer *renderer;
    struct adhoc_request request;
    struct session session;
    GR_TRY(output_renderer(options, &renderer, err));
    GR_TRY(read_request(arena, options, renderer, &request, err));
    GR_TRY(check_dimensions(&request, err));
    GR_TRY(budget_gate_check(arena, options, err));
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = GR_OK;
    if (request.dataset == DATASET_AI && !options->as_of)
        status = count_usage_days(&session, err);
    if (!status)
        status = adhoc_report(arena, options, &session, renderer, &request, err);
    session_close(&session);
    return status;
}

const struct command command_adhoc = {
    .name = NULL,
    .usage = "[OPTIONS]",
    .what = "report on the terminal, or as csv, json, tsv, xlsx, pdf, html",
    .more =
        "Sums one cost by up to four dimensions. `gpureport --by-tag team --month 2026-10` is the\n"
        "call this program is named after. Groups always add up to the total; currencies are\n"
        "never added; rows without the tag are the group (untagged).",
    .groups = OPTIONS_COMMON | OPTIONS_SELECT | OPTIONS_SHAPE | OPTIONS_OUTPUT | OPTIONS_BUDGET |
              OPTIONS_MONEY | OPTIONS_GROUPS | OPTIONS_HOME,
    .run = adhoc_run,
};
