/* The series of each group as a small drawing; see spark.h. */
#include "render/terminal/spark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dict.h"
#include "render/format.h"
#include "render/utf8.h"
#include "render/walk.h"

enum { SPARK_COLUMNS_MAX = 31, SPARK_POINTS_MAX = 4000000, BLOCK_LOWEST = 0x2581, BLOCK_COUNT = 8 };

struct spark {
    const struct report_table *groups;
    const struct report_table *series;
    size_t *group_keys;  /* columns of groups that name a row, key_count */
    size_t *series_keys; /* the same columns in series */
    size_t key_count;
    size_t series_value; /* column of the amounts in series */
    struct dict rows;    /* key of a group -> code */
    struct dict moments; /* first column of the series -> code */
    size_t *order;       /* codes of moments -> place in time, from 0 */
    double *values;      /* [row code][place in time] */
};

static size_t find_column(const struct report_table *table, struct str id)
{
    size_t c = 0;
    while (c < table->column_count && !str_equal(table->columns[c].id, id))
        c++;
    return c;
}

/* Text columns that both tables have name the row; the first amount that both have is drawn. */
static bool match_columns(struct arena *arena, struct spark *spark)
{
    const struct report_table *groups = spark->groups;
    spark->group_keys = arena_alloc_zeroed(arena, groups->column_count, sizeof(size_t));
    spark->series_keys = arena_alloc_zeroed(arena, groups->column_count, sizeof(size_t));
    spark->series_value = spark->series->column_count;
    for (size_t c = 0; c < groups->column_count; c++) {
        size_t same = find_column(spark->series, groups->columns[c].id);
        if (same == spark->series->column_count)
            continue;
        if (groups->columns[c].kind == CELL_TEXT) {
            spark->group_keys[spark->key_count] = c;
            spark->series_keys[spark->key_count++] = same;
        } else if (groups->columns[c].kind == CELL_MONEY &&
                   spark->series_value == spark->series->column_count) {
            spark->series_value = same;
        }
    }
    return spark->key_count > 0 && spark->series_value < spark->series->column_count;
}

/* The texts of a row's key columns, each with its length before it, so that no two keys are alike.
 */
static struct str row_key(struct strbuf *key, const struct report_row *row, const size_t *columns,
                          size_t count)
{
    strbuf_clear(key);
    for (size_t i = 0; i < count; i++) {
        struct str text = row->cells[columns[i]].text;
        strbuf_printf(key, "%zu:", text.len);
        strbuf_append(key, text);
    }
    return strbuf_str(key);
}

static struct str moment_of(struct strbuf *text, const struct report_row *row)
{
    strbuf_clear(text);
    format_for_machines(&row->cells[0], text);
    return strbuf_str(text);
}

