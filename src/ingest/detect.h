/* Which format a file is, and reading an open source. Private to ingest and its tests. */
#ifndef GR_INGEST_DETECT_H
#define GR_INGEST_DETECT_H

#include "ingest/ingest.h"

/* The format with the highest confidence. GR_EDATA: a tie (names both), or not a file of ours (says
 * what was looked for and shows how the file begins); *out is NULL then. */
enum gr_status detect_format(const struct ingest_head *head, const struct bill_format **out,
                             struct gr_err *err) GR_MUST_CHECK;

/* True when some built-in format would take the file (then a tie is why none was found). */
bool detect_known(const struct ingest_head *head);

/* True for readable text that no format knows and that lies beside bills: a price list or budgets
 * of our own, or a file whose name does not end like data (.csv .tsv .ndjson .jsonl .gz). */
bool detect_companion(const struct ingest_head *head);

/* ingest_read() over any source (memory, in tests); errors do not name the file.
 */
enum gr_status ingest_source_read(struct ingest_source *source,
                                  const struct ingest_options *options, struct batch_texts *texts,
                                  const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                  struct gr_err *err) GR_MUST_CHECK;

#endif
