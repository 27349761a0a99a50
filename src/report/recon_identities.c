/* The identities of FOCUS: what must hold in every bill, each with its figures as pass, fail or not
 * applicable. Rows of the billing months are checked one by one (recon_rows.c), commitments by sums
 * over the whole store. Called by build.c.
 */
#include <string.h>

#include "report/recon_invoices.h"
#include "report/recon_rows.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FAILURES_SHOWN = 50 };

static const struct block_column identity_columns[] = {
    {"identity", "What must hold", CELL_TEXT,  0             },
    {"result",   "Result",         CELL_TEXT,  0             },
    {"checked",  "Checked",        CELL_COUNT, 0             },
    {"failed",   "Failed",         CELL_COUNT, 0             },
    {"figures",  "Figures",        CELL_TEXT,  BLOCK_CSV_ONLY},
};
static const struct block_column commitment_columns[] = {
    {"commitment", "Commitment",      CELL_TEXT,  0             },
    {"currency",   "Currency",        CELL_TEXT,  BLOCK_OPTIONAL},
    {"used",       "Used",            CELL_MONEY, 0             },
    {"unused",     "Unused",          CELL_MONEY, 0             },
    {"effective",  "Effective usage", CELL_MONEY, 0             },
    {"purchased",  "Purchased",       CELL_MONEY, 0             },
    {"difference", "Difference",      CELL_MONEY, 0             },
    {"status",     "Status",          CELL_TEXT,  0             },
};
static const char *const rule_texts[ROW_RULES] = {
    [RULE_CHARGE_PERIOD] = "charge periods end after they start",
    [RULE_BILLING_PERIOD] = "billing periods end after they start",
    [RULE_CATEGORY] = "ChargeCategory is one of the five",
    [RULE_CLASS] = "ChargeClass is Correction or absent",
    [RULE_FREQUENCY] = "ChargeFrequency has allowed values",
    [RULE_PRICING] = "PricingCategory has allowed values",
    [RULE_STATUS] = "CommitmentDiscountStatus is Used or Unused",
    [RULE_FEES] = "effective cost of a commitment purchase is 0",
    [RULE_CREDITS] = "effective cost of a credit is its billed cost",
};

struct identities {
    const struct report_context *context;
    struct table_builder table;
    size_t failed;
    struct section_builder said; /* the figures of what failed, for people */
};

static void tell(struct identities *t, const char *what, uint64_t checked, uint64_t failed,
                 struct str figures)
{
    struct report_cell *cells = table_row(&t->table, ROW_DATA);
    cells[0] = cell_text(str_from(what));
    cells[1] = cell_text(!checked ? STR("not applicable") : failed ? STR("fail") : STR("pass"));
    cells[2] = cell_count((int64_t)checked);
    cells[3] = cell_count((int64_t)failed);
    cells[4] = cell_text(figures);
    t->failed += failed > 0;
    if (figures.len)
        section_text(&t->said, ITEM_NOTE,
                     arena_printf(t->context->arena, "%s%s: %.*s.", failed ? "Fails: " : "", what,
                                  STR_ARG(figures)));
}

/* ---- rows ---- */

/* "first: \"Usage-based\", line 12" */
static struct str place_text(const struct identities *t, const struct rule_count *count)
{
    if (!count->failed)
        return STR("");
    return arena_printf(t->context->arena, "first: %.*s, line %llu of file %lld",
                        STR_ARG(count->example.len ? count->example : STR("(empty)")),
                        (unsigned long long)count->first_line, (long long)count->first_file);
}

static struct str absent_text(const struct identities *t, const struct row_checks *checks,
                              uint64_t *failed)
{
    struct str text = STR("");
    *failed = 0;
    for (size_t i = 0; i < MANDATORY_COLUMNS; i++) {
        if (!checks->absent[i])
            continue;
        (*failed)++;
        text = arena_printf(t->context->arena, "%.*s%s%s absent in %llu", STR_ARG(text),
                            text.len ? ", " : "", recon_mandatory_name(i),
                            (unsigned long long)checks->absent[i]);
    }
    return text;
}

