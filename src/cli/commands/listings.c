/* `gpureport formats`, `reports`, `dimensions`: what is there. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/paragraph.h"
#include "cli/session.h"
#include "ingest/ingest.h"

static enum gr_status formats_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    (void)options, (void)arena, (void)err;
    size_t count;
    const struct bill_format *const *formats = bill_formats(&count);
    size_t width = paragraph_width();
    puts("Input, found by content:");
    for (size_t i = 0; i < count; i++)
        paragraph_entry(width, formats[i]->name, 15, formats[i]->what);
    const struct renderer *const *all = renderers(&count);
    puts("\nOutput:");
    for (size_t i = 0; i < count; i++)
        paragraph_entry(width, all[i]->name, 15, all[i]->what);
    return GR_OK;
}

static enum gr_status reports_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    struct report_listing *list;
    size_t count;
    GR_TRY(report_list(arena, options->home, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        printf("%-16.*s %.*s\n", STR_ARG(list[i].name), STR_ARG(list[i].title));
    return GR_OK;
}

static enum gr_status dimensions_run(const struct options *options, struct arena *arena,
                                     struct gr_err *err)
{
    (void)options, (void)err;
    size_t count;
    const struct dimension_def *defs = dimension_defs(&count);
    size_t width = paragraph_width();
    for (size_t i = 0; i < count; i++) {
        struct str text = arena_printf(arena, "%s:", defs[i].what);
        for (int dataset = 0; dataset < DATASET_COUNT; dataset++)
            if (defs[i].for_dataset[dataset])
                text = arena_printf(arena, "%.*s %s", STR_ARG(text),
                                    dataset_name((enum dataset)dataset));
        const char *name = strcmp(defs[i].name, "tag:") == 0      ? "tag:KEY"
                           : strcmp(defs[i].name, "column:") == 0 ? "column:NAME"
                                                                  : defs[i].name;
        paragraph_entry(width, name, 22, text.ptr);
    }
    return GR_OK;
}

const struct command command_formats = {
    .name = "formats",
    .usage = "",
    .what = "input and output formats",
    .groups = OPTIONS_COMMON,
    .run = formats_run,
};

const struct command command_reports = {
    .name = "reports",
    .usage = "",
    .what = "report definitions",
    .groups = OPTIONS_COMMON | OPTIONS_HOME,
    .run = reports_run,
};

const struct command command_dimensions = {
    .name = "dimensions",
    .usage = "",
    .what = "dimensions that --by and --where take",
    .groups = OPTIONS_COMMON,
    .run = dimensions_run,
};
