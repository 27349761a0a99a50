/* Columns of numbers -> chunk bytes (encoding.h has the layout), and what all encoders share.
 * Called by pack.c; knows no SQLite.
 */
#include "store/encode_internal.h"

#include <stdlib.h>

struct encoder *encoder_open(void)
{
    struct encoder *encoder = gr_alloc_zeroed(1, sizeof(*encoder));
    encoder->bytes = gr_alloc(CHUNK_CEILING);
    return encoder;
}

void encoder_close(struct encoder *encoder)
{
    if (!encoder)
        return;
    free(encoder->places);
    free(encoder->wide);
    free(encoder->bytes);
    free(encoder);
}

void put_wide(struct encoder *encoder, i128 value)
{
    put(encoder, (uint64_t)value, 8);
    put(encoder, (uint64_t)((u128)value >> 64), 8);
}

void put_header(struct encoder *encoder, const struct header *header)
{
    encoder->length = 0;
    put(encoder, (uint64_t)header->encoding, 1);
    put(encoder, header->kind, 1);
    put(encoder, header->scale, 1);
    put(encoder, header->width, 1);
    put(encoder, header->rows, 4);
    put(encoder, header->nulls, 4);
    put(encoder, header->count, 4);
    put(encoder, (uint64_t)header->base, 8);
    put(encoder, (uint64_t)header->factor, 8);
}

/* ---- numbers ---- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void put_nulls(struct encoder *encoder, uint32_t rows, uint32_t nulls)
{
    if (!nulls)
        return;
    memcpy(encoder->bytes + encoder->length, encoder->nulls, (rows + 7) / 8);
    encoder->length += (rows + 7) / 8;
}

/* (value - base) / factor of the rows that are not absent, to the front of encoder->rests. */
static uint32_t make_rests(struct encoder *encoder, const struct header *header)
{
    uint64_t factor = (uint64_t)header->factor;
    uint64_t base = (uint64_t)header->base;
    uint64_t *rests = encoder->rests;
    uint32_t count = 0;
    if (!header->nulls) {
        for (uint32_t i = 0; i < header->rows; i++)
            rests[i] = (uint64_t)encoder->values[i] - base;
        count = header->rows;
    }
    for (uint32_t i = 0; header->nulls && i < header->rows; i++)
        if (!null_at(encoder, i))
            rests[count++] = (uint64_t)encoder->values[i] - base;
    for (uint32_t i = 0; factor != 1 && i < count; i++)
        rests[i] /= factor;
    return count;
}

static void put_u64(uint8_t *out, uint64_t value)
{
    for (unsigned byte = 0; byte < 8; byte++)
        out[byte] = (uint8_t)(value >> (8 * byte));
}

/* Each value is written as 8 bytes, of which the next overwrites what is too much: the buffer has
 * room behind the last. */
static void put_values(struct encoder *encoder, const struct header *header)
{
    uint32_t count = make_rests(encoder, header);
    uint8_t *out = encoder->bytes + encoder->length;
    for (uint32_t i = 0; i < count; i++, out += header->width)
        put_u64(out, encoder->rests[i]);
    encoder->length += (size_t)count * header->width;
}

static void put_packed_values(struct encoder *encoder, const struct header *header)
{
    uint32_t count = make_rests(encoder, header);
    uint8_t *out = encoder->bytes + encoder->length;
    u128 window = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        window |= (u128)encoder->rests[i] << filled;
        filled += header->width;
        if (filled < 64)
            continue;
        put_u64(out, (uint64_t)window);
        out += 8;
        window >>= 64;
        filled -= 64;
    }
    put_u64(out, (uint64_t)window);
    encoder->length += ((size_t)count * header->width + 7) / 8;
}

void put_patch_rows(struct encoder *encoder, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put(encoder, encoder->patch_rows[i], 2);
}

static void put_value_runs(struct encoder *encoder, const struct header *header)
{
    const int64_t *values = encoder->values;
    uint32_t first = 0;
    for (uint32_t i = 1; i <= header->rows; i++)
        if (i == header->rows || values[i] != values[i - 1]) {
            put(encoder, i - first - 1, 2);
            first = i;
        }
    for (uint32_t i = 1; i <= header->rows; i++)
        if (i == header->rows || values[i] != values[i - 1])
            put(encoder,
                ((uint64_t)values[i - 1] - (uint64_t)header->base) / (uint64_t)header->factor,
                header->width);
}

/* What decides between the encodings of numbers. */
struct number_shape {
    int64_t min;
    int64_t max;
    uint64_t divisor; /* of all value - min */
    uint32_t runs;
    bool step; /* all neighbours differ by the same */
};

static void find_range(const struct encoder *encoder, uint32_t rows, uint32_t nulls, int64_t *least,
                       int64_t *most)
{
    const int64_t *values = encoder->values;
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;
    for (uint32_t i = 0; i < rows; i++)
        if (!nulls || !null_at(encoder, i)) {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
        }
    *least = min;
    *most = max;
}

