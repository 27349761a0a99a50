/* Byte source (see source.h). Raw bytes -> hash -> inflate where it is gz -> head check -> caller.
 */
#include "ingest/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/sha256.h"

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
    uint64_t raw_bytes;

    bool gz;
    bool member_open;
    bool inflate_ready;
    z_stream inflater;
    uint64_t inflated_bytes;

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
        do
            count = read(source->fd, into, capacity);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            return read_failed(err);
        *got = (size_t)count;
    }
    source->raw_ended = *got == 0;
    source->raw_bytes += *got;
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

/* Between two members: zero padding (tape blocks) is allowed, anything else is not a gz any more.
 */
static enum gr_status next_member(struct ingest_source *source, struct gr_err *err)
{
    const char *raw = source->raw;
    while (source->raw_at < source->raw_len && raw[source->raw_at] == 0)
        source->raw_at++;
    if (source->raw_at == source->raw_len)
        return GR_OK;
    if ((unsigned char)raw[source->raw_at] != 0x1F)
        return gr_fail(err, GR_EDATA, "gz: bytes behind the last member are not gz");
    if (inflateReset(&source->inflater) != Z_OK)
        return gr_fail(err, GR_EDATA, "gz: can't start a member");
    source->member_open = true;
    return GR_OK;
}

static enum gr_status check_bomb(const struct ingest_source *source, struct gr_err *err)
{
    if (source->inflated_bytes > SOURCE_INFLATED_MAX)
        return gr_fail(err, GR_EDATA, "gz: inflates to more than %llu GiB",
                       (unsigned long long)(SOURCE_INFLATED_MAX >> 30));
    if (source->inflated_bytes > SOURCE_RATIO_FROM_BYTES &&
        source->inflated_bytes / SOURCE_RATIO_MAX > source->raw_bytes)
        return gr_fail(err, GR_EDATA, "gz: inflates to more than %llu times its size",
                       (unsigned long long)SOURCE_RATIO_MAX);
    return GR_OK;
}

static enum gr_status inflate_some(struct ingest_source *source, char *into, size_t capacity,
                                   size_t *got, struct gr_err *err)
{
    z_stream *z = &source->inflater;
    size_t in = source->raw_len - source->raw_at;
    z->next_in = (Bytef *)source->raw + source->raw_at;
    z->avail_in = (uInt)in;
    z->next_out = (Bytef *)into;
    z->avail_out = (uInt)(capacity > SOURCE_BLOCK_BYTES ? SOURCE_BLOCK_BYTES : capacity);
    size_t out = z->avail_out;
    int code = inflate(z, Z_NO_FLUSH);
    source->raw_at += in - z->avail_in;
    *got = out - z->avail_out;
    source->inflated_bytes += *got;
    if (code == Z_STREAM_END)
        source->member_open = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return gr_fail(err, GR_EDATA, "gz: broken near byte %llu: %s",
                       (unsigned long long)(source->raw_bytes - (source->raw_len - source->raw_at)),
                       z->msg ? z->msg : "bad data");
    return check_bomb(source, err);
}

static enum gr_status pull_gz(struct ingest_source *source, char *into, size_t capacity,
                              size_t *got, struct gr_err *err)
{
    *got = 0;
    while (*got == 0) {
        if (source->raw_at == source->raw_len)
            GR_TRY(fill_raw(source, err));
        bool no_input = source->raw_at == source->raw_len;
        if (!source->member_open && !no_input)
            GR_TRY(next_member(source, err));
        if (!source->member_open && source->raw_at == source->raw_len) {
            if (source->raw_ended)
                return GR_OK;
            continue;
        }
        GR_TRY(inflate_some(source, into, capacity, got, err));
        if (*got == 0 && no_input && source->member_open)
            return gr_fail(err, GR_EDATA, "gz: is cut: the stream ends before its end mark");
    }
    return GR_OK;
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

static enum gr_status prepare(struct ingest_source *source, struct gr_err *err)
{
    sha256_init(&source->hash);
    source->raw = gr_alloc(SOURCE_BLOCK_BYTES);
    source->head = gr_alloc(SOURCE_HEAD_BYTES);
    /* A pipe may give one byte at a time; the magic needs two. */
    while (source->raw_len < 2 && !source->raw_ended) {
        size_t got;
        GR_TRY(read_raw(source, source->raw + source->raw_len, SOURCE_BLOCK_BYTES - source->raw_len,
                        &got, err));
        source->raw_len += got;
    }
    source->gz = source->raw_len >= 2 && memcmp(source->raw, "\x1F\x8B", 2) == 0;
    if (source->gz) {
        if (inflateInit2(&source->inflater, 15 + 16) != Z_OK)
            return gr_fail(err, GR_ESTORE, "zlib can't start");
        source->inflate_ready = true;
        source->member_open = true;
    }
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
    return source;
}

static enum gr_status hand_over(struct ingest_source *source, struct ingest_source **out,
                                struct gr_err *err)
{
    enum gr_status status = prepare(source, err);
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

enum gr_status source_open(const char *path, struct ingest_source **out, struct gr_err *err)
{
    int fd = -1;
    *out = NULL;
    GR_TRY(open_path(path, &fd, err));
    struct ingest_source *source = source_new(path);
    source->fd = fd;
    return hand_over(source, out, err);
}

enum gr_status source_open_memory(const char *name, struct str bytes, struct ingest_source **out,
                                  struct gr_err *err)
{
    struct ingest_source *source = source_new(name);
    source->memory = bytes;
    return hand_over(source, out, err);
}

void source_close(struct ingest_source *source)
{
    if (!source)
        return;
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    if (source->inflate_ready)
        inflateEnd(&source->inflater);
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
    if (source->gz)
        return NULL;
    source->hash_deferred = true;
    *from = source->raw_bytes;
    return &source->hash;
}

enum gr_status source_finish(struct ingest_source *source, char sha256[65], struct gr_err *err)
{
    size_t got = 0;
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
    sha256_init(&source->hash);
    source->raw = gr_alloc(SOURCE_BLOCK_BYTES);
    enum gr_status status = source_finish(source, sha256, err);
    source_close(source);
    return status;
}
