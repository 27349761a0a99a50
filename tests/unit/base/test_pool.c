/* pool: every unit once, by a worker of its number, and all done when pool_run() returns. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/status.h"
#include "unit.h"

enum { UNITS = 1000, WORKERS = 5 };

struct tally {
    int done[UNITS];                 /* written without atomics: a unit has one worker */
    uint64_t sum_of_worker[WORKERS]; /* so does a worker's accumulator */
    size_t last_unit_of_worker[WORKERS];
    atomic_int out_of_order;
    atomic_int wrong_worker;
};

static void count_unit(void *context, size_t unit, unsigned worker)
{
    struct tally *tally = context;
    if (worker >= WORKERS) {
        atomic_fetch_add(&tally->wrong_worker, 1);
        return;
    }
    tally->done[unit]++;
    tally->sum_of_worker[worker] += unit;
    if (unit + 1 <= tally->last_unit_of_worker[worker])
        atomic_fetch_add(&tally->out_of_order, 1);
    tally->last_unit_of_worker[worker] = unit + 1;
}

static void run_and_check(struct pool *pool, size_t units)
{
    struct tally *tally = gr_alloc_zeroed(1, sizeof *tally);
    pool_run(pool, units, count_unit, tally);
    uint64_t sum = 0;
    for (size_t i = 0; i < UNITS; i++)
        assert_int_equal(tally->done[i], i < units);
    for (int i = 0; i < WORKERS; i++)
        sum += tally->sum_of_worker[i];
    assert_int_equal(sum, units ? units * (units - 1) / 2 : 0);
    assert_int_equal(tally->out_of_order, 0);
    assert_int_equal(tally->wrong_worker, 0);
    free(tally);
}

static void every_unit_is_done_once_in_every_run(void **state)
{
    (void)state;
    struct pool *pool = pool_open(WORKERS);
    assert_int_equal(pool_workers(pool), WORKERS);
    uint64_t seed = 1;
    run_and_check(pool, 2); /* starts one thread; later runs start the others */
    for (int i = 0; i < 500; i++)
        run_and_check(pool, random_below(&seed, i % 10 ? 12 : UNITS));
    pool_close(pool);
}

static void no_pool_and_one_worker_run_on_the_caller(void **state)
{
    (void)state;
    run_and_check(NULL, UNITS);
    assert_int_equal(pool_workers(NULL), 1);
    struct pool *pool = pool_open(1);
    run_and_check(pool, UNITS);
    pool_close(pool);
}

static void a_pool_may_close_without_a_run(void **state)
{
    (void)state;
    struct pool *pool = pool_open(0);
    assert_true(pool_workers(pool) >= 1);
    pool_close(pool);
    pool_close(NULL);
}

/* Units that wait for each other: only possible when `workers` threads really work at once. */
static void meet(void *context, size_t unit, unsigned worker)
{
    (void)unit;
    (void)worker;
    atomic_int *arrived = context;
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < 3)
        ;
}

static void workers_work_at_the_same_time(void **state)
{
    (void)state;
    struct pool *pool = pool_open(3);
    atomic_int arrived = 0;
    pool_run(pool, 3, meet, &arrived);
    assert_int_equal(arrived, 3);
    pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_is_done_once_in_every_run),
        cmocka_unit_test(no_pool_and_one_worker_run_on_the_caller),
        cmocka_unit_test(a_pool_may_close_without_a_run),
        cmocka_unit_test(workers_work_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
