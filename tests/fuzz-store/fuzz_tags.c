/* Any Tags text: the walk ends, and what it finds lies in memory. The first byte is the key's
 * length. */
#include <stdlib.h>
#include <string.h>

#include "base/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile unsigned sink; /* so that the reads are made */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1 || bytes[0] >= size)
        return 0;
    struct arena arena = ARENA_EMPTY;
    struct str key = {(const char *)bytes + 1, bytes[0]};
    struct str text = {(const char *)bytes + 1 + bytes[0], size - 1 - bytes[0]};
    struct str found = tags_member(&arena, text, key);
    unsigned digest = 0;
    for (size_t i = 0; i < found.len; i++)
        digest += (unsigned char)found.ptr[i];
    sink = digest;
    arena_deinit(&arena);
    return 0;
}