static uint64_t find_divisor(const struct encoder *encoder, uint32_t rows, int64_t min)
{
    uint64_t divisor = 0;
    for (uint32_t i = 0; i < rows && divisor != 1; i++)
        if (!null_at(encoder, i))
            divisor = common_divisor((uint64_t)encoder->values[i] - (uint64_t)min, divisor);
    return divisor == 0 || divisor > INT64_MAX ? 1 : divisor;
}

static struct number_shape shape_of(const struct encoder *encoder, uint32_t rows, uint32_t nulls)
{
    const int64_t *values = encoder->values;
    struct number_shape shape = {.runs = 1};
    uint64_t step = rows > 1 ? (uint64_t)values[1] - (uint64_t)values[0] : 0;
    uint32_t breaks = 0;
    find_range(encoder, rows, nulls, &shape.min, &shape.max);
    for (uint32_t i = 1; i < rows; i++) {
        uint64_t rise = (uint64_t)values[i] - (uint64_t)values[i - 1];
        shape.runs += rise != 0;
        breaks += rise != step;
    }
    shape.step = !breaks;
    shape.divisor = find_divisor(encoder, rows, shape.min);
    return shape;
}

/* Encodes encoder->values and encoder->nulls; at least one row is not absent. */
static void encode_values(struct encoder *encoder, struct header header, bool packed,
                          struct chunk_facts *facts)
{
    struct number_shape shape = shape_of(encoder, header.rows, facts->nulls);
    uint64_t range = ((uint64_t)shape.max - (uint64_t)shape.min) / shape.divisor;
    facts->narrow = true;
    facts->min = shape.min;
    facts->max = shape.max;
    header.nulls = facts->nulls;
    if (!header.nulls && shape.min == shape.max) {
        header.encoding = CHUNK_CONSTANT;
        put_header(encoder, &header);
        put_wide(encoder, shape.min);
        return;
    }
    /* A step may not leave 64 bits on its way: its ends are values, so it can't when the range is
     * below 2^63. */
    if (!header.nulls && shape.step && (uint64_t)shape.max - (uint64_t)shape.min <= INT64_MAX) {
        header.encoding = CHUNK_STEP;
        header.base = encoder->values[0];
        header.factor = encoder->values[1] - encoder->values[0];
        put_header(encoder, &header);
        return;
    }
    header.base = shape.min;
    header.factor = (int64_t)shape.divisor;
    header.width = bytes_of(range);
    if (!header.nulls &&
        (size_t)shape.runs * (2 + header.width) < (size_t)header.rows * header.width) {
        header.encoding = CHUNK_VALUE_RUNS;
        header.count = shape.runs;
        put_header(encoder, &header);
        put_value_runs(encoder, &header);
        return;
    }
    unsigned bits = bits_of(range);
    bool by_bits = packed && bits * 12 <= header.width * 8 * 11;
    header.encoding = by_bits ? CHUNK_PACKED : CHUNK_VALUES;
    header.width = by_bits ? bits : header.width;
    put_header(encoder, &header);
    put_nulls(encoder, header.rows, header.nulls);
    if (by_bits)
        put_packed_values(encoder, &header);
    else
        put_values(encoder, &header);
}

void encode_whole(struct encoder *encoder, const int64_t *values, uint32_t rows,
                  struct chunk_facts *facts)
{
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    memset(encoder->nulls, 0, sizeof(encoder->nulls));
    for (uint32_t i = 0; i < rows; i++) {
        bool absent = values[i] == MOMENT_NONE;
        encoder->values[i] = absent ? 0 : values[i];
        encoder->nulls[i / 8] |= (uint8_t)(absent << (i % 8));
        facts->nulls += absent;
    }
    if (facts->nulls < rows)
        encode_values(encoder, (struct header){.kind = COLUMN_MOMENT, .rows = rows}, true, facts);
}

static void encode_wide(struct encoder *encoder, uint32_t rows, uint8_t scale,
                        const struct chunk_facts *facts)
{
    put_header(encoder, &(struct header){.encoding = CHUNK_WIDE,
                                         .kind = COLUMN_DECIMAL,
                                         .scale = scale,
                                         .rows = rows,
                                         .nulls = facts->nulls});
    put_nulls(encoder, rows, facts->nulls);
    for (uint32_t i = 0; i < rows; i++)
        put_wide(encoder, encoder->wide[i]);
}

static struct decimal cell_of(const int64_t *units, const uint8_t *scales,
                              const struct decimal *wide, uint32_t row)
{
    if (scales[row] == DECIMAL_CELL_WIDE)
        return wide[units[row]];
    return (struct decimal){units[row], scales[row]};
}

static uint8_t largest_mark(const uint8_t *scales, uint32_t rows)
{
    uint8_t largest = 0;
    for (uint32_t i = 0; i < rows; i++)
        largest = scales[i] > largest ? scales[i] : largest;
    return largest;
}

