/* Inflate engines: raw deflate (RFC 1951) to bytes. zlib always; ISA-L's igzip where it is built
 * in.
 *
 * Called by gz.c, which reads headers, checks checksums and knows members; an engine sees nothing
 * but the compressed blocks between them, so all that a gz file may do wrong around these is judged
 * by the same code. One file an engine has the door to its library.
 *
 * All engines give the same bytes and refuse the same streams, but for one kind that no compressor
 * writes: a block whose Huffman codes leave bit patterns without meaning. zlib refuses it on sight,
 * igzip when such a pattern is met. The checksum of the member guards the bytes in both cases.
 */
#ifndef GR_INGEST_INFLATE_H
#define GR_INGEST_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INFLATE_BEHIND_MAX = 8 };

/* One step: as much as input and room allow. */
struct inflate_step {
    const char *in; /* may be empty: what the engine holds back is given out */
    size_t in_len;
    char *out;
    size_t out_len; /* > 0 */
    size_t consumed, produced;
    bool ended; /* the final block is done and all of its bytes are given out */
    /* When ended: bytes that lie behind the stream and that this or earlier steps consumed. */
    uint8_t behind[INFLATE_BEHIND_MAX];
    size_t behind_len;
};

struct inflate_engine {
    const char *name;
    void *(*open)(void); /* state for one stream at a time, ready for the first */
    void (*close)(void *state);
    void (*restart)(void *state); /* ready for a new stream, whatever came of the last one */
    /* Fills what the step gives back. False: the data is damaged and nothing is held back any more;
     * of the bytes right before the damage an engine may keep up to a match (258). Without progress
     * (produced == 0, not ended) it wants more input. */
    bool (*inflate)(void *state, struct inflate_step *step);
    uint32_t (*crc32)(uint32_t crc, const char *bytes, size_t len); /* of gz; begins with 0 */
};

extern const struct inflate_engine inflate_zlib;
extern const struct inflate_engine inflate_isal; /* defined only where ISA-L is built in */

/* The engines that are built in, the default first; NULL behind the last. */
const struct inflate_engine *const *inflate_engines(void);
/* NULL name: the default. NULL result: no engine of that name is built in. */
const struct inflate_engine *inflate_engine_named(const char *name);

#endif
