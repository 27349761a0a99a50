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

/* Costs that are net of the credits; list and contracted cost are before them. */
static bool is_net(int measure)
{
    return measure == COST_BilledCost || measure == COST_EffectiveCost;
}

bool inner_credits_left_out(const struct rollup_request *request)
{
    bool net = false, left_out = false;
    if (request->dataset != DATASET_COST)
        return false;
    for (size_t m = 0; m < request->measure_count; m++)
        net = net || is_net(request->measures[m]);
    for (size_t i = 0; i < request->filter_count; i++)
        left_out = left_out || leaves_out_credits(&request->filters[i]);
    return net && left_out;
}

bool inner_credits_are_there(const struct rollup_result *result, size_t credits)
{
    for (size_t i = 0; i < result->cell_count; i++)
        if (result->cells[i].value_counts[credits])
            return true;
    return false;
}

enum gr_status inner_credits_take_out(const struct rollup_request *request, size_t credits,
                                      struct rollup_result *result, struct gr_err *err)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        struct decimal *sums = result->cells[i].sums;
        for (size_t m = 0; m < request->measure_count; m++)
            if (is_net(request->measures[m]) && !decimal_is_zero(sums[credits]))
                GR_TRY(decimal_sub(sums[m], sums[credits], &sums[m], err));
    }
    return GR_OK;
}
