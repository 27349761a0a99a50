/* From paths and folders to the sorted list of files to read (ingest_expand).
 *
 * Called by load/ before anything is opened as data. Of the files it finds it opens manifests only
 * (sets.c). Must not look into others to judge them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/ingest.h"
#include "ingest/sets_internal.h"

enum { FOLDERS_DEEP_MAX = 32 };

/* A walk through a folder that was given, or that lies beside a manifest that was. */
struct walk {
    struct tree *tree;
    struct str root;
    bool given;
};

/* What a folder walk takes; a file that is named by itself is taken whatever its name. */
static const char *const suffixes[] = {".csv", ".tsv", ".gz",     ".json",
                                       ".log", ".txt", ".ndjson", ".jsonl"};

static bool ends_nocase(struct str text, const char *suffix)
{
    size_t len = strlen(suffix);
    return text.len >= len &&
           str_equal_nocase((struct str){text.ptr + text.len - len, len}, str_from(suffix));
}

static bool is_wanted(struct str name)
{
    if (sets_manifest_name(name))
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (ends_nocase(name, suffixes[i]))
            return true;
    return false;
}

/* Each path once; found again, it is all that it was found as. */
static struct tree_file *add_file(struct tree *tree, struct str path, struct str root)
{
    uint32_t code = dict_intern(&tree->paths, path);
    if (code <= tree->count)
        return &tree->files[code - 1];
    if (tree->count == tree->capacity) {
        tree->capacity = tree->capacity ? 2 * tree->capacity : 64;
        tree->files = gr_realloc(tree->files, tree->capacity * sizeof *tree->files);
    }
    struct tree_file *file = &tree->files[tree->count++];
    *file = (struct tree_file){.path = path, .root = root};
    file->is_manifest = sets_manifest_name(path);
    return file;
}

static enum gr_status walk_folder(const struct walk *walk, struct str folder, int depth,
                                  struct gr_err *err);

