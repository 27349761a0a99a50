/* See recon.h. */
#include "report/recon.h"

#include <string.h>

/* ---- cells ---- */

static const char *const query_names[] = {[RECON_COSTS] = "charges",
                                          [RECON_QUANTITIES] = "charge-quantities",
                                          [RECON_ROWS] = "charge-rows"};

static enum gr_status bind_question(const struct report_context *context,
                                    const struct recon_question *question, struct sql_query *query,
                                    struct gr_err *err)
{
    char first[11], end[11];
    day_format(question->days.first, first);
    day_format(question->days.end, end);
    struct str filter = question->unfiltered ? STR_NONE : context->filter;
    if (question->filter.len)
        filter = arena_join(context->arena, (const struct str[]){question->filter, filter},
                            filter.len ? 2 : 1, STR("\n"));
    GR_TRY(sql_bind(query, "dimensions", str_from(question->dimensions), err));
    GR_TRY(sql_bind(query, "from", str_from(first), err));
    GR_TRY(sql_bind(query, "to", str_from(end), err));
    GR_TRY(sql_bind(query, "filter", filter, err));
    return sql_bind(query, "basis", question->by_billing ? STR("billing") : STR("charge"), err);
}

static enum gr_status read_cell(const struct report_context *context, enum recon_measures measures,
                                struct sql_query *query, struct recon_cell *cell,
                                struct gr_err *err)
{
    *cell = (struct recon_cell){.rows = sql_column_int(query, RECON_KEYS + 1)};
    for (int i = 0; i < RECON_KEYS; i++)
        cell->keys[i] = arena_str(context->arena, sql_column_text(query, i));
    cell->currency = arena_str(context->arena, sql_column_text(query, RECON_KEYS));
    if (!cell->currency.ptr)
        cell->currency = STR("");
    if (measures == RECON_ROWS)
        return GR_OK;
    GR_TRY(sql_column_decimal(query, 6, &cell->billed, err));
    if (measures == RECON_QUANTITIES)
        return sql_column_decimal(query, 7, &cell->quantity, err);
    GR_TRY(sql_column_decimal(query, 7, &cell->effective, err));
    GR_TRY(sql_column_decimal(query, 8, &cell->list, err));
    return sql_column_decimal(query, 9, &cell->contracted, err);
}

static enum gr_status read_cells(const struct report_context *context, enum recon_measures measures,
                                 struct sql_query *query, struct recon_cells *out,
                                 struct gr_err *err)
{
    size_t capacity = 0;
    *out = (struct recon_cells){0};
    for (bool row;;) {
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        out->items =
            recon_grow(context->arena, out->items, out->count, &capacity, sizeof *out->items);
        GR_TRY(read_cell(context, measures, query, &out->items[out->count], err));
        out->count++;
    }
}

enum gr_status recon_cells_read(const struct report_context *context,
                                const struct recon_question *question, struct recon_cells *out,
                                struct gr_err *err)
{
    struct sql_query *query = NULL;
    GR_TRY(sql_query_named(context->sql, query_names[question->measures], &query, err));
    enum gr_status status = bind_question(context, question, query, err);
    if (!status)
        status = read_cells(context, question->measures, query, out, err);
    sql_query_close(query);
    return status;
}

enum gr_status recon_cell_add(struct recon_cell *to, const struct recon_cell *from,
                              struct gr_err *err)
{
    to->rows += from->rows;
    GR_TRY(decimal_add(to->billed, from->billed, &to->billed, err));
    GR_TRY(decimal_add(to->effective, from->effective, &to->effective, err));
    GR_TRY(decimal_add(to->list, from->list, &to->list, err));
    GR_TRY(decimal_add(to->contracted, from->contracted, &to->contracted, err));
    return decimal_add(to->quantity, from->quantity, &to->quantity, err);
}

enum gr_status recon_cells_before_credits(const struct report_context *context,
                                          const struct recon_question *question,
                                          struct recon_cells *out, struct gr_err *err)
{
    struct recon_question before = *question;
    const struct str lines[] = {STR("charge_category!=Credit"), question->filter};
    before.filter = arena_join(context->arena, lines, question->filter.len ? 2 : 1, STR("\n"));
    return recon_cells_read(context, &before, out, err);
}

int recon_compare_cells(const struct recon_cell *a, const struct recon_cell *b)
{
    int order = 0;
    for (int i = 0; i < RECON_KEYS && !order; i++)
        order = str_compare(a->keys[i], b->keys[i]);
    return order ? order : str_compare(a->currency, b->currency);
}

const struct recon_cell *recon_cell_like(const struct recon_cells *cells,
                                         const struct recon_cell *cell)
{
    size_t low = 0, high = cells->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = recon_compare_cells(&cells->items[middle], cell);
        if (order == 0)
            return &cells->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- months ---- */

struct date_range recon_all_days(void)
{
    return (struct date_range){day_from_ymd(1, 1, 1), day_from_ymd(9999, 12, 31)};
}

struct date_range recon_month_of(struct day day)
{
    struct day first = month_first(day);
    return (struct date_range){first, month_add(first, 1)};
}

struct date_range recon_months(const struct report_context *context)
{
    struct date_range days = context->days;
    struct date_range last = recon_month_of(day_add(days.end, -1));
    struct day earliest = month_add(last.first, 1 - RECON_MONTHS_MAX);
    struct day first = month_first(days.first);
    return (struct date_range){first.since_1970 < earliest.since_1970 ? earliest : first, last.end};
}

struct str recon_months_name(const struct report_context *context)
{
    return report_period_name(context->arena, recon_months(context));
}

/* ---- words ---- */

struct str recon_value(struct str reported)
{
    bool absent = !reported.len || str_is(reported, "(none)") || str_is(reported, "(empty)");
    return absent ? STR_NONE : reported;
}

struct str recon_last_part(struct str account)
{
    for (size_t i = account.len; i > 0; i--)
        if (account.ptr[i - 1] == '/')
            return (struct str){account.ptr + i, account.len - i};
    return account;
}

bool recon_same(struct str a, struct str b)
{
    return str_equal_nocase(a.ptr ? a : STR(""), b.ptr ? b : STR(""));
}

struct str recon_amount(struct arena *arena, struct decimal amount, struct str currency)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format(amount, currency_minor_digits(currency), &text);
    if (currency.len) {
        strbuf_append_char(&text, ' ');
        strbuf_append(&text, currency.len > 64 ? (struct str){currency.ptr, 64} : currency);
    }
    struct str result = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return result;
}

struct str recon_count(struct arena *arena, uint64_t count, const char *one, const char *many)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format_fixed(decimal_from_int((int64_t)count), 0, ',', &text);
    strbuf_printf(&text, " %s", count == 1 ? one : many);
    struct str result = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return result;
}

void recon_notice(const struct report_context *context, struct str text)
{
    struct report_notices *notices = context->notices;
    if (notices && notices->count < REPORT_NOTICES_MAX)
        notices->items[notices->count++] = text;
}

void *recon_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 32;
    void *grown = arena_alloc(arena, *capacity * size);
    if (count)
        memcpy(grown, items, count * size);
    return grown;
}
