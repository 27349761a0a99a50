/* Case folding of UTF-8 texts, for tags that people type: ASCII, Latin, Greek and Cyrillic letters
 * become small ones. Other scripts, and bytes that are no UTF-8, stay as they are.
 */
#ifndef GR_BASE_FOLD_H
#define GR_BASE_FOLD_H

#include "base/arena.h"

/* Absent stays absent. Memory: `text` itself where nothing changes, else the arena; the length is
 * the same. */
struct str str_fold(struct arena *arena, struct str text);

#endif
