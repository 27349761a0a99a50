/* Numbers that other columns of the segment decide -> chunk bytes: like another column, or a rate
 * of a key times a quantity. Called by pack.c; encoding.h has the layout.
 */
#include "store/encode_internal.h"

void encode_base_make(struct encode_base *base, const struct encoder *encoder, uint32_t column_id,
                      uint32_t rows, uint8_t scale, const struct chunk_facts *facts)
{
    base->column_id = column_id;
    base->scale = scale;
    base->nulls = facts->nulls;
    memcpy(base->values, encoder->values, rows * sizeof(*base->values));
    memcpy(base->null_bits, encoder->nulls, sizeof(base->null_bits));
}

/* A look at a few rows saves a look at all. */
enum { SAMPLES = 64 };

static uint32_t sample_row(uint32_t sample, uint32_t rows)
{
    return (uint32_t)((uint64_t)sample * rows / SAMPLES);
}

/* ---- like another column ---- */

static bool seems_like(const struct encoder *encoder, const struct encode_base *base, uint32_t rows)
{
    uint32_t equal = 0;
    for (uint32_t s = 0; s < SAMPLES; s++) {
        uint32_t row = sample_row(s, rows);
        equal += encoder->values[row] == base->values[row] || null_at(encoder, row);
    }
    return equal >= SAMPLES / 2;
}

static uint32_t find_unlike(struct encoder *encoder, const struct encode_base *base, uint32_t rows)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < rows; i++) {
        encoder->patch_rows[found] = (uint16_t)i; /* found <= i */
        found += encoder->values[i] != base->values[i] && !null_at(encoder, i);
    }
    return found;
}

static void patch_range(const struct encoder *encoder, uint32_t patches, struct header *header)
{
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;
    for (uint32_t i = 0; i < patches; i++) {
        int64_t value = encoder->values[encoder->patch_rows[i]];
        min = value < min ? value : min;
        max = value > max ? value : max;
    }
    header->base = patches ? min : 0;
    header->width = patches ? bytes_of((uint64_t)max - (uint64_t)min) : 1;
}

bool encode_like(struct encoder *encoder, const struct encode_base *base, uint32_t rows,
                 uint8_t scale, struct chunk_facts *facts)
{
    if (!base->column_id || base->scale != scale || !seems_like(encoder, base, rows))
        return false;
    uint32_t patches = find_unlike(encoder, base, rows);
    if (patches > rows / 4)
        return false;
    bool same_nulls = facts->nulls && facts->nulls == base->nulls &&
                      memcmp(encoder->nulls, base->null_bits, (rows + 7) / 8) == 0;
    struct header header = {.encoding = CHUNK_LIKE,
                            .kind = COLUMN_DECIMAL,
                            .scale = scale,
                            .rows = rows,
                            .nulls = facts->nulls,
                            .count = patches,
                            .factor = 1};
    patch_range(encoder, patches, &header);
    put_header(encoder, &header);
    put(encoder, base->column_id, 4);
    put(encoder, 0, 4);
    put(encoder, same_nulls, 4);
    if (!same_nulls)
        put_nulls(encoder, rows, facts->nulls);
    put_patch_rows(encoder, patches);
    for (uint32_t i = 0; i < patches; i++)
        put(encoder, (uint64_t)encoder->values[encoder->patch_rows[i]] - (uint64_t)header.base,
            header.width);
    return true;
}

/* ---- a rate times a quantity ---- */

/* The rate of a row; false when the value is no whole multiple of the quantity. */
static bool rate_of_row(const struct encoder *encoder, const struct encode_base *quantity,
                        uint32_t row, int64_t *rate)
{
    int64_t by = quantity ? quantity->values[row] : 1;
    int64_t value = encoder->values[row];
    if (by == 0 || by == -1 || value % by)
        return false;
    *rate = value / by;
    return true;
}

