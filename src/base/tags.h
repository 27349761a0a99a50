/* Members of a Tags text (JSON object, or the same without braces as some exports write it).
 *
 * Pure; used by load/, store/ and rollup/ for each distinct text once, by report/ for single rows.
 */
#ifndef GR_BASE_TAGS_H
#define GR_BASE_TAGS_H

#include "base/arena.h"

/* The value of member `key` (raw, exact case). Strings are unescaped, numbers and booleans are
 * their text, objects and arrays their raw text. STR_NONE when it is absent, null, or the text is
 * no object. When a key occurs twice the last one counts. Memory: a view into `text`, or the arena.
 */
struct str tags_member(struct arena *arena, struct str text, struct str key);

/* Walks the members: *rest starts as the whole text; false at the end or at the first error. A null
 * value gives STR_NONE. */
struct tags_walk {
    struct str rest;
    bool braces;
    bool started;
};
bool tags_next(struct arena *arena, struct tags_walk *walk, struct str *key, struct str *value);

/* True when all of the text is members with their commas, in braces or without, so that none is
 * lost. */
bool tags_are_whole(struct arena *arena, struct str text);

#endif
