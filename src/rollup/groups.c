/* Groups of rows and their exact sums. Grows as keys appear; one for each worker, merged at the
 * end. */
#include "rollup/rollup_internal.h"

#include <stdlib.h>
#include <string.h>

/* First keys from here on are hashed: a direct place each would be too much memory. */
enum { DIRECT_MAX = 1 << 24 };

void groups_init(struct groups *groups, size_t key_count, size_t measure_count)
{
    *groups = (struct groups){.key_count = key_count, .measure_count = measure_count};
    groups->slot_mask = 1023;
    groups->slots = gr_alloc_zeroed(groups->slot_mask + 1, sizeof(*groups->slots));
    groups->capacity = 256;
    groups->keys = gr_alloc(groups->capacity * (key_count + 1) * sizeof(*groups->keys));
    groups->rows = gr_alloc_zeroed(groups->capacity, sizeof(*groups->rows));
    groups->count = 1;
    groups->missing = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->missing));
    groups->missing_size = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->missing_size));
    groups->sums = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->sums));
    groups->sums_size = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->sums_size));
    groups->carries = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->carries));
    groups->carries_size = gr_alloc_zeroed(measure_count + 1, sizeof(*groups->carries_size));
}

void groups_deinit(struct groups *groups)
{
    for (size_t m = 0; m < groups->measure_count; m++) {
        free(groups->missing[m]);
        for (size_t s = 0; s < SCALES; s++) {
            free(groups->sums[m][s]);
            free(groups->carries[m][s]);
        }
    }
    free(groups->missing);
    free(groups->missing_size);
    free(groups->sums);
    free(groups->sums_size);
    free(groups->carries);
    free(groups->carries_size);
    free(groups->keys);
    free(groups->rows);
    free(groups->slots);
    free(groups->direct);
    *groups = (struct groups){0};
}

static uint64_t key_hash(const uint32_t *key, size_t count)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ key[i]) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

/* A slot is a group in its low half and half of its key's hash in the high one, so that most keys
 * which differ are told apart without looking at them. */
static uint64_t slot_of(uint64_t hash, uint32_t group)
{
    return (hash & UINT64_C(0xFFFFFFFF00000000)) | group;
}

