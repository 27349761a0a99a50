/* Chunk bytes -> column. A store file is input: every length, code and bound is checked before use.
 * Pure: workers call it at the same time, each with its own column_data.
 */
#include "store/decode_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void column_data_init(struct column_data *data)
{
    *data = (struct column_data){0};
}

void column_data_deinit(struct column_data *data)
{
    free(data->dictionary);
    free(data->codes);
    free(data->values);
    free(data->wide);
    free(data->null_copy);
    free(data->scale_copy);
    for (int i = 0; data->leaned_on && i < CHUNK_BUNDLE_MAX - 1; i++)
        column_data_deinit(&data->leaned_on[i]);
    free(data->leaned_on);
    *data = (struct column_data){0};
}

static i128 load_wide(const uint8_t *bytes)
{
    return (i128)((u128)load(bytes, 8) | (u128)load(bytes + 8, 8) << 64);
}

enum gr_status damaged(struct gr_err *err, const char *what)
{
    return gr_fail(err, GR_ESTORE, "damaged column chunk: %s", what);
}

static enum gr_status read_header(struct reader *reader, uint32_t rows, struct column_data *data,
                                  struct gr_err *err)
{
    const uint8_t *bytes = reader->at;
    if (reader->end - bytes < CHUNK_HEADER_BYTES)
        return damaged(err, "shorter than its header");
    reader->encoding = bytes[0];
    data->kind = (enum column_kind)bytes[1];
    data->scale = bytes[2];
    reader->width = bytes[3];
    data->rows = (uint32_t)load(bytes + 4, 4);
    data->nulls = (uint32_t)load(bytes + 8, 4);
    reader->count = (uint32_t)load(bytes + 12, 4);
    reader->base = (int64_t)load(bytes + 16, 8);
    reader->factor = (int64_t)load(bytes + 24, 8);
    reader->at += CHUNK_HEADER_BYTES;
    if (data->rows != rows || rows == 0 || rows > BATCH_ROWS)
        return damaged(err, "its rows are not those of the segment");
    if (bytes[1] > COLUMN_MOMENT || data->nulls >= rows)
        return damaged(err, "kind or count of absent rows");
    if (data->scale > (data->kind == COLUMN_DECIMAL ? DECIMAL_CELL_SCALE_MAX : 0))
        return damaged(err, "scale");
    return GR_OK;
}

static void *ready(void *buffer, size_t size)
{
    return buffer ? buffer : gr_alloc(BATCH_ROWS * size);
}

static enum gr_status decode_constant(struct reader *reader, struct column_data *data,
                                      struct gr_err *err)
{
    data->form = COLUMN_CONSTANT;
    if (data->nulls)
        return damaged(err, "a constant with absent rows");
    if (data->kind != COLUMN_TEXT) {
        if (reader->end - reader->at != 16)
            return damaged(err, "length of a constant");
        data->constant = load_wide(reader->at);
        if (data->kind == COLUMN_MOMENT && data->constant != (int64_t)data->constant)
            return damaged(err, "a moment beyond 64 bits");
        return GR_OK;
    }
    if (reader->end - reader->at != 4 || load(reader->at, 4) == 0)
        return damaged(err, "a constant text");
    data->dictionary = ready(data->dictionary, sizeof(*data->dictionary));
    data->dictionary[0] = (uint32_t)load(reader->at, 4);
    data->dictionary_count = 1;
    return GR_OK;
}

static enum gr_status read_entries(struct reader *reader, struct column_data *data,
                                   struct gr_err *err)
{
    unsigned entry = (unsigned)reader->factor;
    if (!has_bytes(reader, (uint64_t)reader->count * entry))
        return damaged(err, "shorter than its dictionary");
    int64_t last = -1;
    for (uint32_t i = 0; i < reader->count; i++, reader->at += entry) {
        int64_t code = reader->base + (int64_t)load(reader->at, entry);
        if (code <= last || code > UINT32_MAX)
            return damaged(err, "dictionary that does not ascend");
        data->dictionary[i] = (uint32_t)code;
        last = code;
    }
    return GR_OK;
}

