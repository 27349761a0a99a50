/* The six kinds of records of a sync payload and how each becomes a row. Private to sync*.c. */
#ifndef GR_INGEST_FORMATS_SYNC_RECORDS_H
#define GR_INGEST_FORMATS_SYNC_RECORDS_H

#include "ingest/record.h"

/* Dataset of an array by its name ("instances", "ai_spend", ...); false when the name says nothing.
 */
bool sync_dataset_of_name(struct str name, enum dataset *out);

/* Dataset of a record by its members; false when it is none of ours. */
bool sync_dataset_of_record(const struct json_value *record, enum dataset *out);

/* Fills the open row of `batch`. False: `fault` says why not. INSTANCE rows may stay without
 * SeenAt. */
bool sync_put_record(struct batch *batch, const struct json_value *record, struct strbuf *scratch,
                     struct record_fault *fault);

#endif
