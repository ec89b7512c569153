/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons that rasqal gets right: its own, behind tests of what is compared.
 *
 * rasqal's comparisons are exact for two decimals, but: "<" orders IRIs and blank nodes before
 * literals; "=" and "!=" convert a boolean to compare it with a number and call a failed
 * conversion equal; "=" finds "1e0" no decimal; isNumeric holds for booleans; a decimal has
 * no truth value. SPARQL 1.1, sections 17.2.2 and 17.4.1.7, say what should come out. */
#include "engine_rasqal.h"

#include <string.h>

/* What a comparison knows of an operand before it runs. */
enum operand { OPERAND_ANY, OPERAND_NUMBER, OPERAND_LITERAL, OPERAND_IRI };

/* Building expressions: takes its arguments, gives NULL when one is NULL or memory is out. */
static rasqal_expression *op1(struct engine *engine, rasqal_op op, rasqal_expression *a)
{
    return a ? rasqal_new_1op_expression(engine->world, op, a) : NULL;
}

static rasqal_expression *op2(struct engine *engine, rasqal_op op, rasqal_expression *a,
                              rasqal_expression *b)
{
    if (a && b)
        return rasqal_new_2op_expression(engine->world, op, a, b);
    rasqal_free_expression(a);
    rasqal_free_expression(b);
    return NULL;
}

static rasqal_expression *if_else(struct engine *engine, rasqal_expression *condition,
                                  rasqal_expression *yes, rasqal_expression *no)
{
    if (condition && yes && no)
        return rasqal_new_3op_expression(engine->world, RASQAL_EXPR_IF, condition, yes, no);
    rasqal_free_expression(condition);
    rasqal_free_expression(yes);
    rasqal_free_expression(no);
    return NULL;
}

static rasqal_expression *share(rasqal_expression *e)
{
    return e ? rasqal_new_expression_from_expression(e) : NULL;
}

static rasqal_expression *literal_node(struct engine *engine, rasqal_literal *literal)
{
    return literal ? rasqal_new_literal_expression(engine->world, literal) : NULL;
}

static rasqal_expression *truth(struct engine *engine, bool value)
{
    return literal_node(engine, rasqal_new_boolean_literal(engine->world, value));
}

/* Always a type error: minus a string. */
static rasqal_expression *type_error(struct engine *engine)
{
    const struct ic_term empty = {.kind = IC_LITERAL, .text = ""};
    return op1(engine, RASQAL_EXPR_UMINUS,
               literal_node(engine, values_literal(engine, &empty, IC_UNKNOWN_TERM)));
}

static rasqal_expression *is_literal(struct engine *engine, rasqal_expression *e)
{
    return op1(engine, RASQAL_EXPR_ISLITERAL, share(e));
}

static rasqal_expression *string_node(struct engine *engine, const char *text)
{
    const struct ic_term term = ic_term_literal(text, NULL);
    return literal_node(engine, values_literal(engine, &term, IC_UNKNOWN_TERM));
}

/* `e` NOT IN (strings); takes `e`. */
static rasqal_expression *neither(struct engine *engine, rasqal_expression *e, const char *one,
                                  const char *other)
{
    raptor_sequence *strings =
        raptor_new_sequence((raptor_data_free_handler)rasqal_free_expression, NULL);
    rasqal_expression *first = string_node(engine, one), *second = string_node(engine, other);
    /* A push that fails frees what it was given. */
    if (e && strings && first && second && !raptor_sequence_push(strings, first) &&
        !raptor_sequence_push(strings, second))
        return rasqal_new_set_expression(engine->world, RASQAL_EXPR_NOT_IN, e, strings);
    rasqal_free_expression(e);
    if (strings)
        raptor_free_sequence(strings);
    return NULL;
}

/* A number. rasqal's isNumeric holds for booleans as well, whose string tells them. */
static rasqal_expression *is_number(struct engine *engine, rasqal_expression *e)
{
    return if_else(engine, op1(engine, RASQAL_EXPR_ISNUMERIC, share(e)),
                   neither(engine, op1(engine, RASQAL_EXPR_STR, share(e)), "true", "false"),
                   truth(engine, false));
}

