/* Cells as text, the same in every output: once for people, once for machines.
 *
 * Called by all renderers. Text cells are appended as they are: each renderer knows its own traps
 * (escape bytes, quotes, markup). Knows no locale; rounding is half to even and happens only here.
 */
#ifndef GR_RENDER_FORMAT_H
#define GR_RENDER_FORMAT_H

#include "model/report_doc.h"

/* What a person reads: money in its currency's minor unit with thousands separators (the currency
 * stands in a column of its own), counts grouped, ratios as 12.5%, days as YYYY-MM-DD, n/a, nothing
 * for CELL_NONE; "~" before an estimate. `column` gives the decimals; NULL: 2 decimals, 1 of a
 * percentage. */
void format_for_people(const struct report_cell *cell, const struct report_column *column,
                       struct strbuf *out);

/* The same with every digit of money and decimals, and ratios with 4 more decimals. */
void format_for_people_exact(const struct report_cell *cell, const struct report_column *column,
                             struct strbuf *out);

/* A figure that stands alone: format_for_people and, behind money, the currency: "1,204.50 USD". */
void format_figure(const struct report_cell *cell, struct strbuf *out);

/* What a program reads: every digit, no exponent, no grouping; money with at least two decimals,
 * ratios with six, days as YYYY-MM-DD, text as it is, nothing for CELL_NONE and CELL_NA. */
void format_for_machines(const struct report_cell *cell, struct strbuf *out);

/* True for cells that hold something that can be shown as a number (NaN and infinities can't). */
bool format_is_number(const struct report_cell *cell);

/* ALIGN_AUTO resolved: numbers to the right. */
bool format_is_right_aligned(const struct report_column *column);

/* "1,234 more rows are not shown" */
void format_rows_not_shown(const struct report_table *table, struct strbuf *out);

/* title, or the id where there is none */
struct str format_column_title(const struct report_column *column);

#endif
