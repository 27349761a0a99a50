/* `gpureport check`: integrity of the store and the accounting identities. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/session.h"
#include "rollup/rollup.h"

/* Ledger sums = rollup sums, per dataset, currency and money column. */
static enum gr_status check_rollup(struct arena *arena, const struct session *session,
                                   enum dataset dataset, struct store_findings *findings,
                                   struct gr_err *err)
{
    struct store_delivery_list live;
    GR_TRY(store_delivery_find(session->store, arena, dataset, STR_NONE, STR_NONE, &live, err));
    struct rollup_request request = {
        .dataset = dataset, .days = {{INT32_MIN / 2}, {INT32_MAX / 2}}
    };
    request.measure_count = store_money_columns(dataset, request.measures);
    struct rollup_result result;
    GR_TRY(rollup_run(session->store, session->pool, kernels_select("auto"), &request, arena,
                      &result, err));
    for (size_t c = 0; c < result.cell_count; c++)
        for (size_t m = 0; m < request.measure_count; m++) {
            const struct rollup_cell *cell = &result.cells[c];
            struct decimal sum = DECIMAL_ZERO;
            for (size_t i = 0; i < live.count; i++)
                for (size_t j = 0; j < live.items[i].money_count; j++)
                    if (str_equal(live.items[i].money[j].currency, cell->currency))
                        GR_TRY(decimal_add(sum, live.items[i].money[j].sums[m], &sum, err));
            if (decimal_compare(sum, cell->sums[m]) == 0)
                continue;
            findings->items[findings->count++] = arena_printf(
                arena, "dataset %s, %.*s: column %s of the ledger and of a rollup differ",
                dataset_name(dataset), STR_ARG(cell->currency),
                dataset_columns(dataset, &(size_t){0})[request.measures[m]].name);
        }
    return GR_OK;
}

static enum gr_status check_store(const struct options *options, struct arena *arena,
                                  const struct session *session, struct gr_err *err)
{
    enum { ROLLUP_FINDINGS_MAX = 4096 };
    static const enum dataset with_money[] = {DATASET_COST, DATASET_AI};
    struct store_findings findings;
    struct store_findings sums = {arena_alloc(arena, ROLLUP_FINDINGS_MAX * sizeof *sums.items), 0};
    GR_TRY(store_check(session->store, arena, &findings, err));
    for (size_t i = 0; i < 2 && findings.count == 0; i++)
        GR_TRY(check_rollup(arena, session, with_money[i], &sums, err));
    for (size_t i = 0; i < findings.count; i++)
        fprintf(stderr, "gpureport: check: %.*s\n", STR_ARG(findings.items[i]));
    for (size_t i = 0; i < sums.count; i++)
        fprintf(stderr, "gpureport: check: %.*s\n", STR_ARG(sums.items[i]));
    if (findings.count + sums.count)
        return gr_fail(err, GR_ESTORE, "check: %zu findings", findings.count + sums.count);
    if (!options->quiet)
        puts("sound: every segment decodes; rows = stored + rejected + skipped; sums of the ledger "
             "= "
             "sums of the segments = sums of a rollup");
    return GR_OK;
}

static enum gr_status check_run(const struct options *options, struct arena *arena,
                                struct gr_err *err)
{
    struct session session;
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = check_store(options, arena, &session, err);
    session_close(&session);
    return status;
}

const struct command command_check = {
    .name = "check",
    .usage = "[OPTIONS]",
    .what = "store integrity and accounting identities",
    .groups = OPTIONS_COMMON,
    .run = check_run,
};