/* Marks absent rows and finds the scale that all others share. */
static uint8_t common_scale(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                            const struct decimal *wide, uint32_t rows, uint32_t *nulls)
{
    uint8_t scale = largest_mark(scales, rows);
    memset(encoder->nulls, 0, sizeof(encoder->nulls));
    if (scale < DECIMAL_CELL_WIDE)
        return scale;
    scale = 0;
    for (uint32_t i = 0; i < rows; i++) {
        bool absent = scales[i] == DECIMAL_CELL_NULL;
        encoder->nulls[i / 8] |= (uint8_t)(absent << (i % 8));
        *nulls += absent;
        uint8_t own = absent                           ? 0
                      : scales[i] == DECIMAL_CELL_WIDE ? wide[units[i]].scale
                                                       : scales[i];
        scale = own > scale ? own : scale;
    }
    return scale;
}

/* Mantissas at `scale` into encoder->values; false when one needs more than 64 bits. The factors of
 * marks and of scales too far off are 0: such cells are looked at one by one. */
static bool narrow_values(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                          uint32_t rows, uint8_t scale)
{
    int64_t factors[256] = {0};
    bool overflow = false;
    bool marks = false;
    bool any_far = false;
    bool far = false;
    factors[scale] = 1;
    for (int own = scale - 1; own >= 0 && scale - own <= 18; own--)
        factors[own] = factors[own + 1] * 10;
    for (uint32_t i = 0; i < rows; i++) {
        int64_t factor = factors[scales[i]];
        overflow |= __builtin_mul_overflow(units[i], factor, &encoder->values[i]);
        marks |= encoder->values[i] == MOMENT_NONE;
        any_far |= !factor;
    }
    for (uint32_t i = 0; any_far && i < rows; i++)
        far |= !factors[scales[i]] && scales[i] != DECIMAL_CELL_NULL &&
               (scales[i] == DECIMAL_CELL_WIDE || units[i]);
    return !overflow && !marks && !far;
}

/* Mantissas at `scale` into encoder->wide; false when one needs more than 128 bits. */
static bool wide_values(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                        const struct decimal *wide, uint32_t rows, uint8_t scale)
{
    struct gr_err ignored = {0};
    for (uint32_t i = 0; i < rows; i++) {
        struct decimal cell = DECIMAL_ZERO;
        if (scales[i] != DECIMAL_CELL_NULL)
            cell = cell_of(units, scales, wide, i);
        if (decimal_rescale(cell, scale, &cell, &ignored))
            return false;
        encoder->wide[i] = cell.units;
    }
    return true;
}

/* Each value at its own scale. */
static void encode_mixed(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                         const struct decimal *wide, uint32_t rows, const struct chunk_facts *facts)
{
    put_header(encoder, &(struct header){.encoding = CHUNK_MIXED,
                                         .kind = COLUMN_DECIMAL,
                                         .rows = rows,
                                         .nulls = facts->nulls});
    put_nulls(encoder, rows, facts->nulls);
    for (uint32_t i = 0; i < rows; i++)
        put_wide(encoder, null_at(encoder, i) ? 0 : cell_of(units, scales, wide, i).units);
    for (uint32_t i = 0; i < rows; i++)
        put(encoder, null_at(encoder, i) ? 0 : cell_of(units, scales, wide, i).scale, 1);
}

void decimals_read(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                   const struct decimal *wide, uint32_t rows, struct chunk_facts *facts,
                   uint8_t *scale)
{
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    *scale = common_scale(encoder, units, scales, wide, rows, &facts->nulls);
    if (facts->nulls == rows)
        return;
    facts->narrow = narrow_values(encoder, units, scales, rows, *scale);
    if (facts->narrow) {
        find_range(encoder, rows, facts->nulls, &facts->min, &facts->max);
        return;
    }
    if (!encoder->wide)
        encoder->wide = gr_alloc(BATCH_ROWS * sizeof(*encoder->wide));
    facts->mixed = !wide_values(encoder, units, scales, wide, rows, *scale);
    if (facts->mixed) /* needs the cells: done at once */
        encode_mixed(encoder, units, scales, wide, rows, facts);
}

void decimals_encode(struct encoder *encoder, uint32_t rows, uint8_t scale, bool packed,
                     struct chunk_facts *facts)
{
    struct header header = {.kind = COLUMN_DECIMAL, .scale = scale, .rows = rows};
    if (facts->nulls == rows || facts->mixed)
        return;
    if (facts->narrow)
        encode_values(encoder, header, packed, facts);
    else
        encode_wide(encoder, rows, scale, facts);
}

void encode_same(struct encoder *encoder, uint32_t column_id)
{
    encoder->bytes[0] = CHUNK_SAME;
    encoder->length = CHUNK_HEADER_BYTES;
    put(encoder, column_id, 4);
}
