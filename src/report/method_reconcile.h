/* Parts of the reconciliation page: the ledger against the rollups, and usage against bills.
 *
 * Called by block_method.c. Each adds its tables and sentences to the section.
 */
#ifndef GR_REPORT_METHOD_RECONCILE_H
#define GR_REPORT_METHOD_RECONCILE_H

#include "report/cells.h"
#include "report/report.h"
#include "store/store.h"

/* Live deliveries whose days (by billing: whose billing month) touch the report's period, and for
 * bills the others of the same billing months: a month is reconciled as a whole. */
enum gr_status method_deliveries(const struct report_context *context,
                                 struct store_delivery_list *out, struct gr_err *err) GR_MUST_CHECK;

/* Deliveries with their row counts; billed sums of the ledger beside those of the rollups. */
enum gr_status method_add_reconciliation(const struct report_context *context,
                                         const struct store_delivery_list *deliveries,
                                         struct section_builder *section,
                                         struct gr_err *err) GR_MUST_CHECK;

/* LLM usage by provider: what bills cover already and what counts on its own. Nothing without
 * usage. */
enum gr_status method_add_usage(const struct report_context *context,
                                struct section_builder *section, struct gr_err *err) GR_MUST_CHECK;

#endif
