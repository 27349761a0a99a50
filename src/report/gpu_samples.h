/* GPU samples read from the store, a series a GPU, for the idle-time block.
 *
 * Called by block_gpu_idle.c. Knows the store's dataset metric; must not know rates, tables or
 * wording.
 */
#ifndef GR_REPORT_GPU_SAMPLES_H
#define GR_REPORT_GPU_SAMPLES_H

#include "analysis/idle.h"
#include "store/store.h"

/* A sample in 16 bytes: a month of 512 GPUs at one a minute is 22 million of them. A float holds
 * every percentage and MiB that a driver prints. */
struct gpu_sample {
    int64_t moment_ms;
    float utilisation; /* percent; NaN: unknown */
    float memory_used_mib;
};

/* All samples of one GPU. Without uuid and index they are of the machine as a whole and stand for
 * all its GPUs. */
struct gpu_series {
    struct str instance, uuid, index;
    struct str name; /* GPU model as the driver says it; the last one seen */
    struct str tags; /* JSON; the last ones seen */
    bool whole_machine;
    bool measured;  /* at least one utilisation */
    bool ascending; /* samples came in order of time */
    struct gpu_sample *samples;
    size_t count, capacity;
};

struct gpu_series_list {
    struct gpu_series *items; /* by instance, index, uuid */
    size_t count, capacity;
};

/* Reads the samples of [from_ms, to_ms). Texts are the arena's, samples are freed by
 * gpu_series_list_deinit, which the caller calls also after a failure. GR_ESTORE: damaged store. */
enum gr_status gpu_series_read(struct store *store, struct arena *arena, int64_t from_ms,
                               int64_t to_ms, struct gpu_series_list *out,
                               struct gr_err *err) GR_MUST_CHECK;
void gpu_series_list_deinit(struct gpu_series_list *list);

/* The samples in order of time; of equal moments the one read last comes last. Memory: arena. */
struct idle_sample *gpu_series_sorted(struct arena *arena, const struct gpu_series *series);

#endif
