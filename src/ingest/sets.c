/* Which manifest decides, and which files are its parts (see sets.h). */
#include "ingest/sets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ingest/manifest.h"
#include "ingest/sets_internal.h"

bool sets_manifest_name(struct str name)
{
    static const struct str suffix = {"manifest.json", 13};
    return name.len >= suffix.len &&
           str_equal_nocase((struct str){name.ptr + name.len - suffix.len, suffix.len}, suffix);
}

void sets_pass(struct tree *tree, struct str path, struct str reason)
{
    if (tree->passed_count == tree->passed_capacity) {
        tree->passed_capacity = tree->passed_capacity ? 2 * tree->passed_capacity : 16;
        tree->passed = gr_realloc(tree->passed, tree->passed_capacity * sizeof *tree->passed);
    }
    tree->passed[tree->passed_count++] = (struct ingest_passed){path, reason};
}

/* ---- reading ---- */

static enum gr_status read_manifest(struct tree *tree, struct str path, struct manifest *out,
                                    struct gr_err *err)
{
    struct strbuf text;
    strbuf_init(&text, MANIFEST_BYTES_MAX);
    enum gr_status status = file_read(path.ptr, &text, err);
    if (status && text.overflowed)
        status = gr_fail(err, GR_EDATA, "is too large for a manifest, more than %d MB",
                         MANIFEST_BYTES_MAX >> 20);
    if (!status)
        status = manifest_read(tree->arena, strbuf_str(&text), out, err);
    strbuf_deinit(&text);
    return status == GR_EDATA ? gr_wrap(err, "%s", path.ptr) : status;
}

/* What a manifest is an edition of. Not all say it; then their parts or folders do. */
static struct str series_of(struct arena *arena, const struct set *set)
{
    const struct manifest *manifest = &set->manifest;
    if (manifest->kind == MANIFEST_AZURE)
        return str_trim(manifest->series).len ? manifest->series : path_folder(set->folder);
    if (manifest->kind == MANIFEST_AWS_EXPORT && manifest->series.len)
        return manifest->series;
    const struct str names[] = {manifest->series, path_stem(manifest->parts[0].key)};
    return arena_join(arena, names, 2, STR(" "));
}

/* Adds the manifest of a file; one that lists no parts of a bill is passed over, or is data when it
 * was named. */
static enum gr_status add_set(struct tree *tree, struct set_list *list, size_t file,
                              struct gr_err *err)
{
    struct tree_file *at = &tree->files[file];
    struct set *set = &list->sets[list->count];
    *set = (struct set){.file = file, .folder = path_folder(at->path)};
    GR_TRY(read_manifest(tree, at->path, &set->manifest, err));
    if (set->manifest.kind != MANIFEST_NONE) {
        set->series = series_of(tree->arena, set);
        if (!set->manifest.id.len)
            set->manifest.id = set->folder;
        at->wanted = false;
        list->count++;
    } else if (!at->is_named) {
        sets_pass(tree, at->path,
                  arena_printf(tree->arena, "%s: lists no parts of a bill", at->path.ptr));
    }
    return GR_OK;
}

static int compare_sets(const void *a, const void *b)
{
    const struct set *one = a, *other = b;
    int order = (int)one->manifest.kind - (int)other->manifest.kind;
    if (!order)
        order = str_compare(one->series, other->series);
    if (!order)
        order = str_compare(one->manifest.period, other->manifest.period);
    if (!order)
        order = one->file < other->file ? -1 : one->file > other->file;
    return order;
}

static bool are_rivals(const struct set *a, const struct set *b)
{
    return a->manifest.kind == b->manifest.kind && str_equal(a->series, b->series) &&
           str_equal(a->manifest.period, b->manifest.period);
}

/* ---- which one decides ---- */

/* Outside of the assembly folders: AWS renews it with each assembly. */
static bool is_top(const struct set *set)
{
    return set->manifest.kind != MANIFEST_AZURE &&
           !str_ends(path_base(set->folder), set->manifest.id);
}

/* "20260501T031415Z", "2026-05-01T03:14:15Z-0a1b": folders that sort by time. */
static bool is_time_name(struct str name)
{
    size_t digits = 0, at = 0;
    while (at < name.len && digits < 8 && strchr("0123456789-", name.ptr[at]))
        digits += name.ptr[at++] != '-';
    return digits == 8 && at < name.len && name.ptr[at] == 'T' && name.ptr[0] == '2';
}

/* Later than: by what orders editions of this kind. *known false: nothing does. */
static bool is_later(const struct set *a, const struct set *b, bool *known)
{
    if (a->manifest.kind == MANIFEST_AZURE) {
        int64_t one = a->manifest.submitted, other = b->manifest.submitted;
        *known = one != MOMENT_NONE && other != MOMENT_NONE && one != other;
        return one > other;
    }
    struct str one = path_base(a->folder), other = path_base(b->folder);
    *known = !a->is_top && !b->is_top && is_time_name(one) && is_time_name(other) &&
             !str_equal(one, other);
    return str_compare(one, other) > 0;
}

