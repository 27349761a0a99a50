/* See names.h. */
#include "report/names.h"

#include <stdlib.h>

#include "ingest/table.h"
#include "report/input_file.h"
#include "rollup/rollup.h"

enum names_column { NAMES_DIMENSION, NAMES_VALUE, NAMES_NAME, NAMES_PARENT, NAMES_COLUMNS };

static const struct str PARENT_PREFIX = {"parent:", 7};

/* ---- reading ---- */

static enum gr_status check_dimension(const struct ingest_table *table, size_t row, int column,
                                      struct str dimension, struct gr_err *err)
{
    struct gr_err cost = {0}, usage = {0};
    struct str base = dimension;
    if (str_starts(base, PARENT_PREFIX))
        base = (struct str){base.ptr + PARENT_PREFIX.len, base.len - PARENT_PREFIX.len};
    if (rollup_check_dimension(DATASET_COST, base, &cost) == GR_OK ||
        rollup_check_dimension(DATASET_AI, base, &usage) == GR_OK)
        return GR_OK;
    return ingest_table_fail(table, row, column,
                             "is no dimension of costs or usage; `gpureport dimensions` lists them",
                             err);
}

static enum gr_status read_entry(const struct ingest_table *table, size_t row,
                                 const struct ingest_table_want *wants, struct name_entry *out,
                                 struct gr_err *err)
{
    int dimension = wants[NAMES_DIMENSION].column, value = wants[NAMES_VALUE].column;
    *out = (struct name_entry){.dimension = ingest_table_cell(table, row, dimension),
                               .value = ingest_table_cell(table, row, value),
                               .name = ingest_table_cell(table, row, wants[NAMES_NAME].column),
                               .parent = ingest_table_cell(table, row, wants[NAMES_PARENT].column),
                               .line = ingest_table_line(table, row)};
    GR_TRY(check_dimension(table, row, dimension, out->dimension, err));
    if (out->value.len == 0)
        return ingest_table_fail(table, row, value, "is no value that a name can be given to", err);
    if (out->name.len == 0 && out->parent.len == 0)
        return gr_fail(err, GR_EDATA,
                       "%s: line %llu: %.*s \"%.*s\" has neither a name nor a parent", table->name,
                       (unsigned long long)out->line, STR_ARG(out->dimension), STR_ARG(out->value));
    return GR_OK;
}

static int compare_values(const void *a, const void *b)
{
    const struct name_entry *x = a, *y = b;
    int order = str_compare(x->dimension, y->dimension);
    return order ? order : str_compare(x->value, y->value);
}