/* Makes the node what `made` is; takes `made`. */
static void become(struct engine *engine, rasqal_expression *e, rasqal_expression *made)
{
    if (!made) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
        return;
    }
    rasqal_free_expression(e->arg1);
    rasqal_free_expression(e->arg2);
    if (e->args)
        raptor_free_sequence(e->args);
    if (e->literal)
        rasqal_free_literal(e->literal);
    e->op = made->op;
    e->arg1 = share(made->arg1);
    e->arg2 = share(made->arg2);
    e->arg3 = share(made->arg3);
    e->args = made->args;
    e->literal = made->literal;
    made->args = NULL;
    made->literal = NULL;
    made->op = RASQAL_EXPR_RAND; /* which owns nothing but its shares */
    rasqal_free_expression(made->arg1);
    rasqal_free_expression(made->arg2);
    rasqal_free_expression(made->arg3);
    made->arg1 = made->arg2 = made->arg3 = NULL;
    rasqal_free_expression(made);
}

/* ---- operands ---- */

static bool is_variable(const rasqal_expression *e)
{
    return e->op == RASQAL_EXPR_LITERAL && e->literal->type == RASQAL_LITERAL_VARIABLE;
}

static bool is_constant(const rasqal_expression *e)
{
    return e->op == RASQAL_EXPR_LITERAL && e->literal->type != RASQAL_LITERAL_VARIABLE;
}

/* Gives a constant its exact value and tells what it is. */
static enum operand look_at(struct engine *engine, rasqal_expression *e)
{
    if (!is_constant(e))
        return OPERAND_ANY;
    rasqal_literal *exact = values_constant(engine, e->literal);
    if (!exact)
        return OPERAND_ANY;
    rasqal_free_literal(e->literal);
    e->literal = exact;
    return exact->type == RASQAL_LITERAL_URI       ? OPERAND_IRI
           : exact->type == RASQAL_LITERAL_DECIMAL ? OPERAND_NUMBER
                                                   : OPERAND_LITERAL;
}

/* ---- = and != ---- */

/* What "!=" is of something other than a number and a number: literals are not comparable, an
 * IRI or a blank node is something else. */
static rasqal_expression *unlike_number(struct engine *engine, rasqal_expression *other)
{
    return if_else(engine, is_literal(engine, other), type_error(engine), truth(engine, true));
}

static rasqal_expression *not_equal(struct engine *engine, rasqal_expression *a,
                                    enum operand b_is, rasqal_expression *b)
{
    rasqal_expression *core = op2(engine, RASQAL_EXPR_NEQ, share(a), share(b));
    if (b_is == OPERAND_IRI)
        return core;
    if (b_is == OPERAND_NUMBER)
        return if_else(engine, is_number(engine, a), core, unlike_number(engine, a));
    if (b_is == OPERAND_LITERAL)
        return if_else(engine, is_number(engine, a), type_error(engine), core);
    return if_else(engine, is_number(engine, a),
                   if_else(engine, is_number(engine, b), share(core), unlike_number(engine, b)),
                   if_else(engine, is_number(engine, b), unlike_number(engine, a), core));
}

static void rewrite_equality(struct engine *engine, rasqal_expression *e)
{
    enum operand a_is = look_at(engine, e->arg1), b_is = look_at(engine, e->arg2);
    rasqal_expression *a = e->arg1, *b = e->arg2;
    if (engine->status != IC_OK)
        return;
    if (a_is != OPERAND_ANY && b_is == OPERAND_ANY) {
        a = e->arg2;
        b = e->arg1;
        b_is = a_is;
        a_is = OPERAND_ANY;
    }
    if (a_is != OPERAND_ANY) /* two constants, which rasqal has not folded */
        b_is = OPERAND_ANY;
    rasqal_expression *made = not_equal(engine, a, b_is, b);
    if (e->op == RASQAL_EXPR_EQ)
        made = op1(engine, RASQAL_EXPR_BANG, made);
    become(engine, e, made);
}

