/* The month-on-month bridge: what of the change of a billing month is use, price, new and gone
 * SKUs, purchases, credits, taxes, corrections and late charges.
 *
 * Rows are told apart in this order: corrections, late ones (charged for a month before the billing
 * month), then by category; credits within the rows of a category (Google Cloud) are credits. Of
 * usage each SKU and unit is compared: the change of the quantity at the old unit price is use, the
 * exact rest is price. The ends are sums over all rows of the two months, asked for apart. Called
 * by build.c.
 */
#include <stdlib.h>
#include <string.h>

#include "report/recon.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum month_step {
    MONTH_EARLIER,
    MONTH_USE,
    MONTH_PRICE,
    MONTH_NEW,
    MONTH_GONE,
    MONTH_UNCOUNTED, /* usage without quantities in both months */
    MONTH_PURCHASES,
    MONTH_CREDITS,
    MONTH_TAX,
    MONTH_ADJUSTMENTS,
    MONTH_OTHER,
    MONTH_CORRECTIONS,
    MONTH_LATE,
    MONTH_LATER,
    MONTH_STEPS
};
static const struct {
    const char *id, *text;
} steps[MONTH_STEPS] = {
    [MONTH_EARLIER] = {"earlier",     "billed before"                        },
    [MONTH_USE] = {"use",         "more or less use, at the old price"   },
    [MONTH_PRICE] = {"price",       "higher or lower price, at the new use"},
    [MONTH_NEW] = {"new",         "SKUs that are new"                    },
    [MONTH_GONE] = {"gone",        "SKUs that are gone"                   },
    [MONTH_UNCOUNTED] = {"uncounted",   "usage without a quantity"             },
    [MONTH_PURCHASES] = {"purchases",   "purchases"                            },
    [MONTH_CREDITS] = {"credits",     "credits"                              },
    [MONTH_TAX] = {"tax",         "tax"                                  },
    [MONTH_ADJUSTMENTS] = {"adjustments", "adjustments"                          },
    [MONTH_OTHER] = {"other",       "charges of no known category"         },
    [MONTH_CORRECTIONS] = {"corrections", "corrections"                          },
    [MONTH_LATE] = {"late",        "late charges, for earlier months"     },
    [MONTH_LATER] = {"billed",      "billed"                               },
};
static const struct block_column month_columns[] = {
    {"provider", "Provider",            CELL_TEXT,  0             },
    {"currency", "Currency",            CELL_TEXT,  0             },
    {"step",     "Step",                CELL_TEXT,  BLOCK_CSV_ONLY},
    {"text",     "From month to month", CELL_TEXT,  0             },
    {"amount",   "Amount",              CELL_MONEY, 0             },
    {"share",    "Of the month before", CELL_RATIO, BLOCK_OPTIONAL},
};

/* One provider and currency; provider "(all)": the sum of the others. */
struct bridge {
    struct str provider, currency;
    struct decimal amounts[MONTH_STEPS];
};

struct bridges {
    const struct report_context *context;
    struct date_range earlier, later;
    struct bridge *items;
    size_t count, capacity;
};

static struct bridge *bridge_of(struct bridges *b, struct str provider, struct str currency)
{
    for (size_t i = 0; i < b->count; i++)
        if (str_equal(b->items[i].provider, provider) && str_equal(b->items[i].currency, currency))
            return &b->items[i];
    b->items = recon_grow(b->context->arena, b->items, b->count, &b->capacity, sizeof *b->items);
    b->items[b->count] = (struct bridge){.provider = provider, .currency = currency};
    return &b->items[b->count++];
}

static enum gr_status add_change(struct bridges *b, const struct recon_cell *cell,
                                 enum month_step step, bool negative, struct gr_err *err)
{
    struct bridge *bridge = bridge_of(b, cell->keys[0], cell->currency);
    struct decimal amount = negative ? decimal_negate(cell->billed) : cell->billed;
    return decimal_add(bridge->amounts[step], amount, &bridge->amounts[step], err);
}

/* ---- what is not usage of its month ---- */

