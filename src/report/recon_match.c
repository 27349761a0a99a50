/* Pairs invoices with charges; see recon_invoices.h.
 *
 * An invoice with an id is for the charges with that id. Charges that carry no id (open months of
 * most providers) are for the invoices of their account, month and currency that no charges name,
 * and an invoice without id is for all charges of its account, month and currency that are left.
 */
#include <stdlib.h>
#include <string.h>

#include "load/load.h"
#include "report/recon_invoices.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { NO_LINE = -1 };

const char *invoice_status_name(enum invoice_status status)
{
    static const char *const names[] = {"equal", "differs", "no invoice", "no charges", "voided"};
    return names[status];
}

/* ---- charges ---- */

static int compare_charges(const void *x, const void *y)
{
    const struct invoice_charges *a = x, *b = y;
    int order = str_compare(a->invoice, b->invoice);
    order = order ? order : str_compare(a->currency, b->currency);
    order = order ? order : str_compare(a->provider, b->provider);
    order = order ? order : str_compare(a->account, b->account);
    order = order ? order
                  : (a->month.since_1970 > b->month.since_1970) -
                        (a->month.since_1970 < b->month.since_1970);
    return order ? order : str_compare(a->issuer, b->issuer);
}

static enum gr_status read_charges(const struct report_context *context, struct day month,
                                   struct invoice_match *m, struct gr_err *err)
{
    struct recon_cells cells;
    struct recon_question question = {.dimensions = "provider,account,invoice,invoice_issuer",
                                      .days = recon_month_of(month),
                                      .by_billing = true};
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    for (size_t i = 0; i < cells.count; i++) {
        const struct recon_cell *cell = &cells.items[i];
        m->charges = recon_grow(m->arena, m->charges, m->charge_count, &m->charge_capacity,
                                sizeof *m->charges);
        m->charges[m->charge_count++] =
            (struct invoice_charges){.provider = recon_value(cell->keys[0]),
                                     .account = recon_value(cell->keys[1]),
                                     .invoice = recon_value(cell->keys[2]),
                                     .issuer = recon_value(cell->keys[3]),
                                     .currency = cell->currency,
                                     .month = month,
                                     .rows = cell->rows,
                                     .billed = cell->billed,
                                     .line = SIZE_MAX};
        struct invoice_charges *charge = &m->charges[m->charge_count - 1];
        charge->provider_slug = load_provider_slug(m->arena, charge->provider);
        charge->issuer_slug = load_provider_slug(m->arena, charge->issuer);
    }
    return GR_OK;
}

/* ---- who belongs to whom ---- */

static bool account_fits(struct str paper, struct str charge)
{
    if (!paper.len || recon_same(paper, charge))
        return true;
    return charge.len && recon_same(recon_last_part(paper), recon_last_part(charge));
}

static bool provider_fits(const struct invoice_paper *paper, const struct invoice_charges *charge)
{
    return !paper->issuer.len || str_equal(paper->slug, charge->provider_slug) ||
           (charge->issuer.len && str_equal(paper->slug, charge->issuer_slug));
}

static bool month_fits(const struct invoice_paper *paper, const struct invoice_charges *charge)
{
    return paper->month.since_1970 == charge->month.since_1970;
}

/* ---- lines ---- */

static size_t add_line(struct invoice_match *m, struct invoice_line line)
{
    m->lines = recon_grow(m->arena, m->lines, m->line_count, &m->line_capacity, sizeof *m->lines);
    m->lines[m->line_count] = line;
    return m->line_count++;
}

/* A provider is called as its charges call it. */
static struct str shown_provider(const struct invoice_match *m, const struct invoice_paper *paper)
{
    for (size_t i = 0; paper->issuer.len && i < m->charge_count; i++)
        if (provider_fits(paper, &m->charges[i]) && m->charges[i].provider.len)
            return m->charges[i].provider;
    return paper->issuer;
}

