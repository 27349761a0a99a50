/* Arena: memory that dies together. A function that allocates for its caller takes one first.
 *
 * Lifetimes in the program: `run`, `batch` (reset after each ingest batch), `report` (one
 * document).
 */
#ifndef GR_BASE_ARENA_H
#define GR_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *newest;
    size_t used_bytes; /* handed out since the last reset */
};

#define ARENA_EMPTY ((struct arena){NULL, 0})

void arena_deinit(struct arena *arena);
void arena_reset(struct arena *arena); /* forgets all pieces, keeps the newest block for reuse */
/* 16-byte aligned, uninitialised; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_zeroed(struct arena *arena, size_t count, size_t size);
/* Copies; the copy has a NUL behind it. An absent text stays absent. */
struct str arena_str(struct arena *arena, struct str text);
/* The texts one after the other with `separator` between them, whole however long (STR_ARG of a
 * printf cuts: it is for messages). Absent ones count as empty. */
struct str arena_join(struct arena *arena, const struct str *texts, size_t count,
                      struct str separator);
struct str arena_printf(struct arena *arena, const char *format, ...) GR_PRINTF(2, 3);

#endif
