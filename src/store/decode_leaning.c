/* Chunks that lean on other columns of their segment -> column: LIKE, FUNCTION, SCALED, and the
 * bundles in which they come. Called by decode.c; pure, and trusts no byte, as that is.
 */
#include "store/decode_internal.h"

#include <stdlib.h>
#include <string.h>

enum { BUNDLE_HEADER_BYTES = 32, LEANING_IDS_BYTES = 8, SAME_ROWS_ABSENT = 1 };

enum gr_status bundle_open(const uint8_t *bytes, size_t length, struct bundle *out,
                           struct gr_err *err)
{
    *out = (struct bundle){0};
    if (length < BUNDLE_HEADER_BYTES || bytes[1] < 2 || bytes[1] > CHUNK_BUNDLE_MAX)
        return damaged(err, "a bundle");
    size_t at = BUNDLE_HEADER_BYTES;
    for (uint32_t i = 0; i < bytes[1]; i++) {
        uint64_t own = load(bytes + 8 + (size_t)i * 8, 8);
        if (own > length - at || length - at - own < KERNEL_SLACK_BYTES)
            return damaged(err, "length of a bundle");
        out->chunks[out->count++] = (struct chunk_view){bytes + at, (size_t)own};
        size_t next = at + (((size_t)own + KERNEL_SLACK_BYTES + 7) & ~(size_t)7);
        at = next < length ? next : length;
    }
    return GR_OK;
}

static void *ready(void *buffer, size_t size)
{
    return buffer ? buffer : gr_alloc(BATCH_ROWS * size);
}

/* Rows of patches: ascending, within the segment. */
static enum gr_status read_patch_rows(struct reader *reader, uint32_t patches, uint32_t rows,
                                      const uint8_t **out, struct gr_err *err)
{
    int64_t last = -1;
    if (patches > rows || !has_bytes(reader, (uint64_t)patches * 2))
        return damaged(err, "count of its patches");
    *out = reader->at;
    for (uint32_t i = 0; i < patches; i++) {
        int64_t row = (int64_t)load(*out + (size_t)i * 2, 2);
        if (row <= last || row >= rows)
            return damaged(err, "row of a patch");
        last = row;
    }
    reader->at += (size_t)patches * 2;
    return GR_OK;
}

static uint32_t patch_row(const uint8_t *rows, uint32_t patch)
{
    return (uint32_t)load(rows + (size_t)patch * 2, 2);
}

/* ---- LIKE ---- */

static bool is_number(const struct column_data *data)
{
    return data->kind != COLUMN_TEXT &&
           (data->form == COLUMN_VALUES ||
            (data->form == COLUMN_CONSTANT && data->constant == (int64_t)data->constant));
}

/* The numbers of `from`, which is not read again, become those of `to`. */
static void take_values(struct column_data *from, struct column_data *to)
{
    if (from->form == COLUMN_VALUES) {
        int64_t *values = to->values;
        to->values = from->values;
        from->values = values;
        return;
    }
    to->values = ready(to->values, sizeof(*to->values));
    for (uint32_t row = 0; row < from->rows; row++)
        to->values[row] = (int64_t)from->constant;
}

static void clear_absent(struct column_data *data)
{
    for (uint32_t row = 0; data->null_bits && row < data->rows; row++)
        if (data->null_bits[row / 8] >> (row % 8) & 1)
            data->values[row] = 0;
}

static enum gr_status nulls_of_other(const struct column_data *other, struct column_data *data,
                                     struct gr_err *err)
{
    if (!other->null_bits || other->nulls != data->nulls)
        return damaged(err, "count of absent rows");
    data->null_copy = data->null_copy ? data->null_copy : gr_alloc(BATCH_ROWS / 8);
    memcpy(data->null_copy, other->null_bits, (data->rows + 7) / 8);
    data->null_bits = data->null_copy;
    return GR_OK;
}

static enum gr_status decode_like(struct reader *reader, struct column_data *data,
                                  struct gr_err *err)
{
    struct column_data *other = &data->leaned_on[0];
    const uint8_t *rows = NULL;
    if (!is_number(other) || other->kind != data->kind || other->scale != data->scale)
        return damaged(err, "the column that it is like");
    if (!has_bytes(reader, 4))
        return damaged(err, "shorter than its flags");
    uint64_t flags = load(reader->at, 4);
    reader->at += 4;
    if (flags > SAME_ROWS_ABSENT)
        return damaged(err, "flags");
    GR_TRY(flags ? nulls_of_other(other, data, err) : decode_nulls(reader, data, err));
    GR_TRY(read_patch_rows(reader, reader->count, data->rows, &rows, err));
    if (reader->width < 1 || reader->width > 8 ||
        (uint64_t)(reader->end - reader->at) != (uint64_t)reader->count * reader->width)
        return damaged(err, "length of its patches");
    take_values(other, data);
    for (uint32_t i = 0; i < reader->count; i++) {
        uint64_t rest = load(reader->at + (size_t)i * reader->width, reader->width);
        if ((i128)reader->base + rest > INT64_MAX)
            return damaged(err, "value beyond 64 bits");
        data->values[patch_row(rows, i)] = (int64_t)((uint64_t)reader->base + rest);
    }
    clear_absent(data);
    data->form = COLUMN_VALUES;
    return GR_OK;
}

/* ---- FUNCTION ---- */

struct function {
    uint32_t entries; /* of the list of the other column */
    uint32_t patches;
};

