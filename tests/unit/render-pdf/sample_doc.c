/* Documents made by hand; see sample_doc.h. Figures are invented and the same on every run. */
#include "sample_doc.h"

#include <math.h>
#include <string.h>

#define LONG_50 "a-name-that-is-far-too-long-for-any-column-of-a-pa"

const struct str sample_hostile_names[] = {
    STR("ml-training"),
    STR("`touch x`"),
    STR("a_b^{c}"),
    STR("=cmd|'/c calc'!A1"),
    STR("\x1B[31mred\x1B[0m"),
    STR(LONG_50 LONG_50 LONG_50 LONG_50 LONG_50 LONG_50),
    STR("rocket \xF0\x9F\x9A\x80 team"),
    STR("\xD7\xA6\xD7\x95\xD7\x95\xD7\xAA \xD7\x9E\xD7\x97\xD7\xA7\xD7\xA8"), /* Hebrew */
    STR("研究团队"),
    STR("日本語チーム"),
    STR("платформа"),
    STR("Équipe données"),
    STR("</svg><script>alert(1)</script>"),
    STR("two\nlines\tand a tab"),
    STR("it's 'quoted' \"twice\""),
    STR("bad \xFF\xFE bytes"),
    STR("@L3@"),
    STR("(untagged)"),
};
const size_t sample_hostile_name_count =
    sizeof sample_hostile_names / sizeof sample_hostile_names[0];

/* ---- cells ---- */

static struct report_cell text_cell(struct str text)
{
    return (struct report_cell){.kind = CELL_TEXT, .text = text};
}

static struct report_cell money_cell(int64_t cents)
{
    return (struct report_cell){
        .kind = CELL_MONEY, .amount = {cents, 2},
             .currency = STR("USD")
    };
}

static struct report_cell ratio_cell(double ratio)
{
    return (struct report_cell){.kind = CELL_RATIO, .real = ratio};
}

static struct report_cell count_cell(int64_t count)
{
    return (struct report_cell){.kind = CELL_COUNT, .count = count};
}

static struct report_column column(const char *id, const char *title, enum cell_kind kind)
{
    return (struct report_column){
        .id = str_from(id), .title = str_from(title), .kind = kind, .decimals = 1};
}

/* Repeatable, spread out, sometimes negative. */
static int64_t cents_of(size_t i)
{
    uint64_t x = (i + 1) * UINT64_C(2654435761) % 100000007;
    int64_t cents = (int64_t)(x % 25000000);
    return i % 23 == 22 ? -cents / 40 : cents / (int64_t)(1 + i / 3);
}

static struct report_table *make_table(struct arena *arena, const char *id, const char *title,
                                       size_t columns, size_t rows)
{
    struct report_table *table = arena_alloc_zeroed(arena, 1, sizeof *table);
    table->id = str_from(id);
    table->title = str_from(title);
    table->columns = arena_alloc_zeroed(arena, columns, sizeof *table->columns);
    table->column_count = columns;
    table->rows = arena_alloc_zeroed(arena, rows + 1, sizeof *table->rows);
    table->row_count = rows;
    for (size_t r = 0; r < rows; r++)
        table->rows[r].cells = arena_alloc_zeroed(arena, columns, sizeof(struct report_cell));
    return table;
}

/* ---- tables ---- */

static struct report_table *teams_table(struct arena *arena)
{
    size_t rows = sample_hostile_name_count + 2;
    struct report_table *table = make_table(arena, "teams", "Spend by team, October 2026", 8, rows);
    table->columns[0] = column("team", "Team", CELL_TEXT);
    table->columns[1] = column("actual", "Actual", CELL_MONEY);
    table->columns[2] = column("prior", "September", CELL_MONEY);
    table->columns[3] = column("change", "Change", CELL_MONEY);
    table->columns[4] = column("change_pct", "Change %", CELL_RATIO);
    table->columns[5] = column("share", "Share of total", CELL_RATIO);
    table->columns[5].share_bar = true;
    table->columns[6] = column("gpu_hours", "GPU hours", CELL_DECIMAL);
    table->columns[7] = column("machine_only", "Machine only", CELL_TEXT);
    table->columns[7].csv_only = true;
    int64_t total = 0, prior_total = 0;
    for (size_t r = 0; r + 1 < rows; r++) {
        total += cents_of(r);
        prior_total += cents_of(r + 7);
    }
    for (size_t r = 0; r < rows; r++) {
        struct report_row *row = &table->rows[r];
        bool last = r + 1 == rows, other = r + 2 == rows;
        int64_t now = last ? total : cents_of(r), before = last ? prior_total : cents_of(r + 7);
        row->kind = last ? ROW_TOTAL : other ? ROW_OTHER : ROW_DATA;
        row->cells[0] = text_cell(last    ? STR("Total")
                                  : other ? STR("(other)")
                                          : sample_hostile_names[r]);
        row->cells[1] = money_cell(now);
        row->cells[2] = money_cell(before);
        row->cells[3] = money_cell(now - before);
        row->cells[4] = before ? ratio_cell((double)(now - before) / (double)before)
                               : (struct report_cell){.kind = CELL_NA};
        row->cells[5] = ratio_cell((double)now / (double)total);
        row->cells[6] = (struct report_cell){
            .kind = r == 3 ? CELL_NA : CELL_DECIMAL,
            .amount = {now / 7, 3},
            .estimated = r % 5 == 4
        };
        row->cells[7] = text_cell(STR("must not be seen"));
    }
    return table;
}

