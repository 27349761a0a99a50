/* What a text means to a format, worked out once a text and not once a row.
 *
 * Rows of a bill hold codes of dictionaries; what follows from a text (the code of another text, a
 * kind, the number of a parsed unit) is remembered by its code. A dictionary that started anew
 * makes what was remembered of it void. Called by bill formats when they complete a row. Must not
 * know what the values mean.
 */
#ifndef GR_INGEST_CODE_MEMO_H
#define GR_INGEST_CODE_MEMO_H

#include "base/dict.h"

/* By the code of one text. */
struct code_memo {
    uint32_t (*learn)(void *context, struct str text); /* below UINT32_MAX */
    void *context;
    const struct dict *from; /* of the codes that are asked for */
    const struct dict *to;   /* of the codes that are answered; NULL: other numbers */
    uint32_t from_generation, to_generation;
    uint32_t *values; /* + 1 by code; 0: not known yet */
    uint32_t capacity;
};

/* Nothing is allocated yet; `from` and `to` must outlive the memo. */
void code_memo_init(struct code_memo *memo, const struct dict *from, const struct dict *to,
                    uint32_t (*learn)(void *context, struct str text), void *context);
void code_memo_deinit(struct code_memo *memo);
uint32_t code_memo_learn(struct code_memo *memo, uint32_t code);
/* What the text of that code means; 0 for code 0. */
static inline uint32_t code_memo_value(struct code_memo *memo, uint32_t code)
{
    bool known = code < memo->capacity && memo->values[code] &&
                 memo->from->generation == memo->from_generation &&
                 (!memo->to || memo->to->generation == memo->to_generation);
    return known ? memo->values[code] - 1 : code_memo_learn(memo, code);
}

/* By several codes of several dictionaries. Who fills it looks after generations: `stamp` is any
 * number that changes when one of the dictionaries starts anew. */
struct tuple_memo {
    struct dict tuples; /* the codes as bytes */
    uint32_t *values;   /* by code of the tuple */
    uint32_t capacity;
    uint32_t stamp;
};

void tuple_memo_init(struct tuple_memo *memo);
void tuple_memo_deinit(struct tuple_memo *memo);
/* Where the value of these codes stands; *fresh: it was never written. Valid until the next call.
 */
uint32_t *tuple_memo_place(struct tuple_memo *memo, uint32_t stamp, const uint32_t *codes,
                           size_t count, bool *fresh);

#endif
