/* arena. */
#include <string.h>

#include "base/arena.h"
#include "unit.h"

enum { PIECES = 3000 };

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    uint64_t seed = 1;
    for (int i = 0; i < PIECES; i++) {
        sizes[i] = random_below(&seed, i % 100 ? 200 : 300000);
        pieces[i] = arena_alloc(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], i & 0xFF, sizes[i]);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (pieces[i][k] != (i & 0xFF))
                fail_msg("piece %d was overwritten", i);
    arena_deinit(&arena);
    assert_null(arena.newest);
    assert_int_equal(arena.used_bytes, 0);
}

static void a_reset_arena_is_empty_and_usable(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(&arena, 1000), 1, 1000);
        assert_in_range(arena.used_bytes, 1000000, 1100000);
        arena_reset(&arena);
        assert_int_equal(arena.used_bytes, 0);
    }
    arena_deinit(&arena);
    arena_reset(&arena); /* of nothing */
    arena_deinit(&arena);
}

static void zeroed_memory_is_zero_also_after_a_reset(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    memset(arena_alloc(&arena, 500), 0xAA, 500);
    arena_reset(&arena);
    const unsigned char *memory = arena_alloc_zeroed(&arena, 50, 10);
    for (int i = 0; i < 500; i++)
        assert_int_equal(memory[i], 0);
    arena_deinit(&arena);
}

static void texts_are_copied_with_a_nul_and_absent_stays_absent(void **state)
{
    (void)state;
    struct arena arena = ARENA_EMPTY;
    char original[] = "team";
    struct str copy = arena_str(&arena, (struct str){original, 4});
    original[0] = 'X';
    assert_string_equal(copy.ptr, "team");
    assert_null(arena_str(&arena, STR_NONE).ptr);
    struct str empty = arena_str(&arena, STR(""));
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    struct str printed = arena_printf(&arena, "%s-%05d", "gpu", 42);
    assert_true(str_is(printed, "gpu-00042"));
    assert_string_equal(arena_printf(&arena, "%s", "").ptr, "");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(a_reset_arena_is_empty_and_usable),
        cmocka_unit_test(zeroed_memory_is_zero_also_after_a_reset),
        cmocka_unit_test(texts_are_copied_with_a_nul_and_absent_stays_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
