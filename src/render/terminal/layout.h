/* How a table fits a terminal: its cells as text, which columns stay, how wide each one is.
 *
 * Called by table.c. Order in which room is made: bars shrink and go, text columns give up what is
 * over 32 columns, optional columns go from the right, text is cut to 8 and then to 5 columns,
 * columns go from the right except the first and the first amount. Numbers are never cut: one that
 * does not fit is shown as #####.
 */
#ifndef GR_RENDER_TERMINAL_LAYOUT_H
#define GR_RENDER_TERMINAL_LAYOUT_H

#include "model/report_doc.h"
#include "render/renderer.h"

struct layout_cell {
    struct str text;         /* harmless to print */
    size_t columns;          /* its width */
    size_t fraction_columns; /* of them from the decimal point on, when points are aligned */
};

struct layout_column {
    const struct report_column *column;
    struct str title;
    size_t title_columns;
    struct layout_cell *cells; /* one a row */
    size_t fraction_columns;   /* widest fraction; 0 when points are not aligned */
    size_t cell_columns;       /* widest cell */
    size_t width;              /* decided */
    size_t bar_columns;        /* of a bar beside it, 0: none */
    bool is_right;
    bool is_text;
    bool dropped;
};

struct layout {
    const struct report_table *table;
    struct layout_column *columns;
    size_t column_count;
    double share_max; /* share that fills the bar */
};

enum { LAYOUT_GAP_COLUMNS = 2 };

/* All memory is the arena's. options->width 0: everything at full width. */
struct layout layout_of_table(struct arena *arena, const struct report_table *table,
                              const struct render_options *options);

#endif
