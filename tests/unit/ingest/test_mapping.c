/* Mapping files, and what they make of rows. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "ingest/mapping/mapping.h"
#include "ingest/mapping/mapping_internal.h"

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

/* ---- files ---- */

static void a_wrong_file_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"",                                                                                       "t.ini: has no section [mapping NAME]"               },
        {"[mapping A b]\n",                                                                        "t.ini:1: \"A b\" is no name"                        },
        {"[mapping focus]\n",                                                                      "t.ini:1: focus is the name of a built-in format"    },
        {HEAD "[mapping u]\n",                                                                     "t.ini:2: a second [mapping NAME]"                   },
        {HEAD "wat = x\n",                                                                         "t.ini:2: [mapping t] has no key \"wat\""            },
        {HEAD "format = xml\n",                                                                    "t.ini:2: format: \"xml\" is none of: any, csv, json"},
        {HEAD "[colums]\n",                                                                        "t.ini:2: [colums] is none of: mapping NAME"         },
        {HEAD "[columns]\nBilled = a\n",                                                           "t.ini:3: the dataset cost has no column Billed"     },
        {HEAD "[columns]\nBilledCost = a\nBilledCost = b\n",                                       "t.ini:4: BilledCost is filled twice"                },
        {HEAD "[columns]\nBilledCost = api_key\n",
         "t.ini:3: BilledCost: the column \"api_key\" may hold a secret"                                                                                },
        {HEAD "[columns]\nBilledCost = a |\n",                                                     "t.ini:3: BilledCost: no source column is named"     },
        {HEAD "[columns]\nBilledCost = a\n",                                                       "t.ini: nothing fills ChargePeriodStart"             },
        {HEAD COLUMNS "[numbers]\nfactor.ListCost = 2\n",
         "t.ini:9: ListCost is not filled by this mapping"                                                                                              },
        {HEAD COLUMNS "[numbers]\nthousands = .\n",
         "t.ini: [numbers] decimal and thousands are both"                                                                                              },
        {HEAD COLUMNS "[numbers]\nfactor.BilledCost = 1/0\n",
         "t.ini:9: factor.BilledCost: \"1/0\" is neither"                                                                                               },
        {HEAD COLUMNS "[numbers]\ncents = ProviderName\n",
         "t.ini:9: ProviderName is no column of numbers"                                                                                                },
        {HEAD COLUMNS "[dates]\nformat = %q\n",                                                    "t.ini:9: format: of % letters there are"            },
        {HEAD COLUMNS "[dates]\nzone = Moon/Base\n",
         "t.ini:9: zone: no time zone is named \"Moon/Base\""                                                                                           },
        {HEAD COLUMNS "[values ServiceName]\na = b\n",                                             "t.ini:8: ServiceName is not filled"                 },
        {HEAD COLUMNS "[units]\na = b\n",                                                          "t.ini:9: [units] are of the dataset ai"             },
        {HEAD COLUMNS "[compute]\nTags = hours\n",                                                 "t.ini:9: \"Tags\" is no column of numbers"          },
        {HEAD COLUMNS "[rates]\nrate = a, 1\n",                                                    "t.ini:9: rate stands before keys"                   },
        {HEAD COLUMNS "[rates]\nkeys = SkuId\nrate = a, x, 1, USD, ,\n",
         "t.ini:10: rate: unit_price is not a decimal amount"                                                                                           },
        {HEAD COLUMNS "[rates]\nkeys = SkuId\nrate = a,1,1,USD,2026-01-01,\nrate = a,2,1,USD,,\n",
         "lines 11 and 10 are valid on the same day"                                                                                                    },
        {HEAD COLUMNS "[rates]\nfile = not-there.csv\n",                                           "t.ini:9"                                            },
        {HEAD "dataset = ai\n[rates]\n",                                                           "t.ini:3: [rates] are of the dataset cost"           },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct mapping *mapping;
        struct gr_err err = {0};
        assert_int_not_equal(
            mapping_read_text(&arena, str_from(wrong[i][0]), "t.ini", &mapping, &err), GR_OK);
        if (!strstr(err.text, wrong[i][1]))
            fail_msg("wanted \"%s\", got \"%s\"", wrong[i][1], err.text);
    }
}

