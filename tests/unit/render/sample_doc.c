/* Documents made by hand; see sample_doc.h. */
#include "sample_doc.h"

#include <math.h>
#include <string.h>

static struct report_cell text(struct str value)
{
    return (struct report_cell){.kind = CELL_TEXT, .text = value};
}

static struct decimal amount(const char *digits)
{
    struct decimal value = DECIMAL_ZERO;
    (void)decimal_read(str_from(digits), &value);
    return value;
}

static struct report_cell money(const char *digits, const char *currency)
{
    return (struct report_cell){
        .kind = CELL_MONEY, .amount = amount(digits), .currency = str_from(currency)};
}

static struct report_cell quantity(const char *digits)
{
    return (struct report_cell){.kind = CELL_DECIMAL, .amount = amount(digits)};
}

static struct report_cell count(int64_t value)
{
    return (struct report_cell){.kind = CELL_COUNT, .count = value};
}

static struct report_cell ratio(double value)
{
    return (struct report_cell){.kind = CELL_RATIO, .real = value};
}

static struct report_cell day(int year, int month, int day_of_month)
{
    return (struct report_cell){.kind = CELL_DAY, .day = day_from_ymd(year, month, day_of_month)};
}

static struct report_cell none(void)
{
    return (struct report_cell){.kind = CELL_NONE};
}

static struct report_cell not_applicable(void)
{
    return (struct report_cell){.kind = CELL_NA};
}

static struct report_cell estimated(struct report_cell cell)
{
    cell.estimated = true;
    return cell;
}

static struct report_table *table(struct arena *arena, const char *id, const char *title,
                                  const struct report_column *columns, size_t column_count,
                                  size_t row_capacity)
{
    struct report_table *made = arena_alloc_zeroed(arena, 1, sizeof *made);
    made->id = str_from(id);
    made->title = str_from(title);
    made->columns = arena_alloc_zeroed(arena, column_count, sizeof *columns);
    memcpy(made->columns, columns, column_count * sizeof *columns);
    made->column_count = column_count;
    made->rows = arena_alloc_zeroed(arena, row_capacity + 1, sizeof *made->rows);
    return made;
}

static void add_row(struct arena *arena, struct report_table *to, enum report_row_kind kind,
                    const struct report_cell *cells)
{
    struct report_row *row = &to->rows[to->row_count++];
    row->kind = kind;
    row->cells = arena_alloc_zeroed(arena, to->column_count, sizeof *cells);
    memcpy(row->cells, cells, to->column_count * sizeof *cells);
}

#define ROW(arena, table, kind, ...)                                                               \
    add_row(arena, table, kind, (const struct report_cell[]){__VA_ARGS__})
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct report_section *section(struct arena *arena, const char *id, const char *title,
                                      size_t item_capacity)
{
    struct report_section *made = arena_alloc_zeroed(arena, 1, sizeof *made);
    made->id = str_from(id);
    made->title = str_from(title);
    made->items = arena_alloc_zeroed(arena, item_capacity, sizeof *made->items);
    return made;
}

static struct report_item *add_item(struct report_section *to, enum report_item_kind kind)
{
    struct report_item *item = &to->items[to->item_count++];
    item->kind = kind;
    return item;
}

static struct report_doc *doc_of(struct arena *arena, const char *id, const char *title,
                                 size_t section_count)
{
    struct report_doc *doc = arena_alloc_zeroed(arena, 1, sizeof *doc);
    *doc = (struct report_doc){.id = str_from(id),
                               .title = str_from(title),
                               .subtitle = STR("2026-10-01 to 2026-10-31 UTC, billed cost"),
                               .status = STR("final"),
                               .snapshot = STR("7"),
                               .as_of = day_from_ymd(2026, 10, 31),
                               .author = STR("gpureport 0.1.0"),
                               .section_count = section_count};
    doc->sections = arena_alloc_zeroed(arena, section_count, sizeof *doc->sections);
    return doc;
}

#define COLUMN(name, heading, ...)                                                                 \
    {                                                                                              \
        .id = STR(name), .title = STR(heading), .kind = __VA_ARGS__                                \
    }

static const struct report_column group_columns[] = {
    COLUMN("tag_value", "team", CELL_TEXT),
    COLUMN("currency", "currency", CELL_TEXT),
    COLUMN("total_cost", "cost", CELL_MONEY, .add_up = true),
    COLUMN("record_count", "records", CELL_COUNT, .add_up = true, .optional = true),
    COLUMN("share", "share", CELL_RATIO, .decimals = 1, .share_bar = true, .optional = true,
           .human_only = true),
};

