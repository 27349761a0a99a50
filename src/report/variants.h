/* Spellings of tags: keys, and values of a key, that people would call the same. Called by the
 * dimensions command.
 */
#ifndef GR_REPORT_VARIANTS_H
#define GR_REPORT_VARIANTS_H

#include "report/report.h"

enum { VARIANT_KEYS_MAX = 32 };

struct variants_request {
    enum dataset dataset;              /* DATASET_COST or DATASET_AI */
    struct str keys[VARIANT_KEYS_MAX]; /* only these, and what is spelt like them; none: all */
    size_t key_count;
};

/* Table `variants`: one row a spelling and currency, those of one meaning together; what still
 * differs comes first, by rows. */
enum gr_status report_variants(const struct report_context *context,
                               const struct variants_request *request, struct report_doc *doc,
                               struct gr_err *err) GR_MUST_CHECK;

#endif
