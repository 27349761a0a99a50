/* Unit economics of LLM usage: ratios of sums, never means of rows; exact decimals.
 *
 * Called by report/ with sums of one rollup cell. A ratio whose denominator is 0 (or below) is n/a.
 * Formulas: cost per Mtok of a class = its cost / its tokens x 10^6; blended = all cost / all
 * tokens x 10^6, where all tokens are uncached + cache read + cache write input and output with
 * reasoning.
 */
#ifndef GR_ANALYSIS_UNIT_ECONOMICS_H
#define GR_ANALYSIS_UNIT_ECONOMICS_H

#include <stdbool.h>

#include "base/decimal.h"

enum { UNIT_SCALE = 12 }; /* decimals of every ratio, half to even */

/* Sums. Token classes are disjoint: `input` is uncached, `output` is without reasoning. */
struct unit_tokens {
    struct decimal input;
    struct decimal cache_read;
    struct decimal cache_write;
    struct decimal output;
    struct decimal reasoning;
};

struct unit_ratio {
    bool known; /* false: n/a */
    struct decimal value;
};

struct unit_economics {
    struct decimal tokens_in;  /* input + cache_read + cache_write */
    struct decimal tokens_out; /* output + reasoning */
    struct decimal tokens;     /* both */
    struct unit_ratio blended_per_mtok;
    struct unit_ratio per_inference;    /* cost / successful requests */
    struct unit_ratio cache_hit_ratio;  /* cache_read / tokens_in */
    struct unit_ratio reasoning_share;  /* reasoning / tokens_out */
    struct unit_ratio input_per_output; /* tokens_in / tokens_out */
};

/* a / b with UNIT_SCALE decimals; n/a for b <= 0. GR_EDATA when the quotient does not fit. */
enum gr_status unit_ratio_of(struct decimal a, struct decimal b, struct unit_ratio *out,
                             struct gr_err *err) GR_MUST_CHECK;

/* cost / tokens x 10^6, in the cost's currency. */
enum gr_status unit_cost_per_mtok(struct decimal cost, struct decimal tokens,
                                  struct unit_ratio *out, struct gr_err *err) GR_MUST_CHECK;

/* `requests`: successful billable requests; 0 where the source has none (n/a). */
enum gr_status unit_economics_of(struct decimal cost, const struct unit_tokens *tokens,
                                 struct decimal requests, struct unit_economics *out,
                                 struct gr_err *err) GR_MUST_CHECK;

#endif
