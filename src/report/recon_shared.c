/* See recon_shared.h. */
#include "report/recon_shared.h"

#include <stdlib.h>
#include <string.h>

#include "load/load.h"

/* What one source brings of an account in a month and currency. */
struct share {
    struct str month, slug, account, source, currency;
    struct str provider, account_shown;
    struct decimal billed;
};

static struct str lower_last_part(struct arena *arena, struct str account)
{
    struct str last = recon_last_part(account);
    char *text = arena_alloc(arena, last.len + 1);
    for (size_t i = 0; i < last.len; i++)
        text[i] =
            last.ptr[i] >= 'A' && last.ptr[i] <= 'Z' ? (char)(last.ptr[i] | 0x20) : last.ptr[i];
    return (struct str){text, last.len};
}

static int compare_accounts(const struct share *a, const struct share *b)
{
    int order = str_compare(a->month, b->month);
    order = order ? order : str_compare(a->slug, b->slug);
    return order ? order : str_compare(a->account, b->account);
}

static int compare_shares(const void *x, const void *y)
{
    const struct share *a = x, *b = y;
    int order = compare_accounts(a, b);
    order = order ? order : str_compare(a->source, b->source);
    return order ? order : str_compare(a->currency, b->currency);
}

static int compare_ids(const void *x, const void *y)
{
    const struct store_delivery *a = x, *b = y;
    return (a->id > b->id) - (a->id < b->id);
}

static struct str source_of(const struct store_delivery_list *live, struct str id)
{
    struct store_delivery key = {.id = strtoll(id.len ? id.ptr : "0", NULL, 10)};
    const struct store_delivery *found =
        live->count ? bsearch(&key, live->items, live->count, sizeof key, compare_ids) : NULL;
    return found ? found->source : STR("");
}

/* Several deliveries of a source (a feed's) are one share. */
static enum gr_status join_shares(struct share *shares, size_t *count, struct gr_err *err)
{
    size_t kept = 0;
    if (*count)
        qsort(shares, *count, sizeof *shares, compare_shares);
    for (size_t i = 0; i < *count; i++)
        if (kept && compare_shares(&shares[kept - 1], &shares[i]) == 0)
            GR_TRY(decimal_add(shares[kept - 1].billed, shares[i].billed, &shares[kept - 1].billed,
                               err));
        else
            shares[kept++] = shares[i];
    *count = kept;
    return GR_OK;
}

static enum gr_status read_shares(const struct report_context *context, struct date_range months,
                                  struct share **out, size_t *count, struct gr_err *err)
{
    struct arena *arena = context->arena;
    struct store_delivery_list live;
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "delivery,provider,account,billing_month",
                                      .days = months,
                                      .by_billing = true,
                                      .unfiltered = true};
    GR_TRY(
        store_delivery_find(context->store, arena, DATASET_COST, STR_NONE, STR_NONE, &live, err));
    if (live.count)
        qsort(live.items, live.count, sizeof *live.items, compare_ids);
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    struct share *shares = arena_alloc(arena, (cells.count + 1) * sizeof *shares);
    for (size_t i = 0; i < cells.count; i++) {
        const struct recon_cell *cell = &cells.items[i];
        struct str provider = recon_value(cell->keys[1]), account = recon_value(cell->keys[2]);
        shares[i] = (struct share){.month = cell->keys[3],
                                   .slug = load_provider_slug(arena, provider),
                                   .account = lower_last_part(arena, account),
                                   .source = source_of(&live, cell->keys[0]),
                                   .currency = cell->currency,
                                   .provider = provider,
                                   .account_shown = account,
                                   .billed = cell->billed};
    }
    *out = shares;
    *count = cells.count;
    return join_shares(shares, count, err);
}

static struct recon_shared describe(struct arena *arena, const struct share *shares, size_t count)
{
    struct str sums = STR("");
    struct str provider = shares->provider.len ? shares->provider : STR("no provider");
    for (size_t i = 0; i < count; i++) {
        const struct str parts[] = {shares[i].source,
                                    money_text(arena, shares[i].billed, shares[i].currency)};
        struct str one = arena_join(arena, parts, 2, STR(" "));
        sums = i ? arena_join(arena, (const struct str[]){sums, one}, 2, STR(", ")) : one;
    }
    struct str whose =
        shares->account_shown.len
            ? arena_join(arena,
                         (const struct str[]){STR("account "), shares->account_shown, STR(" of "),
                                              provider},
                         4, STR(""))
            : arena_join(arena, (const struct str[]){provider, STR(" without an account")}, 2,
                         STR(""));
    return (struct recon_shared){shares->source, shares->month, whose, sums};
}

enum gr_status recon_shared_read(const struct report_context *context, struct date_range months,
                                 struct recon_shared_list *out, struct gr_err *err)
{
    struct share *shares;
    size_t count;
    GR_TRY(read_shares(context, months, &shares, &count, err));
    *out = (struct recon_shared_list){
        arena_alloc_zeroed(context->arena, count + 1, sizeof *out->items), 0};
    for (size_t first = 0, end; first < count; first = end) {
        bool several = false;
        for (end = first; end < count && compare_accounts(&shares[first], &shares[end]) == 0; end++)
            several = several || !str_equal(shares[end].source, shares[first].source);
        if (several)
            out->items[out->count++] = describe(context->arena, &shares[first], end - first);
    }
    return GR_OK;
}
