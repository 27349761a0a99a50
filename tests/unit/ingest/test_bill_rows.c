/* Rows by a plan: what is recalled from the row before must never show. The oracle is the libcsv
 * reader, whose rows are not compared with anything.
 */
#include "support.h"

#include <string.h>

#include "ingest/emit.h"

static const char HEADER[] = "BilledCost,BillingCurrency,ChargePeriodStart,ResourceId,SkuId,Tags,"
                             "ServiceName,x_Note,EffectiveCost\n";

/* Cells that are easily taken for one another. */
static const char *const texts[] = {
    "a",
    "\"a\"",
    "\"a\"\"b\"",
    "\"a\"\"\"\"b\"",
    "",
    "\"\"",
    "NULL",
    "\"NULL\"",
    "null",
    "nulL",
    "ab",
    "\"{\"\"team\"\": \"\"ml\"\"}\"",
    "\"{\"\"team\"\": \"\"mm\"\"}\"",
    "\"x,y\"",
    "\"x\ny\"",
    "caf\xC3\xA9",
    " a",
    "a ",
    "\"\"\"\"",
    "\"\"\"\"\"\"",
    "a text that is longer than thirty-two bytes, by far",
    "a text that is longer than thirty-two bytes, by fas",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static const char *const amounts[] = {"1.5",  "0.000000000001", "-3",  "",
                                      "NULL", "12345678.9",     "1E-3"};
enum { AMOUNTS = sizeof amounts / sizeof amounts[0] };

struct recipe {
    uint64_t random;
    unsigned resources; /* so many come again and again ... */
    unsigned unique;    /* ... and so many percent of the rows have one of their own */
    unsigned changes;   /* percent of cells that are not as the resource's last ones */
};

static void random_bill(struct strbuf *out, struct recipe *recipe, int rows)
{
    uint64_t *random = &recipe->random;
    strbuf_init(out, 64 << 20);
    strbuf_append_cstr(out, HEADER);
    for (int row = 0; row < rows; row++) {
        unsigned resource = (unsigned)(random_next(random) % recipe->resources);
        bool own = random_next(random) % 100 < recipe->unique;
        strbuf_printf(out, "%s,USD,2026-10-%02dT00:00:00Z,", amounts[random_next(random) % AMOUNTS],
                      1 + row % 28);
        strbuf_printf(out, own ? "pod-%d" : "vm-%d", own ? row : (int)resource);
        strbuf_printf(out, ",sku-%u", resource % 7);
        for (unsigned cell = 0; cell < 3; cell++) {
            bool changes = random_next(random) % 100 < recipe->changes;
            unsigned text = changes ? (unsigned)random_next(random) : resource * 3 + cell;
            strbuf_printf(out, ",%s", texts[text % TEXTS]);
        }
        strbuf_printf(out, ",%s\n", amounts[random_next(random) % AMOUNTS]);
    }
}

static void readers_agree(struct str bytes, const char *columns)
{
    static const char *const levels[] = {"scalar", "auto"};
    struct reading oracle;
    struct ingest_options options = {
        .format = "focus", .seen_at = MOMENT_NONE, .columns = columns, .reader = "libcsv"};
    reading_init(&oracle);
    read_bytes(&oracle, "t", bytes, &options);
    assert_int_equal(oracle.status, GR_OK);
    assert_true(oracle.facts.delivered > 0);
    for (int i = 0; i < 2; i++) {
        struct reading fast;
        reading_init(&fast);
        options.reader = "fast";
        options.simd = levels[i];
        read_bytes(&fast, "t", bytes, &options);
        assert_int_equal(fast.status, GR_OK);
        assert_true(str_equal(strbuf_str(&fast.rows), strbuf_str(&oracle.rows)));
        assert_true(str_equal(strbuf_str(&fast.rejects), strbuf_str(&oracle.rejects)));
        assert_int_equal(fast.facts.delivered, oracle.facts.delivered);
        reading_deinit(&fast);
    }
    reading_deinit(&oracle);
}

static void a_recalled_cell_is_what_stands_there(void **state)
{
    (void)state;
    struct recipe recipe = {.random = 3, .resources = 40, .unique = 10, .changes = 20};
    for (int round = 0; round < 20; round++) {
        struct strbuf text;
        random_bill(&text, &recipe, 400);
        readers_agree(strbuf_str(&text), NULL);
        strbuf_deinit(&text);
    }
}

/* Columns that stop recalling, and start again when cells repeat. */
static void columns_may_stop_recalling(void **state)
{
    (void)state;
    struct strbuf changing, steady;
    struct recipe recipe = {.random = 9, .resources = 500, .unique = 90, .changes = 95};
    random_bill(&changing, &recipe, 2 * EMIT_BATCH_ROWS);
    recipe.changes = recipe.unique = 1;
    random_bill(&steady, &recipe, EMIT_BATCH_ROWS);
    strbuf_append(&changing,
                  (struct str){steady.ptr + strlen(HEADER), steady.len - strlen(HEADER)});
    readers_agree(strbuf_str(&changing), NULL);
    strbuf_deinit(&changing);
    strbuf_deinit(&steady);
}

/* Rows that are not the reader's to put (blank, faulty) lie between those that were looked ahead
 * to, so that cells of other rows come to lie where theirs were. */
static void gaps_between_rows_confuse_nobody(void **state)
{
    (void)state;
    struct recipe recipe = {.random = 23, .resources = 300, .unique = 20, .changes = 10};
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, HEADER);
    for (int part = 0; part < 60; part++) {
        struct strbuf rows;
        random_bill(&rows, &recipe, (int)(random_next(&recipe.random) % 400));
        strbuf_append(&text, (struct str){rows.ptr + strlen(HEADER), rows.len - strlen(HEADER)});
        strbuf_deinit(&rows);
        for (uint64_t gap = random_next(&recipe.random) % 9000; gap > 0; gap--)
            strbuf_append_char(&text, '\n');
        if (part % 3 == 0)
            strbuf_append_cstr(&text, "1,2\n1,\"open\n");
    }
    readers_agree(strbuf_str(&text), NULL);
    strbuf_deinit(&text);
}

