/* Idle GPU time of a period, counted and added up by host and currency, before any wording.
 *
 * Called by block_gpu_idle.c. gpu_samples.h and gpu_machines.h read, analysis/idle.h counts.
 * Amounts of different currencies are never added. Must not know tables or charts.
 */
#ifndef GR_REPORT_GPU_IDLE_H
#define GR_REPORT_GPU_IDLE_H

#include "report/gpu_machines.h"
#include "report/gpu_samples.h"
#include "report/report.h"

/* What counts as idle: below 5 % for an hour or longer; held: more than 1 GiB of memory in use,
 * which is what most idle GPUs of public cluster traces show (field: metrics 4.2). The block's note
 * says them. */
enum { GPU_IDLE_PERCENT = 5, GPU_IDLE_HELD_MIB = 1024, GPU_IDLE_MINUTES = 60 };

enum {
    GPU_IDLE_RUNS = 10,         /* longest ones that are kept */
    GPU_IDLE_LINES_PER_GPU = 16 /* up to so many GPUs each has a line of its own */
};

/* Time of one GPU, one host or all of them, in GPU-milliseconds; money in one currency at most. */
struct gpu_tally {
    int64_t window_ms, known_ms, unknown_ms;
    int64_t idle_ms, idle_held_ms; /* in runs that are long enough */
    int64_t unpriced_ms;           /* idle without a rate */
    double utilisation_ms;         /* percent x ms of known_ms */
    double rated_utilisation, rated_weight;
    int64_t gpus;
    bool has_rate;
    struct decimal cost;
};

/* One GPU, or a machine that is sampled as a whole. */
struct gpu_unit {
    const struct gpu_series *series;
    const struct gpu_machine *machine; /* NULL: not in the inventory */
    struct str currency;               /* "" without a rate */
    struct gpu_tally tally;
};

/* A row of the main table: the units of a host, or one of them. */
struct gpu_line {
    const struct gpu_unit *first;
    bool one_gpu;
    size_t purse; /* its currency's place */
    struct gpu_tally tally;
};

/* All that is in one currency; "" is without any rate. */
struct gpu_purse {
    struct str currency;
    struct gpu_tally tally;
};

struct gpu_run {
    const struct gpu_unit *unit;
    int64_t from_ms, to_ms;
    bool has_cost;
    struct decimal cost;
};

struct gpu_idle {
    const struct report_context *context;
    struct arena *arena;
    struct gpu_series_list series;
    struct gpu_machine_list machines;
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    size_t filter_count;
    int64_t from_ms, to_ms;
    struct gpu_unit *units;
    size_t unit_count;
    struct gpu_line *lines;
    size_t line_count;
    struct gpu_purse *purses; /* most idle time first */
    size_t purse_count;
    struct gpu_tally total;             /* without money */
    struct gpu_run runs[GPU_IDLE_RUNS]; /* longest first */
    size_t run_count;
};

double gpu_tally_share(int64_t part, int64_t whole);        /* NaN when whole is 0 */
double gpu_tally_mean(const struct gpu_tally *tally);       /* 0..1 by time; NaN without any */
double gpu_tally_rated_mean(const struct gpu_tally *tally); /* 0..1 by time x rate */

/* Counts the period of out->context and out->arena (set by the caller, the rest zero).
 * unit_count is 0 when it has no samples. The caller ends with gpu_idle_deinit, also after a
 * failure. */
enum gr_status gpu_idle_count(struct gpu_idle *out, struct gr_err *err) GR_MUST_CHECK;
void gpu_idle_deinit(struct gpu_idle *idle);

#endif