/* ---- < > <= >= ---- */

/* True when "<" is defined: both are numbers, or both literals that are none. */
static rasqal_expression *ordered(struct engine *engine, rasqal_expression *a,
                                  enum operand b_is, rasqal_expression *b)
{
    rasqal_expression *other = op2(engine, RASQAL_EXPR_AND, is_literal(engine, a),
                                   op1(engine, RASQAL_EXPR_BANG, is_number(engine, a)));
    if (b_is == OPERAND_LITERAL)
        return other;
    if (b_is == OPERAND_NUMBER || b_is == OPERAND_IRI)
        rasqal_free_expression(other);
    if (b_is == OPERAND_NUMBER)
        return is_number(engine, a);
    if (b_is == OPERAND_IRI)
        return truth(engine, false);
    rasqal_expression *both = op2(engine, RASQAL_EXPR_AND, is_literal(engine, b),
                                  op1(engine, RASQAL_EXPR_BANG, is_number(engine, b)));
    return if_else(engine, is_number(engine, a), is_number(engine, b),
                   op2(engine, RASQAL_EXPR_AND, other, both));
}

static void rewrite_order(struct engine *engine, rasqal_expression *e)
{
    const enum operand a_is = look_at(engine, e->arg1), b_is = look_at(engine, e->arg2);
    if (engine->status != IC_OK)
        return;
    rasqal_expression *condition = a_is == OPERAND_ANY ? ordered(engine, e->arg1, b_is, e->arg2)
                                   : b_is == OPERAND_ANY
                                       ? ordered(engine, e->arg2, a_is, e->arg1)
                                       : ordered(engine, e->arg1, OPERAND_ANY, e->arg2);
    become(engine, e,
           if_else(engine, condition, op2(engine, e->op, share(e->arg1), share(e->arg2)),
                   type_error(engine)));
}

/* ---- IN and NOT IN ---- */

/* The set expression over `members` (taken), or its value when there are none. */
static rasqal_expression *in_set(struct engine *engine, const rasqal_expression *e,
                                 raptor_sequence *members)
{
    if (raptor_sequence_size(members) > 0)
        return rasqal_new_set_expression(engine->world, e->op, share(e->arg1), members);
    raptor_free_sequence(members);
    return truth(engine, e->op == RASQAL_EXPR_NOT_IN);
}

/* A IN (list) becomes IF(A is a number, A IN (its numbers), A IN (the rest)). */
static void rewrite_in(struct engine *engine, rasqal_expression *e)
{
    raptor_sequence *numbers =
        raptor_new_sequence((raptor_data_free_handler)rasqal_free_expression, NULL);
    raptor_sequence *others =
        raptor_new_sequence((raptor_data_free_handler)rasqal_free_expression, NULL);
    if (!numbers || !others)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    for (int i = 0; engine->status == IC_OK && i < raptor_sequence_size(e->args); i++) {
        rasqal_expression *member = raptor_sequence_get_at(e->args, i);
        const enum operand is = look_at(engine, member);
        if (is == OPERAND_ANY)
            engine_fail(engine, IC_UNSUPPORTED,
                        "the engine rasqal does IN with constants only");
        else if (raptor_sequence_push(is == OPERAND_NUMBER ? numbers : others, share(member)))
            engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
    }
    if (engine->status == IC_OK) {
        rasqal_expression *condition = is_number(engine, e->arg1);
        rasqal_expression *number = in_set(engine, e, numbers);
        rasqal_expression *other = in_set(engine, e, others);
        become(engine, e, if_else(engine, condition, number, other));
        return;
    }
    if (numbers)
        raptor_free_sequence(numbers);
    if (others)
        raptor_free_sequence(others);
}

/* ---- truth ---- */

/* X where a boolean is wanted becomes IF(X is a number, X < 0 || X > 0, X); "!=" would read the
 * literal's string anew. */
