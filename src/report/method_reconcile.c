/* See method_reconcile.h. Sums are compared exactly; what differs is said, never smoothed. */
#include "report/method_reconcile.h"

#include <string.h>

#include "load/load.h"
#include "report/block_tables.h"
#include "report/report_internal.h"

static const struct block_column delivery_columns[] = {
    {"source",    "Source",        CELL_TEXT,  0             },
    {"period",    "Billing month", CELL_TEXT,  0             },
    {"format",    "Format",        CELL_TEXT,  BLOCK_OPTIONAL},
    {"first_day", "From",          CELL_DAY,   BLOCK_OPTIONAL},
    {"last_day",  "To",            CELL_DAY,   BLOCK_OPTIONAL},
    {"rows",      "Rows read",     CELL_COUNT, BLOCK_ADD_UP  },
    {"stored",    "Stored",        CELL_COUNT, BLOCK_ADD_UP  },
    {"rejected",  "Rejected",      CELL_COUNT, BLOCK_ADD_UP  },
    {"skipped",   "Skipped",       CELL_COUNT, BLOCK_ADD_UP  },
};
static const struct block_column reconciliation_columns[] = {
    {"source",        "Source",         CELL_TEXT,  0                            },
    {"period",        "Billing month",  CELL_TEXT,  0                            },
    {"currency",      "Currency",       CELL_TEXT,  0                            },
    {"records",       "Charge rows",    CELL_COUNT, BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"ledger_billed", "Billed, ledger", CELL_MONEY, BLOCK_ADD_UP                 },
    {"rollup_billed", "Billed, rollup", CELL_MONEY, BLOCK_ADD_UP                 },
    {"difference",    "Difference",     CELL_MONEY, BLOCK_ADD_UP                 },
    {"status",        "Status",         CELL_TEXT,  0                            },
};
static const struct block_column bridge_columns[] = {
    {"currency",      "Currency",               CELL_TEXT,  0},
    {"months_billed", "Billed in these months", CELL_MONEY, 0},
    {"outside",       "Charged on other days",  CELL_MONEY, 0},
    {"inside",        "Charged in the period",  CELL_MONEY, 0},
    {"reported",      "Reported",               CELL_MONEY, 0},
    {"difference",    "Difference",             CELL_MONEY, 0},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { CURRENCIES_MAX = 256 /* ISO 4217 has fewer */ };

/* ---- which deliveries ---- */

static bool ranges_touch(struct date_range a, struct date_range b)
{
    return a.first.since_1970 < b.end.since_1970 && b.first.since_1970 < a.end.since_1970;
}

/* The billing month of a delivery; of its first day when the period is no month. */
static struct date_range delivery_month(const struct store_delivery *delivery)
{
    struct date_range month;
    if (month_read(delivery->period, &month))
        return month;
    struct day first = month_first(delivery->first_day);
    return (struct date_range){first, month_add(first, 1)};
}

static bool delivery_touches(const struct report_context *context,
                             const struct store_delivery *delivery)
{
    if (context->by_billing)
        return ranges_touch(delivery_month(delivery), context->days);
    if (delivery->first_moment == MOMENT_NONE)
        return false;
    struct date_range days = {delivery->first_day, day_add(delivery->last_day, 1)};
    if (context->zone) /* the ledger's days are UTC: a zone's lie within a day of them */
        days = (struct date_range){day_add(days.first, -1), day_add(days.end, 1)};
    return ranges_touch(days, context->days);
}

enum gr_status method_deliveries(const struct report_context *context,
                                 struct store_delivery_list *out, struct gr_err *err)
{
    struct store_delivery_list all;
    GR_TRY(store_delivery_find(context->store, context->arena, DATASET_COUNT, STR_NONE, STR_NONE,
                               &all, err));
    *out = (struct store_delivery_list){0};
    out->items = arena_alloc(context->arena, (all.count + 1) * sizeof *out->items);
    for (size_t i = 0; i < all.count; i++) {
        bool wanted = delivery_touches(context, &all.items[i]);
        for (size_t j = 0; j < all.count && !wanted; j++)
            wanted = all.items[i].dataset == DATASET_COST && all.items[j].dataset == DATASET_COST &&
                     str_equal(all.items[i].period, all.items[j].period) &&
                     delivery_touches(context, &all.items[j]);
        if (wanted)
            out->items[out->count++] = all.items[i];
    }
    return GR_OK;
}

static void add_delivery_table(const struct report_context *context,
                               const struct store_delivery_list *deliveries,
                               struct section_builder *section, struct table_builder *table)
{
    *table = block_table(context->arena, "deliveries", STR("Deliveries of bills"), delivery_columns,
                         COUNT(delivery_columns));
    table->table->empty_text = STR("No bill covers this period.");
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct store_delivery *d = &deliveries->items[i];
        if (d->dataset != DATASET_COST)
            continue;
        struct report_cell *cells = table_row(table, ROW_DATA);
        bool days = d->first_moment != MOMENT_NONE;
        cells[0] = cell_text(d->source);
        cells[1] = cell_text(d->period);
        cells[2] = cell_text(d->format);
        cells[3] = days ? cell_day(d->first_day) : cell_na();
        cells[4] = days ? cell_day(d->last_day) : cell_na();
        cells[5] = cell_count((int64_t)d->rows);
        cells[6] = cell_count((int64_t)d->stored);
        cells[7] = cell_count((int64_t)d->rejected);
        cells[8] = cell_count((int64_t)d->skipped);
    }
    section_table(section, table->table);
}

