/* See groups.h. Called by adhoc.c. */
#include "report/groups.h"

#include <stdlib.h>
#include <string.h>

bool dimension_is_time(struct str name)
{
    return str_is(name, "day") || str_is(name, "week") || str_is(name, "month") ||
           str_is(name, "billing_month");
}

static enum gr_status bind_question(const struct report_context *context,
                                    const struct group_question *question, struct sql_query *query,
                                    struct gr_err *err)
{
    char from[11], to[11];
    day_format(question->days.first, from);
    day_format(question->days.end, to);
    int time_key = 0;
    for (size_t i = 0; i < question->dimension_count && !time_key; i++)
        if (dimension_is_time(question->dimensions[i]))
            time_key = (int)i + 1;
    GR_TRY(sql_bind(
        query, "dimensions",
        arena_join(context->arena, question->dimensions, question->dimension_count, STR(",")),
        err));
    GR_TRY(sql_bind(query, "from", str_from(from), err));
    GR_TRY(sql_bind(query, "to", str_from(to), err));
    GR_TRY(sql_bind(query, "filter", context->filter, err));
    if (question->dataset == DATASET_COST) {
        GR_TRY(sql_bind(query, "cost", context->cost, err));
        GR_TRY(sql_bind(query, "basis", str_from(context->by_billing ? "billing" : "charge"), err));
        return sql_bind_int(query, "top", (int64_t)question->top, err);
    }
    return sql_bind_int(query, "time_key", time_key, err);
}

static enum gr_status read_group(struct arena *arena, const struct sql_query *query,
                                 enum dataset dataset, struct group *out, struct gr_err *err)
{
    *out = (struct group){0};
    for (int i = 0; i < ROLLUP_DIMENSIONS_MAX; i++)
        out->keys[i] = arena_str(arena, sql_column_text(query, i));
    out->currency = arena_str(arena, sql_column_text(query, 4));
    GR_TRY(sql_column_decimal(query, 5, &out->cost, err));
    out->records = sql_column_int(query, 6);
    if (dataset == DATASET_AI)
        return sql_column_decimal(query, 7, &out->unpriced_tokens, err);
    out->is_other = sql_column_int(query, 7) != 0;
    out->unknown = out->records - sql_column_int(query, 8);
    return GR_OK;
}