static void every_shipped_mapping_is_sound_and_has_a_line_of_help(void **state)
{
    (void)state;
    struct mapping_set *set;
    struct gr_err err = {0};
    assert_int_equal(mapping_set_open(&arena, NULL, &set, &err), GR_OK);
    assert_true(mapping_set_count(set) >= 7);
    for (size_t i = 0; i < mapping_set_count(set); i++) {
        const struct mapping *mapping = mapping_set_at(set, i);
        assert_true(strlen(mapping_what(mapping)) > 10);
        assert_ptr_equal(mapping_set_find(set, str_from(mapping_name(mapping))), mapping);
    }
}

/* ---- values ---- */

#define NUMBERS(keys) HEAD COLUMNS "[numbers]\n" keys

static void numbers_are_read_as_the_file_writes_them(void **state)
{
    (void)state;
    static const char *const comma = NUMBERS("decimal = ,\nthousands = .\n");
    static const char *const cases[][2] = {
        {"1.234.567,89", "BilledCost=1234567.89 " },
        {"-1.234,5",     "BilledCost=-1234.5 "    },
        {"12,5E-3",      "BilledCost=0.0125 "     },
        {"1.5",          "is not a decimal amount"},
        {"1.2345,6",     "is not a decimal amount"},
        {"12.34",        "is not a decimal amount"},
        {",",            "is not a decimal amount"},
        {"1,2,3",        "is not a decimal amount"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "day,amount\n2026-10-01,\"%s\"\n", cases[i][0]);
        expect(comma, text, cases[i][1]);
    }
    expect(NUMBERS("thousands = '\n"), "day,amount\n2026-10-01,1'000.5\n", "BilledCost=1000.5 ");
    expect(NUMBERS("cents = BilledCost\n"), "day,amount\n2026-10-01,12345\n",
           "BilledCost=123.45 EffectiveCost=123.45 ");
    expect(NUMBERS("factor.BilledCost = 1/3600\n"), "day,amount\n2026-10-01,7200\n",
           "BilledCost=2 ");
    expect(NUMBERS("factor.BilledCost = 1/3\n"), "day,amount\n2026-10-01,2\n",
           "BilledCost=0.6666666666666666666666666667 ");
    expect(NUMBERS("factor.BilledCost = 1/3\n"), "day,amount\n2026-10-01,200000000000000\n",
           "BilledCost=66666666666666.66666666666");
    expect(NUMBERS("factor.BilledCost = 1000\n"), "day,amount\n2026-10-01,900000000000000\n",
           "is beyond 10^15 with its factor");
    expect(NUMBERS("negate = BilledCost\n"), "day,amount\n2026-10-01,5\n", "BilledCost=-5 ");
    expect(NUMBERS("negate = BilledCost\nnegate_where = kind=refund*\n"),
           "day,amount,kind\n2026-10-01,5,refund-1\n", "BilledCost=-5 ");
    expect(NUMBERS("negate = BilledCost\nnegate_where = kind=refund*\n"),
           "day,amount,kind\n2026-10-01,5,usage\n", "BilledCost=5 ");
}

#define DATES(keys) HEAD COLUMNS "[dates]\n" keys

