/* Idle GPUs: how much of the GPU time nobody used, on which hosts, and what it cost. Called by
 * build.c.
 *
 * gpu_idle.h counts, this file words it: a sentence, figures, a chart and two tables.
 */
#include <math.h>
#include <string.h>

#include "report/block_tables.h"
#include "report/blocks.h"
#include "report/gpu_idle.h"
#include "report/report_internal.h"

enum {
    ROWS_SHOWN = 200, /* in the table by host; the rest is counted below it */
    BARS_SHOWN = 14,
    CURRENCY_TILES = 2
};

static enum gr_status hours_cell(int64_t ms, struct report_cell *out, struct gr_err *err)
{
    struct decimal hours;
    GR_TRY(idle_hours(ms, &hours, err));
    *out = cell_decimal(hours);
    return GR_OK;
}

static struct str hours_text(struct arena *arena, int64_t ms)
{
    struct decimal hours = DECIMAL_ZERO;
    struct gr_err ignored = {0}; /* 64 bits of milliseconds are in range */
    struct strbuf text;
    if (idle_hours(ms, &hours, &ignored))
        return STR("n/a");
    strbuf_init(&text, 256);
    decimal_format_fixed(hours, 0, ',', &text);
    struct str result = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return result;
}

static struct str percent_text(struct arena *arena, double ratio)
{
    return isfinite(ratio) ? arena_printf(arena, "%.1f %%", ratio * 100) : STR("n/a");
}

/* "12,345.67 USD and 80.00 EUR"; currencies without idle time only where nothing else is there. */
static struct str cost_text(const struct gpu_idle *b)
{
    struct str text = STR("");
    for (size_t i = 0; i < b->purse_count; i++) {
        if (!b->purses[i].tally.has_rate || (text.len && !b->purses[i].tally.idle_ms))
            continue;
        text = arena_printf(
            b->arena, "%.*s%s%.*s", STR_ARG(text), text.len ? " and " : "",
            STR_ARG(money_text(b->arena, b->purses[i].tally.cost, b->purses[i].currency)));
    }
    return text;
}

static size_t host_count(const struct gpu_idle *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->unit_count; i++)
        count +=
            i == 0 || !str_equal(b->units[i].series->instance, b->units[i - 1].series->instance);
    return count;
}

static void add_sentence(const struct gpu_idle *b, struct section_builder *section)
{
    struct arena *arena = b->arena;
    struct str cost = cost_text(b);
    struct str unpriced = STR("");
    if (b->total.unpriced_ms && cost.len)
        unpriced =
            arena_printf(arena, " %.*s of the idle GPU-hours have no rate and are not in it.",
                         STR_ARG(hours_text(arena, b->total.unpriced_ms)));
    size_t hosts = host_count(b);
    section_text(
        section, ITEM_PARAGRAPH,
        arena_printf(
            arena,
            "%.*s of the %.*s GPU-hours sampled were idle: %.*s%s. %lld GPU%s on %zu "
            "host%s; samples cover %.*s of their time.%.*s",
            STR_ARG(percent_text(arena, gpu_tally_share(b->total.idle_ms, b->total.known_ms))),
            STR_ARG(hours_text(arena, b->total.known_ms)),
            STR_ARG(cost.len ? cost : STR("at no known rate")),
            cost.len ? " at the rates of the inventory" : "", (long long)b->total.gpus,
            b->total.gpus == 1 ? "" : "s", hosts, hosts == 1 ? "" : "s",
            STR_ARG(percent_text(arena, gpu_tally_share(b->total.known_ms, b->total.window_ms))),
            STR_ARG(unpriced)));
}

