/* SPDX-License-Identifier: Apache-2.0 */
/* Between rasqal's parser and its evaluator: expressions are rewritten in place, and what
 * comes out wrong is refused (each refusal was seen to be wrong in the W3C's tests). */
#include "engine_rasqal.h"

#include <string.h>

struct rewrite {
    struct engine *engine;
    rasqal_query *query;
    raptor_sequence *scope;   /* variables that the walk has met; borrowed */
    rasqal_variable *graph;   /* of the GRAPH ?g that the walk is in */
    unsigned groups;          /* OPTIONALs and UNIONs between that and here */
    rasqal_graph_pattern *own; /* the innermost group of its own scope, NULL: the whole query */
    int own_scope;            /* how many variables were met before it */
    bool datatypes, equality; /* looks at datatypes; compares data by "=" */
    bool arithmetic;
};

static void refuse(const struct rewrite *rewrite, const char *what)
{
    engine_fail(rewrite->engine, IC_UNSUPPORTED, "the engine rasqal does not do %s", what);
}

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

/* True when the pattern may bind the variable. What VALUES binds is not to be seen. */
static bool may_bind(rasqal_graph_pattern *pattern, const rasqal_variable *variable)
{
    const rasqal_graph_pattern_operator op = rasqal_graph_pattern_get_operator(pattern);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_VALUES)
        return true;
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
        if (may_bind(inner, variable))
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

/* ---- expressions ---- */

static bool is_variable(const rasqal_expression *e)
{
    return e && e->op == RASQAL_EXPR_LITERAL && e->literal->type == RASQAL_LITERAL_VARIABLE;
}

/* May give whatever term the data has. */
static bool gives_data(const rasqal_expression *e)
{
    return is_variable(e) ||
           (e && (e->op == RASQAL_EXPR_IF || e->op == RASQAL_EXPR_COALESCE ||
                  e->op == RASQAL_EXPR_MIN || e->op == RASQAL_EXPR_MAX ||
                  e->op == RASQAL_EXPR_SAMPLE));
}

/* rasqal lets expressions see variables from outside of a group of its own scope, and ?g
 * inside of GRAPH ?g. */
static void check_scope(struct rewrite *rewrite, rasqal_variable *variable)
{
    const bool outside = rewrite->own && met(rewrite, variable, rewrite->own_scope) &&
                         !may_bind(rewrite->own, variable);
    if (variable == rewrite->graph || outside)
        engine_fail(rewrite->engine, IC_UNSUPPORTED,
                    "the engine rasqal does not do ?%s in an expression of a group that does "
                    "not bind it",
                    variable->name);
}

static void look_at_literal(struct rewrite *rewrite, rasqal_literal *literal)
{
    switch ((int)literal->type) {
    case RASQAL_LITERAL_VARIABLE:
        check_scope(rewrite, literal->value.variable);
        break;
    case RASQAL_LITERAL_INTEGER:
    case RASQAL_LITERAL_INTEGER_SUBTYPE:
        rewrite->engine->numbers |= NUMBER_INTEGER;
        break;
    case RASQAL_LITERAL_DECIMAL:
        rewrite->engine->numbers |= NUMBER_DECIMAL;
        break;
    case RASQAL_LITERAL_DOUBLE:
    case RASQAL_LITERAL_FLOAT:
        rewrite->engine->numbers |= NUMBER_DOUBLE;
        break;
    default:
        break;
    }
}

static const char *constant_string(const rasqal_expression *e)
{
    return e && e->op == RASQAL_EXPR_LITERAL &&
                   (e->literal->type == RASQAL_LITERAL_STRING ||
                    e->literal->type == RASQAL_LITERAL_XSD_STRING)
               ? (const char *)e->literal->string
               : NULL;
}

static void rewrite_regex(struct rewrite *rewrite, rasqal_expression *e)
{
    const char *pattern = constant_string(e->arg2);
    const char *flags = e->arg3 ? constant_string(e->arg3) : "";
    if (!pattern || !flags || (*flags && strcmp(flags, "i") != 0)) {
        refuse(rewrite, "REGEX but with a constant pattern and the flag \"i\" or none");
        return;
    }
    const char *translated = regex_translate(rewrite->engine, pattern);
    if (!translated)
        return;
    const struct ic_term term = ic_term_literal(translated, NULL);
    rasqal_literal *literal = terms_literal_of(rewrite->engine, &term);
    if (!literal)
        return;
    rasqal_free_literal(e->arg2->literal);
    e->arg2->literal = literal;
}

