/* Text columns -> chunk bytes: lists of global codes, and places in them by rows or by runs. Called
 * by pack.c; encoding.h has the layout.
 */
#include "store/encode_internal.h"

#include <stdlib.h>

enum { TABLE_MAX = 1 << 22 };

static int compare_codes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Dictionary and local codes when the codes lie close together: one mark for each code in between.
 */
static void local_codes_by_table(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                                 uint32_t min, size_t range, uint16_t *out)
{
    if (encoder->place_capacity < range) {
        free(encoder->places);
        encoder->places = gr_alloc(range * sizeof(*encoder->places));
        encoder->place_capacity = range;
    }
    uint16_t *places = encoder->places;
    memset(places, 0, range * sizeof(*places));
    for (uint32_t i = 0; i < rows; i++)
        places[codes[i] - min] = 1;
    uint32_t count = 0;
    for (size_t at = 0; at < range; at++) {
        bool seen = places[at];
        encoder->dictionary[count] = min + (uint32_t)at;
        places[at] = (uint16_t)count;
        count += seen;
    }
    encoder->dictionary_count = count;
    for (uint32_t i = 0; i < rows; i++)
        out[i] = places[codes[i] - min];
}

/* The same when they lie far apart: sort, then search. */
static void local_codes_by_sorting(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                                   uint16_t *out)
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
        out[i] = (uint16_t)low;
    }
}

/* encoder->dictionary of `count` codes and the place of each in it. */
static void local_codes(struct encoder *encoder, const uint32_t *codes, uint32_t count,
                        uint16_t *out)
{
    uint32_t min = UINT32_MAX;
    uint32_t max = 0;
    for (uint32_t i = 0; i < count; i++) {
        min = codes[i] < min ? codes[i] : min;
        max = codes[i] > max ? codes[i] : max;
    }
    if (max - min < TABLE_MAX)
        local_codes_by_table(encoder, codes, count, min, (size_t)(max - min) + 1, out);
    else
        local_codes_by_sorting(encoder, codes, count, out);
}

/* The dictionary is of codes of a load: puts those of the store in their place, and in order. */
static void map_dictionary(struct encoder *encoder, uint32_t rows)
{
    uint32_t count = encoder->dictionary_count;
    for (uint32_t i = 0; i < count; i++)
        encoder->entries[i] = encoder->code_map[encoder->dictionary[i]];
    local_codes(encoder, encoder->entries, count, encoder->entry_places);
    for (uint32_t i = 0; i < rows; i++)
        encoder->codes[i] = encoder->entry_places[encoder->codes[i]];
}

static uint32_t count_runs(const uint16_t *codes, uint32_t rows)
{
    uint32_t runs = 1;
    for (uint32_t i = 1; i < rows; i++)
        runs += codes[i] != codes[i - 1];
    return runs;
}

static uint64_t list_range(const struct encoder *encoder)
{
    return (uint64_t)encoder->dictionary[encoder->dictionary_count - 1] - encoder->dictionary[0] +
           1;
}

void list_shape(const struct encoder *encoder, struct header *header)
{
    uint64_t range = list_range(encoder);
    unsigned entry = bytes_of(range - 1);
    bool bitmap = 4 + (range + 7) / 8 < (uint64_t)encoder->dictionary_count * entry;
    header->base = encoder->dictionary[0];
    header->factor = bitmap ? 0 : entry;
}

void put_list(struct encoder *encoder, const struct header *header)
{
    const uint32_t *entries = encoder->dictionary;
    uint32_t count = encoder->dictionary_count;
    if (header->factor) {
        for (uint32_t i = 0; i < count; i++)
            put(encoder, (uint64_t)(entries[i] - header->base), (unsigned)header->factor);
        return;
    }
    uint64_t range = list_range(encoder);
    put(encoder, range, 4);
    uint8_t *bits = encoder->bytes + encoder->length;
    memset(bits, 0, (range + 7) / 8);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = entries[i] - entries[0];
        bits[at / 8] |= (uint8_t)(1u << at % 8);
    }
    encoder->length += (range + 7) / 8;
}

