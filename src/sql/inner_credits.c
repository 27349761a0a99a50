/* Credits within rows (see inner_credits.h). */
#include "sql/inner_credits.h"

static bool leaves_out_credits(const struct rollup_filter *filter)
{
    if (filter->kind != ROLLUP_NOT_IN || !str_is(filter->dimension, "charge_category"))
        return false;
    for (size_t i = 0; i < filter->value_count; i++)
        if (str_is(filter->values[i], "Credit"))
            return true;
    return false;
}

int inner_credits_measure(const struct rollup_request *request, int cost)
{
    if (request->dataset != DATASET_COST || (cost != COST_BilledCost && cost != COST_EffectiveCost))
        return -1;
    for (size_t i = 0; i < request->filter_count; i++)
        if (leaves_out_credits(&request->filters[i]))
            return COST_x_CreditAmount;
    return -1;
}

enum gr_status inner_credits_take_out(struct rollup_result *result, size_t cost, size_t credits,
                                      struct gr_err *err)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        struct decimal *sums = result->cells[i].sums;
        if (!decimal_is_zero(sums[credits]))
            GR_TRY(decimal_sub(sums[cost], sums[credits], &sums[cost], err));
    }
    return GR_OK;
}
