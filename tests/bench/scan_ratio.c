/* How much slower is a scan of the store than its inner loop alone?
 *
 *   bench_scan_ratio STORE [RUNS]
 *
 * Sums EffectiveCost by team over every row of the store's bills: once as a rollup does, from the
 * file, and once with only the kernel over ids and packed values that lie in memory. Prints the
 * rows and the seconds of the best of RUNS (9) of each, NAME<tab>VALUE a line; both in one process,
 * alternating, on one thread. The sums of the two must be equal. scripts/bench runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rollup/rollup.h"
#include "store/scan.h"
#include "store/view.h"

/* One segment, ready for the kernel. */
struct piece {
    uint32_t rows;
    uint32_t id_count;
    uint16_t *ids;
    uint8_t *packed;
    unsigned width;
    int64_t base;
    int64_t factor;
    uint8_t scale;
};

struct pieces {
    struct piece *items;
    size_t count;
    uint64_t rows;
};

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void *copy(const void *bytes, size_t size, size_t slack)
{
    void *out = gr_alloc_zeroed(size + slack, 1);
    memcpy(out, bytes, size);
    return out;
}

static enum gr_status read_column(struct store *store, struct arena *arena,
                                  const struct store_segment *segment, int column,
                                  struct column_view *view, struct gr_err *err)
{
    struct store_bytes bytes;
    GR_TRY(store_chunk_read(store, arena, DATASET_COST, segment->id, column, &bytes, err));
    return column_view_read(bytes.ptr, bytes.length, segment->rows, kernels_select("auto"), view,
                            err);
}

static enum gr_status read_piece(struct store *store, struct arena *arena,
                                 const struct store_segment *segment, struct column_view *view,
                                 struct piece *out, struct gr_err *err)
{
    out->rows = segment->rows;
    GR_TRY(read_column(store, arena, segment, COST_Tags, view, err));
    if (view->form != COLUMN_VIEW_CODES)
        return gr_fail(err, GR_EUSAGE, "Tags of segment %lld are no codes", (long long)segment->id);
    out->id_count = view->data.dictionary_count;
    out->ids = copy(view->data.codes, segment->rows * sizeof(*out->ids), 0);
    GR_TRY(read_column(store, arena, segment, COST_EffectiveCost, view, err));
    if (view->form != COLUMN_VIEW_PACKED || view->patch_count || view->width > KERNEL_SUM_WIDTH_MAX)
        return gr_fail(err, GR_EUSAGE, "EffectiveCost of segment %lld is not packed",
                       (long long)segment->id);
    out->packed = copy(view->packed, (size_t)segment->rows * view->width, KERNEL_SLACK_BYTES);
    out->width = view->width;
    out->base = view->base;
    out->factor = view->factor;
    out->scale = view->data.scale;
    return GR_OK;
}

static enum gr_status read_pieces(struct store *store, struct pieces *out, struct gr_err *err)
{
    struct arena list_arena = ARENA_EMPTY;
    struct arena arena = ARENA_EMPTY;
    struct store_segment_list list;
    struct column_view view;
    column_view_init(&view);
    enum gr_status status = store_segment_list(store, &list_arena, DATASET_COST, false, MOMENT_NONE,
                                               MOMENT_NONE, 0, &list, err);
    out->items = status ? NULL : gr_alloc_zeroed(list.count + 1, sizeof(*out->items));
    for (size_t i = 0; !status && i < list.count; i++) {
        status = read_piece(store, &arena, &list.items[i], &view, &out->items[out->count++], err);
        out->rows += list.items[i].rows;
        arena_reset(&arena);
    }
    column_view_deinit(&view);
    arena_deinit(&arena);
    arena_deinit(&list_arena);
    return status;
}

/* Nothing but the kernel; the sum of all at scale 12 or finer makes sure that it was done. */
static enum gr_status sum_pieces(const struct pieces *pieces, struct kernel_sum *sums,
                                 struct decimal *total, struct gr_err *err)
{
    const struct kernels *kernels = kernels_select("auto");
    *total = DECIMAL_ZERO;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        i128 sum = 0;
        memset(sums, 0, 2 * (size_t)piece->id_count * sizeof(*sums));
        kernels->sum_packed(piece->packed, piece->width, piece->width, piece->ids, piece->rows,
                            sums);
        for (uint32_t id = 0; id < 2 * piece->id_count; id++)
            sum += sums[id].sum;
        sum = (i128)piece->base * piece->rows + (i128)piece->factor * sum;
        struct decimal part = decimal_normal((struct decimal){sum, piece->scale});
        GR_TRY(decimal_add(*total, part, total, err));
    }
    return GR_OK;
}

static enum gr_status scan(struct store *store, struct arena *arena, struct decimal *total,
                           struct gr_err *err)
{
    /* A second dimension, of which a store has one value: pre-sums know no two. */
    struct rollup_request request = {.dataset = DATASET_COST};
    request.dimensions[0] = STR("team");
    request.dimensions[1] = STR("currency");
    request.dimension_count = 2;
    request.measures[0] = COST_EffectiveCost;
    request.measure_count = 1;
    request.days.first = day_from_ymd(1970, 1, 1);
    request.days.end = day_from_ymd(2100, 1, 1);
    struct rollup_result result;
    *total = DECIMAL_ZERO;
    GR_TRY(rollup_run(store, NULL, NULL, &request, arena, &result, err));
    for (size_t i = 0; i < result.cell_count; i++)
        GR_TRY(decimal_add(*total, result.cells[i].sums[0], total, err));
    return GR_OK;
}

static enum gr_status measure(struct store *store, const struct pieces *pieces, int runs,
                              struct gr_err *err)
{
    struct kernel_sum *sums = gr_alloc((size_t)2 * BATCH_ROWS * sizeof(*sums));
    double best[2] = {1e9, 1e9};
    struct decimal totals[2];
    enum gr_status status = GR_OK;
    for (int run = 0; run < runs && !status; run++)
        for (int which = 0; which < 2 && !status; which++) {
            struct arena arena = ARENA_EMPTY;
            double start = now_ms();
            status = which ? scan(store, &arena, &totals[1], err)
                           : sum_pieces(pieces, sums, &totals[0], err);
            double took = now_ms() - start;
            best[which] = took < best[which] ? took : best[which];
            arena_deinit(&arena);
            if (!status && which && decimal_compare(totals[0], totals[1]) != 0)
                status = gr_fail(err, GR_EDATA, "the two sums differ");
        }
    free(sums);
    if (!status)
        printf("rows\t%llu\nkernel\t%.6f\nscan\t%.6f\n", (unsigned long long)pieces->rows,
               best[0] / 1000, best[1] / 1000);
    return status;
}

int main(int argc, char **argv)
{
    struct gr_err err = {0};
    struct store *store = NULL;
    struct pieces pieces = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: %s STORE [RUNS]\n", argv[0]);
        return GR_EUSAGE;
    }
    enum gr_status status = store_open(argv[1], STORE_READ, &store, &err);
    if (!status)
        status = store_begin(store, &err);
    if (!status)
        status = read_pieces(store, &pieces, &err);
    if (!status)
        status = measure(store, &pieces, argc > 2 ? atoi(argv[2]) : 9, &err);
    if (status)
        fprintf(stderr, "%s\n", err.text);
    for (size_t i = 0; i < pieces.count; i++) {
        free(pieces.items[i].ids);
        free(pieces.items[i].packed);
    }
    free(pieces.items);
    store_close(store);
    return (int)status;
}
