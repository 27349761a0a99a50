/* Rates of a rate table, and what one was asked for: amounts of a month in one currency become
 * amounts in the target by one exact product.
 *
 * report/fx.c reads it from a file, sql/convert.c applies it to the sums of a month. Must not know
 * where amounts come from.
 */
#ifndef GR_MODEL_CONVERSION_H
#define GR_MODEL_CONVERSION_H

#include "base/day.h"
#include "base/decimal.h"

struct conversion_rate {
    struct day month; /* its first day */
    struct str from, to;
    struct decimal rate; /* one unit of `from` is so many of `to` */
    uint64_t line;       /* of the file */
    bool used;
};

struct conversion {
    const char *file; /* as it was named */
    struct str sha256;
    struct str target;
    struct conversion_rate *rates; /* by month, from, to; one each */
    size_t count;
};

/* The rate of a month to the target, marked as used. GR_EDATA when the table has none: it names
 * file, month and pair; an inverse or a chain of rates is never made up. */
enum gr_status conversion_find(const struct conversion *conversion, struct day month,
                               struct str from, struct decimal *out,
                               struct gr_err *err) GR_MUST_CHECK;

/* By month, then from, then to: the order of `rates`. */
int conversion_compare(const struct conversion_rate *a, const struct conversion_rate *b);

#endif