static enum gr_status read_entry_bits(struct reader *reader, struct column_data *data,
                                      struct gr_err *err)
{
    if (!has_bytes(reader, 4))
        return damaged(err, "shorter than its dictionary");
    uint64_t range = load(reader->at, 4);
    uint64_t bytes = (range + 7) / 8;
    uint32_t found = 0;
    reader->at += 4;
    if (!has_bytes(reader, bytes) || reader->base + (int64_t)range - 1 > UINT32_MAX)
        return damaged(err, "range of its dictionary");
    for (uint64_t at = 0; at < bytes; at++)
        for (unsigned bits = reader->at[at]; bits; bits &= bits - 1) {
            uint64_t bit = at * 8 + (unsigned)__builtin_ctz(bits);
            if (found == reader->count || bit >= range)
                return damaged(err, "bits of its dictionary");
            data->dictionary[found++] = (uint32_t)(reader->base + (int64_t)bit);
        }
    reader->at += bytes;
    return found == reader->count ? GR_OK : damaged(err, "size of its dictionary");
}

enum gr_status decode_dictionary(struct reader *reader, struct column_data *data,
                                 struct gr_err *err)
{
    uint32_t count = reader->count;
    if (data->kind != COLUMN_TEXT || count < 2 || count > data->rows)
        return damaged(err, "size of its dictionary");
    if (reader->factor < 0 || reader->factor > 4 || reader->base < 0 || reader->base > UINT32_MAX)
        return damaged(err, "form of its dictionary");
    data->dictionary = ready(data->dictionary, sizeof(*data->dictionary));
    GR_TRY(reader->factor ? read_entries(reader, data, err) : read_entry_bits(reader, data, err));
    if ((data->dictionary[0] == 0) != (data->nulls > 0))
        return damaged(err, "dictionary and count of absent rows");
    data->dictionary_count = count;
    data->codes = ready(data->codes, sizeof(*data->codes));
    data->form = COLUMN_CODES;
    return GR_OK;
}

/* Every code must have an entry, and as many rows be absent as the header says. */
enum gr_status check_codes(const struct column_data *data, struct gr_err *err)
{
    uint16_t largest = 0;
    uint32_t zeros = 0;
    for (uint32_t i = 0; i < data->rows; i++) {
        largest = data->codes[i] > largest ? data->codes[i] : largest;
        zeros += data->codes[i] == 0;
    }
    if (largest >= data->dictionary_count)
        return damaged(err, "code without an entry");
    if (data->nulls && zeros != data->nulls)
        return damaged(err, "count of absent rows");
    return GR_OK;
}

static enum gr_status decode_codes(struct reader *reader, const struct kernels *kernels,
                                   struct column_data *data, struct gr_err *err)
{
    GR_TRY(decode_dictionary(reader, data, err));
    if (reader->width < 1 || reader->width > 16)
        return damaged(err, "width of its codes");
    uint64_t packed = ((uint64_t)data->rows * reader->width + 7) / 8;
    if ((uint64_t)(reader->end - reader->at) != packed)
        return damaged(err, "length of its codes");
    kernels->unpack_codes(reader->at, reader->width, data->rows, data->codes);
    return check_codes(data, err);
}

static enum gr_status decode_code_runs(struct reader *reader, struct column_data *data,
                                       struct gr_err *err)
{
    GR_TRY(decode_dictionary(reader, data, err));
    if (!has_bytes(reader, 4))
        return damaged(err, "shorter than its runs");
    uint32_t runs = (uint32_t)load(reader->at, 4);
    reader->at += 4;
    if (runs > data->rows || (uint64_t)(reader->end - reader->at) != (uint64_t)runs * 4)
        return damaged(err, "length of its runs");
    const uint8_t *places = reader->at + (size_t)runs * 2;
    uint32_t row = 0;
    for (uint32_t run = 0; run < runs; run++) {
        uint32_t length = (uint32_t)load(reader->at + run * 2, 2) + 1;
        uint16_t place = (uint16_t)load(places + run * 2, 2);
        if (length > data->rows - row)
            return damaged(err, "runs longer than the segment");
        for (uint32_t end = row + length; row < end; row++)
            data->codes[row] = place;
    }
    if (row != data->rows)
        return damaged(err, "runs shorter than the segment");
    return check_codes(data, err);
}

