/* ISA-L's igzip as an inflate engine (see inflate.h), two to three times as fast as zlib. The only
 * door to ISA-L; built only where CMake finds it.
 *
 * What igzip (2.30) does that its users must know:
 * - It takes up to 8 bytes of input ahead into `read_in`, and those behind the final block stay
 *   there; they are handed to the caller as `behind`.
 * - It inflates up to 64 KiB ahead into `tmp_out_buffer`. When it meets damage it gives them out no
 *   more; that is done here.
 * - When it meets damage in the midst of a block, `next_out` may count a match that was never
 *   copied, and `avail_in` and `avail_out` may be too small, even below zero. So what was done is
 *   told from the pointers, and as many bytes as a match may have are not given out.
 */
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ingest/inflate.h"

enum { STEP_BYTES_MAX = 1 << 30 };

struct isal {
    struct inflate_state stream;
    bool damaged;
};

static void isal_restart(void *state)
{
    struct isal *isal = state;
    isal_inflate_reset(&isal->stream);
    isal->damaged = false;
}

static void *isal_open(void)
{
    struct isal *isal = gr_alloc_zeroed(1, sizeof *isal);
    isal_inflate_init(&isal->stream);
    isal->stream.crc_flag = ISAL_DEFLATE;
    isal_restart(isal);
    return isal;
}

static void isal_close(void *state)
{
    free(state);
}

/* Whole bytes that were read ahead of the end; the bits of the last byte before them are padding.
 */
static void take_behind(struct inflate_state *stream, struct inflate_step *step)
{
    unsigned bits = stream->read_in_length > 0 ? (unsigned)stream->read_in_length : 0;
    uint64_t ahead = bits < 64 ? stream->read_in >> bits % 8 : stream->read_in;
    step->behind_len = bits / 8;
    for (size_t i = 0; i < step->behind_len; i++)
        step->behind[i] = (uint8_t)(ahead >> 8 * i);
    stream->read_in = 0;
    stream->read_in_length = 0;
}

/* Bytes at the end of what was inflated that may never have been written. */
static void drop_doubtful(struct inflate_state *stream, struct inflate_step *step, int code)
{
    size_t doubtful = code == ISAL_INVALID_BLOCK ? 0 : ISAL_DEF_MAX_MATCH;
    size_t rest = (size_t)(stream->tmp_out_valid - stream->tmp_out_processed);
    size_t from_rest = rest < doubtful ? rest : doubtful;
    stream->tmp_out_valid -= (int32_t)from_rest;
    doubtful -= from_rest;
    step->produced -= step->produced < doubtful ? step->produced : doubtful;
}

/* What igzip had inflated before it met the damage. False once all of it is given out. */
static bool give_good_rest(struct inflate_state *stream, struct inflate_step *step)
{
    size_t left = (size_t)(stream->tmp_out_valid - stream->tmp_out_processed);
    size_t room = step->out_len - step->produced;
    size_t len = left < room ? left : room;
    memcpy(step->out + step->produced, stream->tmp_out_buffer + stream->tmp_out_processed, len);
    stream->tmp_out_processed += (int32_t)len;
    step->produced += len;
    return len < left;
}

static bool isal_step(void *state, struct inflate_step *step)
{
    struct isal *isal = state;
    struct inflate_state *stream = &isal->stream;
    step->consumed = step->produced = step->behind_len = 0;
    step->ended = false;
    if (isal->damaged)
        return give_good_rest(stream, step);
    uint32_t in = (uint32_t)(step->in_len < STEP_BYTES_MAX ? step->in_len : STEP_BYTES_MAX);
    uint32_t out = (uint32_t)(step->out_len < STEP_BYTES_MAX ? step->out_len : STEP_BYTES_MAX);
    stream->next_in = (uint8_t *)(uintptr_t)step->in; /* it only reads */
    stream->avail_in = in;
    stream->next_out = (uint8_t *)step->out;
    stream->avail_out = out;
    int code = isal_inflate(stream);
    step->consumed = (size_t)((const char *)stream->next_in - step->in);
    step->produced = (size_t)((char *)stream->next_out - step->out);
    if (code < 0) {
        isal->damaged = true;
        drop_doubtful(stream, step, code);
        return give_good_rest(stream, step);
    }
    step->ended = stream->block_state == ISAL_BLOCK_FINISH;
    if (step->ended)
        take_behind(stream, step);
    return true;
}

static uint32_t isal_crc32(uint32_t crc, const char *bytes, size_t len)
{
    return crc32_gzip_refl(crc, (const unsigned char *)bytes, len);
}

const struct inflate_engine inflate_isal = {
    .name = "isal",
    .open = isal_open,
    .close = isal_close,
    .restart = isal_restart,
    .inflate = isal_step,
    .crc32 = isal_crc32,
};
