/* What the printed steps of a bridge lack to its printed end; see recon.h. */
#include "report/recon.h"

enum gr_status recon_rounding(const struct decimal *amounts, size_t steps, struct str currency,
                              struct decimal *out, struct gr_err *err)
{
    uint8_t shown = (uint8_t)currency_minor_digits(currency);
    *out = decimal_round(amounts[steps], shown);
    for (size_t i = 0; i < steps; i++)
        GR_TRY(decimal_sub(*out, decimal_round(amounts[i], shown), out, err));
    return GR_OK;
}