enum gr_status decode_nulls(struct reader *reader, struct column_data *data, struct gr_err *err)
{
    if (!data->nulls)
        return GR_OK;
    uint32_t bytes = (data->rows + 7) / 8;
    if (!has_bytes(reader, bytes))
        return damaged(err, "shorter than its null bitmap");
    if (!data->null_copy)
        data->null_copy = gr_alloc(BATCH_ROWS / 8);
    memcpy(data->null_copy, reader->at, bytes);
    reader->at += bytes;
    uint32_t nulls = 0;
    for (uint32_t i = 0; i < bytes; i++)
        nulls += (uint32_t)__builtin_popcount(data->null_copy[i]);
    bool padding = data->rows % 8 && data->null_copy[bytes - 1] >> (data->rows % 8);
    if (nulls != data->nulls || padding)
        return damaged(err, "null bitmap");
    data->null_bits = data->null_copy;
    return GR_OK;
}

/* base + largest possible rest * factor must stay in 64 bits. */
static bool range_is_sound(const struct reader *reader, uint64_t largest)
{
    return (i128)(largest * (u128)reader->factor) + reader->base <= INT64_MAX;
}

/* Only width 8 or a large factor needs a look at the rests themselves. */
static enum gr_status check_range(const struct reader *reader, const uint8_t *rests, uint32_t count,
                                  struct gr_err *err)
{
    if (reader->width < 1 || reader->width > 8 || reader->factor < 1)
        return damaged(err, "width or factor of its values");
    if (range_is_sound(reader, UINT64_MAX >> (64 - 8 * reader->width)))
        return GR_OK;
    for (uint32_t i = 0; i < count; i++)
        if (!range_is_sound(reader, load(rests + (size_t)i * reader->width, reader->width)))
            return damaged(err, "value beyond 64 bits");
    return GR_OK;
}

/* `count` values stand at the front: each goes to its row, from behind, so that none is lost. */
static void spread_values(struct column_data *data, uint32_t count)
{
    assert(data->null_bits);
    for (uint32_t row = data->rows; row-- > 0;)
        data->values[row] = data->null_bits[row / 8] >> (row % 8) & 1 ? 0 : data->values[--count];
}

static enum gr_status decode_values(struct reader *reader, const struct kernels *kernels,
                                    struct column_data *data, struct gr_err *err)
{
    GR_TRY(decode_nulls(reader, data, err));
    uint32_t count = data->rows - data->nulls;
    if ((uint64_t)(reader->end - reader->at) != (uint64_t)count * reader->width)
        return damaged(err, "length of its values");
    GR_TRY(check_range(reader, reader->at, count, err));
    data->values = ready(data->values, sizeof(*data->values));
    kernels->unpack_values(reader->at, reader->width, count, reader->base, reader->factor,
                           data->values);
    if (data->nulls)
        spread_values(data, count);
    data->form = COLUMN_VALUES;
    return GR_OK;
}

/* `width` bits (1..63) from bit `at` on; 9 bytes behind the first must be readable. */
static uint64_t load_bits(const uint8_t *packed, uint64_t at, unsigned width)
{
    const uint8_t *bytes = packed + at / 8;
    unsigned shift = (unsigned)(at % 8);
    uint64_t value = load(bytes, 8) >> shift;
    if (shift)
        value |= (uint64_t)bytes[8] << (64 - shift);
    return value & (UINT64_MAX >> (64 - width));
}

static enum gr_status decode_packed(struct reader *reader, struct column_data *data,
                                    struct gr_err *err)
{
    GR_TRY(decode_nulls(reader, data, err));
    uint32_t count = data->rows - data->nulls;
    if (reader->width < 1 || reader->width > 63 || reader->factor < 1)
        return damaged(err, "width or factor of its packed values");
    if ((uint64_t)(reader->end - reader->at) != ((uint64_t)count * reader->width + 7) / 8)
        return damaged(err, "length of its packed values");
    bool sound = range_is_sound(reader, UINT64_MAX >> (64 - reader->width));
    data->values = ready(data->values, sizeof(*data->values));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t rest = load_bits(reader->at, (uint64_t)i * reader->width, reader->width);
        if (!sound && !range_is_sound(reader, rest))
            return damaged(err, "value beyond 64 bits");
        data->values[i] = (int64_t)((uint64_t)reader->base + rest * (uint64_t)reader->factor);
    }
    if (data->nulls)
        spread_values(data, count);
    data->form = COLUMN_VALUES;
    return GR_OK;
}

