/* See selection.h. */
#include "report/selection.h"

#include <string.h>

#include "report/names.h"
#include "rollup/rollup.h"

struct str selection_parent_of(struct str dimension)
{
    struct str prefix = STR("parent:");
    if (!str_starts(dimension, prefix))
        return STR_NONE;
    return (struct str){dimension.ptr + prefix.len, dimension.len - prefix.len};
}

enum gr_status selection_check_dimension(enum dataset dataset, struct str dimension,
                                         struct gr_err *err)
{
    struct str of = selection_parent_of(dimension);
    if (!of.ptr)
        return rollup_check_dimension(dataset, dimension, err);
    if (dimension_is_time(of))
        return gr_fail(err, GR_EUSAGE, "dimension %.*s: a %.*s has no parent", STR_ARG(dimension),
                       STR_ARG(of));
    return rollup_check_dimension(dataset, of, err);
}

bool selection_is_plain(const struct report_context *context, const struct str *dimensions,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (selection_parent_of(dimensions[i]).ptr)
            return false;
    return !context->allocation;
}

/* A question on its way: what is really asked for, and what is done with the answer. */
struct selecting {
    struct report_context context; /* its filter without the held ones */
    const struct group_question *question;
    struct group_question base;
    struct str dimensions[ROLLUP_DIMENSIONS_MAX];  /* of the base: no parents, hidden ones behind */
    struct rollup_filter held[ROLLUP_FILTERS_MAX]; /* hold after the allocation */
    size_t held_place[ROLLUP_FILTERS_MAX];
    size_t held_count;
    bool parents;
};

/* ---- before the query ---- */

static bool receives(const struct allocation *allocation, struct str dimension)
{
    for (size_t i = 0; i < allocation->count; i++)
        if (allocation_same_dimension(allocation->rules[i].to, dimension))
            return true;
    return false;
}

/* The place of a dimension that a held filter is about: a hidden one when the report has it not. */
static enum gr_status place_held(struct selecting *s, struct str dimension, size_t *out,
                                 struct gr_err *err)
{
    *out = allocation_place_of(dimension, s->dimensions, s->base.dimension_count);
    if (*out < s->base.dimension_count)
        return GR_OK;
    if (s->base.dimension_count == ROLLUP_DIMENSIONS_MAX)
        return gr_fail(err, GR_EUSAGE,
                       "a filter on %.*s, which --allocation shares among, takes one of the %d "
                       "dimensions; group by less",
                       STR_ARG(dimension), ROLLUP_DIMENSIONS_MAX);
    s->dimensions[s->base.dimension_count++] = dimension;
    return GR_OK;
}

/* Holds back the filters on dimensions that receive: before the allocation they would take away the
 * shared costs of which the groups get a part. */
static enum gr_status hold_filters(struct selecting *s, struct gr_err *err)
{
    struct str rest = s->context.filter, kept[ROLLUP_FILTERS_MAX + 1];
    size_t kept_count = 0, count = 0;
    struct rollup_filter filter[ROLLUP_FILTERS_MAX];
    GR_TRY(sql_filters_read(s->context.arena, rest, filter, &count, err)); /* not too many */
    while (rest.ptr && rest.len) {
        struct str line = str_cut(&rest, '\n');
        GR_TRY(sql_filters_read(s->context.arena, line, filter, &count, err));
        if (!count)
            continue;
        if (!receives(s->context.allocation, filter[0].dimension)) {
            kept[kept_count++] = line;
            continue;
        }
        GR_TRY(place_held(s, filter[0].dimension, &s->held_place[s->held_count], err));
        s->held[s->held_count++] = filter[0];
    }
    s->context.filter = arena_join(s->context.arena, kept, kept_count, STR("\n"));
    return GR_OK;
}

static enum gr_status prepare(struct selecting *s, struct gr_err *err)
{
    s->base = *s->question;
    s->base.dimensions = s->dimensions;
    for (size_t i = 0; i < s->question->dimension_count; i++) {
        struct str of = selection_parent_of(s->question->dimensions[i]);
        s->dimensions[i] = of.ptr ? of : s->question->dimensions[i];
        s->parents = s->parents || of.ptr;
    }
    if (s->parents && !s->context.names)
        return gr_fail(err, GR_EUSAGE,
                       "a parent is what a lookup file says: name it with --lookup");
    return s->context.allocation ? hold_filters(s, err) : GR_OK;
}

/* ---- behind it ---- */

static bool filter_holds(const struct rollup_filter *filter, struct str value)
{
    bool found = false;
    for (size_t i = 0; i < filter->value_count && !found; i++)
        found = filter->kind == ROLLUP_GLOB ? str_glob(filter->values[i], value)
                                            : str_equal(filter->values[i], value);
    return found != (filter->kind == ROLLUP_NOT_IN);
}

static void apply_held(const struct selecting *s, struct group_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool holds = true;
        for (size_t f = 0; f < s->held_count && holds; f++)
            holds = filter_holds(&s->held[f], list->items[i].keys[s->held_place[f]]);
        if (holds)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* Keys become parents, hidden ones go; groups that are equal then are one. */
static enum gr_status fold(const struct selecting *s, struct group_list *list, struct gr_err *err)
{
    size_t count = s->question->dimension_count;
    for (size_t i = 0; i < count; i++) {
        struct str of = selection_parent_of(s->question->dimensions[i]);
        for (size_t j = 0; of.ptr && j < list->count; j++)
            list->items[j].keys[i] = names_parent(s->context.names, of, list->items[j].keys[i]);
    }
    for (size_t i = count; i < s->base.dimension_count; i++)
        for (size_t j = 0; j < list->count; j++)
            list->items[j].keys[i] = STR("");
    return groups_unite(list, s->question->dimensions, count, err);
}

enum gr_status selection_query(const struct report_context *context,
                               const struct group_question *question, struct group_list *out,
                               struct allocation_result *proof, struct gr_err *err)
{
    struct selecting s = {.context = *context, .question = question};
    struct allocation_result result = {0};
    if (question->dataset != DATASET_COST)
        s.context.allocation = NULL;
    GR_TRY(prepare(&s, err));
    GR_TRY(groups_query(&s.context, &s.base, out, err));
    if (s.context.allocation) {
        s.context.days = question->days; /* weights are of the same days */
        GR_TRY(allocation_apply(&s.context, &s.base, out, &result, err));
    }
    if (proof)
        *proof = result;
    apply_held(&s, out);
    bool hidden = s.base.dimension_count > question->dimension_count;
    return s.parents || hidden ? fold(&s, out, err) : GR_OK;
}
