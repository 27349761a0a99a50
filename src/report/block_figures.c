/* Key figures of the first page: one sentence, six tiles. Called by build.c.
 */
#include <math.h>

#include "report/blocks.h"
#include "report/gpu_idle.h"
#include "report/groups.h"
#include "report/report_internal.h"

enum { FIGURES_MAX = 8, FLAT_WITHIN_PERCENT = 5 /* field: reports 3.1 */ };

struct figures {
    const struct report_context *context;
    struct arena *arena;
    struct str currency;
    struct date_range earlier;
    struct report_figure *items;
    size_t count;
};

static struct report_figure *figure_add(struct figures *f, const char *label,
                                        struct report_cell value, struct str detail)
{
    struct report_figure *figure = &f->items[f->count++];
    *figure = (struct report_figure){
        .label = arena_str(f->arena, str_from(label)), .value = value, .detail = detail};
    return figure;
}

static void figure_spark(struct figures *f, struct report_figure *figure,
                         const struct daily_spend *daily)
{
    figure->spark_count = (size_t)day_count(daily->days);
    figure->spark = arena_alloc(f->arena, (figure->spark_count + 1) * sizeof(double));
    for (size_t i = 0; i < figure->spark_count; i++)
        figure->spark[i] = daily->present[i] ? decimal_to_double(daily->amounts[i]) : NAN;
}

static double change_ratio(struct decimal now, struct decimal before)
{
    if (decimal_sign(before) <= 0)
        return NAN;
    return decimal_to_double(now) / decimal_to_double(before) - 1;
}

static struct str change_text(struct figures *f, double ratio)
{
    struct str name = report_period_name(f->arena, f->earlier);
    if (!isfinite(ratio))
        return arena_printf(f->arena, "nothing in %.*s", STR_ARG(name));
    return arena_printf(f->arena, "%.*s on %.*s", STR_ARG(ratio_text(f->arena, ratio)),
                        STR_ARG(name));
}

/* "up 8.0 % (1,234.50 USD) on September 2026" */
static enum gr_status verdict_text(struct figures *f, struct decimal now, struct decimal before,
                                   struct str *out, struct gr_err *err)
{
    double ratio = change_ratio(now, before);
    struct str earlier = report_period_name(f->arena, f->earlier);
    struct decimal change;
    GR_TRY(decimal_sub(now, before, &change, err));
    if (decimal_sign(change) < 0)
        change = decimal_negate(change);
    if (!isfinite(ratio))
        *out = STR("; there is no earlier period to compare with");
    else if (fabs(ratio) * 100 < FLAT_WITHIN_PERCENT)
        *out = arena_printf(f->arena, ", flat on %.*s (%.*s)", STR_ARG(earlier),
                            STR_ARG(ratio_text(f->arena, ratio)));
    else
        *out = arena_printf(f->arena, ", %s %.1f %% (%.*s) on %.*s", ratio > 0 ? "up" : "down",
                            fabs(ratio) * 100, STR_ARG(money_text(f->arena, change, f->currency)),
                            STR_ARG(earlier));
    return GR_OK;
}

/* The cost of `days` in the main currency, under the basis of the report; *others: " and 82,076.49
 * EUR", what it cost in other currencies, which are never added (may be NULL). */
static enum gr_status spend_of(struct figures *f, struct date_range days, struct decimal *out,
                               struct str *others, struct gr_err *err)
{
    struct group_list groups;
    struct group_question question = {DATASET_COST, NULL, 0, days};
    GR_TRY(groups_query(f->context, &question, &groups, err));
    *out = DECIMAL_ZERO;
    for (size_t i = 0; i < groups.count; i++) {
        const struct group *group = &groups.items[i];
        struct str amount = money_text(f->arena, group->cost, group->currency);
        if (str_equal(group->currency, f->currency))
            *out = group->cost;
        else if (others)
            *others = arena_join(f->arena, (const struct str[]){*others, amount}, 2, STR(" and "));
    }
    return GR_OK;
}

/* Spend, its change, and the sentence that opens the report. */
static enum gr_status figure_spend(struct figures *f, struct section_builder *section,
                                   struct gr_err *err)
{
    const struct report_context *c = f->context;
    struct daily_spend daily;
    struct decimal now, before;
    struct str verdict, others = STR("");
    GR_TRY(
        report_daily_spend(c, BUDGET_OF_COST, c->cost, STR(""), f->currency, c->days, &daily, err));
    GR_TRY(spend_of(f, c->days, &now, &others, err));
    GR_TRY(spend_of(f, f->earlier, &before, NULL, err));
    GR_TRY(verdict_text(f, now, before, &verdict, err));
    struct str label = arena_printf(f->arena, "Spend, %.*s", STR_ARG(c->cost));
    struct str change = change_text(f, change_ratio(now, before));
    figure_spark(f, figure_add(f, label.ptr, cell_money(now, f->currency), change), &daily);
    section_text(section, ITEM_PARAGRAPH,
                 arena_printf(f->arena, "%.*s cost %.*s%.*s%.*s.", STR_ARG(c->period_name),
                              STR_ARG(money_text(f->arena, now, f->currency)), STR_ARG(verdict),
                              STR_ARG(others)));
    return GR_OK;
}

