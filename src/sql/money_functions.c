/* See money_functions.h. Called by sql_open; must not know the store. */
#include "sql/money_functions.h"

#include <string.h>

#include "base/decimal.h"

/* Like decimal_read, but for sums: more than a cell's digits may stand there. */
static bool money_value(sqlite3_context *context, sqlite3_value *value, struct decimal *out)
{
    struct str text = {(const char *)sqlite3_value_text(value), 0};
    text.len = (size_t)sqlite3_value_bytes(value);
    struct gr_err err = {0};
    if (decimal_parse_sum(text, out, &err) == GR_OK)
        return true;
    sqlite3_result_error(context, err.text, -1);
    return false;
}

static void money_result(sqlite3_context *context, struct decimal value)
{
    struct strbuf text;
    strbuf_init(&text, 256);
    decimal_format(value, 0, &text);
    sqlite3_result_text(context, text.ptr, (int)text.len, SQLITE_TRANSIENT);
    strbuf_deinit(&text);
}

static bool money_pair(sqlite3_context *context, sqlite3_value **values, struct decimal pair[2])
{
    for (int i = 0; i < 2; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            return false;
    return money_value(context, values[0], &pair[0]) && money_value(context, values[1], &pair[1]);
}

typedef enum gr_status (*money_operation)(struct decimal, struct decimal, struct decimal *,
                                          struct gr_err *);

static void money_binary(sqlite3_context *context, sqlite3_value **values, money_operation apply)
{
    struct decimal pair[2], result;
    struct gr_err err = {0};
    if (!money_pair(context, values, pair))
        return;
    if (apply(pair[0], pair[1], &result, &err) != GR_OK)
        sqlite3_result_error(context, err.text, -1);
    else
        money_result(context, result);
}

static void money_add(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    money_binary(context, values, decimal_add);
}

static void money_sub(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    money_binary(context, values, decimal_sub);
}

static void money_mul(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    money_binary(context, values, decimal_mul);
}

static void money_ratio(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct decimal pair[2];
    if (money_pair(context, values, pair) && !decimal_is_zero(pair[1]))
        sqlite3_result_double(context, decimal_to_double(pair[0]) / decimal_to_double(pair[1]));
}

static void money_div(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct decimal pair[2], result;
    struct gr_err err = {0};
    if (!money_pair(context, values, pair) || decimal_is_zero(pair[1]))
        return;
    int decimals = sqlite3_value_int(values[2]);
    if (decimals < 0 || decimals > DECIMAL_CELL_SCALE_MAX)
        sqlite3_result_error(context, "money_div: decimals must be 0 to 28", -1);
    else if (decimal_div(pair[0], pair[1], (uint8_t)decimals, &result, &err) != GR_OK)
        sqlite3_result_error(context, err.text, -1);
    else
        money_result(context, result);
}

static void money_round(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct decimal value;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL || !money_value(context, values[0], &value))
        return;
    struct str currency = {(const char *)sqlite3_value_text(values[1]), 0};
    currency.len = (size_t)sqlite3_value_bytes(values[1]);
    money_result(context, decimal_round(value, (uint8_t)currency_minor_digits(currency)));
}

static void money_sign(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct decimal value;
    if (sqlite3_value_type(values[0]) != SQLITE_NULL && money_value(context, values[0], &value))
        sqlite3_result_int(context, decimal_sign(value));
}

/* `values` tells an empty sum (NULL) from a sum of 0. */
struct money_sum {
    struct decimal sum;
    int64_t values;
};

/* SQLite aligns an aggregate's memory to 8 bytes, 128-bit units want 16: so it goes in and out by
 * copy. */
static void *money_sum_load(sqlite3_context *context, int size, struct money_sum *out)
{
    void *kept = sqlite3_aggregate_context(context, size);
    if (kept)
        memcpy(out, kept, sizeof *out);
    return kept;
}

static void money_sum_apply(sqlite3_context *context, sqlite3_value *input, money_operation apply,
                            int64_t step)
{
    struct money_sum sum;
    struct decimal value;
    struct gr_err err = {0};
    void *kept = money_sum_load(context, sizeof sum, &sum);
    if (!kept || sqlite3_value_type(input) == SQLITE_NULL || !money_value(context, input, &value))
        return;
    if (apply(sum.sum, value, &sum.sum, &err) != GR_OK)
        sqlite3_result_error(context, err.text, -1);
    sum.values += step;
    memcpy(kept, &sum, sizeof sum);
}

