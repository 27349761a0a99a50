/* Native charts of a workbook and their data on a tidy sheet: chart, series, x, value, unit.
 *
 * Each series is a run of rows, so a chart's ranges are plain blocks. Titles and series names are
 * data: a leading "=" would make the library take them for a reference, so names are given as
 * ranges and titles get a blank in front. The library copies the texts of ranges into the chart as
 * they are, without what it does for control characters in cells: here they are blanks.
 */
#include <math.h>

#include "render/chart/theme.h"
#include "render/xlsx/workbook.h"

enum { DATA_CHART, DATA_SERIES, DATA_X, DATA_VALUE, DATA_UNIT, DATA_COLUMNS };

/* Heights of a placed chart, in rows of 20 pixels. */
enum { CHART_ROWS = 20, CHARTS_PER_PAGE = 2, PAGE_BREAKS_MAX = 500 };

struct chart_sheet {
    struct xlsx *xlsx;
    lxw_worksheet *data;
    const char *data_name;
    lxw_row_t next; /* free row on the data sheet */
    struct theme theme;
};

static bool is_drawn(const struct chart_series *series, size_t x_count)
{
    for (size_t x = 0; x < x_count; x++)
        if (isfinite(series->values[x]))
            return true;
    return false;
}

static enum gr_status write_name(struct chart_sheet *on, lxw_col_t column, struct str text)
{
    struct arena scratch = ARENA_EMPTY;
    const char *line = xlsx_line(&scratch, text, XLSX_CELL_UNITS_MAX);
    enum gr_status status =
        xlsx_write_text(on->xlsx, on->data, on->next, column, str_from(line), NULL);
    arena_deinit(&scratch);
    return status;
}

static enum gr_status write_x(struct chart_sheet *on, const struct report_chart *chart, size_t x)
{
    struct report_cell cell = {.kind = CELL_DAY};
    if (!chart->x_is_day || !day_read(chart->x[x], &cell.day))
        return write_name(on, DATA_X, chart->x[x]);
    return xlsx_write_cell(on->xlsx, on->data, on->next, DATA_X, &cell, NULL, false);
}

static enum gr_status write_point(struct chart_sheet *on, const struct report_chart *chart,
                                  const struct chart_series *series, size_t x)
{
    GR_TRY(write_name(on, DATA_CHART, chart->title));
    GR_TRY(write_name(on, DATA_SERIES, series->name));
    GR_TRY(write_x(on, chart, x));
    lxw_format *format = xlsx_format(on->xlsx, (struct xlsx_style){CELL_DECIMAL, .decimals = 2});
    if (isfinite(series->values[x])) /* else a gap */
        GR_TRY(xlsx_check(
            on->xlsx,
            worksheet_write_number(on->data, on->next, DATA_VALUE, series->values[x], format),
            "chart value"));
    GR_TRY(write_name(on, DATA_UNIT, chart->unit));
    on->next++;
    return GR_OK;
}

static uint8_t chart_type(enum chart_kind kind)
{
    switch (kind) {
    case CHART_BARS:
        return LXW_CHART_BAR;
    case CHART_STACKED_COLUMNS:
        return LXW_CHART_COLUMN_STACKED;
    case CHART_LINES:
    case CHART_FAN:
        break;
    }
    return LXW_CHART_LINE;
}

/* Dark for what was, dashed for what is expected, pale for its range (IBCS: field, reports 3.1). */
static void style_fan_series(lxw_chart_series *drawn, const struct theme *theme, size_t s)
{
    enum { ACTUAL, FORECAST, LO95, HI95, LO80, HI80, BUDGET };
    lxw_chart_line line = {.color = theme->accent, .width = 2.25f};
    if (s == FORECAST) {
        line.dash_type = LXW_CHART_LINE_DASH_DASH;
    } else if (s >= LO95 && s <= HI80) {
        line.color = s < LO80 ? theme->accent_pale : theme->series[1];
        line.width = 1;
    } else if (s == BUDGET) {
        line.color = theme->alert;
        line.dash_type = LXW_CHART_LINE_DASH_LONG_DASH;
    }
    chart_series_set_line(drawn, &line);
}

