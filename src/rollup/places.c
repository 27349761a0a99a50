/* All keys of a segment together: a small number for each row, see struct places.
 *
 * One key keeps the codes of its chunk as ids, so nothing is mapped row by row. Several keys are
 * multiplied out while the product stays in 16 bits, else the pairs that occur are numbered.
 */
#include "rollup/rollup_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 17, VALUES_DIRECT = 1 << 16 };

void places_deinit(struct places *places)
{
    free(places->own_ids);
    free(places->spare_ids);
    free(places->own_places);
    free(places->own_values);
    free(places->spare_values);
    free(places->slots);
    free(places->place_of_value);
    *places = (struct places){0};
}

static void places_ready(struct places *places)
{
    if (places->own_ids)
        return;
    places->own_ids = gr_alloc(BATCH_ROWS * sizeof(*places->own_ids));
    places->own_places = gr_alloc(BATCH_ROWS * sizeof(*places->own_places));
    places->own_values = gr_alloc(IDS_MAX * KEYS_MAX * sizeof(*places->own_values));
    places->spare_values = gr_alloc(IDS_MAX * KEYS_MAX * sizeof(*places->spare_values));
}

/* By a table of places + 1, which is zeros between uses; all values are below VALUES_DIRECT. */
static uint32_t number_small_values(struct places *places, const uint32_t *values, uint32_t count,
                                    uint16_t *place_of, uint32_t *distinct)
{
    uint32_t found = 0;
    if (!places->place_of_value)
        places->place_of_value = gr_alloc_zeroed(VALUES_DIRECT, sizeof(*places->place_of_value));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *place = &places->place_of_value[values[i]];
        if (!*place) {
            distinct[found] = values[i];
            *place = ++found;
        }
        place_of[i] = (uint16_t)(*place - 1);
    }
    for (uint32_t i = 0; i < found; i++)
        places->place_of_value[distinct[i]] = 0;
    return found;
}

uint32_t values_number(struct worker *worker, const uint32_t *values, uint32_t count,
                       uint16_t *place_of, uint32_t *distinct)
{
    uint32_t mask = 1023;
    uint32_t found = 0;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < count; i++)
        bits |= values[i];
    if (bits < VALUES_DIRECT)
        return number_small_values(&worker->places, values, count, place_of, distinct);
    while (mask < 2 * count)
        mask = mask * 2 + 1;
    memset(worker->slots, 0, ((size_t)mask + 1) * sizeof(*worker->slots));
    for (uint32_t i = 0; i < count; i++) {
        if (i && values[i] == values[i - 1]) {
            place_of[i] = place_of[i - 1];
            continue;
        }
        uint32_t at = values[i] * UINT32_C(2654435769) >> 7 & mask;
        while (worker->slots[at] && distinct[worker->slots[at] - 1] != values[i])
            at = (at + 1) & mask;
        if (!worker->slots[at]) {
            distinct[found] = values[i];
            worker->slots[at] = ++found;
        }
        place_of[i] = (uint16_t)(worker->slots[at] - 1);
    }
    return found;
}

static void one_key(struct worker *worker, struct places *places, const struct lane *lane)
{
    places->ids = lane->ids;
    places->id_count = places->count = lane->count;
    places->values = lane->values;
    places->place_of = NULL;
    if (!lane->repeats)
        return;
    places->count =
        values_number(worker, lane->values, lane->count, places->own_places, places->own_values);
    places->place_of = places->own_places;
    places->values = places->own_values;
}

/* No id of the lane has another's value any more. */
static void merge_repeats(struct worker *worker, struct lane *lane, uint32_t rows)
{
    struct places *places = &worker->places;
    uint32_t *distinct = places->spare_values;
    if (!lane->repeats)
        return;
    lane->count = values_number(worker, lane->values, lane->count, places->own_places, distinct);
    memcpy(lane->values, distinct, lane->count * sizeof(*distinct));
    worker->plan->kernels->map_ids(lane->ids, places->own_places, rows, lane_own_ids(lane));
    lane->ids = lane->own_ids;
    lane->repeats = false;
}

/* The values of id (a, b): those of `a`, then that of b. */
static void put_tuple(const struct places *places, uint32_t a, uint32_t value, uint32_t *tuple)
{
    size_t keys = places->key_count;
    memcpy(tuple, places->values + a * keys, keys * sizeof(*tuple));
    tuple[keys] = value;
}

