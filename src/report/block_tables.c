/* See block_tables.h. */
#include "report/block_tables.h"

struct table_builder block_table(struct arena *arena, const char *id, struct str title,
                                 const struct block_column *columns, size_t count)
{
    struct report_column *out = arena_alloc_zeroed(arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct report_column){.id = str_from(columns[i].id),
                                        .title = str_from(columns[i].title),
                                        .kind = columns[i].kind,
                                        .decimals = 1,
                                        .add_up = columns[i].flags & BLOCK_ADD_UP,
                                        .optional = columns[i].flags & BLOCK_OPTIONAL,
                                        .csv_only = columns[i].flags & BLOCK_CSV_ONLY};
    return table_begin(arena, id, title, out, count);
}

void block_show_currency(struct table_builder *builder)
{
    struct report_table *table = builder->table;
    struct str first = STR("");
    bool several = false;
    size_t at = 0;
    while (at < table->column_count && !str_is(table->columns[at].id, "currency"))
        at++;
    if (at == table->column_count)
        return;
    for (size_t i = 0; i < table->row_count; i++) {
        struct str currency = table->rows[i].cells[at].text;
        several = several || (first.len && currency.len && !str_equal(first, currency));
        first = first.len ? first : currency;
    }
    table->columns[at].csv_only = !several;
    if (!several && first.len)
        table->title =
            arena_printf(builder->arena, "%.*s (%.*s)", STR_ARG(table->title), STR_ARG(first));
}
