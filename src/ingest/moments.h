/* Moments as bills and captures spell them, beyond what base/day.h reads. Private to ingest. */
#ifndef GR_INGEST_MOMENTS_H
#define GR_INGEST_MOMENTS_H

#include "base/day.h"

/* moment_read(), or a US date M/D/YY or M/D/YYYY, with or without HH:MM[:SS]; blanks around
 * allowed. Hours of 24 to 47 are those of the next day: ISO 8601 ends a day at 24:00, and an
 * example of the FOCUS specification counts on from there. */
bool moment_read_bill(struct str text, int64_t *moment_ms);

/* The same for a file whose slashed dates are known to be D/M/Y. */
bool moment_read_bill_day_first(struct str text, int64_t *moment_ms);

/* The first two numbers of a slashed date, whatever they mean. False: it is none. */
bool moment_slashed_numbers(struct str text, int *first, int *second);

/* moment_read() of ISO text, or unix time in whole seconds (9 to 11 digits) or milliseconds (12 to
 * 14). */
bool moment_read_json(struct str text, int64_t *moment_ms);

/* The date that was read last; many rows in a row share it. Starts as zeros. */
struct moment_recent {
    char date[10];
    bool known;
    int64_t date_ms;
};

/* moment_read_json(), faster for YYYY-MM-DDTHH:MM:SS[.mmm]Z on the date of the call before. */
bool moment_read_json_recent(struct moment_recent *recent, struct str text, int64_t *moment_ms);

/* A month as bills name it: YYYY-MM or YYYYMM, blanks around allowed. *first: its first day. */
bool month_read_bill(struct str text, struct day *first);

/* YYYY/MM/DD HH:MM:SS[.mmm] as nvidia-smi prints it, taken as it stands (no zone). */
bool moment_read_slashed(struct str text, int64_t *moment_ms);

#endif
