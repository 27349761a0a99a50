/* What would explain that an invoice and its charges differ; see recon_invoices.h.
 *
 * Only what is in the rows is named. A candidate is exact when it is the difference to the
 * invoice's last digit; what can't be put to the digit (missing days, rejected rows) is named as a
 * fact, behind the exact ones.
 */
#include <stdlib.h>
#include <string.h>

#include "load/load.h"
#include "report/recon_days.h"
#include "report/recon_invoices.h"

enum { KINDS_MAX = 12, OTHER_CURRENCIES_MAX = 8 };

/* Sums of one kind of charge within a line. */
struct kind_sum {
    struct str name; /* "Tax", "Correction", "late" */
    struct decimal billed;
    int64_t rows;
};

struct line_kinds {
    struct kind_sum categories[KINDS_MAX];
    size_t category_count;
    struct kind_sum corrections, late;
};

struct finder {
    const struct report_context *context;
    const struct invoice_match *match;
    struct line_kinds *kinds; /* one a line */
    struct recon_deliveries deliveries;
    struct invoice_reasons *out;
    size_t capacity;
};

/* ---- what the charges of a line are ---- */

static enum gr_status kind_add(struct kind_sum *sum, const struct recon_cell *cell,
                               struct gr_err *err)
{
    sum->rows += cell->rows;
    return decimal_add(sum->billed, cell->billed, &sum->billed, err);
}

static enum gr_status category_add(struct line_kinds *kinds, const struct recon_cell *cell,
                                   struct gr_err *err)
{
    for (size_t i = 0; i < kinds->category_count; i++)
        if (str_equal(kinds->categories[i].name, cell->keys[3]))
            return kind_add(&kinds->categories[i], cell, err);
    if (kinds->category_count == KINDS_MAX)
        return GR_OK; /* more categories than FOCUS has: each is named in the identities */
    kinds->categories[kinds->category_count++].name = cell->keys[3];
    return kind_add(&kinds->categories[kinds->category_count - 1], cell, err);
}

enum kind_question { KINDS_OF_CATEGORY, KINDS_OF_CLASS, KINDS_OF_MONTH };

static enum gr_status kinds_of_month(struct finder *f, enum kind_question what, struct day month,
                                     struct gr_err *err)
{
    static const char *const dimensions[] = {
        [KINDS_OF_CATEGORY] = "provider,account,invoice,charge_category",
        [KINDS_OF_CLASS] = "provider,account,invoice,charge_class",
        [KINDS_OF_MONTH] = "provider,account,invoice,month"};
    struct recon_cells cells;
    struct recon_question question = {
        .dimensions = dimensions[what], .days = recon_month_of(month), .by_billing = true};
    char billing_month[8];
    month_format(month, billing_month);
    GR_TRY(recon_cells_read(f->context, &question, &cells, err));
    for (size_t i = 0; i < cells.count; i++) {
        const struct recon_cell *cell = &cells.items[i];
        size_t line =
            invoice_line_of(f->match, recon_value(cell->keys[0]), recon_value(cell->keys[1]),
                            recon_value(cell->keys[2]), cell->currency, month);
        if (line == f->match->line_count)
            continue;
        if (what == KINDS_OF_CATEGORY)
            GR_TRY(category_add(&f->kinds[line], cell, err));
        else if (what == KINDS_OF_CLASS && recon_same(cell->keys[3], STR("Correction")))
            GR_TRY(kind_add(&f->kinds[line].corrections, cell, err));
        else if (what == KINDS_OF_MONTH &&
                 str_compare(cell->keys[3], str_from(billing_month)) < 0 && cell->keys[3].len == 7)
            GR_TRY(kind_add(&f->kinds[line].late, cell, err));
    }
    return GR_OK;
}

static enum gr_status read_kinds(struct finder *f, struct gr_err *err)
{
    struct date_range months = f->match->months;
    f->kinds = arena_alloc_zeroed(f->context->arena, f->match->line_count + 1, sizeof *f->kinds);
    for (struct day month = months.first; month.since_1970 < months.end.since_1970;
         month = month_add(month, 1)) {
        GR_TRY(kinds_of_month(f, KINDS_OF_CATEGORY, month, err));
        GR_TRY(kinds_of_month(f, KINDS_OF_CLASS, month, err));
        GR_TRY(kinds_of_month(f, KINDS_OF_MONTH, month, err));
    }
    return GR_OK;
}

/* ---- candidates ---- */

static void add_reason(struct finder *f, struct invoice_reason reason)
{
    f->out->items = recon_grow(f->context->arena, f->out->items, f->out->count, &f->capacity,
                               sizeof *f->out->items);
    f->out->items[f->out->count++] = reason;
}

/* The difference is x, at the decimals of the invoice. */
static bool fits(const struct invoice_line *line, struct decimal x)
{
    struct decimal rest;
    struct gr_err ignored = {0};
    if (decimal_is_zero(x) || decimal_sub(line->difference, x, &rest, &ignored))
        return false;
    return decimal_is_zero(decimal_round(rest, line->scale));
}

