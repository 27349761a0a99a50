/* What a line of an AWS bill is, by its LineItemType. Private to the AWS reader. */
#ifndef GR_INGEST_FORMATS_AWS_LINES_H
#define GR_INGEST_FORMATS_AWS_LINES_H

#include "base/str.h"

/* As far as costs depend on it. */
enum aws_line {
    AWS_USAGE,
    AWS_DISCOUNTED_USAGE, /* covered by a reservation */
    AWS_SP_COVERED,
    AWS_SP_NEGATION, /* takes the on-demand cost of covered usage back */
    AWS_SP_UPFRONT,
    AWS_SP_RECURRING,
    AWS_FEE,
    AWS_RI_FEE,
    AWS_TAX,
    AWS_CREDIT,
    AWS_REFUND,
    AWS_OTHER,
    AWS_LINE_COUNT
};

struct aws_line_type {
    const char *name;
    enum aws_line line;
    const char *category;  /* ChargeCategory */
    const char *frequency; /* ChargeFrequency */
    const char *pricing;   /* PricingCategory; NULL: none */
};

/* Never NULL: a type that is not known is judged by how its name ends (...Discount, ...Fee,
 * ...Usage); one that ends like none of them, or is absent, is an Adjustment. */
const struct aws_line_type *aws_line_type(struct str name);

#endif