static void number_rows(struct spark *spark, struct strbuf *scratch)
{
    for (size_t r = 0; r < spark->groups->row_count; r++)
        if (spark->groups->rows[r].kind != ROW_TOTAL)
            (void)dict_intern(&spark->rows, row_key(scratch, &spark->groups->rows[r],
                                                    spark->group_keys, spark->key_count));
    for (size_t r = 0; r < spark->series->row_count; r++)
        (void)dict_intern(&spark->moments, moment_of(scratch, &spark->series->rows[r]));
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* ISO days and months sort as text. */
static void order_moments(struct arena *arena, struct spark *spark)
{
    size_t count = spark->moments.count;
    struct str *texts = arena_alloc_zeroed(arena, count + 1, sizeof *texts);
    for (uint32_t code = 1; code <= count; code++)
        texts[code - 1] = dict_text(&spark->moments, code);
    qsort(texts, count, sizeof *texts, compare_texts);
    spark->order = arena_alloc_zeroed(arena, count + 1, sizeof *spark->order);
    for (size_t i = 0; i < count; i++)
        spark->order[dict_find(&spark->moments, texts[i])] = i;
}

static void add_values(struct arena *arena, struct spark *spark, struct strbuf *scratch)
{
    size_t width = spark->moments.count;
    spark->values = arena_alloc_zeroed(arena, (spark->rows.count + 1) * width, sizeof(double));
    for (size_t r = 0; r < spark->series->row_count; r++) {
        const struct report_row *row = &spark->series->rows[r];
        uint32_t of =
            dict_find(&spark->rows, row_key(scratch, row, spark->series_keys, spark->key_count));
        uint32_t at = dict_find(&spark->moments, moment_of(scratch, row));
        if (of != DICT_CODE_NONE)
            spark->values[of * width + spark->order[at]] +=
                decimal_to_double(row->cells[spark->series_value].amount);
    }
}

/* Bars from zero, so that a flat line is not blown up; nothing for a row without a value above 0.
 */
static struct str draw(struct arena *arena, const double *values, size_t count)
{
    size_t per_column = (count + SPARK_COLUMNS_MAX - 1) / SPARK_COLUMNS_MAX;
    double sums[SPARK_COLUMNS_MAX] = {0};
    double highest = 0;
    if (count == 0)
        return STR("");
    for (size_t i = 0; i < count; i++)
        sums[i / per_column] += values[i];
    size_t columns = (count + per_column - 1) / per_column;
    for (size_t i = 0; i < columns; i++)
        highest = fmax(highest, sums[i]);
    if (highest <= 0)
        return STR("");
    struct strbuf text;
    strbuf_init(&text, 4096);
    for (size_t i = 0; i < columns; i++) {
        long level = lround(fmax(sums[i], 0) / highest * (BLOCK_COUNT - 1));
        utf8_append(&text, (uint32_t)(BLOCK_LOWEST + level));
    }
    struct str kept = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return kept;
}

static const struct report_table *with_column(struct arena *arena, struct spark *spark,
                                              struct strbuf *scratch)
{
    const struct report_table *groups = spark->groups;
    size_t width = groups->column_count;
    struct report_table *wider = arena_alloc_zeroed(arena, 1, sizeof *wider);
    *wider = *groups;
    wider->column_count = width + 1;
    wider->columns = arena_alloc_zeroed(arena, width + 1, sizeof *wider->columns);
    memcpy(wider->columns, groups->columns, width * sizeof *wider->columns);
    wider->columns[width] = (struct report_column){
        .id = STR("trend"), .title = STR("trend"), .kind = CELL_TEXT, .optional = true};
    wider->rows = arena_alloc_zeroed(arena, groups->row_count, sizeof *wider->rows);
    for (size_t r = 0; r < groups->row_count; r++) {
        struct report_cell *cells = arena_alloc_zeroed(arena, width + 1, sizeof *cells);
        memcpy(cells, groups->rows[r].cells, width * sizeof *cells);
        wider->rows[r] = (struct report_row){groups->rows[r].kind, cells};
        if (groups->rows[r].kind == ROW_TOTAL)
            continue;
        uint32_t code = dict_find(
            &spark->rows, row_key(scratch, &groups->rows[r], spark->group_keys, spark->key_count));
        const double *values = spark->values + code * spark->moments.count;
        cells[width].kind = CELL_TEXT;
        cells[width].text = draw(arena, values, spark->moments.count);
    }
    return wider;
}

static bool is_drawable(const struct spark *spark)
{
    size_t points = ((size_t)spark->rows.count + 1) * spark->moments.count;
    return spark->rows.count > 0 && spark->moments.count > 1 && points <= SPARK_POINTS_MAX;
}

const struct report_table *spark_add_trend(struct arena *arena, const struct report_doc *doc,
                                           const struct report_table *groups)
{
    struct spark spark = {.groups = groups, .series = walk_table_named(doc, "time_series")};
    if (!doc->json_head.ptr || !spark.series || spark.series == groups ||
        spark.series->column_count == 0 || !match_columns(arena, &spark))
        return groups;
    struct strbuf scratch;
    strbuf_init(&scratch, STRBUF_CEILING);
    dict_init(&spark.rows);
    dict_init(&spark.moments);
    number_rows(&spark, &scratch);
    const struct report_table *wider = groups;
    if (is_drawable(&spark)) {
        order_moments(arena, &spark);
        add_values(arena, &spark, &scratch);
        wider = with_column(arena, &spark, &scratch);
    }
    dict_deinit(&spark.rows);
    dict_deinit(&spark.moments);
    strbuf_deinit(&scratch);
    return wider;
}
