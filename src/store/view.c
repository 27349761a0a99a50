/* See view.h; the bytes are those of encoding.h. */
#include "store/view.h"

#include <stdlib.h>
#include <string.h>

#include "store/decode_internal.h"

void column_view_init(struct column_view *view)
{
    *view = (struct column_view){.form = COLUMN_VIEW_ABSENT};
    column_data_init(&view->data);
}

void column_view_deinit(struct column_view *view)
{
    column_data_deinit(&view->data);
    free(view->patches);
    free(view->runs);
    *view = (struct column_view){.form = COLUMN_VIEW_ABSENT};
}

/* The fields of a chunk's header and its payload. */
struct chunk {
    uint8_t encoding;
    uint8_t kind;
    uint8_t scale;
    uint8_t width;
    uint32_t rows;
    uint32_t nulls;
    uint32_t count;
    int64_t base;
    int64_t factor;
    const uint8_t *payload;
    size_t payload_length;
};

static bool read_chunk(const uint8_t *bytes, size_t length, struct chunk *out)
{
    if (length < CHUNK_HEADER_BYTES)
        return false;
    *out = (struct chunk){
        .encoding = bytes[0],
        .kind = bytes[1],
        .scale = bytes[2],
        .width = bytes[3],
        .rows = (uint32_t)load(bytes + 4, 4),
        .nulls = (uint32_t)load(bytes + 8, 4),
        .count = (uint32_t)load(bytes + 12, 4),
        .base = (int64_t)load(bytes + 16, 8),
        .factor = (int64_t)load(bytes + 24, 8),
        .payload = bytes + CHUNK_HEADER_BYTES,
        .payload_length = length - CHUNK_HEADER_BYTES,
    };
    return true;
}

static struct column_run *runs_ready(struct column_view *view)
{
    if (!view->runs)
        view->runs = gr_alloc(COLUMN_VIEW_RUNS_MAX * sizeof(*view->runs));
    return view->runs;
}

/* Lengths of `count` runs, u16 length - 1 each, become ends. */
static enum gr_status read_run_ends(const uint8_t *lengths, uint32_t count, uint32_t rows,
                                    struct column_view *view, struct gr_err *err)
{
    uint32_t row = 0;
    struct column_run *runs = runs_ready(view);
    for (uint32_t i = 0; i < count; i++) {
        row += (uint32_t)load(lengths + (size_t)i * 2, 2) + 1; /* 1024 runs stay in 32 bits */
        runs[i].end = row;
    }
    view->run_count = count;
    if (row != rows)
        return damaged(err, "runs do not fill the segment");
    return GR_OK;
}

/* ---- text ---- */

static enum gr_status view_code_runs(const uint8_t *runs, uint32_t count, struct column_view *view,
                                     struct gr_err *err)
{
    GR_TRY(read_run_ends(runs, count, view->data.rows, view, err));
    for (uint32_t i = 0; i < count; i++) {
        view->runs[i].value = (int64_t)load(runs + (size_t)(count + i) * 2, 2);
        if (view->runs[i].value >= view->data.dictionary_count)
            return damaged(err, "code without an entry");
    }
    view->form = COLUMN_VIEW_RUNS;
    return GR_OK;
}

static enum gr_status view_codes(const uint8_t *packed, unsigned width,
                                 const struct kernels *kernels, struct column_view *view,
                                 struct gr_err *err)
{
    kernels->unpack_codes(packed, width, view->data.rows, view->data.codes);
    if (kernels->max_id(view->data.codes, view->data.rows) >= view->data.dictionary_count)
        return damaged(err, "code without an entry");
    view->form = COLUMN_VIEW_CODES;
    return GR_OK;
}

/* Of the list of a text column: entries of `factor` bytes, or a range and so many bits. */
static size_t list_bytes(const struct chunk *chunk)
{
    if (chunk->factor)
        return (size_t)chunk->count * (size_t)chunk->factor;
    return 4 + ((size_t)load(chunk->payload, 4) + 7) / 8;
}

