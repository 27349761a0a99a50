/* Which line of the price book holds for a row, and what the row then costs. */
#include <string.h>

#include "load/pricing.h"
#include "support.h"

/* A store with a book, and a batch of one usage row. */
struct fixture {
    struct test_folder folder;
    struct store *store;
    struct arena arena;
    struct price_book *book;
    struct batch_texts *texts;
    struct batch *batch;
};

static struct store_price line(const char *class_name, const char *unit_price)
{
    return (struct store_price){.provider = STR("p"),
                                .model = STR("m"),
                                .price_class = str_from(class_name),
                                .service_tier = STR(""),
                                .region = STR(""),
                                .above_tokens = STR(""),
                                .unit_price = str_from(unit_price),
                                .per = STR("1000"),
                                .currency = STR("USD"),
                                .valid_from = STR(""),
                                .valid_to = STR(""),
                                .book = STR("b")};
}

static void make_book(struct fixture *f, const struct store_price *prices, size_t count)
{
    struct gr_err err = {0};
    memset(f, 0, sizeof *f);
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    must(store_prices_replace(f->store, STR("b"), prices, count, &err));
    must(price_book_open(f->store, &f->arena, &f->book, &err));
    f->texts = batch_texts_open();
    f->batch = batch_open(DATASET_AI, f->texts);
    f->batch->rows = 1;
    f->batch->lines[0] = 1;
    batch_set_text(f->batch, AI_Provider, 0, STR("p"));
    batch_set_text(f->batch, AI_Model, 0, STR("m"));
    batch_set_moment(f->batch, AI_Timestamp, 0, moment_of_day(day_from_ymd(2026, 5, 3)));
}

static void forget(struct fixture *f)
{
    batch_close(f->batch);
    batch_texts_close(f->texts);
    price_book_close(f->book);
    arena_deinit(&f->arena);
    store_close(f->store);
    folder_remove(&f->folder);
}

static void set_tokens(struct fixture *f, size_t column, int64_t count)
{
    batch_set_decimal(f->batch, column, 0, decimal_from_int(count));
}

static void price(struct fixture *f)
{
    struct gr_err err = {0};
    must(price_batch(f->book, f->batch, &err));
}

static void expect_amount(const struct fixture *f, size_t column, const char *wanted)
{
    struct decimal found, number;
    bool there = batch_decimal(f->batch, column, 0, &found);
    if (!wanted) {
        assert_false(there);
        return;
    }
    assert_true(there);
    assert_int_equal(decimal_read(str_from(wanted), &number), DECIMAL_READ_OK);
    assert_int_equal(decimal_compare(found, number), 0);
}

static void expect_pricing(const struct fixture *f, const char *word)
{
    assert_true(str_is(batch_text(f->batch, AI_Pricing, 0), word));
}

static void prices_each_class_and_adds_them_up(void **state)
{
    (void)state;
    struct fixture f;
    const struct store_price prices[] = {line("input", "2"), line("output", "10.5")};
    make_book(&f, prices, 2);
    set_tokens(&f, AI_Input, 3);
    set_tokens(&f, AI_Output, 7);
    price(&f);
    expect_amount(&f, AI_InputCost, "0.006");
    expect_amount(&f, AI_OutputCost, "0.0735");
    expect_amount(&f, AI_ComputedCost, "0.0795");
    expect_amount(&f, AI_Cost, "0.0795");
    expect_amount(&f, AI_UnpricedTokens, NULL);
    expect_pricing(&f, "priced");
    assert_true(str_is(batch_text(f.batch, AI_Currency, 0), "USD"));
    forget(&f);
}

static void says_what_has_no_price_and_never_0(void **state)
{
    (void)state;
    struct fixture f;
    const struct store_price prices[] = {line("input", "2")};
    make_book(&f, prices, 1);
    set_tokens(&f, AI_Output, 7);
    price(&f);
    expect_amount(&f, AI_Cost, NULL);
    expect_amount(&f, AI_UnpricedTokens, "7");
    expect_pricing(&f, "unpriced");
    assert_null(batch_text(f.batch, AI_Currency, 0).ptr);
    set_tokens(&f, AI_Input, 1000);
    price(&f);
    expect_amount(&f, AI_Cost, "2");
    expect_amount(&f, AI_UnpricedTokens, "7");
    expect_pricing(&f, "partial");
    forget(&f);
}

