/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan from rasqal's pattern tree: groups, and what is known of variables in them. */
#include "engine_planner.h"

#include <string.h>

static size_t count_subs(rasqal_graph_pattern *pattern)
{
    size_t count = 0;
    while (rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)count))
        count++;
    return count;
}

/* The scope at the beginning of a group. */
static struct scope enter(struct planner *planner, rasqal_graph_pattern *pattern,
                          const struct scope *outer, bool merged)
{
    struct scope scope = {.certain = planner_flags(planner, outer->certain),
                          .inside = planner_flags(planner, NULL),
                          .visible = planner_flags(planner, merged ? outer->visible : NULL),
                          .outside = planner_flags(planner, outer->outside),
                          .merged = merged ? outer->visible : NULL};
    if (!scope.certain || !scope.inside || !scope.visible || !scope.outside)
        return scope;
    planner_mark(planner, pattern, scope.visible, 0);
    for (size_t i = 0; i < PLAN_VARIABLES_MAX; i++)
        scope.outside[i] |= outer->visible[i];
    return scope;
}

/* An OPTIONAL must not mention a variable that comes from outside its group but is not bound
 * in the group before it. */
static void check_well_designed(struct planner *planner, rasqal_graph_pattern *optional,
                                const struct scope *scope)
{
    bool *mentioned = planner_flags(planner, NULL);
    if (!mentioned)
        return;
    planner_mark(planner, optional, mentioned, 0);
    for (size_t i = 0; i < planner->plan->variable_count; i++)
        if (mentioned[i] && scope->outside[i] && !scope->inside[i])
            planner->unsupported = true;
}

static void add_optional(struct planner *planner, struct plan_block *block,
                         rasqal_graph_pattern *optional, const struct plan_place *graph,
                         const struct scope *scope)
{
    struct scope after;
    rasqal_graph_pattern *only = rasqal_graph_pattern_get_sub_graph_pattern(optional, 0);
    if (only && count_subs(optional) == 1 &&
        rasqal_graph_pattern_get_operator(only) == RASQAL_GRAPH_PATTERN_OPERATOR_GROUP)
        optional = only;
    check_well_designed(planner, optional, scope);
    struct plan_step *step = planner_add(planner, block, PLAN_OPTIONAL);
    struct plan_block **blocks = planner_allocate(planner, 1, sizeof(struct plan_block *));
    if (!planner_going(planner))
        return;
    step->blocks = blocks;
    step->block_count = 1;
    blocks[0] = planner_group(planner, optional, graph, scope, &after, true);
}

/* UNION's branches, or the one group of anything else; what all of them bind is certain. */
static void add_blocks(struct planner *planner, struct plan_block *block,
                       rasqal_graph_pattern **patterns, size_t count,
                       const struct plan_place *graph, struct scope *scope)
{
    struct plan_step *step = planner_add(planner, block, PLAN_BLOCKS);
    struct plan_block **blocks = planner_allocate(planner, count, sizeof(struct plan_block *));
    bool *all = planner_flags(planner, NULL);
    if (!planner_going(planner))
        return;
    step->blocks = blocks;
    step->block_count = count;
    for (size_t i = 0; i < count && planner_going(planner); i++) {
        struct scope after;
        blocks[i] = planner_group(planner, patterns[i], graph, scope, &after, false);
        for (size_t k = 0; planner_going(planner) && k < PLAN_VARIABLES_MAX; k++)
            all[k] = after.inside[k] && (i == 0 || all[k]);
    }
    for (size_t k = 0; count && planner_going(planner) && k < PLAN_VARIABLES_MAX; k++) {
        scope->certain[k] |= all[k];
        scope->inside[k] |= all[k];
    }
}

static bool begins_with_triple(rasqal_graph_pattern *pattern)
{
    while (pattern && !rasqal_graph_pattern_get_triple(pattern, 0)) {
        if (rasqal_graph_pattern_get_operator(pattern) != RASQAL_GRAPH_PATTERN_OPERATOR_GROUP)
            return false;
        pattern = rasqal_graph_pattern_get_sub_graph_pattern(pattern, 0);
    }
    return pattern != NULL;
}

static void add_graph(struct planner *planner, struct plan_block *block,
                      rasqal_graph_pattern *pattern, struct scope *scope)
{
    const struct plan_place graph =
        planner_place(planner, rasqal_graph_pattern_get_origin(pattern));
    rasqal_graph_pattern *sub = rasqal_graph_pattern_get_sub_graph_pattern(pattern, 0);
    if (!sub || count_subs(pattern) != 1) {
        planner->unsupported = true;
        return;
    }
    /* A triple finds its graph; where none comes first, the graphs are gone through. */
    if (!begins_with_triple(sub)) {
        planner_add(planner, block, PLAN_GRAPHS)->graph = graph;
        planner_bind(scope, graph);
    }
    add_blocks(planner, block, &sub, 1, &graph, scope);
    if (planner_going(planner))
        planner_bind(scope, graph);
}

static void add_pattern(struct planner *planner, struct plan_block *block,
                        rasqal_graph_pattern *pattern, const struct plan_place *graph,
                        struct scope *scope)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH) {
        add_graph(planner, block, pattern, scope);
    } else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION) {
        const size_t count = count_subs(pattern);
        rasqal_graph_pattern **subs = planner_allocate(planner, count, sizeof *subs);
        for (size_t i = 0; subs && i < count; i++)
            subs[i] = rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)i);
        if (subs)
            add_blocks(planner, block, subs, count, graph, scope);
    } else {
        add_blocks(planner, block, &pattern, 1, graph, scope);
    }
}

