/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of a plan, FILTER EXISTS among them: each as soon as its variables have their
 * final values. */
#include "engine_planner.h"

#include <string.h>

/* ---- which variables a filter has ---- */

struct mentioned {
    struct planner *planner;
    struct waiting *filter;
};

static void note_variable(const struct mentioned *mentioned, rasqal_literal *literal)
{
    rasqal_variable *variable = literal ? rasqal_literal_as_variable(literal) : NULL;
    if (!variable)
        return;
    const int number = planner_variable(mentioned->planner, variable);
    struct waiting *filter = mentioned->filter;
    for (size_t i = 0; i < filter->count; i++)
        if (filter->variables[i] == number)
            return;
    if (filter->count == filter->room) {
        const size_t room = filter->room ? 2 * filter->room : 4;
        int *grown = planner_allocate(mentioned->planner, room, sizeof *grown);
        if (!grown)
            return;
        if (filter->count)
            memcpy(grown, filter->variables, filter->count * sizeof *grown);
        filter->variables = grown;
        filter->room = room;
    }
    filter->variables[filter->count++] = number;
}

static int visit_expression(void *context, rasqal_expression *e)
{
    if (e->op == RASQAL_EXPR_LITERAL)
        note_variable(context, e->literal);
    return 0;
}

/* Everything that a pattern mentions: what is inside an EXISTS may have its value from the
 * group that the EXISTS filters, however deep it stands. */
static void note_pattern(const struct mentioned *mentioned, rasqal_graph_pattern *pattern,
                         int depth)
{
    rasqal_triple *triple;
    rasqal_graph_pattern *sub;
    rasqal_expression *expression = rasqal_graph_pattern_get_filter_expression(pattern);
    if (depth > PLAN_DEPTH_MAX) {
        mentioned->planner->unsupported = true;
        return;
    }
    if (expression)
        rasqal_expression_visit(expression, visit_expression, (void *)(uintptr_t)mentioned);
    if (rasqal_graph_pattern_get_operator(pattern) == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH)
        note_variable(mentioned, rasqal_graph_pattern_get_origin(pattern));
    for (int i = 0; (triple = rasqal_graph_pattern_get_triple(pattern, i)); i++) {
        note_variable(mentioned, triple->subject);
        note_variable(mentioned, triple->predicate);
        note_variable(mentioned, triple->object);
    }
    for (int i = 0; (sub = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        note_pattern(mentioned, sub, depth + 1);
}

static bool is_mark(rasqal_graph_pattern *element, const char *iri)
{
    rasqal_literal *service = rasqal_graph_pattern_get_service(element);
    const unsigned char *text = service ? rasqal_literal_as_string(service) : NULL;
    return text && strcmp((const char *)text, iri) == 0;
}

bool planner_is_filter(rasqal_graph_pattern *element)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(element);
    return op == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER ||
           op == RASQAL_GRAPH_PATTERN_OPERATOR_SERVICE;
}

struct waiting planner_read_filter(struct planner *planner, rasqal_graph_pattern *element,
                                   const struct plan_place *graph)
{
    struct waiting filter = {.graph = graph};
    const struct mentioned mentioned = {planner, &filter};
    if (rasqal_graph_pattern_get_operator(element) == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER) {
        filter.expression = rasqal_graph_pattern_get_filter_expression(element);
        rasqal_expression_visit(filter.expression, visit_expression,
                                (void *)(uintptr_t)&mentioned);
        return filter;
    }
    filter.negated = is_mark(element, SPARQL_NOT_EXISTS_IRI);
    filter.exists = rasqal_graph_pattern_get_sub_graph_pattern(element, 0);
    if (!(filter.negated || is_mark(element, SPARQL_EXISTS_IRI)) || !filter.exists ||
        rasqal_graph_pattern_get_sub_graph_pattern(element, 1))
        planner->unsupported = true;
    else
        note_pattern(&mentioned, filter.exists, 0);
    return filter;
}

/* ---- their steps ---- */

/* The block of an EXISTS. Outside is nothing but what the filter sees. */
static void add_exists_block(struct planner *planner, struct plan_step *step,
                             const struct waiting *filter, const struct scope *scope)
{
    struct plan_block **blocks = planner_allocate(planner, 1, sizeof(struct plan_block *));
    const struct scope seen = {.certain = planner_flags(planner, NULL),
                               .inside = planner_flags(planner, NULL),
                               .visible = planner_flags(planner, NULL),
                               .outside = planner_flags(planner, NULL)};
    struct scope after;
    if (!planner_going(planner))
        return;
    for (size_t i = 0; i < step->seen_count; i++) {
        seen.visible[step->seen[i]] = true;
        seen.certain[step->seen[i]] = scope->certain[step->seen[i]];
    }
    step->blocks = blocks;
    step->block_count = 1;
    blocks[0] = planner_group(planner, filter->exists, filter->graph, &seen, &after, true);
}

static void add_filter(struct planner *planner, struct plan_block *block,
                       const struct waiting *filter, const struct scope *scope)
{
    int *seen = planner_allocate(planner, filter->count, sizeof *seen);
    int *hidden = planner_allocate(planner, filter->count, sizeof *hidden);
    struct plan_step *step = planner_add(planner, block,
                                         !filter->exists   ? PLAN_FILTER
                                         : filter->negated ? PLAN_NOT_EXISTS
                                                           : PLAN_EXISTS);
    if (!planner_going(planner))
        return;
    step->filter = filter->expression;
    step->seen = seen;
    step->hidden = hidden;
    for (size_t i = 0; i < filter->count; i++) {
        const int v = filter->variables[i];
        /* Bound in some rows by the group, in others perhaps from outside: which, no step
         * tells. */
        if (scope->visible[v] && scope->outside[v] && !scope->inside[v] &&
            !(scope->merged && scope->merged[v]))
            planner->unsupported = true;
        if (scope->visible[v])
            seen[step->seen_count++] = v;
        else
            hidden[step->hidden_count++] = v;
    }
    if (filter->exists)
        add_exists_block(planner, step, filter, scope);
}

/* Every variable of the filter has its final value: no later step binds one. */
static bool is_ready(const struct waiting *filter, const struct scope *scope)
{
    for (size_t i = 0; i < filter->count; i++)
        if (scope->visible[filter->variables[i]] && !scope->certain[filter->variables[i]])
            return false;
    return true;
}

/* Adds the filters that can decide now; with `all`, those that are left too. */
void planner_add_filters(struct planner *planner, struct plan_block *block,
                         struct waiting *filters, size_t count, const struct scope *scope,
                         bool all)
{
    for (size_t i = 0; i < count && planner_going(planner); i++) {
        if (filters[i].placed || (!all && !is_ready(&filters[i], scope)))
            continue;
        add_filter(planner, block, &filters[i], scope);
        filters[i].placed = true;
    }
}
