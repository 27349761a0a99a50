/* `gpureport formats`, `reports`, `dimensions`: what is there. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/paragraph.h"
#include "cli/session.h"
#include "ingest/ingest.h"
#include "ingest/mapping/mapping.h"

/* FOCUS names its columns as we do, so its table says what they are. */
static void describe_focus(struct strbuf *out)
{
    size_t count;
    const struct column_def *defs = dataset_columns(DATASET_COST, &count);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "  %-40s %s\n", defs[i].name, defs[i].what);
}

/* The table of names of a built-in format; a mapping is its own description. */
static enum gr_status describe_run(const char *name, const struct mapping_set *mappings,
                                   struct gr_err *err)
{
    const struct bill_format *format = bill_format_named(str_from(name));
    const struct mapping *mapping = mapping_set_find(mappings, str_from(name));
    if (!format && !mapping)
        return gr_fail(err, GR_EUSAGE,
                       "--describe: no format and no mapping is named \"%s\" (see: gpureport "
                       "formats)",
                       name);
    if (mapping && !format) {
        struct str text = mapping_text(mapping);
        fwrite(text.ptr, 1, text.len, stdout);
        return GR_OK;
    }
    struct strbuf table;
    strbuf_init(&table, STRBUF_CEILING);
    printf("%s: %s\n", format->name, format->what);
    if (format->describe)
        format->describe(&table);
    else if (strcmp(format->name, "focus") == 0)
        describe_focus(&table);
    fputs(strbuf_cstr(&table), stdout);
    strbuf_deinit(&table);
    return GR_OK;
}

static enum gr_status formats_run(const struct options *options, struct arena *arena,
                                  struct gr_err *err)
{
    size_t count;
    const struct bill_format *const *formats = bill_formats(&count);
    size_t width = paragraph_width();
    struct mapping_set *mappings;
    GR_TRY(mapping_set_open(arena, options->home, &mappings, err));
    if (options->describe)
        return describe_run(options->describe, mappings, err);
    puts("Input, found by content:");
    for (size_t i = 0; i < count; i++)
        paragraph_entry(width, formats[i]->name, 15, formats[i]->what);
    puts("\nMappings, found by content behind these, or named with --mapping:");
    for (size_t i = 0; i < mapping_set_count(mappings); i++) {
        const struct mapping *mapping = mapping_set_at(mappings, i);
        paragraph_entry(width, mapping_name(mapping), 20, mapping_what(mapping));
    }
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
    .what = "input and output formats, and mappings",
    .groups = OPTIONS_COMMON | OPTIONS_HOME | OPTIONS_FORMATS,
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