/* ---- ledger against rollup ---- */

/* One (billing month, source, currency). */
struct match {
    struct str period, source, currency;
    bool in_ledger, in_rollup;
    int64_t ledger_rows, rollup_rows;
    struct decimal ledger, rollup;
};

struct matches {
    struct arena *arena;
    struct match *items;
    size_t count, capacity;
};

static struct match *match_of(struct matches *m, struct str period, struct str source,
                              struct str currency)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_equal(m->items[i].period, period) && str_equal(m->items[i].source, source) &&
            str_equal(m->items[i].currency, currency))
            return &m->items[i];
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? m->capacity * 2 : 32;
        struct match *grown = arena_alloc(m->arena, m->capacity * sizeof *grown);
        if (m->count)
            memcpy(grown, m->items, m->count * sizeof *grown);
        m->items = grown;
    }
    m->items[m->count] = (struct match){
        .period = period, .source = arena_str(m->arena, source), .currency = currency};
    return &m->items[m->count++];
}

static struct str currency_shown(struct str currency)
{
    return currency.len ? currency : STR("(none)");
}

static enum gr_status match_ledger(struct matches *m, const struct store_delivery *delivery,
                                   struct gr_err *err)
{
    for (size_t i = 0; i < delivery->money_count; i++) {
        const struct store_money *money = &delivery->money[i];
        struct match *match =
            match_of(m, delivery->period, delivery->source, currency_shown(money->currency));
        match->in_ledger = true;
        match->ledger_rows += money->rows;
        GR_TRY(decimal_add(match->ledger, money->sums[0], &match->ledger, err));
    }
    return GR_OK;
}

static bool is_no_value(struct str reported)
{
    return !reported.len || str_is(reported, "(none)") || str_is(reported, "(empty)");
}

/* The name that load/ gives a source of this provider and account. */
static struct str source_name(struct arena *arena, struct str provider, struct str account)
{
    return load_bill_source(arena, is_no_value(provider) ? STR_NONE : provider,
                            is_no_value(account) ? STR_NONE : account);
}

static enum gr_status match_rollup_rows(struct matches *m, struct sql_query *query,
                                        struct str period, struct gr_err *err)
{
    for (bool row;;) {
        struct decimal billed;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        struct str provider = arena_str(m->arena, sql_column_text(query, 0));
        struct str account = arena_str(m->arena, sql_column_text(query, 1));
        struct str currency = arena_str(m->arena, sql_column_text(query, 2));
        GR_TRY(sql_column_decimal(query, 3, &billed, err));
        struct match *match =
            match_of(m, period, source_name(m->arena, provider, account), currency_shown(currency));
        match->in_rollup = true;
        match->rollup_rows += sql_column_int(query, 4);
        GR_TRY(decimal_add(match->rollup, billed, &match->rollup, err));
    }
}

static enum gr_status bind_days(struct sql_query *query, struct date_range days, struct gr_err *err)
{
    char first[11], end[11];
    day_format(days.first, first);
    day_format(days.end, end);
    GR_TRY(sql_bind(query, "from", str_from(first), err));
    return sql_bind(query, "to", str_from(end), err);
}

static enum gr_status match_rollup(const struct report_context *context, struct matches *m,
                                   const struct store_delivery *delivery, struct gr_err *err)
{
    struct sql_query *query;
    GR_TRY(sql_query_named(context->sql, "reconciliation", &query, err));
    enum gr_status status = bind_days(query, delivery_month(delivery), err);
    if (!status)
        status = match_rollup_rows(m, query, delivery->period, err);
    sql_query_close(query);
    return status;
}

