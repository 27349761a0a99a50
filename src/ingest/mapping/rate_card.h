/* Rate cards: prices of usage by key columns and validity. Private to ingest/mapping.
 *
 * As CSV: columns of the batch that must be equal (SkuId, RegionId, ...; an empty cell takes any),
 * and unit_price, per, currency, valid_from, valid_to (both days count; empty: open). Two rates of
 * equal keys must not be valid on one day.
 */
#ifndef GR_INGEST_MAPPING_RATE_CARD_H
#define GR_INGEST_MAPPING_RATE_CARD_H

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"

enum { RATE_KEYS_MAX = 8, RATES_MAX = 100000 };

struct rate {
    struct str keys[RATE_KEYS_MAX]; /* empty: any */
    struct decimal unit_price, per;
    struct str currency;
    struct day first, last;
    uint64_t line;
};

struct rate_card {
    const char *name;
    struct str key_names[RATE_KEYS_MAX];
    size_t key_count;
    struct rate *rates; /* by first key, then line */
    size_t count;
    struct str currency; /* the one of all rates; absent when they differ */
    struct str quantity; /* column that is priced; absent: PricingQuantity, else ConsumedQuantity */
};

/* GR_ESTORE; GR_EDATA naming file and line. */
enum gr_status rate_card_read(struct arena *arena, const char *path, struct rate_card *out,
                              struct gr_err *err) GR_MUST_CHECK;
/* The cells of one rate: the keys, then the five others. NULL, or what is wrong. */
const char *rate_from_cells(const struct rate_card *card, const struct str *cells, size_t count,
                            struct rate *out);
/* Sorts and checks. GR_EUSAGE or whatever `status` says, naming the lines. */
enum gr_status rate_card_finish(struct rate_card *card, enum gr_status status,
                                struct gr_err *err) GR_MUST_CHECK;

/* The rate of most equal keys (earlier ones weigh more) that is valid on that day; NULL: none. */
const struct rate *rate_card_find(const struct rate_card *card, const struct str *keys,
                                  struct day day);

#endif
