/* Where a document goes: renderer by option or suffix, file or standard output, colour and width.
 * Called by the commands that render.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/documents.h"
#include "cli/session.h"

static enum gr_status renderer_unknown(const char *name, struct gr_err *err)
{
    size_t count;
    const struct renderer *const *all = renderers(&count);
    char names[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof names - 32; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 all[i]->name);
    return gr_fail(err, GR_EUSAGE, "no output format for \"%s\"; there are: %s", name, names);
}

static enum gr_status choose_renderer(const struct options *options, const struct renderer **out,
                                      struct gr_err *err)
{
    if (options->output && !*options->output)
        return gr_fail(err, GR_EUSAGE, "-o: wanted a file, a folder for csv, or -");
    if (options->format) {
        *out = renderer_named(str_from(options->format));
        return *out ? GR_OK : renderer_unknown(options->format, err);
    }
    if (options->output && strcmp(options->output, "-") != 0) {
        const char *slash = strrchr(options->output, '/');
        *out = renderer_of_path(str_from(slash ? slash + 1 : options->output));
        if (!*out)
            return gr_fail(err, GR_EUSAGE,
                           "-o %s: its suffix names no output format; say it with --format",
                           options->output);
        return GR_OK;
    }
    *out = renderer_named(STR("table"));
    return GR_OK;
}

enum gr_status output_renderer(const struct options *options, const struct renderer **out,
                               struct gr_err *err)
{
    GR_TRY(choose_renderer(options, out, err));
    return documents_become(options, *out, err);
}

static bool locale_is_utf8(void)
{
    setlocale(LC_CTYPE, "");
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C");
    return utf8;
}

static enum gr_status terminal_options(const struct options *options, bool to_terminal,
                                       struct render_options *out, struct gr_err *err)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    const char *color = options->color ? options->color : "auto";
    bool known = !strcmp(color, "auto") || !strcmp(color, "always") || !strcmp(color, "never");
    if (!known)
        return gr_fail(err, GR_EUSAGE, "--color: \"%s\" is not one of auto, always, never", color);
    bool wanted = to_terminal && !dumb && !(no_color && *no_color);
    if (!strcmp(color, "always") || (!strcmp(color, "auto") && wanted))
        out->color = RENDER_COLOR_ALWAYS;
    struct winsize size = {0};
    if (to_terminal) {
        out->width = 80;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
            out->width = size.ws_col;
        out->ascii = dumb || !locale_is_utf8();
    }
    return GR_OK;
}

static void warn(void *context, const char *text)
{
    say(context, "%s", text);
}

static enum gr_status render_options_of(const struct options *options, struct render_options *out,
                                        struct gr_err *err)
{
    bool to_file = options->output && strcmp(options->output, "-") != 0;
    *out = (struct render_options){.exact = options->exact,
                                   .csv_bom = options->csv_bom,
                                   .csv_crlf = options->csv_crlf,
                                   .csv_raw = options->csv_raw,
                                   .home = options->home,
                                   .gnuplot = options->gnuplot,
                                   .warn = warn,
                                   .warn_context = (void *)(uintptr_t)options};
    return terminal_options(options, !to_file && isatty(STDOUT_FILENO), out, err);
}

static enum gr_status write_stdout(const struct report_doc *doc, const struct renderer *renderer,
                                   const struct render_options *options, struct gr_err *err)
{
    if (renderer->binary && isatty(STDOUT_FILENO))
        return gr_fail(err, GR_EUSAGE, "%s does not go to a terminal; name a file with -o",
                       renderer->name);
    errno = 0;
    enum gr_status status = renderer->render(doc, options, stdout, err);
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (failed && errno == EPIPE) {
        *err = (struct gr_err){0}; /* the reader has what it wanted */
        return GR_OK;
    }
    if (!status && failed)
        return gr_fail(err, GR_ESTORE, "standard output: %s", strerror(errno));
    return status;
}

static bool names_folder(const char *path)
{
    struct stat info;
    return path[strlen(path) - 1] == '/' || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
}

static enum gr_status write_folder(const struct options *options, const struct report_doc *doc,
                                   const struct renderer *renderer,
                                   const struct render_options *render, struct gr_err *err)
{
    if (strcmp(renderer->name, "csv") != 0)
        return gr_fail(err, GR_EUSAGE, "-o %s: only csv writes a folder, one file a table",
                       options->output);
    if (mkdir(options->output, 0700) != 0 && errno != EEXIST)
        return gr_fail(err, GR_ESTORE, "-o %s: %s", options->output, strerror(errno));
    return render_csv_folder(doc, render, options->output, err);
}

enum gr_status output_write(const struct options *options, const struct report_doc *doc,
                            const struct renderer *renderer, struct gr_err *err)
{
    struct render_options render;
    GR_TRY(render_options_of(options, &render, err));
    const char *path = options->output;
    if (!path || strcmp(path, "-") == 0)
        return write_stdout(doc, renderer, &render, err);
    if (names_folder(path))
        return write_folder(options, doc, renderer, &render, err);
    struct file_replace file;
    GR_TRY(file_replace_open(&file, path, err));
    enum gr_status status = renderer->render(doc, &render, file.stream, err);
    if (status) {
        file_replace_abandon(&file);
        return gr_wrap(err, "-o %s", path);
    }
    return file_replace_commit(&file, err);
}
