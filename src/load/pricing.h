/* Pricing LLM usage by a price book with validity dates (field: llm 2 and 6). Exact decimals.
 *
 * The rule, per row and token class: among the lines of the book for that model and class whose
 * dates hold on the row's day, the most specific wins: provider named before any, service tier
 * named before any, region named before any, the highest `above_tokens` that the request's prompt
 * exceeds, the latest valid_from. A line without provider, service tier or region holds for any.
 * Reasoning without a line of its own is priced as output; nothing else has a substitute: it stays
 * unpriced and is shown so.
 */
#ifndef GR_LOAD_PRICING_H
#define GR_LOAD_PRICING_H

#include "base/arena.h"
#include "model/batch.h"
#include "store/store_tables.h"

struct price_book;

/* Reads the prices of the store. GR_EDATA when a stored line can't be read. price_book_close frees.
 */
enum gr_status price_book_open(struct store *store, struct arena *arena, struct price_book **out,
                               struct gr_err *err) GR_MUST_CHECK;
void price_book_close(struct price_book *book); /* NULL is allowed */

/* Fills the ...Cost columns, ComputedCost, Cost, UnpricedTokens and Pricing of every row of an AI
 * batch (overwriting what stands there), and Currency where the row has none. GR_EDATA on overflow.
 */
enum gr_status price_batch(struct price_book *book, struct batch *batch,
                           struct gr_err *err) GR_MUST_CHECK;

/* Checks one line: classes, dates, per, decimals. GR_EDATA names the field. */
enum gr_status price_check(const struct store_price *price, struct gr_err *err) GR_MUST_CHECK;

struct price_import {
    size_t prices;          /* lines in the book now */
    uint64_t rows_priced;   /* AI rows priced anew */
    uint64_t rows_unpriced; /* of them without any price */
};

/* `gpureport prices import`: reads the contract's price CSV, replaces the book of that name and
 * prices every LLM usage row of the store anew, all in one transaction. `valid_from` (may be NULL)
 * is the first day of lines without a date; `imported` a moment for the record. */
enum gr_status prices_import(struct store *store, struct arena *arena, const char *path,
                             const char *book, const char *valid_from, int64_t imported,
                             struct price_import *out, struct gr_err *err) GR_MUST_CHECK;

#endif
