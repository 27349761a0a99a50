/* status: error texts and the allocator. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/dict.h"
#include "unit.h"

static void a_failure_carries_status_and_text(void **state)
{
    (void)state;
    struct gr_err err = {0};
    assert_int_equal(gr_fail(&err, GR_EDATA, "row %d: %s", 7, "bad"), GR_EDATA);
    assert_int_equal(err.status, GR_EDATA);
    assert_string_equal(err.text, "row 7: bad");
}

static void wrapping_puts_the_context_in_front_and_keeps_the_status(void **state)
{
    (void)state;
    struct gr_err err = {0};
    gr_fail(&err, GR_ESTORE, "disk full");
    assert_int_equal(gr_wrap(&err, "ingest %s", "aws.csv"), GR_ESTORE);
    assert_int_equal(gr_wrap(&err, "delivery 3"), GR_ESTORE);
    assert_string_equal(err.text, "delivery 3: ingest aws.csv: disk full");
}

static void the_old_text_may_be_an_argument_of_the_new_one(void **state)
{
    (void)state;
    struct gr_err err = {0};
    gr_fail(&err, GR_EDATA, "inner");
    gr_fail(&err, GR_EUSAGE, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
    gr_wrap(&err, "again %s", err.text);
    assert_string_equal(err.text, "again outer (inner): outer (inner)");
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
    (void)state;
    struct gr_err err = {0};
    gr_fail(&err, GR_EDATA, "%s", "a\x1b[31mb\nc\x7f\td\xc3\xa9");
    assert_string_equal(err.text, "a?[31mb?c??d\xc3\xa9");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[GR_ERR_TEXT_MAX + 100];
    struct gr_err err = {0};
    for (size_t shift = 0; shift < 2; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "\xc3\xa9", 2);
        text[sizeof text - 1] = '\0';
        gr_fail(&err, GR_EDATA, "%s", text);
        assert_in_range(strlen(err.text), GR_ERR_TEXT_MAX - 2, GR_ERR_TEXT_MAX - 1);
        assert_true(str_is_utf8(str_from(err.text)));
        gr_wrap(&err, "context");
        assert_true(str_starts(str_from(err.text), STR("context: ")));
        assert_true(str_is_utf8(str_from(err.text)));
    }
}

static enum gr_status fails_when_asked(int how, struct gr_err *err)
{
    return how ? gr_fail(err, GR_EDATA, "asked") : GR_OK;
}

static enum gr_status tries_twice(int first, int second, int *reached, struct gr_err *err)
{
    GR_TRY(fails_when_asked(first, err));
    ++*reached;
    GR_TRY(fails_when_asked(second, err));
    ++*reached;
    return GR_OK;
}

static void try_leaves_at_the_first_failure(void **state)
{
    (void)state;
    struct gr_err err = {0};
    int reached = 0;
    assert_int_equal(tries_twice(0, 0, &reached, &err), GR_OK);
    assert_int_equal(reached, 2);
    assert_int_equal(tries_twice(0, 1, &reached, &err), GR_EDATA);
    assert_int_equal(reached, 3);
    assert_int_equal(tries_twice(1, 0, &reached, &err), GR_EDATA);
    assert_int_equal(reached, 3);
}

static jmp_buf back;

static void jump_back(void)
{
    gr_alloc_fail_at(0);
    longjmp(back, 1);
}

static void the_nth_allocation_can_be_made_to_fail(void **state)
{
    (void)state;
    static int allocations; /* survives longjmp */
    static void *memory[3];
    gr_on_out_of_memory(jump_back);
    allocations = 0;
    gr_alloc_fail_at(3);
    if (setjmp(back) == 0) {
        for (; allocations < 3; allocations++)
            memory[allocations] = gr_alloc(10);
        fail_msg("nothing failed");
    }
    assert_int_equal(allocations, 2);
    for (int i = 0; i < allocations; i++)
        free(memory[i]);
    gr_on_out_of_memory(NULL);
}

static void asking_for_too_much_calls_the_handler(void **state)
{
    (void)state;
    static int calls;
    gr_on_out_of_memory(jump_back);
    calls = 0;
    if (setjmp(back) == 0)
        free(gr_alloc_zeroed(SIZE_MAX / 2, 4)); /* the product overflows */
    else
        calls++;
    assert_int_equal(calls, 1);
    struct arena arena = ARENA_EMPTY;
    if (setjmp(back) == 0)
        arena_alloc_zeroed(&arena, SIZE_MAX / 2, 4);
    else
        calls++;
    assert_int_equal(calls, 2);
    arena_deinit(&arena);
    gr_on_out_of_memory(NULL);
}

static void nothing_is_still_memory(void **state)
{
    (void)state;
    void *memory = gr_alloc(0);
    assert_non_null(memory);
    memory = gr_realloc(memory, 0);
    assert_non_null(memory);
    free(memory);
    memory = gr_alloc_zeroed(0, 100);
    assert_non_null(memory);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_carries_status_and_text),
        cmocka_unit_test(wrapping_puts_the_context_in_front_and_keeps_the_status),
        cmocka_unit_test(the_old_text_may_be_an_argument_of_the_new_one),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(try_leaves_at_the_first_failure),
        cmocka_unit_test(the_nth_allocation_can_be_made_to_fail),
        cmocka_unit_test(asking_for_too_much_calls_the_handler),
        cmocka_unit_test(nothing_is_still_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
