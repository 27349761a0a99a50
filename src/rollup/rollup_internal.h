/* What the files of rollup/ share.
 *
 *   dimension.c  name -> where its values come from (columns, members of JSON columns, days)
 *   values.c     global codes of the store -> value ids of the query; filter verdicts
 *   plan.c       which segments, which columns
 *   presums.c    whole segments from their pre-sums
 *   groups.c     value ids -> groups, and the exact sums of each
 *   lanes.c      what one key, filter or range says about the rows of a segment
 *   row_values.c the same row by row, for dimensions that stand in several columns
 *   places.c     all keys together: a small number for each row of a segment
 *   run.c        one segment: stretches of rows -> groups -> sums
 *   waves.c      reading segments, fork-join over them
 *   tag_rules.c  reads the file of tag rules
 *   tag_view.c   a key's value in a Tags text, by the rules
 *   result.c     groups -> sorted cells with texts
 *   top.c        the same for the largest groups and the sum of the others
 */
#ifndef GR_ROLLUP_ROLLUP_INTERNAL_H
#define GR_ROLLUP_ROLLUP_INTERNAL_H

#include "base/dict.h"
#include "rollup/rollup.h"
#include "rollup/tag_rules.h"
#include "store/scan.h"
#include "store/view.h"

enum { SOURCES_MAX = 4, MEMBERS_MAX = 2, KEYS_MAX = ROLLUP_DIMENSIONS_MAX + 1, SCALES = 29 };

/* One place where a dimension's value may stand: a text column, or a member of a JSON text column.
 */
struct source {
    int column;
    struct str members[MEMBERS_MAX]; /* none: the column itself; else the first that is there */
    size_t member_count;
    struct tag_view view; /* rules NULL: raw; else of members[0], or of the column's texts */
};

enum dimension_kind {
    DIMENSION_TEXT,
    DIMENSION_DAY,
    DIMENSION_WEEK,
    DIMENSION_MONTH,
    DIMENSION_NUMBER /* a column of whole numbers: lines */
};

/* The first source that has a value decides. */
struct dimension {
    enum dimension_kind kind;
    int moment_column; /* of days and numbers */
    struct source sources[SOURCES_MAX];
    size_t source_count;
    bool tag; /* an absent value is "(untagged)", else "(none)" */
};

/* dimension.c. What names are resolved with. */
struct dimension_scope {
    const struct store *store; /* NULL: the columns of column:NAME stay open */
    const struct tag_rules *tag_rules;
    enum dataset dataset;
};
enum gr_status dimension_resolve(const struct dimension_scope *scope, struct str name,
                                 struct dimension *out, struct gr_err *err) GR_MUST_CHECK;

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
    uint32_t known[SOURCES_MAX];   /* every code up to this one was learnt */
    uint32_t highest[SOURCES_MAX]; /* code that the store has a text for, when asked for */
    bool highest_known[SOURCES_MAX];
    /* Filters only: by value id 0 unknown, 1 passes, 2 fails. */
    const struct rollup_filter *filter;
    uint8_t *verdicts;
    uint32_t verdict_capacity;
    struct arena arena;
};

void value_map_init(struct value_map *map, const struct dimension *dimension,
                    const struct rollup_filter *filter);
void value_map_deinit(struct value_map *map);
/* Makes the map know every code of a segment's dictionary (ascending) for its source. GR_ESTORE
 * when the store has no text for one of them. */
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
 * scale, so that nothing is multiplied before the end. While they are added up they may leave 128
 * bits and come back: a sum is sums + carries x 2^128, so it does not depend on the order in which
 * segments come. What does not fit in the end is found by groups_overflow(). */
struct groups {
    size_t key_count;
    uint32_t *keys; /* key_count a group */
    uint32_t count; /* groups, with group 0 */
    uint32_t capacity;
    uint64_t *slots; /* open addressing: group and part of the hash, or 0 */
    uint32_t slot_mask;
    uint32_t hashed; /* groups in slots */
    /* Groups whose keys but the first are those of the first group ever: by first key, 0 none.
     * Most rollups have one currency, so most have no other groups. */
    uint32_t *direct;
    uint32_t direct_size;
    int64_t *rows;
    size_t measure_count;
    int64_t **missing;           /* [measure]: rows without a value; NULL none */
    i128 *(*sums)[SCALES];       /* [measure][scale]; NULL none */
    int64_t *(*carries)[SCALES]; /* the same; NULL: all are 0, as they nearly always are */
    uint32_t *missing_size;      /* [measure]: groups that have a place */
    uint32_t (*sums_size)[SCALES];
    uint32_t (*carries_size)[SCALES];
};

