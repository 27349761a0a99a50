/* From paths and folders to the sorted list of files to read (ingest_expand).
 *
 * Called by load/ before anything is opened as data. Must not look into a file to judge it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/ingest.h"

enum { FOLDERS_DEEP_MAX = 32 };

struct listing {
    struct arena *arena;
    struct str *files;
    size_t count;
    size_t capacity;
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
    if (ends_nocase(name, "manifest.json"))
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (ends_nocase(name, suffixes[i]))
            return true;
    return false;
}

static void add_file(struct listing *listing, struct str path)
{
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? 2 * listing->capacity : 64;
        listing->files = gr_realloc(listing->files, listing->capacity * sizeof *listing->files);
    }
    listing->files[listing->count++] = path;
}

static enum gr_status walk(struct listing *listing, struct str folder, int depth,
                           struct gr_err *err);

/* One entry of a folder: a file that is wanted, a folder to go into, or nothing. */
static enum gr_status walk_entry(struct listing *listing, struct str folder, const char *name,
                                 int depth, struct gr_err *err)
{
    bool has_slash = folder.len > 0 && folder.ptr[folder.len - 1] == '/';
    struct str path =
        arena_printf(listing->arena, "%s%s%s", folder.ptr, has_slash ? "" : "/", name);
    struct stat facts;
    if (lstat(path.ptr, &facts) != 0)
        return GR_OK; /* gone since it was listed */
    if (S_ISDIR(facts.st_mode))
        return walk(listing, path, depth + 1, err);
    /* A link to a file is read; a link to a folder could lead in circles. */
    bool is_file =
        S_ISREG(facts.st_mode) ||
        (S_ISLNK(facts.st_mode) && stat(path.ptr, &facts) == 0 && S_ISREG(facts.st_mode));
    if (is_file && is_wanted(str_from(name)))
        add_file(listing, path);
    return GR_OK;
}

static enum gr_status walk(struct listing *listing, struct str folder, int depth,
                           struct gr_err *err)
{
    if (depth > FOLDERS_DEEP_MAX)
        return gr_fail(err, GR_ESTORE, "%s: more than %d folders deep", folder.ptr,
                       FOLDERS_DEEP_MAX);
    DIR *stream = opendir(folder.ptr);
    if (!stream)
        return gr_fail(err, GR_ESTORE, "%s: can't be listed: %s", folder.ptr, strerror(errno));
    enum gr_status status = GR_OK;
    const struct dirent *entry;
    while (status == GR_OK && (entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.')
            status = walk_entry(listing, folder, entry->d_name, depth, err);
    closedir(stream);
    return status;
}

static int compare_paths(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static enum gr_status expand_one(struct listing *listing, const char *path, struct gr_err *err)
{
    struct stat facts;
    struct str copy = arena_str(listing->arena, str_from(path));
    if (strcmp(path, "-") == 0) {
        add_file(listing, copy);
        return GR_OK;
    }
    if (stat(path, &facts) != 0)
        return gr_fail(err, GR_ESTORE, "%s: %s", path, strerror(errno));
    if (S_ISDIR(facts.st_mode))
        return walk(listing, copy, 0, err);
    add_file(listing, copy);
    return GR_OK;
}

enum gr_status ingest_expand(struct arena *arena, const char *const *paths, size_t path_count,
                             struct str **files, size_t *file_count, struct gr_err *err)
{
    struct listing listing = {.arena = arena};
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < path_count && status == GR_OK; i++)
        status = expand_one(&listing, paths[i], err);
    *file_count = 0;
    *files = arena_alloc_zeroed(arena, listing.count + 1, sizeof **files);
    if (status == GR_OK && listing.count > 0) {
        qsort(listing.files, listing.count, sizeof *listing.files, compare_paths);
        for (size_t i = 0; i < listing.count; i++)
            if (i == 0 || !str_equal(listing.files[i], listing.files[i - 1]))
                (*files)[(*file_count)++] = listing.files[i];
    }
    free(listing.files);
    return status;
}
