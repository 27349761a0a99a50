/* Unit economics. See unit_economics.h for the formulas. */
#include "analysis/unit_economics.h"

enum gr_status unit_ratio_of(struct decimal a, struct decimal b, struct unit_ratio *out,
                             struct gr_err *err)
{
    *out = (struct unit_ratio){false, DECIMAL_ZERO};
    if (decimal_sign(b) <= 0)
        return GR_OK;
    out->known = true;
    return decimal_div(a, b, UNIT_SCALE, &out->value, err);
}

enum gr_status unit_cost_per_mtok(struct decimal cost, struct decimal tokens,
                                  struct unit_ratio *out, struct gr_err *err)
{
    struct decimal millionfold;
    GR_TRY(decimal_mul(cost, decimal_from_int(1000000), &millionfold, err));
    return unit_ratio_of(millionfold, tokens, out, err);
}

enum gr_status unit_economics_of(struct decimal cost, const struct unit_tokens *tokens,
                                 struct decimal requests, struct unit_economics *out,
                                 struct gr_err *err)
{
    *out = (struct unit_economics){0};
    GR_TRY(decimal_add(tokens->input, tokens->cache_read, &out->tokens_in, err));
    GR_TRY(decimal_add(out->tokens_in, tokens->cache_write, &out->tokens_in, err));
    GR_TRY(decimal_add(tokens->output, tokens->reasoning, &out->tokens_out, err));
    GR_TRY(decimal_add(out->tokens_in, out->tokens_out, &out->tokens, err));
    GR_TRY(unit_cost_per_mtok(cost, out->tokens, &out->blended_per_mtok, err));
    GR_TRY(unit_ratio_of(cost, requests, &out->per_inference, err));
    GR_TRY(unit_ratio_of(tokens->cache_read, out->tokens_in, &out->cache_hit_ratio, err));
    GR_TRY(unit_ratio_of(tokens->reasoning, out->tokens_out, &out->reasoning_share, err));
    return unit_ratio_of(out->tokens_in, out->tokens_out, &out->input_per_output, err);
}
