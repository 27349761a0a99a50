/* See documents.h. */
#include "cli/documents.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "gpureport-documents"

/* Beside this program, as it is built; else where it is installed (src/cli/CMakeLists.txt). */
static const char *const places[] = {PROGRAM, GR_LIBEXEC_FROM_BIN "/" PROGRAM};
enum { PLACES = sizeof places / sizeof *places };

/* The folder of the running program, with its last slash. */
static bool own_folder(char *out, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", out, size - 1);
    if (length <= 0 || (size_t)length >= size - 1)
        return false;
    out[length] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    return true;
}

enum gr_status documents_become(const struct options *options, const struct renderer *renderer,
                                struct gr_err *err)
{
    char folder[4096];
    if (!renderer->elsewhere)
        return GR_OK;
    if (!own_folder(folder, sizeof folder))
        return gr_fail(err, GR_ERENDER, "--format %s: /proc/self/exe does not say where %s is",
                       renderer->name, PROGRAM);
    for (size_t i = 0; i < PLACES; i++) {
        char path[sizeof folder + sizeof GR_LIBEXEC_FROM_BIN + 64];
        snprintf(path, sizeof path, "%s%s", folder, places[i]);
        if (access(path, X_OK) == 0)
            execv(path, options->words);
    }
    return gr_fail(err, GR_ERENDER, "--format %s: %s, which makes it, is not installed beside %s",
                   renderer->name, PROGRAM, folder);
}
