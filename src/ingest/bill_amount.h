/* Amounts of bills as people write them. Private to ingest; must not know columns or formats. */
#ifndef GR_INGEST_BILL_AMOUNT_H
#define GR_INGEST_BILL_AMOUNT_H

#include "base/decimal.h"

/* decimal_read(), or an amount as spreadsheets show currency: a sign ($ and the like, UTF-8), then
 * digits, which alone may have commas between strict groups of three, and exactly two decimals:
 * "$50,000.00 " and "-$1.50", but not "$5", "1,20" nor "$1,20". */
enum decimal_read_code bill_decimal_read(struct str cell, struct decimal *out);

/* Makes what was computed a cell: at most 28 decimals, half to even. False: 10^15 and beyond. */
bool bill_amount_fit(struct decimal *value);

/* a * b as a cell. False: out of range. */
bool bill_amount_product(struct decimal a, struct decimal b, struct decimal *out);

#endif
