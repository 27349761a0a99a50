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
    (void)context;
    for (size_t i = 0; i < count; i++)
        if (selection_parent_of(dimensions[i]).ptr)
            return false;
    return true;
}

/* Keys become the parents of what they were; equal groups are one. */
static enum gr_status parents_of(const struct report_context *context,
                                 const struct group_question *question, struct group_list *list,
                                 struct gr_err *err)
{
    for (size_t i = 0; i < question->dimension_count; i++) {
        struct str of = selection_parent_of(question->dimensions[i]);
        for (size_t j = 0; of.ptr && j < list->count; j++)
            list->items[j].keys[i] = names_parent(context->names, of, list->items[j].keys[i]);
    }
    return groups_unite(list, question->dimensions, question->dimension_count, err);
}

enum gr_status selection_query(const struct report_context *context,
                               const struct group_question *question, struct group_list *out,
                               struct gr_err *err)
{
    struct str dimensions[ROLLUP_DIMENSIONS_MAX] = {{0}};
    struct group_question base = *question;
    bool parents = false;
    for (size_t i = 0; i < question->dimension_count; i++) {
        struct str of = selection_parent_of(question->dimensions[i]);
        dimensions[i] = of.ptr ? of : question->dimensions[i];
        parents = parents || of.ptr;
    }
    if (parents && !context->names)
        return gr_fail(err, GR_EUSAGE,
                       "a parent is what a lookup file says: name it with --lookup");
    base.dimensions = dimensions;
    GR_TRY(groups_query(context, &base, out, err));
    return parents ? parents_of(context, question, out, err) : GR_OK;
}
