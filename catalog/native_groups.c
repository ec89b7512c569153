/* SPDX-License-Identifier: Apache-2.0 */
/* Planning groups: the parts of a group graph pattern become what is asked of each entry
 * variable. First triples and groups, then what needs to know them: UNION, EXISTS, MINUS,
 * OPTIONAL. */
#include <string.h>

#include "native_groups.h"

/* ---- entries and values of a group ---- */

struct native_entry *native_find_entry(const struct native_group *group, int variable)
{
    for (size_t i = 0; i < group->entry_count; i++)
        if (group->entries[i].variable == variable)
            return &group->entries[i];
    return NULL;
}

struct native_entry *native_entry(struct native_planner *planner, struct native_group *group,
                                  int variable)
{
    struct native_entry *entry = native_find_entry(group, variable);
    if (entry)
        return entry;
    group->entries =
        native_grow(planner, group->entries, group->entry_count, sizeof *group->entries);
    struct native_set *set = native_new_set(planner, NATIVE_AND);
    if (!group->entries || !set)
        return NULL;
    entry = &group->entries[group->entry_count++];
    *entry = (struct native_entry){.variable = variable, .set = set};
    return entry;
}

struct native_value *native_find_value(const struct native_group *group, int variable)
{
    for (size_t i = 0; i < group->value_count; i++)
        if (group->values[i].variable == variable)
            return &group->values[i];
    return NULL;
}

/* A second triple that says the same of a value binds nothing new. */
bool native_repeats(const struct native_value *a, const struct native_value *b)
{
    return a->owner >= 0 && a->owner == b->owner && a->property == b->property &&
           !a->optional && !b->optional && (!a->condition || !b->condition);
}

bool native_add_value(struct native_planner *planner, struct native_group *group,
                      const struct native_value *value, struct sparql_place place)
{
    struct native_value *known = native_find_value(group, value->variable);
    if (known && !native_repeats(known, value))
        return native_not_covered(planner, place, "a join of two entries by a value");
    if (known) {
        if (!known->condition)
            known->condition = value->condition;
        return true;
    }
    group->values =
        native_grow(planner, group->values, group->value_count, sizeof *group->values);
    if (group->values)
        group->values[group->value_count++] = *value;
    return group->values != NULL;
}

/* The filters on a variable here and around, together. */
struct native_condition *native_condition_on(struct native_planner *planner,
                                             const struct native_filters *filters, int variable)
{
    struct native_condition *condition = NULL;
    for (; filters; filters = filters->outer)
        for (size_t i = 0; i < filters->count; i++)
            if (filters->items[i].variable == variable)
                condition =
                    native_condition_and(planner, condition, filters->items[i].condition);
    return condition;
}

/* ---- triples ---- */

static bool add_link(struct native_planner *planner, const struct sparql_pattern *triple,
                     struct native_group *group)
{
    if (!planner->variables[triple->subject.variable].cloud)
        return native_not_covered(planner, triple->place,
                                  ":offers of what has no :cloudName in the main pattern");
    struct native_entry *offer = native_entry(planner, group, triple->object.variable);
    if (!offer)
        return false;
    offer->linked = true;
    return native_entry(planner, group, triple->subject.variable) != NULL;
}

static bool add_value_triple(struct native_planner *planner,
                             const struct sparql_pattern *triple, uint64_t property,
                             const struct native_filters *filters, struct native_group *group)
{
    const int variable = triple->object.variable;
    const struct native_value value = {.variable = variable,
                                       .owner = triple->subject.variable,
                                       .property = property,
                                       .condition =
                                           native_condition_on(planner, filters, variable)};
    struct native_entry *entry = native_entry(planner, group, value.owner);
    struct native_set *set = native_condition_set(planner, property, value.condition);
    if (!entry || !set)
        return false;
    set->of_each_cloud = !value.condition && property == planner->plan->cloud_name;
    return native_add_set(planner, entry->set, set) &&
           native_add_value(planner, group, &value, triple->place);
}

static bool add_triple(struct native_planner *planner, const struct sparql_pattern *triple,
                       const struct native_filters *filters, struct native_group *group)
{
    uint64_t property, object;
    if (!native_find(planner, &triple->predicate.term, &property))
        return false;
    if (triple->object.variable >= 0)
        return planner->variables[triple->object.variable].role == NATIVE_ENTRY_ROLE
                   ? add_link(planner, triple, group)
                   : add_value_triple(planner, triple, property, filters, group);
    struct native_entry *entry = native_entry(planner, group, triple->subject.variable);
    struct native_set *set = entry ? native_new_set(planner, NATIVE_EQUAL) : NULL;
    if (!set || !native_find(planner, &triple->object.term, &object))
        return false;
    set->property = property;
    set->object = object;
    return native_add_set(planner, entry->set, set);
}

/* ---- filters ---- */

