/* Differential: both NDJSON engines must say the same of every input. The first byte chooses the
 * format; the lines come twice, so that the fast engine meets those that it has learned. */
#include <stdlib.h>
#include <string.h>

#include "ndjson_both.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf text, fast, yajl;
    if (size == 0)
        return 0;
    strbuf_init(&text, 64 << 20);
    for (int i = 0; i < 2; i++) {
        strbuf_append(&text, (struct str){(const char *)data + 1, size - 1});
        strbuf_append_char(&text, '\n');
    }
    if (!ndjson_both(strbuf_str(&text), data[0] % 2 ? "usage" : "usage-log", &fast, &yajl))
        abort();
    strbuf_deinit(&text);
    strbuf_deinit(&fast);
    strbuf_deinit(&yajl);
    return 0;
}