static enum month_step step_of(const struct recon_cell *cell, bool late)
{
    static const struct {
        const char *category;
        enum month_step step;
    } of_category[] = {
        {"Purchase",   MONTH_PURCHASES  },
        {"Credit",     MONTH_CREDITS    },
        {"Tax",        MONTH_TAX        },
        {"Adjustment", MONTH_ADJUSTMENTS},
    };
    if (str_is(cell->keys[2], "Correction"))
        return MONTH_CORRECTIONS;
    if (late)
        return MONTH_LATE;
    for (size_t i = 0; i < COUNT(of_category); i++)
        if (str_is(cell->keys[1], of_category[i].category))
            return of_category[i].step;
    return MONTH_OTHER;
}

static enum gr_status month_filter(struct arena *arena, struct date_range month, const char *more,
                                   struct str *out)
{
    char name[8];
    month_format(month.first, name);
    *out = arena_printf(arena, "billing_month=%s%s", name, more);
    return GR_OK;
}

/* Credits within the rows of a kind count as credits, and the kind without them. */
static enum gr_status take_kind(struct bridges *b, const struct recon_cell *cell,
                                const struct recon_cells *before, bool is_earlier,
                                struct gr_err *err)
{
    const struct recon_cell *gross = recon_cell_like(before, cell);
    struct recon_cell credits = *cell;
    if (!gross)
        return add_change(b, cell, step_of(cell, false), is_earlier, err);
    GR_TRY(decimal_sub(cell->billed, gross->billed, &credits.billed, err));
    GR_TRY(add_change(b, &credits, MONTH_CREDITS, is_earlier, err));
    if (str_is(cell->keys[1], "Usage"))
        return GR_OK; /* take_usage has it, by SKU */
    return add_change(b, gross, step_of(cell, false), is_earlier, err);
}

/* Rows of the billing month that are charged before it (late), or from its first day on. */
static enum gr_status take_kinds(struct bridges *b, struct date_range month, bool is_earlier,
                                 bool late, struct gr_err *err)
{
    struct date_range all = recon_all_days();
    struct recon_cells cells, before = {0};
    struct recon_question question = {
        .dimensions = "provider,charge_category,charge_class",
        .days = {late ? all.first : month.first, late ? month.first : all.end},
    };
    GR_TRY(month_filter(b->context->arena, month, "", &question.filter));
    GR_TRY(recon_cells_read(b->context, &question, &cells, err));
    if (!late)
        GR_TRY(recon_cells_before_credits(b->context, &question, &before, err));
    for (size_t i = 0; i < cells.count; i++) {
        const struct recon_cell *cell = &cells.items[i];
        if (late || str_is(cell->keys[2], "Correction"))
            GR_TRY(add_change(b, cell, step_of(cell, late), is_earlier, err));
        else
            GR_TRY(take_kind(b, cell, &before, is_earlier, err));
    }
    return GR_OK;
}

static enum gr_status take_end(struct bridges *b, struct date_range month, enum month_step step,
                               struct gr_err *err)
{
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "provider", .days = month, .by_billing = true};
    GR_TRY(recon_cells_read(b->context, &question, &cells, err));
    for (size_t i = 0; i < cells.count; i++)
        GR_TRY(add_change(b, &cells.items[i], step, false, err));
    return GR_OK;
}

/* ---- usage by SKU ---- */

static enum gr_status usage_cells(const struct bridges *b, struct date_range month,
                                  struct recon_cells *out, struct gr_err *err)
{
    struct recon_question question = {
        .dimensions = "provider,sku,sku_price,column:PricingUnit",
        .days = {month.first, recon_all_days().end},
        .measures = RECON_QUANTITIES
    };
    GR_TRY(month_filter(b->context->arena, month,
                        "\ncharge_category=Usage\ncharge_class!=Correction", &question.filter));
    return recon_cells_before_credits(b->context, &question, out, err);
}

/* What the change of the quantity costs at the old price. The price's part is the exact rest, so
 * this one may be rounded (to 10 decimals, fewer where the numbers are too long). */
