/* Budgets and forecast: a table of every budget's status, burn-up of the widest one, and the
 * forecast of daily spend. Called by build.c and the budgets command.
 */
#include <math.h>
#include <string.h>

#include "analysis/burn.h"
#include "report/block_tables.h"
#include "report/blocks.h"
#include "report/budget_file.h"

/* Days of history for the forecast: 13 months, as exports give (field: forecast 5). */
enum { HISTORY_DAYS = 400, FORECAST_DAYS = 30, CHART_HISTORY_DAYS = 60, FAN_SERIES = 7 };
enum fan_series { FAN_ACTUAL, FAN_FORECAST, FAN_LO95, FAN_HI95, FAN_LO80, FAN_HI80, FAN_BUDGET };

static const struct report_column budget_columns[] = {
    REPORT_COLUMN("budget", "Budget", CELL_TEXT),
    REPORT_COLUMN("currency", "Currency", CELL_TEXT, .csv_only = true),
    REPORT_COLUMN("first_day", "From", CELL_DAY, .optional = true),
    REPORT_COLUMN("last_day", "To", CELL_DAY, .optional = true),
    REPORT_COLUMN("amount", "Amount", CELL_MONEY, .optional = true),
    REPORT_COLUMN("spent", "Spent", CELL_MONEY),
    REPORT_COLUMN("utilisation", "Used", CELL_RATIO, .decimals = 1),
    REPORT_COLUMN("elapsed", "Elapsed", CELL_RATIO, .decimals = 1, .csv_only = true),
    REPORT_COLUMN("burn_per_day", "Burn a day", CELL_MONEY, .optional = true),
    REPORT_COLUMN("burn_per_day_7", "Burn a day, 7 days", CELL_MONEY, .csv_only = true),
    REPORT_COLUMN("run_rate_total", "Run-rate total", CELL_MONEY, .csv_only = true),
    REPORT_COLUMN("projected_spend", "Projected", CELL_MONEY, .optional = true),
    REPORT_COLUMN("projected_lo80", "Low 80 %", CELL_MONEY, .csv_only = true),
    REPORT_COLUMN("projected_hi80", "High 80 %", CELL_MONEY, .csv_only = true),
    REPORT_COLUMN("projected_overage", "Overage", CELL_MONEY, .optional = true),
    REPORT_COLUMN("probability_over", "P(over)", CELL_RATIO, .decimals = 0, .optional = true),
    REPORT_COLUMN("exhaustion", "Runs out", CELL_TEXT),
    REPORT_COLUMN("cap_per_day", "Cap a day", CELL_MONEY, .csv_only = true),
    REPORT_COLUMN("state", "State", CELL_TEXT),
};
enum { BUDGET_COLUMNS = sizeof budget_columns / sizeof *budget_columns };

/* Estimates become money rounded to the minor unit and are marked. */
static struct report_cell estimate(double value, struct str currency)
{
    struct decimal amount;
    struct gr_err ignored = {0};
    uint8_t digits = (uint8_t)currency_minor_digits(currency);
    if (!isfinite(value) || decimal_from_double(value, digits, &amount, &ignored))
        return cell_na();
    struct report_cell cell = cell_money(amount, currency);
    cell.estimated = true;
    return cell;
}

static struct report_cell rate_cell(struct burn_rate rate, struct str currency)
{
    return rate.known ? cell_money(rate.per_day, currency) : cell_na();
}

static struct str exhaustion_text(struct arena *arena, struct burn_exhaustion_day exhaustion)
{
    char day[11];
    day_format(exhaustion.day, day);
    switch (exhaustion.kind) {
    case BURN_EXHAUSTED:
        return arena_printf(arena, "since %s", day);
    case BURN_EXHAUSTED_ON:
        return arena_printf(arena, "%s", day);
    case BURN_LASTS_THE_PERIOD:
        return STR("not in this period");
    case BURN_LASTS_FOREVER:
        return STR("never");
    default:
        return STR("unknown");
    }
}

/* A budget that nothing was ever charged to is not on track: its filter is wrong, or the bill is
 * missing. */
static struct str state_text(const struct burn_status *status, bool has_data)
{
    if (!has_data && status->state != BURN_NOT_STARTED)
        return STR("no data");
    if (status->breached)
        return STR("over");
    if (status->state == BURN_NOT_STARTED)
        return STR("not started");
    if (status->projected && status->overage > 0)
        return status->indicative ? STR("at risk, indicative") : STR("at risk");
    return status->indicative ? STR("on track, indicative") : STR("on track");
}

