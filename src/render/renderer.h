/* A renderer turns a report_doc into bytes. One folder each; renderers[] is the list.
 *
 * Renderers include only base and model; they compute nothing and read no clock.
 */
#ifndef GR_RENDER_RENDERER_H
#define GR_RENDER_RENDERER_H

#include <stdio.h>

#include "model/report_doc.h"

enum render_color { RENDER_COLOR_NEVER, RENDER_COLOR_ALWAYS };

struct render_options {
    bool exact;              /* terminal: every digit */
    enum render_color color; /* terminal */
    bool ascii;              /* terminal: no bars or signs outside ASCII */
    unsigned width;          /* terminal columns; 0: not a terminal, unlimited, no bars */
    bool csv_bom;
    bool csv_crlf;
    bool csv_raw;        /* no ' before = + - @ */
    const char *home;    /* folder that has templates/; NULL: compiled-in copies */
    const char *gnuplot; /* program; NULL: "gnuplot" from PATH. "" means: there is none */
    /* Told what the log should say (font missing, chart drawn natively); may be NULL. */
    void (*warn)(void *context, const char *text);
    void *warn_context;
};

struct renderer {
    const char *name;   /* --format */
    const char *suffix; /* of a file, with the dot */
    const char *what;
    bool binary;    /* refuse to write to a terminal */
    bool elsewhere; /* another program renders it (elsewhere.c) */
    /* Writes the whole document to `out`. Does not close it. GR_ERENDER / GR_ESTORE. */
    enum gr_status (*render)(const struct report_doc *doc, const struct render_options *options,
                             FILE *out, struct gr_err *err);
};

/* What is said of those that stand in two programs. */
#define RENDERER_XLSX                                                                              \
    .name = "xlsx", .suffix = ".xlsx", .what = "Excel workbook with native charts", .binary = true
#define RENDERER_PDF                                                                               \
    .name = "pdf", .suffix = ".pdf", .what = "tagged PDF/A with vector charts", .binary = true
#define RENDERER_HTML                                                                              \
    .name = "html", .suffix = ".html", .what = "web page in one file, charts inline"

const struct renderer *const *renderers(size_t *count);
const struct renderer *renderer_named(struct str name);   /* NULL when unknown */
const struct renderer *renderer_of_path(struct str path); /* by suffix; NULL when unknown */

extern const struct renderer renderer_table; /* render/terminal */
extern const struct renderer renderer_csv;   /* render/csv; several tables: each below a # line */
extern const struct renderer renderer_tsv;
extern const struct renderer renderer_json; /* render/json */
extern const struct renderer renderer_xlsx; /* render/xlsx */
extern const struct renderer renderer_pdf;  /* render/pdf */
extern const struct renderer renderer_html; /* render/html */

/* One CSV file a table: FOLDER/<table id>.csv, each replaced whole; FOLDER must be there. Tables
 * that an earlier call wrote there (FOLDER/.gpureport-tables lists them) and this document does not
 * have are removed, so that no table of another month stays; other files stay. For `report NAME
 * --format csv -o FOLDER/`. GR_ERENDER for an id that is no file name, GR_ESTORE. */
enum gr_status render_csv_folder(const struct report_doc *doc, const struct render_options *options,
                                 const char *folder, struct gr_err *err) GR_MUST_CHECK;

#endif
