/* See split.h. */
#include "analysis/split.h"

#include <assert.h>
#include <stdlib.h>

static u128 magnitude(i128 x)
{
    return x < 0 ? -(u128)x : (u128)x;
}

static enum gr_status beyond(struct gr_err *err)
{
    return gr_fail(err, GR_EDATA, "a part of a split amount needs more than 128 bits");
}

enum gr_status split_weights_read(struct arena *arena, const struct decimal *weights, size_t count,
                                  struct split_weights *out, struct gr_err *err)
{
    uint8_t scale = 0;
    *out = (struct split_weights){.count = count};
    out->values = arena_alloc_zeroed(arena, count + 1, sizeof *out->values);
    for (size_t i = 0; i < count; i++)
        if (decimal_sign(weights[i]) > 0 && decimal_normal(weights[i]).scale > scale)
            scale = decimal_normal(weights[i]).scale;
    for (size_t i = 0; i < count; i++) {
        struct decimal same;
        if (decimal_sign(weights[i]) <= 0)
            continue;
        GR_TRY(decimal_rescale(decimal_normal(weights[i]), scale, &same, err));
        out->values[i] = (u128)same.units;
        if (__builtin_add_overflow(out->total, out->values[i], &out->total))
            return gr_fail(err, GR_EDATA, "the weights of a split add up to more than 128 bits");
    }
    return GR_OK;
}

/* ---- one amount ---- */

struct remainder {
    u128 left;
    size_t at;
};

static int compare_remainders(const void *a, const void *b)
{
    const struct remainder *x = a, *y = b;
    if (x->left != y->left)
        return x->left < y->left ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

enum gr_status split_amount(struct arena *arena, struct decimal whole,
                            const struct split_weights *weights, struct decimal *parts,
                            struct gr_err *err)
{
    assert(weights->total > 0);
    whole = decimal_normal(whole);
    if (whole.scale < SPLIT_DECIMALS_MIN)
        GR_TRY(decimal_rescale(whole, SPLIT_DECIMALS_MIN, &whole, err));
    u128 amount = magnitude(whole.units), missing = amount;
    struct remainder *order = arena_alloc(arena, (weights->count + 1) * sizeof *order);
    for (size_t i = 0; i < weights->count; i++) {
        u128 share = 0;
        order[i].at = i;
        if (!decimal_multiply_divide(amount, weights->values[i], weights->total, &share,
                                     &order[i].left))
            return beyond(err);
        parts[i] = (struct decimal){(i128)share, whole.scale};
        missing -= share;
    }
    assert(missing < weights->count || missing == 0);
    qsort(order, weights->count, sizeof *order, compare_remainders);
    for (size_t i = 0; i < (size_t)missing; i++)
        parts[order[i].at].units++;
    for (size_t i = 0; i < weights->count && whole.units < 0; i++)
        parts[i].units = -parts[i].units;
    return GR_OK;
}

/* ---- cells ---- */

/* Everything in units of one scale, added up from the first to the last: the part of a cell and a
 * weight is the difference of four corners, so that rows and columns add up by themselves. */
struct grid {
    const struct split_weights *weights;
    size_t cell_count;
    uint8_t scale;
    i128 *cells; /* added up: cells[c] is the sum of the first c + 1 */
    i128 *parts; /* added up in the same way */
};

static enum gr_status corner(const struct grid *grid, size_t cell, size_t weight, u128 weight_sum,
                             i128 *out, struct gr_err *err)
{
    u128 quotient = 0, remainder = 0;
    i128 sum = grid->cells[cell];
    if (cell + 1 == grid->cell_count) {
        *out = grid->parts[weight];
        return GR_OK;
    }
    if (!decimal_multiply_divide(magnitude(sum), weight_sum, grid->weights->total, &quotient,
                                 &remainder))
        return beyond(err);
    *out = sum < 0 ? -(i128)quotient : (i128)quotient;
    return GR_OK;
}

static enum gr_status add_up(const struct decimal *amounts, size_t count, uint8_t scale, i128 *out,
                             struct gr_err *err)
{
    i128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        struct decimal same;
        GR_TRY(decimal_rescale(decimal_normal(amounts[i]), scale, &same, err));
        if (__builtin_add_overflow(sum, same.units, &sum) || magnitude(sum) >> 124)
            return beyond(err); /* four of them are added and taken from one another */
        out[i] = sum;
    }
    return GR_OK;
}

static uint8_t widest(const struct decimal *amounts, size_t count, uint8_t scale)
{
    for (size_t i = 0; i < count; i++)
        if (decimal_normal(amounts[i]).scale > scale)
            scale = decimal_normal(amounts[i]).scale;
    return scale;
}

enum gr_status split_cells(struct arena *arena, const struct decimal *cells, size_t cell_count,
                           const struct split_weights *weights, const struct decimal *parts,
                           struct decimal *out, struct gr_err *err)
{
    size_t count = weights->count;
    struct grid grid = {.weights = weights, .cell_count = cell_count};
    grid.scale = widest(cells, cell_count, widest(parts, count, SPLIT_DECIMALS_MIN));
    grid.cells = arena_alloc_zeroed(arena, cell_count + 1, sizeof *grid.cells);
    grid.parts = arena_alloc_zeroed(arena, count + 1, sizeof *grid.parts);
    i128 *above = arena_alloc_zeroed(arena, count + 1, sizeof *above);
    GR_TRY(add_up(cells, cell_count, grid.scale, grid.cells, err));
    GR_TRY(add_up(parts, count, grid.scale, grid.parts, err));
    for (size_t c = 0; c < cell_count; c++) {
        i128 before = 0, above_before = 0;
        u128 weight_sum = 0;
        for (size_t w = 0; w < count; w++) {
            i128 here = 0;
            weight_sum += weights->values[w];
            GR_TRY(corner(&grid, c, w, weight_sum, &here, err));
            out[c * count + w] =
                (struct decimal){here - before - (above[w] - above_before), grid.scale};
            before = here;
            above_before = above[w];
            above[w] = here;
        }
    }
    return GR_OK;
}
