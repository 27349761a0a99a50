/* Key figures of the first page: one sentence, six tiles. Called by build.c.
 */
#include <math.h>
#include <string.h>

#include "report/blocks.h"
#include "report/gpu_idle.h"
#include "report/groups.h"
#include "report/report_internal.h"

enum { FIGURES_MAX = 8, TILE_OTHERS_MAX = 2, FLAT_WITHIN_PERCENT = 5 /* field: reports 3.1 */ };

struct figures {
    const struct report_context *context;
    struct arena *arena;
    struct str currency;     /* the main one */
    struct group_list spend; /* of the period, a sum a currency */
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

static const struct group *in_currency(const struct group_list *list, struct str currency)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].currency, currency))
            return &list->items[i];
    return NULL;
}

static struct decimal cost_in(const struct group_list *list, struct str currency)
{
    const struct group *group = in_currency(list, currency);
    return group ? group->cost : DECIMAL_ZERO;
}

/* One sum a currency, the main one first: currencies are named beside one another, never added. */
static enum gr_status sums_of(struct figures *f, const struct report_context *context,
                              enum dataset dataset, struct date_range days, struct group_list *out,
                              struct gr_err *err)
{
    struct group_question question = {dataset, NULL, 0, days, 0};
    GR_TRY(groups_query(context, &question, out, err));
    for (size_t i = 1; i < out->count; i++)
        if (str_equal(out->items[i].currency, f->currency)) {
            struct group main = out->items[i];
            memmove(out->items + 1, out->items, i * sizeof main);
            out->items[0] = main;
        }
    return GR_OK;
}

/* "82,076.49 EUR" of each sum but that in `main`, " and " between, `limit` at most; "" without. */
static struct str other_sums(struct figures *f, const struct group_list *sums, struct str main,
                             size_t limit)
{
    struct str text = STR("");
    size_t others = 0;
    for (size_t i = 0; i < sums->count; i++) {
        const struct group *sum = &sums->items[i];
        if (str_equal(sum->currency, main) || !sum->currency.len || ++others > limit)
            continue;
        struct str amount = money_text(f->arena, sum->cost, sum->currency);
        text = text.len ? arena_join(f->arena, (const struct str[]){text, amount}, 2, STR(" and "))
                        : amount;
    }
    if (others > limit)
        text =
            arena_printf(f->arena, "%.*s and %zu more currencies", STR_ARG(text), others - limit);
    return text;
}

/* "detail; and 82,076.49 EUR" */
static struct str with_others(struct figures *f, struct str detail, const struct group_list *sums,
                              struct str main)
{
    struct str others = other_sums(f, sums, main, TILE_OTHERS_MAX);
    return others.len ? arena_printf(f->arena, "and %.*s; %.*s", STR_ARG(others), STR_ARG(detail))
                      : detail;
}

/* "384,439.34 USD (flat on September 2026, -4.5 %) and 82,076.49 EUR (+4.5 %)" */
static struct str spend_sentence(struct figures *f, const struct group_list *now,
                                 const struct group_list *before)
{
    struct str name = report_period_name(f->arena, f->earlier);
    struct str text = STR("");
    for (size_t i = 0; i < now->count; i++) {
        const struct group *sum = &now->items[i];
        double ratio = change_ratio(sum->cost, cost_in(before, sum->currency));
        struct str change = ratio_text(f->arena, ratio);
        struct str verdict = change;
        if (!isfinite(ratio))
            verdict = before->count
                          ? arena_printf(f->arena, "not comparable with %.*s", STR_ARG(name))
                          : STR("");
        else if (i == 0)
            verdict = arena_printf(f->arena, "%s on %.*s, %.*s",
                                   fabs(ratio) * 100 < FLAT_WITHIN_PERCENT ? "flat"
                                   : ratio > 0                             ? "up"
                                                                           : "down",
                                   STR_ARG(name), STR_ARG(change));
        text = arena_printf(f->arena, "%.*s%s%.*s%s%.*s%s", STR_ARG(text), i ? " and " : "",
                            STR_ARG(money_text(f->arena, sum->cost, sum->currency)),
                            verdict.len ? " (" : "", STR_ARG(verdict), verdict.len ? ")" : "");
    }
    if (!before->count)
        text = arena_printf(f->arena, "%.*s; there are no charges in %.*s to compare with",
                            STR_ARG(text), STR_ARG(name));
    return text;
}

/* A period without a charge says so, and what the one before it cost. */
static struct str no_spend_sentence(struct figures *f, const struct group_list *before)
{
    const struct report_context *c = f->context;
    bool open = c->as_of.since_1970 < c->days.end.since_1970 - 1;
    struct str name = report_period_name(f->arena, f->earlier);
    struct str cost = other_sums(f, before, STR("-"), SIZE_MAX);
    if (!before->count)
        return arena_printf(f->arena, "No charges in %.*s%s, nor in %.*s.", STR_ARG(c->period_name),
                            open ? " so far" : "", STR_ARG(name));
    return arena_printf(f->arena, "No charges in %.*s%s; %.*s cost %.*s.", STR_ARG(c->period_name),
                        open ? " so far" : "", STR_ARG(name), STR_ARG(cost));
}

