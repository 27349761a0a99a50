/* What the files of rollup/ share.
 *
 *   dimension.c  name -> where its values come from (columns, members of JSON columns, days)
 *   values.c     global codes of the store -> value ids of the query; filter verdicts
 *   plan.c       which segments, which columns, which segments by pre-sums
 *   groups.c     value ids -> groups, and the exact sums of each
 *   run.c        one segment: rows -> groups -> sums
 *   waves.c      reading segments, fork-join over them
 *   result.c     groups -> sorted cells with texts
 */
#ifndef GR_ROLLUP_ROLLUP_INTERNAL_H
#define GR_ROLLUP_ROLLUP_INTERNAL_H

#include "base/dict.h"
#include "rollup/rollup.h"
#include "store/scan.h"

enum { SOURCES_MAX = 4, MEMBERS_MAX = 2, KEYS_MAX = ROLLUP_DIMENSIONS_MAX + 1, SCALES = 29 };

/* One place where a dimension's value may stand: a text column, or a member of a JSON text column.
 */
struct source {
    int column;
    struct str members[MEMBERS_MAX]; /* none: the column itself; else the first that is there */
    size_t member_count;
};

enum dimension_kind { DIMENSION_TEXT, DIMENSION_DAY, DIMENSION_WEEK, DIMENSION_MONTH };

/* The first source that has a value decides. */
struct dimension {
    enum dimension_kind kind;
    struct source sources[SOURCES_MAX];
    size_t source_count;
    bool tag; /* an absent value is "(untagged)", else "(none)" */
};

/* dimension.c */
enum gr_status dimension_resolve(enum dataset dataset, struct str name, struct dimension *out,
                                 struct gr_err *err) GR_MUST_CHECK;
int dataset_currency_column(enum dataset dataset); /* -1: none */

/* ---- values.c ---- */

/* Value ids: 0 absent. Of a plain dimension (one source, the column itself) they are the store's
 * global codes; otherwise codes of `texts`. Days are (uint32_t)since_1970, absent DAY_VALUE_NONE.
 */
enum { DAY_VALUE_NONE = INT32_MIN };

struct value_map {
    struct dimension dimension;
    bool plain;
    struct dict texts;
    /* Per source: by global code, value id + 1; 0 not yet seen. Written only between waves. */
    uint32_t *ids[SOURCES_MAX];
    uint32_t capacity[SOURCES_MAX];
    /* Filters only: by value id 0 unknown, 1 passes, 2 fails. */
    const struct rollup_filter *filter;
    uint8_t *verdicts;
    uint32_t verdict_capacity;
    struct arena arena;
};

void value_map_init(struct value_map *map, const struct dimension *dimension,
                    const struct rollup_filter *filter);
void value_map_deinit(struct value_map *map);
/* Makes the map know every code of a segment's dictionary for its source. */
enum gr_status value_map_learn(struct store *store, enum dataset dataset, struct value_map *map,
                               size_t source, const uint32_t *codes, size_t count,
                               struct gr_err *err) GR_MUST_CHECK;
/* Value id of a code that was learnt. */
static inline uint32_t value_map_id(const struct value_map *map, size_t source, uint32_t code)
{
    return map->plain ? code : code ? map->ids[source][code] - 1 : 0;
}
/* What is reported for a text value of the dimension. */
struct str value_reported(const struct dimension *dimension, struct str text);
bool filter_passes(const struct rollup_filter *filter, struct str reported);
/* Verdict on a value id that was learnt. */
static inline bool value_map_passes(const struct value_map *map, uint32_t id)
{
    return map->verdicts[id] == 1;
}
uint32_t day_value(const struct dimension *dimension, struct day day);
/* Formats a day value into out (11 bytes). */
struct str day_value_text(const struct dimension *dimension, uint32_t value, char out[16]);

/* ---- groups.c ---- */

/* Groups and their sums. Group 0 takes the rows that were filtered out. Sums are kept apart by
 * scale, so that nothing is multiplied before the end. */
struct groups {
    size_t key_count;
    uint32_t (*keys)[KEYS_MAX];
    uint32_t count; /* groups, with group 0 */
    uint32_t capacity;
    uint64_t *slots; /* open addressing: group and part of the hash, or 0 */
    uint32_t slot_mask;
    int64_t *rows;
    size_t measure_count;
    int64_t **missing;      /* [measure]: rows without a value; NULL none */
    i128 *(*sums)[SCALES];  /* [measure][scale]; NULL none */
    uint32_t *missing_size; /* [measure]: groups that have a place */
    uint32_t (*sums_size)[SCALES];
};

