/* The mappings that there are, which of them fits a file, and reading by one (see mapping.h). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/embedded.h"
#include "base/file.h"
#include "ingest/csv.h"
#include "ingest/mapping/mapping_internal.h"

extern const struct embedded_file embedded_mappings[];
extern const size_t embedded_mappings_count;

#define MAPPINGS_FOLDER "templates/mappings"

enum { MAPPINGS_MAX = 256, MAPPING_FILE_BYTES_MAX = 1 << 20 };

struct mapping_set {
    struct mapping *items[MAPPINGS_MAX];
    size_t count;
};

const char *mapping_name(const struct mapping *mapping)
{
    return mapping->name.ptr;
}

const char *mapping_what(const struct mapping *mapping)
{
    return mapping->what.ptr;
}

struct str mapping_text(const struct mapping *mapping)
{
    return mapping->text;
}

/* ---- the set ---- */

static int compare_files(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void add_file(struct arena *arena, struct str *files, size_t *count, const char *name)
{
    struct str text = str_from(name);
    if (!str_ends(text, STR(".ini")) || *count == MAPPINGS_MAX)
        return;
    for (size_t i = 0; i < *count; i++)
        if (str_equal(files[i], text))
            return;
    files[(*count)++] = arena_str(arena, text);
}

/* The files of home's folder and the compiled-in ones, each name once, sorted. */
static size_t list_files(struct arena *arena, const char *home, struct str *files)
{
    size_t count = 0;
    DIR *folder = home ? opendir(arena_printf(arena, "%s/" MAPPINGS_FOLDER, home).ptr) : NULL;
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        add_file(arena, files, &count, entry->d_name);
    if (folder)
        closedir(folder);
    for (size_t i = 0; i < embedded_mappings_count; i++)
        add_file(arena, files, &count, embedded_mappings[i].name);
    if (count > 0)
        qsort(files, count, sizeof *files, compare_files);
    return count;
}

enum gr_status mapping_set_open(struct arena *arena, const char *home, struct mapping_set **out,
                                struct gr_err *err)
{
    struct mapping_set *set = arena_alloc_zeroed(arena, 1, sizeof *set);
    struct str *files = arena_alloc_zeroed(arena, MAPPINGS_MAX, sizeof *files);
    size_t count = list_files(arena, home, files);
    *out = set;
    for (size_t i = 0; i < count; i++) {
        struct str text = embedded_text(arena, home, MAPPINGS_FOLDER, files[i].ptr,
                                        embedded_mappings, embedded_mappings_count);
        struct str path = arena_printf(arena, "%s%s" MAPPINGS_FOLDER "/%.*s", home ? home : "",
                                       home ? "/" : "", STR_ARG(files[i]));
        struct mapping *mapping = NULL;
        GR_TRY(mapping_read_text(arena, text, path.ptr, &mapping, err));
        if (mapping_set_find(set, mapping->name))
            return gr_fail(err, GR_EUSAGE, "%.*s: another mapping is named %.*s too", STR_ARG(path),
                           STR_ARG(mapping->name));
        set->items[set->count++] = mapping;
    }
    return GR_OK;
}

size_t mapping_set_count(const struct mapping_set *set)
{
    return set->count;
}

const struct mapping *mapping_set_at(const struct mapping_set *set, size_t number)
{
    return set->items[number];
}

const struct mapping *mapping_set_find(const struct mapping_set *set, struct str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(set->items[i]->name, name))
            return set->items[i];
    return NULL;
}

static enum gr_status read_mapping_file(struct arena *arena, const char *path, struct mapping **out,
                                        struct gr_err *err)
{
    struct strbuf text;
    strbuf_init(&text, MAPPING_FILE_BYTES_MAX);
    enum gr_status status = file_read(path, &text, err);
    struct str copy = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return status ? status : mapping_read_text(arena, copy, path, out, err);
}

