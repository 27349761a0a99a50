/* The list of outputs; see renderer.h. To add one: a folder that exports a struct renderer, a line
 * here. */
#include <string.h>

#include "render/renderer.h"

static const struct renderer *const all_renderers[] = {
    &renderer_table, &renderer_csv,  &renderer_tsv, &renderer_json,
    &renderer_xlsx,  &renderer_html, &renderer_pdf,
};

const struct renderer *const *renderers(size_t *count)
{
    *count = sizeof all_renderers / sizeof all_renderers[0];
    return all_renderers;
}

const struct renderer *renderer_named(struct str name)
{
    size_t count;
    const struct renderer *const *list = renderers(&count);
    for (size_t i = 0; i < count; i++)
        if (str_is(name, list[i]->name))
            return list[i];
    return NULL;
}

const struct renderer *renderer_of_path(struct str path)
{
    size_t count;
    const struct renderer *const *list = renderers(&count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(list[i]->suffix);
        if (len < path.len && str_equal_nocase((struct str){path.ptr + path.len - len, len},
                                               str_from(list[i]->suffix)))
            return list[i];
    }
    return NULL;
}
