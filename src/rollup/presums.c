/* Whole segments answered from their pre-sums (store/encoding.h): a few kilobytes in the place of
 * half a megabyte of rows. Called by waves.c on the store's thread.
 */
#include "rollup/rollup_internal.h"

#include <stdlib.h>

#include "store/encoding.h"

void presum_scratch_deinit(struct presum_scratch *scratch)
{
    arena_deinit(&scratch->arena);
    free(scratch->codes);
    *scratch = (struct presum_scratch){0};
}

static int compare_codes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The codes of the entries, into scratch->codes. The currency's own pre-sum is the total: one entry
 * a currency under code 0. Returns the largest. */
static uint32_t read_codes(const struct plan *plan, const struct presum_view *view,
                           struct presum_scratch *scratch)
{
    bool total = plan->presum_column == dataset_currency_column(plan->request->dataset);
    const uint8_t *codes = total ? view->currencies : view->codes;
    uint32_t largest = 0;
    if (view->groups > scratch->capacity) {
        scratch->capacity = view->groups;
        scratch->codes = gr_realloc(scratch->codes, scratch->capacity * sizeof(*scratch->codes));
    }
    for (uint32_t g = 0; g < view->groups; g++) {
        scratch->codes[g] = presum_u32(codes, g);
        largest = scratch->codes[g] > largest ? scratch->codes[g] : largest;
    }
    return largest;
}

/* Makes a map know the codes; they need not ascend, so new ones are learnt from a sorted copy. */
static enum gr_status learn_codes(struct plan *plan, struct value_map *map, uint32_t largest,
                                  struct presum_scratch *scratch, uint32_t count,
                                  struct gr_err *err)
{
    if ((map->plain && !map->filter) || largest <= map->known[0])
        return GR_OK;
    uint32_t *sorted = arena_alloc(&scratch->arena, (count + 1) * sizeof(*sorted));
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = scratch->codes[i];
    qsort(sorted, count, sizeof(*sorted), compare_codes);
    return value_map_learn(plan->store, plan->request->dataset, map, 0, sorted, count, err);
}

static enum gr_status learn_presum(struct plan *plan, const struct presum_view *view,
                                   struct presum_scratch *scratch, struct gr_err *err)
{
    uint32_t last = 0;
    uint32_t largest = read_codes(plan, view, scratch);
    if (!plan->presum_codes_known)
        GR_TRY(store_text_count(plan->store, plan->request->dataset, plan->presum_column,
                                &plan->presum_codes, err));
    plan->presum_codes_known = true;
    last = plan->presum_codes;
    if (largest > last)
        return gr_fail(err, GR_ESTORE, "damaged pre-sums: unknown code");
    if (plan->request->dimension_count)
        GR_TRY(learn_codes(plan, &plan->keys[0], largest, scratch, view->groups, err));
    for (size_t i = 0; i < plan->filter_count; i++)
        GR_TRY(learn_codes(plan, &plan->filters[i], largest, scratch, view->groups, err));
    return GR_OK;
}

/* A later source may have what the first lacks: then the rows must be read. */
static bool needs_rows(const struct value_map *map, const uint32_t *codes, uint32_t count)
{
    if (map->dimension.source_count > 1)
        for (uint32_t i = 0; i < count; i++)
            if (value_map_id(map, 0, codes[i]) == 0)
                return true;
    return false;
}

static bool presum_decides(const struct plan *plan, const uint32_t *codes, uint32_t count)
{
    if (plan->request->dimension_count && needs_rows(&plan->keys[0], codes, count))
        return false;
    for (size_t i = 0; i < plan->filter_count; i++)
        if (needs_rows(&plan->filters[i], codes, count))
            return false;
    return true;
}

static bool code_passes(const struct plan *plan, uint32_t code)
{
    for (size_t i = 0; i < plan->filter_count; i++)
        if (!value_map_passes(&plan->filters[i], value_map_id(&plan->filters[i], 0, code)))
            return false;
    return true;
}

static void add_entry(const struct plan *plan, const struct presum_view *view, uint32_t entry,
                      uint32_t group, struct groups *groups)
{
    uint32_t rows = presum_u32(view->rows, entry);
    groups->rows[group] += rows;
    for (size_t m = 0; m < plan->request->measure_count; m++) {
        uint32_t at = plan->presum_measures[m];
        uint32_t missing = rows - presum_u32(view->counts[at], entry);
        struct sum_array sums = groups_sums(groups, m, view->scales[at]);
        sums_add(&sums, group, presum_sum(view, at, entry));
        if (missing)
            groups_missing(groups, m)[group] += missing;
    }
}

static void add_presum(const struct plan *plan, const struct presum_view *view,
                       const struct presum_scratch *scratch, struct groups *groups)
{
    uint32_t key[KEYS_MAX] = {0};
    for (uint32_t g = 0; g < view->groups; g++) {
        if (!code_passes(plan, scratch->codes[g]))
            continue;
        if (plan->request->dimension_count)
            key[0] = value_map_id(&plan->keys[0], 0, scratch->codes[g]);
        key[plan->key_count - 1] = presum_u32(view->currencies, g);
        add_entry(plan, view, g, groups_find(groups, key), groups);
    }
}

/* Of one tag key where there are such, else of the whole column. */
static enum gr_status read_presum(struct plan *plan, const struct planned_segment *segment,
                                  struct presum_scratch *scratch, struct store_bytes *bytes,
                                  struct gr_err *err)
{
    enum dataset dataset = plan->request->dataset;
    *bytes = (struct store_bytes){NULL, 0};
    if (plan->presum_key.ptr)
        GR_TRY(store_tag_presum_read(plan->store, &scratch->arena, dataset, segment->segment.id,
                                     plan->presum_key, bytes, err));
    if (bytes->ptr)
        return GR_OK;
    return store_presum_read(plan->store, &scratch->arena, dataset, segment->segment.id,
                             plan->presum_column, bytes, err);
}

/* A blob of a hostile file may have fewer measures than its dataset has money columns. */
static enum gr_status check_measures(const struct plan *plan, const struct presum_view *view,
                                     struct gr_err *err)
{
    for (size_t m = 0; m < plan->request->measure_count; m++)
        if (plan->presum_measures[m] >= view->measures)
            return gr_fail(err, GR_ESTORE, "damaged pre-sums: a measure is missing");
    return GR_OK;
}

enum gr_status presum_answer(struct plan *plan, struct planned_segment *segment,
                             struct presum_scratch *scratch, struct groups *groups,
                             struct gr_err *err)
{
    struct store_bytes bytes;
    struct presum_view view;
    if (!segment->whole)
        return GR_OK;
    arena_reset(&scratch->arena);
    GR_TRY(read_presum(plan, segment, scratch, &bytes, err));
    if (!bytes.ptr)
        return GR_OK;
    GR_TRY(presum_read(bytes.ptr, bytes.length, &view, err));
    GR_TRY(check_measures(plan, &view, err));
    GR_TRY(learn_presum(plan, &view, scratch, err));
    if (!presum_decides(plan, scratch->codes, view.groups))
        return GR_OK;
    segment->answered = true;
    add_presum(plan, &view, scratch, groups);
    return GR_OK;
}
