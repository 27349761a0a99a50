/* Charge categories on a line each, and the bridge from billed to effective cost: what the invoice
 * charges, less fees that are spread over time, plus what of them was used and not used.
 *
 * The steps are sums over rows of their kind, the two ends are sums over all rows, asked for apart:
 * that they meet is the proof. Called by build.c.
 */
#include <string.h>

#include "report/recon.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- categories ---- */

static const struct block_column category_columns[] = {
    {"category",     "Charge category", CELL_TEXT,  0                            },
    {"charge_class", "Class",           CELL_TEXT,  0                            },
    {"currency",     "Currency",        CELL_TEXT,  0                            },
    {"records",      "Rows",            CELL_COUNT, BLOCK_ADD_UP                 },
    {"billed",       "Billed",          CELL_MONEY, BLOCK_ADD_UP                 },
    {"effective",    "Effective",       CELL_MONEY, BLOCK_ADD_UP                 },
    {"list",         "List",            CELL_MONEY, BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"contracted",   "Contracted",      CELL_MONEY, BLOCK_ADD_UP | BLOCK_OPTIONAL},
};
static const char *const focus_categories[] = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"};

/* Charges by category before the credits within rows, and those credits. */
struct categories {
    struct recon_cells cells;
    struct recon_cell *credits; /* one a currency, without rows, list and contracted cost */
    size_t credit_count;
};

static struct recon_cell *credits_of(struct categories *c, struct str currency)
{
    for (size_t i = 0; i < c->credit_count; i++)
        if (str_equal(c->credits[i].currency, currency))
            return &c->credits[i];
    c->credits[c->credit_count] = (struct recon_cell){.currency = currency};
    return &c->credits[c->credit_count++];
}

/* Moves the credits within the rows of a cell to a line of their own. */
static enum gr_status take_credits_out(struct categories *c, struct recon_cell *cell,
                                       const struct recon_cell *before, struct gr_err *err)
{
    struct recon_cell inner = {0};
    GR_TRY(decimal_sub(cell->billed, before->billed, &inner.billed, err));
    GR_TRY(decimal_sub(cell->effective, before->effective, &inner.effective, err));
    if (decimal_is_zero(inner.billed) && decimal_is_zero(inner.effective))
        return GR_OK;
    cell->billed = before->billed;
    cell->effective = before->effective;
    return recon_cell_add(credits_of(c, cell->currency), &inner, err);
}

static enum gr_status read_categories(const struct report_context *context, struct categories *out,
                                      struct gr_err *err)
{
    struct recon_cells before;
    struct recon_question question = {.dimensions = "charge_category,charge_class",
                                      .days = recon_months(context),
                                      .by_billing = true};
    *out = (struct categories){0};
    GR_TRY(recon_cells_read(context, &question, &out->cells, err));
    GR_TRY(recon_cells_before_credits(context, &question, &before, err));
    out->credits = arena_alloc_zeroed(context->arena, out->cells.count + 1, sizeof *out->credits);
    for (size_t i = 0; i < out->cells.count; i++) {
        const struct recon_cell *like = recon_cell_like(&before, &out->cells.items[i]);
        if (like)
            GR_TRY(take_credits_out(out, &out->cells.items[i], like, err));
    }
    return GR_OK;
}

static void credits_row(struct table_builder *table, const struct categories *c,
                        struct str currency)
{
    for (size_t i = 0; i < c->credit_count; i++) {
        if (!str_equal(c->credits[i].currency, currency))
            continue;
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_text(STR("Credit (within rows)"));
        cells[1] = cell_text(STR(""));
        cells[2] = cell_text(currency.len ? currency : STR("(none)"));
        cells[4] = cell_money(c->credits[i].billed, currency);
        cells[5] = cell_money(c->credits[i].effective, currency);
    }
}

static void category_row(struct table_builder *table, const struct recon_cell *cell)
{
    struct report_cell *cells = table_row(table, ROW_DATA);
    cells[0] = cell_text(cell->keys[0]);
    cells[1] = cell_text(recon_value(cell->keys[1]).len ? cell->keys[1] : STR(""));
    cells[2] = cell_text(cell->currency.len ? cell->currency : STR("(none)"));
    cells[3] = cell_count(cell->rows);
    cells[4] = cell_money(cell->billed, cell->currency);
    cells[5] = cell_money(cell->effective, cell->currency);
    cells[6] = cell_money(cell->list, cell->currency);
    cells[7] = cell_money(cell->contracted, cell->currency);
}

