/* What pricing.c (the book) and pricing_rows.c (the rows) share. Private to load/. */
#ifndef GR_LOAD_PRICING_INTERNAL_H
#define GR_LOAD_PRICING_INTERNAL_H

#include "load/pricing.h"

enum { TOKEN_CLASSES = 12 };

struct price {
    struct str provider, model, class_name, tier, region, currency;
    int64_t above_tokens;   /* -1: none */
    struct decimal unit;    /* for one token or unit: unit_price / per, exact */
    struct day first, last; /* inclusive */
    size_t place;           /* in the list of the store: equal lines keep their order */
};

/* What all rows have in common that the book answers alike: codes of the batch at hand. */
struct answer_key {
    uint32_t provider, model, tier, region, currency;
    struct day day;
    uint32_t step;    /* thresholds that the prompt exceeds */
    uint32_t classes; /* bits of the token classes that the row has */
};

struct answer {
    struct answer_key key;
    uint64_t batch; /* serial number of the batch whose codes the key has */
    const struct price *prices[TOKEN_CLASSES]; /* NULL: none holds */
    uint32_t currency;                         /* code of the prices' currency; 0: no price */
};

struct price_book {
    struct price *prices; /* by model */
    size_t count;
    int64_t *thresholds; /* of above_tokens, ascending, each once */
    size_t threshold_count;
    struct answer *answers; /* made when first needed */
    uint64_t batches;       /* serial number of the last one */
};

/* What a row is, as far as prices care. */
struct price_question {
    struct str provider, model, tier, region, currency;
    struct day day;
    int64_t prompt_tokens; /* -1: a bucket of requests, where no tier can be known */
};

/* The line of the book that holds for a class; NULL when none does. */
const struct price *price_find(const struct price_book *book, const struct price_question *q,
                               struct str class_name);

#endif
