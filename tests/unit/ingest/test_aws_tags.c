/* Tags of AWS bills: columns and maps become one object, none is lost, secrets are. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/csv.h"

#define HEADER                                                                                     \
    "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/CurrencyCode,lineItem/UnblendedCost"
#define ROW(type, cost) type ",2026-07-01T00:00:00Z,USD," cost

static void read_one(struct reading *reading, const char *text)
{
    reading_init(reading);
    read_text(reading, text);
    if (reading->status != GR_OK)
        fail_msg("%s", reading->err.text);
    assert_string_equal(reading->facts.format, "aws-cur");
}

/* The rows hold the text, or do not. */
static void shows(const char *text, const char *part, bool wanted)
{
    struct reading reading;
    read_one(&reading, text);
    assert_string_equal(strbuf_cstr(&reading.rejects), "");
    if ((strstr(strbuf_cstr(&reading.rows), part) != NULL) != wanted)
        fail_msg("\"%s\" %s \"%s\"", strbuf_cstr(&reading.rows), wanted ? "lacks" : "has", part);
    reading_deinit(&reading);
}

static void tag_columns_become_one_object(void **state)
{
    (void)state;
    static const char text[] = HEADER
        ",resourceTags/user:team,resourceTags/aws:createdBy,resourceTags/user:Env,"
        "costCategory/Unit\n" ROW("Usage", "1,ml,me,prod,R&D") "\n" ROW("Usage", "2,,,,") "\n";
    shows(text,
          " Tags={\"Env\":\"prod\",\"aws:createdBy\":\"me\",\"costCategory/Unit\":\"R&D\","
          "\"team\":\"ml\"} ",
          true);
    shows(text, "resourceTags", false);
    shows(text,
          "BilledCost=2 EffectiveCost=2 ContractedCost=2 BillingCurrency=USD "
          "ChargePeriodStart=2026-07-01T00:00:00Z"
          " BillingPeriodStart=2026-07-01T00:00:00Z BillingPeriodEnd=2026-08-01T00:00:00Z "
          "ProviderName=AWS"
          " ChargeCategory=Usage ChargeFrequency",
          true);
}

static void tag_keys_that_would_be_the_same_are_spelled_in_full(void **state)
{
    (void)state;
    shows(HEADER ",resourceTags/user:team,resourceTags/team,resourceTags/user:Team\n" ROW(
              "Usage", "1,a,b,c") "\n",
          " Tags={\"Team\":\"c\",\"team\":\"b\",\"user:team\":\"a\"} ", true);
}

static void hostile_tags_are_escaped(void **state)
{
    (void)state;
    shows(HEADER ",\"resourceTags/user:a\"\"b\"\n" ROW("Usage", "1,\"x\"\"y\\z\"") "\n",
          " Tags={\"a\\\"b\":\"x\\\"y\\\\z\"} ", true);
}

static void tags_named_like_secrets_are_dropped(void **state)
{
    (void)state;
    shows(HEADER ",resourceTags/user:password\n" ROW("Usage", "1,hunter2") "\n", "hunter2", false);
    shows(HEADER
          ",resource_tags\n" ROW("Usage", "1,\"{\"\"user_password\"\":\"\"hunter2\"\"}\"") "\n",
          "hunter2", false);
    shows(HEADER ",resource_tags\n" ROW("Usage", "1,\"{\"\"password\"\":\"\"hunter2\"") "\n",
          "hunter2", false);
}

static void athena_tags_lose_their_case_only(void **state)
{
    (void)state;
    shows("line_item_usage_start_date,line_item_unblended_cost,line_item_currency_code,"
          "resource_tags_user_custom_tag,resource_tags_aws_created_by,cost_category_unit\n"
          "2026-07-01,1,USD,x,me,u\n",
          " Tags={\"aws_created_by\":\"me\",\"costCategory/unit\":\"u\",\"custom_tag\":\"x\"}\n",
          true);
}

#define MAPS                                                                                       \
    "line_item_usage_start_date,line_item_unblended_cost,line_item_currency_code,resource_tags,"   \
    "tags,cost_category,product\n2026-07-01,1,USD,"

