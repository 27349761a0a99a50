/* From the header of a bill's CSV to the plan by which bill_rows.c reads its rows.
 *
 * Every dialect is a table of names: what a source column is called and which column of the batch
 * it becomes. The first name of a target that the file has wins; every other column is kept as text
 * under its own name, and what looks like a secret is dropped. Called by the CSV formats of bills
 * between bill_csv_open() and bill_rows_read(). Must not know the formats.
 */
#ifndef GR_INGEST_BILL_HEADER_H
#define GR_INGEST_BILL_HEADER_H

#include "ingest/bill_rows.h"

enum { BILL_COLUMNS_MAX = 1024 };

/* One name of a target, in order of preference. Names are compared without case. */
struct bill_name {
    const char *source;
    int column; /* COST_... */
};

struct bill_header {
    struct bill_rows *rows;
    struct arena *arena; /* of names and plan; lives as long as the rows are read */
    const char *what;    /* for messages: "FOCUS" */
    bool keep_compared;  /* unknown columns are kept under their compared names */
    bool exact_names;    /* names that differ in case only are two columns (tags of AWS) */
    bool makes_tags; /* COST_Tags is put together from columns (bill_tags.h), it is none itself */
    /* How the file's names are compared with those of the table: NULL: as they are. Takes the
     * trimmed name, returns a view into it or memory of the arena. */
    struct str (*compared)(struct arena *arena, struct str name);

    struct str *names; /* bill_header.c's: what is compared, one a column */
};

/* Reads the first row: rows->columns get their names, nothing else. GR_EDATA: no header, too many
 * columns, one name twice. */
enum gr_status bill_header_read(struct bill_header *header, struct gr_err *err) GR_MUST_CHECK;

/* Number of the file's column of that (compared) name, -1 when there is none. */
int bill_header_find(const struct bill_header *header, const char *name);

/* GR_EDATA naming the first of `required` (up to NULL) that the file lacks. */
enum gr_status bill_header_require(const struct bill_header *header, const char *const *required,
                                   struct gr_err *err) GR_MUST_CHECK;

/* Gives every column its place in the batch of `rows->dataset` by the table. GR_EDATA: too many
 * unknown columns. */
enum gr_status bill_header_plan(struct bill_header *header, const struct bill_name *names,
                                size_t name_count, struct gr_err *err) GR_MUST_CHECK;

/* Number in the batch of what the file's column of that name became, -1 when it is not there or not
 * kept. */
int bill_header_column(const struct bill_header *header, const char *name);

/* The cell that others follow (bill_rows.resource, .sku): the first of `names` (up to NULL) that is
 * there and kept, else -1. */
int bill_header_key(const struct bill_header *header, const char *const *names);

/* A line of a format's table of names, for bill_format.describe. */
void bill_name_describe(struct strbuf *out, const char *source, const char *column);
/* All lines of such a table of a dataset's columns. */
void bill_names_describe(struct strbuf *out, enum dataset dataset, const struct bill_name *names,
                         size_t name_count);

#endif
