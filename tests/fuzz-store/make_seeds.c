/* make_seeds FOLDER: one file for each encoding of encoding.h, made by the encoders themselves, as
 * seeds for fuzz_chunk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/encoding.h"

enum { ROWS = 600 };

struct seeds {
    const char *folder;
    struct encoder *encoder;
    struct encode_key *key;
    struct encode_base *base;
    uint8_t *chunks[3]; /* of a bundle */
    size_t lengths[3];
    uint32_t codes[ROWS];
    int64_t units[ROWS];
    uint8_t scales[ROWS];
};

static void write_seed(const struct seeds *seeds, const char *name, const uint8_t *bytes,
                       size_t length)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", seeds->folder, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file))
        exit(EXIT_FAILURE);
}

static void write_chunk(const struct seeds *seeds, const char *name)
{
    write_seed(seeds, name, seeds->encoder->bytes, seeds->encoder->length);
}

static void keep_chunk(struct seeds *seeds, int place)
{
    seeds->lengths[place] = seeds->encoder->length;
    memcpy(seeds->chunks[place], seeds->encoder->bytes, seeds->encoder->length);
}

/* The chunk that was encoded last and those that it leans on. */
static void write_bundle(struct seeds *seeds, const char *name, bool key, bool base)
{
    uint8_t *bytes = gr_alloc_zeroed(4, CHUNK_CEILING);
    size_t at = CHUNK_HEADER_BYTES;
    bool used[] = {true, key, base};
    keep_chunk(seeds, 0);
    bytes[0] = CHUNK_BUNDLE;
    for (int i = 0; i < 3; i++) {
        if (!used[i])
            continue;
        for (unsigned byte = 0; byte < 8; byte++)
            bytes[8 + 8 * bytes[1] + byte] = (uint8_t)((uint64_t)seeds->lengths[i] >> (8 * byte));
        bytes[1]++;
        memcpy(bytes + at, seeds->chunks[i], seeds->lengths[i]);
        at += (seeds->lengths[i] + KERNEL_SLACK_BYTES + 7) & ~(size_t)7;
    }
    write_seed(seeds, name, bytes, at);
    free(bytes);
}

static void make_texts(struct seeds *seeds)
{
    struct chunk_facts facts;
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->codes[i] = 9;
    encode_text(seeds->encoder, seeds->codes, ROWS, &facts);
    write_chunk(seeds, "constant-text");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->codes[i] = i / 100 * 1000;
    encode_text(seeds->encoder, seeds->codes, ROWS, &facts);
    write_chunk(seeds, "code-runs");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->codes[i] = i * 7919 % 40 * 100000;
    encode_text(seeds->encoder, seeds->codes, ROWS, &facts);
    write_chunk(seeds, "codes");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->codes[i] = i * 7919 % 40 + 3;
    encode_text(seeds->encoder, seeds->codes, ROWS, &facts);
    write_chunk(seeds, "codes-bitmap");
    keep_chunk(seeds, 1);
    if (!encode_key_make(seeds->key, seeds->encoder, 17, ROWS))
        exit(EXIT_FAILURE);
}

static void make_wholes(struct seeds *seeds)
{
    struct chunk_facts facts;
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->units[i] = 86400000;
    encode_whole(seeds->encoder, seeds->units, ROWS, &facts);
    write_chunk(seeds, "constant");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->units[i] = (int64_t)i * 3 - 70;
    encode_whole(seeds->encoder, seeds->units, ROWS, &facts);
    write_chunk(seeds, "step");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->units[i] = (int64_t)(i / 90 * 7919 % 13) * 3600000;
    encode_whole(seeds->encoder, seeds->units, ROWS, &facts);
    write_chunk(seeds, "value-runs");
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->units[i] = i % 9 ? (int64_t)(i * 7919 % 1000) : MOMENT_NONE;
    encode_whole(seeds->encoder, seeds->units, ROWS, &facts);
    write_chunk(seeds, "packed");
}