static bool is_of(const struct recon_cell *cell, struct str currency, const char *category)
{
    return str_equal(cell->currency, currency) && str_is(cell->keys[0], category);
}

/* The five categories of FOCUS are there also with no rows: none is hidden. What else there is
 * follows. */
static void category_rows(struct table_builder *table, const struct categories *categories,
                          struct str currency)
{
    const struct recon_cells *cells = &categories->cells;
    for (size_t c = 0; c < COUNT(focus_categories); c++) {
        bool plain = false;
        for (size_t i = 0; i < cells->count; i++)
            if (is_of(&cells->items[i], currency, focus_categories[c])) {
                category_row(table, &cells->items[i]);
                plain = plain || !recon_value(cells->items[i].keys[1]).len;
            }
        struct recon_cell none = {.currency = currency};
        none.keys[0] = str_from(focus_categories[c]);
        none.keys[1] = STR("");
        if (!plain)
            category_row(table, &none);
        if (str_is(none.keys[0], "Credit"))
            credits_row(table, categories, currency);
    }
    for (size_t i = 0; i < cells->count; i++) {
        bool known = false;
        for (size_t c = 0; c < COUNT(focus_categories); c++)
            known = known || str_is(cells->items[i].keys[0], focus_categories[c]);
        if (!known && str_equal(cells->items[i].currency, currency))
            category_row(table, &cells->items[i]);
    }
}

/* Whether a currency comes first at place `at`. */
static bool is_first_of_currency(const struct recon_cells *cells, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(cells->items[i].currency, cells->items[at].currency))
            return false;
    return true;
}

enum gr_status block_recon_categories(const struct report_context *context,
                                      struct section_builder *section, struct gr_err *err)
{
    struct categories categories;
    GR_TRY(read_categories(context, &categories, err));
    const struct recon_cells *cells = &categories.cells;
    struct table_builder table =
        block_table(context->arena, "categories",
                    arena_printf(context->arena, "Charges by category, billed in %.*s",
                                 STR_ARG(recon_months_name(context))),
                    category_columns, COUNT(category_columns));
    table.table->empty_text = STR("No charges in these billing months.");
    for (size_t i = 0; i < cells->count; i++)
        if (is_first_of_currency(cells, i))
            category_rows(&table, &categories, cells->items[i].currency);
    GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}

/* ---- billed to effective ---- */

enum bridge_step {
    STEP_BILLED,
    STEP_FEES,      /* commitment fees as billed, taken off */
    STEP_FEES_KEPT, /* what stays effective on their rows */
    STEP_USED,
    STEP_UNUSED,
    STEP_COVERED, /* what usage under commitments billed, with its negations, taken off */
    STEP_PURCHASES,
    STEP_USAGE,
    STEP_CREDITS,
    STEP_OTHER,
    STEP_EFFECTIVE,
    BRIDGE_STEPS
};
static const struct {
    const char *id, *text;
    bool always; /* where there are commitments: also when it is 0 */
} steps[BRIDGE_STEPS] = {
    [STEP_BILLED] = {"billed",    "Billed",                                    true },
    [STEP_FEES] = {"fees",      "less commitment fees as billed",            true },
    [STEP_FEES_KEPT] = {"fees_kept", "plus what stays effective on rows of fees", false},
    [STEP_USED] = {"used",      "plus commitments used",                     true },
    [STEP_UNUSED] = {"unused",    "plus commitments unused",                   true },
    [STEP_COVERED] = {"covered",   "less usage under commitments as billed",    false},
    [STEP_PURCHASES] = {"purchases", "other purchases, spread",                   false},
    [STEP_USAGE] = {"usage",     "usage without commitment",                  false},
    [STEP_CREDITS] = {"credits",   "credits",                                   false},
    [STEP_OTHER] = {"other",     "tax, adjustments and the rest",             false},
    [STEP_EFFECTIVE] = {"effective", "Effective",                                 true },
};
static const struct block_column bridge_columns[] = {
    {"provider", "Provider",            CELL_TEXT,  0             },
    {"currency", "Currency",            CELL_TEXT,  0             },
    {"step",     "Step",                CELL_TEXT,  BLOCK_CSV_ONLY},
    {"text",     "Billed to effective", CELL_TEXT,  0             },
    {"records",  "Rows",                CELL_COUNT, BLOCK_OPTIONAL},
    {"amount",   "Amount",              CELL_MONEY, 0             },
};

