/* Reads a command line by the option table and turns period options into days. Called by main and
 * the commands; must not know what a command does.
 */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

static const struct option_def *option_by_name(struct str name)
{
    size_t count;
    const struct option_def *defs = option_defs(&count);
    for (size_t i = 0; i < count; i++)
        if (str_is(name, defs[i].name))
            return &defs[i];
    return NULL;
}

static const struct option_def *option_by_letter(char letter)
{
    size_t count;
    const struct option_def *defs = option_defs(&count);
    for (size_t i = 0; i < count; i++)
        if (defs[i].letter == letter)
            return &defs[i];
    return NULL;
}

/* Options that two groups spell alike are taken by either: --format and --tz of reports by ingest,
 * --source of ingest by the ledger, --by-tag and --dataset by the list of variants. */
static bool option_allowed(const struct option_def *def, unsigned groups)
{
    if ((unsigned)def->group & groups)
        return true;
    if (strcmp(def->name, "source") == 0)
        return groups & OPTIONS_LEDGER;
    if (strcmp(def->name, "by-tag") == 0 || strcmp(def->name, "dataset") == 0)
        return groups & OPTIONS_VARIANTS;
    bool shared = strcmp(def->name, "format") == 0 || strcmp(def->name, "tz") == 0;
    return shared && (groups & OPTIONS_INGEST);
}

static enum gr_status option_refuse(const struct option_def *def, struct gr_err *err)
{
    size_t count;
    const struct command *const *all = commands(&count);
    char takers[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (option_allowed(def, all[i]->groups) && used < sizeof takers - 40)
            used += (size_t)snprintf(takers + used, sizeof takers - used, "%s%s", used ? ", " : "",
                                     all[i]->name ? all[i]->name : "the ad-hoc report");
    return gr_fail(err, GR_EUSAGE, "--%s does not belong to this command; it goes with %s",
                   def->name, takers);
}

static enum gr_status option_list_add(struct option_list *list, const char *name, const char *value,
                                      struct gr_err *err)
{
    if (list->count == OPTIONS_LIST_MAX)
        return gr_fail(err, GR_EUSAGE, "--%s is given more than %d times", name, OPTIONS_LIST_MAX);
    list->items[list->count++] = value;
    return GR_OK;
}

static enum gr_status option_store(struct arena *arena, const struct option_def *def,
                                   const char *value, struct options *out, struct gr_err *err)
{
    char *base = (char *)out;
    if (def->filter_name) {
        struct str line = arena_printf(arena, "%s=%s", def->filter_name, value);
        return option_list_add(&out->where, def->name, line.ptr, err);
    }
    if (def->repeatable)
        return option_list_add((struct option_list *)(void *)(base + def->offset), def->name, value,
                               err);
    if (!def->metavar) {
        *(bool *)(base + def->offset) = true;
        return GR_OK;
    }
    const char **member = (const char **)(void *)(base + def->offset);
    if (*member && strcmp(*member, value) != 0)
        return gr_fail(err, GR_EUSAGE, "--%s is given twice: \"%s\" and \"%s\"", def->name, *member,
                       value);
    *member = value;
    return GR_OK;
}

static enum gr_status option_unknown(const char *text, struct gr_err *err)
{
    return gr_fail(err, GR_EUSAGE, "no option named %s; `gpureport help` lists them", text);
}

/* Reads argv[*at], stepping over a value that stands apart. */
static enum gr_status option_read_one(struct arena *arena, int argc, char *const *argv, int *at,
                                      unsigned groups, struct options *out, struct gr_err *err)
{
    const char *text = argv[*at];
    const char *value = NULL;
    const struct option_def *def;
    if (text[1] == '-') {
        const char *equals = strchr(text, '=');
        struct str name = {text + 2, equals ? (size_t)(equals - text - 2) : strlen(text + 2)};
        def = option_by_name(name);
        value = equals ? equals + 1 : NULL;
    } else {
        def = option_by_letter(text[1]);
        if (def && text[2])
            value = text + 2;
    }
    if (!def)
        return option_unknown(text, err);
    if (!option_allowed(def, groups))
        return option_refuse(def, err);
    if (!def->metavar && value)
        return gr_fail(err, GR_EUSAGE, "--%s takes no value", def->name);
    if (def->metavar && !value) {
        if (*at + 1 >= argc)
            return gr_fail(err, GR_EUSAGE, "--%s wants a value: %s", def->name, def->metavar);
        value = argv[++*at];
    }
    return option_store(arena, def, value, out, err);
}

bool option_is_unknown(const char *text)
{
    if (text[0] != '-' || !text[1])
        return false;
    if (text[1] != '-')
        return !option_by_letter(text[1]);
    struct str rest = str_from(text + 2);
    return rest.len && !option_by_name(str_cut(&rest, '='));
}

bool option_takes_next(const char *text)
{
    const struct option_def *def = NULL;
    if (text[0] != '-' || !text[1] || strchr(text, '='))
        return false;
    if (text[1] == '-')
        def = option_by_name(str_from(text + 2));
    else if (!text[2])
        def = option_by_letter(text[1]);
    return def && def->metavar;
}

enum gr_status options_read(struct arena *arena, int argc, char *const *argv, unsigned groups,
                            struct options *out, struct gr_err *err)
{
    *out = (struct options){0};
    const char **arguments = arena_alloc(arena, ((size_t)argc + 1) * sizeof *arguments);
    out->arguments = arguments;
    bool only_arguments = false;
    for (int at = 0; at < argc; at++) {
        const char *text = argv[at];
        if (!only_arguments && strcmp(text, "--") == 0)
            only_arguments = true;
        else if (only_arguments || text[0] != '-' || text[1] == '\0')
            arguments[out->argument_count++] = text;
        else
            GR_TRY(option_read_one(arena, argc, argv, &at, groups, out, err));
    }
    return GR_OK;
}

enum gr_status argument_number(const char *what, const char *text, long minimum, long *out,
                               struct gr_err *err)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < minimum || value > 1000000)
        return gr_fail(err, GR_EUSAGE, "%s: \"%s\" is not a whole number of %ld or more", what,
                       text, minimum);
    *out = value;
    return GR_OK;
}

