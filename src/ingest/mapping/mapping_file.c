/* From the INI text of a mapping to struct mapping (see mapping.h; templates/README.md documents
 * the file). Sections are read in three passes, so that their order does not matter: what the rows
 * are, what the columns are, and what is said about columns.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingest/mapping/mapping_reader.h"
#include "ingest/secrets.h"

enum gr_status mapping_fail(const struct mapping_reader *reader, struct gr_err *err,
                            const char *format, ...)
{
    char text[GR_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return gr_fail(err, GR_EUSAGE, "%s:%ld: %s", reader->file->name, reader->entry->line, text);
}

/* One of `words` (up to NULL); -1: none of them. */
int mapping_word(struct str text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (str_is(text, words[i]))
            return i;
    return -1;
}

enum gr_status mapping_take_word(const struct mapping_reader *reader, const char *const *words,
                                 int *out, struct gr_err *err)
{
    struct str list = STR("");
    *out = mapping_word(reader->entry->value, words);
    if (*out >= 0)
        return GR_OK;
    for (int i = 0; words[i]; i++)
        list = arena_printf(reader->arena, "%.*s%s%s", STR_ARG(list), i ? ", " : "", words[i]);
    return FAIL(reader, "%.*s: \"%.*s\" is none of: %.*s", STR_ARG(reader->entry->key),
                STR_ARG(reader->entry->value), STR_ARG(list));
}

enum gr_status mapping_unknown_key(const struct mapping_reader *reader, const char *known,
                                   struct gr_err *err)
{
    return FAIL(reader, "[%.*s] has no key \"%.*s\" (there are: %s)",
                STR_ARG(reader->entry->section), STR_ARG(reader->entry->key), known);
}

/* Adds the texts of a comma list. */
enum gr_status mapping_take_list(const struct mapping_reader *reader, struct str *list,
                                 size_t *count, struct gr_err *err)
{
    struct str rest = reader->entry->value;
    while (rest.ptr) {
        struct str text = str_trim(str_cut(&rest, ','));
        if (text.len == 0)
            continue;
        if (*count == MAPPING_LIST_MAX)
            return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
        list[(*count)++] = text;
    }
    return GR_OK;
}

/* ---- pass 1: what the rows are ---- */

static enum gr_status take_delimiter(const struct mapping_reader *reader, struct gr_err *err)
{
    struct str text = reader->entry->value;
    if (str_is(text, "tab"))
        text = STR("\t");
    if (str_is(text, "semicolon"))
        text = STR(";");
    if (text.len != 1 || !strchr(",;|\t^~", text.ptr[0]))
        return FAIL(reader, "delimiter: \"%.*s\" is none of: , semicolon | tab ^ ~", STR_ARG(text));
    reader->mapping->delimiter = text.ptr[0];
    return GR_OK;
}

static enum gr_status take_mapping(struct mapping_reader *reader, struct gr_err *err)
{
    static const char *const shapes[] = {"any", "csv", "json", NULL};
    static const char *const datasets[] = {"cost", "ai", NULL};
    struct mapping *mapping = reader->mapping;
    const struct ini_entry *entry = reader->entry;
    int number = 0;
    if (!entry->key.ptr)
        return GR_OK;
    if (str_is(entry->key, "what"))
        mapping->what = entry->value;
    else if (str_is(entry->key, "rows"))
        mapping->rows = entry->value;
    else if (str_is(entry->key, "delimiter"))
        return take_delimiter(reader, err);
    else if (str_is(entry->key, "format")) {
        GR_TRY(mapping_take_word(reader, shapes, &number, err));
        mapping->shape = (enum mapping_shape)number;
    } else if (str_is(entry->key, "dataset")) {
        GR_TRY(mapping_take_word(reader, datasets, &number, err));
        mapping->dataset = number ? DATASET_AI : DATASET_COST;
    } else
        return mapping_unknown_key(reader, "what, format, dataset, rows, delimiter", err);
    return GR_OK;
}

static enum gr_status take_detect(struct mapping_reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    if (str_is(reader->entry->key, "columns"))
        return mapping_take_list(reader, mapping->detect, &mapping->detect_count, err);
    if (str_is(reader->entry->key, "any"))
        return mapping_take_list(reader, mapping->any, &mapping->any_count, err);
    if (str_is(reader->entry->key, "absent"))
        return mapping_take_list(reader, mapping->absent, &mapping->absent_count, err);
    return mapping_unknown_key(reader, "columns, any, absent", err);
}

/* ---- pass 2: columns ---- */

size_t mapping_source(struct mapping *mapping, struct str name)
{
    for (size_t i = 0; i < mapping->source_count; i++)
        if (str_equal(mapping->sources[i], name))
            return i;
    if (mapping->source_count == MAPPING_SOURCES_MAX)
        return SIZE_MAX;
    mapping->sources[mapping->source_count] = name;
    return mapping->source_count++;
}

