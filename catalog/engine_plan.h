/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: graph patterns as nested loops over the dataset's ids.
 *
 * rasqal joins two patterns wrongly that share a variable and are not one list of triples: it
 * takes the variable's value of another row. So patterns are evaluated here, over the tree
 * that rasqal parsed, and rasqal evaluates filters only. A plan covers triples, FILTER, FILTER
 * EXISTS and NOT EXISTS, UNION, OPTIONAL, GRAPH and groups; for a query with anything else
 * there is none.
 *
 * Semantics: SPARQL 1.1 Query, section 18. Bindings of the outside are put into a group before
 * it is evaluated; that gives the same rows where the pattern is well-designed (every variable
 * of an OPTIONAL that occurs outside its group occurs in the group before it), and other
 * patterns have no plan. A FILTER sees the variables of its own group, in an OPTIONAL those
 * before it too. EXISTS is evaluated with the values of those variables in place of them
 * (section 18.6, substitute), any other variable is its own.
 *
 * Private to engine_*.c. Threads: as the engine. */
#ifndef IC_ENGINE_PLAN_H
#define IC_ENGINE_PLAN_H

#include "engine_rasqal.h"

enum {
    PLAN_DEPTH_MAX = 64, /* groups within groups */
    PLAN_VARIABLES_MAX = 4096,
    PLAN_STEPS_MAX = 65536
};

/* A place of a triple: a variable, or with `variable` -1 the term `id`. */
struct plan_place {
    int variable;
    uint64_t id;
};

struct plan_block;

enum plan_step_kind {
    PLAN_TRIPLE,
    PLAN_FILTER,
    PLAN_GRAPHS, /* one after the other as the value of the graph's variable */
    PLAN_BLOCKS, /* one block after the other: UNION, a group, GRAPH */
    PLAN_OPTIONAL,
    PLAN_EXISTS, /* goes on when its block has a row */
    PLAN_NOT_EXISTS
};

struct plan_step {
    enum plan_step_kind kind;
    struct plan_place subject, predicate, object; /* PLAN_TRIPLE */
    struct plan_place graph;                      /* PLAN_TRIPLE, PLAN_GRAPHS */
    bool default_graph;                           /* PLAN_TRIPLE: not of `graph` */
    rasqal_expression *filter;                    /* PLAN_FILTER */
    int *seen;   /* the variables of a filter or EXISTS, those it may see */
    int *hidden; /* and those that it may not: unbound for it */
    size_t seen_count, hidden_count;
    struct plan_block **blocks; /* of PLAN_BLOCKS; the only one of those below it */
    size_t block_count;
};

struct plan_block {
    struct plan_step *steps;
    size_t step_count, step_room;
};

struct plan {
    struct engine *engine;
    rasqal_variable **variables;
    size_t variable_count;
    struct plan_block *root;
    size_t step_count;
};

/* The plan of a query that is prepared and rewritten; NULL with engine->status IC_OK when it
 * has none. Lives in engine->arena. */
struct plan *plan_new(struct engine *engine, rasqal_query *query);

/* The number of the variable called `name`, or -1. */
int plan_variable(const struct plan *plan, const char *name);

/* Passes every row: values[i] is variable i's id, IC_ANY where it is unbound. Ends early, with
 * IC_OK, when `each` sets *done. */
typedef enum ic_status (*plan_row)(void *context, const uint64_t *values, bool *done);
enum ic_status plan_run(struct plan *plan, plan_row each, void *context);

#endif
