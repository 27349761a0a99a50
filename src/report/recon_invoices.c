/* The tables of invoices against charges; see recon_invoices.h. Called by build.c. */
#include "report/recon_invoices.h"
#include "report/recon_shared.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { DIFFERENCES_SAID = 5, SHARED_SAID = 5, INVOICE_MONTH = 3 /* its column */ };

static const struct block_column invoice_columns[] = {
    {"provider",      "Provider",      CELL_TEXT,  BLOCK_OPTIONAL               },
    {"account",       "Account",       CELL_TEXT,  0                            },
    {"invoice",       "Invoice",       CELL_TEXT,  0                            },
    {"billing_month", "Billing month", CELL_TEXT,  0                            },
    {"currency",      "Currency",      CELL_TEXT,  0                            },
    {"records",       "Charge rows",   CELL_COUNT, BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"billed",        "Billed",        CELL_MONEY, BLOCK_ADD_UP                 },
    {"invoiced",      "Invoiced",      CELL_MONEY, BLOCK_ADD_UP                 },
    {"difference",    "Difference",    CELL_MONEY, BLOCK_ADD_UP                 },
    {"status",        "Status",        CELL_TEXT,  0                            },
    {"note",          "Note",          CELL_TEXT,  BLOCK_OPTIONAL               },
};
static const struct block_column reason_columns[] = {
    {"account",       "Account",               CELL_TEXT,  BLOCK_CSV_ONLY},
    {"invoice",       "Invoice",               CELL_TEXT,  0             },
    {"billing_month", "Billing month",         CELL_TEXT,  BLOCK_CSV_ONLY},
    {"currency",      "Currency",              CELL_TEXT,  BLOCK_CSV_ONLY},
    {"difference",    "Difference",            CELL_MONEY, 0             },
    {"fit",           "Fit",                   CELL_TEXT,  0             },
    {"reason",        "What would explain it", CELL_TEXT,  0             },
    {"amount",        "Amount",                CELL_MONEY, BLOCK_CSV_ONLY},
};

static struct str shown(struct str text, const char *absent)
{
    return text.len ? text : str_from(absent);
}

static struct report_cell month_cell(struct arena *arena, struct day month)
{
    char text[8];
    month_format(month, text);
    return cell_text(arena_str(arena, str_from(text)));
}

/* "rounding: 0.0034": the invoice is the exact sum rounded half to even. Two decimals more than the
 * invoice has; the difference has every digit. */
static struct str note_of(struct arena *arena, const struct invoice_line *line)
{
    struct strbuf text;
    if (line->status != INVOICE_EQUAL || decimal_is_zero(line->difference))
        return STR("");
    strbuf_init(&text, 256);
    strbuf_append_cstr(&text, "rounding: ");
    struct decimal shortened = decimal_round(line->difference, (uint8_t)(line->scale + 2));
    decimal_format(decimal_is_zero(shortened) ? line->difference : shortened, 2, &text);
    struct str result = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return result;
}

/* Without any invoice nothing was compared. */
static void fill_line(struct arena *arena, const struct invoice_line *line, bool compared,
                      struct table_builder *table)
{
    bool counts = line->has_invoice && !line->voided;
    struct report_cell *cells = table_row(table, ROW_DATA);
    cells[0] = cell_text(shown(line->provider, "(none)"));
    cells[1] = cell_text(shown(line->account, line->has_invoice ? "(all)" : "(none)"));
    cells[2] = cell_text(shown(line->invoice, "(none)"));
    cells[3] = month_cell(arena, line->month);
    cells[4] = cell_text(shown(line->currency, "(none)"));
    cells[5] = cell_count(line->rows);
    cells[6] = cell_money(line->billed, line->currency);
    cells[7] = counts ? cell_money(line->amount, line->currency) : cell_none();
    cells[8] =
        line->voided || !compared ? cell_none() : cell_money(line->difference, line->currency);
    cells[9] = cell_text(str_from(invoice_status_name(line->status)));
    cells[10] = cell_text(note_of(arena, line));
}

