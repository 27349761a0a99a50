/* A report as data: sections of typed tables, charts, key figures and notes, before any rendering.
 *
 * Cells hold values, not formatted text, so that every output shows the same figures. Renderers
 * include only base and model and compute nothing. All memory is one arena's.
 */
#ifndef GR_MODEL_REPORT_DOC_H
#define GR_MODEL_REPORT_DOC_H

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"

enum cell_kind {
    CELL_NONE, /* nothing: blank in tables, empty field in CSV, null in JSON */
    CELL_NA,   /* not applicable (denominator 0 or unknown): n/a in tables, empty in CSV, null */
    CELL_TEXT,
    CELL_MONEY,   /* decimal in `currency`; shown in its minor unit, exact in CSV and JSON */
    CELL_DECIMAL, /* other exact number (quantity, unit price); shown with column.decimals */
    CELL_COUNT,   /* integer */
    CELL_RATIO,   /* 0.125 is 12.5 %; in `real`; CSV 0.125 with 6 decimals */
    CELL_DAY,
};

struct report_cell {
    enum cell_kind kind;
    struct str text;
    struct str name;       /* TEXT: what it is called; people read "name (text)" */
    struct decimal amount; /* MONEY, DECIMAL */
    struct str currency;   /* MONEY */
    int64_t count;
    double real;
    struct day day;
    bool estimated; /* marked in every output that shows text, e.g. "~" */
};

enum column_align { ALIGN_AUTO, ALIGN_LEFT, ALIGN_RIGHT };

struct report_column {
    struct str id;       /* snake_case: CSV header, JSON member */
    struct str title;    /* shown heading */
    enum cell_kind kind; /* what its cells usually are */
    enum column_align align;
    unsigned decimals; /* CELL_DECIMAL: decimals shown; CELL_RATIO: decimals of the percentage */
    bool share_bar;    /* CELL_RATIO: draw a bar beside it where the output can */
    bool optional;     /* terminal may drop it on narrow screens, from the right first */
    bool spare;        /* the same, after the optional ones and before texts are cut */
    bool add_up;       /* the total row is the sum of this column (XLSX writes SUBTOTAL) */
    bool csv_only;     /* machine outputs (csv, tsv, json, xlsx) only */
    bool human_only;   /* table, pdf, html only (e.g. derived shares in an ad-hoc CSV) */
    bool is_name;      /* the name of the cell before it: csv, tsv and json; others show it there */
    bool signed_change; /* a change: people see + before a value above 0 */
};

enum report_row_kind {
    ROW_DATA,
    ROW_OTHER,    /* "(other)" */
    ROW_ROUNDING, /* what printed steps lack to the printed end: table, pdf and html only */
    ROW_TOTAL
};

struct report_row {
    enum report_row_kind kind;
    struct report_cell *cells; /* column_count */
};

struct report_table {
    struct str id; /* snake_case, unique in the document: CSV file and XLSX table name */
    struct str title;
    struct report_column *columns;
    size_t column_count;
    struct report_row *rows; /* totals last; not written to csv/tsv */
    size_t row_count;
    struct str empty_text; /* shown in place of the rows when there are none */
    size_t rows_not_shown; /* cut by a cap: said under the table, never silent */
    bool json_only;        /* ad-hoc "totals" and "time_series": no output but JSON shows it */
};

enum chart_kind {
    CHART_BARS, /* categories top-down, one bar each (optionally a second, pale, for the earlier
                   period) */
    CHART_STACKED_COLUMNS, /* x left-right, series stacked */
    CHART_LINES,
    CHART_FAN, /* actual line, forecast line, bands; budget as horizontal or rising line */
};

struct chart_series {
    struct str name;
    double *values; /* x_count; NaN: gap */
};

struct report_chart {
    enum chart_kind kind;
    struct str id;            /* snake_case, unique in the document */
    struct str title;         /* the message */
    struct str unit;          /* axis unit, e.g. "USD" */
    struct str alt;           /* one sentence for readers who can't see it */
    struct str template_name; /* file in templates/, e.g. "bars.gp" */
    struct str *x;            /* category names or YYYY-MM-DD */
    bool x_is_day;
    size_t x_count;
    struct chart_series *series;
    size_t series_count;
    /* CHART_FAN: series are actual, forecast, then lo95, hi95, lo80, hi80, budget (any may be all
     * NaN). */
};

/* Key figure: a tile on the first page. */
struct report_figure {
    struct str label;
    struct report_cell value;
    struct str detail; /* "+8.0 % against September" */
    double *spark;     /* spark_count values or NULL */
    size_t spark_count;
};

enum report_item_kind { ITEM_PARAGRAPH, ITEM_NOTE, ITEM_FIGURES, ITEM_TABLE, ITEM_CHART };

struct report_item {
    enum report_item_kind kind;
    struct str text;               /* PARAGRAPH, NOTE */
    struct report_figure *figures; /* FIGURES */
    size_t figure_count;
    struct report_table *table;
    struct report_chart *chart;
};

struct report_section {
    struct str id;
    struct str title;
    struct report_item *items;
    size_t item_count;
    bool new_page; /* PDF: start on a page of its own */
};

struct report_doc {
    struct str id;       /* "by-tag", "monthly": CSV folder, XLSX properties */
    struct str title;    /* "Spend by team" */
    struct str subtitle; /* "2026-10-01 to 2026-10-31 UTC, billed cost" */
    struct str status;   /* "preliminary" or "final", may be empty */
    struct str snapshot; /* id of the store's state, printed in the footer */
    struct day as_of;    /* document dates derive from it, never from the clock */
    struct str author;   /* "gpureport 0.1.0" */
    struct report_section *sections;
    size_t section_count;
    /* Ad-hoc JSON (contract): members that stand before "groups"; NULL ptr for other reports. */
    struct str json_head; /* e.g. "report":"by-tag","dimensions":["tag:team"],... without braces */
};

#endif
