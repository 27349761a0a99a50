/* Costs of AWS lines (see aws_costs.h).
 *
 * Billed is the unblended cost of every line, net of nothing: AWS shows a discount as a line of its
 * own (EdpDiscount, PrivateRateDiscount, BundledDiscount, ...), and NetUnblendedCost says the same
 * money at the line that was discounted, 0 at the discount's own ("Line item details" of the Cost
 * and Usage Report guide). Summing net costs beside discount lines would be right only for all
 * lines or for none; unblended is there in every file and adds up to the invoice. An export of
 * CUR 2.0 can be set up without discount lines (then it has the columns discount and
 * discount_total_discount; "Discount columns" of the Data Exports guide): nothing in a row says
 * which, so its net cost is kept beside the billed one as x_NetUnblendedCost.
 *
 * Effective is the amortised cost as the AWS Cloud Intelligence Dashboards publish it
 * (summary_view.sql, amortized_cost): a commitment's fee is 0 where it is paid and comes back with
 * the usage that it covers; what was not used stays with the fee. A refund of a Savings Plan's
 * one-time fee is 0 as the fee was; every other refund or discount on Savings Plans stays. One
 * difference: a fee for a capacity reservation is no fee of a Reserved Instance, its usage is free,
 * so it stays (the caller says `reserved`).
 *
 * List is the public on-demand cost, of all but negations, which take back what the covered usage
 * holds (the same view, public_cost). Contracted is what the line costs at the negotiated rate
 * without commitments: unblended, which of usage under a Savings Plan is its on-demand cost; a
 * negation is 0; usage under a reservation has unblended 0 and takes the public cost, where it is
 * there.
 */
#include "ingest/formats/aws_costs.h"

static void copy_cost(struct batch *batch, int from, int to)
{
    struct decimal value;
    if (batch_decimal(batch, (size_t)from, batch->rows, &value))
        batch_set_decimal(batch, (size_t)to, batch->rows, value);
}

static void set_zero(struct batch *batch, int to)
{
    batch_set_whole(batch, (size_t)to, batch->rows, 0);
}

/* a + sign * b, where an absent one is nothing; absent when both are. False: more digits than there
 * are. */
static bool set_total(struct batch *batch, int a, int b, bool minus, int to)
{
    struct decimal x = DECIMAL_ZERO, y = DECIMAL_ZERO, sum;
    struct gr_err err;
    bool has_x = batch_decimal(batch, (size_t)a, batch->rows, &x);
    bool has_y = batch_decimal(batch, (size_t)b, batch->rows, &y);
    if (!has_x && !has_y)
        return true;
    enum gr_status status = minus ? decimal_sub(x, y, &sum, &err) : decimal_add(x, y, &sum, &err);
    if (status != GR_OK)
        return false;
    batch_set_decimal(batch, (size_t)to, batch->rows, decimal_normal(sum));
    return true;
}

static struct str text_of(const struct batch *batch, int column)
{
    return column < 0 ? STR_NONE : batch_text(batch, (size_t)column, batch->rows);
}

static bool refunds_upfront_fee(const struct aws_cost_columns *have, const struct batch *batch)
{
    return have->savings_plan &&
           str_ends(text_of(batch, have->product_code), STR("SavingsPlans")) &&
           str_starts(text_of(batch, have->description),
                      STR("Refund for one-time fee for Savings Plan ID"));
}

/* Rules that the row asks for and the file has no columns for. */
static void note_lacks(struct aws_cost_columns *have, enum aws_line line, bool reserved)
{
    bool savings_plan = line == AWS_SP_COVERED || line == AWS_SP_NEGATION || line == AWS_SP_UPFRONT;
    bool reservation = line == AWS_DISCOUNTED_USAGE || (line == AWS_FEE && reserved);
    have->lacks_savings_plan |=
        (savings_plan && !have->savings_plan) || (line == AWS_SP_RECURRING && !have->commitment);
    have->lacks_reservation |=
        (reservation && !have->reservation) || (line == AWS_RI_FEE && !have->unused);
}

static bool put_effective(const struct aws_cost_columns *have, enum aws_line line, bool reserved,
                          struct batch *batch)
{
    int from = COST_BilledCost, to = COST_EffectiveCost;
    bool paid_before = false;
    switch (line) {
    case AWS_SP_COVERED:
        from = have->savings_plan ? COST_x_SavingsPlanEffectiveCost : from;
        break;
    case AWS_DISCOUNTED_USAGE:
        from = have->reservation ? COST_x_ReservationEffectiveCost : from;
        break;
    case AWS_SP_RECURRING:
        if (have->commitment)
            return set_total(batch, COST_x_SavingsPlanTotalCommitment,
                             COST_x_SavingsPlanUsedCommitment, true, to);
        break;
    case AWS_RI_FEE:
        if (have->unused)
            return set_total(batch, COST_x_ReservationUnusedUpfrontFee,
                             COST_x_ReservationUnusedRecurringFee, false, to);
        break;
    case AWS_SP_NEGATION:
    case AWS_SP_UPFRONT:
        paid_before = have->savings_plan;
        break;
    case AWS_FEE:
        paid_before = reserved && have->reservation;
        break;
    case AWS_REFUND:
        paid_before = refunds_upfront_fee(have, batch);
        break;
    default:
        break;
    }
    if (paid_before)
        set_zero(batch, to);
    else
        copy_cost(batch, from, to);
    return true;
}

static void put_contracted(enum aws_line line, struct batch *batch)
{
    struct decimal list;
    if (line == AWS_SP_NEGATION)
        set_zero(batch, COST_ContractedCost);
    else if (line == AWS_DISCOUNTED_USAGE &&
             batch_decimal(batch, COST_ListCost, batch->rows, &list))
        batch_set_decimal(batch, COST_ContractedCost, batch->rows, list);
    else
        copy_cost(batch, COST_BilledCost, COST_ContractedCost);
}

const char *aws_costs_put(struct aws_cost_columns *have, enum aws_line line, bool reserved,
                          struct batch *batch, struct str *column)
{
    struct batch_column *list = &batch->columns[COST_ListCost];
    note_lacks(have, line, reserved);
    if (!put_effective(have, line, reserved, batch)) {
        *column = STR("EffectiveCost");
        return "has more digits than can be kept exactly";
    }
    put_contracted(line, batch);
    if (line == AWS_SP_NEGATION && list->scales)
        list->scales[batch->rows] = DECIMAL_CELL_NULL;
    return NULL;
}
