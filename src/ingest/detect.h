/* Which format a file is. Private to ingest; called by ingest.c. */
#ifndef GR_INGEST_DETECT_H
#define GR_INGEST_DETECT_H

#include "ingest/ingest.h"

/* The format with the highest confidence. GR_EDATA: a tie (names both), or not a file of ours (says
 * what was looked for and shows how the file begins); *out is NULL then. */
enum gr_status detect_format(const struct ingest_head *head, const struct bill_format **out,
                             struct gr_err *err) GR_MUST_CHECK;

#endif
