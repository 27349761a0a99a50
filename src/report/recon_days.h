/* Which days of its billing month each delivery of a bill has. Called by recon_reasons.c and
 * recon_complete.c.
 */
#ifndef GR_REPORT_RECON_DAYS_H
#define GR_REPORT_RECON_DAYS_H

#include "report/recon.h"

struct recon_delivery {
    struct store_delivery delivery;
    struct date_range month;
    bool present[31];
    int days;           /* of the month that have rows */
    int missing_inside; /* between the first and the last of them */
    int missing_before; /* up to the first */
    int missing_after;  /* behind the last, up to the month's end or, in an open month, to as_of */
};

struct recon_deliveries {
    struct recon_delivery *items; /* by source, period */
    size_t count;
};

/* The live deliveries of bills whose month is one of `months`. */
enum gr_status recon_deliveries_read(const struct report_context *context, struct date_range months,
                                     struct recon_deliveries *out,
                                     struct gr_err *err) GR_MUST_CHECK;
/* "3, 7 to 9 October"; "" when none is missing. */
struct str recon_missing_days(struct arena *arena, const struct recon_delivery *delivery,
                              struct day as_of);

#endif
