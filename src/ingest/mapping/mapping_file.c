/* From the INI text of a mapping to struct mapping (see mapping.h; templates/README.md documents
 * the file). Sections are read in three passes, so that their order does not matter: what the rows
 * are, what the columns are, and what is said about columns.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ini.h"
#include "ingest/mapping/mapping_internal.h"
#include "ingest/secrets.h"

struct reader {
    struct arena *arena;
    struct mapping *mapping;
    const struct ini_file *file;
    const struct ini_entry *entry; /* at hand */
    struct mapping_value *values;
    size_t value_count;
    struct rate_card *card; /* of lines in the file */
    struct str card_file;
    long card_line;
};

#define FAIL(reader, ...) fail_at((reader), err, __VA_ARGS__)

static enum gr_status fail_at(const struct reader *reader, struct gr_err *err, const char *format,
                              ...) GR_PRINTF(3, 4);
static enum gr_status fail_at(const struct reader *reader, struct gr_err *err, const char *format,
                              ...)
{
    char text[GR_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return gr_fail(err, GR_EUSAGE, "%s:%ld: %s", reader->file->name, reader->entry->line, text);
}

/* One of `words` (up to NULL); -1: none of them. */
static int word_number(struct str text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (str_is(text, words[i]))
            return i;
    return -1;
}

static enum gr_status take_word(const struct reader *reader, const char *const *words, int *out,
                                struct gr_err *err)
{
    struct str list = STR("");
    *out = word_number(reader->entry->value, words);
    if (*out >= 0)
        return GR_OK;
    for (int i = 0; words[i]; i++)
        list = arena_printf(reader->arena, "%.*s%s%s", STR_ARG(list), i ? ", " : "", words[i]);
    return FAIL(reader, "%.*s: \"%.*s\" is none of: %.*s", STR_ARG(reader->entry->key),
                STR_ARG(reader->entry->value), STR_ARG(list));
}

static enum gr_status unknown_key(const struct reader *reader, const char *known,
                                  struct gr_err *err)
{
    return FAIL(reader, "[%.*s] has no key \"%.*s\" (there are: %s)",
                STR_ARG(reader->entry->section), STR_ARG(reader->entry->key), known);
}

/* Adds the texts of a comma list. */
static enum gr_status take_list(const struct reader *reader, struct str *list, size_t *count,
                                struct gr_err *err)
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

static enum gr_status take_delimiter(const struct reader *reader, struct gr_err *err)
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

static enum gr_status take_mapping(struct reader *reader, struct gr_err *err)
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
        GR_TRY(take_word(reader, shapes, &number, err));
        mapping->shape = (enum mapping_shape)number;
    } else if (str_is(entry->key, "dataset")) {
        GR_TRY(take_word(reader, datasets, &number, err));
        mapping->dataset = number ? DATASET_AI : DATASET_COST;
    } else
        return unknown_key(reader, "what, format, dataset, rows, delimiter", err);
    return GR_OK;
}

