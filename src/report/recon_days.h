/* Which days of its billing month each delivery of a bill has, and which accounts. Called by
 * recon_reasons.c and recon_complete.c.
 */
#ifndef GR_REPORT_RECON_DAYS_H
#define GR_REPORT_RECON_DAYS_H

#include "report/recon.h"

/* A source and month. Of a feed, which brings a month in stretches, it is all of them together. */
struct recon_delivery {
    struct store_delivery delivery; /* the last one; rows, stored, rejected and moments of all */
    size_t stretches;
    struct date_range month;
    bool present[31];
    int days;           /* of the month that have rows */
    int missing_inside; /* between the first and the last of them */
    int missing_before; /* up to the first */
    int missing_after;  /* behind the last, up to the month's end or, in an open month, to as_of */
    struct str state;   /* "closed", "closed, invoiced", "open" or "provisional" */
    bool closed;        /* nothing more will come: all its days are due, whatever as_of is */
};

struct recon_deliveries {
    struct recon_delivery *items; /* by source, period */
    size_t count;
};

/* The live deliveries of bills whose month is one of `months`. */
enum gr_status recon_deliveries_read(const struct report_context *context, struct date_range months,
                                     struct recon_deliveries *out,
                                     struct gr_err *err) GR_MUST_CHECK;
/* The cells of one delivery among cells whose first dimension is `delivery`. */
struct recon_cells recon_cells_of(const struct recon_cells *cells, int64_t delivery);
/* The delivery of the same source and the month before; NULL when there is none. `item` is one of
 * the list. */
const struct recon_delivery *recon_delivery_before(const struct recon_deliveries *list,
                                                   const struct recon_delivery *item);
/* "3, 7 to 9": days of the month; "" when none is missing. */
struct str recon_missing_days(struct arena *arena, const struct recon_delivery *delivery,
                              struct day as_of);

/* ---- recon_state.c ---- */

/* Fills state and closed of the deliveries, which are of `months`: what the BillingPeriod dataset
 * says, else whether every row has an invoice. */
enum gr_status recon_states_read(const struct report_context *context,
                                 struct recon_deliveries *list, struct date_range months,
                                 struct gr_err *err) GR_MUST_CHECK;

/* ---- recon_accounts.c ---- */

/* Accounts below the billing account that a delivery has rows of, against the month before. */
struct recon_accounts {
    size_t count, count_before;
    size_t fresh_count, missing_count;
    struct str fresh, missing; /* "a, b and 3 more" */
};

/* One for each delivery of the list. */
enum gr_status recon_accounts_read(const struct report_context *context,
                                   const struct recon_deliveries *list, struct date_range months,
                                   struct recon_accounts **out, struct gr_err *err) GR_MUST_CHECK;

#endif