/* One part of a group: triples, then patterns, then the OPTIONAL that ends it. */
static void add_part(struct planner *planner, struct plan_block *block, struct group *group,
                     const struct plan_place *graph, struct scope *scope,
                     struct waiting *filters, size_t filter_count)
{
    planner_add_triples(planner, block, group, graph, scope, filters, filter_count);
    for (size_t i = 0; i < group->pattern_count && planner_going(planner); i++) {
        add_pattern(planner, block, group->patterns[i], graph, scope);
        if (planner_going(planner))
            planner_add_filters(planner, block, filters, filter_count, scope, false);
    }
    if (group->optional && planner_going(planner))
        add_optional(planner, block, group->optional, graph, scope);
    *group = (struct group){.triples = group->triples, .patterns = group->patterns};
}

static size_t count_triples(rasqal_graph_pattern *pattern)
{
    size_t count = 0;
    while (rasqal_graph_pattern_get_triple(pattern, (int)count))
        count++;
    return count;
}

static void take_triples(struct group *group, rasqal_graph_pattern *basic)
{
    rasqal_triple *triple;
    for (int i = 0; (triple = rasqal_graph_pattern_get_triple(basic, i)); i++)
        group->triples[group->triple_count++] = triple;
}

/* Sorts one element of the group into its part. */
static void take_element(struct planner *planner, struct group *group,
                         rasqal_graph_pattern *element)
{
    switch ((int)rasqal_graph_pattern_get_operator(element)) {
    case RASQAL_GRAPH_PATTERN_OPERATOR_BASIC:
        take_triples(group, element);
        break;
    case RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL:
        group->optional = element;
        break;
    case RASQAL_GRAPH_PATTERN_OPERATOR_UNION:
    case RASQAL_GRAPH_PATTERN_OPERATOR_GROUP:
    case RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH:
        group->patterns[group->pattern_count++] = element;
        break;
    default:
        planner->unsupported = true;
    }
}

/* Element i of a pattern: a pattern that is no group is the only element of one, an OPTIONAL
 * stands for its own group. NULL behind the last. */
static rasqal_graph_pattern *element_at(rasqal_graph_pattern *pattern, size_t i)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_GROUP ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL)
        return rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)i);
    return i == 0 ? pattern : NULL;
}

/* Filters apply to the whole group, so they are all read before its first part. */
static size_t read_filters(struct planner *planner, rasqal_graph_pattern *pattern,
                           const struct plan_place *graph, struct waiting *filters)
{
    size_t count = 0;
    rasqal_graph_pattern *element;
    for (size_t i = 0; (element = element_at(pattern, i)); i++)
        if (planner_is_filter(element))
            filters[count++] = planner_read_filter(planner, element, graph);
    return count;
}

static void plan_elements(struct planner *planner, rasqal_graph_pattern *pattern,
                          struct plan_block *block, const struct plan_place *graph,
                          struct scope *scope)
{
    rasqal_graph_pattern *element;
    size_t triples = 0, count = 0;
    for (; (element = element_at(pattern, count)); count++)
        triples += count_triples(element);
    struct group group = {
        .triples = planner_allocate(planner, triples, sizeof(rasqal_triple *)),
        .patterns = planner_allocate(planner, count, sizeof(rasqal_graph_pattern *))};
    struct waiting *filters = planner_allocate(planner, count, sizeof *filters);
    if (!planner_going(planner))
        return;
    const size_t filter_count = read_filters(planner, pattern, graph, filters);
    for (size_t i = 0; i < count && planner_going(planner); i++) {
        element = element_at(pattern, i);
        if (planner_is_filter(element))
            continue;
        take_element(planner, &group, element);
        if (group.optional)
            add_part(planner, block, &group, graph, scope, filters, filter_count);
    }
    if (planner_going(planner))
        add_part(planner, block, &group, graph, scope, filters, filter_count);
    if (planner_going(planner))
        planner_add_filters(planner, block, filters, filter_count, scope, true);
}

struct plan_block *planner_group(struct planner *planner, rasqal_graph_pattern *pattern,
                                 const struct plan_place *graph, const struct scope *outer,
                                 struct scope *after, bool merged)
{
    struct plan_block *block = planner_allocate(planner, 1, sizeof *block);
    if (++planner->depth > PLAN_DEPTH_MAX)
        planner->unsupported = true;
    *after = enter(planner, pattern, outer, merged);
    if (planner_going(planner))
        plan_elements(planner, pattern, block, graph, after);
    planner->depth--;
    return block;
}

struct plan *plan_new(struct engine *engine, rasqal_query *query)
{
    struct planner planner = {.engine = engine, .query = query};
    rasqal_graph_pattern *pattern = rasqal_query_get_query_graph_pattern(query);
    if (!pattern || rasqal_query_get_data_graph(query, 0) || engine->aggregates ||
        engine->grouped)
        return NULL;
    struct plan *plan = planner.plan = planner_allocate(&planner, 1, sizeof *plan);
    if (plan)
        *plan = (struct plan){.engine = engine,
                              .variables = planner_allocate(&planner, PLAN_VARIABLES_MAX,
                                                            sizeof *plan->variables)};
    const struct scope nothing = {planner_flags(&planner, NULL), planner_flags(&planner, NULL),
                                  planner_flags(&planner, NULL), planner_flags(&planner, NULL),
                                  NULL};
    struct scope after;
    if (engine->status == IC_OK)
        plan->root = planner_group(&planner, pattern, NULL, &nothing, &after, false);
    return planner_going(&planner) ? plan : NULL;
}

int plan_variable(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->variable_count; i++)
        if (strcmp((const char *)plan->variables[i]->name, name) == 0)
            return (int)i;
    return -1;
}