static struct report_table *lines_table(struct arena *arena, size_t rows)
{
    struct report_table *table = make_table(arena, "lines", "Cost lines", 6, rows + (rows > 0));
    static const char *const services[] = {"GPU p5.48xlarge", "Object storage",
                                           "Managed inference endpoints", "Egress"};
    table->columns[0] = column("day", "Day", CELL_DAY);
    table->columns[1] = column("team", "Team", CELL_TEXT);
    table->columns[2] = column("service", "Service", CELL_TEXT);
    table->columns[3] = column("region", "Region", CELL_TEXT);
    table->columns[4] = column("records", "Records", CELL_COUNT);
    table->columns[5] = column("cost", "Billed cost", CELL_MONEY);
    int64_t total = 0;
    for (size_t r = 0; r < rows; r++) {
        struct report_cell *cells = table->rows[r].cells;
        cells[0] = (struct report_cell){.kind = CELL_DAY,
                                        .day = day_add(day_from_ymd(2026, 10, 1), (int)(r % 31))};
        cells[1] = text_cell(sample_hostile_names[r % sample_hostile_name_count]);
        cells[2] = text_cell(str_from(services[r % 4]));
        cells[3] = text_cell(STR("eu-central-1"));
        cells[4] = count_cell((int64_t)(r * 37 % 5000));
        cells[5] = money_cell(cents_of(r));
        total += cents_of(r);
    }
    if (rows) {
        table->rows[rows].kind = ROW_TOTAL;
        table->rows[rows].cells[0] = text_cell(STR("Total"));
        table->rows[rows].cells[5] = money_cell(total);
    }
    table->empty_text = STR("No cost lines in this period.");
    return table;
}

/* ---- charts ---- */

static struct report_chart *make_chart(struct arena *arena, enum chart_kind kind, const char *id,
                                       const char *title, size_t points, size_t series)
{
    struct report_chart *chart = arena_alloc_zeroed(arena, 1, sizeof *chart);
    chart->kind = kind;
    chart->id = str_from(id);
    chart->title = str_from(title);
    chart->unit = STR("USD");
    chart->alt = arena_printf(arena, "Chart: %s.", title);
    chart->x = arena_alloc_zeroed(arena, points + 1, sizeof *chart->x);
    chart->x_count = points;
    chart->series = arena_alloc_zeroed(arena, series + 1, sizeof *chart->series);
    chart->series_count = series;
    for (size_t s = 0; s < series; s++)
        chart->series[s].values =
            arena_alloc_zeroed(arena, points + 1, sizeof *chart->series[s].values);
    return chart;
}

static void days_of(struct arena *arena, struct report_chart *chart)
{
    chart->x_is_day = true;
    for (size_t i = 0; i < chart->x_count; i++) {
        char text[11];
        day_format(day_add(day_from_ymd(2026, 10, 1), (int)i), text);
        chart->x[i] = arena_str(arena, str_from(text));
    }
}

static struct report_chart *bars_chart(struct arena *arena)
{
    struct report_chart *chart =
        make_chart(arena, CHART_BARS, "by_team",
                   "ml-training takes a third of the bill and grew by 9.4 % against September",
                   sample_hostile_name_count, 2);
    chart->series[0].name = STR("October 2026");
    chart->series[1].name = STR("September 2026");
    for (size_t i = 0; i < chart->x_count; i++) {
        chart->x[i] = sample_hostile_names[i];
        chart->series[0].values[i] = (double)cents_of(i) / 100;
        chart->series[1].values[i] = (double)cents_of(i + 7) / 100;
    }
    return chart;
}

