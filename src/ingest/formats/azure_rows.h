/* Rows of an Azure cost export: from what the file says to FOCUS terms. Private to the reader.
 *
 * azure.c makes the plan and calls azure_rows_init() behind it; bill_rows.c calls
 * azure_complete_row() for every row whose cells are set.
 */
#ifndef GR_INGEST_FORMATS_AZURE_ROWS_H
#define GR_INGEST_FORMATS_AZURE_ROWS_H

#include "ingest/bill_header.h"
#include "ingest/code_memo.h"
#include "ingest/formats/azure_texts.h"

/* Text columns beyond the fixed ones that a row is completed from; -1: not in the file. */
struct azure_extras {
    int pricing_model, reservation_id, reservation_name, cost_center, consumed_service,
        service_family, additional_info, effective_price, partner;
    int resource_as_given; /* x_ResourceId, where ResourceId is not in lower case */
};

/* What rows prove about the view that the file shows (see azure_view()). */
struct azure_evidence {
    bool spread;    /* costs on what a commitment covers, or on what is left of it */
    bool bought;    /* a commitment purchase with a cost */
    bool uncharged; /* usage that a commitment covers, at no cost and no price */
};

/* A unit of measure that was understood. */
struct azure_unit {
    struct decimal factor;
    uint32_t code; /* of its name in ConsumedUnit; 0: not understood */
};

struct azure_memos {
    struct code_memo charge, model, category, frequency, service_category, tags, region, resource,
        resource_type, resource_name, unit, instance_type, gpu, pricing_category;
};

struct azure_rows {
    struct arena *arena; /* of the file */
    struct arena scratch;
    struct batch_texts *texts;
    bool has_currency, has_account, has_list_cost;
    struct azure_extras extras;
    struct azure_evidence evidence;
    struct azure_memos memos;
    struct tuple_memo tags_and_center;
    struct azure_unit *units; /* the value of memos.unit is a place in it */
    uint32_t unit_count, unit_capacity;
};

/* Behind the plan: no column is added later. GR_EDATA: too many columns. */
void azure_rows_init(struct azure_rows *rows, const struct bill_header *header,
                     struct batch *batch);
void azure_rows_deinit(struct azure_rows *rows);
const char *azure_complete_row(void *context, struct batch *batch, struct str *column);

/* "actual", "amortized", "combined" (amortized rows and the purchases of the actual view, as
 * Microsoft advises for FOCUS), or "" where no row has to do with a commitment. */
const char *azure_view(const struct azure_evidence *evidence);

#endif
