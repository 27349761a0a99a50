/* See allocation.h. */
#include "report/allocation.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/split.h"
#include "base/dict.h"

/* Groups by their keys, while costs move among them. */
struct ledger {
    struct arena *arena;
    struct group_list *groups;
    size_t capacity;
    struct dict keys; /* code - 1 is a group's place */
};

struct allocating {
    const struct report_context *context;
    const struct group_question *question;
    struct arena *arena;
    struct ledger ledger;
    struct group_list *origins; /* one a rule */
    struct group_list remaining;
    struct allocation_result *result;
    size_t share_capacity;
};

bool allocation_same_dimension(struct str a, struct str b)
{
    static const char *const tags[] = {"team", "project", "cost_center", "business_unit",
                                       "workload"};
    if (str_equal(a, b))
        return true;
    struct str prefix = STR("tag:");
    bool a_tag = str_starts(a, prefix), b_tag = str_starts(b, prefix);
    if (a_tag == b_tag)
        return false;
    struct str tag = a_tag ? a : b, plain = a_tag ? b : a;
    tag = (struct str){tag.ptr + prefix.len, tag.len - prefix.len};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (str_is(plain, tags[i]) && str_equal(tag, plain))
            return true;
    return false;
}

size_t allocation_place_of(struct str dimension, const struct str *dimensions, size_t count)
{
    size_t at = 0;
    while (at < count && !allocation_same_dimension(dimension, dimensions[at]))
        at++;
    return at;
}

static bool is_no_group(struct str key)
{
    return str_is(key, "(untagged)") || str_is(key, "(none)") || str_is(key, "(empty)");
}

/* ---- the ledger of groups ---- */

static uint32_t ledger_code(struct ledger *ledger, const struct group *group)
{
    struct strbuf key;
    strbuf_init(&key, STRBUF_CEILING);
    for (size_t i = 0; i < ROLLUP_DIMENSIONS_MAX; i++) {
        strbuf_printf(&key, "%zu:", group->keys[i].len);
        strbuf_append(&key, group->keys[i].ptr ? group->keys[i] : STR(""));
    }
    strbuf_append(&key, group->currency.ptr ? group->currency : STR(""));
    uint32_t code = dict_intern(&ledger->keys, strbuf_str(&key));
    strbuf_deinit(&key);
    return code;
}

static void ledger_open(struct ledger *ledger, struct arena *arena, struct group_list *groups)
{
    *ledger = (struct ledger){.arena = arena, .groups = groups, .capacity = groups->count};
    dict_init(&ledger->keys);
    for (size_t i = 0; i < groups->count; i++)
        ledger_code(ledger, &groups->items[i]);
}

/* The group of these keys; made when there is none. Valid until the next call. */
static struct group *ledger_group(struct ledger *ledger, const struct group *like)
{
    struct group_list *groups = ledger->groups;
    uint32_t code = ledger_code(ledger, like);
    if (code <= groups->count)
        return &groups->items[code - 1];
    if (groups->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? ledger->capacity * 2 : 64;
        struct group *items = arena_alloc(ledger->arena, ledger->capacity * sizeof *items);
        if (groups->count)
            memcpy(items, groups->items, groups->count * sizeof *items);
        groups->items = items;
    }
    struct group *group = &groups->items[groups->count++];
    *group = (struct group){.currency = like->currency};
    memcpy(group->keys, like->keys, sizeof group->keys);
    return group;
}

static enum gr_status ledger_move(struct ledger *ledger, const struct group *like,
                                  struct decimal amount, struct gr_err *err)
{
    struct group *group = ledger_group(ledger, like);
    GR_TRY(decimal_add(group->cost, amount, &group->cost, err));
    return decimal_add(group->allocated, amount, &group->allocated, err);
}

/* ---- who receives, and how much it weighs ---- */