enum gr_status mapping_take_source(const struct mapping_reader *reader, struct str name,
                                   size_t *out, struct gr_err *err)
{
    if (name.len == 0)
        return FAIL(reader, "%.*s: no source column is named", STR_ARG(reader->entry->key));
    if (secret_tag_name(name))
        return FAIL(reader, "%.*s: the column \"%.*s\" may hold a secret, which is never kept",
                    STR_ARG(reader->entry->key), STR_ARG(name));
    *out = mapping_source(reader->mapping, arena_str(reader->arena, name));
    if (*out == SIZE_MAX)
        return FAIL(reader, "more than %d source columns", MAPPING_SOURCES_MAX);
    return GR_OK;
}

struct mapping_target *mapping_target_named(struct mapping *mapping, struct str name)
{
    for (size_t i = 0; i < mapping->target_count; i++)
        if (str_equal(mapping->targets[i].name, name))
            return &mapping->targets[i];
    return NULL;
}

static enum gr_status add_target(const struct mapping_reader *reader, struct mapping_target **out,
                                 struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    struct str name = reader->entry->key;
    int fixed = dataset_find_column(mapping->dataset, name);
    size_t count;
    *out = NULL;
    if (fixed < 0 && !str_starts(name, STR("x_")))
        return FAIL(reader, "the dataset %s has no column %.*s; columns of your own begin with x_",
                    dataset_name(mapping->dataset), STR_ARG(name));
    if (mapping_target_named(mapping, name))
        return FAIL(reader, "%.*s is filled twice", STR_ARG(name));
    if (mapping->target_count == MAPPING_TARGETS_MAX)
        return FAIL(reader, "more than %d columns", MAPPING_TARGETS_MAX);
    *out = &mapping->targets[mapping->target_count++];
    **out = (struct mapping_target){.name = name,
                                    .fixed = fixed,
                                    .line = reader->entry->line,
                                    .over = decimal_from_int(1),
                                    .under = decimal_from_int(1)};
    if (fixed >= 0)
        (*out)->kind = dataset_columns(mapping->dataset, &count)[fixed].kind;
    return GR_OK;
}

static enum gr_status take_column(struct mapping_reader *reader, struct gr_err *err)
{
    struct mapping_target *target;
    GR_TRY(add_target(reader, &target, err));
    assert(target);
    struct str rest = reader->entry->value;
    while (rest.ptr) {
        struct str name = str_trim(str_cut(&rest, '|'));
        if (target->source_count == MAPPING_CHOICES_MAX)
            return FAIL(reader, "more than %d sources of one column", MAPPING_CHOICES_MAX);
        GR_TRY(mapping_take_source(reader, name, &target->sources[target->source_count++], err));
    }
    return GR_OK;
}

/* A constant beside a source is what holds where the source has nothing. */
static enum gr_status take_constant(struct mapping_reader *reader, struct gr_err *err)
{
    struct mapping_target *target = mapping_target_named(reader->mapping, reader->entry->key);
    if (!target)
        GR_TRY(add_target(reader, &target, err));
    assert(target);
    if (target->constant.ptr)
        return FAIL(reader, "%.*s stands twice", STR_ARG(reader->entry->key));
    if (reader->entry->value.len == 0)
        return FAIL(reader, "%.*s has no value", STR_ARG(reader->entry->key));
    target->constant = reader->entry->value;
    return GR_OK;
}

/* ---- the whole ---- */

struct section {
    const char *name;
    int pass;
    bool begins; /* its first line, which has no key, is taken too */
    enum gr_status (*take)(struct mapping_reader *reader, struct gr_err *err);
};

static const struct section sections[] = {
    {"mapping",   1, true,  take_mapping        },
    {"detect",    1, false, take_detect         },
    {"columns",   2, false, take_column         },
    {"constants", 3, false, take_constant       },
    {"values",    4, true,  mapping_take_value  },
    {"numbers",   4, false, mapping_take_numbers},
    {"dates",     4, false, mapping_take_dates  },
    {"null",      4, false, mapping_take_null   },
    {"tags",      4, false, mapping_take_tag    },
    {"units",     4, false, mapping_take_tag    },
    {"skip",      4, false, mapping_take_skip   },
    {"compute",   4, false, mapping_take_compute},
    {"rates",     4, true,  mapping_take_rates  },
};
enum { SECTION_COUNT = sizeof sections / sizeof sections[0], PASSES = 4 };

static const struct section *section_of(struct str name)
{
    struct str rest = name;
    struct str word = str_cut(&rest, ' ');
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        bool named = str_is(word, "mapping") || str_is(word, "values");
        if (str_is(word, sections[i].name) && named == (rest.ptr != NULL))
            return &sections[i];
    }
    return NULL;
}

