/* What single texts of bills mean: units, tags, ids, words, amounts with a currency sign. */
#include "support.h"

#include "ingest/bill_amount.h"
#include "ingest/code_memo.h"
#include "ingest/formats/azure_texts.h"
#include "ingest/formats/focus_words.h"
#include "ingest/moments.h"

static void unit_is(const char *text, int64_t factor, const char *unit)
{
    struct arena arena = ARENA_EMPTY;
    struct decimal read;
    struct str name;
    bool understood = azure_unit_read(&arena, str_from(text), &read, &name);
    assert_int_equal(understood, unit != NULL);
    if (understood) {
        assert_int_equal(decimal_compare(read, decimal_from_int(factor)), 0);
        if (!str_is(name, unit))
            fail_msg("%s: %.*s, not %s", text, STR_ARG(name), unit);
    }
    arena_deinit(&arena);
}

static void units_carry_a_factor(void **state)
{
    (void)state;
    unit_is("1 Hour", 1, "Hour");
    unit_is("100 Hours", 100, "Hours");
    unit_is("10K", 10000, "Units");
    unit_is("1M", 1000000, "Units");
    unit_is("10K Transactions", 10000, "Transactions");
    unit_is("1/Month", 1, "Units/Month");
    unit_is("1 /Month", 1, "Units/Month");
    unit_is("1 GB/Month", 1, "GB/Month");
    unit_is("1MB", 1, "MB");
    unit_is("1,000 Tokens", 1000, "Tokens");
    unit_is("100000000", 100000000, "Units");
    unit_is("0 Unassigned", 0, NULL);
    unit_is("Hours", 0, NULL);
    unit_is("", 0, NULL);
    unit_is("1.5 Hours", 0, NULL);
    unit_is("9999999999999999999 Hours", 0, NULL);
}

static void tags_are(const char *text, const char *object)
{
    struct arena arena = ARENA_EMPTY;
    struct str found = azure_tags_object(&arena, str_from(text));
    if (object ? !str_is(found, object) : found.ptr != NULL)
        fail_msg("%s: %.*s", text, STR_ARG(found));
    arena_deinit(&arena);
}

static void tags_get_their_braces(void **state)
{
    (void)state;
    tags_are("\"a\": \"b\"", "{\"a\": \"b\"}");
    tags_are(" \"a\":\"b,c\",\"d\":null ", "{\"a\":\"b,c\",\"d\":null}");
    tags_are("{\"a\":\"b\"}", "{\"a\":\"b\"}");
    tags_are("", NULL);
    tags_are("\"\"", NULL);
    tags_are("{}", NULL);
    tags_are("a=b", "a=b");
    tags_are("\"a\":\"b\",", "\"a\":\"b\",");
    tags_are("\"a\":\"b\"}", "\"a\":\"b\"}");
}

static void a_member_joins_tags_that_lack_it(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    const struct str key = STR("cost_center"), value = STR("a\"b");
    assert_true(
        str_is(azure_tags_with(&arena, STR_NONE, key, value), "{\"cost_center\":\"a\\\"b\"}"));
    assert_true(str_is(azure_tags_with(&arena, STR("{\"x\":1}"), key, STR("c")),
                       "{\"x\":1,\"cost_center\":\"c\"}"));
    assert_true(
        str_is(azure_tags_with(&arena, STR("{ }"), key, STR("c")), "{\"cost_center\":\"c\"}"));
    assert_true(str_is(azure_tags_with(&arena, STR("{\"cost_center\":\"x\"}"), key, STR("c")),
                       "{\"cost_center\":\"x\"}"));
    assert_true(str_is(azure_tags_with(&arena, STR("garbage"), key, STR("c")), "garbage"));
    assert_true(str_is(azure_tags_with(&arena, STR("{\"x\":1"), key, STR("c")), "{\"x\":1"));
    arena_deinit(&arena);
}

static void resource_is(const char *id, const char *type, const char *name)
{
    struct arena arena = ARENA_EMPTY;
    struct str found_type = azure_resource_type(&arena, str_from(id));
    struct str found_name = azure_resource_name(str_from(id));
    if (type ? !str_is(found_type, type) : found_type.ptr != NULL)
        fail_msg("%s: type %.*s", id, STR_ARG(found_type));
    if (name ? !str_is(found_name, name) : found_name.ptr != NULL)
        fail_msg("%s: name %.*s", id, STR_ARG(found_name));
    arena_deinit(&arena);
}

static void ids_tell_type_and_name(void **state)
{
    (void)state;
    resource_is("/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/Vm",
                "microsoft.compute/virtualmachines", "Vm");
    resource_is("/subscriptions/s/resourceGroups/r/providers/Microsoft.Sql/servers/a/databases/b",
                "microsoft.sql/servers/databases", "b");
    resource_is("/PROVIDERS/Microsoft.Capacity/reservationOrders/1/reservations/",
                "microsoft.capacity/reservationorders/reservations", "reservations");
    resource_is("/subscriptions/s", NULL, "s");
    resource_is("vm-1", NULL, NULL);
    resource_is("/", NULL, NULL);
    resource_is("/providers/", NULL, "providers");
}

static void machines_tell_their_gpu(void **state)
{
    (void)state;
    assert_true(str_is(azure_gpu_of(STR("Standard_ND96isr_H100_v5")), "H100"));
    assert_true(str_is(azure_gpu_of(STR("Standard_NC4as_T4_v3")), "T4"));
    assert_true(str_is(azure_gpu_of(STR("NC24ads A100 v4")), "A100"));
    assert_true(str_is(azure_gpu_of(STR("T4")), "T4"));
    assert_null(azure_gpu_of(STR("")).ptr);
    assert_null(azure_gpu_of(STR("Standard_D4s_v3")).ptr);
    assert_null(azure_gpu_of(STR_NONE).ptr);
}

