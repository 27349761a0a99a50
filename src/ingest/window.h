/* Sliding window over a source: the bytes that a line or row reader has in hand.
 *
 * Private to ingest; used by csv.c and lines.c. `bytes[start..end)` are valid; behind `end` there
 * are WINDOW_PADDING readable bytes, so that a vector load may look over the edge.
 */
#ifndef GR_INGEST_WINDOW_H
#define GR_INGEST_WINDOW_H

#include "base/sha256.h"
#include "ingest/source.h"

enum { WINDOW_PADDING = 64 };

struct window {
    struct ingest_source *source;
    char *bytes;
    size_t start;
    size_t end;
    size_t capacity;
    uint64_t offset; /* of bytes[start] in the inflated file */
    bool at_end;     /* nothing comes behind `end` */

    struct sha256 *hash; /* that the bytes from `hash_from` of the file on go to; NULL: none */
    uint64_t hash_from;
    size_t unhashed; /* bytes[unhashed..end) still have to */
};

void window_init(struct window *window, struct ingest_source *source);
void window_deinit(struct window *window);
/* Appends up to a block (doubles when the window is large, so that long rows stay linear); moves
 * the bytes, so views into the window die. Sets at_end when there was nothing. Errors of
 * source_read(). */
enum gr_status window_more(struct window *window, struct gr_err *err) GR_MUST_CHECK;
/* Takes over the hashing of the file's bytes where the source allows it. They are hashed when the
 * window moves on at the latest; who hashes some of bytes[unhashed..end) before that moves
 * `unhashed`.
 */
void window_defer_hash(struct window *window);
void window_take(struct window *window, size_t count); /* gives up the first `count` bytes */

#endif
