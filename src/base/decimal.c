/* Exact decimal arithmetic. The common case stays in 128 bits; a result that needs more on the way
 * and fits in the end goes through 256 bits (struct wide).
 *
 * Called by every floor that adds up amounts. Must not know currencies nor how amounts are shown:
 * decimal_read.c and decimal_format.c are its neighbours for text.
 */
#include "base/decimal.h"

#include <assert.h>

#define U128_MAX (~(u128)0)
#define I128_MAX ((i128)(U128_MAX >> 1))
#define E19 ((i128)UINT64_C(10000000000000000000))
#define E38 (E19 * E19)

static const i128 powers_of_10[DECIMAL_DIGITS_MAX + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    E19,
    E19 * 10,
    E19 * 100,
    E19 * 1000,
    E19 * 10000,
    E19 * 100000,
    E19 * 1000000,
    E19 * 10000000,
    E19 * 100000000,
    E19 * 1000000000,
    E19 * 10000000000,
    E19 * 100000000000,
    E19 * 1000000000000,
    E19 * 10000000000000,
    E19 * 100000000000000,
    E19 * 1000000000000000,
    E19 * 10000000000000000,
    E19 * 100000000000000000,
    E19 * 1000000000000000000,
    E38,
};

/* An unsigned number of 256 bits. */
struct wide {
    u128 high;
    u128 low;
};

i128 decimal_power10(unsigned n)
{
    assert(n <= DECIMAL_DIGITS_MAX);
    return powers_of_10[n];
}

static u128 magnitude(i128 x)
{
    return x < 0 ? -(u128)x : (u128)x;
}

static struct wide wide_multiply(u128 a, u128 b)
{
    u128 a_low = (uint64_t)a, a_high = a >> 64;
    u128 b_low = (uint64_t)b, b_high = b >> 64;
    u128 low = a_low * b_low;
    u128 middle_1 = a_high * b_low + (low >> 64); /* no carry: (2^64-1)^2 + 2^64-1 < 2^128 */
    u128 middle_2 = a_low * b_high + (uint64_t)middle_1;
    return (struct wide){
        .high = a_high * b_high + (middle_1 >> 64) + (middle_2 >> 64),
        .low = (middle_2 << 64) | (uint64_t)low,
    };
}

/* False when the product needs more than 256 bits. */
static bool wide_multiply_by(struct wide *x, u128 factor)
{
    struct wide low = wide_multiply(x->low, factor);
    struct wide high = wide_multiply(x->high, factor);
    if (high.high != 0)
        return false;
    x->low = low.low;
    return !__builtin_add_overflow(high.low, low.high, &x->high);
}

static int wide_compare(struct wide a, struct wide b)
{
    if (a.high != b.high)
        return a.high > b.high ? 1 : -1;
    return (a.low > b.low) - (a.low < b.low);
}

static bool wide_add(struct wide a, struct wide b, struct wide *sum)
{
    bool carry = __builtin_add_overflow(a.low, b.low, &sum->low);
    u128 high;
    bool over = __builtin_add_overflow(a.high, b.high, &high);
    return !(__builtin_add_overflow(high, (u128)carry, &sum->high) || over);
}

/* a - b for a >= b */
static struct wide wide_subtract(struct wide a, struct wide b)
{
    return (struct wide){.high = a.high - b.high - (a.low < b.low), .low = a.low - b.low};
}

/* Long division of 256 by 128 bits, a bit at a time. False when the quotient needs more than 128.
 */
static bool wide_divide(struct wide x, u128 divisor, u128 *quotient, u128 *remainder)
{
    if (x.high == 0) {
        *quotient = x.low / divisor;
        *remainder = x.low % divisor;
        return true;
    }
    if (x.high >= divisor)
        return false;
    u128 left = x.high, result = 0;
    for (int bit = 127; bit >= 0; bit--) {
        bool carry = left >> 127;
        left = (left << 1) | ((x.low >> bit) & 1);
        result <<= 1;
        if (carry || left >= divisor) {
            left -= divisor;
            result |= 1;
        }
    }
    *quotient = result;
    *remainder = left;
    return true;
}

/* Divides by 10 in place and returns the remainder. */
static unsigned wide_cut_digit(struct wide *x)
{
    unsigned remainder = (unsigned)(x->high % 10);
    x->high /= 10;
    u128 quotient, left;
    bool fits = wide_divide((struct wide){remainder, x->low}, 10, &quotient, &left);
    assert(fits);
    (void)fits;
    x->low = quotient;
    return (unsigned)left;
}

/* Sign and magnitude to a decimal. A magnitude that is too big gives up trailing zeros behind the
 * point before it is refused. */
