/* Report definitions: reports/NAME.report, an INI file read top-down. Parts and their keys:
 *
 * - [report]: title, period (month | last-month | days), subtitle
 * - [section ID]: title, new_page = yes, note
 * - [table ID]: query, title, param.NAME = value, column.NAME = KIND[ FLAG...] | Heading, empty,
 *   total = yes, limit = N
 * - [chart ID]: query, kind, template, title, x, value, earlier, series, limit (bars), param.NAME
 * - [block NAME]: id = NAME; computed, not queried; blocks[] of build.c has the names
 *
 * Tables, charts and blocks belong to the section before them. KIND: text, money, decimal:N, count,
 * ratio, day; FLAG: bar, add_up, optional, human, machine, signed.
 * Under `total = yes` the columns change_ratio (change / earlier) and share (all of it) are filled
 * too.
 */
#ifndef GR_REPORT_DEFINITION_H
#define GR_REPORT_DEFINITION_H

#include "model/report_doc.h"

enum { DEFINITION_COLUMNS_MAX = 24, DEFINITION_PARAMS_MAX = 8 };

enum definition_item_kind { DEFINE_TABLE, DEFINE_CHART, DEFINE_BLOCK };

struct definition_param {
    struct str name, value;
};

struct definition_column {
    struct str source; /* column of the query */
    struct report_column column;
};

struct definition_item {
    enum definition_item_kind kind;
    struct str id, query, title, empty;
    struct definition_param params[DEFINITION_PARAMS_MAX];
    size_t param_count;
    struct definition_column columns[DEFINITION_COLUMNS_MAX];
    size_t column_count;
    bool total;   /* a total row a currency under the table */
    size_t limit; /* rows shown; 0: all. The rest is said, never silent */
    enum chart_kind chart_kind;
    struct str template_name, x, value, earlier, series;
    unsigned line; /* of the definition, for messages */
};

struct definition_section {
    struct str id, title, note;
    bool new_page;
    struct definition_item *items;
    size_t item_count;
};

struct report_definition {
    struct str name, title, subtitle, period;
    struct definition_section *sections;
    size_t section_count;
};

/* Reads the text of reports/<name>.report. GR_EUSAGE with file and line. Memory: arena. */
enum gr_status definition_read(struct arena *arena, const char *name, struct str text,
                               struct report_definition *out, struct gr_err *err) GR_MUST_CHECK;

/* The text of a definition: of home, else compiled in; absent when there is none. */
struct str definition_text(struct arena *arena, const char *home, const char *name);

#endif
