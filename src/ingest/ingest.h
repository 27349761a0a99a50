/* Reading: from paths to batches. Knows formats, not the store.
 *
 * ingest_read() finds the format by content, opens the bytes (file, gz, standard input) and pushes
 * batches, rejected rows and facts about the file into a sink. One reader a format, in
 * ingest/formats/.
 */
#ifndef GR_INGEST_INGEST_H
#define GR_INGEST_INGEST_H

#include "model/batch.h"

/* A row that can't be stored: what and where. Views are valid during the call only. */
struct ingest_reject {
    uint64_t line;        /* of the file (after inflation), from 1 */
    uint64_t byte_offset; /* of the row's first byte (after inflation) */
    struct str column;    /* name as in the file; absent when the row as a whole is wrong */
    struct str value;     /* the offending cell, cut to 200 bytes */
    struct str reason;    /* "is not a decimal amount" */
    struct str raw;       /* the raw row, cut to 4096 bytes */
    enum dataset dataset; /* of the next three: whose row it is, as far as it was read */
    struct str provider;  /* absent: not known */
    struct str account;   /* the same */
    int64_t billed;       /* moment in its billing period; MOMENT_NONE (or no dataset): not known */
};

struct mapping;     /* ingest/mapping/mapping.h */
struct mapping_set; /* the same */

/* Where a reader puts what it read. A callback that fails ends the file with that status. */
struct ingest_sink {
    void *context;
    /* `batch` is full or the last one of its dataset; the callee must not keep it. rows > 0. */
    enum gr_status (*batch)(void *context, struct batch *batch, struct gr_err *err);
    enum gr_status (*reject)(void *context, const struct ingest_reject *reject, struct gr_err *err);
};

/* What one file turned out to be; filled by ingest_read. */
struct ingest_file_facts {
    const char *format; /* bill_format.name */
    char version[16];   /* "1.2" for FOCUS 1.2; "" where formats have none */
    uint64_t rows;      /* data rows seen = delivered + rejected + skipped */
    uint64_t delivered; /* pushed in batches */
    uint64_t rejected;
    uint64_t skipped; /* blank lines, repeated headers, comment lines, records without meaning */
    uint64_t bytes;   /* after inflation */
    uint64_t repeated_members; /* JSON records in which a name came twice; the last one was taken */
    char remark[160];          /* what the user should know of a file that was read; "": nothing */
    bool passable;   /* with GR_EDATA and no format: a companion (README, price list, ...), not a
                        broken or foreign bill; a walk through a folder may pass it over */
    char sha256[65]; /* of the file's bytes as they lie on disk */
};

struct ingest_options {
    const char *format; /* NULL: find out */
    bool strict;
    const char *reader;    /* "fast"; "libcsv" of CSV, "yajl" of NDJSON; NULL: fast */
    const char *simd;      /* "scalar", "sse2", "avx2": what the fast reader may use; NULL: best */
    const char *columns;   /* of bills: names, comma between them, that are kept beside those that
                              every row needs; NULL: all */
    const char *inflate;   /* "isal" (where it is built in) or "zlib"; NULL: default */
    unsigned jobs;         /* threads that may be used; 0 or 1: the caller's only */
    const char *zone_name; /* of local times in files without zone (nvidia-smi); NULL: UTC */
    const char *instance;  /* InstanceId of captures that carry none; NULL: the file's base name */
    int64_t seen_at; /* moment for snapshots that carry none; MOMENT_NONE: newest in the file */
    const struct zone *zone;            /* the same, opened; wins over zone_name */
    const struct mapping_set *mappings; /* for files that no built-in format knows; NULL: none */
    const struct mapping *mapping;      /* read by this one, whatever it is; NULL: find out */
    const char *rate_card; /* CSV with prices for usage that a mapping finds no cost for; NULL */
};

