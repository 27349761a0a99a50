/* Exact decimals: money and quantities. value = units * 10^-scale, units in 128 bits.
 *
 * No double ever touches an amount between the file and the printed digit; decimal_to_double() is
 * for analysis (forecast, chart heights, shares). Every operation is checked: an overflow is an
 * error, never a wrap. Rounding happens once, when printing, half to even.
 */
#ifndef GR_BASE_DECIMAL_H
#define GR_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

enum {
    DECIMAL_DIGITS_MAX = 38,     /* digits of a mantissa */
    DECIMAL_CELL_SCALE_MAX = 28, /* decimals a cell may carry (field: billing 3, Azure writes 28) */
    DECIMAL_CELL_WHOLE_DIGITS = 15 /* a cell is below 10^15 */
};

struct decimal {
    i128 units;
    uint8_t scale;
};

#define DECIMAL_ZERO ((struct decimal){0, 0})

enum decimal_read_code { DECIMAL_READ_OK, DECIMAL_READ_SYNTAX, DECIMAL_READ_RANGE };

/* Reads a cell: [+-]digits[.digits][(e|E)[+-]digits], blanks around it allowed. Trailing zeros
 * behind the point are dropped, so scale is the smallest exact one. "1,20", "", "NaN" are SYNTAX;
 * more than 28 decimals or 10^15 and beyond is RANGE. *out is untouched on failure. The hot path:
 * no message. */
enum decimal_read_code decimal_read(struct str cell, struct decimal *out);

/* The same for the common cell, [-]digits[.digits] of at most 19 characters behind the sign: true
 * and value = *units * 10^-*scale. False says nothing; decimal_read() does. */
bool decimal_read_short(struct str cell, int64_t *units, uint8_t *scale);

/* decimal_read with a message such as: "1,20" is not a decimal amount. GR_EDATA. */
enum gr_status decimal_parse(struct str cell, struct decimal *out,
                             struct gr_err *err) GR_MUST_CHECK;

/* The same for sums: no limit but 38 digits and scale 37. */
enum gr_status decimal_parse_sum(struct str text, struct decimal *out,
                                 struct gr_err *err) GR_MUST_CHECK;

struct decimal decimal_from_int(int64_t value);
struct decimal decimal_normal(struct decimal x); /* smallest exact scale */
/* To a scale >= x.scale; GR_EDATA on overflow. */
enum gr_status decimal_rescale(struct decimal x, uint8_t scale, struct decimal *out,
                               struct gr_err *err) GR_MUST_CHECK;
enum gr_status decimal_add(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err) GR_MUST_CHECK;
enum gr_status decimal_sub(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err) GR_MUST_CHECK;
enum gr_status decimal_mul(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err) GR_MUST_CHECK;
/* a / b to `scale` decimals, half to even. b == 0 is GR_EDATA. */
enum gr_status decimal_div(struct decimal a, struct decimal b, uint8_t scale, struct decimal *out,
                           struct gr_err *err) GR_MUST_CHECK;
/* a * b / divisor as a whole number and what is left of it; false when it needs more than 128 bits.
 * divisor > 0. */
bool decimal_multiply_divide(u128 a, u128 b, u128 divisor, u128 *quotient, u128 *remainder);
struct decimal decimal_negate(struct decimal x);
int decimal_compare(struct decimal a, struct decimal b); /* never overflows */
bool decimal_is_zero(struct decimal x);
int decimal_sign(struct decimal x);

/* Half to even at `scale` decimals; a smaller scale is kept as it is. */
struct decimal decimal_round(struct decimal x, uint8_t scale);

/* Every digit, no exponent; zeros at the end stand only up to `decimals_min` decimals, so the text
 * does not depend on x.scale. "-" only before a value that is not 0. Appends to out. */
void decimal_format(struct decimal x, unsigned decimals_min, struct strbuf *out);
/* Appends x rounded half to even to exactly `decimals`, thousands grouped by `group` (0: none),
 * e.g. "-1,234.50". */
void decimal_format_fixed(struct decimal x, unsigned decimals, char group, struct strbuf *out);

double decimal_to_double(struct decimal x);
/* Nearest decimal with `scale` decimals; for figures that come from analysis. Non-finite is
 * GR_EDATA. */
enum gr_status decimal_from_double(double x, uint8_t scale, struct decimal *out,
                                   struct gr_err *err) GR_MUST_CHECK;

/* 10^n as i128 for n in 0..38. */
i128 decimal_power10(unsigned n);

/* Decimals of a currency's minor unit (ISO 4217): 2 unless known otherwise (JPY 0, KWD 3). */
unsigned currency_minor_digits(struct str currency);

#endif