static struct str spend_detail(struct figures *f, const struct group_list *now,
                               const struct group_list *before)
{
    struct str name = report_period_name(f->arena, f->earlier);
    double ratio = change_ratio(cost_in(now, f->currency), cost_in(before, f->currency));
    if (!now->count && !before->count)
        return STR("no charges");
    if (!now->count)
        return arena_printf(
            f->arena, "%.*s: %.*s", STR_ARG(name),
            STR_ARG(money_text(f->arena, cost_in(before, f->currency), f->currency)));
    struct str change = isfinite(ratio)
                            ? arena_printf(f->arena, "%.*s on %.*s",
                                           STR_ARG(ratio_text(f->arena, ratio)), STR_ARG(name))
                        : in_currency(before, f->currency)
                            ? arena_printf(f->arena, "not comparable with %.*s", STR_ARG(name))
                            : arena_printf(f->arena, "nothing in %.*s", STR_ARG(name));
    return with_others(f, change, now, f->currency);
}

/* Spend, its change, and the sentence that opens the report. */
static enum gr_status figure_spend(struct figures *f, struct section_builder *section,
                                   struct gr_err *err)
{
    const struct report_context *c = f->context;
    struct daily_spend daily;
    struct group_list before;
    GR_TRY(
        report_daily_spend(c, BUDGET_OF_COST, c->cost, STR(""), f->currency, c->days, &daily, err));
    GR_TRY(sums_of(f, c, DATASET_COST, c->days, &f->spend, err));
    GR_TRY(sums_of(f, c, DATASET_COST, f->earlier, &before, err));
    struct str label = arena_printf(f->arena, "Spend, %.*s", STR_ARG(c->cost));
    struct report_cell value = cell_money(cost_in(&f->spend, f->currency), f->currency);
    struct report_figure *figure =
        figure_add(f, label.ptr, value, spend_detail(f, &f->spend, &before));
    if (f->spend.count)
        figure_spark(f, figure, &daily);
    section_text(section, ITEM_PARAGRAPH,
                 f->spend.count ? arena_printf(f->arena, "%s%.*s cost %.*s.",
                                               c->by_billing ? "The " : "", STR_ARG(c->period_name),
                                               STR_ARG(spend_sentence(f, &f->spend, &before)))
                                : no_spend_sentence(f, &before));
    return GR_OK;
}

static enum gr_status figure_effective(struct figures *f, struct gr_err *err)
{
    struct report_context effective = *f->context;
    struct group_list sums;
    effective.cost = STR("effective");
    GR_TRY(sums_of(f, &effective, DATASET_COST, effective.days, &sums, err));
    if (sums.count)
        figure_add(f, "Effective cost", cell_money(cost_in(&sums, f->currency), f->currency),
                   with_others(f, STR("amortised, discounted"), &sums, f->currency));
    return GR_OK;
}

static enum gr_status figure_untagged(struct figures *f, struct gr_err *err)
{
    struct report_context untagged = *f->context;
    struct group_list sums;
    const struct str lines[] = {untagged.filter.len ? untagged.filter : STR(""),
                                STR("tag:team=(untagged)")};
    untagged.filter = arena_join(f->arena, lines, 2, STR("\n"));
    GR_TRY(sums_of(f, &untagged, DATASET_COST, untagged.days, &sums, err));
    struct decimal cost = cost_in(&sums, f->currency);
    struct report_cell share = cell_share(cost, cost_in(&f->spend, f->currency));
    if (share.kind != CELL_RATIO)
        return GR_OK;
    struct str detail = arena_printf(f->arena, "%.1f %% of spend", share.real * 100);
    size_t others = 0;
    for (size_t i = 0; i < f->spend.count; i++) {
        struct str currency = f->spend.items[i].currency;
        struct decimal part = cost_in(&sums, currency);
        share = cell_share(part, f->spend.items[i].cost);
        if (str_equal(currency, f->currency) || share.kind != CELL_RATIO ||
            ++others > TILE_OTHERS_MAX)
            continue;
        detail = arena_printf(f->arena, "%.*s; and %.*s, %.1f %%", STR_ARG(detail),
                              STR_ARG(money_text(f->arena, part, currency)), share.real * 100);
    }
    figure_add(f, "Without a team tag", cell_money(cost, f->currency), detail);
    return GR_OK;
}