static void tell_rows(struct identities *t, const struct row_checks *checks)
{
    uint64_t absent;
    struct str text = absent_text(t, checks, &absent);
    for (int rule = 0; rule < ROW_RULES; rule++) {
        const struct rule_count *count = &checks->rules[rule];
        struct str figures = place_text(t, count);
        if (rule == RULE_FEES && checks->fees_kept)
            figures = arena_printf(t->context->arena,
                                   "%.*s%s%llu fee rows of native bills keep what was not used and "
                                   "are not counted",
                                   STR_ARG(figures), figures.len ? "; " : "",
                                   (unsigned long long)checks->fees_kept);
        tell(t, rule_texts[rule], count->checked, count->failed, figures);
    }
    tell(t, "mandatory columns have values", checks->rows ? MANDATORY_COLUMNS : 0, absent, text);
}

/* ---- allocations ---- */

static bool is_one(struct decimal x)
{
    return decimal_compare(x, decimal_from_int(1)) == 0;
}

static struct str ratio_example(const struct identities *t, const struct origin *origin)
{
    struct strbuf sum;
    strbuf_init(&sum, 128);
    decimal_format(origin->ratios, 0, &sum);
    struct str text = origin->unread
                          ? arena_printf(t->context->arena, "first: %.*s, details can't be read",
                                         STR_ARG(origin->resource))
                          : arena_printf(t->context->arena, "first: %.*s, ratios sum to %s",
                                         STR_ARG(origin->resource), strbuf_cstr(&sum));
    strbuf_deinit(&sum);
    return text;
}

static void tell_allocations(struct identities *t, const struct allocations *list)
{
    uint64_t rated = 0, wrong_ratios = 0, paired = 0, wrong_sums = 0;
    struct str ratios = STR(""), sums = STR("");
    for (size_t i = 0; i < list->count; i++) {
        const struct origin *origin = &list->items[i];
        bool equal = decimal_compare(origin->billed, origin->origin_billed) == 0 &&
                     decimal_compare(origin->effective, origin->origin_effective) == 0;
        if (origin->rated || origin->unread) {
            rated++;
            if ((origin->unread || !is_one(origin->ratios)) && !wrong_ratios++)
                ratios = ratio_example(t, origin);
        }
        if (!origin->origin_rows)
            continue;
        paired++;
        if (!equal && !wrong_sums++)
            sums = arena_printf(
                t->context->arena, "first: %.*s, parts %.*s, origin %.*s",
                STR_ARG(origin->resource),
                STR_ARG(recon_amount(t->context->arena, origin->effective, origin->currency)),
                STR_ARG(
                    recon_amount(t->context->arena, origin->origin_effective, origin->currency)));
    }
    tell(t, "ratios of allocated charges sum to 1", rated, wrong_ratios, ratios);
    if (list->count && !paired)
        sums = STR("the origins are not in the export");
    tell(t, "allocated charges add up to their origin", paired, wrong_sums, sums);
}

/* ---- commitments ---- */

/* One commitment and currency, over the whole store. */
struct commitment {
    struct str id, currency;
    struct decimal used, unused, usage, purchased, kept;
    int64_t purchases;
    bool once;          /* has one-time purchases: they are for a term */
    int64_t start, end; /* of these */
};

struct commitments {
    const struct report_context *context;
    struct commitment *items;
    size_t count, capacity;
    int64_t first, last; /* moments of the store's charges */
};

static struct commitment *commitment_of(struct commitments *list, struct str id,
                                        struct str currency)
{
    for (size_t i = list->count; i > 0; i--) /* cells are sorted: mostly the last one */
        if (str_equal(list->items[i - 1].id, id) &&
            str_equal(list->items[i - 1].currency, currency))
            return &list->items[i - 1];
    list->items = recon_grow(list->context->arena, list->items, list->count, &list->capacity,
                             sizeof *list->items);
    list->items[list->count] = (struct commitment){
        .id = id, .currency = currency, .start = MOMENT_NONE, .end = MOMENT_NONE};
    return &list->items[list->count++];
}

