/* What texts mean, by their codes (see code_memo.h). */
#include "ingest/code_memo.h"

#include <assert.h>
#include <stdlib.h>

enum { TUPLES_MAX = 1 << 18 }; /* more are forgotten at once: memory stays bounded */

void code_memo_init(struct code_memo *memo, const struct dict *from, const struct dict *to,
                    uint32_t (*learn)(void *context, struct str text), void *context)
{
    *memo = (struct code_memo){.learn = learn, .context = context, .from = from, .to = to};
    memo->from_generation = from->generation;
    memo->to_generation = to ? to->generation : 0;
}

void code_memo_deinit(struct code_memo *memo)
{
    free(memo->values);
    memo->values = NULL;
    memo->capacity = 0;
}

static void forget_if_void(struct code_memo *memo)
{
    uint32_t to_generation = memo->to ? memo->to->generation : 0;
    if (memo->from_generation == memo->from->generation && memo->to_generation == to_generation)
        return;
    memo->from_generation = memo->from->generation;
    memo->to_generation = to_generation;
    if (memo->values)
        memset(memo->values, 0, memo->capacity * sizeof *memo->values);
}

static void make_room(uint32_t **values, uint32_t *capacity, uint32_t code)
{
    uint32_t before = *capacity;
    if (code < before)
        return;
    *capacity = code < 64 ? 128 : code * 2;
    *values = gr_realloc(*values, *capacity * sizeof **values);
    memset(*values + before, 0, (*capacity - before) * sizeof **values);
}

uint32_t code_memo_learn(struct code_memo *memo, uint32_t code)
{
    if (code == DICT_CODE_NONE)
        return 0;
    forget_if_void(memo);
    if (code >= memo->capacity || !memo->values[code]) {
        uint32_t value = memo->learn(memo->context, dict_text(memo->from, code));
        make_room(&memo->values, &memo->capacity, code);
        assert(memo->values && value < UINT32_MAX);
        memo->values[code] = value + 1;
    }
    return memo->values[code] - 1;
}

void tuple_memo_init(struct tuple_memo *memo)
{
    *memo = (struct tuple_memo){0};
    dict_init(&memo->tuples);
}

void tuple_memo_deinit(struct tuple_memo *memo)
{
    dict_deinit(&memo->tuples);
    free(memo->values);
}

uint32_t *tuple_memo_place(struct tuple_memo *memo, uint32_t stamp, const uint32_t *codes,
                           size_t count, bool *fresh)
{
    struct str bytes = {(const char *)codes, count * sizeof *codes};
    if (memo->stamp != stamp || memo->tuples.count >= TUPLES_MAX) {
        dict_clear(&memo->tuples);
        memo->stamp = stamp;
    }
    uint32_t before = memo->tuples.count;
    uint32_t code = dict_intern(&memo->tuples, bytes);
    *fresh = code > before;
    make_room(&memo->values, &memo->capacity, code);
    assert(memo->values);
    return &memo->values[code];
}
