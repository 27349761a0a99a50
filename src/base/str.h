/* Text: `struct str` is a view that owns nothing; `struct strbuf` owns growing bytes under a
 * ceiling.
 *
 * Neither needs a terminating NUL in the view; strbuf keeps one behind its end for printing.
 */
#ifndef GR_BASE_STR_H
#define GR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* ptr == NULL is "absent", which is not the same as an empty text. */
struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)((s).len > 400 ? 400 : (s).len), (s).ptr ? (s).ptr : ""

struct str str_from(const char *cstring); /* NULL gives STR_NONE */
bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b); /* ASCII case only */
/* Edit distance (Levenshtein, ASCII without case) for "did you mean": texts of more than 64 bytes
 * are far from everything. */
size_t str_distance(struct str a, struct str b);
bool str_is(struct str a, const char *cstring);
bool str_starts(struct str text, struct str prefix);
bool str_ends(struct str text, struct str suffix);
int str_compare(struct str a, struct str b); /* bytewise; absent sorts before empty */
struct str str_trim(struct str text);        /* without the ASCII blanks at both ends */
/* Cuts *rest at the first `separator`: returns what stands before it, *rest becomes what stands
 * behind (STR_NONE when there was no separator left, so loop `while (rest.ptr)`). */
struct str str_cut(struct str *rest, char separator);
/* Shell-like glob with * (any text) and ? (one UTF-8 character); no brackets. */
bool str_glob(struct str pattern, struct str text);
bool str_glob_nocase(struct str pattern, struct str text); /* ASCII letters */
/* True when the bytes are valid UTF-8 without surrogates (NUL is allowed). */
bool str_is_utf8(struct str text);
/* Writes the 1 to 4 bytes of a character (below 0x110000) and returns how many they are. */
size_t utf8_put(char out[4], uint32_t code);

/* memcmp(a, b, len) == 0 without the call for texts of up to 32 bytes: words that may overlap. */
static inline bool bytes_equal(const char *a, const char *b, size_t len)
{
    uint64_t x, y;
    uint32_t v, w;
    if (len > 32)
        return memcmp(a, b, len) == 0;
    if (len >= 8) {
        for (size_t at = 0; at + 8 < len; at += 8) {
            memcpy(&x, a + at, sizeof x);
            memcpy(&y, b + at, sizeof y);
            if (x != y)
                return false;
        }
        memcpy(&x, a + len - 8, sizeof x);
        memcpy(&y, b + len - 8, sizeof y);
        return x == y;
    }
    if (len >= 4) {
        memcpy(&v, a, sizeof v);
        memcpy(&w, b, sizeof w);
        if (v != w)
            return false;
        memcpy(&v, a + len - 4, sizeof v);
        memcpy(&w, b + len - 4, sizeof w);
        return v == w;
    }
    for (size_t at = 0; at < len; at++)
        if (a[at] != b[at])
            return false;
    return true;
}

/* Growing text with a ceiling. An append that would pass the ceiling sets `overflowed` and is
 * dropped whole, and so are all after it until strbuf_clear(): what is there is a prefix of what
 * was meant. The caller checks once at the end. Appended text must not lie in the same buffer. */
struct strbuf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t ceiling;
    bool overflowed;
};

enum { STRBUF_CEILING = 64 << 20 };

void strbuf_init(struct strbuf *buf, size_t ceiling); /* caller's storage; nothing allocated yet */
void strbuf_deinit(struct strbuf *buf);
void strbuf_clear(struct strbuf *buf); /* keeps the memory */
void strbuf_append(struct strbuf *buf, struct str text);
void strbuf_append_char(struct strbuf *buf, char c);
void strbuf_append_cstr(struct strbuf *buf, const char *text);
void strbuf_printf(struct strbuf *buf, const char *format, ...) GR_PRINTF(2, 3);
struct str strbuf_str(const struct strbuf *buf); /* a view, valid until the next append */
const char *strbuf_cstr(struct strbuf *buf);     /* never NULL; valid until the next append */

#endif