void put_packed_codes(struct encoder *encoder, const uint16_t *codes, uint32_t count,
                      unsigned width)
{
    uint64_t window = 0;
    unsigned filled = 0;
    uint8_t *out = encoder->bytes + encoder->length;
    for (uint32_t i = 0; i < count; i++) {
        window |= (uint64_t)codes[i] << filled;
        filled += width;
        if (filled < 32)
            continue;
        for (unsigned byte = 0; byte < 4; byte++)
            *out++ = (uint8_t)(window >> (8 * byte));
        window >>= 32;
        filled -= 32;
    }
    for (unsigned bit = 0; bit < filled; bit += 8, window >>= 8)
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

static uint32_t count_absent(const uint32_t *codes, uint32_t rows)
{
    uint32_t absent = 0;
    for (uint32_t i = 0; i < rows; i++)
        absent += codes[i] == 0;
    return absent;
}

static uint32_t code_of(const struct encoder *encoder, uint32_t code)
{
    return encoder->code_map ? encoder->code_map[code] : code;
}

static bool all_alike(const uint32_t *codes, uint32_t rows)
{
    return memcmp(codes, codes + 1, (rows - 1) * sizeof(*codes)) == 0;
}

static void encode_constant(struct encoder *encoder, uint32_t code, uint32_t rows,
                            struct chunk_facts *facts)
{
    encoder->dictionary[0] = code;
    encoder->dictionary_count = 1;
    memset(encoder->codes, 0, rows * sizeof(*encoder->codes));
    facts->nulls = code ? 0 : rows;
    if (!code)
        return;
    put_header(encoder, &(struct header){.encoding = CHUNK_CONSTANT, .rows = rows});
    put(encoder, code, 4);
}

void encode_text(struct encoder *encoder, const uint32_t *codes, uint32_t rows,
                 struct chunk_facts *facts)
{
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    if (all_alike(codes, rows)) {
        encode_constant(encoder, code_of(encoder, codes[0]), rows, facts);
        return;
    }
    local_codes(encoder, codes, rows, encoder->codes);
    if (encoder->code_map)
        map_dictionary(encoder, rows);
    facts->nulls = encoder->dictionary[0] ? 0 : count_absent(codes, rows);
    uint32_t count = encoder->dictionary_count;
    unsigned width = bits_of(count - 1);
    uint32_t runs = count_runs(encoder->codes, rows);
    bool by_runs = 4 + (size_t)runs * 4 < ((size_t)rows * width + 7) / 8;
    struct header header = {.encoding = by_runs ? CHUNK_CODE_RUNS : CHUNK_CODES,
                            .width = by_runs ? 0 : width,
                            .rows = rows,
                            .nulls = facts->nulls,
                            .count = count};
    list_shape(encoder, &header);
    put_header(encoder, &header);
    put_list(encoder, &header);
    if (by_runs)
        put_code_runs(encoder, rows, runs);
    else
        put_packed_codes(encoder, encoder->codes, rows, width);
}

/* ---- a text that another one decides ---- */

/* What most rows of each code of the key have, guessed from three of them. */
static void guess_by_key(const struct encode_key *key, const uint32_t *codes, uint32_t *map)
{
    for (uint32_t c = 0; c < key->count; c++) {
        uint32_t last = codes[key->last_row[c]];
        map[c] = codes[key->middle_row[c]] == last ? last : codes[key->first_row[c]];
    }
}

/* Rows that are not as the map says, in encoder->patch_rows; false when they are too many. Mostly
 * there are none in a group of eight. */
static bool find_patches(struct encoder *encoder, const struct encode_key *key,
                         const uint32_t *codes, uint32_t rows, const uint32_t *map,
                         uint32_t *patches)
{
    enum { GROUP = 8 };
    uint32_t limit = rows / PATCH_SHARE;
    uint32_t found = 0;
    for (uint32_t first = 0; first < rows; first += GROUP) {
        uint32_t end = rows - first < GROUP ? rows : first + GROUP;
        const uint16_t *own = key->codes + first;
        uint32_t differ = 0;
        if (end - first == GROUP)
            for (uint32_t i = 0; i < GROUP; i++)
                differ |= map[own[i]] ^ codes[first + i];
        else
            differ = 1;
        for (uint32_t i = first; differ && i < end; i++) {
            encoder->patch_rows[found] = (uint16_t)i;
            found += map[key->codes[i]] != codes[i];
        }
        if (found > limit)
            return false;
    }
    *patches = found;
    return true;
}

static void put_function(struct encoder *encoder, const struct encode_key *key, uint32_t rows,
                         uint32_t patches, const struct chunk_facts *facts)
{
    struct header header = {.encoding = CHUNK_FUNCTION,
                            .width = bits_of(encoder->dictionary_count - 1),
                            .rows = rows,
                            .nulls = facts->nulls,
                            .count = encoder->dictionary_count};
    list_shape(encoder, &header);
    put_header(encoder, &header);
    put(encoder, key->column_id, 4);
    put(encoder, 0, 4);
    put(encoder, key->count, 4);
    put(encoder, patches, 4);
    put_list(encoder, &header);
    put_packed_codes(encoder, encoder->codes, key->count, header.width);
    put_patch_rows(encoder, patches);
    for (uint32_t i = 0; i < patches; i++)
        put(encoder, encoder->codes[key->count + i], 2);
}

/* encoder->codes holds the places of the key's codes and of the patches: makes them those of the
 * rows. */
static void spread_places(struct encoder *encoder, const struct encode_key *key, uint32_t rows,
                          uint32_t patches)
{
    uint16_t places[KEY_ENTRIES_MAX + BATCH_ROWS / PATCH_SHARE];
    memcpy(places, encoder->codes, (key->count + patches) * sizeof(*places));
    for (uint32_t i = 0; i < rows; i++)
        encoder->codes[i] = places[key->codes[i]];
    for (uint32_t i = 0; i < patches; i++)
        encoder->codes[encoder->patch_rows[i]] = places[key->count + i];
}

bool encode_function(struct encoder *encoder, const struct encode_key *key, const uint32_t *codes,
                     uint32_t rows, bool spread, struct chunk_facts *facts)
{
    uint32_t *map = encoder->entries; /* of the key, then of the patches */
    uint32_t patches = 0;
    *facts = (struct chunk_facts){0};
    encoder->length = 0;
    if (all_alike(codes, rows))
        return false;
    guess_by_key(key, codes, map);
    if (!find_patches(encoder, key, codes, rows, map, &patches))
        return false;
    for (uint32_t i = 0; i < patches; i++)
        map[key->count + i] = codes[encoder->patch_rows[i]];
    for (uint32_t i = 0; i < key->count + patches; i++)
        map[i] = code_of(encoder, map[i]);
    local_codes(encoder, map, key->count + patches, encoder->codes);
    facts->nulls = encoder->dictionary[0] ? 0 : count_absent(codes, rows);
    put_function(encoder, key, rows, patches, facts);
    if (spread)
        spread_places(encoder, key, rows, patches);
    return true;
}

bool encode_key_make(struct encode_key *key, const struct encoder *encoder, uint32_t column_id,
                     uint32_t rows)
{
    if (encoder->dictionary_count < KEY_ENTRIES_MIN ||
        encoder->dictionary_count > rows / KEY_SHARE || encoder->dictionary_count > KEY_ENTRIES_MAX)
        return false;
    key->column_id = column_id;
    key->count = encoder->dictionary_count;
    memcpy(key->codes, encoder->codes, rows * sizeof(*key->codes));
    for (uint32_t i = 0; i < rows; i++)
        key->last_row[key->codes[i]] = (uint16_t)i;
    for (uint32_t i = rows; i-- > 0;)
        key->first_row[key->codes[i]] = (uint16_t)i;
    memcpy(key->middle_row, key->first_row, key->count * sizeof(*key->middle_row));
    for (uint32_t i = rows; i-- > rows / 2;)
        key->middle_row[key->codes[i]] = (uint16_t)i;
    return true;
}
