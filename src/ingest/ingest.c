/* Reading one file: open, find the format, read, account, hash (see ingest.h). Called by load/. */
#include "ingest/ingest.h"

#include <string.h>

#include "ingest/detect.h"
#include "ingest/mapping/mapping.h"
#include "ingest/source.h"

/* How a file is read: by a built-in format, or by a mapping. */
struct choice {
    const struct bill_format *format;
    const struct mapping *mapping;
};

/* Mappings are asked when no built-in format knows the file. */
static enum gr_status detect(const struct ingest_head *head, const struct ingest_options *options,
                             struct choice *out, bool *passable, struct gr_err *err)
{
    struct gr_err unknown = {0}; /* not in *err: a mapping may know the file */
    enum gr_status status = detect_format(head, &out->format, &unknown);
    if (status == GR_EDATA && options->mappings && !detect_known(head)) {
        GR_TRY(mapping_detect(options->mappings, head, &out->mapping, err));
        if (out->mapping)
            return GR_OK;
    }
    *passable = status == GR_EDATA && detect_companion(head);
    return status ? gr_fail(err, status, "%s", unknown.text) : GR_OK;
}

static enum gr_status choose(struct ingest_source *source, const struct ingest_options *options,
                             struct choice *out, bool *passable, struct gr_err *err)
{
    *passable = false;
    *out = (struct choice){.mapping = options->mapping};
    if (out->mapping)
        return GR_OK;
    if (!options->format) {
        struct ingest_head head = source_head(source);
        return detect(&head, options, out, passable, err);
    }
    out->format = bill_format_named(str_from(options->format));
    if (!out->format && options->mappings)
        out->mapping = mapping_set_find(options->mappings, str_from(options->format));
    if (!out->format && !out->mapping)
        return gr_fail(err, GR_EUSAGE, "no format named \"%s\" (see: gpureport formats)",
                       options->format);
    return GR_OK;
}

static enum gr_status check_reader(const struct choice *choice,
                                   const struct ingest_options *options, struct gr_err *err)
{
    const char *reader = options->reader;
    const char *name = choice->format ? choice->format->name : mapping_name(choice->mapping);
    const char *oracle = choice->format ? choice->format->oracle : "libcsv";
    if (options->rate_card && !choice->mapping)
        return gr_fail(
            err, GR_EUSAGE,
            "--rate-card is for usage that a mapping reads, and this file is read as %s; "
            "name one with --mapping",
            name);
    if (!reader || strcmp(reader, "fast") == 0 || (oracle && strcmp(reader, oracle) == 0))
        return GR_OK;
    return gr_fail(err, GR_EUSAGE, "no reader named \"%s\" for the format %s; have: fast%s%s",
                   reader, name, oracle ? ", " : "", oracle ? oracle : "");
}

/* What must hold whatever the file is; a reader that breaks it is a fault of ours. */
static enum gr_status check_accounts(const struct ingest_file_facts *facts, struct gr_err *err)
{
    if (facts->rows != facts->delivered + facts->rejected + facts->skipped)
        return gr_fail(err, GR_EDATA, "rows are not accounted for: %llu read, %llu + %llu + %llu",
                       (unsigned long long)facts->rows, (unsigned long long)facts->delivered,
                       (unsigned long long)facts->rejected, (unsigned long long)facts->skipped);
    return GR_OK;
}

/* Opens the zone that is only named, for as long as the file is read. */
static enum gr_status read_in_zone(const struct bill_format *format, struct ingest_source *source,
                                   const struct ingest_options *options, struct batch_texts *texts,
                                   const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                   struct gr_err *err)
{
    struct zone *zone = NULL;
    struct ingest_options with_zone = *options;
    if (!options->zone && options->zone_name) {
        GR_TRY(zone_open(str_from(options->zone_name), &zone, err));
        with_zone.zone = zone;
    }
    enum gr_status status = format->read(source, &with_zone, texts, sink, facts, err);
    zone_close(zone);
    return status;
}

enum gr_status ingest_source_read(struct ingest_source *source,
                                  const struct ingest_options *options, struct batch_texts *texts,
                                  const struct ingest_sink *sink, struct ingest_file_facts *facts,
                                  struct gr_err *err)
{
    *facts = (struct ingest_file_facts){0};
    struct choice choice;
    GR_TRY(choose(source, options, &choice, &facts->passable, err));
    GR_TRY(check_reader(&choice, options, err));
    facts->format = choice.mapping ? mapping_name(choice.mapping) : choice.format->name;
    if (choice.mapping)
        GR_TRY(mapping_read(choice.mapping, source, options, texts, sink, facts, err));
    else
        GR_TRY(read_in_zone(choice.format, source, options, texts, sink, facts, err));
    facts->bytes = source_position(source);
    GR_TRY(check_accounts(facts, err));
    return source_finish(source, facts->sha256, err);
}

enum gr_status ingest_open(const char *path, const struct ingest_options *options,
                           struct ingest_source **out, struct gr_err *err)
{
    enum gr_status status = source_open(path, options->inflate, out, err);
    if (status != GR_OK)
        return gr_wrap(err, "%s", path);
    if (options->jobs > 1)
        source_read_ahead(*out);
    return GR_OK;
}

enum gr_status ingest_read(struct ingest_source *source, const struct ingest_options *options,
                           struct batch_texts *texts, const struct ingest_sink *sink,
                           struct ingest_file_facts *facts, struct gr_err *err)
{
    enum gr_status status = ingest_source_read(source, options, texts, sink, facts, err);
    return status == GR_OK ? GR_OK : gr_wrap(err, "%s", source_name(source));
}

void ingest_close(struct ingest_source *source)
{
    source_close(source);
}

enum gr_status ingest_file_hash(const char *path, char out[65], struct gr_err *err)
{
    enum gr_status status = source_hash_file(path, out, err);
    return status == GR_OK ? GR_OK : gr_wrap(err, "%s", path);
}
