/* Column -> chunk bytes (encoding.h has the layout). Called by segment.c; knows no SQLite. */
#include "store/encoding.h"

#include <stdlib.h>
#include <string.h>

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

static void put(struct encoder *encoder, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        encoder->bytes[encoder->length++] = (uint8_t)(value >> (8 * i));
}

static void put_wide(struct encoder *encoder, i128 value)
{
    put(encoder, (uint64_t)value, 8);
    put(encoder, (uint64_t)((u128)value >> 64), 8);
}

struct header {
    enum chunk_encoding encoding;
    uint8_t kind;
    uint8_t scale;
    unsigned width;
    uint32_t rows;
    uint32_t nulls;
    uint32_t count;
    int64_t base;
    int64_t factor;
};

static void put_header(struct encoder *encoder, const struct header *header)
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

static unsigned bytes_of(uint64_t range)
{
    unsigned bytes = 1;
    while (bytes < 8 && range >> (8 * bytes))
        bytes++;
    return bytes;
}

static unsigned bits_of(uint32_t largest)
{
    unsigned bits = 1;
    while (largest >> bits)
        bits++;
    return bits;
}

/* ---- text ---- */

static int compare_codes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Dictionary and local codes when the codes lie close together: one mark for each code in between.
 */
static void local_codes_by_table(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                                 uint32_t min, size_t range)
{
    if (encoder->place_capacity < range) {
        free(encoder->places);
        encoder->places = gr_alloc(range * sizeof(*encoder->places));
        encoder->place_capacity = range;
    }
    memset(encoder->places, 0, range * sizeof(*encoder->places));
    for (uint32_t i = 0; i < rows; i++)
        encoder->places[codes[i] - min] = 1;
    uint32_t count = 0;
    for (size_t at = 0; at < range; at++)
        if (encoder->places[at]) {
            encoder->dictionary[count] = min + (uint32_t)at;
            encoder->places[at] = count++;
        }
    encoder->dictionary_count = count;
    for (uint32_t i = 0; i < rows; i++)
        encoder->codes[i] = (uint16_t)encoder->places[codes[i] - min];
}

/* The same when they lie far apart: sort, then search. */
static void local_codes_by_sorting(struct encoder *encoder, const uint32_t *codes, uint32_t rows)
{
    uint32_t *sorted = encoder->dictionary;
    memcpy(sorted, codes, rows * sizeof(*sorted));
    qsort(sorted, rows, sizeof(*sorted), compare_codes);
    uint32_t count = 1;
    for (uint32_t i = 1; i < rows; i++)
        if (sorted[i] != sorted[count - 1])
            sorted[count++] = sorted[i];
    encoder->dictionary_count = count;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t low = 0;
        for (uint32_t half = count; half > 1; half -= half / 2)
            low += sorted[low + half / 2] <= codes[i] ? half / 2 : 0;
        encoder->codes[i] = (uint16_t)low;
    }
}

static uint32_t count_runs(const uint16_t *codes, uint32_t rows)
{
    uint32_t runs = 1;
    for (uint32_t i = 1; i < rows; i++)
        runs += codes[i] != codes[i - 1];
    return runs;
}

static void put_dictionary(struct encoder *encoder, int64_t base, unsigned bytes)
{
    for (uint32_t i = 0; i < encoder->dictionary_count; i++)
        put(encoder, (uint64_t)(encoder->dictionary[i] - base), bytes);
}

static void put_packed_codes(struct encoder *encoder, uint32_t rows, unsigned width)
{
    uint64_t window = 0;
    unsigned filled = 0;
    uint8_t *out = encoder->bytes + encoder->length;
    for (uint32_t i = 0; i < rows; i++) {
        window |= (uint64_t)encoder->codes[i] << filled;
        for (filled += width; filled >= 8; filled -= 8, window >>= 8)
            *out++ = (uint8_t)window;
    }
    if (filled)
        *out++ = (uint8_t)window;
    encoder->length = (size_t)(out - encoder->bytes);
}

static void put_code_runs(struct encoder *encoder, uint32_t rows, uint32_t runs)
{
    const uint16_t *codes = encoder->codes;
    put(encoder, runs, 4);
    uint32_t first = 0;
    for (uint32_t i = 1; i <= rows; i++)
        if (i == rows || codes[i] != codes[i - 1]) {
            put(encoder, i - first - 1, 2);
            first = i;
        }
    for (uint32_t i = 1; i <= rows; i++)
        if (i == rows || codes[i] != codes[i - 1])
            put(encoder, codes[i - 1], 2);
}

static void make_local_codes(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                             uint32_t *nulls)
{
    enum { TABLE_MAX = 1 << 20 };
    uint32_t min = codes[0];
    uint32_t max = codes[0];
    *nulls = 0;
    for (uint32_t i = 0; i < rows; i++) {
        min = codes[i] < min ? codes[i] : min;
        max = codes[i] > max ? codes[i] : max;
        *nulls += codes[i] == 0;
    }
    if (max - min < TABLE_MAX)
        local_codes_by_table(encoder, codes, rows, min, (size_t)(max - min) + 1);
    else
        local_codes_by_sorting(encoder, codes, rows);
}

