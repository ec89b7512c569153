/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions are rewritten in place, and what comes out wrong is refused (each refusal was
 * seen to be wrong in the W3C's tests). */
#include "engine_rasqal_rewrite.h"

#include <string.h>

void rewrite_refuse(const struct rewrite *rewrite, const char *what)
{
    engine_fail(rewrite->engine, IC_UNSUPPORTED, "the engine rasqal does not do %s", what);
}

bool rewrite_is_variable(const rasqal_expression *e)
{
    return e && e->op == RASQAL_EXPR_LITERAL && e->literal->type == RASQAL_LITERAL_VARIABLE;
}

/* May give whatever term the data has. */
static bool gives_data(const rasqal_expression *e)
{
    return rewrite_is_variable(e) ||
           (e && (e->op == RASQAL_EXPR_IF || e->op == RASQAL_EXPR_COALESCE ||
                  e->op == RASQAL_EXPR_MIN || e->op == RASQAL_EXPR_MAX ||
                  e->op == RASQAL_EXPR_SAMPLE));
}

static void look_at_literal(struct rewrite *rewrite, rasqal_literal *literal)
{
    switch ((int)literal->type) {
    case RASQAL_LITERAL_VARIABLE:
        rewrite_check_scope(rewrite, literal->value.variable);
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
        rewrite_refuse(rewrite, "REGEX but with a constant pattern and the flag \"i\" or none");
        return;
    }
    const char *translated = regex_translate(rewrite->engine, pattern);
    if (!translated)
        return;
    const struct ic_term term = ic_term_literal(translated, NULL);
    rasqal_literal *literal = values_literal(rewrite->engine, &term, IC_UNKNOWN_TERM);
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
        rewrite_refuse(rewrite, "COUNT(DISTINCT *)");
}

static bool is_constant_literal(const rasqal_expression *e)
{
    return e->op == RASQAL_EXPR_LITERAL && e->literal->type != RASQAL_LITERAL_VARIABLE &&
           e->literal->type != RASQAL_LITERAL_URI;
}

/* rasqal 0.9.33 reads the strings of these arguments after it has freed the literals: only what
 * somebody else holds too, a variable's row or the query, is there still. */
static void require_held(struct rewrite *rewrite, const rasqal_expression *argument)
{
    if (argument->op != RASQAL_EXPR_LITERAL)
        rewrite_refuse(rewrite, "CONCAT, STRBEFORE and STRAFTER of what is computed in the "
                                "same expression; bind it to a variable first, as in "
                                "BIND(STR(?x) AS ?s)");
}

/* Functions: what is done about them, or why they are refused. */
static void rewrite_function(struct rewrite *rewrite, rasqal_expression *e)
{
    switch ((int)e->op) {
    case RASQAL_EXPR_DATATYPE:
        rewrite->datatypes = true;
        if (!rewrite_is_variable(e->arg1))
            rewrite_refuse(rewrite, "DATATYPE but of a variable");
        compare_rewrite_datatype(rewrite->engine, e);
        break;
    case RASQAL_EXPR_SAMETERM: /* constants lack the mark that terms of the data have */
        rewrite->datatypes = true;
        if (is_constant_literal(e->arg1) || is_constant_literal(e->arg2))
            rewrite_refuse(rewrite, "sameTerm with a constant literal");
        break;
    case RASQAL_EXPR_REGEX:
        rewrite_regex(rewrite, e);
        break;
    case RASQAL_EXPR_URI:
    case RASQAL_EXPR_IRI:
        compare_rewrite_iri(rewrite->engine, e);
        break;
    case RASQAL_EXPR_CONCAT:
        for (int i = 0; e->args && i < raptor_sequence_size(e->args); i++)
            require_held(rewrite, raptor_sequence_get_at(e->args, i));
        break;
    case RASQAL_EXPR_STRBEFORE:
    case RASQAL_EXPR_STRAFTER:
        require_held(rewrite, e->arg1);
        break;
    case RASQAL_EXPR_REPLACE:
    case RASQAL_EXPR_SUBSTR: /* beyond the end an error, not "" */
        rewrite_refuse(rewrite, e->op == RASQAL_EXPR_REPLACE ? "REPLACE" : "SUBSTR");
        break;
    case RASQAL_EXPR_STRDT:
    case RASQAL_EXPR_STRLANG:
        if (gives_data(e->arg1))
            rewrite_refuse(rewrite,
                           "STRDT and STRLANG of values of the data, only of STR(...)");
        break;
    case RASQAL_EXPR_BNODE:
        if (e->arg1)
            rewrite_refuse(rewrite, "BNODE(string)");
        break;
    case RASQAL_EXPR_FUNCTION:
        engine_fail(rewrite->engine, IC_UNSUPPORTED, "the engine rasqal has no function <%s>",
                    e->name ? (const char *)raptor_uri_as_string(e->name) : "");
        break;
    case RASQAL_EXPR_CAST:
        rewrite_refuse(rewrite, "casts such as xsd:integer(...)");
        break;
    default:
        break;
    }
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
    default:
        rewrite_function(rewrite, e);
        break;
    }
}

void rewrite_expression(struct rewrite *rewrite, rasqal_expression *e)
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

void rewrite_expressions(struct rewrite *rewrite, raptor_sequence *expressions)
{
    const int count = expressions ? raptor_sequence_size(expressions) : 0;
    for (int i = 0; i < count; i++)
        rewrite_expression(rewrite, raptor_sequence_get_at(expressions, i));
}
