/* Line types of AWS bills (see aws_lines.h).
 *
 * The types and what they mean: AWS, "Line item details" of the Cost and Usage Report guide. Their
 * charge category: as in the published conversions of CUR to FOCUS, where usage of any kind is
 * Usage, fees are Purchase, and refunds and discounts, which belong to no usage of their own, are
 * Adjustment. Purchases of commitments are Standard, usage under one is Committed (FOCUS,
 * PricingCategory).
 */
#include "ingest/formats/aws_lines.h"

#include <stddef.h>

static const char usage_based[] = "Usage-Based", one_time[] = "One-Time", recurring[] = "Recurring";

static const struct aws_line_type types[] = {
    {"Usage",                   AWS_USAGE,            "Usage",      usage_based, "Standard" },
    {"DiscountedUsage",         AWS_DISCOUNTED_USAGE, "Usage",      usage_based, "Committed"},
    {"SavingsPlanCoveredUsage", AWS_SP_COVERED,       "Usage",      usage_based, "Committed"},
    {"SavingsPlanNegation",     AWS_SP_NEGATION,      "Usage",      usage_based, "Committed"},
    {"SavingsPlanUpfrontFee",   AWS_SP_UPFRONT,       "Purchase",   one_time,    "Standard" },
    {"SavingsPlanRecurringFee", AWS_SP_RECURRING,     "Purchase",   recurring,   "Standard" },
    {"Fee",                     AWS_FEE,              "Purchase",   one_time,    "Standard" },
    {"RIFee",                   AWS_RI_FEE,           "Purchase",   recurring,   "Standard" },
    {"FlatRateSubscription",    AWS_OTHER,            "Purchase",   recurring,   "Standard" },
    {"Tax",                     AWS_TAX,              "Tax",        one_time,    NULL       },
    {"Credit",                  AWS_CREDIT,           "Credit",     one_time,    NULL       },
    {"Refund",                  AWS_REFUND,           "Adjustment", one_time,    NULL       },
};

/* Types that AWS adds: by the end of their names. The first is also for what ends like none. */
static const struct aws_line_type by_ending[] = {
    {"Discount", AWS_OTHER, "Adjustment", one_time,    NULL      },
    {"Usage",    AWS_OTHER, "Usage",      usage_based, "Standard"},
    {"Fee",      AWS_OTHER, "Purchase",   recurring,   "Standard"},
    {"Credit",   AWS_OTHER, "Credit",     one_time,    NULL      },
    {"Tax",      AWS_OTHER, "Tax",        one_time,    NULL      },
};

const struct aws_line_type *aws_line_type(struct str name)
{
    name = str_trim(name);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_equal_nocase(name, str_from(types[i].name)))
            return &types[i];
    for (size_t i = 0; i < sizeof by_ending / sizeof by_ending[0]; i++)
        if (str_ends(name, str_from(by_ending[i].name)))
            return &by_ending[i];
    return &by_ending[0];
}