/* The first bytes of a file, inflated, without BOM. */
struct ingest_head {
    struct str bytes; /* up to 64 KiB */
    struct str path;  /* a hint only, never the sole reason */
    bool complete;    /* the file ends within these bytes */
};

struct ingest_source; /* ingest/source.h */

struct bill_format {
    const char *name; /* "focus", "usage", "usage-log", "sync", "nvidia-smi" */
    const char *what; /* one line for `gpureport formats` */
    /* A second way to read it, which options.reader may name beside "fast"; NULL: there is none. */
    const char *oracle;
    /* 0: surely not; 1..100: confidence. The highest wins; a tie is an error that names both. */
    int (*sniff)(const struct ingest_head *head);
    /* Appends the table of names for `formats --describe`; NULL: there is none. */
    void (*describe)(struct strbuf *out);
    /* Reads all of `source` into `sink`; counts go to `facts`. texts: dictionaries of the load. */
    enum gr_status (*read)(struct ingest_source *source, const struct ingest_options *options,
                           struct batch_texts *texts, const struct ingest_sink *sink,
                           struct ingest_file_facts *facts, struct gr_err *err);
};

const struct bill_format *const *bill_formats(size_t *count);
const struct bill_format *bill_format_named(struct str name); /* NULL when unknown */

/* Reads one file ("-": standard input) in three steps, so that the next one can be opened, and with
 * several jobs be read ahead by a thread of its own, while this one is parsed. Errors: GR_EDATA not
 * a file of ours (facts->format stays NULL, so that a folder walk can tell it from a broken file),
 * tie (the same), cut gz, a header that can't be trusted; GR_ESTORE can't be opened or read;
 * GR_EUSAGE unknown format, reader, inflate engine or zone. Messages begin with the path and name
 * the line where there is one. Batches may have reached the sink before a failure. */
enum gr_status ingest_open(const char *path, const struct ingest_options *options,
                           struct ingest_source **out, struct gr_err *err) GR_MUST_CHECK;
enum gr_status ingest_read(struct ingest_source *source, const struct ingest_options *options,
                           struct batch_texts *texts, const struct ingest_sink *sink,
                           struct ingest_file_facts *facts, struct gr_err *err) GR_MUST_CHECK;
void ingest_close(struct ingest_source *source); /* NULL is fine */

/* SHA-256 of a file's bytes without reading it as data. GR_ESTORE. */
enum gr_status ingest_file_hash(const char *path, char out[65], struct gr_err *err) GR_MUST_CHECK;

/* The delivery set that a manifest makes a file a part of. */
struct ingest_set {
    struct str manifest; /* path of the file that names it; absent: no manifest does */
    struct str id;       /* of its assembly, execution or run; may be empty */
    bool counted;        /* the manifest says how many rows the part has: */
    uint64_t rows;
    struct str view; /* which view of the costs it is by the manifest; may be empty */
};

struct ingest_part {
    struct str path;
    struct ingest_set set;
};

/* A file, or all parts of a manifest, that is not read, and why: "PATH: reason". */
struct ingest_passed {
    struct str path, reason;
};

struct ingest_listing {
    struct ingest_part *parts; /* by path */
    size_t count;
    struct ingest_passed *passed;
    size_t passed_count;
};

/* Paths and folders -> sorted list of files, each once. A path that is a file is taken whatever its
 * name; in folders (recursively, no links to folders) only .csv .tsv .json .ndjson .jsonl .txt .log
 * and .gz are, and no hidden ones. Manifests (...manifest.json) are not data: they decide which
 * files of a bill are read (sets.h), and a path that is one stands for its parts. Memory from
 * arena. GR_ESTORE when a path does not exist; GR_EDATA when a manifest is broken, names a part
 * that is not there, or several editions of a month leave nothing to decide by. */
enum gr_status ingest_expand(struct arena *arena, const char *const *paths, size_t path_count,
                             struct ingest_listing *out, struct gr_err *err) GR_MUST_CHECK;

#endif