/* column_decode_dictionary() has checked the header and the list of entries. */
static enum gr_status view_text(const uint8_t *bytes, size_t length, const struct chunk *chunk,
                                const struct kernels *kernels, struct column_view *view,
                                struct gr_err *err)
{
    uint32_t rows = chunk->rows;
    GR_TRY(column_decode_dictionary(bytes, length, rows, &view->data, err));
    if (view->data.form == COLUMN_CONSTANT) {
        view->form = COLUMN_VIEW_CONSTANT;
        return GR_OK;
    }
    if (chunk->encoding == CHUNK_CODES || chunk->encoding == CHUNK_CODE_RUNS) {
        size_t list = list_bytes(chunk);
        const uint8_t *rest = chunk->payload + list;
        size_t rest_length = chunk->payload_length - list;
        uint32_t runs = rest_length >= 4 ? (uint32_t)load(rest, 4) : UINT32_MAX;
        if (chunk->encoding == CHUNK_CODES && chunk->width >= 1 && chunk->width <= 16 &&
            rest_length == ((size_t)rows * chunk->width + 7) / 8)
            return view_codes(rest, chunk->width, kernels, view, err);
        if (chunk->encoding == CHUNK_CODE_RUNS && runs <= COLUMN_VIEW_RUNS_MAX &&
            rest_length == 4 + (size_t)runs * 4)
            return view_code_runs(rest + 4, runs, view, err);
    }
    GR_TRY(column_decode(bytes, length, rows, kernels, &view->data, err));
    view->form = view->data.form == COLUMN_CONSTANT ? COLUMN_VIEW_CONSTANT : COLUMN_VIEW_CODES;
    return GR_OK;
}

/* ---- numbers ---- */

/* base + factor * the largest number that `width` bytes hold fits 64 bits */
static bool range_is_safe(const struct chunk *chunk)
{
    if (chunk->width < 1 || chunk->width > 7 || chunk->factor < 1)
        return false;
    i128 largest = ((i128)1 << (8 * chunk->width)) - 1;
    return largest * chunk->factor + chunk->base <= INT64_MAX;
}

static enum gr_status view_value_runs(const struct chunk *chunk, struct column_view *view,
                                      struct gr_err *err)
{
    const uint8_t *rests = chunk->payload + (size_t)chunk->count * 2;
    GR_TRY(read_run_ends(chunk->payload, chunk->count, chunk->rows, view, err));
    for (uint32_t i = 0; i < chunk->count; i++) {
        uint64_t rest = load(rests + (size_t)i * chunk->width, chunk->width);
        view->runs[i].value = (int64_t)((uint64_t)chunk->base + rest * (uint64_t)chunk->factor);
    }
    view->form = COLUMN_VIEW_RUNS;
    return GR_OK;
}

static bool header_is_sound(const struct chunk *chunk)
{
    return chunk->rows >= 1 && chunk->rows <= BATCH_ROWS && chunk->kind <= COLUMN_MOMENT &&
           chunk->nulls < chunk->rows &&
           chunk->scale <= (chunk->kind == COLUMN_DECIMAL ? DECIMAL_CELL_SCALE_MAX : 0);
}

static bool is_packed(const struct chunk *chunk)
{
    return chunk->encoding == CHUNK_VALUES && range_is_safe(chunk) &&
           chunk->payload_length == (size_t)chunk->rows * chunk->width;
}

static bool is_runs(const struct chunk *chunk)
{
    return chunk->encoding == CHUNK_VALUE_RUNS && range_is_safe(chunk) &&
           chunk->count <= COLUMN_VIEW_RUNS_MAX &&
           chunk->payload_length == (size_t)chunk->count * (2 + (size_t)chunk->width);
}

static bool is_step(const struct chunk *chunk)
{
    i128 last = (i128)chunk->base + (i128)(chunk->rows - 1) * chunk->factor;
    return chunk->encoding == CHUNK_STEP && chunk->payload_length == 0 && last == (int64_t)last;
}

