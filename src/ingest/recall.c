/* Rows that are recalled by resource or SKU (see recall.h): two direct-mapped tables in one block.
 */
#include "ingest/recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/dict.h"

enum {
    RESOURCE_ROWS_MAX = 8192,
    RECALL_BYTES_MAX = 6 << 20, /* of the rows by resource: a bill of 200 columns holds 2,048 */
};

void recall_init(struct recall *recall, size_t width)
{
    uint32_t rows = RESOURCE_ROWS_MAX;
    while (rows > 1 && rows * width * sizeof *recall->cells > RECALL_BYTES_MAX)
        rows /= 2;
    *recall = (struct recall){.width = width, .resource_mask = rows - 1};
    recall->cells =
        gr_alloc_zeroed((RECALL_SKU_ROWS + (size_t)rows) * width + 1, sizeof *recall->cells);
    recall->resources = gr_alloc_zeroed(rows, sizeof *recall->resources);
}

void recall_deinit(struct recall *recall)
{
    free(recall->cells);
    free(recall->resources);
    *recall = (struct recall){0};
}

void recall_forget_cell(struct recall *recall, size_t cell)
{
    size_t rows = RECALL_SKU_ROWS + (size_t)recall->resource_mask + 1;
    for (size_t row = 0; row < rows; row++)
        recall->cells[row * recall->width + cell] = (struct recalled){0};
}

void recall_forget_resources(struct recall *recall)
{
    memset(recall->resources, 0, ((size_t)recall->resource_mask + 1) * sizeof *recall->resources);
}

struct recalled *recall_row(struct recall *recall, uint32_t resource, bool fresh, struct str sku)
{
    uint32_t place = resource & recall->resource_mask;
    struct recalled *own = recall->cells + (RECALL_SKU_ROWS + (size_t)place) * recall->width;
    if (resource && recall->resources[place] == resource)
        return own;
    uint64_t hash = sku.len ? hash_bytes(sku.ptr, sku.len) : 0;
    struct recalled *alike = recall->cells + (size_t)(hash % RECALL_SKU_ROWS) * recall->width;
    if (!resource || fresh) /* it may never come back: only at the second row it gets a place */
        return alike;
    memcpy(own, alike, recall->width * sizeof *own);
    recall->resources[place] = resource;
    return own;
}