static void money_sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    money_sum_apply(context, values[0], decimal_add, 1);
}

static void money_sum_inverse(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    money_sum_apply(context, values[0], decimal_sub, -1);
}

static void money_sum_value(sqlite3_context *context)
{
    struct money_sum sum;
    if (money_sum_load(context, 0, &sum) && sum.values > 0)
        money_result(context, sum.sum);
}

/* An amount as this program writes it: "-12.50", no exponent, no needless zero in front. */
struct plain {
    bool negative;
    struct str whole;
    struct str fraction;
};

enum { PLAIN_DIGITS_MAX = 38 }; /* so many surely fit 128 bits */

static size_t count_digits(const char *text, size_t len)
{
    size_t count = 0;
    while (count < len && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

static bool plain_read(struct str text, struct plain *out)
{
    out->negative = text.len && text.ptr[0] == '-';
    text.ptr += out->negative;
    text.len -= out->negative;
    size_t whole = count_digits(text.ptr, text.len);
    out->whole = (struct str){text.ptr, whole};
    out->fraction = (struct str){text.ptr + whole, 0};
    if (!whole || text.len > PLAIN_DIGITS_MAX ||
        (text.ptr[0] == '0' && (whole > 1 || out->negative)))
        return false;
    if (whole == text.len)
        return true;
    out->fraction = (struct str){text.ptr + whole + 1, text.len - whole - 1};
    return text.ptr[whole] == '.' && out->fraction.len &&
           count_digits(out->fraction.ptr, out->fraction.len) == out->fraction.len;
}

/* Of the sizes, without the signs. */
static int plain_compare(const struct plain *a, const struct plain *b)
{
    if (a->whole.len != b->whole.len)
        return a->whole.len < b->whole.len ? -1 : 1;
    int order = memcmp(a->whole.ptr, b->whole.ptr, a->whole.len);
    size_t common = a->fraction.len < b->fraction.len ? a->fraction.len : b->fraction.len;
    if (!order)
        order = memcmp(a->fraction.ptr, b->fraction.ptr, common);
    for (size_t i = common; !order && i < a->fraction.len; i++)
        order = a->fraction.ptr[i] > '0';
    for (size_t i = common; !order && i < b->fraction.len; i++)
        order = -(b->fraction.ptr[i] > '0');
    return order;
}

/* Texts that are not decimals sort bytewise, before the ones that are: a collation can't fail. */
static int money_collation(void *unused, int left_len, const void *left, int right_len,
                           const void *right)
{
    (void)unused;
    struct str texts[2] = {
        {left,  (size_t)left_len },
        {right, (size_t)right_len}
    };
    struct plain plain[2];
    if (plain_read(texts[0], &plain[0]) && plain_read(texts[1], &plain[1])) {
        if (plain[0].negative != plain[1].negative)
            return plain[0].negative ? -1 : 1;
        int order = plain_compare(&plain[0], &plain[1]);
        return plain[0].negative ? -order : order;
    }
    struct decimal values[2] = {DECIMAL_ZERO, DECIMAL_ZERO};
    struct gr_err err = {0};
    bool readable[2];
    for (int i = 0; i < 2; i++)
        readable[i] = decimal_parse_sum(texts[i], &values[i], &err) == GR_OK;
    if (readable[0] && readable[1])
        return decimal_compare(values[0], values[1]);
    if (readable[0] != readable[1])
        return readable[0] ? 1 : -1;
    return str_compare(texts[0], texts[1]);
}

int money_functions_register(sqlite3 *database)
{
    static const struct {
        const char *name;
        int arguments;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        {"money_add",   2, money_add  },
        {"money_sub",   2, money_sub  },
        {"money_mul",   2, money_mul  },
        {"money_ratio", 2, money_ratio},
        {"money_div",   3, money_div  },
        {"money_round", 2, money_round},
        {"money_sign",  1, money_sign },
    };
    enum { FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof functions / sizeof *functions && code == SQLITE_OK; i++)
        code = sqlite3_create_function_v2(database, functions[i].name, functions[i].arguments,
                                          FLAGS, NULL, functions[i].call, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_window_function(database, "money_sum", 1, FLAGS, NULL, money_sum_step,
                                              money_sum_value, money_sum_value, money_sum_inverse,
                                              NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_collation(database, "MONEY", SQLITE_UTF8, NULL, money_collation);
    return code;
}