static void try_amount(struct finder *f, size_t number, struct decimal amount, struct str text)
{
    if (fits(&f->match->lines[number], amount))
        add_reason(f, (struct invoice_reason){number, true, text, true, amount});
}

static struct str kind_name(struct str category)
{
    return recon_value(category).len ? category : STR("rows without a category");
}

static void try_kinds(struct finder *f, size_t number)
{
    struct arena *arena = f->context->arena;
    const struct line_kinds *kinds = &f->kinds[number];
    struct gr_err ignored = {0};
    for (size_t i = 0; i < kinds->category_count; i++) {
        const struct kind_sum *one = &kinds->categories[i];
        try_amount(f, number, one->billed,
                   arena_printf(arena, "the invoice is without %.*s (%s)",
                                STR_ARG(kind_name(one->name)),
                                recon_count(arena, (uint64_t)one->rows, "row", "rows").ptr));
        for (size_t j = 0; j < i; j++) {
            const struct kind_sum *other = &kinds->categories[j];
            struct decimal both;
            if (!decimal_is_zero(one->billed) && !decimal_is_zero(other->billed) &&
                kinds->category_count > 2 &&
                !decimal_add(one->billed, other->billed, &both, &ignored))
                try_amount(f, number, both,
                           arena_printf(arena, "the invoice is without %.*s and %.*s",
                                        STR_ARG(kind_name(other->name)),
                                        STR_ARG(kind_name(one->name))));
        }
    }
    try_amount(
        f, number, kinds->corrections.billed,
        arena_printf(arena, "the invoice is without corrections (%s)",
                     recon_count(arena, (uint64_t)kinds->corrections.rows, "row", "rows").ptr));
    try_amount(f, number, kinds->late.billed,
               arena_printf(arena, "the invoice is without charges for earlier months (%s)",
                            recon_count(arena, (uint64_t)kinds->late.rows, "row", "rows").ptr));
}

static struct str line_name(struct arena *arena, const struct invoice_line *line)
{
    char month[8];
    month_format(line->month, month);
    return line->invoice.len ? arena_printf(arena, "%.*s of %s", STR_ARG(line->invoice), month)
                             : arena_printf(arena, "%s without invoice id", month);
}

/* Another line of the account makes up for it. */
static void try_other_line(struct finder *f, size_t number, size_t other_number)
{
    struct arena *arena = f->context->arena;
    const struct invoice_line *line = &f->match->lines[number];
    const struct invoice_line *other = &f->match->lines[other_number];
    if (number == other_number || !recon_same(line->account, other->account) ||
        !recon_same(line->currency, other->currency) || other->status == INVOICE_EQUAL ||
        other->status == INVOICE_VOIDED)
        return;
    struct decimal opposite = decimal_negate(other->difference);
    if (!fits(line, opposite))
        return;
    struct str name = line_name(arena, other), text;
    if (other->status == INVOICE_WITHOUT)
        text = arena_printf(arena, "charges %.*s, which no invoice is for, make up for it",
                            STR_ARG(name));
    else if (other->status == INVOICE_NO_CHARGES)
        text = arena_printf(arena, "invoice %.*s, which has no charges, makes up for it",
                            STR_ARG(name));
    else
        text = arena_printf(arena, "invoice %.*s differs by the opposite amount", STR_ARG(name));
    try_amount(f, number, opposite, text);
}

static const struct kind_sum *category_of(const struct line_kinds *kinds, const char *name)
{
    for (size_t i = 0; i < kinds->category_count; i++)
        if (recon_same(kinds->categories[i].name, str_from(name)))
            return &kinds->categories[i];
    return NULL;
}

/* Without tax rows in the export: is the difference a round share of the charges? */
static bool try_tax_rate(struct finder *f, size_t number)
{
    const struct invoice_line *line = &f->match->lines[number];
    struct decimal tax = decimal_negate(line->difference), rate, check;
    struct gr_err ignored = {0};
    if (category_of(&f->kinds[number], "Tax") || decimal_sign(tax) <= 0 ||
        decimal_sign(line->billed) <= 0 || decimal_div(tax, line->billed, 4, &rate, &ignored) ||
        decimal_mul(line->billed, rate, &check, &ignored) || decimal_is_zero(rate) ||
        decimal_compare(decimal_round(check, line->scale), decimal_round(tax, line->scale)) != 0)
        return false;
    struct strbuf percent;
    strbuf_init(&percent, 128);
    decimal_format((struct decimal){rate.units * 100, rate.scale}, 0, &percent);
    add_reason(f, (struct invoice_reason){
                      number, false,
                      arena_printf(f->context->arena,
                                   "the export has no Tax rows, and the difference is %s %% of the "
                                   "charges",
                                   strbuf_cstr(&percent)),
                      true, line->difference});
    strbuf_deinit(&percent);
    return true;
}

