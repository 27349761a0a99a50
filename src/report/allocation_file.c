/* See allocation_file.h. */
#include "report/allocation_file.h"

#include <assert.h>
#include <stdlib.h>

#include "base/ini.h"
#include "report/groups.h"
#include "report/input_file.h"
#include "rollup/rollup.h"
#include "sql/sql.h"

static const char *const METHODS[ALLOCATE_METHODS] = {"even", "fixed", "proportional", "measure"};
static const char *const COSTS[] = {"billed", "effective", "list", "contracted", NULL};
static const char *const MEASURES[] = {
    "consumed_quantity", "pricing_quantity", "ai:tokens", "ai:requests",
    "ai:cost",           "metric:gpu_hours", NULL};

const char *allocation_method_name(enum allocation_method method)
{
    return METHODS[method];
}

/* A rule while it is read, and where. */
struct draft {
    struct arena *arena;
    const char *file;
    const struct ini_entry *entry;
    struct allocation_rule *rule;
    bool has_method, has_targets, has_shares;
};

static enum gr_status refuse(const struct draft *d, const char *wanted, struct gr_err *err)
{
    return gr_fail(err, GR_EUSAGE, "%s:%ld: %s: \"%.*s\" is not %s", d->file, d->entry->line,
                   d->entry->key.ptr, STR_ARG(d->entry->value), wanted);
}

static enum gr_status twice(const struct draft *d, struct gr_err *err)
{
    return gr_fail(err, GR_EUSAGE, "%s:%ld: %s stands twice in rule \"%.*s\"", d->file,
                   d->entry->line, d->entry->key.ptr, STR_ARG(d->rule->name));
}

/* ---- keys ---- */

static enum gr_status read_from(struct draft *d, struct gr_err *err)
{
    struct rollup_filter filters[ROLLUP_FILTERS_MAX];
    size_t count;
    enum gr_status status = sql_filters_read(d->arena, d->entry->value, filters, &count, err);
    for (size_t i = 0; i < count && !status; i++)
        status = rollup_check_dimension(DATASET_COST, filters[i].dimension, err);
    if (status)
        return gr_wrap(err, "%s:%ld: %s", d->file, d->entry->line, d->entry->key.ptr);
    if (count == 0)
        return refuse(d, "a filter such as tag:team=platform", err);
    struct str *from = &d->rule->from;
    const struct str lines[] = {*from, d->entry->value};
    *from = from->len ? arena_join(d->arena, lines, 2, STR("\n")) : d->entry->value;
    return GR_OK;
}

static enum gr_status read_to(struct draft *d, struct gr_err *err)
{
    if (d->rule->to.len)
        return twice(d, err);
    if (dimension_is_time(d->entry->value))
        return refuse(d, "a dimension whose groups can bear a cost", err);
    if (rollup_check_dimension(DATASET_COST, d->entry->value, err))
        return gr_wrap(err, "%s:%ld: to", d->file, d->entry->line);
    d->rule->to = d->entry->value;
    return GR_OK;
}

static enum gr_status read_method(struct draft *d, struct gr_err *err)
{
    if (d->has_method)
        return twice(d, err);
    d->has_method = true;
    for (int i = 0; i < ALLOCATE_METHODS; i++)
        if (str_is(d->entry->value, METHODS[i])) {
            d->rule->method = (enum allocation_method)i;
            return GR_OK;
        }
    return refuse(d, "even, fixed, proportional or measure", err);
}

static bool word_is_of(struct str word, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (str_is(word, words[i]))
            return true;
    return false;
}

static enum gr_status read_weight(struct draft *d, struct gr_err *err)
{
    if (d->rule->weight.len)
        return twice(d, err);
    if (!word_is_of(d->entry->value, COSTS) && !word_is_of(d->entry->value, MEASURES))
        return refuse(d,
                      "one of billed, effective, list, contracted (proportional), "
                      "consumed_quantity, pricing_quantity, ai:tokens, ai:requests, ai:cost, "
                      "metric:gpu_hours (measure)",
                      err);
    d->rule->weight = d->entry->value;
    return GR_OK;
}

static void add_target(struct draft *d, struct allocation_target target)
{
    struct allocation_rule *rule = d->rule;
    if (rule->target_count == rule->target_capacity) {
        rule->target_capacity = rule->target_capacity ? rule->target_capacity * 2 : 16;
        struct allocation_target *grown =
            arena_alloc(d->arena, rule->target_capacity * sizeof *grown);
        if (rule->target_count)
            memcpy(grown, rule->targets, rule->target_count * sizeof *grown);
        rule->targets = grown;
    }
    rule->targets[rule->target_count++] = target;
}