static void times_are_read_as_the_file_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *mapping, *cell, *wanted;
    } cases[] = {
        {DATES("format = us\n"),                   "9/2/2026",                  "ChargePeriodStart=2026-09-02T00:00:00Z"},
        {DATES("format = eu\n"),                   "2.9.2026 13:05",            "ChargePeriodStart=2026-09-02T13:05:00Z"},
        {DATES("format = eu\n"),                   "31/02/2026",                "is not a date or time"                 },
        {DATES("format = us\n"),                   "2026-09-02",                "is not a date or time"                 },
        {DATES("format = unix\n"),                 "1782864000",                "ChargePeriodStart=2026-07-01T00:00:00Z"},
        {DATES("format = unix-ms\n"),              "1782864000123",
         "ChargePeriodStart=2026-07-01T00:00:00.123Z"                                                                   },
        {DATES("format = unix\n"),                 "1e40",                      "is not a date or time"                 },
        {DATES("format = %d.%m.%y %H:%M\n"),       "01.10.26 07:30",
         "ChargePeriodStart=2026-10-01T07:30:00Z"                                                                       },
        {DATES("format = %d-%b-%Y\n"),             "03-Oct-2026",               "ChargePeriodStart=2026-10-03T00:00:00Z"},
        {DATES("format = %d-%b-%Y\n"),             "03-Oct-2026x",              "is not a date or time"                 },
        {DATES("format = %Y%m%d\n"),               "20261301",                  "is not a date or time"                 },
        {DATES("format = %Y-%m-%d %H:%M:%S.%f\n"), "2026-10-01 01:02:03.4567",
         "ChargePeriodStart=2026-10-01T01:02:03.456Z"                                                                   },
        {DATES("zone = Europe/Berlin\n"),          "2026-10-01 00:00",
         "ChargePeriodStart=2026-09-30T22:00:00Z"                                                                       },
        {DATES("zone = Europe/Berlin\n"),          "2026-10-01T00:00:00Z",
         "ChargePeriodStart=2026-10-01T00:00:00Z"                                                                       },
        {DATES("zone = Europe/Berlin\n"),          "2026-10-01T00:00:00+05:00",
         "ChargePeriodStart=2026-09-30T19:00:00Z"                                                                       },
        {DATES("zone = Europe/Berlin\n"),          "2026-10-01",                "ChargePeriodStart=2026-10-01T00:00:00Z"},
        {DATES("zone = Europe/Berlin\n"),          "2026-10-01 00:00",
         "BillingPeriodStart=2026-10-01T00:00:00Z"                                                                      },
        {DATES("length = month\n"),                "2026-12-01",                "ChargePeriodEnd=2027-01-01T00:00:00Z"  },
        {DATES("length = hour\n"),                 "2026-12-31T23:00:00Z",      "ChargePeriodEnd=2027-01-01T00:00:00Z"  },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "day,amount\n%s,1\n", cases[i].cell);
        expect(cases[i].mapping, text, cases[i].wanted);
    }
}

static void inclusive_ends_become_exclusive(void **state)
{
    (void)state;
    static const char mapping[] = HEAD "[columns]\nBilledCost = a\nChargePeriodStart = s\n"
                                       "ChargePeriodEnd = e\nBillingPeriodStart = m\n[constants]\n"
                                       "BillingCurrency = EUR\n[dates]\nend = inclusive\n";
    expect(mapping, "a,s,e,m\n1,2026-09-30,2026-09-30,2026-10\n",
           "ChargePeriodEnd=2026-10-01T00:00:00Z BillingPeriodStart=2026-10-01T00:00:00Z "
           "BillingPeriodEnd=2026-11-01T00:00:00Z");
    expect(mapping, "a,s,e,m\n1,2026-09-30,2026-09-30 23:59:59,\n",
           "ChargePeriodEnd=2026-10-01T00:00:00Z BillingPeriodStart=2026-09-01T00:00:00Z");
}

static void values_are_mapped_by_the_first_glob_that_matches(void **state)
{
    (void)state;
    static const char mapping[] =
        HEAD "[columns]\nBilledCost = a\nChargePeriodStart = s\nChargeCategory = k\nx_Kind = k\n"
             "[constants]\nBillingCurrency = EUR\n[values ChargeCategory]\nvat* = Tax\nfee = "
             "Purchase\n* = Usage\n";
    expect(mapping, "a,s,k\n1,2026-10-01,vat-19\n", "ChargeCategory=Tax x_Kind=vat-19");
    expect(mapping, "a,s,k\n1,2026-10-01,fee\n", "ChargeCategory=Purchase");
    expect(mapping, "a,s,k\n1,2026-10-01,fees\n", "ChargeCategory=Usage");
    expect(mapping, "a,s,k\n1,2026-10-01,\n", "ChargeCategory=Usage");
    expect(HEAD COLUMNS "[columns]\nChargeCategory = k\n", "amount,day,k\n1,2026-10-01,odd\n",
           "2:ChargeCategory:");
}

static void the_first_source_that_has_something_wins_and_null_tokens_are_nothing(void **state)
{
    (void)state;
    static const char mapping[] = HEAD "[columns]\nBilledCost = a | b\nChargePeriodStart = s\n"
                                       "ServiceName = n\n[constants]\nBillingCurrency = EUR\n"
                                       "ServiceName = none given\n[null]\ntokens = n/a, -\n";
    expect(mapping, "b,a,s,n\n2,1,2026-10-01,x\n", "BilledCost=1 ");
    expect(mapping, "b,a,s,n\n2,N/A,2026-10-01,-\n", "BilledCost=2 ");
    expect(mapping, "b,a,s,n\n2,N/A,2026-10-01,-\n", "ServiceName=none given");
    expect(mapping, "b,a,s,n\n-,NULL,2026-10-01,x\n", "2:BilledCost::is absent");
}

