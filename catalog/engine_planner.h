/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make a plan share: what is known of variables, and adding steps. */
#ifndef IC_ENGINE_PLANNER_H
#define IC_ENGINE_PLANNER_H

#include "engine_plan.h"

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

/* A filter that waits for its variables: an expression, or EXISTS of a pattern. */
struct waiting {
    bool placed; /* it has its step */
    rasqal_expression *expression;
    rasqal_graph_pattern *exists;   /* with `graph` around it; or NULL */
    const struct plan_place *graph; /* or NULL */
    bool negated;
    int *variables;
    size_t count, room;
};

/* The parts of one group, sorted out. */
struct group {
    rasqal_triple **triples;
    size_t triple_count;
    rasqal_graph_pattern **patterns; /* UNION, groups, GRAPH */
    size_t pattern_count;
    rasqal_graph_pattern *optional; /* that ends this part */
};

/* Zeroed memory of the engine for `count` things and one more; NULL after engine_fail. */
void *planner_allocate(struct planner *planner, size_t count, size_t size);
/* False once planning failed, or the query turned out to have no plan. */
bool planner_going(const struct planner *planner);
int planner_variable(struct planner *planner, const rasqal_variable *variable);
struct plan_place planner_place(struct planner *planner, rasqal_literal *literal);
/* Appends a step; never NULL. */
struct plan_step *planner_add(struct planner *planner, struct plan_block *block,
                              enum plan_step_kind kind);
/* Flags by variable; `flags` NULL: all false. NULL after engine_fail. */
bool *planner_flags(struct planner *planner, const bool *flags);
/* The place's variable is bound from here on, by the group itself. */
void planner_bind(const struct scope *scope, struct plan_place place);
/* Sets the flag of every variable that the pattern may bind. */
void planner_mark(struct planner *planner, rasqal_graph_pattern *pattern, bool *flags,
                  int depth);

/* The pattern of a group, in a block of its own: what is bound before it in `outer`, behind it
 * in `after`. `merged`: its filters see the variables of `outer` too. */
struct plan_block *planner_group(struct planner *planner, rasqal_graph_pattern *pattern,
                                 const struct plan_place *graph, const struct scope *outer,
                                 struct scope *after, bool merged);

/* ---- engine_plan_filters.c ---- */

/* True for FILTER and for the mark of an EXISTS (sparql_outline.h). */
bool planner_is_filter(rasqal_graph_pattern *element);
struct waiting planner_read_filter(struct planner *planner, rasqal_graph_pattern *element,
                                   const struct plan_place *graph);
/* Adds the filters that can decide now; with `all`, those that are left too. */
void planner_add_filters(struct planner *planner, struct plan_block *block,
                         struct waiting *filters, size_t count, const struct scope *scope,
                         bool all);
/* Adds the group's triples, each time the one of which most is bound, and what filters get
 * ready. */
void planner_add_triples(struct planner *planner, struct plan_block *block,
                         const struct group *group, const struct plan_place *graph,
                         struct scope *scope, struct waiting *filters, size_t filter_count);

#endif
