/* Thread pool: fork-join over numbered units of work. One pool, made in main, sized by --jobs.
 *
 * A unit is a segment or an input file. Each worker fills its own accumulator, chosen by its
 * number; the caller merges afterwards on one thread, so results never depend on the number of
 * threads.
 */
#ifndef GR_BASE_POOL_H
#define GR_BASE_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_open(unsigned workers); /* 0: one per online CPU. Threads start on first use. */
void pool_close(struct pool *pool);
unsigned pool_workers(const struct pool *pool);

/* Calls work(context, unit, worker) for each unit 0..units-1, worker in 0..workers-1, and returns
 * when all are done. Units are handed out in ascending order. pool NULL runs all on the caller's
 * thread. The caller is worker 0. One run at a time: work() must not call pool_run() on the same
 * pool. */
void pool_run(struct pool *pool, size_t units,
              void (*work)(void *context, size_t unit, unsigned worker), void *context);

#endif