/* One entry of a folder: a file, a folder to go into, or nothing. */
static enum gr_status walk_entry(const struct walk *walk, struct str folder, const char *name,
                                 int depth, struct gr_err *err)
{
    bool has_slash = folder.len > 0 && folder.ptr[folder.len - 1] == '/';
    const struct str parts[] = {folder, str_from(name)};
    struct str path = arena_join(walk->tree->arena, parts, 2, has_slash ? STR("") : STR("/"));
    struct stat facts;
    if (lstat(path.ptr, &facts) != 0)
        return GR_OK; /* gone since it was listed */
    if (S_ISDIR(facts.st_mode))
        return walk_folder(walk, path, depth + 1, err);
    /* A link to a file is read; a link to a folder could lead in circles. */
    bool is_file =
        S_ISREG(facts.st_mode) ||
        (S_ISLNK(facts.st_mode) && stat(path.ptr, &facts) == 0 && S_ISREG(facts.st_mode));
    if (!is_file)
        return GR_OK;
    struct tree_file *file = add_file(walk->tree, path, walk->root);
    file->is_walked = file->is_walked || walk->given;
    file->wanted = file->wanted || (walk->given && is_wanted(str_from(name)));
    return GR_OK;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* By bytes: what is found, and told of it, must not depend on the file system or the locale. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum gr_status walk_folder(const struct walk *walk, struct str folder, int depth,
                                  struct gr_err *err)
{
    if (depth > FOLDERS_DEEP_MAX)
        return gr_fail(err, GR_ESTORE, "%s: more than %d folders deep", folder.ptr,
                       FOLDERS_DEEP_MAX);
    struct dirent **entries;
    int count = scandir(folder.ptr, &entries, is_shown, compare_entries);
    if (count < 0)
        return gr_fail(err, GR_ESTORE, "%s: can't be listed: %s", folder.ptr, strerror(errno));
    enum gr_status status = GR_OK;
    for (int i = 0; i < count; i++) {
        if (status == GR_OK)
            status = walk_entry(walk, folder, entries[i]->d_name, depth, err);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* AWS keeps the manifest of an export in metadata/ and its parts in data/ beside that: the folder
 * around the two, absent when the manifest lies elsewhere. */
static struct str export_folder(struct str path)
{
    for (struct str at = path_folder(path); !str_equal(path_folder(at), at); at = path_folder(at))
        if (str_is(path_base(at), "metadata"))
            return path_folder(at);
    return STR_NONE;
}

/* A manifest that is named stands for its parts: what lies around it may be one. */
static enum gr_status expand_manifest(struct tree *tree, struct str path, struct gr_err *err)
{
    struct arena *arena = tree->arena;
    struct str folder = arena_str(arena, path_folder(path));
    struct str around = export_folder(path);
    struct walk walk = {tree, folder, false};
    if (around.ptr) {
        struct stat facts;
        walk.root = arena_str(arena, around);
        struct str data = arena_join(arena, (const struct str[]){walk.root, STR("data")}, 2,
                                     str_is(around, "/") ? STR("") : STR("/"));
        if (stat(data.ptr, &facts) == 0 && S_ISDIR(facts.st_mode))
            GR_TRY(walk_folder(&walk, data, 0, err));
    }
    struct tree_file *file = add_file(tree, path, walk.root);
    file->is_named = true;
    file->wanted = true;
    file->root = walk.root;
    return walk_folder(&walk, folder, 0, err);
}

static struct str without_slashes(struct str path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

static enum gr_status expand_one(struct tree *tree, const char *path, struct gr_err *err)
{
    struct stat facts;
    struct str copy = arena_str(tree->arena, str_from(path));
    bool is_input = strcmp(path, "-") == 0;
    if (!is_input && stat(path, &facts) != 0)
        return gr_fail(err, GR_ESTORE, "%s: %s", path, strerror(errno));
    if (!is_input && S_ISDIR(facts.st_mode)) {
        struct str root = arena_str(tree->arena, without_slashes(copy));
        return walk_folder(&(const struct walk){tree, root, true}, root, 0, err);
    }
    if (!is_input && S_ISREG(facts.st_mode) && sets_manifest_name(copy))
        return expand_manifest(tree, copy, err);
    struct tree_file *file = add_file(tree, copy, copy);
    file->is_named = true;
    file->wanted = true;
    return GR_OK;
}

static int compare_files(const void *a, const void *b)
{
    const struct tree_file *const *one = a, *const *other = b;
    return str_compare((*one)->path, (*other)->path);
}

static bool is_read(const struct tree_file *file)
{
    return file->is_part || (file->wanted && !file->is_passed);
}

/* What was decided, sorted. */
static enum gr_status list_files(struct tree *tree, struct ingest_listing *out, struct gr_err *err)
{
    struct arena *arena = tree->arena;
    const struct tree_file **read = arena_alloc(arena, (tree->count + 1) * sizeof *read);
    for (size_t i = 0; i < tree->count; i++)
        if (is_read(&tree->files[i]))
            read[out->count++] = &tree->files[i];
    qsort(read, out->count, sizeof *read, compare_files);
    out->parts = arena_alloc(arena, (out->count + 1) * sizeof *out->parts);
    for (size_t i = 0; i < out->count; i++)
        out->parts[i] = (struct ingest_part){read[i]->path, read[i]->set};
    out->passed_count = tree->passed_count;
    out->passed = arena_alloc(arena, (tree->passed_count + 1) * sizeof *out->passed);
    if (tree->passed_count)
        memcpy(out->passed, tree->passed, tree->passed_count * sizeof *out->passed);
    return month_folders_check(read, out->count, err);
}

enum gr_status ingest_expand(struct arena *arena, const char *const *paths, size_t path_count,
                             struct ingest_listing *out, struct gr_err *err)
{
    struct tree tree = {.arena = arena};
    enum gr_status status = GR_OK;
    *out = (struct ingest_listing){0};
    dict_init(&tree.paths);
    for (size_t i = 0; i < path_count && status == GR_OK; i++)
        status = expand_one(&tree, paths[i], err);
    if (!status)
        status = sets_decide(&tree, err);
    if (!status)
        status = list_files(&tree, out, err);
    dict_deinit(&tree.paths);
    free(tree.files);
    free(tree.passed);
    return status;
}
