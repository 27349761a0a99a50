/* What the tests of ingest share: reading a text with a sink that writes down what it gets. */
#ifndef GR_TESTS_INGEST_SUPPORT_H
#define GR_TESTS_INGEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/ingest.h"
#include "ingest/source.h"

/* Rounds of a test that damages files: fewer where every byte of a batch is watched. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DAMAGE_ROUNDS 100
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DAMAGE_ROUNDS 100
#endif
#endif
#ifndef DAMAGE_ROUNDS
#define DAMAGE_ROUNDS 2000
#endif

/* One reading. rows: a line a row, "cost BilledCost=1 BillingCurrency=USD ..."; rejects: a line
 * each, "3:BilledCost:1,20:is not a decimal amount". */
struct reading {
    struct strbuf rows;
    struct strbuf rejects;
    struct strbuf raws; /* raw rows of the rejects, a line each */
    struct ingest_file_facts facts;
    struct gr_err err;
    enum gr_status status;
    unsigned batches;
    bool quiet; /* count only */
    /* After each batch some of its dictionaries start anew, as they do in a load of many texts: by
     * this generator, 0 none. */
    uint64_t renewals;
    /* when set, called for each batch too */
    void (*look)(void *context, const struct batch *batch);
    void *look_context;
};

void reading_init(struct reading *reading);
void reading_deinit(struct reading *reading);
/* Reads bytes as a file called `name`; format NULL: found out; reader NULL: default. */
void read_bytes(struct reading *reading, const char *name, struct str bytes,
                const struct ingest_options *options);
void read_text(struct reading *reading, const char *text); /* default options, "test.txt" */
void read_path(struct reading *reading, const char *path);

/* Path of a shared file that may be absent; skips the test (and says so) when it is. */
const char *shared_path(char out[512], const char *relative);
/* The file's bytes; skips as above. */
void shared_bytes(struct strbuf *out, const char *relative);

/* A small generator, the same everywhere. */
uint64_t random_next(uint64_t *state);
/* One random damage of `text`: flipped bit, cut, doubled line, quote, NUL, CR, ... */
void damage(struct strbuf *text, uint64_t *state);

/* Gzip of bytes, as one member. */
void gzip_bytes(struct strbuf *out, struct str bytes);

#endif
