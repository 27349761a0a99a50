/* What a mapping file says of its columns: values, numbers, times, tags, what is skipped, computed
 * and rated (see mapping_reader.h). */
#include <stdlib.h>

#include "ingest/mapping/mapping_reader.h"

/* ---- pass 3: what is said of columns ---- */

static enum gr_status need_target(const struct mapping_reader *reader, struct str name,
                                  struct mapping_target **out, struct gr_err *err)
{
    *out = mapping_target_named(reader->mapping, name);
    if (*out)
        return GR_OK;
    return FAIL(reader, "%.*s is not filled by this mapping", STR_ARG(name));
}

static enum gr_status scale_target(const struct mapping_reader *reader, struct str name,
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
static enum gr_status take_factor(const struct mapping_reader *reader, struct str name,
                                  struct gr_err *err)
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

static enum gr_status take_negated(const struct mapping_reader *reader, struct gr_err *err)
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

static enum gr_status take_cents(const struct mapping_reader *reader, struct gr_err *err)
{
    struct str rest = reader->entry->value;
    while (rest.ptr)
        GR_TRY(scale_target(reader, str_trim(str_cut(&rest, ',')), decimal_from_int(1),
                            decimal_from_int(100), err));
    return GR_OK;
}

/* SOURCE = GLOB in one value */
static enum gr_status take_condition(const struct mapping_reader *reader, struct mapping_skip *out,
                                     struct gr_err *err)
{
    struct str rest = reader->entry->value;
    struct str name = str_trim(str_cut(&rest, '='));
    if (!rest.ptr)
        return FAIL(reader, "%.*s: wanted COLUMN=GLOB", STR_ARG(reader->entry->key));
    out->pattern = str_trim(rest);
    return mapping_take_source(reader, name, &out->source, err);
}

static enum gr_status take_thousands(const struct mapping_reader *reader, struct gr_err *err)
{
    static const char *const names[] = {",", ".", "'", "space", "none", NULL};
    int number = 0;
    GR_TRY(mapping_take_word(reader, names, &number, err));
    reader->mapping->thousands = ",.' "[number];
    return GR_OK;
}

enum gr_status mapping_take_numbers(struct mapping_reader *reader, struct gr_err *err)
{
    static const char *const points[] = {".", ",", NULL};
    struct mapping *mapping = reader->mapping;
    struct str key = reader->entry->key;
    int number = 0;
    if (str_is(key, "decimal")) {
        GR_TRY(mapping_take_word(reader, points, &number, err));
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
    return mapping_unknown_key(
        reader, "decimal, thousands, negate, negate_where, cents, factor.COLUMN", err);
}

static enum gr_status take_date_format(const struct mapping_reader *reader, struct gr_err *err)
{
    static const char *const names[] = {"iso", "us", "eu", "unix", "unix-ms", NULL};
    struct str text = reader->entry->value;
    int number = 0;
    if (!memchr(text.ptr, '%', text.len)) {
        GR_TRY(mapping_take_word(reader, names, &number, err));
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

enum gr_status mapping_take_dates(struct mapping_reader *reader, struct gr_err *err)
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
        GR_TRY(mapping_take_word(reader, ends, &number, err));
        reader->mapping->end_inclusive = number == 1;
        return GR_OK;
    }
    if (str_is(key, "length")) {
        GR_TRY(mapping_take_word(reader, lengths, &number, err));
        reader->mapping->length = reader->entry->value;
        return GR_OK;
    }
    return mapping_unknown_key(reader, "format, zone, end, length", err);
}

enum gr_status mapping_take_null(struct mapping_reader *reader, struct gr_err *err)
{
    if (!str_is(reader->entry->key, "tokens"))
        return mapping_unknown_key(reader, "tokens", err);
    return mapping_take_list(reader, reader->mapping->nulls, &reader->mapping->null_count, err);
}

enum gr_status mapping_take_value(struct mapping_reader *reader, struct gr_err *err)
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

enum gr_status mapping_take_tag(struct mapping_reader *reader, struct gr_err *err)
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
        return mapping_take_source(reader, source, &tag->source, err);
    if (units || source.len == 0 || source.ptr[source.len - 1] != '*')
        return FAIL(reader, "* = PREFIX*: every column that begins so becomes a tag");
    tag->before = (struct str){source.ptr, source.len - 1};
    return GR_OK;
}

enum gr_status mapping_take_skip(struct mapping_reader *reader, struct gr_err *err)
{
    struct mapping *mapping = reader->mapping;
    if (mapping->skip_count == MAPPING_LIST_MAX)
        return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
    struct mapping_skip *skip = &mapping->skips[mapping->skip_count++];
    skip->pattern = reader->entry->value;
    return mapping_take_source(reader, reader->entry->key, &skip->source, err);
}

enum gr_status mapping_number_column(const struct mapping_reader *reader, struct str name, int *out,
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
enum gr_status mapping_take_compute(struct mapping_reader *reader, struct gr_err *err)
{
    static const char *const periods[] = {"seconds", "minutes", "hours", "days", NULL};
    static const int64_t units[] = {1000, 60000, 3600000, MS_PER_DAY};
    struct mapping *mapping = reader->mapping;
    if (mapping->compute_count == MAPPING_LIST_MAX)
        return FAIL(reader, "more than %d of them", MAPPING_LIST_MAX);
    struct mapping_compute *compute = &mapping->computes[mapping->compute_count++];
    *compute = (struct mapping_compute){.op = COMPUTE_PERIOD};
    GR_TRY(mapping_number_column(reader, reader->entry->key, &compute->column, err));
    int period = mapping_word(reader->entry->value, periods);
    if (period >= 0) {
        compute->unit_ms = units[period];
        return mapping->dataset == DATASET_COST ? GR_OK
                                                : FAIL(reader, "only charges have a period");
    }
    struct str rest = reader->entry->value;
    struct str first = str_trim(str_cut(&rest, '*'));
    compute->op = rest.ptr ? COMPUTE_PRODUCT : COMPUTE_COPY;
    GR_TRY(mapping_number_column(reader, first, &compute->a, err));
    return rest.ptr ? mapping_number_column(reader, str_trim(rest), &compute->b, err) : GR_OK;
}

/* ---- rates ---- */

static enum gr_status take_rate_line(struct mapping_reader *reader, struct gr_err *err)
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

enum gr_status mapping_take_rates(struct mapping_reader *reader, struct gr_err *err)
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
        GR_TRY(mapping_number_column(reader, reader->entry->value, &column, err));
        card->quantity = reader->entry->value;
    } else if (str_is(key, "keys")) {
        struct str names[MAPPING_LIST_MAX];
        GR_TRY(mapping_take_list(reader, names, &card->key_count, err));
        if (card->key_count > RATE_KEYS_MAX || card->key_count == 0)
            return FAIL(reader, "keys: wanted 1 to %d columns", RATE_KEYS_MAX);
        memcpy(card->key_names, names, card->key_count * sizeof *names);
    } else
        return mapping_unknown_key(reader, "file, keys, quantity, rate", err);
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

enum gr_status mapping_finish_rates(struct mapping_reader *reader, struct gr_err *err)
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
