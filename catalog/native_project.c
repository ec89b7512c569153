/* SPDX-License-Identifier: Apache-2.0 */
/* From what a group asks of several entries to a set of one of them: an offer has one cloud, a
 * cloud is asked for an offer among a set. */
#include "native.h"

struct native_set *native_new_set(struct native_planner *planner, enum native_set_kind kind)
{
    struct native_set *set = native_allocate(planner, sizeof *set);
    if (set)
        set->kind = kind;
    return set;
}

bool native_add_set(struct native_planner *planner, struct native_set *to,
                    struct native_set *set)
{
    if (!set)
        return false;
    to->args = native_grow(planner, to->args, to->arg_count, sizeof(struct native_set *));
    if (to->args)
        to->args[to->arg_count++] = set;
    return to->args != NULL;
}

/* Adds the clouds that offer something that meets the entry's set. */
static bool add_clouds_of(struct native_planner *planner, struct native_set *to,
                          const struct native_entry *offer)
{
    struct native_set *clouds = native_new_set(planner, NATIVE_CLOUDS_OF);
    struct native_set *offers = native_new_set(planner, NATIVE_AND);
    return clouds && offers && native_add_set(planner, offers, offer->set) &&
           native_add_set(planner, offers, native_new_set(planner, NATIVE_OFFERED)) &&
           native_add_set(planner, clouds, offers) && native_add_set(planner, to, clouds);
}

/* Adds what is asked of a cloud, but that it has a name, which every cloud has. */
static bool add_demands(struct native_planner *planner, struct native_set *to,
                        const struct native_entry *cloud)
{
    for (size_t i = 0; i < cloud->set->arg_count; i++)
        if (!cloud->set->args[i]->of_each_cloud &&
            !native_add_set(planner, to, cloud->set->args[i]))
            return false;
    return true;
}

struct native_set *native_project(struct native_planner *planner,
                                  const struct native_group *group, int variable,
                                  struct sparql_place place)
{
    const int parent = planner->variables[variable].parent;
    struct native_set *result = native_new_set(planner, NATIVE_AND);
    struct native_set *demands = native_new_set(planner, NATIVE_AND);
    bool added = result && demands;
    for (size_t i = 0; added && i < group->entry_count; i++) {
        const struct native_entry *entry = &group->entries[i];
        const int its_parent = planner->variables[entry->variable].parent;
        if (entry->variable == variable) {
            added = native_add_set(planner, result, entry->set);
            if (added && entry->linked)
                added =
                    native_add_set(planner, result, native_new_set(planner, NATIVE_OFFERED));
        } else if (entry->variable == parent) {
            added = add_demands(planner, demands, entry);
        } else if (entry->linked && its_parent == variable) {
            added = add_clouds_of(planner, result, entry);
        } else if (entry->linked && parent >= 0 && its_parent == parent) {
            added = add_clouds_of(planner, demands, entry);
        } else {
            native_not_covered(planner, place, "entries that :offers does not link");
            return NULL;
        }
    }
    if (added && group->empty)
        added = native_add_set(planner, result, native_new_set(planner, NATIVE_OR));
    if (!added || !demands->arg_count)
        return added ? result : NULL;
    struct native_set *offers = native_new_set(planner, NATIVE_OFFERS_OF);
    return offers && native_add_set(planner, offers, demands) &&
                   native_add_set(planner, result, offers)
               ? result
               : NULL;
}