static enum gr_status read_function(struct reader *reader, struct function *out,
                                    struct column_data *data, struct gr_err *err)
{
    if (!has_bytes(reader, LEANING_IDS_BYTES + 8))
        return damaged(err, "shorter than its counts");
    reader->at += LEANING_IDS_BYTES;
    out->entries = (uint32_t)load(reader->at, 4);
    out->patches = (uint32_t)load(reader->at + 4, 4);
    reader->at += 8;
    return decode_dictionary(reader, data, err);
}

enum gr_status decode_function_dictionary(struct reader *reader, struct column_data *data,
                                          struct gr_err *err)
{
    struct function ignored = {0};
    return read_function(reader, &ignored, data, err);
}

static enum gr_status decode_function(struct reader *reader, const struct kernels *kernels,
                                      struct column_data *data, struct gr_err *err)
{
    const struct column_data *key = &data->leaned_on[0];
    struct function function = {0};
    const uint8_t *rows = NULL;
    GR_TRY(read_function(reader, &function, data, err));
    if (data->kind != COLUMN_TEXT || key->form != COLUMN_CODES ||
        key->dictionary_count != function.entries)
        return damaged(err, "the column that decides it");
    uint64_t packed = ((uint64_t)function.entries * reader->width + 7) / 8;
    if (reader->width < 1 || reader->width > 16 || !has_bytes(reader, packed))
        return damaged(err, "its map");
    uint16_t *map = gr_alloc(function.entries * sizeof(*map));
    kernels->unpack_codes(reader->at, reader->width, function.entries, map);
    for (uint32_t row = 0; row < data->rows; row++)
        data->codes[row] = map[key->codes[row]];
    free(map);
    reader->at += packed;
    GR_TRY(read_patch_rows(reader, function.patches, data->rows, &rows, err));
    if ((uint64_t)(reader->end - reader->at) != (uint64_t)function.patches * 2)
        return damaged(err, "length of its patches");
    for (uint32_t i = 0; i < function.patches; i++)
        data->codes[patch_row(rows, i)] = (uint16_t)load(reader->at + (size_t)i * 2, 2);
    return check_codes(data, err);
}

/* ---- SCALED ---- */

/* Products beyond 64 bits become MOMENT_NONE: only a patch or an absent row may stand there. */
static bool multiply(const struct reader *reader, const uint8_t *rates,
                     struct column_data *quantity, struct column_data *data)
{
    const uint16_t *codes = data->leaned_on[0].codes;
    bool overflow = false;
    int64_t *rate = gr_alloc(reader->count * sizeof(*rate));
    for (uint32_t c = 0; c < reader->count; c++)
        rate[c] = (int64_t)((uint64_t)reader->base +
                            load(rates + (size_t)c * reader->width, reader->width));
    if (quantity)
        take_values(quantity, data);
    else
        data->values = ready(data->values, sizeof(*data->values));
    int64_t *values = data->values;
    for (uint32_t row = 0; row < data->rows && quantity; row++) {
        bool over = __builtin_mul_overflow(values[row], rate[codes[row]], &values[row]);
        values[row] = over ? MOMENT_NONE : values[row];
        overflow |= over;
    }
    for (uint32_t row = 0; row < data->rows && !quantity; row++)
        values[row] = rate[codes[row]];
    free(rate);
    return overflow;
}

static bool has_mark(const struct column_data *data)
{
    for (uint32_t row = 0; row < data->rows; row++)
        if (data->values[row] == MOMENT_NONE)
            return true;
    return false;
}

static enum gr_status decode_scaled(struct reader *reader, uint32_t others,
                                    struct column_data *data, struct gr_err *err)
{
    const struct column_data *key = &data->leaned_on[0];
    struct column_data *quantity = others > 1 ? &data->leaned_on[1] : NULL;
    const uint8_t *rows = NULL;
    if (key->form != COLUMN_CODES || key->dictionary_count != reader->count ||
        (quantity && !is_number(quantity)))
        return damaged(err, "the columns that decide it");
    if (!has_bytes(reader, 4) || reader->width < 1 || reader->width > 8)
        return damaged(err, "its rates");
    uint32_t patches = (uint32_t)load(reader->at, 4);
    reader->at += 4;
    GR_TRY(decode_nulls(reader, data, err));
    const uint8_t *rates = reader->at;
    if (!has_bytes(reader, (uint64_t)reader->count * reader->width))
        return damaged(err, "shorter than its rates");
    reader->at += (size_t)reader->count * reader->width;
    GR_TRY(read_patch_rows(reader, patches, data->rows, &rows, err));
    if ((uint64_t)(reader->end - reader->at) != (uint64_t)patches * 8)
        return damaged(err, "length of its patches");
    bool overflow = multiply(reader, rates, quantity, data);
    for (uint32_t i = 0; i < patches; i++)
        data->values[patch_row(rows, i)] = (int64_t)load(reader->at + (size_t)i * 8, 8);
    clear_absent(data);
    if (overflow && has_mark(data))
        return damaged(err, "value beyond 64 bits");
    data->form = COLUMN_VALUES;
    return GR_OK;
}

enum gr_status decode_leaning(struct reader *reader, uint32_t others, const struct kernels *kernels,
                              struct column_data *data, struct gr_err *err)
{
    if (!has_bytes(reader, LEANING_IDS_BYTES))
        return damaged(err, "shorter than the names of what it leans on");
    if (reader->encoding == CHUNK_FUNCTION && others == 1)
        return decode_function(reader, kernels, data, err);
    reader->at += LEANING_IDS_BYTES;
    if (reader->encoding == CHUNK_LIKE && others == 1)
        return decode_like(reader, data, err);
    if (reader->encoding == CHUNK_SCALED && data->kind != COLUMN_TEXT)
        return decode_scaled(reader, others, data, err);
    return damaged(err, "a bundle around a chunk that needs none");
}
