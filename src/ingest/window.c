/* Sliding window over a source (see window.h). */
#include "ingest/window.h"

#include <stdlib.h>
#include <string.h>

void window_init(struct window *window, struct ingest_source *source)
{
    *window = (struct window){.source = source, .offset = source_position(source)};
}

void window_deinit(struct window *window)
{
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
    size_t held = window->end - window->start;
    size_t room = held > SOURCE_BLOCK_BYTES ? held : SOURCE_BLOCK_BYTES;
    make_room(window, room);
    size_t wanted = held > SOURCE_BLOCK_BYTES ? room : 1, total = 0, got = 1;
    while (total < wanted && got > 0) {
        GR_TRY(source_read(window->source, window->bytes + window->end, room - total, &got, err));
        window->end += got;
        total += got;
    }
    memset(window->bytes + window->end, 0, WINDOW_PADDING);
    window->at_end = got == 0;
    return GR_OK;
}

void window_take(struct window *window, size_t count)
{
    window->start += count;
    window->offset += count;
}
