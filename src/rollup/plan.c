/* From a request to a plan: where values stand, which columns a scan reads, which segments it
 * touches, and whether pre-sums may answer.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

static enum gr_status check_request(const struct rollup_request *request, struct gr_err *err)
{
    size_t count = 0;
    if ((unsigned)request->dataset >= DATASET_COUNT)
        return gr_fail(err, GR_EUSAGE, "unknown dataset");
    const struct column_def *columns = dataset_columns(request->dataset, &count);
    if (request->dimension_count > ROLLUP_DIMENSIONS_MAX)
        return gr_fail(err, GR_EUSAGE, "at most %d dimensions", ROLLUP_DIMENSIONS_MAX);
    if (request->measure_count > ROLLUP_MEASURES_MAX)
        return gr_fail(err, GR_EUSAGE, "at most %d measures", ROLLUP_MEASURES_MAX);
    if (request->top && request->top_measure >= request->measure_count)
        return gr_fail(err, GR_EUSAGE, "the measure that ranks is not asked for");
    if (request->filter_count > ROLLUP_FILTERS_MAX)
        return gr_fail(err, GR_EUSAGE, "at most %d filters", ROLLUP_FILTERS_MAX);
    for (size_t i = 0; i < request->measure_count; i++) {
        int column = request->measures[i];
        if (column < 0 || (size_t)column >= count || columns[column].kind != COLUMN_DECIMAL)
            return gr_fail(err, GR_EUSAGE, "measure %d of dataset %s is no amount", column,
                           dataset_name(request->dataset));
    }
    if (request->by_billing_period && request->dataset != DATASET_COST)
        return gr_fail(err, GR_EUSAGE, "dataset %s has no billing periods",
                       dataset_name(request->dataset));
    return GR_OK;
}

int plan_place(const struct plan *plan, int column)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (plan->columns[i] == column)
            return (int)i;
    return -1;
}

static void need_column(struct plan *plan, int column)
{
    if (plan_place(plan, column) < 0)
        plan->columns[plan->column_count++] = column;
}

static void need_dimension(struct plan *plan, const struct dimension *dimension)
{
    if (dimension->kind != DIMENSION_TEXT)
        need_column(plan, dimension->moment_column);
    for (size_t i = 0; i < dimension->source_count; i++)
        need_column(plan, dimension->sources[i].column);
}

static enum gr_status resolve_names(struct plan *plan, struct gr_err *err)
{
    const struct rollup_request *request = plan->request;
    struct dimension_scope scope = {plan->store, request->tag_rules, request->dataset};
    struct dimension dimension;
    for (size_t i = 0; i < request->dimension_count; i++) {
        GR_TRY(dimension_resolve(&scope, request->dimensions[i], &dimension, err));
        value_map_init(&plan->keys[plan->key_count++], &dimension, NULL);
        need_dimension(plan, &dimension);
    }
    if (dataset_currency_column(request->dataset) >= 0) {
        GR_TRY(dimension_resolve(&scope, STR("currency"), &dimension, err));
        value_map_init(&plan->keys[plan->key_count++], &dimension, NULL);
        need_dimension(plan, &dimension);
        plan->has_currency = true;
    }
    for (size_t i = 0; i < request->filter_count; i++) {
        if (rollup_filter_is_void(request->dataset, &request->filters[i]))
            continue;
        GR_TRY(dimension_resolve(&scope, request->filters[i].dimension, &dimension, err));
        value_map_init(&plan->filters[plan->filter_count++], &dimension, &request->filters[i]);
        need_dimension(plan, &dimension);
    }
    for (size_t i = 0; i < request->measure_count; i++)
        need_column(plan, request->measures[i]);
    return GR_OK;
}

static bool is_tag(const struct dimension *dimension, struct str key)
{
    return dimension->sources[0].member_count == 1 && !dimension->sources[0].view.rules &&
           str_equal(dimension->sources[0].members[0], key);
}

/* The key when the dimension and all filters are the same tag (or have it as their first source).
 */