static enum gr_status read_pass(struct mapping_reader *reader, int pass, struct gr_err *err)
{
    for (size_t i = 0; i < reader->file->count; i++) {
        reader->entry = &reader->file->entries[i];
        const struct section *section = section_of(reader->entry->section);
        if (!section)
            return FAIL(reader,
                        "[%.*s] is none of: mapping NAME, detect, columns, constants, values "
                        "COLUMN, numbers, dates, null, tags, units, skip, compute, rates",
                        STR_ARG(reader->entry->section));
        if (section->pass == pass && (reader->entry->key.ptr || section->begins))
            GR_TRY(section->take(reader, err));
    }
    return GR_OK;
}

static bool is_computed(const struct mapping *mapping, int column)
{
    for (size_t i = 0; i < mapping->compute_count; i++)
        if (mapping->computes[i].column == column)
            return true;
    return false;
}

/* Every row needs these; a mapping that never fills one is wrong. */
static enum gr_status check_needs(const struct mapping_reader *reader, struct gr_err *err)
{
    static const int cost[] = {COST_ChargePeriodStart, COST_BilledCost, COST_BillingCurrency};
    static const int ai[] = {AI_Timestamp, AI_Model, AI_Provider};
    struct mapping *mapping = reader->mapping;
    const int *needs = mapping->dataset == DATASET_COST ? cost : ai;
    size_t count;
    const struct column_def *defs = dataset_columns(mapping->dataset, &count);
    for (size_t i = 0; i < 3; i++) {
        bool price = mapping->dataset == DATASET_COST && i >= 1;
        if (!mapping_target_named(mapping, str_from(defs[needs[i]].name)) &&
            !is_computed(mapping, needs[i]) && !(price && mapping->rated))
            return gr_fail(err, GR_EUSAGE, "%s: nothing fills %s, which every row needs",
                           reader->file->name, defs[needs[i]].name);
    }
    return GR_OK;
}

/* [mapping NAME], once and first of all */
static enum gr_status take_name(struct mapping_reader *reader, struct gr_err *err)
{
    const struct ini_file *file = reader->file;
    for (size_t i = 0; i < file->count; i++) {
        struct str section = file->entries[i].section;
        if (file->entries[i].key.ptr || !str_starts(section, STR("mapping ")))
            continue;
        struct str name = str_trim((struct str){section.ptr + 8, section.len - 8});
        if (reader->mapping->name.ptr)
            return gr_fail(err, GR_EUSAGE, "%s:%ld: a second [mapping NAME]; a file holds one",
                           file->name, file->entries[i].line);
        for (size_t k = 0; k < name.len; k++)
            if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", name.ptr[k]) || !name.ptr[k])
                return gr_fail(err, GR_EUSAGE,
                               "%s:%ld: \"%.*s\" is no name: a-z, 0-9, - _ and . only", file->name,
                               file->entries[i].line, STR_ARG(name));
        if (name.len == 0 || name.len > 40)
            return gr_fail(err, GR_EUSAGE, "%s:%ld: a name has 1 to 40 characters", file->name,
                           file->entries[i].line);
        if (bill_format_named(name))
            return gr_fail(err, GR_EUSAGE, "%s:%ld: %.*s is the name of a built-in format",
                           file->name, file->entries[i].line, STR_ARG(name));
        reader->mapping->name = arena_str(reader->arena, name);
    }
    if (!reader->mapping->name.ptr)
        return gr_fail(err, GR_EUSAGE, "%s: has no section [mapping NAME]", file->name);
    return GR_OK;
}

enum gr_status mapping_read_text(struct arena *arena, struct str text, const char *path,
                                 struct mapping **out, struct gr_err *err)
{
    struct ini_file file;
    struct mapping_reader reader = {.arena = arena, .file = &file};
    GR_TRY(ini_read(arena, text, path, &file, err));
    reader.mapping = arena_alloc_zeroed(arena, 1, sizeof *reader.mapping);
    *reader.mapping = (struct mapping){.text = text,
                                       .path = arena_str(arena, str_from(path)).ptr,
                                       .delimiter = ',',
                                       .decimal_point = '.',
                                       .what = STR("")};
    reader.values = arena_alloc_zeroed(arena, MAPPING_VALUES_MAX, sizeof *reader.values);
    reader.card = arena_alloc_zeroed(arena, 1, sizeof *reader.card);
    reader.card->name = reader.mapping->path;
    reader.card->rates = arena_alloc_zeroed(arena, file.count + 1, sizeof *reader.card->rates);
    GR_TRY(take_name(&reader, err));
    for (int pass = 1; pass <= PASSES; pass++)
        GR_TRY(read_pass(&reader, pass, err));
    if (reader.mapping->what.len)
        reader.mapping->what = arena_str(arena, reader.mapping->what);
    GR_TRY(check_needs(&reader, err));
    if (reader.mapping->thousands == reader.mapping->decimal_point)
        return gr_fail(err, GR_EUSAGE, "%s: [numbers] decimal and thousands are both \"%c\"", path,
                       reader.mapping->thousands);
    if (reader.mapping->rated)
        GR_TRY(mapping_finish_rates(&reader, err));
    *out = reader.mapping;
    return GR_OK;
}