static void budget_row(struct arena *arena, const struct budget *budget,
                       const struct burn_status *s, bool has_data, struct report_cell *cells)
{
    struct str currency = budget->currency;
    size_t at = 0;
    cells[at++] = cell_text(budget->name);
    cells[at++] = cell_text(currency);
    cells[at++] = cell_day(s->period.first);
    cells[at++] = cell_day(day_add(s->period.end, -1));
    cells[at++] = cell_money(budget->amount, currency);
    cells[at++] = cell_money(s->spent, currency);
    cells[at++] = s->has_utilisation ? cell_ratio(s->utilisation) : cell_na();
    cells[at++] = cell_ratio(s->share_elapsed);
    cells[at++] = rate_cell(s->rate_period, currency);
    cells[at++] = rate_cell(s->rate_week, currency);
    cells[at++] = s->has_run_rate ? estimate(s->run_rate_total, currency) : cell_na();
    cells[at++] = s->projected ? estimate(s->total.mean, currency) : cell_na();
    cells[at++] = s->projected ? estimate(s->total.lo80, currency) : cell_na();
    cells[at++] = s->projected ? estimate(s->total.hi80, currency) : cell_na();
    cells[at++] = s->projected ? estimate(s->overage, currency) : cell_na();
    cells[at++] = s->projected ? cell_ratio(s->probability_over) : cell_na();
    cells[at++] = cell_text(exhaustion_text(arena, s->exhaustion));
    cells[at++] = s->has_cap ? cell_money(s->cap_per_day, currency) : cell_na();
    cells[at] = cell_text(state_text(s, has_data));
}

/* "Today" for a report of a past period is that period's last day. */
static struct day status_day(const struct report_context *context)
{
    struct day last = day_add(context->days.end, -1);
    return context->as_of.since_1970 < last.since_1970 ? context->as_of : last;
}

static enum gr_status budget_actuals(const struct report_context *context,
                                     const struct budget *budget, struct day as_of,
                                     struct daily_spend *out, struct gr_err *err)
{
    struct report_context unfiltered = *context;
    struct date_range period = budget_period_of(budget, as_of);
    struct day first = day_add(as_of, 1 - HISTORY_DAYS);
    if (period.first.since_1970 < first.since_1970)
        first = period.first;
    unfiltered.filter = context->excluded; /* else a budget has a filter of its own */
    GR_TRY(report_daily_spend(
        &unfiltered, budget->dataset, str_from(budget_cost_name(budget->cost)), budget->filter,
        budget->currency, (struct date_range){first, day_add(as_of, 1)}, out, err));
    size_t skip = 0, count = (size_t)day_count(out->days);
    while (skip < count && !out->present[skip] && first.since_1970 < period.first.since_1970) {
        first = day_add(first, 1); /* days before the first data are not zeros */
        skip++;
    }
    out->days.first = first;
    out->amounts += skip;
    out->present += skip;
    return GR_OK;
}

static enum gr_status budget_status_of(const struct report_context *context,
                                       const struct budget *budget, struct day as_of,
                                       struct burn_status *out, struct gr_err *err)
{
    struct daily_spend daily;
    *out = (struct burn_status){0};
    if (budget_actuals(context, budget, as_of, &daily, err))
        return gr_wrap(err, "budget %.*s", STR_ARG(budget->name));
    struct burn_actuals actuals = {.first = daily.days.first,
                                   .count = (size_t)day_count(daily.days),
                                   .amounts = daily.amounts,
                                   .present = daily.present};
    if (burn_run(context->arena, budget, &actuals, as_of, FORECAST_LAST_DAY_DETECT, out, err))
        return gr_wrap(err, "budget %.*s", STR_ARG(budget->name));
    return GR_OK;
}

enum gr_status report_budget_status(const struct report_context *context,
                                    const struct budget *budget, struct burn_status *out,
                                    struct gr_err *err)
{
    return budget_status_of(context, budget, status_day(context), out, err);
}

enum gr_status report_budget_has_data(const struct report_context *context,
                                      const struct budget *budget, bool *out, struct gr_err *err)
{
    struct daily_spend daily;
    GR_TRY(budget_actuals(context, budget, status_day(context), &daily, err));
    *out = false;
    for (size_t i = 0; i < (size_t)day_count(daily.days) && !*out; i++)
        *out = daily.present[i];
    return GR_OK;
}