static void note_equality(struct rewrite *rewrite, const rasqal_expression *e)
{
    rewrite->equality = rewrite->equality || gives_data(e->arg1) || gives_data(e->arg2);
}

static void note_aggregate(struct rewrite *rewrite, const rasqal_expression *e)
{
    rewrite->engine->aggregates = true;
    if (e->op == RASQAL_EXPR_SUM || e->op == RASQAL_EXPR_AVG)
        rewrite->arithmetic = true;
    if (e->op == RASQAL_EXPR_AVG)
        rewrite->engine->numbers |= NUMBER_DIVIDED;
    if (e->op == RASQAL_EXPR_COUNT && (e->flags & RASQAL_EXPR_FLAG_DISTINCT) && e->arg1 &&
        e->arg1->op == RASQAL_EXPR_VARSTAR)
        refuse(rewrite, "COUNT(DISTINCT *)");
}

/* The node itself; its arguments have been rewritten. */
static void rewrite_node(struct rewrite *rewrite, rasqal_expression *e)
{
    struct engine *engine = rewrite->engine;
    switch ((int)e->op) {
    case RASQAL_EXPR_LITERAL:
        look_at_literal(rewrite, e->literal);
        break;
    case RASQAL_EXPR_EQ:
    case RASQAL_EXPR_NEQ:
    case RASQAL_EXPR_IN:
    case RASQAL_EXPR_NOT_IN:
        note_equality(rewrite, e);
        compare_rewrite(engine, e);
        break;
    case RASQAL_EXPR_LT:
    case RASQAL_EXPR_GT:
    case RASQAL_EXPR_LE:
    case RASQAL_EXPR_GE:
    case RASQAL_EXPR_ISNUMERIC:
        compare_rewrite(engine, e);
        break;
    case RASQAL_EXPR_AND:
    case RASQAL_EXPR_OR:
        compare_guard_boolean(engine, e->arg1);
        compare_guard_boolean(engine, e->arg2);
        break;
    case RASQAL_EXPR_BANG:
    case RASQAL_EXPR_IF:
        compare_guard_boolean(engine, e->arg1);
        break;
    case RASQAL_EXPR_DATATYPE:
        rewrite->datatypes = true;
        if (!is_variable(e->arg1))
            refuse(rewrite, "DATATYPE but of a variable");
        compare_rewrite_datatype(engine, e);
        break;
    case RASQAL_EXPR_SAMETERM:
        rewrite->datatypes = true;
        break;
    case RASQAL_EXPR_SLASH:
        engine->numbers |= NUMBER_DIVIDED;
        rewrite->arithmetic = true;
        break;
    case RASQAL_EXPR_PLUS:
    case RASQAL_EXPR_MINUS:
    case RASQAL_EXPR_STAR:
    case RASQAL_EXPR_UMINUS:
        rewrite->arithmetic = true;
        break;
    case RASQAL_EXPR_COUNT:
    case RASQAL_EXPR_SUM:
    case RASQAL_EXPR_AVG:
    case RASQAL_EXPR_MIN:
    case RASQAL_EXPR_MAX:
    case RASQAL_EXPR_SAMPLE:
    case RASQAL_EXPR_GROUP_CONCAT:
        note_aggregate(rewrite, e);
        break;
    case RASQAL_EXPR_REGEX:
        rewrite_regex(rewrite, e);
        break;
    case RASQAL_EXPR_URI:
    case RASQAL_EXPR_IRI:
        compare_rewrite_iri(engine, e);
        break;
    case RASQAL_EXPR_REPLACE:
        refuse(rewrite, "REPLACE");
        break;
    case RASQAL_EXPR_STRDT:
    case RASQAL_EXPR_STRLANG:
        if (gives_data(e->arg1))
            refuse(rewrite, "STRDT and STRLANG of values of the data, only of STR(...)");
        break;
    case RASQAL_EXPR_BNODE:
        if (e->arg1)
            refuse(rewrite, "BNODE(string)");
        break;
    case RASQAL_EXPR_FUNCTION:
        engine_fail(engine, IC_UNSUPPORTED, "the engine rasqal has no function <%s>",
                    e->name ? (const char *)raptor_uri_as_string(e->name) : "");
        break;
    case RASQAL_EXPR_CAST:
        refuse(rewrite, "casts such as xsd:integer(...)");
        break;
    default:
        break;
    }
}