static enum gr_status add_figures(const struct gpu_idle *b, struct section_builder *section,
                                  struct gr_err *err)
{
    struct arena *arena = b->arena;
    struct report_figure *figures =
        arena_alloc_zeroed(arena, 3 + 2 * CURRENCY_TILES, sizeof *figures);
    size_t count = 0, currencies = 0;
    figures[count].label = STR("GPU-hours sampled");
    figures[count].detail =
        arena_printf(arena, "%lld GPUs, %zu hosts", (long long)b->total.gpus, host_count(b));
    GR_TRY(hours_cell(b->total.known_ms, &figures[count++].value, err));
    figures[count].label = STR("Idle GPU-hours");
    figures[count].detail = arena_printf(
        arena, "%.*s of them; %.*s with memory held",
        STR_ARG(percent_text(arena, gpu_tally_share(b->total.idle_ms, b->total.known_ms))),
        STR_ARG(percent_text(arena, gpu_tally_share(b->total.idle_held_ms, b->total.idle_ms))));
    GR_TRY(hours_cell(b->total.idle_ms, &figures[count++].value, err));
    for (size_t i = 0; i < b->purse_count && currencies < CURRENCY_TILES; i++) {
        const struct gpu_purse *purse = &b->purses[i];
        if (!purse->tally.has_rate || (currencies && !purse->tally.idle_ms))
            continue;
        currencies++;
        figures[count++] = (struct report_figure){
            .label = arena_printf(arena, "Idle cost, %.*s", STR_ARG(purse->currency)),
            .value = cell_money(purse->tally.cost, purse->currency),
            .detail = STR("part of the cost, not on top")};
        figures[count++] = (struct report_figure){
            .label =
                arena_printf(arena, "Cost-weighted utilisation, %.*s", STR_ARG(purse->currency)),
            .value = cell_ratio(gpu_tally_rated_mean(&purse->tally)),
            .detail = arena_printf(arena, "plain mean %.*s",
                                   STR_ARG(percent_text(arena, gpu_tally_mean(&purse->tally))))};
    }
    figures[count++] = (struct report_figure){
        .label = STR("Coverage"),
        .value = cell_ratio(gpu_tally_share(b->total.known_ms, b->total.window_ms)),
        .detail = STR("of the time of these GPUs is sampled")};
    section_figures(section, figures, count);
    return GR_OK;
}

/* ---- tables and chart ---- */

static const struct block_column host_columns[] = {
    {"host",                    "Host",                 CELL_TEXT,    0                            },
    {"gpu",                     "GPU",                  CELL_TEXT,    0                            },
    {"gpu_type",                "GPU type",             CELL_TEXT,    BLOCK_OPTIONAL               },
    {"team",                    "Team",                 CELL_TEXT,    0                            },
    {"currency",                "Currency",             CELL_TEXT,    BLOCK_CSV_ONLY               },
    {"gpus",                    "GPUs",                 CELL_COUNT,   BLOCK_ADD_UP                 },
    {"gpu_hours",               "GPU-hours",            CELL_DECIMAL, BLOCK_ADD_UP                 },
    {"mean_utilisation",        "Mean use",             CELL_RATIO,   0                            },
    {"coverage",                "Coverage",             CELL_RATIO,   BLOCK_OPTIONAL               },
    {"idle_held_hours",         "Idle held, h",         CELL_DECIMAL, BLOCK_ADD_UP                 },
    {"idle_free_hours",         "Idle free, h",         CELL_DECIMAL, BLOCK_ADD_UP                 },
    {"unknown_hours",           "Unknown, h",           CELL_DECIMAL, BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"idle_cost",               "Idle cost",            CELL_MONEY,   BLOCK_ADD_UP                 },
    {"idle_hours_without_rate", "Idle without rate, h", CELL_DECIMAL,
     BLOCK_ADD_UP | BLOCK_CSV_ONLY                                                                 },
};
static const struct block_column run_columns[] = {
    {"host",      "Host",      CELL_TEXT,    0             },
    {"gpu",       "GPU",       CELL_TEXT,    0             },
    {"team",      "Team",      CELL_TEXT,    0             },
    {"idle_from", "From, UTC", CELL_TEXT,    0             },
    {"idle_to",   "To, UTC",   CELL_TEXT,    0             },
    {"hours",     "Hours",     CELL_DECIMAL, 0             },
    {"currency",  "Currency",  CELL_TEXT,    BLOCK_CSV_ONLY},
    {"cost",      "Cost",      CELL_MONEY,   0             },
};
enum {
    HOST_COLUMNS = sizeof host_columns / sizeof *host_columns,
    RUN_COLUMNS = sizeof run_columns / sizeof *run_columns
};

static struct str team_of(const struct gpu_idle *b, const struct gpu_unit *unit)
{
    struct str team =
        gpu_tag(b->arena, b->context->tag_rules, unit->machine, unit->series, STR("team"));
    return team.len ? team : STR("(untagged)");
}

static struct str gpu_type_of(const struct gpu_unit *unit)
{
    if (unit->machine && unit->machine->gpu_type.len)
        return unit->machine->gpu_type;
    return unit->series->name.len ? unit->series->name : STR("(none)");
}

static struct str gpu_name(struct arena *arena, const struct gpu_unit *unit)
{
    const struct gpu_series *series = unit->series;
    if (series->whole_machine)
        return arena_printf(arena, "all %lld", (long long)unit->tally.gpus);
    return series->index.len ? series->index : series->uuid;
}