struct report_doc *sample_ad_hoc(struct arena *arena)
{
    struct report_doc *doc = doc_of(arena, "by-tag", "Spend by team", 1);
    doc->json_head = STR("\"report\":\"by-tag\",\"dimensions\":[\"tag:team\"],\"cost\":\"billed\"");
    struct report_table *groups =
        table(arena, "groups", "", group_columns, COUNT_OF(group_columns), 5);
    ROW(arena, groups, ROW_DATA, text(STR("ml-training")), text(STR("USD")),
        money("212408.1134", "USD"), count(12345), ratio(0.7703));
    ROW(arena, groups, ROW_DATA, text(STR("serving")), text(STR("USD")), money("51329.5", "USD"),
        count(450), ratio(0.1861));
    ROW(arena, groups, ROW_DATA, text(STR("(untagged)")), text(STR("USD")),
        estimated(money("12004.90", "USD")), count(7), ratio(0.0435));
    ROW(arena, groups, ROW_TOTAL, text(STR("TOTAL")), text(STR("USD")), money("275742.5134", "USD"),
        count(12802), ratio(1));
    static const struct report_column series_columns[] = {
        COLUMN("date", "date", CELL_DAY),
        COLUMN("tag_value", "team", CELL_TEXT),
        COLUMN("currency", "currency", CELL_TEXT),
        COLUMN("total_cost", "cost", CELL_MONEY),
    };
    struct report_table *series =
        table(arena, "time_series", "", series_columns, COUNT_OF(series_columns), 20);
    static const char *const costs[] = {"10", "520.125", "1040", "0.5", "800", "-3"};
    for (int d = 0; d < 6; d++) {
        ROW(arena, series, ROW_DATA, day(2026, 10, d + 1), text(STR("ml-training")),
            text(STR("USD")), money(costs[d], "USD"));
        ROW(arena, series, ROW_DATA, day(2026, 10, d + 1), text(STR("serving")), text(STR("USD")),
            money(costs[5 - d], "USD"));
    }
    struct report_table *totals =
        table(arena, "totals", "", group_columns + 1, COUNT_OF(group_columns) - 1, 1);
    ROW(arena, totals, ROW_DATA, text(STR("USD")), money("275742.5134", "USD"), count(12802),
        ratio(1));
    struct report_section *only = section(arena, "spend", "", 3);
    add_item(only, ITEM_TABLE)->table = groups;
    add_item(only, ITEM_TABLE)->table = series;
    add_item(only, ITEM_TABLE)->table = totals;
    doc->sections[0] = *only;
    return doc;
}

static const struct report_column wide_columns[] = {
    COLUMN("provider", "provider", CELL_TEXT),
    COLUMN("resource", "resource", CELL_TEXT),
    COLUMN("first_day", "first day", CELL_DAY, .optional = true),
    COLUMN("currency", "currency", CELL_TEXT),
    COLUMN("total_cost", "cost", CELL_MONEY, .add_up = true),
    COLUMN("change", "\u0394 Sep", CELL_MONEY, .signed_change = true, .add_up = true,
           .optional = true),
    COLUMN("gpu_hours", "GPU-hours", CELL_DECIMAL, .decimals = 1, .optional = true),
    COLUMN("machine_note", "note", CELL_TEXT, .csv_only = true),
};

struct report_doc *sample_two_currencies(struct arena *arena)
{
    struct report_doc *doc = doc_of(arena, "by-dimension", "Spend by provider and resource", 1);
    struct report_table *groups =
        table(arena, "groups", "Spend by resource", wide_columns, COUNT_OF(wide_columns), 7);
    ROW(arena, groups, ROW_DATA, text(STR("aws")),
        text(STR("arn:aws:ec2:eu-west-1:instance/i-0a1b2c3d")), day(2026, 10, 1), text(STR("USD")),
        money("15240.505", "USD"), money("1220.4", "USD"), quantity("744.04"), text(STR("a,b")));
    ROW(arena, groups, ROW_DATA, text(STR("gcp")),
        text(STR("\u6df1\u5ea6\u5b66\u4e60\u96c6\u7fa4")), day(2026, 10, 2), text(STR("JPY")),
        money("1200500", "JPY"), money("-300", "JPY"), quantity("12"), none());
    ROW(arena, groups, ROW_DATA, text(STR("gcp")), text(STR("123456789012")), none(),
        text(STR("JPY")), money("0.5", "JPY"), not_applicable(), not_applicable(), none());
    ROW(arena, groups, ROW_OTHER, text(STR("(other)")), text(STR("")), none(), text(STR("USD")),
        money("-3.1200000000000000000000000001", "USD"), money("0", "USD"), quantity("0.05"),
        none());
    ROW(arena, groups, ROW_TOTAL, text(STR("TOTAL")), none(), none(), text(STR("USD")),
        money("15237.3849999999999999999999999999", "USD"), money("1220.4", "USD"), none(), none());
    ROW(arena, groups, ROW_TOTAL, text(STR("TOTAL")), none(), none(), text(STR("JPY")),
        money("1200500.5", "JPY"), money("-300", "JPY"), none(), none());
    groups->rows_not_shown = 1234;
    struct report_section *only = section(arena, "spend", "Spend", 2);
    add_item(only, ITEM_TABLE)->table = groups;
    add_item(only, ITEM_NOTE)->text =
        STR("Credits are included. Amounts without a tag are shown as "
            "(untagged); amounts of two currencies are never added.");
    doc->sections[0] = *only;
    return doc;
}

