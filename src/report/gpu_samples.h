/* GPU samples and the inventory of machines, read from the store for the idle-time block.
 *
 * Called by block_gpu_idle.c. Knows the store's datasets metric and instance; must not know tables,
 * charts or wording.
 */
#ifndef GR_REPORT_GPU_SAMPLES_H
#define GR_REPORT_GPU_SAMPLES_H

#include "analysis/idle.h"
#include "model/rollup.h"
#include "report/report.h"

/* A sample in 16 bytes: a month of 512 GPUs at one a minute is 22 million of them. A float holds
 * every percentage and MiB that a driver prints. */
struct gpu_sample {
    int64_t moment_ms;
    float utilisation; /* percent; NaN: unknown */
    float memory_used_mib;
};

/* All samples of one GPU. Without uuid and index they are of the machine as a whole and stand for
 * all its GPUs. Texts are the list's. */
struct gpu_series {
    struct str instance, uuid, index;
    struct str name; /* GPU model as the driver says it; the last one seen */
    struct str tags;
    bool whole_machine;
    bool measured;  /* at least one utilisation */
    bool ascending; /* samples came in order of time */
    struct gpu_sample *samples;
    size_t count, capacity;
};

struct gpu_series_list {
    struct gpu_series *items; /* in order of instance, index, uuid */
    size_t count, capacity;
    struct arena texts;
};

/* What the inventory knows about a machine: its newest snapshot, and its rates through time. */
struct gpu_machine {
    struct str instance, provider, region, instance_type, gpu_type, tags;
    int64_t gpu_count;       /* 0: unknown or none */
    struct str currency;     /* of the rates */
    bool several_currencies; /* then it has no rates: they can't be added */
    struct idle_rate *per_machine; /* of the whole machine, an hour */
    struct idle_rate *per_gpu;
    size_t rate_count;
};

struct gpu_machine_list {
    struct gpu_machine *items; /* by instance */
    size_t count;
};

/* Reads the samples of [from_ms, to_ms). The caller ends with gpu_series_list_deinit, also after a
 * failure. */
enum gr_status gpu_series_read(struct store *store, int64_t from_ms, int64_t to_ms,
                               struct gpu_series_list *out, struct gr_err *err) GR_MUST_CHECK;
void gpu_series_list_deinit(struct gpu_series_list *list);

/* Samples in order of time (of equal moments the one read last comes last), in the arena. */
struct idle_sample *gpu_series_sorted(struct arena *arena, const struct gpu_series *series);

/* All machines of the inventory. Memory: arena. A rate holds from its snapshot on; the first one also
 * before, from the machine's creation where that is known. */
enum gr_status gpu_machines_read(struct store *store, struct arena *arena,
                                 struct gpu_machine_list *out, struct gr_err *err) GR_MUST_CHECK;
const struct gpu_machine *gpu_machine_find(const struct gpu_machine_list *list,
                                           struct str instance); /* NULL: not in the inventory */

/* A tag of the machine, else of its samples; STR_NONE when neither has it. */
struct str gpu_tag(struct arena *arena, const struct gpu_machine *machine,
                   const struct gpu_series *series, struct str key);

/* Whether the series passes the report's filters. A dimension that machines don't have does not
 * filter: its name goes to *ignored (once each, comma between them). machine may be NULL. */
bool gpu_filters_pass(struct arena *arena, const struct rollup_filter *filters, size_t count,
                      const struct gpu_machine *machine, const struct gpu_series *series);
struct str gpu_filters_ignored(struct arena *arena, const struct rollup_filter *filters,
                               size_t count);

/* First moment of a day in the zone (NULL: UTC). */
int64_t gpu_moment_of_zone_day(const struct zone *zone, struct day day);

#endif
