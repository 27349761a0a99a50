/* Lineage: from a figure back to deliveries, files and lines; and what the store held at an earlier
 * snapshot. Called by the explain command.
 */
#ifndef GR_REPORT_EXPLAIN_H
#define GR_REPORT_EXPLAIN_H

#include "report/cells.h"
#include "report/report.h"

enum { EXPLAIN_DIMENSIONS_MAX = 2 };

struct explain_request {
    enum dataset dataset; /* DATASET_COST or DATASET_AI */
    struct str dimensions[EXPLAIN_DIMENSIONS_MAX];
    size_t dimension_count;
    bool figure;      /* explain a figure; false: only the snapshot */
    bool rows;        /* each row with its file and line */
    size_t top;       /* so many of the rows, or of the groups; 0: all */
    int64_t snapshot; /* of explain_snapshot(); -1: none is asked for */
    bool one_table;   /* the output has room for one table: the most detailed */
};

/* Tables `figure`, `deliveries`, `files`, and `groups` or `rows` when they are asked for. GR_ESTORE
 * when the parts do not add up to the figure. */
enum gr_status report_explain(const struct report_context *context,
                              const struct explain_request *request, struct report_doc *doc,
                              struct gr_err *err) GR_MUST_CHECK;

/* Adds a section: deliveries that were live at the snapshot, what became of them, what came since,
 * and sums of then and now. GR_EUSAGE: the store was never there. */
enum gr_status explain_snapshot(const struct report_context *context,
                                const struct explain_request *request,
                                struct section_builder *section, struct gr_err *err) GR_MUST_CHECK;

/* The number of a delivery, file or line; 0 of "(none)". */
int64_t explain_number(struct str text);

/* Adds the table `rows`. `paths`: of files by id (file_count). */
struct explain_file {
    int64_t id;
    int64_t delivery;
    struct str path;
};
enum gr_status explain_rows(const struct report_context *context,
                            const struct explain_request *request, const struct explain_file *files,
                            size_t file_count, struct section_builder *section,
                            struct gr_err *err) GR_MUST_CHECK;

#endif
