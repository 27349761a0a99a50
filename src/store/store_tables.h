/* Small plain tables of the store: prices, budgets, key/value. For load/, sql/ and report/.
 *
 * Values are kept as the text they came as; this floor does not know what they mean.
 */
#ifndef GR_STORE_STORE_TABLES_H
#define GR_STORE_STORE_TABLES_H

#include "store/store.h"

/* One line of a price book (contract: Price CSV). Absent and empty texts are kept as empty. */
struct store_price {
    struct str provider;
    struct str model;
    struct str price_class; /* "input", "cache_read", ... or a unit */
    struct str service_tier;
    struct str region;
    struct str above_tokens; /* "" or a whole number */
    struct str unit_price;   /* decimal text */
    struct str per;          /* "1", "1000", "1000000" */
    struct str currency;
    struct str valid_from; /* YYYY-MM-DD or "" */
    struct str valid_to;
    struct str book;  /* name of the book it came with */
    int64_t imported; /* moment, given by the caller */
};

struct store_price_list {
    struct store_price *items;
    size_t count;
};

/* Replaces all prices of `book`. Own transaction when none is open. */
enum gr_status store_prices_replace(struct store *store, struct str book,
                                    const struct store_price *prices, size_t count,
                                    struct gr_err *err) GR_MUST_CHECK;
/* Ordered by provider, model, class, tier, region, above_tokens, valid_from. book STR_NONE: all. */
enum gr_status store_prices_list(struct store *store, struct arena *arena, struct str book,
                                 struct store_price_list *out, struct gr_err *err) GR_MUST_CHECK;

/* A budget: a name and its INI fields. */
struct store_budget_field {
    struct str name;
    struct str field;
    struct str value;
};

struct store_budget_fields {
    struct store_budget_field *items; /* by name, field */
    size_t count;
};

/* Replaces all budgets by the fields given. Own transaction when none is open. */
enum gr_status store_budgets_replace(struct store *store, const struct store_budget_field *fields,
                                     size_t count, struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_budgets_list(struct store *store, struct arena *arena,
                                  struct store_budget_fields *out,
                                  struct gr_err *err) GR_MUST_CHECK;

/* Key/value facts. get: *value is STR_NONE when there is none. set: an absent value deletes. */
enum gr_status store_meta_get(struct store *store, struct arena *arena, struct str key,
                              struct str *value, struct gr_err *err) GR_MUST_CHECK;
enum gr_status store_meta_set(struct store *store, struct str key, struct str value,
                              struct gr_err *err) GR_MUST_CHECK;

#endif