/* Groups summed by the dimension at `place`, in keys[0]. */
static enum gr_status by_one_dimension(struct arena *arena, const struct group_list *groups,
                                       size_t place, struct group_list *out, struct gr_err *err)
{
    out->items = arena_alloc(arena, (groups->count + 1) * sizeof *out->items);
    out->count = groups->count;
    for (size_t i = 0; i < groups->count; i++)
        out->items[i] = (struct group){.keys = {groups->items[i].keys[place]},
                                       .currency = groups->items[i].currency,
                                       .cost = groups->items[i].cost,
                                       .records = groups->items[i].records};
    return groups_unite(out, NULL, 0, err);
}

static void note_keys(struct dict *keys, const struct group_list *groups, size_t place)
{
    for (size_t i = 0; i < groups->count; i++)
        dict_intern(keys, groups->items[i].keys[place]);
}

/* What a rule finds out before it looks at a currency. */
struct applied {
    const struct allocation_rule *rule;
    size_t place; /* of its dimension */
    struct group_list direct, weights;
    struct dict own, given; /* groups with costs that no rule moves; with costs that one does */
};

/* True for a group all of whose costs are shared ones. */
static bool only_gives(const struct applied *applied, struct str key)
{
    return dict_find(&applied->own, key) == DICT_CODE_NONE &&
           dict_find(&applied->given, key) != DICT_CODE_NONE;
}

static struct decimal weight_in(const struct group_list *weights, struct str group,
                                struct str currency)
{
    for (size_t i = 0; i < weights->count; i++)
        if (str_equal(weights->items[i].keys[0], group) &&
            (!weights->items[i].currency.ptr || str_equal(weights->items[i].currency, currency)))
            return weights->items[i].cost;
    return DECIMAL_ZERO;
}

static int compare_parts(const void *a, const void *b)
{
    return str_compare(((const struct allocation_part *)a)->group,
                       ((const struct allocation_part *)b)->group);
}

/* The groups of a rule that names none. */
static void default_parts(const struct allocating *a, const struct applied *applied,
                          struct allocation_share *share)
{
    const struct group_list *weights = &applied->weights;
    share->parts = arena_alloc_zeroed(a->arena, weights->count + 1, sizeof *share->parts);
    for (size_t i = 0; i < weights->count; i++) {
        const struct group *group = &weights->items[i];
        bool all = !group->currency.ptr;
        if (is_no_group(group->keys[0]) || (!all && !str_equal(group->currency, share->currency)) ||
            (all && only_gives(applied, group->keys[0])))
            continue;
        share->parts[share->part_count++] = (struct allocation_part){
            .group = group->keys[0],
            .weight = applied->rule->method == ALLOCATE_EVEN ? decimal_from_int(1) : group->cost};
    }
    if (share->part_count)
        qsort(share->parts, share->part_count, sizeof *share->parts, compare_parts);
}

static void named_parts(const struct allocating *a, const struct allocation_rule *rule,
                        const struct group_list *weights, struct allocation_share *share)
{
    share->parts = arena_alloc_zeroed(a->arena, rule->target_count + 1, sizeof *share->parts);
    share->part_count = rule->target_count;
    for (size_t i = 0; i < rule->target_count; i++) {
        struct str group = rule->targets[i].group;
        share->parts[i] =
            (struct allocation_part){.group = group,
                                     .weight = rule->method == ALLOCATE_EVEN ? decimal_from_int(1)
                                               : rule->method == ALLOCATE_FIXED
                                                   ? rule->targets[i].share
                                                   : weight_in(weights, group, share->currency)};
    }
}

/* ---- one rule in one currency ---- */

