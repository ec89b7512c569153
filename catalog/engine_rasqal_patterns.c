/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: which variables are where, and the shapes that rasqal evaluates wrongly. */
#include "engine_rasqal_rewrite.h"

/* ---- scope ---- */

static bool met(const struct rewrite *rewrite, const rasqal_variable *variable, int count)
{
    for (int i = 0; i < count; i++)
        if (raptor_sequence_get_at(rewrite->scope, i) == variable)
            return true;
    return false;
}

static bool in_scope(const struct rewrite *rewrite, const rasqal_variable *variable)
{
    return met(rewrite, variable, raptor_sequence_size(rewrite->scope));
}

static void add_to_scope(struct rewrite *rewrite, rasqal_variable *variable)
{
    if (variable && !in_scope(rewrite, variable) &&
        raptor_sequence_push(rewrite->scope, variable))
        engine_fail(rewrite->engine, IC_NO_MEMORY, "out of memory while preparing the query");
}

static bool is_that(rasqal_literal *literal, const rasqal_variable *variable)
{
    return literal && rasqal_literal_as_variable(literal) == variable;
}

/* The mark of a FILTER EXISTS or FILTER NOT EXISTS: what is inside binds nothing outside. */
static bool is_exists(rasqal_graph_pattern *pattern)
{
    return rasqal_graph_pattern_get_operator(pattern) == RASQAL_GRAPH_PATTERN_OPERATOR_SERVICE;
}

/* True when the pattern may bind the variable. */
static bool may_bind(rasqal_graph_pattern *pattern, const rasqal_variable *variable)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_LET &&
        rasqal_graph_pattern_get_variable(pattern) == variable)
        return true;
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH &&
        is_that(rasqal_graph_pattern_get_origin(pattern), variable))
        return true;
    rasqal_triple *triple;
    for (int i = 0; op == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC &&
                    (triple = rasqal_graph_pattern_get_triple(pattern, i));
         i++)
        if (is_that(triple->subject, variable) || is_that(triple->predicate, variable) ||
            is_that(triple->object, variable))
            return true;
    rasqal_graph_pattern *inner;
    for (int i = 0; (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        if (!is_exists(inner) && may_bind(inner, variable))
            return true;
    return false;
}

bool rewrite_may_bind(rasqal_query *query, const rasqal_variable *variable)
{
    rasqal_graph_pattern *pattern = rasqal_query_get_query_graph_pattern(query);
    return pattern && may_bind(pattern, variable);
}

/* True when the pattern has anything to match. */
static bool has_content(rasqal_graph_pattern *pattern)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC)
        return rasqal_graph_pattern_get_triple(pattern, 0) != NULL;
    rasqal_graph_pattern *inner;
    for (int i = 0; (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        if (has_content(inner))
            return true;
    return false;
}

/* rasqal lets expressions see variables from outside of a group of its own scope, and ?g
 * inside of GRAPH ?g. */
void rewrite_check_scope(struct rewrite *rewrite, rasqal_variable *variable)
{
    const bool outside = rewrite->own && met(rewrite, variable, rewrite->own_scope) &&
                         !may_bind(rewrite->own, variable);
    if (variable == rewrite->graph || outside)
        engine_fail(rewrite->engine, IC_UNSUPPORTED,
                    "the engine rasqal does not do ?%s in an expression of a group that does "
                    "not bind it",
                    variable->name);
}

/* ---- patterns ---- */

static void rewrite_pattern(struct rewrite *rewrite, rasqal_graph_pattern *pattern);

/* Each branch of a UNION starts from the scope before it and is one of its own for
 * expressions. */
static void rewrite_inner(struct rewrite *rewrite, rasqal_graph_pattern *pattern, bool branches)
{
    raptor_sequence *others = raptor_new_sequence(NULL, NULL);
    const int before = raptor_sequence_size(rewrite->scope);
    const struct rewrite outer = *rewrite;
    rasqal_graph_pattern *inner;
    for (int i = 0; others && (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i));
         i++) {
        if (branches) {
            rewrite->own = inner;
            rewrite->own_scope = before;
        }
        rewrite_pattern(rewrite, inner);
        while (branches && raptor_sequence_size(rewrite->scope) > before)
            raptor_sequence_push(others, raptor_sequence_pop(rewrite->scope));
    }
    rewrite->own = outer.own;
    rewrite->own_scope = outer.own_scope;
    while (others && raptor_sequence_size(others) > 0)
        add_to_scope(rewrite, raptor_sequence_pop(others));
    if (others)
        raptor_free_sequence(others);
    else
        engine_fail(rewrite->engine, IC_NO_MEMORY, "out of memory while preparing the query");
}

