/* Hostile chunk bytes: decoding fails or gives a column whose every cell can be read, and the same
 * one on every SIMD level. So does a view of it, whose packed values and runs are walked.
 */
#include <stdlib.h>
#include <string.h>

#include "store/encoding.h"
#include "store/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_all(const struct column_data *data, uint64_t *digest)
{
    for (uint32_t row = 0; row < data->rows; row++) {
        uint64_t cell = column_is_null(data, row);
        if (!cell)
            cell = data->kind == COLUMN_TEXT
                       ? column_code(data, row)
                       : (uint64_t)column_number(data, row) + column_decimal(data, row).scale;
        *digest = *digest * 31 + cell;
    }
}

static uint64_t walk_view(const struct column_view *view)
{
    uint64_t digest = (uint64_t)view->form;
    for (uint32_t i = 0; view->form == COLUMN_VIEW_RUNS && i < view->run_count; i++)
        digest = digest * 31 + (uint64_t)view->runs[i].value + view->runs[i].end;
    if (view->form == COLUMN_VIEW_PACKED && view->width <= KERNEL_SUM_WIDTH_MAX)
        digest += kernels_select("auto")->sum_all_packed(view->packed, view->width, view->width,
                                                         view->data.rows);
    for (uint32_t i = 0; i < view->patch_count; i++)
        digest = digest * 31 + view->patches[i].row + (uint64_t)view->patches[i].difference;
    if (view->form == COLUMN_VIEW_CODES || view->form == COLUMN_VIEW_DECODED)
        read_all(&view->data, &digest);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct column_view view;
    size_t levels = 0;
    const char *const *names = kernels_levels(&levels);
    static struct column_data data; /* its buffers are kept: making them costs more than decoding */
    uint64_t digests[8] = {0};
    uint32_t rows = 0;
    if (size < 8)
        return 0;
    /* What a segment row would say; the first chunk of a bundle stands behind its header. */
    size_t header = bytes[0] == CHUNK_BUNDLE && size >= 40 ? 32 : 0;
    memcpy(&rows, bytes + header + 4, 4);
    uint8_t *copy = gr_alloc_zeroed(size + KERNEL_SLACK_BYTES, 1);
    memcpy(copy, bytes, size);
    for (size_t i = 0; i < levels; i++) {
        struct gr_err err = {0};
        if (column_decode(copy, size, rows, kernels_select(names[i]), &data, &err) == GR_OK)
            read_all(&data, &digests[i]);
        if (column_decode_dictionary(copy, size, rows, &data, &err) == GR_OK)
            digests[i] += data.dictionary_count;
        if (column_view_read(copy, size, rows, kernels_select(names[i]), &view, &err) == GR_OK)
            digests[i] += walk_view(&view);
        digests[i] += column_last_code(copy, size);
        if (digests[i] != digests[0])
            abort();
    }
    free(copy);
    return 0;
}