/* A text has one code, whichever way it came to it: two would be two groups. */
static void add_codes(void *context, const struct batch *batch)
{
    (void)context;
    const struct dict *ids = batch->columns[COST_ResourceId].texts;
    struct dict seen;
    dict_init(&seen);
    for (uint32_t code = 1; code <= ids->count; code++)
        assert_int_equal(dict_intern(&seen, dict_text(ids, code)), code);
    dict_deinit(&seen);
}

static void fill_with(struct strbuf *out, size_t len, char filler)
{
    while (out->len < len)
        strbuf_append_char(out, filler);
}

static void row_of(struct strbuf *out, const char *resource, const char *cost)
{
    strbuf_printf(out, "res-%s-0000000001,%s,USD,2026-10-01T00:00:00Z,Amazon,123456789012\n",
                  resource, cost);
}

/* Blank lines keep the ring of rows looked ahead to while the window moves on, so that another
 * resource's cell comes to lie where the one looked ahead to had lain: the first window ends 50
 * bytes behind a line's end and the second 30, and t3 lies in the third where g1 lay in the second.
 */
static void text_that_moves_under_the_ring(struct strbuf *text)
{
    enum { ROW = 72, FIRST = SOURCE_HEAD_BYTES - 50, SECOND = SOURCE_BLOCK_BYTES - 30 };
    strbuf_init(text, 4 << 20);
    strbuf_append_cstr(text, "ResourceId,BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,"
                             "BillingAccountId\n");
    while (text->len + 2 * ROW < FIRST)
        row_of(text, "ff", "1");
    fill_with(text, FIRST, '\n');
    struct strbuf tail; /* of the second window */
    strbuf_init(&tail, 4096);
    row_of(&tail, "g0", "1");
    strbuf_append_cstr(&tail, "\n\n");
    size_t g1 = SECOND;
    row_of(&tail, "g1", "1");
    g1 -= (tail.len - 2) / 2;
    while (text->len + 2 * ROW < SECOND - tail.len)
        row_of(text, "ff", "1");
    fill_with(text, SECOND - tail.len, '\n');
    strbuf_append(text, strbuf_str(&tail));
    assert_int_equal(text->len, SECOND);
    row_of(text, "g2", "1");
    fill_with(text, SECOND + (g1 - FIRST), '\n');
    static const char *const last[] = {"t3", "g4", "g5", "t3", "g6", "t3"};
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        row_of(text, last[i], "100");
    strbuf_deinit(&tail);
}

static void a_resource_has_one_code(void **state)
{
    (void)state;
    struct strbuf text;
    struct reading reading;
    text_that_moves_under_the_ring(&text);
    reading_init(&reading);
    reading.quiet = true;
    reading.look = add_codes;
    read_bytes(&reading, "t", strbuf_str(&text), NULL);
    assert_int_equal(reading.status, GR_OK);
    reading_deinit(&reading);
    strbuf_deinit(&text);
}

