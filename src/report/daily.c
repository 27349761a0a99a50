/* Daily spend as exact series, for budgets, forecast and sparklines. Called by the blocks. */
#include <string.h>

#include "load/load.h"
#include "report/blocks.h"

/* (provider, day) pairs that a bill covers: computed usage of the same must not count again. */
struct billed_days {
    struct str *slugs;
    struct day *days;
    size_t count, capacity;
};

static void billed_add(struct arena *arena, struct billed_days *set, struct str slug,
                       struct day day)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 128;
        struct str *slugs = arena_alloc(arena, capacity * sizeof *slugs);
        struct day *days = arena_alloc(arena, capacity * sizeof *days);
        if (set->count) {
            memcpy(slugs, set->slugs, set->count * sizeof *slugs);
            memcpy(days, set->days, set->count * sizeof *days);
        }
        *set = (struct billed_days){slugs, days, set->count, capacity};
    }
    set->slugs[set->count] = slug;
    set->days[set->count++] = day;
}

static bool billed_has(const struct billed_days *set, struct str slug, struct day day)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->days[i].since_1970 == day.since_1970 && str_equal(set->slugs[i], slug))
            return true;
    return false;
}

static struct str join_filters(struct arena *arena, struct str a, struct str b)
{
    if (!a.len || !b.len)
        return a.len ? a : b.len ? b : STR("");
    return arena_join(arena, (const struct str[]){a, b}, 2, STR("\n"));
}

struct daily_question {
    const struct report_context *context;
    const char *query;
    struct str cost, filter, currency;
    struct billed_days *billed; /* cost: filled; ai after cost: asked */
    bool skip_billed;
};

static enum gr_status daily_bind(const struct daily_question *q, struct date_range days,
                                 struct sql_query *query, struct gr_err *err)
{
    char from[11], to[11];
    day_format(days.first, from);
    day_format(days.end, to);
    GR_TRY(sql_bind(query, "from", str_from(from), err));
    GR_TRY(sql_bind(query, "to", str_from(to), err));
    GR_TRY(sql_bind(query, "filter", q->filter, err));
    GR_TRY(sql_bind(query, "currency", q->currency, err));
    if (sql_has_parameter(query, "cost"))
        GR_TRY(sql_bind(query, "cost", q->cost, err));
    return GR_OK;
}

static enum gr_status daily_rows(const struct daily_question *q, struct sql_query *query,
                                 struct daily_spend *out, struct gr_err *err)
{
    struct arena *arena = q->context->arena;
    for (bool row;;) {
        struct day day;
        struct decimal amount;
        GR_TRY(sql_step(query, &row, err));
        if (!row)
            return GR_OK;
        if (!day_read(sql_column_text(query, 0), &day))
            continue;
        struct str slug = load_provider_slug(arena, arena_str(arena, sql_column_text(query, 1)));
        if (q->skip_billed && billed_has(q->billed, slug, day))
            continue;
        if (!q->skip_billed)
            billed_add(arena, q->billed, slug, day);
        GR_TRY(sql_column_decimal(query, 2, &amount, err));
        if (day.since_1970 < out->days.first.since_1970 ||
            day.since_1970 >= out->days.end.since_1970)
            return gr_fail(err, GR_EUSAGE, "query %s: day %.*s lies outside :from and :to",
                           q->query, STR_ARG(sql_column_text(query, 0)));
        size_t at = (size_t)(day.since_1970 - out->days.first.since_1970);
        GR_TRY(decimal_add(out->amounts[at], amount, &out->amounts[at], err));
        GR_TRY(decimal_add(out->total, amount, &out->total, err));
        out->present[at] = true;
    }
}

static enum gr_status daily_query(const struct daily_question *q, struct daily_spend *out,
                                  struct gr_err *err)
{
    struct sql_query *query;
    GR_TRY(sql_query_named(q->context->sql, q->query, &query, err));
    enum gr_status status = daily_bind(q, out->days, query, err);
    if (!status)
        status = daily_rows(q, query, out, err);
    sql_query_close(query);
    return status;
}

enum gr_status report_daily_spend(const struct report_context *context, enum budget_dataset dataset,
                                  struct str cost, struct str extra_filter, struct str currency,
                                  struct date_range days, struct daily_spend *out,
                                  struct gr_err *err)
{
    struct arena *arena = context->arena;
    struct billed_days billed = {0};
    struct daily_question q = {
        .context = context,
        .cost = cost,
        .currency = currency,
        .filter = join_filters(arena, context->filter, extra_filter),
        .billed = &billed,
    };
    size_t count = day_count(days) > 0 ? (size_t)day_count(days) : 0;
    *out = (struct daily_spend){.days = days};
    out->amounts = arena_alloc_zeroed(arena, count + 1, sizeof *out->amounts);
    out->present = arena_alloc_zeroed(arena, count + 1, sizeof *out->present);
    if (dataset != BUDGET_OF_AI) {
        q.query = "daily-spend";
        GR_TRY(daily_query(&q, out, err));
    }
    if (dataset != BUDGET_OF_COST) {
        q.query = "ai-daily-spend";
        q.skip_billed = dataset == BUDGET_OF_ALL;
        GR_TRY(daily_query(&q, out, err));
    }
    return GR_OK;
}

enum gr_status report_main_currency(const struct report_context *context, struct str *out,
                                    struct gr_err *err)
{
    char from[11], to[11];
    day_format(context->days.first, from);
    day_format(context->days.end, to);
    struct sql_query *query;
    *out = STR("");
    GR_TRY(sql_query_text(context->sql, "main currency",
                          STR("SELECT currency FROM rollup('', :from, :to, :filter) "
                              "ORDER BY row_count DESC, currency LIMIT 1"),
                          &query, err));
    bool row = false;
    enum gr_status status = sql_bind(query, "from", str_from(from), err);
    if (!status)
        status = sql_bind(query, "to", str_from(to), err);
    if (!status)
        status = sql_bind(query, "filter", context->filter, err);
    if (!status)
        status = sql_step(query, &row, err);
    if (!status && row)
        *out = arena_str(context->arena, sql_column_text(query, 0));
    sql_query_close(query);
    return status;
}