void compare_guard_boolean(struct engine *engine, rasqal_expression *e)
{
    if (!e || engine->status != IC_OK || !is_variable(e))
        return;
    const struct ic_term nought = ic_term_literal("0", IC_XSD_DECIMAL);
    const unsigned numbers = engine->numbers;
    rasqal_expression *x = literal_node(engine, rasqal_new_literal_from_literal(e->literal));
    rasqal_expression *zero =
        literal_node(engine, values_literal(engine, &nought, IC_UNKNOWN_TERM));
    engine->numbers = numbers; /* that zero is not the query's */
    rasqal_expression *test = x ? is_number(engine, x) : NULL;
    rasqal_expression *below = op2(engine, RASQAL_EXPR_LT, share(x), share(zero));
    rasqal_expression *above = op2(engine, RASQAL_EXPR_GT, share(x), zero);
    become(engine, e, if_else(engine, test, op2(engine, RASQAL_EXPR_OR, below, above), x));
}

void compare_rewrite(struct engine *engine, rasqal_expression *e)
{
    if (e->op == RASQAL_EXPR_EQ || e->op == RASQAL_EXPR_NEQ)
        rewrite_equality(engine, e);
    else if (e->op == RASQAL_EXPR_IN || e->op == RASQAL_EXPR_NOT_IN)
        rewrite_in(engine, e);
    else if (e->op == RASQAL_EXPR_ISNUMERIC)
        become(engine, e, is_number(engine, e->arg1));
    else
        rewrite_order(engine, e);
}

/* DATATYPE("x"@en) is an error in rasqal and rdf:langString in RDF 1.1. */
void compare_rewrite_datatype(struct engine *engine, rasqal_expression *e)
{
    const struct ic_term empty = {.kind = IC_LITERAL, .text = ""};
    const struct ic_term lang_string = ic_term_iri(IC_NS_RDF "langString");
    rasqal_expression *tagged =
        op2(engine, RASQAL_EXPR_NEQ, op1(engine, RASQAL_EXPR_LANG, share(e->arg1)),
            literal_node(engine, values_literal(engine, &empty, IC_UNKNOWN_TERM)));
    become(engine, e,
           if_else(engine, tagged,
                   literal_node(engine, values_literal(engine, &lang_string, IC_UNKNOWN_TERM)),
                   op1(engine, RASQAL_EXPR_DATATYPE, share(e->arg1))));
}

/* IRI(x) of an IRI is that IRI; rasqal does strings only. */
void compare_rewrite_iri(struct engine *engine, rasqal_expression *e)
{
    if (e->arg1)
        become(engine, e,
               if_else(engine, op1(engine, RASQAL_EXPR_ISURI, share(e->arg1)), share(e->arg1),
                       op1(engine, e->op, share(e->arg1))));
}

/* A BIND whose expression fails leaves its variable unbound; rasqal drops the solution. X
 * becomes COALESCE(X, a function that does not exist): rasqal logs when it calls that. */
void compare_guard_bind(struct engine *engine, rasqal_expression *e)
{
    if (is_variable(e) || is_constant(e))
        return;
    raptor_sequence *both =
        raptor_new_sequence((raptor_data_free_handler)rasqal_free_expression, NULL);
    raptor_sequence *none =
        raptor_new_sequence((raptor_data_free_handler)rasqal_free_expression, NULL);
    raptor_uri *name =
        raptor_new_uri(engine->raptor, (const unsigned char *)ENGINE_BIND_FAILED);
    rasqal_expression *alarm =
        none && name ? rasqal_new_function_expression(engine->world, name, none, NULL, 0)
                     : NULL;
    rasqal_expression *inner = rasqal_new_0op_expression(engine->world, e->op);
    if (!both || !alarm || !inner) { /* the query ends; what is left goes with the world */
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
        return;
    }
    *inner = *e; /* the node's contents move into a node of their own */
    inner->usage = 1;
    if (raptor_sequence_push(both, inner) || raptor_sequence_push(both, alarm)) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
        return;
    }
    e->op = RASQAL_EXPR_COALESCE;
    e->arg1 = e->arg2 = e->arg3 = e->arg4 = NULL;
    e->literal = NULL;
    e->name = NULL;
    e->value = NULL;
    e->params = NULL;
    e->args = both;
}
