/* Arena: blocks that double in size, freed together.
 *
 * Called by every floor that hands memory to its caller. Must not know what is kept in it.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, BLOCK_BYTES_FIRST = 4096, BLOCK_BYTES_MAX = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* of bytes */
    size_t used;
    size_t padding;
    _Alignas(ARENA_ALIGN) unsigned char bytes[];
};

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_deinit(struct arena *arena)
{
    free_blocks(arena->newest);
    *arena = ARENA_EMPTY;
}

void arena_reset(struct arena *arena)
{
    if (arena->newest) {
        free_blocks(arena->newest->older);
        arena->newest->older = NULL;
        arena->newest->used = 0;
    }
    arena->used_bytes = 0;
}

/* A block with room for `size`. One that is much bigger than the usual goes behind the newest,
 * whose rest stays in use. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *newest = arena->newest;
    size_t usual = newest ? newest->size * 2 : BLOCK_BYTES_FIRST;
    if (usual > BLOCK_BYTES_MAX)
        usual = BLOCK_BYTES_MAX;
    bool is_odd_one = newest && size > usual / 2;
    size_t room = size > usual || is_odd_one ? size : usual;
    if (room > SIZE_MAX - sizeof(struct arena_block))
        room = SIZE_MAX - sizeof(struct arena_block); /* gr_alloc says that there is no memory */
    struct arena_block *block = gr_alloc(sizeof *block + room);
    block->size = room;
    block->used = 0;
    if (is_odd_one) {
        block->older = newest->older;
        newest->older = block;
    } else {
        block->older = newest;
        arena->newest = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ARENA_ALIGN)
        size = SIZE_MAX - ARENA_ALIGN;
    size = (size + (ARENA_ALIGN - 1)) & ~(size_t)(ARENA_ALIGN - 1);
    struct arena_block *block = arena->newest;
    if (!block || size > block->size - block->used)
        block = add_block(arena, size);
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->used_bytes += size;
    return memory;
}

void *arena_alloc_zeroed(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX;
    return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct str arena_str(struct arena *arena, struct str text)
{
    if (!text.ptr)
        return STR_NONE;
    char *copy = arena_alloc(arena, text.len + 1);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return (struct str){copy, text.len};
}

struct str arena_join(struct arena *arena, const struct str *texts, size_t count,
                      struct str separator)
{
    size_t len = count > 1 ? (count - 1) * separator.len : 0;
    for (size_t i = 0; i < count; i++)
        len += texts[i].len;
    char *joined = arena_alloc(arena, len + 1), *at = joined;
    for (size_t i = 0; i < count; i++) {
        const struct str parts[] = {i ? separator : STR_NONE, texts[i]};
        for (size_t j = 0; j < 2; j++) {
            if (parts[j].len)
                memcpy(at, parts[j].ptr, parts[j].len);
            at += parts[j].len;
        }
    }
    *at = '\0';
    return (struct str){joined, len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t size = len < 0 ? 0 : (size_t)len;
    char *copy = arena_alloc(arena, size + 1);
    copy[0] = '\0';
    if (size)
        vsnprintf(copy, size + 1, format, again);
    va_end(again);
    return (struct str){copy, size};
}
