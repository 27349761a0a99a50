/* Dictionary: distinct texts numbered from 1 in the order they are seen; code 0 is "absent".
 *
 * Texts are kept in the dictionary's own memory; a view from dict_text() stays valid until deinit
 * or clear. Not locked: one thread interns, and nobody reads meanwhile.
 */
#ifndef GR_BASE_DICT_H
#define GR_BASE_DICT_H

#include "base/arena.h"

/* Where a text is looked for: with its hash beside the code, so that a look that fails costs one
 * cache line. */
struct dict_slot {
    uint32_t hash;
    uint32_t code; /* 0: free */
};

struct dict {
    struct arena texts;
    struct str *entries;     /* entries[code], entries[0] is absent */
    struct dict_slot *slots; /* open addressing */
    uint32_t count;          /* highest code */
    uint32_t slot_mask;
    uint32_t capacity;
    uint32_t generation; /* how often it was emptied: codes and views of another are void */
};

enum { DICT_CODE_NONE = 0 };

void dict_init(struct dict *dict);
void dict_deinit(struct dict *dict);
void dict_clear(struct dict *dict);         /* forgets all texts; the room for as many is kept */
size_t dict_bytes(const struct dict *dict); /* of memory that its texts take, about */
uint32_t dict_intern(struct dict *dict, struct str text);     /* absent -> 0; adds when new */
uint32_t dict_find(const struct dict *dict, struct str text); /* 0 when it is not there */
struct str dict_text(const struct dict *dict, uint32_t code); /* 0 -> STR_NONE */

/* dict_intern() in two steps, for dictionaries that no cache holds: the hash of a text, what is
 * going to be needed for it fetched ahead, and later the look-up by that hash. */
uint32_t dict_hash(struct str text);
static inline void dict_prefetch(const struct dict *dict, uint32_t hash)
{
    if (dict->slots)
        __builtin_prefetch(&dict->slots[hash & dict->slot_mask]);
}
uint32_t dict_intern_hashed(struct dict *dict, struct str text, uint32_t hash);
/* The code that a text of that hash probably has: a guess to fetch by, 0 when there is none. */
static inline uint32_t dict_guess(const struct dict *dict, uint32_t hash)
{
    if (!dict->slots)
        return DICT_CODE_NONE;
    struct dict_slot slot = dict->slots[hash & dict->slot_mask];
    return slot.hash == hash ? slot.code : DICT_CODE_NONE;
}

/* 64-bit hash of bytes, the same on every machine and run. */
uint64_t hash_bytes(const void *bytes, size_t len);

#endif