static void focus_words_are_spelled_as_the_specification_does(void **state)
{
    (void)state;
    assert_true(str_is(focus_word(COST_ChargeFrequency, STR("Usage-based")), "Usage-Based"));
    assert_true(str_is(focus_word(COST_ChargeFrequency, STR("ONE_TIME")), "One-Time"));
    assert_true(str_is(focus_word(COST_ChargeCategory, STR("usage")), "Usage"));
    assert_true(str_is(focus_word(COST_PricingCategory, STR("On-Demand")), "Standard"));
    assert_true(str_is(focus_word(COST_ChargeClass, STR("correction")), "Correction"));
    assert_true(str_is(focus_word(COST_ChargeClass, STR("Usage")), "Usage"));
    assert_true(str_is(focus_word(COST_ChargeCategory, STR("Usage!")), "Usage!"));
    assert_true(str_is(focus_word(COST_ChargeCategory, STR("Usag")), "Usag"));
}

static void amount_is(const char *cell, const char *wanted)
{
    struct decimal read = DECIMAL_ZERO, value = DECIMAL_ZERO;
    enum decimal_read_code code = bill_decimal_read(str_from(cell), &read);
    if (!wanted) {
        if (code == DECIMAL_READ_OK)
            fail_msg("%s was read", cell);
        return;
    }
    assert_int_equal(code, DECIMAL_READ_OK);
    assert_int_equal(decimal_read(str_from(wanted), &value), DECIMAL_READ_OK);
    if (decimal_compare(read, value))
        fail_msg("%s is not %s", cell, wanted);
}

static void a_currency_sign_allows_strict_groups(void **state)
{
    (void)state;
    amount_is("$50,000.00 ", "50000");
    amount_is("-$1,234,567.50", "-1234567.5");
    amount_is("$100.00 ", "100");
    amount_is("\xE2\x82\xAC"
              "7.00",
              "7");
    amount_is("\xC2\xA3"
              "0.50",
              "0.5");
    amount_is("1.5", "1.5");
    static const char *const none[] = {"1,20",       "1,200",   "$1,20",   "$1,2000", "$,200",
                                       "$12,34,567", "$1,200,", "$1,200x", "$",       "$-5",
                                       "$$5.00",     "50$",     "$5"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        amount_is(none[i], NULL);
}

static void hours_beyond_a_day_belong_to_the_next(void **state)
{
    (void)state;
    int64_t end, same;
    assert_true(moment_read_bill(STR("2026-02-28T30:00:00Z"), &end));
    assert_true(moment_read_bill(STR("2026-03-01T06:00:00Z"), &same));
    assert_int_equal(end, same);
    assert_true(moment_read_bill(STR("2026-12-31T24:00:00Z"), &end));
    assert_true(moment_read_bill(STR("2027-01-01"), &same));
    assert_int_equal(end, same);
    assert_false(moment_read_bill(STR("2026-02-28T48:00:00Z"), &end));
    assert_false(moment_read_bill(STR("2026-02-30T30:00:00Z"), &end));
    assert_false(moment_read_bill(STR("2026-02-28T3a:00:00Z"), &end));
}

static uint32_t length_of(void *context, struct str text)
{
    ++*(unsigned *)context;
    return (uint32_t)text.len;
}

static void a_memo_learns_once_and_forgets_with_its_dictionary(void **state)
{
    (void)state;
    unsigned learned = 0;
    struct dict texts;
    struct code_memo memo;
    dict_init(&texts);
    code_memo_init(&memo, &texts, NULL, length_of, &learned);
    uint32_t code = dict_intern(&texts, STR("abc"));
    assert_int_equal(code_memo_value(&memo, 0), 0);
    assert_int_equal(code_memo_value(&memo, code), 3);
    assert_int_equal(code_memo_value(&memo, code), 3);
    assert_int_equal(learned, 1);
    dict_clear(&texts);
    assert_int_equal(dict_intern(&texts, STR("abcd")), code);
    assert_int_equal(code_memo_value(&memo, code), 4);
    code_memo_deinit(&memo);
    dict_deinit(&texts);
}

static void tuples_are_told_apart_and_forgotten_with_their_stamp(void **state)
{
    (void)state;
    struct tuple_memo memo;
    bool fresh;
    tuple_memo_init(&memo);
    const uint32_t a[] = {1, 2}, b[] = {2, 1};
    *tuple_memo_place(&memo, 5, a, 2, &fresh) = 7;
    assert_true(fresh);
    *tuple_memo_place(&memo, 5, b, 2, &fresh) = 8;
    assert_true(fresh);
    assert_int_equal(*tuple_memo_place(&memo, 5, a, 2, &fresh), 7);
    assert_false(fresh);
    tuple_memo_place(&memo, 6, a, 2, &fresh);
    assert_true(fresh);
    tuple_memo_deinit(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_carry_a_factor),
        cmocka_unit_test(tags_get_their_braces),
        cmocka_unit_test(a_member_joins_tags_that_lack_it),
        cmocka_unit_test(ids_tell_type_and_name),
        cmocka_unit_test(machines_tell_their_gpu),
        cmocka_unit_test(focus_words_are_spelled_as_the_specification_does),
        cmocka_unit_test(a_currency_sign_allows_strict_groups),
        cmocka_unit_test(hours_beyond_a_day_belong_to_the_next),
        cmocka_unit_test(a_memo_learns_once_and_forgets_with_its_dictionary),
        cmocka_unit_test(tuples_are_told_apart_and_forgotten_with_their_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
