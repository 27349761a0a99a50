/* See ini.h. inih is handed one line at a time, so that every entry knows its line. */
#include "base/ini.h"

#include <ini.h>
#include <string.h>

#include "base/file.h"

enum { SECTION_BYTES_MAX = 49 /* inih cuts longer ones */ };

struct ini_pass {
    struct arena *arena;
    struct ini_file *out;
    struct str rest; /* text not yet read */
    long line;       /* of the last line read */
    struct str section;
    struct gr_err *err;
    enum gr_status status;
};

static void add_entry(struct ini_pass *pass, struct str key, struct str value)
{
    pass->out->entries[pass->out->count++] = (struct ini_entry){
        .section = pass->section, .key = key, .value = value, .line = pass->line};
}

/* inih tells of keys only; a section without any is a section all the same. */
static enum gr_status begin_section(struct ini_pass *pass, struct str line)
{
    struct str inside = {line.ptr + 1, line.len - 1};
    struct str section = str_trim(str_cut(&inside, ']'));
    if (!inside.ptr)
        return gr_fail(pass->err, GR_EUSAGE, "%s:%ld: a section's name has no closing ]",
                       pass->out->name, pass->line);
    if (section.len > SECTION_BYTES_MAX)
        return gr_fail(pass->err, GR_EUSAGE, "%s:%ld: a section's name has at most %d bytes",
                       pass->out->name, pass->line, SECTION_BYTES_MAX);
    pass->section = arena_str(pass->arena, section);
    add_entry(pass, STR_NONE, STR_NONE);
    return GR_OK;
}

/* Hands inih one line, without leading blanks: to inih an indented line goes on with the value
 * before it, which here is never meant. */
static char *next_line(char *out, int room, void *stream)
{
    struct ini_pass *pass = stream;
    if (pass->status || !pass->rest.ptr || pass->rest.len == 0)
        return NULL;
    struct str line = str_trim(str_cut(&pass->rest, '\n'));
    pass->line++;
    if (line.len + 2 > (size_t)room)
        pass->status = gr_fail(pass->err, GR_EUSAGE, "%s:%ld: a line has at most %d bytes",
                               pass->out->name, pass->line, room - 2);
    else if (line.len > 0 && line.ptr[0] == '[')
        pass->status = begin_section(pass, line);
    if (pass->status)
        return NULL;
    if (line.len > 0)
        memcpy(out, line.ptr, line.len);
    memcpy(out + line.len, "\n", 2);
    return out;
}

static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct ini_pass *pass = user;
    (void)section; /* begin_section() has seen it */
    if (pass->status)
        return 0;
    if (!pass->section.ptr)
        pass->status = gr_fail(pass->err, GR_EUSAGE, "%s:%ld: %s stands before any [section]",
                               pass->out->name, pass->line, name);
    else
        add_entry(pass, arena_str(pass->arena, str_from(name)),
                  arena_str(pass->arena, str_trim(str_from(value ? value : ""))));
    return pass->status == GR_OK;
}

static size_t count_lines(struct str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

enum gr_status ini_read(struct arena *arena, struct str text, const char *name,
                        struct ini_file *out, struct gr_err *err)
{
    *out = (struct ini_file){.name = name};
    if (!str_is_utf8(text) || (text.len > 0 && memchr(text.ptr, '\0', text.len)))
        return gr_fail(err, GR_EUSAGE, "%s: not a text in UTF-8", name);
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = (struct str){text.ptr + 3, text.len - 3};
    out->entries = arena_alloc_zeroed(arena, count_lines(text), sizeof *out->entries);
    struct ini_pass pass = {.arena = arena, .out = out, .rest = text, .err = err};
    int wrong_line = ini_parse_stream(next_line, &pass, take_key, &pass);
    if (pass.status)
        return pass.status;
    if (wrong_line != 0)
        return gr_fail(err, GR_EUSAGE, "%s:%d: neither [section] nor key = value", name,
                       wrong_line);
    return GR_OK;
}

enum gr_status ini_read_file(struct arena *arena, const char *path, struct ini_file *out,
                             struct gr_err *err)
{
    struct strbuf text;
    strbuf_init(&text, INI_FILE_BYTES_MAX);
    enum gr_status status = file_read(path, &text, err);
    if (!status)
        status = ini_read(arena, strbuf_str(&text), path, out, err);
    strbuf_deinit(&text);
    return status;
}
