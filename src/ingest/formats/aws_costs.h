/* The four costs of a line of an AWS bill. Private to the AWS reader. */
#ifndef GR_INGEST_FORMATS_AWS_COSTS_H
#define GR_INGEST_FORMATS_AWS_COSTS_H

#include "ingest/formats/aws_lines.h"
#include "model/batch.h"

/* Which columns the file has. A rule whose columns are missing is not applied: a file without
 * amortisation columns has an effective cost that is the billed one. */
struct aws_cost_columns {
    bool savings_plan;       /* SavingsPlanEffectiveCost */
    bool commitment;         /* TotalCommitmentToDate and UsedCommitment */
    bool reservation;        /* reservation/EffectiveCost */
    bool unused;             /* one of the unused fees */
    bool lacks_savings_plan; /* a row asked for a rule on savings plans that the file can't give */
    bool lacks_reservation;  /* the same on reservations */
    int product_code;        /* column of the batch, -1: none */
    int description;         /* the same */
};

/* Sets EffectiveCost and ContractedCost of the row at hand from BilledCost (unblended), ListCost
 * (public on-demand) and the AWS columns, and takes back the ListCost of a negation. reserved: the
 * row has the ARN of a reservation. NULL, or why the row can't be taken: *column names the
 * culprit. */
const char *aws_costs_put(struct aws_cost_columns *have, enum aws_line line, bool reserved,
                          struct batch *batch, struct str *column);

#endif
