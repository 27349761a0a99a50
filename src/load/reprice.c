/* See reprice.h. Called by prices_import.c. A delivery's rows are decoded before they are
 * cleared, one delivery at a time; all are finished at the end, so that they share segments again.
 */
#include "load/reprice.h"

#include <stdlib.h>
#include <string.h>

/* All segments of one delivery, decoded. */
struct decoded {
    struct batch **batches;
    int64_t **files; /* file id of each row */
    size_t count;
};

static void decoded_free(struct decoded *decoded)
{
    for (size_t i = 0; i < decoded->count; i++) {
        batch_close(decoded->batches[i]);
        free(decoded->files[i]);
    }
    free(decoded->batches);
    free(decoded->files);
}

static enum gr_status decode_delivery(struct store *store, struct arena *arena,
                                      struct batch_texts *texts, int64_t delivery,
                                      struct decoded *out, struct gr_err *err)
{
    int64_t *segments;
    size_t count;
    GR_TRY(store_delivery_segments(store, arena, delivery, &segments, &count, err));
    out->batches = gr_alloc_zeroed(count + 1, sizeof *out->batches);
    out->files = gr_alloc_zeroed(count + 1, sizeof *out->files);
    for (size_t i = 0; i < count; i++) {
        out->batches[i] = batch_open(DATASET_AI, texts);
        out->files[i] = gr_alloc_zeroed(BATCH_ROWS, sizeof **out->files);
        out->count++;
        GR_TRY(store_read_batch(store, segments[i], delivery, out->batches[i], out->files[i], err));
    }
    return GR_OK;
}

static void count_unpriced(const struct batch *batch, struct price_import *out)
{
    for (uint32_t row = 0; row < batch->rows; row++)
        out->rows_unpriced += str_is(batch_text(batch, AI_Pricing, row), "unpriced");
    out->rows_priced += batch->rows;
}

/* Runs of rows of one file go back under that file, so that lineage stays. */
static enum gr_status append_by_file(struct store *store, int64_t delivery,
                                     const struct batch *batch, const int64_t *files,
                                     struct gr_err *err)
{
    uint32_t *rows = gr_alloc(BATCH_ROWS * sizeof *rows);
    enum gr_status status = GR_OK;
    for (uint32_t start = 0, end; start < batch->rows && !status; start = end) {
        for (end = start; end < batch->rows && files[end] == files[start]; end++)
            rows[end - start] = end;
        status = store_append(store, delivery, batch, rows, end - start, files[start], err);
    }
    free(rows);
    return status;
}

static enum gr_status reprice_decoded(struct store *store, struct price_book *book,
                                      int64_t delivery, const struct decoded *decoded,
                                      struct price_import *out, struct gr_err *err)
{
    for (size_t i = 0; i < decoded->count; i++) {
        GR_TRY(price_batch(book, decoded->batches[i], err));
        count_unpriced(decoded->batches[i], out);
    }
    GR_TRY(store_delivery_clear(store, delivery, err));
    for (size_t i = 0; i < decoded->count; i++)
        GR_TRY(append_by_file(store, delivery, decoded->batches[i], decoded->files[i], err));
    return GR_OK;
}

static enum gr_status finish_repriced(struct store *store, struct arena *arena,
                                      const struct store_delivery *old, struct gr_err *err)
{
    struct store_delivery again = *old;
    GR_TRY(store_delivery_finish(store, arena, &again, err));
    if (again.stored != old->stored)
        return gr_fail(err, GR_ESTORE, "accounting: pricing of delivery %lld changed its rows",
                       (long long)old->id);
    return GR_OK;
}

enum gr_status reprice_all(struct store *store, struct arena *arena, struct price_import *out,
                           struct batch_texts **texts_out, struct gr_err *err)
{
    *texts_out = NULL;
    struct store_delivery_list live;
    struct price_book *book;
    GR_TRY(store_delivery_find(store, arena, DATASET_AI, STR_NONE, STR_NONE, &live, err));
    GR_TRY(price_book_open(store, arena, &book, err));
    struct batch_texts *texts = batch_texts_open();
    enum gr_status status = GR_OK;
    for (size_t i = 0; i < live.count && !status; i++) {
        struct decoded decoded = {0};
        status = decode_delivery(store, arena, texts, live.items[i].id, &decoded, err);
        if (!status)
            status = reprice_decoded(store, book, live.items[i].id, &decoded, out, err);
        decoded_free(&decoded);
    }
    for (size_t i = 0; i < live.count && !status; i++)
        status = finish_repriced(store, arena, &live.items[i], err);
    price_book_close(book);
    *texts_out = texts;
    return status;
}
