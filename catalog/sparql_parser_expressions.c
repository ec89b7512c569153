/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing expressions (SPARQL 1.1 Query, rules 110 to 120). */
#include "sparql_parser_internal.h"

struct sparql_expr *parser_new_expr(struct parser *parser, enum sparql_expr_kind kind)
{
    struct sparql_expr *expr = parser_allocate(parser, sizeof *expr);
    if (expr) {
        expr->kind = kind;
        expr->depth = 1;
        expr->place = parser->token.place;
        expr->term.variable = -1;
    }
    return expr;
}

bool parser_add_argument(struct parser *parser, struct sparql_expr *expr,
                         struct sparql_expr *argument)
{
    if (!expr || !argument)
        return false;
    expr->args = parser_grow(parser, expr->args, expr->arg_count, sizeof(struct sparql_expr *));
    if (!expr->args)
        return false;
    expr->args[expr->arg_count++] = argument;
    if (expr->depth <= argument->depth)
        expr->depth = argument->depth + 1;
    if (expr->depth > SPARQL_DEPTH_MAX)
        parser->status = ic_fail_at(
            parser->error, IC_TOO_LARGE, parser->name, expr->place.line, expr->place.column,
            "an expression is nested deeper than %d levels", SPARQL_DEPTH_MAX);
    return parser->status == IC_OK;
}

/* `left` and what `right` parses as the two arguments of a new expression. */
static struct sparql_expr *binary(struct parser *parser, enum sparql_expr_kind kind,
                                  struct sparql_expr *left,
                                  struct sparql_expr *(*right)(struct parser *))
{
    struct sparql_expr *expr = parser_new_expr(parser, kind);
    if (!expr)
        return NULL;
    parser_advance(parser);
    return parser_add_argument(parser, expr, left) &&
                   parser_add_argument(parser, expr, right(parser))
               ? expr
               : NULL;
}

static struct sparql_expr *parse_term(struct parser *parser)
{
    struct sparql_expr *expr = parser_new_expr(parser, SPARQL_EXPR_TERM);
    if (!expr)
        return NULL;
    if (parser->token.kind == SPARQL_VAR)
        return parser_variable(parser, &expr->term.variable) ? expr : NULL;
    return parser_literal(parser, &expr->term.term) ? expr : NULL;
}

static struct sparql_expr *parse_primary(struct parser *parser)
{
    if (parser_at_sign(parser, '(')) {
        if (!parser_enter(parser))
            return NULL;
        parser_advance(parser);
        struct sparql_expr *expr = parser_expression(parser);
        parser->depth--;
        return expr && parser_expect_sign(parser, ')') ? expr : NULL;
    }
    if (parser->token.kind == SPARQL_VAR || parser_at_literal(parser))
        return parse_term(parser);
    struct sparql_expr *call = parser_call(parser);
    return call || parser->status != IC_OK ? call : parser_expected(parser, "an expression");
}

static struct sparql_expr *parse_unary(struct parser *parser)
{
    const enum sparql_expr_kind kind = parser_at_sign(parser, '!')   ? SPARQL_EXPR_NOT
                                       : parser_at_sign(parser, '+') ? SPARQL_EXPR_PLUS
                                                                     : SPARQL_EXPR_MINUS;
    if (!parser_at_sign(parser, '!') &&
        ((!parser_at_sign(parser, '+') && !parser_at_sign(parser, '-')) ||
         parser_at_literal(parser)))
        return parse_primary(parser);
    struct sparql_expr *expr = parser_new_expr(parser, kind);
    if (!expr)
        return NULL;
    parser_advance(parser);
    return parser_add_argument(parser, expr, parse_primary(parser)) ? expr : NULL;
}

static struct sparql_expr *parse_product(struct parser *parser)
{
    struct sparql_expr *expr = parse_unary(parser);
    while (expr && (parser_at_sign(parser, '*') || parser_at_sign(parser, '/')))
        expr = binary(parser,
                      parser_at_sign(parser, '*') ? SPARQL_EXPR_MULTIPLY : SPARQL_EXPR_DIVIDE,
                      expr, parse_unary);
    return expr;
}

static struct sparql_expr *parse_sum(struct parser *parser)
{
    struct sparql_expr *expr = parse_product(parser);
    while (expr && (parser_at_sign(parser, '+') || parser_at_sign(parser, '-')))
        expr =
            binary(parser, parser_at_sign(parser, '+') ? SPARQL_EXPR_ADD : SPARQL_EXPR_SUBTRACT,
                   expr, parse_product);
    return expr;
}

/* IN, NOT IN: the word was taken. */
static struct sparql_expr *parse_in(struct parser *parser, enum sparql_expr_kind kind,
                                    struct sparql_expr *left)
{
    struct sparql_expr *expr = parser_new_expr(parser, kind);
    if (!parser_add_argument(parser, expr, left) || !parser_expect_sign(parser, '(') ||
        !parser_enter(parser))
        return NULL;
    if (!parser_at_sign(parser, ')'))
        do
            if (!parser_add_argument(parser, expr, parser_expression(parser)))
                return NULL;
        while (parser_take_sign(parser, ','));
    parser->depth--;
    return parser_expect_sign(parser, ')') ? expr : NULL;
}

static struct sparql_expr *parse_comparison(struct parser *parser)
{
    static const struct {
        int sign;
        enum sparql_expr_kind kind;
    } signs[] = {{'=', SPARQL_EXPR_EQ},
                 {SPARQL_TWO('!', '='), SPARQL_EXPR_NE},
                 {'<', SPARQL_EXPR_LT},
                 {'>', SPARQL_EXPR_GT},
                 {SPARQL_TWO('<', '='), SPARQL_EXPR_LE},
                 {SPARQL_TWO('>', '='), SPARQL_EXPR_GE}};
    struct sparql_expr *left = parse_sum(parser);
    if (!left)
        return NULL;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (parser_at_sign(parser, signs[i].sign))
            return binary(parser, signs[i].kind, left, parse_sum);
    if (parser_take_word(parser, "IN"))
        return parse_in(parser, SPARQL_EXPR_IN, left);
    if (!parser_take_word(parser, "NOT"))
        return left;
    if (!parser_take_word(parser, "IN"))
        return parser_expected(parser, "IN");
    return parse_in(parser, SPARQL_EXPR_NOT_IN, left);
}

/* A chain of one operator. */
static struct sparql_expr *parse_chain(struct parser *parser, enum sparql_expr_kind kind,
                                       int sign,
                                       struct sparql_expr *(*operand)(struct parser *))
{
    struct sparql_expr *first = operand(parser);
    if (!first || !parser_at_sign(parser, sign))
        return first;
    struct sparql_expr *expr = parser_new_expr(parser, kind);
    if (!parser_add_argument(parser, expr, first))
        return NULL;
    while (parser_take_sign(parser, sign))
        if (!parser_add_argument(parser, expr, operand(parser)))
            return NULL;
    return expr;
}

static struct sparql_expr *parse_and(struct parser *parser)
{
    return parse_chain(parser, SPARQL_EXPR_AND, SPARQL_TWO('&', '&'), parse_comparison);
}

struct sparql_expr *parser_expression(struct parser *parser)
{
    return parse_chain(parser, SPARQL_EXPR_OR, SPARQL_TWO('|', '|'), parse_and);
}