static void multiply(struct worker *worker, struct places *places, const struct lane *lane,
                     uint32_t rows)
{
    uint32_t *tuple = places->spare_values;
    for (uint32_t a = 0; a < places->count; a++)
        for (uint32_t b = 0; b < lane->count; b++, tuple += places->key_count + 1)
            put_tuple(places, a, lane->values[b], tuple);
    worker->plan->kernels->combine_ids(places->ids, (uint16_t)lane->count, lane->ids, rows,
                                       places->own_ids);
    places->count *= lane->count;
}

static void number_pairs(struct places *places, const struct lane *lane, uint32_t rows)
{
    uint32_t found = 0;
    size_t keys = places->key_count;
    if (!places->slots)
        places->slots = gr_alloc(SLOTS * sizeof(*places->slots));
    memset(places->slots, 0, SLOTS * sizeof(*places->slots));
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t a = places->ids[i];
        uint32_t b = lane->ids[i];
        uint64_t pair = (uint64_t)(a << 16 | b) << 32;
        size_t at = (size_t)((pair >> 32) * UINT64_C(0x9E3779B97F4A7C15) >> 47);
        while ((uint32_t)places->slots[at] && (places->slots[at] ^ pair) >> 32)
            at = (at + 1) % SLOTS;
        if (!(uint32_t)places->slots[at]) {
            put_tuple(places, a, lane->values[b], places->spare_values + found * (keys + 1));
            places->slots[at] = pair | ++found;
        }
        places->own_ids[i] = (uint16_t)((uint32_t)places->slots[at] - 1);
    }
    places->count = found;
}

static void add_key(struct worker *worker, struct places *places, struct lane *lane, uint32_t rows)
{
    merge_repeats(worker, lane, rows);
    if (places->count * (uint64_t)lane->count <= IDS_MAX && lane->count < IDS_MAX)
        multiply(worker, places, lane, rows);
    else
        number_pairs(places, lane, rows);
    uint32_t *old = places->own_values;
    places->own_values = places->spare_values;
    places->spare_values = old;
    places->values = places->own_values;
    places->ids = places->own_ids;
    places->id_count = places->count;
}

/* Ids 0..65,535 leave no number for dropped rows: those of kept rows, at least one less, do. */
static void renumber_kept(struct worker *worker, struct places *places, uint32_t rows)
{
    uint32_t found = 0;
    size_t keys = places->key_count;
    if (!places->spare_ids)
        places->spare_ids = gr_alloc(IDS_MAX * sizeof(*places->spare_ids));
    uint16_t *number_of = places->spare_ids;
    memset(worker->slots, 0, IDS_MAX * sizeof(*worker->slots));
    for (uint32_t i = 0; i < rows; i++)
        if (worker->keep[i])
            worker->slots[places->ids[i]] = 1;
    for (uint32_t id = 0; id < places->id_count; id++) {
        if (!worker->slots[id])
            continue;
        uint32_t place = places->place_of ? places->place_of[id] : id;
        memcpy(places->spare_values + found * keys, places->values + place * keys,
               keys * sizeof(*places->values));
        number_of[id] = (uint16_t)found++;
    }
    for (uint32_t i = 0; i < rows; i++)
        places->own_ids[i] = worker->keep[i] ? number_of[places->ids[i]] : 0;
    places->ids = places->own_ids;
    places->values = places->spare_values;
    places->place_of = NULL;
    places->count = places->id_count = found;
}

static void drop_rows(struct worker *worker, struct places *places, uint32_t rows)
{
    if (places->id_count == IDS_MAX)
        renumber_kept(worker, places, rows);
    assert(places->own_ids);
    if (!places->ids) {
        memset(places->own_ids, 0, rows * sizeof(*places->own_ids));
        places->ids = places->own_ids;
    }
    worker->plan->kernels->drop_ids(places->ids, worker->keep, (uint16_t)places->id_count, rows,
                                    places->own_ids);
    places->ids = places->own_ids;
}

void places_make(struct worker *worker, uint32_t rows)
{
    struct places *places = &worker->places;
    struct lane *lanes[KEYS_MAX];
    size_t count = 0;
    places_ready(places);
    for (size_t k = 0; k < worker->plan->key_count; k++)
        if (worker->keys[k].form == LANE_IDS) {
            places->keys[count] = (uint8_t)k;
            lanes[count++] = &worker->keys[k];
        }
    places->ids = NULL;
    places->place_of = NULL;
    places->id_count = places->count = 1;
    places->values = places->own_values;
    places->key_count = 0;
    if (count > 1)
        merge_repeats(worker, lanes[0], rows);
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            one_key(worker, places, lanes[i]);
        else
            add_key(worker, places, lanes[i], rows);
        places->key_count++;
    }
    if (worker->has_keep)
        drop_rows(worker, places, rows);
}
