/* Reading ahead: one thread fills a bounded ring of blocks while its owner takes the bytes.
 *
 * Used by ingest to read, hash and inflate beside the parser. What the owner gets is what it would
 * get by calling `fill` itself: the bytes in order, and a failure only behind all bytes before it.
 * Must not know what the bytes are.
 */
#ifndef GR_BASE_AHEAD_H
#define GR_BASE_AHEAD_H

#include "base/status.h"

struct ahead;

/* Puts up to `capacity` bytes into `into`; *got == 0 means the end. Runs on the thread, never twice
 * at once, and not again after the end or a failure. */
typedef enum gr_status ahead_fill(void *context, char *into, size_t capacity, size_t *got,
                                  struct gr_err *err);

/* Starts the thread; at most blocks * block_bytes are held. NULL: the system gives no thread, and
 * the caller does without. `context` must outlive ahead_stop(). */
struct ahead *ahead_start(ahead_fill *fill, void *context, size_t blocks, size_t block_bytes);

/* Takes up to `capacity` (> 0) bytes, waiting for them; *got == 0 means the end. The failure of
 * `fill` comes here, as often as it is asked for. One thread may take. */
enum gr_status ahead_take(struct ahead *ahead, char *into, size_t capacity, size_t *got,
                          struct gr_err *err) GR_MUST_CHECK;

/* Waits until a running `fill` returns, ends the thread and drops what was not taken. A fill that
 * may block for long must be woken by the caller first. NULL is fine. */
void ahead_stop(struct ahead *ahead);

#endif
