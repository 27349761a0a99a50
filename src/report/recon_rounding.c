/* What the printed steps of a bridge lack to its printed end; see recon.h. */
#include "report/recon.h"

static enum gr_status rounding_of(const struct decimal *amounts, size_t steps, struct str currency,
                                  struct decimal *out, struct gr_err *err)
{
    uint8_t shown = (uint8_t)currency_minor_digits(currency);
    *out = decimal_round(amounts[steps], shown);
    for (size_t i = 0; i < steps; i++)
        GR_TRY(decimal_sub(*out, decimal_round(amounts[i], shown), out, err));
    return GR_OK;
}

/* Stands behind the steps, so that what is printed adds up. */
enum gr_status recon_rounding_row(struct table_builder *table, const struct recon_ends *ends,
                                  size_t money, struct gr_err *err)
{
    struct decimal rest;
    GR_TRY(rounding_of(ends->amounts, ends->steps, ends->currency, &rest, err));
    if (decimal_is_zero(rest))
        return GR_OK;
    struct report_cell *cells = table_row(table, ROW_ROUNDING);
    cells[0] = cell_text(ends->provider);
    cells[1] = cell_text(ends->currency.len ? ends->currency : STR("(none)"));
    cells[3] = cell_text(STR("rounding"));
    cells[money] = cell_money(rest, ends->currency);
    return GR_OK;
}
