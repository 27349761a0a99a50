/* The one question that every report asks: sums of measures by dimensions over a range of days.
 *
 * Plain data: could be written to a wire. rollup/ answers it; sql/ shows it as a table.
 */
#ifndef GR_MODEL_ROLLUP_H
#define GR_MODEL_ROLLUP_H

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"
#include "model/columns.h"

enum { ROLLUP_DIMENSIONS_MAX = 4, ROLLUP_MEASURES_MAX = 64, ROLLUP_FILTERS_MAX = 32 };

struct tag_rules; /* rollup/tag_rules.h */

enum rollup_filter_kind { ROLLUP_IN, ROLLUP_NOT_IN, ROLLUP_GLOB };

/* Values are compared with what is reported: "(untagged)", "(none)", "(empty)" match those groups.
 */
struct rollup_filter {
    struct str dimension;
    enum rollup_filter_kind kind;
    const struct str *values;
    size_t value_count;
};

struct rollup_request {
    enum dataset dataset;
    struct str
        dimensions[ROLLUP_DIMENSIONS_MAX]; /* names of the contract: team, tag:KEY, day, ... */
    size_t dimension_count;
    int measures[ROLLUP_MEASURES_MAX]; /* DECIMAL column numbers of the dataset */
    size_t measure_count;
    struct date_range days;  /* half-open; by charge period, or by billing period when by_billing */
    bool by_billing_period;  /* COST: BillingPeriodStart in `days` instead of ChargePeriodStart */
    const struct zone *zone; /* NULL: UTC days */
    const struct tag_rules *tag_rules;                /* the view on tags; NULL: raw */
    struct rollup_filter filters[ROLLUP_FILTERS_MAX]; /* all must hold */
    size_t filter_count;
    /* 0: every cell. Else, for each currency, the `top` cells with the largest sums of the measure
     * measures[top_measure] (equal sums: by their keys), and one cell with what the others are
     * together. */
    size_t top;
    size_t top_measure;
};

/* keys[i] is the reported text: the value, "(untagged)", "(none)" or "(empty)"; days as YYYY-MM-DD,
 * weeks as their Monday, months as YYYY-MM. */
struct rollup_cell {
    struct str keys[ROLLUP_DIMENSIONS_MAX];
    struct str currency; /* COST, AI, INSTANCE; "" for the others */
    bool is_other;       /* all cells that are not of the top; keys "(other)", "", ... */
    int64_t row_count;
    struct decimal *sums;  /* measure_count exact sums; absent cells count as 0 */
    int64_t *value_counts; /* measure_count: rows where the measure was not absent */
};

/* Sorted by the keys, bytewise, then currency; is_other behind all. Memory is the arena's that was
 * passed. */
struct rollup_result {
    struct rollup_cell *cells;
    size_t cell_count;
};

/* What `gpureport dimensions` lists. */
struct dimension_def {
    const char *name; /* "tag:" stands for tag:KEY */
    const char *what;
    bool for_dataset[DATASET_COUNT];
};
const struct dimension_def *dimension_defs(size_t *count); /* static; defined in rollup/ */

#endif
