/* A mapping file, then behind a line "====" rows: no text of either may crash, and every row that
 * was read is accounted for. Mappings that name a file of rates or a zone are passed over: nothing
 * else is opened. */
#include <stdlib.h>
#include <string.h>

#include "ingest/detect.h"
#include "ingest/mapping/mapping.h"
#include "ingest/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum gr_status on_batch(void *context, struct batch *batch, struct gr_err *err)
{
    (void)err;
    *(uint64_t *)context += batch->rows;
    return GR_OK;
}

static enum gr_status on_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err)
{
    (void)err;
    if (reject->reason.len == 0)
        abort();
    (void)context;
    return GR_OK;
}

static void read_rows(const struct mapping *mapping, struct str bytes)
{
    struct gr_err err = {0};
    uint64_t rows = 0;
    struct ingest_options options = {.seen_at = MOMENT_NONE, .mapping = mapping};
    struct ingest_sink sink = {&rows, on_batch, on_reject};
    struct ingest_file_facts facts;
    struct ingest_source *source;
    if (source_open_memory("fuzz", bytes, &source, &err) != GR_OK)
        return;
    struct batch_texts *texts = batch_texts_open();
    enum gr_status status = ingest_source_read(source, &options, texts, &sink, &facts, &err);
    if (status == GR_OK &&
        (facts.rows != facts.delivered + facts.rejected + facts.skipped || facts.delivered != rows))
        abort();
    batch_texts_close(texts);
    source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char border[] = "\n====\n";
    struct str text = {(const char *)data, size}, rows = STR("");
    const char *at = size ? memmem(data, size, border, strlen(border)) : NULL;
    if (at) {
        text.len = (size_t)(at - text.ptr) + 1;
        rows = (struct str){at + strlen(border), size - text.len - strlen(border) + 1};
    }
    if (size == 0 || memmem(data, size, "file", 4) || memmem(data, size, "zone", 4))
        return 0;
    struct arena arena = ARENA_EMPTY;
    struct gr_err err = {0};
    struct mapping *mapping;
    enum gr_status status =
        mapping_read_text(&arena, arena_str(&arena, text), "fuzz.ini", &mapping, &err);
    if (status == GR_OK)
        read_rows(mapping, rows);
    else if (err.text[0] == 0)
        abort();
    arena_deinit(&arena);
    return 0;
}