/* One provider and currency. */
struct bridge {
    struct str provider, currency;
    struct decimal amounts[BRIDGE_STEPS];
    int64_t rows[BRIDGE_STEPS];
};

struct bridges {
    struct arena *arena;
    struct bridge *items;
    size_t count, capacity;
};

static struct bridge *bridge_of(struct bridges *list, struct str provider, struct str currency)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].provider, provider) &&
            str_equal(list->items[i].currency, currency))
            return &list->items[i];
    list->items =
        recon_grow(list->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count] = (struct bridge){.provider = provider, .currency = currency};
    return &list->items[list->count++];
}

static enum gr_status step_add(struct bridge *bridge, enum bridge_step step, int64_t rows,
                               struct decimal amount, struct gr_err *err)
{
    bridge->rows[step] += rows;
    return decimal_add(bridge->amounts[step], amount, &bridge->amounts[step], err);
}

/* The step of rows whose cost is not a commitment's. keys: provider, charge category. */
static enum bridge_step step_of(const struct recon_cell *cell)
{
    if (recon_same(cell->keys[1], STR("Usage")))
        return STEP_USAGE;
    if (recon_same(cell->keys[1], STR("Purchase")))
        return STEP_PURCHASES;
    return recon_same(cell->keys[1], STR("Credit")) ? STEP_CREDITS : STEP_OTHER;
}

/* Native bills have what a commitment left unused on the row of its fee. */
static enum gr_status take_fees(struct bridge *bridge, const struct recon_cell *cell,
                                struct gr_err *err)
{
    int64_t kept = decimal_is_zero(cell->effective) ? 0 : cell->rows;
    bool unused = recon_same(cell->keys[2], STR("Unused"));
    GR_TRY(step_add(bridge, STEP_FEES, cell->rows, decimal_negate(cell->billed), err));
    return step_add(bridge, unused ? STEP_UNUSED : STEP_FEES_KEPT, kept, cell->effective, err);
}

/* Used and unused commitments count as they are effective. What their rows billed (covered usage
 * at list price and its negation, in native bills) is a step of its own. */
static enum gr_status take_covered(struct bridge *bridge, const struct recon_cell *cell,
                                   struct gr_err *err)
{
    struct str status = cell->keys[2];
    enum bridge_step step = recon_same(status, STR("Used"))     ? STEP_USED
                            : recon_same(status, STR("Unused")) ? STEP_UNUSED
                                                                : STEP_COVERED;
    GR_TRY(step_add(bridge, STEP_COVERED, cell->rows, decimal_negate(cell->billed), err));
    return step_add(bridge, step, step == STEP_COVERED ? 0 : cell->rows, cell->effective, err);
}

static enum gr_status take_steps(struct bridges *list, const struct recon_cells *cells,
                                 bool committed, struct gr_err *err)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct recon_cell *cell = &cells->items[i];
        struct bridge *bridge = bridge_of(list, cell->keys[0], cell->currency);
        enum bridge_step step = step_of(cell);
        struct decimal change;
        if (committed && step == STEP_PURCHASES) {
            GR_TRY(take_fees(bridge, cell, err));
        } else if (committed && step == STEP_USAGE) {
            GR_TRY(take_covered(bridge, cell, err));
        } else {
            GR_TRY(decimal_sub(cell->effective, cell->billed, &change, err));
            GR_TRY(step_add(bridge, step, cell->rows, change, err));
        }
    }
    return GR_OK;
}