static void view_header(const struct chunk *chunk, struct column_view *view)
{
    view->data.kind = (enum column_kind)chunk->kind;
    view->data.nulls = 0;
    view->data.scale = chunk->scale;
    view->data.scales = NULL;
    view->data.null_bits = NULL;
    view->width = chunk->width;
    view->base = chunk->base;
    view->factor = chunk->factor;
    view->packed = chunk->payload;
}

/* What is not plainly as it should be is left to column_decode(), which says what is wrong. */
static enum gr_status view_number(const uint8_t *bytes, size_t length, const struct chunk *chunk,
                                  const struct kernels *kernels, struct column_view *view,
                                  struct gr_err *err)
{
    bool plain = header_is_sound(chunk) && chunk->nulls == 0;
    view_header(chunk, view);
    if (plain && is_packed(chunk))
        view->form = COLUMN_VIEW_PACKED;
    else if (plain && is_step(chunk))
        view->form = COLUMN_VIEW_STEP;
    else if (plain && is_runs(chunk))
        return view_value_runs(chunk, view, err);
    else
        return column_view_decode(bytes, length, chunk->rows, kernels, view, err);
    return GR_OK;
}

enum gr_status column_view_decode(const uint8_t *bytes, size_t length, uint32_t rows,
                                  const struct kernels *kernels, struct column_view *view,
                                  struct gr_err *err)
{
    GR_TRY(column_decode(bytes, length, rows, kernels, &view->data, err));
    view->form = view->data.form == COLUMN_ABSENT     ? COLUMN_VIEW_ABSENT
                 : view->data.form == COLUMN_CONSTANT ? COLUMN_VIEW_CONSTANT
                                                      : COLUMN_VIEW_DECODED;
    return GR_OK;
}

/* ---- LIKE ---- */

/* As load(), for bytes with KERNEL_SLACK_BYTES behind them. */
static uint64_t load_quickly(const uint8_t *bytes, unsigned width)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word & (UINT64_MAX >> (64 - 8 * width));
}

static int64_t packed_number(const struct column_view *view, uint32_t row)
{
    uint64_t rest = load_quickly(view->packed + (size_t)row * view->width, view->width);
    return (int64_t)((uint64_t)view->base + rest * (uint64_t)view->factor);
}

/* The rows and numbers of patches (encoding.h): true when all is as it should be. */
static bool read_patches(const struct chunk *like, struct column_view *view)
{
    enum { FRONT_BYTES = 12 }; /* ids of columns, flags */
    const uint8_t *rows = like->payload + FRONT_BYTES;
    const uint8_t *rests = rows + (size_t)like->count * 2;
    if (like->count > view->patch_capacity) {
        view->patch_capacity = like->count;
        view->patches = gr_realloc(view->patches, view->patch_capacity * sizeof(*view->patches));
    }
    int64_t last = -1;
    for (uint32_t i = 0; i < like->count; i++) {
        int64_t row = (int64_t)load(rows + (size_t)i * 2, 2);
        i128 number = (i128)like->base + load_quickly(rests + (size_t)i * like->width, like->width);
        if (row <= last || row >= like->rows || number > INT64_MAX)
            return false;
        last = row;
        view->patches[i] =
            (struct column_patch){(uint32_t)row, number - packed_number(view, (uint32_t)row)};
    }
    view->patch_count = like->count;
    return true;
}

/* A bundle of a chunk that is like another, packed one, neither with absent rows: else false, and
 * column_decode() has to look at it. */