/* Cuts at the next comma without a backslash before it and takes those backslashes out. */
static struct str next_item(struct arena *arena, struct str *rest)
{
    char *item = arena_alloc(arena, rest->len + 1);
    size_t len = 0, at = 0;
    for (; at < rest->len && rest->ptr[at] != ','; at++) {
        if (rest->ptr[at] == '\\' && at + 1 < rest->len && rest->ptr[at + 1] == ',')
            at++;
        item[len++] = rest->ptr[at];
    }
    item[len] = '\0';
    *rest = at < rest->len ? (struct str){rest->ptr + at + 1, rest->len - at - 1} : STR_NONE;
    return str_trim((struct str){item, len});
}

static enum gr_status read_item(struct draft *d, struct str item, bool shares, struct gr_err *err)
{
    struct allocation_target target = {.group = item};
    size_t colon = item.len;
    while (shares && colon > 0 && item.ptr[colon - 1] != ':')
        colon--;
    if (shares) {
        struct str number = {item.ptr + colon, item.len - colon};
        target.group = str_trim((struct str){item.ptr, colon ? colon - 1 : 0});
        if (str_ends(number, STR("%")))
            number.len--;
        if (!colon || decimal_read(number, &target.share) != DECIMAL_READ_OK ||
            decimal_sign(target.share) < 0)
            return refuse(d, "a list of groups and shares of 0 or more such as ml:60, web:40", err);
    }
    if (!target.group.len)
        return refuse(d, "a list of groups with a comma between two", err);
    if (d->rule->target_count == ALLOCATION_TARGETS_MAX)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: more than %d groups", d->file, d->entry->line,
                       ALLOCATION_TARGETS_MAX);
    add_target(d, target);
    return GR_OK;
}

static enum gr_status read_items(struct draft *d, bool shares, struct gr_err *err)
{
    if (shares ? d->has_targets : d->has_shares)
        return gr_fail(err, GR_EUSAGE,
                       "%s:%ld: a rule has either targets or shares, which name their groups",
                       d->file, d->entry->line);
    d->has_shares = d->has_shares || shares;
    d->has_targets = d->has_targets || !shares;
    struct str rest = d->entry->value;
    do
        GR_TRY(read_item(d, next_item(d->arena, &rest), shares, err));
    while (rest.ptr);
    return GR_OK;
}

/* from, from.1, from.2, ... */
static bool is_from(struct str key)
{
    bool digits = key.len > 5;
    for (size_t i = 5; i < key.len; i++)
        digits = digits && key.ptr[i] >= '0' && key.ptr[i] <= '9';
    return str_is(key, "from") || (str_starts(key, STR("from.")) && digits);
}

static enum gr_status read_key(struct draft *d, struct gr_err *err)
{
    struct str key = d->entry->key;
    assert(d->rule); /* ini_read() lets no key stand before a section */
    if (is_from(key))
        return read_from(d, err);
    if (str_is(key, "to"))
        return read_to(d, err);
    if (str_is(key, "method"))
        return read_method(d, err);
    if (str_is(key, "targets") || str_is(key, "shares"))
        return read_items(d, str_is(key, "shares"), err);
    if (str_is(key, "weight"))
        return read_weight(d, err);
    return gr_fail(err, GR_EUSAGE,
                   "%s:%ld: a rule has no key \"%.*s\" (there are: from, from.N, to, method, "
                   "targets, shares, weight)",
                   d->file, d->entry->line, STR_ARG(key));
}

/* ---- rules ---- */

static enum gr_status begin_rule(struct draft *d, struct allocation *all, struct gr_err *err)
{
    struct str rest = d->entry->section;
    struct str word = str_cut(&rest, ' ');
    struct str name = rest.ptr ? str_trim(rest) : STR("");
    if (!str_is(word, "allocate") || !name.len)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: [%.*s] is not [allocate NAME]", d->file,
                       d->entry->line, STR_ARG(d->entry->section));
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->rules[i].name, name))
            return gr_fail(err, GR_EUSAGE, "%s:%ld: a rule \"%.*s\" stands in line %ld already",
                           d->file, d->entry->line, STR_ARG(name), all->rules[i].line);
    if (all->count == ALLOCATION_RULES_MAX)
        return gr_fail(err, GR_EUSAGE, "%s: more than %d rules", d->file, ALLOCATION_RULES_MAX);
    d->rule = &all->rules[all->count++];
    *d->rule = (struct allocation_rule){.name = name, .line = d->entry->line};
    d->has_method = d->has_targets = d->has_shares = false;
    return GR_OK;
}