/* A source named by hand does not tell which accounts it holds: then the currency of that month is
 * reconciled in one line for all sources. */
static enum gr_status pool_unmatched(struct matches *m, struct gr_err *err)
{
    struct matches pooled = {.arena = m->arena};
    for (size_t i = 0; i < m->count; i++) {
        bool lone = false;
        for (size_t j = 0; j < m->count; j++)
            lone = lone || (str_equal(m->items[i].period, m->items[j].period) &&
                            str_equal(m->items[i].currency, m->items[j].currency) &&
                            m->items[j].in_ledger != m->items[j].in_rollup);
        const struct match *from = &m->items[i];
        struct match *to = match_of(&pooled, from->period,
                                    lone ? STR("(all sources)") : from->source, from->currency);
        to->ledger_rows += from->ledger_rows;
        to->rollup_rows += from->rollup_rows;
        GR_TRY(decimal_add(to->ledger, from->ledger, &to->ledger, err));
        GR_TRY(decimal_add(to->rollup, from->rollup, &to->rollup, err));
    }
    *m = pooled;
    return GR_OK;
}

/* Each billing month once: whether this is its first delivery of bills. */
static bool is_first_of_month(const struct store_delivery_list *deliveries, size_t at)
{
    if (deliveries->items[at].dataset != DATASET_COST)
        return false;
    for (size_t i = 0; i < at; i++)
        if (deliveries->items[i].dataset == DATASET_COST &&
            str_equal(deliveries->items[i].period, deliveries->items[at].period))
            return false;
    return true;
}

static enum gr_status match_all(const struct report_context *context,
                                const struct store_delivery_list *deliveries, struct matches *m,
                                struct gr_err *err)
{
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct store_delivery *d = &deliveries->items[i];
        if (is_first_of_month(deliveries, i))
            GR_TRY(match_rollup(context, m, d, err));
        if (d->dataset == DATASET_COST)
            GR_TRY(match_ledger(m, d, err));
    }
    return pool_unmatched(m, err);
}

static enum gr_status add_match_table(const struct report_context *context, const struct matches *m,
                                      struct section_builder *section, size_t *different,
                                      struct gr_err *err)
{
    struct table_builder table =
        block_table(context->arena, "reconciliation", STR("Billed sums: ledger against rollup"),
                    reconciliation_columns, COUNT(reconciliation_columns));
    table.table->empty_text = STR("No bill covers this period.");
    *different = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct match *match = &m->items[i];
        struct decimal difference;
        GR_TRY(decimal_sub(match->rollup, match->ledger, &difference, err));
        bool equal = decimal_is_zero(difference) && match->ledger_rows == match->rollup_rows;
        *different += !equal;
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(match->source);
        cells[1] = cell_text(match->period);
        cells[2] = cell_text(match->currency);
        cells[3] = cell_count(match->rollup_rows);
        cells[4] = cell_money(match->ledger, match->currency);
        cells[5] = cell_money(match->rollup, match->currency);
        cells[6] = cell_money(difference, match->currency);
        cells[7] = cell_text(equal ? STR("equal") : STR("differs"));
    }
    GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}

/* ---- from billing months to charge days ---- */

/* One currency. */
struct bridge {
    struct str currency;
    struct decimal inside, outside, reported;
};

struct bridges {
    struct arena *arena;
    struct bridge items[CURRENCIES_MAX];
    size_t count;
};

static enum gr_status bridge_of(struct bridges *b, struct str currency, struct bridge **out,
                                struct gr_err *err)
{
    for (size_t i = 0; i < b->count; i++)
        if (str_equal(b->items[i].currency, currency)) {
            *out = &b->items[i];
            return GR_OK;
        }
    if (b->count == CURRENCIES_MAX)
        return gr_fail(err, GR_EDATA, "more than %d currencies in one report", CURRENCIES_MAX);
    *out = &b->items[b->count++];
    **out = (struct bridge){.currency = arena_str(b->arena, currency)};
    return GR_OK;
}

static enum gr_status read_month_bridge(struct bridges *b, struct sql_query *query,
                                        struct gr_err *err)
{
    for (bool row;;) {
        struct bridge *bridge;
        struct decimal inside, outside;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        GR_TRY(bridge_of(b, sql_column_text(query, 0), &bridge, err));
        GR_TRY(sql_column_decimal(query, 1, &inside, err));
        GR_TRY(sql_column_decimal(query, 2, &outside, err));
        GR_TRY(decimal_add(bridge->inside, inside, &bridge->inside, err));
        GR_TRY(decimal_add(bridge->outside, outside, &bridge->outside, err));
    }
}

