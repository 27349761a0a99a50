/* Tags as rules report them; see tag_rules.h. Called by values.c for each distinct text once. */
#include "base/decimal.h"
#include "base/fold.h"
#include "base/tags.h"
#include "rollup/tag_rules.h"

struct tag_view tag_view_of(const struct tag_rules *rules, struct str key)
{
    struct arena scratch = ARENA_EMPTY;
    struct tag_view view = {0};
    for (size_t i = 0; rules && i < rules->count && !view.rule; i++) {
        const struct tag_rule *rule = &rules->items[i];
        struct str wanted = rule->fold ? str_fold(&scratch, key) : key;
        struct str own = rule->fold ? str_fold(&scratch, rule->key) : rule->key;
        if (str_equal(wanted, own))
            view = (struct tag_view){rules, rule, rule->trim, rule->fold};
    }
    if (!view.rule && rules && (rules->trim || rules->fold))
        view = (struct tag_view){rules, NULL, rules->trim, rules->fold};
    arena_deinit(&scratch);
    return view;
}

struct str tag_view_key(const struct tag_view *view, struct arena *arena, struct str key)
{
    if (view->trim)
        key = str_trim(key);
    return view->fold ? str_fold(arena, key) : key;
}

static bool is_number(struct str value)
{
    struct decimal ignored;
    return decimal_read(value, &ignored) == DECIMAL_READ_OK;
}

static bool value_has(const struct tag_rule_value *value, struct str name, struct str text)
{
    if (str_equal(name, text))
        return true;
    for (size_t i = 0; i < value->pattern_count; i++)
        if (str_glob(value->patterns[i], text))
            return true;
    return false;
}

struct str tag_view_value(const struct tag_view *view, struct arena *arena, struct str value)
{
    if (!value.ptr || !view->rules)
        return value;
    if (view->trim)
        value = str_trim(value);
    struct str folded = view->fold ? str_fold(arena, value) : value;
    for (size_t i = 0; view->rule && i < view->rule->value_count; i++) {
        const struct tag_rule_value *known = &view->rule->values[i];
        struct str name = view->fold ? str_fold(arena, known->name) : known->name;
        if (value_has(known, name, folded))
            return known->name;
    }
    return is_number(value) ? value : folded;
}

/* What a text has for one pattern of raw keys. */
struct found {
    struct str key; /* raw */
    struct str value;
    bool exact; /* the raw key is the pattern, to the byte */
};

/* Of the same raw key the last counts, as without rules; else a key that is the pattern to the byte
 * goes before those that only match it, and of these the first. */
static void take_member(struct found *found, struct str pattern, struct str key, struct str value)
{
    bool same = found->key.ptr && str_equal(found->key, key);
    bool exact = str_equal(pattern, key);
    if (same || !found->value.ptr || (exact && !found->exact))
        *found = (struct found){key, value, exact};
}

struct str tag_view_find(const struct tag_view *view, struct arena *arena, struct str text,
                         struct str key)
{
    if (!view->rules)
        return tags_member(arena, text, key);
    struct str own = tag_view_key(view, arena, key);
    const struct str *patterns = view->rule ? view->rule->keys : &own;
    size_t count = view->rule ? view->rule->key_count : 1;
    struct found found[TAG_RULE_KEYS_MAX] = {0};
    struct tags_walk walk = {.rest = text};
    struct str raw;
    struct str value;
    while (tags_next(arena, &walk, &raw, &value)) {
        struct str compared = tag_view_key(view, arena, raw);
        size_t at = 0;
        while (at < count &&
               !(view->rule ? str_glob(patterns[at], compared) : str_equal(patterns[at], compared)))
            at++;
        if (at < count)
            take_member(&found[at], view->rule ? patterns[at] : key, raw, value);
    }
    for (size_t i = 0; i < count; i++)
        if (found[i].value.ptr)
            return found[i].value;
    return STR_NONE;
}

struct str tag_view_member(const struct tag_view *view, struct arena *arena, struct str text,
                           struct str key)
{
    return tag_view_value(view, arena, tag_view_find(view, arena, text, key));
}

struct str tag_rules_key(const struct tag_rules *rules, struct arena *arena, struct str raw)
{
    for (size_t i = 0; rules && i < rules->count; i++) {
        const struct tag_rule *rule = &rules->items[i];
        struct tag_view view = {rules, rule, rule->trim, rule->fold};
        struct str compared = tag_view_key(&view, arena, raw);
        for (size_t k = 0; k < rule->key_count; k++)
            if (str_glob(rule->keys[k], compared))
                return rule->key;
    }
    struct tag_view view = {rules, NULL, rules && rules->trim, rules && rules->fold};
    return tag_view_key(&view, arena, raw);
}