void encode_text(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                 struct chunk_facts *facts)
{
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    make_local_codes(encoder, codes, rows, &facts->nulls);
    if (facts->nulls == rows)
        return;
    uint32_t count = encoder->dictionary_count;
    if (count == 1) {
        put_header(encoder, &(struct header){.encoding = CHUNK_CONSTANT, .rows = rows});
        put(encoder, codes[0], 4);
        return;
    }
    unsigned width = bits_of(count - 1);
    uint32_t runs = count_runs(encoder->codes, rows);
    bool by_runs = 4 + (size_t)runs * 4 < ((size_t)rows * width + 7) / 8;
    int64_t base = encoder->dictionary[0];
    unsigned entry = bytes_of((uint64_t)(encoder->dictionary[count - 1] - base));
    put_header(encoder, &(struct header){.encoding = by_runs ? CHUNK_CODE_RUNS : CHUNK_CODES,
                                         .width = by_runs ? 0 : width,
                                         .rows = rows,
                                         .nulls = facts->nulls,
                                         .count = count,
                                         .base = base,
                                         .factor = entry});
    put_dictionary(encoder, base, entry);
    if (by_runs)
        put_code_runs(encoder, rows, runs);
    else
        put_packed_codes(encoder, rows, width);
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

static bool null_at(const struct encoder *encoder, uint32_t row)
{
    return encoder->nulls[row / 8] >> (row % 8) & 1;
}

static void put_nulls(struct encoder *encoder, uint32_t rows, uint32_t nulls)
{
    if (!nulls)
        return;
    memcpy(encoder->bytes + encoder->length, encoder->nulls, (rows + 7) / 8);
    encoder->length += (rows + 7) / 8;
}

static void put_values(struct encoder *encoder, const struct header *header)
{
    uint64_t factor = (uint64_t)header->factor;
    uint8_t *out = encoder->bytes + encoder->length;
    for (uint32_t i = 0; i < header->rows; i++) {
        if (header->nulls && null_at(encoder, i))
            continue;
        uint64_t rest = (uint64_t)encoder->values[i] - (uint64_t)header->base;
        rest = factor == 1 ? rest : rest / factor;
        for (unsigned byte = 0; byte < header->width; byte++)
            *out++ = (uint8_t)(rest >> (8 * byte));
    }
    encoder->length = (size_t)(out - encoder->bytes);
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

static struct number_shape shape_of(const struct encoder *encoder, uint32_t rows)
{
    const int64_t *values = encoder->values;
    struct number_shape shape = {.min = INT64_MAX, .max = INT64_MIN, .runs = 1, .step = true};
    for (uint32_t i = 0; i < rows; i++)
        if (!null_at(encoder, i)) {
            shape.min = values[i] < shape.min ? values[i] : shape.min;
            shape.max = values[i] > shape.max ? values[i] : shape.max;
        }
    uint64_t step = rows > 1 ? (uint64_t)values[1] - (uint64_t)values[0] : 0;
    for (uint32_t i = 1; i < rows; i++) {
        shape.runs += values[i] != values[i - 1];
        shape.step &= (uint64_t)values[i] - (uint64_t)values[i - 1] == step;
    }
    for (uint32_t i = 0; i < rows && shape.divisor != 1; i++)
        if (!null_at(encoder, i))
            shape.divisor =
                common_divisor((uint64_t)values[i] - (uint64_t)shape.min, shape.divisor);
    if (shape.divisor == 0 || shape.divisor > INT64_MAX)
        shape.divisor = 1;
    return shape;
}

/* Encodes encoder->values and encoder->nulls; at least one row is not absent. */
static void encode_values(struct encoder *encoder, struct header header, struct chunk_facts *facts)
{
    struct number_shape shape = shape_of(encoder, header.rows);
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
    header.encoding = CHUNK_VALUES;
    put_header(encoder, &header);
    put_nulls(encoder, header.rows, header.nulls);
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
        encode_values(encoder, (struct header){.kind = COLUMN_MOMENT, .rows = rows}, facts);
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

/* Marks absent rows and finds the scale that all others share. */
static uint8_t common_scale(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                            const struct decimal *wide, uint32_t rows, uint32_t *nulls)
{
    uint8_t scale = 0;
    memset(encoder->nulls, 0, sizeof(encoder->nulls));
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

/* Mantissas at `scale` into encoder->values; false when one needs more than 64 bits. */
static bool narrow_values(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                          uint32_t rows, uint8_t scale)
{
    int64_t powers[19] = {1};
    for (int i = 1; i < 19; i++)
        powers[i] = powers[i - 1] * 10;
    for (uint32_t i = 0; i < rows; i++) {
        encoder->values[i] = 0;
        if (scales[i] == DECIMAL_CELL_NULL || (scales[i] != DECIMAL_CELL_WIDE && units[i] == 0))
            continue;
        if (scales[i] == DECIMAL_CELL_WIDE || scale - scales[i] > 18 ||
            __builtin_mul_overflow(units[i], powers[scale - scales[i]], &encoder->values[i]) ||
            encoder->values[i] == MOMENT_NONE)
            return false;
    }
    return true;
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

void encode_decimals(struct encoder *encoder, const int64_t *units, const uint8_t *scales,
                     const struct decimal *wide, uint32_t rows, struct chunk_facts *facts,
                     uint8_t *scale)
{
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    *scale = common_scale(encoder, units, scales, wide, rows, &facts->nulls);
    if (facts->nulls == rows)
        return;
    if (narrow_values(encoder, units, scales, rows, *scale)) {
        encode_values(
            encoder, (struct header){.kind = COLUMN_DECIMAL, .scale = *scale, .rows = rows}, facts);
        return;
    }
    if (!encoder->wide)
        encoder->wide = gr_alloc(BATCH_ROWS * sizeof(*encoder->wide));
    facts->mixed = !wide_values(encoder, units, scales, wide, rows, *scale);
    if (facts->mixed)
        encode_mixed(encoder, units, scales, wide, rows, facts);
    else
        encode_wide(encoder, rows, *scale, facts);
}

void encode_same(struct encoder *encoder, uint32_t column_id)
{
    encoder->bytes[0] = CHUNK_SAME;
    encoder->length = CHUNK_HEADER_BYTES;
    put(encoder, column_id, 4);
}
