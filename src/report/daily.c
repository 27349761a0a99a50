/* Daily spend as exact series, for budgets, forecast and sparklines. Called by the blocks. */
#include "base/dict.h"
#include "load/load.h"
#include "report/blocks.h"
#include "report/report_internal.h"

/* A (provider, day) pair as a text: what a bill covers must not count again as computed usage. */
static struct str billed_key(struct arena *arena, struct str provider, struct str day)
{
    const struct str parts[] = {day, load_provider_slug(arena, provider)};
    return arena_join(arena, parts, 2, STR(" "));
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
    struct dict *billed; /* billed_key()s; cost: filled; ai after cost: asked */
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
        struct str key = billed_key(arena, arena_str(arena, sql_column_text(query, 1)),
                                    sql_column_text(query, 0));
        if (q->skip_billed && dict_find(q->billed, key) != DICT_CODE_NONE)
            continue;
        if (!q->skip_billed)
            dict_intern(q->billed, key);
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
    struct report_context own = *context;
    if (context->conversion && !str_equal(currency, context->conversion->target)) {
        own.conversion = NULL; /* what was charged in that currency, and nothing else */
        report_context_apply(&own);
    }
    struct dict billed;
    dict_init(&billed);
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
    enum gr_status status = GR_OK;
    if (dataset != BUDGET_OF_AI) {
        q.query = "daily-spend";
        status = daily_query(&q, out, err);
    }
    if (!status && dataset != BUDGET_OF_COST) {
        q.query = "ai-daily-spend";
        q.skip_billed = dataset == BUDGET_OF_ALL;
        status = daily_query(&q, out, err);
    }
    dict_deinit(&billed);
    report_context_apply(context);
    return status;
}

/* The currency that most rows of `days` are in by `text`, a query of :from, :to and :filter. */
static enum gr_status most_rows_currency(const struct report_context *context, struct str text,
                                         struct date_range days, struct str *out,
                                         struct gr_err *err)
{
    char from[11], to[11];
    day_format(days.first, from);
    day_format(days.end, to);
    struct sql_query *query;
    GR_TRY(sql_query_text(context->sql, "main currency", text, &query, err));
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

enum gr_status report_main_currency(const struct report_context *context, struct str *out,
                                    struct gr_err *err)
{
    const struct str of_charges =
        STR("SELECT currency FROM rollup('', :from, :to, :filter) "
            "WHERE currency <> '' ORDER BY row_count DESC, currency LIMIT 1");
    const struct str of_usage =
        STR("SELECT currency FROM ai_rollup('', :from, :to, :filter) "
            "WHERE currency <> '' ORDER BY row_count DESC, currency LIMIT 1");
    struct date_range earlier = report_earlier_period(context->days, COMPARE_PREVIOUS);
    struct date_range all = {{0}, context->days.end};
    bool usage = report_filters_apply(context, DATASET_AI);
    const struct {
        struct str text;
        struct date_range days;
    } tries[] = {
        {of_charges, context->days},
        {of_usage,   context->days},
        {of_charges, earlier      },
        {of_charges, all          },
        {of_usage,   all          },
    };
    *out = STR("");
    if (context->conversion) {
        *out = context->conversion->target;
        return GR_OK;
    }
    for (size_t i = 0; i < sizeof tries / sizeof *tries && !out->len; i++)
        if (usage || tries[i].text.ptr != of_usage.ptr)
            GR_TRY(most_rows_currency(context, tries[i].text, tries[i].days, out, err));
    return GR_OK;
}