static void groups_add(struct arena *arena, struct group_list *list, size_t *capacity,
                       struct group group)
{
    if (list->count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 64;
        struct group *items = arena_alloc(arena, *capacity * sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = group;
}

static enum gr_status read_groups(const struct report_context *context, struct sql_query *query,
                                  enum dataset dataset, struct group_list *out, struct gr_err *err)
{
    size_t capacity = 0;
    for (bool row;;) {
        struct group group;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        GR_TRY(read_group(context->arena, query, dataset, &group, err));
        groups_add(context->arena, out, &capacity, group);
    }
}

enum gr_status groups_query(const struct report_context *context,
                            const struct group_question *question, struct group_list *out,
                            struct gr_err *err)
{
    *out = (struct group_list){0};
    struct sql_query *query;
    const char *name = question->dataset == DATASET_AI ? "ai-by-dimension" : "by-dimension";
    GR_TRY(sql_query_named(context->sql, name, &query, err));
    enum gr_status status = bind_question(context, question, query, err);
    if (!status)
        status = read_groups(context, query, question->dataset, out, err);
    sql_query_close(query);
    return status;
}

static enum gr_status group_sum(struct group *into, const struct group *part, struct gr_err *err)
{
    GR_TRY(decimal_add(into->cost, part->cost, &into->cost, err));
    GR_TRY(decimal_add(into->allocated, part->allocated, &into->allocated, err));
    GR_TRY(decimal_add(into->earlier, part->earlier, &into->earlier, err));
    GR_TRY(decimal_add(into->unpriced_tokens, part->unpriced_tokens, &into->unpriced_tokens, err));
    into->records += part->records;
    into->unknown += part->unknown;
    return GR_OK;
}

static int compare_currency(const void *a, const void *b)
{
    return str_compare(((const struct group *)a)->currency, ((const struct group *)b)->currency);
}

enum gr_status groups_totals(struct arena *arena, const struct group_list *groups,
                             struct group_list *totals, struct gr_err *err)
{
    *totals = (struct group_list){0};
    size_t capacity = 0;
    for (size_t i = 0; i < groups->count; i++) {
        struct group *total = NULL;
        for (size_t j = 0; j < totals->count && !total; j++)
            if (str_equal(totals->items[j].currency, groups->items[i].currency))
                total = &totals->items[j];
        if (!total) {
            groups_add(arena, totals, &capacity,
                       (struct group){.currency = groups->items[i].currency});
            total = &totals->items[totals->count - 1];
        }
        GR_TRY(group_sum(total, &groups->items[i], err));
    }
    if (totals->count)
        qsort(totals->items, totals->count, sizeof *totals->items, compare_currency);
    return GR_OK;
}

int groups_compare_keys(const void *a, const void *b)
{
    const struct group *left = a, *right = b;
    for (size_t i = 0; i < ROLLUP_DIMENSIONS_MAX; i++) {
        int order = str_compare(left->keys[i], right->keys[i]);
        if (order)
            return order;
    }
    return str_compare(left->currency, right->currency);
}

static int compare_cost(const void *a, const void *b)
{
    const struct group *left = a, *right = b;
    int order = decimal_compare(right->cost, left->cost);
    return order ? order : groups_compare_keys(left, right);
}

void groups_compare(struct arena *arena, struct group_list *groups,
                    const struct group_list *earlier)
{
    struct group *sorted = arena_alloc(arena, (earlier->count + 1) * sizeof *sorted);
    bool *met = arena_alloc_zeroed(arena, earlier->count + 1, sizeof *met);
    if (earlier->count)
        memcpy(sorted, earlier->items, earlier->count * sizeof *sorted);
    qsort(sorted, earlier->count, sizeof *sorted, groups_compare_keys);
    size_t count = groups->count, capacity = count;
    for (size_t i = 0; i < count; i++) {
        const struct group *same =
            bsearch(&groups->items[i], sorted, earlier->count, sizeof *sorted, groups_compare_keys);
        if (same) {
            groups->items[i].earlier = same->cost;
            met[same - sorted] = true;
        }
    }
    for (size_t i = 0; i < earlier->count; i++) {
        if (met[i])
            continue;
        struct group gone = sorted[i];
        gone.earlier = gone.cost;
        gone.cost = DECIMAL_ZERO;
        gone.allocated = DECIMAL_ZERO;
        gone.records = 0;
        gone.unpriced_tokens = DECIMAL_ZERO;
        groups_add(arena, groups, &capacity, gone);
    }
    if (groups->count)
        qsort(groups->items, groups->count, sizeof *groups->items, compare_cost);
}

static int compare_in_time(const void *a, const void *b, void *context)
{
    const struct group *left = a, *right = b;
    size_t time = *(const size_t *)context;
    int order = time < ROLLUP_DIMENSIONS_MAX ? str_compare(left->keys[time], right->keys[time]) : 0;
    return order ? order : compare_cost(a, b);
}

enum gr_status groups_unite(struct group_list *groups, const struct str *dimensions, size_t count,
                            struct gr_err *err)
{
    size_t kept = 0, time = 0;
    while (time < count && !dimension_is_time(dimensions[time]))
        time++;
    time = time < count ? time : ROLLUP_DIMENSIONS_MAX;
    if (!groups->count)
        return GR_OK;
    qsort(groups->items, groups->count, sizeof *groups->items, groups_compare_keys);
    for (size_t i = 0; i < groups->count; i++) {
        struct group *last = kept ? &groups->items[kept - 1] : NULL;
        if (last && groups_compare_keys(last, &groups->items[i]) == 0)
            GR_TRY(group_sum(last, &groups->items[i], err));
        else
            groups->items[kept++] = groups->items[i];
    }
    groups->count = kept;
    qsort_r(groups->items, kept, sizeof *groups->items, compare_in_time, &time);
    return GR_OK;
}

/* A group without its times: what --top ranks. */
struct ranked {
    struct group group;
    bool kept;
};

static struct group without_times(struct group group, unsigned time_mask)
{
    for (size_t i = 0; i < ROLLUP_DIMENSIONS_MAX; i++)
        if (time_mask >> i & 1)
            group.keys[i] = STR("");
    return group;
}

static int compare_ranked_keys(const void *a, const void *b)
{
    return groups_compare_keys(&((const struct ranked *)a)->group,
                               &((const struct ranked *)b)->group);
}

static int compare_ranked_cost(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    int order = compare_currency(&left->group, &right->group);
    if (!order)
        order = decimal_compare(right->group.cost, left->group.cost);
    return order ? order : groups_compare_keys(&left->group, &right->group);
}

/* Distinct groups without times, with their sums, sorted by keys; the largest of each currency
 * kept. */
static enum gr_status rank_groups(struct arena *arena, const struct group_list *groups, size_t top,
                                  unsigned time_mask, struct ranked **out, size_t *count,
                                  struct gr_err *err)
{
    struct ranked *ranked = arena_alloc(arena, (groups->count + 1) * sizeof *ranked);
    for (size_t i = 0; i < groups->count; i++)
        ranked[i] = (struct ranked){without_times(groups->items[i], time_mask), false};
    qsort(ranked, groups->count, sizeof *ranked, compare_ranked_keys);
    *count = 0;
    for (size_t i = 0; i < groups->count; i++) {
        if (*count && compare_ranked_keys(&ranked[*count - 1], &ranked[i]) == 0)
            GR_TRY(group_sum(&ranked[*count - 1].group, &ranked[i].group, err));
        else
            ranked[(*count)++] = ranked[i];
    }
    qsort(ranked, *count, sizeof *ranked, compare_ranked_cost);
    for (size_t i = 0, rank = 0; i < *count; i++) {
        bool first = i == 0 || compare_currency(&ranked[i - 1].group, &ranked[i].group) != 0;
        rank = first ? 0 : rank + 1;
        ranked[i].kept = rank < top;
    }
    qsort(ranked, *count, sizeof *ranked, compare_ranked_keys);
    *out = ranked;
    return GR_OK;
}

static struct group other_of(struct group group, size_t dimension_count, unsigned time_mask)
{
    struct group other = {.currency = group.currency, .is_other = true};
    for (size_t i = 0; i < ROLLUP_DIMENSIONS_MAX; i++)
        other.keys[i] = time_mask >> i & 1 ? group.keys[i] : STR("");
    for (size_t i = 0; i < dimension_count; i++)
        if (!(time_mask >> i & 1)) {
            other.keys[i] = STR("(other)");
            break;
        }
    return other;
}

enum gr_status groups_top(struct arena *arena, struct group_list *groups, size_t top,
                          size_t dimension_count, unsigned time_mask, struct gr_err *err)
{
    struct ranked *ranked;
    size_t ranked_count, kept = 0, capacity = 0;
    GR_TRY(rank_groups(arena, groups, top, time_mask, &ranked, &ranked_count, err));
    struct group_list others = {0};
    for (size_t i = 0; i < groups->count; i++) {
        struct ranked wanted = {without_times(groups->items[i], time_mask), false};
        const struct ranked *found =
            bsearch(&wanted, ranked, ranked_count, sizeof *ranked, compare_ranked_keys);
        if (found->kept) {
            groups->items[kept++] = groups->items[i];
            continue;
        }
        struct group other = other_of(groups->items[i], dimension_count, time_mask);
        struct group *into = NULL;
        for (size_t j = others.count; j > 0 && !into; j--)
            if (groups_compare_keys(&others.items[j - 1], &other) == 0)
                into = &others.items[j - 1];
        if (!into) {
            groups_add(arena, &others, &capacity, other);
            into = &others.items[others.count - 1];
        }
        GR_TRY(group_sum(into, &groups->items[i], err));
    }
    groups->count = kept;
    for (size_t i = 0; i < others.count; i++)
        groups->items[groups->count++] = others.items[i];
    return GR_OK;
}
