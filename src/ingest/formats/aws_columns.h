/* What the columns of AWS bills are called and mean. Private to the AWS reader. */
#ifndef GR_INGEST_FORMATS_AWS_COLUMNS_H
#define GR_INGEST_FORMATS_AWS_COLUMNS_H

#include "ingest/bill_header.h"
#include "ingest/bill_tags.h"

/* A column's name as Athena and Data Exports spell it: lineItem/UnblendedCost becomes
 * line_item_unblended_cost. That is what the table of names below is in. */
struct str aws_column_name(struct arena *arena, struct str name);

extern const struct bill_name aws_names[];
extern const size_t aws_name_count;

/* Names in this file of the columns that --columns may not drop, up to NULL. */
const char *const *aws_needed_columns(const struct bill_header *header);

/* "legacy" (group/Name), "athena" (snake_case), "2.0" (snake_case with maps or account names). */
const char *aws_dialect(const struct bill_header *header);

/* Tells `tags` of the columns that are tags or cost categories. After bill_header_plan(). */
void aws_add_tags(const struct bill_header *header, struct batch *batch, struct bill_tags *tags);

/* 0: surely no AWS bill, else how sure: by the names of the first row. */
int aws_sniff_names(const struct str *cells, size_t count);

#endif
