/* Whole numbers as strings of decimal digits, as slow as on paper: the reference for decimal.c.
 * Knows nothing of it and shares no code with it. */
#ifndef GR_TESTS_DIGITS_H
#define GR_TESTS_DIGITS_H

#include <stdbool.h>

enum { DIGITS_MAX = 1200 };

/* Lowest digit first, no leading zeros; 0 has no digits and is not negative. */
struct digits {
    int count;
    bool negative;
    signed char at[DIGITS_MAX];
};

void digits_read(struct digits *out, const char *text); /* [-]digits */
void digits_write(const struct digits *x, char text[DIGITS_MAX + 2]);
void digits_shift(struct digits *x, int n); /* times 10^n, n >= 0 */
int digits_compare(const struct digits *a, const struct digits *b);
void digits_add(const struct digits *a, const struct digits *b, struct digits *out);
void digits_multiply(const struct digits *a, const struct digits *b, struct digits *out);
/* a / b, half to even; b is not 0 */
void digits_divide(const struct digits *a, const struct digits *b, struct digits *out);
/* Drops zeros at the end as long as *scale > 0. */
void digits_normal(struct digits *x, int *scale);
bool digits_fit_128(const struct digits *x); /* |x| < 2^127 */

#endif
