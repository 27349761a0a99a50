/* The public call: plan, run, result. */
#include "rollup/rollup_internal.h"

#include <stdlib.h>

static enum gr_status answer(struct plan *plan, struct pool *pool, struct groups *total,
                             struct rollup_result *result, struct gr_err *err)
{
    GR_TRY(run_plan(plan, pool, total, err));
    return result_make(plan, total, result, err);
}

static enum gr_status plan_and_answer(struct plan *plan, struct pool *pool,
                                      struct rollup_result *result, struct gr_err *err)
{
    struct groups total;
    GR_TRY(plan_make(plan, err));
    groups_init(&total, plan->key_count, plan->request->measure_count);
    enum gr_status status = answer(plan, pool, &total, result, err);
    groups_deinit(&total);
    return status;
}

enum gr_status rollup_run(struct store *store, struct pool *pool, const struct kernels *kernels,
                          const struct rollup_request *request, struct arena *arena,
                          struct rollup_result *result, struct gr_err *err)
{
    *result = (struct rollup_result){0};
    GR_TRY(store_scan_begin(store, err));
    struct plan *plan = gr_alloc_zeroed(1, sizeof(*plan));
    plan->store = store;
    plan->kernels = kernels ? kernels : kernels_select("auto");
    plan->request = request;
    plan->arena = arena;
    enum gr_status status = plan_and_answer(plan, pool, result, err);
    plan_deinit(plan);
    free(plan);
    store_scan_end(store);
    return status;
}
