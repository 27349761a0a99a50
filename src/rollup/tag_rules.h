/* Tag rules: how raw tags become the reported view. The store keeps what came; a rollup that has
 * rules looks at it through them.
 *
 *   [all]                             ; every key, unless its own section says otherwise
 *   trim = yes                        ; blanks around keys and values do not count
 *   fold = yes                        ; case does not count; values are shown in small letters,
 *                                     ; numbers as they are
 *   [tag env]                         ; the key that is reported, as tag:env and by its short name
 *   keys = env, environment, Env*     ; raw keys that feed it: the first that a row has wins
 *   value prod = production, prd      ; values that are shown as prod; the first match wins
 *
 * `keys` and `value NAME` may come again to go on with a long list; * and ? are globs. Without
 * `keys` the section's own key feeds it. Read by cli/, applied by values.c to each distinct text
 * once a query. Must not know reports.
 */
#ifndef GR_ROLLUP_TAG_RULES_H
#define GR_ROLLUP_TAG_RULES_H

#include "base/arena.h"

enum { TAG_RULE_KEYS_MAX = 32 };

struct tag_rule_value {
    struct str name;
    struct str *patterns; /* as values are compared: trimmed, folded */
    size_t pattern_count;
};

struct tag_rule {
    struct str key; /* as the section says it */
    struct str keys[TAG_RULE_KEYS_MAX];
    size_t key_count;
    bool trim, fold;
    struct tag_rule_value *values;
    size_t value_count;
};

struct tag_rules {
    struct str file; /* its name without folders */
    char digest[13]; /* first 12 digits of its SHA-256 */
    bool trim, fold; /* of keys without a section */
    struct tag_rule *items;
    size_t count;
};

/* GR_EUSAGE (file:line, what there is): an unknown section or key, a value without a pattern, a key
 * with two sections; GR_ESTORE: the file can't be read. Memory: arena. */
enum gr_status tag_rules_read_file(struct arena *arena, const char *path, struct tag_rules *out,
                                   struct gr_err *err) GR_MUST_CHECK;
enum gr_status tag_rules_read(struct arena *arena, struct str text, const char *name,
                              struct tag_rules *out, struct gr_err *err) GR_MUST_CHECK;

/* How one reported key is looked at. rules NULL: raw. */
struct tag_view {
    const struct tag_rules *rules;
    const struct tag_rule *rule; /* NULL: the key has no section */
    bool trim, fold;
};

/* The view on a key. Rules that do not touch it give the raw view. */
struct tag_view tag_view_of(const struct tag_rules *rules, struct str key);
/* The key's value in a Tags text, as reported; absent when no raw key has one. Memory: a view into
 * `text`, the rules, or the arena. */
struct str tag_view_member(const struct tag_view *view, struct arena *arena, struct str text,
                           struct str key);
/* The same before the value is looked at: raw. */
struct str tag_view_find(const struct tag_view *view, struct arena *arena, struct str text,
                         struct str key);
/* The key that a raw key is reported as: that of the first section that it feeds, else itself as
 * [all] says. */
struct str tag_rules_key(const struct tag_rules *rules, struct arena *arena, struct str raw);
/* A value as reported. */
struct str tag_view_value(const struct tag_view *view, struct arena *arena, struct str value);
/* A raw key as keys are compared: trimmed, folded. */
struct str tag_view_key(const struct tag_view *view, struct arena *arena, struct str key);

/* "rules.ini (sha256 0123456789ab)": what outputs print. */
struct str tag_rules_label(struct arena *arena, const struct tag_rules *rules);

#endif
