/* What single rows of charges must keep to in FOCUS, checked in one pass over the rows of the
 * billing months; and allocated rows, gathered by the charge they come from. Called by
 * recon_identities.c.
 */
#ifndef GR_REPORT_RECON_ROWS_H
#define GR_REPORT_RECON_ROWS_H

#include "base/dict.h"
#include "report/recon.h"

enum row_rule {
    RULE_CHARGE_PERIOD,  /* ends after it starts */
    RULE_BILLING_PERIOD, /* the same */
    RULE_CATEGORY,       /* allowed values, this and the next four */
    RULE_CLASS,
    RULE_FREQUENCY,
    RULE_PRICING,
    RULE_STATUS,
    RULE_FEES,    /* EffectiveCost of a commitment purchase is 0 */
    RULE_CREDITS, /* EffectiveCost of a credit is its BilledCost */
    ROW_RULES
};

struct rule_count {
    uint64_t checked, failed;
    int64_t first_file; /* of the first row that failed */
    uint64_t first_line;
    struct str example;
};

enum { MANDATORY_COLUMNS = 16 };

/* One allocated charge's origin: the same resource, SKU, period, account and method. */
struct origin {
    struct str resource;
    struct decimal ratios;
    struct decimal billed, effective; /* of the allocated rows */
    struct decimal origin_billed, origin_effective;
    struct str currency;
    uint64_t parts, origin_rows;
    bool unread; /* a cell of AllocatedMethodDetails is no JSON of ratios */
    bool rated;  /* at least one ratio was given */
};

struct allocations {
    struct dict keys; /* code - 1 is the number in items */
    struct origin *items;
    size_t count, capacity;
    uint64_t rows; /* allocated ones */
};

struct row_checks {
    struct rule_count rules[ROW_RULES];
    uint64_t rows;
    uint64_t absent[MANDATORY_COLUMNS];
    uint64_t fees_kept; /* native fee rows that keep what was not used */
    struct allocations allocations;
};

const char *recon_mandatory_name(size_t at); /* at < MANDATORY_COLUMNS */

enum gr_status recon_rows_check(const struct report_context *context, struct date_range months,
                                struct row_checks *out, struct gr_err *err) GR_MUST_CHECK;
void recon_rows_deinit(struct row_checks *checks);

/* recon_allocations.c: an allocated row, or one that may be the origin of some. */
struct allocation_reader;
struct allocation_reader *allocation_reader_open(void);
void allocation_reader_close(struct allocation_reader *reader);
struct allocation_row {
    struct str parts[6]; /* resource, SKU, price, account, category, class */
    int64_t start, end;
    struct str method, details, currency;
    struct decimal billed, effective;
};
/* origins: only rows that belong to an origin that is known are taken. */
enum gr_status allocation_add(struct allocations *list, struct allocation_reader *reader,
                              struct arena *arena, const struct allocation_row *row, bool origins,
                              struct gr_err *err) GR_MUST_CHECK;

#endif
