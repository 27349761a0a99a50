/* The groups of an ad-hoc report after everything that is done to groups: conversion (by the SQL
 * floor), allocation of shared costs, and parents in place of values.
 *
 * Called by adhoc.c and block_allocation.c. Knows no tables.
 */
#ifndef GR_REPORT_SELECTION_H
#define GR_REPORT_SELECTION_H

#include "report/allocation.h"

/* Groups as groups_query() gives them. Dimensions may be `parent:DIM`. With an allocation, filters
 * on a dimension that receives hold for what was received, too; *proof (may be NULL) says what was
 * moved. */
enum gr_status selection_query(const struct report_context *context,
                               const struct group_question *question, struct group_list *out,
                               struct allocation_result *proof, struct gr_err *err) GR_MUST_CHECK;

/* False when groups are made of what the rollup gives, so that it may not leave any out. */
bool selection_is_plain(const struct report_context *context, const struct str *dimensions,
                        size_t count);

/* "account" of "parent:account"; absent when the name is none of a parent. */
struct str selection_parent_of(struct str dimension);

/* As rollup_check_dimension(), for parents too. */
enum gr_status selection_check_dimension(enum dataset dataset, struct str dimension,
                                         struct gr_err *err) GR_MUST_CHECK;

#endif
