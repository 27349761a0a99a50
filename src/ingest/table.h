/* Small CSV files of our own (prices, budgets, lookup, invoices): read whole, by header name.
 *
 * The strict libcsv engine reads them; a row that breaks CSV or has another number of cells than
 * the header refuses the file, because these files are written by hand and a price list with a hole
 * is worse than none. Called by load/ and report/. Must not know what a column means.
 */
#ifndef GR_INGEST_TABLE_H
#define GR_INGEST_TABLE_H

#include "base/arena.h"

enum { INGEST_TABLE_BYTES_MAX = 64 << 20, INGEST_TABLE_ROWS_MAX = 1000000 };

/* Memory is the arena's. Rows are without the header. */
struct ingest_table {
    const char *name; /* the path, for messages */
    struct str *header;
    size_t column_count;
    struct str *cells; /* row_count x column_count, trimmed */
    uint64_t *lines;   /* physical line of each row, from 1 */
    size_t row_count;
};

/* A column that the caller asks for. */
struct ingest_table_want {
    const char *name;
    bool required;
    int column; /* out: its number, -1 when it is not there */
};

/* Reads a file ("-": standard input, gz allowed). GR_ESTORE: can't be read; GR_EDATA: no header,
 * two columns of one name, a faulty row, too large. Messages name path and line. */
enum gr_status ingest_table_read(struct arena *arena, const char *path, struct ingest_table *out,
                                 struct gr_err *err) GR_MUST_CHECK;
/* The same over bytes in memory; `name` is for messages. */
enum gr_status ingest_table_read_text(struct arena *arena, const char *name, struct str bytes,
                                      struct ingest_table *out, struct gr_err *err) GR_MUST_CHECK;

/* Column of that header (ASCII case does not matter, blanks around it neither); -1: there is none.
 */
int ingest_table_column(const struct ingest_table *table, const char *name);

/* Finds all wanted columns. GR_EDATA: a required one is missing, or a column is there that nobody
 * wants (a misspelt name must not be ignored); the message lists what is known. */
enum gr_status ingest_table_match(const struct ingest_table *table, struct ingest_table_want *wants,
                                  size_t want_count, struct gr_err *err) GR_MUST_CHECK;

/* The cell; an empty one is an empty text; STR_NONE for column -1. row < row_count. */
struct str ingest_table_cell(const struct ingest_table *table, size_t row, int column);
uint64_t ingest_table_line(const struct ingest_table *table, size_t row);

/* prices.csv: line 7: column unit_price: "x" <reason>. Returns GR_EDATA. */
enum gr_status ingest_table_fail(const struct ingest_table *table, size_t row, int column,
                                 const char *reason, struct gr_err *err);

#endif
