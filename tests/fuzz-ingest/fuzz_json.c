/* JSON trees: what was read and written must read again as the same text. */
#include <stdlib.h>

#include "ingest/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_parser *parser = json_open();
    struct arena arena = ARENA_EMPTY;
    struct json_value value, again;
    struct strbuf first, second;
    strbuf_init(&first, 16 << 20);
    strbuf_init(&second, 16 << 20);
    if (!json_read(parser, &arena, (struct str){(const char *)data, size}, &value)) {
        json_write(&value, &first);
        if (!first.overflowed) {
            if (json_read(parser, &arena, strbuf_str(&first), &again))
                abort();
            json_write(&again, &second);
            if (!str_equal(strbuf_str(&first), strbuf_str(&second)))
                abort();
        }
    }
    strbuf_deinit(&first);
    strbuf_deinit(&second);
    json_close(parser);
    arena_deinit(&arena);
    return 0;
}