static void rewrite_expression(struct rewrite *rewrite, rasqal_expression *e)
{
    if (!e || rewrite->engine->status != IC_OK)
        return;
    rewrite_expression(rewrite, e->arg1);
    rewrite_expression(rewrite, e->arg2);
    rewrite_expression(rewrite, e->arg3);
    rewrite_expression(rewrite, e->arg4);
    const int count = e->args ? raptor_sequence_size(e->args) : 0;
    for (int i = 0; i < count; i++)
        rewrite_expression(rewrite, raptor_sequence_get_at(e->args, i));
    if (rewrite->engine->status == IC_OK)
        rewrite_node(rewrite, e);
}

static void rewrite_sequence(struct rewrite *rewrite, raptor_sequence *expressions)
{
    const int count = expressions ? raptor_sequence_size(expressions) : 0;
    for (int i = 0; i < count; i++)
        rewrite_expression(rewrite, raptor_sequence_get_at(expressions, i));
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
        refuse(rewrite, "GRAPH inside GRAPH ?variable");
    if (!has_content(pattern))
        refuse(rewrite, "GRAPH without a triple pattern");
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
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_SERVICE ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_MINUS ||
        op == RASQAL_GRAPH_PATTERN_OPERATOR_SELECT)
        refuse(rewrite, rasqal_graph_pattern_operator_as_string(op));
    else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_VALUES && rewrite->graph)
        refuse(rewrite, "VALUES inside GRAPH ?variable");
    else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_BASIC)
        rewrite_triples(rewrite, pattern);
    else if (op == RASQAL_GRAPH_PATTERN_OPERATOR_OPTIONAL ||
             op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION)
        rewrite->groups++;
    rewrite_expression(rewrite, expression);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_FILTER)
        compare_guard_boolean(rewrite->engine, expression);
    rewrite_inner(rewrite, pattern, op == RASQAL_GRAPH_PATTERN_OPERATOR_UNION);
    if (op == RASQAL_GRAPH_PATTERN_OPERATOR_LET)
        add_to_scope(rewrite, rasqal_graph_pattern_get_variable(pattern));
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
        if (!is_variable(e) || e->literal->value.variable->expression)
            refuse(rewrite, "GROUP BY but by variables");
    }
    rewrite->engine->grouped = count > 0;
    raptor_sequence *having = rasqal_query_get_having_conditions_sequence(rewrite->query);
    rewrite_sequence(rewrite, having);
    if (having && raptor_sequence_size(having) > 1)
        refuse(rewrite, "HAVING with several conditions; join them by &&");
}

enum ic_status rewrite_query(struct engine *engine, rasqal_query *query)
{
    struct rewrite rewrite = {.engine = engine, .query = query};
    rewrite.scope = raptor_new_sequence(NULL, NULL);
    if (!rewrite.scope)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    rewrite_pattern(&rewrite, rasqal_query_get_query_graph_pattern(query));
    rewrite_projection(&rewrite);
    rewrite_groups(&rewrite);
    rewrite_sequence(&rewrite, rasqal_query_get_order_conditions_sequence(query));
    raptor_free_sequence(rewrite.scope);
    if (rewrite.datatypes && (rewrite.equality || rewrite.arithmetic))
        refuse(&rewrite, "DATATYPE or sameTerm in one query with arithmetic or with \"=\" or "
                         "IN on values of the data");
    /* Groups are by term, which datatypes are part of. */
    engine->keep_datatypes = rewrite.datatypes || (engine->grouped && !rewrite.equality);
    return engine->status;
}