static void style_series(lxw_chart_series *drawn, const struct theme *theme,
                         const struct report_chart *chart, size_t s)
{
    lxw_color_t color = theme->series[s % THEME_SERIES_MAX];
    if (chart->kind == CHART_FAN) {
        style_fan_series(drawn, theme, s);
    } else if (chart->kind == CHART_LINES) {
        chart_series_set_line(drawn, &(lxw_chart_line){.color = color, .width = 2.25f});
    } else {
        bool earlier = chart->kind == CHART_BARS && s > 0;
        chart_series_set_fill(drawn,
                              &(lxw_chart_fill){.color = earlier ? theme->accent_pale : color});
    }
}

static enum gr_status add_series(struct chart_sheet *on, lxw_chart *drawn,
                                 const struct report_chart *chart, size_t s)
{
    lxw_row_t first = on->next;
    for (size_t x = 0; x < chart->x_count; x++)
        GR_TRY(write_point(on, chart, &chart->series[s], x));
    lxw_chart_series *series = chart_add_series(drawn, NULL, NULL);
    if (!series)
        return gr_fail(on->xlsx->err, GR_ERENDER, "workbook: no memory for a chart series");
    chart_series_set_name_range(series, on->data_name, first, DATA_SERIES);
    chart_series_set_categories(series, on->data_name, first, DATA_X, on->next - 1, DATA_X);
    chart_series_set_values(series, on->data_name, first, DATA_VALUE, on->next - 1, DATA_VALUE);
    style_series(series, &on->theme, chart, s);
    return GR_OK;
}

static const char *label(struct chart_sheet *on, struct str text)
{
    const char *line = xlsx_line(&on->xlsx->arena, text, XLSX_HEADER_UNITS_MAX - 1);
    return line[0] == '=' ? arena_printf(&on->xlsx->arena, " %s", line).ptr : line;
}

static void dress_chart(struct chart_sheet *on, lxw_chart *drawn, const struct report_chart *chart,
                        size_t series_drawn)
{
    chart_title_set_name(drawn, label(on, chart->title));
    chart_title_set_name_font(drawn, &(lxw_chart_font){.size = 12, .bold = LXW_TRUE});
    /* Where bars lie down, so do the library's axes: x is the value, y the category, first at the
     * top. */
    bool lying = chart->kind == CHART_BARS;
    lxw_chart_axis *values = lying ? drawn->x_axis : drawn->y_axis;
    lxw_chart_axis *categories = lying ? drawn->y_axis : drawn->x_axis;
    if (chart->unit.len)
        chart_axis_set_name(values, label(on, chart->unit));
    chart_axis_set_num_format(values, "#,##0");
    chart_axis_major_gridlines_set_visible(values, LXW_TRUE);
    chart_axis_major_gridlines_set_line(values,
                                        &(lxw_chart_line){.color = 0xDDDDDD, .width = 0.75f});
    chart_axis_major_gridlines_set_visible(categories, LXW_FALSE);
    if (chart->x_is_day)
        chart_axis_set_num_format(categories, "mm-dd");
    if (lying)
        chart_axis_set_reverse(categories);
    if (series_drawn < 2)
        chart_legend_set_position(drawn, LXW_CHART_LEGEND_NONE);
    else
        chart_legend_set_position(drawn, LXW_CHART_LEGEND_BOTTOM);
}

