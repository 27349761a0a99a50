/* SQL over the store: named queries, money functions and the rollup tables.
 *
 * queries/NAME.sql shapes every answer; report/ and the `query` command run them through here.
 * SQLite is used by store/ and sql/ only. A struct sql belongs to one thread and lives no longer
 * than its store.
 */
#ifndef GR_SQL_SQL_H
#define GR_SQL_SQL_H

#include "base/arena.h"
#include "base/day.h"
#include "base/pool.h"
#include "model/conversion.h"
#include "model/rollup.h"
#include "store/store.h"

struct sql;

/* Registers functions and tables on the store's connection. `pool` (may be NULL), `zone` (NULL:
 * UTC) and `home` (folder that has queries/; NULL: the compiled-in ones) are borrowed. `simd` is a
 * kernel level such as "auto". */
struct sql_options {
    struct pool *pool;
    const struct zone *zone;
    const char *home;
    const char *simd;
    const struct tag_rules *tag_rules; /* NULL: tags as they came */
};
enum gr_status sql_open(struct store *store, const struct sql_options *options, struct sql **out,
                        struct gr_err *err) GR_MUST_CHECK;
void sql_close(struct sql *sql); /* NULL is allowed */

/* From now on rollup() and ai_rollup() answer in the conversion's target currency, month by month
 * (convert.h); NULL: in the currencies that were charged. Borrowed. */
void sql_convert(struct sql *sql, const struct conversion *conversion);

/* One prepared statement. */
struct sql_query;

/* queries/<name>.sql. GR_EUSAGE when there is none of that name. */
enum gr_status sql_query_named(struct sql *sql, const char *name, struct sql_query **out,
                               struct gr_err *err) GR_MUST_CHECK;
/* A text of the user's own; read-only statements only. `label` names it in messages. */
enum gr_status sql_query_text(struct sql *sql, const char *label, struct str text,
                              struct sql_query **out, struct gr_err *err) GR_MUST_CHECK;
void sql_query_close(struct sql_query *query); /* NULL is allowed */

/* Binds :name. Absent text binds NULL. GR_EUSAGE when the query has no such parameter. */
enum gr_status sql_bind(struct sql_query *query, const char *name, struct str value,
                        struct gr_err *err) GR_MUST_CHECK;
enum gr_status sql_bind_int(struct sql_query *query, const char *name, int64_t value,
                            struct gr_err *err) GR_MUST_CHECK;
bool sql_has_parameter(const struct sql_query *query, const char *name);

/* Next row; *row is false at the end. A message of rollup() reaches the caller unchanged. */
enum gr_status sql_step(struct sql_query *query, bool *row, struct gr_err *err) GR_MUST_CHECK;

enum sql_type { SQL_NULL, SQL_INTEGER, SQL_REAL, SQL_TEXT };

int sql_column_count(const struct sql_query *query);
struct str sql_column_name(const struct sql_query *query, int column);
int sql_column_named(const struct sql_query *query, const char *name); /* -1 when there is none */
enum sql_type sql_column_type(const struct sql_query *query, int column);
struct str sql_column_text(const struct sql_query *query,
                           int column); /* valid until the next step */
int64_t sql_column_int(const struct sql_query *query, int column);
double sql_column_real(const struct sql_query *query, int column);
/* Decimal text as it stands. GR_EDATA naming query and column when it is not one. NULL is 0. */
enum gr_status sql_column_decimal(const struct sql_query *query, int column, struct decimal *out,
                                  struct gr_err *err) GR_MUST_CHECK;

/* Text of queries/<name>.sql, absent when there is none. Memory from arena or static. */
struct str sql_named_text(struct arena *arena, const char *home, const char *name);

/* "DIM=VALUE", "DIM!=A,B", "DIM~GLOB", one a line (\n); "\," is a comma in a value; blanks around
 * names and values are cut. GR_EUSAGE with what was wrong, e.g. == or >=. Memory from arena. */
enum gr_status sql_filters_read(struct arena *arena, struct str text, struct rollup_filter *filters,
                                size_t *count, struct gr_err *err) GR_MUST_CHECK;

#endif