static void tags_come_from_columns_prefixes_and_objects(void **state)
{
    (void)state;
    static const char mapping[] = HEAD COLUMNS "[columns]\nTags = tags\n[tags]\nteam = owner\n"
                                               "* = tag_*\n";
    expect(mapping,
           "amount,day,owner,tag_env,tag_api_key,tags\n1,2026-10-01,ml,\"a\"\"b\",hidden,"
           "\"{\"\"k\"\": \"\"v\"\"}\"\n",
           "Tags={\"k\":\"v\",\"team\":\"ml\",\"env\":\"a\\\"b\"}");
    expect(mapping, "amount,day,tags\n1,2026-10-01,\"[{\"\"key\"\":\"\"k\"\",\"\"value\"\":1}]\"\n",
           "Tags={\"k\":1}");
    expect(mapping, "amount,day,tags\n1,2026-10-01,k=v\n",
           "2:tags:k=v:is neither a JSON object nor a list of {key, value}");
    expect(mapping,
           "{\"amount\":1,\"day\":\"2026-10-01\",\"tag_x\":\"y\",\"tags\":{\"a\":\"b\"}}\n",
           "Tags={\"a\":\"b\",\"x\":\"y\"}");
}

static void unknown_columns_are_kept_and_secrets_are_not(void **state)
{
    (void)state;
    struct reading reading;
    read_with(&reading, HEAD COLUMNS, "amount,day,note,password\n1,2026-10-01,hello,swordfish\n",
              NULL);
    assert_non_null(strstr(reading.rows.ptr, "note=hello"));
    assert_null(strstr(reading.rows.ptr, "swordfish"));
    reading_deinit(&reading);
    read_with(&reading, HEAD COLUMNS,
              "[{\"amount\":1,\"day\":\"2026-10-01\",\"gpu\":{\"name\":\"A\",\"n\":[1,2]},"
              "\"secret\":\"swordfish\"}]",
              NULL);
    assert_non_null(strstr(reading.rows.ptr, "x_gpu={\"name\":\"A\",\"n\":[1,2]}"));
    assert_null(strstr(reading.rows.ptr, "swordfish"));
    reading_deinit(&reading);
}

static void json_is_read_by_path_from_documents_and_lines(void **state)
{
    (void)state;
    static const char mapping[] =
        HEAD "rows = data.charges\n[columns]\nBilledCost = cost.value | cost\nChargePeriodStart = "
             "day\nx_GpuType = gpu.name\n[constants]\nBillingCurrency = EUR\n";
    static const char record[] =
        "{\"cost\":{\"value\":\"1.50\"},\"day\":\"2026-10-01\",\"gpu\":{\"name\":\"H100\",\"mem\":"
        "80}}";
    char text[1000];
    snprintf(text, sizeof text, "{\"data\":{\"charges\":[%s],\"others\":[{\"cost\":9}]}}", record);
    expect(mapping, text, "BilledCost=1.5 EffectiveCost=1.5");
    expect(mapping, text, "x_gpu.mem=80");
    struct reading reading;
    read_with(&reading, mapping, text, NULL);
    assert_int_equal(reading.facts.rows, 2);
    assert_int_equal(reading.facts.delivered, 1);
    assert_int_equal(reading.facts.skipped, 1);
    reading_deinit(&reading);
    snprintf(text, sizeof text, "%s\n\n{\"broken\n%s\n[]\n", record, record);
    read_with(&reading, mapping, text, NULL);
    assert_int_equal(reading.facts.rows, 5);
    assert_int_equal(reading.facts.delivered, 2);
    assert_int_equal(reading.facts.rejected, 2);
    assert_int_equal(reading.facts.skipped, 1);
    reading_deinit(&reading);
    snprintf(text, sizeof text, "[%s,%s]", record, record);
    read_with(&reading, mapping, text, NULL);
    assert_int_equal(reading.facts.delivered, 2);
    reading_deinit(&reading);
}

static void a_document_without_the_array_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\n\"amount\": 1,\n\"day\": \"2026-10-01\"\n}",
                                        "{\n\"other\": []\n}"};
    for (int i = 0; i < 2; i++) {
        struct ingest_options options = {.mapping = mapping_of(HEAD "rows = data\n" COLUMNS),
                                         .seen_at = MOMENT_NONE};
        struct reading reading;
        reading_init(&reading);
        read_bytes(&reading, "t", str_from(texts[i]), &options);
        assert_int_equal(reading.status, GR_EDATA);
        assert_non_null(strstr(reading.err.text, "holds no array of records at data"));
        reading_deinit(&reading);
    }
}