static bool same_key(const uint32_t *a, const uint32_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static void put_slot(struct groups *groups, uint32_t group, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & groups->slot_mask;
    while (groups->slots[at])
        at = (at + 1) & groups->slot_mask;
    groups->slots[at] = slot_of(hash, group);
}

static void grow_slots(struct groups *groups)
{
    uint64_t *old = groups->slots;
    uint32_t old_mask = groups->slot_mask;
    groups->slot_mask = groups->slot_mask * 4 + 3;
    groups->slots = gr_alloc_zeroed((size_t)groups->slot_mask + 1, sizeof(*groups->slots));
    for (uint32_t i = 0; i <= old_mask; i++)
        if (old[i]) {
            uint32_t group = (uint32_t)old[i];
            put_slot(groups, group, key_hash(groups_key(groups, group), groups->key_count));
        }
    free(old);
}

static void grow_groups(struct groups *groups)
{
    uint32_t capacity = groups->capacity * 2;
    groups->keys =
        gr_realloc(groups->keys, capacity * (groups->key_count + 1) * sizeof(*groups->keys));
    groups->rows = gr_realloc(groups->rows, capacity * sizeof(*groups->rows));
    memset(groups->rows + groups->capacity, 0,
           (capacity - groups->capacity) * sizeof(*groups->rows));
    groups->capacity = capacity;
}

static uint32_t add_group(struct groups *groups, const uint32_t *key)
{
    if (groups->count == groups->capacity)
        grow_groups(groups);
    uint32_t group = groups->count++;
    memcpy(groups->keys + group * groups->key_count, key, groups->key_count * sizeof(*key));
    return group;
}

static bool goes_direct(const struct groups *groups, const uint32_t *key)
{
    if (!groups->key_count || key[0] >= DIRECT_MAX)
        return false;
    return groups->count == 1 ||
           same_key(key + 1, groups_key(groups, 1) + 1, groups->key_count - 1);
}

static uint32_t find_direct(struct groups *groups, const uint32_t *key)
{
    if (key[0] >= groups->direct_size) {
        uint32_t size = key[0] < DIRECT_MAX / 2 ? key[0] * 2 + 256 : DIRECT_MAX;
        groups->direct = gr_realloc(groups->direct, size * sizeof(*groups->direct));
        memset(groups->direct + groups->direct_size, 0,
               (size - groups->direct_size) * sizeof(*groups->direct));
        groups->direct_size = size;
    }
    if (!groups->direct[key[0]])
        groups->direct[key[0]] = add_group(groups, key);
    return groups->direct[key[0]];
}

uint32_t groups_find(struct groups *groups, const uint32_t *key)
{
    if (goes_direct(groups, key))
        return find_direct(groups, key);
    uint64_t hash = key_hash(key, groups->key_count);
    uint32_t at = (uint32_t)hash & groups->slot_mask;
    for (; groups->slots[at]; at = (at + 1) & groups->slot_mask) {
        uint32_t group = (uint32_t)groups->slots[at];
        if (groups->slots[at] == slot_of(hash, group) &&
            same_key(groups_key(groups, group), key, groups->key_count))
            return group;
    }
    uint32_t group = add_group(groups, key);
    put_slot(groups, group, hash);
    if (++groups->hashed > groups->slot_mask / 4)
        grow_slots(groups);
    return group;
}

/* ---- sums ---- */

/* An array with a place of `bytes` for every group; new ones are 0. */
static void *with_places(const struct groups *groups, void *array, uint32_t *size, size_t bytes)
{
    if (*size >= groups->count)
        return array;
    uint8_t *grown = gr_realloc(array, groups->capacity * bytes);
    memset(grown + *size * bytes, 0, (groups->capacity - *size) * bytes);
    *size = groups->capacity;
    return grown;
}

struct sum_array groups_sums(struct groups *groups, size_t measure, uint8_t scale)
{
    i128 **sums = &groups->sums[measure][scale];
    *sums = with_places(groups, *sums, &groups->sums_size[measure][scale], sizeof(**sums));
    return (struct sum_array){*sums, groups, measure, scale};
}

int64_t *groups_missing(struct groups *groups, size_t measure)
{
    int64_t **missing = &groups->missing[measure];
    *missing = with_places(groups, *missing, &groups->missing_size[measure], sizeof(**missing));
    return *missing;
}

void sums_carry(const struct sum_array *array, uint32_t group, int64_t carry)
{
    struct groups *groups = array->groups;
    int64_t **carries = &groups->carries[array->measure][array->scale];
    uint32_t *size = &groups->carries_size[array->measure][array->scale];
    *carries = with_places(groups, *carries, size, sizeof(**carries));
    (*carries)[group] += carry;
}

/* By halves: of the upper one's product, which lies 64 bits higher, all but 64 bits are carry. */
void sums_add_product(const struct sum_array *array, uint32_t group, i128 value, uint32_t times)
{
    i128 low = (i128)((u128)(uint64_t)value * times);
    i128 high = (i128)(int64_t)(value >> 64) * times;
    int64_t word = (int64_t)high;
    sums_add(array, group, low);
    sums_add(array, group, (i128)((u128)word << 64));
    if (high != word)
        sums_carry(array, group, (int64_t)((high - word) >> 64));
}

static int64_t carry_of(const struct groups *groups, size_t m, unsigned s, uint32_t group)
{
    return group < groups->carries_size[m][s] ? groups->carries[m][s][group] : 0;
}

/* Adds the sums of a group of `from`, which may be `to` itself, at one scale. */
static void add_sums(const struct sum_array *to, uint32_t place, const struct groups *from,
                     uint32_t group)
{
    int64_t carry = carry_of(from, to->measure, to->scale, group);
    sums_add(to, place, from->sums[to->measure][to->scale][group]);
    if (carry)
        sums_carry(to, place, carry);
}

void groups_join(struct groups *groups, uint32_t from, uint32_t to)
{
    groups->rows[to] += groups->rows[from];
    groups->rows[from] = 0;
    for (size_t m = 0; m < groups->measure_count; m++) {
        if (from < groups->missing_size[m])
            groups_missing(groups, m)[to] += groups->missing[m][from];
        for (unsigned s = 0; s < SCALES; s++) {
            if (from >= groups->sums_size[m][s])
                continue;
            struct sum_array sums = groups_sums(groups, m, (uint8_t)s);
            add_sums(&sums, to, groups, from);
        }
    }
}

static void merge_measure(struct groups *to, const struct groups *from, size_t m,
                          const uint32_t *places)
{
    for (uint32_t g = 1; g < from->count && g < from->missing_size[m]; g++)
        groups_missing(to, m)[places[g]] += from->missing[m][g];
    for (unsigned s = 0; s < SCALES; s++) {
        if (!from->sums[m][s])
            continue;
        struct sum_array sums = groups_sums(to, m, (uint8_t)s);
        for (uint32_t g = 1; g < from->count && g < from->sums_size[m][s]; g++)
            add_sums(&sums, places[g], from, g);
    }
}

void groups_merge(struct groups *to, struct groups *from)
{
    if (to->count == 1) { /* the first worker's groups are taken as they are */
        struct groups empty = *to;
        *to = *from;
        *from = empty;
        return;
    }
    uint32_t *places = gr_alloc_zeroed(from->count, sizeof(*places));
    for (uint32_t g = 1; g < from->count; g++) {
        places[g] = groups_find(to, groups_key(from, g));
        to->rows[places[g]] += from->rows[g];
    }
    for (size_t m = 0; m < from->measure_count; m++)
        merge_measure(to, from, m, places);
    free(places);
}

bool groups_overflow(const struct groups *groups, size_t *measure)
{
    for (size_t m = 0; m < groups->measure_count; m++)
        for (unsigned s = 0; s < SCALES; s++)
            for (uint32_t g = 1; g < groups->count && g < groups->carries_size[m][s]; g++)
                if (groups->carries[m][s][g] && groups->rows[g]) {
                    *measure = m;
                    return true;
                }
    return false;
}
