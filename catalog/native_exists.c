/* SPDX-License-Identifier: Apache-2.0 */
/* Planning what a group inside says of the entries of the group around it: [NOT] EXISTS and
 * MINUS are sets to keep or to take away, OPTIONAL a value that may be shown. MINUS and
 * OPTIONAL see what stands before them, EXISTS all of its group. */
#include "native_groups.h"

/* ---- [NOT] EXISTS and MINUS ---- */

/* A MINUS and the group that it is a part of. */
struct minus {
    const struct sparql_pattern *group, *part;
};

/* Whether a triple before `part` in its group has the entry variable. */
static bool stands_before(const struct sparql_pattern *pattern,
                          const struct sparql_pattern *part, int variable)
{
    for (const struct sparql_pattern *p = pattern->first; p && p != part; p = p->next)
        if (p->kind == SPARQL_TRIPLE &&
            (p->subject.variable == variable || p->object.variable == variable))
            return true;
    return false;
}

/* The entry variable that a group inside has in common with the group that it filters: of a
 * cloud and its offer the offer, which has one cloud. */
static int common_entry(struct native_planner *planner, const struct native_group *group,
                        const struct native_group *inner, struct sparql_place place)
{
    int common = -1;
    for (size_t i = 0; i < inner->entry_count; i++) {
        const int variable = inner->entries[i].variable;
        if (!native_find_entry(group, variable))
            continue;
        if (common < 0 || planner->variables[variable].parent == common) {
            common = variable;
        } else if (planner->variables[common].parent != variable) {
            native_not_covered(planner, place, "EXISTS about several offers at once");
            return -1;
        }
    }
    if (common < 0)
        native_not_covered(planner, place,
                           "EXISTS or MINUS that has no entry in common with its group");
    return common;
}

static bool add_semijoin(struct native_planner *planner, const struct sparql_pattern *pattern,
                         bool negated, const struct minus *minus, struct native_group *group)
{
    struct native_group inner = {.entries = NULL};
    const bool existential = planner->existential;
    planner->existential = true;
    planner->inside++;
    const bool added = native_add_group(planner, pattern, NULL, &inner);
    planner->inside--;
    planner->existential = existential;
    if (!added)
        return false;
    if (inner.union_count)
        return native_not_covered(planner, pattern->place, "this UNION inside EXISTS");
    const int common = common_entry(planner, group, &inner, pattern->place);
    if (common < 0)
        return false;
    for (size_t i = 0; minus && i < inner.entry_count; i++)
        if (native_find_entry(group, inner.entries[i].variable) &&
            !stands_before(minus->group, minus->part, inner.entries[i].variable))
            return native_not_covered(planner, pattern->place,
                                      "MINUS of an entry that stands behind it");
    for (size_t i = 0; i < inner.entry_count; i++)
        if (planner->variables[inner.entries[i].variable].cloud &&
            !native_find_entry(group, inner.entries[i].variable))
            return native_not_covered(planner, pattern->place,
                                      "EXISTS about a cloud that its group does not bind");
    /* Of both a cloud and its offer is spoken inside: they belong together outside too. */
    const int parent = planner->variables[common].parent;
    if (parent >= 0 && native_find_entry(&inner, parent) && native_find_entry(group, parent) &&
        !native_find_entry(group, common)->linked)
        return native_not_covered(planner, pattern->place,
                                  "EXISTS about an offer that its group does not link");
    struct native_set *set = native_project(planner, &inner, common, pattern->place);
    if (!set)
        return false;
    set->negated = negated;
    struct native_entry *entry = native_entry(planner, group, common);
    return entry && native_add_set(planner, entry->set, set);
}

bool native_add_exists(struct native_planner *planner, const struct sparql_expr *expr,
                       bool negated, struct native_group *group)
{
    switch ((int)expr->kind) {
    case SPARQL_EXPR_AND:
        for (size_t i = 0; i < expr->arg_count; i++)
            if (!native_add_exists(planner, expr->args[i], false, group))
                return false;
        return true;
    case SPARQL_EXPR_NOT:
        return native_add_exists(planner, expr->args[0], !negated, group);
    case SPARQL_EXPR_EXISTS:
        return add_semijoin(planner, expr->pattern, negated, NULL, group);
    case SPARQL_EXPR_NOT_EXISTS:
        return add_semijoin(planner, expr->pattern, !negated, NULL, group);
    default:
        return true; /* a condition, which is known */
    }
}

/* MINUS takes the entries away that it speaks of. */
bool native_add_minus(struct native_planner *planner, const struct sparql_pattern *pattern,
                      const struct sparql_pattern *part, struct native_group *group)
{
    const struct minus minus = {pattern, part};
    return add_semijoin(planner, part->first, true, &minus, group);
}

/* ---- OPTIONAL ---- */

static bool has_exists(const struct sparql_expr *expr)
{
    bool has = expr->pattern != NULL;
    for (size_t i = 0; !has && i < expr->arg_count; i++)
        has = has_exists(expr->args[i]);
    return has;
}

/* OPTIONAL { ?x property ?value FILTER... }, the value for nothing but to be shown. */
bool native_add_optional(struct native_planner *planner, const struct sparql_pattern *pattern,
                         const struct sparql_pattern *optional, struct native_group *group)
{
    struct native_filters filters = {.items = NULL};
    const struct sparql_pattern *triple = NULL;
    for (const struct sparql_pattern *p = optional->first->first; p; p = p->next) {
        if (p->kind == SPARQL_FILTER) {
            if (has_exists(p->expr))
                return native_not_covered(planner, p->place, "this FILTER in an OPTIONAL");
            if (!native_add_conditions(planner, p->expr, &filters))
                return false;
        } else if (p->kind != SPARQL_TRIPLE || triple) {
            return native_not_covered(planner, p->place, "an OPTIONAL of more than one triple");
        } else {
            triple = p;
        }
    }
    if (!triple || triple->object.variable < 0 ||
        planner->variables[triple->object.variable].role != NATIVE_VALUE_ROLE ||
        !stands_before(pattern, optional, triple->subject.variable) ||
        native_find_value(group, triple->object.variable))
        return native_not_covered(planner, optional->place, "this OPTIONAL");
    struct native_value value = {
        .variable = triple->object.variable,
        .owner = triple->subject.variable,
        .optional = true,
        .condition = native_condition_on(planner, &filters, triple->object.variable)};
    for (size_t i = 0; i < filters.count; i++)
        if (filters.items[i].variable != value.variable)
            return native_not_covered(planner, filters.items[i].place,
                                      "a FILTER in an OPTIONAL on what stands before it");
    return native_find(planner, &triple->predicate.term, &value.property) &&
           native_add_value(planner, group, &value, triple->place);
}
