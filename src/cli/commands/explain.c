/* `gpureport explain`: from a figure back to deliveries, files and lines, or to an earlier
 * snapshot.
 */
#include "report/explain.h"

#include <string.h>

#include "cli/command.h"
#include "cli/session.h"
#include "rollup/rollup.h"

/* "team=ml" of --by-tag -> the filter line tag:team=ml. Commas are part of the value. */
static enum gr_status add_filter(struct arena *arena, const char *prefix, const char *text,
                                 struct options *out, struct gr_err *err)
{
    struct strbuf line;
    const char *value = strchr(text, '=') + 1;
    strbuf_init(&line, STRBUF_CEILING);
    strbuf_append_cstr(&line, prefix);
    strbuf_append(&line, (struct str){text, (size_t)(value - text)});
    for (const char *c = value; *c; c++) {
        if (*c == ',')
            strbuf_append_char(&line, '\\');
        strbuf_append_char(&line, *c);
    }
    struct str copy = arena_str(arena, strbuf_str(&line));
    strbuf_deinit(&line);
    if (out->where.count == OPTIONS_LIST_MAX)
        return gr_fail(err, GR_EUSAGE, "more than %d filters", OPTIONS_LIST_MAX);
    out->where.items[out->where.count++] = copy.ptr;
    return GR_OK;
}

/* KEY=VALUE of the group options names one group: it filters. The others stay. */
static enum gr_status split_groups(struct arena *arena, struct options *options, struct gr_err *err)
{
    struct option_list *lists[] = {&options->by, &options->by_dimension, &options->by_tag};
    for (size_t i = 0; i < 3; i++) {
        struct option_list kept = {0};
        for (size_t j = 0; j < lists[i]->count; j++) {
            const char *text = lists[i]->items[j];
            if (strchr(text, '='))
                GR_TRY(add_filter(arena, i == 2 ? "tag:" : "", text, options, err));
            else
                kept.items[kept.count++] = text;
        }
        *lists[i] = kept;
    }
    return GR_OK;
}

static enum gr_status read_dimensions(struct arena *arena, const struct options *options,
                                      struct explain_request *out, struct gr_err *err)
{
    struct str names[ROLLUP_DIMENSIONS_MAX];
    size_t count;
    GR_TRY(options_dimensions(arena, options, names, &count, err));
    if (count > EXPLAIN_DIMENSIONS_MAX)
        return gr_fail(err, GR_EUSAGE, "explain: --by takes at most %d dimensions",
                       EXPLAIN_DIMENSIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        GR_TRY(rollup_check_dimension(out->dataset, names[i], err));
        out->dimensions[out->dimension_count++] = names[i];
    }
    return GR_OK;
}

/* 12, or as outputs print it: "snapshot 12". */
static enum gr_status read_snapshot(const struct options *options, struct explain_request *out,
                                    struct gr_err *err)
{
    long number;
    struct str text = str_from(options->snapshot);
    if (str_starts(text, STR("snapshot ")))
        text = (struct str){text.ptr + 9, text.len - 9};
    GR_TRY(option_number("snapshot", text.ptr, 0, &number, err));
    out->snapshot = number;
    return GR_OK;
}

/* Anything that only a figure has; else --snapshot stands alone. */
static bool wants_figure(const struct options *o)
{
    return !o->snapshot || o->days || o->from || o->to || o->month || o->quarter || o->year ||
           o->last_month || o->month_to_date || o->billing_month || o->where.count ||
           o->exclude.count || o->by.count || o->by_tag.count || o->by_dimension.count || o->rows ||
           o->dataset || o->cost;
}

static enum gr_status read_request(struct arena *arena, struct options *options,
                                   const struct renderer *renderer, struct explain_request *out,
                                   struct gr_err *err)
{
    long top = 0;
    *out = (struct explain_request){.dataset = DATASET_COST, .snapshot = -1};
    if (options->argument_count)
        return gr_fail(err, GR_EUSAGE, "explain: \"%s\" is no option", options->arguments[0]);
    if (options->compare || options->time_series)
        return gr_fail(err, GR_EUSAGE,
                       "explain: --compare and --time-series are other figures; "
                       "explain each with its own period");
    if (options->dataset && strcmp(options->dataset, "ai") == 0)
        out->dataset = DATASET_AI;
    else if (options->dataset && strcmp(options->dataset, "cost") != 0)
        return gr_fail(err, GR_EUSAGE, "--dataset: \"%s\" is neither cost nor ai",
                       options->dataset);
    out->figure = wants_figure(options);
    GR_TRY(split_groups(arena, options, err));
    GR_TRY(read_dimensions(arena, options, out, err));
    if (options->top)
        GR_TRY(option_number("top", options->top, 1, &top, err));
    if (options->snapshot)
        GR_TRY(read_snapshot(options, out, err));
    out->top = (size_t)top;
    out->rows = options->rows;
    out->one_table = strcmp(renderer->name, "csv") == 0 || strcmp(renderer->name, "tsv") == 0;
    if (out->one_table && out->figure && options->snapshot)
        return gr_fail(err, GR_EUSAGE,
                       "explain: one %s holds a figure or a snapshot; ask for them one by one",
                       renderer->name);
    return GR_OK;
}

static enum gr_status explain_inside(const struct options *options, struct arena *arena,
                                     const struct session *session, const struct renderer *renderer,
                                     const struct explain_request *request, struct gr_err *err)
{
    struct report_context context;
    struct report_doc doc = {0};
    GR_TRY(session_report_context(arena, options, session, &context, err));
    if (request->dataset == DATASET_AI)
        context.cost = STR("billed or computed");
    GR_TRY(report_explain(&context, request, &doc, err));
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static enum gr_status explain_run(const struct options *given, struct arena *arena,
                                  struct gr_err *err)
{
    struct options options = *given;
    const struct renderer *renderer;
    struct explain_request request;
    struct session session;
    GR_TRY(output_renderer(given, &renderer, err));
    GR_TRY(read_request(arena, &options, renderer, &request, err));
    GR_TRY(session_open(arena, &options, &session, err));
    enum gr_status status = explain_inside(&options, arena, &session, renderer, &request, err);
    session_close(&session);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "[OPTIONS]",
    .what = "from a figure back to deliveries, files and lines",
    .more =
        "Takes the period and filters of a report and lists the deliveries and files behind its\n"
        "figure, with their hashes, rows and parts of the sum. `--by-tag team=ml` means the group\n"
        "team=ml; `--by DIM` shows which deliveries each group has; --rows lists each row with "
        "its\n"
        "file and line. --snapshot N, as reports print it, tells what became of the deliveries of\n"
        "then.",
    .groups = OPTIONS_COMMON | OPTIONS_SELECT | OPTIONS_SHAPE | OPTIONS_OUTPUT | OPTIONS_EXPLAIN |
              OPTIONS_MONEY | OPTIONS_HOME,
    .run = explain_run,
};
