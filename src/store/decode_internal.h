/* What the decoders share: a chunk that is being read, and the chunks of a bundle. */
#ifndef GR_STORE_DECODE_INTERNAL_H
#define GR_STORE_DECODE_INTERNAL_H

#include "store/encoding.h"

struct chunk_view {
    const uint8_t *bytes;
    size_t length;
};

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t encoding;
    unsigned width;
    uint32_t count;
    int64_t base;
    int64_t factor;
};

/* A chunk and those that it leans on. */
struct bundle {
    uint32_t count;
    struct chunk_view chunks[CHUNK_BUNDLE_MAX];
};

static inline struct reader reader_of(struct chunk_view chunk)
{
    return (struct reader){.at = chunk.bytes, .end = chunk.bytes + chunk.length};
}

static inline uint64_t load(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static inline bool has_bytes(const struct reader *reader, uint64_t bytes)
{
    return (uint64_t)(reader->end - reader->at) >= bytes;
}

enum gr_status damaged(struct gr_err *err, const char *what);

/* decode.c: the list of a text column, and the bitmap of absent rows; the reader moves on. */
enum gr_status decode_dictionary(struct reader *reader, struct column_data *data,
                                 struct gr_err *err) GR_MUST_CHECK;
enum gr_status decode_nulls(struct reader *reader, struct column_data *data,
                            struct gr_err *err) GR_MUST_CHECK;
/* Every code must have an entry, and as many rows be absent as the header says. */
enum gr_status check_codes(const struct column_data *data, struct gr_err *err) GR_MUST_CHECK;

/* decode_leaning.c: `others` columns that this one leans on are decoded in data->leaned_on. */
enum gr_status bundle_open(const uint8_t *bytes, size_t length, struct bundle *out,
                           struct gr_err *err) GR_MUST_CHECK;
enum gr_status decode_leaning(struct reader *reader, uint32_t others, const struct kernels *kernels,
                              struct column_data *data, struct gr_err *err) GR_MUST_CHECK;
enum gr_status decode_function_dictionary(struct reader *reader, struct column_data *data,
                                          struct gr_err *err) GR_MUST_CHECK;

#endif
