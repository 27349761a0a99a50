/* What texts of an Azure cost export mean (see azure_texts.h). */
#include "ingest/formats/azure_texts.h"

#include "base/tags.h"
#include "ingest/json.h"

/* Words are compared without case, blanks and hyphens: "Savings Plan" and "SavingsPlan". */
static bool same_word(struct str text, const char *word)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != *word++)
            return false;
    }
    return *word == 0;
}

struct word {
    const char *word;
    int meaning;
};

static int meaning_of(struct str text, const struct word *words, size_t count, int unknown)
{
    for (size_t i = 0; i < count; i++)
        if (same_word(text, words[i].word))
            return words[i].meaning;
    return unknown;
}

enum azure_charge azure_charge_of(struct str charge_type)
{
    static const struct word words[] = {
        {"",                   AZURE_USAGE     },
        {"usage",              AZURE_USAGE     },
        {"unusedreservation",  AZURE_UNUSED    },
        {"unusedsavingsplan",  AZURE_UNUSED    },
        {"purchase",           AZURE_PURCHASE  },
        {"refund",             AZURE_REFUND    },
        {"tax",                AZURE_TAX       },
        {"credit",             AZURE_CREDIT    },
        {"roundingadjustment", AZURE_ADJUSTMENT},
    };
    return (enum azure_charge)meaning_of(charge_type, words, sizeof words / sizeof *words,
                                         AZURE_ADJUSTMENT);
}

enum azure_model azure_model_of(struct str pricing_model)
{
    static const struct word words[] = {
        {"",            AZURE_MODEL_ABSENT},
        {"ondemand",    AZURE_ON_DEMAND   },
        {"spot",        AZURE_SPOT        },
        {"reservation", AZURE_RESERVATION },
        {"savingsplan", AZURE_SAVINGS_PLAN},
    };
    return (enum azure_model)meaning_of(pricing_model, words, sizeof words / sizeof *words,
                                        AZURE_MODEL_OTHER);
}

struct str azure_charge_category(enum azure_charge charge)
{
    static const char *const names[] = {
        [AZURE_USAGE] = "Usage",          [AZURE_UNUSED] = "Usage", [AZURE_PURCHASE] = "Purchase",
        [AZURE_REFUND] = "Purchase",      [AZURE_TAX] = "Tax",      [AZURE_CREDIT] = "Credit",
        [AZURE_ADJUSTMENT] = "Adjustment"};
    return str_from(names[charge]);
}

struct str azure_pricing_category(enum azure_model model)
{
    static const char *const names[] = {
        [AZURE_MODEL_ABSENT] = NULL,        [AZURE_ON_DEMAND] = "Standard",
        [AZURE_SPOT] = "Dynamic",           [AZURE_RESERVATION] = "Committed",
        [AZURE_SAVINGS_PLAN] = "Committed", [AZURE_MODEL_OTHER] = "Other"};
    return str_from(names[model]);
}

struct str azure_charge_frequency(struct str frequency)
{
    static const struct word words[] = {
        {"usagebased", 0},
        {"recurring",  1},
        {"onetime",    2}
    };
    static const char *const names[] = {"Usage-Based", "Recurring", "One-Time"};
    int known = meaning_of(frequency, words, sizeof words / sizeof *words, -1);
    return known < 0 ? frequency : str_from(names[known]);
}