static bool view_like(const uint8_t *bytes, size_t length, uint32_t rows, struct column_view *view)
{
    struct gr_err ignored = {0};
    struct bundle bundle;
    struct chunk like;
    struct chunk other;
    if (bytes[0] != CHUNK_BUNDLE || bundle_open(bytes, length, &bundle, &ignored) ||
        bundle.count != 2 || !read_chunk(bundle.chunks[0].bytes, bundle.chunks[0].length, &like) ||
        !read_chunk(bundle.chunks[1].bytes, bundle.chunks[1].length, &other))
        return false;
    if (like.encoding != CHUNK_LIKE || !header_is_sound(&like) || like.rows != rows || like.nulls ||
        like.count > rows / 8 || like.width < 1 || like.width > 8 || like.payload_length < 12 ||
        load(like.payload + 8, 4) != 0 ||
        like.payload_length != 12 + (size_t)like.count * (2 + (size_t)like.width))
        return false;
    if (!header_is_sound(&other) || other.rows != rows || other.nulls || other.kind != like.kind ||
        other.scale != like.scale || !is_packed(&other))
        return false;
    view_header(&other, view);
    view->form = COLUMN_VIEW_PACKED;
    return read_patches(&like, view);
}

/* The encodings that this file knows; of others not even the kind is where theirs is. */
static bool is_plain(const struct chunk *chunk)
{
    return chunk->encoding >= CHUNK_CONSTANT && chunk->encoding <= CHUNK_MIXED;
}

static enum gr_status view_decoded(const uint8_t *bytes, size_t length, uint32_t rows,
                                   const struct kernels *kernels, struct column_view *view,
                                   struct gr_err *err)
{
    GR_TRY(column_view_decode(bytes, length, rows, kernels, view, err));
    if (view->form == COLUMN_VIEW_DECODED && view->data.kind == COLUMN_TEXT)
        view->form = COLUMN_VIEW_CODES;
    return GR_OK;
}

enum gr_status column_view_read(const uint8_t *bytes, size_t length, uint32_t rows,
                                const struct kernels *kernels, struct column_view *view,
                                struct gr_err *err)
{
    struct chunk chunk;
    view->form = COLUMN_VIEW_ABSENT;
    view->run_count = 0;
    view->patch_count = 0;
    view->data.rows = rows;
    if (length == 0) /* an absent column; decoding sets the other fields */
        return column_decode(bytes, length, rows, kernels, &view->data, err);
    if (view_like(bytes, length, rows, view))
        return GR_OK;
    view->patch_count = 0;
    if (!read_chunk(bytes, length, &chunk) || !is_plain(&chunk))
        return view_decoded(bytes, length, rows, kernels, view, err);
    if (chunk.rows != rows)
        return damaged(err, "its rows are not those of the segment");
    if (chunk.kind == COLUMN_TEXT)
        return view_text(bytes, length, &chunk, kernels, view, err);
    return view_number(bytes, length, &chunk, kernels, view, err);
}

uint32_t column_last_code(const uint8_t *bytes, size_t length)
{
    struct chunk chunk;
    if (!read_chunk(bytes, length, &chunk) || chunk.kind != COLUMN_TEXT)
        return 0;
    if (chunk.encoding == CHUNK_CONSTANT && chunk.payload_length == 4)
        return (uint32_t)load(chunk.payload, 4);
    bool listed = chunk.encoding == CHUNK_CODES || chunk.encoding == CHUNK_CODE_RUNS;
    if (listed && chunk.factor == 0 && chunk.base >= 0 && chunk.payload_length >= 4) {
        i128 behind = (i128)chunk.base + load(chunk.payload, 4); /* its list is bits of a range */
        return behind < 1 || behind > UINT32_MAX ? 0 : (uint32_t)(behind - 1);
    }
    if (!listed || chunk.factor < 1 || chunk.factor > 4 || chunk.base < 0 ||
        chunk.base > UINT32_MAX || chunk.count < 1 || chunk.count > BATCH_ROWS ||
        chunk.payload_length < (size_t)chunk.count * (size_t)chunk.factor)
        return 0;
    unsigned entry = (unsigned)chunk.factor;
    uint64_t code =
        (uint64_t)chunk.base + load(chunk.payload + (size_t)(chunk.count - 1) * entry, entry);
    return code > UINT32_MAX ? 0 : (uint32_t)code;
}