static enum gr_status use_of(const struct recon_cell *earlier, const struct recon_cell *later,
                             struct decimal *out, struct gr_err *err)
{
    static const uint8_t scales[] = {28, 12, 6, 2, 0};
    struct decimal more, product, other;
    struct gr_err overflow = {0};
    GR_TRY(decimal_sub(later->quantity, earlier->quantity, &more, err));
    if (!decimal_mul(earlier->billed, later->quantity, &product, &overflow) &&
        !decimal_mul(later->billed, earlier->quantity, &other, &overflow) &&
        decimal_compare(product, other) == 0) /* the same price */
        return decimal_sub(later->billed, earlier->billed, out, err);
    for (size_t i = 0; i < COUNT(scales); i++) {
        struct gr_err ignored = {0};
        struct decimal cost = decimal_normal(decimal_round(earlier->billed, scales[i]));
        struct decimal change = decimal_normal(decimal_round(more, scales[i]));
        if (!decimal_mul(cost, change, &product, &ignored) &&
            !decimal_div(product, earlier->quantity, 10, out, &ignored))
            return GR_OK;
    }
    *out = DECIMAL_ZERO; /* beyond 128 bits: all of it is price */
    return GR_OK;
}

static enum gr_status take_sku(struct bridges *b, const struct recon_cell *earlier,
                               const struct recon_cell *later, struct gr_err *err)
{
    struct bridge *bridge = bridge_of(b, later->keys[0], later->currency);
    struct decimal change, use, price;
    GR_TRY(decimal_sub(later->billed, earlier->billed, &change, err));
    if (decimal_is_zero(earlier->quantity) || decimal_is_zero(later->quantity))
        return decimal_add(bridge->amounts[MONTH_UNCOUNTED], change,
                           &bridge->amounts[MONTH_UNCOUNTED], err);
    GR_TRY(use_of(earlier, later, &use, err));
    GR_TRY(decimal_sub(change, use, &price, err));
    GR_TRY(decimal_add(bridge->amounts[MONTH_USE], use, &bridge->amounts[MONTH_USE], err));
    return decimal_add(bridge->amounts[MONTH_PRICE], price, &bridge->amounts[MONTH_PRICE], err);
}

/* Both lists are sorted by the keys of a SKU. */
static enum gr_status take_usage(struct bridges *b, struct gr_err *err)
{
    struct recon_cells earlier, later;
    size_t i = 0, j = 0;
    GR_TRY(usage_cells(b, b->earlier, &earlier, err));
    GR_TRY(usage_cells(b, b->later, &later, err));
    while (i < earlier.count || j < later.count) {
        int order = i == earlier.count ? 1
                    : j == later.count ? -1
                                       : recon_compare_cells(&earlier.items[i], &later.items[j]);
        if (order < 0)
            GR_TRY(add_change(b, &earlier.items[i], MONTH_GONE, true, err));
        else if (order > 0)
            GR_TRY(add_change(b, &later.items[j], MONTH_NEW, false, err));
        else
            GR_TRY(take_sku(b, &earlier.items[i], &later.items[j], err));
        i += order <= 0;
        j += order >= 0;
    }
    return GR_OK;
}

/* ---- together ---- */

static int compare_bridges(const void *x, const void *y)
{
    const struct bridge *a = x, *b = y;
    int order = str_compare(a->currency, b->currency);
    return order ? order : str_compare(a->provider, b->provider);
}

/* One more bridge for each currency that has several providers. */
static enum gr_status add_all(struct bridges *b, struct gr_err *err)
{
    size_t count = b->count;
    for (size_t first = 0, end; first < count; first = end) {
        struct bridge all = {STR("(all)"), b->items[first].currency, {{0}}};
        for (end = first; end < count && str_equal(b->items[end].currency, all.currency); end++)
            for (int step = 0; step < MONTH_STEPS; step++)
                GR_TRY(decimal_add(all.amounts[step], b->items[end].amounts[step],
                                   &all.amounts[step], err));
        if (end - first > 1)
            *bridge_of(b, all.provider, all.currency) = all;
    }
    return GR_OK;
}

