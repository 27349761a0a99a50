/* See fx.h. */
#include "report/fx.h"

#include <stdlib.h>

#include "ingest/table.h"
#include "report/cells.h"
#include "report/input_file.h"

enum fx_column { FX_MONTH, FX_FROM, FX_TO, FX_RATE, FX_COLUMNS };
enum { FX_RATES_SHOWN = 12, FX_CURRENCY_MAX = 16 };

static enum gr_status read_currency(const struct ingest_table *table, size_t row, int column,
                                    struct str *out, struct gr_err *err)
{
    *out = ingest_table_cell(table, row, column);
    if (out->len == 0 || out->len > FX_CURRENCY_MAX || memchr(out->ptr, ' ', out->len))
        return ingest_table_fail(table, row, column, "is not a currency such as USD", err);
    return GR_OK;
}

static enum gr_status read_rate(const struct ingest_table *table, size_t row,
                                const struct ingest_table_want *wants, struct conversion_rate *out,
                                struct gr_err *err)
{
    struct date_range month;
    int at = wants[FX_MONTH].column, rate = wants[FX_RATE].column;
    if (!month_read(ingest_table_cell(table, row, at), &month))
        return ingest_table_fail(table, row, at, "is not a month such as 2026-10", err);
    *out = (struct conversion_rate){.month = month.first, .line = ingest_table_line(table, row)};
    GR_TRY(read_currency(table, row, wants[FX_FROM].column, &out->from, err));
    GR_TRY(read_currency(table, row, wants[FX_TO].column, &out->to, err));
    if (decimal_read(ingest_table_cell(table, row, rate), &out->rate) != DECIMAL_READ_OK ||
        decimal_sign(out->rate) <= 0)
        return ingest_table_fail(table, row, rate, "is not a rate above 0", err);
    if (str_equal(out->from, out->to) && decimal_compare(out->rate, decimal_from_int(1)) != 0)
        return ingest_table_fail(table, row, rate, "is not 1, the rate of a currency to itself",
                                 err);
    return GR_OK;
}

static int compare_rates(const void *a, const void *b)
{
    const struct conversion_rate *x = a, *y = b;
    int order = conversion_compare(x, y);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* Sorted, and one a month and pair. The same rate twice says nothing new. */
static enum gr_status make_unique(const char *file, struct conversion *conversion,
                                  struct gr_err *err)
{
    struct conversion_rate *rates = conversion->rates;
    size_t kept = 0;
    qsort(rates, conversion->count, sizeof *rates, compare_rates);
    for (size_t i = 0; i < conversion->count; i++) {
        if (!kept || conversion_compare(&rates[kept - 1], &rates[i]) != 0) {
            rates[kept++] = rates[i];
            continue;
        }
        if (decimal_compare(rates[kept - 1].rate, rates[i].rate) == 0)
            continue;
        char month[8];
        month_format(rates[i].month, month);
        return gr_fail(err, GR_EDATA,
                       "%s: line %llu: a rate of %s from %.*s to %.*s stands in line %llu already, "
                       "and it is another one",
                       file, (unsigned long long)rates[i].line, month, STR_ARG(rates[i].from),
                       STR_ARG(rates[i].to), (unsigned long long)rates[kept - 1].line);
    }
    conversion->count = kept;
    return GR_OK;
}

static enum gr_status read_input(struct arena *arena, const struct input_file *file,
                                 struct str target, struct conversion *out, struct gr_err *err)
{
    struct ingest_table table;
    struct ingest_table_want wants[FX_COLUMNS] = {
        [FX_MONTH] = {"month", true, -1},
        [FX_FROM] = {"from",  true, -1},
        [FX_TO] = {"to",    true, -1},
        [FX_RATE] = {"rate",  true, -1}
    };
    GR_TRY(ingest_table_read_text(arena, file->path, file->text, &table, err));
    GR_TRY(ingest_table_match(&table, wants, FX_COLUMNS, err));
    *out = (struct conversion){.file = file->path,
                               .sha256 = file->sha256,
                               .target = arena_str(arena, target),
                               .count = table.row_count};
    out->rates = arena_alloc_zeroed(arena, table.row_count + 1, sizeof *out->rates);
    for (size_t row = 0; row < table.row_count; row++)
        GR_TRY(read_rate(&table, row, wants, &out->rates[row], err));
    return make_unique(file->path, out, err);
}

enum gr_status fx_read(struct arena *arena, const char *path, struct str target,
                       struct conversion *out, struct gr_err *err)
{
    struct input_file file;
    GR_TRY(input_file_read(arena, path, &file, err));
    return read_input(arena, &file, target, out, err);
}

enum gr_status fx_read_text(struct arena *arena, const char *name, struct str text,
                            struct str target, struct conversion *out, struct gr_err *err)
{
    struct input_file file;
    input_file_of_text(arena, name, text, &file);
    return read_input(arena, &file, target, out, err);
}

/* ---- in words ---- */

static struct str number(struct arena *arena, struct decimal value)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format(value, 0, &text);
    struct str kept = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return kept;
}