/* Draws one chart at *row of `sheet`; *row moves below it. */
static enum gr_status add_chart(struct chart_sheet *on, const struct report_chart *chart,
                                lxw_worksheet *sheet, lxw_row_t *row)
{
    size_t series_drawn = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        series_drawn += is_drawn(&chart->series[s], chart->x_count);
    if (series_drawn == 0)
        return GR_OK;
    lxw_chart *drawn = workbook_add_chart(on->xlsx->book, chart_type(chart->kind));
    if (!drawn)
        return gr_fail(on->xlsx->err, GR_ERENDER, "workbook: no memory for a chart");
    for (size_t s = 0; s < chart->series_count; s++)
        if (is_drawn(&chart->series[s], chart->x_count))
            GR_TRY(add_series(on, drawn, chart, s));
    dress_chart(on, drawn, chart, series_drawn);
    lxw_chart_options options = {
        .x_scale = 1.8,
        .y_scale = 1.25,
        .description = (char *)(uintptr_t)xlsx_line(&on->xlsx->arena, chart->alt, 250)};
    GR_TRY(
        xlsx_check(on->xlsx, worksheet_insert_chart_opt(sheet, *row, 0, drawn, &options), "chart"));
    *row += CHART_ROWS;
    return GR_OK;
}

/* Filter, widths and heading of the data sheet once its length is known. */
static enum gr_status finish_data_sheet(struct chart_sheet *on)
{
    static char headers[DATA_COLUMNS][8] = {"chart", "series", "x", "value", "unit"};
    static const double widths[DATA_COLUMNS] = {36, 20, 14, 16, 10};
    lxw_table_column columns[DATA_COLUMNS] = {0};
    lxw_table_column *list[DATA_COLUMNS + 1] = {NULL};
    for (size_t i = 0; i < DATA_COLUMNS; i++) {
        columns[i].header = headers[i];
        columns[i].header_format = on->xlsx->heading;
        list[i] = &columns[i];
        GR_TRY(xlsx_check(
            on->xlsx, worksheet_set_column(on->data, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL),
            "column width"));
    }
    const char *name = xlsx_table_name(on->xlsx, STR("chart_data"));
    lxw_table_options options = {.name = (char *)(uintptr_t)name,
                                 .style_type = LXW_TABLE_STYLE_TYPE_LIGHT,
                                 .style_type_number = 1,
                                 .columns = list};
    GR_TRY(xlsx_check(
        on->xlsx, worksheet_add_table(on->data, 0, 0, on->next - 1, DATA_UNIT, &options), "table"));
    worksheet_freeze_panes(on->data, 1, 0);
    return xlsx_set_up_print(on->xlsx, on->data, STR("Chart data"), true);
}

static const struct report_chart *nth_chart(const struct report_doc *doc, size_t n)
{
    for (size_t s = 0; s < doc->section_count; s++)
        for (size_t i = 0; i < doc->sections[s].item_count; i++) {
            const struct report_item *item = &doc->sections[s].items[i];
            if (item->kind == ITEM_CHART && item->chart && item->chart->x_count > 0 && n-- == 0)
                return item->chart;
        }
    return NULL;
}

/* Printed, charts start on a page of their own, two a page. */
static enum gr_status break_pages(struct chart_sheet *on, lxw_worksheet *sheet, lxw_row_t first,
                                  lxw_row_t end)
{
    lxw_row_t breaks[PAGE_BREAKS_MAX + 1] = {0};
    size_t count = 0;
    for (lxw_row_t row = first; row < end && count < PAGE_BREAKS_MAX;
         row += CHARTS_PER_PAGE * CHART_ROWS)
        breaks[count++] = row;
    return xlsx_check(on->xlsx, worksheet_set_h_pagebreaks(sheet, breaks), "page breaks");
}

enum gr_status xlsx_add_charts(struct xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row)
{
    const struct report_chart *chart = nth_chart(xlsx->doc, 0);
    if (!chart)
        return GR_OK;
    lxw_row_t first = row;
    struct chart_sheet on = {.xlsx = xlsx, .next = 1};
    GR_TRY(theme_load(&xlsx->arena, xlsx->options->home, &on.theme, xlsx->err));
    GR_TRY(xlsx_add_sheet(xlsx, STR("Chart data"), &on.data, &on.data_name));
    for (size_t n = 0; (chart = nth_chart(xlsx->doc, n)) != NULL; n++)
        GR_TRY(add_chart(&on, chart, sheet, &row));
    if (on.next == 1) /* nothing but gaps; the sheet stays empty */
        return GR_OK;
    GR_TRY(break_pages(&on, sheet, first, row));
    return finish_data_sheet(&on);
}