/* Iterating GRAPH ?g overwrites ?g: right only where that is what binds ?g. */
static void rewrite_graph(struct rewrite *rewrite, rasqal_graph_pattern *pattern)
{
    rasqal_literal *origin = rasqal_graph_pattern_get_origin(pattern);
    rasqal_variable *variable = origin ? rasqal_literal_as_variable(origin) : NULL;
    const struct rewrite outer = *rewrite;
    if (rewrite->graph)
        rewrite_refuse(rewrite, "GRAPH inside GRAPH ?variable");
    if (!has_content(pattern))
        rewrite_refuse(rewrite, "GRAPH without a triple pattern");
    if (variable && in_scope(rewrite, variable))
        engine_fail(rewrite->engine, IC_UNSUPPORTED,
                    "the engine rasqal does not do GRAPH ?%s where ?%s occurs before it",
                    variable->name, variable->name);
    add_to_scope(rewrite, variable);
    rewrite->graph = variable;
    rewrite->groups = 0;
    rewrite_inner(rewrite, pattern, false);
    rewrite->graph = outer.graph;
    rewrite->groups = outer.groups;
}

static void scope_literal(struct rewrite *rewrite, rasqal_literal *literal)
{
    rasqal_variable *variable = literal ? rasqal_literal_as_variable(literal) : NULL;
    if (variable && variable == rewrite->graph && rewrite->groups)
        engine_fail(rewrite->engine, IC_UNSUPPORTED,
                    "the engine rasqal does not do ?%s in an OPTIONAL or UNION inside of "
                    "GRAPH ?%s",
                    variable->name, variable->name);
    add_to_scope(rewrite, variable);
}

static void rewrite_triples(struct rewrite *rewrite, rasqal_graph_pattern *pattern)
{
    rasqal_triple *triple;
    for (int i = 0; (triple = rasqal_graph_pattern_get_triple(pattern, i)); i++) {
        scope_literal(rewrite, triple->subject);
        scope_literal(rewrite, triple->predicate);
        scope_literal(rewrite, triple->object);
    }
}

/* What rasqal makes of a filter on a variable out of scope, also of FILTER(!BOUND(?v)). */
static bool is_false(const rasqal_expression *e)
{
    return e && e->op == RASQAL_EXPR_LITERAL && e->literal->type == RASQAL_LITERAL_BOOLEAN &&
           !e->literal->value.integer;
}

/* A scope of its own, which ends with it. */
static void rewrite_exists(struct rewrite *rewrite, rasqal_graph_pattern *pattern)
{
    const struct rewrite outer = *rewrite;
    const int before = raptor_sequence_size(rewrite->scope);
    rasqal_graph_pattern *inner;
    rewrite->own = pattern;
    rewrite->own_scope = before;
    rewrite->groups++;
    for (int i = 0; (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        rewrite_pattern(rewrite, inner);
    while (raptor_sequence_size(rewrite->scope) > before)
        raptor_sequence_pop(rewrite->scope);
    rewrite->own = outer.own;
    rewrite->own_scope = outer.own_scope;
    rewrite->groups = outer.groups;
}

static void rewrite_pattern(struct rewrite *rewrite, rasqal_graph_pattern *pattern)
{
    if (!pattern || rewrite->engine->status != IC_OK)
        return;
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    rasqal_expression *expression = rasqal_graph_pattern_get_filter_expression(pattern);
    const unsigned groups = rewrite->groups;
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_GRAPH) {
        rewrite_graph(rewrite, pattern);
        return;
    }
    if (is_exists(pattern)) {
        rewrite_exists(rewrite, pattern);
        return;
    }
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_MINUS ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_VALUES ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_SELECT)
        rewrite_refuse(rewrite, rasqal_graph_pattern_operator_as_string(op));
    else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC)
        rewrite_triples(rewrite, pattern);
    else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL ||
             op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION)
        rewrite->groups++;
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER && is_false(expression))
        rewrite_refuse(rewrite, "a FILTER on a variable that its group does not bind, or that "
                                "is false whatever the data");
    rewrite_expression(rewrite, expression);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER)
        compare_guard_boolean(rewrite->engine, expression);
    rewrite_inner(rewrite, pattern, op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_LET) {
        compare_guard_bind(rewrite->engine, expression);
        add_to_scope(rewrite, rasqal_graph_pattern_get_variable(pattern));
    }
    rewrite->groups = groups;
}

