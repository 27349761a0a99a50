/* Google Cloud billing export: the same rows as flattened CSV, JSON lines and array. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/python_text.h"

#define CSV_HEADER                                                                                 \
    "billing_account_id,service.id,service.description,sku.id,sku.description,usage_start_time,"   \
    "usage_end_time,project.id,project.name,labels,system_labels,location.location,"               \
    "location.region,cost,cost_at_list,currency,usage.amount,usage.unit,credits,invoice.month,"    \
    "cost_type,export_time\n"
#define CSV_START                                                                                  \
    "01-A,95FF,Compute Engine,S-1,N1 core,2026-09-30 23:00:00 UTC,2026-10-01 00:00:00 UTC,"        \
    "proj-1,Project One,"

static void expect_row(const struct reading *reading, const char *part)
{
    if (!strstr(reading->rows.ptr ? reading->rows.ptr : "", part))
        fail_msg("no \"%s\" in:\n%s\nrejects: %s", part, reading->rows.ptr,
                 reading->rejects.ptr ? reading->rejects.ptr : "");
}

static void csv_row(struct reading *reading, const char *cells)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s%s\n", CSV_HEADER, CSV_START, cells);
    reading_init(reading);
    read_text(reading, text);
    assert_int_equal(reading->status, GR_OK);
    assert_string_equal(reading->facts.format, "gcp");
}

static void billed_cost_is_net_of_python_credits(void **state)
{
    (void)state;
    struct reading reading;
    csv_row(&reading,
            "\"[{'key': 'team', 'value': 'it''s'}]\",[],us,us-east4,1.5E-5,2e-05,USD,3,hours,"
            "\"[{'name': 'CUD', 'amount': -5e-06, 'full_name': None, 'type': "
            "'COMMITTED_USAGE_DISCOUNT'}, {'name': 'Free', 'amount': -0.000001}]\",202610,regular,"
            "2026-10-02 01:00:00 UTC");
    /* 'it''s' is two strings for Python; as a list of pairs it is no literal */
    assert_int_equal(reading.facts.rejected, 1);
    reading_deinit(&reading);
    csv_row(&reading,
            "\"[{'key': 'team', 'value': \"\"it's\"\"}]\",[],us,us-east4,1.5E-5,2e-05,USD,3,hours,"
            "\"[{'name': 'CUD', 'amount': -5e-06, 'full_name': None, 'type': "
            "'COMMITTED_USAGE_DISCOUNT'}, {'name': 'Free', 'amount': -0.000001}]\",202610,regular,"
            "2026-10-02 01:00:00 UTC");
    expect_row(&reading, "BilledCost=0.000009 EffectiveCost=0.000009 ListCost=0.00002 "
                         "ContractedCost=0.000015");
    expect_row(&reading, "x_CreditAmount=-0.000006");
    expect_row(&reading, "Tags={\"team\":\"it's\"}");
    expect_row(&reading, "x_Credits=[{'name': 'CUD'");
    reading_deinit(&reading);
}

static void the_billing_period_is_the_invoice_month(void **state)
{
    (void)state;
    struct reading reading;
    csv_row(&reading, "[],[],us,,1,,USD,3,hours,[],202610,regular,");
    expect_row(&reading, "ChargePeriodStart=2026-09-30T23:00:00Z");
    expect_row(&reading, "BillingPeriodStart=2026-10-01T00:00:00Z "
                         "BillingPeriodEnd=2026-11-01T00:00:00Z");
    expect_row(&reading, "RegionId=us ");
    expect_row(&reading, "ProviderName=Google Cloud");
    assert_null(strstr(reading.rows.ptr, "ListCost"));
    assert_null(strstr(reading.rows.ptr, "x_CreditAmount"));
    assert_null(strstr(reading.rows.ptr, "Tags="));
    reading_deinit(&reading);
}

