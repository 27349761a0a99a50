/* Amounts as text and as doubles.
 *
 * Called by renderers, queries and analysis. Must not know columns; the only thing it knows about a
 * currency is how many decimals its minor unit has. Independent of the locale.
 */
#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_TEXT_MAX = 40 }; /* 2^127 has 39 digits */

/* Digits of |units| into text, without NUL; returns how many. 0 gives "0". */
static unsigned write_digits(i128 units, char text[DIGITS_TEXT_MAX])
{
    u128 value = units < 0 ? -(u128)units : (u128)units;
    char reversed[DIGITS_TEXT_MAX];
    unsigned count = 0;
    while (value > UINT64_MAX) {
        reversed[count++] = (char)('0' + (int)(value % 10));
        value /= 10;
    }
    uint64_t low = (uint64_t)value;
    do {
        reversed[count++] = (char)('0' + (int)(low % 10));
        low /= 10;
    } while (low > 0);
    for (unsigned i = 0; i < count; i++)
        text[i] = reversed[count - 1 - i];
    return count;
}

static void append_zeros(struct strbuf *out, unsigned count)
{
    while (count-- > 0)
        strbuf_append_char(out, '0');
}

/* Sign, whole part (grouped unless group is 0), and `decimals` decimals, decimals >= x.scale. */
static void append_decimal(struct decimal x, unsigned decimals, char group, struct strbuf *out)
{
    char digits[DIGITS_TEXT_MAX];
    unsigned count = write_digits(x.units, digits);
    unsigned whole = count > x.scale ? count - x.scale : 0;
    if (x.units < 0)
        strbuf_append_char(out, '-');
    if (whole == 0)
        strbuf_append_char(out, '0');
    for (unsigned i = 0; i < whole; i++) {
        if (group && i > 0 && (whole - i) % 3 == 0)
            strbuf_append_char(out, group);
        strbuf_append_char(out, digits[i]);
    }
    if (decimals == 0)
        return;
    strbuf_append_char(out, '.');
    if (x.scale > count)
        append_zeros(out, x.scale - count);
    strbuf_append(out, (struct str){digits + whole, count - whole});
    append_zeros(out, decimals - x.scale);
}

void decimal_format(struct decimal x, unsigned decimals_min, struct strbuf *out)
{
    x = decimal_normal(x);
    append_decimal(x, x.scale > decimals_min ? x.scale : decimals_min, 0, out);
}

void decimal_format_fixed(struct decimal x, unsigned decimals, char group, struct strbuf *out)
{
    if (decimals < x.scale)
        x = decimal_round(x, (uint8_t)decimals);
    append_decimal(x, decimals, group, out);
}

double decimal_to_double(struct decimal x)
{
    static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const i128 exact_max = (i128)1 << 53;
    if (x.scale <= 22 && x.units >= -exact_max && x.units <= exact_max)
        return (double)x.units / exact_powers[x.scale]; /* both exact: rounded once */
    char digits[DIGITS_TEXT_MAX];
    char text[DIGITS_TEXT_MAX + 16];
    unsigned count = write_digits(x.units, digits);
    snprintf(text, sizeof text, "%s%.*se-%u", x.units < 0 ? "-" : "", (int)count, digits, x.scale);
    return strtod(text, NULL); /* rounds correctly; without a point no locale matters */
}

enum { DOUBLE_TEXT_MAX = 310 + 1 + UINT8_MAX + 2 };

/* glibc prints the exact binary value rounded half to even, so its digits are the answer. */
enum gr_status decimal_from_double(double x, uint8_t scale, struct decimal *out, struct gr_err *err)
{
    if (!isfinite(x))
        return gr_fail(err, GR_EDATA, "%s is not an amount", isnan(x) ? "NaN" : "infinity");
    char text[DOUBLE_TEXT_MAX];
    snprintf(text, sizeof text, "%.*f", (int)scale, fabs(x));
    i128 units = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9')
            continue; /* the point, whatever the locale's is */
        if (__builtin_mul_overflow(units, (i128)10, &units) ||
            __builtin_add_overflow(units, (i128)(*c - '0'), &units))
            return gr_fail(err, GR_EDATA, "%g is too big for %u decimals", x, scale);
    }
    *out = (struct decimal){x < 0 ? -units : units, scale};
    return GR_OK;
}

/* ISO 4217 currencies whose minor unit is not a hundredth. */
static const struct {
    const char *code;
    unsigned digits;
} minor_units[] = {
    {"BHD", 3},
    {"BIF", 0},
    {"CLF", 4},
    {"CLP", 0},
    {"DJF", 0},
    {"GNF", 0},
    {"IQD", 3},
    {"ISK", 0},
    {"JOD", 3},
    {"JPY", 0},
    {"KMF", 0},
    {"KRW", 0},
    {"KWD", 3},
    {"LYD", 3},
    {"OMR", 3},
    {"PYG", 0},
    {"RWF", 0},
    {"TND", 3},
    {"UGX", 0},
    {"UYI", 0},
    {"UYW", 4},
    {"VND", 0},
    {"VUV", 0},
    {"XAF", 0},
    {"XOF", 0},
    {"XPF", 0},
};

unsigned currency_minor_digits(struct str currency)
{
    for (size_t i = 0; i < sizeof minor_units / sizeof minor_units[0]; i++)
        if (str_equal_nocase(currency, str_from(minor_units[i].code)))
            return minor_units[i].digits;
    return 2;
}
