/* zlib as an inflate engine (see inflate.h): the engine of record. The only door to zlib here. */
#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/status.h"
#include "ingest/inflate.h"

enum { STEP_BYTES_MAX = 1 << 30 }; /* zlib counts in unsigned int */

/* zlib takes its window late; out of memory must end the run there too, not look like damage. */
static voidpf take_memory(voidpf context, uInt items, uInt size)
{
    (void)context;
    return gr_alloc_zeroed(items, size);
}

static void give_memory(voidpf context, voidpf memory)
{
    (void)context;
    free(memory);
}

static void *zlib_open(void)
{
    z_stream *stream = gr_alloc_zeroed(1, sizeof *stream);
    stream->zalloc = take_memory;
    stream->zfree = give_memory;
    int code = inflateInit2(stream, -MAX_WBITS); /* negative: no wrapper */
    assert(code == Z_OK);
    (void)code;
    return stream;
}

static void zlib_close(void *state)
{
    inflateEnd(state);
    free(state);
}

static void zlib_restart(void *state)
{
    inflateReset(state);
}

static bool zlib_inflate(void *state, struct inflate_step *step)
{
    z_stream *stream = state;
    uInt in = (uInt)(step->in_len < STEP_BYTES_MAX ? step->in_len : STEP_BYTES_MAX);
    uInt out = (uInt)(step->out_len < STEP_BYTES_MAX ? step->out_len : STEP_BYTES_MAX);
    stream->next_in = (Bytef *)(uintptr_t)step->in; /* it only reads */
    stream->avail_in = in;
    stream->next_out = (Bytef *)step->out;
    stream->avail_out = out;
    int code = inflate(stream, Z_NO_FLUSH);
    step->consumed = in - stream->avail_in;
    step->produced = out - stream->avail_out;
    step->ended = code == Z_STREAM_END;
    step->behind_len = 0;
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR;
}

static uint32_t zlib_crc32(uint32_t crc, const char *bytes, size_t len)
{
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes, len);
}

const struct inflate_engine inflate_zlib = {
    .name = "zlib",
    .open = zlib_open,
    .close = zlib_close,
    .restart = zlib_restart,
    .inflate = zlib_inflate,
    .crc32 = zlib_crc32,
};