static void maps_of_tags_become_one_object(void **state)
{
    (void)state;
    shows(
        MAPS
        "\"{\"\"user_team\"\":\"\"ml\"\",\"\"user:Env\"\":\"\"\"\",\"\"aws_created_by\"\":null}\","
        ",\"{\"\"Unit\"\":\"\"R\"\"}\",\n",
        " Tags={\"costCategory/Unit\":\"R\",\"team\":\"ml\"}", true);
    shows(MAPS "{},{},{},{}\n", "Tags=", false);
    shows(MAPS ",,,\n", "Tags=", false);
}

/* The reader puts the column Tags of the batch together; the file's is one of what it is made from.
 */
static void a_map_called_as_the_batch_calls_its_tags_is_one_too(void **state)
{
    (void)state;
    shows(HEADER ",Tags\n" ROW("Usage", "1,\"{\"\"user_team\"\":\"\"ml\"\"}\"") "\n",
          " Tags={\"team\":\"ml\"}", true);
}

static void two_maps_that_say_the_same_say_it_once(void **state)
{
    (void)state;
    shows(MAPS
          "\"{\"\"user_team\"\":\"\"ml\"\"}\","
          "\"{\"\"resourceTags/user:team\"\":\"\"ml\"\",\"\"accountTag/team\"\":\"\"it\"\"}\",,\n",
          " Tags={\"accountTag/team\":\"it\",\"team\":\"ml\"}", true);
    shows(MAPS "\"{\"\"user_team\"\":\"\"ml\"\"}\","
               "\"{\"\"resourceTags/user:team\"\":\"\"it\"\"}\",,\n",
          " Tags={\"tags/resourceTags/user:team\":\"it\",\"team\":\"ml\"}", true);
}

static void a_map_that_is_no_json_is_kept_as_it_stands(void **state)
{
    (void)state;
    shows(MAPS "{user_team=ml},,,\n", " Tags={\"resource_tags\":\"{user_team=ml}\"}", true);
    shows(MAPS "\"{\"\"a\"\":1},\"\"b\"\":{}\",,,\n", " Tags={\"resource_tags\":", true);
}

static void the_product_map_names_service_region_and_machine(void **state)
{
    (void)state;
    shows(MAPS ",,,\"{\"\"product_name\"\":\"\"Amazon EC2\"\",\"\"region\"\":\"\"us-east-1\"\","
               "\"\"instance_type\"\":\"\"p5\"\"}\"\n",
          " ServiceName=Amazon EC2 RegionId=us-east-1 x_InstanceType=p5 ", true);
    shows(MAPS ",,,nonsense\n", " product=nonsense\n", true);
}

/* More combinations of tags than are remembered, and more rows than a batch. */
static void tags_are_right_beyond_what_is_remembered(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, HEADER);
    for (int k = 0; k < 64; k++)
        strbuf_printf(&text, ",resourceTags/user:k%02d", k);
    strbuf_append_char(&text, '\n');
    for (int i = 0; i < 20000; i++) {
        strbuf_append_cstr(&text, ROW("Usage", "1"));
        for (int k = 0; k < 64; k++) {
            if (k == i % 64)
                strbuf_printf(&text, ",v%d", i % 10000);
            else
                strbuf_append_char(&text, ',');
        }
        strbuf_append_char(&text, '\n');
    }
    struct reading reading;
    reading_init(&reading);
    read_bytes(&reading, "t.csv", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.facts.delivered, 20000);
    struct str rest = strbuf_str(&reading.rows);
    for (int i = 0; i < 20000; i++) {
        char part[64];
        struct str line = str_cut(&rest, '\n');
        int len = snprintf(part, sizeof part, " Tags={\"k%02d\":\"v%d\"} ", i % 64, i % 10000);
        if (!memmem(line.ptr, line.len, part, (size_t)len))
            fail_msg("row %d lacks %s", i, part);
    }
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tag_columns_become_one_object),
        cmocka_unit_test(tag_keys_that_would_be_the_same_are_spelled_in_full),
        cmocka_unit_test(hostile_tags_are_escaped),
        cmocka_unit_test(tags_named_like_secrets_are_dropped),
        cmocka_unit_test(athena_tags_lose_their_case_only),
        cmocka_unit_test(maps_of_tags_become_one_object),
        cmocka_unit_test(a_map_called_as_the_batch_calls_its_tags_is_one_too),
        cmocka_unit_test(two_maps_that_say_the_same_say_it_once),
        cmocka_unit_test(a_map_that_is_no_json_is_kept_as_it_stands),
        cmocka_unit_test(the_product_map_names_service_region_and_machine),
        cmocka_unit_test(tags_are_right_beyond_what_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
