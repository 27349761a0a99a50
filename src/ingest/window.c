/* Sliding window over a source (see window.h). */
#include "ingest/window.h"

#include <stdlib.h>
#include <string.h>

void window_init(struct window *window, struct ingest_source *source)
{
    *window = (struct window){.source = source, .offset = source_position(source)};
}

void window_defer_hash(struct window *window)
{
    window->hash = source_defer_hash(window->source, &window->hash_from);
    window->unhashed = window->end;
}

static void hash_rest(struct window *window)
{
    if (window->hash && window->unhashed < window->end)
        sha256_update(window->hash, window->bytes + window->unhashed,
                      window->end - window->unhashed);
    window->unhashed = window->end;
}

void window_deinit(struct window *window)
{
    hash_rest(window);
    free(window->bytes);
    window->bytes = NULL;
}

static void make_room(struct window *window, size_t room)
{
    size_t held = window->end - window->start;
    if (window->start > 0) {
        memmove(window->bytes, window->bytes + window->start, held);
        window->start = 0;
        window->end = held;
    }
    if (held + room + WINDOW_PADDING <= window->capacity)
        return;
    window->capacity = held + room + WINDOW_PADDING;
    window->bytes = gr_realloc(window->bytes, window->capacity);
}

enum gr_status window_more(struct window *window, struct gr_err *err)
{
    if (window->at_end)
        return GR_OK;
    hash_rest(window);
    size_t held = window->end - window->start;
    size_t room = held > SOURCE_BLOCK_BYTES ? held : SOURCE_BLOCK_BYTES;
    make_room(window, room);
    size_t wanted = held > SOURCE_BLOCK_BYTES ? room : 1, total = 0, got = 1;
    uint64_t before = source_position(window->source);
    while (total < wanted && got > 0) {
        GR_TRY(source_read(window->source, window->bytes + window->end, room - total, &got, err));
        window->end += got;
        total += got;
    }
    uint64_t after = source_position(window->source);
    uint64_t from = window->hash_from > before ? window->hash_from : before;
    window->unhashed = window->end - (window->hash && after > from ? (size_t)(after - from) : 0);
    memset(window->bytes + window->end, 0, WINDOW_PADDING);
    window->at_end = got == 0;
    return GR_OK;
}

void window_take(struct window *window, size_t count)
{
    window->start += count;
    window->offset += count;
}
