/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan from rasqal's pattern tree: triples ordered by what is bound, filters as soon
 * as their variables are. */
#include "engine_plan.h"

#include <stdlib.h>
#include <string.h>

/* What is known of the variables at a place of the plan. */
struct scope {
    bool *certain; /* bound in every row that arrives here */
    bool *inside;  /* the same, by the group itself and not from outside */
    bool *visible; /* may be bound by the group, or by what its filters see */
    bool *outside; /* may be bound outside the group */
    bool *merged;  /* what filters see from before an OPTIONAL; NULL in other groups */
};

struct planner {
    struct plan *plan;
    struct engine *engine;
    rasqal_query *query;
    bool unsupported;
    int depth;
    struct plan_step nowhere; /* stands for a step that there was no memory for */
};

/* A filter that waits for its variables; `expression` NULL: it has its place. */
struct waiting {
    rasqal_expression *expression;
    int *variables;
    size_t count;
};

/* The parts of one group, sorted out. */
struct group {
    rasqal_triple **triples;
    size_t triple_count;
    rasqal_graph_pattern **patterns; /* UNION, groups, GRAPH */
    size_t pattern_count;
    rasqal_graph_pattern *optional; /* that ends this part */
};

static void *allocate(struct planner *planner, size_t count, size_t size)
{
    void *result = ic_arena_alloc(planner->engine->arena, (count + 1) * size);
    if (!result)
        engine_fail(planner->engine, IC_NO_MEMORY, "out of memory while planning the query");
    return result;
}

static bool going(const struct planner *planner)
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

static struct plan_place place_of(struct planner *planner, rasqal_literal *literal)
{
    struct plan_place place = {.variable = -1};
    rasqal_variable *variable = rasqal_literal_as_variable(literal);
    if (variable)
        place.variable = variable_number(planner, variable);
    else
        terms_id(planner->engine, literal, &place.id);
    return place;
}