static struct report_chart *stacked_chart(struct arena *arena)
{
    struct report_chart *chart =
        make_chart(arena, CHART_STACKED_COLUMNS, "daily",
                   "Training runs on weekdays; inference is steady; a credit on 14 October", 31, 7);
    static const char *const names[] = {"ml-training", "inference",  "研究团队", "data platform",
                                        "a_b^{c}",     "(untagged)", "(other)"};
    days_of(arena, chart);
    for (size_t s = 0; s < 7; s++) {
        chart->series[s].name = str_from(names[s]);
        for (size_t i = 0; i < 31; i++) {
            double weekday = s == 0 && (i % 7 == 2 || i % 7 == 3) ? 0.3 : 1;
            chart->series[s].values[i] =
                weekday * (9000 - 1200 * (double)s) * (1 + 0.1 * sin((double)(i * (s + 2))));
        }
    }
    chart->series[3].values[13] = -6500;
    return chart;
}

static struct report_chart *lines_chart(struct arena *arena)
{
    struct report_chart *chart = make_chart(arena, CHART_LINES, "unit_cost",
                                            "Cost per million tokens falls with caching", 31, 3);
    static const char *const names[] = {"claude-sonnet-4-5", "gpt-5-mini",
                                        "own endpoint, 8 x H100, mixed traffic"};
    days_of(arena, chart);
    for (size_t s = 0; s < 3; s++) {
        chart->series[s].name = str_from(names[s]);
        for (size_t i = 0; i < 31; i++)
            chart->series[s].values[i] =
                0.6 - 0.1 * (double)s - 0.004 * (double)i + 0.02 * sin((double)(i + s));
    }
    chart->series[2].values[11] = chart->series[2].values[12] = NAN;
    chart->unit = STR("USD per 1M tokens");
    return chart;
}

static struct report_chart *fan_chart(struct arena *arena)
{
    struct report_chart *chart =
        make_chart(arena, CHART_FAN, "burn",
                   "October is likely to end at 661,000, 10 % over the budget of 600,000", 31, 7);
    days_of(arena, chart);
    chart->series[0].name = STR("Actual");
    for (size_t i = 0; i < 31; i++) {
        double middle = 21300.0 * (double)(i + 1) + 6000 * sin((double)i);
        double spread = i >= 21 ? 4200.0 * (double)(i - 21) : NAN;
        chart->series[0].values[i] = i <= 21 ? middle : NAN;
        chart->series[1].values[i] = i >= 21 ? middle : NAN;
        chart->series[2].values[i] = middle - 1.7 * spread;
        chart->series[3].values[i] = middle + 1.7 * spread;
        chart->series[4].values[i] = middle - spread;
        chart->series[5].values[i] = middle + spread;
        chart->series[6].values[i] = 600000.0 / 31 * (double)(i + 1);
    }
    return chart;
}

/* ---- documents ---- */

static struct report_doc *make_doc(struct arena *arena, size_t sections)
{
    struct report_doc *doc = arena_alloc_zeroed(arena, 1, sizeof *doc);
    doc->id = STR("monthly");
    doc->title = STR("GPU and cloud cost, October 2026");
    doc->subtitle = STR("2026-10-01 to 2026-10-31 UTC, billed cost in USD");
    doc->status = STR("preliminary");
    doc->snapshot = STR("42");
    doc->as_of = day_from_ymd(2026, 10, 31);
    doc->author = STR("gpureport 0.1.0");
    doc->sections = arena_alloc_zeroed(arena, sections + 1, sizeof *doc->sections);
    doc->section_count = sections;
    return doc;
}

static struct report_item *add_item(struct arena *arena, struct report_section *section,
                                    enum report_item_kind kind)
{
    enum { ITEMS_MAX = 12 };
    if (!section->items)
        section->items = arena_alloc_zeroed(arena, ITEMS_MAX, sizeof *section->items);
    struct report_item *item = &section->items[section->item_count++];
    item->kind = kind;
    return item;
}

