/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a query between rasqal's parser and its evaluator: what patterns and
 * expressions share. Private to engine_rasqal_rewrite.c and engine_rasqal_patterns.c. */
#ifndef IC_ENGINE_RASQAL_REWRITE_H
#define IC_ENGINE_RASQAL_REWRITE_H

#include "engine_rasqal.h"

struct rewrite {
    struct engine *engine;
    rasqal_query *query;
    raptor_sequence *scope;    /* variables that the walk has met; borrowed */
    rasqal_variable *graph;    /* of the GRAPH ?g that the walk is in */
    unsigned groups;           /* OPTIONALs, UNIONs and EXISTS between that and here */
    rasqal_graph_pattern *own; /* the innermost group of its own scope, NULL: the whole query */
    int own_scope;             /* how many variables were met before it */
    bool datatypes, equality;  /* looks at datatypes; compares data by "=" */
    bool arithmetic;
};

/* Fails the query: the engine does not do `what`. */
void rewrite_refuse(const struct rewrite *rewrite, const char *what);

/* Rewrites an expression in place, its arguments first. NULL is allowed. */
void rewrite_expression(struct rewrite *rewrite, rasqal_expression *e);
void rewrite_expressions(struct rewrite *rewrite, raptor_sequence *expressions);

bool rewrite_is_variable(const rasqal_expression *e);

/* Refuses an expression that rasqal lets see a variable which is out of its scope. */
void rewrite_check_scope(struct rewrite *rewrite, rasqal_variable *variable);

#endif
