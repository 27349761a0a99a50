/* --budgets and --fail-over of the ad-hoc report: exit 1 when spend is over a share of budget.
 */
#ifndef GR_CLI_BUDGET_GATE_H
#define GR_CLI_BUDGET_GATE_H

#include "cli/options.h"
#include "report/report.h"

/* GR_OK, or GR_BREACHED without a message when a budget that the options name is breached (over
 * --fail-over, default 100 %, of its amount as of context->as_of). Without --budgets and
 * --fail-over: GR_OK. Call budget_gate_check() before anything is written. */
enum gr_status budget_gate(const struct report_context *context, const struct options *options,
                           struct gr_err *err) GR_MUST_CHECK;

/* Usage errors of --budgets and --fail-over, told before anything is written. */
enum gr_status budget_gate_check(struct arena *arena, const struct options *options,
                                 struct gr_err *err) GR_MUST_CHECK;

/* Reads --budgets, else the budgets that the store keeps. Memory from the arena. */
enum gr_status budget_list_read(struct arena *arena, const struct options *options,
                                const struct budget **out, size_t *count,
                                struct gr_err *err) GR_MUST_CHECK;

#endif
