/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that plan groups: their values, filters and kinds of parts. Functions
 * return false when there is no plan (native_not_covered) or planning failed. */
#ifndef IC_NATIVE_GROUPS_H
#define IC_NATIVE_GROUPS_H

#include "native.h"

struct native_value *native_find_value(const struct native_group *group, int variable);
/* A second triple that says the same of a value binds nothing new. */
bool native_repeats(const struct native_value *a, const struct native_value *b);
bool native_add_value(struct native_planner *planner, struct native_group *group,
                      const struct native_value *value, struct sparql_place place);
/* The conditions of filters here and around on a variable, together; NULL: none. */
struct native_condition *native_condition_on(struct native_planner *planner,
                                             const struct native_filters *filters,
                                             int variable);
/* Adds the conjuncts of a FILTER that are conditions; those that are EXISTS are left out. */
bool native_add_conditions(struct native_planner *planner, const struct sparql_expr *expr,
                           struct native_filters *filters);

/* ---- native_exists.c ---- */

/* Adds the conjuncts of a FILTER that are [NOT] EXISTS; conditions are left out. */
bool native_add_exists(struct native_planner *planner, const struct sparql_expr *expr,
                       bool negated, struct native_group *group);
/* `part` is a MINUS or OPTIONAL of the group graph pattern `pattern`. */
bool native_add_minus(struct native_planner *planner, const struct sparql_pattern *pattern,
                      const struct sparql_pattern *part, struct native_group *group);
bool native_add_optional(struct native_planner *planner, const struct sparql_pattern *pattern,
                         const struct sparql_pattern *optional, struct native_group *group);

/* ---- native_unions.c ---- */

bool native_add_union(struct native_planner *planner, struct sparql_pattern *pattern,
                      const struct native_filters *filters, struct native_group *group);

#endif