static enum gr_status take_detect(struct reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    if (str_is(reader->entry->key, "columns"))
        return take_list(reader, mapping->detect, &mapping->detect_count, err);
    if (str_is(reader->entry->key, "any"))
        return take_list(reader, mapping->any, &mapping->any_count, err);
    if (str_is(reader->entry->key, "absent"))
        return take_list(reader, mapping->absent, &mapping->absent_count, err);
    return unknown_key(reader, "columns, any, absent", err);
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

static enum gr_status take_source(const struct reader *reader, struct str name, size_t *out,
                                  struct gr_err *err)
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

static enum gr_status add_target(const struct reader *reader, struct mapping_target **out,
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

static enum gr_status take_column(struct reader *reader, struct gr_err *err)
{
    struct mapping_target *target;
    GR_TRY(add_target(reader, &target, err));
    struct str rest = reader->entry->value;
    while (rest.ptr) {
        struct str name = str_trim(str_cut(&rest, '|'));
        if (target->source_count == MAPPING_CHOICES_MAX)
            return FAIL(reader, "more than %d sources of one column", MAPPING_CHOICES_MAX);
        GR_TRY(take_source(reader, name, &target->sources[target->source_count++], err));
    }
    return GR_OK;
}

/* A constant beside a source is what holds where the source has nothing. */
static enum gr_status take_constant(struct reader *reader, struct gr_err *err)
{
    struct mapping_target *target = mapping_target_named(reader->mapping, reader->entry->key);
    if (!target)
        GR_TRY(add_target(reader, &target, err));
    if (target->constant.ptr)
        return FAIL(reader, "%.*s stands twice", STR_ARG(reader->entry->key));
    if (reader->entry->value.len == 0)
        return FAIL(reader, "%.*s has no value", STR_ARG(reader->entry->key));
    target->constant = reader->entry->value;
    return GR_OK;
}

/* ---- pass 3: what is said of columns ---- */

static enum gr_status need_target(const struct reader *reader, struct str name,
                                  struct mapping_target **out, struct gr_err *err)
{
    *out = mapping_target_named(reader->mapping, name);
    if (*out)
        return GR_OK;
    return FAIL(reader, "%.*s is not filled by this mapping", STR_ARG(name));
}

static enum gr_status scale_target(const struct reader *reader, struct str name,
                                   struct decimal over, struct decimal under, struct gr_err *err)
{
    struct mapping_target *target;
    GR_TRY(need_target(reader, name, &target, err));
    if (target->kind != COLUMN_DECIMAL)
        return FAIL(reader, "%.*s is no column of numbers", STR_ARG(name));
    if (decimal_mul(target->over, over, &target->over, err) != GR_OK ||
        decimal_mul(target->under, under, &target->under, err) != GR_OK)
        return FAIL(reader, "the factor of %.*s is out of range", STR_ARG(name));
    target->scaled = true;
    return GR_OK;
}

/* N, N/D or a decimal */
static enum gr_status take_factor(const struct reader *reader, struct str name, struct gr_err *err)
{
    struct str rest = reader->entry->value;
    struct decimal over, under = decimal_from_int(1);
    struct str first = str_trim(str_cut(&rest, '/'));
    if (decimal_read(first, &over) != DECIMAL_READ_OK || decimal_is_zero(over) ||
        (rest.ptr &&
         (decimal_read(str_trim(rest), &under) != DECIMAL_READ_OK || decimal_sign(under) <= 0)))
        return FAIL(reader, "%.*s: \"%.*s\" is neither a number nor a ratio N/D",
                    STR_ARG(reader->entry->key), STR_ARG(reader->entry->value));
    return scale_target(reader, name, over, under, err);
}

static enum gr_status take_negated(const struct reader *reader, struct gr_err *err)
{
    struct str rest = reader->entry->value;
    while (rest.ptr) {
        struct mapping_target *target;
        struct str name = str_trim(str_cut(&rest, ','));
        GR_TRY(scale_target(reader, name, decimal_from_int(1), decimal_from_int(1), err));
        GR_TRY(need_target(reader, name, &target, err));
        target->negated = true;
    }
    return GR_OK;
}

static enum gr_status take_cents(const struct reader *reader, struct gr_err *err)
{
    struct str rest = reader->entry->value;
    while (rest.ptr)
        GR_TRY(scale_target(reader, str_trim(str_cut(&rest, ',')), decimal_from_int(1),
                            decimal_from_int(100), err));
    return GR_OK;
}

/* SOURCE = GLOB in one value */
static enum gr_status take_condition(const struct reader *reader, struct mapping_skip *out,
                                     struct gr_err *err)
{
    struct str rest = reader->entry->value;
    struct str name = str_trim(str_cut(&rest, '='));
    if (!rest.ptr)
        return FAIL(reader, "%.*s: wanted COLUMN=GLOB", STR_ARG(reader->entry->key));
    out->pattern = str_trim(rest);
    return take_source(reader, name, &out->source, err);
}

static enum gr_status take_thousands(const struct reader *reader, struct gr_err *err)
{
    static const char *const names[] = {",", ".", "'", "space", "none", NULL};
    int number = 0;
    GR_TRY(take_word(reader, names, &number, err));
    reader->mapping->thousands = ",.' "[number];
    return GR_OK;
}

static enum gr_status take_numbers(struct reader *reader, struct gr_err *err)
{
    static const char *const points[] = {".", ",", NULL};
    struct mapping *mapping = reader->mapping;
    struct str key = reader->entry->key;
    int number = 0;
    if (str_is(key, "decimal")) {
        GR_TRY(take_word(reader, points, &number, err));
        mapping->decimal_point = points[number][0];
        return GR_OK;
    }
    if (str_is(key, "thousands"))
        return take_thousands(reader, err);
    if (str_is(key, "negate"))
        return take_negated(reader, err);
    if (str_is(key, "negate_where"))
        return take_condition(reader, &mapping->negate_where, err);
    if (str_is(key, "cents"))
        return take_cents(reader, err);
    if (str_starts(key, STR("factor.")))
        return take_factor(reader, (struct str){key.ptr + 7, key.len - 7}, err);
    return unknown_key(reader, "decimal, thousands, negate, negate_where, cents, factor.COLUMN",
                       err);
}

static enum gr_status take_date_format(const struct reader *reader, struct gr_err *err)
{
    static const char *const names[] = {"iso", "us", "eu", "unix", "unix-ms", NULL};
    struct str text = reader->entry->value;
    int number = 0;
    if (!memchr(text.ptr, '%', text.len)) {
        GR_TRY(take_word(reader, names, &number, err));
        reader->mapping->dates = (enum mapping_dates)number;
        return GR_OK;
    }
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '%' && (++i == text.len || !strchr("YymdHMSfb%", text.ptr[i])))
            return FAIL(reader, "format: of %% letters there are: %%Y %%y %%m %%b %%d %%H %%M %%S "
                                "%%f %%%%");
    reader->mapping->dates = DATES_PATTERN;
    reader->mapping->pattern = text;
    return GR_OK;
}

static enum gr_status take_dates(struct reader *reader, struct gr_err *err)
{
    static const char *const ends[] = {"exclusive", "inclusive", NULL};
    static const char *const lengths[] = {"hour", "day", "month", NULL};
    struct str key = reader->entry->key;
    int number = 0;
    if (str_is(key, "format"))
        return take_date_format(reader, err);
    if (str_is(key, "zone")) {
        struct zone *zone;
        reader->mapping->zone_name = reader->entry->value;
        if (zone_open(reader->entry->value, &zone, err) != GR_OK)
            return FAIL(reader, "zone: no time zone is named \"%.*s\"",
                        STR_ARG(reader->entry->value));
        zone_close(zone);
        return GR_OK;
    }
    if (str_is(key, "end")) {
        GR_TRY(take_word(reader, ends, &number, err));
        reader->mapping->end_inclusive = number == 1;
        return GR_OK;
    }
    if (str_is(key, "length")) {
        GR_TRY(take_word(reader, lengths, &number, err));
        reader->mapping->length = reader->entry->value;
        return GR_OK;
    }
    return unknown_key(reader, "format, zone, end, length", err);
}

static enum gr_status take_null(struct reader *reader, struct gr_err *err)
{
    if (!str_is(reader->entry->key, "tokens"))
        return unknown_key(reader, "tokens", err);
    return take_list(reader, reader->mapping->nulls, &reader->mapping->null_count, err);
}

static enum gr_status take_value(struct reader *reader, struct gr_err *err)
{
    struct str section = reader->entry->section;
    struct str column = str_trim((struct str){section.ptr + 6, section.len - 6});
    struct mapping_target *target;
    GR_TRY(need_target(reader, column, &target, err));
    if (!reader->entry->key.ptr)
        return GR_OK;
    if (reader->value_count == MAPPING_VALUES_MAX)
        return FAIL(reader, "more than %d values", MAPPING_VALUES_MAX);
    struct mapping_value *value = &reader->values[reader->value_count++];
    *value = (struct mapping_value){.pattern = reader->entry->key, .value = reader->entry->value};
    struct mapping_value **end = &target->values;
    while (*end)
        end = &(*end)->next;
    *end = value;
    return GR_OK;
}

static enum gr_status take_tag(struct reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    bool units = str_is(reader->entry->section, "units");
    struct mapping_tag *list = units ? mapping->units : mapping->tags;
    size_t *count = units ? &mapping->unit_count : &mapping->tag_count;
    struct str source = reader->entry->value;
    if (units && mapping->dataset != DATASET_AI)
        return FAIL(reader, "[units] are of the dataset ai");
    if (*count == MAPPING_LIST_MAX)
        return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
    struct mapping_tag *tag = &list[(*count)++];
    *tag = (struct mapping_tag){.key = reader->entry->key, .source = SIZE_MAX};
    if (!str_is(tag->key, "*"))
        return take_source(reader, source, &tag->source, err);
    if (units || source.len == 0 || source.ptr[source.len - 1] != '*')
        return FAIL(reader, "* = PREFIX*: every column that begins so becomes a tag");
    tag->before = (struct str){source.ptr, source.len - 1};
    return GR_OK;
}

static enum gr_status take_skip(struct reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    if (mapping->skip_count == MAPPING_LIST_MAX)
        return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
    struct mapping_skip *skip = &mapping->skips[mapping->skip_count++];
    skip->pattern = reader->entry->value;
    return take_source(reader, reader->entry->key, &skip->source, err);
}

static enum gr_status number_column(const struct reader *reader, struct str name, int *out,
                                    struct gr_err *err)
{
    size_t count;
    const struct column_def *defs = dataset_columns(reader->mapping->dataset, &count);
    *out = dataset_find_column(reader->mapping->dataset, name);
    if (*out < 0 || defs[*out].kind != COLUMN_DECIMAL)
        return FAIL(reader, "\"%.*s\" is no column of numbers", STR_ARG(name));
    return GR_OK;
}

/* A = B, A = B * C, A = hours (of the charge period) */
static enum gr_status take_compute(struct reader *reader, struct gr_err *err)
{
    static const char *const periods[] = {"seconds", "minutes", "hours", "days", NULL};
    static const int64_t units[] = {1000, 60000, 3600000, MS_PER_DAY};
    struct mapping *mapping = reader->mapping;
    if (mapping->compute_count == MAPPING_LIST_MAX)
        return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
    struct mapping_compute *compute = &mapping->computes[mapping->compute_count++];
    *compute = (struct mapping_compute){.op = COMPUTE_PERIOD};
    GR_TRY(number_column(reader, reader->entry->key, &compute->column, err));
    int period = word_number(reader->entry->value, periods);
    if (period >= 0) {
        compute->unit_ms = units[period];
        return mapping->dataset == DATASET_COST ? GR_OK
                                                : FAIL(reader, "only charges have a period");
    }
    struct str rest = reader->entry->value;
    struct str first = str_trim(str_cut(&rest, '*'));
    compute->op = rest.ptr ? COMPUTE_PRODUCT : COMPUTE_COPY;
    GR_TRY(number_column(reader, first, &compute->a, err));
    return rest.ptr ? number_column(reader, str_trim(rest), &compute->b, err) : GR_OK;
}

/* ---- rates ---- */

static enum gr_status take_rate_line(struct reader *reader, struct gr_err *err)
{
    struct rate_card *card = reader->card;
    struct str rest = reader->entry->value, cells[2 * RATE_KEYS_MAX];
    size_t count = 0;
    if (card->key_count == 0)
        return FAIL(reader, "rate stands before keys");
    while (rest.ptr && count < 2 * RATE_KEYS_MAX)
        cells[count++] = str_trim(str_cut(&rest, ','));
    struct rate *rate = &card->rates[card->count];
    const char *reason = rate_from_cells(card, cells, count, rate);
    if (reason)
        return FAIL(reader, "rate: %s", reason);
    rate->line = (uint64_t)reader->entry->line;
    card->count++;
    return GR_OK;
}

static enum gr_status take_rates(struct reader *reader, struct gr_err *err)
{
    struct rate_card *card = reader->card;
    struct str key = reader->entry->key;
    if (reader->mapping->dataset != DATASET_COST)
        return FAIL(reader, "[rates] are of the dataset cost; price books price usage of models");
    reader->mapping->rated = true;
    reader->card_line = reader->entry->line;
    if (!key.ptr)
        return GR_OK;
    if (str_is(key, "rate"))
        return take_rate_line(reader, err);
    if (str_is(key, "file"))
        reader->card_file = reader->entry->value;
    else if (str_is(key, "quantity")) {
        int column;
        GR_TRY(number_column(reader, reader->entry->value, &column, err));
        card->quantity = reader->entry->value;
    } else if (str_is(key, "keys")) {
        struct str names[MAPPING_LIST_MAX];
        GR_TRY(take_list(reader, names, &card->key_count, err));
        if (card->key_count > RATE_KEYS_MAX || card->key_count == 0)
            return FAIL(reader, "keys: wanted 1 to %d columns", RATE_KEYS_MAX);
        memcpy(card->key_names, names, card->key_count * sizeof *names);
    } else
        return unknown_key(reader, "file, keys, quantity, rate", err);
    return GR_OK;
}

/* "rates.csv" beside the mapping's file */
static struct str beside(struct arena *arena, const char *path, struct str file)
{
    const char *slash = strrchr(path, '/');
    if (!slash || file.ptr[0] == '/')
        return arena_str(arena, file);
    const struct str parts[] = {
        {path, (size_t)(slash - path)},
        file
    };
    return arena_join(arena, parts, 2, STR("/"));
}

static enum gr_status finish_rates(struct reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    struct rate_card *card = reader->card;
    mapping->card = card;
    if (!reader->card_file.ptr)
        return rate_card_finish(card, GR_EUSAGE, err);
    if (card->count > 0 || card->key_count > 0)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: rates stand in a file or here, not in both",
                       reader->file->name, reader->card_line);
    struct str quantity = card->quantity;
    struct str path = beside(reader->arena, mapping->path, reader->card_file);
    if (rate_card_read(reader->arena, path.ptr, card, err) != GR_OK)
        return gr_wrap(err, "%s:%ld", reader->file->name, reader->card_line);
    card->quantity = quantity;
    return GR_OK;
}

