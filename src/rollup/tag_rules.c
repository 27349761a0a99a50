/* Reads tag rules. See tag_rules.h for the format. */
#include "rollup/tag_rules.h"

#include <string.h>

#include "base/file.h"
#include "base/fold.h"
#include "base/ini.h"
#include "base/sha256.h"

enum { PATTERNS_MAX = 4096 };

/* The reading of one file. */
struct rules_reader {
    struct arena *arena;
    const struct ini_file *file;
    struct tag_rules *out;
    struct gr_err *err;
    struct tag_rule *rule; /* of the section; NULL in [all] */
    bool has_all;
    bool has_keys;
    size_t values_max;
};

static enum gr_status refuse(const struct rules_reader *reader, const struct ini_entry *entry,
                             const char *what, struct str value, const char *wanted)
{
    return gr_fail(reader->err, GR_EUSAGE, "%s:%ld: %s \"%.*s\": wanted %s", reader->file->name,
                   entry->line, what, STR_ARG(value), wanted);
}

static struct str after_word(struct str text, struct str word)
{
    if (!str_starts(text, word) || text.len == word.len || text.ptr[word.len] != ' ')
        return STR_NONE;
    return str_trim((struct str){text.ptr + word.len, text.len - word.len});
}

static struct tag_rule *find_rule(const struct tag_rules *rules, struct str key)
{
    for (size_t i = 0; i < rules->count; i++)
        if (str_equal(rules->items[i].key, key))
            return &rules->items[i];
    return NULL;
}

static enum gr_status begin_section(struct rules_reader *reader, const struct ini_entry *entry)
{
    struct tag_rules *out = reader->out;
    struct str key = after_word(entry->section, STR("tag"));
    reader->rule = NULL;
    reader->has_keys = false;
    if (str_is(entry->section, "all")) {
        if (reader->has_all)
            return refuse(reader, entry, "section", entry->section, "one section of that name");
        reader->has_all = true;
        return GR_OK;
    }
    if (!key.len)
        return refuse(reader, entry, "section", entry->section, "[all] or [tag KEY]");
    if (find_rule(out, key))
        return refuse(reader, entry, "section", entry->section, "one section of that name");
    reader->rule = &out->items[out->count++];
    *reader->rule = (struct tag_rule){.key = key, .trim = out->trim, .fold = out->fold};
    reader->rule->values =
        arena_alloc_zeroed(reader->arena, reader->values_max + 1, sizeof(*reader->rule->values));
    return GR_OK;
}

static enum gr_status read_switch(const struct rules_reader *reader, const struct ini_entry *entry,
                                  bool *out)
{
    *out = str_is(entry->value, "yes");
    if (*out || str_is(entry->value, "no"))
        return GR_OK;
    return refuse(reader, entry, entry->key.ptr, entry->value, "yes or no");
}

static enum gr_status read_keys(struct rules_reader *reader, const struct ini_entry *entry)
{
    struct tag_rule *rule = reader->rule;
    struct str rest = entry->value;
    reader->has_keys = true;
    while (rest.ptr) {
        struct str key = str_trim(str_cut(&rest, ','));
        if (!key.len)
            return refuse(reader, entry, "keys", entry->value, "raw keys with commas between them");
        if (rule->key_count == TAG_RULE_KEYS_MAX)
            return gr_fail(reader->err, GR_EUSAGE, "%s:%ld: keys: a tag has at most %d of them",
                           reader->file->name, entry->line, TAG_RULE_KEYS_MAX);
        rule->keys[rule->key_count++] = key;
    }
    return GR_OK;
}

static struct tag_rule_value *need_value(struct rules_reader *reader, struct str name)
{
    struct tag_rule *rule = reader->rule;
    for (size_t i = 0; i < rule->value_count; i++)
        if (str_equal(rule->values[i].name, name))
            return &rule->values[i];
    struct tag_rule_value *value = &rule->values[rule->value_count++];
    value->name = name;
    return value;
}

static enum gr_status read_value(struct rules_reader *reader, const struct ini_entry *entry,
                                 struct str name)
{
    struct tag_rule_value *value = need_value(reader, name);
    struct str list[256]; /* a line is shorter */
    size_t count = 0;
    struct str rest = entry->value;
    while (rest.ptr && count < sizeof(list) / sizeof(list[0])) {
        struct str pattern = str_trim(str_cut(&rest, ','));
        if (!pattern.len)
            return refuse(reader, entry, entry->key.ptr, entry->value,
                          "values with commas between them");
        list[count++] = pattern;
    }
    size_t all = value->pattern_count + count;
    if (all > PATTERNS_MAX)
        return gr_fail(reader->err, GR_EUSAGE, "%s:%ld: a value has at most %d patterns",
                       reader->file->name, entry->line, PATTERNS_MAX);
    struct str *patterns = arena_alloc(reader->arena, all * sizeof(*patterns));
    if (value->pattern_count)
        memcpy(patterns, value->patterns, value->pattern_count * sizeof(*patterns));
    memcpy(patterns + value->pattern_count, list, count * sizeof(*patterns));
    value->patterns = patterns;
    value->pattern_count = all;
    return GR_OK;
}

