/* See budget_gate.h. Called by the ad-hoc, report and budgets commands. */
#include "cli/budget_gate.h"

#include "cli/session.h"
#include "report/blocks.h"
#include "report/budget_file.h"

enum gr_status budget_list_read(struct arena *arena, const struct options *options,
                                const struct budget **out, size_t *count, struct gr_err *err)
{
    *out = NULL;
    *count = 0;
    if (!options->budgets)
        return GR_OK;
    struct budget *budgets;
    GR_TRY(budget_file_read(arena, options->budgets, &budgets, count, err));
    *out = budgets;
    return GR_OK;
}

/* "100%" or "80" -> 100, 80 */
static enum gr_status read_limit(const struct options *options, struct decimal *out,
                                 struct gr_err *err)
{
    *out = decimal_from_int(100);
    if (!options->fail_over)
        return GR_OK;
    struct str text = str_trim(str_from(options->fail_over));
    if (str_ends(text, STR("%")))
        text.len--;
    if (decimal_read(text, out) != DECIMAL_READ_OK || out->units < 0)
        return gr_fail(err, GR_EUSAGE, "--fail-over: \"%s\" is not a share N%%",
                       options->fail_over);
    return GR_OK;
}

enum gr_status budget_gate_check(struct arena *arena, const struct options *options,
                                 struct gr_err *err)
{
    const struct budget *budgets;
    size_t count;
    struct decimal percent;
    if (options->fail_over && !options->budgets)
        return gr_fail(err, GR_EUSAGE, "--fail-over wants budgets: name a file with --budgets");
    GR_TRY(read_limit(options, &percent, err));
    return budget_list_read(arena, options, &budgets, &count, err);
}

enum gr_status budget_gate(const struct report_context *context, const struct options *options,
                           struct gr_err *err)
{
    if (!options->budgets)
        return GR_OK;
    const struct budget *budgets;
    size_t count, breached = 0;
    struct decimal percent;
    struct str limit_text = str_from(options->fail_over); /* "over" alone means over the amount */
    GR_TRY(read_limit(options, &percent, err));
    GR_TRY(budget_list_read(context->arena, options, &budgets, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct burn_status status;
        struct decimal limit, spent;
        bool has_data;
        GR_TRY(report_budget_status(context, &budgets[i], &status, err));
        GR_TRY(report_budget_has_data(context, &budgets[i], &has_data, err));
        if (!has_data && status.state != BURN_NOT_STARTED)
            say(options,
                "budget %.*s: no row of its data set, currency %.*s and filter \"%.*s\" at all",
                STR_ARG(budgets[i].name), STR_ARG(budgets[i].currency), STR_ARG(budgets[i].filter));
        GR_TRY(decimal_mul(budgets[i].amount, percent, &limit, err));
        GR_TRY(decimal_mul(status.spent, decimal_from_int(100), &spent, err));
        if (decimal_compare(spent, limit) <= 0)
            continue;
        breached++;
        say(options, "budget %.*s is over%s%.*s: %.*s of %.*s", STR_ARG(budgets[i].name),
            limit_text.len ? " " : "", STR_ARG(limit_text),
            STR_ARG(money_text(context->arena, status.spent, budgets[i].currency)),
            STR_ARG(money_text(context->arena, budgets[i].amount, budgets[i].currency)));
    }
    return breached ? GR_BREACHED : GR_OK;
}
