/* Prices every LLM usage row of the store anew, after the price book changed.
 */
#ifndef GR_LOAD_REPRICE_H
#define GR_LOAD_REPRICE_H

#include "load/pricing.h"

/* Inside a write transaction: reads each live AI delivery back, prices its rows and packs them
 * again. Counts go to *out. The sums of tokens stay; only what is computed changes. *texts (may be
 * NULL) must live until the transaction ends; the caller closes it. */
enum gr_status reprice_all(struct store *store, struct arena *arena, struct price_import *out,
                           struct batch_texts **texts, struct gr_err *err) GR_MUST_CHECK;

#endif