static int compare_entries(const void *a, const void *b)
{
    const struct name_entry *x = a, *y = b;
    int order = compare_values(a, b);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* One entry of two lines for a value: what one of them leaves out the other may say. */
static enum gr_status merge_entry(const char *file, struct name_entry *into,
                                  const struct name_entry *entry, struct gr_err *err)
{
    const struct {
        const char *what;
        struct str *have;
        struct str new;
    } parts[] = {
        {"name",   &into->name,   entry->name  },
        {"parent", &into->parent, entry->parent}
    };
    for (size_t i = 0; i < 2; i++) {
        if (!parts[i].new.len || str_equal(*parts[i].have, parts[i].new))
            continue;
        if (parts[i].have->len)
            return gr_fail(err, GR_EDATA,
                           "%s: line %llu: %.*s \"%.*s\" has the %s \"%.*s\" and in line %llu "
                           "\"%.*s\"; wanted one",
                           file, (unsigned long long)entry->line, STR_ARG(entry->dimension),
                           STR_ARG(entry->value), parts[i].what, STR_ARG(parts[i].new),
                           (unsigned long long)into->line, STR_ARG(*parts[i].have));
        *parts[i].have = parts[i].new;
    }
    return GR_OK;
}

static enum gr_status make_unique(struct names *names, struct gr_err *err)
{
    size_t kept = 0;
    if (names->count)
        qsort(names->entries, names->count, sizeof *names->entries, compare_entries);
    for (size_t i = 0; i < names->count; i++) {
        struct name_entry *last = kept ? &names->entries[kept - 1] : NULL;
        if (last && compare_values(last, &names->entries[i]) == 0)
            GR_TRY(merge_entry(names->file, last, &names->entries[i], err));
        else
            names->entries[kept++] = names->entries[i];
    }
    names->count = kept;
    return GR_OK;
}

static enum gr_status read_input(struct arena *arena, const struct input_file *file,
                                 struct names *out, struct gr_err *err)
{
    struct ingest_table table;
    struct ingest_table_want wants[NAMES_COLUMNS] = {
        [NAMES_DIMENSION] = {"dimension", true,  -1},
        [NAMES_VALUE] = {"value",     true,  -1},
        [NAMES_NAME] = {"name",      false, -1},
        [NAMES_PARENT] = {"parent",    false, -1}
    };
    GR_TRY(ingest_table_read_text(arena, file->path, file->text, &table, err));
    GR_TRY(ingest_table_match(&table, wants, NAMES_COLUMNS, err));
    *out = (struct names){.file = file->path, .sha256 = file->sha256, .count = table.row_count};
    out->entries = arena_alloc_zeroed(arena, table.row_count + 1, sizeof *out->entries);
    for (size_t row = 0; row < table.row_count; row++)
        GR_TRY(read_entry(&table, row, wants, &out->entries[row], err));
    return make_unique(out, err);
}

enum gr_status names_read(struct arena *arena, const char *path, struct names *out,
                          struct gr_err *err)
{
    struct input_file file;
    GR_TRY(input_file_read(arena, path, &file, err));
    return read_input(arena, &file, out, err);
}

enum gr_status names_read_text(struct arena *arena, const char *name, struct str text,
                               struct names *out, struct gr_err *err)
{
    struct input_file file;
    input_file_of_text(arena, name, text, &file);
    return read_input(arena, &file, out, err);
}

/* ---- asking ---- */

static const struct name_entry *find_exact(const struct names *names, struct str dimension,
                                           struct str value)
{
    struct name_entry wanted = {.dimension = dimension, .value = value};
    if (!names->count)
        return NULL;
    return bsearch(&wanted, names->entries, names->count, sizeof wanted, compare_values);
}

const struct name_entry *names_find(const struct names *names, struct str dimension,
                                    struct str value)
{
    if (!names || !value.ptr)
        return NULL;
    const struct name_entry *found = find_exact(names, dimension, value);
    return found ? found : find_exact(names, dimension, str_trim(value));
}

bool names_know(const struct names *names, struct str dimension)
{
    for (size_t i = 0; names && i < names->count; i++)
        if (str_equal(names->entries[i].dimension, dimension))
            return true;
    return false;
}

struct str names_shown(struct arena *arena, const struct names *names, struct str dimension,
                       struct str value)
{
    const struct name_entry *entry = names_find(names, dimension, value);
    if (!entry || !entry->name.len)
        return value;
    const struct str parts[] = {entry->name, STR(" ("), value, STR(")")};
    return arena_join(arena, parts, 4, STR(""));
}

struct str names_parent(const struct names *names, struct str dimension, struct str value)
{
    const struct name_entry *entry = names_find(names, dimension, value);
    return entry && entry->parent.len ? entry->parent : STR("(none)");
}

/* ---- tables ---- */

static bool id_is_taken(const struct report_table *table, struct str id)
{
    for (size_t c = 0; c < table->column_count; c++)
        if (str_equal(table->columns[c].id, id))
            return true;
    return false;
}

static struct report_column name_column(struct arena *arena, const struct report_table *table,
                                        const struct report_column *of)
{
    struct report_column column = {.kind = CELL_TEXT, .is_name = true};
    const struct str id[] = {of->id, STR("_name")}, title[] = {of->title, STR(" name")};
    column.id = arena_join(arena, id, 2, STR(""));
    while (id_is_taken(table, column.id)) /* a tag may be called so */
        column.id = arena_join(arena, (const struct str[]){column.id, STR("_")}, 2, STR(""));
    column.title = arena_join(arena, title, 2, STR(""));
    return column;
}

static void name_row(const struct names *names, const struct report_table *table,
                     const struct str *dimensions, const struct report_row *row,
                     struct report_cell *out)
{
    for (size_t c = 0, at = 0; c < table->column_count; c++) {
        struct report_cell *cell = &out[at++];
        *cell = row->cells[c];
        if (!dimensions[c].ptr)
            continue;
        struct report_cell *name = &out[at++];
        *name = cell_none();
        if (row->kind != ROW_DATA || cell->kind != CELL_TEXT)
            continue;
        const struct name_entry *entry = names_find(names, dimensions[c], cell->text);
        if (!entry || !entry->name.len)
            continue;
        cell->name = entry->name;
        *name = cell_text(entry->name);
    }
}

void names_apply(struct arena *arena, const struct names *names, struct report_table *table,
                 const struct str *dimensions)
{
    size_t count = table->column_count, named = 0, at = 0;
    struct str *known = arena_alloc_zeroed(arena, count + 1, sizeof *known);
    for (size_t c = 0; c < count; c++)
        if (dimensions[c].ptr && names_know(names, dimensions[c])) {
            known[c] = dimensions[c];
            named++;
        }
    if (!named)
        return;
    struct report_column *columns = arena_alloc_zeroed(arena, count + named, sizeof *columns);
    for (size_t c = 0; c < count; c++) {
        columns[at++] = table->columns[c];
        if (known[c].ptr)
            columns[at++] = name_column(arena, table, &table->columns[c]);
    }
    for (size_t r = 0; r < table->row_count; r++) {
        struct report_cell *cells = arena_alloc_zeroed(arena, count + named, sizeof *cells);
        name_row(names, table, known, &table->rows[r], cells);
        table->rows[r].cells = cells;
    }
    table->columns = columns;
    table->column_count = at;
}
