/* Blocks: parts of a report that are computed rather than queried. blocks[] is the list.
 */
#ifndef GR_REPORT_BLOCKS_H
#define GR_REPORT_BLOCKS_H

#include "analysis/burn.h"
#include "report/cells.h"
#include "report/report.h"

/* Adds its items to the section. */
struct report_block {
    const char *name; /* [block NAME] */
    enum gr_status (*build)(const struct report_context *context, struct section_builder *section,
                            struct gr_err *err);
    bool as_charged; /* compares with what was delivered: never converted */
};

const struct report_block *report_block_named(struct str name); /* NULL when unknown */

enum gr_status block_key_figures(const struct report_context *context,
                                 struct section_builder *section, struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_budgets(const struct report_context *context, struct section_builder *section,
                             struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_allocation(const struct report_context *context,
                                struct section_builder *section, struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_gpu_idle(const struct report_context *context, struct section_builder *section,
                              struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_method(const struct report_context *context, struct section_builder *section,
                            struct gr_err *err) GR_MUST_CHECK;

/* The reconciliation: each covers the whole billing months that the period touches. */
enum gr_status block_recon_invoices(const struct report_context *context,
                                    struct section_builder *section,
                                    struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_categories(const struct report_context *context,
                                      struct section_builder *section,
                                      struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_bridge(const struct report_context *context,
                                  struct section_builder *section,
                                  struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_months(const struct report_context *context,
                                  struct section_builder *section,
                                  struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_restated(const struct report_context *context,
                                    struct section_builder *section,
                                    struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_complete(const struct report_context *context,
                                    struct section_builder *section,
                                    struct gr_err *err) GR_MUST_CHECK;
enum gr_status block_recon_identities(const struct report_context *context,
                                      struct section_builder *section,
                                      struct gr_err *err) GR_MUST_CHECK;

/* The table of budgets alone, for the budgets command. */
enum gr_status block_budget_table(const struct report_context *context,
                                  struct section_builder *section,
                                  struct gr_err *err) GR_MUST_CHECK;

/* Status of one budget as of the context's day (of a past period: its last day). */
enum gr_status report_budget_status(const struct report_context *context,
                                    const struct budget *budget, struct burn_status *out,
                                    struct gr_err *err) GR_MUST_CHECK;

/* Whether any row matches the budget in its whole history, the 400 days before the status's day. */
enum gr_status report_budget_has_data(const struct report_context *context,
                                      const struct budget *budget, bool *out,
                                      struct gr_err *err) GR_MUST_CHECK;

/* The currency that most charge rows of the period are in; without any that of its LLM usage, of
 * the period before, of all that was before its end; "" without any at all. */
enum gr_status report_main_currency(const struct report_context *context, struct str *out,
                                    struct gr_err *err) GR_MUST_CHECK;

/* Exact spend per day of `days` with the context's filter and `extra_filter` (a line, may be
 * absent), in one currency: one decimal a day (arena), and whether the day has rows at all.
 * BUDGET_OF_ALL counts once: computed usage of a (provider, day) that a bill covers is left out. */
struct daily_spend {
    struct date_range days;
    struct decimal *amounts;
    bool *present;
    struct decimal total;
};
enum gr_status report_daily_spend(const struct report_context *context, enum budget_dataset dataset,
                                  struct str cost, struct str extra_filter, struct str currency,
                                  struct date_range days, struct daily_spend *out,
                                  struct gr_err *err) GR_MUST_CHECK;

#endif
