/* A store in a folder of its own, and rows that are made up from a seed. For the tests of store and
 * rollup.
 */
#ifndef GR_TESTS_STORE_SUPPORT_H
#define GR_TESTS_STORE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

struct test_folder {
    char path[256];  /* the folder */
    char store[300]; /* a path in it */
};

/* A new empty folder. */
void folder_make(struct test_folder *folder);
void folder_remove(struct test_folder *folder);

uint64_t random_next(uint64_t *seed);
uint32_t random_below(uint64_t *seed, uint32_t end);

/* Fails the test with the message when status is not 0. */
#define must(call)                                                                                 \
    do {                                                                                           \
        if ((call) != GR_OK)                                                                       \
            fail_msg("%s", err.text);                                                              \
    } while (0)

struct made_rows {
    uint64_t seed;
    uint32_t rows;
    uint32_t resources; /* distinct ResourceId; 0: 50 */
    bool wide;          /* some amounts need 128 bits */
    bool absent;        /* some cells of all kinds are absent or empty */
    struct day first;   /* charge days first .. first + days - 1 */
    int days;
};

/* Adds random COST rows to an empty batch. */
void make_cost_rows(struct batch *batch, const struct made_rows *made);

/* One delivery of made-up COST rows in a transaction of its own; returns its id. */
int64_t add_delivery(struct store *store, struct batch_texts *texts, const char *source,
                     const struct made_rows *made);

#endif
