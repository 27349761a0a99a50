/* See embedded.h. Called by sql, report and render; must not know what the files mean. */
#include "base/embedded.h"

#include "base/file.h"

enum { HOME_FILE_BYTES_MAX = 1 << 20 };

static struct str home_text(struct arena *arena, const char *home, const char *folder,
                            const char *name)
{
    struct gr_err ignored = {0};
    struct strbuf buf;
    struct str text = STR_NONE;
    strbuf_init(&buf, HOME_FILE_BYTES_MAX);
    if (file_read(arena_printf(arena, "%s/%s/%s", home, folder, name).ptr, &buf, &ignored) == GR_OK)
        text = arena_str(arena, strbuf_str(&buf));
    strbuf_deinit(&buf);
    return text;
}

struct str embedded_text(struct arena *arena, const char *home, const char *folder,
                         const char *name, const struct embedded_file *files, size_t count)
{
    struct str text = home ? home_text(arena, home, folder, name) : STR_NONE;
    for (size_t i = 0; i < count && !text.ptr; i++)
        if (str_is(str_from(name), files[i].name))
            text = (struct str){(const char *)files[i].bytes, files[i].len};
    return text;
}
