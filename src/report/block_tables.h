/* Tables of the computed blocks from lists that read like their headings. Called by block_*.c. */
#ifndef GR_REPORT_BLOCK_TABLES_H
#define GR_REPORT_BLOCK_TABLES_H

#include "report/cells.h"

enum block_column_flag { BLOCK_ADD_UP = 1, BLOCK_OPTIONAL = 2, BLOCK_CSV_ONLY = 4 };

/* A column with one decimal where its kind has any. */
struct block_column {
    const char *id;    /* snake_case */
    const char *title; /* shown heading */
    enum cell_kind kind;
    unsigned flags;
};

/* table_begin() with these columns; id and texts of the columns are static. */
struct table_builder block_table(struct arena *arena, const char *id, struct str title,
                                 const struct block_column *columns, size_t count);

/* Shows the currency column to people too where the rows have several; a table in one currency says
 * it in its title. Call it after the last data row. */
void block_show_currency(struct table_builder *table);

#endif