static const struct conversion_rate **rates_used(struct arena *arena, const struct conversion *c,
                                                 size_t *count)
{
    const struct conversion_rate **used =
        arena_alloc(arena, (c->count + 1) * sizeof(struct conversion_rate *));
    *count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->rates[i].used)
            used[(*count)++] = &c->rates[i];
    return used;
}

static struct str rates_text(struct arena *arena, const struct conversion *c)
{
    size_t count;
    const struct conversion_rate **used = rates_used(arena, c, &count);
    if (!count)
        return STR("no rate was needed");
    if (count > FX_RATES_SHOWN)
        return arena_printf(arena, "%zu rates", count);
    struct str *parts = arena_alloc(arena, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        char month[8];
        month_format(used[i]->month, month);
        parts[i] = arena_printf(arena, "%s 1 %.*s = %.*s %.*s", month, STR_ARG(used[i]->from),
                                STR_ARG(number(arena, used[i]->rate)), STR_ARG(used[i]->to));
    }
    return arena_join(arena, parts, count, STR(", "));
}

struct str fx_note(const struct report_context *context)
{
    struct arena *arena = context->arena;
    const struct conversion *c = context->conversion;
    const struct str parts[] = {
        STR("Converted to "),
        c->target,
        context->by_billing ? STR(" by billing month with ") : STR(" by charge month with "),
        str_from(c->file),
        arena_printf(arena, " (sha256 %.*s): ", STR_ARG(c->sha256)),
        rates_text(arena, c),
        STR("."),
    };
    return arena_join(arena, parts, sizeof parts / sizeof *parts, STR(""));
}

struct str fx_json(const struct report_context *context)
{
    struct arena *arena = context->arena;
    const struct conversion *c = context->conversion;
    size_t count;
    const struct conversion_rate **used = rates_used(arena, c, &count);
    struct str *parts = arena_alloc(arena, (count + 1) * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        char month[8];
        month_format(used[i]->month, month);
        struct str from = json_quoted(arena, used[i]->from);
        parts[i] = arena_printf(arena, "{\"month\":\"%s\",\"from\":%s,\"rate\":%.*s}", month,
                                from.ptr, STR_ARG(number(arena, used[i]->rate)));
    }
    const struct str all[] = {STR("\"conversion\":{\"to\":"),
                              json_quoted(arena, c->target),
                              STR(",\"file\":"),
                              json_quoted(arena, str_from(c->file)),
                              STR(",\"sha256\":"),
                              json_quoted(arena, c->sha256),
                              STR(",\"rates\":["),
                              arena_join(arena, parts, count, STR(",")),
                              STR("]}")};
    return arena_join(arena, all, sizeof all / sizeof *all, STR(""));
}