/* The conjuncts of an expression that are conditions; EXISTS waits. */
bool native_add_conditions(struct native_planner *planner, const struct sparql_expr *expr,
                           struct native_filters *filters)
{
    if (expr->kind == SPARQL_EXPR_AND) {
        for (size_t i = 0; i < expr->arg_count; i++)
            if (!native_add_conditions(planner, expr->args[i], filters))
                return false;
        return true;
    }
    if (expr->kind == SPARQL_EXPR_EXISTS || expr->kind == SPARQL_EXPR_NOT_EXISTS)
        return true;
    if (expr->kind == SPARQL_EXPR_NOT && (expr->args[0]->kind == SPARQL_EXPR_EXISTS ||
                                          expr->args[0]->kind == SPARQL_EXPR_NOT_EXISTS))
        return true;
    struct native_filter filter = {.place = expr->place};
    filter.condition = native_condition_of(planner, expr, &filter.variable);
    if (!filter.condition)
        return false;
    filters->items =
        native_grow(planner, filters->items, filters->count, sizeof *filters->items);
    if (filters->items)
        filters->items[filters->count++] = filter;
    return filters->items != NULL;
}

/* A filter sees what its own group binds. What no part of it binds fails; what a UNION that is
 * to be distributed may bind shows in each block. */
static bool check_filters(struct native_planner *planner, const struct native_filters *filters,
                          const struct native_group *group)
{
    for (size_t i = 0; i < filters->count; i++) {
        const struct native_filter *filter = &filters->items[i];
        const struct native_value *value = native_find_value(group, filter->variable);
        if ((!value && !group->union_count) || (value && value->optional) ||
            (!value && filters->outer))
            return native_not_covered(
                planner, filter->place,
                "a FILTER on a variable that its group does not bind in every row to a value");
    }
    return true;
}

/* ---- groups ---- */

/* The parts of a group in a group, which sees nothing of what is outside. */
bool native_add_branch(struct native_planner *planner, const struct sparql_pattern *pattern,
                       const struct native_filters *filters, struct native_group *group)
{
    struct native_group nested = {.entries = NULL};
    if (!native_add_group(planner, pattern, filters, &nested))
        return false;
    if (nested.union_count)
        return native_not_covered(planner, pattern->place, "this UNION inside a group");
    for (size_t i = 0; i < nested.entry_count; i++) {
        struct native_entry *entry = native_entry(planner, group, nested.entries[i].variable);
        if (!entry || !native_add_set(planner, entry->set, nested.entries[i].set))
            return false;
        entry->linked = entry->linked || nested.entries[i].linked;
    }
    for (size_t i = 0; i < nested.value_count; i++)
        if (!native_add_value(planner, group, &nested.values[i], pattern->place))
            return false;
    group->empty = group->empty || nested.empty;
    return true;
}

/* Triples and groups, and the filters' conditions before them. */
static bool add_first_parts(struct native_planner *planner,
                            const struct sparql_pattern *pattern,
                            struct native_filters *filters, struct native_group *group)
{
    for (const struct sparql_pattern *p = pattern->first; p; p = p->next)
        if (p->kind == SPARQL_FILTER && !native_add_conditions(planner, p->expr, filters))
            return false;
    for (const struct sparql_pattern *p = pattern->first; p; p = p->next)
        if ((p->kind == SPARQL_TRIPLE && !add_triple(planner, p, filters, group)) ||
            (p->kind == SPARQL_GROUP && !native_add_branch(planner, p, filters, group)))
            return false;
    return true;
}

static bool add_part(struct native_planner *planner, const struct sparql_pattern *pattern,
                     struct sparql_pattern *part, const struct native_filters *filters,
                     struct native_group *group)
{
    switch (part->kind) {
    case SPARQL_TRIPLE:
    case SPARQL_GROUP:
    case SPARQL_FILTER:
        return true;
    case SPARQL_UNION:
        return native_add_union(planner, part, filters, group);
    case SPARQL_OPTIONAL:
        return native_add_optional(planner, pattern, part, group);
    case SPARQL_MINUS:
        return native_add_minus(planner, pattern, part, group);
    case SPARQL_GRAPH:
        return native_not_covered(planner, part->place, "GRAPH here");
    case SPARQL_SERVICE:
        return native_not_covered(planner, part->place, "SERVICE");
    case SPARQL_BIND:
        return native_not_covered(planner, part->place, "BIND");
    case SPARQL_VALUES:
        return native_not_covered(planner, part->place, "VALUES");
    case SPARQL_SUBSELECT:
        return native_not_covered(planner, part->place, "a SELECT inside a query");
    }
    return false;
}

bool native_add_group(struct native_planner *planner, const struct sparql_pattern *pattern,
                      const struct native_filters *outer, struct native_group *group)
{
    struct native_filters *filters = native_allocate(planner, sizeof *filters);
    if (!filters)
        return false;
    filters->outer = outer;
    if (!add_first_parts(planner, pattern, filters, group))
        return false;
    for (struct sparql_pattern *p = pattern->first; p; p = p->next)
        if (!add_part(planner, pattern, p, filters, group))
            return false;
    if (!check_filters(planner, filters, group))
        return false;
    for (const struct sparql_pattern *p = pattern->first; p; p = p->next)
        if (p->kind == SPARQL_FILTER && !native_add_exists(planner, p->expr, false, group))
            return false;
    return native_going(planner);
}
