/* rollup() and its siblings as eponymous table-valued functions.
 *
 *   rollup(dimensions, first, end [, filter [, cost [, basis [, top]]]])    dataset cost
 *   ai_rollup(dimensions, first, end [, filter])                            dataset ai
 *   metric_rollup(dimensions, first, end [, filter])                        dataset metric
 *   instance_rollup(dimensions, first, end [, filter])                      dataset instance
 *
 * dimensions: "team,day"; first, end: YYYY-MM-DD, half-open; filter: lines as sql_filters_read()
 * takes them; cost: billed, effective, list or contracted; basis: "charge" or "billing" period;
 * top: only so many groups a currency, those with the largest `cost`, and the rest as one (0: all).
 * Columns: key1..key4, currency, row_count, is_other (1: the rest), rank, (cost: `cost`), then
 * every decimal column of the dataset in snake_case as exact decimal text, and for metric
 * `<column>_count`, the rows that had a value. rank: the place in the order of reports, from 1: of
 * costs by the first dimension that is a time, the rest behind the others, the largest cost first,
 * then by keys; of other datasets by keys. ORDER BY rank costs nothing. Only the measures that a
 * statement names are summed. Two calls in one statement: WITH x AS MATERIALIZED.
 */
#ifndef GR_SQL_ROLLUP_TABLE_H
#define GR_SQL_ROLLUP_TABLE_H

#include <sqlite3.h>

#include "kernels/kernels.h"
#include "model/conversion.h"
#include "sql/sql.h"

struct rollup_tables;

/* Registers the tables on the store's connection; everything is borrowed and must outlive it. */
enum gr_status rollup_tables_open(struct store *store, const struct sql_options *options,
                                  const struct kernels *kernels, struct rollup_tables **out,
                                  struct gr_err *err) GR_MUST_CHECK;
/* The status behind `text` when it is the message of the last failed call, else GR_OK. */
enum gr_status rollup_tables_error(const struct rollup_tables *tables, const char *text);
/* From now on amounts of costs and usage are in the conversion's target; NULL: as they were
 * charged.
 */
void rollup_tables_convert(struct rollup_tables *tables, const struct conversion *conversion);
void rollup_tables_close(struct rollup_tables *tables); /* after the last statement is closed */

#endif
