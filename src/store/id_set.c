/* A set of ids of the file (deliveries, segments) that numbers them in the order in which they
 * come.
 *
 * Used where a transaction keeps something by delivery or segment: arrays beside it are indexed by
 * the numbers. Knows no SQLite.
 */
#include "store/store_internal.h"

#include <stdlib.h>

void id_set_deinit(struct id_set *set)
{
    free(set->ids);
    free(set->places);
    *set = (struct id_set){0};
}

/* The place of the id, or the free one where it belongs. Places hold number + 1. */
static uint32_t *place_of(const struct id_set *set, int64_t id)
{
    uint32_t at = (uint32_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    for (;; at++) {
        uint32_t *place = &set->places[at & (set->capacity - 1)];
        if (!*place || set->ids[*place - 1] == id)
            return place;
    }
}

static void grow(struct id_set *set)
{
    uint32_t capacity = set->capacity ? set->capacity * 2 : 64;
    free(set->places);
    set->places = gr_alloc_zeroed(capacity, sizeof(*set->places));
    set->ids = gr_realloc(set->ids, capacity / 2 * sizeof(*set->ids));
    set->capacity = capacity;
    for (uint32_t i = 0; i < set->count; i++)
        *place_of(set, set->ids[i]) = i + 1;
}

uint32_t id_set_add(struct id_set *set, int64_t id)
{
    if (set->count * 2 >= set->capacity)
        grow(set);
    uint32_t *place = place_of(set, id);
    if (!*place) {
        set->ids[set->count++] = id;
        *place = set->count;
    }
    return *place - 1;
}

bool id_set_has(const struct id_set *set, int64_t id, uint32_t *number)
{
    uint32_t place = set->capacity ? *place_of(set, id) : 0;
    *number = place ? place - 1 : 0;
    return place > 0;
}