static struct str the_one_tag(const struct plan *plan, const struct dimension *wanted)
{
    struct str key = wanted->sources[0].member_count ? wanted->sources[0].members[0] : STR_NONE;
    if (!key.ptr || !is_tag(wanted, key))
        return STR_NONE;
    for (size_t i = 0; i < plan->filter_count; i++)
        if (!is_tag(&plan->filters[i].dimension, key))
            return STR_NONE;
    return key;
}

/* Which column's pre-sums could answer: that of the one text dimension, with all filters on the
 * same place; without a dimension that of the filters, or the currency's total. */
static void find_presum_column(struct plan *plan)
{
    const struct rollup_request *request = plan->request;
    int money[STORE_MONEY_MAX];
    size_t money_count = store_money_columns(request->dataset, money);
    const struct dimension *wanted = request->dimension_count ? &plan->keys[0].dimension
                                     : plan->filter_count     ? &plan->filters[0].dimension
                                     : plan->has_currency     ? &plan->keys[0].dimension
                                                              : NULL;
    plan->presum_column = -1;
    if (!wanted || request->dimension_count > 1 || wanted->kind != DIMENSION_TEXT)
        return;
    for (size_t i = 0; i < plan->filter_count; i++)
        if (plan->filters[i].dimension.kind != DIMENSION_TEXT ||
            plan->filters[i].dimension.sources[0].column != wanted->sources[0].column)
            return;
    for (size_t i = 0; i < request->measure_count; i++) {
        size_t at = 0;
        while (at < money_count && money[at] != request->measures[i])
            at++;
        if (at == money_count)
            return;
        plan->presum_measures[i] = (uint32_t)at;
    }
    plan->presum_column = wanted->sources[0].column;
    plan->presum_key = the_one_tag(plan, wanted);
}

bool plan_in_range(const struct plan *plan, int64_t moment)
{
    if (!plan->range_zone)
        return moment >= plan->first_moment && moment < plan->end_moment;
    int32_t day = zone_day_of_moment(plan->range_zone, moment).since_1970;
    return day >= plan->request->days.first.since_1970 && day < plan->request->days.end.since_1970;
}

static enum gr_status list_segments(struct plan *plan, struct gr_err *err)
{
    const struct rollup_request *request = plan->request;
    struct store_segment_list list;
    /* A zone moves days by less than a day; rows are tested exactly. */
    int64_t margin = plan->range_zone ? MS_PER_DAY : 0;
    GR_TRY(store_segment_list(plan->store, plan->arena, request->dataset,
                              request->by_billing_period, plan->first_moment - margin,
                              plan->end_moment + margin, 0, &list, err));
    plan->segments = arena_alloc_zeroed(plan->arena, list.count + 1, sizeof(*plan->segments));
    plan->segment_count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        plan->segments[i].segment = list.items[i];
        plan->segments[i].whole = list.items[i].moment_nulls == 0 &&
                                  plan_in_range(plan, list.items[i].min_moment) &&
                                  plan_in_range(plan, list.items[i].max_moment);
    }
    return GR_OK;
}

enum gr_status plan_make(struct plan *plan, struct gr_err *err)
{
    const struct rollup_request *request = plan->request;
    GR_TRY(check_request(request, err));
    GR_TRY(resolve_names(plan, err));
    plan->range_column = request->by_billing_period ? COST_BillingPeriodStart
                                                    : dataset_moment_column(request->dataset);
    need_column(plan, plan->range_column);
    plan->range_zone = request->by_billing_period ? NULL : request->zone;
    plan->first_moment = moment_of_day(request->days.first);
    plan->end_moment = moment_of_day(request->days.end);
    find_presum_column(plan);
    return list_segments(plan, err);
}

void plan_deinit(struct plan *plan)
{
    for (size_t i = 0; i < plan->key_count; i++)
        value_map_deinit(&plan->keys[i]);
    for (size_t i = 0; i < plan->filter_count; i++)
        value_map_deinit(&plan->filters[i]);
}
