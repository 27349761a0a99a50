/* Physical lines of a source: for NDJSON and for captures that are not CSV throughout.
 *
 * Private to ingest. Ends are LF or CRLF; the last line needs none. Must not know what a line
 * means.
 */
#ifndef GR_INGEST_LINES_H
#define GR_INGEST_LINES_H

#include "ingest/window.h"

enum {
    LINE_MAX_BYTES = 16 << 20,
    LINES_LOOKAHEAD = 16 << 10, /* bytes that lines_held() tries to have */
};

/* The view is valid until the next line is asked for. */
struct line {
    struct str text; /* without its end */
    uint64_t number; /* from 1 */
    uint64_t byte_offset;
    const char *fault; /* NULL, or why the line can't be used; text is its beginning then */
};

struct lines {
    struct window window;
    uint64_t number; /* of the line at window.start */
    size_t taken;    /* of the line given out last */
    bool skip_rest;  /* it was too long: give up the rest of it first */
};

void lines_init(struct lines *lines, struct ingest_source *source);
void lines_deinit(struct lines *lines);
/* The next line; *more = false at the end. A line over LINE_MAX_BYTES, with a NUL or with bytes
 * that are not UTF-8 has `fault` set. Errors of the source. */
enum gr_status lines_next(struct lines *lines, struct line *line, bool *more,
                          struct gr_err *err) GR_MUST_CHECK;

/* What is in hand from the first byte of the next line on, for a reader that finds line ends by
 * itself: some lines, the last of them perhaps cut, WINDOW_PADDING zero bytes behind them. *last:
 * the file ends there. Errors of the source. */
enum gr_status lines_held(struct lines *lines, struct str *held, bool *last,
                          struct gr_err *err) GR_MUST_CHECK;
/* Whether lines_held() would move the bytes in hand: views into them die then. */
bool lines_move(const struct lines *lines);
/* Takes the next line, `len` > 0 bytes of what lines_held() gave, line end included. */
void lines_take(struct lines *lines, size_t len);

#endif
