/* See cells.h. Called by all of report/. */
#include "report/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_cell cell_none(void)
{
    return (struct report_cell){.kind = CELL_NONE};
}

struct report_cell cell_na(void)
{
    return (struct report_cell){.kind = CELL_NA};
}

struct report_cell cell_text(struct str text)
{
    return (struct report_cell){.kind = CELL_TEXT, .text = text};
}

struct report_cell cell_money(struct decimal amount, struct str currency)
{
    return (struct report_cell){.kind = CELL_MONEY, .amount = amount, .currency = currency};
}

struct report_cell cell_decimal(struct decimal amount)
{
    return (struct report_cell){.kind = CELL_DECIMAL, .amount = amount};
}

struct report_cell cell_count(int64_t count)
{
    return (struct report_cell){.kind = CELL_COUNT, .count = count};
}

struct report_cell cell_ratio(double ratio)
{
    return isfinite(ratio) ? (struct report_cell){.kind = CELL_RATIO, .real = ratio} : cell_na();
}

struct report_cell cell_real(struct arena *arena, double real)
{
    struct decimal amount;
    char digits[64];
    if (!isfinite(real))
        return cell_na();
    snprintf(digits, sizeof digits, "%.14e", real);
    const char *exponent = strchr(digits, 'e');
    int scale = 14 - atoi(exponent + 1);
    char plain[400];
    snprintf(plain, sizeof plain, "%.*f", scale > 0 ? scale : 0, strtod(digits, NULL));
    size_t len = strlen(plain);
    while (scale > 0 && plain[len - 1] == '0')
        len--;
    len -= scale > 0 && plain[len - 1] == '.';
    struct gr_err ignored = {0};
    if (decimal_parse_sum((struct str){plain, len}, &amount, &ignored) == GR_OK)
        return cell_decimal(amount);
    snprintf(digits, sizeof digits, "%.15g", real);
    return cell_text(arena_str(arena, str_from(digits)));
}

struct report_cell cell_day(struct day day)
{
    return (struct report_cell){.kind = CELL_DAY, .day = day};
}

struct report_cell cell_share(struct decimal part, struct decimal whole)
{
    if (decimal_is_zero(whole))
        return cell_na();
    return cell_ratio(decimal_to_double(part) / decimal_to_double(whole));
}

struct table_builder table_begin(struct arena *arena, const char *id, struct str title,
                                 const struct report_column *columns, size_t column_count)
{
    struct report_table *table = arena_alloc_zeroed(arena, 1, sizeof *table);
    table->id = arena_str(arena, str_from(id));
    table->title = title;
    table->columns = arena_alloc(arena, column_count * sizeof *columns);
    memcpy(table->columns, columns, column_count * sizeof *columns);
    table->column_count = column_count;
    return (struct table_builder){.arena = arena, .table = table};
}

struct report_cell *table_row(struct table_builder *builder, enum report_row_kind kind)
{
    struct report_table *table = builder->table;
    if (table->row_count == builder->row_capacity) {
        size_t capacity = builder->row_capacity ? builder->row_capacity * 2 : 32;
        struct report_row *rows = arena_alloc(builder->arena, capacity * sizeof *rows);
        if (table->row_count)
            memcpy(rows, table->rows, table->row_count * sizeof *rows);
        table->rows = rows;
        builder->row_capacity = capacity;
    }
    struct report_row *row = &table->rows[table->row_count++];
    row->kind = kind;
    row->cells = arena_alloc_zeroed(builder->arena, table->column_count, sizeof *row->cells);
    return row->cells;
}

struct section_builder section_begin(struct arena *arena, const char *id, struct str title)
{
    struct section_builder builder = {.arena = arena};
    builder.section.id = arena_str(arena, str_from(id));
    builder.section.title = title;
    return builder;
}

static struct report_item *section_item(struct section_builder *builder, enum report_item_kind kind)
{
    struct report_section *section = &builder->section;
    if (section->item_count == builder->item_capacity) {
        size_t capacity = builder->item_capacity ? builder->item_capacity * 2 : 8;
        struct report_item *items = arena_alloc(builder->arena, capacity * sizeof *items);
        if (section->item_count)
            memcpy(items, section->items, section->item_count * sizeof *items);
        section->items = items;
        builder->item_capacity = capacity;
    }
    struct report_item *item = &section->items[section->item_count++];
    *item = (struct report_item){.kind = kind};
    return item;
}

void section_text(struct section_builder *builder, enum report_item_kind kind, struct str text)
{
    section_item(builder, kind)->text = text;
}

void section_table(struct section_builder *builder, struct report_table *table)
{
    section_item(builder, ITEM_TABLE)->table = table;
}

void section_chart(struct section_builder *builder, struct report_chart *chart)
{
    section_item(builder, ITEM_CHART)->chart = chart;
}

void section_figures(struct section_builder *builder, struct report_figure *figures, size_t count)
{
    struct report_item *item = section_item(builder, ITEM_FIGURES);
    item->figures = figures;
    item->figure_count = count;
}

struct str ratio_text(struct arena *arena, double ratio)
{
    if (!isfinite(ratio))
        return STR("n/a");
    return arena_printf(arena, "%+.1f %%", ratio * 100);
}

struct str money_text(struct arena *arena, struct decimal amount, struct str currency)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    decimal_format_fixed(amount, currency_minor_digits(currency), ',', &text);
    strbuf_printf(&text, " %.*s", STR_ARG(currency));
    struct str result = arena_str(arena, str_trim(strbuf_str(&text)));
    strbuf_deinit(&text);
    return result;
}

struct str json_quoted(struct arena *arena, struct str text)
{
    struct strbuf out;
    strbuf_init(&out, STRBUF_CEILING);
    strbuf_append_char(&out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            strbuf_append_char(&out, '\\');
        if (c < 0x20)
            strbuf_printf(&out, "\\u%04x", c);
        else
            strbuf_append_char(&out, (char)c);
    }
    strbuf_append_char(&out, '"');
    struct str result = arena_str(arena, strbuf_str(&out));
    strbuf_deinit(&out);
    return result;
}