static enum gr_status decode_value_runs(struct reader *reader, struct column_data *data,
                                        struct gr_err *err)
{
    uint32_t runs = reader->count;
    if (data->nulls || runs > data->rows || reader->width > 8 ||
        (uint64_t)(reader->end - reader->at) != (uint64_t)runs * (2 + reader->width))
        return damaged(err, "length of its runs");
    const uint8_t *rests = reader->at + (size_t)runs * 2;
    GR_TRY(check_range(reader, rests, runs, err));
    data->values = ready(data->values, sizeof(*data->values));
    uint32_t row = 0;
    for (uint32_t run = 0; run < runs; run++) {
        uint32_t length = (uint32_t)load(reader->at + run * 2, 2) + 1;
        uint64_t rest = load(rests + (size_t)run * reader->width, reader->width);
        if (length > data->rows - row)
            return damaged(err, "runs longer than the segment");
        int64_t value = (int64_t)((uint64_t)reader->base + rest * (uint64_t)reader->factor);
        for (uint32_t end = row + length; row < end; row++)
            data->values[row] = value;
    }
    if (row != data->rows)
        return damaged(err, "runs shorter than the segment");
    data->form = COLUMN_VALUES;
    return GR_OK;
}

static enum gr_status decode_step(struct reader *reader, struct column_data *data,
                                  struct gr_err *err)
{
    i128 last = (i128)reader->base + (i128)(data->rows - 1) * reader->factor;
    if (data->nulls || reader->end != reader->at || last != (int64_t)last)
        return damaged(err, "constant step");
    data->values = ready(data->values, sizeof(*data->values));
    for (uint32_t i = 0; i < data->rows; i++)
        data->values[i] = (int64_t)(reader->base + (i128)i * reader->factor);
    data->form = COLUMN_VALUES;
    return GR_OK;
}

static void take_wide_values(const struct reader *reader, struct column_data *data)
{
    data->wide = ready(data->wide, sizeof(*data->wide));
    for (uint32_t i = 0; i < data->rows; i++) {
        bool absent = data->nulls && data->null_bits[i / 8] >> (i % 8) & 1;
        data->wide[i] = absent ? 0 : load_wide(reader->at + (size_t)i * 16);
    }
    data->form = COLUMN_WIDE;
}

static enum gr_status decode_wide(struct reader *reader, struct column_data *data,
                                  struct gr_err *err)
{
    GR_TRY(decode_nulls(reader, data, err));
    if (data->kind != COLUMN_DECIMAL ||
        (uint64_t)(reader->end - reader->at) != (uint64_t)data->rows * 16)
        return damaged(err, "length of its wide values");
    take_wide_values(reader, data);
    return GR_OK;
}

static enum gr_status decode_mixed(struct reader *reader, struct column_data *data,
                                   struct gr_err *err)
{
    GR_TRY(decode_nulls(reader, data, err));
    if (data->kind != COLUMN_DECIMAL || data->scale ||
        (uint64_t)(reader->end - reader->at) != (uint64_t)data->rows * 17)
        return damaged(err, "length of its mixed values");
    const uint8_t *scales = reader->at + (size_t)data->rows * 16;
    for (uint32_t i = 0; i < data->rows; i++)
        if (scales[i] > DECIMAL_CELL_SCALE_MAX)
            return damaged(err, "scale of a value");
    if (!data->scale_copy)
        data->scale_copy = gr_alloc(BATCH_ROWS);
    memcpy(data->scale_copy, scales, data->rows);
    data->scales = data->scale_copy;
    take_wide_values(reader, data);
    return GR_OK;
}

static void start(struct column_data *data, uint32_t rows)
{
    data->form = COLUMN_ABSENT;
    data->rows = rows;
    data->nulls = rows;
    data->scale = 0;
    data->dictionary_count = 0;
    data->null_bits = NULL;
    data->scales = NULL;
}

enum gr_status column_decode_dictionary(const uint8_t *bytes, size_t length, uint32_t rows,
                                        struct column_data *data, struct gr_err *err)
{
    start(data, rows);
    if (length == 0)
        return GR_OK;
    struct bundle bundle = {.count = 1, .chunks = {{bytes, length}}};
    if (bytes[0] == CHUNK_BUNDLE)
        GR_TRY(bundle_open(bytes, length, &bundle, err));
    struct reader reader = reader_of(bundle.chunks[0]);
    GR_TRY(read_header(&reader, rows, data, err));
    if (data->kind == COLUMN_TEXT && reader.encoding == CHUNK_CONSTANT)
        return decode_constant(&reader, data, err);
    if (reader.encoding == CHUNK_FUNCTION)
        return decode_function_dictionary(&reader, data, err);
    if (reader.encoding == CHUNK_CODES || reader.encoding == CHUNK_CODE_RUNS)
        return decode_dictionary(&reader, data, err);
    return damaged(err, "not a text column");
}