void groups_init(struct groups *groups, size_t key_count, size_t measure_count);
void groups_deinit(struct groups *groups);
uint32_t groups_find(struct groups *groups, const uint32_t *key); /* adds when new */
/* Arrays with a place for every group. */
i128 *groups_sums(struct groups *groups, size_t measure, uint8_t scale);
int64_t *groups_missing(struct groups *groups, size_t measure);
/* *sum += value; false when it leaves +-(2^127 - 2^100): the margin lets the kernels add billions
 * of 64-bit values to such a sum unchecked. */
static inline bool sum_add_checked(i128 *sum, i128 value)
{
    const i128 margin = (i128)1 << 100;
    const i128 limit = (((i128)1 << 126) - 1 - margin / 2) * 2;
    return !__builtin_add_overflow(*sum, value, sum) && *sum <= limit && *sum >= -limit;
}

/* Adds all of `from`; false when a sum passes 128 bits, *measure says which. */
bool groups_merge(struct groups *to, const struct groups *from, size_t *measure);

/* ---- plan.c ---- */

enum { COLUMNS_MAX = ROLLUP_MEASURES_MAX + (ROLLUP_FILTERS_MAX + KEYS_MAX) * SOURCES_MAX + 4 };

struct planned_segment {
    struct store_segment segment;
    bool whole;                /* every row is in the range */
    struct store_bytes *bytes; /* by place in plan.columns; ptr NULL: absent or not needed */
};

struct plan {
    struct store *store;
    const struct kernels *kernels;
    const struct rollup_request *request;
    struct arena *arena;
    struct value_map keys[KEYS_MAX]; /* the dimensions, then the currency when there is one */
    size_t key_count;
    bool has_currency;
    struct value_map filters[ROLLUP_FILTERS_MAX];
    size_t filter_count;
    int columns[COLUMNS_MAX]; /* columns that a scan reads */
    size_t column_count;
    int range_column;
    int64_t first_moment; /* exact when there is no zone */
    int64_t end_moment;
    const struct zone *range_zone;
    int presum_column;                             /* -1: pre-sums can't answer */
    uint32_t presum_measures[ROLLUP_MEASURES_MAX]; /* place in store_money_columns */
    struct planned_segment *segments;
    size_t segment_count;
};

enum gr_status plan_make(struct plan *plan, struct gr_err *err) GR_MUST_CHECK;
void plan_deinit(struct plan *plan);
/* Place of a column in plan->columns; -1 when it is not read. */
int plan_place(const struct plan *plan, int column);
bool plan_in_range(const struct plan *plan, int64_t moment);
/* Answers a whole segment from its pre-sums; *done false when it has none that fit. */
enum gr_status presum_answer(struct plan *plan, const struct planned_segment *segment,
                             struct arena *scratch, struct groups *groups, bool *done,
                             struct gr_err *err) GR_MUST_CHECK;

/* ---- run.c ---- */

/* Local numbers of one key in one segment: ids[row] is a place in values[]. */
struct key_rows {
    uint32_t *ids;    /* BATCH_ROWS */
    uint32_t *values; /* BATCH_ROWS + 1: value id of the query */
    uint32_t count;
};

struct worker {
    struct plan *plan;
    struct groups groups;
    struct column_data data;
    struct key_rows keys[KEYS_MAX];
    uint32_t *row_values; /* BATCH_ROWS */
    uint32_t *table;      /* DENSE_MAX + 1 or dictionary entries */
    uint32_t *slots;      /* 4 * BATCH_ROWS: hash of values -> place + 1 */
    uint32_t *group_of_row;
    uint8_t *keep;
    bool overflowed;
    size_t overflow_measure;
    struct gr_err err;
};

void worker_init(struct worker *worker, struct plan *plan);
void worker_deinit(struct worker *worker);
/* Adds a segment, whose bytes were read, to the worker's groups. */
enum gr_status worker_sum_segment(struct worker *worker, const struct planned_segment *segment,
                                  struct gr_err *err) GR_MUST_CHECK;

/* ---- waves.c ---- */
enum gr_status run_plan(struct plan *plan, struct pool *pool, struct groups *total,
                        struct gr_err *err) GR_MUST_CHECK;
enum gr_status overflow_error(const struct plan *plan, size_t measure, struct gr_err *err);

/* ---- result.c ---- */
enum gr_status result_make(struct plan *plan, struct groups *total, struct rollup_result *result,
                           struct gr_err *err) GR_MUST_CHECK;

#endif
