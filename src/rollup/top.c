/* The largest groups and the sum of the others. A store may have millions of groups, so they are
 * ranked by their 128-bit sums alone, and texts are read for the winners only. Called by result.c.
 *
 * Names come in at two places. Different values can be reported by one name ("(none)" written in a
 * bill and no value at all): their groups are joined before they are ranked. And where equal sums
 * meet at the last rank the names decide: then the texts of all those that tie are read.
 */
#include "rollup/rollup_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one group a name ---- */

/* Value ids of one key that are reported as another one is. */
struct aliases {
    uint32_t values[2]; /* 0: none */
    uint32_t means[2];
};

static enum gr_status find_value_of(struct plan *plan, const struct value_map *map, struct str text,
                                    uint32_t *value, struct gr_err *err)
{
    if (map->plain)
        return store_text_find(plan->store, plan->request->dataset,
                               map->dimension.sources[0].column, text, value, err);
    *value = dict_find(&map->texts, text);
    return GR_OK;
}

/* A text that reads "(none)" means absent, one that reads "(empty)" means "". No currency and the
 * empty one are the same. */
static enum gr_status find_aliases(struct plan *plan, size_t k, struct aliases *out,
                                   struct gr_err *err)
{
    const struct value_map *map = &plan->keys[k];
    uint32_t empty = 0;
    *out = (struct aliases){0};
    if (map->dimension.kind != DIMENSION_TEXT)
        return GR_OK;
    GR_TRY(find_value_of(plan, map, STR(""), &empty, err));
    if (plan->has_currency && k == plan->key_count - 1) {
        out->values[0] = empty;
        return GR_OK;
    }
    struct str absent = value_reported(&map->dimension, STR_NONE);
    GR_TRY(find_value_of(plan, map, absent, &out->values[0], err));
    if (empty)
        GR_TRY(find_value_of(plan, map, STR("(empty)"), &out->values[1], err));
    out->means[1] = empty;
    return GR_OK;
}

static enum gr_status join_aliases(struct plan *plan, struct groups *total, struct gr_err *err)
{
    struct aliases aliases[KEYS_MAX];
    bool any = false;
    size_t measure = 0;
    for (size_t k = 0; k < plan->key_count; k++) {
        GR_TRY(find_aliases(plan, k, &aliases[k], err));
        any = any || aliases[k].values[0] || aliases[k].values[1];
    }
    for (uint32_t g = 1, count = total->count; any && g < count; g++) {
        uint32_t key[KEYS_MAX];
        memcpy(key, groups_key(total, g), plan->key_count * sizeof(*key));
        for (size_t k = 0; k < plan->key_count; k++)
            for (size_t a = 0; a < 2; a++)
                if (aliases[k].values[a] && key[k] == aliases[k].values[a])
                    key[k] = aliases[k].means[a];
        uint32_t to = total->rows[g] ? groups_find(total, key) : g;
        if (to != g)
            groups_join(total, g, to);
    }
    return groups_overflow(total, &measure) ? overflow_error(plan, measure, err) : GR_OK;
}

/* ---- ranking ---- */

struct ranked {
    uint32_t group;
    struct decimal sum;
};

/* The best so far of one currency: a heap with the smallest in front. */
struct race {
    uint32_t currency;
    struct ranked *heap;
    size_t count;
    size_t capacity;
};

struct ranking {
    struct plan *plan;
    const struct groups *total;
    uint8_t scales[SCALES]; /* at which there are sums to rank by */
    size_t scale_count;
    struct race *races;
    size_t race_count;
    size_t last_race; /* most neighbours have one currency */
};

static void find_scales(struct ranking *ranking)
{
    for (unsigned s = 0; s < SCALES; s++)
        if (ranking->total->sums[ranking->plan->request->top_measure][s])
            ranking->scales[ranking->scale_count++] = (uint8_t)s;
}

static enum gr_status group_sum(const struct ranking *ranking, uint32_t group, struct decimal *out,
                                struct gr_err *err)
{
    size_t measure = ranking->plan->request->top_measure;
    const struct groups *total = ranking->total;
    *out = DECIMAL_ZERO;
    for (size_t i = 0; i < ranking->scale_count; i++) {
        uint8_t s = ranking->scales[i];
        const i128 *sums = total->sums[measure][s];
        if (group >= total->sums_size[measure][s] || !sums[group])
            continue;
        struct decimal part = {sums[group], s};
        if (!out->units)
            *out = part;
        else if (decimal_add(decimal_normal(*out), decimal_normal(part), out, err))
            return overflow_error(ranking->plan, measure, err);
    }
    return GR_OK;
}

