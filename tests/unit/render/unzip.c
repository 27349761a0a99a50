/* Reads one member of a zip file in memory; see unzip.h. */
#include "unzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Offsets in a central directory header (PKWARE APPNOTE 4.3.12). */
enum { CENTRAL_METHOD = 10, CENTRAL_PACKED = 20, CENTRAL_SIZE = 24, CENTRAL_NAME_LEN = 28 };
enum { CENTRAL_EXTRA_LEN = 30, CENTRAL_COMMENT_LEN = 32, CENTRAL_LOCAL = 42, CENTRAL_NAME = 46 };
enum { LOCAL_NAME_LEN = 26, LOCAL_EXTRA_LEN = 28, LOCAL_NAME = 30 };
enum { END_SIZE = 22, END_DIRECTORY = 16 };

static uint32_t read_number(const char *at, size_t bytes)
{
    uint32_t number = 0;
    while (bytes--)
        number = number << 8 | (unsigned char)at[bytes];
    return number;
}

static char *inflate_member(struct str archive, const char *header)
{
    size_t size = read_number(header + CENTRAL_SIZE, 4);
    const char *local = archive.ptr + read_number(header + CENTRAL_LOCAL, 4);
    const char *packed = local + LOCAL_NAME + read_number(local + LOCAL_NAME_LEN, 2) +
                         read_number(local + LOCAL_EXTRA_LEN, 2);
    char *text = calloc(size + 1, 1);
    if (!text || read_number(header + CENTRAL_METHOD, 2) != Z_DEFLATED)
        return text;
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)packed,
                       .avail_in = read_number(header + CENTRAL_PACKED, 4),
                       .next_out = (unsigned char *)text,
                       .avail_out = (unsigned)size};
    bool done =
        inflateInit2(&stream, -MAX_WBITS) == Z_OK && inflate(&stream, Z_FINISH) == Z_STREAM_END;
    inflateEnd(&stream);
    if (!done)
        text[0] = 0;
    return text;
}

char *unzip_member(struct str archive, const char *name)
{
    if (archive.len < END_SIZE)
        return NULL;
    const char *end = archive.ptr + archive.len - END_SIZE;
    const char *header = archive.ptr + read_number(end + END_DIRECTORY, 4);
    while (header + CENTRAL_NAME < end && memcmp(header, "PK\1\2", 4) == 0) {
        size_t name_len = read_number(header + CENTRAL_NAME_LEN, 2);
        if (name_len == strlen(name) && memcmp(header + CENTRAL_NAME, name, name_len) == 0)
            return inflate_member(archive, header);
        header += CENTRAL_NAME + name_len + read_number(header + CENTRAL_EXTRA_LEN, 2) +
                  read_number(header + CENTRAL_COMMENT_LEN, 2);
    }
    return NULL;
}