static enum gr_status split_share(struct allocating *a, struct allocation_share *share,
                                  const struct group *cells, size_t cell_count,
                                  struct decimal **out, struct gr_err *err)
{
    size_t parts = share->part_count;
    struct decimal *weights = arena_alloc(a->arena, (parts + 1) * sizeof *weights);
    struct decimal *amounts = arena_alloc(a->arena, (parts + 1) * sizeof *amounts);
    struct decimal *costs = arena_alloc(a->arena, (cell_count + 1) * sizeof *costs);
    struct split_weights read;
    for (size_t i = 0; i < parts; i++) {
        if (decimal_sign(share->parts[i].weight) < 0)
            share->parts[i].weight = DECIMAL_ZERO;
        weights[i] = share->parts[i].weight;
        GR_TRY(decimal_add(share->weight_total, weights[i], &share->weight_total, err));
    }
    GR_TRY(split_weights_read(a->arena, weights, parts, &read, err));
    *out = NULL;
    share->sum = share->origin;
    if (!parts || !read.total) {
        share->part_count = 0;
        return GR_OK;
    }
    if (cell_count > ALLOCATION_GROUPS_MAX / parts)
        return gr_fail(err, GR_EUSAGE,
                       "%zu groups shared among %zu make more than %d; group by less", cell_count,
                       parts, ALLOCATION_GROUPS_MAX);
    for (size_t i = 0; i < cell_count; i++)
        costs[i] = cells[i].cost;
    *out = arena_alloc(a->arena, (cell_count * parts + 1) * sizeof **out);
    GR_TRY(split_amount(a->arena, share->origin, &read, amounts, err));
    GR_TRY(split_cells(a->arena, costs, cell_count, &read, amounts, *out, err));
    for (size_t i = 0; i < parts; i++)
        share->parts[i].amount = amounts[i];
    return GR_OK;
}

/* Cells that differ by who has them only give to the same groups, and so are one. */
static enum gr_status givers(struct arena *arena, const struct group *cells, size_t cell_count,
                             size_t place, struct group_list *out, struct gr_err *err)
{
    out->items = arena_alloc(arena, (cell_count + 1) * sizeof *out->items);
    out->count = cell_count;
    for (size_t c = 0; c < cell_count; c++) {
        out->items[c] = cells[c];
        out->items[c].keys[place] = STR("");
    }
    GR_TRY(groups_unite(out, NULL, 0, err));
    qsort(out->items, out->count, sizeof *out->items, groups_compare_keys);
    return GR_OK;
}

/* Takes each cell from its group and gives the parts; the proof's sum is of what was given. */
static enum gr_status move_cells(struct allocating *a, struct allocation_share *share,
                                 const struct group_list *from, size_t place,
                                 const struct decimal *amounts, struct gr_err *err)
{
    share->sum = DECIMAL_ZERO;
    for (size_t c = 0; c < from->count; c++)
        for (size_t i = 0; i < share->part_count; i++) {
            struct decimal amount = amounts[c * share->part_count + i];
            struct group to = from->items[c];
            to.keys[place] = share->parts[i].group;
            if (!decimal_is_zero(amount))
                GR_TRY(ledger_move(&a->ledger, &to, amount, err));
            GR_TRY(decimal_add(share->sum, amount, &share->sum, err));
        }
    share->sum = decimal_normal(share->sum);
    return GR_OK;
}

static struct allocation_share *share_add(struct allocating *a)
{
    struct allocation_result *result = a->result;
    if (result->count == a->share_capacity) {
        a->share_capacity = a->share_capacity ? a->share_capacity * 2 : 16;
        struct allocation_share *grown = arena_alloc(a->arena, a->share_capacity * sizeof *grown);
        if (result->count)
            memcpy(grown, result->shares, result->count * sizeof *grown);
        result->shares = grown;
    }
    return &result->shares[result->count++];
}

