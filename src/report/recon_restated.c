/* Restatements: charges of a billing month for usage of an earlier one, as the month that was used
 * against the month that is billed. Called by build.c.
 */
#include <stdlib.h>

#include "report/recon.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct block_column restated_columns[] = {
    {"provider",      "Provider",           CELL_TEXT,  0                            },
    {"usage_month",   "Usage month",        CELL_TEXT,  0                            },
    {"billing_month", "Billing month",      CELL_TEXT,  0                            },
    {"currency",      "Currency",           CELL_TEXT,  0                            },
    {"records",       "Rows",               CELL_COUNT, BLOCK_ADD_UP | BLOCK_OPTIONAL},
    {"corrections",   "Corrections",        CELL_MONEY, BLOCK_ADD_UP                 },
    {"late",          "Other late charges", CELL_MONEY, BLOCK_ADD_UP                 },
    {"billed",        "Billed",             CELL_MONEY, BLOCK_ADD_UP                 },
    {"effective",     "Effective",          CELL_MONEY, BLOCK_ADD_UP | BLOCK_OPTIONAL},
};

struct restated {
    struct str provider, usage_month, billing_month;
    struct recon_cell all, corrections;
};

static bool is_month(struct str text)
{
    struct date_range ignored;
    return month_read(text, &ignored);
}

static bool belongs(const struct restated *row, const struct recon_cell *cell)
{
    return str_equal(row->provider, cell->keys[2]) && str_equal(row->usage_month, cell->keys[1]) &&
           str_equal(row->billing_month, cell->keys[0]) &&
           str_equal(row->all.currency, cell->currency);
}

/* Cells come by billing month, usage month, provider, class. */
static enum gr_status gather(const struct report_context *context, const struct recon_cells *cells,
                             struct restated **out, size_t *count, struct gr_err *err)
{
    struct restated *rows = arena_alloc_zeroed(context->arena, cells->count + 1, sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < cells->count; i++) {
        const struct recon_cell *cell = &cells->items[i];
        if (!is_month(cell->keys[0]) || !is_month(cell->keys[1]) ||
            str_compare(cell->keys[1], cell->keys[0]) >= 0)
            continue;
        struct restated *row = NULL;
        for (size_t r = 0; r < *count && !row; r++)
            if (belongs(&rows[r], cell))
                row = &rows[r];
        if (!row) {
            row = &rows[(*count)++];
            row->provider = cell->keys[2];
            row->usage_month = cell->keys[1];
            row->billing_month = cell->keys[0];
            row->all.currency = cell->currency;
        }
        GR_TRY(recon_cell_add(&row->all, cell, err));
        if (str_is(cell->keys[3], "Correction"))
            GR_TRY(recon_cell_add(&row->corrections, cell, err));
    }
    *out = rows;
    return GR_OK;
}

static enum gr_status fill_row(const struct restated *row, struct table_builder *table,
                               struct gr_err *err)
{
    struct str currency = row->all.currency;
    struct decimal late;
    GR_TRY(decimal_sub(row->all.billed, row->corrections.billed, &late, err));
    struct report_cell *cells = table_row(table, ROW_DATA);
    cells[0] = cell_text(row->provider);
    cells[1] = cell_text(row->usage_month);
    cells[2] = cell_text(row->billing_month);
    cells[3] = cell_text(currency.len ? currency : STR("(none)"));
    cells[4] = cell_count(row->all.rows);
    cells[5] = cell_money(row->corrections.billed, currency);
    cells[6] = cell_money(late, currency);
    cells[7] = cell_money(row->all.billed, currency);
    cells[8] = cell_money(row->all.effective, currency);
    return GR_OK;
}

enum gr_status block_recon_restated(const struct report_context *context,
                                    struct section_builder *section, struct gr_err *err)
{
    struct recon_cells cells;
    struct restated *rows;
    size_t count;
    struct recon_question question = {.dimensions = "billing_month,month,provider,charge_class",
                                      .days = recon_months(context),
                                      .by_billing = true};
    GR_TRY(recon_cells_read(context, &question, &cells, err));
    GR_TRY(gather(context, &cells, &rows, &count, err));
    struct table_builder table =
        block_table(context->arena, "restatements",
                    arena_printf(context->arena, "Restatements: billed in %.*s for earlier months",
                                 STR_ARG(recon_months_name(context))),
                    restated_columns, COUNT(restated_columns));
    table.table->empty_text = STR("No charge of these billing months is for an earlier month.");
    for (size_t i = 0; i < count; i++)
        GR_TRY(fill_row(&rows[i], &table, err));
    GR_TRY(report_add_totals(&table, err));
    section_table(section, table.table);
    return GR_OK;
}
