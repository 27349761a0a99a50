/* Finds the files of templates/: in the home folder when one is given, else compiled in. */
#include "base/embedded.h"
#include "base/file.h"
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

static enum gr_status template_from_home(struct arena *arena, const char *home, struct str name,
                                         struct str *out, struct gr_err *err)
{
    struct str path = arena_printf(arena, "%s/templates/%.*s", home, STR_ARG(name));
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    enum gr_status status = file_read(path.ptr, &text, err);
    if (!status)
        *out = arena_str(arena, strbuf_str(&text));
    strbuf_deinit(&text);
    return status;
}

enum gr_status chart_template_text(struct arena *arena, const char *home, struct str name,
                                   struct str *out, struct gr_err *err)
{
    if (!template_name_is_plain(name))
        return gr_fail(err, GR_EUSAGE, "\"%.*s\" is not the name of a template", STR_ARG(name));
    if (home)
        return template_from_home(arena, home, name, out, err);
    for (size_t i = 0; i < chart_templates_count; i++)
        if (str_is(name, chart_templates[i].name)) {
            *out = (struct str){(const char *)chart_templates[i].bytes, chart_templates[i].len};
            return GR_OK;
        }
    return gr_fail(err, GR_EUSAGE, "there is no template \"%.*s\"", STR_ARG(name));
}
