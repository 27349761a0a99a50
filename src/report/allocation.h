/* Shared costs given to those who share them: what the rules of a file make of groups.
 *
 * A charge row is moved by the first rule whose filters it passes, and once. What a rule gives away
 * is split by the shares of the whole period, a currency at a time, into parts that add up to it to
 * the last digit. Weights are of what no rule moves, so that a rule does not feed another; those
 * below 0 count as 0; without any weight the cost stays where it is. Works on groups, never on
 * rows. Called by selection.c and the allocation block.
 */
#ifndef GR_REPORT_ALLOCATION_H
#define GR_REPORT_ALLOCATION_H

#include "report/allocation_file.h"
#include "report/groups.h"

enum { ALLOCATION_QUERIES_MAX = 2000, ALLOCATION_GROUPS_MAX = 2000000 };

struct allocation_part {
    struct str group;
    struct decimal weight, amount;
};

/* What one rule did in one currency: the proof. */
struct allocation_share {
    const struct allocation_rule *rule;
    struct str currency;
    struct decimal origin; /* the sum that the rule matched */
    int64_t records;
    struct allocation_part *parts; /* by name; none: the origin stays, unallocated */
    size_t part_count;
    struct decimal weight_total;
    struct decimal sum; /* of the parts, or of what stays: added up anew */
};

struct allocation_result {
    struct allocation_share *shares; /* by rule, then currency */
    size_t count;
    bool *shown; /* one a rule: false where its dimension is none of the question's */
};

/* Moves costs among `groups` (of the question, under the context's filter; none is a parent) and
 * says what was moved. Their sum a currency does not change. */
enum gr_status allocation_apply(const struct report_context *context,
                                const struct group_question *question, struct group_list *groups,
                                struct allocation_result *result, struct gr_err *err) GR_MUST_CHECK;

/* Of costs: `team` and `tag:team` are the values of one tag. */
bool allocation_same_dimension(struct str a, struct str b);

/* Place of the dimension among the question's; `count` when it is not there. */
size_t allocation_place_of(struct str dimension, const struct str *dimensions, size_t count);

/* ---- steps, each in a file of its own ---- */

/* allocation_origins.c: origins[i] is what rule i moves, by the question's dimensions and sorted by
 * keys; *remaining what no rule moves. `groups`: all of it. */
enum gr_status allocation_origins(const struct report_context *context,
                                  const struct group_question *question,
                                  const struct group_list *groups, struct group_list *origins,
                                  struct group_list *remaining, struct gr_err *err) GR_MUST_CHECK;

/* allocation_weights.c: what a rule weighs its groups by, in keys[0] and cost; the currency is
 * absent where weights are for all currencies. `direct`: what no rule moves, by the rule's
 * dimension in keys[0]. */
enum gr_status allocation_weights(const struct report_context *context,
                                  const struct allocation_rule *rule,
                                  const struct group_list *direct, struct group_list *out,
                                  struct gr_err *err) GR_MUST_CHECK;

#endif
