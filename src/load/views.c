/* Two views of one cost are never added, nor does one take the place of the other unasked.
 *
 * Azure delivers the same month as actual and as amortized costs, in files of one schema; the
 * reader writes what the rows prove behind the dialect into a file's version ("ea amortized").
 * Files whose rows prove nothing go with any view. Called by settle.c before a delivery is compared
 * with what the store has. Must not know how views are
 * proven.
 */
#include "load/load_internal.h"

struct str load_view_of(struct str version)
{
    static const char *const views[] = {" actual", " amortized", " combined"};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (str_ends(version, str_from(views[i])))
            return str_from(views[i] + 1);
    return STR_NONE;
}

/* The first of the files that shows another view than `view`, or any view when that is absent. */
static const struct store_file *other_view(const struct store_file *files, size_t count,
                                           struct str view)
{
    for (size_t i = 0; i < count; i++) {
        struct str own = load_view_of(files[i].version);
        if (own.ptr && (!view.ptr || !str_equal(own, view)))
            return &files[i];
    }
    return NULL;
}

static const char way_out[] = "they show the same cost and are never added; choose one view "
                              "(imports drop takes the other out), or say with --source NAME that "
                              "it is another source";

enum gr_status load_view_conflict(struct load *load, const struct pending *p,
                                  const struct store_delivery_list *live, struct str *reason,
                                  struct gr_err *err)
{
    *reason = STR_NONE;
    const struct store_file *first = other_view(p->out.files, p->out.file_count, STR_NONE);
    if (!first)
        return GR_OK;
    struct str view = load_view_of(first->version);
    const struct store_file *second = other_view(p->out.files, p->out.file_count, view);
    if (second) {
        *reason = arena_printf(load->arena, "%.*s is the %.*s view and %.*s the %.*s one: %s",
                               STR_ARG(first->path), STR_ARG(view), STR_ARG(second->path),
                               STR_ARG(load_view_of(second->version)), way_out);
        return GR_OK;
    }
    for (size_t i = 0; i < live->count && !reason->ptr; i++) {
        struct store_file_list old;
        GR_TRY(store_file_list(load->store, load->arena, live->items[i].id, &old, err));
        second = other_view(old.items, old.count, view);
        if (second)
            *reason = arena_printf(
                load->arena,
                "%.*s %.*s is already there as the %.*s view (delivery %lld) and now comes as the "
                "%.*s one: %s",
                STR_ARG(p->source), STR_ARG(p->period), STR_ARG(load_view_of(second->version)),
                (long long)live->items[i].id, STR_ARG(view), way_out);
    }
    return GR_OK;
}