/* One number from a query over the period; SQL NULL gives *there = false. */
static enum gr_status query_decimal(struct figures *f, const char *label, struct str text,
                                    struct decimal *out, bool *there, struct gr_err *err)
{
    char from[11], to[11];
    const struct report_context *c = f->context;
    struct sql_query *query;
    day_format(c->days.first, from);
    day_format(c->days.end, to);
    GR_TRY(sql_query_text(c->sql, label, text, &query, err));
    const struct {
        const char *name;
        struct str value;
    } values[] = {
        {"from",     str_from(from)                                },
        {"to",       str_from(to)                                  },
        {"filter",   c->filter                                     },
        {"cost",     c->cost                                       },
        {"basis",    str_from(c->by_billing ? "billing" : "charge")},
        {"currency", f->currency                                   }
    };
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < sizeof values / sizeof *values && !status; i++)
        if (sql_has_parameter(query, values[i].name))
            status = sql_bind(query, values[i].name, values[i].value, err);
    bool row = false;
    if (!status)
        status = sql_step(query, &row, err);
    *there = !status && row && sql_column_type(query, 0) != SQL_NULL;
    *out = DECIMAL_ZERO;
    if (*there)
        status = sql_column_decimal(query, 0, out, err);
    sql_query_close(query);
    return status;
}

static enum gr_status figure_other_costs(struct figures *f, struct gr_err *err)
{
    struct decimal effective, untagged, total;
    bool there;
    GR_TRY(
        query_decimal(f, "effective",
                      STR("SELECT cost FROM rollup('', :from, :to, :filter, 'effective', :basis) "
                          "WHERE currency = :currency"),
                      &effective, &there, err));
    if (there)
        figure_add(f, "Effective cost", cell_money(effective, f->currency),
                   STR("after amortisation and discounts"));
    GR_TRY(query_decimal(f, "untagged",
                         STR("SELECT cost FROM rollup('', :from, :to, "
                             ":filter || char(10) || 'tag:team=(untagged)', :cost, :basis) "
                             "WHERE currency = :currency"),
                         &untagged, &there, err));
    GR_TRY(query_decimal(f, "total",
                         STR("SELECT cost FROM rollup('', :from, :to, :filter, :cost, :basis) "
                             "WHERE currency = :currency"),
                         &total, &there, err));
    struct report_cell share = cell_share(untagged, total);
    if (share.kind == CELL_RATIO)
        figure_add(f, "Without a team tag", cell_money(untagged, f->currency),
                   arena_printf(f->arena, "%.1f %% of spend", share.real * 100));
    return GR_OK;
}

static enum gr_status figure_ai(struct figures *f, struct gr_err *err)
{
    struct decimal cost, tokens, rate;
    bool there, priced;
    if (!report_filters_apply(f->context, DATASET_AI))
        return GR_OK;
    GR_TRY(query_decimal(f, "llm cost",
                         STR("SELECT cost FROM ai_rollup('', :from, :to, :filter) "
                             "WHERE currency = :currency"),
                         &cost, &there, err));
    if (!there)
        return GR_OK;
    GR_TRY(query_decimal(
        f, "llm tokens",
        STR("SELECT money_sub(money_add(money_add(money_add(money_add(input, cache_read), "
            "money_add(output, reasoning)), money_add(cache_write_5m, cache_write_1h)), "
            "money_add(money_add(money_add(input_audio, cache_read_audio), "
            "money_add(output_audio, input_image)), money_add(output_image, input_video))), "
            "unpriced_tokens) FROM ai_rollup('', :from, :to, :filter) WHERE currency = :currency"),
        &tokens, &priced, err));
    struct str detail = STR("billed, else by the price book");
    if (decimal_sign(tokens) > 0) {
        GR_TRY(decimal_mul(cost, decimal_from_int(1000000), &rate, err));
        GR_TRY(decimal_div(rate, tokens, 6, &rate, err));
        detail = arena_printf(f->arena, "%.*s a million tokens, cache included",
                              STR_ARG(money_text(f->arena, rate, f->currency)));
    }
    figure_add(f, "LLM spend", cell_money(cost, f->currency), detail);
    return GR_OK;
}

static enum gr_status figure_gpu_idle(struct figures *f, struct gr_err *err)
{
    struct gpu_idle idle = {.context = f->context, .arena = f->arena};
    enum gr_status status = gpu_idle_count(&idle, err);
    for (size_t i = 0; i < idle.purse_count && !status; i++) {
        const struct gpu_tally *tally = &idle.purses[i].tally;
        if (!str_equal(idle.purses[i].currency, f->currency))
            continue;
        struct str detail = arena_printf(f->arena, "%.1f idle GPU-hours of those sampled",
                                         (double)tally->idle_ms / 3600000);
        figure_add(f, "GPU idle cost", cell_money(tally->cost, f->currency), detail);
    }
    gpu_idle_deinit(&idle);
    return status;
}

static enum gr_status figure_budgets(struct figures *f, struct gr_err *err)
{
    const struct report_context *c = f->context;
    size_t over = 0, risk = 0;
    for (size_t i = 0; i < c->budget_count; i++) {
        struct burn_status status;
        GR_TRY(report_budget_status(c, &c->budgets[i], &status, err));
        over += status.breached;
        risk += !status.breached && status.projected && status.overage > 0;
    }
    if (c->budget_count)
        figure_add(f, "Budgets over", cell_count((int64_t)over),
                   arena_printf(f->arena, "of %zu; %zu more at risk", c->budget_count, risk));
    return GR_OK;
}

enum gr_status block_key_figures(const struct report_context *context,
                                 struct section_builder *section, struct gr_err *err)
{
    struct figures f = {.context = context,
                        .arena = context->arena,
                        .earlier = report_earlier_period(context->days, COMPARE_PREVIOUS)};
    f.items = arena_alloc_zeroed(f.arena, FIGURES_MAX, sizeof *f.items);
    GR_TRY(report_main_currency(context, &f.currency, err));
    GR_TRY(figure_spend(&f, section, err));
    GR_TRY(figure_other_costs(&f, err));
    GR_TRY(figure_ai(&f, err));
    GR_TRY(figure_gpu_idle(&f, err));
    GR_TRY(figure_budgets(&f, err));
    section_figures(section, f.items, f.count);
    return GR_OK;
}