static void skipped_rows_are_counted_and_not_looked_at(void **state)
{
    (void)state;
    struct reading reading;
    read_with(&reading, HEAD COLUMNS "[skip]\nday = Total*\nkind = payment\n",
              "amount,day,kind\nx,Total 3,\n1,2026-10-01,usage\n5,2026-10-01,payment\n", NULL);
    assert_int_equal(reading.facts.rows, 3);
    assert_int_equal(reading.facts.skipped, 2);
    assert_int_equal(reading.facts.delivered, 1);
    reading_deinit(&reading);
}

static void products_and_periods_fill_what_is_absent(void **state)
{
    (void)state;
    static const char mapping[] =
        HEAD "[columns]\nBilledCost = cost\nChargePeriodStart = s\nChargePeriodEnd = e\n"
             "ContractedUnitPrice = p\n[constants]\nBillingCurrency = USD\n[compute]\n"
             "ConsumedQuantity = hours\nBilledCost = ConsumedQuantity * ContractedUnitPrice\n"
             "ListCost = BilledCost\n";
    expect(mapping, "cost,s,e,p\n,2026-01-29T12:00:00Z,2026-01-29T15:00:00Z,0.45\n",
           "BilledCost=1.35 EffectiveCost=1.35 ListCost=1.35 ");
    expect(mapping, "cost,s,e,p\n7,2026-01-29T12:00:00Z,2026-01-29T15:00:00Z,0.45\n",
           "BilledCost=7 ");
    expect(mapping, "cost,s,e,p\n,2026-01-29T12:00:00Z,,0.45\n", "2:BilledCost::is absent");
}

/* ---- rates ---- */

#define RATED                                                                                      \
    HEAD "[columns]\nBilledCost = cost\nChargePeriodStart = s\nSkuId = sku\nRegionId = r\n"        \
         "ConsumedQuantity = q\nBillingCurrency = c\n[rates]\nkeys = SkuId, RegionId\n"            \
         "rate = h100,   , 2, 1, USD, , 2026-09-30\nrate = h100, , 3, 1, USD, 2026-10-01,\n"       \
         "rate = h100, eu, 5, 1, USD, 2026-10-01, 2026-10-31\nrate = , us, 1, 3, USD, ,\n"

static void usage_is_priced_by_the_rate_of_its_day(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {",2026-09-30T23:00:00Z,h100,,4,",
         "BilledCost=8 EffectiveCost=8 ContractedCost=8 BillingCurrency=USD"                 },
        {",2026-10-01T00:00:00Z,h100,,4,",       "BilledCost=12 "                            },
        {",2026-10-31T23:59:59Z,h100,eu,4,",     "BilledCost=20 "                            },
        {",2026-11-01T00:00:00Z,h100,eu,4,",     "BilledCost=12 "                            },
        {",2026-11-01T00:00:00Z,b200,us,1,",     "BilledCost=0.3333333333333333333333333333 "},
        {"7,2026-11-01T00:00:00Z,b200,us,1,USD", "BilledCost=7 EffectiveCost=7 "             },
        {",2026-11-01T00:00:00Z,b200,us,1,EUR",
         "BillingCurrency::is not the currency of the rate card"                             },
        {",2026-11-01T00:00:00Z,h100,,1e14,",    "BilledCost=300000000000000 "               },
        {",2026-11-01T00:00:00Z,h100,,9e14,",    "is out of range when it is priced"         },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "cost,s,sku,r,q,c\n%s\n", cases[i][0]);
        expect(RATED, text, cases[i][1]);
    }
}

static void usage_without_a_rate_has_no_cost_and_is_reported(void **state)
{
    (void)state;
    struct reading reading;
    read_with(&reading, RATED, "cost,s,sku,r,q,c\n,2026-10-01,b200,eu,4,\n,2026-10-01,h100,,,\n",
              NULL);
    assert_int_equal(reading.facts.delivered, 2);
    assert_null(strstr(reading.rows.ptr, "BilledCost"));
    assert_non_null(strstr(reading.rows.ptr, "x_Pricing=unpriced"));
    assert_non_null(strstr(reading.facts.remark, "2 rows have no cost and no rate"));
    reading_deinit(&reading);
}