static void an_empty_book_prices_nothing(void **state)
{
    (void)state;
    struct fixture f;
    make_book(&f, NULL, 0);
    set_tokens(&f, AI_Input, 3);
    set_tokens(&f, AI_Output, 4);
    price(&f);
    expect_amount(&f, AI_Cost, NULL);
    expect_amount(&f, AI_UnpricedTokens, "7");
    expect_pricing(&f, "unpriced");
    assert_null(batch_text(f.batch, AI_Currency, 0).ptr);
    batch_set_decimal(f.batch, AI_BilledCost, 0, (struct decimal){5, 1});
    batch_set_text(f.batch, AI_Currency, 0, STR("EUR"));
    price(&f);
    expect_amount(&f, AI_Cost, "0.5");
    expect_amount(&f, AI_UnpricedTokens, NULL);
    expect_pricing(&f, "billed");
    assert_true(str_is(batch_text(f.batch, AI_Currency, 0), "EUR"));
    forget(&f);
}

static void lets_reasoning_take_the_price_of_output_only_without_its_own(void **state)
{
    (void)state;
    struct fixture f;
    const struct store_price prices[] = {line("output", "8"), line("reasoning", "1")};
    make_book(&f, prices, 1);
    set_tokens(&f, AI_Reasoning, 500);
    price(&f);
    expect_amount(&f, AI_ReasoningCost, "4");
    forget(&f);
    make_book(&f, prices, 2);
    set_tokens(&f, AI_Reasoning, 500);
    price(&f);
    expect_amount(&f, AI_ReasoningCost, "0.5");
    forget(&f);
}

static void takes_the_most_specific_line(void **state)
{
    (void)state;
    struct store_price prices[4] = {line("input", "1"), line("input", "2"), line("input", "3"),
                                    line("input", "4")};
    prices[0].provider = STR("");
    prices[2].service_tier = STR("batch");
    prices[3].region = STR("eu");
    struct fixture f;
    make_book(&f, prices, 4);
    set_tokens(&f, AI_Input, 1000);
    price(&f);
    expect_amount(&f, AI_Cost, "2");
    batch_set_text(f.batch, AI_Region, 0, STR("eu"));
    price(&f);
    expect_amount(&f, AI_Cost, "4");
    batch_set_text(f.batch, AI_ServiceTier, 0, STR("batch"));
    price(&f);
    expect_amount(&f, AI_Cost, "3");
    batch_set_text(f.batch, AI_Provider, 0, STR("q"));
    price(&f);
    expect_amount(&f, AI_Cost, "1");
    batch_set_text(f.batch, AI_Model, 0, STR("other"));
    price(&f);
    expect_pricing(&f, "unpriced");
    forget(&f);
}

static void counts_the_whole_prompt_towards_the_higher_price(void **state)
{
    (void)state;
    struct store_price prices[2] = {line("input", "1"), line("input", "2")};
    prices[1].above_tokens = STR("1500");
    struct fixture f;
    make_book(&f, prices, 2);
    set_tokens(&f, AI_Input, 1000);
    set_tokens(&f, AI_CacheRead, 500);
    set_tokens(&f, AI_Output, 9000);
    price(&f);
    expect_amount(&f, AI_InputCost, "1");
    set_tokens(&f, AI_CacheRead, 501);
    price(&f);
    expect_amount(&f, AI_InputCost, "2");
    set_tokens(&f, AI_Requests, 2); /* a bucket: no request's prompt is known */
    price(&f);
    expect_amount(&f, AI_InputCost, "1");
    forget(&f);
}

static void keeps_to_the_dates_both_ends_included(void **state)
{
    (void)state;
    struct store_price dated = line("input", "1");
    dated.valid_from = STR("2026-05-02");
    dated.valid_to = STR("2026-05-03");
    struct fixture f;
    make_book(&f, &dated, 1);
    set_tokens(&f, AI_Input, 1000);
    for (int day = 1; day <= 4; day++) {
        int64_t noon = moment_of_day(day_from_ymd(2026, 5, day)) + 12 * 3600 * 1000;
        batch_set_moment(f.batch, AI_Timestamp, 0, noon);
        price(&f);
        expect_pricing(&f, day == 2 || day == 3 ? "priced" : "unpriced");
    }
    forget(&f);
}

