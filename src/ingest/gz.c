/* Members of a gz file (see gz.h). A state machine over the parts of a member:
 *
 *   head (10) [extra length (2), extra] [name 0] [comment 0] [header crc (2)] body trailer (8)
 *
 * and padding behind it. Fields of fixed size are gathered in `field`.
 */
#include "ingest/gz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/source.h"

enum part { PADDING, HEAD, EXTRA_LENGTH, EXTRA, NAME, COMMENT, HEADER_CRC, BODY, TRAILER };

enum { HEAD_BYTES = 10, TRAILER_BYTES = 8 };
enum { FLAG_HEADER_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_UNKNOWN = 224 };

struct gz {
    const struct inflate_engine *engine;
    void *inflater;
    enum part part;
    uint8_t field[HEAD_BYTES];
    size_t field_len;
    uint64_t member; /* from 1 */
    uint8_t flags;
    uint32_t header_crc;
    size_t extra_left;
    uint32_t crc;                /* of the member's bytes */
    uint32_t size;               /* of the member, as its trailer counts: modulo 2^32 */
    uint64_t consumed, produced; /* of the file */
    bool drained;                /* the engine holds nothing back */
    struct gr_err failure;       /* told once all good bytes before it are out */
};

struct gz *gz_open(const struct inflate_engine *engine)
{
    struct gz *gz = gr_alloc_zeroed(1, sizeof *gz);
    gz->engine = engine;
    gz->inflater = engine->open();
    gz->part = HEAD;
    gz->member = 1;
    return gz;
}

void gz_close(struct gz *gz)
{
    if (!gz)
        return;
    gz->engine->close(gz->inflater);
    free(gz);
}

static void broken(struct gz *gz, const char *what)
{
    gr_fail(&gz->failure, GR_EDATA, "gz: broken in member %llu: %s", (unsigned long long)gz->member,
            what);
}

static uint32_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

/* The next part of the header that the flags announce. */
static void go_on(struct gz *gz)
{
    static const struct {
        enum part part;
        uint8_t flag;
    } order[] = {
        {EXTRA_LENGTH, FLAG_EXTRA     },
        {NAME,         FLAG_NAME      },
        {COMMENT,      FLAG_COMMENT   },
        {HEADER_CRC,   FLAG_HEADER_CRC},
    };
    gz->field_len = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i].part > gz->part && gz->flags & order[i].flag) {
            gz->part = order[i].part;
            return;
        }
    gz->part = BODY;
    gz->crc = 0;
    gz->size = 0;
    gz->drained = true;
    gz->engine->restart(gz->inflater);
}

static void end_head(struct gz *gz)
{
    if (gz->field[0] != 0x1F || gz->field[1] != 0x8B) {
        broken(gz, "not a gz header");
    } else if (gz->field[2] != 8) {
        broken(gz, "unknown compression method");
    } else if (gz->field[3] & FLAGS_UNKNOWN) {
        broken(gz, "unknown flags in the header");
    } else {
        gz->flags = gz->field[3];
        go_on(gz);
    }
}

static void end_header_crc(struct gz *gz)
{
    if (little_endian(gz->field, 2) != (gz->header_crc & 0xFFFF))
        broken(gz, "the header's checksum is wrong");
    else
        go_on(gz);
}

static void end_trailer(struct gz *gz)
{
    if (little_endian(gz->field, 4) != gz->crc)
        broken(gz, "the checksum is wrong");
    else if (little_endian(gz->field + 4, 4) != gz->size)
        broken(gz, "the length is wrong");
    gz->part = PADDING;
    gz->field_len = 0;
}

/* Gathers a field of `size` bytes; true when it is whole. */
static bool gather(struct gz *gz, struct gz_step *step, size_t size)
{
    size_t left = step->in_len - step->consumed, wanted = size - gz->field_len;
    size_t len = left < wanted ? left : wanted;
    memcpy(gz->field + gz->field_len, step->in + step->consumed, len);
    gz->field_len += len;
    step->consumed += len;
    return gz->field_len == size;
}

/* Zeros fill up tape blocks; a member begins with the first other byte, or it is no gz any more. */
static void skip_padding(struct gz *gz, struct gz_step *step)
{
    while (step->consumed < step->in_len && step->in[step->consumed] == 0)
        step->consumed++;
    if (step->consumed == step->in_len)
        return;
    gz->part = HEAD;
    gz->member++;
    if ((uint8_t)step->in[step->consumed] != 0x1F)
        gr_fail(&gz->failure, GR_EDATA, "gz: bytes behind the last member are not gz");
}

static void skip_extra(struct gz *gz, struct gz_step *step)
{
    size_t left = step->in_len - step->consumed;
    size_t len = left < gz->extra_left ? left : gz->extra_left;
    gz->extra_left -= len;
    step->consumed += len;
    if (gz->extra_left == 0)
        go_on(gz);
}

static void skip_text(struct gz *gz, struct gz_step *step)
{
    const char *from = step->in + step->consumed;
    const char *end = memchr(from, 0, step->in_len - step->consumed);
    step->consumed = end ? (size_t)(end - step->in) + 1 : step->in_len;
    if (end)
        go_on(gz);
}

