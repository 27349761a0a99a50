/* Thread pool: fork and join. The caller of pool_run() is worker 0 and works too.
 *
 * Called by rollup and load. Must not know what the work is.
 *
 * A run: the caller sets `work`, `units` and `next` and raises `generation` under the lock; every
 * thread takes units from `next` until there are none, then counts itself out of `busy`; the caller
 * waits until nobody is busy. So no thread can still look at a run after pool_run() returned.
 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"

enum { POOL_WORKERS_MAX = 1024 };

struct pool_thread {
    struct pool *pool;
    pthread_t thread;
    unsigned worker;
};

struct pool {
    unsigned workers;
    unsigned threads; /* started so far; the caller is not one */
    struct pool_thread *list;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* a new generation, or the end */
    pthread_cond_t done; /* busy became 0 */
    uint64_t generation;
    unsigned busy;
    bool closing;
    bool running; /* catches a run inside a run */
    void (*work)(void *context, size_t unit, unsigned worker);
    void *context;
    size_t units;
    atomic_size_t next;
};

struct pool *pool_open(unsigned workers)
{
    if (workers == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        workers = online > 0 ? (unsigned)online : 1;
    }
    if (workers > POOL_WORKERS_MAX)
        workers = POOL_WORKERS_MAX;
    struct pool *pool = gr_alloc_zeroed(1, sizeof *pool);
    pool->workers = workers;
    pool->list = gr_alloc_zeroed(workers, sizeof *pool->list);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    return pool;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->list[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->list);
    free(pool);
}

unsigned pool_workers(const struct pool *pool)
{
    return pool ? pool->workers : 1;
}

static void take_units(struct pool *pool, unsigned worker)
{
    for (;;) {
        size_t unit = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (unit >= pool->units)
            return;
        pool->work(pool->context, unit, worker);
    }
}

static void *thread_main(void *argument)
{
    struct pool_thread *self = argument;
    struct pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->generation == seen && !pool->closing)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->closing)
            break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        take_units(pool, self->worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Starts threads up to `wanted`. When the system gives no more, fewer do the same work. Under the
 * lock, so that a new thread sees either no run at all or the one that is being set up. */
static void start_threads(struct pool *pool, unsigned wanted)
{
    while (pool->threads < wanted) {
        struct pool_thread *next = &pool->list[pool->threads];
        *next = (struct pool_thread){.pool = pool, .worker = pool->threads + 1};
        if (pthread_create(&next->thread, NULL, thread_main, next) != 0)
            return;
        pool->threads++;
    }
}

void pool_run(struct pool *pool, size_t units,
              void (*work)(void *context, size_t unit, unsigned worker), void *context)
{
    if (!pool || pool->workers == 1 || units <= 1) {
        for (size_t unit = 0; unit < units; unit++)
            work(context, unit, 0);
        return;
    }
    unsigned wanted = units < pool->workers ? (unsigned)units : pool->workers;
    pthread_mutex_lock(&pool->lock);
    assert(!pool->running);
    pool->running = true;
    start_threads(pool, wanted - 1);
    pool->work = work;
    pool->context = context;
    pool->units = units;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->threads;
    pool->generation++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);

    take_units(pool, 0);

    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->running = false;
    pthread_mutex_unlock(&pool->lock);
}
