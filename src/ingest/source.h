/* Byte source: a file, a .gz file (found by content) or standard input as plain bytes.
 *
 * Called by ingest.c, which opens and closes it, and by the readers, which pull from it. It
 * inflates (all members of a gz), strips a UTF-8 byte order mark, refuses UTF-16, and hashes the
 * bytes as they lie on disk. It must not know rows, cells or formats.
 */
#ifndef GR_INGEST_SOURCE_H
#define GR_INGEST_SOURCE_H

#include "ingest/ingest.h"

enum {
    SOURCE_HEAD_BYTES = 64 << 10,   /* what a sniffer sees */
    SOURCE_BLOCK_BYTES = 256 << 10, /* what is read at once */
};

/* A gz that grows beyond these is a bomb, not a bill: deflate reaches 1030:1 on zeros, bills stay
 * below 50:1. The ratio counts only once the output is large. */
#define SOURCE_RATIO_MAX UINT64_C(300)
#define SOURCE_RATIO_FROM_BYTES (UINT64_C(64) << 20)
#define SOURCE_INFLATED_MAX (UINT64_C(1) << 40)

/* Opens `path` ("-": standard input). GR_ESTORE: can't be opened or read, is a folder. GR_EDATA:
 * UTF-16 or UTF-32 text, gz that is broken within the first block. Close with source_close(). */
enum gr_status source_open(const char *path, struct ingest_source **out,
                           struct gr_err *err) GR_MUST_CHECK;
/* The same over bytes in memory, which must outlive the source: tests, fuzzing, small texts. */
enum gr_status source_open_memory(const char *name, struct str bytes, struct ingest_source **out,
                                  struct gr_err *err) GR_MUST_CHECK;
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