/* The refusal asks for the long text again, which the row has decoded before: see it with ASan. */
static void a_refused_row_may_have_its_quoted_texts_twice(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, "Tags,BilledCost,BillingCurrency,ChargePeriodStart,ServiceName\n");
    for (int row = 1; row <= 3; row++) {
        strbuf_append_cstr(&text, "\"{\"\"a\"\":\"\"");
        for (int i = 0; i < row * 20000; i++)
            strbuf_append_char(&text, 'x');
        strbuf_append_cstr(&text, "\"\"}\",\"1\"\"2\",USD,2026-10-01,s\n");
    }
    strbuf_append_cstr(&text, ",1,USD,2026-10-01,s\n");
    readers_agree(strbuf_str(&text), NULL);
    strbuf_deinit(&text);
}

static void more_quoted_texts_than_are_remembered(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 64 << 20);
    strbuf_append_cstr(&text, HEADER);
    for (int row = 0; row < 20000; row++)
        strbuf_printf(&text, "1,USD,2026-10-01,vm-%d,s,\"{\"\"pod\"\": \"\"%d\"\"}\",a,b,1\n",
                      row % 100, row % 9000);
    readers_agree(strbuf_str(&text), NULL);
    strbuf_deinit(&text);
}

static void keeps_the_columns_that_are_asked_for(void **state)
{
    (void)state;
    struct reading reading;
    struct ingest_options options = {
        .format = "focus", .seen_at = MOMENT_NONE, .columns = "servicename, Tags"};
    struct str bytes = STR("BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,Tags,x_Note,"
                           "EffectiveCost\n1,USD,2026-10-01,S,T,N,2\n");
    reading_init(&reading);
    read_bytes(&reading, "t", bytes, &options);
    assert_int_equal(reading.status, GR_OK);
    struct str row = strbuf_str(&reading.rows);
    assert_non_null(memmem(row.ptr, row.len, "BilledCost=1", 12));
    assert_non_null(memmem(row.ptr, row.len, "ServiceName=S", 13));
    assert_non_null(memmem(row.ptr, row.len, "Tags=T", 6));
    assert_null(memmem(row.ptr, row.len, "x_Note", 6));
    assert_null(memmem(row.ptr, row.len, "EffectiveCost", 13));
    reading_deinit(&reading);
}

static void fewer_columns_read_alike(void **state)
{
    (void)state;
    struct recipe recipe = {.random = 17, .resources = 30, .unique = 5, .changes = 10};
    struct strbuf text;
    random_bill(&text, &recipe, 3000);
    readers_agree(strbuf_str(&text), "Tags");
    readers_agree(strbuf_str(&text), "ResourceId,x_Note,EffectiveCost");
    readers_agree(strbuf_str(&text), "");
    strbuf_deinit(&text);
}

static void refuses_to_keep_a_column_that_is_not_there(void **state)
{
    (void)state;
    struct reading reading;
    struct ingest_options options = {
        .format = "focus", .seen_at = MOMENT_NONE, .columns = "ServiceNane"};
    struct str bytes =
        STR("BilledCost,BillingCurrency,ChargePeriodStart,ServiceName\n1,USD,2026-10-01,S\n");
    reading_init(&reading);
    read_bytes(&reading, "t", bytes, &options);
    assert_int_equal(reading.status, GR_EUSAGE);
    assert_non_null(strstr(reading.err.text, "ServiceNane"));
    reading_deinit(&reading);
}

static void a_repeated_header_is_skipped_with_few_columns_too(void **state)
{
    (void)state;
    struct reading reading;
    struct ingest_options options = {.format = "focus", .seen_at = MOMENT_NONE, .columns = "Tags"};
    struct str bytes = STR("BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,Tags\n"
                           "1,USD,2026-10-01,S,T\n"
                           "BilledCost,BillingCurrency,ChargePeriodStart,ServiceName,Tags\n"
                           "2,USD,2026-10-01,S,T\n");
    reading_init(&reading);
    read_bytes(&reading, "t", bytes, &options);
    assert_int_equal(reading.status, GR_OK);
    assert_int_equal(reading.facts.delivered, 2);
    assert_int_equal(reading.facts.skipped, 1);
    reading_deinit(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recalled_cell_is_what_stands_there),
        cmocka_unit_test(columns_may_stop_recalling),
        cmocka_unit_test(gaps_between_rows_confuse_nobody),
        cmocka_unit_test(a_resource_has_one_code),
        cmocka_unit_test(a_refused_row_may_have_its_quoted_texts_twice),
        cmocka_unit_test(more_quoted_texts_than_are_remembered),
        cmocka_unit_test(keeps_the_columns_that_are_asked_for),
        cmocka_unit_test(fewer_columns_read_alike),
        cmocka_unit_test(refuses_to_keep_a_column_that_is_not_there),
        cmocka_unit_test(a_repeated_header_is_skipped_with_few_columns_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
