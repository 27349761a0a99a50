/* One thread in the background that works on one thing at a time, so that the caller can go on.
 *
 * give() hands a thing over, finish() waits until it is done. The two threads never touch a thing
 * at the same time: what is handed over belongs to the worker until finish() returns it. The thread
 * starts with the first thing. Errors are part of the thing: work() keeps them there.
 */
#ifndef GR_BASE_BACKGROUND_H
#define GR_BASE_BACKGROUND_H

#include <stdbool.h>

struct background;

struct background *background_open(void (*work)(void *context, void *thing), void *context);
void background_close(struct background *background); /* waits first; NULL is fine */
/* Nothing may be at work: finish() comes first. Works on the caller's thread when no thread can be
 * had. */
void background_give(struct background *background, void *thing);
void *background_finish(struct background *background); /* NULL when nothing was given */

#endif