static void cost_types_become_categories(void **state)
{
    (void)state;
    static const char *const kinds[][2] = {
        {"regular",        "ChargeCategory=Usage"     },
        {"tax",            "ChargeCategory=Tax"       },
        {"adjustment",     "ChargeCategory=Adjustment"},
        {"rounding_error", "ChargeCategory=Adjustment"}
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct reading reading;
        char cells[200];
        snprintf(cells, sizeof cells, "[],[],us,,-1,,USD,,,[],202610,%s,", kinds[i][0]);
        csv_row(&reading, cells);
        expect_row(&reading, kinds[i][1]);
        reading_deinit(&reading);
    }
}

static void refuses_rows_that_cannot_be_trusted(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"[],[],us,,1,,USD,,,\"[{'amount': 'x'}]\",202610,regular,",       "credits"      },
        {"[],[],us,,1,,USD,,,\"[{'name': 'no amount'}]\",202610,regular,", "credits"      },
        {"[],[],us,,1,,USD,,,\"[{'amount': -1\",202610,regular,",          "credits"      },
        {"[],[],us,,1,,USD,,,\"__import__('os')\",202610,regular,",        "credits"      },
        {"[],[],us,,,,USD,,,[],202610,regular,",                           "cost"         },
        {"[],[],us,,\"1,5\",,USD,,,[],202610,regular,",                    "cost"         },
        {"[],[],us,,NaN,,USD,,,[],202610,regular,",                        "cost"         },
        {"[],[],us,,1,,,,,[],202610,regular,",                             "currency"     },
        {"[],[],us,,1,,USD,,,[],202613,regular,",                          "invoice.month"},
        {"\"[{'key': 'a'}]\",[],us,,1,,USD,,,[],202610,regular,",          "labels"       },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct reading reading;
        csv_row(&reading, bad[i][0]);
        assert_int_equal(reading.facts.rejected, 1);
        assert_int_equal(reading.facts.rows, 1);
        char place[40];
        snprintf(place, sizeof place, "2:%s:", bad[i][1]);
        assert_memory_equal(reading.rejects.ptr, place, strlen(place));
        reading_deinit(&reading);
    }
}

static const char LINE[] =
    "{\"billing_account_id\":\"01-A\",\"service\":{\"id\":\"95FF\",\"description\":\"Compute "
    "Engine\"},\"sku\":{\"id\":\"S-1\",\"description\":\"N1 core\"},\"usage_start_time\":"
    "\"2026-09-30 23:00:00 UTC\",\"usage_end_time\":\"1.7908128E9\",\"project\":{\"id\":\"p\","
    "\"labels\":[{\"key\":\"a\",\"value\":\"b\"}]},\"labels\":[{\"key\":\"team\",\"value\":\"ml\"}"
    ",{\"key\":\"api_key\",\"value\":\"hidden\"}],\"system_labels\":[{\"key\":"
    "\"compute.googleapis.com/machine_spec\",\"value\":\"a2-highgpu-1g\"}],\"location\":{"
    "\"location\":\"us\",\"country\":\"US\"},\"cost\":0.1,\"cost_at_list\":\"0.2\",\"currency\":"
    "\"USD\",\"credits\":[{\"name\":\"x\",\"amount\":-0.03,\"type\":\"PROMOTION\"}],\"invoice\":{"
    "\"month\":\"202610\"},\"cost_type\":\"regular\",\"adjustment_info\":null,\"price\":{"
    "\"effective_price\":0.05},\"consumption_model\":{\"id\":\"m-1\"}}\n";