/* What most rows of a code have, guessed from three of them. */
static int64_t rate_of_code(const struct encoder *encoder, const struct encode_key *key,
                            const struct encode_base *quantity, uint32_t code)
{
    int64_t first = 0;
    int64_t middle = 0;
    int64_t last = 0;
    bool has_middle = rate_of_row(encoder, quantity, key->middle_row[code], &middle);
    bool has_last = rate_of_row(encoder, quantity, key->last_row[code], &last);
    if (has_middle && has_last && middle == last)
        return last;
    if (rate_of_row(encoder, quantity, key->first_row[code], &first))
        return first;
    return has_middle ? middle : last;
}

static bool follows(const struct encoder *encoder, const struct encode_base *quantity, uint32_t row,
                    int64_t rate)
{
    int64_t product;
    int64_t by = quantity ? quantity->values[row] : 1;
    return !__builtin_mul_overflow(rate, by, &product) && product == encoder->values[row];
}

static bool seems_scaled(const struct encoder *encoder, const struct encode_key *key,
                         const struct encode_base *quantity, uint32_t rows)
{
    uint32_t good = 0;
    for (uint32_t s = 0; s < SAMPLES; s++) {
        uint32_t row = sample_row(s, rows);
        int64_t rate = rate_of_code(encoder, key, quantity, key->codes[row]);
        good += null_at(encoder, row) || follows(encoder, quantity, row, rate);
    }
    return good >= SAMPLES * 3 / 4;
}

/* Rows that are not rate x quantity; what is absent never counts. */
static bool find_unscaled(struct encoder *encoder, const struct encode_key *key,
                          const struct encode_base *quantity, uint32_t rows, const int64_t *rates,
                          uint32_t *patches)
{
    enum { BLOCK = 4096 };
    uint32_t found = 0;
    for (uint32_t first = 0; first < rows; first += BLOCK) {
        uint32_t end = first + BLOCK < rows ? first + BLOCK : rows;
        for (uint32_t i = first; i < end; i++) {
            encoder->patch_rows[found] = (uint16_t)i;
            found += !follows(encoder, quantity, i, rates[key->codes[i]]) && !null_at(encoder, i);
        }
        if (found > rows / PATCH_SHARE)
            return false;
    }
    *patches = found;
    return true;
}

static void put_scaled(struct encoder *encoder, const struct encode_key *key, struct header *header,
                       uint32_t quantity_id, uint32_t patches, const int64_t *rates)
{
    int64_t min = rates[0];
    int64_t max = rates[0];
    for (uint32_t c = 1; c < key->count; c++) {
        min = rates[c] < min ? rates[c] : min;
        max = rates[c] > max ? rates[c] : max;
    }
    header->base = min;
    header->width = bytes_of((uint64_t)max - (uint64_t)min);
    put_header(encoder, header);
    put(encoder, key->column_id, 4);
    put(encoder, quantity_id, 4);
    put(encoder, patches, 4);
    put_nulls(encoder, header->rows, header->nulls);
    for (uint32_t c = 0; c < key->count; c++)
        put(encoder, (uint64_t)rates[c] - (uint64_t)min, header->width);
    put_patch_rows(encoder, patches);
    for (uint32_t i = 0; i < patches; i++)
        put(encoder, (uint64_t)encoder->values[encoder->patch_rows[i]], 8);
}

bool encode_scaled(struct encoder *encoder, const struct encode_key *key,
                   const struct encode_base *quantity, uint32_t rows, uint8_t scale,
                   struct chunk_facts *facts)
{
    int64_t rates[KEY_ENTRIES_MAX];
    uint32_t patches = 0;
    if (!key->count || facts->min == facts->max || !seems_scaled(encoder, key, quantity, rows))
        return false;
    for (uint32_t c = 0; c < key->count; c++)
        rates[c] = rate_of_code(encoder, key, quantity, c);
    if (!find_unscaled(encoder, key, quantity, rows, rates, &patches))
        return false;
    struct header header = {.encoding = CHUNK_SCALED,
                            .kind = COLUMN_DECIMAL,
                            .scale = scale,
                            .rows = rows,
                            .nulls = facts->nulls,
                            .count = key->count,
                            .factor = 1};
    put_scaled(encoder, key, &header, quantity ? quantity->column_id : 0, patches, rates);
    return true;
}
