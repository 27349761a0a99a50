/* Physical lines of a source (see lines.h). */
#include "ingest/lines.h"

#include <string.h>

void lines_init(struct lines *lines, struct ingest_source *source)
{
    *lines = (struct lines){.number = 1};
    window_init(&lines->window, source);
}

void lines_deinit(struct lines *lines)
{
    window_deinit(&lines->window);
}

static struct str in_hand(const struct lines *lines)
{
    const struct window *window = &lines->window;
    return (struct str){window->bytes ? window->bytes + window->start : "",
                        window->end - window->start};
}

/* Gives up the line that was handed out last. */
static enum gr_status leave_line(struct lines *lines, struct gr_err *err)
{
    window_take(&lines->window, lines->taken);
    lines->number += lines->taken > 0;
    lines->taken = 0;
    while (lines->skip_rest) {
        struct str left = in_hand(lines);
        const char *lf = left.len ? memchr(left.ptr, '\n', left.len) : NULL;
        window_take(&lines->window, lf ? (size_t)(lf - left.ptr) + 1 : left.len);
        lines->skip_rest = !lf && !lines->window.at_end;
        if (lines->skip_rest)
            GR_TRY(window_more(&lines->window, err));
    }
    return GR_OK;
}

static void judge(struct line *line)
{
    if (line->text.len > 0 && memchr(line->text.ptr, 0, line->text.len))
        line->fault = "holds a NUL byte";
    else if (!str_is_utf8(line->text))
        line->fault = "is not valid UTF-8";
}

enum gr_status lines_next(struct lines *lines, struct line *line, bool *more, struct gr_err *err)
{
    GR_TRY(leave_line(lines, err));
    *line = (struct line){.number = lines->number, .byte_offset = lines->window.offset};
    *more = true;
    size_t looked = 0;
    for (;;) {
        struct str held = in_hand(lines);
        const char *lf =
            held.len > looked ? memchr(held.ptr + looked, '\n', held.len - looked) : NULL;
        looked = held.len;
        size_t len = lf ? (size_t)(lf - held.ptr) : held.len;
        if (len > LINE_MAX_BYTES) {
            lines->skip_rest = !lf;
            lines->taken = lf ? len + 1 : len;
            line->text = (struct str){held.ptr, 4096};
            line->fault = "is longer than 16 MiB";
            return GR_OK;
        }
        if (lf || lines->window.at_end) {
            *more = held.len > 0;
            lines->taken = lf ? len + 1 : len;
            line->text = (struct str){held.ptr, len};
            if (len > 0 && held.ptr[len - 1] == '\r')
                line->text.len--;
            judge(line);
            return GR_OK;
        }
        GR_TRY(window_more(&lines->window, err));
    }
}

bool lines_move(const struct lines *lines)
{
    const struct window *window = &lines->window;
    return window->end - window->start - lines->taken < LINES_LOOKAHEAD && !window->at_end;
}

enum gr_status lines_held(struct lines *lines, struct str *held, bool *last, struct gr_err *err)
{
    GR_TRY(leave_line(lines, err));
    if (in_hand(lines).len < LINES_LOOKAHEAD && !lines->window.at_end)
        GR_TRY(window_more(&lines->window, err));
    *held = in_hand(lines);
    *last = lines->window.at_end;
    return GR_OK;
}

void lines_take(struct lines *lines, size_t len)
{
    window_take(&lines->window, len);
    lines->number++;
}
