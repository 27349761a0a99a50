/* What `ingest` says when it is done: a line a delivery, or the contract's JSON.
 */
#ifndef GR_CLI_INGEST_OUTPUT_H
#define GR_CLI_INGEST_OUTPUT_H

#include "cli/options.h"
#include "load/load.h"

/* The contract's JSON on standard output. GR_ESTORE when it is over 64 MB. */
enum gr_status ingest_print_json(struct arena *arena, const struct load_outcome *outcome,
                                 struct gr_err *err) GR_MUST_CHECK;
/* A line a delivery on standard output, nothing under --quiet; refused ones are messages. */
void ingest_print_lines(struct arena *arena, const struct options *options,
                        const struct load_outcome *outcome);
/* Under --verbose: the counts of each file on standard error. */
void ingest_say_files(const struct options *options, const struct load_outcome *outcome);
/* Why deliveries were refused, as messages on standard error. */
void ingest_say_refusals(const struct load_outcome *outcome);
/* The first rejects as messages on standard error. */
void ingest_say_rejects(const struct options *options, const struct load_outcome *outcome);

#endif