enum gr_status mapping_choose(struct arena *arena, const struct mapping_set *set,
                              const char *name_or_path, const struct mapping **out,
                              struct gr_err *err)
{
    struct stat stat_of;
    struct mapping *mapping = NULL;
    *out = mapping_set_find(set, str_from(name_or_path));
    if (*out)
        return GR_OK;
    if (stat(name_or_path, &stat_of) != 0)
        return gr_fail(err, GR_EUSAGE,
                       "--mapping: no mapping and no file is named \"%s\" (see: gpureport formats)",
                       name_or_path);
    GR_TRY(read_mapping_file(arena, name_or_path, &mapping, err));
    *out = mapping;
    return GR_OK;
}

/* ---- which one fits ---- */

static bool has_column(const struct str *cells, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(str_trim(cells[i]), name))
            return true;
    return false;
}

static bool fits_csv(const struct mapping *mapping, const struct ingest_head *head)
{
    struct arena arena = ARENA_EMPTY;
    const struct str *cells;
    size_t count;
    bool fits =
        csv_first_row(&arena, head->bytes, head->complete, mapping->delimiter, &cells, &count);
    for (size_t i = 0; fits && i < mapping->detect_count; i++)
        fits = has_column(cells, count, mapping->detect[i]);
    bool any = mapping->any_count == 0;
    for (size_t i = 0; fits && i < mapping->any_count; i++)
        any |= has_column(cells, count, mapping->any[i]);
    for (size_t i = 0; fits && i < mapping->absent_count; i++)
        fits = !has_column(cells, count, mapping->absent[i]);
    fits = fits && any;
    arena_deinit(&arena);
    return fits;
}

static bool fits(const struct mapping *mapping, const struct ingest_head *head)
{
    bool json = mapping_is_json(head);
    if (mapping->detect_count == 0 || (json && mapping->shape == MAPPING_CSV) ||
        (!json && mapping->shape == MAPPING_JSON))
        return false;
    return json ? mapping_fits_json(mapping, head) : fits_csv(mapping, head);
}

enum gr_status mapping_detect(const struct mapping_set *set, const struct ingest_head *head,
                              const struct mapping **out, struct gr_err *err)
{
    const struct mapping *best = NULL, *rival = NULL;
    *out = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct mapping *mapping = set->items[i];
        size_t known = best ? best->detect_count : 0;
        if (mapping->detect_count < known || !fits(mapping, head))
            continue;
        rival = mapping->detect_count == known ? mapping : NULL;
        if (!rival)
            best = mapping;
    }
    if (rival)
        return gr_fail(err, GR_EDATA, "may be %s or %s; say which with --mapping", best->name.ptr,
                       rival->name.ptr);
    *out = best;
    return GR_OK;
}

/* ---- reading ---- */

static enum gr_status read_any(const struct mapping *mapping, struct ingest_source *source,
                               const struct ingest_options *options, struct emit *emit,
                               struct arena *arena, struct gr_err *err)
{
    struct ingest_head head = source_head(source);
    bool json =
        mapping->shape == MAPPING_JSON || (mapping->shape == MAPPING_ANY && mapping_is_json(&head));
    struct mapping_run *run = arena_alloc_zeroed(arena, 1, sizeof *run);
    enum gr_status status = mapping_run_open(run, mapping, emit, options, arena, err);
    if (status == GR_OK)
        status = json ? mapping_read_json(run, source, err)
                      : mapping_read_csv(run, source, options, arena, err);
    if (run->unpriced > 0)
        snprintf(emit->facts->remark, sizeof emit->facts->remark,
                 "%llu rows have no cost and no rate: unpriced, not 0 (x_Pricing)",
                 (unsigned long long)run->unpriced);
    mapping_run_close(run);
    return status;
}

enum gr_status mapping_read(const struct mapping *mapping, struct ingest_source *source,
                            const struct ingest_options *options, struct batch_texts *texts,
                            const struct ingest_sink *sink, struct ingest_file_facts *facts,
                            struct gr_err *err)
{
    struct arena arena = ARENA_EMPTY;
    struct emit emit;
    snprintf(facts->version, sizeof facts->version, "mapping");
    emit_init(&emit, sink, texts, facts);
    enum gr_status status = read_any(mapping, source, options, &emit, &arena, err);
    emit_deinit(&emit);
    arena_deinit(&arena);
    return status;
}
