/* Charges of a bill by their hash and the file that they came from: what finds charges that a call
 * brings twice (repeats.c). Must not know where the charges are read.
 */
#ifndef GR_LOAD_CHARGES_H
#define GR_LOAD_CHARGES_H

#include "base/arena.h"
#include "ingest/code_memo.h"
#include "store/store.h"

struct filed_charge {
    int64_t file; /* of the ledger, or what stands for it */
    uint64_t hash;
};

struct charges {
    struct filed_charge *items; /* own */
    size_t count, capacity;
};

void charges_add(struct charges *charges, int64_t file, uint64_t hash);
int filed_charge_compare(const void *a, const void *b); /* by file, then hash */
void charges_sort(struct charges *charges);             /* the same order */
void charges_deinit(struct charges *charges);

/* ---- charges of the batches of a call ---- */

/* Texts that tell one charge from another. The last two count where there is no resource. */
enum charge_text {
    CHARGE_SUB_ACCOUNT,
    CHARGE_SERVICE,
    CHARGE_RESOURCE,
    CHARGE_SKU,
    CHARGE_CATEGORY,
    CHARGE_RESOURCE_NAME,
    CHARGE_TAGS,
    CHARGE_TEXTS
};

/* In the hash of a sampled charge: it names a resource. */
#define CHARGE_HAS_RESOURCE ((uint64_t)1 << 16)

/* The charges of a call, or as many of them as `limit` allows: chosen by moment and resource or
 * SKU, so that a charge that comes twice is chosen twice, and a row that is not costs next to
 * nothing.
 */
struct charge_sample {
    struct charges charges;
    struct code_memo memos[CHARGE_TEXTS]; /* hashes of texts by their code */
    bool ready;
    uint64_t mask; /* 0: all are here; else those whose key has none of these bits */
    size_t limit;
};

void charge_sample_take(struct charge_sample *sample, const struct batch *batch,
                        const struct store_place *places);
void charge_sample_deinit(struct charge_sample *sample);

/* ---- does one file repeat another, or itself? Arrays are sorted by hash. ---- */

struct charge_list {
    const struct filed_charge *items;
    size_t count;
};

/* *found: how many of the charges of `part` come again in `whole`, each as often as it stands
 * there. True when they are nearly all, and enough different ones to prove something. */
bool charges_repeat(struct charge_list part, struct charge_list whole, size_t *found);

/* Nearly all different charges with a resource stand there an even number of times. */
bool charges_twice(struct charge_list list);

#endif
