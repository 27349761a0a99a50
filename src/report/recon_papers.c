/* The invoices of the store and of a file; see recon_invoices.h. */
#include "report/recon_invoices.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/ingest.h"
#include "load/load.h"

enum paper_cell {
    CELL_OF_AMOUNT,
    CELL_OF_CURRENCY,
    CELL_OF_ACCOUNT,
    CELL_OF_ID,
    CELL_OF_ISSUER,
    CELL_OF_STATUS,
    CELL_OF_MONTH,
    PAPER_CELLS
};
static const int paper_columns[PAPER_CELLS] = {
    [CELL_OF_AMOUNT] = INVOICE_BilledCost,        [CELL_OF_CURRENCY] = INVOICE_BillingCurrency,
    [CELL_OF_ACCOUNT] = INVOICE_BillingAccountId, [CELL_OF_ID] = INVOICE_InvoiceId,
    [CELL_OF_ISSUER] = INVOICE_InvoiceIssuerName, [CELL_OF_STATUS] = INVOICE_InvoiceIssueStatus,
    [CELL_OF_MONTH] = INVOICE_BillingPeriodStart,
};

/* ---- adding lines up ---- */

static struct str kept(struct arena *arena, struct str text)
{
    return text.len ? arena_str(arena, str_trim(text)) : STR_NONE;
}

static enum gr_status add_line(struct invoice_papers *papers, struct invoice_paper line,
                               struct gr_err *err)
{
    line.lines = 1;
    line.scale = decimal_normal(line.amount).scale;
    papers->items = recon_grow(papers->arena, papers->items, papers->count, &papers->capacity,
                               sizeof *papers->items);
    papers->items[papers->count++] = line;
    return papers->count > UINT32_MAX ? gr_fail(err, GR_EDATA, "too many invoice lines") : GR_OK;
}

static int compare_keys(const struct invoice_paper *a, const struct invoice_paper *b)
{
    int order = str_compare(a->slug, b->slug);
    order = order ? order : str_compare(a->account, b->account);
    order = order ? order : str_compare(a->id, b->id);
    order = order ? order
                  : (a->month.since_1970 > b->month.since_1970) -
                        (a->month.since_1970 < b->month.since_1970);
    return order;
}

static int compare_papers(const void *x, const void *y)
{
    const struct invoice_paper *a = x, *b = y;
    int order = compare_keys(a, b);
    order = order ? order : b->from_file - a->from_file; /* those of the file come first */
    return order ? order : str_compare(a->currency, b->currency);
}

/* Lines of a voided invoice beside valid ones of the same id do not count. */
static enum gr_status join_line(struct invoice_paper *into, const struct invoice_paper *line,
                                struct gr_err *err)
{
    if (line->voided && !into->voided)
        return GR_OK;
    if (into->voided && !line->voided) {
        *into = *line;
        return GR_OK;
    }
    into->lines += line->lines;
    if (line->scale > into->scale)
        into->scale = line->scale;
    if (decimal_add(into->amount, line->amount, &into->amount, err))
        return gr_wrap(err, "the lines of invoice %.*s", STR_ARG(into->id));
    return GR_OK;
}

/* Sorted lines -> invoices; what the file has is not taken from the store. */
static enum gr_status join_lines(struct invoice_papers *papers, struct gr_err *err)
{
    size_t kept_count = 0;
    if (papers->count)
        qsort(papers->items, papers->count, sizeof *papers->items, compare_papers);
    for (size_t i = 0; i < papers->count; i++) {
        const struct invoice_paper *line = &papers->items[i];
        struct invoice_paper *last = kept_count ? &papers->items[kept_count - 1] : NULL;
        bool same = last && compare_keys(last, line) == 0;
        if (same && last->from_file && !line->from_file)
            continue;
        if (same && str_equal(last->currency, line->currency))
            GR_TRY(join_line(last, line, err));
        else
            papers->items[kept_count++] = *line;
    }
    papers->count = kept_count;
    return GR_OK;
}

/* ---- of the store ---- */

static enum gr_status read_store(const struct report_context *context, struct store_rows *rows,
                                 struct invoice_papers *papers, struct gr_err *err)
{
    struct arena *arena = context->arena;
    for (bool more;;) {
        GR_TRY(store_rows_next(rows, &more, err));
        if (!more)
            return GR_OK;
        struct invoice_paper line = {
            .issuer = kept(arena, store_rows_text(rows, CELL_OF_ISSUER)),
            .account = kept(arena, store_rows_text(rows, CELL_OF_ACCOUNT)),
            .id = kept(arena, store_rows_text(rows, CELL_OF_ID)),
            .currency = kept(arena, store_rows_text(rows, CELL_OF_CURRENCY)),
            .voided = str_equal_nocase(store_rows_text(rows, CELL_OF_STATUS), STR("Voided")),
            .month = month_first(day_of_moment(store_rows_moment(rows, CELL_OF_MONTH))),
        };
        line.slug = load_provider_slug(arena, line.issuer);
        if (store_rows_decimal(rows, CELL_OF_AMOUNT, &line.amount))
            GR_TRY(add_line(papers, line, err));
    }
}

