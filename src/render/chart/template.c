/* Finds the files of templates/: in the home folder where it has one, else compiled in. */
#include "base/embedded.h"
#include "render/chart/chart_internal.h"

extern const struct embedded_file chart_templates[];
extern const size_t chart_templates_count;

/* A template is a file of that folder and nothing else. */
static bool template_name_is_plain(struct str name)
{
    if (!name.len || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '/' || (unsigned char)name.ptr[i] < 0x20)
            return false;
    return true;
}

enum gr_status chart_template_text(struct arena *arena, const char *home, struct str name,
                                   struct str *out, struct gr_err *err)
{
    if (!template_name_is_plain(name))
        return gr_fail(err, GR_EUSAGE, "\"%.*s\" is not the name of a template", STR_ARG(name));
    *out = embedded_text(arena, home, "templates", arena_str(arena, name).ptr, chart_templates,
                         chart_templates_count);
    if (out->ptr)
        return GR_OK;
    return gr_fail(err, GR_EUSAGE, "there is no template \"%.*s\"", STR_ARG(name));
}
