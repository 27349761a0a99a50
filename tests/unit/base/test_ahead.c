/* ahead: the same bytes and the same end as without a thread, whatever the sizes and the pace. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ahead.h"
#include "unit.h"

/* Gives bytes 0, 1, 2, ... in portions of random size up to `bytes`, then the end or a failure. */
struct counting {
    uint64_t seed;
    size_t at, bytes;
    enum gr_status last;
    atomic_uint calls;
    bool slow;
};

static enum gr_status count_up(void *context, char *into, size_t capacity, size_t *got,
                               struct gr_err *err)
{
    struct counting *counting = context;
    atomic_fetch_add(&counting->calls, 1);
    size_t left = counting->bytes - counting->at;
    if (left == 0) {
        *got = 0;
        return counting->last ? gr_fail(err, counting->last, "broken at %zu", counting->at) : GR_OK;
    }
    if (counting->slow)
        usleep(random_below(&counting->seed, 100));
    size_t len = 1 + random_below(&counting->seed, (unsigned)capacity);
    *got = len < left ? len : left;
    for (size_t i = 0; i < *got; i++)
        into[i] = (char)counting->at++;
    return GR_OK;
}

static void take_all(struct ahead *ahead, uint64_t *seed, const struct counting *wanted, bool slow)
{
    char bytes[300];
    size_t total = 0, got = 1;
    struct gr_err err = {0};
    enum gr_status status = GR_OK;
    while (got > 0) {
        if (slow)
            usleep(random_below(seed, 100));
        status = ahead_take(ahead, bytes, 1 + random_below(seed, sizeof bytes), &got, &err);
        for (size_t i = 0; i < got; i++)
            assert_int_equal((unsigned char)bytes[i], (total + i) % 256);
        total += got;
    }
    assert_int_equal(total, wanted->bytes);
    for (int i = 0; i < 2; i++) { /* the end stays the end */
        assert_int_equal(status, wanted->last);
        assert_int_equal(err.status, wanted->last);
        if (wanted->last)
            assert_non_null(strstr(err.text, "broken at"));
        err = (struct gr_err){0};
        status = ahead_take(ahead, bytes, 1, &got, &err);
        assert_int_equal(got, 0);
    }
}

static void all_bytes_come_in_order_and_the_failure_behind_them(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 200; round++) {
        struct counting counting = {.seed = (uint64_t)round,
                                    .bytes = random_below(&seed, 5000),
                                    .last = round % 2 ? GR_EDATA : GR_OK,
                                    .slow = round % 3 == 0};
        struct ahead *ahead =
            ahead_start(count_up, &counting, 1 + random_below(&seed, 4), 1 + round % 200);
        assert_non_null(ahead);
        take_all(ahead, &seed, &counting, round % 5 == 0);
        ahead_stop(ahead);
    }
}

static void a_stop_ends_a_full_ring_an_empty_one_and_one_that_has_ended(void **state)
{
    (void)state;
    uint64_t seed = 2;
    char bytes[64];
    for (int round = 0; round < 300; round++) {
        struct counting counting = {.bytes = round % 3 ? 1 << 20 : 10, .slow = round % 2};
        struct ahead *ahead = ahead_start(count_up, &counting, 3, 16);
        assert_non_null(ahead);
        for (unsigned takes = random_below(&seed, 4); takes > 0; takes--) {
            size_t got;
            struct gr_err err = {0};
            assert_int_equal(ahead_take(ahead, bytes, sizeof bytes, &got, &err), GR_OK);
        }
        if (round % 7 == 0)
            usleep(300);
        ahead_stop(ahead);
        assert_true(atomic_load(&counting.calls) <= 3 + 4 + 1); /* no further than the ring */
    }
    ahead_stop(NULL);
}

static void nothing_is_read_before_there_is_room(void **state)
{
    (void)state;
    struct counting counting = {.bytes = 1 << 20};
    struct ahead *ahead = ahead_start(count_up, &counting, 2, 8);
    assert_non_null(ahead);
    usleep(20000);
    assert_true(atomic_load(&counting.calls) <= 2);
    ahead_stop(ahead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_come_in_order_and_the_failure_behind_them),
        cmocka_unit_test(a_stop_ends_a_full_ring_an_empty_one_and_one_that_has_ended),
        cmocka_unit_test(nothing_is_read_before_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
