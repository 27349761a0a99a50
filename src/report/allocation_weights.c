/* What the groups of a rule weigh. See allocation.h. */
#include <stdlib.h>
#include <string.h>

#include "report/allocation.h"
#include "report/gpu_idle.h"
#include "report/report_internal.h"
#include "rollup/rollup.h"

enum { HOUR_MS = 3600000, HOUR_DECIMALS = 9 };

static bool is_measure(const struct allocation_rule *rule, const char *name)
{
    return str_is(rule->weight, name);
}

/* Weights of one group in all currencies are one. */
static enum gr_status over_currencies(struct group_list *list, struct gr_err *err)
{
    for (size_t i = 0; i < list->count; i++)
        list->items[i].currency = STR_NONE;
    return groups_unite(list, NULL, 0, err);
}

/* Another cost, or a quantity, of what no rule moves. */
static enum gr_status of_charges(const struct report_context *context,
                                 const struct allocation_rule *rule, struct group_list *out,
                                 struct gr_err *err)
{
    struct report_context other = *context;
    struct group_question question = {DATASET_COST, &rule->to, 1, context->days, 0};
    struct group_list all;
    other.cost = rule->weight;
    struct group_list *origins =
        arena_alloc_zeroed(context->arena, context->allocation->count + 1, sizeof *origins);
    GR_TRY(groups_query(&other, &question, &all, err));
    GR_TRY(allocation_origins(&other, &question, &all, origins, out, err));
    return rule->method == ALLOCATE_MEASURE ? over_currencies(out, err) : GR_OK;
}

/* ---- LLM usage ---- */

static const char *usage_text(const struct allocation_rule *rule)
{
    if (is_measure(rule, "ai:requests"))
        return "SELECT key1, requests FROM ai_rollup(:dimension, :from, :to, :filter)";
    return "SELECT key1, money_add(money_add(money_add(money_add(input, cache_read), "
           "money_add(output, reasoning)), money_add(cache_write_5m, cache_write_1h)), "
           "money_add(money_add(money_add(input_audio, cache_read_audio), "
           "money_add(output_audio, input_image)), money_add(output_image, input_video))) "
           "FROM ai_rollup(:dimension, :from, :to, :filter)";
}

static enum gr_status usage_rows(const struct report_context *context, struct sql_query *query,
                                 struct group_list *out, struct gr_err *err)
{
    size_t capacity = 0;
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        if (out->count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            struct group *items = arena_alloc_zeroed(context->arena, capacity, sizeof *items);
            if (out->count)
                memcpy(items, out->items, out->count * sizeof *items);
            out->items = items;
        }
        struct group *group = &out->items[out->count];
        group->keys[0] = arena_str(context->arena, sql_column_text(query, 0));
        GR_TRY(sql_column_decimal(query, 1, &group->cost, err));
        out->count++;
    }
}

static enum gr_status of_usage_measure(const struct report_context *context,
                                       const struct allocation_rule *rule, struct group_list *out,
                                       struct gr_err *err)
{
    char from[11], to[11];
    struct sql_query *query;
    day_format(context->days.first, from);
    day_format(context->days.end, to);
    GR_TRY(sql_query_text(context->sql, "usage by group", str_from(usage_text(rule)), &query, err));
    enum gr_status status = sql_bind(query, "dimension", rule->to, err);
    if (!status)
        status = sql_bind(query, "from", str_from(from), err);
    if (!status)
        status = sql_bind(query, "to", str_from(to), err);
    if (!status)
        status = sql_bind(query, "filter", context->filter, err);
    if (!status)
        status = usage_rows(context, query, out, err);
    sql_query_close(query);
    return status ? status : over_currencies(out, err);
}

/* Amounts of several currencies can't be weighed against each other. */
static enum gr_status one_currency(const struct allocation_rule *rule, struct group_list *list,
                                   struct gr_err *err)
{
    const struct group *first = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct group *group = &list->items[i];
        if (decimal_is_zero(group->cost))
            continue;
        if (first && !str_equal(first->currency, group->currency))
            return gr_fail(
                err, GR_EDATA,
                "%.*s: usage costs are in %.*s and in %.*s; --to-currency makes them one",
                STR_ARG(rule->weight), STR_ARG(first->currency), STR_ARG(group->currency));
        first = first ? first : group;
    }
    return over_currencies(list, err);
}

static enum gr_status of_usage(const struct report_context *context,
                               const struct allocation_rule *rule, struct group_list *out,
                               struct gr_err *err)
{
    *out = (struct group_list){0};
    if (rollup_check_dimension(DATASET_AI, rule->to, err))
        return err->status;
    if (!report_filters_apply(context, DATASET_AI))
        return gr_fail(err, GR_EUSAGE, "%.*s can't be weighed under filters that usage lacks",
                       STR_ARG(rule->weight));
    if (!is_measure(rule, "ai:cost"))
        return of_usage_measure(context, rule, out, err);
    struct group_question question = {DATASET_AI, &rule->to, 1, context->days, 0};
    GR_TRY(groups_query(context, &question, out, err));
    return one_currency(rule, out, err);
}

/* ---- samples ---- */

static void hours_of_units(const struct report_context *context, const struct gpu_idle *idle,
                           struct str dimension, struct group_list *out)
{
    struct arena *arena = context->arena;
    out->items = arena_alloc_zeroed(arena, idle->unit_count + 1, sizeof *out->items);
    for (size_t i = 0; i < idle->unit_count; i++) {
        const struct gpu_unit *unit = &idle->units[i];
        struct group *group = &out->items[out->count++];
        group->keys[0] = arena_str(arena, gpu_dimension_value(arena, context->tag_rules, dimension,
                                                              unit->machine, unit->series));
        group->cost = decimal_from_int(unit->tally.known_ms);
    }
}

/* Hours that samples cover, of the machines' tags; to 9 decimals, which no sample tells apart. */
static enum gr_status of_samples(const struct report_context *context,
                                 const struct allocation_rule *rule, struct group_list *out,
                                 struct gr_err *err)
{
    static const struct gpu_series nothing = {0};
    *out = (struct group_list){0};
    if (!gpu_dimension_value(context->arena, NULL, rule->to, NULL, &nothing).ptr)
        return gr_fail(err, GR_EUSAGE, "machines have no dimension %.*s to weigh GPU hours by",
                       STR_ARG(rule->to));
    struct gpu_idle idle = {.context = context, .arena = context->arena};
    enum gr_status status = gpu_idle_count(&idle, err);
    if (!status)
        hours_of_units(context, &idle, rule->to, out);
    gpu_idle_deinit(&idle);
    GR_TRY(status);
    GR_TRY(over_currencies(out, err));
    for (size_t i = 0; i < out->count; i++)
        GR_TRY(decimal_div(out->items[i].cost, decimal_from_int(HOUR_MS), HOUR_DECIMALS,
                           &out->items[i].cost, err));
    return GR_OK;
}

/* ---- choice ---- */

enum gr_status allocation_weights(const struct report_context *context,
                                  const struct allocation_rule *rule,
                                  const struct group_list *direct, struct group_list *out,
                                  struct gr_err *err)
{
    *out = *direct;
    if (!rule->weight.len || str_equal(rule->weight, context->cost))
        return GR_OK;
    enum gr_status status = str_starts(rule->weight, STR("ai:")) ? of_usage(context, rule, out, err)
                            : str_starts(rule->weight, STR("metric:"))
                                ? of_samples(context, rule, out, err)
                                : of_charges(context, rule, out, err);
    return status ? gr_wrap(err, "%s: rule %.*s", context->allocation->file, STR_ARG(rule->name))
                  : GR_OK;
}