/* ---- facts ---- */

static void add_fact(struct finder *f, size_t number, struct str text)
{
    add_reason(f, (struct invoice_reason){.line = number, .text = text});
}

static void tell_delivery(struct finder *f, size_t number)
{
    struct arena *arena = f->context->arena;
    const struct invoice_line *line = &f->match->lines[number];
    struct str source = load_bill_source(arena, line->provider, line->account);
    bool found = false;
    for (size_t i = 0; i < f->deliveries.count; i++) {
        const struct recon_delivery *item = &f->deliveries.items[i];
        if (!str_equal(item->delivery.source, source) ||
            item->month.first.since_1970 != line->month.since_1970)
            continue;
        struct str days = recon_missing_days(arena, item, f->context->as_of);
        found = true;
        if (days.len)
            add_fact(f, number,
                     arena_printf(arena, "the delivery has no rows of these days of %.*s: %.*s",
                                  STR_ARG(item->delivery.period), STR_ARG(days)));
        if (item->delivery.rejected)
            add_fact(f, number,
                     arena_printf(arena, "%s of the delivery could not be read and are in no sum",
                                  recon_count(arena, item->delivery.rejected, "row", "rows").ptr));
    }
    if (!found && line->status == INVOICE_NO_CHARGES)
        add_fact(f, number, STR("no bill of that account and month was delivered"));
}

static bool has_exact_reason(const struct finder *f, size_t number)
{
    for (size_t i = 0; i < f->out->count; i++)
        if (f->out->items[i].line == number && f->out->items[i].exact)
            return true;
    return false;
}

/* Charges of the same account and month in other currencies that no invoice is for. */
static void tell_currencies(struct finder *f, size_t number)
{
    struct arena *arena = f->context->arena;
    const struct invoice_line *line = &f->match->lines[number];
    size_t told = 0;
    if (has_exact_reason(f, number))
        return;
    for (size_t i = 0; i < f->match->line_count && told < OTHER_CURRENCIES_MAX; i++) {
        const struct invoice_line *other = &f->match->lines[i];
        if (i == number || !other->rows || !recon_same(line->account, other->account) ||
            line->month.since_1970 != other->month.since_1970 ||
            recon_same(line->currency, other->currency) || other->has_invoice)
            continue;
        told++;
        add_fact(f, number,
                 arena_printf(arena, "the invoice is in %.*s, and charges %.*s are in %.*s: %.*s",
                              STR_ARG(line->currency), STR_ARG(line_name(arena, other)),
                              STR_ARG(other->currency.len ? other->currency : STR("no currency")),
                              STR_ARG(recon_amount(arena, other->billed, other->currency))));
    }
}

static void tell_absent_kinds(struct finder *f, size_t number)
{
    const struct invoice_line *line = &f->match->lines[number];
    int sign = decimal_sign(line->difference);
    if (sign < 0 && !category_of(&f->kinds[number], "Tax"))
        add_fact(f, number, STR("the charges have no Tax rows"));
    if (sign > 0 && !category_of(&f->kinds[number], "Credit"))
        add_fact(f, number, STR("the charges have no Credit rows"));
}

static void explain_line(struct finder *f, size_t number)
{
    const struct invoice_line *line = &f->match->lines[number];
    if (line->status == INVOICE_DIFFERS)
        try_kinds(f, number);
    for (size_t i = 0; i < f->match->line_count; i++)
        try_other_line(f, number, i);
    if (line->status == INVOICE_DIFFERS) {
        if (!try_tax_rate(f, number))
            tell_absent_kinds(f, number);
    }
    tell_currencies(f, number);
    tell_delivery(f, number);
    if (line->status == INVOICE_DIFFERS && f->context->filter.len)
        add_fact(f, number, STR("the filters of this report leave charges out"));
}

static int compare_reasons(const void *x, const void *y)
{
    const struct invoice_reason *a = x, *b = y;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->exact != b->exact)
        return a->exact ? -1 : 1;
    return str_compare(a->text, b->text);
}

enum gr_status invoice_reasons_find(const struct report_context *context,
                                    const struct invoice_match *match, struct invoice_reasons *out,
                                    struct gr_err *err)
{
    struct finder f = {.context = context, .match = match, .out = out};
    size_t wanted = 0;
    *out = (struct invoice_reasons){0};
    for (size_t i = 0; i < match->line_count; i++)
        wanted += match->lines[i].status == INVOICE_DIFFERS ||
                  match->lines[i].status == INVOICE_NO_CHARGES;
    if (!wanted)
        return GR_OK;
    GR_TRY(read_kinds(&f, err));
    GR_TRY(recon_deliveries_read(context, match->months, &f.deliveries, err));
    for (size_t i = 0; i < match->line_count; i++)
        if (match->lines[i].status == INVOICE_DIFFERS ||
            match->lines[i].status == INVOICE_NO_CHARGES)
            explain_line(&f, i);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_reasons);
    return GR_OK;
}
