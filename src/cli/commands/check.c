/* `gpureport check`: integrity of the store and the accounting identities. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/session.h"
#include "rollup/rollup.h"

enum { ROLLUP_FINDINGS_MAX = 4096 };

static void add_finding(struct store_findings *findings, struct str text)
{
    if (findings->count < ROLLUP_FINDINGS_MAX)
        findings->items[findings->count++] = text;
}

/* Sum of one money column in one currency over the ledger of all live deliveries. */
static enum gr_status ledger_sum(const struct store_delivery_list *live, struct str currency,
                                 size_t column, struct decimal *sum, struct gr_err *err)
{
    *sum = DECIMAL_ZERO;
    for (size_t i = 0; i < live->count; i++)
        for (size_t j = 0; j < live->items[i].money_count; j++)
            if (str_equal(live->items[i].money[j].currency, currency))
                GR_TRY(decimal_add(*sum, live->items[i].money[j].sums[column], sum, err));
    return GR_OK;
}

static const struct rollup_cell *cell_of(const struct rollup_result *result, struct str currency)
{
    for (size_t c = 0; c < result->cell_count; c++)
        if (str_equal(result->cells[c].currency, currency))
            return &result->cells[c];
    return NULL;
}

/* Every currency of the ledger is one of the rollup. */
static void check_currencies(struct arena *arena, enum dataset dataset,
                             const struct store_delivery_list *live,
                             const struct rollup_result *result, struct store_findings *findings)
{
    for (size_t i = 0; i < live->count; i++)
        for (size_t j = 0; j < live->items[i].money_count; j++) {
            struct str currency = live->items[i].money[j].currency;
            if (!cell_of(result, currency))
                add_finding(findings,
                            arena_printf(arena,
                                         "dataset %s, delivery %lld: currency \"%.*s\" of the "
                                         "ledger is in no rollup",
                                         dataset_name(dataset), (long long)live->items[i].id,
                                         STR_ARG(currency)));
        }
}

/* Ledger sums = rollup sums, per dataset, currency and money column. */
static enum gr_status check_rollup(struct arena *arena, const struct options *options,
                                   const struct session *session, enum dataset dataset,
                                   struct store_findings *findings, struct gr_err *err)
{
    struct store_delivery_list live;
    GR_TRY(store_delivery_find(session->store, arena, dataset, STR_NONE, STR_NONE, &live, err));
    struct rollup_request request = {
        .dataset = dataset, .days = {{INT32_MIN / 2}, {INT32_MAX / 2}}
    };
    request.measure_count = store_money_columns(dataset, request.measures);
    const struct kernels *kernels = kernels_select(options->simd ? options->simd : "auto");
    struct rollup_result result;
    GR_TRY(rollup_run(session->store, session->pool, kernels, &request, arena, &result, err));
    check_currencies(arena, dataset, &live, &result, findings);
    size_t columns;
    const struct column_def *defs = dataset_columns(dataset, &columns);
    for (size_t c = 0; c < result.cell_count; c++)
        for (size_t m = 0; m < request.measure_count; m++) {
            const struct rollup_cell *cell = &result.cells[c];
            struct decimal sum;
            GR_TRY(ledger_sum(&live, cell->currency, m, &sum, err));
            if (decimal_compare(sum, cell->sums[m]) != 0)
                add_finding(findings,
                            arena_printf(arena,
                                         "dataset %s, %.*s: column %s of the ledger and of a "
                                         "rollup differ",
                                         dataset_name(dataset), STR_ARG(cell->currency),
                                         defs[request.measures[m]].name));
        }
    return GR_OK;
}

static enum gr_status check_store(const struct options *options, struct arena *arena,
                                  const struct session *session, struct gr_err *err)
{
    static const enum dataset with_money[] = {DATASET_COST, DATASET_AI, DATASET_INVOICE,
                                              DATASET_COMMITMENT};
    struct store_findings findings;
    struct store_findings sums = {arena_alloc(arena, ROLLUP_FINDINGS_MAX * sizeof *sums.items), 0};
    GR_TRY(store_check(session->store, arena, &findings, err));
    for (size_t i = 0; i < sizeof with_money / sizeof *with_money && findings.count == 0; i++)
        GR_TRY(check_rollup(arena, options, session, with_money[i], &sums, err));
    for (size_t i = 0; i < findings.count; i++)
        fprintf(stderr, "gpureport: check: %.*s\n", STR_ARG(findings.items[i]));
    for (size_t i = 0; i < sums.count; i++)
        fprintf(stderr, "gpureport: check: %.*s\n", STR_ARG(sums.items[i]));
    if (findings.count + sums.count)
        return gr_fail(err, GR_ESTORE, "check: %zu findings", findings.count + sums.count);
    if (!options->quiet)
        puts("sound: bytes are as written; every segment decodes; rows = stored + rejected + "
             "skipped; sums of the ledger "
             "= sums of the segments = sums of a rollup");
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