/* ---- LLM usage ---- */

static void llm_usage_counts_whole_tokens(void **state)
{
    (void)state;
    static const char mapping[] = HEAD "dataset = ai\n[columns]\nTimestamp = t\nModel = m\n"
                                       "Input = in\n[constants]\nProvider = p\n[units]\ns = sec\n";
    expect(mapping, "t,m,in,sec\n2026-07-01 17:16:48 UTC,llama,1204,3600\n",
           "ai Timestamp=2026-07-01T17:16:48Z Provider=p Model=llama");
    expect(mapping, "t,m,in,sec\n2026-07-01,llama,1204,3600\n", "Units={\"s\":3600}");
    expect(mapping, "t,m,in,sec\n2026-07-01,llama,1.5,\n", "2:in:1.5:is not a whole number");
    expect(mapping, "t,m,in,sec\n2026-07-01,llama,-1,\n", "2:in:-1:is not a whole number");
    expect(mapping, "t,m,in,sec\n2026-07-01,,1,\n", "2:Model::is absent");
}

/* ---- choosing ---- */

static void the_mapping_whose_columns_are_there_fits(void **state)
{
    (void)state;
    static const struct {
        const char *text, *format;
    } cases[] = {
        {"date,service,cost\n2026-10-01,a,1\n",                      "cost-rows"     },
        {"[{\"type\":\"charge\",\"description\":\"d\",\"timestamp\":1782864000,\"quantity\":\"1\","
         "\"rate\":\"1\",\"amount\":\"1\"}]",               "vast-charges"  },
        {"[{\"amount\":1,\"time\":\"2026-07-01\",\"podId\":\"p\"}]", "runpod-billing"},
        {"{\"success\":true,\"results\":[{\"start\":1730419200,\"end\":1730678400,\"type\":"
         "\"instance\",\"source\":\"instance-1\",\"amount\":38.4,\"metadata\":{\"label\":\"x\"},"
         "\"items\":[{\"amount\":38.4}]}]}",                "vast-usage"    },
    };
    struct mapping_set *set;
    struct gr_err err = {0};
    assert_int_equal(mapping_set_open(&arena, NULL, &set, &err), GR_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ingest_options options = {.mappings = set, .seen_at = MOMENT_NONE};
        struct reading reading;
        reading_init(&reading);
        read_bytes(&reading, "t", str_from(cases[i].text), &options);
        assert_int_equal(reading.status, GR_OK);
        assert_string_equal(reading.facts.format, cases[i].format);
        assert_int_equal(reading.facts.delivered, 1);
        reading_deinit(&reading);
    }
}

/* ---- CSV in two ways ---- */

static void both_csv_readers_give_the_same_rows(void **state)
{
    (void)state;
    static const char mapping[] = HEAD
        "[columns]\nBilledCost = amount\nChargePeriodStart = day\nResourceId = id\nServiceName "
        "= s | id\nTags = tags\n[constants]\nBillingCurrency = EUR\n[tags]\nid = id\n";
    static const char *const texts[] = {"a",       "\"a\"\"b\"", "",         "NULL",
                                        "\"x,y\"", " b ",        "\"l\nm\"", "caf\xC3\xA9"};
    struct strbuf text;
    uint64_t random = 7;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, "id,amount,day,s,tags,note\n");
    for (int i = 0; i < 20000; i++) {
        strbuf_printf(&text, "%s,%d.%02d,2026-10-%02d,", texts[random_next(&random) % 8], i % 97,
                      i % 89, 1 + i % 28);
        strbuf_printf(&text, "%s,%s,", texts[random_next(&random) % 8],
                      random_next(&random) % 9 ? "\"{\"\"k\"\":\"\"v\"\"}\"" : "oops");
        strbuf_printf(&text, "%s\n", texts[random_next(&random) % 8]);
    }
    struct reading fast, oracle;
    read_with(&fast, mapping, strbuf_cstr(&text), "fast");
    read_with(&oracle, mapping, strbuf_cstr(&text), "libcsv");
    assert_true(fast.facts.delivered > 15000);
    assert_true(fast.facts.rejected > 1000);
    assert_string_equal(fast.rows.ptr, oracle.rows.ptr);
    assert_string_equal(fast.rejects.ptr, oracle.rejects.ptr);
    reading_deinit(&fast);
    reading_deinit(&oracle);
    strbuf_deinit(&text);
}