static enum gr_status refuse_rivals(const struct tree *tree, const struct set *a,
                                    const struct set *b, struct gr_err *err)
{
    const struct str one = tree->files[a->file].path, other = tree->files[b->file].path;
    return gr_fail(err, GR_EDATA,
                   "%.*s and %.*s name two %s of the same bill%s%s, and nothing says which is the "
                   "newest; name the manifest or the folder of one",
                   STR_ARG(one), STR_ARG(other),
                   a->manifest.kind == MANIFEST_AWS_CUR      ? "assemblies"
                   : a->manifest.kind == MANIFEST_AWS_EXPORT ? "executions"
                                                             : "runs",
                   a->manifest.period.len ? " of " : "", a->manifest.period.ptr);
}

/* A newer run that covers less than an older one is no later edition of the same days. */
static enum gr_status check_end(const struct tree *tree, const struct set *winner,
                                const struct set *loser, struct gr_err *err)
{
    struct str end = winner->manifest.end, other = loser->manifest.end;
    if (!end.len || !other.len || str_compare(end, other) >= 0)
        return GR_OK;
    return gr_fail(err, GR_EDATA,
                   "%s is the newest run and ends on %.*s, but %s goes on to %.*s; name the "
                   "manifest of one",
                   tree->files[winner->file].path.ptr, STR_ARG(end),
                   tree->files[loser->file].path.ptr, STR_ARG(other));
}

/* Does it take part in the decision, when the best ones have `rank`? */
static int rank_of(const struct tree *tree, const struct set *set)
{
    return tree->files[set->file].is_named ? 2 : set->is_top ? 1 : 0;
}

/* The sets from `first` to `end` are rivals. */
static enum gr_status decide(const struct tree *tree, struct set *first, struct set *end,
                             struct set **winner, struct gr_err *err)
{
    int best = 0;
    for (const struct set *set = first; set < end; set++)
        best = rank_of(tree, set) > best ? rank_of(tree, set) : best;
    *winner = NULL;
    for (struct set *set = first; set < end; set++) {
        bool known = true;
        if (rank_of(tree, set) < best ||
            (*winner && str_equal(set->manifest.id, (*winner)->manifest.id)))
            continue;
        bool later = !*winner || is_later(set, *winner, &known);
        if (!known)
            return refuse_rivals(tree, *winner, set, err);
        if (later)
            *winner = set;
    }
    assert(*winner); /* some set has the best rank */
    for (struct set *set = first; set < end && best == 0; set++)
        GR_TRY(check_end(tree, *winner, set, err));
    return GR_OK;
}

/* ---- where its parts are ---- */

static struct tree_file *find_path(const struct tree *tree, struct str path)
{
    uint32_t code = dict_find(&tree->paths, path);
    return code ? &tree->files[code - 1] : NULL;
}

/* The file of that path, or what it is when it was unpacked, or packed since. A .zip is of no use
 * as it is, so what came out of it goes first. */
static struct tree_file *find_file(const struct tree *tree, struct str folder, struct str key)
{
    bool zip = str_ends(key, STR(".zip")), gz = str_ends(key, STR(".gz"));
    size_t packed = zip ? 4 : gz ? 3 : 0;
    struct strbuf path;
    strbuf_init(&path, STRBUF_CEILING);
    strbuf_append(&path, folder);
    if (folder.len && folder.ptr[folder.len - 1] != '/')
        strbuf_append_char(&path, '/');
    strbuf_append(&path, key);
    struct str exact = strbuf_str(&path), plain = {exact.ptr, exact.len - packed};
    struct tree_file *file = find_path(tree, zip ? plain : exact);
    if (!file && packed)
        file = find_path(tree, zip ? exact : plain);
    if (!file && !packed) {
        strbuf_append_cstr(&path, ".gz");
        file = find_path(tree, strbuf_str(&path));
    }
    strbuf_deinit(&path);
    return file;
}

/* The longest end of the key that is there, from the manifest's folder up to the one that was
 * given. The bare name of the file counts in the manifest's own folder only. */
static struct tree_file *find_part(const struct tree *tree, const struct set *set, struct str key)
{
    struct str root = tree->files[set->file].root;
    for (struct str end = key; end.ptr;) {
        bool bare = !memchr(end.ptr, '/', end.len);
        for (struct str folder = set->folder;; folder = path_folder(folder)) {
            struct tree_file *file = find_file(tree, folder, end);
            if (file && !file->is_manifest)
                return file;
            if (bare || folder.len <= root.len)
                break;
        }
        str_cut(&end, '/');
    }
    return NULL;
}

static enum gr_status missing_part(const struct tree *tree, const struct set *set, struct str key,
                                   struct gr_err *err)
{
    return gr_fail(err, GR_EDATA,
                   "%s: its part \"%.*s\" is not there; a bill is read with all of its parts or "
                   "not at all",
                   tree->files[set->file].path.ptr, STR_ARG(key));
}

