/* Hostile blocks of texts and parts of hashes: refused, or every text and entry can be read. */
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint64_t sink; /* so that the reads are made */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text_cursor cursor = {0};
    struct text_part part = {0};
    uint64_t digest = 0;
    cursor.block = gr_alloc(size + 1);
    cursor.block_length = cursor.block_capacity = size;
    if (size)
        memcpy(cursor.block, bytes, size);
    for (int text = 0; text < 128 && text_cursor_next(&cursor); text++)
        digest += hash_bytes(cursor.text, cursor.length + 1);
    if (text_part_read(cursor.block, size, &part))
        for (size_t i = 0; i < part.count; i++)
            digest += part.entries[i];
    sink = digest;
    free(part.entries);
    text_cursor_deinit(&cursor);
    return 0;
}
