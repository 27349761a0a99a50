/* A command: one file in cli/commands/, one row in commands[].
 */
#ifndef GR_CLI_COMMAND_H
#define GR_CLI_COMMAND_H

#include "base/pool.h"
#include "cli/options.h"

struct command {
    const char *name;  /* NULL: the ad-hoc report */
    const char *usage; /* behind the name: "[OPTIONS] PATH..." */
    const char *what;  /* one line */
    const char *more;  /* paragraphs for `gpureport help NAME` and the man page; may be NULL */
    unsigned groups;   /* option_group bits */
    enum gr_status (*run)(const struct options *options, struct arena *arena, struct gr_err *err);
};

const struct command *const *commands(size_t *count);
const struct command *command_named(const char *name); /* NULL when unknown */

extern const struct command command_adhoc;
extern const struct command command_ingest;
extern const struct command command_report;
extern const struct command command_imports;
extern const struct command command_rejects;
extern const struct command command_prices;
extern const struct command command_budgets;
extern const struct command command_query;
extern const struct command command_check;
extern const struct command command_explain;
extern const struct command command_formats;
extern const struct command command_reports;
extern const struct command command_dimensions;
extern const struct command command_help;

#endif
