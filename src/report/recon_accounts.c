/* Accounts of this month against those of the month before; see recon_days.h. */
#include <stdlib.h>

#include "report/recon_days.h"

enum { NAMED_MAX = 6 };

/* An account with charges in two currencies comes twice. */
static bool is_repeated(struct recon_cells stretch, size_t at)
{
    return at && str_equal(stretch.items[at].keys[1], stretch.items[at - 1].keys[1]);
}

static bool has_account(struct recon_cells stretch, struct str account)
{
    size_t low = 0, high = stretch.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(stretch.items[middle].keys[1], account);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static size_t count_accounts(struct recon_cells stretch)
{
    size_t count = 0;
    for (size_t i = 0; i < stretch.count; i++)
        count += !is_repeated(stretch, i);
    return count;
}

/* Names those that `other` lacks. */
static size_t name_lacking(struct arena *arena, struct recon_cells stretch,
                           struct recon_cells other, struct str *names)
{
    size_t count = 0;
    *names = STR("");
    for (size_t i = 0; i < stretch.count; i++) {
        struct str account = stretch.items[i].keys[1];
        if (is_repeated(stretch, i) || has_account(other, account))
            continue;
        if (count++ < NAMED_MAX)
            *names = arena_printf(arena, "%.*s%s%.*s", STR_ARG(*names), names->len ? ", " : "",
                                  account.len > 60 ? 60 : (int)account.len, account.ptr);
    }
    if (count > NAMED_MAX)
        *names = arena_printf(arena, "%.*s and %zu more", STR_ARG(*names), count - NAMED_MAX);
    return count;
}

static void compare_accounts(struct arena *arena, const struct recon_cells *cells,
                             const struct recon_delivery *item, const struct recon_delivery *before,
                             struct recon_accounts *out)
{
    struct recon_cells own = recon_cells_of(cells, item->delivery.id);
    *out = (struct recon_accounts){.count = count_accounts(own)};
    if (!before)
        return;
    struct recon_cells earlier = recon_cells_of(cells, before->delivery.id);
    out->count_before = count_accounts(earlier);
    out->fresh_count = name_lacking(arena, own, earlier, &out->fresh);
    out->missing_count = name_lacking(arena, earlier, own, &out->missing);
}

enum gr_status recon_accounts_read(const struct report_context *context,
                                   const struct recon_deliveries *list, struct date_range months,
                                   struct recon_accounts **out, struct gr_err *err)
{
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "delivery,sub_account",
                                      .days = months,
                                      .by_billing = true,
                                      .unfiltered = true,
                                      .measures = RECON_ROWS};
    *out = arena_alloc_zeroed(context->arena, list->count + 1, sizeof **out);
    if (!list->count)
        return GR_OK;
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    for (size_t i = 0; i < list->count; i++)
        compare_accounts(context->arena, &cells, &list->items[i],
                         recon_delivery_before(list, &list->items[i]), &(*out)[i]);
    return GR_OK;
}