static struct race *race_of(struct ranking *ranking, uint32_t group)
{
    const struct plan *plan = ranking->plan;
    uint32_t currency =
        plan->has_currency ? groups_key(ranking->total, group)[plan->key_count - 1] : 0;
    if (ranking->last_race < ranking->race_count &&
        ranking->races[ranking->last_race].currency == currency)
        return &ranking->races[ranking->last_race];
    for (size_t i = 0; i < ranking->race_count; i++)
        if (ranking->races[i].currency == currency) {
            ranking->last_race = i;
            return &ranking->races[i];
        }
    ranking->races =
        gr_realloc(ranking->races, (ranking->race_count + 1) * sizeof(*ranking->races));
    ranking->races[ranking->race_count] = (struct race){.currency = currency};
    return &ranking->races[ranking->race_count++];
}

static void sift_down(struct race *race)
{
    struct ranked *heap = race->heap;
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < race->count; at = child) {
        if (child + 1 < race->count && decimal_compare(heap[child + 1].sum, heap[child].sum) < 0)
            child++;
        if (decimal_compare(heap[at].sum, heap[child].sum) <= 0)
            return;
        struct ranked moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static void sift_up(struct race *race)
{
    struct ranked *heap = race->heap;
    for (size_t at = race->count - 1; at; at = (at - 1) / 2) {
        if (decimal_compare(heap[(at - 1) / 2].sum, heap[at].sum) <= 0)
            return;
        struct ranked moved = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
    }
}

static void enter_race(struct race *race, size_t top, struct ranked entry)
{
    assert(top > 0);
    if (race->count == top) {
        if (decimal_compare(entry.sum, race->heap[0].sum) <= 0)
            return;
        race->heap[0] = entry;
        sift_down(race);
        return;
    }
    if (race->count == race->capacity) {
        race->capacity = race->capacity ? race->capacity * 2 : 16;
        race->heap = gr_realloc(race->heap, race->capacity * sizeof(*race->heap));
    }
    race->heap[race->count++] = entry;
    sift_up(race);
}

/* The sums to rank by when all are at one scale, as they nearly always are; else NULL. */
static const i128 *plain_sums(const struct ranking *ranking)
{
    size_t measure = ranking->plan->request->top_measure;
    if (ranking->scale_count != 1 ||
        ranking->total->sums_size[measure][ranking->scales[0]] < ranking->total->count)
        return NULL;
    return ranking->total->sums[measure][ranking->scales[0]];
}

/* Surely below rank `top` already: what holds for most groups, without a decimal for each. */
static bool is_beaten(const struct race *race, size_t top, const i128 *plain, uint32_t group)
{
    return plain && race->heap && race->count == top && plain[group] < race->heap[0].sum.units;
}

static enum gr_status run_races(struct ranking *ranking, struct gr_err *err)
{
    size_t top = ranking->plan->request->top;
    const i128 *plain = plain_sums(ranking);
    for (uint32_t g = 1; g < ranking->total->count; g++) {
        struct ranked entry = {.group = g};
        if (!ranking->total->rows[g])
            continue;
        struct race *race = race_of(ranking, g);
        if (is_beaten(race, top, plain, g))
            continue;
        GR_TRY(group_sum(ranking, g, &entry.sum, err));
        enter_race(race, top, entry);
    }
    return GR_OK;
}

/* ---- winners and others ---- */

/* The one cell of a currency's others. */
struct others {
    struct rollup_cell *cells;
    size_t count;
};

static struct rollup_cell *other_cell(struct plan *plan, struct others *others, struct str currency)
{
    for (size_t i = 0; i < others->count; i++)
        if (str_equal(others->cells[i].currency, currency))
            return &others->cells[i];
    struct rollup_cell *cell = &others->cells[others->count++];
    cell_init(plan, cell);
    for (size_t k = 0; k < plan->request->dimension_count; k++)
        cell->keys[k] = k == 0 ? STR("(other)") : STR("");
    cell->currency = currency;
    cell->is_other = true;
    return cell;
}

static enum gr_status currency_text(struct plan *plan, uint32_t code, struct str *out,
                                    struct gr_err *err)
{
    *out = STR("");
    if (!plan->has_currency || !code)
        return GR_OK;
    GR_TRY(store_text(plan->store, plan->request->dataset,
                      dataset_currency_column(plan->request->dataset), code, out, err));
    *out = arena_str(plan->arena, *out);
    return GR_OK;
}

/* Adds up the sums of losers; false when that passes 128 bits. Only the end counts: what leaves
 * them on the way may come back. */
static bool add_losers(const i128 *sums, const uint8_t *loses, uint32_t count, i128 *out)
{
    int64_t carry = 0;
    i128 sum = 0;
    for (uint32_t g = 1; g < count; g++)
        if (loses[g] && __builtin_add_overflow(sum, sums[g], &sum))
            carry += sums[g] < 0 ? -1 : 1;
    *out = sum;
    return carry == 0;
}

/* The groups of a currency that can't win, together in group 0; false when there are none. Column
 * by column, as there may be millions. */
static enum gr_status gather_losers(struct plan *plan, struct groups *total, const uint8_t *loses,
                                    bool *any, struct gr_err *err)
{
    int64_t rows = 0;
    for (uint32_t g = 1; g < total->count; g++)
        rows += loses[g] ? total->rows[g] : 0;
    total->rows[0] = rows;
    *any = rows > 0;
    for (size_t m = 0; m < total->measure_count; m++) {
        int64_t missing = 0;
        for (uint32_t g = 1; total->missing[m] && g < total->missing_size[m]; g++)
            missing += g < total->count && loses[g] ? total->missing[m][g] : 0;
        if (total->missing[m])
            total->missing[m][0] = missing;
        for (unsigned s = 0; s < SCALES; s++) {
            i128 *sums = total->sums[m][s];
            uint32_t size = total->sums_size[m][s];
            if (sums &&
                !add_losers(sums, loses, size < total->count ? size : total->count, &sums[0]))
                return overflow_error(plan, m, err);
        }
    }
    return GR_OK;
}

static enum gr_status lump(struct plan *plan, struct groups *total, const struct race *race,
                           const uint8_t *candidate, struct others *others, struct gr_err *err)
{
    bool any = false;
    struct str currency;
    uint8_t *loses = gr_alloc_zeroed(total->count, sizeof(*loses));
    for (uint32_t g = 1; g < total->count; g++)
        loses[g] =
            !candidate[g] && total->rows[g] &&
            (!plan->has_currency || groups_key(total, g)[plan->key_count - 1] == race->currency);
    enum gr_status status = gather_losers(plan, total, loses, &any, err);
    free(loses);
    if (status || !any)
        return status;
    GR_TRY(currency_text(plan, race->currency, &currency, err));
    return cell_add_group(plan, total, 0, other_cell(plan, others, currency), err);
}

/* Groups that win or tie with the last winner. */
static enum gr_status find_candidates(struct ranking *ranking, uint8_t *candidate, uint32_t *groups,
                                      uint32_t *count, struct gr_err *err)
{
    size_t top = ranking->plan->request->top;
    const i128 *plain = plain_sums(ranking);
    *count = 0;
    for (uint32_t g = 1; g < ranking->total->count; g++) {
        struct decimal sum;
        if (!ranking->total->rows[g])
            continue;
        const struct race *race = race_of(ranking, g);
        if (is_beaten(race, top, plain, g))
            continue;
        GR_TRY(group_sum(ranking, g, &sum, err));
        if (race->count == top && decimal_compare(sum, race->heap[0].sum) < 0)
            continue;
        candidate[g] = 1;
        groups[(*count)++] = g;
    }
    return GR_OK;
}

/* Cells in their order by sum, for the choice among those that tie. */
struct choice {
    struct decimal sum;
    size_t cell;
};

static int compare_choices(const void *a, const void *b)
{
    const struct choice *x = a;
    const struct choice *y = b;
    int order = decimal_compare(y->sum, x->sum);
    return order ? order : (x->cell > y->cell) - (x->cell < y->cell);
}

static enum gr_status add_cell(struct plan *plan, const struct rollup_cell *from,
                               struct rollup_cell *to, struct gr_err *err)
{
    to->row_count += from->row_count;
    for (size_t m = 0; m < plan->request->measure_count; m++) {
        to->value_counts[m] += from->value_counts[m];
        if (decimal_add(to->sums[m], from->sums[m], &to->sums[m], err))
            return overflow_error(plan, m, err);
    }
    return GR_OK;
}

/* Of the cells, sorted by keys, those behind rank `top` of their currency go to the others. */
static enum gr_status keep_winners(struct plan *plan, struct rollup_result *result,
                                   struct others *others, struct gr_err *err)
{
    size_t count = result->cell_count;
    struct choice *order = arena_alloc(plan->arena, (count + 1) * sizeof(*order));
    bool *lost = arena_alloc_zeroed(plan->arena, count + 1, sizeof(*lost));
    size_t *ranks = arena_alloc_zeroed(plan->arena, count + 1, sizeof(*ranks));
    struct str *currencies = arena_alloc(plan->arena, (count + 1) * sizeof(*currencies));
    size_t currency_count = 0;
    for (size_t i = 0; i < count; i++)
        order[i] = (struct choice){result->cells[i].sums[plan->request->top_measure], i};
    qsort(order, count, sizeof(*order), compare_choices);
    for (size_t i = 0; i < count; i++) {
        const struct rollup_cell *cell = &result->cells[order[i].cell];
        size_t c = 0;
        while (c < currency_count && !str_equal(currencies[c], cell->currency))
            c++;
        if (c == currency_count)
            currencies[currency_count++] = cell->currency;
        if (ranks[c]++ < plan->request->top)
            continue;
        lost[order[i].cell] = true;
        GR_TRY(add_cell(plan, cell, other_cell(plan, others, cell->currency), err));
    }
    result->cell_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!lost[i])
            result->cells[result->cell_count++] = result->cells[i];
    return GR_OK;
}

