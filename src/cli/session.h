/* What most commands need: the store's path, an open store, "today", the SQL floor, an output.
 */
#ifndef GR_CLI_SESSION_H
#define GR_CLI_SESSION_H

#include "base/pool.h"
#include "cli/options.h"
#include "render/renderer.h"
#include "report/report.h"
#include "sql/sql.h"

/* --store, else $GPUREPORT_STORE, else ./gpureport.db where it exists, else the user's data folder.
 */
struct str session_store_path(struct arena *arena, const struct options *options);

/* --jobs, else one thread a processor; at least 1. GR_EUSAGE. */
enum gr_status session_jobs(const struct options *options, unsigned *out,
                            struct gr_err *err) GR_MUST_CHECK;

struct session {
    struct store *store;
    struct sql *sql;
    struct pool *pool;
    struct zone *zone;
    const struct tag_rules *tag_rules; /* --tag-rules; else NULL */
    struct day as_of;
    bool has_data; /* the store has charge days or usage */
};

/* Opens for reading, with pool, zone, SQL and as-of. On failure nothing is left open. */
enum gr_status session_open(struct arena *arena, const struct options *options, struct session *out,
                            struct gr_err *err) GR_MUST_CHECK;
void session_close(struct session *session);

/* Fills what all reports share from the options. */
enum gr_status session_report_context(struct arena *arena, const struct options *options,
                                      const struct session *session, struct report_context *out,
                                      struct gr_err *err) GR_MUST_CHECK;

/* The renderer that --format and the suffix of -o name; the terminal table without both. Called
 * before anything is read or opened: the process may start again as another program (documents.h).
 */
enum gr_status output_renderer(const struct options *options, const struct renderer **out,
                               struct gr_err *err) GR_MUST_CHECK;

/* Renders to -o (replaced whole) or standard output. */
enum gr_status output_write(const struct options *options, const struct report_doc *doc,
                            const struct renderer *renderer, struct gr_err *err) GR_MUST_CHECK;

/* A line on standard error, "gpureport: ...", unless --quiet. */
void say(const struct options *options, const char *format, ...) GR_PRINTF(2, 3);

/* Adds title, status and snapshot that every document carries. */
enum gr_status session_stamp(struct arena *arena, const struct session *session,
                             struct report_doc *doc, struct gr_err *err) GR_MUST_CHECK;

#endif
