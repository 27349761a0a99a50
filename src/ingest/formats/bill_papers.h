/* What comes along with bills, as CSV with a header by names: invoices, billing periods,
 * commitments.
 *
 * A format says by a bill_paper which dataset its rows are and what each needs; reading is the same
 * for all: known columns by their kinds, unknown ones kept as text. Private to ingest/formats.
 */
#ifndef GR_INGEST_FORMATS_BILL_PAPERS_H
#define GR_INGEST_FORMATS_BILL_PAPERS_H

#include "ingest/bill_header.h"

/* Another name of a column. */
struct paper_alias {
    const char *name, *column;
};

struct bill_paper {
    const char *what; /* for messages */
    enum dataset dataset;
    const char *const *required;       /* names in the file, NULL behind the last */
    const char *const *characteristic; /* one of these must be there too; NULL: nothing more */
    const char *const *foreign;        /* none of these may be there */
    const struct paper_alias *aliases; /* name NULL behind the last; NULL: none */
    const char *version_mark;          /* column that FOCUS 1.4 brought; NULL: no versions */
    const char *version, *version_marked;
    const char *(*complete)(void *context, struct batch *batch,
                            struct str *column); /* as in bill_rows */
};

/* 95 when the header has what the paper needs, else 0. */
int bill_paper_sniff(const struct bill_paper *paper, const struct ingest_head *head);
enum gr_status bill_paper_read(const struct bill_paper *paper, struct ingest_source *source,
                               const struct ingest_options *options, struct batch_texts *texts,
                               const struct ingest_sink *sink, struct ingest_file_facts *facts,
                               struct gr_err *err) GR_MUST_CHECK;

#endif
