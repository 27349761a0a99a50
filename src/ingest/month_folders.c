/* Paths of bills as providers lay them out, and several editions of one month among them (see
 * sets_internal.h). Called by sets.c and expand.c.
 */
#include <string.h>

#include "ingest/sets_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct str path_folder(struct str path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    if (!slash)
        return STR(".");
    return (struct str){path.ptr, slash == path.ptr ? 1 : (size_t)(slash - path.ptr)};
}

struct str path_base(struct str path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    if (!slash)
        return path;
    return (struct str){slash + 1, path.len - (size_t)(slash + 1 - path.ptr)};
}

static struct str without_ending(struct str name)
{
    if (str_ends(name, STR(".gz")))
        name.len -= 3;
    const char *dot = name.len ? memrchr(name.ptr, '.', name.len) : NULL;
    if (dot && dot > name.ptr)
        name.len = (size_t)(dot - name.ptr);
    return name;
}

struct str path_stem(struct str path)
{
    struct str name = without_ending(path_base(path));
    for (;;) {
        size_t len = name.len;
        while (len && is_digit(name.ptr[len - 1]))
            len--;
        if (len == name.len || len == 0)
            return (struct str){name.ptr, len};
        if (name.ptr[len - 1] != '-' && name.ptr[len - 1] != '_')
            return name;
        name.len = len - 1;
    }
}

/* "20260501-20260601" or "BILLING_PERIOD=2026-05" */
static bool is_month_name(struct str name)
{
    static const struct str mark = {"billing_period=", 15};
    if (name.len > mark.len && str_equal_nocase((struct str){name.ptr, mark.len}, mark))
        return true;
    if (name.len != 17 || name.ptr[8] != '-')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (i != 8 && !is_digit(name.ptr[i]))
            return false;
    return true;
}

struct str path_month_folder(struct str path, struct str *inner)
{
    struct str folder = path_folder(path);
    struct str name = STR("");
    if (inner)
        *inner = STR_NONE;
    for (struct str at = folder; !str_equal(path_folder(at), at); at = path_folder(at)) {
        struct str below = path_base(at);
        if (is_month_name(below)) {
            if (inner)
                *inner = name;
            return at;
        }
        name = below;
    }
    return folder;
}

bool path_is_under_any(struct str path, const struct dict *folders)
{
    for (struct str at = path_folder(path);; at = path_folder(at)) {
        if (dict_find(folders, at))
            return true;
        if (str_equal(path_folder(at), at))
            return false;
    }
}

/* Names of assemblies, executions and runs: a UUID, a time, a long number. */
static bool is_edition_name(struct str name)
{
    size_t digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!hex && !strchr("-_:.TZ", c))
            return false;
        digits += is_digit(c);
    }
    return name.len >= 8 && digits >= 4;
}

static enum gr_status check_pair(const struct tree_file *a, const struct tree_file *b,
                                 struct gr_err *err)
{
    struct str inner, other;
    struct str month = path_month_folder(a->path, &inner);
    if (!inner.ptr || !str_equal(path_month_folder(b->path, &other), month) ||
        str_equal(inner, other) || (a->is_part && b->is_part))
        return GR_OK;
    if (!str_equal(path_stem(a->path), path_stem(b->path)) &&
        !(is_edition_name(inner) && is_edition_name(other)))
        return GR_OK;
    return gr_fail(
        err, GR_EDATA,
        "%s and %s are of two editions of the same month, which would count twice, and no "
        "manifest says which one holds; name the folder of one",
        a->path.ptr, b->path.ptr);
}

enum gr_status month_folders_check(const struct tree_file *const *files, size_t count,
                                   struct gr_err *err)
{
    /* Sorted, so that the files of a month stand together: each is held against its first, and its
     * neighbour. */
    size_t first = 0;
    for (size_t i = 1; i < count; i++) {
        struct str month = path_month_folder(files[i]->path, NULL);
        if (!str_equal(path_month_folder(files[first]->path, NULL), month)) {
            first = i;
            continue;
        }
        GR_TRY(check_pair(files[first], files[i], err));
        GR_TRY(check_pair(files[i - 1], files[i], err));
    }
    return GR_OK;
}
