/* Dictionary: texts to codes by open addressing with linear probing, at most half full.
 *
 * Called by ingest (every text cell: a hot path), store and rollups. Must not know columns.
 */
#include "base/dict.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"

enum { DICT_CAPACITY_FIRST = 16, HUGE_PAGE_BYTES = 2 << 20 };

/* Both halves of the 128-bit product depend on all bits of both factors. */
static uint64_t multiply_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Odd constants without structure: digits of pi (the first of Blowfish's P-array). */
#define HASH_1 UINT64_C(0x243F6A8885A308D3)
#define HASH_2 UINT64_C(0x13198A2E03707345)
#define HASH_3 UINT64_C(0xA4093822299F31D1)

/* The multiply-mix idea of wyhash (Wang Yi, public domain): 16 bytes a multiplication. The last
 * bytes are read as two words that may overlap, so no length needs a loop over bytes. */
uint64_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t hash = HASH_1 ^ len;
    size_t left = len;
    for (; left > 16; left -= 16, at += 16)
        hash = multiply_mix(load_le64(at) ^ HASH_2, load_le64(at + 8) ^ hash);
    uint64_t a = 0, b = 0;
    if (left >= 8) {
        a = load_le64(at);
        b = load_le64(at + left - 8);
    } else if (left >= 4) {
        a = load_le32(at);
        b = load_le32(at + left - 4);
    } else if (left > 0) {
        a = (uint64_t)at[0] << 16 | (uint64_t)at[left / 2] << 8 | at[left - 1];
    }
    return multiply_mix(HASH_3 ^ len, multiply_mix(a ^ HASH_2, b ^ hash));
}

uint32_t dict_hash(struct str text)
{
    return (uint32_t)(hash_bytes(text.ptr, text.len) >> 32);
}

void dict_init(struct dict *dict)
{
    *dict = (struct dict){.texts = ARENA_EMPTY};
}

void dict_deinit(struct dict *dict)
{
    arena_deinit(&dict->texts);
    free(dict->entries);
    free(dict->slots);
    dict_init(dict);
}

/* The tables stay: a dictionary that was large once will be again. */
void dict_clear(struct dict *dict)
{
    arena_reset(&dict->texts);
    if (dict->count > 0)
        memset(dict->slots, 0, ((size_t)dict->slot_mask + 1) * sizeof *dict->slots);
    dict->count = 0;
    dict->generation++;
}

size_t dict_bytes(const struct dict *dict)
{
    return dict->texts.used_bytes + dict->count * (sizeof *dict->entries + 4 * sizeof *dict->slots);
}

/* Slot that holds the text or, when it is not there, the empty one where it belongs. */
static uint32_t find_slot(const struct dict *dict, struct str text, uint32_t hash)
{
    uint32_t slot = hash & dict->slot_mask;
    for (;; slot = (slot + 1) & dict->slot_mask) {
        struct dict_slot found = dict->slots[slot];
        if (!found.code)
            return slot;
        if (found.hash == hash && dict->entries[found.code].len == text.len &&
            bytes_equal(dict->entries[found.code].ptr, text.ptr, text.len))
            return slot;
    }
}

/* Zeroed slots. They are looked into at random places: with small pages each look at a large table
 * would first wait for the address to be translated. */
static struct dict_slot *alloc_slots(size_t count)
{
    size_t bytes = count * sizeof(struct dict_slot);
    if (bytes < 2 * (size_t)HUGE_PAGE_BYTES)
        return gr_alloc_zeroed(count, sizeof(struct dict_slot));
    bytes = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    struct dict_slot *slots = aligned_alloc(HUGE_PAGE_BYTES, bytes);
    if (!slots)
        return gr_alloc_zeroed(count, sizeof *slots); /* ends the run as it should */
#ifdef MADV_HUGEPAGE
    (void)madvise(slots, bytes, MADV_HUGEPAGE); /* a wish; the kernel may say no */
#endif
    memset(slots, 0, bytes);
    return slots;
}

/* Twice the room. Slots are four times the capacity at the start of a doubling, twice at its end.
 * The old slots are walked in order and their texts keep the order of their hashes, so that the new
 * ones are written in two streams. */
static void grow(struct dict *dict)
{
    assert(dict->capacity < UINT32_C(1) << 29);
    uint32_t capacity = dict->capacity ? dict->capacity * 2 : DICT_CAPACITY_FIRST;
    dict->entries = gr_realloc(dict->entries, sizeof *dict->entries * capacity);
    struct dict_slot *slots = alloc_slots((size_t)capacity * 2);
    uint32_t old_slots = dict->slots ? dict->slot_mask + 1 : 0, mask = capacity * 2 - 1;
    for (uint32_t i = 0; i < old_slots; i++) {
        struct dict_slot old = dict->slots[i];
        if (!old.code)
            continue;
        uint32_t slot = old.hash & mask;
        while (slots[slot].code != 0)
            slot = (slot + 1) & mask;
        slots[slot] = old;
    }
    free(dict->slots);
    dict->slots = slots;
    dict->slot_mask = mask;
    dict->capacity = capacity;
    dict->entries[0] = STR_NONE;
}

uint32_t dict_intern_hashed(struct dict *dict, struct str text, uint32_t hash)
{
    if (dict->count + 1 >= dict->capacity)
        grow(dict);
    uint32_t slot = find_slot(dict, text, hash);
    if (dict->slots[slot].code != 0)
        return dict->slots[slot].code;
    struct str copy = arena_str(&dict->texts, text);
    uint32_t code = ++dict->count;
    dict->entries[code] = copy;
    dict->slots[slot] = (struct dict_slot){hash, code};
    return code;
}

uint32_t dict_intern(struct dict *dict, struct str text)
{
    return text.ptr ? dict_intern_hashed(dict, text, dict_hash(text)) : DICT_CODE_NONE;
}

uint32_t dict_find(const struct dict *dict, struct str text)
{
    if (!text.ptr || dict->count == 0)
        return DICT_CODE_NONE;
    return dict->slots[find_slot(dict, text, dict_hash(text))].code;
}

struct str dict_text(const struct dict *dict, uint32_t code)
{
    assert(code <= dict->count);
    return code == DICT_CODE_NONE ? STR_NONE : dict->entries[code];
}
