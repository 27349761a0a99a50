/* GPU utilisation and idle time from samples, and what the idle time costs.
 *
 * Called by report/ with the samples of each GPU in order of time. Pure; all results are exact in
 * time (milliseconds) and money, doubles only for percentages.
 *
 * Hold rule: a sample counts from its moment to the next one, at most 3 nominal steps (the median
 * step of that GPU); what lies beyond is no data. The last sample counts one nominal step.
 * Everything is cut to the window. States of a moment: busy (utilisation >= threshold), idle-held
 * (below it, with memory in use), idle-free, unknown (the sample has no utilisation). Idle time is
 * counted in maximal runs of idle states, not broken by a change between held and free, that last
 * min_idle_ms or longer.
 */
#ifndef GR_ANALYSIS_IDLE_H
#define GR_ANALYSIS_IDLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"

enum {
    IDLE_HOLD_STEPS = 3,
    IDLE_COST_SCALE = 12 /* milliseconds x rate / 3,600,000, half to even */
};

struct idle_sample {
    int64_t moment_ms;
    double utilisation;     /* 0..100; NaN: not measured */
    double memory_used_mib; /* NaN: not measured, counts as none */
};

/* Price of one GPU-hour from a moment on, until the next entry. */
struct idle_rate {
    int64_t from_ms;
    struct decimal per_hour;
};

struct idle_gpu {
    const struct idle_sample *samples; /* ascending moments; of equal ones the last counts */
    size_t sample_count;
    const struct idle_rate *rates; /* ascending; before the first one the price is unknown */
    size_t rate_count;
};

struct idle_options {
    int64_t from_ms; /* window, half-open */
    int64_t to_ms;
    double threshold_percent; /* below: idle */
    double memory_held_mib;   /* above: held */
    int64_t min_idle_ms;      /* shorter runs are not idle time */
    int64_t nominal_step_ms;  /* 0: the median step of each GPU */
};

/* One maximal idle run that is long enough. */
struct idle_run {
    size_t gpu;
    int64_t from_ms;
    int64_t to_ms;
    bool has_cost; /* false where a part of it has no rate */
    struct decimal cost;
};

struct idle_usage {
    int64_t window_ms; /* for totals: summed over GPUs */
    int64_t busy_ms;
    int64_t idle_held_ms;
    int64_t idle_free_ms;
    int64_t unknown_ms; /* samples without utilisation; not the time without samples */
    int64_t idle_ms;    /* in runs of min_idle_ms or longer */
    size_t idle_runs;
    double coverage; /* (busy + held + free) / window, 0..1 */
    bool has_mean;
    double mean_utilisation; /* time-weighted, 0..100 */
    bool has_weighted;
    double cost_weighted_utilisation; /* sum(util x hours x rate) / sum(hours x rate), where a rate
                                         is known */
    double rated_weight; /* sum(hours x rate) where both are known: the weight of this usage when
                            several are combined */
    struct decimal idle_cost; /* of the idle time that has a rate */
    int64_t idle_unpriced_ms; /* idle time without a rate: not in idle_cost */
};

struct idle_result {
    struct idle_usage *gpus; /* one each, in the order given */
    struct idle_usage total;
    struct idle_run *runs; /* by GPU, then time */
    size_t run_count;
};

/* Memory is the arena's. GR_EUSAGE for an empty window, GR_EDATA for samples or rates out of order
 * or an overflow of a cost. */
enum gr_status idle_run_all(struct arena *arena, const struct idle_gpu *gpus, size_t gpu_count,
                            const struct idle_options *options, struct idle_result *out,
                            struct gr_err *err) GR_MUST_CHECK;

/* Hours with 12 decimals (exact to rounding half to even). */
enum gr_status idle_hours(int64_t ms, struct decimal *out, struct gr_err *err) GR_MUST_CHECK;

#endif
