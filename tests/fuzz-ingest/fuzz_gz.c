/* Byte sources: any bytes, read in odd steps, must end in bytes or an error, and in the same for
 * every inflate engine, read ahead or not. A gz header is put in front of most inputs, and a
 * trailer that fits behind some, so that the inflater sees more than plain text and broken sums. */
#include <stdlib.h>
#include <string.h>

#include "ingest/gz.h"
#include "ingest/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 22 }; /* what one outcome keeps; longer ones are not compared */

struct outcome {
    char *bytes;
    size_t len;
    bool cut; /* there was more */
    struct gr_err err;
};

static void read_all(struct str bytes, const char *inflate, size_t step, bool ahead,
                     struct outcome *out)
{
    struct ingest_source *source;
    char hash[65];
    out->len = 0;
    out->cut = false;
    out->err = (struct gr_err){0};
    if (source_open_memory_with("fuzz", bytes, inflate, &source, &out->err) != GR_OK)
        return;
    if (ahead)
        source_read_ahead(source);
    uint64_t skipped = source_position(source);
    size_t got = 1;
    while (got > 0 && out->len + step <= OUT_MAX &&
           source_read(source, out->bytes + out->len, step, &got, &out->err) == GR_OK)
        out->len += got;
    out->cut = out->err.status == GR_OK && got > 0;
    if (out->err.status == GR_OK &&
        (out->len + skipped != source_position(source) ||
         source_finish(source, hash, &out->err) != GR_OK || strlen(hash) != 64))
        abort();
    source_close(source);
}

/* zlib refuses some codes on sight that igzip only refuses when they are met (inflate.h). */
static bool is_damage(const struct outcome *outcome)
{
    return strstr(outcome->err.text, "data is damaged") != NULL;
}

static void compare(const struct outcome *zlib, const struct outcome *other)
{
    size_t common = zlib->len < other->len ? zlib->len : other->len;
    if (common > 0 && memcmp(zlib->bytes, other->bytes, common) != 0)
        abort();
    if (is_damage(zlib) || zlib->cut || other->cut)
        return;
    if (zlib->err.status != other->err.status)
        abort();
    if (!is_damage(other) && (strcmp(zlib->err.text, other->err.text) != 0 ||
                              (zlib->err.status == GR_OK && zlib->len != other->len)))
        abort();
}

static void read_by_all(struct str bytes, size_t step)
{
    static struct outcome zlib, other;
    if (!zlib.bytes) {
        zlib.bytes = gr_alloc(OUT_MAX);
        other.bytes = gr_alloc(OUT_MAX);
    }
    read_all(bytes, "zlib", step, false, &zlib);
    for (const struct inflate_engine *const *at = inflate_engines(); *at; at++) {
        read_all(bytes, (*at)->name, 1 + step * 7 % 5000, false, &other);
        compare(&zlib, &other);
    }
    read_all(bytes, NULL, step, true, &other);
    compare(&zlib, &other);
}

/* Appends the trailer that belongs to the raw stream in `gz`, if it is whole. */
static size_t add_trailer(char *gz, size_t head, size_t len)
{
    const struct inflate_engine *engine = &inflate_zlib;
    static char out[1 << 16];
    void *state = engine->open();
    uint32_t crc = 0, total = 0;
    struct inflate_step step = {.produced = 1};
    size_t at = head;
    while (step.produced > 0 && !step.ended) {
        step = (struct inflate_step){
            .in = gz + at, .in_len = len - at, .out = out, .out_len = sizeof out};
        if (!engine->inflate(state, &step) || total > OUT_MAX)
            break;
        at += step.consumed;
        crc = engine->crc32(crc, out, step.produced);
        total += (uint32_t)step.produced;
    }
    if (step.ended) {
        len = at;
        for (unsigned i = 0; i < 4; i++) {
            gz[len + i] = (char)(crc >> 8 * i);
            gz[len + 4 + i] = (char)(total >> 8 * i);
        }
        len += 8;
    }
    engine->close(state);
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[10] = {0x1F, (char)0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
    if (size == 0)
        return 0;
    size_t step = 1 + data[0] % 1024;
    struct str bytes = {(const char *)data + 1, size - 1};
    if (data[0] % 4 == 0) {
        read_by_all(bytes, step);
        return 0;
    }
    char *gz = gr_alloc(sizeof header + bytes.len + 8);
    memcpy(gz, header, sizeof header);
    if (bytes.len > 0)
        memcpy(gz + sizeof header, bytes.ptr, bytes.len);
    size_t len = sizeof header + bytes.len;
    if (data[0] % 4 != 1)
        len = add_trailer(gz, sizeof header, len);
    read_by_all((struct str){gz, len}, step);
    free(gz);
    return 0;
}
