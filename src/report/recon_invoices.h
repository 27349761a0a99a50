/* Invoices against charges: which charges an invoice is for, whether they are equal, and why not.
 *
 * recon_papers.c reads the invoices, recon_match.c pairs them with charges, recon_reasons.c looks
 * for what would explain a difference, recon_invoices.c makes the tables.
 */
#ifndef GR_REPORT_RECON_INVOICES_H
#define GR_REPORT_RECON_INVOICES_H

#include "report/recon.h"

/* One invoice, all its lines added up. */
struct invoice_paper {
    struct str issuer, slug; /* as written; as sources are named */
    struct str account;      /* absent: of the whole provider */
    struct str id;           /* absent: of the whole month */
    struct str currency;
    struct day month;
    struct decimal amount;
    uint64_t lines;
    uint8_t scale;  /* the most decimals of a line */
    bool voided;    /* every line is: it is not to be paid */
    bool from_file; /* else of the store */
};

struct invoice_papers {
    struct arena *arena;
    struct invoice_paper *items; /* by issuer, account, id, month, currency */
    size_t count, capacity;
};

/* The invoices of `months`: those of the store, and of context->invoices, which take the place of
 * those with the same issuer, account, invoice id and month. */
enum gr_status invoice_papers_read(const struct report_context *context, struct date_range months,
                                   struct invoice_papers *out, struct gr_err *err) GR_MUST_CHECK;

enum invoice_status {
    INVOICE_EQUAL, /* at the decimals of the invoice */
    INVOICE_DIFFERS,
    INVOICE_WITHOUT, /* charges and no invoice */
    INVOICE_NO_CHARGES,
    INVOICE_VOIDED
};
const char *invoice_status_name(enum invoice_status status);

/* One line of the comparison: an invoice, or the charges that none is for. */
struct invoice_line {
    struct str provider, account, invoice; /* as shown; invoice: ids that belong together */
    struct str currency;
    struct day month; /* of the first charge or of the invoice */
    bool has_invoice, voided;
    int64_t rows;              /* charges */
    struct decimal billed;     /* charges */
    struct decimal amount;     /* invoice */
    struct decimal difference; /* billed - amount */
    uint8_t scale;             /* decimals of the invoice */
    enum invoice_status status;
};

/* Charges of one (provider, account, invoice, issuer, month, currency). */
struct invoice_charges {
    struct str provider, account, invoice, issuer; /* absent where there is none */
    struct str provider_slug, issuer_slug;         /* as sources are named */
    struct str currency;
    struct day month;
    int64_t rows;
    struct decimal billed;
    size_t line; /* that it went to */
};

struct invoice_match {
    struct arena *arena;
    struct date_range months;
    struct invoice_papers papers;
    struct invoice_charges *charges; /* by invoice, currency, ... */
    size_t charge_count, charge_capacity;
    struct invoice_line *lines;
    size_t line_count, line_capacity;
};

enum gr_status invoice_match_read(const struct report_context *context, struct date_range months,
                                  struct invoice_match *out, struct gr_err *err) GR_MUST_CHECK;
/* The line that charges of these keys went to; line_count when there is none. */
size_t invoice_line_of(const struct invoice_match *match, struct str provider, struct str account,
                       struct str invoice, struct str currency, struct day month);

/* What would explain a difference. */
struct invoice_reason {
    size_t line;
    bool exact; /* to the invoice's last digit; else a fact that may have to do with it */
    struct str text;
    bool has_amount;
    struct decimal amount;
};

struct invoice_reasons {
    struct invoice_reason *items; /* by line, the exact ones first */
    size_t count;
};

enum gr_status invoice_reasons_find(const struct report_context *context,
                                    const struct invoice_match *match, struct invoice_reasons *out,
                                    struct gr_err *err) GR_MUST_CHECK;

#endif