static void damaged_files_keep_their_accounts(void **state)
{
    (void)state;
    static const char csv[] =
        "cost,s,sku,r,q,c\n1,2026-10-01,h100,eu,4,USD\n,2026-10-02,b200,us,3,\n";
    static const char json[] =
        "{\"cost\":1,\"s\":\"2026-10-01\",\"sku\":\"h100\",\"q\":\"4\"}\n"
        "{\"s\":\"2026-10-01\",\"sku\":\"h100\",\"q\":4,\"a\":{\"b\":[1]}}\n";
    uint64_t random = 11;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        struct reading reading;
        struct ingest_options options = {.mapping = mapping_of(RATED), .seen_at = MOMENT_NONE};
        strbuf_init(&text, 1 << 20);
        strbuf_append_cstr(&text, round % 2 ? csv : json);
        damage(&text, &random);
        reading_init(&reading);
        read_bytes(&reading, "t", strbuf_str(&text), &options);
        if (reading.status == GR_OK)
            assert_int_equal(reading.facts.rows, reading.facts.delivered + reading.facts.rejected +
                                                     reading.facts.skipped);
        reading_deinit(&reading);
        strbuf_deinit(&text);
        if (round % 100 == 0)
            arena_reset(&arena);
    }
}

static void reads_the_shared_files_of_gpu_clouds(void **state)
{
    (void)state;
    char path[512];
    struct mapping_set *set;
    struct gr_err err = {0};
    struct strbuf bytes;
    struct reading reading;
    assert_int_equal(mapping_set_open(&arena, NULL, &set, &err), GR_OK);
    struct ingest_options options = {.mappings = set, .seen_at = MOMENT_NONE};
    shared_path(path, "billing/neocloud/vast_charges.json");
    strbuf_init(&bytes, 1 << 20);
    shared_bytes(&bytes, "billing/neocloud/vast_charges.json");
    reading_init(&reading);
    read_bytes(&reading, "t", strbuf_str(&bytes), &options);
    assert_string_equal(reading.facts.format, "vast-charges");
    assert_non_null(strstr(reading.rows.ptr, "BilledCost=0.199 "));
    reading_deinit(&reading);
    strbuf_deinit(&bytes);
    shared_bytes(&bytes, "billing/neocloud/fireworks_billing_metrics.csv");
    reading_init(&reading);
    read_bytes(&reading, "t", strbuf_str(&bytes), &options);
    assert_string_equal(reading.facts.format, "fireworks-metrics");
    assert_non_null(strstr(reading.rows.ptr, "Input=1204 "));
    assert_non_null(strstr(reading.rows.ptr, "Units={\"accelerator_seconds\":3600}"));
    reading_deinit(&reading);
    strbuf_deinit(&bytes);
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
        cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
        cmocka_unit_test(every_shipped_mapping_is_sound_and_has_a_line_of_help),
        cmocka_unit_test(numbers_are_read_as_the_file_writes_them),
        cmocka_unit_test(times_are_read_as_the_file_writes_them),
        cmocka_unit_test(inclusive_ends_become_exclusive),
        cmocka_unit_test(values_are_mapped_by_the_first_glob_that_matches),
        cmocka_unit_test(the_first_source_that_has_something_wins_and_null_tokens_are_nothing),
        cmocka_unit_test(tags_come_from_columns_prefixes_and_objects),
        cmocka_unit_test(unknown_columns_are_kept_and_secrets_are_not),
        cmocka_unit_test(json_is_read_by_path_from_documents_and_lines),
        cmocka_unit_test(a_document_without_the_array_is_refused),
        cmocka_unit_test(skipped_rows_are_counted_and_not_looked_at),
        cmocka_unit_test(products_and_periods_fill_what_is_absent),
        cmocka_unit_test(usage_is_priced_by_the_rate_of_its_day),
        cmocka_unit_test(usage_without_a_rate_has_no_cost_and_is_reported),
        cmocka_unit_test(llm_usage_counts_whole_tokens),
        cmocka_unit_test(the_mapping_whose_columns_are_there_fits),
        cmocka_unit_test(both_csv_readers_give_the_same_rows),
        cmocka_unit_test(damaged_files_keep_their_accounts),
        cmocka_unit_test(reads_the_shared_files_of_gpu_clouds),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
