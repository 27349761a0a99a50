/* Budgets from a file: INI with one section a budget, or CSV with one row a budget.
 *
 * Called by the commands and `run`. INI:
 *
 *   [budget ml-team]
 *   amount = 50000
 *   currency = USD
 *   period = month            ; day, week, month (default), quarter, year
 *   start = 2026-01-01        ; periods run from here; without it they follow the calendar
 *   filter = tag:team=ml      ; as --where takes it; without it everything
 *   dataset = cost            ; cost (default), ai, all
 *   cost = effective          ; billed (default), effective, list, contracted
 *   thresholds = 50,80,100    ; per cent, default 50,80,100
 *
 * amount and currency must be there. CSV has the same names as columns, and `name`; an empty cell
 * says nothing. Unknown keys, columns and sections are errors, as are two budgets of one name.
 * Whether the filter's dimension exists is for those to say who run it.
 */
#ifndef GR_REPORT_BUDGET_FILE_H
#define GR_REPORT_BUDGET_FILE_H

#include "base/arena.h"
#include "model/budget.h"

/* Reads `path`: CSV when its name ends in .csv or .csv.gz, else INI. Budgets in the order of the
 * file; memory is the arena's. GR_EUSAGE with file:line for what is wrong in it or when it has no
 * budget, GR_ESTORE when it can't be read. */
enum gr_status budget_file_read(struct arena *arena, const char *path, struct budget **out,
                                size_t *count, struct gr_err *err) GR_MUST_CHECK;

/* The same from INI text; `file` is for messages. */
enum gr_status budget_ini_read(struct arena *arena, struct str text, const char *file,
                               struct budget **out, size_t *count,
                               struct gr_err *err) GR_MUST_CHECK;

/* The same from CSV text. */
enum gr_status budget_csv_read(struct arena *arena, struct str text, const char *file,
                               struct budget **out, size_t *count,
                               struct gr_err *err) GR_MUST_CHECK;

const char *budget_period_name(enum budget_period period);    /* "month" */
const char *budget_dataset_name(enum budget_dataset dataset); /* "cost" */
const char *budget_cost_name(enum budget_cost cost);          /* "billed" */

#endif
