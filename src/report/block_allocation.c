/* Shared costs: for each dimension that receives, what its groups cost on their own, what was
 * allocated, and both; then the proof. Called by build.c; rules come from --allocation.
 */
#include "report/allocation_tables.h"
#include "report/block_tables.h"
#include "report/blocks.h"
#include "report/names.h"
#include "report/report_internal.h"
#include "report/selection.h"

static const struct block_column group_columns[] = {
    {"group",          "Group",     CELL_TEXT,  0                            },
    {"currency",       "Currency",  CELL_TEXT,  0                            },
    {"direct_cost",    "Direct",    CELL_MONEY, BLOCK_ADD_UP                 },
    {"allocated_cost", "Allocated", CELL_MONEY, BLOCK_ADD_UP                 },
    {"total_cost",     "Total",     CELL_MONEY, BLOCK_ADD_UP                 },
    {"record_count",   "Records",   CELL_COUNT, BLOCK_ADD_UP | BLOCK_OPTIONAL},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum gr_status group_rows(const struct group_list *groups, struct table_builder *table,
                                 struct gr_err *err)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        struct report_cell *cells = table_row(table, ROW_DATA);
        struct decimal direct;
        GR_TRY(decimal_sub(group->cost, group->allocated, &direct, err));
        cells[0] = cell_text(group->keys[0]);
        cells[1] = cell_text(group->currency);
        cells[2] = cell_money(direct, group->currency);
        cells[3] = cell_money(group->allocated, group->currency);
        cells[4] = cell_money(group->cost, group->currency);
        cells[5] = cell_count(group->records);
    }
    return report_add_totals(table, err);
}

/* A table id is a file name of the CSV folder: letters, digits, _. */
static struct str table_id(struct arena *arena, struct str dimension)
{
    struct str id =
        arena_join(arena, (const struct str[]){STR("allocated_by_"), dimension}, 2, STR(""));
    char *text = (char *)(uintptr_t)id.ptr;
    for (size_t i = 0; i < id.len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9')))
            text[i] = '_';
    return id;
}

static enum gr_status add_dimension(const struct report_context *context, struct str dimension,
                                    struct allocation_result *proof,
                                    struct section_builder *section, struct gr_err *err)
{
    struct group_question question = {DATASET_COST, &dimension, 1, context->days, 0};
    struct str named[COUNT(group_columns)] = {dimension};
    struct group_list groups;
    GR_TRY(selection_query(context, &question, &groups, proof, err));
    struct table_builder table =
        block_table(context->arena, table_id(context->arena, dimension).ptr,
                    arena_printf(context->arena, "By %.*s, %.*s cost", STR_ARG(dimension),
                                 STR_ARG(context->cost)),
                    group_columns, COUNT(group_columns));
    table.table->columns[3].signed_change = true;
    GR_TRY(group_rows(&groups, &table, err));
    names_apply(context->arena, context->names, table.table, named);
    section_table(section, table.table);
    return GR_OK;
}

static bool came_before(const struct allocation *all, size_t rule)
{
    for (size_t i = 0; i < rule; i++)
        if (allocation_same_dimension(all->rules[i].to, all->rules[rule].to))
            return true;
    return false;
}

enum gr_status block_allocation(const struct report_context *context,
                                struct section_builder *section, struct gr_err *err)
{
    const struct allocation *all = context->allocation;
    if (!all)
        return gr_fail(err, GR_EUSAGE, "wanted rules: name a file with --allocation FILE");
    struct report_table *table;
    section_table(section, allocation_rules_table(context));
    for (size_t i = 0; i < all->count; i++) {
        struct allocation_result proof;
        if (came_before(all, i))
            continue;
        GR_TRY(add_dimension(context, all->rules[i].to, &proof, section, err));
        GR_TRY(allocation_proof_table(context, &proof, &table, err));
        table->id = arena_join(
            context->arena,
            (const struct str[]){STR("proof_"), table_id(context->arena, all->rules[i].to)}, 2,
            STR(""));
        section_table(section, table);
    }
    return GR_OK;
}