static void leaves_a_billed_cost_as_it_is(void **state)
{
    (void)state;
    const struct store_price prices[] = {line("input", "2")};
    struct fixture f;
    make_book(&f, prices, 1);
    set_tokens(&f, AI_Input, 1000);
    struct decimal billed = decimal_from_int(7);
    batch_set_decimal(f.batch, AI_BilledCost, 0, billed);
    batch_set_text(f.batch, AI_Currency, 0, STR("USD"));
    price(&f);
    expect_amount(&f, AI_Cost, "7");
    expect_amount(&f, AI_ComputedCost, "2");
    expect_pricing(&f, "billed");
    batch_set_text(f.batch, AI_Currency, 0, STR("EUR")); /* no line in euros: nothing to compute */
    price(&f);
    expect_amount(&f, AI_Cost, "7");
    expect_amount(&f, AI_ComputedCost, NULL);
    forget(&f);
}

static void prices_anew_without_a_trace_of_the_book_before(void **state)
{
    (void)state;
    const struct store_price prices[] = {line("input", "2")};
    struct fixture f;
    make_book(&f, prices, 1);
    set_tokens(&f, AI_Input, 1000);
    price(&f);
    struct gr_err err = {0};
    struct store_price euros = line("input", "3");
    euros.currency = STR("EUR");
    price_book_close(f.book);
    must(store_prices_replace(f.store, STR("b"), &euros, 1, &err));
    must(price_book_open(f.store, &f.arena, &f.book, &err));
    price(&f);
    expect_amount(&f, AI_Cost, "3");
    assert_true(str_is(batch_text(f.batch, AI_Currency, 0), "EUR"));
    forget(&f);
}

static void set_random_row(struct batch *batch, uint32_t row, uint64_t random, bool plain)
{
    static const char *const models[] = {"m", "n", "unknown"};
    static const int columns[] = {AI_Input,  AI_CacheRead, AI_CacheWrite5m,
                                  AI_Output, AI_Reasoning, AI_InputAudio};
    batch->lines[row] = row + 1;
    batch_set_text(batch, AI_Provider, row, random & 1 ? STR("p") : STR("q"));
    batch_set_text(batch, AI_Model, row, str_from(models[(random >> 1) % 3]));
    batch_set_text(batch, AI_ServiceTier, row, random >> 3 & 1 ? STR("batch") : STR("standard"));
    batch_set_moment(batch, AI_Timestamp, row,
                     moment_of_day(day_from_ymd(2026, 5, 1 + (int)(random >> 4 & 3))));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (random >> (8 + i) & 1)
            batch_set_decimal(batch, (size_t)columns[i], row,
                              decimal_from_int((int64_t)(random >> (16 + 5 * i) & 511)));
    if ((random >> 60) == 0)
        batch_set_decimal(batch, AI_BilledCost, row, (struct decimal){125, 2});
    if ((random >> 60) < 2)
        batch_set_text(batch, AI_Currency, row, random >> 5 & 1 ? STR("USD") : STR("EUR"));
    /* 1.0 requests are one request, but no whole number as it is written: no plain row */
    struct decimal requests = {random >> 58 & 1 ? 20 : 10, 1};
    batch_set_decimal(batch, AI_Requests, row, plain ? decimal_normal(requests) : requests);
}

static void expect_same_costs(const struct batch *a, const struct batch *b, uint32_t row)
{
    for (size_t column = AI_BilledCost; column <= AI_UnpricedTokens; column++) {
        struct decimal x = DECIMAL_ZERO, y = DECIMAL_ZERO;
        assert_int_equal(batch_decimal(a, column, row, &x), batch_decimal(b, column, row, &y));
        assert_true(x.units == y.units && x.scale == y.scale);
    }
    assert_true(str_equal(batch_text(a, AI_Pricing, row), batch_text(b, AI_Pricing, row)));
    assert_true(str_equal(batch_text(a, AI_Currency, row), batch_text(b, AI_Currency, row)));
}

