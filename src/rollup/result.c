/* Groups -> cells: texts of the keys, cells in order, sums at their final scale. */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

/* A group's place in the order of the result. */
struct entry {
    uint32_t ranks[KEYS_MAX];
    uint32_t group;
};

/* The distinct values of one key, with their texts and their places in the order of texts. */
struct key_texts {
    uint32_t *values; /* sorted by value */
    uint32_t count;
    struct str *texts;
    uint32_t *ranks; /* equal texts have equal ranks */
};

static int compare_values(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t find_value(const struct key_texts *key, uint32_t value)
{
    uint32_t low = 0;
    for (uint32_t half = key->count; half > 1; half -= half / 2)
        low += key->values[low + half / 2] <= value ? half / 2 : 0;
    return low;
}

static void distinct_values(struct plan *plan, const struct groups *groups,
                            const struct entry *entries, uint32_t count, size_t k,
                            struct key_texts *key)
{
    key->values = arena_alloc(plan->arena, (count + 1) * sizeof(*key->values));
    for (uint32_t i = 0; i < count; i++)
        key->values[i] = groups_key(groups, entries[i].group)[k];
    qsort(key->values, count, sizeof(*key->values), compare_values);
    key->count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (key->count == 0 || key->values[i] != key->values[key->count - 1])
            key->values[key->count++] = key->values[i];
    key->texts = arena_alloc_zeroed(plan->arena, key->count + 1, sizeof(*key->texts));
    key->ranks = arena_alloc(plan->arena, (key->count + 1) * sizeof(*key->ranks));
}

struct text_walk {
    struct arena *arena;
    struct key_texts *key;
    uint32_t next;
};

static enum gr_status take_text(void *context, uint32_t code, struct str text, struct gr_err *err)
{
    struct text_walk *walk = context;
    struct key_texts *key = walk->key;
    (void)err;
    while (walk->next < key->count && key->values[walk->next] < code)
        walk->next++;
    if (walk->next < key->count && key->values[walk->next] == code)
        key->texts[walk->next] = arena_str(walk->arena, text);
    return GR_OK;
}

/* Global codes -> texts; a walk when they lie close together, else one by one. */
static enum gr_status fetch_codes(struct plan *plan, int column, struct key_texts *key,
                                  struct gr_err *err)
{
    enum dataset dataset = plan->request->dataset;
    uint32_t last = key->values[key->count - 1];
    if (key->count > 16 && last < 8 * (uint64_t)key->count) {
        struct text_walk walk = {.arena = plan->arena, .key = key};
        GR_TRY(store_text_each(plan->store, dataset, column, 1, last, take_text, &walk, err));
    }
    for (uint32_t i = 0; i < key->count; i++) {
        if (key->texts[i].ptr || key->values[i] == 0)
            continue;
        GR_TRY(store_text(plan->store, dataset, column, key->values[i], &key->texts[i], err));
        key->texts[i] = arena_str(plan->arena, key->texts[i]);
    }
    return GR_OK;
}

static enum gr_status fetch_texts(struct plan *plan, size_t k, struct key_texts *key,
                                  struct gr_err *err)
{
    const struct value_map *map = &plan->keys[k];
    bool currency = plan->has_currency && k == plan->key_count - 1;
    if (!key->count)
        return GR_OK;
    if (map->plain)
        GR_TRY(fetch_codes(plan, map->dimension.sources[0].column, key, err));
    for (uint32_t i = 0; i < key->count; i++) {
        char day[16];
        if (map->dimension.kind != DIMENSION_TEXT) {
            key->texts[i] =
                arena_str(plan->arena, day_value_text(&map->dimension, key->values[i], day));
            continue;
        }
        if (!map->plain)
            key->texts[i] = arena_str(plan->arena, dict_text(&map->texts, key->values[i]));
        if (!currency)
            key->texts[i] = value_reported(&map->dimension, key->texts[i]);
        else if (!key->texts[i].ptr)
            key->texts[i] = STR("");
    }
    return GR_OK;
}

struct ranked {
    struct str text;
    uint32_t at;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    return str_compare(x->text, y->text);
}

static void rank_texts(struct key_texts *key)
{
    struct ranked *order = gr_alloc((key->count + 1) * sizeof(*order));
    for (uint32_t i = 0; i < key->count; i++)
        order[i] = (struct ranked){key->texts[i], i};
    qsort(order, key->count, sizeof(*order), compare_ranked);
    uint32_t rank = 0;
    for (uint32_t i = 0; i < key->count; i++) {
        rank += i && !str_equal(order[i].text, order[i - 1].text);
        key->ranks[order[i].at] = rank;
    }
    free(order);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    for (size_t k = 0; k < KEYS_MAX; k++)
        if (x->ranks[k] != y->ranks[k])
            return x->ranks[k] < y->ranks[k] ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

static bool same_cell(const struct entry *a, const struct entry *b)
{
    return !memcmp(a->ranks, b->ranks, sizeof(a->ranks));
}

enum gr_status cell_add_group(struct plan *plan, const struct groups *total, uint32_t group,
                              struct rollup_cell *cell, struct gr_err *err)
{
    cell->row_count += total->rows[group];
    for (size_t m = 0; m < total->measure_count; m++) {
        int64_t missing = 0;
        if (total->missing[m] && group < total->missing_size[m])
            missing = total->missing[m][group];
        cell->value_counts[m] += total->rows[group] - missing;
        for (unsigned s = 0; s < SCALES; s++) {
            if (!total->sums[m][s] || group >= total->sums_size[m][s])
                continue;
            struct decimal sum =
                decimal_normal((struct decimal){total->sums[m][s][group], (uint8_t)s});
            if (decimal_add(cell->sums[m], sum, &cell->sums[m], err))
                return overflow_error(plan, m, err);
        }
    }
    return GR_OK;
}

void cell_init(struct plan *plan, struct rollup_cell *cell)
{
    size_t measures = plan->request->measure_count;
    *cell = (struct rollup_cell){.currency = STR("")};
    cell->sums = arena_alloc_zeroed(plan->arena, measures + 1, sizeof(*cell->sums));
    cell->value_counts = arena_alloc_zeroed(plan->arena, measures + 1, sizeof(*cell->value_counts));
}

static void start_cell(struct plan *plan, const struct groups *total, const struct key_texts *keys,
                       uint32_t group, struct rollup_cell *cell)
{
    cell_init(plan, cell);
    for (size_t k = 0; k < plan->key_count; k++) {
        struct str text = keys[k].texts[find_value(&keys[k], groups_key(total, group)[k])];
        if (plan->has_currency && k == plan->key_count - 1)
            cell->currency = text;
        else
            cell->keys[k] = text;
    }
}

/* One of several groups of one cell. */
struct alike {
    uint32_t key[KEYS_MAX];
    struct entry entry;
};

static int compare_alike(const void *a, const void *b)
{
    const struct alike *x = a;
    const struct alike *y = b;
    for (size_t k = 0; k < KEYS_MAX; k++)
        if (x->key[k] != y->key[k])
            return x->key[k] < y->key[k] ? -1 : 1;
    return 0;
}

/* The groups of a cell in the order of their keys: workers number groups as they meet them, and
 * whether sums at several scales fit may hang on the order. */
static void order_alike(const struct groups *total, struct entry *entries, size_t count)
{
    struct alike *alike = gr_alloc_zeroed(count, sizeof(*alike));
    for (size_t i = 0; i < count; i++) {
        memcpy(alike[i].key, groups_key(total, entries[i].group),
               total->key_count * sizeof(*alike[i].key));
        alike[i].entry = entries[i];
    }
    qsort(alike, count, sizeof(*alike), compare_alike);
    for (size_t i = 0; i < count; i++)
        entries[i] = alike[i].entry;
    free(alike);
}

static void order_all_alike(const struct groups *total, struct entry *entries, size_t count)
{
    for (size_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && same_cell(&entries[first], &entries[end]))
            end++;
        if (end - first > 1)
            order_alike(total, &entries[first], end - first);
    }
}

static enum gr_status make_cells(struct plan *plan, const struct groups *total,
                                 const struct key_texts *keys, struct entry *entries, size_t count,
                                 struct rollup_result *result, struct gr_err *err)
{
    result->cells = arena_alloc(plan->arena, (count + 1) * sizeof(*result->cells));
    result->cell_count = 0;
    order_all_alike(total, entries, count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !same_cell(&entries[i], &entries[i - 1]))
            start_cell(plan, total, keys, entries[i].group, &result->cells[result->cell_count++]);
        struct rollup_cell *cell = &result->cells[result->cell_count - 1];
        GR_TRY(cell_add_group(plan, total, entries[i].group, cell, err));
    }
    for (size_t i = 0; i < result->cell_count; i++)
        for (size_t m = 0; m < total->measure_count; m++)
            result->cells[i].sums[m] = decimal_normal(result->cells[i].sums[m]);
    return GR_OK;
}

