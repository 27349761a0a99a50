/* Billing accounts that come from several sources: a bill that may be counted twice. Called by
 * recon_invoices.c and recon_complete.c.
 */
#ifndef GR_REPORT_RECON_SHARED_H
#define GR_REPORT_RECON_SHARED_H

#include "report/recon.h"

/* One provider, account and billing month. */
struct recon_shared {
    struct str source; /* the first of them */
    struct str month;  /* YYYY-MM */
    struct str whose;  /* "account 8611537 of Microsoft" */
    struct str sums;   /* "azure/8611537 8.55 EUR, azure-amortized 5.30 EUR" */
};

struct recon_shared_list {
    struct recon_shared *items; /* by month, provider, account */
    size_t count;
};

/* Of all charges billed in `months`, whatever the filters are. */
enum gr_status recon_shared_read(const struct report_context *context, struct date_range months,
                                 struct recon_shared_list *out, struct gr_err *err) GR_MUST_CHECK;

#endif