/* Tokens with a price in the period's usage of one currency, of all classes. */
static enum gr_status priced_tokens(struct figures *f, struct str currency, struct decimal *out,
                                    struct gr_err *err)
{
    char from[11], to[11];
    const struct report_context *c = f->context;
    struct sql_query *query;
    day_format(c->days.first, from);
    day_format(c->days.end, to);
    GR_TRY(sql_query_text(
        c->sql, "llm tokens",
        STR("SELECT money_sub(money_add(money_add(money_add(money_add(input, cache_read), "
            "money_add(output, reasoning)), money_add(cache_write_5m, cache_write_1h)), "
            "money_add(money_add(money_add(input_audio, cache_read_audio), "
            "money_add(output_audio, input_image)), money_add(output_image, input_video))), "
            "unpriced_tokens) FROM ai_rollup('', :from, :to, :filter) WHERE currency = :currency"),
        &query, err));
    enum gr_status status = sql_bind(query, "from", str_from(from), err);
    if (!status)
        status = sql_bind(query, "to", str_from(to), err);
    if (!status)
        status = sql_bind(query, "filter", c->filter, err);
    if (!status)
        status = sql_bind(query, "currency", currency, err);
    bool row = false;
    if (!status)
        status = sql_step(query, &row, err);
    *out = DECIMAL_ZERO;
    if (!status && row)
        status = sql_column_decimal(query, 0, out, err);
    sql_query_close(query);
    return status;
}

/* Whether anything in the sum has a price: else its 0 is no cost but an unknown one. */
static bool is_priced(const struct group *sum)
{
    return !decimal_is_zero(sum->cost) || decimal_sign(sum->unpriced_tokens) <= 0;
}

static enum gr_status rate_text(struct figures *f, const struct group *sum, struct str *out,
                                struct gr_err *err)
{
    struct decimal tokens, rate;
    *out = STR("billed, else by the price book");
    GR_TRY(priced_tokens(f, sum->currency, &tokens, err));
    if (decimal_sign(tokens) <= 0)
        return GR_OK;
    GR_TRY(decimal_mul(sum->cost, decimal_from_int(1000000), &rate, err));
    GR_TRY(decimal_div(rate, tokens, 6, &rate, err));
    *out = arena_printf(f->arena, "%.*s a million tokens, cache included",
                        STR_ARG(money_text(f->arena, rate, sum->currency)));
    return GR_OK;
}

/* "494,221,994" */
static struct str whole_text(struct figures *f, struct decimal number)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format_fixed(number, 0, ',', &text);
    struct str kept = arena_str(f->arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return kept;
}

/* LLM spend in the report's currency, else in its own largest; unpriced usage is n/a, never 0. */
static enum gr_status figure_ai(struct figures *f, struct gr_err *err)
{
    struct group_list sums;
    struct decimal unpriced = DECIMAL_ZERO;
    const struct group *main = NULL;
    if (!report_filters_apply(f->context, DATASET_AI))
        return GR_OK;
    GR_TRY(sums_of(f, f->context, DATASET_AI, f->context->days, &sums, err));
    for (size_t i = 0; i < sums.count; i++) {
        const struct group *sum = &sums.items[i];
        GR_TRY(decimal_add(unpriced, sum->unpriced_tokens, &unpriced, err));
        if (is_priced(sum) && sum->currency.len && !main)
            main = sum;
    }
    if (!sums.count)
        return GR_OK;
    struct str detail = STR("");
    if (main) {
        GR_TRY(rate_text(f, main, &detail, err));
        detail = with_others(f, detail, &sums, main->currency);
    }
    if (decimal_sign(unpriced) > 0)
        detail = arena_printf(f->arena, "%.*s%s%.*s tokens without a price", STR_ARG(detail),
                              detail.len ? "; " : "", STR_ARG(whole_text(f, unpriced)));
    figure_add(f, "LLM spend", main ? cell_money(main->cost, main->currency) : cell_na(), detail);
    return GR_OK;
}

static enum gr_status figure_gpu_idle(struct figures *f, struct gr_err *err)
{
    struct gpu_idle idle = {.context = f->context, .arena = f->arena};
    enum gr_status status = gpu_idle_count(&idle, err);
    struct str currency = f->currency;
    if (f->context->conversion) /* rates of the inventory are not converted */
        for (size_t i = idle.purse_count; i-- > 0;)
            if (idle.purses[i].currency.len)
                currency = idle.purses[i].currency;
    for (size_t i = 0; i < idle.purse_count && !status; i++) {
        const struct gpu_tally *tally = &idle.purses[i].tally;
        if (!str_equal(idle.purses[i].currency, currency))
            continue;
        struct str detail = arena_printf(f->arena, "%.1f idle GPU-hours of those sampled",
                                         (double)tally->idle_ms / 3600000);
        figure_add(f, "GPU idle cost", cell_money(tally->cost, currency), detail);
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
    GR_TRY(figure_effective(&f, err));
    GR_TRY(figure_untagged(&f, err));
    GR_TRY(figure_ai(&f, err));
    GR_TRY(figure_gpu_idle(&f, err));
    GR_TRY(figure_budgets(&f, err));
    section_figures(section, f.items, f.count);
    return GR_OK;
}