static void read_units(struct seeds *seeds, struct chunk_facts *facts, uint8_t *scale)
{
    decimals_read(seeds->encoder, seeds->units, seeds->scales, NULL, ROWS, facts, scale);
}

static void make_decimals(struct seeds *seeds)
{
    struct chunk_facts facts;
    uint8_t scale = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        seeds->units[i] = (int64_t)(i * 7919 % 1000) - 30;
        seeds->scales[i] = i % 11 ? 2 : DECIMAL_CELL_NULL;
    }
    read_units(seeds, &facts, &scale);
    encode_base_make(seeds->base, seeds->encoder, 18, ROWS, scale, &facts);
    decimals_encode(seeds->encoder, ROWS, scale, false, &facts);
    write_chunk(seeds, "values");
    keep_chunk(seeds, 2);
    seeds->units[50] = 12345678;
    read_units(seeds, &facts, &scale);
    if (!encode_like(seeds->encoder, seeds->base, ROWS, scale, &facts))
        exit(EXIT_FAILURE);
    write_bundle(seeds, "like", false, true);
    for (uint32_t i = 0; i < ROWS; i++) {
        seeds->units[i] = seeds->base->values[i] * (int64_t)(seeds->codes[i] * 31);
        seeds->scales[i] = 5;
    }
    seeds->units[51] = 3;
    read_units(seeds, &facts, &scale);
    if (!encode_scaled(seeds->encoder, seeds->key, seeds->base, ROWS, scale, &facts))
        exit(EXIT_FAILURE);
    write_bundle(seeds, "scaled", true, true);
}

static void make_wide(struct seeds *seeds)
{
    struct chunk_facts facts;
    uint8_t scale = 0;
    struct decimal wide[2] = {
        {(i128)INT64_MAX * 1000,      3},
        {(i128)INT64_MAX * INT64_MAX, 0}
    };
    for (uint32_t i = 0; i < ROWS; i++)
        seeds->scales[i] = 2;
    seeds->units[5] = 0;
    seeds->scales[5] = DECIMAL_CELL_WIDE;
    decimals_read(seeds->encoder, seeds->units, seeds->scales, wide, ROWS, &facts, &scale);
    decimals_encode(seeds->encoder, ROWS, scale, false, &facts);
    write_chunk(seeds, "wide");
    seeds->units[5] = 1;
    seeds->scales[6] = 27;
    decimals_read(seeds->encoder, seeds->units, seeds->scales, wide, ROWS, &facts, &scale);
    decimals_encode(seeds->encoder, ROWS, scale, false, &facts);
    write_chunk(seeds, "mixed");
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fputs("usage: make_seeds FOLDER\n", stderr);
        return EXIT_FAILURE;
    }
    struct seeds *seeds = gr_alloc_zeroed(1, sizeof(*seeds));
    struct chunk_facts facts;
    seeds->folder = arguments[1];
    seeds->encoder = encoder_open();
    seeds->key = gr_alloc_zeroed(1, sizeof(*seeds->key));
    seeds->base = gr_alloc_zeroed(1, sizeof(*seeds->base));
    for (int i = 0; i < 3; i++)
        seeds->chunks[i] = gr_alloc(CHUNK_CEILING);
    make_texts(seeds);
    uint32_t others[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        others[i] = i == 77 ? 5 : seeds->codes[i] % 4;
    if (!encode_function(seeds->encoder, seeds->key, others, ROWS, false, &facts))
        return EXIT_FAILURE;
    write_bundle(seeds, "function", true, false);
    make_wholes(seeds);
    make_decimals(seeds);
    make_wide(seeds);
    for (int i = 0; i < 3; i++)
        free(seeds->chunks[i]);
    free(seeds->key);
    free(seeds->base);
    encoder_close(seeds->encoder);
    free(seeds);
    return EXIT_SUCCESS;
}