static bool decimal_from_wide(struct wide value, unsigned scale, bool negative, struct decimal *out)
{
    while (value.high != 0 || value.low > (u128)I128_MAX || scale > UINT8_MAX) {
        if (scale == 0 || wide_cut_digit(&value) != 0)
            return false;
        scale--;
    }
    i128 units = (i128)value.low;
    *out = (struct decimal){negative ? -units : units, (uint8_t)scale};
    return true;
}

struct decimal decimal_from_int(int64_t value)
{
    return (struct decimal){value, 0};
}

struct decimal decimal_normal(struct decimal x)
{
    if (x.units == 0)
        return DECIMAL_ZERO;
    while (x.scale > 0 && (i128)(int64_t)x.units != x.units && x.units % 10 == 0) {
        x.units /= 10;
        x.scale--;
    }
    if ((i128)(int64_t)x.units != x.units)
        return x;
    int64_t units = (int64_t)x.units; /* a third of the work of 128-bit division */
    while (x.scale > 0 && units % 10 == 0) {
        units /= 10;
        x.scale--;
    }
    x.units = units;
    return x;
}

/* units * 10^n; false on overflow (the lowest i128, which has no negative, counts as one). */
static bool scale_up(i128 units, unsigned n, i128 *out)
{
    if (units == 0 || n == 0) {
        *out = units;
        return true;
    }
    i128 product;
    if (n > DECIMAL_DIGITS_MAX || __builtin_mul_overflow(units, powers_of_10[n], &product) ||
        product < -I128_MAX)
        return false;
    *out = product;
    return true;
}

enum gr_status decimal_rescale(struct decimal x, uint8_t scale, struct decimal *out,
                               struct gr_err *err)
{
    assert(scale >= x.scale);
    i128 units;
    if (!scale_up(x.units, scale - x.scale, &units))
        return gr_fail(err, GR_EDATA, "amount is too big for %u decimals", scale);
    *out = (struct decimal){units, scale};
    return GR_OK;
}

/* a + b through 256 bits, for operands whose common scale does not fit 128. */
static bool add_wide(struct decimal a, struct decimal b, struct decimal *out)
{
    a = decimal_normal(a);
    b = decimal_normal(b);
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    unsigned up_a = a.units ? scale - a.scale : 0, up_b = b.units ? scale - b.scale : 0;
    if (up_a > DECIMAL_DIGITS_MAX || up_b > DECIMAL_DIGITS_MAX)
        return false; /* the last digit is not 0 and stands too far from the first */
    struct wide x = wide_multiply(magnitude(a.units), (u128)powers_of_10[up_a]);
    struct wide y = wide_multiply(magnitude(b.units), (u128)powers_of_10[up_b]);
    bool negative = a.units < 0;
    if ((a.units < 0) == (b.units < 0)) {
        if (!wide_add(x, y, &x))
            return false;
    } else if (wide_compare(x, y) >= 0) {
        x = wide_subtract(x, y);
    } else {
        x = wide_subtract(y, x);
        negative = !negative;
    }
    return decimal_from_wide(x, scale, negative, out);
}

enum gr_status decimal_add(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err)
{
    uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
    i128 x, y, sum;
    if (scale_up(a.units, scale - a.scale, &x) && scale_up(b.units, scale - b.scale, &y) &&
        !__builtin_add_overflow(x, y, &sum) && sum >= -I128_MAX) {
        *out = (struct decimal){sum, scale};
        return GR_OK;
    }
    if (!add_wide(a, b, out))
        return gr_fail(err, GR_EDATA, "sum needs more than %d digits", DECIMAL_DIGITS_MAX);
    return GR_OK;
}

enum gr_status decimal_sub(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err)
{
    return decimal_add(a, decimal_negate(b), out, err);
}

enum gr_status decimal_mul(struct decimal a, struct decimal b, struct decimal *out,
                           struct gr_err *err)
{
    unsigned scale = (unsigned)a.scale + b.scale;
    i128 product;
    if (scale <= UINT8_MAX && !__builtin_mul_overflow(a.units, b.units, &product) &&
        product >= -I128_MAX) {
        *out = (struct decimal){product, (uint8_t)scale};
        return GR_OK;
    }
    struct wide wide = wide_multiply(magnitude(a.units), magnitude(b.units));
    if (wide.high == 0 && wide.low == 0) {
        *out = DECIMAL_ZERO;
        return GR_OK;
    }
    if (!decimal_from_wide(wide, scale, (a.units < 0) != (b.units < 0), out))
        return gr_fail(err, GR_EDATA, "product needs more than %d digits", DECIMAL_DIGITS_MAX);
    return GR_OK;
}

