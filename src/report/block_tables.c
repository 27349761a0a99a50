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
