/* Formats found by content, and what is said when none fits; lists of files. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/detect.h"

static void is_found(const char *text, const char *format)
{
    struct gr_err err = {0};
    const struct bill_format *found;
    struct ingest_head head = {.bytes = str_from(text), .path = STR("x"), .complete = true};
    if (detect_format(&head, &found, &err) != GR_OK)
        fail_msg("%s", err.text);
    assert_string_equal(found->name, format);
}

static void is_refused(struct str bytes, const char *message)
{
    struct gr_err err = {0};
    const struct bill_format *found;
    struct ingest_head head = {.bytes = bytes, .path = STR("x.csv"), .complete = true};
    assert_int_equal(detect_format(&head, &found, &err), GR_EDATA);
    assert_null(found);
    if (!strstr(err.text, message))
        fail_msg("\"%s\" does not say \"%s\"", err.text, message);
}

static void finds_each_format_by_its_content(void **state)
{
    (void)state;
    is_found("BilledCost,BillingCurrency,ChargePeriodStart,ServiceName\n", "focus");
    is_found("SubscriptionId,Date,MeterCategory,MeterId,Cost\n", "azure");
    is_found("lineItem/intervalUsageStart,cost/myCost,cost/currencyCode\n", "oci");
    is_found("{\"ts\":\"2026-10-03\",\"model\":\"m\",\"tokens\":{}}\n", "usage");
    is_found("lineItem/UsageStartDate,lineItem/UnblendedCost\n", "aws-cur");
    is_found("{\"costs\":[]}", "sync");
    is_found("timestamp, uuid, utilization.gpu [%]\n", "nvidia-smi");
    is_found("\n\nservicename,billedcost,chargeperiodstart,skuid\n1,2,3,4\n", "focus");
}

static void says_what_it_looked_for_and_how_the_file_begins(void **state)
{
    (void)state;
    is_refused(STR("name,price\napple,1\n"), "looked for focus");
    is_refused(STR("name,price\napple,1\n"), "it begins with: name,price");
    is_refused(STR(""), "is empty");
}

static void names_foreign_files(void **state)
{
    (void)state;
    is_refused(STR("PAR1xxxx"), "Parquet");
    is_refused(STR("PK\003\004xxxx"), "ZIP or XLSX");
    is_refused(STR("%PDF-1.7"), "PDF");
}

static void every_format_is_named_and_explained_once(void **state)
{
    (void)state;
    size_t count;
    const struct bill_format *const *formats = bill_formats(&count);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) {
        assert_true(formats[i]->what[0] != 0);
        assert_ptr_equal(bill_format_named(str_from(formats[i]->name)), formats[i]);
    }
    assert_null(bill_format_named(STR("cobol")));
}

static void an_unknown_format_name_is_a_usage_error(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    struct ingest_options options = {.format = "cobol", .seen_at = MOMENT_NONE};
    read_bytes(&reading, "x", STR("a\n"), &options);
    assert_int_equal(reading.status, GR_EUSAGE);
    reading_deinit(&reading);
}

static void a_file_of_no_format_can_be_told_from_a_broken_one(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_text(&reading, "name,price\n");
    assert_int_equal(reading.status, GR_EDATA);
    assert_null(reading.facts.format);
    reading_deinit(&reading);
    reading_init(&reading);
    read_text(&reading, "BilledCost,ChargePeriodStart,ProviderName,SkuId\n");
    assert_int_equal(reading.status, GR_EDATA);
    assert_string_equal(reading.facts.format, "focus");
    reading_deinit(&reading);
}

static void errors_name_the_path(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading);
    read_path(&reading, GR_SOURCE_DIR "/LICENSE");
    assert_int_equal(reading.status, GR_EDATA);
    assert_non_null(strstr(reading.err.text, "/LICENSE: is no file of a known format"));
    reading_deinit(&reading);
}

/* ---- lists of files ---- */

static void make_file(const char *folder, const char *name)
{
    char path[512];
    struct file_replace file;
    struct gr_err err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_replace_open(&file, path, &err), GR_OK);
    assert_int_equal(file_replace_commit(&file, &err), GR_OK);
}

static void lists_wanted_files_of_folders_sorted_and_once(void **state)
{
    (void)state;
    char folder[] = "ingest_expand_XXXXXX", inner[64], file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(inner, sizeof inner, "%s/inner", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    static const char *const names[] = {"b.csv", "a.CSV.gz", ".hidden.csv", "notes.md", "c.jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        make_file(folder, names[i]);
    make_file(inner, "z.ndjson");
    snprintf(file, sizeof file, "%s/b.csv", folder);

    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    const char *paths[] = {file, folder, "-"};
    struct ingest_listing listing;
    assert_int_equal(ingest_expand(&arena, paths, 3, &listing, &err), GR_OK);
    static const char *const wanted[] = {"-", "/a.CSV.gz", "/b.csv", "/c.jsonl", "/inner/z.ndjson"};
    assert_int_equal(listing.count, 5);
    for (size_t i = 0; i < listing.count; i++)
        assert_true(str_ends(listing.parts[i].path, str_from(wanted[i])));
    arena_deinit(&arena);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    char path[512];
    snprintf(path, sizeof path, "%s/z.ndjson", inner);
    unlink(path);
    rmdir(inner);
    rmdir(folder);
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    const char *paths[] = {"no-such-path"};
    struct ingest_listing listing;
    assert_int_equal(ingest_expand(&arena, paths, 1, &listing, &err), GR_ESTORE);
    assert_non_null(strstr(err.text, "no-such-path"));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_format_by_its_content),
        cmocka_unit_test(says_what_it_looked_for_and_how_the_file_begins),
        cmocka_unit_test(names_foreign_files),
        cmocka_unit_test(every_format_is_named_and_explained_once),
        cmocka_unit_test(an_unknown_format_name_is_a_usage_error),
        cmocka_unit_test(a_file_of_no_format_can_be_told_from_a_broken_one),
        cmocka_unit_test(errors_name_the_path),
        cmocka_unit_test(lists_wanted_files_of_folders_sorted_and_once),
        cmocka_unit_test(a_path_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
