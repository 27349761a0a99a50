/* render_sample FORMAT OUT [DOCUMENT [WIDTH]]: a document made by hand through one renderer, to
 * look at. A development tool, not installed. WIDTH "c80" is with colour, "a80" in ASCII, "x0"
 * every digit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/renderer.h"
#include "sample_doc.h"

static void print_warning(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "warning: %s\n", text);
}

static struct render_options read_options(const char *width)
{
    struct render_options options = {.home = getenv("GPUREPORT_HOME"), .warn = print_warning};
    for (; *width && strchr("cabx", *width); width++) {
        if (*width == 'c')
            options.color = RENDER_COLOR_ALWAYS;
        else if (*width == 'a')
            options.ascii = true;
        else if (*width == 'x')
            options.exact = true;
        else
            options.csv_bom = options.csv_crlf = true;
    }
    options.width = (unsigned)strtoul(width, NULL, 10);
    return options;
}

int main(int argc, char **argv)
{
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    const struct renderer *renderer = argc > 2 ? renderer_named(str_from(argv[1])) : NULL;
    struct report_doc *doc = sample_named(&arena, argc > 3 ? argv[3] : "report");
    if (!renderer || !doc) {
        fprintf(stderr,
                "render_sample FORMAT OUT [ad-hoc|two-currencies|hostile|report [WIDTH]]\n");
        return 2;
    }
    struct render_options options = read_options(argc > 4 ? argv[4] : "");
    FILE *out = strcmp(argv[2], "-") == 0 ? stdout : fopen(argv[2], "wb");
    if (!out) {
        perror(argv[2]);
        return 4;
    }
    enum gr_status status = renderer->render(doc, &options, out, &err);
    if (status)
        fprintf(stderr, "render_sample: %s\n", err.text);
    if (fclose(out) != 0)
        status = GR_ESTORE;
    arena_deinit(&arena);
    return (int)status;
}
