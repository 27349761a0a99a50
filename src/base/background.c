#include "base/background.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/status.h"

struct background {
    void (*work)(void *context, void *thing);
    void *context;
    void *thing; /* handed over and not taken back; of the caller's thread */
    bool started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *to_do; /* under the lock, as what follows */
    bool done;
    bool ending;
};

struct background *background_open(void (*work)(void *context, void *thing), void *context)
{
    struct background *background = gr_alloc_zeroed(1, sizeof *background);
    background->work = work;
    background->context = context;
    pthread_mutex_init(&background->lock, NULL);
    pthread_cond_init(&background->changed, NULL);
    return background;
}

static void *run(void *argument)
{
    struct background *background = argument;
    pthread_mutex_lock(&background->lock);
    while (true) {
        while (!background->to_do && !background->ending)
            pthread_cond_wait(&background->changed, &background->lock);
        if (!background->to_do)
            break;
        void *thing = background->to_do;
        background->to_do = NULL;
        pthread_mutex_unlock(&background->lock);
        background->work(background->context, thing);
        pthread_mutex_lock(&background->lock);
        background->done = true;
        pthread_cond_broadcast(&background->changed);
    }
    pthread_mutex_unlock(&background->lock);
    return NULL;
}

void background_give(struct background *background, void *thing)
{
    assert(!background->thing && thing);
    background->thing = thing;
    if (!background->started)
        background->started = pthread_create(&background->thread, NULL, run, background) == 0;
    if (!background->started) {
        background->work(background->context, thing);
        background->done = true;
        return;
    }
    pthread_mutex_lock(&background->lock);
    background->to_do = thing;
    background->done = false;
    pthread_cond_broadcast(&background->changed);
    pthread_mutex_unlock(&background->lock);
}

void *background_finish(struct background *background)
{
    void *thing = background->thing;
    background->thing = NULL;
    if (!thing || !background->started)
        return thing;
    pthread_mutex_lock(&background->lock);
    while (!background->done)
        pthread_cond_wait(&background->changed, &background->lock);
    pthread_mutex_unlock(&background->lock);
    return thing;
}

void background_close(struct background *background)
{
    if (!background)
        return;
    background_finish(background);
    if (background->started) {
        pthread_mutex_lock(&background->lock);
        background->ending = true;
        pthread_cond_broadcast(&background->changed);
        pthread_mutex_unlock(&background->lock);
        pthread_join(background->thread, NULL);
    }
    pthread_cond_destroy(&background->changed);
    pthread_mutex_destroy(&background->lock);
    free(background);
}