void groups_init(struct groups *groups, size_t key_count, size_t measure_count);
void groups_deinit(struct groups *groups);
uint32_t groups_find(struct groups *groups, const uint32_t *key); /* adds when new */
static inline const uint32_t *groups_key(const struct groups *groups, uint32_t group)
{
    return groups->keys + group * groups->key_count;
}
int64_t *groups_missing(struct groups *groups, size_t measure); /* with a place for every group */

/* The sums of a measure at one scale, with a place for every group that there is. */
struct sum_array {
    i128 *sums;
    struct groups *groups;
    size_t measure;
    uint8_t scale;
};

struct sum_array groups_sums(struct groups *groups, size_t measure, uint8_t scale);
void sums_carry(const struct sum_array *array, uint32_t group, int64_t carry);
static inline void sums_add(const struct sum_array *array, uint32_t group, i128 value)
{
    if (__builtin_add_overflow(array->sums[group], value, &array->sums[group]))
        sums_carry(array, group, value < 0 ? -1 : 1);
}

/* Adds value x times, which may need more than 128 bits. */
void sums_add_product(const struct sum_array *array, uint32_t group, i128 value, uint32_t times);
/* Adds all of group `from` to group `to`; `from` has no rows then. */
void groups_join(struct groups *groups, uint32_t from, uint32_t to);
/* Adds all of `from`, which is of no use afterwards. */
void groups_merge(struct groups *to, struct groups *from);
/* Does a group's sum pass 128 bits? *measure is the first that does. */
bool groups_overflow(const struct groups *groups, size_t *measure);

/* ---- plan.c ---- */

enum { COLUMNS_MAX = ROLLUP_MEASURES_MAX + (ROLLUP_FILTERS_MAX + KEYS_MAX) * SOURCES_MAX + 4 };

struct planned_segment {
    struct store_segment segment;
    bool whole;                /* every row is in the range */
    bool answered;             /* by pre-sums */
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
    int presum_column;     /* -1: pre-sums can't answer */
    struct str presum_key; /* the one tag that is asked for; else absent */
    uint32_t presum_codes; /* its highest code, when known */
    bool presum_codes_known;
    uint32_t presum_measures[ROLLUP_MEASURES_MAX]; /* place in store_money_columns */
    struct planned_segment *segments;
    size_t segment_count;
};

enum gr_status plan_make(struct plan *plan, struct gr_err *err) GR_MUST_CHECK;
void plan_deinit(struct plan *plan);
/* Place of a column in plan->columns; -1 when it is not read. */
int plan_place(const struct plan *plan, int column);
bool plan_in_range(const struct plan *plan, int64_t moment);
/* ---- presums.c ---- */

/* Reused from segment to segment. */
struct presum_scratch {
    struct arena arena;
    uint32_t *codes; /* of the entries */
    size_t capacity;
};

void presum_scratch_deinit(struct presum_scratch *scratch);
/* Answers a whole segment from its pre-sums; segment->answered stays false when it has none that
 * fit. */
enum gr_status presum_answer(struct plan *plan, struct planned_segment *segment,
                             struct presum_scratch *scratch, struct groups *groups,
                             struct gr_err *err) GR_MUST_CHECK;

/* ---- lanes.c, row_values.c ---- */

enum lane_form {
    LANE_CONSTANT, /* `constant` in every row */
    LANE_RUNS,     /* runs[], few */
    LANE_IDS       /* values[ids[row]] */
};

/* Rows up to `end` that no earlier run has. */
struct lane_run {
    uint32_t end;
    uint32_t value;
};

/* What a dimension's values (of the query, see value_map) are in the rows of one segment. Owns its
 * buffers, which are reused from segment to segment. */
struct lane {
    enum lane_form form;
    uint32_t constant;
    struct lane_run *runs; /* COLUMN_VIEW_RUNS_MAX */
    uint32_t run_count;
    const uint16_t *ids; /* of the view, or own_ids */
    uint16_t *own_ids;
    uint32_t *values; /* BATCH_ROWS: of each id */
    uint32_t count;   /* ids are below it */
    bool repeats;     /* several ids may have one value */
    struct column_view view;
};

struct worker;

void lane_deinit(struct lane *lane);
/* The lane of a dimension, text or day. */
enum gr_status lane_of_dimension(struct worker *worker, const struct planned_segment *segment,
                                 const struct value_map *map, struct lane *lane,
                                 struct gr_err *err) GR_MUST_CHECK;
/* 1 where a filter holds, else 0. An IDS lane has these verdicts as values. */
enum gr_status lane_of_filter(struct worker *worker, const struct planned_segment *segment,
                              const struct value_map *map, struct lane *lane,
                              struct gr_err *err) GR_MUST_CHECK;
/* 1 where the row is in the request's range, else 0. */
enum gr_status lane_of_range(struct worker *worker, const struct planned_segment *segment,
                             struct lane *lane, struct gr_err *err) GR_MUST_CHECK;