/* One month stands in the title. */
static bool one_month(struct date_range months)
{
    return month_add(months.first, 1).since_1970 == months.end.since_1970;
}

static enum gr_status add_lines(const struct report_context *context,
                                const struct invoice_match *match, struct section_builder *section,
                                struct gr_err *err)
{
    struct table_builder table =
        block_table(context->arena, "invoices",
                    arena_printf(context->arena, "Invoices against billed charges, %.*s",
                                 STR_ARG(recon_months_name(context))),
                    invoice_columns, COUNT(invoice_columns));
    table.table->empty_text = STR("No charges and no invoices in these billing months.");
    table.table->columns[INVOICE_MONTH].csv_only = one_month(match->months);
    for (size_t i = 0; i < match->line_count; i++)
        fill_line(context->arena, &match->lines[i], match->papers.count > 0, &table);
    GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}

static void add_reasons(const struct report_context *context, const struct invoice_match *match,
                        const struct invoice_reasons *reasons, struct section_builder *section)
{
    struct table_builder table =
        block_table(context->arena, "differences", STR("What would explain the differences"),
                    reason_columns, COUNT(reason_columns));
    for (size_t i = 0; i < reasons->count; i++) {
        const struct invoice_reason *reason = &reasons->items[i];
        const struct invoice_line *line = &match->lines[reason->line];
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(shown(line->account, "(all)"));
        cells[1] = cell_text(shown(line->invoice, "(none)"));
        cells[2] = month_cell(context->arena, line->month);
        cells[3] = cell_text(shown(line->currency, "(none)"));
        cells[4] = cell_money(line->difference, line->currency);
        cells[5] = cell_text(reason->exact ? STR("to the digit") : STR("possible"));
        cells[6] = cell_text(reason->text);
        cells[7] = reason->has_amount ? cell_money(reason->amount, line->currency) : cell_none();
    }
    if (reasons->count)
        section_table(section, table.table);
}

/* ---- the sentences ---- */

struct tally {
    size_t of[INVOICE_VOIDED + 1];
    size_t rounded;
};

static struct tally count_lines(const struct invoice_match *match)
{
    struct tally tally = {0};
    for (size_t i = 0; i < match->line_count; i++) {
        const struct invoice_line *line = &match->lines[i];
        tally.of[line->status]++;
        tally.rounded += line->status == INVOICE_EQUAL && !decimal_is_zero(line->difference);
    }
    return tally;
}

/* "... Also: 2 invoices without charges." */
static struct str add_count(struct arena *arena, struct str text, size_t count, const char *one,
                            const char *many)
{
    if (!count)
        return text;
    return arena_printf(arena, "%.*s%sThere %s %s.", STR_ARG(text), text.len ? " " : "",
                        count == 1 ? "is" : "are", recon_count(arena, count, one, many).ptr);
}

static void say_outcome(const struct report_context *context, const struct invoice_match *match,
                        const struct tally *tally, struct section_builder *section)
{
    struct arena *arena = context->arena;
    size_t compared = tally->of[INVOICE_EQUAL] + tally->of[INVOICE_DIFFERS];
    if (!match->papers.count) {
        section_text(section, ITEM_PARAGRAPH,
                     STR("No invoices of these months are in the store. `gpureport ingest` takes "
                         "FOCUS InvoiceDetail and a CSV of "
                         "provider,account,invoice_id,billing_month,currency,amount; --invoices "
                         "FILE takes one for this report only."));
        return;
    }
    struct str text = STR("");
    if (compared)
        text = arena_printf(arena,
                            "Of %s that have charges %zu equal them to the last digit, %zu more "
                            "after the exact sum is rounded half to even to the invoice's "
                            "decimals, and %zu differ.",
                            recon_count(arena, compared, "invoice", "invoices").ptr,
                            tally->of[INVOICE_EQUAL] - tally->rounded, tally->rounded,
                            tally->of[INVOICE_DIFFERS]);
    text = add_count(arena, text, tally->of[INVOICE_NO_CHARGES], "invoice without charges",
                     "invoices without charges");
    text = add_count(arena, text, tally->of[INVOICE_WITHOUT], "group of charges without invoice",
                     "groups of charges without invoice");
    text = add_count(arena, text, tally->of[INVOICE_VOIDED], "voided invoice, not counted",
                     "voided invoices, not counted");
    section_text(section, ITEM_PARAGRAPH, text);
    if (context->filter.len)
        section_text(section, ITEM_PARAGRAPH,
                     STR("This report is filtered: invoices are whole, their charges may not be."));
}