static enum gr_status bridge_month(const struct report_context *context, struct bridges *b,
                                   struct date_range month, struct gr_err *err)
{
    char first[11], end[11];
    struct sql_query *query;
    day_format(context->days.first, first);
    day_format(context->days.end, end);
    GR_TRY(sql_query_named(context->sql, "reconciliation-days", &query, err));
    enum gr_status status = bind_days(query, month, err);
    if (!status)
        status = sql_bind(query, "first", str_from(first), err);
    if (!status)
        status = sql_bind(query, "end", str_from(end), err);
    if (!status)
        status = read_month_bridge(b, query, err);
    sql_query_close(query);
    return status;
}

static enum gr_status read_reported(struct bridges *b, struct sql_query *query, struct gr_err *err)
{
    for (bool row;;) {
        struct bridge *bridge;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        GR_TRY(bridge_of(b, sql_column_text(query, 0), &bridge, err));
        GR_TRY(sql_column_decimal(query, 1, &bridge->reported, err));
    }
}

static enum gr_status bridge_reported(const struct report_context *context, struct bridges *b,
                                      struct gr_err *err)
{
    struct sql_query *query;
    GR_TRY(sql_query_named(context->sql, "period-billed", &query, err));
    enum gr_status status = bind_days(query, context->days, err);
    if (!status)
        status = read_reported(b, query, err);
    sql_query_close(query);
    return status;
}

/* Every charge of the period is in a delivery that touches it, so the bridge must end at 0. */
static enum gr_status add_bridge(const struct report_context *context,
                                 const struct store_delivery_list *deliveries,
                                 struct section_builder *section, struct gr_err *err)
{
    struct bridges *b = arena_alloc_zeroed(context->arena, 1, sizeof *b);
    b->arena = context->arena;
    for (size_t i = 0; i < deliveries->count; i++)
        if (is_first_of_month(deliveries, i))
            GR_TRY(bridge_month(context, b, delivery_month(&deliveries->items[i]), err));
    GR_TRY(bridge_reported(context, b, err));
    struct table_builder table = block_table(context->arena, "bridge",
                                             STR("From billing months to this period, billed cost "
                                                 "before filters"),
                                             bridge_columns, COUNT(bridge_columns));
    table.table->empty_text = STR("No bill covers this period.");
    for (size_t i = 0; i < b->count; i++) {
        const struct bridge *bridge = &b->items[i];
        struct decimal months, difference;
        GR_TRY(decimal_add(bridge->inside, bridge->outside, &months, err));
        GR_TRY(decimal_sub(bridge->reported, bridge->inside, &difference, err));
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(currency_shown(bridge->currency));
        cells[1] = cell_money(months, bridge->currency);
        cells[2] = cell_money(bridge->outside, bridge->currency);
        cells[3] = cell_money(bridge->inside, bridge->currency);
        cells[4] = cell_money(bridge->reported, bridge->currency);
        cells[5] = cell_money(difference, bridge->currency);
    }
    section_table(section, table.table);
    return GR_OK;
}

enum gr_status method_add_reconciliation(const struct report_context *context,
                                         const struct store_delivery_list *deliveries,
                                         struct section_builder *section, struct gr_err *err)
{
    struct matches m = {.arena = context->arena};
    struct table_builder delivery_table;
    size_t different;
    GR_TRY(match_all(context, deliveries, &m, err));
    GR_TRY(add_match_table(context, &m, section, &different, err));
    if (different)
        section_text(section, ITEM_PARAGRAPH,
                     arena_printf(context->arena,
                                  "%zu of %zu lines differ: `gpureport check` says what is wrong.",
                                  different, m.count));
    else if (m.count)
        section_text(section, ITEM_PARAGRAPH,
                     arena_printf(context->arena,
                                  "Rows and billed sums that were read equal those that are "
                                  "reported, to the last digit, in %zu of %zu lines. Whole billing "
                                  "months without filters are compared.",
                                  m.count, m.count));
    if (!context->by_billing)
        GR_TRY(add_bridge(context, deliveries, section, err));
    add_delivery_table(context, deliveries, section, &delivery_table);
    return report_add_totals(&delivery_table, err);
}