/* ---- the whole ---- */

struct section {
    const char *name;
    int pass;
    bool begins; /* its first line, which has no key, is taken too */
    enum gr_status (*take)(struct reader *reader, struct gr_err *err);
};

static const struct section sections[] = {
    {"mapping",   1, true,  take_mapping },
    {"detect",    1, false, take_detect  },
    {"columns",   2, false, take_column  },
    {"constants", 3, false, take_constant},
    {"values",    4, true,  take_value   },
    {"numbers",   4, false, take_numbers },
    {"dates",     4, false, take_dates   },
    {"null",      4, false, take_null    },
    {"tags",      4, false, take_tag     },
    {"units",     4, false, take_tag     },
    {"skip",      4, false, take_skip    },
    {"compute",   4, false, take_compute },
    {"rates",     4, true,  take_rates   },
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

static enum gr_status read_pass(struct reader *reader, int pass, struct gr_err *err)
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
static enum gr_status check_needs(const struct reader *reader, struct gr_err *err)
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
static enum gr_status take_name(struct reader *reader, struct gr_err *err)
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
    struct reader reader = {.arena = arena, .file = &file};
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
    if (reader.mapping->rated)
        GR_TRY(finish_rates(&reader, err));
    *out = reader.mapping;
    return GR_OK;
}
