/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a plan: triples ordered by what is bound, filters as soon as their variables
 * are. */
#include "engine_planner.h"

#include <string.h>

void *planner_allocate(struct planner *planner, size_t count, size_t size)
{
    void *result = ic_arena_alloc(planner->engine->arena, (count + 1) * size);
    if (!result)
        engine_fail(planner->engine, IC_NO_MEMORY, "out of memory while planning the query");
    return result;
}

bool planner_going(const struct planner *planner)
{
    return planner->engine->status == IC_OK && !planner->unsupported;
}

static int variable_number(struct planner *planner, const rasqal_variable *variable)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < plan->variable_count; i++)
        if (plan->variables[i] == variable)
            return (int)i;
    if (plan->variable_count == PLAN_VARIABLES_MAX) {
        engine_fail(planner->engine, IC_TOO_LARGE, "the query has more than %d variables",
                    PLAN_VARIABLES_MAX);
        return 0;
    }
    plan->variables[plan->variable_count] = (rasqal_variable *)(uintptr_t)variable;
    return (int)plan->variable_count++;
}

struct plan_place planner_place(struct planner *planner, rasqal_literal *literal)
{
    struct plan_place place = {.variable = -1};
    rasqal_variable *variable = rasqal_literal_as_variable(literal);
    if (variable)
        place.variable = variable_number(planner, variable);
    else
        terms_id(planner->engine, literal, &place.id);
    return place;
}

struct plan_step *planner_add(struct planner *planner, struct plan_block *block,
                              enum plan_step_kind kind)
{
    if (++planner->plan->step_count > PLAN_STEPS_MAX)
        engine_fail(planner->engine, IC_TOO_LARGE, "the query has more than %d patterns",
                    PLAN_STEPS_MAX);
    if (block->step_count == block->step_room) {
        const size_t room = block->step_room ? block->step_room * 2 : 8;
        struct plan_step *grown = planner_allocate(planner, room, sizeof *grown);
        if (!grown)
            return &planner->nowhere;
        if (block->step_count)
            memcpy(grown, block->steps, block->step_count * sizeof *grown);
        block->steps = grown;
        block->step_room = room;
    }
    struct plan_step *step = &block->steps[block->step_count++];
    *step = (struct plan_step){.kind = kind};
    return step;
}

bool *planner_flags(struct planner *planner, const bool *flags)
{
    bool *copy = planner_allocate(planner, PLAN_VARIABLES_MAX, sizeof *copy);
    if (copy && flags)
        memcpy(copy, flags, PLAN_VARIABLES_MAX * sizeof *copy);
    return copy;
}

void planner_bind(const struct scope *scope, struct plan_place place)
{
    if (place.variable >= 0)
        scope->certain[place.variable] = scope->inside[place.variable] = true;
}

/* ---- which variables a pattern has ---- */

static void mark(struct planner *planner, rasqal_literal *literal, bool *flags)
{
    rasqal_variable *variable = literal ? rasqal_literal_as_variable(literal) : NULL;
    if (variable)
        flags[variable_number(planner, variable)] = true;
}

