/* What the encoders share: the bytes of a chunk and its header. */
#ifndef GR_STORE_ENCODE_INTERNAL_H
#define GR_STORE_ENCODE_INTERNAL_H

#include <string.h>

#include "store/encoding.h"

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

static inline void put(struct encoder *encoder, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        encoder->bytes[encoder->length++] = (uint8_t)(value >> (8 * i));
}

void put_wide(struct encoder *encoder, i128 value);
void put_header(struct encoder *encoder, const struct header *header); /* starts the chunk */
/* The bitmap, when any row is absent. */
void put_nulls(struct encoder *encoder, uint32_t rows, uint32_t nulls);
/* Rows of patches, as u16. */
void put_patch_rows(struct encoder *encoder, uint32_t count);

static inline bool null_at(const struct encoder *encoder, uint32_t row)
{
    return encoder->nulls[row / 8] >> (row % 8) & 1;
}

static inline unsigned bytes_of(uint64_t range)
{
    unsigned bytes = 1;
    while (bytes < 8 && range >> (8 * bytes))
        bytes++;
    return bytes;
}

static inline unsigned bits_of(uint64_t largest)
{
    return largest ? 64 - (unsigned)__builtin_clzll(largest) : 1;
}

/* encode_text.c: the form of the list of encoder->dictionary: its base and factor in the header. */
void list_shape(const struct encoder *encoder, struct header *header);
void put_list(struct encoder *encoder, const struct header *header);
void put_packed_codes(struct encoder *encoder, const uint16_t *codes, uint32_t count,
                      unsigned width);

#endif
