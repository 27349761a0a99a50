/* Which costs each rule moves, from sums of groups alone. See allocation.h.
 *
 * A row belongs to the first rule that it passes: rows of rule k without those of the rules before
 * it are the sum over sets of such rules, with a sign, of what passes k and all of the set
 * (inclusion and exclusion). A set that nothing passes ends its branch, and rules are hardly ever
 * about the same rows, so that a rule usually costs one query.
 */
#include <stdlib.h>
#include <string.h>

#include "report/allocation.h"

struct origins {
    const struct report_context *context;
    const struct group_question *question;
    const struct allocation *rules;
    size_t queries;
    struct group_list *out; /* of the rule at hand */
    size_t capacity;
};

static bool values_meet(const struct rollup_filter *a, const struct rollup_filter *b)
{
    for (size_t i = 0; i < a->value_count; i++)
        for (size_t j = 0; j < b->value_count; j++)
            if (str_equal(a->values[i], b->values[j]))
                return true;
    return false;
}

/* True when no row can pass: one dimension is to be two different things. */
static enum gr_status contradicts(struct str filter, bool *out, struct gr_err *err)
{
    struct arena scratch = ARENA_EMPTY; /* asked for every pair of rules */
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    size_t count;
    *out = false;
    enum gr_status status = sql_filters_read(&scratch, filter, filters, &count, err);
    for (size_t i = 0; i < count && !status; i++)
        for (size_t j = 0; j < i; j++)
            if (filters[i].kind == ROLLUP_IN && filters[j].kind == ROLLUP_IN &&
                str_equal(filters[i].dimension, filters[j].dimension) &&
                !values_meet(&filters[i], &filters[j]))
                *out = true;
    arena_deinit(&scratch);
    return status;
}

static void keep(struct origins *o, const struct group *group, bool negative)
{
    struct group_list *list = o->out;
    if (list->count == o->capacity) {
        o->capacity = o->capacity ? o->capacity * 2 : 64;
        struct group *items = arena_alloc(o->context->arena, o->capacity * sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count] = *group;
    if (negative) {
        list->items[list->count].cost = decimal_negate(group->cost);
        list->items[list->count].records = -group->records;
    }
    list->count++;
}

static struct str both_filters(struct arena *arena, struct str a, struct str b)
{
    return a.len ? arena_join(arena, (const struct str[]){a, b}, 2, STR("\n")) : b;
}

/* Adds what passes `filter`, and takes away what also passes a rule before number `before`. */
static enum gr_status collect(struct origins *o, struct str filter, size_t before, bool negative,
                              struct gr_err *err)
{
    struct report_context context = *o->context;
    struct group_list list;
    bool nothing;
    GR_TRY(contradicts(filter, &nothing, err));
    if (nothing)
        return GR_OK;
    if (++o->queries > ALLOCATION_QUERIES_MAX)
        return gr_fail(err, GR_EUSAGE,
                       "%s: the rules overlap in more than %d ways; make their filters exclude "
                       "each other",
                       o->rules->file, ALLOCATION_QUERIES_MAX);
    context.filter = filter;
    GR_TRY(groups_query(&context, o->question, &list, err));
    for (size_t i = 0; i < list.count; i++)
        keep(o, &list.items[i], negative);
    for (size_t i = 0; i < before && list.count; i++)
        GR_TRY(collect(o, both_filters(context.arena, filter, o->rules->rules[i].from), i,
                       !negative, err));
    return GR_OK;
}

/* One a key, without what came to nothing, sorted by keys. */
static enum gr_status settle(struct group_list *list, const struct group_question *question,
                             struct gr_err *err)
{
    size_t kept = 0;
    GR_TRY(groups_unite(list, question->dimensions, question->dimension_count, err));
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].records || !decimal_is_zero(list->items[i].cost))
            list->items[kept++] = list->items[i];
    list->count = kept;
    if (kept)
        qsort(list->items, kept, sizeof *list->items, groups_compare_keys);
    return GR_OK;
}

enum gr_status allocation_origins(const struct report_context *context,
                                  const struct group_question *question,
                                  const struct group_list *groups, struct group_list *origins,
                                  struct group_list *remaining, struct gr_err *err)
{
    struct origins o = {.context = context, .question = question, .rules = context->allocation};
    *remaining = (struct group_list){0};
    struct origins rest = {.context = context, .out = remaining};
    for (size_t i = 0; i < groups->count; i++)
        keep(&rest, &groups->items[i], false);
    for (size_t k = 0; k < o.rules->count; k++) {
        origins[k] = (struct group_list){0};
        o.out = &origins[k];
        o.capacity = 0;
        struct str filter = both_filters(context->arena, context->filter, o.rules->rules[k].from);
        if (collect(&o, filter, k, false, err) || settle(&origins[k], question, err))
            return gr_wrap(err, "rule %.*s", STR_ARG(o.rules->rules[k].name));
        for (size_t i = 0; i < origins[k].count; i++)
            keep(&rest, &origins[k].items[i], true);
    }
    return settle(remaining, question, err);
}