static void json_lines_and_arrays_give_the_same_rows(void **state)
{
    (void)state;
    struct reading lines, array;
    char text[4096];
    reading_init(&lines);
    read_text(&lines, LINE);
    assert_int_equal(lines.status, GR_OK);
    assert_string_equal(lines.facts.format, "gcp");
    expect_row(&lines, "BilledCost=0.07 EffectiveCost=0.07 ListCost=0.2 ContractedCost=0.1");
    expect_row(&lines, "Tags={\"team\":\"ml\"}");
    expect_row(&lines, "x_ProjectLabels={\"a\":\"b\"}");
    expect_row(&lines, "x_InstanceType=a2-highgpu-1g");
    expect_row(&lines, "consumption_model.id=m-1");
    expect_row(&lines, "ChargePeriodEnd=2026-10-01T00:00:00Z");
    assert_null(strstr(lines.rows.ptr, "hidden"));
    snprintf(text, sizeof text, "[\n%.*s]", (int)strlen(LINE) - 1, LINE);
    reading_init(&array);
    read_text(&array, text);
    assert_int_equal(array.status, GR_OK);
    assert_string_equal(array.rows.ptr, lines.rows.ptr);
    reading_deinit(&array);
    reading_deinit(&lines);
}

static void flattened_names_may_have_underscores(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "service_description,sku_id,usage_start_time,cost,currency,credits,"
                        "invoice_month\nA,B,2026-10-01,2,EUR,\"[{\"\"amount\"\":-0.5}]\",202610\n");
    assert_int_equal(reading.status, GR_OK);
    expect_row(&reading, "BilledCost=1.5");
    expect_row(&reading, "ServiceName=A");
    reading_deinit(&reading);
}

static void python_literals_become_json(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"[{'a': None, 'b': True, 'c': False}]", "[{\"a\": null, \"b\": true, \"c\": false}]"},
        {"('x', 1,)",                            "[\"x\", 1]"                                },
        {"'\\x41\\u00e9\\n'",                    "\"A\xC3\xA9\\u000a\""                      },
        {"\"say 'hi'\"",                         "\"say 'hi'\""                              },
        {"'say \"hi\"'",                         "\"say \\\"hi\\\"\""                        },
        {"{\"k\": \"\\ud83d\\ude00\"}",          "{\"k\": \"\\ud83d\\ude00\"}"               },
        {"[nan, -1.5e-07]",                      "[null, -1.5e-07]"                          },
        {"'C:\\dir'",                            "\"C:\\\\dir\""                             },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct strbuf out;
        strbuf_init(&out, 1000);
        assert_true(python_to_json(str_from(pairs[i][0]), &out));
        assert_string_equal(strbuf_cstr(&out), pairs[i][1]);
        strbuf_deinit(&out);
    }
    static const char *const broken[] = {"'no end", "Decimal('1')", "[undefined]", "'\\x4", "'\\"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct strbuf out;
        strbuf_init(&out, 1000);
        assert_false(python_to_json(str_from(broken[i]), &out));
        strbuf_deinit(&out);
    }
}

static void reads_the_real_exports(void **state)
{
    (void)state;
    char path[512];
    struct reading reading;
    reading_init(&reading);
    read_path(&reading, shared_path(path, "billing/gcp_nise_120rows.csv"));
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.facts.delivered, 120);
    expect_row(&reading, "Tags={\"environment\":\"ci\",\"project\":\"p1\"}");
    expect_row(&reading, "x_InstanceType=a2-highgpu-1g");
    reading_deinit(&reading);
    reading_init(&reading);
    read_path(&reading, shared_path(path, "billing/gcp_real_5rows.csv"));
    assert_int_equal(reading.facts.delivered, 5);
    expect_row(&reading, "ResourceId=//example");
    reading_deinit(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(billed_cost_is_net_of_python_credits),
        cmocka_unit_test(the_billing_period_is_the_invoice_month),
        cmocka_unit_test(cost_types_become_categories),
        cmocka_unit_test(refuses_rows_that_cannot_be_trusted),
        cmocka_unit_test(json_lines_and_arrays_give_the_same_rows),
        cmocka_unit_test(flattened_names_may_have_underscores),
        cmocka_unit_test(python_literals_become_json),
        cmocka_unit_test(reads_the_real_exports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