static struct plan_step *add_step(struct planner *planner, struct plan_block *block,
                                  enum plan_step_kind kind)
{
    if (++planner->plan->step_count > PLAN_STEPS_MAX)
        engine_fail(planner->engine, IC_TOO_LARGE, "the query has more than %d patterns",
                    PLAN_STEPS_MAX);
    if (block->step_count == block->step_room) {
        const size_t room = block->step_room ? block->step_room * 2 : 8;
        struct plan_step *grown = allocate(planner, room, sizeof *grown);
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

static bool *copy_flags(struct planner *planner, const bool *flags)
{
    bool *copy = allocate(planner, PLAN_VARIABLES_MAX, sizeof *copy);
    if (copy && flags)
        memcpy(copy, flags, PLAN_VARIABLES_MAX * sizeof *copy);
    return copy;
}

static void bind(const struct scope *scope, struct plan_place place)
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

static void mark_pattern(struct planner *planner, rasqal_graph_pattern *pattern, bool *flags,
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
        mark_pattern(planner, sub, flags, depth + 1);
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
    int *grown = allocate(mentioned->planner, filter->count + 1, sizeof *grown);
    if (!grown)
        return 1;
    if (filter->count)
        memcpy(grown, filter->variables, filter->count * sizeof *grown);
    grown[filter->count++] = number;
    filter->variables = grown;
    return 0;
}

static struct waiting read_filter(struct planner *planner, rasqal_expression *expression)
{
    struct waiting filter = {.expression = expression};
    struct mentioned mentioned = {planner, &filter};
    rasqal_expression_visit(expression, note_variable, &mentioned);
    return filter;
}

static void add_filter(struct planner *planner, struct plan_block *block,
                       const struct waiting *filter, const struct scope *scope)
{
    struct plan_step *step = add_step(planner, block, PLAN_FILTER);
    int *seen = allocate(planner, filter->count, sizeof *seen);
    int *hidden = allocate(planner, filter->count, sizeof *hidden);
    if (!going(planner))
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
static void add_filters(struct planner *planner, struct plan_block *block,
                        struct waiting *filters, size_t count, const struct scope *scope,
                        bool all)
{
    for (size_t i = 0; i < count && going(planner); i++) {
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
                             .subject = place_of(planner, triple->subject),
                             .predicate = place_of(planner, triple->predicate),
                             .object = place_of(planner, triple->object),
                             .graph = {.variable = -1},
                             .default_graph = !graph};
    if (graph)
        step.graph = *graph;
    return step;
}

static void add_triples(struct planner *planner, struct plan_block *block,
                        const struct group *group, const struct plan_place *graph,
                        struct scope *scope, struct waiting *filters, size_t filter_count)
{
    struct plan_step *steps = allocate(planner, group->triple_count, sizeof *steps);
    bool *used = allocate(planner, group->triple_count, sizeof *used);
    if (!steps || !used)
        return;
    for (size_t i = 0; i < group->triple_count; i++)
        steps[i] = triple_step(planner, group->triples[i], graph);
    for (size_t done = 0; done < group->triple_count && going(planner); done++) {
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
        *add_step(planner, block, PLAN_TRIPLE) = steps[best];
        bind(scope, steps[best].subject);
        bind(scope, steps[best].predicate);
        bind(scope, steps[best].object);
        if (steps[best].graph.variable >= 0) /* bound, but not by a pattern of this group */
            scope->certain[steps[best].graph.variable] = true;
        add_filters(planner, block, filters, filter_count, scope, false);
    }
}

/* ---- groups ---- */

static size_t count_subs(rasqal_graph_pattern *pattern)
{
    size_t count = 0;
    while (rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)count))
        count++;
    return count;
}

static struct plan_block *plan_group(struct planner *planner, rasqal_graph_pattern *pattern,
                                     const struct plan_place *graph, const struct scope *outer,
                                     struct scope *after, bool optional);

/* The scope at the beginning of a group. */
static struct scope enter(struct planner *planner, rasqal_graph_pattern *pattern,
                          const struct scope *outer, bool optional)
{
    struct scope scope = {.certain = copy_flags(planner, outer->certain),
                          .inside = copy_flags(planner, NULL),
                          .visible = copy_flags(planner, optional ? outer->visible : NULL),
                          .outside = copy_flags(planner, outer->outside),
                          .merged = optional ? outer->visible : NULL};
    if (!scope.certain || !scope.inside || !scope.visible || !scope.outside)
        return scope;
    mark_pattern(planner, pattern, scope.visible, 0);
    for (size_t i = 0; i < PLAN_VARIABLES_MAX; i++)
        scope.outside[i] |= outer->visible[i];
    return scope;
}

/* An OPTIONAL must not mention a variable that comes from outside its group but is not bound
 * in the group before it. */
static void check_well_designed(struct planner *planner, rasqal_graph_pattern *optional,
                                const struct scope *scope)
{
    bool *mentioned = copy_flags(planner, NULL);
    if (!mentioned)
        return;
    mark_pattern(planner, optional, mentioned, 0);
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
    struct plan_step *step = add_step(planner, block, PLAN_OPTIONAL);
    struct plan_block **blocks = allocate(planner, 1, sizeof(struct plan_block *));
    if (!going(planner))
        return;
    step->blocks = blocks;
    step->block_count = 1;
    blocks[0] = plan_group(planner, optional, graph, scope, &after, true);
}

/* UNION's branches, or the one group of anything else; what all of them bind is certain. */
static void add_blocks(struct planner *planner, struct plan_block *block,
                       rasqal_graph_pattern **patterns, size_t count,
                       const struct plan_place *graph, struct scope *scope)
{
    struct plan_step *step = add_step(planner, block, PLAN_BLOCKS);
    struct plan_block **blocks = allocate(planner, count, sizeof(struct plan_block *));
    bool *all = copy_flags(planner, NULL);
    if (!going(planner))
        return;
    step->blocks = blocks;
    step->block_count = count;
    for (size_t i = 0; i < count && going(planner); i++) {
        struct scope after;
        blocks[i] = plan_group(planner, patterns[i], graph, scope, &after, false);
        for (size_t k = 0; going(planner) && k < PLAN_VARIABLES_MAX; k++)
            all[k] = after.inside[k] && (i == 0 || all[k]);
    }
    for (size_t k = 0; count && going(planner) && k < PLAN_VARIABLES_MAX; k++) {
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
    const struct plan_place graph = place_of(planner, rasqal_graph_pattern_get_origin(pattern));
    rasqal_graph_pattern *sub = rasqal_graph_pattern_get_sub_graph_pattern(pattern, 0);
    if (!sub || count_subs(pattern) != 1) {
        planner->unsupported = true;
        return;
    }
    /* A triple finds its graph; where none comes first, the graphs are gone through. */
    if (!begins_with_triple(sub)) {
        add_step(planner, block, PLAN_GRAPHS)->graph = graph;
        bind(scope, graph);
    }
    add_blocks(planner, block, &sub, 1, &graph, scope);
    if (going(planner))
        bind(scope, graph);
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
        rasqal_graph_pattern **subs = allocate(planner, count, sizeof *subs);
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
    add_triples(planner, block, group, graph, scope, filters, filter_count);
    for (size_t i = 0; i < group->pattern_count && going(planner); i++) {
        add_pattern(planner, block, group->patterns[i], graph, scope);
        if (going(planner))
            add_filters(planner, block, filters, filter_count, scope, false);
    }
    if (group->optional && going(planner))
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
                         rasqal_graph_pattern *element, struct waiting *filters,
                         size_t *filter_count)
{
    switch ((int)rasqal_graph_pattern_get_operator(element)) {
    case RASQAL_GRAPH_PATTERN_OPERATOR_BASIC:
        take_triples(group, element);
        break;
    case RASQAL_GRAPH_PATTERN_OPERATOR_FILTER:
        filters[(*filter_count)++] =
            read_filter(planner, rasqal_graph_pattern_get_filter_expression(element));
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

/* The elements of a group; a pattern that is no group is the only element of one. An OPTIONAL
 * stands for its own group. */
static void plan_elements(struct planner *planner, rasqal_graph_pattern *pattern,
                          struct plan_block *block, const struct plan_place *graph,
                          struct scope *scope)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    const bool is_group = op == RASQAL_GRAPH_PATTERN_OPERATOR_GROUP ||
                          op == RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL;
    const size_t count = is_group ? count_subs(pattern) : 1;
    size_t triples = count_triples(pattern), filter_count = 0;
    for (size_t i = 0; is_group && i < count; i++)
        triples += count_triples(rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)i));
    struct group group = {.triples = allocate(planner, triples, sizeof(rasqal_triple *)),
                          .patterns = allocate(planner, count, sizeof(rasqal_graph_pattern *))};
    struct waiting *filters = allocate(planner, count, sizeof *filters);
    if (!going(planner))
        return;
    /* Filters apply to the whole group, so they are all known before the first part. */
    for (size_t i = 0; is_group && i < count; i++) {
        rasqal_graph_pattern *sub = rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)i);
        if (rasqal_graph_pattern_get_operator(sub) == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER)
            take_element(planner, &group, sub, filters, &filter_count);
    }
    for (size_t i = 0; i < count && going(planner); i++) {
        rasqal_graph_pattern *element =
            is_group ? rasqal_graph_pattern_get_sub_graph_pattern(pattern, (int)i) : pattern;
        if (is_group &&
            rasqal_graph_pattern_get_operator(element) == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER)
            continue;
        take_element(planner, &group, element, filters, &filter_count);
        if (group.optional)
            add_part(planner, block, &group, graph, scope, filters, filter_count);
    }
    if (going(planner))
        add_part(planner, block, &group, graph, scope, filters, filter_count);
    if (going(planner))
        add_filters(planner, block, filters, filter_count, scope, true);
}

static struct plan_block *plan_group(struct planner *planner, rasqal_graph_pattern *pattern,
                                     const struct plan_place *graph, const struct scope *outer,
                                     struct scope *after, bool optional)
{
    struct plan_block *block = allocate(planner, 1, sizeof *block);
    if (++planner->depth > PLAN_DEPTH_MAX)
        planner->unsupported = true;
    *after = enter(planner, pattern, outer, optional);
    if (going(planner))
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
    struct plan *plan = planner.plan = allocate(&planner, 1, sizeof *plan);
    if (plan)
        *plan = (struct plan){
            .engine = engine,
            .variables = allocate(&planner, PLAN_VARIABLES_MAX, sizeof *plan->variables)};
    const struct scope nothing = {copy_flags(&planner, NULL), copy_flags(&planner, NULL),
                                  copy_flags(&planner, NULL), copy_flags(&planner, NULL), NULL};
    struct scope after;
    if (engine->status == IC_OK)
        plan->root = plan_group(&planner, pattern, NULL, &nothing, &after, false);
    return going(&planner) ? plan : NULL;
}

int plan_variable(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->variable_count; i++)
        if (strcmp((const char *)plan->variables[i]->name, name) == 0)
            return (int)i;
    return -1;
}
