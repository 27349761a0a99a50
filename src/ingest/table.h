/* Small CSV files of our own (prices, budgets, lookup, invoices): read whole, by header name.
 *
 * The strict libcsv engine reads them; a row that breaks CSV or has another number of cells than
 * the header is an error, because these files are written by hand. Called by load/ and report/.
 */
#ifndef GR_INGEST_TABLE_H
#define GR_INGEST_TABLE_H

#include "base/arena.h"

enum { INGEST_TABLE_BYTES_MAX = 64 << 20 };

/* Memory is the arena's. Rows are without the header. */
struct ingest_table {
    struct str *header;
    size_t column_count;
    struct str *cells; /* row_count x column_count */
    uint64_t *lines;   /* physical line of each row, from 1 */
    size_t row_count;
};

/* GR_EDATA names path and line; GR_ESTORE when the file can't be read. An empty file is GR_EDATA.
 */
enum gr_status ingest_table_read(struct arena *arena, const char *path, struct ingest_table *out,
                                 struct gr_err *err) GR_MUST_CHECK;

/* Column of that header (ASCII case does not matter, blanks around it neither); -1: there is none.
 */
int ingest_table_column(const struct ingest_table *table, const char *name);
struct str ingest_table_cell(const struct ingest_table *table, size_t row, int column);
uint64_t ingest_table_line(const struct ingest_table *table, size_t row);

#endif
