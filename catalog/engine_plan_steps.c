/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a plan: triples, ordered by what is bound. */
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

int planner_variable(struct planner *planner, const rasqal_variable *variable)
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
        place.variable = planner_variable(planner, variable);
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
        flags[planner_variable(planner, variable)] = true;
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
        if (rasqal_graph_pattern_get_operator(sub) != RASQAL_GRAPH_PATTERN_OPERATOR_SERVICE)
            planner_mark(planner, sub, flags, depth + 1);
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