static struct report_chart *fan_begin(struct arena *arena, const char *id, struct date_range days,
                                      struct str unit)
{
    static const char *const names[FAN_SERIES] = {"actual", "forecast", "lo95",  "hi95",
                                                  "lo80",   "hi80",     "budget"};
    struct report_chart *chart = arena_alloc_zeroed(arena, 1, sizeof *chart);
    chart->kind = CHART_FAN;
    chart->id = str_from(id);
    chart->unit = unit;
    chart->template_name = STR("fan.gp");
    chart->x_is_day = true;
    chart->x_count = (size_t)day_count(days);
    chart->x = arena_alloc(arena, chart->x_count * sizeof *chart->x);
    for (size_t i = 0; i < chart->x_count; i++) {
        char day[11];
        day_format(day_add(days.first, (int)i), day);
        chart->x[i] = arena_str(arena, str_from(day));
    }
    chart->series_count = FAN_SERIES;
    chart->series = arena_alloc_zeroed(arena, FAN_SERIES, sizeof *chart->series);
    for (size_t s = 0; s < FAN_SERIES; s++) {
        chart->series[s].name = str_from(names[s]);
        chart->series[s].values = arena_alloc(arena, chart->x_count * sizeof(double));
        for (size_t i = 0; i < chart->x_count; i++)
            chart->series[s].values[i] = NAN;
    }
    return chart;
}

static void fan_set(struct report_chart *chart, size_t i, double base,
                    const struct forecast_band *band)
{
    chart->series[FAN_FORECAST].values[i] = base + band->mean;
    chart->series[FAN_LO95].values[i] = base + band->lo95;
    chart->series[FAN_HI95].values[i] = base + band->hi95;
    chart->series[FAN_LO80].values[i] = base + band->lo80;
    chart->series[FAN_HI80].values[i] = base + band->hi80;
}

