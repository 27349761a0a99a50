/* Manifests as text: what is taken from them, and what is refused. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "ingest/manifest.h"

static struct arena arena;

static void takes(const char *text, struct manifest *out)
{
    struct gr_err err = {0};
    enum gr_status status = manifest_read(&arena, str_from(text), out, &err);
    if (status)
        print_error("%s\n", err.text);
    assert_int_equal(status, GR_OK);
}

static void refuses(const char *text, const char *reason)
{
    struct manifest manifest;
    struct gr_err err = {0};
    assert_int_equal(manifest_read(&arena, str_from(text), &manifest, &err), GR_EDATA);
    if (!strstr(err.text, reason))
        print_error("\"%s\" lacks \"%s\"\n", err.text, reason);
    assert_non_null(strstr(err.text, reason));
}

static void assert_text(struct str found, const char *wanted)
{
    if (!str_is(found, wanted))
        print_error("\"%.*s\", not \"%s\"\n", STR_ARG(found), wanted);
    assert_true(str_is(found, wanted));
}

static void reads_the_manifest_of_an_aws_report(void **state)
{
    (void)state;
    struct manifest manifest;
    takes("\xEF\xBB\xBF{\"assemblyId\":\"a-1\",\"account\":\"123\",\"columns\":[{\"category\":"
          "\"x\"}],"
          "\"billingPeriod\":{\"start\":\"20260501T000000.000Z\",\"end\":\"20260601T000000.000Z\"},"
          "\"reportKeys\":[\"/p/n/20260501-20260601/a-1/n-2.csv.gz\",\"n-1.csv.gz\"]}",
          &manifest);
    assert_int_equal(manifest.kind, MANIFEST_AWS_CUR);
    assert_text(manifest.id, "a-1");
    assert_text(manifest.series, "123");
    assert_text(manifest.period, "2026-05");
    assert_int_equal(manifest.part_count, 2);
    assert_text(manifest.parts[0].key, "n-1.csv.gz");
    assert_text(manifest.parts[1].key, "p/n/20260501-20260601/a-1/n-2.csv.gz");
    assert_false(manifest.parts[0].counted);
}

static void reads_the_manifest_of_an_aws_export(void **state)
{
    (void)state;
    struct manifest manifest;
    takes("{\"executionId\":\"e-1\",\"exportArn\":\"arn:x\",\"dataFiles\":"
          "[\"s3://bucket/e/data/BILLING_PERIOD=2026-05/e-00001.csv.gz\"]}",
          &manifest);
    assert_int_equal(manifest.kind, MANIFEST_AWS_EXPORT);
    assert_text(manifest.id, "e-1");
    assert_text(manifest.series, "arn:x");
    assert_text(manifest.period, "2026-05");
    assert_text(manifest.parts[0].key, "e/data/BILLING_PERIOD=2026-05/e-00001.csv.gz");
}

static void reads_the_manifest_of_an_azure_run(void **state)
{
    (void)state;
    struct manifest manifest;
    int64_t submitted;
    takes(
        "{\"exportConfig\":{\"exportName\":\"daily\",\"type\":\"FocusCost\"},\"blobCount\":2,"
        "\"dataRowCount\":12,\"runInfo\":{\"runId\":\"r-1\",\"startDate\":\"2026-05-01T00:00:00\","
        "\"endDate\":\"2026-05-10\",\"submittedTime\":\"2026-05-11T04:05:06.1234567Z\"},"
        "\"blobs\":[{\"blobName\":\"d/r/part_0_0001.csv\",\"byteCount\":9,\"dataRowCount\":5},"
        "{\"blobName\":\"d/r/part_1_0001.csv\",\"byteCount\":9,\"dataRowCount\":7}]}",
        &manifest);
    assert_true(moment_read(STR("2026-05-11T04:05:06.123Z"), &submitted));
    assert_int_equal(manifest.kind, MANIFEST_AZURE);
    assert_text(manifest.id, "r-1");
    assert_text(manifest.period, "2026-05");
    assert_text(manifest.end, "2026-05-10");
    assert_true(manifest.submitted == submitted);
    assert_true(manifest.parts[1].counted);
    assert_int_equal(manifest.parts[1].rows, 7);
}

static void the_rows_of_the_only_blob_are_those_of_the_run(void **state)
{
    (void)state;
    struct manifest manifest;
    takes("{\"dataRowCount\":3,\"blobs\":[{\"blobName\":\"a.csv\"}]}", &manifest);
    assert_true(manifest.parts[0].counted);
    assert_int_equal(manifest.parts[0].rows, 3);
    assert_true(manifest.submitted == MOMENT_NONE);
    assert_text(manifest.id, "");
}

static void other_json_is_no_manifest(void **state)
{
    (void)state;
    struct manifest manifest;
    static const char *const texts[] = {
        "{}", "[]", "1", "\"x\"", "{\"icons\":[]}", "{\"entries\":[{\"url\":\"s3://b/x\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        takes(texts[i], &manifest);
        assert_int_equal(manifest.kind, MANIFEST_NONE);
        assert_int_equal(manifest.part_count, 0);
    }
}

static void refuses_keys_that_lead_out_or_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *key, *reason;
    } cases[] = {
        {"../x.csv",       "out of its folder" },
        {"a/../x.csv",     "out of its folder" },
        {"..",             "out of its folder" },
        {"./x.csv",        "out of its folder" },
        {"a//x.csv",       "empty name"        },
        {"a/",             "empty name"        },
        {"",               "no path"           },
        {"///",            "no path"           },
        {"s3://bucket",    "no path"           },
        {"a\\\\x.csv",     "a character"       },
        {"a\\u0000x",      "a text holds a NUL"},
        {"a\\nx",          "a character"       },
        {"s3://b/../../x", "out of its folder" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"reportKeys\":[\"%s\"]}", cases[i].key);
        refuses(text, cases[i].reason);
    }
}

static void refuses_lists_that_are_none(void **state)
{
    (void)state;
    refuses("", "is not a manifest");
    refuses("{\"reportKeys\":[", "is not a manifest");
    refuses("{\"reportKeys\":[]}", "names no parts");
    refuses("{\"reportKeys\":{}}", "no list");
    refuses("{\"reportKeys\":null}", "no list");
    refuses("{\"reportKeys\":[7]}", "without the name");
    refuses("{\"dataFiles\":[{}]}", "without the name");
    refuses("{\"blobs\":[\"a.csv\"]}", "without the name");
    refuses("{\"reportKeys\":[\"a\",\"/a\"]}", "named before");
}

static void refuses_counts_that_contradict(void **state)
{
    (void)state;
    refuses("{\"blobCount\":2,\"blobs\":[{\"blobName\":\"a\"}]}", "2 parts and names 1");
    refuses("{\"dataRowCount\":4,\"blobs\":[{\"blobName\":\"a\",\"dataRowCount\":3}]}", "4 rows");
    refuses("{\"blobs\":[{\"blobName\":\"a\",\"dataRowCount\":-3}]}", "dataRowCount");
    refuses("{\"blobs\":[{\"blobName\":\"a\",\"dataRowCount\":\"x\"}]}", "dataRowCount");
    refuses("{\"blobs\":[{\"blobName\":\"a\",\"dataRowCount\":1.5}]}", "dataRowCount");
    refuses("{\"blobs\":[{\"blobName\":\"a\",\"dataRowCount\":[]}]}", "dataRowCount");
}

/* Whatever is damaged, it ends, and what is taken never leads out. */
static void damaged_manifests_end(void **state)
{
    (void)state;
    static const char sound[] =
        "{\"assemblyId\":\"a\",\"account\":\"1\",\"billingPeriod\":{\"start\":\"20260501T0Z\"},"
        "\"reportKeys\":[\"p/../a-1.csv\",\"p/a-2.csv\"],\"blobs\":[{\"blobName\":\"x/y.csv\"}]}";
    uint64_t seed = 11;
    for (int round = 0; round < DAMAGE_ROUNDS; round++) {
        struct strbuf text;
        struct manifest manifest;
        struct gr_err err = {0};
        strbuf_init(&text, STRBUF_CEILING);
        strbuf_append_cstr(&text, sound);
        damage(&text, &seed);
        damage(&text, &seed);
        enum gr_status status = manifest_read(&arena, strbuf_str(&text), &manifest, &err);
        assert_true(status == GR_OK || status == GR_EDATA);
        for (size_t i = 0; !status && i < manifest.part_count; i++) {
            struct str rest = manifest.parts[i].key;
            while (rest.ptr)
                assert_false(str_is(str_cut(&rest, '/'), ".."));
        }
        strbuf_deinit(&text);
        arena_reset(&arena);
    }
}

static int give_back(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_manifest_of_an_aws_report),
        cmocka_unit_test(reads_the_manifest_of_an_aws_export),
        cmocka_unit_test(reads_the_manifest_of_an_azure_run),
        cmocka_unit_test(the_rows_of_the_only_blob_are_those_of_the_run),
        cmocka_unit_test(other_json_is_no_manifest),
        cmocka_unit_test(refuses_keys_that_lead_out_or_are_none),
        cmocka_unit_test(refuses_lists_that_are_none),
        cmocka_unit_test(refuses_counts_that_contradict),
        cmocka_unit_test(damaged_manifests_end),
    };
    return cmocka_run_group_tests(tests, NULL, give_back);
}
