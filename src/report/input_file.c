/* See input_file.h. */
#include "report/input_file.h"

#include "base/file.h"
#include "base/sha256.h"

void input_file_of_text(struct arena *arena, const char *name, struct str text,
                        struct input_file *out)
{
    char hex[65];
    struct sha256 hash;
    sha256_init(&hash);
    if (text.len)
        sha256_update(&hash, text.ptr, text.len);
    sha256_hex(&hash, hex);
    *out =
        (struct input_file){.path = arena_str(arena, str_from(name)).ptr,
                            .text = text,
                            .sha256 = arena_str(arena, (struct str){hex, INPUT_FILE_SHA256_SHOWN})};
}

enum gr_status input_file_read(struct arena *arena, const char *path, struct input_file *out,
                               struct gr_err *err)
{
    struct strbuf bytes;
    strbuf_init(&bytes, INPUT_FILE_BYTES_MAX);
    enum gr_status status = file_read(path, &bytes, err);
    if (!status)
        input_file_of_text(arena, path, arena_str(arena, bytes.len ? strbuf_str(&bytes) : STR("")),
                           out);
    strbuf_deinit(&bytes);
    return status;
}