static enum gr_status read_entry(struct rules_reader *reader, const struct ini_entry *entry)
{
    struct tag_rule *rule = reader->rule;
    struct str value = rule ? after_word(entry->key, STR("value")) : STR_NONE;
    if (str_is(entry->key, "trim"))
        return read_switch(reader, entry, rule ? &rule->trim : &reader->out->trim);
    if (str_is(entry->key, "fold"))
        return read_switch(reader, entry, rule ? &rule->fold : &reader->out->fold);
    if (rule && str_is(entry->key, "keys"))
        return read_keys(reader, entry);
    if (value.len)
        return read_value(reader, entry, value);
    return refuse(reader, entry, "key", entry->key,
                  rule ? "keys, trim, fold or value NAME" : "trim or fold");
}

/* Patterns are compared with what is trimmed and folded, so they are it too; known only once the
 * section is read to its end. */
static void settle_rule(struct arena *arena, struct tag_rule *rule)
{
    if (!rule->key_count)
        rule->keys[rule->key_count++] = rule->key;
    for (size_t i = 0; i < rule->key_count && rule->fold; i++)
        rule->keys[i] = str_fold(arena, rule->keys[i]);
    for (size_t v = 0; v < rule->value_count && rule->fold; v++)
        for (size_t i = 0; i < rule->values[v].pattern_count; i++)
            rule->values[v].patterns[i] = str_fold(arena, rule->values[v].patterns[i]);
}

static enum gr_status read_entries(struct rules_reader *reader)
{
    /* What [all] says holds for sections before it, too. */
    for (size_t i = 0; i < reader->file->count; i++) {
        const struct ini_entry *entry = &reader->file->entries[i];
        reader->values_max += entry->key.ptr != NULL;
        if (entry->key.ptr && str_is(entry->section, "all"))
            GR_TRY(read_entry(reader, entry));
    }
    for (size_t i = 0; i < reader->file->count; i++) {
        const struct ini_entry *entry = &reader->file->entries[i];
        if (!entry->key.ptr)
            GR_TRY(begin_section(reader, entry));
        else if (reader->rule)
            GR_TRY(read_entry(reader, entry));
    }
    for (size_t i = 0; i < reader->out->count; i++)
        settle_rule(reader->arena, &reader->out->items[i]);
    return GR_OK;
}

static size_t count_sections(const struct ini_file *file)
{
    size_t sections = 0;
    for (size_t i = 0; i < file->count; i++)
        sections += !file->entries[i].key.ptr;
    return sections;
}

enum gr_status tag_rules_read(struct arena *arena, struct str text, const char *name,
                              struct tag_rules *out, struct gr_err *err)
{
    struct ini_file file;
    struct sha256 hash;
    char hex[65];
    const char *slash = strrchr(name, '/');
    GR_TRY(ini_read(arena, text, name, &file, err));
    *out = (struct tag_rules){.file = arena_str(arena, str_from(slash ? slash + 1 : name))};
    sha256_init(&hash);
    sha256_update(&hash, text.ptr, text.len);
    sha256_hex(&hash, hex);
    memcpy(out->digest, hex, sizeof(out->digest) - 1);
    out->items = arena_alloc_zeroed(arena, count_sections(&file) + 1, sizeof(*out->items));
    struct rules_reader reader = {.arena = arena, .file = &file, .out = out, .err = err};
    return read_entries(&reader);
}

enum gr_status tag_rules_read_file(struct arena *arena, const char *path, struct tag_rules *out,
                                   struct gr_err *err)
{
    struct strbuf text;
    strbuf_init(&text, INI_FILE_BYTES_MAX);
    enum gr_status status = file_read(path, &text, err);
    if (!status)
        status = tag_rules_read(arena, strbuf_str(&text), path, out, err);
    strbuf_deinit(&text);
    return status;
}

struct str tag_rules_label(struct arena *arena, const struct tag_rules *rules)
{
    return arena_printf(arena, "%.*s (sha256 %s)", STR_ARG(rules->file), rules->digest);
}
