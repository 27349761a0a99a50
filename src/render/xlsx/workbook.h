/* What the files of the XLSX renderer share; private to this folder.
 *
 * libxlsxwriter 1.1.4 takes what it is given: invalid UTF-8, NaN and unescaped names go into the
 * file, and lost rows show only in return codes. So every text passes xlsx_cell_text or xlsx_line,
 * every number xlsx_write_number's check, every return code xlsx_check.
 */
#ifndef GR_RENDER_XLSX_WORKBOOK_H
#define GR_RENDER_XLSX_WORKBOOK_H

#include <xlsxwriter.h>

#include "render/renderer.h"

/* What a format depends on; formats are made once and kept. */
struct xlsx_style {
    enum cell_kind kind;
    unsigned decimals;
    bool estimated;
    bool signed_change;
    bool total;
    bool digits; /* text that looks like a number and must stay text */
};

enum { XLSX_STYLES_MAX = 256, XLSX_CELL_UNITS_MAX = 32767, XLSX_HEADER_UNITS_MAX = 255 };

struct xlsx {
    lxw_workbook *book;
    struct arena arena; /* of the whole workbook: the library keeps pointers to nothing of ours */
    struct gr_err *err;
    const struct report_doc *doc;
    const struct render_options *options;
    struct xlsx_style styles[XLSX_STYLES_MAX];
    lxw_format *formats[XLSX_STYLES_MAX];
    size_t style_count;
    lxw_format *title;
    lxw_format *heading;
    lxw_format *heading_right; /* above numbers */
    lxw_format *wrapped;
    lxw_format *dim;
    const char **sheet_names; /* in use */
    size_t sheet_count;
    const char **table_names;
    size_t table_count;
};

/* GR_ERENDER with what was being done and the library's words. */
enum gr_status xlsx_check(struct xlsx *xlsx, lxw_error code, const char *what) GR_MUST_CHECK;

/* --- names.c --- */
/* Text for a cell: valid XML, at most 32,767 UTF-16 units (then with a mark that it was cut), and
 * what looks like Excel's _xHHHH_ escapes taken literally. The arena's. */
const char *xlsx_cell_text(struct arena *arena, struct str text);
/* Text for headers, properties and titles: one line, no control characters, at most `units_max`. */
const char *xlsx_line(struct arena *arena, struct str text, size_t units_max);
/* UTF-16 units, as Excel counts. */
size_t xlsx_units(const char *text);
/* A new sheet; its name is made of `title`: legal, at most 31 units, unique. */
enum gr_status xlsx_add_sheet(struct xlsx *xlsx, struct str title, lxw_worksheet **sheet,
                              const char **name) GR_MUST_CHECK;
/* A legal and unique name for a worksheet table, made of `id`. */
const char *xlsx_table_name(struct xlsx *xlsx, struct str id);

/* --- cells.c --- */
lxw_format *xlsx_format(struct xlsx *xlsx, struct xlsx_style style);
/* The nearest double to an exact amount: what a spreadsheet can hold. */
double xlsx_number(struct decimal amount);
enum gr_status xlsx_write_text(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                               lxw_col_t column, struct str text, lxw_format *format) GR_MUST_CHECK;
enum gr_status xlsx_write_cell(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t at,
                               const struct report_cell *cell, const struct report_column *column,
                               bool total) GR_MUST_CHECK;
/* `formula` is ours, never data; the cell's value is kept beside it as the result. */
enum gr_status xlsx_write_formula(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                                  lxw_col_t at, const char *formula, const struct report_cell *cell,
                                  const struct report_column *column) GR_MUST_CHECK;
/* Landscape A4, one page wide, titles repeated, title and page number in header and footer. */
enum gr_status xlsx_set_up_print(struct xlsx *xlsx, lxw_worksheet *sheet, struct str title,
                                 bool repeat_first_row) GR_MUST_CHECK;

/* --- table_sheet.c --- */
/* A table on a sheet of its own (on several when it is too long); the name of the first in *name.
 */
enum gr_status xlsx_add_table(struct xlsx *xlsx, const struct report_table *table,
                              const char **name) GR_MUST_CHECK;

/* --- chart_sheet.c --- */
/* All charts of the document, their data on a sheet "Chart data" (nothing when there is none); they
 * are placed on `sheet` from `row` down. */
enum gr_status xlsx_add_charts(struct xlsx *xlsx, lxw_worksheet *sheet,
                               lxw_row_t row) GR_MUST_CHECK;

/* --- summary_sheet.c --- */
/* Texts, figures, links to the tables; *row is the first free row below. `links` has a sheet name
 * for each shown table, or is NULL. */
enum gr_status xlsx_fill_summary(struct xlsx *xlsx, lxw_worksheet *sheet, const char *const *links,
                                 lxw_row_t *row) GR_MUST_CHECK;

#endif
