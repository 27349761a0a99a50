/* Names and parents of dimension values from a lookup file: `dimension,value,name,parent` as CSV.
 *
 * A value is found as it is, else without the blanks around it. People read "Name (value)"; csv
 * and json have the name in a column of its own. Called by the command line and the reports.
 */
#ifndef GR_REPORT_NAMES_H
#define GR_REPORT_NAMES_H

#include "report/cells.h"

struct name_entry {
    struct str dimension, value; /* "account", "123456789012" */
    struct str name, parent;     /* either may be empty */
    uint64_t line;               /* of the file */
};

struct names {
    const char *file; /* as it was named */
    struct str sha256;
    struct name_entry *entries; /* by dimension, then value; one each */
    size_t count;
};

/* GR_EDATA with file and line: an unknown dimension, a value without name and parent, a value with
 * two names or two parents. Memory: arena. */
enum gr_status names_read(struct arena *arena, const char *path, struct names *out,
                          struct gr_err *err) GR_MUST_CHECK;

/* The same from a text. */
enum gr_status names_read_text(struct arena *arena, const char *name, struct str text,
                               struct names *out, struct gr_err *err) GR_MUST_CHECK;

/* NULL when the file has none; names may be NULL. */
const struct name_entry *names_find(const struct names *names, struct str dimension,
                                    struct str value);

/* Whether the file says anything of a dimension. */
bool names_know(const struct names *names, struct str dimension);

/* "Name (value)", or the value. */
struct str names_shown(struct arena *arena, const struct names *names, struct str dimension,
                       struct str value);

/* The parent of a value, "(none)" without one. */
struct str names_parent(const struct names *names, struct str dimension, struct str value);

/* Puts names into the table's cells and a name column behind each column whose dimension the file
 * knows. `dimensions`: one a column, absent where a column is none. names may be NULL. */
void names_apply(struct arena *arena, const struct names *names, struct report_table *table,
                 const struct str *dimensions);

#endif
