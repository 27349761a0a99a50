/* background: what is given is worked on once and comes back whole, at any pace of the two sides.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/background.h"
#include "unit.h"

struct job {
    int number;
    int result; /* not atomic: a sanitizer of threads sees when both sides touch it at once */
    bool slow;
    pthread_t by;
};

static void square(void *context, void *thing)
{
    int *done = context;
    struct job *job = thing;
    if (job->slow)
        usleep(2000);
    job->result = job->number * job->number;
    job->by = pthread_self();
    ++*done;
}

static void each_thing_is_done_once_and_comes_back(void **state)
{
    (void)state;
    int done = 0;
    struct background *background = background_open(square, &done);
    assert_null(background_finish(background));
    for (int i = 1; i <= 500; i++) {
        struct job job = {.number = i, .slow = i % 50 == 0};
        background_give(background, &job);
        if (i % 40 == 0)
            usleep(500); /* the worker is done before it is asked */
        assert_ptr_equal(background_finish(background), &job);
        assert_int_equal(job.result, i * i);
        assert_int_equal(done, i);
        assert_null(background_finish(background)); /* it was taken back */
    }
    background_close(background);
    assert_int_equal(done, 500);
}

/* The caller goes on while the worker works; what it gave is done all the same. */
static void the_work_is_done_on_a_thread_of_its_own(void **state)
{
    (void)state;
    int done = 0;
    struct job first = {.number = 3, .slow = true};
    struct job second = {.number = 4};
    struct background *background = background_open(square, &done);
    background_give(background, &first);
    assert_ptr_equal(background_finish(background), &first);
    background_give(background, &second);
    assert_ptr_equal(background_finish(background), &second);
    assert_int_equal(first.result + second.result, 25);
    assert_false(pthread_equal(first.by, pthread_self()));
    assert_true(pthread_equal(first.by, second.by));
    background_close(background);
}

static void closing_waits_for_what_is_at_work(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        int done = 0;
        struct job job = {.number = 6, .slow = round % 2};
        struct background *background = background_open(square, &done);
        background_give(background, &job);
        background_close(background);
        assert_int_equal(job.result, 36);
        assert_int_equal(done, 1);
    }
}

static void one_that_was_given_nothing_is_closed(void **state)
{
    (void)state;
    background_close(background_open(square, NULL));
    background_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_is_done_once_and_comes_back),
        cmocka_unit_test(the_work_is_done_on_a_thread_of_its_own),
        cmocka_unit_test(closing_waits_for_what_is_at_work),
        cmocka_unit_test(one_that_was_given_nothing_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