static void plain_rows_cost_what_others_cost(void **state)
{
    (void)state;
    struct fixture f;
    struct gr_err err = {0};
    struct store_price prices[9];
    for (size_t i = 0; i < 9; i++)
        prices[i] = line(i % 3 == 0 ? "input" : i % 3 == 1 ? "output" : "cache_read", "1.25");
    prices[3].above_tokens = STR("400");
    prices[3].unit_price = STR("2.5");
    prices[4].service_tier = STR("batch");
    prices[4].unit_price = STR("0.625");
    prices[5].valid_from = STR("2026-05-03");
    prices[5].unit_price = STR("0.11");
    prices[6].model = prices[7].model = STR("n");
    prices[6].provider = STR("");
    prices[7].currency = STR("EUR");
    prices[8].currency = STR("EUR");
    make_book(&f, prices, 9);
    struct batch *other = batch_open(DATASET_AI, f.texts);
    uint64_t random = 7;
    for (int round = 0; round < 3; round++) { /* codes mean other models, costs are stale */
        struct dict *models = batch_texts_dict(f.texts, DATASET_AI, STR("Model"));
        dict_clear(models);
        (void)dict_intern(models, round & 1 ? STR("n") : STR("unknown"));
        f.batch->rows = other->rows = 5000;
        for (uint32_t row = 0; row < 5000; row++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            batch_unset_row(f.batch, row);
            batch_unset_row(other, row);
            set_random_row(f.batch, row, random ^ random >> 29, true);
            set_random_row(other, row, random ^ random >> 29, false);
        }
        price(&f);
        must(price_batch(f.book, other, &err));
        for (uint32_t row = 0; row < 5000; row++)
            expect_same_costs(f.batch, other, row);
    }
    batch_close(other);
    forget(&f);
}

static void prices_counted_units(void **state)
{
    (void)state;
    struct store_price search = line("web_search", "0.01");
    search.per = STR("1");
    struct fixture f;
    make_book(&f, &search, 1);
    batch_set_text(f.batch, AI_Units, 0, STR("{\"web_search\":3,\"nothing\":0}"));
    price(&f);
    expect_amount(&f, AI_UnitsCost, "0.03");
    expect_amount(&f, AI_Cost, "0.03");
    expect_pricing(&f, "priced");
    forget(&f);
}

static void refuses_lines_that_can_not_hold(void **state)
{
    (void)state;
    struct store_price bad[9];
    for (size_t i = 0; i < 9; i++)
        bad[i] = line("input", "1");
    bad[0].unit_price = STR("ten");
    bad[1].unit_price = STR("-1");
    bad[2].per = STR("100");
    bad[3].model = STR("");
    bad[4].currency = STR("");
    bad[5].above_tokens = STR("1.5");
    bad[6].valid_from = STR("2026-02-30");
    bad[7].valid_from = STR("2026-02-02"), bad[7].valid_to = STR("2026-02-01");
    bad[8].price_class = STR("");
    for (size_t i = 0; i < 9; i++) {
        struct gr_err err = {0};
        assert_int_equal(price_check(&bad[i], &err), GR_EDATA);
        assert_true(err.text[0] != '\0');
    }
    struct gr_err err = {0};
    struct store_price good = line("input", "0");
    assert_int_equal(price_check(&good, &err), GR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_each_class_and_adds_them_up),
        cmocka_unit_test(says_what_has_no_price_and_never_0),
        cmocka_unit_test(an_empty_book_prices_nothing),
        cmocka_unit_test(lets_reasoning_take_the_price_of_output_only_without_its_own),
        cmocka_unit_test(takes_the_most_specific_line),
        cmocka_unit_test(counts_the_whole_prompt_towards_the_higher_price),
        cmocka_unit_test(keeps_to_the_dates_both_ends_included),
        cmocka_unit_test(leaves_a_billed_cost_as_it_is),
        cmocka_unit_test(prices_anew_without_a_trace_of_the_book_before),
        cmocka_unit_test(plain_rows_cost_what_others_cost),
        cmocka_unit_test(prices_counted_units),
        cmocka_unit_test(refuses_lines_that_can_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
