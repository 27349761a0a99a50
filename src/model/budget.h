/* A budget: an amount for a period of what a filter selects.
 *
 * Plain data: report/budget_file.c reads it, analysis/burn.c compares it with actual spend.
 */
#ifndef GR_MODEL_BUDGET_H
#define GR_MODEL_BUDGET_H

#include <stddef.h>

#include "base/day.h"
#include "base/decimal.h"

enum { BUDGET_THRESHOLDS_MAX = 8 };

enum budget_period {
    BUDGET_DAY,
    BUDGET_WEEK,
    BUDGET_MONTH,
    BUDGET_QUARTER,
    BUDGET_YEAR,
    BUDGET_PERIOD_COUNT
};
enum budget_dataset { BUDGET_OF_COST, BUDGET_OF_AI, BUDGET_OF_ALL };
enum budget_cost { BUDGET_BILLED, BUDGET_EFFECTIVE, BUDGET_LIST, BUDGET_CONTRACTED };

struct budget {
    struct str name;
    struct decimal amount; /* >= 0, for one period */
    struct str currency;
    enum budget_period period;
    bool has_start;
    struct day start;  /* periods run from here; without it they follow the calendar */
    struct str filter; /* "DIM=VALUE" as --where takes it; empty: everything */
    enum budget_dataset dataset;
    enum budget_cost cost;
    struct decimal thresholds[BUDGET_THRESHOLDS_MAX]; /* per cent of the amount, ascending */
    size_t threshold_count;
};

#endif
