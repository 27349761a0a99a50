/* Byte source (see source.h). Raw bytes -> hash -> inflate where it is gz -> head check -> caller.
 *
 * With reading ahead a thread of its own does the part up to the inflated bytes (`pull`), from the
 * moment of source_read_ahead() until end_ahead(); nobody else touches these members meanwhile. A
 * pipe may give nothing for long, so that the thread waits with poll() for it and for `wake`.
 */
#include "ingest/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ahead.h"
#include "base/sha256.h"
#include "ingest/gz.h"

struct ingest_source {
    char *name;
    int fd;            /* -1: memory */
    struct str memory; /* what is left of it */
    struct sha256 hash;
    bool hash_deferred; /* to the reader, see source_defer_hash() */

    char *raw; /* one block of bytes as on disk */
    size_t raw_at;
    size_t raw_len;
    bool raw_ended;

    struct gz *gz; /* NULL: plain bytes */
    struct ahead *ahead;
    int wake; /* eventfd that ends the thread's waiting; -1: not needed */

    char *head;
    size_t head_len;
    size_t head_at;
    bool head_complete;
    uint64_t position;
};

static enum gr_status read_failed(struct gr_err *err)
{
    return gr_fail(err, GR_ESTORE, "can't be read: %s", strerror(errno));
}

/* Waits until there is something to read or the reading ahead is called off (GR_EINTERRUPTED, seen
 * by nobody). Without `wake`, read() does the waiting. */
static enum gr_status wait_for_bytes(const struct ingest_source *source, struct gr_err *err)
{
    struct pollfd waits[] = {
        {.fd = source->fd,   .events = POLLIN},
        {.fd = source->wake, .events = POLLIN}
    };
    if (source->wake < 0)
        return GR_OK;
    while (poll(waits, 2, -1) < 0)
        if (errno != EINTR)
            return read_failed(err);
    return waits[1].revents ? gr_fail(err, GR_EINTERRUPTED, "reading was called off") : GR_OK;
}

/* Bytes as they lie on disk; every one passes the hash exactly once. *got == 0: the end. */
static enum gr_status read_raw(struct ingest_source *source, char *into, size_t capacity,
                               size_t *got, struct gr_err *err)
{
    *got = 0;
    if (source->raw_ended)
        return GR_OK;
    if (source->fd < 0) {
        *got = source->memory.len < capacity ? source->memory.len : capacity;
        if (*got)
            memcpy(into, source->memory.ptr, *got);
        source->memory.ptr += *got;
        source->memory.len -= *got;
    } else {
        ssize_t count;
        GR_TRY(wait_for_bytes(source, err));
        do
            count = read(source->fd, into, capacity);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            return read_failed(err);
        *got = (size_t)count;
    }
    source->raw_ended = *got == 0;
    if (!source->hash_deferred)
        sha256_update(&source->hash, into, *got);
    return GR_OK;
}

static enum gr_status fill_raw(struct ingest_source *source, struct gr_err *err)
{
    source->raw_at = 0;
    source->raw_len = 0;
    return read_raw(source, source->raw, SOURCE_BLOCK_BYTES, &source->raw_len, err);
}

static enum gr_status pull_gz(struct ingest_source *source, char *into, size_t capacity,
                              size_t *got, struct gr_err *err)
{
    *got = 0;
    for (;;) {
        struct gz_step step = {.in = source->raw + source->raw_at,
                               .in_len = source->raw_len - source->raw_at,
                               .out = into,
                               .out_len = capacity};
        GR_TRY(gz_inflate(source->gz, &step, err));
        source->raw_at += step.consumed;
        *got = step.produced;
        if (*got > 0)
            return GR_OK;
        if (source->raw_ended)
            return gz_check_end(source->gz, err);
        GR_TRY(fill_raw(source, err));
    }
}

/* Inflated bytes, byte order mark included. */
static enum gr_status pull(struct ingest_source *source, char *into, size_t capacity, size_t *got,
                           struct gr_err *err)
{
    if (source->gz)
        return pull_gz(source, into, capacity, got, err);
    size_t left = source->raw_len - source->raw_at;
    if (left == 0)
        return read_raw(source, into, capacity, got, err);
    *got = left < capacity ? left : capacity;
    memcpy(into, source->raw + source->raw_at, *got);
    source->raw_at += *got;
    return GR_OK;
}