struct report_doc *sample_hostile(struct arena *arena)
{
    static const struct report_column columns[] = {
        COLUMN("team", "=cmd|' /C calc'!A0", CELL_TEXT),
        COLUMN("currency", "currency", CELL_TEXT),
        COLUMN("total_cost", "co[s]t", CELL_MONEY, .add_up = true),
    };
    static char long_name[301];
    memset(long_name, 'x', 300);
    const struct str names[] = {
        STR("=HYPERLINK(\"http://x\",\"y\")"),
        STR("+1+2"),
        STR("-5"),
        STR("@sum"),
        STR("\tTab"),
        STR("\x1b[31mred\x1b[0m"),
        STR("two\nlines\r\n"),
        STR("\"quoted\", 'it'"),
        STR("\u96c6\u7fa4 \u30c6\u30b9\u30c8"),
        STR("bad \xff\xc3(\xed\xa0\x80"),
        STR("</svg><script>alert(1)</script>"),
        STR("`touch x` $(id) & 100%"),
        STR("rtl \u202e txt \u200b"),
        STR("c1 \xc2\x9b"
            "31m"),
        STR("_x0041_"),
        STR("back\\slash\ttab"),
        STR("emoji \U0001F680"),
        STR("nul \0 end"),
        STR("non \uffff char"),
        STR(""),
        STR("e\u0301 combining"),
    };
    struct report_doc *doc = doc_of(arena, "hostile", "=Title & <b>\x1b[1m</b>", 1);
    struct report_table *made =
        table(arena, "by_team", "[Te:am]/*?\\ <i>'", columns, COUNT_OF(columns), 30);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ROW(arena, made, ROW_DATA, text(names[i]), text(STR("USD")), money("1.25", "USD"));
    ROW(arena, made, ROW_DATA, text(str_from(long_name)), text(STR("USD")), money("0", "USD"));
    ROW(arena, made, ROW_TOTAL, text(STR("TOTAL")), text(STR("USD")), money("26.25", "USD"));
    struct report_section *only = section(arena, "s", "=Section </h2>", 2);
    add_item(only, ITEM_TABLE)->table = made;
    add_item(only, ITEM_NOTE)->text = STR("=note \x07 <b>bold</b> \xfe");
    doc->sections[0] = *only;
    return doc;
}

static struct report_figure *sample_figures(struct arena *arena, size_t *figure_count)
{
    *figure_count = 4;
    struct report_figure *figures = arena_alloc_zeroed(arena, 4, sizeof *figures);
    static double spark[] = {1, 2, 3, 2, 5, 6, 5, 7, 8, 7, 9, 10, NAN};
    figures[0] = (struct report_figure){STR("Spend"), money("661204.18", "EUR"),
                                        STR("+8.0% against September"), spark, COUNT_OF(spark)};
    figures[1] = (struct report_figure){.label = STR("Forecast at year end"),
                                        .value = estimated(money("7900000", "EUR")),
                                        .detail = STR("80% range 7.6 to 8.2 million")};
    figures[2] = (struct report_figure){.label = STR("GPU idle"), .value = ratio(0.084)};
    figures[3] = (struct report_figure){.label = STR("\u20ac/1M tokens"),
                                        .value = not_applicable(),
                                        .detail = STR("no priced usage")};
    return figures;
}

static struct report_chart *chart(struct arena *arena, enum chart_kind kind, const char *id,
                                  const char *title, size_t x_count,
                                  const char *const *series_names, size_t series_count)
{
    struct report_chart *made = arena_alloc_zeroed(arena, 1, sizeof *made);
    *made = (struct report_chart){.kind = kind,
                                  .id = str_from(id),
                                  .title = str_from(title),
                                  .unit = STR("EUR"),
                                  .alt = STR("Spend of each team; ml-training is the largest."),
                                  .x_count = x_count,
                                  .series_count = series_count};
    static const char *const templates[] = {"bars.gp", "stacked.gp", "lines.gp", "fan.gp"};
    made->template_name = str_from(templates[kind]);
    made->x = arena_alloc_zeroed(arena, x_count, sizeof *made->x);
    made->series = arena_alloc_zeroed(arena, series_count, sizeof *made->series);
    for (size_t s = 0; s < series_count; s++) {
        made->series[s].name = str_from(series_names[s]);
        made->series[s].values = arena_alloc_zeroed(arena, x_count, sizeof(double));
        for (size_t x = 0; x < x_count; x++)
            made->series[s].values[x] = 100.5 * (double)(s + 1) + 10 * (double)x;
    }
    return made;
}

