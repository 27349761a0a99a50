/* Mappings: which month a row is billed in, where the bill has a zone; and names that differ in
 * case. */
#include "support.h"

#include <string.h>

#include "ingest/mapping/mapping_internal.h"

#define HEAD "[mapping t]\n"
#define ZONED(zone)                                                                                \
    HEAD "[columns]\nBilledCost = a\nChargePeriodStart = s\n[constants]\nBillingCurrency = EUR\n"  \
         "[dates]\nzone = " zone "\n"

/* The mapping makes of `text` rows that hold `part`. */
static void expect(const char *mapping_text, const char *text, const char *part)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct mapping *mapping = NULL;
    struct reading reading;
    if (mapping_read_text(&arena, str_from(mapping_text), "t.ini", &mapping, &err) != GR_OK)
        fail_msg("%s", err.text);
    struct ingest_options options = {.mapping = mapping, .seen_at = MOMENT_NONE};
    reading_init(&reading);
    read_bytes(&reading, "t", str_from(text), &options);
    assert_int_equal(reading.status, GR_OK);
    if (!strstr(strbuf_cstr(&reading.rows), part))
        fail_msg("no \"%s\" in:\n%s", part, strbuf_cstr(&reading.rows));
    reading_deinit(&reading);
    arena_deinit(&arena);
}

static void a_date_has_its_month_in_any_zone(void **state)
{
    (void)state;
    expect(ZONED("America/Los_Angeles"), "a,s\n1,2026-10-01\n",
           "BillingPeriodStart=2026-10-01T00:00:00Z");
    expect(ZONED("America/Los_Angeles"), "a,s\n1,2026-10-01T01:00:00Z\n",
           "BillingPeriodStart=2026-09-01T00:00:00Z");
}

static void a_billing_period_is_one_of_the_zone_of_the_bill(void **state)
{
    (void)state;
    static const char mapping[] = HEAD "[columns]\nBilledCost = a\nChargePeriodStart = s\n"
                                       "BillingPeriodStart = m\nBillingPeriodEnd = e\n[constants]\n"
                                       "BillingCurrency = EUR\n[dates]\nzone = Europe/Berlin\n";
    expect(mapping, "a,s,m,e\n1,2026-10-05 00:00,2026-10-01 00:00,2026-11-01 00:00\n",
           "ChargePeriodStart=2026-10-04T22:00:00Z BillingPeriodStart=2026-10-01T00:00:00Z "
           "BillingPeriodEnd=2026-11-01T00:00:00Z");
}

static void sources_that_differ_in_case_are_one_column_of_a_csv(void **state)
{
    (void)state;
    static const char map[] = HEAD "[columns]\nChargePeriodStart = day\nBilledCost = cost\n"
                                   "ListCost = Cost | COST\nBillingCurrency = cur\n"
                                   "[constants]\nProviderName = p\n";
    expect(map, "day,cost,cur\n2026-10-01,5.25,USD\n",
           "BilledCost=5.25 EffectiveCost=5.25 ListCost=5.25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_has_its_month_in_any_zone),
        cmocka_unit_test(a_billing_period_is_one_of_the_zone_of_the_bill),
        cmocka_unit_test(sources_that_differ_in_case_are_one_column_of_a_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