/* UTF-16 without a mark: ASCII text shows a NUL in every second byte. */
static bool looks_like_utf16(const char *bytes, size_t len)
{
    size_t pairs = len / 2 < 32 ? len / 2 : 32;
    size_t first_nul = 0, second_nul = 0;
    for (size_t i = 0; i < pairs; i++) {
        first_nul += bytes[2 * i] == 0;
        second_nul += bytes[2 * i + 1] == 0;
    }
    return pairs >= 8 && (first_nul + second_nul) >= pairs - 1 && (!first_nul || !second_nul);
}

static enum gr_status check_encoding(struct ingest_source *source, struct gr_err *err)
{
    const char *head = source->head;
    size_t len = source->head_len;
    if (len >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) {
        source->head_at = 3;
        source->position = 3;
        return GR_OK;
    }
    bool utf16 = len >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0);
    bool utf32 = len >= 4 && memcmp(head, "\0\0\xFE\xFF", 4) == 0;
    if (utf16 || utf32 || looks_like_utf16(head, len))
        return gr_fail(err, GR_EDATA, "is %s text; save it as UTF-8", utf32 ? "UTF-32" : "UTF-16");
    return GR_OK;
}

static enum gr_status prepare(struct ingest_source *source, const struct inflate_engine *engine,
                              struct gr_err *err)
{
    source->raw = gr_alloc(SOURCE_BLOCK_BYTES);
    source->head = gr_alloc(SOURCE_HEAD_BYTES);
    /* A pipe may give one byte at a time; the magic needs two. */
    while (source->raw_len < 2 && !source->raw_ended) {
        size_t got;
        GR_TRY(read_raw(source, source->raw + source->raw_len, SOURCE_BLOCK_BYTES - source->raw_len,
                        &got, err));
        source->raw_len += got;
    }
    if (source->raw_len >= 2 && memcmp(source->raw, "\x1F\x8B", 2) == 0)
        source->gz = gz_open(engine);
    while (source->head_len < SOURCE_HEAD_BYTES && !source->head_complete) {
        size_t got;
        GR_TRY(pull(source, source->head + source->head_len, SOURCE_HEAD_BYTES - source->head_len,
                    &got, err));
        source->head_len += got;
        source->head_complete = got == 0;
    }
    return check_encoding(source, err);
}

static struct ingest_source *source_new(const char *name)
{
    struct ingest_source *source = gr_alloc_zeroed(1, sizeof *source);
    size_t len = strlen(name);
    source->name = gr_alloc(len + 1);
    memcpy(source->name, name, len + 1);
    source->fd = -1;
    source->wake = -1;
    sha256_init(&source->hash);
    return source;
}

static enum gr_status choose_engine(const char *name, const struct inflate_engine **out,
                                    struct gr_err *err)
{
    *out = inflate_engine_named(name);
    if (*out)
        return GR_OK;
    char have[64] = "";
    size_t len = 0;
    for (const struct inflate_engine *const *at = inflate_engines(); *at; at++)
        len += (size_t)snprintf(have + len, sizeof have - len, " %s", (*at)->name);
    return gr_fail(err, GR_EUSAGE, "no inflate engine named \"%s\" is built in; have:%s", name,
                   have);
}

/* Opens what `source` stands for; closes it on failure. */
static enum gr_status hand_over(struct ingest_source *source, const char *inflate,
                                struct ingest_source **out, struct gr_err *err)
{
    const struct inflate_engine *engine;
    enum gr_status status = choose_engine(inflate, &engine, err);
    if (!status)
        status = prepare(source, engine, err);
    if (status != GR_OK) {
        source_close(source);
        source = NULL;
    }
    *out = source;
    return status;
}

