/* Text as a terminal shows it: what is safe to print, how wide it is, where it can be cut.
 *
 * Called by the terminal renderer. Knows no locale: widths come from a table of our own, so that
 * output is the same on every machine.
 */
#ifndef GR_RENDER_TERMINAL_GLYPHS_H
#define GR_RENDER_TERMINAL_GLYPHS_H

#include "base/str.h"

/* Appends `text` made harmless: control characters and bytes that are not UTF-8 as \xNN,
 * bidirectional and invisible characters as \u{NNNN}. With `ascii` all other characters outside
 * ASCII are written as a usual spelling ("->", "EUR") or as \u{NNNN}. */
void glyphs_append_visible(struct strbuf *out, struct str text, bool ascii);

/* Columns of a text that glyphs_append_visible made. */
size_t glyphs_width(struct str visible);

/* Appends the text, or as much of it as fits `columns` and an ellipsis; returns the columns used.
 */
size_t glyphs_append_cut(struct strbuf *out, struct str visible, size_t columns, bool ascii);

/* How many bytes of `visible` fit into `columns`; whole characters with their marks, at least one
 * character when the text is not empty. */
size_t glyphs_fit(struct str visible, size_t columns);

#endif