static int compare_currencies(const void *a, const void *b)
{
    return str_compare(((const struct rollup_cell *)a)->currency,
                       ((const struct rollup_cell *)b)->currency);
}

static void append_others(struct plan *plan, const struct others *others,
                          struct rollup_result *result)
{
    struct rollup_cell *cells =
        arena_alloc(plan->arena, (result->cell_count + others->count + 1) * sizeof(*cells));
    if (result->cell_count)
        memcpy(cells, result->cells, result->cell_count * sizeof(*cells));
    if (others->count) {
        qsort(others->cells, others->count, sizeof(*cells), compare_currencies);
        memcpy(cells + result->cell_count, others->cells, others->count * sizeof(*cells));
    }
    result->cells = cells;
    result->cell_count += others->count;
    for (size_t i = 0; i < result->cell_count; i++)
        for (size_t m = 0; m < plan->request->measure_count; m++)
            cells[i].sums[m] = decimal_normal(cells[i].sums[m]);
}

static enum gr_status rank_groups(struct ranking *ranking, struct groups *total, uint8_t *candidate,
                                  uint32_t *groups, struct rollup_result *result,
                                  struct gr_err *err)
{
    struct plan *plan = ranking->plan;
    struct others others = {0};
    uint32_t count = 0;
    find_scales(ranking);
    GR_TRY(run_races(ranking, err));
    GR_TRY(find_candidates(ranking, candidate, groups, &count, err));
    others.cells =
        arena_alloc(plan->arena, (ranking->race_count + count + 1) * sizeof(*others.cells));
    for (size_t i = 0; i < ranking->race_count; i++)
        GR_TRY(lump(plan, total, &ranking->races[i], candidate, &others, err));
    GR_TRY(result_of_groups(plan, total, groups, count, result, err));
    GR_TRY(keep_winners(plan, result, &others, err));
    append_others(plan, &others, result);
    return GR_OK;
}

enum gr_status top_make(struct plan *plan, struct groups *total, struct rollup_result *result,
                        struct gr_err *err)
{
    GR_TRY(join_aliases(plan, total, err));
    struct ranking ranking = {.plan = plan, .total = total};
    uint8_t *candidate = gr_alloc_zeroed(total->count, sizeof(*candidate));
    uint32_t *groups = gr_alloc(total->count * sizeof(*groups));
    enum gr_status status = rank_groups(&ranking, total, candidate, groups, result, err);
    for (size_t i = 0; i < ranking.race_count; i++)
        free(ranking.races[i].heap);
    free(ranking.races);
    free(groups);
    free(candidate);
    return status;
}