static enum gr_status sort_and_make(struct plan *plan, const struct groups *total,
                                    struct entry *entries, uint32_t count,
                                    struct rollup_result *result, struct gr_err *err)
{
    struct key_texts keys[KEYS_MAX] = {0};
    for (size_t k = 0; k < plan->key_count; k++) {
        distinct_values(plan, total, entries, count, k, &keys[k]);
        GR_TRY(fetch_texts(plan, k, &keys[k], err));
        rank_texts(&keys[k]);
    }
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < plan->key_count; k++)
            entries[i].ranks[k] =
                keys[k].ranks[find_value(&keys[k], groups_key(total, entries[i].group)[k])];
    qsort(entries, count, sizeof(*entries), compare_entries);
    return make_cells(plan, total, keys, entries, count, result, err);
}

enum gr_status result_of_groups(struct plan *plan, const struct groups *total,
                                const uint32_t *groups, uint32_t count,
                                struct rollup_result *result, struct gr_err *err)
{
    uint32_t candidates = groups ? count : total->count - 1;
    struct entry *entries = gr_alloc_zeroed(candidates + 1, sizeof(*entries));
    uint32_t found = 0;
    for (uint32_t i = 0; i < candidates; i++) {
        uint32_t group = groups ? groups[i] : i + 1;
        if (total->rows[group])
            entries[found++].group = group;
    }
    enum gr_status status = sort_and_make(plan, total, entries, found, result, err);
    free(entries);
    return status;
}

enum gr_status result_make(struct plan *plan, struct groups *total, struct rollup_result *result,
                           struct gr_err *err)
{
    if (plan->request->top)
        return top_make(plan, total, result, err);
    return result_of_groups(plan, total, NULL, 0, result, err);
}