static enum gr_status take_parts(struct tree *tree, struct set *set, struct gr_err *err)
{
    const struct manifest *manifest = &set->manifest;
    struct str path = tree->files[set->file].path;
    for (size_t i = 0; i < manifest->part_count; i++) {
        const struct manifest_part *part = &manifest->parts[i];
        struct tree_file *file = find_part(tree, set, part->key);
        if (!file)
            return missing_part(tree, set, part->key, err);
        if (file->is_part && str_equal(file->set.manifest, path))
            return gr_fail(err, GR_EDATA, "%s: two of its parts would be the file %s", path.ptr,
                           file->path.ptr);
        if (file->is_part)
            continue; /* of another report too: it is read once */
        file->is_part = true;
        file->set =
            (struct ingest_set){path, manifest->id, part->counted, part->rows, manifest->view};
    }
    return GR_OK;
}

/* ---- what is passed over ---- */

static void pass_file(struct tree *tree, struct tree_file *file, struct str winner,
                      struct str edition, struct str id)
{
    file->is_passed = true;
    sets_pass(tree, file->path,
              arena_printf(tree->arena, "%s: not a part that %s names (%s %.*s)", file->path.ptr,
                           winner.ptr, edition.ptr, STR_ARG(id)));
}

/* Parts of another edition; a copy of the deciding manifest has none of its own. */
static void pass_loser(struct tree *tree, const struct set *loser, const struct set *winner)
{
    const char *edition = manifest_edition(winner->manifest.kind);
    size_t passed = 0;
    for (size_t i = 0; i < loser->manifest.part_count; i++) {
        struct tree_file *file = find_part(tree, loser, loser->manifest.parts[i].key);
        if (!file || file->is_part || file->is_passed || file->is_named)
            continue;
        file->is_passed = true;
        passed++;
    }
    struct str path = tree->files[loser->file].path;
    if (!passed || !tree->files[loser->file].is_walked)
        return;
    sets_pass(
        tree, path,
        arena_printf(tree->arena, "%s: %zu part%s of %s %.*s; %s %.*s of %s is the one that counts",
                     path.ptr, passed, passed == 1 ? "" : "s", edition, STR_ARG(loser->manifest.id),
                     edition, STR_ARG(winner->manifest.id), tree->files[winner->file].path.ptr));
}

/* Files named like parts of the winner's: beside them and beside the manifests; in all folders of
 * the month when it is the manifest of the month that decides. */
static void pass_strays(struct tree *tree, const struct set *first, const struct set *end,
                        const struct set *winner)
{
    struct dict stems, folders;
    struct str path = tree->files[winner->file].path;
    dict_init(&stems);
    dict_init(&folders);
    for (const struct set *set = first; set < end; set++)
        dict_intern(&folders, set->folder);
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_file *file = &tree->files[i];
        if (!file->is_part || !str_equal(file->set.manifest, path))
            continue;
        dict_intern(&stems, path_stem(file->path));
        dict_intern(&folders,
                    winner->is_top ? path_month_folder(file->path, NULL) : path_folder(file->path));
    }
    for (size_t i = 0; i < tree->count; i++) {
        struct tree_file *file = &tree->files[i];
        if (file->wanted && !file->is_part && !file->is_passed && !file->is_named &&
            dict_find(&stems, path_stem(file->path)) && path_is_under_any(file->path, &folders))
            pass_file(tree, file, path, str_from(manifest_edition(winner->manifest.kind)),
                      winner->manifest.id);
    }
    dict_deinit(&stems);
    dict_deinit(&folders);
}

/* ---- all of it ---- */

static enum gr_status read_sets(struct tree *tree, struct set_list *list, struct gr_err *err)
{
    size_t manifests = 0;
    for (size_t i = 0; i < tree->count; i++)
        manifests += tree->files[i].is_manifest;
    list->sets = arena_alloc_zeroed(tree->arena, manifests + 1, sizeof *list->sets);
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].is_manifest && (tree->files[i].is_walked || tree->files[i].is_named))
            GR_TRY(add_set(tree, list, i, err));
    for (size_t i = 0; i < list->count; i++)
        list->sets[i].is_top = is_top(&list->sets[i]);
    qsort(list->sets, list->count, sizeof *list->sets, compare_sets);
    return GR_OK;
}

static struct set *end_of_rivals(struct set_list *list, struct set *first)
{
    struct set *end = first;
    while (end < list->sets + list->count && are_rivals(first, end))
        end++;
    return end;
}

enum gr_status sets_decide(struct tree *tree, struct gr_err *err)
{
    struct set_list list = {0};
    struct set *end, *limit;
    GR_TRY(read_sets(tree, &list, err));
    limit = list.sets + list.count;
    for (struct set *first = list.sets; first < limit; first = end) {
        end = end_of_rivals(&list, first);
        GR_TRY(decide(tree, first, end, &first->winner, err));
        GR_TRY(take_parts(tree, first->winner, err));
    }
    for (struct set *first = list.sets; first < limit; first = end) {
        end = end_of_rivals(&list, first);
        for (struct set *set = first; set < end; set++)
            if (set != first->winner)
                pass_loser(tree, set, first->winner);
        pass_strays(tree, first, end, first->winner);
    }
    return GR_OK;
}
