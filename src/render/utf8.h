/* UTF-8 for renderers: takes text apart, puts it together, repairs what is not UTF-8.
 *
 * Every text of a document came from someone's bill, so renderers never pass bytes on unseen.
 * Knows no locale and no output format.
 */
#ifndef GR_RENDER_UTF8_H
#define GR_RENDER_UTF8_H

#include "base/str.h"

enum { UTF8_BAD = 0xFFFFFFFF, UTF8_REPLACEMENT = 0xFFFD };

/* Takes the first character off *rest (which must not be empty) and returns its code point; its
 * bytes go to *bytes when that is not NULL. A byte that starts no valid character: UTF8_BAD, one
 * byte. */
uint32_t utf8_next(struct str *rest, struct str *bytes);

/* Appends one code point (below 0x110000, no surrogate). */
void utf8_append(struct strbuf *out, uint32_t code);

/* Appends `text` with each invalid byte, NUL and noncharacter (U+FFFE, U+FFFF) as U+FFFD: valid in
 * UTF-8 files, JSON and, once control characters are dealt with, XML. */
void utf8_append_repaired(struct strbuf *out, struct str text);

/* Characters that draw nothing, start an escape sequence or turn the reading direction: control
 * characters (C0, DEL, C1), bidirectional marks, zero-width spaces, line separators, tag
 * characters. */
bool utf8_is_control(uint32_t code);

#endif