static void add_figures(struct arena *arena, struct report_section *section)
{
    static const char *const labels[] = {
        "Spend",         "Against budget",     "Forecast at year end",
        "GPU idle cost", "Cost per 1M tokens", "Largest team"};
    static const char *const details[] = {
        "+8.0 % against September (+49,009.12)",
        "61,204.18 over, 110.2 % used",
        "80 % range 7.4 to 8.1 million",
        "7.3 % of spend, 212 idle GPU hours",
        "−3.1 % against September",
        "32.1 % of spend, a detail that is too long for its tile"};
    struct report_item *item = add_item(arena, section, ITEM_FIGURES);
    item->figures = arena_alloc_zeroed(arena, 6, sizeof *item->figures);
    item->figure_count = 6;
    for (size_t i = 0; i < 6; i++) {
        struct report_figure *figure = &item->figures[i];
        figure->label = str_from(labels[i]);
        figure->detail = str_from(details[i]);
        figure->value = money_cell((int64_t)(66120418 / (i + 1)));
        figure->spark_count = 13;
        figure->spark = arena_alloc(arena, 13 * sizeof *figure->spark);
        for (size_t k = 0; k < 13; k++)
            figure->spark[k] = 100 + 20 * sin((double)(k * (i + 1))) + 3 * (double)k;
    }
    item->figures[1].value = ratio_cell(1.102);
    item->figures[5].value = text_cell(STR("ml-training"));
    item->figures[5].spark = NULL;
    item->figures[5].spark_count = 0;
}

struct report_doc *sample_doc_rich(struct arena *arena)
{
    struct report_doc *doc = make_doc(arena, 5);
    struct report_section *summary = &doc->sections[0];
    summary->title = STR("Summary");
    add_item(arena, summary, ITEM_PARAGRAPH)->text =
        STR("October cost 661,204.18 USD, 8.0 % (49,009.12 USD) more than September. Two thirds of "
            "the increase come from ml-training, which ran four more fine-tuning jobs; the rest is "
            "idle capacity after the move to the new cluster. At the present rate the year ends "
            "between 7.4 and 8.1 million USD, over the budget of 7.2 million.");
    add_figures(arena, summary);
    add_item(arena, summary, ITEM_CHART)->chart = fan_chart(arena);
    add_item(arena, summary, ITEM_NOTE)->text =
        STR("Preliminary: the bills of two providers for 31 October are still open. Forecast from "
            "daily cost of the last 90 days; ranges from past forecast errors.");

    struct report_section *teams = &doc->sections[1];
    teams->title = STR("Spend by team");
    teams->new_page = true;
    add_item(arena, teams, ITEM_TABLE)->table = teams_table(arena);
    add_item(arena, teams, ITEM_CHART)->chart = bars_chart(arena);
    add_item(arena, teams, ITEM_CHART)->chart = stacked_chart(arena);

    struct report_section *models = &doc->sections[2];
    models->title = STR("Language models — 概要");
    add_item(arena, models, ITEM_CHART)->chart = lines_chart(arena);
    struct report_table *none = make_table(arena, "none", "Anomalies", 2, 0);
    none->columns[0] = column("day", "Day", CELL_DAY);
    none->columns[1] = column("cost", "Cost", CELL_MONEY);
    none->empty_text = STR("No anomalies in this period.");
    add_item(arena, models, ITEM_TABLE)->table = none;

    struct report_section *appendix = &doc->sections[3];
    appendix->title = STR("Appendix: cost lines");
    appendix->new_page = true;
    struct report_table *lines = lines_table(arena, 60);
    lines->rows_not_shown = 1940;
    add_item(arena, appendix, ITEM_TABLE)->table = lines;

    struct report_section *method = &doc->sections[4];
    method->title = STR("Method");
    add_item(arena, method, ITEM_PARAGRAPH)->text =
        STR("Amounts are exact sums, rounded once when they are printed, half to even. Tags are "
            "reported as they were billed.");
    return doc;
}

struct report_doc *sample_doc_table(struct arena *arena, size_t rows)
{
    struct report_doc *doc = make_doc(arena, 1);
    doc->sections[0].title = STR("Lines");
    add_item(arena, &doc->sections[0], ITEM_TABLE)->table = lines_table(arena, rows);
    return doc;
}

struct report_doc *sample_doc_empty(struct arena *arena)
{
    return make_doc(arena, 0);
}

struct report_doc *sample_doc_chart(struct arena *arena, enum chart_kind kind, size_t points,
                                    size_t series)
{
    struct report_doc *doc = make_doc(arena, 1);
    struct report_chart *chart = make_chart(arena, kind, "one", "One chart", points, series);
    for (size_t s = 0; s < series; s++) {
        chart->series[s].name = arena_printf(arena, "series %zu", s + 1);
        for (size_t i = 0; i < points; i++)
            chart->series[s].values[i] = (double)((i * 7 + s * 3) % 11) * 1000;
    }
    for (size_t i = 0; i < points; i++)
        chart->x[i] = arena_printf(arena, "category %zu", i + 1);
    add_item(arena, &doc->sections[0], ITEM_CHART)->chart = chart;
    return doc;
}
