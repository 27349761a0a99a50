/* The inventory of machines, read from the store: what a GPU-hour costs, and who owns it.
 *
 * Called by block_gpu_idle.c. Knows the store's dataset instance; must not know samples beyond
 * their tags, tables or wording.
 */
#ifndef GR_REPORT_GPU_MACHINES_H
#define GR_REPORT_GPU_MACHINES_H

#include "analysis/idle.h"
#include "model/rollup.h"
#include "report/gpu_samples.h"

/* A machine as its newest snapshot shows it, and its rates through time. */
struct gpu_machine {
    struct str instance, provider, region, instance_type, gpu_type, tags;
    int64_t gpu_count;             /* 0: none, or not known */
    struct str currency;           /* of the rates; "" without any */
    bool several_currencies;       /* then there are no rates: they can't be added */
    struct idle_rate *per_machine; /* an hour of the whole machine */
    struct idle_rate *per_gpu; /* the same divided by its GPUs; rate_count where those are known */
    size_t rate_count, gpu_rate_count;
};

struct gpu_machine_list {
    struct gpu_machine *items; /* by instance */
    size_t count;
};

/* All machines of the inventory; memory: arena. A rate holds from its snapshot on; the first one
 * also before it, from the machine's creation where that is known. GR_EDATA: a rate out of range.
 */
enum gr_status gpu_machines_read(struct store *store, struct arena *arena,
                                 struct gpu_machine_list *out, struct gr_err *err) GR_MUST_CHECK;
const struct gpu_machine *gpu_machine_find(const struct gpu_machine_list *list,
                                           struct str instance); /* NULL: not in the inventory */

/* A tag of the machine (may be NULL), else of its samples, by the rules (NULL: raw); STR_NONE when
 * neither has it. */
struct str gpu_tag(struct arena *arena, const struct tag_rules *rules,
                   const struct gpu_machine *machine, const struct gpu_series *series,
                   struct str key);

/* The machine's value of a dimension as reports show it; STR_NONE where machines have no such. The
 * machine and the tag rules may be NULL. */
struct str gpu_dimension_value(struct arena *arena, const struct tag_rules *rules, struct str name,
                               const struct gpu_machine *machine, const struct gpu_series *series);

/* Whether a GPU passes the report's filters. Filters on what machines don't have (service, ...) are
 * left out: gpu_filters_ignored() names them, comma between, "" without any. */
bool gpu_filters_pass(struct arena *arena, const struct tag_rules *rules,
                      const struct rollup_filter *filters, size_t count,
                      const struct gpu_machine *machine, const struct gpu_series *series);
struct str gpu_filters_ignored(struct arena *arena, const struct rollup_filter *filters,
                               size_t count);

#endif
