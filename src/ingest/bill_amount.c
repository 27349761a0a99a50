/* Amounts with a currency sign (see bill_amount.h). */
#include "ingest/bill_amount.h"

static bool take(struct str *text, struct str prefix)
{
    if (!str_starts(*text, prefix))
        return false;
    text->ptr += prefix.len;
    text->len -= prefix.len;
    return true;
}

static bool take_sign(struct str *text)
{
    static const char *const signs[] = {"$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(text, str_from(signs[i])))
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 1 to 3 digits, then groups of a comma and three digits, then no further digit or comma. Appends
 * the digits. */
static bool take_groups(struct str *text, char *out, size_t *len)
{
    size_t at = 0;
    while (at < text->len && at < 3 && is_digit(text->ptr[at]))
        out[(*len)++] = text->ptr[at++];
    if (at == 0)
        return false;
    while (text->len - at >= 4 && text->ptr[at] == ',' && is_digit(text->ptr[at + 1]) &&
           is_digit(text->ptr[at + 2]) && is_digit(text->ptr[at + 3])) {
        memcpy(out + *len, text->ptr + at + 1, 3);
        *len += 3;
        at += 4;
    }
    text->ptr += at;
    text->len -= at;
    return text->len == 0 || *text->ptr == '.';
}

/* What a spreadsheet makes of an amount ends in a point and two digits; "$5" may be anything. */
static bool ends_in_cents(struct str text)
{
    return text.len == 3 && text.ptr[0] == '.' && is_digit(text.ptr[1]) && is_digit(text.ptr[2]);
}

enum decimal_read_code bill_decimal_read(struct str cell, struct decimal *out)
{
    enum decimal_read_code code = decimal_read(cell, out);
    struct str rest = str_trim(cell);
    char plain[64];
    size_t len = 0;
    if (code != DECIMAL_READ_SYNTAX || rest.len >= sizeof plain)
        return code;
    if (take(&rest, STR("-")))
        plain[len++] = '-';
    if (!take_sign(&rest) || rest.len == 0 || !is_digit(*rest.ptr))
        return DECIMAL_READ_SYNTAX;
    if (memchr(rest.ptr, ',', rest.len)) {
        if (!take_groups(&rest, plain, &len))
            return DECIMAL_READ_SYNTAX;
    } else {
        while (rest.len && is_digit(*rest.ptr)) {
            plain[len++] = *rest.ptr++;
            rest.len--;
        }
    }
    if (!ends_in_cents(rest))
        return DECIMAL_READ_SYNTAX;
    memcpy(plain + len, rest.ptr, rest.len);
    return decimal_read((struct str){plain, len + rest.len}, out);
}

bool bill_amount_fit(struct decimal *value)
{
    static const struct decimal limit = {INT64_C(1000000000000000), 0};
    *value = decimal_normal(decimal_round(*value, DECIMAL_CELL_SCALE_MAX));
    struct decimal size = decimal_sign(*value) < 0 ? decimal_negate(*value) : *value;
    return decimal_compare(size, limit) < 0;
}

bool bill_amount_product(struct decimal a, struct decimal b, struct decimal *out)
{
    struct gr_err ignored = {0};
    return decimal_mul(a, b, out, &ignored) == GR_OK && bill_amount_fit(out);
}