void planner_mark(struct planner *planner, rasqal_graph_pattern *pattern, bool *flags,
                  int depth)
{
    rasqal_triple *triple;
    rasqal_graph_pattern *sub;
    if (depth > PLAN_DEPTH_MAX) {
        planner->unsupported = true;
        return;
    }
    if (rasqal_graph_pattern_get_operator(pattern) == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH)
        mark(planner, rasqal_graph_pattern_get_origin(pattern), flags);
    for (int i = 0; (triple = rasqal_graph_pattern_get_triple(pattern, i)); i++) {
        mark(planner, triple->subject, flags);
        mark(planner, triple->predicate, flags);
        mark(planner, triple->object, flags);
    }
    for (int i = 0; (sub = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        planner_mark(planner, sub, flags, depth + 1);
}

/* ---- filters ---- */

struct mentioned {
    struct planner *planner;
    struct waiting *filter;
};

static int note_variable(void *context, rasqal_expression *e)
{
    const struct mentioned *mentioned = context;
    rasqal_variable *variable = e->op == RASQAL_EXPR_LITERAL && e->literal
                                    ? rasqal_literal_as_variable(e->literal)
                                    : NULL;
    if (!variable)
        return 0;
    const int number = variable_number(mentioned->planner, variable);
    struct waiting *filter = mentioned->filter;
    for (size_t i = 0; i < filter->count; i++)
        if (filter->variables[i] == number)
            return 0;
    int *grown = planner_allocate(mentioned->planner, filter->count + 1, sizeof *grown);
    if (!grown)
        return 1;
    if (filter->count)
        memcpy(grown, filter->variables, filter->count * sizeof *grown);
    grown[filter->count++] = number;
    filter->variables = grown;
    return 0;
}

struct waiting planner_read_filter(struct planner *planner, rasqal_expression *expression)
{
    struct waiting filter = {.expression = expression};
    struct mentioned mentioned = {planner, &filter};
    rasqal_expression_visit(expression, note_variable, &mentioned);
    return filter;
}

static void add_filter(struct planner *planner, struct plan_block *block,
                       const struct waiting *filter, const struct scope *scope)
{
    struct plan_step *step = planner_add(planner, block, PLAN_FILTER);
    int *seen = planner_allocate(planner, filter->count, sizeof *seen);
    int *hidden = planner_allocate(planner, filter->count, sizeof *hidden);
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
        if (!filters[i].expression || (!all && !is_ready(&filters[i], scope)))
            continue;
        add_filter(planner, block, &filters[i], scope);
        filters[i].expression = NULL;
    }
}

/* ---- triples ---- */

static bool is_bound(const struct scope *scope, struct plan_place place)
{
    return place.variable < 0 || scope->certain[place.variable];
}

/* How much of a triple is bound, the subject counting most: it leads to one description, an
 * object to a posting, a property to many. */
static int selectivity(const struct scope *scope, const struct plan_step *step)
{
    return 8 * is_bound(scope, step->subject) + 4 * is_bound(scope, step->object) +
           2 * is_bound(scope, step->predicate) +
           (step->default_graph || is_bound(scope, step->graph));
}

static struct plan_step triple_step(struct planner *planner, const rasqal_triple *triple,
                                    const struct plan_place *graph)
{
    struct plan_step step = {.kind = PLAN_TRIPLE,
                             .subject = planner_place(planner, triple->subject),
                             .predicate = planner_place(planner, triple->predicate),
                             .object = planner_place(planner, triple->object),
                             .graph = {.variable = -1},
                             .default_graph = !graph};
    if (graph)
        step.graph = *graph;
    return step;
}

void planner_add_triples(struct planner *planner, struct plan_block *block,
                         const struct group *group, const struct plan_place *graph,
                         struct scope *scope, struct waiting *filters, size_t filter_count)
{
    struct plan_step *steps = planner_allocate(planner, group->triple_count, sizeof *steps);
    bool *used = planner_allocate(planner, group->triple_count, sizeof *used);
    if (!steps || !used)
        return;
    for (size_t i = 0; i < group->triple_count; i++)
        steps[i] = triple_step(planner, group->triples[i], graph);
    for (size_t done = 0; done < group->triple_count && planner_going(planner); done++) {
        size_t best = 0;
        int most = -1;
        for (size_t i = 0; i < group->triple_count; i++) {
            const int bound = used[i] ? -1 : selectivity(scope, &steps[i]);
            if (bound > most) {
                most = bound;
                best = i;
            }
        }
        used[best] = true;
        *planner_add(planner, block, PLAN_TRIPLE) = steps[best];
        planner_bind(scope, steps[best].subject);
        planner_bind(scope, steps[best].predicate);
        planner_bind(scope, steps[best].object);
        if (steps[best].graph.variable >= 0) /* bound, but not by a pattern of this group */
            scope->certain[steps[best].graph.variable] = true;
        planner_add_filters(planner, block, filters, filter_count, scope, false);
    }
}
