/* Rules that share costs among groups, read from an INI file. One section a rule, in order:
 *
 *   [allocate shared-platform]
 *   from = tag:team=platform           lines as --where takes them; from.1, from.2, ...: all hold
 *   to = tag:team                      the dimension whose groups receive
 *   method = even | fixed | proportional | measure
 *   targets = ml, web                  groups that receive; default: all with costs of their own
 *   shares = ml:60, web:40             fixed: parts of their sum
 *   weight = effective                 proportional: a cost, default that of the report;
 *                                      measure: consumed_quantity, pricing_quantity, ai:tokens,
 *                                      ai:requests, ai:cost, metric:gpu_hours
 *
 * targets and shares may come again, for long lists; "\," is a comma in a name. Called by the
 * command line; allocation.h has what the rules do.
 */
#ifndef GR_REPORT_ALLOCATION_FILE_H
#define GR_REPORT_ALLOCATION_FILE_H

#include "base/arena.h"
#include "base/decimal.h"

enum { ALLOCATION_RULES_MAX = 1000, ALLOCATION_TARGETS_MAX = 10000 };

enum allocation_method {
    ALLOCATE_EVEN,
    ALLOCATE_FIXED,
    ALLOCATE_PROPORTIONAL,
    ALLOCATE_MEASURE,
    ALLOCATE_METHODS
};

struct allocation_target {
    struct str group;
    struct decimal share; /* FIXED */
};

struct allocation_rule {
    struct str name;
    struct str from; /* lines for sql_filters_read() */
    struct str to;   /* a dimension of costs, no time */
    enum allocation_method method;
    struct allocation_target *targets; /* by name; empty: the default */
    size_t target_count, target_capacity;
    struct str weight; /* absent: the report's cost (PROPORTIONAL), or none */
    long line;         /* of its section */
};

struct allocation {
    const char *file; /* as it was named */
    struct str sha256;
    struct allocation_rule *rules; /* in order */
    size_t count;
};

const char *allocation_method_name(enum allocation_method method);

/* GR_EUSAGE with file and line: an unknown section or key, a rule without from, to or method, a
 * dimension or filter that is none, shares that add up to 0, a key that the method has no use for.
 * Memory: arena. */
enum gr_status allocation_read(struct arena *arena, const char *path, struct allocation *out,
                               struct gr_err *err) GR_MUST_CHECK;

/* The same from a text. */
enum gr_status allocation_read_text(struct arena *arena, const char *name, struct str text,
                                    struct allocation *out, struct gr_err *err) GR_MUST_CHECK;

#endif
