/* render_sample_pdf OUT.pdf [native|rows=N]: the sample document as PDF, for looking at pages while
 * working on the renderer. Not installed.
 */
#include <stdlib.h>
#include <string.h>

#include "render/renderer.h"
#include "sample_doc.h"

static void say(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "warning: %s\n", text);
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        fprintf(stderr, "usage: render_sample_pdf OUT.pdf [native|rows=N]\n");
        return 2;
    }
    const char *mode = argument_count > 2 ? arguments[2] : "";
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct render_options options = {.warn = say};
    if (!strcmp(mode, "native"))
        options.gnuplot = "";
    struct report_doc *doc = !strncmp(mode, "rows=", 5)
                                 ? sample_doc_table(&arena, strtoul(mode + 5, NULL, 10))
                                 : sample_doc_rich(&arena);
    FILE *out = fopen(arguments[1], "wb");
    if (!out) {
        fprintf(stderr, "can't write %s\n", arguments[1]);
        return 4;
    }
    enum gr_status status = renderer_pdf.render(doc, &options, out, &err);
    if (fclose(out) && !status)
        status = gr_fail(&err, GR_ESTORE, "can't write %s", arguments[1]);
    if (status)
        fprintf(stderr, "%s\n", err.text);
    arena_deinit(&arena);
    return (int)status;
}
