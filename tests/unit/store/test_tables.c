/* The small tables: prices by book, budgets, key/value. */
#include "support.h"

#include <stdlib.h>

#include "store/store_tables.h"

struct fixture {
    struct test_folder folder;
    struct store *store;
    struct arena arena;
};

static int set_up(void **state)
{
    struct gr_err err = {0};
    struct fixture *f = gr_alloc_zeroed(1, sizeof(*f));
    folder_make(&f->folder);
    must(store_open(f->folder.store, STORE_WRITE, &f->store, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    folder_remove(&f->folder);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static struct store_price price_of(const char *model, const char *above, const char *price)
{
    return (struct store_price){.provider = STR("openai"),
                                .model = str_from(model),
                                .price_class = STR("input"),
                                .above_tokens = str_from(above),
                                .unit_price = str_from(price),
                                .per = STR("1000000"),
                                .currency = STR("USD"),
                                .imported = MOMENT_NONE};
}

static void a_book_replaces_itself_and_leaves_others(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_price_list list;
    struct store_price prices[] = {price_of("b", "200000", "3"), price_of("b", "", "1.50"),
                                   price_of("a", "", "0.000000000000000001")};
    must(store_prices_replace(f->store, STR("own"), prices, 3, &err));
    must(store_prices_replace(f->store, STR("other"), prices, 1, &err));
    must(store_prices_list(f->store, &f->arena, STR("own"), &list, &err));
    assert_int_equal(list.count, 3);
    assert_true(str_is(list.items[0].unit_price, "0.000000000000000001"));
    assert_true(str_is(list.items[1].above_tokens, ""));
    assert_true(str_is(list.items[2].above_tokens, "200000"));
    assert_true(list.items[0].imported == MOMENT_NONE);
    must(store_prices_replace(f->store, STR("own"), prices, 1, &err));
    must(store_prices_list(f->store, &f->arena, STR_NONE, &list, &err));
    assert_int_equal(list.count, 2);
}

static void budgets_are_replaced_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store_budget_fields list;
    struct store_budget_field fields[] = {
        {STR("ml-team"), STR("period"), STR("month")},
        {STR("ml-team"), STR("amount"), STR("50000")}
    };
    must(store_budgets_replace(f->store, fields, 2, &err));
    must(store_budgets_list(f->store, &f->arena, &list, &err));
    assert_int_equal(list.count, 2);
    assert_true(str_is(list.items[0].field, "amount"));
    assert_true(str_is(list.items[0].value, "50000"));
    must(store_budgets_replace(f->store, NULL, 0, &err));
    must(store_budgets_list(f->store, &f->arena, &list, &err));
    assert_int_equal(list.count, 0);
}

static void facts_are_set_read_and_deleted(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct str value;
    must(store_meta_get(f->store, &f->arena, STR("k"), &value, &err));
    assert_null(value.ptr);
    must(store_meta_set(f->store, STR("k"), STR("v"), &err));
    must(store_meta_get(f->store, &f->arena, STR("k"), &value, &err));
    assert_true(str_is(value, "v"));
    must(store_meta_set(f->store, STR("k"), STR_NONE, &err));
    must(store_meta_get(f->store, &f->arena, STR("k"), &value, &err));
    assert_null(value.ptr);
}

static void a_reader_cannot_write(void **state)
{
    struct fixture *f = *state;
    struct gr_err err = {0};
    struct store *reader = NULL;
    must(store_open(f->folder.store, STORE_READ, &reader, &err));
    assert_int_equal(store_meta_set(reader, STR("k"), STR("v"), &err), GR_ESTORE);
    store_close(reader);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_book_replaces_itself_and_leaves_others),
        with_store(budgets_are_replaced_as_a_whole),
        with_store(facts_are_set_read_and_deleted),
        with_store(a_reader_cannot_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
