/* Byte sources: any bytes, read in odd steps, must end in bytes or an error. A gz header is put in
 * front of every second input, so that the inflater sees more than plain text. */
#include <stdlib.h>
#include <string.h>

#include "ingest/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct str bytes, size_t step)
{
    struct gr_err err = {0};
    struct ingest_source *source;
    char chunk[1024], hash[65];
    if (source_open_memory("fuzz", bytes, &source, &err) != GR_OK)
        return;
    uint64_t total = source_position(source);
    size_t got = 1;
    while (got > 0 && source_read(source, chunk, step, &got, &err) == GR_OK)
        total += got;
    if (err.status == GR_OK && (total != source_position(source) ||
                                source_finish(source, hash, &err) != GR_OK || strlen(hash) != 64))
        abort();
    source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[10] = {0x1F, (char)0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
    if (size == 0)
        return 0;
    size_t step = 1 + data[0] % 1024;
    struct str bytes = {(const char *)data + 1, size - 1};
    if (data[0] % 2 == 0) {
        read_all(bytes, step);
        return 0;
    }
    char *gz = gr_alloc(sizeof header + bytes.len);
    memcpy(gz, header, sizeof header);
    if (bytes.len > 0)
        memcpy(gz + sizeof header, bytes.ptr, bytes.len);
    read_all((struct str){gz, sizeof header + bytes.len}, step);
    free(gz);
    return 0;
}
