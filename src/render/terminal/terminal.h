/* What the files of the terminal renderer share; private to this folder. */
#ifndef GR_RENDER_TERMINAL_TERMINAL_H
#define GR_RENDER_TERMINAL_TERMINAL_H

#include "render/renderer.h"

enum terminal_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM };

struct terminal {
    const struct render_options *options;
    FILE *out;
    struct strbuf line; /* the line that is being built */
    struct arena arena; /* of one table or text */
    struct gr_err *err;
};

enum { TERMINAL_TEXT_COLUMNS = 100 }; /* where texts are wrapped when there is no terminal */

/* Writes terminal->line without its trailing blanks, in a style where colour is on, and empties it.
 */
enum gr_status terminal_end_line(struct terminal *terminal,
                                 enum terminal_style style) GR_MUST_CHECK;

/* Wraps a text at the terminal's width; \n in it ends a line. Nothing for an empty text. */
enum gr_status terminal_text(struct terminal *terminal, struct str text,
                             enum terminal_style style) GR_MUST_CHECK;

/* A table with its heading, what was cut and what did not fit. */
enum gr_status terminal_table(struct terminal *terminal,
                              const struct report_table *table) GR_MUST_CHECK;

#endif
