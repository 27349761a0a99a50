/* What the text cells of a row will probably be: those of the last row of the same resource.
 *
 * A bill repeats itself: a resource comes back every hour with the same names, tags, account and
 * SKU. The row reader compares a cell with what it recalls, which costs a few vector loads, and
 * looks it up in the dictionary only when it differs. A resource that was not seen before starts
 * from the last row of the same SKU. A guess is never trusted: every cell is compared byte by byte.
 *
 * Called by bill_rows.c. Must not know what columns mean.
 */
#ifndef GR_INGEST_RECALL_H
#define GR_INGEST_RECALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* A cell as it stood in the file, and the code that its text got. Starts as the empty cell, which
 * is absent. `bytes` belong to a dictionary and live as long as it does. */
struct recalled {
    const char *bytes;
    uint32_t len;
    uint32_t code;
};

enum { RECALL_SKU_ROWS = 512 };

/* Rows by resource and by SKU; `width` cells each. */
struct recall {
    struct recalled *cells;
    uint32_t *resources; /* by place: code of the resource whose row it holds, 0 none */
    uint32_t resource_mask;
    size_t width;
};

void recall_init(struct recall *recall, size_t width);
void recall_deinit(struct recall *recall);
/* The dictionary of a cell starts anew: forgets that cell of every row. */
void recall_forget_cell(struct recall *recall, size_t cell);
/* The same for the codes of resources: all rows by resource are free. */
void recall_forget_resources(struct recall *recall);

/* The row to compare with and to keep up to date. resource: code of the row's resource, 0 when it
 * has none; fresh: it was never seen before; sku: any text that rows of one kind share. */
struct recalled *recall_row(struct recall *recall, uint32_t resource, bool fresh, struct str sku);

/* Fetches ahead the row of a resource; NULL when it has none of its own. */
static inline const struct recalled *recall_prefetch(const struct recall *recall, uint32_t resource)
{
    uint32_t place = resource & recall->resource_mask;
    if (recall->resources[place] != resource)
        return NULL;
    const struct recalled *own = recall->cells + (RECALL_SKU_ROWS + (size_t)place) * recall->width;
    for (size_t i = 0; i < recall->width; i += 4)
        __builtin_prefetch(own + i);
    return own;
}

#endif
