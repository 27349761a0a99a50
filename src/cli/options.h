/* The option table: parsing, --help, the man page and shell completion all come from the same rows.
 *
 * Options become plain data here; commands turn them into requests and plans.
 */
#ifndef GR_CLI_OPTIONS_H
#define GR_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"
#include "model/rollup.h"

/* Groups of options; a command names the groups that it takes. */
enum option_group {
    OPTIONS_COMMON = 1 << 0, /* --store, --quiet, --verbose, --help, --version, --jobs, --simd */
    OPTIONS_PERIOD = 1 << 1, /* period, --as-of, --tz */
    OPTIONS_SHAPE = 1 << 2,  /* --dataset, --by, --top, --compare, --time-series */
    OPTIONS_OUTPUT = 1 << 3, /* --format, -o, --exact, --color */
    OPTIONS_INGEST = 1 << 4,
    OPTIONS_BUDGET = 1 << 5,    /* --budgets, --fail-over */
    OPTIONS_QUERY = 1 << 6,     /* --param */
    OPTIONS_LEDGER = 1 << 7,    /* --period; --source too */
    OPTIONS_HOME = 1 << 8,      /* --home, --gnuplot */
    OPTIONS_FILTER = 1 << 9,    /* --where, its short forms, --cost */
    OPTIONS_REJECTS = 1 << 10,  /* --file */
    OPTIONS_PRICES = 1 << 11,   /* --valid-from */
    OPTIONS_EXCLUDE = 1 << 12,  /* --exclude */
    OPTIONS_MONEY = 1 << 13,    /* --fx, --to-currency */
    OPTIONS_TAGS = 1 << 14,     /* --tag-rules */
    OPTIONS_EXPLAIN = 1 << 15,  /* --rows, --snapshot */
    OPTIONS_INVOICES = 1 << 16, /* --invoices */
    OPTIONS_GROUPS = 1 << 17,   /* --lookup, --allocation */
    OPTIONS_VARIANTS = 1 << 18, /* --variants; --by-tag and --dataset too */
    OPTIONS_FORMATS = 1 << 19,  /* --describe */
};

enum {
    OPTIONS_SELECT = OPTIONS_PERIOD | OPTIONS_FILTER | OPTIONS_EXCLUDE | OPTIONS_TAGS,
    OPTIONS_LIST_MAX = 32
};

/* A repeated option's values in the order given. */
struct option_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t count;
};

/* What the command line said; NULL, 0 or false where it was silent. */
struct options {
    const char *store;
    const char *jobs, *simd, *color, *home, *gnuplot;
    bool quiet, verbose, help, version;

    struct option_list by, by_tag, by_dimension, where, exclude;
    const char *dataset, *cost, *days, *from, *to, *month, *quarter, *year, *as_of, *billing_month;
    bool last_month, month_to_date, rows, variants, dry_run;
    const char *compare, *top, *time_series, *zone, *tag_rules, *snapshot;

    const char *format, *output;
    bool exact, csv_bom, csv_crlf, csv_raw;

    bool json, strict, allow_shrink;
    const char *source, *max_rejects, *reader, *columns, *inflate, *period, *file, *valid_from;
    const char *instance, *mapping, *rate_card, *describe;

    const char *budgets, *fail_over, *invoices;
    const char *fx, *to_currency, *lookup, *allocation;
    struct option_list params;

    const char *const *arguments; /* what is no option, in order */
    size_t argument_count;
    char *const *words; /* of the command line as it came, NULL behind the last */
};

/* One row of the table. Exactly one target is set. */
struct option_def {
    const char *name;    /* without the dashes */
    char letter;         /* short form or 0 */
    const char *metavar; /* NULL: a switch */
    const char *what;
    enum option_group group;
    size_t offset;           /* of the member in struct options */
    bool repeatable;         /* member is an option_list */
    const char *filter_name; /* short form of --where 'NAME=VALUE' */
};
const struct option_def *option_defs(size_t *count);

/* Reads argv[1..] (after the command's name). `groups`: what the command takes; another command's
 * option is a usage error that says which commands take it. Memory from arena; argv must outlive
 * it. */
enum gr_status options_read(struct arena *arena, int argc, char *const *argv, unsigned groups,
                            struct options *out, struct gr_err *err) GR_MUST_CHECK;

/* True when `text` looks like an option and none has that name. */
bool option_is_unknown(const char *text);

/* True when `text` is an option whose value is the next word. */
bool option_takes_next(const char *text);

/* The period the options name, given "today". Default: the last 30 days up to as_of. */
struct period {
    struct date_range days;
    bool by_billing;
    struct str name;   /* "October 2026", "2026-10-01 to 2026-10-31" */
    struct str filter; /* --billing-month beside a charge period: a filter line, else empty */
};
enum gr_status options_period(struct arena *arena, const struct options *options, struct day as_of,
                              struct period *out, struct gr_err *err) GR_MUST_CHECK;

/* --by, --by-tag and --by-dimension in one list of dimension names. */
enum gr_status options_dimensions(struct arena *arena, const struct options *options,
                                  struct str names[ROLLUP_DIMENSIONS_MAX], size_t *count,
                                  struct gr_err *err) GR_MUST_CHECK;

/* All --where as lines for sql_filters_read(). */
struct str options_filters(struct arena *arena, const struct options *options);

/* --exclude as such lines; rows without the column stay. GR_EUSAGE: a word that names nothing. */
enum gr_status options_exclusions(struct arena *arena, const struct options *options,
                                  struct str *out, struct gr_err *err) GR_MUST_CHECK;

/* A whole number >= minimum of what a message calls `what`. */
enum gr_status argument_number(const char *what, const char *text, long minimum, long *out,
                               struct gr_err *err) GR_MUST_CHECK;
/* The same from the text of an option, by its name without dashes. */
enum gr_status option_number(const char *option, const char *text, long minimum, long *out,
                             struct gr_err *err) GR_MUST_CHECK;

#endif