static void days_on_x(struct arena *arena, struct report_chart *of)
{
    of->x_is_day = true;
    for (size_t x = 0; x < of->x_count; x++) {
        char iso[11];
        day_format(day_add(day_from_ymd(2026, 10, 1), (int)x), iso);
        of->x[x] = arena_str(arena, str_from(iso));
    }
}

static struct report_section *sample_charts(struct arena *arena)
{
    static const char *const teams[] = {"ml-training", "serving"};
    static const char *const fan[] = {"actual", "forecast", "lo95",  "hi95",
                                      "lo80",   "hi80",     "budget"};
    struct report_section *charts = section(arena, "charts", "Charts", 4);
    struct report_chart *bars =
        chart(arena, CHART_BARS, "teams", "=ml-training leads", 3, teams, 2);
    bars->x[0] = STR("ml-training");
    bars->x[1] = STR("=serving <b>");
    bars->x[2] = STR("(untagged)");
    bars->series[1].values[2] = NAN;
    add_item(charts, ITEM_CHART)->chart = bars;
    struct report_chart *stacked =
        chart(arena, CHART_STACKED_COLUMNS, "daily", "Spend rose in the last week", 31, teams, 2);
    days_on_x(arena, stacked);
    add_item(charts, ITEM_CHART)->chart = stacked;
    struct report_chart *lines =
        chart(arena, CHART_LINES, "lines", "Both teams grow", 31, teams, 2);
    days_on_x(arena, lines);
    add_item(charts, ITEM_CHART)->chart = lines;
    struct report_chart *forecast =
        chart(arena, CHART_FAN, "forecast", "The budget holds", 40, fan, COUNT_OF(fan));
    days_on_x(arena, forecast);
    for (size_t x = 0; x < 40; x++)
        for (size_t s = 0; s < 6; s++) {
            bool known = x < 25;
            double spread[] = {0, 0, -2.0, 2.0, -1.2, 1.2};
            double value = 100 + 3 * (double)x + spread[s] * (double)(x - 24);
            forecast->series[s].values[x] = (s == 0) == known ? value : NAN;
        }
    add_item(charts, ITEM_CHART)->chart = forecast;
    return charts;
}

static struct report_table *first_table(const struct report_doc *doc)
{
    return doc->sections[0].items[0].table;
}

struct report_doc *sample_report(struct arena *arena)
{
    struct report_doc *doc = doc_of(arena, "monthly", "Monthly spend", 3);
    struct report_section *summary = section(arena, "summary", "Summary", 3);
    add_item(summary, ITEM_PARAGRAPH)->text = STR(
        "Spend was 661,204.18 EUR in October, up 8.0% (49,009.12 EUR) on September; most of the "
        "rise is ml-training.");
    struct report_item *figures = add_item(summary, ITEM_FIGURES);
    figures->figures = sample_figures(arena, &figures->figure_count);
    doc->sections[0] = *summary;
    struct report_section *spend = section(arena, "spend", "Spend by team", 3);
    struct report_table *groups = first_table(sample_ad_hoc(arena));
    groups->id = STR("by_team");
    groups->title = STR("Spend by team");
    add_item(spend, ITEM_TABLE)->table = groups;
    struct report_table *resources = first_table(sample_two_currencies(arena));
    resources->id = STR("by_resource");
    add_item(spend, ITEM_TABLE)->table = resources;
    struct report_table *empty = table(arena, "anomalies", "Anomalies", group_columns, 3, 0);
    empty->empty_text = STR("No anomalies in October.");
    add_item(spend, ITEM_TABLE)->table = empty;
    doc->sections[1] = *spend;
    doc->sections[2] = *sample_charts(arena);
    return doc;
}

struct report_doc *sample_named(struct arena *arena, const char *name)
{
    static const struct {
        const char *name;
        struct report_doc *(*make)(struct arena *arena);
    } samples[] = {
        {"ad-hoc",         sample_ad_hoc        },
        {"two-currencies", sample_two_currencies},
        {"hostile",        sample_hostile       },
        {"report",         sample_report        }
    };
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        if (strcmp(samples[i].name, name) == 0)
            return samples[i].make(arena);
    return NULL;
}
