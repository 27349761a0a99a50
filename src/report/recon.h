/* What the blocks of the reconciliation share: sums of charges as cells, whole billing months, and
 * words for amounts. Called by recon_*.c.
 *
 * Every figure of the reconciliation comes from rollups, so it is what other reports show too.
 */
#ifndef GR_REPORT_RECON_H
#define GR_REPORT_RECON_H

#include "report/block_tables.h"
#include "report/blocks.h"
#include "report/report_internal.h"

enum { RECON_MONTHS_MAX = 36, RECON_KEYS = 4 };

/* One group of charges. Memory: the context's arena. */
struct recon_cell {
    struct str keys[RECON_KEYS]; /* as reported: "(none)" is absent */
    struct str currency;
    int64_t rows;
    struct decimal billed, effective, list, contracted;
    struct decimal quantity; /* RECON_QUANTITIES only */
};

struct recon_cells {
    struct recon_cell *items; /* by keys, currency */
    size_t count;
};

enum recon_measures { RECON_COSTS, RECON_QUANTITIES, RECON_ROWS };

struct recon_question {
    const char *dimensions;
    struct date_range days;
    bool by_billing;
    struct str filter; /* further lines beside the context's; may be absent */
    bool unfiltered;   /* without the context's */
    enum recon_measures measures;
};

enum gr_status recon_cells_read(const struct report_context *context,
                                const struct recon_question *question, struct recon_cells *out,
                                struct gr_err *err) GR_MUST_CHECK;

/* All days there can be. */
struct date_range recon_all_days(void);
/* The whole billing months that the period touches; at most RECON_MONTHS_MAX, the last ones. */
struct date_range recon_months(const struct report_context *context);
struct date_range recon_month_of(struct day day);
/* "October 2026", "2026-08 to 2026-10" */
struct str recon_months_name(const struct report_context *context);

/* The reported text, STR_NONE for "(none)" and "(empty)". */
struct str recon_value(struct str reported);
bool recon_same(struct str a, struct str b); /* of currencies, accounts, ...: without case */
/* "/providers/.../billingAccounts/123" and "123" are one account. */
struct str recon_last_part(struct str account);
/* Every digit, at least the currency's: "1234.50 USD". */
struct str recon_amount(struct arena *arena, struct decimal amount, struct str currency);
/* "1 row", "1,204 rows". */
struct str recon_count(struct arena *arena, uint64_t count, const char *one, const char *many);

/* A sentence for standard error, printed once by the command. */
void recon_notice(const struct report_context *context, struct str text);

/* The same cells before the credits that bills take off within rows (Google Cloud), and without the
 * rows that are credits. */
enum gr_status recon_cells_before_credits(const struct report_context *context,
                                          const struct recon_question *question,
                                          struct recon_cells *out,
                                          struct gr_err *err) GR_MUST_CHECK;
/* The order of cells: by keys, then currency. */
int recon_compare_cells(const struct recon_cell *a, const struct recon_cell *b);
/* The cell of the same keys and currency; NULL when there is none. */
const struct recon_cell *recon_cell_like(const struct recon_cells *cells,
                                         const struct recon_cell *cell);

/* Adds the line "rounding" to a bridge (provider, currency, step, ...) when its steps, each printed
 * in the currency's minor unit, do not add up to what is printed for amounts[steps]. money: number
 * of the cell with the amounts. Machines do not get it. See recon_rounding.c. */
struct recon_ends {
    struct str provider, currency;
    const struct decimal *amounts;
    size_t steps;
};
enum gr_status recon_rounding_row(struct table_builder *table, const struct recon_ends *ends,
                                  size_t money, struct gr_err *err) GR_MUST_CHECK;

/* Adds all of `from` to the sums of `to`. */
enum gr_status recon_cell_add(struct recon_cell *to, const struct recon_cell *from,
                              struct gr_err *err) GR_MUST_CHECK;

/* Memory of `count` items that grows in an arena: returns the array that has room for one more. */
void *recon_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

#endif