static enum gr_status open_path(const char *path, int *fd, struct gr_err *err)
{
    if (strcmp(path, "-") == 0) {
        *fd = STDIN_FILENO;
        return GR_OK;
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (*fd < 0 || fstat(*fd, &facts) != 0)
        return gr_fail(err, GR_ESTORE, "can't be opened: %s", strerror(errno));
    if (S_ISDIR(facts.st_mode)) {
        close(*fd);
        *fd = -1;
        return gr_fail(err, GR_ESTORE, "is a folder, not a file");
    }
    return GR_OK;
}

enum gr_status source_open(const char *path, const char *inflate, struct ingest_source **out,
                           struct gr_err *err)
{
    int fd = -1;
    *out = NULL;
    GR_TRY(open_path(path, &fd, err));
    struct ingest_source *source = source_new(path);
    source->fd = fd;
    return hand_over(source, inflate, out, err);
}

enum gr_status source_open_memory(const char *name, struct str bytes, struct ingest_source **out,
                                  struct gr_err *err)
{
    return source_open_memory_with(name, bytes, NULL, out, err);
}

enum gr_status source_open_memory_with(const char *name, struct str bytes, const char *inflate,
                                       struct ingest_source **out, struct gr_err *err)
{
    struct ingest_source *source = source_new(name);
    source->memory = bytes;
    return hand_over(source, inflate, out, err);
}

static enum gr_status fill_ahead(void *context, char *into, size_t capacity, size_t *got,
                                 struct gr_err *err)
{
    return pull(context, into, capacity, got, err);
}

/* True where read() never waits for somebody else to write. */
static bool never_waits(int fd)
{
    struct stat facts;
    return fd < 0 || (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode));
}

void source_read_ahead(struct ingest_source *source)
{
    if (source->ahead || source->head_complete)
        return;
    if (!never_waits(source->fd)) {
        source->wake = eventfd(0, EFD_CLOEXEC);
        if (source->wake < 0)
            return;
    }
    source->ahead = ahead_start(fill_ahead, source, SOURCE_AHEAD_BLOCKS, SOURCE_AHEAD_BYTES);
}

/* Ends the thread; what it has read and nobody took is dropped, but hashed. */
static void end_ahead(struct ingest_source *source)
{
    const uint64_t one = 1;
    if (source->wake >= 0) {
        ssize_t written = write(source->wake, &one, sizeof one);
        assert(written == sizeof one);
        (void)written;
    }
    ahead_stop(source->ahead);
    source->ahead = NULL;
    if (source->wake >= 0)
        close(source->wake);
    source->wake = -1;
}

void source_close(struct ingest_source *source)
{
    if (!source)
        return;
    end_ahead(source);
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    gz_close(source->gz);
    free(source->raw);
    free(source->head);
    free(source->name);
    free(source);
}

const char *source_name(const struct ingest_source *source)
{
    return source->name;
}

struct ingest_head source_head(const struct ingest_source *source)
{
    size_t mark = source->head_len >= 3 && memcmp(source->head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return (struct ingest_head){
        .bytes = {source->head + mark, source->head_len - mark},
        .path = str_from(source->name),
        .complete = source->head_complete,
    };
}

enum gr_status source_read(struct ingest_source *source, char *into, size_t capacity, size_t *got,
                           struct gr_err *err)
{
    size_t left = source->head_len - source->head_at;
    if (left > 0) {
        *got = left < capacity ? left : capacity;
        memcpy(into, source->head + source->head_at, *got);
        source->head_at += *got;
    } else if (source->head_complete) {
        *got = 0;
    } else if (source->ahead) {
        GR_TRY(ahead_take(source->ahead, into, capacity, got, err));
    } else {
        GR_TRY(pull(source, into, capacity, got, err));
    }
    source->position += *got;
    return GR_OK;
}

uint64_t source_position(const struct ingest_source *source)
{
    return source->position;
}

struct sha256 *source_defer_hash(struct ingest_source *source, uint64_t *from)
{
    if (source->gz || source->ahead)
        return NULL;
    source->hash_deferred = true;
    *from = source->hash.total_bytes;
    return &source->hash;
}

enum gr_status source_finish(struct ingest_source *source, char sha256[65], struct gr_err *err)
{
    size_t got = 0;
    end_ahead(source);
    source->hash_deferred = false;
    do
        GR_TRY(read_raw(source, source->raw, SOURCE_BLOCK_BYTES, &got, err));
    while (got > 0);
    sha256_hex(&source->hash, sha256);
    return GR_OK;
}

enum gr_status source_hash_file(const char *path, char sha256[65], struct gr_err *err)
{
    int fd;
    GR_TRY(open_path(path, &fd, err));
    struct ingest_source *source = source_new(path);
    source->fd = fd;
    source->raw = gr_alloc(SOURCE_BLOCK_BYTES);
    enum gr_status status = source_finish(source, sha256, err);
    source_close(source);
    return status;
}