static void forecast_daily(struct arena *arena, const struct daily_spend *daily, size_t horizon,
                           struct forecast_result *out)
{
    size_t count = (size_t)day_count(daily->days);
    double *values = arena_alloc(arena, (count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = daily->present[i] ? decimal_to_double(daily->amounts[i]) : NAN;
    struct series series = {daily->days.first, count, values};
    struct forecast_options options = {.horizon_days = horizon};
    forecast_run(arena, &series, &options, out);
}

/* Cumulative spend of the budget's period against its amount. */
static struct report_chart *burn_chart(const struct report_context *context,
                                       const struct budget *budget,
                                       const struct burn_status *status,
                                       const struct daily_spend *daily)
{
    struct arena *arena = context->arena;
    struct report_chart *chart = fan_begin(arena, "budget_burn", status->period, budget->currency);
    struct forecast_result forecast;
    forecast_daily(arena, daily, (size_t)status->days_remaining + 1, &forecast);
    double spent = 0;
    struct day last = day_add(daily->days.end, -1);
    for (size_t i = 0; i < chart->x_count; i++) {
        struct day day = day_add(status->period.first, (int)i);
        int at = day.since_1970 - daily->days.first.since_1970;
        chart->series[FAN_BUDGET].values[i] = decimal_to_double(budget->amount);
        if (day.since_1970 <= last.since_1970) {
            spent += at >= 0 ? decimal_to_double(daily->amounts[at]) : 0;
            chart->series[FAN_ACTUAL].values[i] = spent;
        } else if (forecast.available) {
            struct date_range rest = {daily->days.end, day_add(day, 1)};
            struct forecast_band band = forecast_total(arena, &forecast, rest);
            fan_set(chart, i, spent, &band);
        }
    }
    chart->title = arena_printf(
        arena, "Budget %.*s: %.*s cost since the start of the period (%.*s)", STR_ARG(budget->name),
        STR_ARG(str_from(budget_cost_name(budget->cost))), STR_ARG(budget->currency));
    chart->alt = arena_printf(arena, "Cumulative spend, its forecast and the budget line");
    return chart;
}

static struct report_chart *forecast_chart(const struct report_context *context,
                                           const struct daily_spend *daily,
                                           const struct forecast_result *forecast,
                                           struct str currency)
{
    struct arena *arena = context->arena;
    struct day first = day_add(daily->days.end, -CHART_HISTORY_DAYS);
    if (first.since_1970 < daily->days.first.since_1970)
        first = daily->days.first;
    struct day end = day_add(forecast->first, (int)forecast->count);
    struct report_chart *chart =
        fan_begin(arena, "daily_forecast", (struct date_range){first, end}, currency);
    for (size_t i = 0; i < chart->x_count; i++) {
        struct day day = day_add(first, (int)i);
        int past = day.since_1970 - daily->days.first.since_1970;
        int ahead = day.since_1970 - forecast->first.since_1970;
        if (day.since_1970 < daily->days.end.since_1970 && daily->present[past] && ahead < 0)
            chart->series[FAN_ACTUAL].values[i] = decimal_to_double(daily->amounts[past]);
        if (ahead >= 0 && (size_t)ahead < forecast->count)
            fan_set(chart, i, 0, &forecast->days[ahead]);
    }
    chart->title = arena_printf(arena, "Daily %.*s cost and its forecast (%.*s)",
                                STR_ARG(context->cost), STR_ARG(currency));
    chart->alt = STR("Daily spend of the last two months and a forecast with 80 and 95 % bands");
    return chart;
}

static enum gr_status add_forecast(const struct report_context *context,
                                   struct section_builder *section, struct gr_err *err)
{
    struct arena *arena = context->arena;
    struct str currency;
    struct daily_spend daily;
    struct forecast_result forecast;
    GR_TRY(report_main_currency(context, &currency, err));
    struct day last = status_day(context);
    struct date_range days = {day_add(last, 1 - HISTORY_DAYS), day_add(last, 1)};
    GR_TRY(report_daily_spend(context, BUDGET_OF_COST, context->cost, STR(""), currency, days,
                              &daily, err));
    forecast_daily(arena, &daily, FORECAST_DAYS, &forecast);
    if (!forecast.available) {
        section_text(section, ITEM_NOTE, arena_printf(arena, "No forecast: %s", forecast.reason));
        return GR_OK;
    }
    struct date_range ahead = {day_add(last, 1), day_add(last, 1 + FORECAST_DAYS)};
    struct forecast_band total = forecast_total(arena, &forecast, ahead);
    struct report_cell cells[3] = {estimate(total.mean, currency), estimate(total.lo80, currency),
                                   estimate(total.hi80, currency)};
    section_chart(section, forecast_chart(context, &daily, &forecast, currency));
    section_text(section, ITEM_PARAGRAPH,
                 arena_printf(arena,
                              "The next %d days are expected to cost %.*s; with 80 %% probability "
                              "between %.*s and %.*s%s. Method: %.*s.",
                              FORECAST_DAYS, STR_ARG(money_text(arena, cells[0].amount, currency)),
                              STR_ARG(money_text(arena, cells[1].amount, currency)),
                              STR_ARG(money_text(arena, cells[2].amount, currency)),
                              forecast.indicative ? " (indicative: history is short)" : "",
                              STR_ARG(forecast.method)));
    return GR_OK;
}

/* The budget whose burn-up is drawn: the first over everything, else the first. */
static const struct budget *main_budget(const struct report_context *context)
{
    for (size_t i = 0; i < context->budget_count; i++)
        if (!context->budgets[i].filter.len && context->budgets[i].dataset != BUDGET_OF_AI)
            return &context->budgets[i];
    return context->budget_count ? &context->budgets[0] : NULL;
}

static enum gr_status add_burn_chart(const struct report_context *context,
                                     struct section_builder *section, struct gr_err *err)
{
    const struct budget *budget = main_budget(context);
    struct burn_status status;
    struct daily_spend daily;
    GR_TRY(report_budget_status(context, budget, &status, err));
    if (status.state == BURN_NOT_STARTED)
        return GR_OK;
    GR_TRY(budget_actuals(context, budget, status_day(context), &daily, err));
    section_chart(section, burn_chart(context, budget, &status, &daily));
    return GR_OK;
}

enum gr_status block_budget_table(const struct report_context *context,
                                  struct section_builder *section, struct gr_err *err)
{
    char day[11];
    day_format(status_day(context), day);
    struct table_builder table = table_begin(context->arena, "budgets",
                                             arena_printf(context->arena, "Budgets as of %s", day),
                                             budget_columns, BUDGET_COLUMNS);
    table.table->empty_text = STR("No budgets: name a file with --budgets.");
    for (size_t i = 0; i < context->budget_count; i++) {
        struct burn_status status;
        bool has_data;
        GR_TRY(report_budget_status(context, &context->budgets[i], &status, err));
        GR_TRY(report_budget_has_data(context, &context->budgets[i], &has_data, err));
        budget_row(context->arena, &context->budgets[i], &status, has_data,
                   table_row(&table, ROW_DATA));
    }
    block_show_currency(&table);
    section_table(section, table.table);
    return GR_OK;
}

enum gr_status block_budgets(const struct report_context *context, struct section_builder *section,
                             struct gr_err *err)
{
    if (context->budget_count)
        GR_TRY(add_burn_chart(context, section, err));
    GR_TRY(block_budget_table(context, section, err));
    return add_forecast(context, section, err);
}