static enum gr_status take_commitment(struct commitments *list, const struct recon_cell *cell,
                                      struct gr_err *err)
{
    struct commitment *item = commitment_of(list, cell->keys[0], cell->currency);
    if (str_is(cell->keys[1], "Purchase")) {
        item->purchases += cell->rows;
        item->once = item->once || str_is(cell->keys[3], "One-Time");
        GR_TRY(decimal_add(item->purchased, cell->billed, &item->purchased, err));
        /* native bills have what was not used on the row of the fee */
        if (!str_is(cell->keys[2], "Unused"))
            return decimal_add(item->kept, cell->effective, &item->kept, err);
    } else if (!str_is(cell->keys[1], "Usage")) {
        return GR_OK;
    }
    GR_TRY(decimal_add(item->usage, cell->effective, &item->usage, err));
    if (str_is(cell->keys[2], "Used"))
        return decimal_add(item->used, cell->effective, &item->used, err);
    if (str_is(cell->keys[2], "Unused"))
        return decimal_add(item->unused, cell->effective, &item->unused, err);
    return GR_OK;
}

/* The terms that one-time purchases are for: their charge periods. */
static enum gr_status read_terms(struct commitments *list, struct store_rows *rows,
                                 struct gr_err *err)
{
    for (bool more;;) {
        GR_TRY(store_rows_next(rows, &more, err));
        if (!more)
            return GR_OK;
        struct str id = store_rows_text(rows, 0);
        if (!id.len || !str_is(store_rows_text(rows, 1), "Purchase") ||
            !str_is(store_rows_text(rows, 2), "One-Time"))
            continue;
        struct str currency = store_rows_text(rows, 5);
        struct commitment *item = commitment_of(list, id, currency.ptr ? currency : STR(""));
        int64_t start = store_rows_moment(rows, 3), end = store_rows_moment(rows, 4);
        if (start != MOMENT_NONE && (item->start == MOMENT_NONE || start < item->start))
            item->start = start;
        if (end != MOMENT_NONE && (item->end == MOMENT_NONE || end > item->end))
            item->end = end;
    }
}

static enum gr_status find_terms(struct commitments *list, struct gr_err *err)
{
    static const int columns[] = {COST_CommitmentDiscountId, COST_ChargeCategory,
                                  COST_ChargeFrequency,      COST_ChargePeriodStart,
                                  COST_ChargePeriodEnd,      COST_BillingCurrency};
    struct store_rows *rows = NULL;
    struct store_rows_options options = {.dataset = DATASET_COST,
                                         .columns = columns,
                                         .column_count = COUNT(columns),
                                         .first_moment = MOMENT_NONE,
                                         .end_moment = MOMENT_NONE};
    bool any = false;
    for (size_t i = 0; i < list->count; i++)
        any = any || list->items[i].once;
    if (!any)
        return GR_OK;
    GR_TRY(store_rows_open(list->context->store, &options, &rows, err));
    enum gr_status status = read_terms(list, rows, err);
    store_rows_close(rows);
    return status;
}

/* Whether all that a commitment is for lies in the store: a purchase of a year is not used up in a
 * month. One-time purchases of a day or less do not say what term they are for. */
static bool term_is_known(const struct commitments *list, const struct commitment *item)
{
    if (!item->purchases || decimal_is_zero(item->usage))
        return false;
    if (!item->once)
        return true;
    return item->start != MOMENT_NONE && item->end != MOMENT_NONE &&
           item->end - item->start > MS_PER_DAY && list->first <= item->start &&
           day_of_moment(list->last).since_1970 >= day_of_moment(item->end - 1).since_1970;
}

static enum gr_status read_commitments(struct commitments *list, struct gr_err *err)
{
    struct recon_cells cells;
    struct recon_question question = {
        .dimensions = "commitment,charge_category,commitment_status,charge_frequency",
        .days = recon_all_days(),
        .filter = STR("commitment!=(none),(empty)"),
        .unfiltered = true};
    GR_TRY(recon_cells_read(list->context, &question, &cells, err));
    for (size_t i = 0; i < cells.count; i++)
        GR_TRY(take_commitment(list, &cells.items[i], err));
    GR_TRY(store_moments(list->context->store, DATASET_COST, &list->first, &list->last, err));
    return find_terms(list, err);
}