/* Makes IDS of RUNS. */
void lane_spell_out(struct lane *lane);
/* From worker->row_values: runs where they are few, else ids. */
void lane_of_row_values(struct worker *worker, uint32_t rows, struct lane *lane);
/* Memory that a lane has anyway when it is needed. */
uint16_t *lane_own_ids(struct lane *lane);
uint32_t *lane_values(struct lane *lane);
struct lane_run *lane_runs(struct lane *lane);

/* Value ids of a text dimension into worker->row_values, source by source. */
enum gr_status row_values_of_text(struct worker *worker, const struct planned_segment *segment,
                                  const struct value_map *map, struct gr_err *err) GR_MUST_CHECK;

/* ---- places.c ---- */

enum { IDS_MAX = 1 << 16 };

/* A row's values of all keys that change from row to row as one small number, its id, and what the
 * ids stand for. Several ids may stand for one place. Keys that are constant or runs are no part of
 * it. */
struct places {
    const uint16_t *ids; /* NULL: every row has id 0 */
    uint32_t id_count;
    const uint16_t *place_of; /* by id; NULL: place = id */
    uint32_t count;
    size_t key_count;       /* keys that are part of it, */
    uint8_t keys[KEYS_MAX]; /* by number, */
    const uint32_t *values; /* and by place, key_count values each */
    /* Buffers */
    uint16_t *own_ids;
    uint16_t *spare_ids;
    uint16_t *own_places;
    uint32_t *own_values;
    uint32_t *spare_values;
    uint64_t *slots;
    uint32_t *place_of_value;
};

void places_deinit(struct places *places);
/* Numbers the distinct of `count` (1..BATCH_ROWS) values from 0: place_of[i] for each, and which
 * values they are. Returns how many. */
uint32_t values_number(struct worker *worker, const uint32_t *values, uint32_t count,
                       uint16_t *place_of, uint32_t *distinct);
/* From the IDS lanes of worker->keys. Rows that worker->keep does not keep have id id_count. */
void places_make(struct worker *worker, uint32_t rows);

/* ---- run.c ---- */

struct worker {
    struct plan *plan;
    struct groups groups;
    struct lane keys[KEYS_MAX];
    struct lane *limits; /* runs of verdicts: filters and range; filter_count + 1 */
    size_t limit_count;
    struct column_view measure;
    uint32_t next_patch;     /* of the measure, behind the stretches that were summed */
    struct column_data data; /* of row_values.c */
    uint32_t *row_values;    /* BATCH_ROWS */
    uint32_t *table;         /* TABLE_SIZE: scratch by local code or by day */
    uint32_t *slots;         /* 4 * BATCH_ROWS: hash of values -> place + 1 */
    uint8_t *keep;           /* BATCH_ROWS: 0 or 1 */
    bool has_keep;           /* else all */
    struct places places;
    struct kernel_sum *sums;   /* by id, two each; zeros between uses */
    i128 *wide_sums;           /* by id; zeros between uses */
    struct kernel_sum *totals; /* by place */
    uint32_t *group_of_place;  /* by stretch and place; 0 none */
    size_t group_capacity;
    struct stretch *stretches;
    uint32_t stretch_count;
    uint32_t stretch_capacity;
    size_t failed_unit; /* of the wave, when err is set */
    struct gr_err err;
};

enum { TABLE_SIZE = 1 << 18 };

/* Bytes of a column of a segment. */
const struct store_bytes *segment_column(const struct plan *plan,
                                         const struct planned_segment *segment, int column);
enum gr_status view_column(struct worker *worker, const struct planned_segment *segment, int column,
                           struct column_view *view, struct gr_err *err) GR_MUST_CHECK;
/* Numbers in full, whatever their form was. */
enum gr_status view_numbers(struct worker *worker, const struct planned_segment *segment,
                            int column, struct column_view *view, struct gr_err *err) GR_MUST_CHECK;

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
/* The cells of some groups that have rows (all of them: groups NULL), sorted. */
enum gr_status result_of_groups(struct plan *plan, const struct groups *total,
                                const uint32_t *groups, uint32_t count,
                                struct rollup_result *result, struct gr_err *err) GR_MUST_CHECK;
/* Memory: the plan's arena. */
void cell_init(struct plan *plan, struct rollup_cell *cell);
/* Adds the rows and sums of a group to a cell. */
enum gr_status cell_add_group(struct plan *plan, const struct groups *total, uint32_t group,
                              struct rollup_cell *cell, struct gr_err *err) GR_MUST_CHECK;

/* ---- top.c ---- */
/* As result_make() for a request with a `top`: reads the texts of the largest groups only. */
enum gr_status top_make(struct plan *plan, struct groups *total, struct rollup_result *result,
                        struct gr_err *err) GR_MUST_CHECK;

#endif