struct str azure_service_category(struct str service_family)
{
    static const struct {
        const char *family, *category;
    } families[] = {
        {"ai + machine learning",     "AI and Machine Learning"  },
        {"analytics",                 "Analytics"                },
        {"compute",                   "Compute"                  },
        {"containers",                "Compute"                  },
        {"windows virtual desktop",   "Compute"                  },
        {"azure vmware solution",     "Compute"                  },
        {"databases",                 "Databases"                },
        {"data",                      "Databases"                },
        {"developer tools",           "Developer Tools"          },
        {"identity",                  "Identity"                 },
        {"integration",               "Integration"              },
        {"internet of things",        "Internet of Things"       },
        {"management and governance", "Management and Governance"},
        {"media",                     "Media"                    },
        {"migration",                 "Migration"                },
        {"networking",                "Networking"               },
        {"security",                  "Security"                 },
        {"storage",                   "Storage"                  },
        {"web",                       "Web"                      },
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (str_equal_nocase(service_family, str_from(families[i].family)))
            return str_from(families[i].category);
    return STR("Other");
}

/* ---- units ---- */

static void skip(struct str *text, size_t count)
{
    text->ptr += count;
    text->len -= count;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whole number with or without commas, 1 to 12 digits, at the front of *text. */
static bool take_count(struct str *text, int64_t *out)
{
    size_t digits = 0, at = 0;
    *out = 0;
    for (; at < text->len && (is_digit(text->ptr[at]) || (text->ptr[at] == ',' && at > 0)); at++) {
        if (text->ptr[at] == ',')
            continue;
        if (++digits > 12)
            return false;
        *out = 10 * *out + (text->ptr[at] - '0');
    }
    skip(text, at);
    return digits > 0 && *out > 0;
}

/* K and M directly behind the number are thousands and millions, unless a word begins there. */
static int64_t take_suffix(struct str *text)
{
    static const struct {
        char letter;
        int64_t times;
    } suffixes[] = {
        {'K', 1000      },
        {'M', 1000000   },
        {'B', 1000000000}
    };
    if (text->len == 0 || (text->len > 1 && text->ptr[1] != ' ' && text->ptr[1] != '/'))
        return 1;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (*text->ptr == suffixes[i].letter) {
            skip(text, 1);
            return suffixes[i].times;
        }
    return 1;
}

bool azure_unit_read(struct arena *arena, struct str unit_of_measure, struct decimal *factor,
                     struct str *unit)
{
    struct str rest = str_trim(unit_of_measure);
    int64_t count;
    if (!take_count(&rest, &count))
        return false;
    if (rest.len && *rest.ptr == '.')
        return false;
    *factor = decimal_from_int(count * take_suffix(&rest));
    rest = str_trim(rest);
    if (rest.len && *rest.ptr == '/')
        *unit = arena_join(arena, (const struct str[]){STR("Units"), rest}, 2, STR(""));
    else
        *unit = rest.len ? rest : STR("Units");
    return true;
}

/* ---- tags ---- */

struct str azure_tags_object(struct arena *arena, struct str tags)
{
    struct str text = str_trim(tags);
    if (text.len == 0 || str_is(text, "\"\"") || str_is(text, "{}"))
        return STR_NONE;
    if (*text.ptr == '{' || !tags_are_whole(arena, text))
        return text;
    return arena_join(arena, (const struct str[]){STR("{"), text, STR("}")}, 3, STR(""));
}

static struct str quoted(struct arena *arena, struct str text)
{
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    json_write(&(struct json_value){.kind = JSON_STRING, .text = text}, &out);
    struct str copy = arena_str(arena, strbuf_str(&out));
    strbuf_deinit(&out);
    return copy;
}

struct str azure_tags_with(struct arena *arena, struct str tags, struct str key, struct str value)
{
    struct str text = str_trim(tags);
    struct str member = arena_join(
        arena, (const struct str[]){quoted(arena, key), quoted(arena, value)}, 2, STR(":"));
    if (text.len == 0)
        return arena_join(arena, (const struct str[]){STR("{"), member, STR("}")}, 3, STR(""));
    if (*text.ptr != '{' || !tags_are_whole(arena, text) || tags_member(arena, text, key).ptr)
        return tags;
    struct str inner = str_trim((struct str){text.ptr + 1, text.len - 2});
    if (inner.len == 0)
        return arena_join(arena, (const struct str[]){STR("{"), member, STR("}")}, 3, STR(""));
    return arena_join(arena, (const struct str[]){STR("{"), inner, STR(","), member, STR("}")}, 5,
                      STR(""));
}

/* ---- resources ---- */

struct str azure_lower(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return (struct str){out, text.len};
}

struct str azure_region_id(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != ' ')
            out[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return len ? (struct str){out, len} : STR_NONE;
}

/* What stands behind the last "/providers/", in any case. */
static struct str behind_provider(struct str id)
{
    const struct str mark = STR("/providers/");
    struct str found = STR_NONE;
    for (size_t at = 0; at + mark.len <= id.len; at++)
        if (id.ptr[at] == '/' && str_equal_nocase((struct str){id.ptr + at, mark.len}, mark))
            found = (struct str){id.ptr + at + mark.len, id.len - at - mark.len};
    return found;
}

struct str azure_resource_type(struct arena *arena, struct str resource_id)
{
    struct str rest = behind_provider(resource_id), type = str_cut(&rest, '/');
    if (type.len == 0 || !rest.ptr || rest.len == 0)
        return STR_NONE;
    while (rest.ptr && rest.len) {
        struct str part = str_cut(&rest, '/');
        type = arena_join(arena, (const struct str[]){type, part}, 2, STR("/"));
        if (rest.ptr)
            str_cut(&rest, '/'); /* the name of that part */
    }
    return azure_lower(arena, type);
}

struct str azure_resource_name(struct str resource_id)
{
    if (resource_id.len < 2 || resource_id.ptr[0] != '/')
        return STR_NONE;
    size_t end = resource_id.len, from;
    if (resource_id.ptr[end - 1] == '/')
        end--;
    for (from = end; from > 0 && resource_id.ptr[from - 1] != '/';)
        from--;
    return from < end ? (struct str){resource_id.ptr + from, end - from} : STR_NONE;
}

struct str azure_gpu_of(struct str instance_type)
{
    static const char *const models[] = {"GB200", "B200", "H200",   "H100", "A100", "A10",
                                         "V710",  "L40S", "MI300X", "V620", "T4"};
    for (size_t from = 0, end; from < instance_type.len; from = end + 1) {
        for (end = from; end < instance_type.len && !strchr("_ /", instance_type.ptr[end]);)
            end++;
        struct str part = {instance_type.ptr + from, end - from};
        for (size_t i = 0; i < sizeof models / sizeof *models; i++)
            if (str_equal_nocase(part, str_from(models[i])))
                return str_from(models[i]);
    }
    return STR_NONE;
}