static void take_part(struct gz *gz, struct gz_step *step)
{
    switch (gz->part) {
    case PADDING:
        skip_padding(gz, step);
        break;
    case HEAD:
        if (gather(gz, step, HEAD_BYTES))
            end_head(gz);
        break;
    case EXTRA_LENGTH:
        if (gather(gz, step, 2)) {
            gz->extra_left = little_endian(gz->field, 2);
            gz->part = EXTRA;
        }
        break;
    case EXTRA:
        skip_extra(gz, step);
        break;
    case NAME:
    case COMMENT:
        skip_text(gz, step);
        break;
    case HEADER_CRC:
        if (gather(gz, step, 2))
            end_header_crc(gz);
        break;
    default:
        assert(gz->part == TRAILER);
        if (gather(gz, step, TRAILER_BYTES))
            end_trailer(gz);
    }
}

/* A header's checksum covers all before it. */
static void take_frame(struct gz *gz, struct gz_step *step)
{
    size_t from = step->consumed;
    enum part part = gz->part;
    if (part == HEAD && gz->field_len == 0)
        gz->header_crc = 0;
    take_part(gz, step);
    if (part >= HEAD && part < HEADER_CRC)
        gz->header_crc = gz->engine->crc32(gz->header_crc, step->in + from, step->consumed - from);
    gz->consumed += step->consumed - from;
}

/* How much may be inflated once `fed` bytes of the file were read: counted in whole blocks, so that
 * a bomb is refused at the same byte however its bytes come in. */
static uint64_t inflated_limit(uint64_t fed)
{
    uint64_t blocks = (fed + SOURCE_BLOCK_BYTES - 1) / SOURCE_BLOCK_BYTES;
    uint64_t limit = blocks * SOURCE_BLOCK_BYTES * SOURCE_RATIO_MAX;
    if (limit < SOURCE_RATIO_FROM_BYTES)
        limit = SOURCE_RATIO_FROM_BYTES;
    return limit < SOURCE_INFLATED_MAX ? limit : SOURCE_INFLATED_MAX;
}

static void is_bomb(struct gz *gz)
{
    if (gz->produced >= SOURCE_INFLATED_MAX)
        gr_fail(&gz->failure, GR_EDATA, "gz: inflates to more than %llu GiB",
                (unsigned long long)(SOURCE_INFLATED_MAX >> 30));
    else
        gr_fail(&gz->failure, GR_EDATA, "gz: inflates to more than %llu times its size",
                (unsigned long long)SOURCE_RATIO_MAX);
}

static void end_body(struct gz *gz, const struct inflate_step *inner)
{
    gz->part = TRAILER;
    gz->field_len = inner->behind_len;
    memcpy(gz->field, inner->behind, inner->behind_len);
    if (gz->field_len == TRAILER_BYTES)
        end_trailer(gz);
}

/* Input of one step: none before the engine has given out all that the last block brought, and
 * never more than the rest of a block. */
static size_t feed(const struct gz *gz, const struct gz_step *step)
{
    size_t left = step->in_len - step->consumed;
    size_t block_at = gz->consumed % SOURCE_BLOCK_BYTES;
    if (block_at == 0 && !gz->drained)
        return 0;
    return left < SOURCE_BLOCK_BYTES - block_at ? left : SOURCE_BLOCK_BYTES - block_at;
}

static void take_body(struct gz *gz, struct gz_step *step)
{
    size_t fed = feed(gz, step);
    uint64_t room = inflated_limit(gz->consumed + fed) - gz->produced;
    struct inflate_step inner = {.in = step->in + step->consumed,
                                 .in_len = fed,
                                 .out = step->out,
                                 .out_len = step->out_len <= room ? step->out_len : room + 1};
    bool good = gz->engine->inflate(gz->inflater, &inner);
    step->consumed += inner.consumed;
    gz->consumed += inner.consumed;
    gz->drained = inner.produced < inner.out_len;
    bool bomb = inner.produced > room;
    step->produced = bomb ? room : inner.produced;
    gz->crc = gz->engine->crc32(gz->crc, step->out, step->produced);
    gz->size += (uint32_t)step->produced;
    gz->produced += step->produced;
    if (bomb)
        is_bomb(gz);
    else if (!good || (fed > 0 && gz->drained && !inner.ended && inner.consumed < fed))
        broken(gz, "the compressed data is damaged");
    else if (inner.ended)
        end_body(gz, &inner);
}

enum gr_status gz_inflate(struct gz *gz, struct gz_step *step, struct gr_err *err)
{
    step->consumed = step->produced = 0;
    while (!gz->failure.status && step->produced == 0) {
        bool more = step->consumed < step->in_len;
        if (!more && (gz->part != BODY || gz->drained))
            return GR_OK;
        if (gz->part == BODY)
            take_body(gz, step);
        else
            take_frame(gz, step);
    }
    if (step->produced > 0)
        return GR_OK;
    *err = gz->failure;
    return gz->failure.status;
}

enum gr_status gz_check_end(const struct gz *gz, struct gr_err *err)
{
    if (gz->part != PADDING)
        return gr_fail(err, GR_EDATA, "gz: is cut: the stream ends before its end mark");
    return GR_OK;
}