static enum gr_status share_currency(struct allocating *a, const struct applied *applied,
                                     const struct group *cells, size_t cell_count,
                                     struct gr_err *err)
{
    struct allocation_share *share = share_add(a);
    struct decimal *amounts = NULL;
    const struct allocation_rule *rule = applied->rule;
    size_t place = applied->place;
    *share = (struct allocation_share){.rule = rule, .currency = cells[0].currency};
    for (size_t i = 0; i < cell_count; i++) {
        GR_TRY(decimal_add(share->origin, cells[i].cost, &share->origin, err));
        share->records += cells[i].records;
    }
    share->origin = decimal_normal(share->origin);
    if (rule->target_count)
        named_parts(a, rule, &applied->weights, share);
    else
        default_parts(a, applied, share);
    struct group_list from;
    GR_TRY(givers(a->arena, cells, cell_count, place, &from, err));
    GR_TRY(split_share(a, share, from.items, from.count, &amounts, err));
    for (size_t i = 0; i < cell_count && amounts; i++)
        GR_TRY(ledger_move(&a->ledger, &cells[i], decimal_negate(cells[i].cost), err));
    return amounts ? move_cells(a, share, &from, place, amounts, err) : GR_OK;
}

static int compare_by_currency(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = str_compare(x->currency, y->currency);
    return order ? order : groups_compare_keys(a, b);
}

/* One currency after the other. */
static enum gr_status share_all(struct allocating *a, const struct applied *applied,
                                struct group_list *origin, struct gr_err *err)
{
    qsort(origin->items, origin->count, sizeof *origin->items, compare_by_currency);
    for (size_t first = 0, end; first < origin->count; first = end) {
        const struct group *cells = &origin->items[first];
        for (end = first + 1; end < origin->count; end++)
            if (!str_equal(origin->items[end].currency, cells->currency))
                break;
        if (share_currency(a, applied, cells, end - first, err))
            return gr_wrap(err, "%s: rule %.*s", a->context->allocation->file,
                           STR_ARG(applied->rule->name));
    }
    return GR_OK;
}

static enum gr_status weigh(struct allocating *a, struct applied *applied, struct gr_err *err)
{
    GR_TRY(by_one_dimension(a->arena, &a->remaining, applied->place, &applied->direct, err));
    note_keys(&applied->own, &applied->direct, 0);
    for (size_t i = 0; i < a->context->allocation->count; i++)
        note_keys(&applied->given, &a->origins[i], applied->place);
    return allocation_weights(a->context, applied->rule, &applied->direct, &applied->weights, err);
}

static enum gr_status apply_rule(struct allocating *a, size_t number, struct gr_err *err)
{
    const struct group_question *question = a->question;
    struct applied applied = {.rule = &a->context->allocation->rules[number]};
    applied.place =
        allocation_place_of(applied.rule->to, question->dimensions, question->dimension_count);
    a->result->shown[number] = applied.place < question->dimension_count;
    if (!a->result->shown[number] || !a->origins[number].count)
        return GR_OK;
    dict_init(&applied.own);
    dict_init(&applied.given);
    enum gr_status status = weigh(a, &applied, err);
    if (!status)
        status = share_all(a, &applied, &a->origins[number], err);
    dict_deinit(&applied.own);
    dict_deinit(&applied.given);
    return status;
}

enum gr_status allocation_apply(const struct report_context *context,
                                const struct group_question *question, struct group_list *groups,
                                struct allocation_result *result, struct gr_err *err)
{
    struct arena *arena = context->arena;
    size_t rules = context->allocation->count;
    struct allocating a = {
        .context = context, .question = question, .arena = arena, .result = result};
    *result = (struct allocation_result){
        .shown = arena_alloc_zeroed(arena, rules + 1, sizeof *result->shown)};
    a.origins = arena_alloc_zeroed(arena, rules + 1, sizeof *a.origins);
    GR_TRY(allocation_origins(context, question, groups, a.origins, &a.remaining, err));
    ledger_open(&a.ledger, arena, groups);
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < rules && !status; i++)
        status = apply_rule(&a, i, err);
    dict_deinit(&a.ledger.keys);
    GR_TRY(status);
    return groups_unite(groups, question->dimensions, question->dimension_count, err);
}
