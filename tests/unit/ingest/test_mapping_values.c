/* What a mapping makes of values that differ in case, and where it says that a record is refused.
 */
#include <stdio.h>
#include <string.h>

#include "ingest/mapping/mapping.h"
#include "support.h"

#define HEAD "[mapping t]\n"
#define COLUMNS                                                                                    \
    "[columns]\nBilledCost = amount\nChargePeriodStart = day\n[constants]\nBillingCurrency = "     \
    "EUR\nProviderName = P\n"

static struct arena arena;

static struct mapping *mapping_of(const char *text)
{
    struct mapping *mapping = NULL;
    struct gr_err err = {0};
    if (mapping_read_text(&arena, str_from(text), "t.ini", &mapping, &err) != GR_OK)
        fail_msg("%s", err.text);
    return mapping;
}

static void read_with(struct reading *reading, const char *mapping, const char *text,
                      const char *reader)
{
    struct ingest_options options = {
        .mapping = mapping_of(mapping), .reader = reader, .seen_at = MOMENT_NONE};
    reading_init(reading);
    read_bytes(reading, "t", str_from(text), &options);
    if (reading->status != GR_OK)
        fail_msg("%s", reading->err.text);
}

static const char *text_or(const struct strbuf *buf)
{
    return buf->ptr ? buf->ptr : "";
}

/* The mapping makes of `text` a row (or a reject) that holds `part`. */
static void expect(const char *mapping, const char *text, const char *part)
{
    struct reading reading;
    read_with(&reading, mapping, text, NULL);
    if (!strstr(text_or(&reading.rows), part) && !strstr(text_or(&reading.rejects), part))
        fail_msg("no \"%s\" in:\n%srejects: %s", part, text_or(&reading.rows),
                 text_or(&reading.rejects));
    reading_deinit(&reading);
}

static void values_match_in_any_case_but_prefer_their_own(void **state)
{
    (void)state;
    static const char mapping[] =
        HEAD COLUMNS "[columns]\nConsumedUnit = k\n[values ConsumedUnit]\nGB = gigabyte\nGb = "
                     "gigabit\n*storage* = Storage\n* = Other\n";
    static const char *const cases[][2] = {
        {"GB",             "gigabyte"},
        {"Gb",             "gigabit" },
        {"gb",             "gigabyte"},
        {"Storage charge", "Storage" },
        {"5 STORAGE",      "Storage" },
        {"else",           "Other"   },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128], wanted[64];
        snprintf(text, sizeof text, "amount,day,k\n1,2026-10-01,%s\n", cases[i][0]);
        snprintf(wanted, sizeof wanted, "ConsumedUnit=%s", cases[i][1]);
        expect(mapping, text, wanted);
    }
}

static void refused_records_of_one_line_are_numbered(void **state)
{
    (void)state;
    static const char mapping[] = HEAD COLUMNS;
    expect(mapping,
           "[{\"amount\":1,\"day\":\"2026-10-01\"},{\"amount\":\"x\",\"day\":\"2026-10-01\"}]",
           "1:amount:x:is not a decimal amount (record 2)");
    expect(mapping, "{\"amount\":\"x\",\"day\":\"2026-10-01\"}\n{\"amount\":1}\n",
           "1:amount:x:is not a decimal amount\n");
}

static int end(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_in_any_case_but_prefer_their_own),
        cmocka_unit_test(refused_records_of_one_line_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