static enum gr_status take_ends(struct bridges *list, const struct recon_cells *cells,
                                struct gr_err *err)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct recon_cell *cell = &cells->items[i];
        struct bridge *bridge = bridge_of(list, cell->keys[0], cell->currency);
        GR_TRY(step_add(bridge, STEP_BILLED, cell->rows, cell->billed, err));
        GR_TRY(step_add(bridge, STEP_EFFECTIVE, cell->rows, cell->effective, err));
    }
    return GR_OK;
}

static enum gr_status read_bridges(const struct report_context *context, struct bridges *list,
                                   struct gr_err *err)
{
    static const char kinds[] = "provider,charge_category,commitment_status";
    struct date_range months = recon_months(context);
    struct recon_question ends = {.dimensions = "provider", .days = months, .by_billing = true};
    struct recon_question with = {.dimensions = kinds,
                                  .days = months,
                                  .by_billing = true,
                                  .filter = STR("commitment!=(none),(empty)")};
    struct recon_question without = with;
    without.filter = STR("commitment=(none),(empty)");
    struct recon_cells cells;
    GR_TRY(recon_cells_read(context, &ends, &cells, err));
    GR_TRY(take_ends(list, &cells, err));
    GR_TRY(recon_cells_read(context, &with, &cells, err));
    GR_TRY(take_steps(list, &cells, true, err));
    GR_TRY(recon_cells_read(context, &without, &cells, err));
    return take_steps(list, &cells, false, err);
}

static enum gr_status bridge_meets(const struct bridge *bridge, bool *meets, struct gr_err *err)
{
    struct decimal sum = DECIMAL_ZERO;
    for (int step = 0; step < STEP_EFFECTIVE; step++)
        GR_TRY(decimal_add(sum, bridge->amounts[step], &sum, err));
    *meets = decimal_compare(sum, bridge->amounts[STEP_EFFECTIVE]) == 0;
    return GR_OK;
}

static enum gr_status bridge_rows(const struct bridge *bridge, bool meets,
                                  struct table_builder *table, struct gr_err *err)
{
    bool committed =
        bridge->rows[STEP_FEES] || bridge->rows[STEP_USED] || bridge->rows[STEP_UNUSED];
    for (int step = 0; step < BRIDGE_STEPS; step++) {
        bool end = step == STEP_BILLED || step == STEP_EFFECTIVE;
        if (!end && !(steps[step].always && committed) && decimal_is_zero(bridge->amounts[step]))
            continue;
        if (step == STEP_EFFECTIVE && meets)
            GR_TRY(recon_rounding_row(table,
                                      &(struct recon_ends){bridge->provider, bridge->currency,
                                                           bridge->amounts, STEP_EFFECTIVE},
                                      5, err));
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_text(bridge->provider);
        cells[1] = cell_text(bridge->currency.len ? bridge->currency : STR("(none)"));
        cells[2] = cell_text(str_from(steps[step].id));
        cells[3] = cell_text(str_from(steps[step].text));
        cells[4] = cell_count(bridge->rows[step]);
        cells[5] = cell_money(bridge->amounts[step], bridge->currency);
    }
    return GR_OK;
}

enum gr_status block_recon_bridge(const struct report_context *context,
                                  struct section_builder *section, struct gr_err *err)
{
    struct bridges list = {.arena = context->arena};
    struct table_builder table =
        block_table(context->arena, "effective_bridge",
                    arena_printf(context->arena, "From billed to effective cost, billed in %.*s",
                                 STR_ARG(recon_months_name(context))),
                    bridge_columns, COUNT(bridge_columns));
    size_t apart = 0;
    GR_TRY(read_bridges(context, &list, err));
    table.table->empty_text = STR("No charges in these billing months.");
    for (size_t i = 0; i < list.count; i++) {
        bool meets;
        GR_TRY(bridge_meets(&list.items[i], &meets, err));
        apart += !meets;
        GR_TRY(bridge_rows(&list.items[i], meets, &table, err));
    }
    section_table(section, table.table);
    if (list.count)
        section_text(section, ITEM_PARAGRAPH,
                     apart ? arena_printf(context->arena,
                                          "%zu of %zu bridges do not end at the effective cost: "
                                          "`gpureport check` says what is wrong.",
                                          apart, list.count)
                           : STR("Each bridge ends at the effective cost, to the last digit. "
                                 "Steps that are 0 are left out."));
    return GR_OK;
}
