/* The proof of an allocation as tables and as JSON. Called by adhoc.c and block_allocation.c.
 */
#ifndef GR_REPORT_ALLOCATION_TABLES_H
#define GR_REPORT_ALLOCATION_TABLES_H

#include "report/allocation.h"
#include "report/cells.h"

/* Each rule and currency: the origin, its parts with their weights and shares (or what stays,
 * unallocated), the sum of the parts, the difference. GR_EDATA: a sum beyond 128 bits. */
enum gr_status allocation_proof_table(const struct report_context *context,
                                      const struct allocation_result *proof,
                                      struct report_table **out, struct gr_err *err) GR_MUST_CHECK;

/* What the rules say, a row each. */
struct report_table *allocation_rules_table(const struct report_context *context);

/* "Shared costs by rules.ini (sha256 ...)", and which rules this report does not show. */
struct str allocation_note(const struct report_context *context,
                           const struct allocation_result *proof);

/* A member of the ad-hoc JSON: "allocation":{...} */
struct str allocation_json(const struct report_context *context,
                           const struct allocation_result *proof);

#endif
