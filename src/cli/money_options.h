/* Options that change what amounts mean: a rate table, names, allocation rules. Called when a
 * report's context is made.
 */
#ifndef GR_CLI_MONEY_OPTIONS_H
#define GR_CLI_MONEY_OPTIONS_H

#include "cli/options.h"
#include "report/report.h"

/* Reads the files that the options name into the context (memory: its arena) and tells the SQL
 * floor. GR_EUSAGE: an option without the one it goes with. */
enum gr_status money_options_read(const struct options *options, struct report_context *context,
                                  struct gr_err *err) GR_MUST_CHECK;

#endif