static enum gr_status tell_commitments(struct identities *t, const struct commitments *list,
                                       struct table_builder *table, struct gr_err *err)
{
    uint64_t used = 0, apart = 0, terms = 0, unequal = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct commitment *item = &list->items[i];
        struct decimal both, all, difference;
        bool whole = term_is_known(list, item);
        GR_TRY(decimal_add(item->used, item->unused, &both, err));
        GR_TRY(decimal_add(item->usage, item->kept, &all, err));
        GR_TRY(decimal_sub(item->purchased, all, &difference, err));
        bool split = decimal_compare(both, item->usage) == 0;
        bool with_usage = !decimal_is_zero(item->usage);
        used += with_usage;
        apart += with_usage && !split;
        terms += whole;
        unequal += whole && !decimal_is_zero(difference);
        struct report_cell *cells = table_row(table, ROW_DATA);
        cells[0] = cell_text(item->id);
        cells[1] = cell_text(item->currency.len ? item->currency : STR("(none)"));
        cells[2] = cell_money(item->used, item->currency);
        cells[3] = cell_money(item->unused, item->currency);
        cells[4] = cell_money(item->usage, item->currency);
        cells[5] = item->purchases ? cell_money(item->purchased, item->currency) : cell_none();
        cells[6] = whole ? cell_money(difference, item->currency) : cell_none();
        cells[7] = cell_text(with_usage && !split          ? STR("usage neither used nor unused")
                             : !whole                      ? STR("term not all in the store")
                             : decimal_is_zero(difference) ? STR("equal")
                                                           : STR("differs"));
    }
    tell(t, "usage under a commitment = used + unused", used, apart, STR(""));
    tell(t, "used + unused = purchased, over the term", terms, unequal, STR(""));
    return GR_OK;
}

/* ---- invoices ---- */

static enum gr_status tell_invoices(struct identities *t, struct date_range months,
                                    struct gr_err *err)
{
    struct invoice_match match;
    uint64_t compared = 0, different = 0;
    GR_TRY(invoice_match_read(t->context, months, &match, err));
    for (size_t i = 0; i < match.line_count; i++) {
        enum invoice_status status = match.lines[i].status;
        compared += status == INVOICE_EQUAL || status == INVOICE_DIFFERS;
        different += status == INVOICE_DIFFERS;
    }
    tell(t, "billed cost by invoice is the invoice", compared, different, STR(""));
    return GR_OK;
}

static enum gr_status tell_all(struct identities *t, struct date_range months,
                               struct table_builder *commitments, struct gr_err *err)
{
    struct row_checks checks;
    struct commitments list = {.context = t->context};
    enum gr_status status = recon_rows_check(t->context, months, &checks, err);
    if (!status) {
        tell_rows(t, &checks);
        tell_allocations(t, &checks.allocations);
    }
    recon_rows_deinit(&checks);
    if (!status)
        status = read_commitments(&list, err);
    if (!status)
        status = tell_commitments(t, &list, commitments, err);
    return status ? status : tell_invoices(t, months, err);
}

enum gr_status block_recon_identities(const struct report_context *context,
                                      struct section_builder *section, struct gr_err *err)
{
    struct date_range months = recon_months(context);
    struct identities t = {.context = context,
                           .said = section_begin(context->arena, "said", STR(""))};
    t.table = block_table(context->arena, "identities",
                          arena_printf(context->arena, "Identities of FOCUS, rows billed in %.*s",
                                       STR_ARG(recon_months_name(context))),
                          identity_columns, COUNT(identity_columns));
    struct table_builder commitments = block_table(
        context->arena, "commitments", STR("Commitments over the whole store, effective cost"),
        commitment_columns, COUNT(commitment_columns));
    GR_TRY(tell_all(&t, months, &commitments, err));
    size_t rows = commitments.table->row_count;
    if (rows > FAILURES_SHOWN) {
        commitments.table->row_count = FAILURES_SHOWN;
        commitments.table->rows_not_shown = rows - FAILURES_SHOWN;
    }
    section_table(section, t.table.table);
    for (size_t i = 0; i < t.said.section.item_count; i++)
        section_text(section, ITEM_NOTE, t.said.section.items[i].text);
    if (rows)
        section_table(section, commitments.table);
    section_text(section, ITEM_PARAGRAPH,
                 t.failed ? arena_printf(context->arena,
                                         "%zu of these %s not hold; the rows are as they were "
                                         "delivered, nothing is corrected.",
                                         t.failed, t.failed == 1 ? "does" : "do")
                          : STR("All of these hold where they apply."));
    return GR_OK;
}