static size_t line_of_paper(struct invoice_match *m, const struct invoice_paper *paper)
{
    return add_line(m, (struct invoice_line){.provider = shown_provider(m, paper),
                                             .account = paper->account,
                                             .invoice = paper->id,
                                             .currency = paper->currency,
                                             .month = paper->month,
                                             .has_invoice = true,
                                             .voided = paper->voided,
                                             .amount = paper->amount,
                                             .scale = paper->scale});
}

static enum gr_status give_charges(struct invoice_match *m, struct invoice_charges *charge,
                                   size_t number, struct gr_err *err)
{
    struct invoice_line *line = &m->lines[number];
    if (!line->rows) {
        line->provider = charge->provider.len ? charge->provider : line->provider;
        line->account = charge->account.len && line->account.len ? charge->account : line->account;
    }
    charge->line = number;
    line->rows += charge->rows;
    return decimal_add(line->billed, charge->billed, &line->billed, err);
}

/* Another invoice for charges that carry no id: "A + B". */
static enum gr_status join_paper(struct invoice_match *m, const struct invoice_paper *paper,
                                 size_t number, struct gr_err *err)
{
    struct invoice_line *line = &m->lines[number];
    line->invoice =
        arena_join(m->arena, (const struct str[]){line->invoice, paper->id}, 2, STR(" + "));
    if (paper->scale > line->scale)
        line->scale = paper->scale;
    return decimal_add(line->amount, paper->amount, &line->amount, err);
}

/* ---- the ways ---- */

