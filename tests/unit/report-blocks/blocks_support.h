/* A store made by hand, and a report's context over October 2026, for the tests of the blocks. */
#ifndef GR_TESTS_REPORT_BLOCKS_SUPPORT_H
#define GR_TESTS_REPORT_BLOCKS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/blocks.h"
#include "report/cells.h"

#define must(call)                                                                                 \
    do {                                                                                           \
        struct gr_err err = {0};                                                                   \
        if ((call) != GR_OK)                                                                       \
            fail_msg("%s", err.text);                                                              \
    } while (0)

struct fixture {
    char folder[256], path[300];
    struct store *store;
    struct sql *sql;
    struct batch_texts *texts;
    struct arena arena;
    struct report_context context;
};

int fixture_make(void **state);
int fixture_remove(void **state);

/* Stores the rows of the batch as a delivery of that source and month, and closes the batch. */
void fixture_store(struct fixture *f, struct batch *batch, const char *source, const char *period);
/* Opens SQL over what was stored; the store must not change behind it. */
void fixture_ready(struct fixture *f);

/* Cells set from text; "" leaves them absent. */
void put_text(struct batch *batch, int column, const char *text);
void put_number(struct batch *batch, int column, const char *text);
void put_moment(struct batch *batch, int column, const char *text);

struct report_table *table_named(const struct section_builder *section, const char *id);
/* The cell of a row (0 first) and column as text: every digit of amounts, "n/a". */
const char *cell_shown(struct fixture *f, const struct report_table *table, size_t row,
                       const char *column);
/* Whether a paragraph or note holds the words. */
bool section_says(const struct section_builder *section, const char *words);

#endif
