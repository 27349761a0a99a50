/* What the files of the HTML renderer share; private to this folder. */
#ifndef GR_RENDER_HTML_HTML_H
#define GR_RENDER_HTML_HTML_H

#include "render/renderer.h"

struct html {
    FILE *out;
    const struct report_doc *doc;
    const struct render_options *options;
    struct strbuf text;    /* markup that waits for html_flush */
    struct strbuf scratch; /* of one cell */
    struct arena arena;    /* of the document */
    double *widest_shares; /* of the table being written, a column each; 0: no bars */
    struct gr_err *err;
};

/* Appends data as text: markup characters become entities, control characters visible. Good inside
 * elements and inside double-quoted attributes. */
void html_append_text(struct html *html, struct str text);
enum gr_status html_flush(struct html *html) GR_MUST_CHECK;

/* --- table.c --- */
enum gr_status html_write_table(struct html *html, const struct report_table *table,
                                bool with_caption) GR_MUST_CHECK;

/* --- figures.c --- */
/* Key figures as tiles with sparklines. */
enum gr_status html_write_figures(struct html *html, const struct report_item *item) GR_MUST_CHECK;

#endif
