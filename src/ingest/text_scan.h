/* Looking through text 16 bytes at a time: inline, because the texts are short (a cell, a value),
 * so that a call through a table would cost more than the scan.
 *
 * SSE2 where the compiler may use it (every x86-64), else eight bytes a step in plain C; both say
 * the same. Private to ingest. The callers guarantee TEXT_SCAN_SLACK readable bytes behind the end
 * of what they hold.
 */
#ifndef GR_INGEST_TEXT_SCAN_H
#define GR_INGEST_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { TEXT_SCAN_SLACK = 32 };

/* The first byte at or behind `at` that can't stand in a JSON text as it is or needs a look: a
 * quote, a backslash, a control character (NUL is one) or a byte above 0x7F. A NUL in the slack
 * ends the search. */
static inline const char *text_scan_plain(const char *at)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i blank = _mm_set1_epi8(0x20);
    for (;; at += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)at);
        /* as signed bytes, those above 0x7F are below the blank too */
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash));
        hit = _mm_or_si128(hit, _mm_cmplt_epi8(x, blank));
        unsigned bits = (unsigned)_mm_movemask_epi8(hit);
        if (bits)
            return at + __builtin_ctz(bits);
    }
#else
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    for (;; at += 8) {
        uint64_t x = load_le64(at);
        uint64_t quote = x ^ (ones * '"'), backslash = x ^ (ones * '\\');
        /* the lowest byte that is marked is right; borrows only mark bytes above it */
        uint64_t hit = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                       ((x - ones * 0x20) & ~x) | x;
        if (hit & high)
            return at + __builtin_ctzll(hit & high) / 8;
    }
#endif
}

/* A text that others are compared with: the first TEXT_PIECE_BYTES of it in place, zeros behind. */
enum { TEXT_PIECE_BYTES = 32 };
struct text_piece {
    _Alignas(16) char head[TEXT_PIECE_BYTES];
    uint32_t head_bits; /* one for each byte of `head` that counts */
    uint32_t len;
    const char *bytes; /* all of them */
};

static inline void text_piece_set(struct text_piece *piece, const char *bytes, uint32_t len)
{
    uint32_t head = len < TEXT_PIECE_BYTES ? len : TEXT_PIECE_BYTES;
    memset(piece->head, 0, sizeof piece->head);
    memcpy(piece->head, bytes, head);
    piece->head_bits = head == 32 ? UINT32_MAX : (UINT32_C(1) << head) - 1;
    piece->len = len;
    piece->bytes = bytes;
}

/* Whether the piece stands at `at`. TEXT_PIECE_BYTES can be read there, and more where the head
 * matches, when what is held ends in a byte that is not in the piece. */
static inline bool text_piece_at(const struct text_piece *piece, const char *at)
{
#if defined(__SSE2__)
    const __m128i *head = (const __m128i *)(const void *)piece->head;
    const __m128i *there = (const __m128i *)(const void *)at;
    unsigned bits =
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(head), _mm_loadu_si128(there)));
    unsigned more = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_load_si128(head + 1), _mm_loadu_si128(there + 1)));
    if (piece->head_bits & ~(bits | more << 16))
        return false;
#else
    uint32_t head = piece->len < TEXT_PIECE_BYTES ? piece->len : TEXT_PIECE_BYTES;
    if (memcmp(piece->head, at, head) != 0)
        return false;
#endif
    return piece->len <= TEXT_PIECE_BYTES ||
           memcmp(piece->bytes + TEXT_PIECE_BYTES, at + TEXT_PIECE_BYTES,
                  piece->len - TEXT_PIECE_BYTES) == 0;
}

#endif
