/* SPDX-License-Identifier: Apache-2.0 */
/* Planning UNION: a set of one variable's entries where that says the same, else it waits to be
 * distributed. */
#include "native_groups.h"

/* ---- UNION ---- */

/* A cloud's one name, which the main pattern binds already. */
static bool is_known_name(const struct native_planner *planner,
                          const struct native_value *value)
{
    return value->owner >= 0 && value->property == planner->plan->cloud_name &&
           planner->variables[value->variable].name_of == value->owner;
}

/* The variable whose entries a UNION is a set of, or -1: it has to be distributed. */
static int union_entry(const struct native_planner *planner, const struct native_group *group,
                       const struct native_group *branches, size_t count)
{
    int common = -1;
    for (size_t i = 0; i < count; i++) {
        if (branches[i].union_count)
            return -1;
        for (size_t k = 0; k < branches[i].entry_count; k++) {
            const int variable = branches[i].entries[k].variable;
            if (common < 0 || planner->variables[variable].parent == common)
                common = variable;
            else if (variable != common && planner->variables[common].parent != variable)
                return -1;
        }
        for (size_t k = 0; k < branches[i].value_count; k++) {
            const struct native_value *value = &branches[i].values[k];
            const struct native_value *known = native_find_value(group, value->variable);
            if (planner->variables[value->variable].needed && !planner->inside &&
                !is_known_name(planner, value) && !(known && native_repeats(known, value)))
                return -1;
        }
    }
    return common;
}

/* A filter on what only some branches of a UNION bind fails in the others: marks those as
 * empty. */
static void fail_unbound(const struct native_filters *filters, const struct native_group *group,
                         struct native_group *branches, size_t count)
{
    for (; filters; filters = filters->outer)
        for (size_t i = 0; i < filters->count; i++) {
            const int variable = filters->items[i].variable;
            bool bound = false;
            for (size_t k = 0; k < count; k++)
                bound = bound || native_find_value(&branches[k], variable);
            for (size_t k = 0; bound && !native_find_value(group, variable) && k < count; k++)
                if (!native_find_value(&branches[k], variable))
                    branches[k].empty = true;
        }
}

/* What the branches bind is bound in the group. A value that the group binds too must be bound
 * in the same way. */
static bool take_values(struct native_planner *planner, const struct native_group *branch,
                        struct native_group *group, struct sparql_place place)
{
    for (size_t i = 0; i < branch->value_count; i++) {
        struct native_value value = branch->values[i];
        const struct native_value *known = native_find_value(group, value.variable);
        if (is_known_name(planner, &value))
            continue;
        if (known && known->owner < 0)
            continue; /* of a branch before, or of another UNION: looked at below */
        if (known && (!native_repeats(known, &value) || value.condition))
            return native_not_covered(planner, place, "a join of two entries by a value");
        if (known)
            continue;
        value.owner = -1;
        value.condition = NULL;
        if (!native_add_value(planner, group, &value, place))
            return false;
    }
    return true;
}

/* The same variable in two UNIONs is a join. */
static bool check_union_values(struct native_planner *planner,
                               const struct native_group *branches, size_t count,
                               const struct native_group *group, struct sparql_place place)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < branches[i].value_count; k++) {
            const struct native_value *known =
                native_find_value(group, branches[i].values[k].variable);
            if (known && known->owner < 0)
                return native_not_covered(planner, place, "a join of two UNIONs by a value");
        }
    return true;
}

static bool union_as_set(struct native_planner *planner, const struct sparql_pattern *pattern,
                         struct native_group *branches, size_t count, int variable,
                         const struct native_filters *filters, struct native_group *group)
{
    struct native_set *set = native_new_set(planner, NATIVE_OR);
    const int parent = planner->variables[variable].parent;
    bool cloud_alone = false, all_linked = true, any_linked = false;
    if (!set || !check_union_values(planner, branches, count, group, pattern->place))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct native_entry *entry = native_find_entry(&branches[i], variable);
        cloud_alone = cloud_alone || !entry || native_find_entry(&branches[i], parent);
        all_linked = all_linked && entry && entry->linked;
        any_linked = any_linked || (entry && entry->linked);
    }
    struct native_entry *entry = native_entry(planner, group, variable);
    if (!entry)
        return false;
    if ((cloud_alone && parent >= 0 && !entry->linked && !all_linked) ||
        (any_linked && !all_linked && !entry->linked))
        return native_not_covered(planner, pattern->place,
                                  "a UNION about an offer that its group does not link");
    entry->linked = entry->linked || all_linked;
    fail_unbound(filters, group, branches, count);
    for (size_t i = 0; i < count; i++) {
        struct native_set *one =
            native_project(planner, &branches[i], variable, pattern->place);
        if (!one || !native_add_set(planner, set, one))
            return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!take_values(planner, &branches[i], group, pattern->place))
            return false;
    return native_add_set(planner, native_find_entry(group, variable)->set, set);
}

static bool distribute(struct native_planner *planner, struct sparql_pattern *pattern,
                       const struct native_filters *filters, struct native_group *group)
{
    group->filters = filters;
    group->unions = native_grow(planner, group->unions, group->union_count,
                                sizeof(struct sparql_pattern *));
    if (group->unions)
        group->unions[group->union_count++] = pattern;
    return group->unions != NULL;
}

bool native_add_union(struct native_planner *planner, struct sparql_pattern *pattern,
                      const struct native_filters *filters, struct native_group *group)
{
    size_t count = 0;
    for (const struct sparql_pattern *p = pattern->first; p; p = p->next)
        count++;
    if (!planner->existential)
        return distribute(planner, pattern, filters, group);
    struct native_group *branches = native_allocate(planner, count * sizeof *branches);
    size_t i = 0;
    for (const struct sparql_pattern *p = pattern->first; branches && p; p = p->next)
        if (!native_add_group(planner, p, filters, &branches[i++]))
            return false;
    if (!branches)
        return false;
    const int variable = union_entry(planner, group, branches, count);
    return variable < 0
               ? distribute(planner, pattern, filters, group)
               : union_as_set(planner, pattern, branches, count, variable, filters, group);
}
