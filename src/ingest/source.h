/* Byte source: a file, a .gz file (found by content) or standard input as plain bytes.
 *
 * Called by ingest.c, which opens and closes it, and by the readers, which pull from it. It
 * inflates (all members of a gz), strips a UTF-8 byte order mark, refuses UTF-16, and hashes the
 * bytes as they lie on disk; it may do so ahead of its reader. It must not know rows, cells or
 * formats.
 */
#ifndef GR_INGEST_SOURCE_H
#define GR_INGEST_SOURCE_H

#include "ingest/ingest.h"

enum {
    SOURCE_HEAD_BYTES = 64 << 10,   /* what a sniffer sees */
    SOURCE_BLOCK_BYTES = 256 << 10, /* what is read at once */
    SOURCE_AHEAD_BLOCKS = 4,        /* what is read ahead of a reader, each of */
    SOURCE_AHEAD_BYTES = 512 << 10, /* inflated bytes */
};

/* A gz that grows beyond these is a bomb, not a bill: deflate reaches 1030:1 on zeros, bills stay
 * below 50:1. The ratio is to the blocks of SOURCE_BLOCK_BYTES read so far and counts only once the
 * output is large. */
#define SOURCE_RATIO_MAX UINT64_C(300)
#define SOURCE_RATIO_FROM_BYTES (UINT64_C(64) << 20)
#define SOURCE_INFLATED_MAX (UINT64_C(1) << 40)

/* Opens `path` ("-": standard input). inflate: name of the engine for gz (inflate.h); NULL: the
 * default. GR_ESTORE: can't be opened or read, is a folder. GR_EDATA: UTF-16 or UTF-32 text, gz
 * that is broken within the first block. GR_EUSAGE: no such engine. Close with source_close(). */
enum gr_status source_open(const char *path, const char *inflate, struct ingest_source **out,
                           struct gr_err *err) GR_MUST_CHECK;
/* The same over bytes in memory, which must outlive the source: tests, fuzzing, small texts. */
enum gr_status source_open_memory(const char *name, struct str bytes, struct ingest_source **out,
                                  struct gr_err *err) GR_MUST_CHECK;
enum gr_status source_open_memory_with(const char *name, struct str bytes, const char *inflate,
                                       struct ingest_source **out,
                                       struct gr_err *err) GR_MUST_CHECK;

/* From now on a thread reads, hashes and inflates ahead of source_read(), up to SOURCE_AHEAD_BLOCKS
 * blocks. What source_read() gives stays the same, errors included: each comes behind all bytes
 * before it. Without effect when the head is all there is, or where the system gives no thread. */
void source_read_ahead(struct ingest_source *source);

/* Stops reading ahead at once, also when standard input has nothing to give. */
void source_close(struct ingest_source *source); /* NULL is fine */

const char *source_name(const struct ingest_source *source); /* as given at opening */

/* The first bytes without taking them; the view lives as long as the source. */
struct ingest_head source_head(const struct ingest_source *source);

/* Takes up to `capacity` (> 0) inflated bytes; *got == 0 means the end. GR_ESTORE: read error.
 * GR_EDATA: gz that is cut, broken, followed by other bytes, or a bomb. */
enum gr_status source_read(struct ingest_source *source, char *into, size_t capacity, size_t *got,
                           struct gr_err *err) GR_MUST_CHECK;

/* Inflated bytes taken so far; a byte order mark counts, so this is an offset in the inflated file.
 */
uint64_t source_position(const struct ingest_source *source);

/* Leaves the hashing of plain bytes to the reader, who has them at hand anyway: what source_read()
 * gives from position *from on must be added to the hash, in order and all of it, before
 * source_finish(). NULL: the source goes on hashing by itself, since its bytes are not those of the
 * file (gz) or are hashed on another thread. */
struct sha256 *source_defer_hash(struct ingest_source *source, uint64_t *from);

/* Reads what is left of the file and gives the SHA-256 of all its bytes on disk, lower-case hex.
 * Call once, at the end. GR_ESTORE. */
enum gr_status source_finish(struct ingest_source *source, char sha256[65],
                             struct gr_err *err) GR_MUST_CHECK;

/* SHA-256 of a file's bytes on disk and nothing else. GR_ESTORE. */
enum gr_status source_hash_file(const char *path, char sha256[65],
                                struct gr_err *err) GR_MUST_CHECK;

#endif