static enum gr_status papers_of_store(const struct report_context *context,
                                      struct date_range months, struct invoice_papers *papers,
                                      struct gr_err *err)
{
    struct store_rows *rows = NULL;
    struct store_rows_options options = {.dataset = DATASET_INVOICE,
                                         .columns = paper_columns,
                                         .column_count = PAPER_CELLS,
                                         .first_moment = moment_of_day(months.first),
                                         .end_moment = moment_of_day(months.end)};
    GR_TRY(store_rows_open(context->store, &options, &rows, err));
    enum gr_status status = read_store(context, rows, papers, err);
    store_rows_close(rows);
    return status;
}

/* ---- of a file ---- */

struct paper_sink {
    const struct report_context *context;
    struct date_range months;
    struct invoice_papers *papers;
};

static enum gr_status take_batch(void *opaque, struct batch *batch, struct gr_err *err)
{
    const struct paper_sink *sink = opaque;
    struct arena *arena = sink->context->arena;
    if (batch->dataset != DATASET_INVOICE)
        return gr_fail(err, GR_EDATA, "holds no invoices but rows of %s",
                       dataset_name(batch->dataset));
    for (uint32_t row = 0; row < batch->rows; row++) {
        struct invoice_paper line = {
            .issuer = kept(arena, batch_text(batch, INVOICE_InvoiceIssuerName, row)),
            .account = kept(arena, batch_text(batch, INVOICE_BillingAccountId, row)),
            .id = kept(arena, batch_text(batch, INVOICE_InvoiceId, row)),
            .currency = kept(arena, batch_text(batch, INVOICE_BillingCurrency, row)),
            .voided =
                str_equal_nocase(batch_text(batch, INVOICE_InvoiceIssueStatus, row), STR("Voided")),
            .month =
                month_first(day_of_moment(batch_moment(batch, INVOICE_BillingPeriodStart, row))),
            .from_file = true,
        };
        line.slug = load_provider_slug(arena, line.issuer);
        bool inside = line.month.since_1970 >= sink->months.first.since_1970 &&
                      line.month.since_1970 < sink->months.end.since_1970;
        if (inside && batch_decimal(batch, INVOICE_BilledCost, row, &line.amount))
            GR_TRY(add_line(sink->papers, line, err));
    }
    return GR_OK;
}

/* A file that is written by hand must be read whole. */
static enum gr_status refuse_row(void *opaque, const struct ingest_reject *reject,
                                 struct gr_err *err)
{
    (void)opaque;
    if (!reject->column.ptr)
        return gr_fail(err, GR_EDATA, "line %llu: %.*s", (unsigned long long)reject->line,
                       STR_ARG(reject->reason));
    return gr_fail(err, GR_EDATA, "line %llu: column %.*s: \"%.*s\" %.*s",
                   (unsigned long long)reject->line, STR_ARG(reject->column),
                   STR_ARG(reject->value), STR_ARG(reject->reason));
}

static enum gr_status papers_of_file(const struct report_context *context, struct date_range months,
                                     struct invoice_papers *papers, struct gr_err *err)
{
    struct paper_sink inside = {context, months, papers};
    struct ingest_sink sink = {&inside, take_batch, refuse_row};
    struct ingest_options options = {.seen_at = MOMENT_NONE};
    struct ingest_file_facts facts = {0};
    struct ingest_source *source = NULL;
    GR_TRY(ingest_open(context->invoices, &options, &source, err));
    struct batch_texts *texts = batch_texts_open();
    enum gr_status status = ingest_read(source, &options, texts, &sink, &facts, err);
    batch_texts_close(texts);
    ingest_close(source);
    return status;
}

enum gr_status invoice_papers_read(const struct report_context *context, struct date_range months,
                                   struct invoice_papers *out, struct gr_err *err)
{
    *out = (struct invoice_papers){.arena = context->arena};
    GR_TRY(papers_of_store(context, months, out, err));
    if (context->invoices && papers_of_file(context, months, out, err))
        return gr_wrap(err, "--invoices");
    return join_lines(out, err);
}