static enum gr_status read_bridges(struct bridges *b, struct gr_err *err)
{
    GR_TRY(take_end(b, b->earlier, MONTH_EARLIER, err));
    GR_TRY(take_end(b, b->later, MONTH_LATER, err));
    GR_TRY(take_kinds(b, b->earlier, true, true, err));
    GR_TRY(take_kinds(b, b->earlier, true, false, err));
    GR_TRY(take_kinds(b, b->later, false, true, err));
    GR_TRY(take_kinds(b, b->later, false, false, err));
    GR_TRY(take_usage(b, err));
    if (b->count)
        qsort(b->items, b->count, sizeof *b->items, compare_bridges);
    return add_all(b, err);
}

static enum gr_status bridge_meets(const struct bridge *bridge, bool *meets, struct gr_err *err)
{
    struct decimal sum = DECIMAL_ZERO;
    for (int step = 0; step < MONTH_LATER; step++)
        GR_TRY(decimal_add(sum, bridge->amounts[step], &sum, err));
    *meets = decimal_compare(sum, bridge->amounts[MONTH_LATER]) == 0;
    return GR_OK;
}

static struct str step_text(const struct bridges *b, int step)
{
    struct date_range month = step == MONTH_EARLIER ? b->earlier : b->later;
    if (step != MONTH_EARLIER && step != MONTH_LATER)
        return str_from(steps[step].text);
    return arena_printf(b->context->arena, "Billed in %.*s",
                        STR_ARG(report_period_name(b->context->arena, month)));
}

static enum gr_status bridge_rows(const struct bridges *b, const struct bridge *bridge, bool meets,
                                  struct table_builder *table, struct gr_err *err)
{
    for (int step = 0; step < MONTH_STEPS; step++) {
        bool end = step == MONTH_EARLIER || step == MONTH_LATER;
        if (!end && decimal_is_zero(bridge->amounts[step]))
            continue;
        if (step == MONTH_LATER && meets)
            GR_TRY(recon_rounding_row(table,
                                      &(struct recon_ends){bridge->provider, bridge->currency,
                                                           bridge->amounts, MONTH_LATER},
                                      4, err));
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_text(bridge->provider);
        cells[1] = cell_text(bridge->currency.len ? bridge->currency : STR("(none)"));
        cells[2] = cell_text(str_from(steps[step].id));
        cells[3] = cell_text(step_text(b, step));
        cells[4] = cell_money(bridge->amounts[step], bridge->currency);
        cells[5] =
            end ? cell_none() : cell_share(bridge->amounts[step], bridge->amounts[MONTH_EARLIER]);
    }
    return GR_OK;
}

static void say_outcome(const struct bridges *b, size_t apart, struct section_builder *section)
{
    struct arena *arena = b->context->arena;
    section_text(
        section, ITEM_PARAGRAPH,
        apart ? arena_printf(arena,
                             "%zu of %zu bridges do not end at the month's billed cost: "
                             "`gpureport check` says what is wrong.",
                             apart, b->count)
              : STR("Each bridge adds up to the month's billed cost, to the last digit. Use is the "
                    "change of a SKU's quantity at the unit price of the month before, price the "
                    "exact rest of its change; rows without a SKU are one SKU a unit."));
}

enum gr_status block_recon_months(const struct report_context *context,
                                  struct section_builder *section, struct gr_err *err)
{
    struct bridges b = {.context = context,
                        .later = recon_month_of(day_add(recon_months(context).end, -1))};
    size_t apart = 0;
    b.earlier = recon_month_of(day_add(b.later.first, -1));
    GR_TRY(read_bridges(&b, err));
    struct table_builder table =
        block_table(context->arena, "month_bridge",
                    arena_printf(context->arena, "From %.*s to %.*s, billed cost",
                                 STR_ARG(report_period_name(context->arena, b.earlier)),
                                 STR_ARG(report_period_name(context->arena, b.later))),
                    month_columns, COUNT(month_columns));
    table.table->empty_text = STR("No charges in these two billing months.");
    for (size_t i = 0; i < b.count; i++) {
        bool meets;
        GR_TRY(bridge_meets(&b.items[i], &meets, err));
        apart += !meets;
        GR_TRY(bridge_rows(&b, &b.items[i], meets, &table, err));
    }
    section_table(section, table.table);
    if (b.count)
        say_outcome(&b, apart, section);
    return GR_OK;
}