/* First place of the sorted charges with that invoice id; absent ids come first. */
static size_t first_of_id(const struct invoice_match *m, struct str id)
{
    size_t low = 0, high = m->charge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(m->charges[middle].invoice, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What of the charges with an invoice's id is looked at. */
struct id_way {
    bool any_provider, any_month;
};

static enum gr_status give_by_id(struct invoice_match *m, const struct invoice_paper *paper,
                                 struct id_way way, ptrdiff_t *line, struct gr_err *err)
{
    for (size_t i = first_of_id(m, paper->id);
         i < m->charge_count && str_equal(m->charges[i].invoice, paper->id); i++) {
        struct invoice_charges *charge = &m->charges[i];
        if (charge->line != SIZE_MAX || !recon_same(paper->currency, charge->currency) ||
            !account_fits(paper->account, charge->account) ||
            !(way.any_month || month_fits(paper, charge)) ||
            !(way.any_provider || provider_fits(paper, charge)))
            continue;
        if (*line < 0)
            *line = (ptrdiff_t)line_of_paper(m, paper);
        GR_TRY(give_charges(m, charge, (size_t)*line, err));
    }
    return GR_OK;
}

/* Charges that carry the invoice's id: those of its month, as an id may come again each month ...
 */
static enum gr_status match_by_id(struct invoice_match *m, const struct invoice_paper *paper,
                                  ptrdiff_t *line, struct gr_err *err)
{
    return give_by_id(m, paper, (struct id_way){0}, line, err);
}

/* ... then those of other months that no invoice with the id is for. */
static enum gr_status match_by_id_alone(struct invoice_match *m, const struct invoice_paper *paper,
                                        ptrdiff_t *line, struct gr_err *err)
{
    return give_by_id(m, paper, (struct id_way){.any_month = true}, line, err);
}

/* The same id and account also where the names of provider and issuer say nothing of each other: a
 * reseller. */
static enum gr_status match_resold(struct invoice_match *m, const struct invoice_paper *paper,
                                   ptrdiff_t *line, struct gr_err *err)
{
    struct id_way way = {.any_provider = true};
    return paper->account.len ? give_by_id(m, paper, way, line, err) : GR_OK;
}

static enum gr_status match_resold_alone(struct invoice_match *m, const struct invoice_paper *paper,
                                         ptrdiff_t *line, struct gr_err *err)
{
    struct id_way way = {.any_provider = true, .any_month = true};
    return paper->account.len ? give_by_id(m, paper, way, line, err) : GR_OK;
}

static bool whole_month_fits(const struct invoice_paper *paper,
                             const struct invoice_charges *charge)
{
    return month_fits(paper, charge) && recon_same(paper->currency, charge->currency) &&
           account_fits(paper->account, charge->account) && provider_fits(paper, charge);
}

/* Charges without id, free or on the line of another invoice that took them the same way. */
static enum gr_status match_without_ids(struct invoice_match *m, const struct invoice_paper *paper,
                                        ptrdiff_t *line, struct gr_err *err)
{
    for (size_t i = 0; i < m->charge_count && !m->charges[i].invoice.len; i++) {
        struct invoice_charges *charge = &m->charges[i];
        if (!whole_month_fits(paper, charge))
            continue;
        if (charge->line != SIZE_MAX) {
            if (*line < 0) {
                *line = (ptrdiff_t)charge->line;
                GR_TRY(join_paper(m, paper, charge->line, err));
            }
            continue;
        }
        if (*line < 0)
            *line = (ptrdiff_t)line_of_paper(m, paper);
        GR_TRY(give_charges(m, charge, (size_t)*line, err));
    }
    return GR_OK;
}

/* An invoice without id: all that is left of its month. */
static enum gr_status match_rest(struct invoice_match *m, const struct invoice_paper *paper,
                                 ptrdiff_t *line, struct gr_err *err)
{
    for (size_t i = 0; i < m->charge_count; i++) {
        struct invoice_charges *charge = &m->charges[i];
        if (charge->line != SIZE_MAX || !whole_month_fits(paper, charge))
            continue;
        if (*line < 0)
            *line = (ptrdiff_t)line_of_paper(m, paper);
        GR_TRY(give_charges(m, charge, (size_t)*line, err));
    }
    return GR_OK;
}

/* In this order. */
static const struct {
    enum gr_status (*match)(struct invoice_match *, const struct invoice_paper *, ptrdiff_t *,
                            struct gr_err *);
    bool by_id; /* of invoices that have an id; else of those that have none */
    bool again; /* also of invoices that have charges already */
} ways[] = {
    {match_by_id,        true,  false},
    {match_by_id_alone,  true,  true },
    {match_resold,       true,  false},
    {match_resold_alone, true,  false},
    {match_without_ids,  true,  false},
    {match_rest,         false, false},
};

static enum gr_status match_papers(struct invoice_match *m, struct gr_err *err)
{
    ptrdiff_t *line_of = arena_alloc(m->arena, (m->papers.count + 1) * sizeof *line_of);
    for (size_t i = 0; i < m->papers.count; i++)
        line_of[i] = NO_LINE;
    for (size_t w = 0; w < COUNT(ways); w++)
        for (size_t i = 0; i < m->papers.count; i++) {
            const struct invoice_paper *paper = &m->papers.items[i];
            if ((line_of[i] < 0 || ways[w].again) && !paper->voided &&
                ways[w].by_id == (paper->id.len > 0))
                GR_TRY(ways[w].match(m, paper, &line_of[i], err));
        }
    for (size_t i = 0; i < m->papers.count; i++)
        if (line_of[i] < 0)
            line_of_paper(m, &m->papers.items[i]);
    return GR_OK;
}

/* Charges that no invoice is for: one line a provider, account, invoice id, month and currency. */
static enum gr_status lines_without_invoice(struct invoice_match *m, struct gr_err *err)
{
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < m->charge_count; i++) {
        struct invoice_charges *charge = &m->charges[i];
        if (charge->line != SIZE_MAX)
            continue;
        const struct invoice_line *line = last == SIZE_MAX ? NULL : &m->lines[last];
        bool same = line && str_equal(line->provider, charge->provider) &&
                    str_equal(line->account, charge->account) &&
                    str_equal(line->invoice, charge->invoice) &&
                    line->month.since_1970 == charge->month.since_1970 &&
                    str_equal(line->currency, charge->currency);
        if (!same)
            last = add_line(m, (struct invoice_line){.provider = charge->provider,
                                                     .account = charge->account,
                                                     .invoice = charge->invoice,
                                                     .currency = charge->currency,
                                                     .month = charge->month});
        GR_TRY(give_charges(m, charge, last, err));
    }
    return GR_OK;
}

/* ---- the outcome ---- */

static enum gr_status judge(struct invoice_line *line, struct gr_err *err)
{
    unsigned minor = currency_minor_digits(line->currency);
    if (line->scale < minor)
        line->scale = (uint8_t)minor;
    GR_TRY(decimal_sub(line->billed, line->amount, &line->difference, err));
    if (line->voided)
        line->status = INVOICE_VOIDED;
    else if (!line->has_invoice)
        line->status = INVOICE_WITHOUT;
    else if (!line->rows)
        line->status = INVOICE_NO_CHARGES;
    else
        line->status = decimal_compare(decimal_round(line->billed, line->scale), line->amount) == 0
                           ? INVOICE_EQUAL
                           : INVOICE_DIFFERS;
    return GR_OK;
}

static int compare_lines(const void *x, const void *y)
{
    const struct invoice_line *a = x, *b = y;
    int order = str_compare(a->provider, b->provider);
    order = order ? order : str_compare(a->account, b->account);
    order = order ? order
                  : (a->month.since_1970 > b->month.since_1970) -
                        (a->month.since_1970 < b->month.since_1970);
    order = order ? order : str_compare(a->invoice, b->invoice);
    order = order ? order : str_compare(a->currency, b->currency);
    return order ? order : (a->status > b->status) - (a->status < b->status);
}

/* Sorts the lines; charges keep knowing theirs. */
static void sort_lines(struct invoice_match *m)
{
    struct numbered {
        struct invoice_line line;
        size_t number;
    } *sorted = arena_alloc(m->arena, (m->line_count + 1) * sizeof *sorted);
    size_t *place = arena_alloc(m->arena, (m->line_count + 1) * sizeof *place);
    for (size_t i = 0; i < m->line_count; i++)
        sorted[i] = (struct numbered){m->lines[i], i};
    if (m->line_count)
        qsort(sorted, m->line_count, sizeof *sorted,
              compare_lines); /* `line` is its first member */
    for (size_t i = 0; i < m->line_count; i++) {
        m->lines[i] = sorted[i].line;
        place[sorted[i].number] = i;
    }
    for (size_t i = 0; i < m->charge_count; i++)
        m->charges[i].line = place[m->charges[i].line];
}

enum gr_status invoice_match_read(const struct report_context *context, struct date_range months,
                                  struct invoice_match *out, struct gr_err *err)
{
    *out = (struct invoice_match){.arena = context->arena, .months = months};
    GR_TRY(invoice_papers_read(context, months, &out->papers, err));
    for (struct day month = months.first; month.since_1970 < months.end.since_1970;
         month = month_add(month, 1))
        GR_TRY(read_charges(context, month, out, err));
    if (out->charge_count)
        qsort(out->charges, out->charge_count, sizeof *out->charges, compare_charges);
    GR_TRY(match_papers(out, err));
    GR_TRY(lines_without_invoice(out, err));
    for (size_t i = 0; i < out->line_count; i++)
        GR_TRY(judge(&out->lines[i], err));
    sort_lines(out);
    return GR_OK;
}

size_t invoice_line_of(const struct invoice_match *m, struct str provider, struct str account,
                       struct str invoice, struct str currency, struct day month)
{
    for (size_t i = first_of_id(m, invoice);
         i < m->charge_count && str_equal(m->charges[i].invoice, invoice); i++) {
        const struct invoice_charges *charge = &m->charges[i];
        if (str_equal(charge->provider, provider) && str_equal(charge->account, account) &&
            str_equal(charge->currency, currency) && charge->month.since_1970 == month.since_1970)
            return charge->line;
    }
    return m->line_count;
}
