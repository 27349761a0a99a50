/* See recon_days.h. */
#include "report/recon_days.h"

#include <stdlib.h>
#include <string.h>

static int compare_deliveries(const void *x, const void *y)
{
    const struct recon_delivery *a = x, *b = y;
    int order = str_compare(a->delivery.source, b->delivery.source);
    order = order ? order : str_compare(a->delivery.period, b->delivery.period);
    return order ? order : (a->delivery.id > b->delivery.id) - (a->delivery.id < b->delivery.id);
}

int64_t recon_delivery_id(struct str text)
{
    int64_t id = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && i < 18; i++)
        id = id * 10 + (text.ptr[i] - '0');
    return id;
}

static void mark_days(struct recon_deliveries *list, const struct recon_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        int64_t id = recon_delivery_id(cells->items[i].keys[0]);
        struct day day;
        for (size_t d = 0; d < list->count; d++) {
            struct recon_delivery *item = &list->items[d];
            if (item->delivery.id != id || !day_read(cells->items[i].keys[1], &day))
                continue;
            int at = day.since_1970 - item->month.first.since_1970;
            if (at >= 0 && at < day_count(item->month))
                item->present[at] = true;
        }
    }
}

/* Days behind this one can't be there yet. */
static int last_due(const struct recon_delivery *item, struct day as_of)
{
    int last = day_count(item->month) - 1;
    int today = as_of.since_1970 - item->month.first.since_1970;
    return today < last ? today : last;
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
                (struct recon_delivery){.delivery = live.items[i], .month = month};
    }
    if (!out->count)
        return GR_OK;
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    mark_days(out, &cells);
    for (size_t i = 0; i < out->count; i++)
        count_days(&out->items[i], context->as_of);
    qsort(out->items, out->count, sizeof *out->items, compare_deliveries);
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

const struct recon_delivery *recon_delivery_before(const struct recon_deliveries *list,
                                                   const struct recon_delivery *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].delivery.source, item->delivery.source) &&
            list->items[i].month.end.since_1970 == item->month.first.since_1970)
            return &list->items[i];
    return NULL;
}
