/* One format (FUZZ_FORMAT; "any": found out): every row that was read is accounted for, and what
 * the sink got is what the facts say. */
#include <stdlib.h>
#include <string.h>

#include "ingest/detect.h"
#include "ingest/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counts {
    uint64_t rows;
    uint64_t rejects;
};

static enum gr_status on_batch(void *context, struct batch *batch, struct gr_err *err)
{
    (void)err;
    struct counts *counts = context;
    int moment = dataset_moment_column(batch->dataset);
    for (uint32_t row = 0; row < batch->rows; row++)
        if (batch_moment(batch, (size_t)moment, row) == MOMENT_NONE || batch->lines[row] == 0)
            abort();
    counts->rows += batch->rows;
    return GR_OK;
}

static enum gr_status on_reject(void *context, const struct ingest_reject *reject,
                                struct gr_err *err)
{
    (void)err;
    struct counts *counts = context;
    if (reject->reason.len == 0 || reject->value.len > 200 || reject->raw.len > 4096)
        abort();
    counts->rejects++;
    return GR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gr_err err = {0};
    struct counts counts = {0};
    struct ingest_options options = {.seen_at = MOMENT_NONE};
    struct ingest_sink sink = {&counts, on_batch, on_reject};
    struct ingest_file_facts facts;
    struct ingest_source *source;
    if (strcmp(FUZZ_FORMAT, "any") != 0)
        options.format = FUZZ_FORMAT;
    if (source_open_memory("fuzz", (struct str){(const char *)data, size}, &source, &err) != GR_OK)
        return 0;
    struct batch_texts *texts = batch_texts_open();
    enum gr_status status = ingest_source_read(source, &options, texts, &sink, &facts, &err);
    if (status == GR_OK && (facts.rows != facts.delivered + facts.rejected + facts.skipped ||
                            facts.delivered != counts.rows || facts.rejected != counts.rejects))
        abort();
    if (status != GR_OK && err.text[0] == 0)
        abort();
    batch_texts_close(texts);
    source_close(source);
    return 0;
}
