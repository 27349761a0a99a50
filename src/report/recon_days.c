/* See recon_days.h. */
#include "report/recon_days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_deliveries(const void *x, const void *y)
{
    const struct recon_delivery *a = x, *b = y;
    int order = str_compare(a->delivery.source, b->delivery.source);
    order = order ? order : str_compare(a->delivery.period, b->delivery.period);
    return order ? order : (a->delivery.id > b->delivery.id) - (a->delivery.id < b->delivery.id);
}

/* Cells are sorted by their keys as texts. */
struct recon_cells recon_cells_of(const struct recon_cells *cells, int64_t delivery)
{
    char name[24];
    int length = snprintf(name, sizeof name, "%lld", (long long)delivery);
    struct str key = {name, (size_t)length};
    size_t low = 0, high = cells->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(cells->items[middle].keys[0], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct recon_cells found = {cells->items + low, 0};
    while (low + found.count < cells->count && str_equal(found.items[found.count].keys[0], key))
        found.count++;
    return found;
}

static void mark_days(struct recon_delivery *item, const struct recon_cells *cells)
{
    struct recon_cells own = recon_cells_of(cells, item->delivery.id);
    struct day day;
    for (size_t i = 0; i < own.count; i++) {
        int at = day_read(own.items[i].keys[1], &day)
                     ? day.since_1970 - item->month.first.since_1970
                     : -1;
        if (at >= 0 && at < day_count(item->month))
            item->present[at] = true;
    }
}

static void join_stretch(struct recon_delivery *into, const struct recon_delivery *item)
{
    struct store_delivery joined = item->delivery;
    const struct store_delivery *other = &into->delivery;
    joined.rows += other->rows;
    joined.stored += other->stored;
    joined.rejected += other->rejected;
    joined.skipped += other->skipped;
    if (other->last_moment != MOMENT_NONE && other->last_moment > joined.last_moment)
        joined.last_moment = other->last_moment;
    for (int i = 0; i < day_count(item->month); i++)
        into->present[i] = into->present[i] || item->present[i];
    if (into->closed && !item->closed) {
        into->closed = false;
        into->state = item->state;
    }
    into->delivery = joined;
    into->stretches++;
}

/* Deliveries of one source and month stand side by side. */
static void join_stretches(struct recon_deliveries *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct recon_delivery *item = &list->items[i];
        struct recon_delivery *last = kept ? &list->items[kept - 1] : NULL;
        if (last && str_equal(last->delivery.source, item->delivery.source) &&
            last->month.first.since_1970 == item->month.first.since_1970)
            join_stretch(last, item);
        else
            list->items[kept++] = *item;
    }
    list->count = kept;
}

/* Days behind this one can't be there yet: of a month that is not closed. */
static int last_due(const struct recon_delivery *item, struct day as_of)
{
    int last = day_count(item->month) - 1;
    int today = as_of.since_1970 - item->month.first.since_1970;
    return item->closed || today > last ? last : today;
}

static void count_days(struct recon_delivery *item, struct day as_of)
{
    int first = -1, last = -1, due = last_due(item, as_of);
    for (int i = 0; i < day_count(item->month); i++) {
        if (!item->present[i])
            continue;
        first = first < 0 ? i : first;
        last = i;
        item->days++;
    }
    if (first < 0) {
        item->missing_after = due >= 0 ? due + 1 : 0;
        return;
    }
    item->missing_before = first;
    item->missing_inside = last - first + 1 - item->days;
    item->missing_after = due > last ? due - last : 0;
}

enum gr_status recon_deliveries_read(const struct report_context *context, struct date_range months,
                                     struct recon_deliveries *out, struct gr_err *err)
{
    struct store_delivery_list live;
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "delivery,day",
                                      .days = months,
                                      .by_billing = true,
                                      .unfiltered = true,
                                      .measures = RECON_ROWS};
    GR_TRY(store_delivery_find(context->store, context->arena, DATASET_COST, STR_NONE, STR_NONE,
                               &live, err));
    out->items = arena_alloc(context->arena, (live.count + 1) * sizeof *out->items);
    out->count = 0;
    for (size_t i = 0; i < live.count; i++) {
        struct date_range month;
        if (month_read(live.items[i].period, &month) &&
            month.first.since_1970 >= months.first.since_1970 &&
            month.first.since_1970 < months.end.since_1970)
            out->items[out->count++] =
                (struct recon_delivery){.delivery = live.items[i], .stretches = 1, .month = month};
    }
    if (!out->count)
        return GR_OK;
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    for (size_t i = 0; i < out->count; i++)
        mark_days(&out->items[i], &cells);
    qsort(out->items, out->count, sizeof *out->items, compare_deliveries);
    GR_TRY(recon_states_read(context, out, months, err));
    join_stretches(out);
    for (size_t i = 0; i < out->count; i++)
        count_days(&out->items[i], context->as_of);
    return GR_OK;
}

struct str recon_missing_days(struct arena *arena, const struct recon_delivery *item,
                              struct day as_of)
{
    struct str text = STR("");
    int due = last_due(item, as_of);
    for (int i = 0; i <= due; i++) {
        if (item->present[i])
            continue;
        int last = i;
        while (last + 1 <= due && !item->present[last + 1])
            last++;
        text = last == i
                   ? arena_printf(arena, "%.*s%s%d", STR_ARG(text), text.len ? ", " : "", i + 1)
                   : arena_printf(arena, "%.*s%s%d to %d", STR_ARG(text), text.len ? ", " : "",
                                  i + 1, last + 1);
        i = last;
    }
    return text;
}

/* The list is sorted by source and period. */
const struct recon_delivery *recon_delivery_before(const struct recon_deliveries *list,
                                                   const struct recon_delivery *item)
{
    for (const struct recon_delivery *other = item; other > list->items;) {
        other--;
        if (!str_equal(other->delivery.source, item->delivery.source))
            return NULL;
        if (other->month.end.since_1970 == item->month.first.since_1970)
            return other;
    }
    return NULL;
}