static void rewrite_projection(struct rewrite *rewrite)
{
    raptor_sequence *variables = rasqal_query_get_bound_variable_sequence(rewrite->query);
    const int count = variables ? raptor_sequence_size(variables) : 0;
    for (int i = 0; i < count; i++) {
        const rasqal_variable *variable = raptor_sequence_get_at(variables, i);
        rewrite_expression(rewrite, variable->expression);
    }
}

static void rewrite_groups(struct rewrite *rewrite)
{
    raptor_sequence *conditions = rasqal_query_get_group_conditions_sequence(rewrite->query);
    const int count = conditions ? raptor_sequence_size(conditions) : 0;
    for (int i = 0; i < count; i++) {
        const rasqal_expression *e = raptor_sequence_get_at(conditions, i);
        if (!rewrite_is_variable(e) || e->literal->value.variable->expression)
            rewrite_refuse(rewrite, "GROUP BY but by variables");
    }
    rewrite->engine->grouped = count > 0;
    raptor_sequence *having = rasqal_query_get_having_conditions_sequence(rewrite->query);
    rewrite_expressions(rewrite, having);
    if (having && raptor_sequence_size(having) > 1)
        rewrite_refuse(rewrite, "HAVING with several conditions; join them by &&");
}

/* Counts the lists of triples; false where something is to be joined in another way. */
static bool count_lists(rasqal_graph_pattern *pattern, size_t *lists)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL || is_exists(pattern))
        return false;
    *lists += op == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC;
    rasqal_graph_pattern *inner;
    for (int i = 0; (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        if (!count_lists(inner, lists))
            return false;
    return *lists <= 1;
}

bool rewrite_joins_nothing(rasqal_query *query)
{
    rasqal_graph_pattern *pattern = rasqal_query_get_query_graph_pattern(query);
    size_t lists = 0;
    return !pattern || count_lists(pattern, &lists);
}

/* rasqal numbers triples as it parses and merges lists of them by taking the range of their
 * numbers, which may then hold triples of another pattern. */
static size_t count_triples(rasqal_graph_pattern *pattern)
{
    size_t count = 0;
    if (rasqal_graph_pattern_get_operator(pattern) == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC)
        while (rasqal_graph_pattern_get_triple(pattern, (int)count))
            count++;
    rasqal_graph_pattern *inner;
    for (int i = 0; (inner = rasqal_graph_pattern_get_sub_graph_pattern(pattern, i)); i++)
        count += count_triples(inner);
    return count;
}

static void check_triples(struct rewrite *rewrite)
{
    rasqal_graph_pattern *pattern = rasqal_query_get_query_graph_pattern(rewrite->query);
    raptor_sequence *all = rasqal_query_get_triple_sequence(rewrite->query);
    if (pattern && count_triples(pattern) != (all ? (size_t)raptor_sequence_size(all) : 0))
        rewrite_refuse(rewrite, "triples in a group of their own beside others; put them into "
                                "one group");
}

enum ic_status rewrite_query(struct engine *engine, rasqal_query *query)
{
    struct rewrite rewrite = {.engine = engine, .query = query};
    rewrite.scope = raptor_new_sequence(NULL, NULL);
    if (!rewrite.scope)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    check_triples(&rewrite);
    rewrite_pattern(&rewrite, rasqal_query_get_query_graph_pattern(query));
    rewrite_projection(&rewrite);
    rewrite_groups(&rewrite);
    rewrite_expressions(&rewrite, rasqal_query_get_order_conditions_sequence(query));
    raptor_free_sequence(rewrite.scope);
    if (rewrite.datatypes && (rewrite.equality || rewrite.arithmetic))
        rewrite_refuse(&rewrite,
                       "DATATYPE or sameTerm in one query with arithmetic or with \"=\" or "
                       "IN on values of the data");
    /* Groups are by term, which datatypes are part of. */
    engine->keep_datatypes = rewrite.datatypes || (engine->grouped && !rewrite.equality);
    return engine->status;
}