/* "2026-10 account 1 of Microsoft (azure/1 8.55 EUR, extra 5.30 EUR)" */
static enum gr_status say_shared(const struct report_context *context, struct date_range months,
                                 struct section_builder *section, struct gr_err *err)
{
    struct arena *arena = context->arena;
    struct recon_shared_list shared;
    GR_TRY(recon_shared_read(context, months, &shared, err));
    struct str text = STR("");
    for (size_t i = 0; i < shared.count && i < SHARED_SAID; i++) {
        const struct recon_shared *one = &shared.items[i];
        const struct str parts[] = {text,       i ? STR("; ") : STR(""),
                                    one->month, STR(" "),
                                    one->whose, STR(" ("),
                                    one->sums,  STR(")")};
        text = arena_join(arena, parts, COUNT(parts), STR(""));
    }
    if (!shared.count)
        return GR_OK;
    struct str more = shared.count > SHARED_SAID
                          ? arena_printf(arena, "; and %zu more", shared.count - SHARED_SAID)
                          : STR("");
    const struct str parts[] = {STR("Billed from several sources: "), text, more,
                                STR(". If they are one bill, it is counted twice; `gpureport "
                                    "imports drop --source NAME` takes one out.")};
    text = arena_join(arena, parts, COUNT(parts), STR(""));
    section_text(section, ITEM_PARAGRAPH, text);
    recon_notice(context, arena_join(arena, (const struct str[]){STR("reconciliation: "), text}, 2,
                                     STR("")));
    return GR_OK;
}

static void notice_differences(const struct report_context *context,
                               const struct invoice_match *match, const struct tally *tally)
{
    struct arena *arena = context->arena;
    size_t said = 0, all = tally->of[INVOICE_DIFFERS] + tally->of[INVOICE_NO_CHARGES];
    for (size_t i = 0; i < match->line_count && said < DIFFERENCES_SAID; i++) {
        const struct invoice_line *line = &match->lines[i];
        char month[8];
        month_format(line->month, month);
        if (line->status != INVOICE_DIFFERS && line->status != INVOICE_NO_CHARGES)
            continue;
        said++;
        recon_notice(context,
                     arena_printf(arena,
                                  "reconciliation: %.*s %.*s invoice %.*s of %s %s: billed "
                                  "%.*s, invoiced %.*s, difference %.*s",
                                  STR_ARG(shown(line->provider, "(none)")),
                                  STR_ARG(shown(line->account, "(all)")),
                                  STR_ARG(shown(line->invoice, "(none)")), month,
                                  invoice_status_name(line->status),
                                  STR_ARG(recon_amount(arena, line->billed, line->currency)),
                                  STR_ARG(recon_amount(arena, line->amount, line->currency)),
                                  STR_ARG(recon_amount(arena, line->difference, line->currency))));
    }
    if (all > said)
        recon_notice(context,
                     arena_printf(arena, "reconciliation: %zu more invoices differ", all - said));
}

enum gr_status block_recon_invoices(const struct report_context *context,
                                    struct section_builder *section, struct gr_err *err)
{
    struct invoice_match match;
    struct invoice_reasons reasons;
    GR_TRY(invoice_match_read(context, recon_months(context), &match, err));
    GR_TRY(invoice_reasons_find(context, &match, &reasons, err));
    struct tally tally = count_lines(&match);
    GR_TRY(add_lines(context, &match, section, err));
    say_outcome(context, &match, &tally, section);
    GR_TRY(say_shared(context, match.months, section, err));
    add_reasons(context, &match, &reasons, section);
    notice_differences(context, &match, &tally);
    return GR_OK;
}