/* Money of a line: n/a where nothing has a rate, or where its idle time has none. */
static struct report_cell line_cost(const struct gpu_line *line)
{
    const struct gpu_tally *t = &line->tally;
    if (!t->has_rate || (t->idle_ms && t->unpriced_ms == t->idle_ms))
        return cell_na();
    return cell_money(t->cost, line->first->currency);
}

static enum gr_status fill_line(const struct gpu_idle *b, const struct gpu_line *line,
                                struct report_cell *cells, struct gr_err *err)
{
    const struct gpu_unit *unit = line->first;
    const struct gpu_tally *t = &line->tally;
    size_t at = 0;
    cells[at++] = cell_text(unit->series->instance);
    if (line->one_gpu)
        cells[at++] = cell_text(gpu_name(b->arena, unit));
    cells[at++] = cell_text(gpu_type_of(unit));
    cells[at++] = cell_text(team_of(b, unit));
    cells[at++] = cell_text(unit->currency);
    cells[at++] = cell_count(t->gpus);
    GR_TRY(hours_cell(t->known_ms, &cells[at++], err));
    cells[at++] = cell_ratio(gpu_tally_mean(t));
    cells[at++] = cell_ratio(gpu_tally_share(t->known_ms, t->window_ms));
    GR_TRY(hours_cell(t->idle_held_ms, &cells[at++], err));
    GR_TRY(hours_cell(t->idle_ms - t->idle_held_ms, &cells[at++], err));
    GR_TRY(hours_cell(t->unknown_ms, &cells[at++], err));
    cells[at++] = line_cost(line);
    return hours_cell(t->unpriced_ms, &cells[at], err);
}

/* The totals were made from all rows; the middle goes and is counted. */
static void cut_rows(struct report_table *table, size_t data_rows)
{
    if (data_rows <= ROWS_SHOWN)
        return;
    memmove(&table->rows[ROWS_SHOWN], &table->rows[data_rows],
            (table->row_count - data_rows) * sizeof *table->rows);
    table->rows_not_shown = data_rows - ROWS_SHOWN;
    table->row_count -= table->rows_not_shown;
}

static enum gr_status add_host_table(const struct gpu_idle *b, struct section_builder *section,
                                     struct gr_err *err)
{
    struct block_column columns[HOST_COLUMNS];
    size_t count = 0;
    bool one_gpu = b->lines[0].one_gpu;
    for (size_t i = 0; i < HOST_COLUMNS; i++)
        if (one_gpu || strcmp(host_columns[i].id, "gpu") != 0)
            columns[count++] = host_columns[i];
    struct table_builder table = block_table(
        b->arena, "gpus_by_host", one_gpu ? STR("GPUs") : STR("GPUs by host"), columns, count);
    for (size_t i = 0; i < b->line_count; i++)
        GR_TRY(fill_line(b, &b->lines[i], table_row(&table, ROW_DATA), err));
    block_show_currency(&table);
    GR_TRY(report_add_totals(&table, err));
    cut_rows(table.table, b->line_count);
    section_table(section, table.table);
    return GR_OK;
}

/* "2026-10-19 00:30" */
static struct str minute_text(struct arena *arena, int64_t moment_ms)
{
    char text[32];
    moment_format(moment_ms, text);
    text[10] = ' ';
    return arena_str(arena, (struct str){text, 16});
}

static enum gr_status add_run_table(const struct gpu_idle *b, struct section_builder *section,
                                    struct gr_err *err)
{
    struct table_builder table = block_table(b->arena, "longest_idle_runs",
                                             STR("Longest idle runs"), run_columns, RUN_COLUMNS);
    table.table->empty_text = STR("No GPU was idle for so long.");
    for (size_t i = 0; i < b->run_count; i++) {
        const struct gpu_run *run = &b->runs[i];
        struct report_cell *cells = table_row(&table, ROW_DATA);
        cells[0] = cell_text(run->unit->series->instance);
        cells[1] = cell_text(gpu_name(b->arena, run->unit));
        cells[2] = cell_text(team_of(b, run->unit));
        cells[3] = cell_text(minute_text(b->arena, run->from_ms));
        cells[4] = cell_text(minute_text(b->arena, run->to_ms));
        GR_TRY(hours_cell(run->to_ms - run->from_ms, &cells[5], err));
        cells[6] = cell_text(run->unit->currency);
        cells[7] = run->has_cost ? cell_money(run->cost, run->unit->currency) : cell_na();
    }
    block_show_currency(&table);
    section_table(section, table.table);
    return GR_OK;
}

