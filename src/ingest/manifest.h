/* Manifests: the small JSON files in which a provider lists the parts of one delivery of a bill.
 *
 * manifest_read() takes the text of one apart; what its keys mean on disk, and which of several
 * manifests decides, is sets.c's. Private to ingest. Must not touch files.
 */
#ifndef GR_INGEST_MANIFEST_H
#define GR_INGEST_MANIFEST_H

#include "base/arena.h"

enum {
    MANIFEST_BYTES_MAX = 16 << 20,
    MANIFEST_PARTS_MAX = 100000,
    MANIFEST_KEY_MAX = 1024, /* what an object store allows */
};

enum manifest_kind {
    MANIFEST_NONE,       /* JSON, but no list of parts of a bill */
    MANIFEST_AWS_CUR,    /* assemblyId, reportKeys */
    MANIFEST_AWS_EXPORT, /* executionId, dataFiles */
    MANIFEST_AZURE,      /* runInfo, blobs */
};

struct manifest_part {
    struct str
        key;      /* names of folders and the file, '/' between them; none is empty, "." or ".." */
    bool counted; /* the manifest says how many rows it has: */
    uint64_t rows;
};

struct manifest {
    enum manifest_kind kind;
    struct str id;     /* of this edition: assembly, execution, run; "" when it does not say */
    struct str series; /* of what it is an edition: account, export, export and type; "" */
    struct str period; /* YYYY-MM; "" when it does not say */
    struct str view;   /* of the costs: "actual", "amortized"; "" when it does not say */
    int64_t submitted; /* moment, MOMENT_NONE */
    struct str end;    /* of what it covers, as written; "" */
    struct manifest_part *parts;
    size_t part_count;
};

/* Memory: arena. GR_EDATA: not JSON, a list that is empty, too long or no list, a key that is no
 * text, is empty, names one file twice or would lead out of its folder, counts that contradict each
 * other. The messages do not name the file. */
enum gr_status manifest_read(struct arena *arena, struct str text, struct manifest *out,
                             struct gr_err *err) GR_MUST_CHECK;

/* "assembly", "execution", "run" */
const char *manifest_edition(enum manifest_kind kind);

#endif
