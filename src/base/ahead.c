/* Reading ahead (see ahead.h). A block belongs to the thread while it is not `full` and to the
 * owner while it is, so bytes are moved outside the lock. */
#include "base/ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ahead {
    ahead_fill *fill;
    void *context;
    char *bytes;    /* of all blocks */
    size_t *filled; /* bytes of each block */
    size_t blocks, block_bytes;

    /* Of the owner alone. */
    size_t taking; /* block */
    size_t at;     /* byte of it */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more; /* a full block, or the end */
    pthread_cond_t room; /* a free block, or stop */
    size_t full;
    bool ended, stop;
    struct gr_err err; /* why it ended; status GR_OK: the end of the bytes */
};

/* False: stop. */
static bool wait_for_room(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->full == ahead->blocks && !ahead->stop)
        pthread_cond_wait(&ahead->room, &ahead->lock);
    bool go_on = !ahead->stop;
    pthread_mutex_unlock(&ahead->lock);
    return go_on;
}

static void *thread_main(void *argument)
{
    struct ahead *ahead = argument;
    bool ended = false;
    for (size_t block = 0; !ended && wait_for_room(ahead); block = (block + 1) % ahead->blocks) {
        struct gr_err err = {0};
        size_t got = 0;
        enum gr_status status =
            ahead->fill(ahead->context, ahead->bytes + block * ahead->block_bytes,
                        ahead->block_bytes, &got, &err);
        ended = status != GR_OK || got == 0;
        pthread_mutex_lock(&ahead->lock);
        if (ended) {
            ahead->ended = true;
            ahead->err = err;
            ahead->err.status = status;
        } else {
            ahead->filled[block] = got;
            ahead->full++;
        }
        pthread_cond_signal(&ahead->more);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

static void ahead_free(struct ahead *ahead)
{
    pthread_cond_destroy(&ahead->room);
    pthread_cond_destroy(&ahead->more);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead->bytes);
    free(ahead->filled);
    free(ahead);
}

struct ahead *ahead_start(ahead_fill *fill, void *context, size_t blocks, size_t block_bytes)
{
    struct ahead *ahead = gr_alloc_zeroed(1, sizeof *ahead);
    ahead->fill = fill;
    ahead->context = context;
    ahead->blocks = blocks;
    ahead->block_bytes = block_bytes;
    ahead->bytes = gr_alloc(blocks * block_bytes);
    ahead->filled = gr_alloc_zeroed(blocks, sizeof *ahead->filled);
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->more, NULL);
    pthread_cond_init(&ahead->room, NULL);
    if (pthread_create(&ahead->thread, NULL, thread_main, ahead) != 0) {
        ahead_free(ahead);
        return NULL;
    }
    return ahead;
}

/* True: the block at `taking` is full. */
static bool wait_for_more(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->full == 0 && !ahead->ended)
        pthread_cond_wait(&ahead->more, &ahead->lock);
    bool there = ahead->full > 0;
    pthread_mutex_unlock(&ahead->lock);
    return there;
}

static void give_back(struct ahead *ahead)
{
    ahead->taking = (ahead->taking + 1) % ahead->blocks;
    ahead->at = 0;
    pthread_mutex_lock(&ahead->lock);
    ahead->full--;
    pthread_cond_signal(&ahead->room);
    pthread_mutex_unlock(&ahead->lock);
}

enum gr_status ahead_take(struct ahead *ahead, char *into, size_t capacity, size_t *got,
                          struct gr_err *err)
{
    *got = 0;
    /* A block that was begun is full still; only its first byte needs a look at the ring. */
    if (ahead->at == 0 && !wait_for_more(ahead)) {
        if (ahead->err.status)
            *err = ahead->err;
        return ahead->err.status;
    }
    size_t left = ahead->filled[ahead->taking] - ahead->at;
    *got = left < capacity ? left : capacity;
    memcpy(into, ahead->bytes + ahead->taking * ahead->block_bytes + ahead->at, *got);
    ahead->at += *got;
    if (*got == left)
        give_back(ahead);
    return GR_OK;
}

void ahead_stop(struct ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stop = true;
    pthread_cond_signal(&ahead->room);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    ahead_free(ahead);
}
