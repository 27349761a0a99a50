/* Charges by hash, and what their being there twice proves (see charges.h). */
#include "load/charges.h"

#include <stdlib.h>

enum {
    NEARLY_ALL_PERCENT = 95,
    DISTINCT_IN_OTHER_MIN = 5, /* fewer different charges prove nothing */
    DISTINCT_IN_SELF_MIN = 10,
};

void charges_add(struct charges *charges, int64_t file, uint64_t hash)
{
    if (charges->count == charges->capacity) {
        charges->capacity = charges->capacity ? 2 * charges->capacity : 1024;
        charges->items = gr_realloc(charges->items, charges->capacity * sizeof *charges->items);
    }
    charges->items[charges->count++] = (struct filed_charge){file, hash};
}

int filed_charge_compare(const void *a, const void *b)
{
    const struct filed_charge *one = a, *other = b;
    if (one->file != other->file)
        return one->file < other->file ? -1 : 1;
    return one->hash < other->hash ? -1 : one->hash > other->hash;
}

void charges_sort(struct charges *charges)
{
    if (charges->count)
        qsort(charges->items, charges->count, sizeof *charges->items, filed_charge_compare);
}

void charges_deinit(struct charges *charges)
{
    free(charges->items);
    *charges = (struct charges){0};
}

static size_t count_distinct(struct charge_list list)
{
    size_t distinct = 0;
    for (size_t i = 0; i < list.count; i++)
        distinct += !i || list.items[i].hash != list.items[i - 1].hash;
    return distinct;
}

bool charges_repeat(struct charge_list part, struct charge_list whole, size_t *found)
{
    size_t missed_max = part.count - (part.count * NEARLY_ALL_PERCENT + 99) / 100, missed = 0;
    *found = 0;
    for (size_t i = 0, j = 0; i < part.count && missed <= missed_max; i++) {
        while (j < whole.count && whole.items[j].hash < part.items[i].hash)
            j++;
        bool again = j < whole.count && whole.items[j].hash == part.items[i].hash;
        j += again;
        *found += again;
        missed += !again;
    }
    if (missed > missed_max)
        return false;
    /* A file that says the same over and over, as those without resources may, proves nothing. */
    size_t distinct = count_distinct(part);
    return distinct >= DISTINCT_IN_OTHER_MIN && 2 * distinct >= part.count;
}

bool charges_twice(struct charge_list list)
{
    size_t distinct = 0, even = 0;
    for (size_t i = 0, next; i < list.count; i = next) {
        next = i + 1;
        while (next < list.count && list.items[next].hash == list.items[i].hash)
            next++;
        if (!(list.items[i].hash & CHARGE_HAS_RESOURCE))
            continue;
        distinct++;
        even += (next - i) % 2 == 0;
    }
    return distinct >= DISTINCT_IN_SELF_MIN && even * 100 >= distinct * NEARLY_ALL_PERCENT;
}
