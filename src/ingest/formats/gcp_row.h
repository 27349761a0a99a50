/* What a row of a Google Cloud billing export becomes, whatever file it came from.
 *
 * Private to formats/gcp.c, which puts the cells into the open row by gcp_names[] and then has
 * gcp_complete() make the rest of it: the net cost, the billing period, tags. Source of the names:
 * the schema of the BigQuery export (standard and detailed usage cost data).
 */
#ifndef GR_INGEST_FORMATS_GCP_ROW_H
#define GR_INGEST_FORMATS_GCP_ROW_H

#include "ingest/emit.h"
#include "ingest/json.h"

/* A member by its path, and what it becomes: a column of the dataset, or (-1) a text column. */
struct gcp_name {
    const char *path;
    int column;
    const char *extra;
};

enum { GCP_NAMES_MAX = 64, GCP_MEMO = 4096 };

extern const struct gcp_name gcp_names[];
extern const size_t gcp_name_count;

/* Texts whose meaning was worked out lately, by their code: most rows repeat them. */
struct gcp_memo {
    uint32_t code;
    uint32_t generation;
    bool known;
    const char *reason; /* against it; NULL: fine */
    struct str text;    /* of lists of pairs: the object; in the dictionary of the column */
    uint32_t text_code;
    bool any;               /* of credits: there are some ... */
    struct decimal credits; /* ... and their sum */
};

enum gcp_list {
    GCP_LABELS,
    GCP_SYSTEM_LABELS,
    GCP_PROJECT_LABELS,
    GCP_TAGS,
    GCP_CREDITS,
    GCP_LISTS
};

struct gcp_row {
    size_t columns[GCP_NAMES_MAX]; /* of the batch, for each of gcp_names */
    size_t lists[GCP_LISTS];       /* columns of the lists, as they stand in the file */
    size_t invoice_month, location, cost_type, adjustment_id, adjustment_type;
    struct gcp_memo *memos[GCP_LISTS]; /* GCP_MEMO each */
    struct json_parser *json;
    struct arena arena; /* of one list */
    struct strbuf scratch, literal;
};

/* Makes the text columns in the batch. False: too many of them. */
bool gcp_row_init(struct gcp_row *row, struct batch *batch);
void gcp_row_deinit(struct gcp_row *row);

/* For bill_rows.complete: NULL, or why the row is refused. context: struct gcp_row. */
const char *gcp_complete(void *context, struct batch *batch, struct str *column);

#endif