/* Half to even: the quotient goes up when the remainder is past the middle, or on it and the
 * quotient is odd. */
static bool rounds_up(u128 quotient, u128 remainder, u128 divisor)
{
    u128 rest = divisor - remainder;
    return remainder > rest || (remainder == rest && (quotient & 1));
}

/* x * 10^n; false when it needs more than 256 bits. */
static bool wide_scale_up(struct wide *x, unsigned n)
{
    while (n > 0) {
        unsigned step = n > DECIMAL_DIGITS_MAX ? DECIMAL_DIGITS_MAX : n;
        if (!wide_multiply_by(x, (u128)powers_of_10[step]))
            return false;
        n -= step;
    }
    return true;
}

/* numerator / denominator * 10^exponent, rounded; false when it does not fit 128 bits. */
static bool divide_scaled(u128 numerator, u128 denominator, int exponent, u128 *out)
{
    struct wide x = {0, numerator}, y = {0, denominator};
    if (exponent >= 0 && !wide_scale_up(&x, (unsigned)exponent))
        return false; /* x >= 2^256 > denominator * 2^128 */
    if (exponent < 0 && (!wide_scale_up(&y, (unsigned)-exponent) || y.high != 0)) {
        *out = 0; /* y >= 2^128 >= 2 * numerator: less than a half, or the half that goes to 0 */
        return true;
    }
    u128 quotient, remainder;
    if (!wide_divide(x, y.low, &quotient, &remainder))
        return false;
    if (rounds_up(quotient, remainder, y.low) && ++quotient == 0)
        return false;
    *out = quotient;
    return true;
}

enum gr_status decimal_div(struct decimal a, struct decimal b, uint8_t scale, struct decimal *out,
                           struct gr_err *err)
{
    if (b.units == 0)
        return gr_fail(err, GR_EDATA, "division by 0");
    u128 quotient = 0;
    int exponent = (int)scale + b.scale - a.scale;
    if (a.units != 0 &&
        (!divide_scaled(magnitude(a.units), magnitude(b.units), exponent, &quotient) ||
         quotient > (u128)I128_MAX))
        return gr_fail(err, GR_EDATA, "quotient needs more than %d digits", DECIMAL_DIGITS_MAX);
    i128 units = (i128)quotient;
    *out = (struct decimal){(a.units < 0) != (b.units < 0) ? -units : units, scale};
    return GR_OK;
}

bool decimal_multiply_divide(u128 a, u128 b, u128 divisor, u128 *quotient, u128 *remainder)
{
    assert(divisor > 0);
    return wide_divide(wide_multiply(a, b), divisor, quotient, remainder);
}

struct decimal decimal_negate(struct decimal x)
{
    assert(x.units >= -I128_MAX);
    x.units = -x.units;
    return x;
}

int decimal_compare(struct decimal a, struct decimal b)
{
    int sign_a = decimal_sign(a), sign_b = decimal_sign(b);
    if (sign_a != sign_b || sign_a == 0)
        return (sign_a > sign_b) - (sign_a < sign_b);
    if (a.scale == b.scale)
        return (a.units > b.units) - (a.units < b.units);
    unsigned up_a = a.scale < b.scale ? (unsigned)b.scale - a.scale : 0;
    unsigned up_b = b.scale < a.scale ? (unsigned)a.scale - b.scale : 0;
    if (up_a > DECIMAL_DIGITS_MAX) /* at least 10^39, more than any 128-bit number */
        return sign_a;
    if (up_b > DECIMAL_DIGITS_MAX)
        return -sign_a;
    struct wide x = wide_multiply(magnitude(a.units), (u128)powers_of_10[up_a]);
    struct wide y = wide_multiply(magnitude(b.units), (u128)powers_of_10[up_b]);
    return sign_a * wide_compare(x, y);
}

bool decimal_is_zero(struct decimal x)
{
    return x.units == 0;
}

int decimal_sign(struct decimal x)
{
    return (x.units > 0) - (x.units < 0);
}

struct decimal decimal_round(struct decimal x, uint8_t scale)
{
    if (x.scale <= scale)
        return x;
    unsigned cut = (unsigned)x.scale - scale;
    if (cut > DECIMAL_DIGITS_MAX) /* |units| < 2^127 < 10^39 / 2 */
        return (struct decimal){0, scale};
    u128 divisor = (u128)powers_of_10[cut];
    u128 value = magnitude(x.units);
    u128 quotient = value / divisor;
    if (rounds_up(quotient, value % divisor, divisor))
        quotient++;
    i128 units = (i128)quotient;
    return (struct decimal){x.units < 0 ? -units : units, scale};
}
