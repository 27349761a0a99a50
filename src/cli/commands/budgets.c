/* `gpureport budgets --budgets FILE`: status of every budget; exit 1 when one is breached. */
#include "cli/budget_gate.h"
#include "cli/command.h"
#include "cli/session.h"
#include "report/blocks.h"

static enum gr_status budgets_report(const struct options *options, struct arena *arena,
                                     const struct session *session, const struct renderer *renderer,
                                     struct gr_err *err)
{
    struct report_context context;
    struct report_doc doc = {.id = STR("budgets"), .title = STR("Budgets")};
    GR_TRY(session_report_context(arena, options, session, &context, err));
    GR_TRY(budget_list_read(arena, options, &context.budgets, &context.budget_count, err));
    context.filter = context.excluded; /* a budget has its own filter */
    doc.subtitle = report_filter_text(&context);
    struct section_builder section = section_begin(arena, "budgets", STR(""));
    GR_TRY(block_budget_table(&context, &section, err));
    doc.sections = &section.section;
    doc.section_count = 1;
    report_add_inputs(&context, &doc);
    GR_TRY(session_stamp(arena, session, &doc, err));
    GR_TRY(output_write(options, &doc, renderer, err));
    return budget_gate(&context, options, err);
}

static enum gr_status budgets_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    if (!options->budgets)
        return gr_fail(err, GR_EUSAGE, "budgets: wanted --budgets FILE (INI or CSV)");
    const struct renderer *renderer;
    struct session session;
    GR_TRY(output_renderer(options, &renderer, err));
    GR_TRY(budget_gate_check(arena, options, err));
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = budgets_report(options, arena, &session, renderer, err);
    session_close(&session);
    return status;
}

const struct command command_budgets = {
    .name = "budgets",
    .usage = "--budgets FILE [OPTIONS]",
    .what = "burn rate, projection and run-out day of every budget",
    .more = "Exit 1 when a budget is breached as of --as-of (of a past period: as of its last "
            "day), or\n"
            "over --fail-over N%. Each budget has its own filter and cost.",
    .groups = OPTIONS_COMMON | OPTIONS_PERIOD | OPTIONS_EXCLUDE | OPTIONS_TAGS | OPTIONS_OUTPUT |
              OPTIONS_BUDGET | OPTIONS_MONEY | OPTIONS_HOME,
    .run = budgets_run,
};
