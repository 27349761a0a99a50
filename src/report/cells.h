/* Small makers of cells, tables and sections, so that report code reads like the report.
 */
#ifndef GR_REPORT_CELLS_H
#define GR_REPORT_CELLS_H

#include "model/report_doc.h"

/* A row of a constant table of columns: REPORT_COLUMN("id", "Title", CELL_TEXT, .optional = true)
 */
#define REPORT_COLUMN(id_, title_, kind_, ...)                                                     \
    {                                                                                              \
        .id = {id_, sizeof(id_) - 1}, .title = {title_, sizeof(title_) - 1},                       \
        .kind = kind_ __VA_OPT__(, ) __VA_ARGS__                                                   \
    }

struct report_cell cell_none(void);
struct report_cell cell_na(void);
struct report_cell cell_text(struct str text); /* not copied */
struct report_cell cell_money(struct decimal amount, struct str currency);
struct report_cell cell_decimal(struct decimal amount);
struct report_cell cell_count(int64_t count);
struct report_cell cell_ratio(double ratio); /* not finite: n/a */
/* A floating-point number as the shortest decimal of at most 15 digits that says it; not finite:
 * n/a; beyond what a decimal holds (1e300): text with an exponent. */
struct report_cell cell_real(struct arena *arena, double real);
struct report_cell cell_day(struct day day);
/* part / whole, n/a when whole is 0. */
struct report_cell cell_share(struct decimal part, struct decimal whole);

/* Rows that grow; the memory is the arena's. */
struct table_builder {
    struct arena *arena;
    struct report_table *table;
    size_t row_capacity;
};

/* Columns are copied. */
struct table_builder table_begin(struct arena *arena, const char *id, struct str title,
                                 const struct report_column *columns, size_t column_count);
/* A new row of cells that are CELL_NONE. */
struct report_cell *table_row(struct table_builder *builder, enum report_row_kind kind);

/* A section whose items grow. */
struct section_builder {
    struct arena *arena;
    struct report_section section;
    size_t item_capacity;
};
struct section_builder section_begin(struct arena *arena, const char *id, struct str title);
void section_text(struct section_builder *builder, enum report_item_kind kind, struct str text);
void section_table(struct section_builder *builder, struct report_table *table);
void section_chart(struct section_builder *builder, struct report_chart *chart);
void section_figures(struct section_builder *builder, struct report_figure *figures, size_t count);

/* "+8.0 %", "-3.1 %", "n/a" for one-line texts. */
struct str ratio_text(struct arena *arena, double ratio);
/* "1,234.50 USD" rounded to the minor unit. */
struct str money_text(struct arena *arena, struct decimal amount, struct str currency);
/* A JSON string with its quotes. */
struct str json_quoted(struct arena *arena, struct str text);

#endif