enum gr_status option_number(const char *option, const char *text, long minimum, long *out,
                             struct gr_err *err)
{
    char name[64];
    snprintf(name, sizeof name, "--%s", option);
    return argument_number(name, text, minimum, out, err);
}

enum gr_status options_dimensions(struct arena *arena, const struct options *options,
                                  struct str names[ROLLUP_DIMENSIONS_MAX], size_t *count,
                                  struct gr_err *err)
{
    const struct option_list *lists[] = {&options->by, &options->by_dimension, &options->by_tag};
    *count = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < lists[i]->count; j++) {
            struct str rest = str_from(lists[i]->items[j]);
            while (rest.ptr) {
                struct str name = str_trim(str_cut(&rest, ','));
                if (i == 2)
                    name = arena_join(arena, (const struct str[]){STR("tag:"), name}, 2, STR_NONE);
                if (name.len == 0 || *count == ROLLUP_DIMENSIONS_MAX)
                    return gr_fail(err, GR_EUSAGE, "--by takes 1 to %d dimensions",
                                   ROLLUP_DIMENSIONS_MAX);
                for (size_t k = 0; k < *count; k++)
                    if (str_equal(names[k], name))
                        return gr_fail(err, GR_EUSAGE, "dimension %.*s is named twice",
                                       STR_ARG(name));
                names[(*count)++] = name;
            }
        }
    return GR_OK;
}

/* What --exclude calls the rows, and what they have. */
struct exclusion {
    const char *word, *dimension, *values;
};

static const struct exclusion exclusions[] = {
    {"usage",      "charge_category", "Usage"                                          },
    {"purchase",   "charge_category", "Purchase"                                       },
    {"tax",        "charge_category", "Tax"                                            },
    {"credit",     "charge_category", "Credit"                                         },
    {"adjustment", "charge_category", "Adjustment"                                     },
    {"correction", "charge_class",    "Correction"                                     },
    {"refund",     "charge_type",     "Refund"                                         },
    {"discount",   "charge_type",     "EdpDiscount,PrivateRateDiscount,BundledDiscount"},
};
enum { EXCLUSIONS = sizeof exclusions / sizeof *exclusions };

static enum gr_status exclusion_find(struct str word, size_t *out, struct gr_err *err)
{
    char words[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < EXCLUSIONS; i++) {
        *out = i;
        if (str_equal_nocase(word, str_from(exclusions[i].word)))
            return GR_OK;
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "",
                                 exclusions[i].word);
    }
    return gr_fail(err, GR_EUSAGE, "--exclude: \"%.*s\" is not one of %s", STR_ARG(word), words);
}

/* One line a dimension: "charge_category!=Tax,Credit". */
static struct str exclusion_lines(struct arena *arena, const bool *excluded)
{
    struct str lines[EXCLUSIONS];
    size_t count = 0;
    for (size_t i = 0; i < EXCLUSIONS; i++) {
        bool first =
            i == 0 || !count || !str_starts(lines[count - 1], str_from(exclusions[i].dimension));
        if (excluded[i] && first)
            lines[count++] =
                arena_printf(arena, "%s!=%s", exclusions[i].dimension, exclusions[i].values);
        else if (excluded[i])
            lines[count - 1] =
                arena_printf(arena, "%.*s,%s", STR_ARG(lines[count - 1]), exclusions[i].values);
    }
    return arena_join(arena, lines, count, STR("\n"));
}

enum gr_status options_exclusions(struct arena *arena, const struct options *options,
                                  struct str *out, struct gr_err *err)
{
    bool excluded[EXCLUSIONS] = {false};
    for (size_t i = 0; i < options->exclude.count; i++) {
        struct str rest = str_from(options->exclude.items[i]);
        while (rest.ptr) {
            size_t at = 0;
            GR_TRY(exclusion_find(str_trim(str_cut(&rest, ',')), &at, err));
            excluded[at] = true;
        }
    }
    *out = exclusion_lines(arena, excluded);
    return GR_OK;
}

struct str options_filters(struct arena *arena, const struct options *options)
{
    struct str lines[OPTIONS_LIST_MAX];
    for (size_t i = 0; i < options->where.count; i++)
        lines[i] = str_from(options->where.items[i]);
    return arena_join(arena, lines, options->where.count, STR("\n"));
}