static enum gr_status decode_plain(struct reader *reader, const struct kernels *kernels,
                                   struct column_data *data, struct gr_err *err)
{
    bool text = data->kind == COLUMN_TEXT;
    if (reader->encoding == CHUNK_CONSTANT)
        return decode_constant(reader, data, err);
    if (text && reader->encoding == CHUNK_CODES)
        return decode_codes(reader, kernels, data, err);
    if (text && reader->encoding == CHUNK_CODE_RUNS)
        return decode_code_runs(reader, data, err);
    if (!text && reader->encoding == CHUNK_VALUES)
        return decode_values(reader, kernels, data, err);
    if (!text && reader->encoding == CHUNK_VALUE_RUNS)
        return decode_value_runs(reader, data, err);
    if (!text && reader->encoding == CHUNK_STEP)
        return decode_step(reader, data, err);
    if (!text && reader->encoding == CHUNK_PACKED)
        return decode_packed(reader, data, err);
    if (!text && reader->encoding == CHUNK_WIDE)
        return decode_wide(reader, data, err);
    if (!text && reader->encoding == CHUNK_MIXED)
        return decode_mixed(reader, data, err);
    return damaged(err, "unknown encoding");
}

static enum gr_status decode_chunk(struct reader *reader, uint32_t rows,
                                   const struct kernels *kernels, struct column_data *data,
                                   struct gr_err *err)
{
    start(data, rows);
    GR_TRY(read_header(reader, rows, data, err));
    return decode_plain(reader, kernels, data, err);
}

static enum gr_status decode_bundle(const struct bundle *bundle, uint32_t rows,
                                    const struct kernels *kernels, struct column_data *data,
                                    struct gr_err *err)
{
    struct reader own = reader_of(bundle->chunks[0]);
    GR_TRY(read_header(&own, rows, data, err));
    if (!data->leaned_on)
        data->leaned_on = gr_alloc_zeroed(CHUNK_BUNDLE_MAX - 1, sizeof(*data->leaned_on));
    for (uint32_t i = 1; i < bundle->count; i++) {
        struct reader other = reader_of(bundle->chunks[i]);
        GR_TRY(decode_chunk(&other, rows, kernels, &data->leaned_on[i - 1], err));
    }
    return decode_leaning(&own, bundle->count - 1, kernels, data, err);
}

enum gr_status column_decode(const uint8_t *bytes, size_t length, uint32_t rows,
                             const struct kernels *kernels, struct column_data *data,
                             struct gr_err *err)
{
    struct bundle bundle;
    start(data, rows);
    if (length == 0)
        return GR_OK;
    if (bytes[0] == CHUNK_BUNDLE) {
        GR_TRY(bundle_open(bytes, length, &bundle, err));
        return decode_bundle(&bundle, rows, kernels, data, err);
    }
    struct reader reader = reader_of((struct chunk_view){bytes, length});
    return decode_chunk(&reader, rows, kernels, data, err);
}

bool column_is_null(const struct column_data *data, uint32_t row)
{
    if (data->form == COLUMN_ABSENT)
        return true;
    if (data->form == COLUMN_CODES)
        return data->dictionary[data->codes[row]] == 0;
    return data->null_bits && data->null_bits[row / 8] >> (row % 8) & 1;
}

i128 column_number(const struct column_data *data, uint32_t row)
{
    if (data->form == COLUMN_VALUES)
        return data->values[row];
    if (data->form == COLUMN_WIDE)
        return data->wide[row];
    return data->form == COLUMN_CONSTANT ? data->constant : 0;
}

struct decimal column_decimal(const struct column_data *data, uint32_t row)
{
    uint8_t scale = data->scales ? data->scales[row] : data->scale;
    return (struct decimal){column_number(data, row), scale};
}

uint32_t column_code(const struct column_data *data, uint32_t row)
{
    if (data->form == COLUMN_CODES)
        return data->dictionary[data->codes[row]];
    return data->form == COLUMN_CONSTANT ? data->dictionary[0] : 0;
}
