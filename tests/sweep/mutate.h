/* Seeded damage to valid files: what transfers, editors and exports do to them. */
#ifndef GR_TESTS_MUTATE_H
#define GR_TESTS_MUTATE_H

#include "base/str.h"

/* A small generator, the same everywhere. */
uint64_t mutate_random(uint64_t *state);
size_t mutate_below(uint64_t *state, size_t end); /* 0 for end 0 */

/* Damages `text` one to four times; the last line of `what` says how. */
void mutate(struct strbuf *text, uint64_t *state, struct strbuf *what);

#endif