static struct str line_name(const struct gpu_idle *b, const struct gpu_line *line)
{
    if (!line->one_gpu)
        return line->first->series->instance;
    return arena_printf(b->arena, "%.*s %.*s", STR_ARG(line->first->series->instance),
                        STR_ARG(gpu_name(b->arena, line->first)));
}

/* Bars of the currency that most GPU-hours are priced in. */
static void add_chart(const struct gpu_idle *b, struct section_builder *section)
{
    size_t p = 0;
    while (p < b->purse_count &&
           (!b->purses[p].tally.has_rate || decimal_sign(b->purses[p].tally.cost) <= 0))
        p++;
    if (p == b->purse_count)
        return;
    struct str currency = b->purses[p].currency;
    struct report_chart *chart = arena_alloc_zeroed(b->arena, 1, sizeof *chart);
    *chart = (struct report_chart){.kind = CHART_BARS,
                                   .id = STR("idle_cost_by_host"),
                                   .unit = currency,
                                   .template_name = STR("bars.gp"),
                                   .series_count = 1};
    chart->x = arena_alloc(b->arena, BARS_SHOWN * sizeof *chart->x);
    chart->series = arena_alloc_zeroed(b->arena, 1, sizeof *chart->series);
    chart->series[0].values = arena_alloc(b->arena, BARS_SHOWN * sizeof(double));
    for (size_t i = 0; i < b->line_count && chart->x_count < BARS_SHOWN; i++) {
        const struct gpu_line *line = &b->lines[i];
        if (!str_equal(line->first->currency, currency) || decimal_sign(line->tally.cost) <= 0)
            continue;
        chart->x[chart->x_count] = line_name(b, line);
        chart->series[0].values[chart->x_count++] = decimal_to_double(line->tally.cost);
    }
    chart->title = arena_printf(b->arena, "Idle GPU cost by %s, %.*s (%.*s)",
                                b->lines[0].one_gpu ? "GPU" : "host",
                                STR_ARG(b->context->period_name), STR_ARG(currency));
    chart->alt = arena_printf(b->arena, "%.*s: the largest is %.*s", STR_ARG(chart->title),
                              STR_ARG(chart->x[0]));
    section_chart(section, chart);
}

static void add_note(const struct gpu_idle *b, struct section_builder *section)
{
    struct arena *arena = b->arena;
    struct str ignored = gpu_filters_ignored(arena, b->filters, b->filter_count);
    struct str filters = STR("");
    if (ignored.len)
        filters = arena_printf(arena,
                               " Samples don't know the filtered %.*s: that filter is not "
                               "applied here.",
                               STR_ARG(ignored));
    section_text(
        section, ITEM_NOTE,
        arena_printf(
            arena,
            "Idle is a use below %d %% for %d minutes or longer; held means more than "
            "%d MiB of its memory in use meanwhile. A sample counts until the next one, at "
            "most %d sampling steps; what lies beyond is no data, and a sample without a "
            "value is unknown: neither is idle. A GPU-hour costs the machine's hourly cost "
            "by its GPUs, as the inventory had it at that time. Idle cost is a part of the "
            "cost of these machines, never to be added to it. Machines that are sampled as "
            "a whole count with all their GPUs.%.*s",
            GPU_IDLE_PERCENT, GPU_IDLE_MINUTES, GPU_IDLE_HELD_MIB, IDLE_HOLD_STEPS,
            STR_ARG(filters)));
}

static enum gr_status fill_section(struct gpu_idle *b, struct section_builder *section,
                                   struct gr_err *err)
{
    add_sentence(b, section);
    GR_TRY(add_figures(b, section, err));
    add_chart(b, section);
    GR_TRY(add_host_table(b, section, err));
    GR_TRY(add_run_table(b, section, err));
    add_note(b, section);
    return GR_OK;
}

enum gr_status block_gpu_idle(const struct report_context *context, struct section_builder *section,
                              struct gr_err *err)
{
    struct gpu_idle b = {.context = context, .arena = context->arena};
    enum gr_status status = gpu_idle_count(&b, err);
    if (!status && b.unit_count)
        status = fill_section(&b, section, err);
    else if (!status)
        section_text(
            section, ITEM_PARAGRAPH,
            arena_printf(context->arena, "No GPU samples in %.*s.", STR_ARG(context->period_name)));
    gpu_idle_deinit(&b);
    return status;
}
