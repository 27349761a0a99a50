/* School arithmetic on digit strings; see digits.h. */
#include "digits.h"

#include <assert.h>
#include <string.h>

static void trim(struct digits *x)
{
    while (x->count > 0 && x->at[x->count - 1] == 0)
        x->count--;
    if (x->count == 0)
        x->negative = false;
}

void digits_read(struct digits *out, const char *text)
{
    memset(out, 0, sizeof *out);
    out->negative = *text == '-';
    if (*text == '-')
        text++;
    out->count = (int)strlen(text);
    assert(out->count <= DIGITS_MAX);
    for (int i = 0; i < out->count; i++)
        out->at[i] = (signed char)(text[out->count - 1 - i] - '0');
    trim(out);
}

void digits_write(const struct digits *x, char text[DIGITS_MAX + 2])
{
    int n = 0;
    if (x->negative)
        text[n++] = '-';
    for (int i = x->count - 1; i >= 0; i--)
        text[n++] = (char)('0' + x->at[i]);
    if (x->count == 0)
        text[n++] = '0';
    text[n] = '\0';
}

void digits_shift(struct digits *x, int n)
{
    if (x->count == 0)
        return;
    assert(x->count + n <= DIGITS_MAX);
    memmove(x->at + n, x->at, (size_t)x->count);
    memset(x->at, 0, (size_t)n);
    x->count += n;
}

static int compare_magnitude(const struct digits *a, const struct digits *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->at[i] != b->at[i])
            return a->at[i] < b->at[i] ? -1 : 1;
    return 0;
}

int digits_compare(const struct digits *a, const struct digits *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = compare_magnitude(a, b);
    return a->negative ? -order : order;
}

/* |a| + |b| or, for |a| >= |b|, |a| - |b| */
static void combine(const struct digits *a, const struct digits *b, int sign, struct digits *out)
{
    struct digits result = {0};
    int count = a->count > b->count ? a->count : b->count, carry = 0;
    for (int i = 0; i < count; i++) {
        int digit = (i < a->count ? a->at[i] : 0) + sign * (i < b->count ? b->at[i] : 0) + carry;
        carry = digit < 0 ? -1 : digit > 9 ? 1 : 0;
        result.at[i] = (signed char)(digit - 10 * carry);
    }
    if (carry > 0)
        result.at[count++] = 1;
    result.count = count;
    *out = result;
}

void digits_add(const struct digits *a, const struct digits *b, struct digits *out)
{
    bool negative = a->negative;
    if (a->negative == b->negative) {
        combine(a, b, 1, out);
    } else if (compare_magnitude(a, b) >= 0) {
        combine(a, b, -1, out);
    } else {
        negative = b->negative;
        combine(b, a, -1, out);
    }
    out->negative = negative;
    trim(out);
}

void digits_multiply(const struct digits *a, const struct digits *b, struct digits *out)
{
    struct digits result = {.count = a->count + b->count, .negative = a->negative != b->negative};
    assert(result.count < DIGITS_MAX);
    for (int i = 0; i < a->count; i++) {
        int carry = 0;
        for (int k = 0; k < b->count || carry; k++) {
            int digit = result.at[i + k] + carry + (k < b->count ? a->at[i] * b->at[k] : 0);
            result.at[i + k] = (signed char)(digit % 10);
            carry = digit / 10;
        }
    }
    trim(&result);
    *out = result;
}

static void subtract_in_place(struct digits *a, const struct digits *b)
{
    int borrow = 0;
    for (int i = 0; i < a->count; i++) {
        int digit = a->at[i] - (i < b->count ? b->at[i] : 0) - borrow;
        borrow = digit < 0;
        a->at[i] = (signed char)(digit + 10 * borrow);
    }
    trim(a);
}

void digits_divide(const struct digits *a, const struct digits *b, struct digits *out)
{
    struct digits result = {.count = a->count}, rest = {0}, divisor = *b, one;
    divisor.negative = false;
    for (int i = a->count - 1; i >= 0; i--) {
        digits_shift(&rest, 1);
        rest.at[0] = a->at[i];
        if (rest.count == 0 && a->at[i] != 0)
            rest.count = 1;
        while (compare_magnitude(&rest, &divisor) >= 0) {
            subtract_in_place(&rest, &divisor);
            result.at[i]++;
        }
    }
    bool odd = result.count > 0 && result.at[0] % 2 == 1;
    trim(&result);
    digits_add(&rest, &rest, &rest);
    int order = compare_magnitude(&rest, &divisor);
    digits_read(&one, "1");
    if (order > 0 || (order == 0 && odd))
        digits_add(&result, &one, &result);
    result.negative = result.count > 0 && a->negative != b->negative;
    *out = result;
}

void digits_normal(struct digits *x, int *scale)
{
    if (x->count == 0)
        *scale = 0;
    while (*scale > 0 && x->at[0] == 0) {
        memmove(x->at, x->at + 1, (size_t)--x->count);
        --*scale;
    }
}

bool digits_fit_128(const struct digits *x)
{
    struct digits limit;
    digits_read(&limit, "170141183460469231731687303715884105727");
    return compare_magnitude(x, &limit) <= 0;
}