static int compare_targets(const void *a, const void *b)
{
    return str_compare(((const struct allocation_target *)a)->group,
                       ((const struct allocation_target *)b)->group);
}

static enum gr_status check_targets(const struct draft *d, struct gr_err *err)
{
    struct allocation_rule *rule = d->rule;
    struct decimal sum = DECIMAL_ZERO;
    if (rule->target_count)
        qsort(rule->targets, rule->target_count, sizeof *rule->targets, compare_targets);
    for (size_t i = 0; i < rule->target_count; i++) {
        if (i && str_equal(rule->targets[i - 1].group, rule->targets[i].group))
            return gr_fail(err, GR_EUSAGE, "%s:%ld: rule \"%.*s\" names the group \"%.*s\" twice",
                           d->file, rule->line, STR_ARG(rule->name),
                           STR_ARG(rule->targets[i].group));
        GR_TRY(decimal_add(sum, rule->targets[i].share, &sum, err));
    }
    if (rule->method == ALLOCATE_FIXED && decimal_is_zero(sum))
        return gr_fail(err, GR_EUSAGE, "%s:%ld: the shares of rule \"%.*s\" add up to 0", d->file,
                       rule->line, STR_ARG(rule->name));
    return GR_OK;
}

static enum gr_status finish_rule(const struct draft *d, struct gr_err *err)
{
    const struct allocation_rule *rule = d->rule;
    if (!rule)
        return GR_OK;
    bool costs = rule->weight.len && word_is_of(rule->weight, COSTS);
    bool measures = rule->weight.len && !costs;
    const char *missing = !rule->from.len                                         ? "from"
                          : !rule->to.len                                         ? "to"
                          : !d->has_method                                        ? "method"
                          : rule->method == ALLOCATE_FIXED && !d->has_shares      ? "shares"
                          : rule->method == ALLOCATE_MEASURE && !rule->weight.len ? "weight"
                                                                                  : NULL;
    if (missing)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: rule \"%.*s\" has no %s", d->file, rule->line,
                       STR_ARG(rule->name), missing);
    const char *useless = d->has_shares && rule->method != ALLOCATE_FIXED  ? "shares"
                          : costs && rule->method != ALLOCATE_PROPORTIONAL ? rule->weight.ptr
                          : measures && rule->method != ALLOCATE_MEASURE   ? rule->weight.ptr
                                                                           : NULL;
    if (useless)
        return gr_fail(err, GR_EUSAGE, "%s:%ld: rule \"%.*s\": the method %s has no use for %s",
                       d->file, rule->line, STR_ARG(rule->name), METHODS[rule->method], useless);
    return check_targets(d, err);
}

static enum gr_status read_rules(struct arena *arena, const struct input_file *file,
                                 struct allocation *out, struct gr_err *err)
{
    struct ini_file ini;
    GR_TRY(ini_read(arena, file->text, file->path, &ini, err));
    struct draft d = {.arena = arena, .file = file->path};
    *out = (struct allocation){.file = file->path, .sha256 = file->sha256};
    out->rules = arena_alloc_zeroed(arena, ini.count + 1, sizeof *out->rules);
    for (size_t i = 0; i < ini.count; i++) {
        d.entry = &ini.entries[i];
        if (!d.entry->key.ptr) {
            GR_TRY(finish_rule(&d, err));
            GR_TRY(begin_rule(&d, out, err));
            continue;
        }
        GR_TRY(read_key(&d, err));
    }
    GR_TRY(finish_rule(&d, err));
    if (!out->count)
        return gr_fail(err, GR_EUSAGE, "%s: no rule; wanted [allocate NAME]", file->path);
    return GR_OK;
}

enum gr_status allocation_read(struct arena *arena, const char *path, struct allocation *out,
                               struct gr_err *err)
{
    struct input_file file;
    GR_TRY(input_file_read(arena, path, &file, err));
    return read_rules(arena, &file, out, err);
}

enum gr_status allocation_read_text(struct arena *arena, const char *name, struct str text,
                                    struct allocation *out, struct gr_err *err)
{
    struct input_file file;
    input_file_of_text(arena, name, text, &file);
    return read_rules(arena, &file, out, err);
}
