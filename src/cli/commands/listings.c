/* `gpureport formats`, `reports`, `dimensions`: what is there. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/paragraph.h"
#include "cli/session.h"
#include "ingest/ingest.h"
#include "ingest/mapping/mapping.h"
#include "report/variants.h"

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

static bool names_period(const struct options *o)
{
    return o->days || o->from || o->to || o->month || o->quarter || o->year || o->last_month ||
           o->month_to_date || o->billing_month;
}

/* Without a period: all days that the dataset has. */
static enum gr_status all_days(const struct session *session, enum dataset dataset,
                               struct report_context *context, struct gr_err *err)
{
    int64_t first, last;
    GR_TRY(store_moments(session->store, dataset, &first, &last, err));
    if (first != MOMENT_NONE)
        context->days = (struct date_range){zone_day_of_moment(session->zone, first),
                                            day_add(zone_day_of_moment(session->zone, last), 1)};
    return GR_OK;
}

static enum gr_status variants_report(const struct options *options, struct arena *arena,
                                      const struct session *session,
                                      const struct renderer *renderer, struct gr_err *err)
{
    struct report_context context;
    struct report_doc doc = {0};
    struct variants_request request = {.dataset = DATASET_COST};
    if (options->dataset && strcmp(options->dataset, "ai") == 0)
        request.dataset = DATASET_AI;
    else if (options->dataset && strcmp(options->dataset, "cost") != 0)
        return gr_fail(err, GR_EUSAGE, "--dataset: \"%s\" is neither cost nor ai",
                       options->dataset);
    for (size_t i = 0; i < options->by_tag.count; i++)
        request.keys[i] = str_from(options->by_tag.items[i]);
    request.key_count = options->by_tag.count;
    GR_TRY(session_report_context(arena, options, session, &context, err));
    if (!names_period(options))
        GR_TRY(all_days(session, request.dataset, &context, err));
    GR_TRY(report_variants(&context, &request, &doc, err));
    GR_TRY(session_stamp(arena, session, &doc, err));
    return output_write(options, &doc, renderer, err);
}

static enum gr_status variants_run(const struct options *options, struct arena *arena,
                                   struct gr_err *err)
{
    const struct renderer *renderer;
    struct session session;
    GR_TRY(output_renderer(options, &renderer, err));
    GR_TRY(session_open(arena, options, &session, err));
    enum gr_status status = variants_report(options, arena, &session, renderer, err);
    session_close(&session);
    return status;
}

static enum gr_status dimensions_run(const struct options *options, struct arena *arena,
                                     struct gr_err *err)
{
    if (options->variants)
        return variants_run(options, arena, err);
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
    .what = "dimensions that --by and --where take; --variants: spellings of tags",
    .more =
        "--variants lists tag keys, and values of a key, whose spellings differ in case, blanks, "
        "-\n"
        "and _ only, with their rows and cost: of the whole store, or of the period and filters\n"
        "that are given. With --tag-rules it tells what the rules merge and what still differs.",
    .groups = OPTIONS_COMMON | OPTIONS_VARIANTS | OPTIONS_SELECT | OPTIONS_OUTPUT | OPTIONS_HOME,
    .run = dimensions_run,
};
